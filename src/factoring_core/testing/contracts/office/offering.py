"""Invoices are offered to a factor's system, one by one, and it is asked what became of them."""

import datetime as dt
from collections.abc import Callable

from factoring_core.errors import (
    TransportError,
)
from factoring_core.ports.factor_api import Declined
from factoring_core.testing.contracts.office.base import OfficeStories, a_story
from factoring_core.testing.simulated_api import ApiFault
from factoring_core.testing.stories import Story
from factoring_core.testing.stories.files import haul


class Offering(OfficeStories):
    """Promises about a factor that takes invoices through a system."""

    @a_story
    def test_invoices_are_offered_to_a_factors_system(self, story: Story) -> None:
        """Each invoice is taken once or declined with a reason; what has no answer is asked again."""
        system = story.place.system
        numbers = [f"N-{at}" for at in range(1, 8)]
        story.imports(
            *(haul(one, subsidiary="north") for one in numbers),
            haul("N-8", subsidiary="north", customer="green"),
            haul("N-9", subsidiary="north", parent_load="N-1"),
        )
        story.do("generate_invoices", [*numbers, "N-8", "N-9"])
        story.see("preflight", "north")
        system.declines["N-2"] = Declined(code="credit_declined", message="The customer is not approved.")
        system.schedule = "S-9"
        story.do("submit", "north", ["N-1", "N-2"])
        system.declines["N-3"] = Declined(code="not_taken", message="Nothing was created.")
        story.do("submit", "north", ["N-3"])
        for at, fault in enumerate(
            (ApiFault.UNREACHABLE, ApiFault.LOST_REQUEST, ApiFault.LOST_REPLY, ApiFault.BUSY), start=4
        ):
            system.plan = failing(len(system.asked), fault)
            story.do("submit", "north", [f"N-{at}"])
            if fault is ApiFault.LOST_REPLY:
                story.do("cancel", f"north-otr/{at - 1}", reason="perhaps")
                story.do("settle", f"north-otr/{at - 1}", delivered=False, reason="perhaps")
            story.waits(minutes=10)
            story.do("resume")
        system.refuses_papers = True
        system.declines.clear()
        story.do("submit", "north", ["N-2"])
        system.refuses_papers = False
        story.waits(minutes=10)
        story.do("resume")
        assert set(system.created.values()) == {1}, "an invoice was taken twice"

    @a_story
    def test_a_factors_system_says_what_became_of_invoices(self, story: Story) -> None:
        """What a factor's system says counts like a report; what is known already changes nothing."""
        system = story.place.system
        numbers = [f"N-{at}" for at in range(1, 7)]
        story.imports(*(haul(one, subsidiary="north") for one in numbers))
        story.do("sync", "north-otr")
        story.do("generate_invoices", numbers)
        story.do("submit", "north")
        day = dt.date(2026, 3, 3)
        words = ("3", "4", "7", "8", "Under the Moon")
        system.says = {one: (word, day) for one, word in zip(numbers, words, strict=False)}
        system.schedules = {"N-1": "S-4"}
        story.do("sync", "north-otr")
        story.do("sync", "north-otr")
        system.says["N-4"] = ("3", dt.date(2026, 3, 5))
        system.says["N-1"] = ("Paid", dt.date(2026, 3, 9))
        story.do("sync", "north-otr")
        del system.held["6"]
        story.do("sync", "north-otr")
        story.do("undo_report", story.office.reports()[-1].id, reason="their mistake")
        story.do("sync", "north-otr")
        system.plan = failing(len(system.asked), ApiFault.UNREACHABLE)
        story.refused(TransportError, "sync", "north-otr")
        story.do("sync", "east-winfactor")
        story.do("sync", "nobody")


def failing(at: int, fault: ApiFault) -> Callable[[str, int], ApiFault | None]:
    return lambda question, before: fault if before == at else None
