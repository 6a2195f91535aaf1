"""Applying a report: where each row goes, what the answer says, and what refuses the whole file."""

from __future__ import annotations

from typing import Any

import pytest
from attrs import evolve

from factoring_core.domain.vocabulary.actors import Actor, Role
from factoring_core.domain.vocabulary.load import Standing
from factoring_core.domain.vocabulary.parties import MissingInvoices
from factoring_core.errors import (
    AccessError,
    FileRefusedError,
    NotFoundError,
    StateError,
    StoreCorruptError,
    UsageError,
)
from factoring_core.usecases.delivering.batch_acts import batch_files, confirm
from factoring_core.usecases.delivering.submit import submit
from factoring_core.usecases.reconciling import plan_report as planning
from factoring_core.usecases.reconciling.apply_report import apply_report
from factoring_core.usecases.reconciling.on_demand import SalesOnDemand
from factoring_core.usecases.reconciling.report_record import read_record
from factoring_core.usecases.reconciling.undo_report import undo_report
from factoring_core.usecases.selling.take_back import return_loads
from factoring_core.usecases.views import load as show
from factoring_core.usecases.views import loads, reports
from factoring_core.usecases.views import report as show_report
from usecases.bringing import (
    LENIENT,
    bring,
    csv,
    everything,
    payment,
    purchase,
    raised,
    report,
    row,
    seen,
)
from usecases.desk import BILLING, READER, Desk, connection, manual


def sold(desk: Desk, *numbers: str) -> str:
    """Sell queued loads by hand, and return the batch's id."""
    bring(desk.ports, *(row(number, "queued") for number in numbers))
    (batch,) = submit(desk.ports, "east", list(numbers)).batches
    confirm(desk.ports, batch.id)
    return batch.id


def depot(**more: Any) -> Desk:
    return Desk(manual(**more), subsidiaries=(LENIENT,))


def refused(desk: Desk, *rows: Any, **more: Any) -> FileRefusedError:
    before = everything(desk)
    with pytest.raises(FileRefusedError) as error:
        report(desk.ports, *rows, **more)
    assert everything(desk) == before
    return error.value


# Buckets


def test_every_row_is_in_one_bucket_and_every_cent_in_the_same() -> None:
    desk = Desk()
    bring(desk.ports, row(), row("L-2"), row("L-3", "invoiced", invoicing_method="direct"), row("L-4"))
    report(desk.ports, payment("INV-L-4", "300.00"))
    result = report(
        desk.ports,
        payment(),
        payment("INV-L-2", "950.00"),
        payment("INV-L-3", "150.00"),
        payment("INV-9", "60.00"),
        payment("INV-L-4", "300.00"),
    )
    counts = result.rows
    assert (counts.read, counts.matched, counts.already_known) == (5, 2, 1)
    assert (counts.non_factored, counts.exceptions, counts.information) == (1, 1, 0)
    assert result.conservation["payment_amount"] == {
        "read": 2460_00,
        "matched": 1950_00,
        "already_known": 300_00,
        "non_factored": 150_00,
        "exceptions": 60_00,
        "information": 0,
    }
    assert [(one.row, one.load, one.tier) for one in result.matches] == [
        (2, "L-1", 1),
        (3, "L-2", 1),
        (6, "L-4", 1),
    ]
    assert [(one.load, one.events) for one in result.transitions] == [("L-1", ("complete",))]


def test_a_row_with_several_facts_is_one_row_and_one_match() -> None:
    desk = Desk()
    bring(desk.ports, row(status="invoiced"))
    result = report(desk.ports, purchase(Advance="900.00", Reserve="70.00", Fee="30.00"))
    assert (result.rows.matched, [one.load for one in result.matches]) == (1, ["L-1"])
    assert show(desk.ports, "L-1").sales[0].position["advanced"] == 900_00


