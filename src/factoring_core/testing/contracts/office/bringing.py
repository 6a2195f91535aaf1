"""Loads come to the office, get their invoices, and are paid by their customers."""

import datetime as dt

from factoring_core.errors import FileRefusedError, NotFoundError, RuleError, UsageError
from factoring_core.testing.contracts.office.base import OfficeStories, a_story
from factoring_core.testing.stories import Story
from factoring_core.testing.stories.files import csv, haul, in_flight


class Bringing(OfficeStories):
    """Promises about imports, invoices and direct payments."""

    @a_story
    def test_loads_are_imported_again_and_undone(self, story: Story) -> None:
        """An import creates, updates or leaves alone, and undoing it puts everything back as it was."""
        first = story.imports(haul("L-1"), haul("L-2", "250.5", customer="new", customer_name="New Broker"))
        story.imports(haul("L-1"), haul("L-2", "250.5", customer="new", customer_name="New Broker"))
        story.imports(
            haul("L-1", "1100.00", po_number="PO-9", lumper_receipt_file="lumper.pdf"),
            haul("L-2", "250.5", customer="new", customer_name="Newer Broker", truck_number="T-7"),
            haul("L-3", subsidiary="west", reference_number="R-3", delivered_on="2026-02-27"),
            haul("S-1", "75", parent_load="L-1", currency="CAD"),
            haul("L-4", colour="green", paid_amount="5.00"),
        )
        second = story.office.imports()[-1].id
        story.see("imports")
        story.refused(RuleError, "undo_import", first.import_id, reason="too early")
        story.refused(UsageError, "undo_import", second, reason=" ")
        story.do("undo_import", second, reason="the wrong day's file")
        story.do("undo_import", second, reason="the wrong day's file")
        story.reopens()
        story.do("undo_import", first.import_id, reason="all of it")
        story.refused(NotFoundError, "undo_import", "imp-none", reason="there is none")

    @a_story
    def test_loads_in_flight_begin_with_their_balances(self, story: Story) -> None:
        """A load that is with a factor already is taken over with what is known of it."""
        story.imports(
            in_flight("L-1", "invoiced"),
            in_flight("L-2", purchased_on="2026-02-03", advanced="900", reserve_held="70", fees="30"),
            in_flight("L-3", "completed", paid_amount="1000", paid_on="2026-02-20", schedule_number="S-1"),
            in_flight("L-4", paid_amount="400", paid_on="2026-02-20", purchased_amount="990"),
            in_flight("L-5", "invoiced", connection="", customer="red"),
            in_flight("L-6", "completed", connection="", customer="red", paid_amount="1000"),
            in_flight("L-7", "queued", connection=""),
            in_flight("L-8", connection="", provider="winfactor"),
        )
        story.imports(in_flight("L-2", purchased_on="2026-02-03"), in_flight("L-8", po_number=""))
        story.see("loads", status="financed")
        story.see("loads", subsidiary="east", customer="red")
        story.see("loads", route="direct")
        story.refused(
            FileRefusedError,
            "import_loads",
            csv(
                in_flight("L-2", advanced="901", fees="29", schedule_number="S-2", connection="east-rts"),
                in_flight("L-3", purchased_on="2026-02-04", paid_amount="999", po_number="PO-1"),
                in_flight("L-4", amount="999", invoice_number="INV-9", invoice_date="2026-02-02"),
                in_flight("N-1", connection=""),
                in_flight("N-2", connection="west-depot"),
                in_flight("N-3", provider="rts"),
                in_flight("N-4", as_of=""),
                in_flight("N-5", customer="red"),
                in_flight("N-6", currency="CAD"),
                in_flight("N-7", invoice_number="INV-L-1"),
                in_flight("N-8", invoice_number="", invoice_date=""),
            ),
            name="more.csv",
        )

    @a_story
    def test_a_file_with_faults_is_refused_whole(self, story: Story) -> None:
        """A file of loads is refused with every fault of every row, and nothing of it is kept."""
        story.imports(haul("L-1"), in_flight("L-2"))
        story.place.paper("damaged", b"no pdf at all")
        story.refused(
            FileRefusedError,
            "import_loads",
            csv(
                haul("L-3", "abc", delivered_on="2026-13-40"),
                haul("L-4", "0"),
                haul("L-5", "-3.00", subsidiary="nowhere"),
                haul("L-6", pod_file="absent.pdf", invoice_file="../outside.pdf"),
                haul("L-6"),
                haul("L-7", pod_file="damaged.pdf"),
                haul("", status="sleeping"),
                haul("L-8", parent_load="L-8", supersedes="none"),
                haul("L-9", parent_load="L-404"),
                haul("L-2", "1000.01", customer="red"),
                haul("L-10", supersedes="INV-L-2", status="queued", invoice_number="I-10"),
                haul("L-11", status="queued"),
            ),
            name="faulty.csv",
            folder=story.place.papers,
        )
        for content in (b"", b"load_number,subsidiary\r\nL-1,east\r\n", b"%PDF-1.4\n", b"a,a\r\n1,2\r\n"):
            story.refused(FileRefusedError, "import_loads", content, name="other.csv")
        story.refused(FileRefusedError, "import_loads", csv(haul("L-9")), name="no_folder.csv")

    @a_story
    def test_an_invoice_may_supersede_another(self, story: Story) -> None:
        """A revised invoice takes the place of a queued one, and never of one that is sold."""
        story.imports(haul("L-1"), haul("L-2"))
        story.do("generate_invoices", ["L-1", "L-2"])
        story.imports(
            haul("L-1R", supersedes="L-1", status="queued", invoice_number="I-1R", invoice_date="2026-03-02"),
            haul("L-2R", supersedes="L-2"),
        )
        story.do("generate_invoices", ["L-2R"])
        story.do("undo_import", story.office.imports()[-1].id, reason="no revision")

    @a_story
    def test_invoices_are_generated_and_voided(self, story: Story) -> None:
        """Each load gets an invoice or says why not; a queued one can go back."""
        story.imports(
            haul("L-1"),
            haul("L-2", "20.00", invoice_number="A-77", invoice_date="2026-02-25"),
            haul("L-3", ""),
            haul("L-4", customer="red"),
            haul("L-5", invoicing_method="direct"),
            haul("L-6", pod_file="", rate_confirmation_file="", invoice_file=""),
            haul("W-1", subsidiary="west", invoice_file=""),
            haul("L-1", "30.00", subsidiary="west"),
            haul("L-7", currency="CAD", po_number=""),
            haul("L-8", customer="unheard", customer_name=""),
            in_flight("L-9"),
        )
        story.do("generate_invoices", ["east/L-1", "L-2", "L-3", "L-4", "L-9"])
        story.do("generate_invoices", ["east/L-1", "L-5", "L-6", "W-1", "L-7", "L-8"])
        story.do("generate_invoices", ["L-9"])
        story.refused(NotFoundError, "generate_invoices", ["L-404", "east/L-1"])
        story.do("generate_invoices", ["west/L-1"], number="W-900", date=dt.date(2026, 2, 28), amount=29_99)
        story.refused(UsageError, "generate_invoices", ["L-1", "L-2"], number="both")
        story.do("void", ["east/L-1", "L-2", "L-3"], reason="wrong rate")
        story.do("void", ["L-9"], reason="sold")
        story.refused(UsageError, "void", ["L-5"], reason="")
        for one in ("east", "west"):
            story.see("preflight", one)
        story.see("preflight", "east", ["L-6", "L-9"])
        story.do("generate_invoices", ["east/L-1"], date=dt.date(2026, 3, 1))

    @a_story
    def test_a_direct_load_is_sent_and_paid(self, story: Story) -> None:
        """What the carrier collects itself is invoiced when it is sent, and completed when it is paid."""
        story.imports(haul("L-1", customer="red"), haul("L-2"), haul("S-1", subsidiary="south"))
        story.do("generate_invoices", ["L-1", "L-2", "S-1"])
        story.do("send_direct", ["L-1", "L-2"])
        story.do("send_direct", ["L-1", "S-1"])
        story.do("send_direct", ["L-2"])
        on = dt.date(2026, 3, 2)
        story.do("pay", "L-1", amount=400_00, on=on, reference="CHK-1")
        story.do("pay", "L-1", amount=400_00, on=on, reference="CHK-1")
        story.do("pay", "L-1", amount=600_00, on=on, reference="CHK-2")
        story.do("pay", "S-1", amount=1200_00, on=on, reference="")
        story.refused(UsageError, "pay", "L-1", amount=0, on=on, reference="CHK-3")
        story.do("pay", "L-2", amount=1, on=on, reference="CHK-4")
        story.refused(UsageError, "pay", "L-1", amount=1, on=dt.date(2026, 3, 3), reference="CHK-5")
        story.do("pay", "L-1", amount=1, on=dt.date(2026, 3, 1), reference="CHK-5")
