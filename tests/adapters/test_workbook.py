"""Workbooks: what comes out of a good one, and why a bad or hostile one does not get in."""

from __future__ import annotations

import datetime as dt
import io
import struct
import zipfile
from collections.abc import Callable
from typing import Any

import pytest

from factoring_core.adapters.reports import workbook
from factoring_core.adapters.reports.cells import cents_of
from factoring_core.adapters.reports.limits import ReportLimits
from factoring_core.adapters.reports.reader import TableReportReader
from factoring_core.domain.reconciling.columns import ReportColumns
from factoring_core.domain.vocabulary.readers import CellFault
from factoring_core.errors import FileRefusedError, LimitExceededError, MissingExtraError
from reports.report_files import SHEET, layout_of, with_parts, xlsx_bytes

HEADER = ["Invoice Number", "Payment Date", "Payment Amount", "Check Number", "Type", "Closed"]
DAY = dt.date(2026, 1, 5)
GOOD: list[list[Any]] = [
    HEADER,
    ["INV-1", DAY, 100.5, "C1", "payment", "yes"],
    ["INV-2", DAY, 0, 77, None, None],
]


def read(content: bytes, **limits: Any) -> ReportColumns:
    reader = TableReportReader(limits=ReportLimits(**limits))
    return reader.open(content, name="r.xlsx").read(layout_of("template/payment"))


def faults_of(content: bytes, **limits: Any) -> list[tuple[str, str | None, int | None]]:
    with pytest.raises((FileRefusedError, LimitExceededError)) as caught:
        read(content, **limits)
    return [(fault.code, fault.column, fault.line) for fault in caught.value.faults]


def codes_of(content: bytes, **limits: Any) -> set[str]:
    return {code for code, *_ in faults_of(content, **limits)}


def one(cell: Any, column: int) -> bytes:
    row: list[Any] = ["INV-1", DAY, 100.5, "C1", "payment", "yes"]
    row[column] = cell
    return xlsx_bytes([HEADER, row])


def test_typed_cells_come_out_as_what_their_columns_hold() -> None:
    found = read(xlsx_bytes(GOOD))

    assert {
        "invoice_number": ["INV-1", "INV-2"],
        "payment_date": [DAY, DAY],
        "payment_amount": [10050, 0],
        "check_number": ["C1", "77"],
        "type": ["payment", ""],
        "closed": [True, None],
    } == dict(found.columns)
    assert ("Sheet1", [2, 3], [2, 3]) == (found.sheet, list(found.rows), list(found.lines))


def test_an_invoice_number_held_as_a_number_keeps_its_digits() -> None:
    assert ["123"] == list(read(one(123, 0)).columns["invoice_number"])


@pytest.mark.parametrize("value", [12.5, 2.0**60, -3, DAY])
def test_an_invoice_number_that_a_spreadsheet_changed_is_damage(value: Any) -> None:
    assert {"resave_damage"} == codes_of(one(value, 0))


@pytest.mark.parametrize("cell", ["01/05/2026", "2026-01-05", 46027])
def test_in_a_workbook_only_a_cell_typed_as_date_is_a_date(cell: Any) -> None:
    assert [("bad_date", "Payment Date", 2)] == faults_of(one(cell, 1))


@pytest.mark.parametrize("cell", [100.555, 1e12, DAY, "12,34", True])
def test_an_amount_that_is_not_whole_cents_is_refused(cell: Any) -> None:
    assert codes_of(one(cell, 2)) <= {"bad_amount", "not_in_list"}


def test_an_amount_kept_as_text_is_read_as_text() -> None:
    assert [123456] == list(read(one("$1,234.56", 2)).columns["payment_amount"])


@pytest.mark.parametrize(
    ("value", "cents"),
    [
        (0.0, 0),
        (-0.0, 0),
        (1234.5600000000001, 123456),
        (0.1 + 0.2, 30),
        (999999999.99, 99999999999),
        (-5.0, -500),
    ],
)
def test_binary_noise_does_not_change_an_amount(value: float, cents: int) -> None:
    assert cents == cents_of(value)


@pytest.mark.parametrize("value", [0.001, 1.005, float("inf"), float("nan"), 1e10])
def test_a_number_that_is_no_amount_is_never_rounded(value: float) -> None:
    with pytest.raises(CellFault):
        cents_of(value)


def test_failed_formulas_and_formulas_are_faults_where_they_stand() -> None:
    content = xlsx_bytes(
        [HEADER, ["INV-1", DAY, ("formula", "=1/0", "#DIV/0!"), ("formula", "=A1", "C1"), None, None]]
    )

    assert [("resave_damage", "Payment Amount", 2), ("formula", "Check Number", 2)] == faults_of(content)


def test_the_sheet_is_chosen_by_its_header() -> None:
    found = read(xlsx_bytes([["Notes"], ["made by hand"]], GOOD))

    assert ("Sheet2", 2) == (found.sheet, len(found))


def test_two_sheets_that_fit_are_ambiguous() -> None:
    assert {"ambiguous_sheet"} == codes_of(xlsx_bytes(GOOD, GOOD))


def test_hidden_sheets_and_rows_are_read_and_mentioned() -> None:
    content = with_parts(
        xlsx_bytes([["Notes"]], GOOD, hidden=[1]),
        {"xl/worksheets/sheet2.xml": lambda xml: xml.replace(b'<row r="3"', b'<row hidden="1" r="3"')},
    )

    found = read(content)

    assert (2, ("hidden_sheet: Sheet2", "hidden_rows: 1")) == (len(found), found.warnings)


