"""Rows of loads that are refused for the rarer reasons, imports that others stand on, and invoice numbers."""

import datetime as dt

from attrs import evolve

from factoring_core.domain.vocabulary.actors import EVERYBODY
from factoring_core.domain.vocabulary.parties import Customer
from factoring_core.errors import AccessError, FileRefusedError, NotFoundError, StateError
from factoring_core.testing.contracts.office.base import OfficeStories, a_story
from factoring_core.testing.stories import Story
from factoring_core.testing.stories.files import csv, haul, in_flight, payment, purchase

WESTERN = evolve(EVERYBODY, name="wes", subsidiaries=frozenset({"west"}))
PAT = evolve(EVERYBODY, name="pat", billing=False)
DAY = dt.date(2026, 3, 1)


class Taking(OfficeStories):
    """Promises about what an import may change, what may be undone, and which number an invoice gets."""

    @a_story
    def test_a_row_that_contradicts_the_books_is_refused(self, story: Story) -> None:
        """Each cell that says otherwise than what is frozen, or what cannot be, is a fault of its own."""
        paid = {"paid_amount": "4", "paid_on": "2026-02-09"}
        story.imports(
            haul("L-1"),
            haul("L-2", scale_ticket_file="lumper.pdf", reference_number="R-1", truck_number="T-1"),
            haul("L-3", invoice_number="A-3", invoice_date="2026-02-20"),
            in_flight("F-1", purchased_on="2026-02-03", purchased_amount="990", **paid),
            in_flight("D-1", "invoiced", connection="", customer="red", **paid),
        )
        story.do("generate_invoices", ["L-1", "L-2", "L-3"])
        story.do("submit", "east", ["L-2"])
        story.see("preflight", "east", ["L-3", "F-1", "D-1"])
        story.place.paper("other")
        again = {"status": "", "as_of": ""}
        story.refused(
            FileRefusedError,
            "import_loads",
            csv(
                haul("L-1", "1000.01", customer="green", currency="CAD", invoicing_method="direct"),
                haul("L-2", reference_number="R-2", truck_number="T-2", pod_file="other.pdf"),
                haul("L-3", invoice_number="A-4", invoice_date="2026-02-21", parent_load="L-1"),
                in_flight("F-1", purchased_amount="991", fees="1", paid_amount="6", provider="rts"),
                in_flight("D-1", "invoiced", connection="", customer="red", paid_amount="5"),
                in_flight("N-1", invoice_number="A-3"),
                in_flight("N-2", connection="", provider="otr"),
                in_flight("N-3", connection="", provider="winfactor", as_of=""),
                in_flight("N-4", connection="", customer="red"),
                in_flight("N-14", "invoiced", connection="", customer="red", as_of=""),
                in_flight("N-5", "financed", amount=""),
                in_flight("N-5", "financed"),
                haul("N-6", "-1", subsidiary="WEST"),
                haul("N-7", parent_load="N-7"),
                haul("N-8", parent_load="N-6"),
                haul("N-9", supersedes="A-404"),
                haul(
                    "N-10", supersedes="L-2", status="queued", invoice_number="A-10", invoice_date="3/1/2026"
                ),
                haul("N-11", "x", parent_load="N-5"),
                haul("N-12", parent_load="N-11", scale_ticket_file="absent.pdf"),
            ),
            name="against.csv",
            folder=story.place.papers,
        )
        story.imports(
            haul("L-1", invoice_number="L-1", invoice_date="2026-03-02", truck_number="T-9"),
            haul("L-2", "1000.00", currency="USD", customer_name="ignored"),
            haul("L-3", "1000.00", invoice_number="A-3", origin_city="Waco", purchased_on="2026-02-01"),
            in_flight("F-1", connection="", provider="winfactor", purchased_amount="990", **again),
            in_flight("D-1", "", connection="", customer="red", paid_amount="4"),
            in_flight("N-1", "invoiced", as_of="", connection="", provider="rts", reserve_held="7"),
            in_flight("N-2", "released", connection="", customer="newer", customer_name="Newer", as_of=""),
            haul("N-3", customer="newer", customer_name="", customer_mc_number="5", paid_amount="4"),
            as_of=dt.date(2026, 2, 27),
        )
        story.do("import_loads", csv(haul("W-1", subsidiary="west"), haul("L-9")), name="x.csv", by=WESTERN)
        story.do("import_loads", csv(haul("W-1", subsidiary="nowhere")), name="x.csv", by=WESTERN)

    @a_story
    def test_an_import_that_others_stand_on_stays(self, story: Story) -> None:
        """An import is undone only while no later act speaks of its loads; each that does is named."""
        for number in range(1, 11):
            sold = {4: in_flight("L-4"), 7: in_flight("L-7"), 9: haul("L-9", customer="red")}
            more = {"customer": "met", "customer_name": f"Met {number}"} if number in (1, 2) else {}
            story.imports(sold.get(number, haul(f"L-{number}", **more)))
        made = {one.created[0]: one.id for one in story.office.imports()}
        story.do("generate_invoices", ["L-2", "L-3", "L-9"])
        story.do("void", ["L-2"], reason="not yet")
        story.do("submit", "east", ["L-3"])
        story.applies(payment("INV-L-4", "900.00"), connection="east-winfactor")
        story.do("resolve", story.exception("short_paid"), "write_off", reason="agreed")
        story.imports(haul("L-5", truck_number="T-5"), haul("S-1", parent_load="L-6"))
        bought = csv({"Invoice Number": "INV-L-7", "Buyout Date": "03/01/2026"})
        moved = story.do("buy_out", bought, name="b.csv", old="east-winfactor", new="east-rts")
        story.do("send_direct", ["L-9"])
        story.imports(in_flight("D-1", "invoiced", connection="", customer="red"))
        story.do("pay", "D-1", amount=1_00, on=DAY, reference="C")
        made["east/D-1"] = story.office.imports()[-1].id
        story.imports(haul("L-8", supersedes="L-10"))
        story.imports(haul("M-1", customer="met", customer_name="Met 3"), haul("M-2", customer="neu"))
        last = story.office.imports()[-1].id
        story.imports(haul("M-3", customer="neu"))
        for name, id_ in made.items():
            if name not in ("east/L-1", "east/L-2", "east/L-8"):
                story.refused(StateError, "undo_import", id_, reason="no")
        story.do("undo_import", made["east/L-1"], reason="wrong", by=WESTERN)
        story.do("undo_import", made["east/L-1"], reason="wrong", by=PAT)
        story.do("undo_import", last, reason="wrong")
        story.do("undo_import", made["east/L-1"], reason="wrong")
        story.do("undo_import", made["east/L-2"], reason="wrong")
        story.imports(haul("M-3", customer="neu", customer_name="Neu"))
        story.do("undo_buy_out", moved.buy_out, reason="no")
        story.do("undo_import", made["east/L-7"], reason="wrong")
        story.do("undo_decision", story.office.decisions()[0].id, reason="no")
        story.do("undo_import", made["east/L-4"], reason="wrong")
        story.do("undo_report", story.office.reports()[-1].id, reason="no")
        story.do("undo_import", made["east/D-1"], reason="wrong")
        story.see("imports", by=WESTERN)
        story.see("exceptions")

    @a_story
    def test_a_revised_invoice_takes_the_place_of_what_nobody_owns(self, story: Story) -> None:
        """A revised invoice voids a queued one, leaves alone what came back, and waits while one is sold."""
        story.imports(
            *(haul(f"L-{at}") for at in range(1, 6)),
            in_flight("F-1"),
            in_flight("F-2"),
            in_flight("F-3", "invoiced"),
        )
        story.do("generate_invoices", [f"L-{at}" for at in range(1, 6)])
        story.do("submit", "east", ["L-2", "L-3"])
        story.applies(purchase("L-3", Type="Denied"), name="denied.csv")
        story.applies(payment("INV-F-2", "1000.00", Type="Chargeback"), connection="east-winfactor")
        queued = {"status": "queued", "invoice_date": "2026-03-02"}
        for at, old in enumerate(("L-1", "L-2", "L-3", "INV-F-1", "INV-F-2", "F-3", "L-404"), 1):
            story.imports(haul(f"R-{at}", supersedes=old, invoice_number=f"A-{at}", **queued))
            story.imports(haul(f"T-{at}", supersedes=old))
            story.do("generate_invoices", [f"T-{at}"])
        story.imports(
            haul("B-1", invoice_number="B-1", **queued),
            haul("B-2", supersedes="B-1", invoice_number="B-2", **queued),
            haul("B-3", supersedes="L-5", invoice_number="B-3", **queued),
            haul("L-5", truck_number="T-5"),
        )
        story.imports(in_flight("B-4"), haul("B-5", supersedes="B-4", invoice_number="B-5", **queued))
        story.imports(haul("B-6"), haul("B-7", supersedes="B-6"))
        story.do("generate_invoices", ["T-2", "T-4", "T-6"])
        story.do("generate_invoices", ["L-1"], number="L-1B")
        story.do("submit", "east", ["L-1"])
        story.do("generate_invoices", ["B-6"], number="TWICE")
        story.do("generate_invoices", ["B-7"], number="TWICE")
        story.see("preflight", "east")

    @a_story
    def test_an_invoice_gets_the_next_free_number(self, story: Story) -> None:
        """A number is what is given, else planned, else the format's next that is free."""
        settings = story.place.settings
        east, west, *others = settings.subsidiaries
        east = evolve(east, invoice_number_format="E{year}-{seq:03}", invoice_prefixes=())
        west = evolve(west, invoice_number_format="{subsidiary}/{load_number}")
        met = Customer(id="met", name="")
        story.office.adopt(
            evolve(settings, subsidiaries=(east, west, *others), customers=(*settings.customers, met))
        )
        numbers = [f"L-{at}" for at in range(1, 5)]
        story.imports(
            *(haul(one) for one in numbers),
            haul("L-5", invoice_number="E2026-002", invoice_date="2025-12-31"),
            haul("L-6", invoice_number="A-6"),
            haul("L-7", "0.01", customer="met", customer_name=""),
            haul("W-1", subsidiary="west", customer="met"),
            haul("W-2", subsidiary="west", invoice_number="west/W-1"),
            haul("W-3", subsidiary="west", invoice_date="2025-11-30", pod_file="", rate_confirmation_file=""),
        )
        story.do("generate_invoices", ["L-5", "L-1", "L-2"])
        story.do("generate_invoices", ["W-1", "L-3", "W-2"])
        story.do("generate_invoices", ["L-4"], number="E2026-002")
        story.do("generate_invoices", ["L-4"], number=" ")
        story.do("generate_invoices", ["L-4"], number="x" * 300)
        story.do("generate_invoices", ["L-4"], amount=-1)
        story.do("generate_invoices", ["L-4"], number=" Ä-4 ", date=DAY, amount=5)
        story.do("generate_invoices", ["L-4"], number="Ä-4", date=DAY, amount=5)
        story.do("generate_invoices", ["L-4"], date=dt.date(2026, 3, 2))
        story.do("generate_invoices", ["L-4"], amount=6)
        story.do("generate_invoices", ["L-6", "W-3"], date=DAY)
        story.do("generate_invoices", ["L-6", "L-7", "W-3"])
        story.do("void", ["L-1", "L-404"], reason="no")
        story.do("void", ["L-1", "L-5"], reason="no")
        story.do("generate_invoices", ["L-1"])
        story.do("submit", "west")
        story.do("void", ["W-1", "L-1", "W-3"], reason="no")
        story.refused(AccessError, "void", ["L-1"], reason="no", by=evolve(WESTERN, billing=False))
        story.refused(NotFoundError, "void", ["L-1"], reason="no", by=WESTERN)
        for name in ("W-1", "W-3", "L-7", "L-404"):
            story.do("packet", name)
        story.see("preflight", "west")
