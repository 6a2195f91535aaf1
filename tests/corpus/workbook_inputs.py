"""Bad workbooks, each made by a script from a good one."""

from __future__ import annotations

import datetime as dt
import io
import random
import re
import struct
import zipfile
from collections.abc import Callable
from typing import Any

import xlsxwriter

from corpus.expecting import Applied, Entry, Same, refused
from corpus.world import HEADER
from factoring_core.adapters.reports.marks.compound import MAGIC
from reports.report_files import SHEET, with_parts, xlsx_bytes
from reports.workbook_files import ods_bytes, xls_bytes, xlsb_bytes

DAY = dt.date(2026, 3, 10)
HEADINGS = HEADER.split(",")
FIRST: list[Any] = ["INV-1", DAY, 1000.0, "C1", "Blue Freight Brokers", 1000.0]
SECOND: list[Any] = ["INV-2", DAY, 500.0, "C1", "Blue Freight Brokers", 500.0]
ROWS: list[list[Any]] = [HEADINGS, FIRST, SECOND]
STRINGS = "xl/sharedStrings.xml"
BOOK = "xl/workbook.xml"


def good() -> bytes:
    return xlsx_bytes(ROWS)


def first(**cells: Any) -> bytes:
    """Return the good workbook with cells of its first row changed, by column letter."""
    row = list(FIRST)
    for letter, cell in cells.items():
        row["abcdef".index(letter)] = cell
    return xlsx_bytes([HEADINGS, row, SECOND])


def part(name: str, old: bytes, new: bytes) -> bytes:
    def change(content: bytes) -> bytes:
        assert old in content
        return content.replace(old, new, 1)

    return with_parts(good(), {name: change})


def rewritten(name: str, pattern: bytes, by: bytes | Callable[[Any], bytes]) -> bytes:
    def change(content: bytes) -> bytes:
        changed, times = re.subn(pattern, by, content, flags=re.DOTALL)
        assert times
        return changed

    return with_parts(good(), {name: change})


def patched(at: bytes, offset: int, new: bytes) -> bytes:
    """Return the good archive with some bytes of its directory's first entry overwritten."""
    content = bytearray(good())
    start = content.index(at) + offset
    content[start : start + len(new)] = new
    return bytes(content)


def overlapping() -> bytes:
    content = bytearray(good())
    one = content.index(b"PK\x01\x02")
    other = content.index(b"PK\x01\x02", one + 1)
    content[other + 42 : other + 46] = content[one + 42 : one + 46]
    return bytes(content)


def twins() -> bytes:
    content = io.BytesIO(good())
    with zipfile.ZipFile(content, "a") as archive:
        archive.writestr("XL/WORKBOOK.XML", b"<a/>")
    return content.getvalue()


def archive(*names: str) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as made:
        for name in names:
            made.writestr(name, b"x")
    return content.getvalue()


def dated(serial: float, *, since_1904: bool = False) -> bytes:
    """Return a workbook whose payment date is a number shown as a date."""
    content = io.BytesIO()
    with xlsxwriter.Workbook(content, {"in_memory": True, "date_1904": since_1904}) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, HEADINGS)
        sheet.write_row(1, 0, ["INV-1", None, *FIRST[2:]])
        sheet.write_number(1, 1, serial, book.add_format({"num_format": "mm/dd/yyyy"}))
    return content.getvalue()


def numbered(shape: str, value: float) -> bytes:
    """Return a workbook whose invoice number is a number shown by a format."""
    content = io.BytesIO()
    with xlsxwriter.Workbook(content, {"in_memory": True}) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, HEADINGS)
        sheet.write_row(1, 0, [None, None, 250.0, "C1", None, 250.0])
        sheet.write_datetime(1, 1, dt.datetime(2026, 3, 10), book.add_format({"num_format": 14}))  # noqa: DTZ001
        sheet.write_number(1, 0, value, book.add_format({"num_format": shape}))
    return content.getvalue()


def doctype(inside: str) -> bytes:
    return part(SHEET, b"?>", f"?><!DOCTYPE worksheet {inside}>".encode())


