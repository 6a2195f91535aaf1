"""Importing the host's loads: what a row may do, what refuses the file, and what the answer says."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

import pytest
from attrs import evolve

from factoring_core.domain.vocabulary.actors import Actor
from factoring_core.domain.vocabulary.load import DocumentKind, Load
from factoring_core.domain.vocabulary.parties import Customer, InvoicingMethod
from factoring_core.errors import (
    AccessError,
    DocumentError,
    Fault,
    FileRefusedError,
    LimitExceededError,
    NotFoundError,
)
from factoring_core.ports.storage import ImportRecord
from factoring_core.usecases.delivering.submit import submit
from factoring_core.usecases.results import ImportResult
from factoring_core.usecases.selling.import_loads import import_loads
from factoring_core.usecases.selling.invoices import generate_invoices, void
from factoring_core.usecases.selling.take_back import return_loads
from factoring_core.usecases.views import load as show
from factoring_core.usecases.views import loads
from usecases.desk import BILLING, EAST, READER, Desk, connection, manual

AS_OF = dt.date(2026, 2, 28)
PAPERS = {
    "inv.pdf": b"%PDF invoice",
    "pod.pdf": b"%PDF pod",
    "rc.pdf": b"%PDF rate",
    "new.pdf": b"%PDF another pod",
    "copy.pdf": b"%PDF pod",
    "lumper.jpg": b"\xff\xd8\xff receipt",
    "scale.pdf": b"%PDF ticket",
}


def table(*rows: Mapping[str, Any]) -> bytes:
    """Write a loads file; subsidiary east and customer blue unless a row says otherwise."""
    full = [{"load_number": "L-1", "subsidiary": "east", "customer": "blue", **row} for row in rows]
    header = list(dict.fromkeys(name for row in full for name in row))
    lines = [header, *([str(row.get(name, "")) for name in header] for row in full)]
    return "\n".join(",".join(line) for line in lines).encode()


def queued(number: str = "L-1", **more: Any) -> dict[str, Any]:
    """A row of a load that is queued."""
    return {
        "load_number": number,
        "status": "queued",
        "invoice_number": f"INV-{number}",
        "invoice_date": "2026-02-01",
        "amount": "1000.00",
        **more,
    }


def in_flight(number: str = "L-1", **more: Any) -> dict[str, Any]:
    """A row of a load that the factor has bought already."""
    return queued(number, **{"status": "financed", "connection": "east-winfactor", **more})


def bring(desk: Desk, *rows: Mapping[str, Any], **more: Any) -> ImportResult:
    """Import rows; papers come from a folder with a few files."""
    return import_loads(with_papers(desk), table(*rows), name="loads.csv", **more)


def with_papers(desk: Desk) -> Any:
    def read(path: str) -> bytes:
        if path == "huge.pdf":
            raise LimitExceededError("it is larger than 25 MiB")
        if path.startswith("../"):
            raise DocumentError("the path leads out of the folder of the file", code="outside_folder")
        if path not in PAPERS:
            raise NotFoundError("it is not there, or is not a file")
        return PAPERS[path]

    return evolve(desk.ports, documents=read)


def refused(desk: Desk, *rows: Mapping[str, Any], **more: Any) -> list[Fault]:
    """Return the faults of a file that has to be refused, and see that nothing was kept."""
    before = loads(desk.ports)
    with pytest.raises(FileRefusedError) as error:
        bring(desk, *rows, **more)
    assert loads(desk.ports) == before
    return list(error.value.faults)


def codes(faults: list[Fault]) -> list[tuple[str, str | None]]:
    return [(fault.code, fault.column) for fault in faults]


def stored(desk: Desk, number: str = "L-1") -> Load:
    return show(desk.ports, number).load


# Creating


def test_a_row_without_a_status_makes_a_released_load() -> None:
    desk = Desk()
    result = bring(desk, {"amount": "12.50", "po_number": "P1"})
    assert [(one.load, one.status, one.invoice_number) for one in result.created] == [
        ("L-1", "released", None)
    ]
    assert (stored(desk).amount, stored(desk).po_number) == (12_50, "P1")


def test_a_queued_row_brings_its_invoice_and_freezes_the_method_with_its_rule() -> None:
    desk = Desk()
    result = bring(desk, queued())
    assert (result.created[0].status, result.created[0].invoice_number) == ("queued", "INV-L-1")
    method = stored(desk).method
    assert method is not None
    assert method.rule.value == "subsidiary_default"


def test_a_queued_row_lacks_its_invoice_columns_one_by_one() -> None:
    faults = refused(Desk(), {"status": "queued"})
    assert codes(faults) == [
        ("required", "invoice_number"),
        ("required", "invoice_date"),
        ("required", "amount"),
    ]


def test_a_load_in_flight_stands_where_its_row_says_with_its_balances() -> None:
    desk = Desk()
    result = bring(
        desk,
        in_flight(purchased_amount="1000.00", advanced="900.00", reserve_held="70.00", fees="30.00"),
        in_flight("L-2", status="completed"),
        in_flight("L-3", status="invoiced"),
        as_of=AS_OF,
    )
    assert [one.status for one in result.created] == ["financed", "completed", "invoiced"]
    position = show(desk.ports, "L-1").sales[0].position
    assert (position["advanced"], position["reserve_held"], position["fees"]) == (900_00, 70_00, 30_00)
    assert result.transitions[0].events == ("generate_invoice", "submit", "finance")


def test_a_load_in_flight_needs_an_as_of_date_from_its_row_or_beside_the_file() -> None:
    assert codes(refused(Desk(), in_flight())) == [("required", "as_of")]
    desk = Desk()
    bring(desk, in_flight(as_of="2026-02-27"))
    opening = show(desk.ports, "L-1").sales[0].assignment.opening
    assert opening is not None
    assert opening.as_of == dt.date(2026, 2, 27)


def test_a_load_in_flight_names_exactly_one_connection_by_id_or_provider() -> None:
    desk = Desk(connection(), manual("east-one", active=False), manual("east-two", active=False))
    assert codes(refused(desk, in_flight(connection=""), as_of=AS_OF)) == [("required", "connection")]
    unknown = refused(desk, in_flight(connection="nowhere"), as_of=AS_OF)
    assert codes(unknown) == [("unknown_connection", "connection")]
    several = refused(desk, in_flight(connection="", provider="capital_depot"), as_of=AS_OF)
    assert codes(several) == [("unknown_connection", "provider")]
    assert "east-one, east-two" in several[0].message
    bring(desk, in_flight(connection="", provider="winfactor"), as_of=AS_OF)
    assert show(desk.ports, "L-1").sales[0].assignment.connection == "east-winfactor"


def test_a_load_in_flight_has_the_currency_of_its_connection() -> None:
    assert codes(refused(Desk(), in_flight(currency="CAD"), as_of=AS_OF)) == [("currency", "currency")]


def test_a_direct_load_in_flight_needs_no_connection() -> None:
    desk = Desk()
    row = in_flight(status="invoiced", connection="", invoicing_method="direct", paid_amount="400.00")
    result = bring(desk, row, as_of=AS_OF)
    assert result.created[0].status == "invoiced"
    view = loads(desk.ports)[0]
    assert (view.standing.route.value, view.standing.paid, view.standing.open) == ("direct", 400_00, 600_00)
    assert show(desk.ports, "L-1").sales == ()


def test_a_direct_load_is_direct_even_where_a_connection_is_named() -> None:
    desk = Desk()
    bring(desk, in_flight(status="completed", invoicing_method="direct"), as_of=AS_OF)
    view = loads(desk.ports)[0]
    assert (view.standing.status.value, view.standing.route.value) == ("completed", "direct")


def test_a_direct_load_is_never_financed() -> None:
    faults = refused(Desk(), in_flight(invoicing_method="direct"), as_of=AS_OF)
    assert codes(faults) == [("direct_not_financed", "status")]


def test_a_direct_load_in_flight_needs_its_as_of_date_too() -> None:
    row = in_flight(status="invoiced", invoicing_method="direct")
    assert codes(refused(Desk(), row)) == [("required", "as_of")]


def test_a_customer_that_the_settings_do_not_know_is_made_from_the_columns() -> None:
    desk = Desk()
    bring(desk, {"customer": "green", "customer_name": "Green Haul", "customer_mc_number": "55"})
    with desk.store.reading("acme") as tx:
        assert tx.find(Customer) == [Customer(id="green", name="Green Haul", mc_number="55")]


def test_columns_of_a_configured_customer_change_nothing() -> None:
    desk = Desk()
    bring(desk, {"customer_name": "Somebody Else"})
    with desk.store.reading("acme") as tx:
        assert tx.find(Customer) == []


def test_a_customers_new_name_counts_as_an_update_of_its_loads_and_only_once() -> None:
    desk = Desk()
    bring(desk, {"customer": "green", "customer_name": "Green"})
    row = {"customer": "green", "customer_name": "Green Haul"}
    assert [one.load for one in bring(desk, row).updated] == ["L-1"]
    assert [one.load for one in bring(desk, row).unchanged] == ["L-1"]


def test_two_spellings_of_a_customer_in_one_file_settle_on_the_last() -> None:
    desk = Desk()
    rows = (
        {"customer": "green", "customer_name": "Green"},
        {"load_number": "L-2", "customer": "green", "customer_name": "Green Haul"},
    )
    bring(desk, *rows)
    assert bring(desk, *rows).outcome == "unchanged"


# Upserting


def test_the_same_file_again_changes_nothing_and_names_the_first_import() -> None:
    desk = Desk()
    row = in_flight(paid_amount="10.00", pod_file="pod.pdf")
    first = bring(desk, row, queued("L-2"), as_of=AS_OF)
    trail = desk.audited()
    again = bring(desk, row, queued("L-2"))
    assert (again.import_id, again.outcome) == (first.import_id, "unchanged")
    assert [one.status for one in again.unchanged] == ["financed", "queued"]
    assert desk.audited() == trail


def test_what_is_already_there_in_another_file_changes_nothing_under_a_name_of_its_own() -> None:
    desk = Desk()
    first = bring(desk, {"amount": "5.00"})
    again = bring(desk, {})
    assert again.outcome == "unchanged"
    assert again.import_id != first.import_id


def test_a_blank_never_erases() -> None:
    desk = Desk()
    bring(desk, {"po_number": "P1", "amount": "5.00", "pod_file": "pod.pdf"})
    bring(desk, {"po_number": "", "truck_number": "T7"})
    load = stored(desk)
    assert (load.po_number, load.amount, load.truck_number) == ("P1", 5_00, "T7")
    assert [one.kind.value for one in load.documents] == ["pod"]


def test_before_it_is_queued_any_field_may_change() -> None:
    desk = Desk()
    bring(desk, {"amount": "5.00", "customer": "green", "invoice_number": "A"})
    result = bring(
        desk,
        {"amount": "6.00", "customer": "blue", "invoice_number": "B", "invoicing_method": "direct"},
    )
    assert [one.load for one in result.updated] == ["L-1"]
    load = stored(desk)
    assert (load.amount, load.customer, load.planned_invoice_number) == (6_00, "blue", "B")
    assert load.invoicing_method is InvoicingMethod.DIRECT


def test_once_queued_references_and_papers_may_change_and_every_frozen_change_is_listed() -> None:
    desk = Desk()
    bring(desk, queued(pod_file="pod.pdf"), {"load_number": "L-0"})
    bring(desk, queued(po_number="P9", pod_file="new.pdf"))
    assert stored(desk).po_number == "P9"
    changes = {
        "amount": "1.00",
        "currency": "CAD",
        "customer": "green",
        "invoice_number": "X",
        "invoice_date": "2026-02-02",
        "invoicing_method": "direct",
        "parent_load": "L-0",
        "supersedes": "L-0",
    }
    faults = refused(desk, queued(**changes))
    assert {fault.column for fault in faults} == set(changes)
    assert {fault.code for fault in faults} == {"frozen_field"}
    assert ("amount", "1.00") in [(fault.column, fault.excerpt) for fault in faults]


def test_repeating_what_the_invoice_says_is_no_change() -> None:
    desk = Desk()
    bring(desk, {"amount": "900.00"})
    generate_invoices(desk.ports, ["L-1"], number="N1", date=dt.date(2026, 2, 3), amount=1000_00)
    same = {"amount": "1000.00", "invoice_number": "N1", "invoice_date": "2026-02-03", "currency": "USD"}
    assert bring(desk, same).outcome == "unchanged"
    assert bring(desk, {"amount": "900.00"}).outcome == "unchanged"


def sold(desk: Desk, **more: str) -> None:
    """Import a queued load with its papers and seal it."""
    papers = {"invoice_file": "inv.pdf", "pod_file": "pod.pdf", "rate_confirmation_file": "rc.pdf", **more}
    bring(desk, queued(po_number="P1", **papers))
    submit(desk.ports, "east")


def test_sealing_freezes_references_and_papers_until_the_invoice_is_taken_back() -> None:
    desk = Desk()
    sold(desk)
    faults = refused(desk, queued(po_number="P2", pod_file="new.pdf"))
    assert {fault.column for fault in faults} == {"po_number", "pod_file"}
    return_loads(desk.ports, ["L-1"], reason="denied")
    assert [one.load for one in bring(desk, queued(pod_file="new.pdf")).updated] == ["L-1"]


@pytest.mark.parametrize(
    ("receipt", "ticket"),
    [
        ("lumper_receipt_file", "scale_ticket_file"),
        ("Lumper Receipt", "Scale Ticket"),
        ("Lumper", "Weight Ticket"),
    ],
)
def test_receipts_and_tickets_are_taken_in_with_the_other_papers(receipt: str, ticket: str) -> None:
    desk = Desk()
    bring(desk, queued(**{"pod_file": "pod.pdf", ticket: "scale.pdf", receipt: "lumper.jpg"}))
    papers = {
        one.kind: (one.name, desk.blobs.get(one.sha256)) for one in show(desk.ports, "L-1").load.documents
    }
    assert papers == {
        DocumentKind.POD: ("pod.pdf", PAPERS["pod.pdf"]),
        DocumentKind.LUMPER_RECEIPT: ("lumper.jpg", PAPERS["lumper.jpg"]),
        DocumentKind.SCALE_TICKET: ("scale.pdf", PAPERS["scale.pdf"]),
    }


@pytest.mark.parametrize("column", ["lumper_receipt_file", "scale_ticket_file"])
def test_a_receipt_or_ticket_that_is_not_there_refuses_the_file(column: str) -> None:
    desk = Desk()
    (fault,) = refused(desk, queued(**{column: "gone.pdf"}))
    assert (fault.code, fault.column, fault.excerpt) == ("missing_file", column, "gone.pdf")
    assert loads(desk.ports) == ()


@pytest.mark.parametrize("column", ["lumper_receipt_file", "scale_ticket_file"])
def test_sealing_freezes_receipts_and_tickets_too(column: str) -> None:
    desk = Desk()
    sold(desk, **{column: "scale.pdf"})
    (fault,) = refused(desk, queued(**{column: "lumper.jpg"}))
    assert (fault.code, fault.column) == ("frozen_field", column)


def test_the_same_paper_under_another_name_is_no_change_of_a_sealed_load() -> None:
    desk = Desk()
    sold(desk)
    assert bring(desk, queued(pod_file="copy.pdf")).updated != ()


def test_a_status_never_moves_by_importing_again() -> None:
    desk = Desk()
    bring(desk, queued())
    result = bring(desk, in_flight(purchased_amount="1000.00"), as_of=AS_OF)
    assert [(one.load, one.status) for one in result.unchanged] == [("L-1", "queued")]
    assert result.warnings[0].startswith("opening_ignored: 1 row(s)")


def test_opening_balances_are_frozen_and_a_contradiction_is_named() -> None:
    desk = Desk()
    bring(desk, in_flight(paid_amount="10.00", schedule_number="7"), as_of=AS_OF)
    row = in_flight(paid_amount="20.00", schedule_number="8", connection="", provider="rts")
    faults = refused(desk, row)
    assert {fault.column for fault in faults} == {"paid_amount", "schedule_number", "provider"}
    assert bring(desk, in_flight(paid_amount="10.00", as_of="2026-03-01")).outcome == "unchanged"


def test_opening_balances_of_a_direct_load_are_frozen_too() -> None:
    desk = Desk()
    row = in_flight(status="invoiced", invoicing_method="direct", paid_amount="10.00")
    bring(desk, row, as_of=AS_OF)
    assert codes(refused(desk, {**row, "paid_amount": "11.00"})) == [("frozen_field", "paid_amount")]


def test_the_provider_of_a_connection_that_is_gone_is_not_compared() -> None:
    desk = Desk()
    bring(desk, in_flight(), as_of=AS_OF)
    desk.configured(connections=())
    assert bring(desk, in_flight(connection="", provider="rts")).outcome == "unchanged"


def test_money_of_a_load_that_has_not_left_is_not_dropped_in_silence() -> None:
    result = bring(Desk(), {"paid_amount": "10.00"})
    assert result.warnings[0].startswith("opening_ignored: 1 row(s)")


def test_absence_deletes_nothing() -> None:
    desk = Desk()
    bring(desk, {}, {"load_number": "L-2"})
    bring(desk, {"truck_number": "T"})
    assert [view.load.number for view in loads(desk.ports)] == ["L-1", "L-2"]


def test_unchanged_loads_of_a_subsidiary_without_a_change_show_where_they_stand() -> None:
    desk = Desk(connection(), manual("west-depot", subsidiary="west"))
    west = in_flight("W-1", subsidiary="west", connection="west-depot")
    bring(desk, west, {}, as_of=AS_OF)
    result = bring(desk, west, {"truck_number": "T"}, as_of=AS_OF)
    assert [(one.load, one.status) for one in result.unchanged] == [("W-1", "financed")]
    assert [(one.load, one.status) for one in result.updated] == [("L-1", "released")]
    assert result.transitions == ()


# Faults


def test_every_fault_of_a_file_is_told_at_once_in_row_order() -> None:
    faults = refused(
        Desk(),
        {"amount": "-1.00"},
        {"load_number": "L-2", "subsidiary": "north"},
        {"load_number": "L-3"},
        {"load_number": "L-3"},
        {"load_number": "L-4", "pod_file": "none.pdf"},
        {"load_number": "L-5", "parent_load": "L-5"},
        {"load_number": "L-6", "parent_load": "L-9"},
        {"load_number": "L-7", "parent_load": "L-1"},
    )
    assert [(fault.row, fault.code) for fault in faults] == [
        (2, "bad_amount"),
        (3, "unknown_subsidiary"),
        (5, "duplicate_load"),
        (6, "missing_file"),
        (7, "bad_identifier"),
        (8, "unknown_load"),
    ]
    assert {fault.file for fault in faults} == {"loads.csv"}


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("none.pdf", "missing_file"),
        ("huge.pdf", "limit_exceeded"),
        ("../pod.pdf", "outside_folder"),
    ],
)
def test_a_paper_that_cannot_be_had_is_a_fault_of_its_cell(path: str, code: str) -> None:
    fault = refused(Desk(), {"pod_file": path})[0]
    assert (fault.code, fault.column, fault.excerpt) == (code, "pod_file", path)


def test_without_a_folder_no_paper_can_be_had() -> None:
    desk = Desk()
    with pytest.raises(FileRefusedError) as error:
        import_loads(desk.ports, table({"pod_file": "pod.pdf"}), name="loads.csv")
    assert error.value.faults[0].code == "missing_file"


def test_a_paper_that_several_rows_name_is_read_once() -> None:
    desk = Desk()
    read: list[str] = []

    def one(path: str) -> bytes:
        read.append(path)
        return b"%PDF"

    ports = evolve(desk.ports, documents=one)
    content = table(
        {"pod_file": "a\\pod.pdf", "invoice_file": "a\\pod.pdf"},
        {"load_number": "L-2", "pod_file": "a\\pod.pdf"},
    )
    import_loads(ports, content, name="loads.csv")
    assert read == ["a\\pod.pdf"]
    assert {(one.kind.value, one.name) for one in stored(desk).documents} == {
        ("invoice", "pod.pdf"),
        ("pod", "pod.pdf"),
    }


def test_an_invoice_number_belongs_to_one_load_also_within_a_file() -> None:
    desk = Desk()
    bring(desk, queued())
    taken = refused(desk, queued("L-2", invoice_number="INV-L-1"))
    assert codes(taken) == [("duplicate_invoice_number", "invoice_number")]
    twice = refused(desk, queued("L-2", invoice_number="N"), queued("L-3", invoice_number="N"))
    assert (twice[0].row, twice[0].code) == (3, "duplicate_invoice_number")


def test_the_number_of_a_sale_that_ended_still_belongs_to_its_load() -> None:
    desk = Desk()
    sold(desk)
    return_loads(desk.ports, ["L-1"], reason="denied")
    void(desk.ports, ["L-1"], reason="wrong")
    assert refused(desk, queued("L-2", invoice_number="INV-L-1"))[0].code == "duplicate_invoice_number"


# Relatives


def test_a_supplementary_load_is_grouped_under_its_parent() -> None:
    desk = Desk()
    bring(desk, {"load_number": "L-1D", "parent_load": "L-1"}, {})
    assert show(desk.ports, "L-1").supplements == ("L-1D",)


@pytest.mark.parametrize("named", ["L-1", "INV-L-1"])
def test_a_revised_invoice_voids_the_queued_one_it_names_by_load_or_number(named: str) -> None:
    desk = Desk()
    bring(desk, queued())
    result = bring(desk, queued("L-2", supersedes=named))
    assert [(one.load, one.status) for one in result.updated] == [("L-1", "released")]
    assert desk.status("L-1") == "released"
    again = bring(desk, queued("L-2", supersedes=named))
    assert again.outcome == "unchanged"


def test_a_revised_invoice_voids_a_queued_one_of_the_same_file_that_it_changes() -> None:
    desk = Desk()
    assert [one.status for one in bring(desk, queued(), queued("L-2", supersedes="L-1")).created] == [
        "released",
        "queued",
    ]
    desk = Desk()
    bring(desk, queued())
    result = bring(desk, queued(truck_number="T"), queued("L-2", supersedes="L-1"))
    assert (result.updated[0].status, stored(desk).truck_number) == ("released", "T")


def test_a_revised_invoice_is_refused_while_the_old_one_is_sold() -> None:
    desk = Desk()
    bring(desk, in_flight(), as_of=AS_OF)
    assert codes(refused(desk, queued("L-2", supersedes="L-1"))) == [("already_sold", "supersedes")]
    desk = Desk()
    both = refused(desk, in_flight(), queued("L-2", supersedes="L-1"), as_of=AS_OF)
    assert codes(both) == [("already_sold", "supersedes")]
    direct = in_flight(status="invoiced", invoicing_method="direct")
    both = refused(desk, direct, queued("L-2", supersedes="L-1"), as_of=AS_OF)
    assert codes(both) == [("already_sold", "supersedes")]


def test_what_has_no_invoice_can_be_superseded_freely() -> None:
    desk = Desk()
    bring(desk, {}, queued("L-2", supersedes="L-1"))
    bring(desk, queued("L-3", supersedes="L-1"))
    assert [desk.status(number) for number in ("L-2", "L-3")] == ["queued", "queued"]


def test_a_revised_invoice_names_something_that_is_there() -> None:
    assert codes(refused(Desk(), queued("L-2", supersedes="L-7"))) == [("unknown_load", "supersedes")]
    assert codes(refused(Desk(), queued("L-2", supersedes="INV-L-2"))) == [("bad_identifier", "supersedes")]


# People, and what is kept


def test_importing_needs_billing_within_the_actors_subsidiaries() -> None:
    desk = Desk()
    with pytest.raises(AccessError, match="lacks the permission"):
        import_loads(desk.acting(READER), table({}), name="loads.csv")
    only_west = Actor(name="wes", billing=True, subsidiaries=frozenset({"west"}))
    for name in ("east", "north"):
        with pytest.raises(AccessError, match=f"no access to subsidiary {name}"):
            import_loads(desk.acting(only_west), table({"subsidiary": name}), name="loads.csv")
    assert import_loads(desk.acting(BILLING), table({}), name="loads.csv").created != ()


def test_an_import_is_recorded_with_its_bytes_and_audited_with_it() -> None:
    desk = Desk()
    content = table({}, {"load_number": "W", "subsidiary": "west"})
    result = import_loads(desk.ports, content, name="loads.csv")
    with desk.store.reading("acme") as tx:
        record = tx.find(ImportRecord)[0]
    assert (record.id, record.created) == (result.import_id, ("east/L-1", "west/W"))
    assert desk.blobs.get(record.raw_sha256) == content
    assert desk.audited() == ["loads.import"]


def test_a_refused_file_leaves_no_audit_entry() -> None:
    desk = Desk()
    refused(desk, {"amount": "0.00"})
    assert desk.audited() == []


def test_rows_that_a_report_named_before_their_load_came_are_listed_as_moved() -> None:
    desk = Desk()
    bring(desk, in_flight("L-9"), as_of=AS_OF)
    desk.bought("INV-L-1,1000.00")
    result = bring(desk, in_flight(), as_of=AS_OF)
    assert [(one.row, one.from_load, one.to_load) for one in result.moved_matches] == [(2, None, "L-1")]


def test_a_sold_invoice_keeps_the_terms_of_the_day_it_was_imported() -> None:
    desk = Desk()
    bring(desk, in_flight(), as_of=AS_OF)
    desk.configured(subsidiaries=(evolve(EAST, tolerance=5_00),))
    assert show(desk.ports, "L-1").sales[0].assignment.frozen.tolerance == 0


def test_faults_of_cells_and_of_loads_are_told_together() -> None:
    faults = refused(
        Desk(manual()),
        queued("L-1", amount="1.005"),
        queued("L-2", subsidiary="west", invoice_file="none.pdf"),
        queued("L-3", amount="-5.00", invoice_date=""),
        queued("L-4", parent_load="L-1"),
        queued("L-5", parent_load="L-9"),
    )
    assert [(one.row, one.code, one.column) for one in faults] == [
        (2, "bad_amount", "amount"),
        (3, "missing_file", "invoice_file"),
        (4, "bad_amount", "amount"),
        (4, "required", "invoice_date"),
        (6, "unknown_load", "parent_load"),
    ]
