"""A factor's system is asked by several programs, some of which end, and it answers as it likes."""

from collections.abc import Sequence
from typing import Any

from factoring_core.domain.selling.offering import Memory
from factoring_core.ports.factor_api import Declined
from factoring_core.testing.contracts.office.base import OfficeStories, a_story
from factoring_core.testing.simulated_api import ApiFault
from factoring_core.testing.stories import Story
from factoring_core.testing.stories.files import purchase

NORTH = "north-otr"


class Asking(OfficeStories):
    """Promises about what is asked of a factor's system while programs end and meet."""

    def _faults(self, story: Story, *faults: ApiFault | None) -> None:
        """Let the next questions end in these ways."""
        system = story.place.system
        begun, coming = len(system.asked), list(faults)

        def plan(question: str, before: int) -> ApiFault | None:
            story.place.events.called(question)
            return coming[before - begun] if before - begun < len(coming) else None

        system.plan = plan

    def _each(self, story: Story, cases: Sequence[Sequence[ApiFault | None]]) -> None:
        for at, faults in enumerate(cases, start=1):
            self._faults(story, *faults)
            story.do("submit", "north", [f"N-{at}"])
            story.do("cancel", f"{NORTH}/{at}", reason="perhaps")
            story.do("resume")
            story.is_gone()
            story.do("resume")
            story.waits(minutes=6)
            story.do("resume")
            story.do("settle", f"{NORTH}/{at}", delivered=True, reason="they have it")

    @a_story
    def test_a_system_that_remembers_is_asked_again(self, story: Story) -> None:
        """Where a system remembers what it was offered, whatever was lost is offered again."""
        self.queued(story, 8, "N", subsidiary="north")
        self._each(
            story,
            (
                (ApiFault.KILLED_BEFORE,),
                (ApiFault.KILLED_AFTER,),
                (None, ApiFault.KILLED_BEFORE),
                (None, ApiFault.KILLED_AFTER),
                (None, ApiFault.UNREACHABLE),
                (ApiFault.LOST_REPLY,) * 8,
                (None, ApiFault.BUSY),
                (ApiFault.LOST_REPLY, None) * 5,
            ),
        )
        story.kept()

    @a_story
    def test_a_system_that_forgets_is_looked_into(self, story: Story) -> None:
        """Where a system may take an invoice twice, it is looked into, or what was lost is a doubt."""
        system = story.place.system
        system.memory = Memory.NONE
        self.queued(story, 9, "N", subsidiary="north")
        for at, (looks, fault) in enumerate(
            (
                (True, ApiFault.LOST_REPLY),
                (True, ApiFault.LOST_REQUEST),
                (True, ApiFault.KILLED_AFTER),
                (False, ApiFault.LOST_REPLY),
                (False, ApiFault.KILLED_BEFORE),
                (False, ApiFault.UNREACHABLE),
            ),
            start=1,
        ):
            system.looks = looks
            self._faults(story, fault)
            story.do("submit", "north", [f"N-{at}"])
            story.is_gone()
            story.do("resume")
            story.waits(minutes=3)
            story.do("resume")
            story.waits(minutes=3)
            story.do("resume")
            story.do("settle", f"{NORTH}/{at}", delivered=False, reason="they have nothing")
            story.do("settle", f"{NORTH}/{at}", delivered=True, reason="they have it")
            story.do("cancel", f"{NORTH}/{at}", reason="never mind")
        self._faults(story, None, None, ApiFault.LOST_REPLY)
        story.do("submit", "north", ["N-7", "N-8", "N-9"])
        story.do("settle", f"{NORTH}/7", delivered=False, reason="they have nothing")
        story.applies(purchase("N-9"), subsidiary="north")
        story.kept()

    @a_story
    def test_programs_meet_at_a_system(self, story: Story) -> None:
        """While one program offers, another waits; a sleeper whose lease is over writes nothing down."""
        system = story.place.system
        self.queued(story, 9, "N", subsidiary="north")
        self._faults(story)
        meetings: tuple[tuple[str, str, dict[str, Any]], ...] = (
            ("offer", "resume", {}),
            ("offer", "cancel", {"reason": "never mind"}),
            ("attach", "settle", {"delivered": True, "reason": "by telephone"}),
            ("attach", "settle", {"delivered": False, "reason": "by telephone"}),
            ("offer", "settle", {"delivered": True, "reason": "by telephone"}),
        )
        for at, (question, act, given) in enumerate(meetings, start=1):
            names = () if act == "resume" else (f"{NORTH}/{at}",)
            story.meanwhile("progress", question, act, *names, **given)
            story.do("submit", "north", [f"N-{at}"])
            story.do("resume")
        for at, question in enumerate(("offer", "attach"), start=6):
            story.sleeps("progress", question, 121)
            story.meanwhile("progress", question, "resume")
            story.do("submit", "north", [f"N-{at}"])
        story.sleeps("progress", "offering", 61)
        story.do("submit", "north", ["N-8"])
        story.sleeps("progress", "attach", 31)
        story.do("submit", "north", ["N-9"])
        assert set(system.created.values()) == {1}, "an invoice was taken twice"
        for id_, filed in system.papers.items():
            assert set(filed) == {f"{system.held[id_].invoice_number}.pdf"}, (
                "a packet went to another invoice"
            )

    @a_story
    def test_a_system_holds_an_invoice_of_this_number(self, story: Story) -> None:
        """What a system held before it was asked is another invoice if it is of another amount."""
        system = story.place.system
        self.queued(story, 6, "N", subsidiary="north")
        story.do("submit", "north", ["N-1", "N-2"])
        story.do("settle", f"{NORTH}/1", delivered=False, reason="not so")
        held = next(iter(system.held.values()))
        for at, amount in ((3, "1000.00"), (4, "999.99"), (5, None)):
            cells = {} if amount is None else {**held.cells, "InvoiceAmount": amount}
            system.held[f"old-{at}"] = type(held)(
                reference=f"old-{at}", invoice_number=f"N-{at}", cells=cells
            )
            story.do("submit", "north", [f"N-{at}"])
        system.declines["N-6"] = Declined(code="credit_declined", message="The customer is not approved.")
        story.do("submit", "north", ["N-6"])
        story.sets(NORTH, client_number="C-other")
        story.do("submit", "north", ["N-4"])
