"""The laws of reports, through the real use cases, over generated files and small worlds."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any
from unittest import mock

from attrs import evolve
from hypothesis import assume, given, note, settings
from hypothesis import strategies as st

from factoring_core.errors import FileRefusedError
from factoring_core.ports.storage import KINDS
from factoring_core.usecases.books import Change, plan_change
from factoring_core.usecases.reconciling import plan_report, report_rows
from factoring_core.usecases.reconciling.undo_report import undo_report
from factoring_core.usecases.reconciling.view_exceptions import exceptions
from factoring_core.usecases.results import ReportResult
from factoring_core.usecases.selling.direct import pay
from usecases.bringing import bring, everything, report, row, seen
from usecases.desk import Desk

Row = dict[str, str]

LOADS = (
    row("1001", "financed", invoice_number="INV-1001", amount="100.00", po_number="P1"),
    row("1002", "invoiced", invoice_number="INV-1002", amount="100.00"),
    row("1003", "financed", invoice_number="1003", amount="250.00", advanced="225.00"),
    row("1004", "completed", invoice_number="001004", amount="99.99"),
    row("1005", "invoiced", invoice_number="D-1", amount="50.00", invoicing_method="direct"),
    row("1006", "queued", invoice_number="Q-1", amount="50.00"),
)
NUMBERS = ("INV-1001", "INV-1002", "1003", "001004", "D-1", "Q-1", "inv 1001", "1002", "X-9")
AMOUNTS = ("100.00", "50.00", "99.99", "0.01", "250.00", "$1,250.00")
DAYS = ("03/01/2026", "2026-03-02", "03/05/2026", "02/20/2026")


def one_of(*words: str) -> st.SearchStrategy[str]:
    return st.sampled_from(words)


PAYMENTS = st.fixed_dictionaries(
    {
        "Invoice Number": one_of(*NUMBERS),
        "Payment Date": one_of(*DAYS),
        "Payment Amount": one_of(*AMOUNTS),
        "Check Number": one_of("C1", "C2", "007", ""),
        "Type": one_of("", "", "", "payment reversal", "chargeback", "rebate", "adjustment"),
        "Invoice Amount": one_of("", "", "100.00", "250.00"),
        "Load Number": one_of("", "", "1001", "1003"),
        "Closed": one_of("", "", "yes"),
    }
)
PURCHASES = st.fixed_dictionaries(
    {
        "Invoice Number": one_of(*NUMBERS),
        "Purchase Date": one_of(*DAYS),
        "Invoice Amount": one_of(*AMOUNTS),
        "Schedule Number": one_of("", "7", "8"),
        "Type": one_of("", "", "purchase reversal", "held", "denied", "approved"),
        "Advance": one_of("", "90.00"),
        "Reserve": one_of("", "7.00"),
        "Fee": one_of("", "3.00"),
    }
)
RECEIPTS = st.fixed_dictionaries(
    {
        "Inv #": one_of(*NUMBERS),
        "Receipt Date": one_of(*DAYS),
        "Amount Applied": one_of("100.00", "50.00", "(50.00)", "250.00"),
        "Check #": one_of("C1", "C2", ""),
        "Trans Type": one_of("", "receipt", "nsf", "fee", "wire fee"),
        "Rebate": one_of("", "5.00"),
    }
)
REPORTS = st.one_of(*(st.lists(rows, min_size=1, max_size=5) for rows in (PAYMENTS, PURCHASES, RECEIPTS)))


def quoted(rows: Sequence[Mapping[str, str]]) -> list[Row]:
    """Quote what holds a comma."""
    return [{name: f'"{cell}"' if "," in cell else cell for name, cell in one.items()} for one in rows]


def desk() -> Desk:
    """A carrier with loads in every state, some of them paid already."""
    found = Desk()
    bring(found.ports, *LOADS)
    pay(found.ports, "1005", amount=10_00, on=dt.date(2026, 3, 1), reference="own")
    return found


def apply(found: Desk, rows: Sequence[Mapping[str, str]], **more: Any) -> ReportResult:
    return report(found.ports, *quoted(rows), **more)


def accepted(found: Desk, rows: Sequence[Mapping[str, str]]) -> ReportResult:
    """Apply a report that has to be acceptable; refused files are another test's."""
    try:
        return apply(found, rows)
    except FileRefusedError as refused:
        note(str([(fault.code, fault.message) for fault in refused.faults]))
        assume(False)
        raise


