"""The XML of an OpenDocument spreadsheet, in which one element may stand for a million cells."""

import zipfile
from xml.parsers import expat

from factoring_core.adapters.reports.marks.found import Bounds, SheetMarks, UnfitError
from factoring_core.adapters.reports.marks.parts import local

_VALUES = frozenset({"value-type", "value", "date-value", "string-value", "boolean-value", "time-value"})
_HIDDEN = ("collapse", "filter")


def marks(archive: zipfile.ZipFile, bounds: Bounds) -> list[SheetMarks]:
    """Look at every sheet, in the order of the workbook.

    Raises:
        UnfitError: the cells it repeats reach further than agreed.
    """
    look = _Look(bounds)
    parser = expat.ParserCreate()
    parser.StartElementHandler, parser.EndElementHandler = look.start, look.end
    parser.CharacterDataHandler = look.characters
    parser.Parse(archive.read("content.xml"), True)
    return look.sheets


class _Look:
    """Goes through the tables, counting what is repeated."""

    def __init__(self, bounds: Bounds) -> None:
        self.bounds = bounds
        self.sheets: list[SheetMarks] = []
        self._row = self._column = self._depth = 0
        self._rows = self._columns = 1
        self._mark, self._text, self._filled, self._in_cell = "", "", False, False

    def start(self, name: str, given: dict[str, str]) -> None:
        about = {local(key): value for key, value in given.items()}
        match local(name):
            case "table":
                self._depth += 1
                if self._depth == 1:
                    self.sheets.append(SheetMarks())
                    self._row = 0
            case "table-row" if self._depth == 1:
                self._rows, self._column = _times(about, "number-rows-repeated"), 0
                # Hidden rows below everything else say nothing.
                if about.get("visibility") in _HIDDEN and self._rows < self.bounds.rows:
                    self.sheets[-1].hidden_rows += self._rows
            case "table-column" if self._depth == 1:
                times = _times(about, "number-columns-repeated")
                if about.get("visibility") in _HIDDEN and times < self.bounds.columns:
                    self.sheets[-1].hidden_columns += times
            case "table-cell" | "covered-table-cell" if self._depth == 1:
                self._columns = _times(about, "number-columns-repeated")
                failed = any(value == "error" for key, value in given.items() if local(key) == "value-type")
                self._mark = "e" if failed else "f" if "formula" in about else ""
                self._filled, self._text = not _VALUES.isdisjoint(about), ""
                self._in_cell = True

    def characters(self, data: str) -> None:
        if self._in_cell and len(self._text) < 40:
            self._text += data

    def end(self, name: str) -> None:
        match local(name):
            case "table":
                self._depth -= 1
            case "table-row" if self._depth == 1:
                self._row += self._rows
            case "table-cell" | "covered-table-cell" if self._depth == 1:
                self._in_cell = False
                if self._filled or self._mark or self._text.strip():
                    self._note()
                self._column += self._columns

    def _note(self) -> None:
        sheet = self.sheets[-1]
        last_row, last_column = self._row + self._rows - 1, self._column + self._columns - 1
        sheet.reach(last_row, last_column, self.bounds)
        if self._mark:
            for row in range(self._row, last_row + 1):
                for column in range(self._column, last_column + 1):
                    sheet.cells[row, column] = {self._mark: self._text[:40]}


def _times(about: dict[str, str], name: str) -> int:
    text = about.get(name, "1")
    if not (text.isascii() and text.isdigit() and len(text) < 10 and int(text)):
        raise UnfitError("wrong_file_type", "A cell is repeated a number of times that is no number.")
    return int(text)
