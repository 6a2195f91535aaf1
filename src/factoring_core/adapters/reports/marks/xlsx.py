"""The XML of an .xlsx workbook, as far as its parser keeps it to itself."""

import re
import zipfile
from typing import Any
from xml.parsers import expat

from factoring_core.adapters.reports.marks.found import Bounds, SheetMarks, UnfitError
from factoring_core.adapters.reports.marks.parts import full_path, local, relations

_HIDDEN_ROW = re.compile(rb"<(?:[\w.-]+:)?row\b[^>]*\bhidden\s*=\s*[\"'](?:1|true)[\"']")
_HIDDEN_COLUMN = re.compile(rb"<(?:[\w.-]+:)?col\b[^>]*\bhidden\s*=\s*[\"'](?:1|true)[\"']")
_MARKED = re.compile(rb"\bt\s*=\s*[\"']e[\"']|<(?:[\w.-]+:)?f[\s/>]").search
_ROW = re.compile(rb"<(?:[\w.-]+:)?row\b[^>]*?\br\s*=\s*[\"']([0-9]+)[\"']")
_CELL = re.compile(rb"<(?:[\w.-]+:)?c\b[^>]*?\br\s*=\s*[\"']\$?([A-Za-z]+\$?[0-9]+)[\"']")
_ADDRESS = re.compile(r"([A-Za-z]+)([0-9]+)").fullmatch
_ZEROS = re.compile(r"0{2,}").fullmatch


def marks(archive: zipfile.ZipFile, bounds: Bounds) -> list[SheetMarks]:
    """Look at every sheet, in the order of the workbook.

    Raises:
        UnfitError: a row or a cell that is there twice.
    """
    names = set(archive.namelist())
    padding = _padding(archive.read("xl/styles.xml")) if "xl/styles.xml" in names else {}
    found = []
    for path in _sheets(archive):
        if path not in names:
            found.append(SheetMarks())
            continue
        part = archive.read(path)
        _refuse_twins(part)
        marked = padding or _MARKED(part)
        sheet = SheetMarks(cells=_cells(part, padding) if marked else {})
        if b"hidden" in part:
            sheet.hidden_rows = len(_HIDDEN_ROW.findall(part))
            sheet.hidden_columns = len(_HIDDEN_COLUMN.findall(part))
        found.append(sheet)
    return found


def _sheets(archive: zipfile.ZipFile) -> list[str]:
    targets = relations(archive, "xl/_rels/workbook.xml.rels")
    order: list[str] = []

    def start(name: str, given: dict[str, str]) -> None:
        if local(name) == "sheet":
            order.append(
                next((value for key, value in given.items() if local(key) == "id" and ":" in key), "")
            )

    parser = expat.ParserCreate()
    parser.StartElementHandler = start
    parser.Parse(archive.read("xl/workbook.xml"), True)
    return [full_path(targets.get(one, "")) for one in order]


def _refuse_twins(part: bytes) -> None:
    """Refuse what no spreadsheet writes: of two such cells a parser would drop one without a word."""
    for what, given in (("row", _ROW.findall(part)), ("cell", _CELL.findall(part))):
        if len(set(given)) < len(given):
            raise UnfitError("wrong_file_type", f"A sheet holds one {what} twice.")


def _padding(styles: bytes) -> dict[int, int]:
    """Return the styles whose number format only pads with zeros, and to how many digits."""
    if b"00" not in styles:
        return {}
    formats: dict[str, int] = {}
    used: list[str] = []
    inside: list[str] = []

    def start(name: str, given: dict[str, str]) -> None:
        match local(name):
            case "numFmt" if _ZEROS(given.get("formatCode", "")):
                formats[given.get("numFmtId", "")] = len(given["formatCode"])
            case "cellXfs":
                inside.append(name)
            case "xf" if inside:
                used.append(given.get("numFmtId", ""))

    def end(name: str) -> None:
        if local(name) == "cellXfs":
            inside.clear()

    parser = expat.ParserCreate()
    parser.StartElementHandler, parser.EndElementHandler = start, end
    parser.Parse(styles, True)
    return {index: formats[one] for index, one in enumerate(used) if one in formats}


def _cells(part: bytes, padding: dict[int, int]) -> dict[tuple[int, int], dict[str, Any]]:
    """Return the cells that are formulas, that failed, or that are shown with zeros in front."""
    found: dict[tuple[int, int], dict[str, Any]] = {}
    row, column, mark, width, text, value = -1, -1, "", 0, "", False

    def start(name: str, given: dict[str, str]) -> None:
        nonlocal row, column, mark, width, text, value
        match local(name):
            case "row":
                row, column = int(given["r"]) - 1 if "r" in given else row + 1, -1
            case "c":
                column += 1
                if at := _ADDRESS(given.get("r", "")):
                    column, row = _column(at[1]), int(at[2]) - 1
                kind, style = given.get("t", "n"), given.get("s", "")
                mark, text = "e" if kind == "e" else "", ""
                width = padding.get(int(style), 0) if kind == "n" and style.isdigit() else 0
            case "f":
                mark = mark or "f"
            case "v":
                value = True

    def characters(data: str) -> None:
        nonlocal text
        if value:
            text += data

    def end(name: str) -> None:
        nonlocal value
        match local(name):
            case "v":
                value = False
            case "c" if mark:
                found[row, column] = {mark: text[:40]}
            case "c" if width and text.isdigit() and text.isascii() and len(text) < width:
                found[row, column] = {"p": [float(text), text.zfill(width)]}

    parser = expat.ParserCreate()
    parser.StartElementHandler, parser.EndElementHandler = start, end
    parser.CharacterDataHandler = characters
    parser.Parse(part, True)
    return found


def _column(letters: str) -> int:
    number = 0
    for letter in letters.upper():
        number = number * 26 + ord(letter) - 64
    return number - 1