@given(st.lists(REPORTS, min_size=1, max_size=3))
def test_every_row_is_in_one_bucket_and_every_column_adds_up(files: list[list[Row]]) -> None:
    found = desk()
    for rows in files:
        result = accepted(found, rows)
        counts = result.rows
        assert counts.read == len(rows)
        parts = (counts.matched, counts.already_known, counts.non_factored, counts.exceptions)
        assert counts.read == sum(parts) + counts.information
        for column in result.conservation.values():
            assert column["read"] == sum(cents for name, cents in column.items() if name != "read")


@given(st.lists(REPORTS, max_size=2), REPORTS, st.randoms(use_true_random=False))
def test_a_report_applied_again_in_any_order_of_rows_and_columns_changes_nothing(
    before: list[list[Row]], rows: list[Row], chance: Any
) -> None:
    found = desk()
    for earlier in before:
        accepted(found, earlier)
    accepted(found, rows)
    world = seen(found)
    columns = list(rows[0])
    mixed = list(rows)
    chance.shuffle(mixed)
    chance.shuffle(columns)
    again = apply(found, [{name: one[name] for name in columns} for one in mixed])
    assert again.outcome.value == "already_applied"
    assert again.transitions == ()
    assert seen(found) == world


@given(st.lists(REPORTS, min_size=2, max_size=3), st.randoms(use_true_random=False))
def test_reports_in_any_order_give_the_same_books(files: list[list[Row]], chance: Any) -> None:
    mixed = list(files)
    chance.shuffle(mixed)
    first, second = desk(), desk()
    for rows in files:
        accepted(first, rows)
    for rows in mixed:
        accepted(second, rows)
    assert seen(first) == seen(second)


@given(st.lists(REPORTS, max_size=2), REPORTS)
def test_undoing_gives_back_the_books_and_applying_again_the_same_once_more(
    before: list[list[Row]], rows: list[Row]
) -> None:
    found = desk()
    for earlier in before:
        accepted(found, earlier)
    world = seen(found)
    applied = accepted(found, rows)
    assume(applied.outcome.value == "applied")
    after = seen(found)
    assert applied.report_id is not None
    undo_report(found.ports, applied.report_id, reason="law")
    assert seen(found) == world
    accepted(found, rows)
    assert seen(found) == after


@given(st.lists(REPORTS, max_size=1), REPORTS)
def test_a_dry_run_changes_nothing_and_tells_what_the_real_run_does(
    before: list[list[Row]], rows: list[Row]
) -> None:
    found = desk()
    for earlier in before:
        accepted(found, earlier)
    store, world = everything(found), seen(found)
    try:
        preview = apply(found, rows, dry_run=True)
    except FileRefusedError:
        preview = None
    assert everything(found) == store
    assert seen(found) == world
    assume(preview is not None)
    assert preview is not None
    real = apply(found, rows)
    assert evolve(preview, outcome=real.outcome) == real
    if real.outcome.value == "applied":
        opened = {view.item.id for view in exceptions(found.ports)}
        assert {one.item.id for one in real.exceptions} <= opened


MANY = tuple(
    row(f"20{n:02d}", "financed", invoice_number=f"INV-20{n:02d}", amount="100.00") for n in range(6)
)
PLAIN = st.lists(
    st.fixed_dictionaries(
        {
            "Invoice Number": one_of(*(one["invoice_number"] for one in MANY), "X-9"),
            "Payment Date": one_of("03/01/2026", "03/05/2026"),
            "Payment Amount": one_of("100.00", "100.00", "99.99"),
            "Check Number": one_of("C1", ""),
        }
    ),
    min_size=1,
    max_size=8,
)


def records(found: Desk) -> dict[str, list[Any]]:
    """Everything that is stored."""
    with found.ports.store.reading(found.ports.tenant) as look:
        return {kind.name: list(look.find(kind.record)) for kind in KINDS}


def plan_whole(tx: Any, ports: Any, _open: Any, book: Any, _rows: Any) -> Change:
    """Plan a report by folding every sale of the subsidiary."""
    return plan_change(tx, ports, book)


@settings(max_examples=50)  # two whole desks each; the fold alone is tried more often elsewhere
@given(st.lists(st.one_of(REPORTS, PLAIN), min_size=1, max_size=3), st.sampled_from([2, 1_000]))
def test_what_is_written_is_the_same_whether_a_part_was_folded_or_everything(
    files: list[list[Row]], slice_: int
) -> None:
    part, whole = desk(), desk()
    for found in (part, whole):
        bring(found.ports, *MANY)
    for rows in files:
        with mock.patch.object(report_rows, "ROWS", slice_):
            told = accepted(part, rows)
        with (
            mock.patch.object(report_rows, "paid_alike", return_value={}),
            mock.patch.object(plan_report, "plan_report_change", plan_whole),
        ):
            assert accepted(whole, rows) == told
    assert records(part) == records(whole)
