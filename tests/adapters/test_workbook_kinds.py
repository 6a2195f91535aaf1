"""A workbook is the same report as .xlsx, .xls, .xlsb or .ods, and a bad one is refused in each."""

from __future__ import annotations

import datetime as dt
import io
import struct
import zipfile
from collections.abc import Callable
from typing import Any

import pytest

from factoring_core.adapters.reports import workbook
from factoring_core.adapters.reports.limits import ReportLimits
from factoring_core.adapters.reports.marks.compound import MAGIC
from factoring_core.adapters.reports.reader import TableReportReader
from factoring_core.domain.reconciling.columns import ReportColumns, canonical_digest
from factoring_core.errors import FileRefusedError, LimitExceededError
from reports.report_files import PAYMENT_HEADER, layout_of, with_parts, xlsx_bytes
from reports.workbook_files import WRITERS, ods_bytes, xls_bytes, xlsb_bytes

DAY = dt.date(2026, 1, 5)
ROWS: list[list[Any]] = [
    PAYMENT_HEADER,
    ["INV-1", DAY, 100.5, "C1", "payment", "yes"],
    ["000123", DAY, -0.25, 77, None, None],
]
OTHERS = ("xls", "xlsb", "ods")


def read(content: bytes, **limits: Any) -> ReportColumns:
    reader = TableReportReader(limits=ReportLimits(**limits))
    return reader.open(content, name="r").read(layout_of("template/payment"))


def refusal(content: bytes, **limits: Any) -> tuple[set[str], str]:
    with pytest.raises((FileRefusedError, LimitExceededError)) as caught:
        read(content, **limits)
    return {fault.code for fault in caught.value.faults}, caught.value.message


@pytest.mark.parametrize("kind", WRITERS)
def test_every_kind_of_workbook_is_one_report(kind: str) -> None:
    found = read(WRITERS[kind](ROWS))

    assert {
        "invoice_number": ["INV-1", "000123"],
        "payment_date": [DAY, DAY],
        "payment_amount": [10050, -25],
        "check_number": ["C1", "77"],
        "type": ["payment", ""],
        "closed": [True, None],
    } == dict(found.columns)
    assert canonical_digest(read(xlsx_bytes(ROWS)), scope=["t"]) == canonical_digest(found, scope=["t"])


@pytest.mark.parametrize("kind", WRITERS)
def test_the_kind_is_found_by_content_and_named(kind: str) -> None:
    assert kind == TableReportReader().open(WRITERS[kind](ROWS), name="r.csv").file_type


@pytest.mark.parametrize("kind", OTHERS)
def test_formulas_and_failed_cells_are_faults_where_they_stand(kind: str) -> None:
    row = ["INV-1", DAY, ("formula", "=1+1", 2.0), ("error", "#REF!"), None, None]

    with pytest.raises(FileRefusedError) as caught:
        read(WRITERS[kind]([PAYMENT_HEADER, row]))

    assert [("formula", "Payment Amount", 2), ("resave_damage", "Check Number", 2)] == [
        (fault.code, fault.column, fault.line) for fault in caught.value.faults
    ]
    assert "#REF!" == caught.value.faults[1].excerpt


@pytest.mark.parametrize("write", [xls_bytes, ods_bytes, xlsb_bytes])
def test_hidden_rows_are_read_and_mentioned(write: Callable[..., bytes]) -> None:
    found = read(write(ROWS, hidden=[1]))

    assert (2, ("hidden_rows: 1",)) == (len(found), found.warnings)


def test_hidden_columns_are_read_and_mentioned() -> None:
    def hide(xml: bytes) -> bytes:
        return xml.replace(b"<sheetData>", b'<cols><col min="4" max="4" hidden="1"/></cols><sheetData>')

    found = read(with_parts(xlsx_bytes(ROWS), {"xl/worksheets/sheet1.xml": hide}))

    assert (("hidden_columns: 1",), ["C1", "77"]) == (found.warnings, list(found.columns["check_number"]))


@pytest.mark.parametrize("kind", OTHERS)
def test_a_sheet_that_reaches_too_far_is_refused_before_it_is_parsed(kind: str) -> None:
    content = WRITERS[kind]([*ROWS, *([None], ["x"]) * 40])

    assert {"limit"} == refusal(content, rows=5)[0]
    assert {"limit"} == refusal(content, columns=5)[0]
    assert {"limit"} == refusal(content, cells=20)[0]