def test_lines_are_sheet_rows_even_below_titles_and_gaps() -> None:
    rows: list[list[Any]] = [
        ["Report of January"],
        [],
        ["Invoice Number", "Receipt Date", "Amount Applied"],
        [],
        ["A1", DAY, 1],
    ]
    opened = TableReportReader().open(xlsx_bytes(rows), name="r.xlsx")

    found = opened.read(layout_of("winfactor/payment"))

    assert ([3], [5]) == (list(found.rows), list(found.lines))


def test_an_empty_workbook_is_empty() -> None:
    assert {"empty_report"} == codes_of(xlsx_bytes([]))


def test_a_workbook_cut_off_is_truncated() -> None:
    content = xlsx_bytes(GOOD)

    assert {"truncated"} == codes_of(content[:-30])
    assert {"truncated"} == codes_of(content[:200])


@pytest.mark.parametrize(
    ("part", "code"),
    [
        ("xl/vbaProject.bin", "active_content"),
        ("xl/externalLinks/externalLink1.xml", "active_content"),
        ("xl/embeddings/oleObject1.bin", "active_content"),
        ("../evil.xml", "wrong_file_type"),
        ("C:/evil.xml", "wrong_file_type"),
        ("XL/WORKBOOK.XML", "wrong_file_type"),
    ],
)
def test_parts_that_no_report_has_refuse_the_workbook(part: str, code: str) -> None:
    assert {code} == codes_of(with_parts(xlsx_bytes(GOOD), {part: b"x"}))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_a_document_type_in_the_xml_is_refused(encoding: str) -> None:
    def bomb(xml: bytes) -> bytes:
        return xml.decode().replace("?>", '?><!DOCTYPE a [<!ENTITY b "c">]>', 1).encode(encoding)

    assert {"active_content"} == codes_of(with_parts(xlsx_bytes(GOOD), {SHEET: bomb}))


@pytest.mark.parametrize(
    "change",
    [
        lambda xml: xml.replace(b'r="C2"', b'r="XFD1048576"'),
        lambda xml: xml.replace(b'r="C2"', b"r = 'XFD2'"),
        lambda xml: xml.replace(b'<row r="2"', b'<row r="9999999"'),
        lambda xml: xml.replace(b"</sheetData>", b"<row/>" * 2000 + b"</sheetData>"),
    ],
    ids=["far-cell", "far-column", "far-row", "many-rows"],
)
def test_a_sheet_that_reaches_too_far_is_refused_before_it_is_parsed(
    change: Callable[[bytes], bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workbook, "_parsed", lambda *_: pytest.fail("the parser was started"))

    assert {"limit"} == codes_of(with_parts(xlsx_bytes(GOOD), {SHEET: change}), rows=1000)


def test_a_part_that_unpacks_to_far_more_than_its_size_is_refused() -> None:
    bomb = with_parts(xlsx_bytes(GOOD), {"xl/bomb.xml": b"0" * 30_000_000})

    assert {"limit"} == codes_of(bomb)
    assert {"limit"} == codes_of(bomb, expanded_bytes=1_000_000)


def test_a_size_that_lies_is_found_while_unpacking() -> None:
    content = bytearray(xlsx_bytes(GOOD))
    at = content.index(b"PK\x01\x02")
    content[at + 24 : at + 28] = struct.pack("<I", 10)

    assert {"truncated"} == codes_of(bytes(content))


def test_encrypted_and_overlapping_parts_are_refused() -> None:
    encrypted, overlapping = bytearray(xlsx_bytes(GOOD)), bytearray(xlsx_bytes(GOOD))
    first = encrypted.index(b"PK\x01\x02")
    second = encrypted.index(b"PK\x01\x02", first + 1)
    encrypted[first + 8] |= 1
    overlapping[second + 42 : second + 46] = overlapping[first + 42 : first + 46]

    assert {"wrong_file_type"} == codes_of(bytes(encrypted))
    assert {"wrong_file_type"} == codes_of(bytes(overlapping))


def test_limits_of_size_and_of_parts_come_first() -> None:
    assert {"limit"} == codes_of(xlsx_bytes(GOOD), workbook_bytes=100)
    assert {"limit"} == codes_of(xlsx_bytes(GOOD), parts=3)


@pytest.mark.parametrize(
    ("part", "found"),
    [
        ("word/document.xml", "Word"),
        ("Index/Document.iwa", "Numbers"),
        ("a.csv", "zip"),
    ],
)
def test_another_archive_is_refused_by_its_name(part: str, found: str) -> None:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr(part, b"x")

    with pytest.raises(FileRefusedError, match=found):
        read(content.getvalue())


def test_a_parser_that_dies_takes_nobody_with_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    child = tmp_path / "child.py"
    child.write_text("import os, signal\nos.kill(os.getpid(), signal.SIGABRT)\n")
    monkeypatch.setattr(workbook, "_CHILD", child)

    assert {"parser_crashed"} == codes_of(xlsx_bytes(GOOD))


def test_a_parser_that_runs_too_long_is_stopped(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    child = tmp_path / "child.py"
    child.write_text("import time\ntime.sleep(60)\n")
    monkeypatch.setattr(workbook, "_CHILD", child)

    assert {"parser_crashed"} == codes_of(xlsx_bytes(GOOD), wall_seconds=0.5)


def test_a_parser_without_enough_memory_is_refused_and_not_fatal() -> None:
    assert {"parser_crashed"} >= codes_of(xlsx_bytes(GOOD), memory_bytes=1024 * 1024) - {"wrong_file_type"}


def test_damaged_xml_inside_a_whole_archive_is_refused() -> None:
    broken = with_parts(xlsx_bytes(GOOD), {"xl/workbook.xml": lambda xml: xml[: len(xml) // 2]})

    assert codes_of(broken) <= {"wrong_file_type", "empty_report"}


def test_a_missing_parser_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)

    with pytest.raises(MissingExtraError, match="python-calamine"):
        read(xlsx_bytes(GOOD))
