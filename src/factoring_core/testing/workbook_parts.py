"""The parts of an .xlsx archive: what is read from them, and what is left of them when people go."""

import io
import re
from collections.abc import Callable
from xml.etree import ElementTree as ET

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
LINKS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
SPACE = "{http://www.w3.org/XML/1998/namespace}space"
_OF_A_BOOK = {"workbookPr", "bookViews", "sheets", "calcPr"}
_BUILT_IN_DATES = {*range(14, 23), *range(45, 48)}
_QUOTED = re.compile(r'"[^"]*"|\\.|\[[^\]]*\]')


def tag(one: ET.Element) -> str:
    """Return the name of an element without its namespace."""
    return one.tag.rpartition("}")[2]


def child(one: ET.Element, name: str) -> ET.Element | None:
    """Return the first part called *name*, or None."""
    return next((part for part in one if tag(part) == name), None)


def all_text(one: ET.Element) -> str:
    """Return all text in an element."""
    return "".join(part.text or "" for part in one.iter() if tag(part) == "t")


def keep_only(root: ET.Element, tags: set[str]) -> None:
    """Remove other parts, and attributes of other programs; links to parts stay."""
    for part in list(root):
        if tag(part) not in tags:
            root.remove(part)
    for one in root.iter():
        for name in [name for name in one.attrib if name.startswith("{")]:
            if name != SPACE and not name.endswith("/relationships}id"):
                del one.attrib[name]


def strings_of(part: bytes | None) -> list[str]:
    """Return the texts that cells share."""
    return [] if part is None else [all_text(one) for one in ET.fromstring(part) if tag(one) == "si"]


def date_styles(part: bytes | None) -> set[int]:
    """Return the numbers of the styles in which a number is a date or a time."""
    if part is None:
        return set()
    root = ET.fromstring(part)
    own = {
        int(one.get("numFmtId", "0"))
        for one in root.iter()
        if tag(one) == "numFmt" and re.search(r"[dmyhs]", _QUOTED.sub("", one.get("formatCode", "")), re.I)
    }
    used = next((one for one in root if tag(one) == "cellXfs"), ())
    return {at for at, one in enumerate(used) if int(one.get("numFmtId", "0")) in own | _BUILT_IN_DATES}


def links_among(part: bytes, kept: set[str]) -> bytes:
    """Keep links to parts that are kept."""
    root = ET.fromstring(part)
    for one in list(root):
        target = one.get("Target", "").lstrip("/")
        if target not in kept and f"xl/{target}" not in kept:
            root.remove(one)
    return written(root)


def types_of(part: bytes, kept: set[str]) -> bytes:
    """Keep the types of parts that are kept."""
    root = ET.fromstring(part)
    for one in list(root):
        if tag(one) == "Override" and one.get("PartName", "").lstrip("/") not in kept:
            root.remove(one)
    return written(root)


def book_of(part: bytes, links: bytes, words: Callable[[str], str]) -> bytes:
    """Keep the sheets, under other names."""
    there = {one.get("Id") for one in ET.fromstring(links)}
    root = ET.fromstring(part)
    keep_only(root, _OF_A_BOOK)
    for sheets in (one for one in root if tag(one) == "sheets"):
        for one in list(sheets):
            if one.get(f"{{{LINKS}}}id") not in there:
                sheets.remove(one)
            one.set("name", words(one.get("name", "")))
    return written(root)


def written(root: ET.Element) -> bytes:
    """Write a part."""
    out = io.BytesIO()
    ET.ElementTree(root).write(out, encoding="utf-8", xml_declaration=True)
    return out.getvalue()