def strict(content: bytes) -> bytes:
    return content.replace(
        b"http://schemas.openxmlformats.org/spreadsheetml/2006/main",
        b"http://purl.oclc.org/ooxml/spreadsheetml/main",
    ).replace(
        b"http://schemas.openxmlformats.org/officeDocument/2006/relationships",
        b"http://purl.oclc.org/ooxml/officeDocument/relationships",
    )


def prefixed(content: bytes) -> bytes:
    return re.sub(rb"<(/?)(?!\?)(\w+)", rb"<\1x:\2", content).replace(b'xmlns="', b'xmlns:x="', 1)


def every_part(change: Callable[[bytes], bytes]) -> bytes:
    names = zipfile.ZipFile(io.BytesIO(good())).namelist()
    return with_parts(good(), dict.fromkeys(names, change))


def tall_rows(count: int, cells: int) -> bytes:
    rows = (b"<row>" + b"<c/>" * cells + b"</row>") * count
    return part(SHEET, b"</sheetData>", rows + b"</sheetData>")


def random_text(length: int) -> bytes:
    return random.Random(1).randbytes(length // 2).hex().encode()


def same(build: Callable[[], bytes], **more: Any) -> Entry:
    return Entry(build=build, expect=Same(as_=good, **more))


def first_refused(code: str, **cells: Any) -> Entry:
    return Entry(build=lambda: first(**cells), expect=refused(code, row=2, line=2))


NOT_ONE = refused("wrong_file_type")
ACTIVE = refused("active_content")
LIMIT = refused("limit")

ENTRIES: dict[str, Entry] = {
    "C76-good": same(good),
    "C77": same(lambda: xls_bytes(ROWS)),
    # The archive.
    "X01": Entry(build=lambda: b"PK\x03\x04 but no archive", expect=refused("truncated")),
    "X02": Entry(build=lambda: archive("report.csv"), expect=NOT_ONE),
    "X02-types": Entry(build=lambda: archive(BOOK), expect=NOT_ONE),
    "X03": Entry(build=lambda: good()[:-30], expect=refused("truncated")),
    "X03-half": Entry(build=lambda: good()[: len(good()) // 2], expect=refused("truncated")),
    "X04": Entry(build=lambda: with_parts(good(), {"xl/b.xml": b"0" * 30_000_000}), expect=LIMIT),
    "X05": Entry(
        build=lambda: patched(b"PK\x01\x02", 24, struct.pack("<I", 10)), expect=refused("truncated")
    ),
    "X06": Entry(build=overlapping, expect=NOT_ONE),
    "X07": Entry(build=twins, expect=NOT_ONE),
    **{
        f"X08-{name}": Entry(build=lambda path=path: with_parts(good(), {path: b"x"}), expect=NOT_ONE)
        for name, path in {
            "up": "xl/../../x.xml",
            "absolute": "/x.xml",
            "drive": "C:/x.xml",
            "backslash": "xl\\x.xml",
        }.items()
    },
    "X09": Entry(build=lambda: patched(b"PK\x01\x02", 24, b"\xfe\xff\xff\xff"), expect=LIMIT),
    "X10": Entry(
        build=lambda: with_parts(good(), {f"xl/media/{n}.bin": b"" for n in range(1000)}), expect=LIMIT
    ),
    "X11": same(lambda: with_parts(good(), {"xl/media/inner.zip": archive("a", "b")})),
    "X12": Entry(
        build=lambda: patched(b"PK\x01\x02", 8, b"\x01"), expect=refused("wrong_file_type", says="encr")
    ),
    "X13": Entry(
        build=lambda: xls_bytes(ROWS).replace(
            "Workbook".encode("utf-16-le") + bytes(48) + struct.pack("<H", 18),
            "EncryptedPackage".encode("utf-16-le") + bytes(32) + struct.pack("<H", 34),
        ),
        expect=refused("wrong_file_type", says="encrypted"),
    ),
    "X14": Entry(
        build=lambda: (
            MAGIC
            + bytes(16)
            + struct.pack("<5H", 62, 3, 0xFFFE, 9, 6)
            + bytes(10)
            + struct.pack("<5I", 0x7FFFFFFF, 0, 0, 4096, 0)
            + b"\xff" * 448
            + bytes(100)
        ),
        expect=refused("wrong_file_type", says="cannot be true"),
    ),
    # Its XML.
    "X15": Entry(
        build=lambda: doctype('[<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;">]'),
        expect=ACTIVE,
    ),
    "X16": Entry(build=lambda: doctype(f'[<!ENTITY a "{"x" * 50_000}">]'), expect=ACTIVE),
    "X17": Entry(build=lambda: doctype('[<!ENTITY a SYSTEM "file:///etc/passwd">]'), expect=ACTIVE),
    "X18": Entry(build=lambda: doctype(""), expect=ACTIVE),
    "X19": same(lambda: part(SHEET, b"</sheetData>", b"</sheetData>" + b"<a>" * 9_000 + b"</a>" * 9_000)),
    "X19-marked": Entry(
        build=lambda: part(
            SHEET,
            b"</sheetData>",
            b'<row r="4"><c r="A4"><f>1</f></c></row></sheetData>' + b"<a>" * 9_000 + b"</a>" * 9_000,
        ),
        expect=refused("formula", "required"),
    ),
    "X21": Entry(build=lambda: part(SHEET, b'r="F3"', b'r="XFD1048576"'), expect=LIMIT),
    "X22": same(lambda: part(SHEET, b'ref="A1:F3"', b'ref="A1:XFD1048576"')),
    "X22-empty": Entry(
        build=lambda: with_parts(
            xlsx_bytes([]), {SHEET: lambda xml: xml.replace(b'ref="A1"', b'ref="A1:XFD1048576"')}
        ),
        expect=refused("empty_report"),
    ),
    "X23": Entry(build=lambda: part(SHEET, b'ref="A1:F3"', b'ref="A0:B2"'), expect=NOT_ONE),
    "X23-reversed": same(lambda: part(SHEET, b'ref="A1:F3"', b'ref="F3:A1"')),
    "X23-garbage": Entry(build=lambda: part(SHEET, b'ref="A1:F3"', b'ref="garbage"'), expect=NOT_ONE),
    "X24": Entry(build=lambda: tall_rows(1, 4_000_000), expect=LIMIT),
    "X25": Entry(
        build=lambda: rewritten(STRINGS, rb'uniqueCount="\d+"', b'uniqueCount="4294967295"'),
        expect=refused("wrong_file_type", says="promises"),
    ),
    "X26": Entry(build=lambda: part(SHEET, b"<v>6</v>", b"<v>666</v>"), expect=NOT_ONE),
    "X27": Entry(
        build=lambda: part(STRINGS, b"Blue Freight", random_text(1_000_000)),
        expect=refused("too_long", row=2),
    ),
    "X44": same(lambda: rewritten(SHEET, rb'(<row r="2".*?</row>)(<row r="3".*?</row>)', rb"\2\1")),
    "X44-twins": Entry(build=lambda: part(SHEET, b'<row r="3"', b'<row r="2"'), expect=NOT_ONE),
    "X44-bare": same(lambda: rewritten(SHEET, rb' r="[A-Z]*\d+"', b"")),
    "X45": same(lambda: every_part(strict)),
    "X46": same(lambda: with_parts(good(), {SHEET: prefixed, STRINGS: prefixed})),
    "X47": Entry(
        build=lambda: with_parts(
            good(), {SHEET: lambda xml: xml.decode().replace("UTF-8", "UTF-16").encode("utf-16")}
        ),
        expect=NOT_ONE,
    ),
    "X47-declared": Entry(
        build=lambda: part(SHEET, b'encoding="UTF-8"', b'encoding="ISO-8859-1"'), expect=NOT_ONE
    ),
    "X48": same(
        lambda: part(
            STRINGS,
            b"<t>INV-1</t>",
            b'<r><rPr><b/></rPr><t>INV</t></r><r><t xml:space="preserve">-1</t></r>'
            b'<rPh sb="0" eb="1"><t>said</t></rPh>',
        )
    ),
    "X49": same(lambda: part(STRINGS, b"<t>INV-1</t>", b"<t>_x0049_NV-1</t>")),
    "X49-cr": Entry(
        build=lambda: part(STRINGS, b"<t>Blue", b"<t>Bl_x000D_ue"), expect=refused("control_character", row=2)
    ),
    "X49-nul": Entry(
        build=lambda: part(STRINGS, b"<t>Blue", b"<t>Bl_x0000_ue"), expect=refused("control_character", row=2)
    ),
    "X50-xlsb": same(lambda: xlsb_bytes(ROWS)),
    "X50-ods": same(lambda: ods_bytes(ROWS)),
    "X50-numbers": Entry(
        build=lambda: archive("Index/Document.iwa"), expect=refused("wrong_file_type", says="Numbers")
    ),
    # Its cells.
    "X28": first_refused("formula", c=("formula", "=500+500", 1000)),
    "X29": first_refused("formula", c=("formula", "=500+500", "")),
    **{
        f"X30-{name}": Entry(build=lambda path=path: with_parts(good(), {path: b"x"}), expect=ACTIVE)
        for name, path in {
            "link": "xl/externalLinks/externalLink1.xml",
            "ole": "xl/embeddings/oleObject1.bin",
            "macros": "xl/vbaProject.bin",
            "sheet": "xl/macrosheets/sheet1.xml",
            "control": "xl/activeX/activeX1.xml",
        }.items()
    },
    "X31": same(lambda: first(c=1000.0000000000001)),
    "X31-cents": first_refused("bad_amount", c=1000.005),
    "X32": same(lambda: first(c="1,000.00")),
    "X33": Entry(build=lambda: numbered("000000", 123), expect=Applied(rows={"read": 1, "matched": 1})),
    "X33-plain": Entry(
        build=lambda: numbered("General", 123), expect=Applied(rows={"read": 1, "matched": 1})
    ),
    "X34": first_refused("resave_damage", a=2.0**60),
    "X35": Entry(build=lambda: dated(46091 - 1462, since_1904=True), expect=Same(as_=lambda: dated(46091))),
    **{
        f"X36-{serial}": Entry(build=lambda serial=serial: dated(serial), expect=refused("bad_date", row=2))
        for serial in (60, -5, 0, 2958466)
    },
    "X37": first_refused("bad_date", b="03/10/2026"),
    "X37-number": first_refused("bad_date", b=46091),
    "X37-amount": first_refused("bad_amount", c=DAY),
    "X38": Entry(
        build=lambda: first(a=True, c=("formula", "=1/0", "#DIV/0!")),
        expect=refused("not_in_list", "resave_damage", row=2),
    ),
    "X39": Entry(
        build=lambda: with_parts(
            xlsx_bytes([HEADINGS, FIRST, [None, *SECOND[1:]]]),
            {
                SHEET: lambda xml: xml.replace(
                    b"</sheetData>",
                    b'</sheetData><mergeCells count="1"><mergeCell ref="A2:A3"/></mergeCells>',
                )
            },
        ),
        expect=refused("required", row=3),
    ),
    "X40": same(lambda: part(SHEET, b'<row r="3"', b'<row hidden="1" r="3"'), warns="hidden_rows: 1"),
    "X40-columns": same(
        lambda: part(SHEET, b"<sheetData>", b'<cols><col min="4" max="4" hidden="1"/></cols><sheetData>'),
        warns="hidden_columns: 1",
    ),
    "X40-sheet": same(lambda: xlsx_bytes([["Notes"]], ROWS, hidden=[1]), warns="hidden_sheet"),
    "X41": same(lambda: part(SHEET, b'<row r="3"', b'<row hidden="true" r="3"'), warns="hidden_rows: 1"),
    "X42": same(lambda: xlsx_bytes([["Notes"], ["by hand"]], ROWS)),
    "X42-two": Entry(build=lambda: xlsx_bytes(ROWS, ROWS), expect=refused("ambiguous_sheet")),
    "X43": Entry(
        build=lambda: rewritten(BOOK, rb"<sheets>.*</sheets>", b"<sheets/>"), expect=refused("empty_report")
    ),
}
