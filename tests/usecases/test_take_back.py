"""Taking invoices back: returned unbought, or taken back to be sold again."""

from __future__ import annotations

import datetime as dt

import pytest

from factoring_core.errors import UsageError
from factoring_core.usecases.reconciling.resolve_exception import decisions
from factoring_core.usecases.reconciling.undo_report import undo_report
from factoring_core.usecases.results import ChangeResult
from factoring_core.usecases.selling.direct import pay
from factoring_core.usecases.selling.take_back import RETURN_REASONS, resell, return_loads
from factoring_core.usecases.views import load as show
from usecases.bringing import bring, payment, purchase, raised, report, row
from usecases.desk import Desk


def why(result: ChangeResult) -> list[str]:
    return [reason.code for one in result.refused for reason in one.reasons]


@pytest.mark.parametrize("reason", RETURN_REASONS)
def test_an_invoiced_load_goes_back_to_the_queue_for_each_reason(reason: str) -> None:
    desk = Desk()
    bring(desk.ports, row(status="invoiced"))
    assert return_loads(desk.ports, ["L-1"], reason=reason).changed[0].status == "queued"
    assert [event.event for event in show(desk.ports, "L-1").history][-1] == "return_to_queue"
    assert [sale.live for sale in desk.sales()] == [False]
    assert [one.reason for one in decisions(desk.ports)] == [reason]


def test_returning_again_changes_nothing() -> None:
    desk = Desk()
    bring(desk.ports, row(status="invoiced"))
    return_loads(desk.ports, ["L-1"], reason="held")
    assert [one.load for one in return_loads(desk.ports, ["L-1"], reason="held").unchanged] == ["L-1"]


def test_there_is_no_other_reason_for_a_return() -> None:
    with pytest.raises(UsageError, match="bored"):
        return_loads(Desk().ports, ["L-1"], reason="bored")


def test_only_what_is_invoiced_and_sold_can_be_taken_back() -> None:
    desk = Desk()
    direct = row("L-3", "invoiced", invoicing_method="direct")
    bring(desk.ports, row(status="queued"), row("L-2"), direct)
    assert why(return_loads(desk.ports, ["L-1", "L-2", "L-3"], reason="denied")) == ["not_invoiced"] * 3


def test_what_the_factor_owns_cannot_be_returned() -> None:
    desk = Desk()
    bring(desk.ports, row())
    report(desk.ports, payment(Type="chargeback"))
    assert why(return_loads(desk.ports, ["L-1"], reason="denied")) == ["cannot_return_to_queue"]


def test_what_the_customer_paid_us_for_cannot_be_sold_again() -> None:
    desk = Desk()
    bring(desk.ports, row())
    report(desk.ports, payment(Type="chargeback"))
    desk.clock.advance(dt.timedelta(days=30))
    pay(desk.ports, "L-1", amount=1_00, on=dt.date(2026, 3, 20), reference="C")
    assert why(resell(desk.ports, ["L-1"], reason="new terms")) == ["already_paid"]


def test_a_charged_back_or_reversed_invoice_can_be_sold_again() -> None:
    desk = Desk()
    bring(desk.ports, row(), row("L-2"), row("L-3", "invoiced"))
    report(desk.ports, payment(Type="chargeback"))
    report(desk.ports, purchase("INV-L-2", Type="purchase reversal"))
    result = resell(desk.ports, ["L-1", "L-2", "L-3"], reason="new terms")
    assert [(one.load, one.status) for one in result.changed] == [("L-1", "queued"), ("L-2", "queued")]
    assert why(result) == ["cannot_resell"]
    assert show(desk.ports, "L-1").standing.route.value == "factoring"


def test_selling_again_needs_a_reason() -> None:
    with pytest.raises(UsageError):
        resell(Desk().ports, ["L-1"], reason="")


def test_undoing_the_report_that_a_return_was_based_on_raises_a_question() -> None:
    desk = Desk()
    bring(desk.ports, row(status="invoiced"))
    denied = report(desk.ports, purchase(Type="denied"))
    return_loads(desk.ports, ["L-1"], reason="denied")
    assert denied.report_id is not None
    undo_report(desk.ports, denied.report_id, reason="not ours")
    assert raised(desk) == ["basis_withdrawn"]
