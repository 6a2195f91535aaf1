"""A report as columns: cut into parts, narrowed to rows, and told by its content alone."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

import pytest

from factoring_core.domain.reconciling.columns import ReportColumns, canonical_digest
from factoring_core.domain.vocabulary.profile import CellKind, LayoutField, ReportKind, ReportLayout

FIELDS = (
    LayoutField(name="invoice_number", aliases=("invoice_number",), kind=CellKind.TEXT),
    LayoutField(name="paid", aliases=("paid",), kind=CellKind.AMOUNT),
    LayoutField(name="on", aliases=("on",), kind=CellKind.DATE),
)
LAYOUT = ReportLayout(
    id="x/payment_report/v1",
    provider="x",
    kind=ReportKind.PAYMENT,
    version=1,
    fields=FIELDS,
    entries=(),
)


def content(count: int) -> ReportColumns:
    """Return rows 2, 4, 6…; a blank record lies between any two."""
    return ReportColumns(
        layout=LAYOUT,
        rows=[2 * n for n in range(1, count + 1)],
        lines=[20 * n for n in range(1, count + 1)],
        columns={"invoice_number": [f"10{n}" for n in range(count)], "paid": list(range(count))},
        sheet="Payments",
        warnings=("a warning",),
    )


def cells(part: ReportColumns) -> list[tuple[Any, ...]]:
    names = ("invoice_number", "paid")
    return list(zip(part.rows, part.lines, *(part.column(name) for name in names), strict=True))


@pytest.mark.parametrize(
    ("count", "sizes"),
    [(0, []), (1, [1]), (2, [2]), (3, [2, 1]), (4, [2, 2]), (5, [2, 2, 1])],
)
def test_slices_hold_every_row_once_and_in_order(count: int, sizes: list[int]) -> None:
    whole = content(count)
    parts = list(whole.slices(2))
    assert [len(part) for part in parts] == sizes
    assert [row for part in parts for row in cells(part)] == cells(whole)
    for part in parts:
        assert (part.layout, part.sheet, part.warnings) == (LAYOUT, "Payments", ("a warning",))


@pytest.mark.parametrize(("rows", "places"), [([], []), ([2], [0]), ([4, 10], [1, 4]), ([6, 8], [2, 3])])
def test_rows_are_found_by_their_record_numbers(rows: list[int], places: Sequence[int]) -> None:
    whole = content(5)
    part = whole.only(rows)
    assert cells(part) == [cells(whole)[place] for place in places]
    assert (part.layout, part.sheet) == (LAYOUT, "Payments")


def test_columns_that_are_not_equally_long_have_no_content_to_tell() -> None:
    torn = ReportColumns(layout=LAYOUT, rows=[2, 3], lines=[2, 3], columns={"a": ["1", "2"], "b": ["1"]})
    with pytest.raises(ValueError, match="shorter"):
        canonical_digest(torn, scope=("t", "C1"))


def test_the_digest_is_kept_for_good_and_stays_what_it_is() -> None:
    """A store remembers it; with another one, a report that was applied would be a new report."""
    told = ReportColumns(
        layout=LAYOUT,
        rows=[2, 3],
        lines=[2, 3],
        columns={
            "invoice_number": ["1001", ""],
            "paid": [100_00, -5_00],
            "on": [None, dt.date(2025, 3, 9)],
            "closed": [False, None],
            "note": ["", None],
        },
    )
    assert (
        canonical_digest(told, scope=("t", "C1"))
        == "3429256e6f7bb6c105d9ad2b70e6c772cbfe3e22ef06a0f78e1448acb8de2703"
    )
    bare = ReportColumns(layout=LAYOUT, rows=[], lines=[], columns={"invoice_number": []})
    assert (
        canonical_digest(bare, scope=("t", "C1"))
        == "4d6982099fec85deef9a930ae62a3a71a9243a673086e36f5cb7b73ca65fcf49"
    )
