"""Deliveries break in the middle: over folders that cannot be looked into, that cannot rename, and others."""

import datetime as dt

from factoring_core.adapters.remote.memory import Moment, Trouble
from factoring_core.domain.vocabulary.parties import Protocol
from factoring_core.errors import (
    DeliveryInDoubtError,
    FactoringError,
    RemoteRefusedError,
    StoreBusyError,
    UnreachableError,
)
from factoring_core.testing.contracts.office.base import OfficeStories, a_story
from factoring_core.testing.simulated_api import KilledError
from factoring_core.testing.stories import Story

BLIND = "isle-blind"
EAST = "east-winfactor"
AWAY = UnreachableError("The server is away.")
BROKEN = DeliveryInDoubtError("The line broke.")
REFUSED = RemoteRefusedError("You may not.", code="permission_denied")
UNTRUSTED = UnreachableError("It says this and that.", code="listing_untrusted")
FULL = RemoteRefusedError("No room.", code="remote_full", retryable=True)
BUSY = RemoteRefusedError("Come back.", code="rate_limited", retryable=True, where={"retry_after": 60})


def strikes(verb: str, error: FactoringError, moment: Moment = Moment.BEFORE) -> Trouble:
    """Return trouble with one verb."""
    return Trouble(verb=verb, error=error, moment=moment)  # type: ignore[arg-type]