@pytest.mark.parametrize("kind", OTHERS)
def test_a_workbook_cut_off_anywhere_is_refused(kind: str) -> None:
    content = WRITERS[kind](ROWS)
    for part in range(1, 12):
        codes, _ = refusal(content[: len(content) * part // 12])
        assert codes <= {"truncated", "wrong_file_type", "encoding_damage", "control_character"}


# .xls


def test_a_header_that_promises_more_than_the_file_has_never_reaches_the_parser(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(workbook, "_parsed", lambda *_: pytest.fail("the parser was started"))
    sound = bytearray(xls_bytes(ROWS))
    for at in (44, 64, 72):  # how many sectors hold tables: of sectors, of small ones, of tables
        lying = sound.copy()
        lying[at : at + 4] = b"\xff\xff\xff\x7f"
        assert {"wrong_file_type"} == refusal(bytes(lying))[0]
    assert {"truncated"} == refusal(MAGIC)[0]
    assert {"wrong_file_type"} == refusal(MAGIC + bytes(604))[0]


def test_a_chain_of_sectors_that_never_ends_is_refused() -> None:
    content = bytearray(xls_bytes(ROWS))
    first = struct.unpack_from("<I", content, 48)[0]
    table = (struct.unpack_from("<I", content, 76)[0] + 1) * 512
    content[table + 4 * first : table + 4 * first + 4] = struct.pack("<I", first)

    assert {"wrong_file_type"} == refusal(bytes(content))[0]


def renamed(stream: str) -> bytes:
    """Return an .xls whose stream is called otherwise."""
    name = stream.encode("utf-16-le").ljust(64, b"\0")
    content = xls_bytes(ROWS)
    at = content.index("Workbook".encode("utf-16-le"))
    return content[:at] + name + struct.pack("<H", 2 * len(stream) + 2) + content[at + 66 :]


@pytest.mark.parametrize(
    ("stream", "code", "found"),
    [
        ("EncryptedPackage", "wrong_file_type", "encrypted"),
        ("_VBA_PROJECT_CUR", "active_content", "macros"),
        ("WordDocument", "wrong_file_type", "Word"),
        ("PowerPoint Document", "wrong_file_type", "PowerPoint"),
        ("__properties_version1.0", "wrong_file_type", "Outlook"),
        ("Something", "wrong_file_type", "no workbook"),
    ],
)
def test_another_compound_file_is_refused_by_its_name(stream: str, code: str, found: str) -> None:
    codes, message = refusal(renamed(stream))

    assert {code} == codes
    assert found in message


def changed_record(kind: int, change: Callable[[bytearray], None]) -> bytes:
    """Return an .xls in which the first record of *kind* is changed; *change* gets it with its head."""
    content = bytearray(xls_bytes(ROWS))
    at = 512
    while struct.unpack_from("<H", content, at)[0] != kind:
        at += 4 + struct.unpack_from("<H", content, at + 2)[0]
    end = at + 4 + struct.unpack_from("<H", content, at + 2)[0]
    record = content[at:end]
    change(record)
    content[at:end] = record
    return bytes(content)


def test_an_encrypted_xls_and_a_macro_sheet_are_refused() -> None:
    def encrypt(record: bytearray) -> None:
        record[:2] = struct.pack("<H", 0x2F)

    def macro(record: bytearray) -> None:
        record[9] = 1

    assert "encrypted" in refusal(changed_record(0x42, encrypt))[1]
    assert {"active_content"} == refusal(changed_record(0x85, macro))[0]


# .xlsb and .ods


def rezipped(content: bytes, change: Callable[[str, bytes], bytes], **more: bytes) -> bytes:
    result = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(content)) as old,
        zipfile.ZipFile(result, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for name in old.namelist():
            new.writestr(name, change(name, old.read(name)))
        for name, part in more.items():
            new.writestr(name, part)
    return result.getvalue()


def ods_with(old: bytes, new: bytes, part: str = "content.xml") -> bytes:
    def change(name: str, content: bytes) -> bytes:
        assert name != part or old in content
        return content.replace(old, new) if name == part else content

    return rezipped(ods_bytes(ROWS), change)


def test_a_record_that_ends_beyond_its_sheet_is_truncated() -> None:
    content = rezipped(
        xlsb_bytes(ROWS), lambda name, part: part + b"\x01\xff" if "sheet1.bin" in name else part
    )

    assert {"truncated"} == refusal(content)[0]


@pytest.mark.parametrize("times", [b"1048576", b"99999999"])
def test_one_cell_that_stands_for_millions_is_refused(times: bytes) -> None:
    many = ods_with(b"<table:table-row>", b'<table:table-row table:number-rows-repeated="%b">' % times)

    assert {"limit"} == refusal(many)[0]


def test_a_number_of_repeats_that_is_no_number_is_refused() -> None:
    wrong = ods_with(b"<table:table-row>", b'<table:table-row table:number-rows-repeated="-1">')

    assert {"wrong_file_type"} == refusal(wrong)[0]


def test_the_empty_rows_to_the_end_of_the_sheet_are_not_counted() -> None:
    rest = b'<table:table-row table:number-rows-repeated="1048000"><table:table-cell '
    rest += b'table:number-columns-repeated="16384"/></table:table-row></table:table>'

    assert 2 == len(read(ods_with(b"</table:table>", rest)))


def test_an_encrypted_or_linked_or_other_open_document_is_refused() -> None:
    encrypted = ods_with(b"</manifest:manifest>", b"<manifest:encryption-data/></manifest:manifest>",
                         "META-INF/manifest.xml")  # fmt: skip
    linked = ods_with(b"</table:table>", b"<table:table-source/></table:table>")
    text = ods_with(b"spreadsheet", b"text", "mimetype")
    macros = rezipped(ods_bytes(ROWS), lambda _, part: part, **{"Basic/Standard/Module1.xml": b"<a/>"})

    assert "encrypted" in refusal(encrypted)[1]
    assert {"active_content"} == refusal(linked)[0] == refusal(macros)[0]
    assert "no spreadsheet" in refusal(text)[1]


# .xlsx


def padded(shape: str, value: float, column: int = 0) -> bytes:
    """Return a workbook in which one cell is a number shown by a format."""
    import xlsxwriter

    content = io.BytesIO()
    with xlsxwriter.Workbook(content, {"in_memory": True}) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, PAYMENT_HEADER)
        sheet.write_row(1, 0, ["INV-1", None, 5])
        sheet.write_datetime(1, 1, dt.datetime.combine(DAY, dt.time()), book.add_format({"num_format": 14}))
        sheet.write_number(1, column, value, book.add_format({"num_format": shape}))
    return content.getvalue()


def test_zeros_that_a_format_puts_in_front_are_part_of_a_number_and_not_of_an_amount() -> None:
    assert ["000123"] == list(read(padded("000000", 123)).columns["invoice_number"])
    assert ["1234567"] == list(read(padded("000000", 1234567)).columns["invoice_number"])
    assert ["123"] == list(read(padded("#,##0", 123)).columns["invoice_number"])
    assert [12300] == list(read(padded("000000", 123, 2)).columns["payment_amount"])


@pytest.mark.parametrize(
    "twice",
    [
        (b'<row r="3"', b'<row r="2"'),
        (b'r="A3"', b'r="A2"'),
    ],
    ids=["row", "cell"],
)
def test_a_row_or_cell_that_is_there_twice_refuses_the_workbook(twice: tuple[bytes, bytes]) -> None:
    content = with_parts(xlsx_bytes(ROWS), {"xl/worksheets/sheet1.xml": lambda xml: xml.replace(*twice)})

    codes, message = refusal(content)

    assert {"wrong_file_type"} == codes
    assert "twice" in message


@pytest.mark.parametrize("day", [dt.date(1900, 2, 28), dt.date(1900, 1, 1)])
def test_a_day_before_spreadsheets_agree_is_no_date(day: dt.date) -> None:
    assert {"bad_date"} == refusal(xlsx_bytes([PAYMENT_HEADER, ["INV-1", day, 1.0]]))[0]


@pytest.mark.parametrize("kind", ["xlsx", *OTHERS])
def test_a_row_that_holds_only_a_formula_is_not_taken_for_a_blank_one(kind: str) -> None:
    codes, _ = refusal(WRITERS[kind]([*ROWS, [("formula", "=1+1", "" if kind == "xlsx" else 0.0)]]))

    assert {"formula", "required"} == codes


@pytest.mark.parametrize("kind", WRITERS)
def test_binary_noise_in_a_number_that_stands_for_a_text_is_not_part_of_it(kind: str) -> None:
    row = ["INV-1", DAY, 1.5, 0.1 + 0.2, None, None]

    assert ["0.3"] == list(read(WRITERS[kind]([PAYMENT_HEADER, row])).columns["check_number"])
