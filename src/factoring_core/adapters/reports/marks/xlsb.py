"""The records of a binary .xlsb workbook.

Source: the published specification of the binary workbook format.
"""

import struct
import zipfile
from collections.abc import Iterator

from factoring_core.adapters.reports.marks.found import Bounds, SheetMarks, UnfitError
from factoring_core.adapters.reports.marks.parts import full_path, relations
from factoring_core.adapters.reports.marks.xls import ERRORS

_ROW, _BLANK, _ERROR = 0, 1, 3
_FORMULAS = range(8, 12)
_LAST_CELL = 11
_COLUMNS, _SHEET = 60, 156


def marks(archive: zipfile.ZipFile, bounds: Bounds) -> list[SheetMarks]:
    """Look at every sheet, in the order of the workbook.

    Raises:
        UnfitError: cut off, or larger than agreed.
    """
    targets = relations(archive, "xl/_rels/workbook.bin.rels")
    names = set(archive.namelist())
    found = []
    try:
        for kind, body in _records(archive.read("xl/workbook.bin")):
            if kind == _SHEET:
                path = full_path(targets.get(_relation(body), ""))
                found.append(_sheet(archive.read(path), bounds) if path in names else SheetMarks())
    except (IndexError, struct.error) as error:
        raise UnfitError("truncated", "It is cut off inside a sheet.") from error
    return found


def _relation(body: bytes) -> str:
    size = struct.unpack_from("<I", body, 8)[0]
    return body[12 : 12 + 2 * min(size, 255)].decode("utf-16-le", "replace")


def _records(part: bytes) -> Iterator[tuple[int, bytes]]:
    at, end = 0, len(part)
    while at < end:
        kind = part[at]
        at += 1
        if kind & 0x80:
            kind = (kind & 0x7F) | (part[at] & 0x7F) << 7
            at += 1
        size = shift = 0
        while True:
            size |= (part[at] & 0x7F) << shift
            shift += 7
            at += 1
            if part[at - 1] < 0x80 or shift == 28:
                break
        if at + size > end:
            raise IndexError("a record ends beyond its part")
        yield kind, part[at : at + size]
        at += size


def _sheet(part: bytes, bounds: Bounds) -> SheetMarks:
    found, row = SheetMarks(), -1
    for kind, body in _records(part):
        if kind == _ROW:
            row = struct.unpack_from("<I", body)[0]
            found.hidden_rows += bool(body[11] & 0x10)
        elif _BLANK < kind <= _LAST_CELL:
            column = struct.unpack_from("<I", body)[0]
            found.reach(row, column, bounds)
            if kind == _ERROR or kind == _FORMULAS[-1]:
                found.cells[row, column] = {"e": ERRORS.get(body[8], "#ERROR!")}
            elif kind in _FORMULAS:
                shown = f"{struct.unpack_from('<d', body, 8)[0]:g}" if kind == _FORMULAS[1] else ""
                found.cells[row, column] = {"f": shown}
        elif kind == _COLUMNS:
            first, last, _, _, how = struct.unpack_from("<4IH", body)
            found.hidden_columns += last - first + 1 if how & 1 and last < bounds.columns else 0
    return found
