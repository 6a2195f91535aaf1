"""The worklist: every open exception as a line, decided line by line, stale and contrary ones refused."""

from __future__ import annotations

from typing import Any

import pytest
from attrs import evolve

from factoring_core.domain.vocabulary.actors import Actor
from factoring_core.errors import AccessError
from factoring_core.ports.worklist import DecidedLine
from factoring_core.usecases.reconciling.resolve_exception import decisions, resolve, undo_decision
from factoring_core.usecases.reconciling.undo_report import undo_report
from factoring_core.usecases.reconciling.worklist import apply_worklist, worklist
from factoring_core.usecases.results import WorkResult
from usecases.bringing import bring, exception, payment, raised, report, row, seen
from usecases.desk import READER, Desk


def two_short() -> Desk:
    """Two bought invoices paid in part, and a payment of an unknown one."""
    desk = Desk()
    bring(desk.ports, row(), row("L-2"))
    report(
        desk.ports,
        payment(amount="900.00"),
        payment("INV-L-2", "950.00"),
        payment("X9", "10.00", **{"Load Number": "L-1"}),
    )
    return desk


def line(
    desk: Desk, kind: str, decision: str | None = None, load: str | None = None, **more: Any
) -> DecidedLine:
    """The line of one exception as it comes back."""
    lines = worklist(desk.ports)
    found = [one for one in lines if one.type == kind and load in (None, one.load)]
    (one,) = found
    place = lines.index(one) + 2
    given = {"reason": "because", **more.pop("cells", {})}
    return DecidedLine(
        row=place, line=place, exception=one.exception, seen=one.seen, decision=decision, **{**given, **more}
    )


def state(desk: Desk) -> Any:
    return seen(desk), decisions(desk.ports), desk.audited()


def codes(result: WorkResult) -> list[str]:
    return [one.reasons[0].code for one in result.refused]


def test_every_open_exception_is_a_line_with_what_can_be_decided() -> None:
    desk = two_short()
    first, second, third = worklist(desk.ports, "east")
    assert (first.type, first.load, first.amount_at_risk) == ("short_paid", "L-1", 100_00)
    assert (second.type, second.load, second.suggested) == ("short_paid", "L-2", "write_off")
    assert "write_off" in first.resolutions
    assert third.about.startswith("invoice number X9")
    assert third.rows.endswith("row 4")
    assert len({one.seen for one in (first, second, third)}) == 3
    assert worklist(desk.ports, "west") == ()


def test_what_is_known_of_an_exception_stands_in_words() -> None:
    desk = Desk()
    bring(desk.ports, row())
    report(desk.ports, payment(amount="400.00"))
    report(desk.ports, payment(amount="500.00"))
    report(desk.ports, payment("INV-L1", "10.00"))
    about = {one.type: one.about for one in worklist(desk.ports)}
    assert about["conflicting_rows"].startswith("amounts 400.00, 500.00; several amounts")
    assert "not INV-L-1 of load L-1, because " in about["unknown_invoice"]


def test_lines_are_decided_together_and_the_same_worklist_again_changes_nothing() -> None:
    desk = two_short()
    lines = [
        line(desk, "short_paid", "write_off", "L-1"),
        line(desk, "short_paid", "wait", "L-2"),
        line(desk, "unknown_invoice"),
    ]
    result = apply_worklist(desk.ports, lines)
    assert (result.rows, len(result.changed), result.refused, result.unchanged) == (3, 2, (), ())
    assert [(one.load, one.to_status) for one in result.transitions] == [("L-1", "completed")]
    assert (raised(desk), exception(desk, "short_paid").item.severity) == (
        ["short_paid", "unknown_invoice"],
        "waiting",
    )
    assert desk.audited()[-2:] == ["exception.resolve", "exception.resolve"]
    before = state(desk)
    again = apply_worklist(desk.ports, lines)
    assert (again.changed, again.refused, again.transitions) == ((), (), ())
    assert [one.decision for one in again.unchanged] == [one.decision for one in result.changed]
    assert state(desk) == before


