"""The sanitizer for .xlsx: other texts and numbers in the same cells of the same sheets.

Rows, columns, types, formats, merged and hidden parts, failed cells and formulas stay.  What tells of
people elsewhere goes: properties, comments, pictures, links, names of ranges, headers and footers.
"""

import io
import re
import zipfile
from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal, InvalidOperation
from xml.etree import ElementTree as ET

from attrs import frozen

from factoring_core.errors import UsageError
from factoring_core.testing.workbook_parts import (
    LINKS,
    MAIN,
    SPACE,
    all_text,
    book_of,
    child,
    date_styles,
    keep_only,
    links_among,
    strings_of,
    tag,
    types_of,
    written,
)

_SHEET = re.compile(r"xl/worksheets/[^/]+\.xml").fullmatch
_AS_THEY_ARE = re.compile(r"xl/styles\.xml|xl/theme/[^/]+\.xml").fullmatch
_OF_A_SHEET = {
    *("sheetPr", "dimension", "sheetViews", "sheetFormatPr", "cols", "sheetData", "mergeCells"),
    "pageMargins",
}
_PLAIN_FORMULA = re.compile(r"(?:[A-Z]+(?=\()|\$?[A-Z]{1,3}\$?\d+|[-+*/(),: ])*").fullmatch


@frozen(kw_only=True)
class Ways:
    """How cells change.

    ``header``: says of a row what its columns hold, or nothing where it is no header.  ``cell``:
    changes a text in a column of a kind.  ``words``: changes one anywhere else.  ``scaled``: changes
    an amount.
    """

    header: Callable[[list[str]], Sequence[str]]
    cell: Callable[[str, str], str]
    words: Callable[[str], str]
    scaled: Callable[[Decimal], Decimal]


def sanitized_workbook(content: bytes, ways: Ways) -> bytes:
    """Return an .xlsx workbook with other contents.

    Raises:
        UsageError: no row of it is a header of the layout.
    """
    ET.register_namespace("", MAIN)
    ET.register_namespace("r", LINKS)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        parts = {one.filename: archive.read(one) for one in archive.infolist()}
    changing = _Changing(ways, parts)
    made = {name: part for name, part in parts.items() if _AS_THEY_ARE(name)}
    made |= {name: changing.sheet(part) for name, part in parts.items() if _SHEET(name)}
    if not changing.seen:
        raise UsageError("No row of the workbook is a header of that layout.")
    made["xl/sharedStrings.xml"] = changing.strings()
    kept = {*made, "xl/workbook.xml"}
    for name in ("_rels/.rels", "xl/_rels/workbook.xml.rels"):
        made[name] = links_among(parts[name], kept)
    made["xl/workbook.xml"] = book_of(
        parts["xl/workbook.xml"], made["xl/_rels/workbook.xml.rels"], ways.words
    )
    made["[Content_Types].xml"] = types_of(parts["[Content_Types].xml"], kept)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in parts:
            if name in made:
                archive.writestr(zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0)), made[name])
        if "xl/sharedStrings.xml" not in parts:
            archive.writestr(zipfile.ZipInfo("xl/sharedStrings.xml"), made["xl/sharedStrings.xml"])
    return out.getvalue()


class _Changing:
    """Changes one sheet after the other; texts of all sheets stand in one list."""

    def __init__(self, ways: Ways, parts: dict[str, bytes]) -> None:
        self._ways = ways
        self._old = strings_of(parts.get("xl/sharedStrings.xml"))
        self._new: dict[str, int] = {}
        self._dates = date_styles(parts.get("xl/styles.xml"))
        self.seen = False

    def sheet(self, part: bytes) -> bytes:
        """Change the cells of one sheet."""
        root = ET.fromstring(part)
        keep_only(root, _OF_A_SHEET)
        kinds: Sequence[str] = ()
        for row in (one for one in root.iter() if tag(one) == "row"):
            cells = list(_placed(row))
            if not kinds:
                kinds = self._header(cells)
                self.seen |= bool(kinds)
                for _, cell in cells:
                    self._change(cell, "kept" if kinds else "title")
                continue
            for at, cell in cells:
                self._change(cell, kinds[at] if at < len(kinds) else "other")
        return written(root)

    def strings(self) -> bytes:
        """Return the list of all texts that cells now hold."""
        root = ET.Element(f"{{{MAIN}}}sst", {"uniqueCount": str(len(self._new))})
        for text in self._new:
            one = ET.SubElement(ET.SubElement(root, f"{{{MAIN}}}si"), f"{{{MAIN}}}t", {SPACE: "preserve"})
            one.text = text
        return written(root)

    def _header(self, cells: Sequence[tuple[int, ET.Element]]) -> Sequence[str]:
        texts = [""] * (max((at for at, _ in cells), default=-1) + 1)
        for at, cell in cells:
            texts[at] = self._text(cell) or ""
        return self._ways.header(texts)

    def _text(self, cell: ET.Element) -> str | None:
        """Return the text of a cell; None where it holds no text."""
        type_, value = cell.get("t", "n"), child(cell, "v")
        if type_ == "inlineStr":
            return all_text(cell)
        held = None if value is None else value.text
        if held is None or type_ not in ("s", "str"):
            return None
        return self._old[int(held)] if type_ == "s" else held

    def _change(self, cell: ET.Element, kind: str) -> None:
        formula, value, text = child(cell, "f"), child(cell, "v"), self._text(cell)
        if formula is not None and not _PLAIN_FORMULA(formula.text or ""):
            formula.text = "0"
        if text is not None:
            self._put(cell, self._ways.words(text) if kind == "title" else self._ways.cell(text, kind))
        elif value is not None and value.text and cell.get("t", "n") == "n":
            if kind not in ("date", "kept") and int(cell.get("s", "0")) not in self._dates:
                value.text = self._number(value.text, kind)

    def _put(self, cell: ET.Element, text: str) -> None:
        for part in list(cell):
            if tag(part) in ("is", "v"):
                cell.remove(part)
        value = ET.SubElement(cell, f"{{{MAIN}}}v")
        if cell.get("t") == "str":
            value.text = text
            return
        cell.set("t", "s")
        value.text = str(self._new.setdefault(text, len(self._new)))

    def _number(self, text: str, kind: str) -> str:
        try:
            number = Decimal(text)
        except InvalidOperation:
            return "0"
        return f"{self._ways.scaled(number):f}" if kind == "amount" else self._ways.words(f"{number:f}")


def _placed(row: ET.Element) -> Iterator[tuple[int, ET.Element]]:
    """Go through the cells of a row, each with the number of its column."""
    at = -1
    for cell in row:
        letters = re.match(r"[A-Z]*", cell.get("r", ""))
        at += 1
        if letters is not None and letters.group():
            at = sum((ord(one) - 64) * 26**place for place, one in enumerate(reversed(letters.group()))) - 1
        yield at, cell
