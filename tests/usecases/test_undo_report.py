"""Undoing a report: the world in which it never came."""

from __future__ import annotations

import pytest

from factoring_core.domain.vocabulary.actors import Actor
from factoring_core.errors import AccessError, NotFoundError, UsageError
from factoring_core.usecases.reconciling.undo_report import undo_report
from factoring_core.usecases.results import ReportResult
from factoring_core.usecases.selling.direct import pay
from factoring_core.usecases.views import report as show_report
from factoring_core.usecases.views import reports
from usecases.bringing import AS_OF, bring, payment, report, row, seen
from usecases.desk import BILLING, EVERYBODY, Desk


def undo(desk: Desk, applied: ReportResult) -> ReportResult:
    assert applied.report_id is not None
    return undo_report(desk.ports, applied.report_id, reason="wrong file")


def test_undoing_gives_back_what_was_and_says_what_moved() -> None:
    desk = Desk()
    bring(desk.ports, row())
    before = seen(desk)
    applied = report(desk.ports, payment(), payment("INV-9"))
    undone = undo(desk, applied)
    assert (undone.outcome.value, undone.rows, undone.report_id) == (
        "undone",
        applied.rows,
        applied.report_id,
    )
    assert [one.events for one in undone.transitions] == [("reopen",)]
    assert seen(desk) == before
    assert desk.audited()[-1] == "report.undo"


def test_undoing_again_changes_nothing() -> None:
    desk = Desk()
    bring(desk.ports, row())
    applied = report(desk.ports, payment())
    undo(desk, applied)
    trail = desk.audited()
    again = undo(desk, applied)
    assert (again.outcome.value, again.transitions) == ("already_undone", ())
    assert desk.audited() == trail


def test_undo_then_apply_is_the_identity_also_with_the_rows_in_another_order() -> None:
    desk = Desk()
    bring(desk.ports, row(), row("L-2"))
    rows = [payment(), payment("INV-L-2", "900.00")]
    applied = report(desk.ports, *rows)
    loads, _ = seen(desk)
    undo(desk, applied)
    again = report(desk.ports, *reversed(rows))
    assert (again.outcome.value, again.report_id) == ("applied", applied.report_id)
    assert seen(desk)[0] == loads
    assert [one.row for one in again.exceptions] == [2]
    assert [one.sequence for one in reports(desk.ports)] == [1]


def test_undoing_a_correction_lets_what_it_replaced_count_again() -> None:
    desk = Desk()
    bring(desk.ports, row())
    wrong = report(desk.ports, payment(amount="900.00"))
    before = seen(desk)
    right = report(desk.ports, payment(), replaces=wrong.report_id)
    after = seen(desk)
    undone = undo(desk, right)
    assert undone.warnings == (f"counts_again: {wrong.report_id}, which it had replaced",)
    assert seen(desk) == before
    report(desk.ports, payment(), replaces=wrong.report_id)
    assert seen(desk) == after


def test_a_stated_payment_has_no_result_to_show_but_is_undone() -> None:
    desk = Desk()
    bring(desk.ports, row(status="invoiced", invoicing_method="direct"))
    pay(desk.ports, "L-1", amount=1_00, on=AS_OF, reference="C")
    (stated,) = reports(desk.ports)
    assert show_report(desk.ports, stated.id).result.kind == "statement"
    assert undo_report(desk.ports, stated.id, reason="bounced").outcome.value == "undone"


def test_undoing_needs_a_reason_a_report_one_may_see_and_both_rights() -> None:
    desk = Desk()
    bring(desk.ports, row())
    applied = report(desk.ports, payment())
    id_ = applied.report_id or ""
    with pytest.raises(UsageError):
        undo_report(desk.ports, id_, reason="")
    with pytest.raises(NotFoundError):
        undo_report(desk.ports, "rep-none", reason="wrong")
    with pytest.raises(AccessError):
        undo_report(desk.acting(BILLING), id_, reason="wrong")
    west = Actor(name="wes", roles=EVERYBODY.roles, billing=True, subsidiaries=frozenset({"west"}))
    with pytest.raises(NotFoundError):
        undo_report(desk.acting(west), id_, reason="wrong")
