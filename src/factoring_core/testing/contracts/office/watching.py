"""The office is watched at its work, goes on after a backup, and is asked for what is not there."""

from typing import Any

from factoring_core.domain.vocabulary.actors import Actor, Role
from factoring_core.domain.vocabulary.parties import InvoicedOn, Protocol
from factoring_core.errors import FactoringError, RemoteRefusedError, StoreBusyError, UnreachableError
from factoring_core.ports.storage import ConnectionState
from factoring_core.testing.contracts.office.base import CLERK, WESTERNER, OfficeStories, a_story
from factoring_core.testing.contracts.office.breaking import AWAY, BUSY, FULL, REFUSED, UNTRUSTED, strikes
from factoring_core.testing.contracts.office.offering import failing
from factoring_core.testing.simulated_api import ApiFault
from factoring_core.testing.stories import Story
from factoring_core.testing.stories.files import csv, haul, in_flight, payment, purchase
from factoring_core.testing.stories.trouble import Persistent
from factoring_core.usecases.ports import no_api, no_reports

EAST = "east-winfactor"


class Watching(OfficeStories):
    """Promises about progress, patience, recovery, and acts that meet."""

    @a_story
    def test_progress_is_told_step_by_step(self, story: Story) -> None:
        """Whoever listens hears what is being done, how much of it is done, and of how much."""
        story.tells()
        self.queued(story, 3, "L")
        story.do("submit", "east", ["L-1", "L-2"])
        self.queued(story, 2, "I", subsidiary="isle")
        story.do("submit", "isle")
        self.queued(story, 3, "N", subsidiary="north")
        story.do("submit", "north")
        self.queued(story, 2, "S", subsidiary="south", invoicing_method="factoring")
        story.do("submit", "south")
        story.sets(EAST, non_atomic=True)
        story.do("submit", "east")
        story.applies(purchase("L-1"), payment("L-2", "900.00"))

    @a_story
    def test_what_may_pass_is_tried_again(self, story: Story) -> None:
        """What some seconds may mend is tried again at once, everything else waits for `resume`."""
        story.place.ports["retry"] = Persistent(story.place.timer)
        story.reopens()
        factor, system = story.place.factor(EAST), story.place.system
        self.queued(story, 9, "L")
        lost = UnreachableError("There is no folder.", code="folder_missing")
        soon = strikes("write_new", _busy(2))
        for at, trouble in enumerate(
            (strikes("write_new", AWAY), strikes("rename", AWAY), strikes("stat", AWAY), soon), start=1
        ):
            factor.expect(trouble, trouble)
            story.do("submit", "east", [f"L-{at}"])
            story.left(EAST)
        for at, error in enumerate((FULL, BUSY, REFUSED, UNTRUSTED, lost), start=5):
            factor.expect(strikes("write_new", error))
            story.do("submit", "east", [f"L-{at}"])
            story.do("resume")
        self.queued(story, 5, "N", subsidiary="north")
        for at, (fault, seconds) in enumerate(
            ((ApiFault.UNREACHABLE, 0), (ApiFault.BUSY, 2), (ApiFault.BUSY, 60)), start=1
        ):
            begun = len(system.asked)
            system.retry_after = seconds
            system.plan = failing(begun, fault)
            story.do("submit", "north", [f"N-{at}"])
            story.waits(seconds=59)
            story.do("resume")
            story.waits(seconds=1)
            story.do("resume")
        assert set(system.created.values()) == {1}, "an invoice was taken twice"
        story.kept()

    @a_story
    def test_submissions_meet(self, story: Story) -> None:
        """What another program changes while packets are bound is seen before anything is sealed."""
        self.queued(story, 9, "L")
        story.meanwhile("progress", "packets", "submit", "east", ["L-1"])
        story.do("submit", "east", ["L-1", "L-2"])
        story.meanwhile("progress", "packets", "submit", "east", ["L-3"])
        story.do("submit", "east", ["L-3", "L-4"], all_or_nothing=True)
        story.meanwhile("progress", "packets", "void", ["L-5"], reason="wrong rate")
        story.do("submit", "east", ["L-5"])
        story.meanwhile("progress", "packets", "void", ["L-6"], reason="wrong rate")
        story.do("submit", "east", ["L-6", "L-7"], all_or_nothing=True)
        for load, tries in (("L-7", (1,)), ("L-8", (1, 3, 5))):
            for at in tries:
                rows = csv(haul(load, po_number=f"PO number {at}"))
                more: dict[str, Any] = {"name": "loads.csv", "folder": story.place.papers}
                story.meanwhile("progress", "packets", "import_loads", rows, at=at, **more)
            story.do("submit", "east", [load])
        story.meanwhile("progress", "packets", "deactivate", EAST, reason="dear")
        story.do("submit", "east", ["L-9"])
        story.ends_at(EAST, "rename")
        story.do("activate", EAST)
        story.do("submit", "east", ["L-9"])
        story.is_gone()
        story.do("resume")

    @a_story
    def test_parts_that_are_not_there_are_named(self, story: Story) -> None:
        """What takes a part that is not given says which part, and whose."""
        self.queued(story, 2, "N", subsidiary="north")
        self.queued(story, 2, "W", subsidiary="west")
        story.place.ports |= {"api": no_api, "report_folder": no_reports, "two_persons": True}
        story.reopens()
        story.do("submit", "north")
        story.do("sync", "north-otr")
        story.do("check", "north-otr")
        story.do("fetch_reports", EAST)
        story.do("submit", "west", ["W-1"])
        second = Actor(name="otto", roles=frozenset({Role.ADMIN}), billing=True)
        for one in (None, second, CLERK):
            story.do("settle", "west-depot/1", delivered=True, reason="by telephone", second=one)
        story.sets("west-depot", invoiced_on=InvoicedOn.SUBMIT)
        story.do("submit", "west", ["W-2"])
        del story.place.ports["api"]
        story.sets("north-otr", protocol=Protocol.MANUAL)
        story.do("submit", "north")
        story.place.ports["joined"] = True
        story.reopens()
        self.queued(story, 1, "L")
        story.do("submit", "east")
        story.do("resume")
        del story.place.ports["joined"]
        story.reopens()
        story.do("resume")

    @a_story
    def test_connections_and_names_are_looked_up(self, story: Story) -> None:
        """What is asked for by a name that is not there, or twice there, is refused with that name."""
        self.queued(story, 2, "L")
        story.imports(in_flight("L-9"), haul("a/b"), haul("b", subsidiary="west"))
        story.do("load", "east/a/b")
        story.do("load", "a/b")
        story.do("load", "west/b")
        story.do("submit", "east", ["L-1", "east/L-1"])
        story.do("submit", "east", ["west/b"])
        for name in ("1", "east-winfactor/1", "east-winfactor/2", "x/1", "", "none"):
            story.do("batch", name)
            story.do("batch", name, by=WESTERNER)
        story.writes(ConnectionState(connection="east-rts", subsidiary="east", active=True))
        story.do("submit", "east", ["L-2"])
        story.do("deactivate", "east-rts", reason="two at once")
        story.place.troubles.commits += [StoreBusyError("The disk is busy.")] * 8
        story.do("void", ["L-2"], reason="no")
        story.place.troubles.commits.clear()
        story.do("void", ["L-2"], reason="no")


def _busy(seconds: int) -> FactoringError:
    where = {"retry_after": seconds}
    return RemoteRefusedError("Come back.", code="rate_limited", retryable=True, where=where)
