"""The host's loads: rows of plain values, or every fault of the file."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import pytest

from factoring_core.adapters.reports.loads_file import LOADS_LAYOUT, TableLoadsReader
from factoring_core.errors import FileRefusedError
from factoring_core.ports.loads_reader import LoadRow, LoadsFile, LoadsReader
from factoring_core.providers.consistency import check_layout
from reports.report_files import csv_bytes, xlsx_bytes

HEADER = ["load_number", "subsidiary", "customer", "status", "amount", "delivered_on", "invoicing_method"]


def read(*rows: Sequence[object]) -> LoadsFile:
    reader: LoadsReader = TableLoadsReader()
    return reader.read(csv_bytes(rows), name="loads.csv")


def test_a_row_has_what_the_file_says_and_nothing_for_blank_cells() -> None:
    found = read(
        HEADER,
        ["L-1", "east", "blue", "Queued", "$1,200.50", "01/31/2026", "Direct"],
        ["L-2", "east", "red", *[""] * 4],
    )

    assert (
        LoadRow(
            row=2,
            line=2,
            load_number="L-1",
            subsidiary="east",
            customer="blue",
            status="queued",
            amount=120050,
            delivered_on=dt.date(2026, 1, 31),
            invoicing_method="direct",
        ),
        LoadRow(row=3, line=3, load_number="L-2", subsidiary="east", customer="red"),
    ) == found.rows
    assert () == found.warnings


def test_every_column_of_a_loads_file_fills_the_value_of_its_name() -> None:
    fields = {one.name for one in LOADS_LAYOUT.fields}
    values = set(LoadRow.__annotations__) - {"row", "line"}

    assert values == fields


def test_an_amount_of_nothing_is_an_amount() -> None:
    assert 0 == read(HEADER, ["L-1", "east", "blue", "", "0.00", "", ""]).rows[0].amount


def test_a_workbook_of_loads_is_read_with_its_types() -> None:
    content = xlsx_bytes(
        [["Load #", "Subsidiary", "Customer", "Delivery Date"], [1001, "east", "blue", dt.date(2026, 1, 31)]]
    )

    [row] = TableLoadsReader().read(content, name="loads.xlsx").rows

    assert ("1001", dt.date(2026, 1, 31)) == (row.load_number, row.delivered_on)


def test_columns_that_mean_nothing_are_named_as_warnings() -> None:
    found = read([*HEADER[:3], "Weather", "Mood"], ["L-1", "east", "blue", "fine", "good"])

    assert ("unknown_column: Weather", "unknown_column: Mood") == found.warnings


def test_all_faults_of_a_loads_file_come_at_once() -> None:
    found = read(HEADER, ["", "east", "blue", "lost", "x", "soon", "barter"])

    assert [
        ("required", "load_number"),
        ("not_in_list", "status"),
        ("bad_amount", "amount"),
        ("bad_date", "delivered_on"),
        ("not_in_list", "invoicing_method"),
    ] == [(fault.code, fault.column) for fault in found.faults]


def test_a_file_without_a_required_column_is_refused_by_the_column() -> None:
    with pytest.raises(FileRefusedError, match="subsidiary"):
        read(["load_number", "customer"], ["L-1", "blue"])


def test_the_layout_of_loads_does_not_contradict_itself() -> None:
    check_layout(LOADS_LAYOUT)


def test_a_row_without_its_number_is_faulty_whatever_its_status_says() -> None:
    found = read(HEADER, ["", "east", "", "queued", "5.00", "", ""], ["L-2", "east", "red", *[""] * 4])

    assert [("required", "load_number"), ("required", "customer")] == [
        (fault.code, fault.column) for fault in found.faults
    ]
    assert ["L-2"] == [row.load_number for row in found.rows]
    assert {("east", "")} == found.unread


def test_behind_faults_that_are_only_counted_no_row_counts_as_sound() -> None:
    found = read(HEADER, *[[f"L-{n}", "east", "blue", "lost", "x", "", ""] for n in range(600)], HEADER)

    assert (1201, 1000, ()) == (found.total, len(found.faults), found.rows)
