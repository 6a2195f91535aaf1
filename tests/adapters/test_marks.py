"""What is looked for beside a workbook's parser, tried without the process around it."""

from __future__ import annotations

import datetime as dt
import io
import struct
import zipfile

import pytest

from factoring_core.adapters.reports.marks import ods, xls, xlsb, xlsx
from factoring_core.adapters.reports.marks.compound import MAGIC, Compound
from factoring_core.adapters.reports.marks.found import Bounds, SheetMarks, UnfitError
from reports.report_files import SHEET, with_parts, xlsx_bytes
from reports.workbook_files import ods_bytes, xls_bytes, xlsb_bytes

BOUNDS = Bounds(rows=100, columns=20, cells=1_000)
DAY = dt.date(2026, 1, 5)
ROWS = [
    ["Invoice", "Day", "Amount"],
    ["INV-1", DAY, 1.5],
    [("formula", "=1+1", 2.0), None, ("error", "#REF!")],
]
MARKED = {(2, 0): "f", (2, 2): "e"}
FREE, END, TABLE = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD


def opened(content: bytes) -> zipfile.ZipFile:
    return zipfile.ZipFile(io.BytesIO(content))


def kinds(sheet: SheetMarks) -> dict[tuple[int, int], str]:
    return {at: next(iter(cell)) for at, cell in sheet.cells.items()}


def test_formulas_failures_and_hidden_rows_are_found_in_every_kind() -> None:
    [old] = xls.marks(xls_bytes(ROWS, hidden=[1]), BOUNDS)
    [binary] = xlsb.marks(opened(xlsb_bytes(ROWS, hidden=[1])), BOUNDS)
    [open_document] = ods.marks(opened(ods_bytes(ROWS, hidden=[1])), BOUNDS)

    for sheet in (old, binary, open_document):
        assert (MARKED, 1, 3, 3) == (kinds(sheet), sheet.hidden_rows, sheet.rows, sheet.columns)
    assert {"e": "#REF!"} == old.cells[2, 2] == binary.cells[2, 2] == open_document.cells[2, 2]


def test_marks_of_an_xml_workbook_are_where_its_addresses_say() -> None:
    content = xlsx_bytes([["Invoice"], [("formula", "=1/0", "#DIV/0!"), ("formula", "=A1", "x")]])
    moved = with_parts(content, {SHEET: lambda xml: xml.replace(b'r="B2"', b'r="AB7"')})

    [sheet] = xlsx.marks(opened(moved), BOUNDS)

    assert {(1, 0): {"e": "#DIV/0!"}, (6, 27): {"f": "x"}} == sheet.cells


@pytest.mark.parametrize("bounds", [(2, 20, 1_000), (100, 2, 1_000), (100, 20, 8)])
def test_what_reaches_further_than_agreed_is_not_parsed(bounds: tuple[int, int, int]) -> None:
    rows, columns, cells = bounds
    tight = Bounds(rows=rows, columns=columns, cells=cells)
    for look in (
        lambda: xls.marks(xls_bytes(ROWS), tight),
        lambda: xlsb.marks(opened(xlsb_bytes(ROWS)), tight),
        lambda: ods.marks(opened(ods_bytes(ROWS)), tight),
    ):
        with pytest.raises(UnfitError) as caught:
            look()
        assert "limit" == caught.value.code


@pytest.mark.parametrize("size", [3, 40, 200])
def test_a_sheet_cut_off_is_known_as_one(size: int) -> None:
    with opened(xlsb_bytes(ROWS)) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as made:
        for name, part in parts.items():
            made.writestr(name, part[:size] + b"\x05\x20" if "sheet1.bin" in name else part)

    with pytest.raises(UnfitError, match="cut off"):
        xlsb.marks(zipfile.ZipFile(content), BOUNDS)


# Compound files


def compound(sectors: list[bytes], *, tables: list[int], minis: int = END, more: int = END) -> bytes:
    """Write a compound file whose directory is in sector 1; *tables* are named in its header."""
    header = MAGIC + bytes(16) + struct.pack("<5H", 62, 3, 0xFFFE, 9, 6) + bytes(6)
    header += struct.pack(
        "<9I", 0, len(tables) + (more != END), 1, 0, 4096, minis, int(minis != END), more, int(more != END)
    )
    named = [*tables, *[FREE] * (109 - len(tables))]
    return header + struct.pack("<109I", *named) + b"".join(one.ljust(512, b"\0") for one in sectors)


def numbers(*given: int) -> bytes:
    return struct.pack(f"<{len(given)}I", *given).ljust(512, b"\xff")


def entry(name: str, kind: int, start: int, size: int) -> bytes:
    text = name.encode("utf-16-le")
    return struct.pack("<64sHB49xII4x", text, len(text) + 2, kind, start, size)


DIRECTORY = entry("Root Entry", 5, 3, 128) + entry("Workbook", 2, 0, 100)
HELD = bytes(range(100))
SMALL = [numbers(TABLE, END, END, END), DIRECTORY, numbers(1, END), HELD]


def test_a_small_stream_is_read_from_the_roots() -> None:
    small = compound(SMALL, tables=[0], minis=2)

    assert HELD == Compound(small).stream("Book", "Workbook")
    assert Compound(small).stream("Book") is None


def test_a_small_stream_that_leads_nowhere_is_cut_off() -> None:
    lost = compound([*SMALL[:2], numbers(77), HELD], tables=[0], minis=2)

    with pytest.raises(UnfitError, match="cut off"):
        Compound(lost).stream("Workbook")


def test_a_table_may_be_named_beyond_the_header() -> None:
    # The header has room for 109 sectors of the table; the next is named in sector 4.
    sectors = [numbers(TABLE, END, END, END, END), DIRECTORY, SMALL[2], HELD, numbers(0), *[b""] * 110]

    assert HELD == Compound(compound(sectors, tables=[0] * 109, minis=2, more=4)).stream("Workbook")


def test_a_chain_that_leaves_its_table_is_cut_off() -> None:
    with pytest.raises(UnfitError, match="cut off"):
        Compound(compound([b"", DIRECTORY], tables=[]))


def test_a_compound_file_without_a_workbook_has_no_sheets() -> None:
    with pytest.raises(UnfitError, match="no workbook"):
        xls.marks(compound([numbers(TABLE, END), entry("Root Entry", 5, END, 0)], tables=[0]), BOUNDS)