def test_a_line_whose_exception_has_changed_since_is_stale_and_the_others_are_decided() -> None:
    desk = two_short()
    lines = [line(desk, "short_paid", "write_off", "L-1"), line(desk, "short_paid", "write_off", "L-2")]
    more = report(desk.ports, payment(amount="50.00", **{"Check Number": "C2"}))
    result = apply_worklist(desk.ports, lines)
    assert (codes(result), [one.load for one in result.changed]) == (["stale"], ["L-2"])
    assert desk.status("L-1") == "financed"
    # What it saw is back, and so is its ground.
    assert more.report_id is not None
    undo_report(desk.ports, more.report_id, reason="wrong file")
    result = apply_worklist(desk.ports, lines)
    assert ([one.load for one in result.changed], len(result.unchanged)) == (["L-1"], 1)


def test_lines_that_contradict_each_other_are_all_refused() -> None:
    desk = two_short()
    one = line(desk, "short_paid", "write_off", "L-1")
    other = evolve(one, row=9, line=9, decision="ignore")
    fine = line(desk, "short_paid", "write_off", "L-2")
    result = apply_worklist(desk.ports, [one, other, fine, evolve(fine, row=10, line=10, reason="again")])
    assert codes(result) == ["contradictory", "contradictory"]
    assert "Line 9" in result.refused[0].reasons[0].message
    assert [(one.load, one.row) for one in result.changed] == [("L-2", fine.row)]
    assert [one.row for one in result.unchanged] == [10]


def test_two_exceptions_of_one_subject_take_one_of_what_excludes_the_other() -> None:
    desk = Desk()
    bring(desk.ports, row())
    given = {"Check Number": "C1"}
    report(desk.ports, payment(amount="20.00", **given), payment(amount="20.00", **given))
    report(desk.ports, payment(amount="20.00", **{"Payment Date": "03/10/2026", "Check Number": ""}))
    report(desk.ports, payment("inv-L-1", amount="20.00", **given, **{"Invoice Amount": "1000.00"}))
    assert {"duplicate_row", "possible_repeat"} <= set(raised(desk))
    lines = [line(desk, "duplicate_row", "count_each", count="2"), line(desk, "possible_repeat", "same")]
    result = apply_worklist(desk.ports, lines)
    assert codes(result) == ["contradictory", "contradictory"]
    result = apply_worklist(desk.ports, [lines[0], line(desk, "short_paid", "wait")])
    assert (codes(result), len(result.changed)) == ([], 2)


@pytest.mark.parametrize(
    ("cells", "code"),
    [
        ({"decision": "forget"}, "usage"),
        ({"decision": "assign", "load": "L-2"}, "state"),
        ({"decision": "wait", "count": "2"}, "usage"),
        ({"decision": "wait", "reason": None}, "usage"),
        ({"decision": "write_off", "amount": 1_00}, "state"),
        ({"decision": "write_off", "count": "two"}, "usage"),
        ({"exception": "exc-none"}, "not_found"),
        ({"seen": "v-other"}, "stale"),
    ],
)
def test_what_cannot_be_decided_is_refused_with_its_reason(cells: dict[str, Any], code: str) -> None:
    desk = two_short()
    before = state(desk)
    wrong = evolve(line(desk, "short_paid", "write_off", "L-1"), **cells)
    result = apply_worklist(desk.ports, [wrong])
    assert (codes(result), result.changed, state(desk) == before) == ([code], (), True)
    assert result.refused[0].row == wrong.row


def test_what_was_closed_otherwise_in_between_is_refused() -> None:
    desk = two_short()
    lines = [line(desk, "short_paid", "write_off", "L-1"), line(desk, "unknown_invoice", "ignore")]
    made = resolve(desk.ports, lines[0].exception, "ignore", reason="small").decision
    assert codes(apply_worklist(desk.ports, [lines[0]])) == ["state"]
    undo_decision(desk.ports, made.id, reason="not so small")
    result = apply_worklist(desk.ports, lines)
    assert (codes(result), len(result.changed)) == ([], 2)
    for one in result.changed:
        undo_decision(desk.ports, one.decision, reason="no")
    assert raised(desk) == ["short_paid", "short_paid", "unknown_invoice"]


def test_a_worklist_needs_the_right_to_decide_and_leaves_no_trace_without() -> None:
    desk = two_short()
    lines = [line(desk, "short_paid", "wait", "L-1")]
    with pytest.raises(AccessError):
        apply_worklist(desk.acting(READER), lines)
    west = Actor(name="wes", billing=True, subsidiaries=frozenset({"west"}))
    assert codes(apply_worklist(desk.acting(west), lines)) == ["not_found"]
    assert decisions(desk.ports) == ()
