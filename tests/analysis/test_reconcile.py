"""Reconciling two tables says what `report apply` says of the same two files."""

from __future__ import annotations

import csv
import datetime as dt
import io
from decimal import Decimal
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import factoring_core
from analysis.kept import SOME
from analysis.test_frames import check
from factoring_core.adapters.blobs.memory import MemoryBlobs
from factoring_core.adapters.frames.texts import cell_text, columns_of, csv_of
from factoring_core.adapters.storage import MemoryStore
from factoring_core.analysis import RECONCILIATION, Policy, Reconciliation, frames, reconcile
from factoring_core.domain.vocabulary.parties import Connection, Settings, SettlementPolicy, Subsidiary
from factoring_core.errors import FileRefusedError, UsageError
from factoring_core.wiring import Office, open_office

INVOICES = ("load_number", "customer", "customer_name", "invoice_number", "invoice_date", "amount", "status")
PAYMENT_TYPES = ("", "", "", "payment", "chargeback", "rebate", "payment reversal", "adjustment")
PURCHASE_TYPES = ("", "", "purchase", "purchase reversal", "approved", "held", "denied")
COLUMNS = (("Payment Date", "Payment Amount"), ("Purchase Date", "Invoice Amount"))
"""The columns of dates and of amounts, in each kind of report."""
NUMBERS = ("1001", "INV-1001", "01002", "1003", "2001", "9999")
AMOUNTS = ("100.00", "40.00", "60.00", "250.50", "1.05")
DATES = ("02/03/2026", "02/10/2026", "01/01/2026")
AS_OF = dt.date(2026, 1, 2)


def payment(draw: st.DrawFn, number: str) -> dict[str, str]:
    """A row of a payment report."""
    return {
        "Invoice Number": number,
        "Payment Date": draw(st.sampled_from(DATES)),
        "Payment Amount": draw(st.sampled_from(AMOUNTS)),
        "Customer": draw(st.sampled_from(["", "blue", "Somebody else"])),
        "Check Number": draw(st.sampled_from(["", "77", "0077"])),
        "Type": draw(st.sampled_from(PAYMENT_TYPES)),
    }


def purchase(draw: st.DrawFn, number: str) -> dict[str, str]:
    """A row of a purchase report."""
    return {
        "Invoice Number": number,
        "Purchase Date": draw(st.sampled_from(DATES)),
        "Invoice Amount": draw(st.sampled_from(AMOUNTS)),
        "Customer": draw(st.sampled_from(["", "blue"])),
        "Type": draw(st.sampled_from(PURCHASE_TYPES)),
        "Advance": draw(st.sampled_from(["", "90.00"])),
        "Reserve": draw(st.sampled_from(["", "7.00"])),
        "Fee": draw(st.sampled_from(["", "3.00"])),
    }


@st.composite
def tables(draw: st.DrawFn) -> tuple[list[dict[str, str]], list[dict[str, str]]]:
    """Invoices and a report about most of them, as texts."""
    numbers = draw(st.lists(st.sampled_from(["1001", "1002", "1003", "INV-2001"]), min_size=1, unique=True))
    invoices = [
        {
            "load_number": f"L-{number}",
            "customer": draw(st.sampled_from(["blue", "red"])),
            "customer_name": "",
            "invoice_number": number,
            "invoice_date": "2026-01-05",
            "amount": draw(st.sampled_from(["100.00", "100.00", "250.50"])),
            "status": draw(st.sampled_from(["financed", "financed", "invoiced", "queued", "completed"])),
        }
        for number in numbers
    ]
    kind = draw(st.sampled_from([payment, payment, purchase]))
    report = [kind(draw, draw(st.sampled_from([*numbers, *NUMBERS]))) for _ in range(draw(st.integers(1, 6)))]
    return invoices, report


def in_files(
    invoices: list[dict[str, str]], report: list[dict[str, str]], policy: Policy
) -> tuple[Office, Any, bytes]:
    """Do the same with files: import the loads, apply the report."""
    own = Subsidiary(
        id="mine",
        name="mine",
        settlement=policy.settlement,
        tolerance=policy.tolerance_cents,
        invoice_prefixes=policy.invoice_prefixes,
    )
    connection = Connection(id="factor", subsidiary="mine", provider="capital_depot")
    office = open_office(
        settings=Settings(subsidiaries=(own,), connections=(connection,)),
        store=MemoryStore(),
        blobs=MemoryBlobs(),
    )
    sold = ("invoiced", "financed", "completed")
    rows = [
        {**one, "subsidiary": "mine", "connection": "factor" if one["status"] in sold else ""}
        for one in invoices
    ]
    office.import_loads(text([*INVOICES, "subsidiary", "connection"], rows), name="loads.csv", as_of=AS_OF)
    content = text(report[0], report)
    return office, office.apply_report(content, name="report", subsidiary="mine"), content


