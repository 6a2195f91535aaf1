"""What a file is by its first bytes, whatever it is called."""

import re
from enum import Enum

from factoring_core.adapters.reports.limits import refuse


class FileType(Enum):
    """The kinds of files that can be read."""

    CSV = "csv"
    ARCHIVE = "archive"
    """A zip: a workbook, if the right parts are in it."""


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
)
_COMPOUND = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_ZIP = (b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")
_HTML = re.compile(rb"<(?:!doctype\s+html|html|head|body|table|script|meta)\b", re.IGNORECASE).search
_JSON = re.compile(rb"\{\s*(?:\"|\}|\Z)|\[\s*(?:[\[{\"\d\]-]|true|false|null|\Z)").match
_TEXT_CONTROLS = frozenset(b"\t\n\v\f\r\x1a\x1b")


def file_type(content: bytes, *, name: str) -> FileType:
    """Say what *content* is; what nobody can read as a table is refused by what was found."""
    if content.startswith(_ZIP):
        return FileType.ARCHIVE
    found = _foreign(content)
    if found is not None:
        refuse("wrong_file_type", f"It is {found}, not a CSV file or an .xlsx workbook.", file=name)
    return FileType.CSV


def _foreign(content: bytes) -> str | None:
    """Name what *content* is if it is certainly no table."""
    if content.startswith(_COMPOUND):
        encrypted = _ENCRYPTED in content
        return "an encrypted workbook" if encrypted else "an old .xls workbook or another compound file"
    start = content[:4096].removeprefix(b"\xef\xbb\xbf").lstrip()
    for magic, what in _MAGIC:
        if start.startswith(magic):
            return what
    if start.startswith(b"<"):
        if _HTML(start):
            return "an HTML page, such as a log-in page or a table saved from a browser"
        return "an XML document"
    if _JSON(start):
        return "JSON"
    controls = sum(byte < 32 and byte not in _TEXT_CONTROLS for byte in start)
    if not content.startswith((b"\xff\xfe", b"\xfe\xff")) and controls > len(start) // 4 and not _wide(start):
        return "binary data"
    return None


def _wide(start: bytes) -> bool:
    """Whether it looks like UTF-16: every other byte is zero."""
    return start[1::2].count(0) > len(start) // 3 or start[0::2].count(0) > len(start) // 3
