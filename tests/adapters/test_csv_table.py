"""Texts become records, or the file is refused for a reason that names what was found."""

from __future__ import annotations

from contextlib import suppress

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from factoring_core.adapters.reports.limits import ReportLimits
from factoring_core.adapters.reports.opened import OpenedFile
from factoring_core.adapters.reports.reader import TableReportReader
from factoring_core.domain.vocabulary.profile import (
    CellKind,
    EntryRule,
    LayoutField,
    ReportKind,
    ReportLayout,
)
from factoring_core.errors import FactoringError, FileRefusedError, LimitExceededError

LAYOUT = ReportLayout(
    id="test/payment_report/v1",
    provider="test",
    kind=ReportKind.PAYMENT,
    version=1,
    fields=(
        LayoutField(name="invoice_number", aliases=("Invoice",), kind=CellKind.NUMBER, required=True),
        LayoutField(name="customer", aliases=("Customer",)),
        LayoutField(name="payment_amount", aliases=("Amount",), kind=CellKind.AMOUNT, required=True),
    ),
    entries=(EntryRule(words=("",)),),
)
HEADER = "Invoice,Customer,Amount\r\n"
PLAIN = (HEADER + "A1,Blue,1.00\r\nA2,Red,2.00\r\n").encode()


def opened(content: bytes, **given: object) -> OpenedFile:
    return TableReportReader(**given).open(content, name="r.csv")  # type: ignore[arg-type]


def refused_with(content: bytes, layout: ReportLayout = LAYOUT) -> set[str]:
    with pytest.raises((FileRefusedError, LimitExceededError)) as caught:
        opened(content).read(layout)
    assert caught.value.faults
    assert all(fault.file == "r.csv" for fault in caught.value.faults)
    return {fault.code for fault in caught.value.faults}


@pytest.mark.parametrize("content", [b"", b"\xef\xbb\xbf", b"\n\r\n  \n", b"\xff\xfe", b",,,\n,,,\n"])
def test_a_file_without_content_is_empty(content: bytes) -> None:
    assert {"empty_report"} == refused_with(content)


@pytest.mark.parametrize(
    "content",
    [
        b"\xef\xbb\xbf" + PLAIN,
        PLAIN.decode().encode("utf-16"),
        b"\xfe\xff" + PLAIN.decode().encode("utf-16-be"),
        PLAIN.replace(b"\r\n", b"\n"),
        PLAIN.replace(b"\r\n", b"\r"),
        PLAIN.replace(b"\r\n", b"\n", 1),
        PLAIN.rstrip(),
        b"sep=,\r\n" + PLAIN,
        PLAIN.replace(b"A1", b'"A1"'),
        PLAIN.replace(b"\r\n", b",,\r\n"),
    ],
    ids=["bom", "utf16", "utf16be", "lf", "cr", "mixed", "no-last-end", "sep", "quoted", "blank-columns"],
)
def test_how_a_file_was_written_does_not_change_what_it_says(content: bytes) -> None:
    read = opened(content).read(LAYOUT)

    assert ["A1", "A2"] == list(read.columns["invoice_number"])
    assert [100, 200] == list(read.columns["payment_amount"])


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (b"\x1f\x8b\x08\x00", "gzip"),
        (b"%PDF-1.7\n", "PDF"),
        (b"\x89PNG\r\n\x1a\n", "PNG"),
        (b"<!DOCTYPE html><html><body>Log in</body></html>", "HTML"),
        (b"\xef\xbb\xbf  <table><tr><td>Invoice</td></tr></table>", "HTML"),
        (b"<?xml version='1.0'?><a/>", "XML"),
        (b'{"error": "expired"}', "JSON"),
        (b'[{"invoice": 1}]', "JSON"),
        (b"{\\rtf1 hello}", "RTF"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), ".xls"),
        (b"II*\x00\x08", "TIFF"),
        (b"MIME-Version: 1.0\r\n", "web archive"),
        (b"Received: from mail", "e-mail"),
        (b"<?xml version='1.0'?><?mso-application progid='Excel.Sheet'?><Workbook/>", "saved as XML"),
        (b"PK\x05\x06" + bytes(18), "zip"),
        (bytes(range(1, 9)) * 50, "binary"),
    ],
)
def test_another_kind_of_file_is_refused_by_its_name(content: bytes, found: str) -> None:
    with pytest.raises(FileRefusedError) as caught:
        opened(content)

    assert "wrong_file_type" == caught.value.code
    assert found in caught.value.message


def test_bytes_that_are_not_utf8_are_refused_with_their_offset_and_line() -> None:
    content = PLAIN.replace(b"Red", b"Caf\xe9")

    with pytest.raises(FileRefusedError) as caught:
        opened(content).read(LAYOUT)

    [fault] = caught.value.faults
    assert ("encoding_damage", 3) == (fault.code, fault.line)
    assert str(content.index(b"\xe9")) in fault.message


