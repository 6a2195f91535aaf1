"""Rows that a report pays alike are found slice by slice; what is written is what it is one by one."""

from __future__ import annotations

import pickle
from collections.abc import Callable, Mapping, Sequence
from typing import Any
from unittest import mock

import pytest

from factoring_core.errors import FileRefusedError
from factoring_core.ports.storage import KINDS
from factoring_core.usecases.reconciling import report_change, report_rows
from usecases.bringing import bring, payment, purchase, report, row
from usecases.desk import Desk

Row = Mapping[str, Any]
LOADS = tuple(row(f"L-{n}", amount=f"{1000 + n}.00") for n in range(1, 8))


def plain(*numbers: int, short: int = 0) -> list[Row]:
    return [payment(f"INV-L-{n}", amount=f"{1000 + n - short}.00") for n in numbers]


def applied(files: Sequence[Sequence[Row]], *, one_by_one: bool = False) -> tuple[Any, ...]:
    """Apply reports on a new desk; return the answers, all records, and how many sales were alike."""
    desk, alike = Desk(), []
    bring(desk.ports, *LOADS)

    def with_alike(ports: Any, change: Any, rows: Any) -> Any:
        alike.append(len(rows))
        return add(ports, change, rows)

    add = report_change._with_alike
    nothing: Callable[..., Any] = lambda *_, **__: {}  # noqa: E731
    found = nothing if one_by_one else report_rows.paid_alike
    with (
        mock.patch.object(report_rows, "ROWS", 2),
        mock.patch.object(report_rows, "paid_alike", found),
        mock.patch.object(report_change, "_with_alike", with_alike),
    ):
        answers = [report(desk.ports, *rows) for rows in files]
    with desk.ports.store.reading(desk.ports.tenant) as look:
        records = {kind.name: list(look.find(kind.record)) for kind in KINDS}
    return answers, records, alike


@pytest.mark.parametrize(
    ("files", "alike"),
    [
        pytest.param([plain(3, 1, 2, 5, 4)], [5], id="several slices, in no order"),
        pytest.param([plain(1, 2), plain(3, 4, short=100)], [2, 2], id="short, after another report"),
        pytest.param([[*plain(1, 2, 3), *plain(1)]], [2], id="a number stated again in another slice"),
        pytest.param(
            [[purchase("INV-L-1", "1001.00"), purchase("INV-L-2", "1002.00")], plain(1, 2, 3)],
            [3],
            id="bought before",
        ),
        pytest.param(
            [[*plain(1, 2, 3), payment("X-9", **{"Invoice Amount": "1002.00"})]],
            [2],
            id="a strange number with the face of one of them",
        ),
        pytest.param(
            [[payment("X-9", **{"Invoice Amount": "1002.00"})], plain(1, 2, 3)],
            [2],
            id="a strange number of an earlier report",
        ),
        pytest.param(
            [[*plain(1, 2, 3), payment("INV-L-4", Type="chargeback", amount="5.00")]], [3], id="another type"
        ),
    ],
)
def test_a_report_does_the_same_alike_and_one_by_one(files: list[list[Row]], alike: list[int]) -> None:
    answers, records, found = applied(files)
    assert found == alike
    alone = applied(files, one_by_one=True)
    assert alone[2] == []
    for one, other in zip(answers, alone[0], strict=True):
        assert one == other
    for name, some in records.items():
        assert some == alone[1][name], name


def test_faults_of_all_slices_are_told_at_once() -> None:
    desk = Desk()
    bring(desk.ports, *LOADS)
    bad = [payment(f"INV-L-{n}", Type="chargeback", amount="-5.00") for n in (2, 5)]
    with mock.patch.object(report_rows, "ROWS", 2), pytest.raises(FileRefusedError) as refused:
        report(desk.ports, *plain(1), bad[0], *plain(3, 4), bad[1])
    assert [fault.row for fault in refused.value.faults] == [3, 6]


def test_what_a_report_did_can_be_sent_to_another_process() -> None:
    answers, _, _ = applied([[*plain(1, 2), *plain(3, short=1)]])
    assert answers[0].exceptions
    assert pickle.loads(pickle.dumps(answers[0])) == answers[0]