def test_a_row_supports_each_of_its_exceptions_also_when_they_were_open_already() -> None:
    desk = Desk()
    bring(desk.ports, row())
    first = report(desk.ports, payment("INV-9", "1.00"))
    second = report(desk.ports, payment("INV-9", "1.00"), payment("INV-9", "2.00"), payment(amount="10.00"))
    told = [(one.row, one.item.type.value) for one in second.exceptions]
    assert told == [(2, "unknown_invoice"), (3, "unknown_invoice"), (4, "short_paid")]
    assert first.exceptions[0].item.id == second.exceptions[0].item.id


def test_money_that_does_not_add_up_is_not_applied(monkeypatch: pytest.MonkeyPatch) -> None:
    desk = Desk()
    bring(desk.ports, row())
    real = planning.conserve

    def lossy(*given: Any) -> Any:
        return {name: evolve(one, read=one.read + 1) for name, one in real(*given).items()}

    monkeypatch.setattr(planning, "conserve", lossy)
    before = everything(desk)
    with pytest.raises(StoreCorruptError):
        report(desk.ports, payment())
    assert everything(desk) == before


# The same again


def test_the_same_report_again_answers_with_its_first_buckets_and_moves_nothing() -> None:
    desk = Desk()
    bring(desk.ports, row(), row("L-2"))
    first = report(desk.ports, payment(), payment("INV-L-2"))
    before = seen(desk)
    mixed = [dict(reversed(one.items())) for one in (payment("INV-L-2"), payment())]
    for more in ({}, {"dry_run": True}):
        again = report(desk.ports, *mixed, name="saved again.csv", **more)
        assert again.outcome.value == "already_applied"
        assert (again.report_id, again.rows, again.transitions) == (first.report_id, first.rows, ())
    assert seen(desk) == before


def test_rows_that_are_all_known_from_another_report_are_applied_as_known() -> None:
    desk = Desk()
    bring(desk.ports, row(), row("L-2"))
    report(desk.ports, payment(), payment("INV-L-2"))
    result = report(desk.ports, payment())
    assert (result.outcome.value, result.rows.already_known, result.rows.matched) == ("applied", 1, 0)
    assert result.transitions == ()


def test_a_dry_run_tells_the_very_plan_and_writes_nothing() -> None:
    desk = Desk()
    bring(desk.ports, row())
    before = everything(desk)
    preview = report(desk.ports, payment(), payment("INV-9"), dry_run=True)
    assert everything(desk) == before
    assert preview.outcome.value == "preview"
    real = report(desk.ports, payment(), payment("INV-9"))
    assert evolve(preview, outcome=real.outcome) == real


# Replacing


def test_a_declared_correction_voids_the_old_report_in_the_same_transaction() -> None:
    desk = Desk()
    bring(desk.ports, row())
    wrong = report(desk.ports, payment(amount="900.00"))
    preview = report(desk.ports, payment(), replaces=wrong.report_id, dry_run=True)
    right = report(desk.ports, payment(), replaces=wrong.report_id)
    assert evolve(preview, outcome=right.outcome) == right
    assert right.replaces == wrong.report_id
    assert (desk.status("L-1"), raised(desk)) == ("completed", [])
    old = next(one for one in reports(desk.ports) if one.id == wrong.report_id)
    assert (old.live, old.replaced_by) == (False, right.report_id)


def test_a_correction_that_was_applied_already_can_still_be_declared_one() -> None:
    desk = Desk()
    bring(desk.ports, row())
    wrong = report(desk.ports, payment(amount="900.00"))
    right = report(desk.ports, payment())
    assert "conflicting_rows" in raised(desk)
    again = report(desk.ports, payment(), replaces=wrong.report_id)
    assert (again.outcome.value, again.report_id, again.rows.matched) == ("applied", right.report_id, 1)
    assert (desk.status("L-1"), raised(desk)) == ("completed", [])


def test_a_report_does_not_replace_itself() -> None:
    desk = Desk()
    bring(desk.ports, row())
    first = report(desk.ports, payment())
    again = report(desk.ports, payment(), replaces=first.report_id)
    assert again.outcome.value == "already_applied"


