"""Reports come: in any order, again, torn, dirty, and are undone."""

from typing import Any

from factoring_core.errors import FileRefusedError, NotFoundError, UsageError
from factoring_core.testing.contracts.office.base import OfficeStories, a_story
from factoring_core.testing.stories import Story
from factoring_core.testing.stories.files import csv, haul, in_flight, payment, purchase


class Reporting(OfficeStories):
    """Promises about purchase and payment reports."""

    @a_story
    def test_reports_are_applied_again_and_undone(self, story: Story) -> None:
        """A report counts once however often it comes, and undone it counts no longer."""
        story.imports(haul("L-1"), haul("L-2", "20.00"), haul("L-3", customer="green"))
        story.do("generate_invoices", ["L-1", "L-2", "L-3"])
        story.do("submit", "east")
        rows = (
            purchase("L-1", Advance="900.00", Reserve="70.00", Fee="30.00", **{"Schedule Number": "S-1"}),
            purchase("L-2", "20.00", Advance="18.00", Fee="0.60"),
            purchase("L-3", Type="Held"),
        )
        story.applies(*rows, dry_run=True)
        first = story.applies(*rows, connection="east-winfactor")
        story.applies(*rows, name="other name.csv")
        story.applies(purchase("L-3"), purchase("L-1", Advance="900.00"), name="later.csv")
        paid = story.applies(
            payment("L-1", "400.00", Customer="Blue Freight"),
            payment("L-1", "600.00", **{"Check Number": "C2"}),
            payment("L-2", "20.00", Closed="yes"),
            payment("L-1", "50.00", Type="Rebate"),
            payment("L-2", "-12.00", Type="Adjustment"),
        )
        story.applies(
            payment("L-1", "-600.00", **{"Check Number": "C2", "Payment Date": "03/20/2026"}), name="nsf.csv"
        )
        story.see("report", first.report_id)
        story.see("reports", "east")
        story.do("undo_report", first.report_id, reason="of another month")
        story.do("undo_report", first.report_id, reason="of another month")
        story.refused(UsageError, "undo_report", paid.report_id, reason="")
        story.refused(NotFoundError, "undo_report", "rep-none", reason="none")
        story.applies(*rows, name="again.csv")
        story.applies(
            purchase("L-1", Advance="890.00", Fee="40.00"), name="corrected.csv", replaces=first.report_id
        )
        story.do("apply_report", csv(*rows), name="x.csv", subsidiary="east", replaces=first.report_id)
        story.reopens()

    @a_story
    def test_every_row_is_accounted_for(self, story: Story) -> None:
        """Each row is matched, known, not factored, information or an exception, and its money adds up."""
        story.imports(
            *(in_flight(f"L-{at}") for at in range(1, 9)),
            in_flight("L-9", "invoiced"),
            in_flight("M-1", "queued", connection=""),
            in_flight("M-2", "invoiced", connection="", customer="red"),
            in_flight("M-3", connection="east-rts"),
            in_flight("M-4", invoice_number="INV-0077", po_number="PO-7"),
            in_flight("M-5", invoice_number="77", po_number="PO-8"),
        )
        story.applies(
            payment("INV-L-1", "900.00"),
            payment("INV-L-2", "1000.00"),
            payment("INV-L-2", "1000.00"),
            payment("INV-L-3", "400.00", **{"Check Number": ""}),
            payment("INV-L-3", "500.00", **{"Check Number": ""}),
            payment("INV-L-4", "1200.00"),
            payment("inv l 5", "1000.00"),
            payment("INV-L5", "1.00"),
            payment("X-404", "10.00", **{"Load Number": "L-6"}),
            payment("INV-L-9", "1000.00"),
            payment("INV-M-1", "1000.00"),
            payment("INV-M-2", "1000.00"),
            payment("INV-M-3", "1000.00"),
            payment("77", "1000.00", **{"PO Number": "PO-7"}),
            payment("L-7", "1000.00", **{"Invoice Amount": "999.00", "Customer": "Green Valley Growers"}),
            payment("INV-L-8", "300.00", Type="Chargeback"),
            payment("INV-L-8", "0.00", Type="Payment"),
            connection="east-winfactor",
        )
        story.see("exceptions", "east")
        story.see("export_exceptions", "east", ending="csv")
        story.applies(
            payment("INV-L-1", "900.00"),
            payment("INV-L-1", "100.00", **{"Check Number": "C9"}),
            connection="east-winfactor",
        )
        story.imports(in_flight("L-10", invoice_number="X-404"))

    @a_story
    def test_a_report_that_cannot_be_read_is_refused_whole(self, story: Story) -> None:
        """A torn, foreign or ambiguous report is refused with its faults, and nothing of it counts."""
        story.imports(in_flight("L-1"))
        refused: dict[str, tuple[bytes, dict[str, Any]]] = {
            "no kind": (b"a,b\r\n1,2\r\n", {}),
            "empty": (b"", {}),
            "amounts": (csv(payment("INV-L-1", "abc"), payment("INV-L-1", "", Type="Whatever")), {}),
            "dates": (csv(payment("INV-L-1", **{"Payment Date": "13/45/2026"})), {}),
            "word": (csv(payment("INV-L-1", Type="Gift")), {}),
            "kind": (csv(payment("INV-L-1")), {"kind": "purchase"}),
            "a wrong kind": (csv(payment("INV-L-1")), {"kind": "novel"}),
            "provider": (csv(payment("INV-L-1")), {"provider": "nobody"}),
            "another provider": (csv(payment("INV-L-1")), {"provider": "rts"}),
            "connection": (csv(payment("INV-L-1")), {"connection": "nobody"}),
            "another's": (csv(payment("INV-L-1")), {"connection": "west-depot"}),
            "subsidiary": (csv(payment("INV-L-1")), {"subsidiary": "nowhere"}),
            "batch": (csv(purchase("INV-L-1")), {"batch": "east-winfactor/9"}),
            "replaced": (csv(payment("INV-L-1")), {"replaces": "rep-none"}),
        }
        for name, (content, more) in refused.items():
            answer = story.do(
                "apply_report", content, **{"name": f"{name}.csv", "subsidiary": "east", **more}
            )
            assert isinstance(answer, Exception) or name in ("another provider", "word"), name
        story.refused(FileRefusedError, "apply_report", b"%PDF-1.7", name="x.pdf", subsidiary="east")

    @a_story
    def test_a_batch_report_lists_the_whole_batch(self, story: Story) -> None:
        """A report that claims a batch must list all of it; what it leaves out is asked about."""
        story.imports(
            *(haul(one, subsidiary="west", invoice_file="") for one in ("W-1", "W-2", "W-3")),
        )
        story.do("generate_invoices", ["W-1", "W-2", "W-3"])
        story.do("submit", "west")
        story.do("confirm", "west-depot/1")
        given = {"subsidiary": "west", "connection": "west-depot"}
        story.applies(purchase("W-W-1"), purchase("W-W-2"), batch="1", **given)
        story.see("exceptions", "west")
        story.applies(purchase("W-W-3"), batch="1", name="rest.csv", **given)
        story.applies(
            payment("W-W-1", "999.50"), payment("W-W-2", "500.00"), payment("W-W-3", "1001.00"), **given
        )
        story.see("exceptions", "west", include_closed=True)

    @a_story
    def test_reports_are_fetched_from_a_folder(self, story: Story) -> None:
        """A report that lies ready is applied once and put aside; what is not whole or no report stays."""
        box = story.place.mailbox
        story.imports(in_flight("L-1", "invoiced"), in_flight("L-2"))
        story.do("fetch_reports", "east-winfactor")
        box.place("Purchases.csv", csv(purchase("INV-L-1")))
        box.place("Broken.csv", b"a,b\r\n1,2\r\n")
        box.place("Broken.csv.done", b"")
        box.place("picture.png", b"png")
        box.place(".hidden.csv", b"")
        story.do("fetch_reports", "east-winfactor")
        box.place("Purchases.csv.done", b"")
        story.do("fetch_reports", "east-winfactor")
        story.place.timer.sleep(120)
        story.do("fetch_reports", "east-winfactor")
        box.place("Payments.csv", csv(payment("INV-L-1"), payment("INV-L-2")))
        box.place("Payments.csv.done", b"")
        box.place("Again.csv", csv(purchase("INV-L-1")))
        box.place("Again.csv.done", b"")
        story.do("fetch_reports", "east-winfactor")
        story.place.timer.sleep(120)
        story.do("fetch_reports", "east-winfactor")
        story.place.timer.sleep(120)
        story.do("fetch_reports", "east-winfactor")
        story.do("fetch_reports", "east-rts")
        story.do("fetch_reports", "nobody")
        assert "Payments.csv" not in [one.name for one in box.list()]

    @a_story
    def test_what_no_longer_stands_is_said(self, story: Story) -> None:
        """A decision whose ground is undone is shown, and stands until a person undoes it."""
        story.imports(haul("L-1"), haul("L-2"))
        story.do("generate_invoices", ["L-1", "L-2"])
        story.do("submit", "east")
        denied = story.applies(purchase("L-1", Type="Denied"), purchase("L-2", Type="Rejected"))
        story.do("return_loads", ["L-1", "L-2"], reason="denied")
        story.do("undo_report", denied.report_id, reason="their mistake")
        story.see("exceptions")
        story.applies(purchase("L-1"), name="bought.csv")
        story.see("exceptions")
        story.do("undo_decision", story.office.decisions()[0].id, reason="so it was bought")
        story.see("exceptions", include_closed=True)
