"""The direct route: sending invoices oneself, and the payments that a person states."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from factoring_core.errors import UsageError
from factoring_core.usecases.days import local_day
from factoring_core.usecases.reconciling.undo_report import undo_report
from factoring_core.usecases.results import ChangeResult
from factoring_core.usecases.selling.direct import pay, send_direct
from factoring_core.usecases.views import loads, reports
from usecases.bringing import bring, payment, raised, report, row
from usecases.desk import Desk

DAY = dt.date(2026, 3, 1)


def direct(status: str = "queued", **more: Any) -> dict[str, Any]:
    return row("L-1", status, invoicing_method="direct", **more)


def why(result: ChangeResult) -> list[str]:
    return [reason.code for one in result.refused for reason in one.reasons]


def paid(desk: Desk, amount: int, reference: str = "C1") -> ChangeResult:
    return pay(desk.ports, "L-1", amount=amount, on=DAY, reference=reference)


def test_sending_moves_a_direct_load_once() -> None:
    desk = Desk()
    bring(desk.ports, direct())
    assert send_direct(desk.ports, ["L-1"]).changed[0].status == "invoiced"
    assert [one.load for one in send_direct(desk.ports, ["L-1"]).unchanged] == ["L-1"]


def test_only_a_queued_direct_load_can_be_sent() -> None:
    desk = Desk()
    bring(desk.ports, row(status="queued"), row("L-2", "released"))
    assert why(send_direct(desk.ports, ["L-1", "L-2"])) == ["method_not_direct", "not_queued"]


def test_payments_complete_a_direct_load_and_part_of_them_is_short() -> None:
    desk = Desk()
    bring(desk.ports, direct("invoiced"))
    assert paid(desk, 400_00).changed[0].status == "invoiced"
    assert raised(desk) == ["short_paid"]
    assert paid(desk, 600_00, "C2").changed[0].status == "completed"
    assert raised(desk) == []


def test_the_same_payment_stated_again_changes_nothing() -> None:
    desk = Desk()
    bring(desk.ports, direct("invoiced"))
    paid(desk, 400_00)
    assert [one.load for one in paid(desk, 400_00, " C1 ").unchanged] == ["L-1"]
    assert loads(desk.ports)[0].standing.paid == 400_00


def test_a_stated_payment_is_undone_like_a_report_and_can_be_stated_again() -> None:
    desk = Desk()
    bring(desk.ports, direct("invoiced"))
    paid(desk, 1000_00)
    (statement,) = reports(desk.ports)
    undone = undo_report(desk.ports, statement.id, reason="bounced")
    assert [one.events for one in undone.transitions] == [("reopen",)]
    assert paid(desk, 1000_00).changed[0].status == "completed"
    assert [one.sequence for one in reports(desk.ports)] == [statement.sequence]


def test_a_fully_charged_back_load_ends_by_what_its_customer_pays() -> None:
    desk = Desk()
    bring(desk.ports, row())
    report(desk.ports, payment(Type="chargeback"))
    assert paid(desk, 1000_00).changed[0].status == "completed"


def test_what_was_charged_back_in_part_can_be_collected() -> None:
    desk = Desk()
    bring(desk.ports, row())
    report(desk.ports, payment(), payment(amount="200.00", Type="chargeback", **{"Check Number": "B"}))
    report(desk.ports, payment(amount="200.00", Type="payment reversal"))
    assert raised(desk) == ["charged_back", "short_paid"]
    paid(desk, 200_00)
    assert "charged_back" not in raised(desk)


def test_payments_of_other_loads_come_from_the_factor() -> None:
    desk = Desk()
    bring(desk.ports, row())
    assert why(paid(desk, 1_00)) == ["method_not_direct"]


def test_a_direct_load_is_sent_before_it_is_paid() -> None:
    desk = Desk()
    bring(desk.ports, direct())
    assert why(paid(desk, 1_00)) == ["not_invoiced"]


def test_a_released_direct_load_is_told_to_be_invoiced_first() -> None:
    """Defect: it said that its payments go to the factor, because no method was resolved yet."""
    desk = Desk()
    bring(desk.ports, direct("released"))
    assert why(paid(desk, 1_00)) == ["not_invoiced"]


def test_a_payment_is_more_than_zero() -> None:
    with pytest.raises(UsageError):
        paid(Desk(), 0)


def test_a_payment_dated_in_the_future_was_accepted() -> None:
    """It completed the load before a cent had come; it is refused by the subsidiary's own date."""
    desk = Desk()
    bring(desk.ports, direct("invoiced"))
    today = local_day(desk.clock.now(), desk.ports.settings.subsidiaries[0])
    with pytest.raises(UsageError, match="cannot have come"):
        pay(desk.ports, "L-1", amount=1, on=today + dt.timedelta(days=1), reference="C1")
    assert reports(desk.ports) == ()
    assert pay(desk.ports, "L-1", amount=1, on=today, reference="C1").changed
