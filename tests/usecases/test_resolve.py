"""Resolving exceptions: what is allowed for what, what it does, and taking it back."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from factoring_core.domain.reconciling.findings import ExceptionRecord, ExceptionType
from factoring_core.domain.reconciling.resolutions import KINDS
from factoring_core.domain.vocabulary.actors import Actor, Role
from factoring_core.errors import AccessError, AmbiguousNameError, NotFoundError, StateError, UsageError
from factoring_core.usecases.delivering.batch_acts import confirm
from factoring_core.usecases.delivering.cancel_batch import cancel
from factoring_core.usecases.delivering.submit import submit
from factoring_core.usecases.reconciling.resolve_exception import decisions, resolve, undo_decision
from factoring_core.usecases.reconciling.undo_report import undo_report
from factoring_core.usecases.reconciling.view_exceptions import exceptions
from factoring_core.usecases.results import ResolveResult
from factoring_core.usecases.selling.direct import pay
from factoring_core.usecases.selling.invoices import generate_invoices, void
from factoring_core.usecases.selling.take_back import resell, return_loads
from factoring_core.usecases.views import load as show
from factoring_core.usecases.views import loads, status
from usecases.bringing import (
    AS_OF,
    LENIENT,
    bring,
    exception,
    payment,
    purchase,
    raised,
    report,
    row,
    seen,
)
from usecases.desk import BILLING, EVERYBODY, READER, Desk, connection, manual


def decide(desk: Desk, kind: str, resolution: str, **more: Any) -> ResolveResult:
    return resolve(desk.ports, exception(desk, kind).item.id, resolution, **{"reason": "because", **more})


def short(amount: str = "900.00") -> Desk:
    """One bought invoice of a thousand, paid in part."""
    desk = Desk()
    bring(desk.ports, row())
    report(desk.ports, payment(amount=amount))
    return desk


# What is allowed


def test_the_list_shows_for_each_type_what_can_be_decided() -> None:
    view = exception(short(), "short_paid")
    assert view.resolutions == tuple(one.value for one in KINDS[ExceptionType.SHORT_PAID].resolutions)
    assert view.suggested == "write_off"


def test_a_resolution_that_the_type_does_not_allow_is_refused_by_the_trade() -> None:
    with pytest.raises(StateError):
        decide(short(), "short_paid", "assign", load="L-1")


def test_words_and_numbers_that_mean_nothing_are_wrong_usage() -> None:
    desk = short()
    for resolution, more in (
        ("forget", {}),
        ("wait", {"amount": 1}),
        ("write_off", {"load": "L-1", "count": 2}),
        ("write_off", {"amount": 0}),
        ("wait", {"reason": " "}),
    ):
        with pytest.raises(UsageError):
            decide(desk, "short_paid", resolution, **more)
    assert decisions(desk.ports) == ()


def test_an_exception_that_is_not_there_or_not_the_actors_is_not_found() -> None:
    desk = short()
    west = Actor(name="wes", roles=EVERYBODY.roles, billing=True, subsidiaries=frozenset({"west"}))
    for ports, id_ in ((desk.ports, "exc-none"), (desk.acting(west), exception(desk, "short_paid").item.id)):
        with pytest.raises(NotFoundError):
            resolve(ports, id_, "wait", reason="because")


def test_resolving_needs_billing_and_leaves_no_trace_without() -> None:
    desk = short()
    trail = desk.audited()
    for actor in (READER, Actor(name="ada", roles=frozenset({Role.ADMIN}))):
        with pytest.raises(AccessError):
            resolve(desk.acting(actor), exception(desk, "short_paid").item.id, "wait", reason="because")
    assert desk.audited() == trail


# Shortages


def test_a_write_off_accepts_the_shortage_and_completes() -> None:
    desk = short()
    result = decide(desk, "short_paid", "write_off")
    assert [one.events for one in result.transitions] == [("complete",)]
    assert result.exception is not None
    assert (result.exception.open, result.decision.amount) == (False, 100_00)
    assert show(desk.ports, "L-1").sales[0].position["written_off"] == 100_00
    assert desk.audited()[-1] == "exception.resolve"


def test_a_write_off_counts_for_nothing_while_the_shortage_is_larger_and_again_when_it_shrinks() -> None:
    desk = short()
    decide(desk, "short_paid", "write_off")
    bounce = report(desk.ports, payment(amount="50.00", Type="payment reversal", **{"Check Number": "B"}))
    assert (desk.status("L-1"), raised(desk)) == ("financed", ["short_paid"])
    assert bounce.report_id is not None
    undo_report(desk.ports, bounce.report_id, reason="wrong")
    assert (desk.status("L-1"), raised(desk)) == ("completed", [])


def test_accepting_less_than_is_missing_is_refused_and_more_may_be_accepted_ahead() -> None:
    desk = short()
    with pytest.raises(StateError):
        decide(desk, "short_paid", "write_off", amount=99_99)
    assert decide(desk, "short_paid", "write_off", amount=150_00).decision.amount == 150_00


def test_a_shortage_can_be_taken_from_the_reserve() -> None:
    desk = Desk()
    bring(desk.ports, row(reserve_held="100.00"))
    report(desk.ports, payment(amount="900.00"))
    decide(desk, "short_paid", "charge_to_reserve")
    position = show(desk.ports, "L-1").sales[0].position
    assert (position["reserve_held"], position["written_off"]) == (0, 100_00)


def test_waiting_and_disputing_rest_an_exception_and_settle_nothing() -> None:
    for resolution in ("wait", "dispute"):
        desk = short()
        result = decide(desk, "short_paid", resolution)
        assert result.exception is not None
        assert (result.exception.open, result.exception.item.severity.value) == (True, "waiting")
        assert desk.status("L-1") == "financed"


def test_ignoring_closes_until_the_evidence_changes() -> None:
    desk = short()
    decide(desk, "short_paid", "ignore")
    assert raised(desk) == []
    assert [view.resolution for view in exceptions(desk.ports, include_closed=True)] == ["dec-000001"]
    report(desk.ports, payment(amount="1.00", **{"Check Number": "C9"}))
    assert raised(desk) == ["short_paid"]


def test_a_direct_shortage_can_be_written_off() -> None:
    desk = Desk()
    bring(desk.ports, row(status="invoiced", invoicing_method="direct"))
    pay(desk.ports, "L-1", amount=900_00, on=AS_OF, reference="C")
    decide(desk, "short_paid", "write_off")
    assert desk.status("L-1") == "completed"


# Again


def test_resolving_again_in_the_same_way_changes_nothing() -> None:
    desk = short()
    first = exception(desk, "short_paid").item.id
    decision = decide(desk, "short_paid", "write_off").decision
    again = resolve(desk.ports, first, "write_off", reason="again")
    assert (again.outcome, again.decision) == ("already_resolved", decision)
    with pytest.raises(StateError):
        resolve(desk.ports, first, "wait", reason="too late")


def test_resolving_again_in_other_words_is_refused_and_names_the_decision_that_stands() -> None:
    desk = Desk()
    bring(desk.ports, row(), row("L-2"))
    report(desk.ports, payment("TYPO-1"))
    id_ = exception(desk, "unknown_invoice").item.id
    made = decide(desk, "unknown_invoice", "assign", load="L-1").decision
    again = resolve(desk.ports, id_, "assign", load="east/L-1", reason="x")
    assert (again.outcome, again.decision) == ("already_resolved", made)
    with pytest.raises(StateError, match=made.id):
        resolve(desk.ports, id_, "assign", load="L-2", reason="no, that one")


def test_what_closed_by_itself_cannot_be_resolved_any_more() -> None:
    desk = short()
    id_ = exception(desk, "short_paid").item.id
    report(desk.ports, payment(amount="100.00", **{"Check Number": "C2"}))
    with pytest.raises(StateError):
        resolve(desk.ports, id_, "write_off", reason="late")


def test_an_exception_closed_by_another_decision_is_not_already_resolved() -> None:
    desk = short()
    id_ = exception(desk, "short_paid").item.id
    decide(desk, "short_paid", "ignore")
    with pytest.raises(StateError):
        resolve(desk.ports, id_, "write_off", reason="late")


# Rows


def test_assigning_puts_the_rows_of_an_unknown_number_on_a_load_for_good() -> None:
    desk = Desk()
    bring(desk.ports, row())
    applied = report(desk.ports, payment("TYPO-1"))
    result = decide(desk, "unknown_invoice", "assign", load="L-1")
    assert [one.load for one in result.transitions] == ["L-1"]
    assert desk.status("L-1") == "completed"
    assert applied.report_id is not None
    undo_report(desk.ports, applied.report_id, reason="wrong")
    report(desk.ports, payment("TYPO-1"))
    assert desk.status("L-1") == "completed"
    bring(desk.ports, row("L-2", invoice_number="TYPO-1"))
    assert (desk.status("L-1"), desk.status("L-2")) == ("completed", "financed")


def test_assigning_needs_a_load_that_was_sold_through_the_connection() -> None:
    desk = Desk(connection(), manual("west-depot", subsidiary="west"))
    west = row("W-1", subsidiary="west", connection="west-depot")
    bring(desk.ports, row(), row("L-2", "queued"), west)
    report(desk.ports, payment("TYPO-1"))
    with pytest.raises(UsageError):
        decide(desk, "unknown_invoice", "assign")
    for load in ("L-2", "W-1", "L-404"):
        with pytest.raises(NotFoundError):
            decide(desk, "unknown_invoice", "assign", load=load)


def resold() -> Desk:
    """One load that was sold, denied, returned and sold again, both times by hand."""
    desk = Desk(manual(), subsidiaries=(LENIENT,))
    bring(desk.ports, row(status="queued"))
    for _ in range(2):
        (batch,) = submit(desk.ports, "east").batches
        confirm(desk.ports, batch.id)
        if batch.number == 1:
            return_loads(desk.ports, ["L-1"], reason="not_received")
    return desk


def test_of_several_sales_the_dates_choose_unless_a_batch_is_named() -> None:
    desk = resold()
    report(desk.ports, payment("TYPO-1"))
    result = decide(desk, "unknown_invoice", "assign", load="L-1")
    assert (result.decision.assignment, result.decision.load) == (None, "L-1")
    undo_decision(desk.ports, result.decision.id, reason="wrong")
    result = decide(desk, "unknown_invoice", "assign", load="L-1", batch="1")
    first = next(sale for sale in desk.sales() if sale.batch_number == 1)
    assert result.decision.assignment == first.id
    undo_decision(desk.ports, result.decision.id, reason="wrong")
    with pytest.raises(NotFoundError):
        decide(desk, "unknown_invoice", "assign", load="L-1", batch="3")


def test_a_sale_of_a_cancelled_batch_is_none_to_assign_to() -> None:
    desk = Desk(manual(), subsidiaries=(LENIENT,))
    bring(desk.ports, row(status="queued"), row("L-2", "queued"))
    (batch,) = submit(desk.ports, "east", ["L-1"]).batches
    cancel(desk.ports, batch.id, reason="wrong")
    report(desk.ports, payment("TYPO-1"))
    with pytest.raises(NotFoundError):
        decide(desk, "unknown_invoice", "assign", load="L-1")


def test_rows_can_be_said_to_be_of_an_invoice_that_was_never_sold() -> None:
    desk = Desk()
    report(desk.ports, payment("OURS-1"))
    decide(desk, "unknown_invoice", "non_factored")
    assert raised(desk) == ["non_factored"]
    assert report(desk.ports, payment("OURS-1", "5.00")).rows.non_factored == 1


def test_equal_rows_can_be_one_fact_or_each_count() -> None:
    desk = Desk()
    bring(desk.ports, row())
    report(desk.ports, payment(amount="500.00"), payment(amount="500.00"))
    undone = decide(desk, "duplicate_row", "same").decision
    assert (undone.count, raised(desk)) == (2, ["short_paid"])
    undo_decision(desk.ports, undone.id, reason="wrong")
    assert decide(desk, "duplicate_row", "count_each").decision.count == 2
    assert (desk.status("L-1"), raised(desk)) == ("completed", [])


def test_a_person_may_say_how_many_equal_rows_count() -> None:
    desk = Desk()
    bring(desk.ports, row())
    report(desk.ports, *[payment(amount="500.00")] * 3)
    with pytest.raises(UsageError):
        decide(desk, "duplicate_row", "count_each", count=0)
    decide(desk, "duplicate_row", "count_each", count=2)
    assert desk.status("L-1") == "completed"


def test_of_a_possible_repeat_each_can_count_or_none_of_them_twice() -> None:
    desk = Desk()
    bring(desk.ports, row(amount="1200.00"))
    report(desk.ports, payment(amount="400.00", **{"Check Number": ""}))
    report(desk.ports, payment(amount="400.00"), payment(amount="400.00", **{"Check Number": "C2"}))
    assert raised(desk) == ["possible_repeat", "short_paid"]
    same = decide(desk, "possible_repeat", "same").decision
    assert raised(desk) == ["short_paid"]
    undo_decision(desk.ports, same.id, reason="wrong")
    assert decide(desk, "possible_repeat", "count_each").decision.count == 3
    assert (desk.status("L-1"), raised(desk)) == ("completed", [])


def conflicting() -> Desk:
    desk = Desk()
    bring(desk.ports, row())
    report(desk.ports, payment(amount="900.00"))
    report(desk.ports, payment())
    return desk


def test_the_amount_that_stands_is_one_of_those_in_conflict() -> None:
    desk = conflicting()
    for amount in (None, 5_00):
        with pytest.raises(UsageError):
            decide(desk, "conflicting_rows", "use_row", amount=amount)
    decide(desk, "conflicting_rows", "use_row", amount=1000_00)
    assert (desk.status("L-1"), raised(desk)) == ("completed", [])


# Endings


def test_a_denied_invoice_is_returned_from_its_exception() -> None:
    desk = Desk()
    bring(desk.ports, row(status="invoiced"))
    report(desk.ports, purchase(Type="denied"))
    result = decide(desk, "denied", "return_to_queue")
    assert [one.events for one in result.transitions] == [("return_to_queue",)]


def charged_back(part: str = "1000.00") -> Desk:
    desk = Desk()
    bring(desk.ports, row())
    report(desk.ports, payment(amount=part, Type="chargeback"))
    return desk


def test_a_charged_back_invoice_is_sold_again_from_its_exception() -> None:
    desk = charged_back()
    decide(desk, "charged_back", "resell")
    assert (desk.status("L-1"), raised(desk)) == ("queued", [])


def test_what_was_charged_back_in_part_is_not_sold_again_unless_treated_as_full() -> None:
    desk = charged_back("400.00")
    with pytest.raises(StateError):
        decide(desk, "charged_back", "resell")
    decide(desk, "charged_back", "treat_as_full")
    assert loads(desk.ports)[0].standing.route.value == "direct"


def test_what_the_customer_has_paid_for_is_not_sold_again() -> None:
    desk = charged_back()
    pay(desk.ports, "L-1", amount=1_00, on=AS_OF, reference="C")
    with pytest.raises(StateError, match="has paid"):
        decide(desk, "charged_back", "resell")


def test_the_balance_of_a_full_chargeback_can_be_written_off() -> None:
    desk = charged_back()
    assert decide(desk, "charged_back", "write_off").decision.amount == 1000_00
    assert desk.status("L-1") == "completed"


def test_an_invoice_that_the_factor_has_bought_is_not_returned() -> None:
    desk = Desk()
    bring(desk.ports, row(status="invoiced"))
    report(desk.ports, purchase())
    report(desk.ports, purchase(Type="denied", **{"Purchase Date": "03/09/2026"}))
    with pytest.raises(StateError, match="has bought"):
        decide(desk, "denied", "return_to_queue")


# Undoing decisions


def test_undoing_a_decision_gives_the_world_without_it_and_only_once() -> None:
    desk = short()
    before = seen(desk)
    decision = decide(desk, "short_paid", "write_off").decision
    undone = undo_decision(desk.ports, decision.id, reason="not agreed")
    assert (undone.outcome, [one.events for one in undone.transitions]) == ("undone", [("reopen",)])
    assert undone.exception is not None
    assert seen(desk) == before
    trail = desk.audited()
    assert undo_decision(desk.ports, decision.id, reason="again").outcome == "already_undone"
    assert desk.audited() == trail


def test_a_return_is_undone_until_the_invoice_is_sold_again() -> None:
    desk = resold()
    first = decisions(desk.ports)[0]
    with pytest.raises(StateError, match="sold again"):
        undo_decision(desk.ports, first.id, reason="wrong")
    desk = Desk()
    bring(desk.ports, row(status="invoiced"))
    before = seen(desk)
    return_loads(desk.ports, ["L-1"], reason="held")
    undone = undo_decision(desk.ports, decisions(desk.ports)[0].id, reason="wrong")
    assert undone.exception is None
    assert [one.events for one in undone.transitions] == [("submit",)]
    assert seen(desk) == before


def test_a_newer_batch_that_was_cancelled_is_no_newer_sale() -> None:
    desk = Desk(manual(), subsidiaries=(LENIENT,))
    bring(desk.ports, row(status="queued"))
    (first,) = submit(desk.ports, "east").batches
    confirm(desk.ports, first.id)
    return_loads(desk.ports, ["L-1"], reason="not_received")
    (second,) = submit(desk.ports, "east").batches
    cancel(desk.ports, second.id, reason="wrong")
    undo_decision(desk.ports, decisions(desk.ports)[0].id, reason="it came after all")
    assert desk.status("L-1") == "invoiced"


def test_a_resale_of_an_invoice_that_was_voided_since_is_not_undone() -> None:
    desk = charged_back()
    resell(desk.ports, ["L-1"], reason="new terms")
    void(desk.ports, ["L-1"], reason="wrong")
    with pytest.raises(StateError, match="voided"):
        undo_decision(desk.ports, decisions(desk.ports)[0].id, reason="wrong")
    generate_invoices(desk.ports, ["L-1"], number="INV-L-1")
    undo_decision(desk.ports, decisions(desk.ports)[0].id, reason="wrong")
    assert loads(desk.ports)[0].standing.route.value == "direct"


def test_undoing_a_decision_needs_a_reason_a_decision_one_may_see_and_both_rights() -> None:
    desk = short()
    decision = decide(desk, "short_paid", "write_off").decision
    with pytest.raises(UsageError):
        undo_decision(desk.ports, decision.id, reason="")
    with pytest.raises(NotFoundError):
        undo_decision(desk.ports, "dec-none", reason="wrong")
    with pytest.raises(AccessError):
        undo_decision(desk.acting(BILLING), decision.id, reason="wrong")
    west = Actor(name="wes", roles=EVERYBODY.roles, billing=True, subsidiaries=frozenset({"west"}))
    with pytest.raises(NotFoundError):
        undo_decision(desk.acting(west), decision.id, reason="wrong")
    assert decisions(desk.acting(west)) == ()
    assert [one.id for one in decisions(desk.ports, "east")] == [decision.id]


# Facts that go to another sale


def test_payments_after_a_return_can_be_moved_to_the_newer_sale() -> None:
    desk = resold()
    report(desk.ports, payment(**{"Payment Date": "02/01/2026"}))
    decide(desk, "paid_after_chargeback", "assign", load="L-1", batch="2")
    assert raised(desk) == ["payment_before_purchase"]


def test_only_another_sale_can_be_meant() -> None:
    desk = resold()
    report(desk.ports, payment(**{"Payment Date": "02/01/2026"}))
    with pytest.raises(NotFoundError):
        decide(desk, "paid_after_chargeback", "assign", load="L-1", batch="1")


def test_the_other_sale_has_to_be_named_where_there_are_several() -> None:
    desk = resold()
    return_loads(desk.ports, ["L-1"], reason="not_received")
    (third,) = submit(desk.ports, "east").batches
    confirm(desk.ports, third.id)
    report(desk.ports, payment(**{"Payment Date": "02/01/2026"}))
    with pytest.raises(AmbiguousNameError, match="batches 2, 3"):
        decide(desk, "paid_after_chargeback", "assign", load="L-1")


# What time raises


def test_overdue_reserve_is_listed_flagged_counted_and_resolved_from_its_business_date_on() -> None:
    desk = Desk()
    bring(desk.ports, row(status="invoiced"))
    report(desk.ports, purchase(Reserve="70.00", Advance="900.00", Fee="30.00"))
    report(desk.ports, payment())
    assert (raised(desk), loads(desk.ports)[0].standing.flags, status(desk.ports).exceptions) == ([], (), {})
    with desk.store.reading("acme") as tx:
        (waiting,) = tx.find(ExceptionRecord, subsidiary="east", open=True)
    assert waiting.item.due == dt.date(2026, 4, 10)
    with pytest.raises(NotFoundError):
        resolve(desk.ports, waiting.id, "dispute", reason="because")

    desk.clock.advance(dt.timedelta(days=39))
    view = exception(desk, "reserve_overdue")
    assert (view.item.amount_at_risk, view.age_days, view.suggested) == (70_00, 0, "dispute")
    assert loads(desk.ports)[0].standing.flags == ("reserve_overdue",)
    assert show(desk.ports, "L-1").standing.flags == ("reserve_overdue",)
    assert [one.item.id for one in show(desk.ports, "L-1").exceptions] == [view.item.id]
    assert status(desk.ports).exceptions == {"reserve_overdue": 1}
    made = decide(desk, "reserve_overdue", "ignore")
    assert (raised(desk), loads(desk.ports)[0].standing.flags) == ([], ())
    undo_decision(desk.ports, made.decision.id, reason="no")
    report(desk.ports, payment(amount="70.00", Type="rebate", **{"Check Number": "R"}))
    assert raised(desk) == []