def test_only_a_live_report_of_the_same_kind_and_connection_can_be_replaced() -> None:
    desk = Desk(connection(), manual(active=False, client_number=None))
    bring(desk.ports, row(), row("L-2", connection="east-depot"))
    bought = report(desk.ports, purchase())
    other = report(desk.ports, payment("INV-L-2"))
    with pytest.raises(NotFoundError):
        report(desk.ports, payment(), replaces="rep-none")
    for id_ in (bought.report_id, other.report_id):
        with pytest.raises(StateError):
            report(desk.ports, payment(), replaces=id_)


# Whole files


def test_cells_that_cannot_be_meant_are_all_listed() -> None:
    desk = Desk()
    error = refused(desk, payment(Type="gift"), payment(amount="-1.00", Type="chargeback"))
    assert {fault.file for fault in error.faults} == {"report.csv"}
    error = refused(desk, payment(amount="-1.00", Type="chargeback"))
    assert (error.faults[0].code, error.faults[0].column) == ("bad_amount", "payment_amount")


def test_an_empty_period_is_applied_with_a_warning_and_an_empty_batch_refused() -> None:
    header = csv(payment()).split(b"\r\n")[0]
    desk = Desk()
    result = apply_report(desk.ports, header, name="may.csv", subsidiary="east")
    assert (result.rows.read, result.outcome.value) == (0, "applied")
    assert result.warnings[0].startswith("empty_period")
    header = csv(purchase()).split(b"\r\n")[0]
    with pytest.raises(FileRefusedError) as error:
        apply_report(depot().ports, header, name="batch.csv", subsidiary="east")
    assert error.value.code == "empty_report"


def test_a_row_of_another_batch_than_the_one_named_refuses_the_file() -> None:
    desk = depot()
    first = sold(desk, "L-1")
    sold(desk, "L-2")
    error = refused(desk, purchase(), purchase("INV-L-2"), purchase("INV-9"), batch=first)
    assert [(fault.code, fault.row) for fault in error.faults] == [("wrong_batch", 3)]
    assert report(desk.ports, purchase(), batch=first).rows.matched == 1


def test_what_a_complete_list_leaves_out_is_listed_without_a_row() -> None:
    desk = depot()
    sold(desk, "L-1", "L-2")
    result = report(desk.ports, purchase())
    missing = [one for one in result.exceptions if one.item.type.value == "missing_from_report"]
    assert [(one.item.load, one.row, one.item.amount_at_risk) for one in missing] == [("L-2", None, 1000_00)]
    assert report(desk.ports, purchase(), purchase("INV-L-2", Type="held")).rows.read == 2
    assert raised(desk) == ["held"]


def test_a_connection_may_insist_on_a_complete_list() -> None:
    desk = depot(batch_report=MissingInvoices.REFUSE)
    sold(desk, "L-1", "L-2", "L-3")
    error = refused(desk, purchase())
    assert (error.code, len(error.faults)) == ("incomplete_report", 2)
    assert report(desk.ports, *(purchase(f"INV-L-{one}") for one in (1, 2, 3))).outcome.value == "applied"
    assert report(desk.ports, payment()).outcome.value == "applied"


def test_what_a_report_claims_does_not_hang_on_what_became_of_its_sales() -> None:
    desk = depot()
    sold(desk, "L-1", "L-2")
    denied = report(desk.ports, purchase(Type="denied"))
    return_loads(desk.ports, ["L-1"], reason="denied")
    before = seen(desk)
    assert denied.report_id is not None
    undo_report(desk.ports, denied.report_id, reason="by mistake")
    report(desk.ports, purchase(Type="denied"))
    assert seen(desk) == before


def test_a_report_over_two_batches_claims_neither() -> None:
    desk = depot()
    sold(desk, "L-1", "L-2")
    sold(desk, "L-3")
    report(desk.ports, purchase(), purchase("INV-L-3"))
    assert raised(desk) == []