def text(head: Any, rows: list[dict[str, str]]) -> bytes:
    """Write a CSV file."""
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, head)
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue().encode()


def columns_in(report: list[dict[str, str]]) -> tuple[str, str]:
    """Name the dates and the amounts of a report."""
    return next(names for names in COLUMNS if names[0] in report[0])


def as_frame(rows: list[dict[str, str]], amounts: str, dates: str, how: str) -> Any:
    """Return rows as a data frame whose columns have other types than text."""
    frame = pd.DataFrame(rows)
    if how == "texts":
        return frame
    cells = [pd.Timestamp(one).to_pydatetime() for one in frame[dates]]
    if how == "floats":
        frame[dates] = cells
        frame[amounts] = frame[amounts].astype("float64")
        return frame
    frame[dates] = [one.date() for one in cells]
    frame[amounts] = [Decimal(one) for one in frame[amounts]]
    if how == "decimals":
        return frame.replace("", None).astype(object)
    import polars as pl

    made = {name: frame[name].tolist() for name in frame.columns}
    return pl.DataFrame(made).lazy() if how == "lazy" else pl.DataFrame(made).to_arrow()


POLICIES = (
    Policy(),
    Policy(settlement=SettlementPolicy.AS_REPORTED),
    Policy(tolerance="1.05", invoice_prefixes=("INV",)),
)


@SOME
@given(tables(), st.sampled_from(POLICIES), st.sampled_from(["texts", "floats", "decimals", "lazy", "arrow"]))
def test_two_tables_and_two_files_give_the_same(tables: Any, policy: Policy, how: str) -> None:
    invoices, report = tables
    office, applied, _ = in_files(invoices, report, policy)
    dates, amounts = columns_in(report)
    found = reconcile(
        as_frame(report, amounts, dates, how),
        as_frame(invoices, "amount", "invoice_date", how),
        policy=policy,
        as_of=AS_OF,
    )
    with office:
        filed = frames(office)
    assert found.result.rows == applied.rows
    assert found.result.conservation == applied.conservation
    assert found.result.matches == applied.matches
    assert found.result.transitions == applied.transitions
    what = [(one.item.type, one.item.load, one.row, one.item.amount_at_risk) for one in applied.exceptions]
    said = [
        (one.item.type, one.item.load, one.row, one.item.amount_at_risk) for one in found.result.exceptions
    ]
    assert said == what
    pd.testing.assert_frame_equal(found.positions, filed.positions)
    pd.testing.assert_frame_equal(found.loads, filed.loads)
    same = [name for name in filed.rows.columns if name != "report"]
    pd.testing.assert_frame_equal(found.rows[same], filed.rows[same])
    if how == "texts":
        the_frames_add_up(found)


def the_frames_add_up(found: Reconciliation) -> None:
    """Hold the six frames to their schemas, to each other and to the result."""
    for name, schema in RECONCILIATION.items():
        frame = getattr(found, name)
        if name != "exceptions":
            check(frame, schema)
        assert tuple(frame.columns) == schema.names
    counts = found.rows["bucket"].value_counts().to_dict()
    buckets = ("matched", "already_known", "non_factored", "exceptions", "information")
    assert counts == {name: getattr(found.result.rows, name) for name in buckets}
    for line in found.conservation.to_dict("records"):
        cells = found.rows[line["column"]]
        assert int(cells.sum()) == line["read"] == sum(line[name] for name in buckets)
        for name in buckets:
            assert int(cells[found.rows["bucket"] == name].sum()) == line[name]
    assert [(line.row, line.load) for line in found.matches.itertuples()] == [
        (one.row, one.load) for one in found.result.matches
    ]
    assert len(found.exceptions) == len(found.result.exceptions)
    assert repr(found).startswith("Reconciliation of report")


@SOME
@given(st.lists(tables(), min_size=1, max_size=3), st.data())
def test_the_rows_of_every_report_are_those_of_its_statement(each: Any, data: st.DataObject) -> None:
    """Each report's rows add up to its conservation statement, also when several overlap."""
    invoices = each[0][0]
    office, _, _ = in_files(invoices, each[0][1], POLICIES[0])
    with office:
        for _, report in each[1:]:
            result = office.apply_report(text(report[0], report), name="more", subsidiary="mine")
            rows = frames(office).rows
            rows = rows[rows["report"] == result.report_id]
            if result.outcome.value == "applied":
                counts = rows["bucket"].value_counts().to_dict()
                assert counts == {name: getattr(result.rows, name) for name in counts}
        found = frames(office)
        for report in office.reports():
            own = found.rows[found.rows["report"] == report.id]
            assert len(own) == report.rows
            for column, sums in office.report(report.id).result.conservation.items():
                assert int(own[column].sum()) == sums["read"]


