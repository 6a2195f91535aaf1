"""What a file is by its first bytes, whatever it is called."""

import re
from enum import Enum

from factoring_core.adapters.reports.limits import refuse
from factoring_core.adapters.reports.marks.compound import MAGIC


class FileType(Enum):
    """The kinds of files that can be read."""

    CSV = "csv"
    ARCHIVE = "archive"
    """A zip: an .xlsx, .xlsb or .ods workbook, if the right parts are in it."""
    COMPOUND = "compound"
    """A compound file: an old .xls workbook, if the right stream is in it."""


_MAGIC = (
    (b"\x1f\x8b", "a gzip archive"),
    (b"%PDF-", "a PDF document"),
    (b"\x89PNG\r\n", "a PNG picture"),
    (b"\xff\xd8\xff", "a JPEG picture"),
    (b"GIF8", "a GIF picture"),
    (b"{\\rtf", "an RTF document"),
    (b"Rar!\x1a", "a RAR archive"),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive"),
    (b"BZh", "a bzip2 archive"),
    (b"PAR1", "a Parquet file"),
    (b"SQLite format 3\x00", "a database"),
    (b"II*\x00", "a TIFF picture"),
    (b"MM\x00*", "a TIFF picture"),
    (b"MIME-Version:", "a page saved as a web archive"),
    (b"From: ", "an e-mail"),
    (b"Received: ", "an e-mail"),
)
COMPOUND = (
    ("wrong_file_type", "is an encrypted workbook", frozenset({"EncryptedPackage"})),
    ("active_content", "holds macros", frozenset({"_VBA_PROJECT_CUR", "_VBA_PROJECT", "VBA", "Macros"})),
    ("wrong_file_type", "is a Word document", frozenset({"WordDocument"})),
    ("wrong_file_type", "is a PowerPoint presentation", frozenset({"PowerPoint Document"})),
    ("wrong_file_type", "is an Outlook message", frozenset({"__properties_version1.0"})),
)
"""What else a compound file may be, by the names of what is in it: code, words, names."""
_ZIP = (b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")
_HTML = re.compile(rb"<(?:!doctype\s+html|html|head|body|table|script|meta)\b", re.IGNORECASE).search
_JSON = re.compile(rb"\{\s*(?:\"|\}|\Z)|\[\s*(?:[\[{\"\d\]-]|true|false|null|\Z)").match
_TEXT_CONTROLS = frozenset(b"\t\n\v\f\r\x1a\x1b")


def file_type(content: bytes, *, name: str) -> FileType:
    """Say what *content* is; what nobody can read as a table is refused by what was found."""
    if content.startswith(_ZIP):
        return FileType.ARCHIVE
    if content.startswith(MAGIC):
        return FileType.COMPOUND
    found = _foreign(content)
    if found is not None:
        refuse("wrong_file_type", f"It is {found}, not a CSV file or a workbook.", file=name)
    return FileType.CSV


def _foreign(content: bytes) -> str | None:
    """Name what *content* is if it is certainly no table."""
    start = content[:4096].removeprefix(b"\xef\xbb\xbf").lstrip()
    for magic, what in _MAGIC:
        if start.startswith(magic):
            return what
    if start.startswith(b"<"):
        if _HTML(start):
            return "an HTML page, such as a log-in page or a table saved from a browser"
        return "a spreadsheet saved as XML" if b"Excel.Sheet" in start else "an XML document"
    if _JSON(start):
        return "JSON"
    controls = sum(byte < 32 and byte not in _TEXT_CONTROLS for byte in start)
    if not content.startswith((b"\xff\xfe", b"\xfe\xff")) and controls > len(start) // 4 and not _wide(start):
        return "binary data"
    return None


def _wide(start: bytes) -> bool:
    """Whether it looks like UTF-16: every other byte is zero."""
    return start[1::2].count(0) > len(start) // 3 or start[0::2].count(0) > len(start) // 3