def test_a_batch_that_was_not_confirmed_is_shown_to_have_arrived_by_its_report() -> None:
    desk = depot()
    bring(desk.ports, row(status="queued"))
    (batch,) = submit(desk.ports, "east").batches
    batch_files(desk.ports, batch.id)
    result = report(desk.ports, purchase())
    assert result.transitions[0].events == ("submit", "finance")


# People, and what is kept


def test_applying_needs_billing_and_replacing_a_configuring_role_as_well() -> None:
    desk = Desk()
    bring(desk.ports, row())
    for actor in (READER, Actor(name="ada", roles=frozenset({Role.ADMIN}))):
        with pytest.raises(AccessError):
            report(desk.acting(actor), payment())
    first = report(desk.acting(BILLING), payment(amount="1.00"))
    with pytest.raises(AccessError):
        report(desk.acting(BILLING), payment(), replaces=first.report_id)
    west = Actor(name="wes", billing=True, subsidiaries=frozenset({"west"}))
    with pytest.raises(AccessError):
        report(desk.acting(west), payment())


def test_a_subsidiary_that_is_not_there_is_not_found() -> None:
    with pytest.raises(NotFoundError):
        report(Desk().ports, payment(), subsidiary="north")


def test_bytes_result_and_audit_are_kept_with_the_report() -> None:
    desk = Desk()
    bring(desk.ports, row())
    result = report(desk.ports, payment(), payment("INV-9"), name="may.csv")
    (kept,) = reports(desk.ports)
    assert desk.blobs.get(kept.raw_sha256) == csv(payment(), payment("INV-9"))
    told = read_record(desk.blobs, kept)
    assert (told.rows, told.matches, told.transitions, told.conservation) == (
        result.rows,
        result.matches,
        result.transitions,
        result.conservation,
    )
    assert show_report(desk.ports, kept.id).result == told
    assert desk.audited()[-1] == "report.apply"


def test_a_refused_report_leaves_no_audit_entry_and_no_history() -> None:
    desk = Desk()
    bring(desk.ports, row())
    history = show(desk.ports, "L-1").history
    refused(desk, payment(Type="gift"))
    assert desk.audited() == ["loads.import"]
    assert show(desk.ports, "L-1").history == history
    assert len(loads(desk.ports)) == 1


def test_a_batch_and_a_connection_that_contradict_each_other_are_wrong_usage() -> None:
    desk = Desk(manual(), connection(active=False), subsidiaries=(LENIENT,))
    batch = sold(desk, "L-1")
    with pytest.raises(UsageError):
        report(desk.ports, payment(), batch=batch, provider="winfactor")


def test_a_report_of_few_rows_among_many_loads_changes_these_and_no_others() -> None:
    desk = Desk()
    many = [row(f"3{n:03d}", "financed", invoice_number=f"N-{n}", amount="100.00") for n in range(20)]
    bring(desk.ports, *many, row("Q-1", "queued", invoice_number="N-Q", amount="50.00"))
    paid = [
        {"Invoice Number": f"N-{n}", "Payment Date": "03/01/2026", "Payment Amount": "100.00"} for n in (2, 5)
    ]
    queued = {"Invoice Number": "N-Q", "Payment Date": "03/01/2026", "Payment Amount": "50.00"}
    result = report(desk.ports, *paid, queued)
    assert [one.load for one in result.transitions] == ["3002", "3005"]
    assert [one.item.type.value for one in result.exceptions] == ["never_submitted"]
    with desk.ports.store.reading(desk.ports.tenant) as tx:
        standings = {one.load: one for one in tx.find(Standing, subsidiary="east")}
        sales = SalesOnDemand(tx, "east")
        assert len(sales) == 20
        assert sales[0].load == "3000"
    assert standings["Q-1"].flags == ("never_submitted",)
    assert sum(one.paid for one in standings.values()) == 200_00