def test_a_path_is_read_as_it_was_downloaded(tmp_path: Path) -> None:
    path = tmp_path / "march.csv"
    path.write_bytes(b"Invoice Number,Payment Date,Payment Amount\r\n1001,03/01/2026,100.00\r\n")
    invoices = pd.DataFrame({"invoice_number": ["1001"], "amount": [100], "status": ["financed"]})
    found = factoring_core.reconcile(path, invoices)
    assert found.result.file == "march.csv"
    assert found.loads["status"].tolist() == ["completed"]
    assert found.positions["open"].tolist() == [0]
    with pytest.raises(UsageError, match="cannot be read"):
        reconcile(tmp_path / "absent.csv", invoices)


def test_a_layout_can_be_named_or_given() -> None:
    from factoring_core.providers.load import load_profile

    report = pd.DataFrame({"Invoice #": ["7"], "Purchase Date": ["03/01/2026"], "Invoice Amount": ["5.00"]})
    invoices = pd.DataFrame({"invoice_number": ["7"], "amount": ["5.00"]})
    [layout] = [one for one in load_profile("rts").layouts if one.kind.value == "purchase"]
    for given_ in ("rts", layout.id, layout):
        found = reconcile(report, invoices, layout=given_)
        assert found.result.layout == layout.id
        assert found.loads["status"].tolist() == ["financed"]
    with pytest.raises(UsageError, match="no layout"):
        reconcile(report, invoices, layout="nobody")


def test_what_is_no_table_of_invoices_is_refused() -> None:
    report = pd.DataFrame(
        {"Invoice Number": ["7"], "Payment Date": ["03/01/2026"], "Payment Amount": ["5.00"]}
    )
    with pytest.raises(UsageError, match="invoice_number"):
        reconcile(report, pd.DataFrame({"amount": [1]}))
    with pytest.raises(UsageError, match="twice"):
        reconcile(report, pd.DataFrame([["1", "1"]], columns=["invoice_number", "invoice_number"]))
    with pytest.raises(UsageError, match="data frame"):
        reconcile(report, 7)
    with pytest.raises(FileRefusedError) as refused:
        reconcile(report, pd.DataFrame({"invoice_number": ["7", "8"], "amount": ["x", "1.005"]}))
    assert [one.row for one in refused.value.faults] == [2, 3]
    two = {
        "invoice_number": ["1", "2"],
        "amount": [1, 1],
        "customer": ["b", "b"],
        "debtor_number": ["D", "E"],
    }
    with pytest.raises(UsageError, match="two debtor numbers"):
        reconcile(report, pd.DataFrame(two))


def test_a_debtor_number_tells_against_a_match() -> None:
    report = pd.DataFrame(
        {
            "Invoice Number": ["7"],
            "Payment Date": ["03/01/2026"],
            "Payment Amount": ["5.00"],
            "Debtor Number": ["D-9"],
        }
    )
    one = {"invoice_number": ["7"], "amount": ["5.00"], "customer": ["b"], "status": ["financed"]}
    agreeing = reconcile(report, pd.DataFrame({**one, "debtor_number": ["D-9"]}))
    contradicting = reconcile(report, pd.DataFrame({**one, "debtor_number": ["D-1"]}))
    assert agreeing.rows["bucket"].tolist() == ["matched"]
    assert contradicting.exceptions["type"].tolist() == ["ambiguous"]
    assert "7 (7)" in contradicting.exceptions["candidates"][0]


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        (None, ""),
        (float("nan"), ""),
        (pd.NaT, ""),
        (pd.NA, ""),
        ("007", "007"),
        (True, "yes"),
        (1001.0, "1001"),
        (12.1, "12.10"),
        (-0.05, "-0.05"),
        (Decimal("1E+3"), "1000"),
        (dt.date(2026, 3, 1), "2026-03-01"),
        (pd.Timestamp("2026-03-01"), "2026-03-01"),
        (pd.Timestamp("2026-03-01 10:00"), "2026-03-01T10:00:00"),
    ],
)
def test_a_cell_has_one_text(cell: Any, expected: str) -> None:
    assert cell_text(cell) == expected


@pytest.mark.parametrize("cell", [1.005, 1e17, float("inf"), Decimal("NaN"), [1]])
def test_what_has_no_exact_text_is_refused_with_its_place(cell: Any) -> None:
    if isinstance(cell, Decimal):
        assert cell_text(cell) == ""
        return
    with pytest.raises(FileRefusedError) as refused:
        csv_of(columns_of(pd.DataFrame({"a": ["x", cell]}, dtype=object)), name="report")
    [fault] = refused.value.faults
    assert (fault.row, fault.column) == (3, "a")