def test_an_encoding_that_the_layout_names_is_tried_after_utf8() -> None:
    content = PLAIN.replace(b"Red", b"Caf\xe9")

    read = opened(content).read(evolve(LAYOUT, encodings=("cp1252",)))

    assert ["Blue", "Café"] == list(read.columns["customer"])


def test_utf16_without_its_mark_is_damaged_encoding() -> None:
    assert {"encoding_damage"} == refused_with(PLAIN.decode().encode("utf-16-le"))


def test_half_a_utf16_character_is_damaged_encoding() -> None:
    assert {"encoding_damage"} == refused_with(PLAIN.decode().encode("utf-16") + b"\x01")


def test_an_overlong_byte_sequence_is_damaged_encoding() -> None:
    assert {"encoding_damage"} == refused_with(PLAIN.replace(b"Red", b"\xc0\xaf"))


def test_a_nul_refuses_the_file() -> None:
    assert {"control_character"} == refused_with(PLAIN.replace(b"Red", b"R\0d"))


@pytest.mark.parametrize("told", [b"", b"sep=%b\r\n", b'"sep=%b"\r\n'])
@pytest.mark.parametrize(
    ("delimiter", "name"), [(b";", "semicolons"), (b"\t", "tabs"), (b"|", "vertical bars")]
)
def test_another_delimiter_is_read_where_the_header_leaves_no_doubt_and_said(
    delimiter: bytes, name: str, told: bytes
) -> None:
    first = told % delimiter if told else b""
    read = opened(first + PLAIN.replace(b",", delimiter)).read(LAYOUT)

    assert [100, 200] == list(read.columns["payment_amount"])
    assert (f"resaved: its columns are separated by {name}",) == read.warnings


def test_a_decimal_comma_behind_semicolons_is_never_guessed() -> None:
    assert {"bad_amount"} == refused_with(PLAIN.replace(b",", b";").replace(b".00", b",00"))


def test_a_delimiter_that_nobody_uses_is_named_and_refused() -> None:
    assert {"delimiter_unknown"} == refused_with(b"sep=x\r\n" + PLAIN.replace(b",", b"x"))


def test_a_header_that_two_delimiters_fit_is_not_read() -> None:
    assert {"unknown_layout"} == refused_with(b"a;b|c;d|e;f\r\n1;2|3;4|5;6\r\n")


def test_an_open_quote_means_the_file_was_cut_off_and_says_where() -> None:
    with pytest.raises(FileRefusedError) as caught:
        opened(PLAIN + b'A3,"Green').read(LAYOUT)

    assert [("truncated", 4)] == [(fault.code, fault.line) for fault in caught.value.faults]


def test_a_quote_inside_a_quoted_cell_never_shifts_columns() -> None:
    assert {"column_count"} == refused_with(PLAIN + b'"A3"x,Green,1.00\r\n')


def test_a_line_break_inside_quotes_counts_for_lines_and_not_for_rows() -> None:
    rows = b'Invoice,Note,Amount\r\nA1,"two\r\nlines",1.00\r\nA2,"more\n\n",2.00\r\nA3,x,3.00\r\n'

    read = opened(rows).read(LAYOUT)

    assert ([2, 3, 4], [2, 4, 7]) == (list(read.rows), list(read.lines))


def test_unicode_line_separators_stay_inside_a_cell() -> None:
    rows = (HEADER + "A1,a\u2028b,1.00\r\n").encode()

    assert ["a\u2028b"] == list(opened(rows).read(LAYOUT).columns["customer"])


def test_limits_are_checked_before_anything_is_read() -> None:
    with pytest.raises(LimitExceededError) as caught:
        opened(PLAIN, limits=ReportLimits(csv_bytes=10))

    assert {"limit"} == {fault.code for fault in caught.value.faults}


def test_too_many_rows_columns_or_characters_are_refused() -> None:
    with pytest.raises(LimitExceededError):
        opened(PLAIN, limits=ReportLimits(rows=1)).read(LAYOUT)
    with pytest.raises(LimitExceededError):
        opened(b",".join([b"x"] * 50_000)).read(LAYOUT)
    with pytest.raises(LimitExceededError):
        opened((HEADER + "A1," + "x" * 40_000 + ",1.00\n").encode()).read(LAYOUT)
    with pytest.raises(LimitExceededError):
        opened((HEADER + "A1," + "x" * 200_000 + ",1.00\n").encode()).read(LAYOUT)


@given(st.binary(max_size=400) | st.text(max_size=200).map(str.encode))
def test_arbitrary_bytes_never_raise_anything_but_our_own_errors(content: bytes) -> None:
    for start in (b"", HEADER.encode(), b"\xff\xfe", b"PK\x03\x04"):
        with suppress(FactoringError):
            opened(start + content).read(LAYOUT)
