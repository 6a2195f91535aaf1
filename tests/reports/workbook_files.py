"""The same table as .xlsx, .xls, .xlsb or .ods, for tests; dates, numbers and texts are typed cells."""

from __future__ import annotations

import datetime as dt
import io
import struct
import warnings
import zipfile
from collections.abc import Callable, Sequence
from typing import Any

import odfdo
import xlwt

from reports.report_files import xlsx_bytes

Rows = Sequence[Sequence[Any]]
_ERRORS = {"#NULL!": 0x00, "#DIV/0!": 0x07, "#VALUE!": 0x0F, "#REF!": 0x17, "#NAME?": 0x1D, "#N/A": 0x2A}
_DAY_ONE = dt.date(1899, 12, 30)


def xls_bytes(rows: Rows, *, hidden: Sequence[int] = ()) -> bytes:
    """Write an old .xls workbook; ``("formula", text, value)`` and ``("error", text)`` are cells too."""
    book = xlwt.Workbook()
    sheet = book.add_sheet("Sheet1")
    day = xlwt.easyxf(num_format_str="mm/dd/yyyy")
    for row, cells in enumerate(rows):
        for column, cell in enumerate(cells):
            match cell:
                case None:
                    pass
                case dt.date():
                    sheet.write(row, column, cell, day)
                case ("formula", str(text), _):
                    sheet.write(row, column, xlwt.Formula(text.removeprefix("=")))
                case ("error", str(text)):
                    sheet.row(row).set_cell_error(column, text)
                case _:
                    sheet.write(row, column, cell)
    for row in hidden:
        sheet.row(row).hidden = True
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


def ods_bytes(rows: Rows, *, hidden: Sequence[int] = ()) -> bytes:
    """Write an OpenDocument spreadsheet."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the library about itself
        document = odfdo.Document("spreadsheet")
        document.body.clear()
        table = odfdo.Table("Sheet1")
        for number, cells in enumerate(rows):
            row = odfdo.Row()
            for cell in cells:
                row.append_cell(_ods_cell(cell))
            if number in hidden:
                row.set_attribute("table:visibility", "collapse")
            table.append_row(row)
        document.body.append(table)
        content = io.BytesIO()
        document.save(content)
    return content.getvalue()


def _ods_cell(cell: Any) -> Any:
    match cell:
        case ("formula", str(text), value):
            return odfdo.Cell(value, formula=f"of:{text}")
        case ("error", str(text)):
            made = odfdo.Cell("", formula="of:=1/0", text=text)
            made.set_attribute("calcext:value-type", "error")
            return made
        case None:
            return odfdo.Cell()
    return odfdo.Cell(cell)


def xlsb_bytes(rows: Rows, *, hidden: Sequence[int] = ()) -> bytes:
    """Write a binary workbook, as small as the format allows: nothing else here can write one."""
    reach = struct.pack("<4I", 0, max(len(rows) - 1, 0), 0, max(map(len, rows), default=1) - 1)
    sheet = [_record(129), _record(148, reach), _record(145)]
    for number, cells in enumerate(rows):
        how = 0x10 if number in hidden else 0
        sheet.append(_record(0, struct.pack("<IIHBBBI", number, 0, 300, 0, how, 0, 0)))
        sheet += [_xlsb_cell(column, cell) for column, cell in enumerate(cells) if cell is not None]
    sheet += [_record(146), _record(130)]
    book = [_record(131), _record(143)]
    book.append(_record(156, struct.pack("<II", 0, 1) + _wide("rId1") + _wide("Sheet1")))
    book += [_record(144), _record(132)]
    # Two cell styles: an ordinary one, and a date.
    style = struct.pack("<HHHHHBBBBH", 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)
    day = struct.pack("<HHHHHBBBBH", 0, 14, 0, 0, 0, 0, 0, 0, 0, 0)
    styles = [_record(278), _record(617, struct.pack("<I", 2)), _record(47, style), _record(47, day)]
    styles += [_record(618), _record(279)]
    kinds = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    package = "http://schemas.openxmlformats.org/package/2006"
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{package}/content-types"><Default Extension="bin" '
        'ContentType="application/vnd.ms-excel.sheet.binary.macroEnabled.main"/></Types>',
        "_rels/.rels": _relations(package, (f"{kinds}/officeDocument", "xl/workbook.bin")),
        "xl/_rels/workbook.bin.rels": _relations(
            package, (f"{kinds}/worksheet", "worksheets/sheet1.bin"), (f"{kinds}/styles", "styles.bin")
        ),
        "xl/workbook.bin": b"".join(book),
        "xl/worksheets/sheet1.bin": b"".join(sheet),
        "xl/styles.bin": b"".join(styles),
    }
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, part in parts.items():
            archive.writestr(name, part)
    return content.getvalue()


def _relations(package: str, *targets: tuple[str, str]) -> str:
    inner = "".join(
        f'<Relationship Id="rId{number}" Type="{kind}" Target="{target}"/>'
        for number, (kind, target) in enumerate(targets, 1)
    )
    return f'<Relationships xmlns="{package}/relationships">{inner}</Relationships>'


def _xlsb_cell(column: int, cell: Any) -> bytes:
    at = struct.pack("<II", column, 0)
    match cell:
        case dt.date():
            return _record(5, struct.pack("<IId", column, 1, (cell - _DAY_ONE).days))
        case bool():
            return _record(4, at + bytes([cell]))
        case int() | float():
            return _record(5, at + struct.pack("<d", cell))
        case ("formula", str(), value):
            return _record(9, at + struct.pack("<dHII", float(value), 0, 0, 0))
        case ("error", str(text)):
            return _record(3, at + bytes([_ERRORS[text]]))
        case _:
            return _record(6, at + _wide(str(cell)))


def _wide(text: str) -> bytes:
    return struct.pack("<I", len(text)) + text.encode("utf-16-le")


def _record(kind: int, body: bytes = b"") -> bytes:
    head = bytes([kind]) if kind < 0x80 else bytes([kind & 0x7F | 0x80, kind >> 7])
    size, left = b"", len(body)
    while True:
        size += bytes([left & 0x7F | (0x80 if left > 0x7F else 0)])
        left >>= 7
        if not left:
            return head + size + body


WRITERS: dict[str, Callable[..., bytes]] = {
    "xlsx": lambda rows: xlsx_bytes(rows),
    "xls": xls_bytes,
    "xlsb": xlsb_bytes,
    "ods": ods_bytes,
}
"""How to write a table as each kind of workbook."""
