"""Batches leave the office over folders, in archives and by hand."""

import datetime as dt

from factoring_core.adapters.remote.memory import Moment, Trouble
from factoring_core.domain.vocabulary.actors import EVERYBODY, Actor
from factoring_core.errors import (
    CredentialError,
    DeliveryInDoubtError,
    RemoteRefusedError,
    StateError,
    UnreachableError,
    UsageError,
)
from factoring_core.testing.contracts.office.base import CLERK, OfficeStories, a_story
from factoring_core.testing.stories import Story
from factoring_core.testing.stories.files import haul, in_flight, purchase


class Selling(OfficeStories):
    """Promises about batches and how they are delivered."""

    @a_story
    def test_eligible_loads_are_sold_in_one_batch(self, story: Story) -> None:
        """Submitting sells what can be sold, says why the rest cannot, and sends the sealed files once."""
        story.imports(
            haul("L-1"),
            haul(
                "L-2", "20.05", lumper_receipt_file="lumper.pdf", reference_number="R-2", truck_number="T-1"
            ),
            haul("L-3", pod_file="", rate_confirmation_file=""),
            haul("L-4", customer="red"),
            haul("L-5", currency="CAD"),
            haul("L-6", po_number="", parent_load="L-1"),
            haul("L-7"),
            haul("L-8", invoice_number="A-1"),
        )
        story.do("generate_invoices", ["L-1", "L-2", "L-3", "L-4", "L-5", "L-6", "L-8"])
        story.see("preflight", "east")
        story.do("submit", "east", dry_run=True)
        story.do("submit", "east", ["L-1", "L-3"], all_or_nothing=True)
        story.do("submit", "east", ["L-3", "L-7"])
        story.do("submit", "east", ["L-1", "L-2"], dry_run=True)
        story.do("submit", "east", ["L-1", "L-2", "L-3"])
        story.do("submit", "east", ["L-1"])
        story.do("submit", "east")
        story.waits(hours=1)
        story.do("resume")
        story.do("submit", "east")
        story.see("packet", "L-1")
        story.see("batch", "1")
        story.see("batch", "east-winfactor/1")
        story.do("void", ["L-1"], reason="too late")
        story.do("cancel", "east-winfactor/1", reason="too late")
        story.do(
            "import_loads", b"load_number,subsidiary,customer,po_number\nL-1,east,blue,PO-X\n", name="x.csv"
        )

    @a_story
    def test_a_batch_that_does_not_arrive_is_sent_again_or_cancelled(self, story: Story) -> None:
        """What is known not to have arrived is sent again with the same bytes, or given up."""
        factor = story.place.factor("east-winfactor")
        story.imports(haul("L-1"), haul("L-2"), haul("L-3"), haul("L-4"))
        story.do("generate_invoices", ["L-1", "L-2", "L-3", "L-4"])
        away = UnreachableError("The server is away.")
        factor.expect(Trouble(verb="write_new", error=away))
        story.do("submit", "east", ["L-1"])
        story.refused(StateError, "confirm", "1")
        story.do("resume")
        factor.expect(
            Trouble(
                verb="write_new",
                error=RemoteRefusedError("No room.", code="remote_refused", retryable=True),
                moment=Moment.HALFWAY,
            )
        )
        story.waits(minutes=10)
        story.do("submit", "east", ["L-2"])
        story.refused(UsageError, "cancel", "2", reason=" ")
        story.do("cancel", "2", reason="not today")
        story.do("cancel", "2", reason="not today")
        story.do("batch_files", "2", story.place.papers / "out")
        story.waits(minutes=10)
        factor.expect(
            Trouble(verb="rename", error=DeliveryInDoubtError("The line broke."), moment=Moment.AFTER),
            Trouble(verb="stat", error=away),
            Trouble(verb="list", error=away),
        )
        story.do("submit", "east", ["L-2", "L-3"])
        story.waits(minutes=10)
        story.do("resume")
        factor.expect(Trouble(verb="write_new", error=away), Trouble(verb="write_new", error=away))
        story.do("submit", "east", ["L-4"])
        story.do("cancel", "4", reason="never mind")
        story.do("submit", "east", ["L-4"])

    @a_story
    def test_a_doubt_is_cleared_by_evidence_or_by_a_person(self, story: Story) -> None:
        """While nobody knows whether a batch arrived nothing is sent; a report or a person clears it."""
        factor = story.place.factor("isle-blind")
        numbers = ["I-1", "I-2", "I-3", "I-4"]
        story.imports(*(haul(one, subsidiary="isle") for one in numbers))
        story.do("generate_invoices", numbers)
        lost = Trouble(verb="write_new", error=DeliveryInDoubtError("The line broke."), moment=Moment.HALFWAY)
        gone = Trouble(verb="rename", error=DeliveryInDoubtError("The line broke."))
        for at, number in enumerate(numbers):
            factor.expect(gone if at % 2 else lost)
            story.do("submit", "isle", [number])
        story.do("resume")
        story.do("confirm", "isle-blind/1")
        story.do("cancel", "isle-blind/1", reason="perhaps")
        story.refused(UsageError, "settle", "isle-blind/1", delivered=True, reason="")
        other = Actor(name="otto", roles=EVERYBODY.roles, billing=True)
        story.do("settle", "isle-blind/1", delivered=True, reason="they have it", second=CLERK)
        story.do("settle", "isle-blind/1", delivered=True, reason="they have it", second=EVERYBODY)
        story.do("settle", "isle-blind/1", delivered=True, reason="they have it", second=other)
        story.do("settle", "isle-blind/1", delivered=True, reason="they have it")
        story.do("settle", "isle-blind/1", delivered=False, reason="or have they")
        story.do("settle", "isle-blind/2", delivered=False, reason="they do not have it")
        story.do("settle", "isle-blind/2", delivered=False, reason="they do not have it")
        story.do("resume")
        story.do("cancel", "isle-blind/2", reason="later")
        story.applies(purchase("I-3"), subsidiary="isle")
        story.do("settle", "isle-blind/3", delivered=False, reason="no")
        story.do("cancel", "isle-blind/3", reason="no")
        story.do("undo_report", story.office.reports()[0].id, reason="of another carrier")
        story.do("settle", "isle-blind/3", delivered=False, reason="no")
        story.do("resume")

    @a_story
    def test_a_refused_log_in_waits_for_a_person(self, story: Story) -> None:
        """A credential that was refused is not shown again by itself, and the batch waits unharmed."""
        factor = story.place.factor("east-winfactor")
        story.imports(haul("L-1"))
        story.do("generate_invoices", ["L-1"])
        refused = CredentialError("The server refused the log-in.", code="auth_rejected")
        factor.expect(Trouble(verb="write_new", error=refused))  # type: ignore[arg-type]
        story.do("submit", "east")
        story.do("resume")
        story.waits(hours=2)
        story.do("resume")
        story.do("set_credential", "east-winfactor", reference="env:ANOTHER")
        story.do("resume")
        story.see("check", "east-winfactor")

    @a_story
    def test_a_person_hands_a_batch_over(self, story: Story) -> None:
        """A manual batch waits for a person, who takes its files and confirms, or gives it up before."""
        story.imports(
            *(haul(one, subsidiary="west", invoice_file="") for one in ("W-1", "W-2", "W-3")),
            haul("W-4", subsidiary="west", rate_confirmation_file=""),
        )
        story.do("generate_invoices", ["W-1", "W-2", "W-3", "W-4"])
        story.do("submit", "west", ["W-1"])
        story.do("resume")
        story.do("batch_files", "west-depot/1", story.place.papers / "out")
        story.do("cancel", "west-depot/1", reason="handed out already")
        story.do("settle", "west-depot/1", delivered=False, reason="it never left the desk")
        story.do("confirm", "west-depot/1")
        story.do("confirm", "west-depot/1")
        story.do("settle", "west-depot/1", delivered=False, reason="after all")
        story.do("submit", "west", ["W-2"])
        story.do("cancel", "west-depot/2", reason="wrong rate")
        story.refused(StateError, "confirm", "west-depot/2")
        story.do("submit", "west")
        story.do("return_loads", ["W-3"], reason="wrong rate")
        story.do("confirm", "west-depot/3")
        story.do("batch_files", "west-depot/3", story.place.papers / "out")
        story.do("settle", "west-depot/3", delivered=True, reason="handed over")
        story.see("batches", "west")

    @a_story
    def test_an_archive_holds_the_whole_batch(self, story: Story) -> None:
        """Where a provider wants one archive, the packets and the list travel in it."""
        story.imports(
            haul("S-1", subsidiary="south", invoicing_method="factoring"),
            haul("S-2", subsidiary="south", invoicing_method="factoring", customer="green"),
            haul("S-3", subsidiary="south"),
        )
        story.do("generate_invoices", ["S-1", "S-2", "S-3"])
        story.do("submit", "south")
        story.do("batch_files", "south-compass/1", story.place.papers / "out")
        story.see("batch", "south-compass/1")

    @a_story
    def test_sold_loads_come_back_when_they_are_denied_or_charged_back(self, story: Story) -> None:
        """A denied load returns to the queue, a charged-back one is sold again, and neither otherwise."""
        story.imports(haul("L-1"), haul("L-2"), in_flight("L-3"), in_flight("L-4"), in_flight("L-5"))
        story.do("generate_invoices", ["L-1", "L-2"])
        story.do("submit", "east")
        story.applies(purchase("L-1", Type="Denied"), purchase("L-2", Advance="900", Reserve="70", Fee="30"))
        back = {"Payment Date": "03/12/2026", "Type": "Chargeback"}
        story.applies(
            {"Invoice Number": "INV-L-3", "Payment Amount": "1000.00", "Check Number": "", **back},
            {"Invoice Number": "INV-L-4", "Payment Amount": "250.00", "Check Number": "", **back},
            name="back.csv",
        )
        story.see("exceptions", "east")
        story.refused(UsageError, "return_loads", ["L-1"], reason="")
        story.do("return_loads", ["L-1", "L-2", "L-3"], reason="denied")
        story.do("return_loads", ["L-1"], reason="denied")
        story.do("resell", ["L-2", "L-3", "L-4"], reason="they promised")
        story.do("resell", ["L-3"], reason="they promised")
        story.do("pay", "L-4", amount=100_00, on=dt.date(2026, 3, 2), reference="D-1")
        story.do("pay", "L-5", amount=100_00, on=dt.date(2026, 3, 2), reference="D-2")
        story.do("pay", "L-5", amount=100_00, on=dt.date(2026, 3, 2), reference="D-2", misdirected=True)
        story.waits(days=1)
        story.do("submit", "east")
        for decision in reversed(story.office.decisions()):
            story.do("undo_decision", decision.id, reason="not so")