class Breaking(OfficeStories):
    """Promises about what a broken delivery leaves, and how it goes on."""

    @a_story
    def test_a_delivery_breaks_where_nobody_can_look(self, story: Story) -> None:
        """Without looking, what was begun and not confirmed is a doubt, and the rest is sent anew."""
        factor = story.place.factor(BLIND)
        self.queued(story, 9, "I", subsidiary="isle")
        story.place.clock.advance(dt.timedelta(minutes=1))
        for at, troubles in enumerate(
            (
                [strikes("write_new", AWAY)],
                [strikes("write_new", BROKEN, Moment.HALFWAY), strikes("remove", AWAY)],
                [strikes("write_new", BROKEN)] * 5,
                [strikes("rename", AWAY)],
                [strikes("rename", REFUSED)],
            ),
            start=1,
        ):
            factor.expect(*troubles)
            story.do("submit", "isle", [f"I-{at}"])
            story.left(BLIND)
            story.do("cancel", f"{BLIND}/{at}", reason="not now")
            story.do("resume")
        for at, (verb, number) in enumerate((("write_new", 1), ("write_new", 2), ("rename", 2)), start=6):
            story.ends_at(BLIND, verb, at=number)
            story.do("submit", "isle", [f"I-{at}"])
            story.is_gone()
            if at == 7:
                story.do("cancel", f"{BLIND}/{at}", reason="not now")
            story.do("resume")
            story.do("settle", f"{BLIND}/{at}", delivered=False, reason="they have nothing")
            story.do("resume")
            story.left(BLIND)
        story.kept()

    @a_story
    def test_a_delivery_breaks_where_files_cannot_be_renamed(self, story: Story) -> None:
        """Written in place by explicit setting, each file is looked at before and after."""
        story.place.profiles["fixed"] = ("winfactor", {"rename_works": False})
        story.sets(EAST, provider="fixed")
        factor = story.place.factor(EAST)
        self.queued(story, 12, "L")
        story.do("submit", "east", ["L-1"])
        story.do("cancel", "1", reason="not in this way")
        story.sets(EAST, non_atomic=True)
        story.do("submit", "east", ["L-1"])
        for at, troubles in enumerate(
            (
                [strikes("write_new", AWAY)],
                [strikes("write_new", BROKEN, Moment.HALFWAY)],
                [strikes("write_new", BROKEN, Moment.AFTER), strikes("stat", AWAY)],
                [strikes("write_new", REFUSED)],
                [strikes("write_new", BROKEN)] * 5,
            ),
            start=2,
        ):
            factor.expect(*troubles)
            story.do("submit", "east", [f"L-{at}"])
            story.left(EAST)
            story.do("cancel", f"{EAST}/{at + 1}", reason="not now")
            story.do("resume")
            story.do("settle", f"{EAST}/{at + 1}", delivered=False, reason="they have nothing")
            story.do("resume")
        factor.place("L-7.pdf", b"another file")
        story.do("submit", "east", ["L-7"])
        factor.take("L-7.pdf")
        story.do("resume")
        for at, number in ((8, 1), (9, 2)):
            story.ends_at(EAST, "write_new", at=number)
            story.do("submit", "east", [f"L-{at}"])
            story.is_gone()
            story.do("cancel", f"{EAST}/{at + 1}", reason="not now")
            story.do("resume")
        story.ends_at(EAST, "write_new", at=2)
        story.do("submit", "east", ["L-10"])
        story.is_gone()
        story.sets(EAST, non_atomic=False, provider="winfactor")
        story.do("resume")
        story.do("cancel", f"{EAST}/11", reason="not now")
        story.sleeps(EAST, "write_new", 121)
        story.meanwhile(EAST, "write_new", "resume")
        story.do("submit", "east", ["L-11"])
        story.left(EAST)
        story.kept()

    @a_story
    def test_a_factor_that_waits_for_the_list_lets_packets_be_written_again(self, story: Story) -> None:
        """Where nothing counts before the list, a packet that broke off is removed and written again."""
        story.place.profiles["patient"] = ("rts", {"rename_works": False})
        story.sets(EAST, provider="patient", non_atomic=True)
        factor = story.place.factor(EAST)
        self.queued(story, 5, "L")
        factor.expect(strikes("write_new", BROKEN, Moment.HALFWAY))
        story.do("submit", "east", ["L-1"])
        story.waits(minutes=3)
        story.do("submit", "east", ["L-2"])
        story.waits(minutes=1, seconds=59)
        story.do("resume")
        story.waits(seconds=1)
        story.ends_at(EAST, "write_new", at=2)
        story.do("resume")
        story.is_gone()
        story.do("submit", "east", ["L-3"])
        story.waits(minutes=6)
        story.do("submit", "east", ["L-4"])
        story.waits(days=-1)
        story.do("submit", "east", ["L-5"])
        story.do("resume")
        story.waits(minutes=6)
        story.do("resume")

    @a_story
    def test_a_server_answers_otherwise_than_it_should(self, story: Story) -> None:
        """Each answer of a server has its own consequence: wait, look again, give up, or a doubt."""
        factor = story.place.factor(EAST)
        self.queued(story, 14, "L")
        cases = (
            [strikes("write_new", FULL)],
            [strikes("write_new", BUSY)],
            [strikes("write_new", REFUSED)],
            [strikes("write_new", BROKEN, Moment.HALFWAY)],
            [strikes("rename", REFUSED)],
            [strikes("rename", RemoteRefusedError("No such command.", code="rename_unsupported"))],
            [strikes("rename", RemoteRefusedError("No such command.", code="not_supported"))],
            [strikes("rename", BROKEN, Moment.AFTER), strikes("stat", UNTRUSTED)],
            [strikes("stat", UNTRUSTED)],
            [strikes("rename", BROKEN)] * 5,
        )
        for at, troubles in enumerate(cases, start=1):
            factor.expect(*troubles)
            story.do("submit", "east", [f"L-{at}"])
            story.left(EAST)
            story.waits(hours=25)
            factor.expect(*troubles[1:])
            story.do("resume")
        factor.place("L-11.pdf", b"another file")
        story.do("submit", "east", ["L-11"])
        story.do("cancel", f"{EAST}/11", reason="their file")
        story.sets(EAST, non_atomic=True)
        story.do("submit", "east", ["L-12"])
        story.sets(EAST, non_atomic=False)
        story.ends_at(EAST, "rename", at=2)
        story.do("submit", "east", ["L-13"])
        story.sets(EAST, non_atomic=True)
        story.is_gone()
        story.do("resume")

    @a_story
    def test_a_batch_in_doubt_is_looked_for_again(self, story: Story) -> None:
        """A doubt ends by itself where every file is plainly there, and only there."""
        factor = story.place.factor(EAST)
        self.queued(story, 6, "L")

        def doubtful(at: int) -> None:
            story.ends_at(EAST, "rename", at=2)
            story.do("submit", "east", [f"L-{at}"])
            story.is_gone()
            story.waits(hours=25)
            factor.expect(strikes("stat", UNTRUSTED))
            story.do("resume")

        def appears(at: int, content: bytes | None = None) -> None:
            [batch] = [one for one in story.office.batches() if one.number == at]
            name = batch.files[-1].name
            [temp] = [one for one in factor.temps() if name in one]
            factor.place(name, content or factor.take(temp) or b"")

        doubtful(1)
        story.do("resume")
        factor.expect(strikes("stat", AWAY))
        story.do("resume")
        for end in (KilledError, KeyboardInterrupt):
            story.ends_at(EAST, "stat", end)
            story.do("resume")
            story.do("resume")
            story.do("settle", "1", delivered=False, reason="they have nothing")
            story.is_gone()
        doubtful(2)
        appears(2)
        factor.hashes = False
        story.place.troubles.commits += [None, StoreBusyError("The disk is busy.")]
        story.do("resume")
        story.place.troubles.commits.clear()
        story.sleeps(EAST, "stat", 121)
        story.meanwhile(EAST, "stat", "resume")
        story.do("resume")
        story.left(EAST)
        factor.hashes = True
        doubtful(3)
        appears(3, b"another list")
        story.do("resume")
        story.sleeps(EAST, "stat", 16 * 60)
        story.do("resume")
        story.sets(EAST, provider="nobody")
        story.do("resume")
        story.sets(EAST, provider="winfactor", folder="elsewhere")
        story.do("resume")
        story.sets(EAST, folder="inbox", protocol=Protocol.MANUAL)
        story.do("resume")
        story.place.profiles["swept"] = ("winfactor", {"temps_private": False})
        story.sets(EAST, protocol=Protocol.FOLDER, provider="swept")
        story.do("submit", "east", ["L-4"])
        story.ends_at(EAST, "rename", at=2)
        story.do("submit", "east", ["L-5"])
        story.is_gone()
        for temp in factor.temps():
            factor.take(temp)
        story.do("resume")
        story.do("resume")
        story.kept()
