"""The records of an old .xls workbook.

Source: the published specification of the binary interchange file format.
"""

import struct
from collections.abc import Iterator

from factoring_core.adapters.reports.marks.compound import Compound
from factoring_core.adapters.reports.marks.found import Bounds, SheetMarks, UnfitError

ERRORS = {
    0x00: "#NULL!",
    0x07: "#DIV/0!",
    0x0F: "#VALUE!",
    0x17: "#REF!",
    0x1D: "#NAME?",
    0x24: "#NUM!",
    0x2A: "#N/A",
    0x2B: "#GETTING_DATA",
}
_BEGIN, _END = (0x809, 0x409, 0x209, 0x009), 0x0A
_SHEET, _ENCRYPTED = 0x85, 0x2F
_FORMULAS, _ERROR = (0x06, 0x206, 0x406), 0x205
_ROW, _COLUMNS = 0x208, 0x7D
# Numbers, texts, and what is written as several cells at once.
_CELLS = frozenset({0x203, 0x27E, 0xFD, 0x204, 0xD6, 0xBD, *_FORMULAS, _ERROR})
_MACROS = {1: "a macro sheet", 6: "a macro module"}


def marks(content: bytes, bounds: Bounds) -> list[SheetMarks]:
    """Look at every sheet, in the order of the workbook.

    Raises:
        UnfitError: encrypted, cut off, with macros, or larger than agreed.
    """
    book = Compound(content).stream("Workbook", "Book")
    if book is None:
        raise UnfitError("wrong_file_type", "It holds no workbook.")
    starts = []
    for kind, body in _records(book, 0):
        if kind == _ENCRYPTED:
            raise UnfitError("wrong_file_type", "It is an encrypted workbook.")
        if kind == _SHEET and len(body) >= 6:
            if body[5] in _MACROS:
                raise UnfitError("active_content", f"It holds {_MACROS[body[5]]}.")
            starts.append(struct.unpack_from("<I", body)[0])
    return [_sheet(book, start, bounds) for start in starts]


def _records(book: bytes, at: int) -> Iterator[tuple[int, bytes]]:
    """Yield the records of one part of the stream; those of parts within it are left out."""
    depth = 0
    while at + 4 <= len(book):
        kind, size = struct.unpack_from("<HH", book, at)
        at += 4
        if kind in _BEGIN:
            depth += 1
        elif kind == _END:
            depth -= 1
            if depth <= 0:
                return
        elif depth == 1:
            yield kind, book[at : at + size]
        at += size
    raise UnfitError("truncated", "It is cut off inside a sheet.")


def _sheet(book: bytes, start: int, bounds: Bounds) -> SheetMarks:
    found = SheetMarks()
    for kind, body in _records(book, start):
        if kind in _CELLS and len(body) >= 6:
            row, column = struct.unpack_from("<HH", body)
            found.reach(row, column, bounds)
            if kind in _FORMULAS:
                found.cells[row, column] = _formula(body)
            elif kind == _ERROR and len(body) >= 8 and body[7]:
                found.cells[row, column] = {"e": ERRORS.get(body[6], "#ERROR!")}
        elif kind == _ROW and len(body) >= 16:
            found.hidden_rows += bool(body[12] & 0x20)
        elif kind == _COLUMNS and len(body) >= 10:
            first, last, _, _, how = struct.unpack_from("<5H", body)
            found.hidden_columns += last - first + 1 if how & 1 and last < bounds.columns else 0
    return found


def _formula(body: bytes) -> dict[str, str]:
    value = body[6:14]
    if value[6:] != b"\xff\xff":
        return {"f": f"{struct.unpack('<d', value.ljust(8, bytes(1)))[0]:g}"}
    return {"e": ERRORS.get(value[2], "#ERROR!")} if value[0] == 2 else {"f": ""}
