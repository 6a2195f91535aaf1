"""Looking at a workbook's archive before any parser does.

A workbook is a zip of XML or records, made by strangers.  What is counted here is what really
comes out of it, not what its headers promise; nothing is ever written to disk.
"""

import io
import re
import zipfile
import zlib

from factoring_core.adapters.reports.limits import MIB, ReportLimits, exceeded, refuse

_ACTIVE = re.compile(
    r"vbaProject|/externalLinks/|/embeddings/|/activeX/|/macrosheets/|/dialogsheets/|/ctrlProps/"
    r"|^(?:Basic|Scripts)/",
    re.IGNORECASE,
).search
_UNSAFE = re.compile(r"(?:^|/)\.\.(?:/|$)|^/|\\|^[A-Za-z]:|\0").search
_SHEET = re.compile(r"xl/worksheets/[^/]+\.xml", re.IGNORECASE).fullmatch
_XML = re.compile(r"\.(?:xml|rels|vml)$", re.IGNORECASE).search
_FORBIDDEN = tuple(
    word.encode(encoding)
    for word in ("<!DOCTYPE", "<!ENTITY")
    for encoding in ("utf-8", "utf-16-le", "utf-16-be")
)
_COLUMN = re.compile(rb"\br\s*=\s*[\"']\$?([A-Za-z]{1,7})\$?[0-9]")
_ROW = re.compile(rb"<(?:[\w.-]+:)?row[\s/>]")
_NUMBERED = re.compile(rb"<(?:[\w.-]+:)?row\b[^>]*?\br\s*=\s*[\"']([0-9]{1,9})[\"']")
_CELL = re.compile(rb"<(?:[\w.-]+:)?c[\s/>]")
_ENCODING = re.compile(rb"<\?xml[^>]*\bencoding\s*=\s*[\"']([^\"']+)[\"']").match
_PROMISED = re.compile(rb"\buniqueCount\s*=\s*[\"']([0-9]+)[\"']").search
_LOCAL_HEADER = 30
_SPREADSHEET = b"application/vnd.oasis.opendocument.spreadsheet"
_LINKED = (b":dde-link", b":table-source", b":dde-source")


def scan_archive(content: bytes, *, name: str, limits: ReportLimits) -> str:
    """Say which kind of workbook *content* is, ``xlsx``, ``xlsb`` or ``ods``.

    Refuses it unless its sheets are plain and within the limits.

    Raises:
        FileRefusedError: another kind of archive, damaged, encrypted, active content, a document
            type in its XML, names or parts that no spreadsheet writes.
        LimitExceededError: more bytes, parts, rows, columns or cells than agreed.
    """
    if len(content) > limits.workbook_bytes:
        exceeded(f"It is larger than {limits.workbook_bytes} bytes.", file=name)
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            _check_parts(archive.infolist(), archive.start_dir, name, limits)
            kind = _kind({part.filename for part in archive.infolist()}, name)
            left = limits.expanded_bytes
            for part in archive.infolist():
                left -= _check_content(archive, part, left, name, limits)
        return kind
    except zipfile.BadZipFile as error:
        refuse("truncated", "Its archive is damaged or not complete.", file=name, cause=error)
    except (zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError, OSError) as error:
        refuse("truncated", "A part of its archive cannot be unpacked.", file=name, cause=error)


def _check_parts(parts: list[zipfile.ZipInfo], directory: int, name: str, limits: ReportLimits) -> None:
    if len(parts) > limits.parts:
        exceeded(f"Its archive has more than {limits.parts} parts.", file=name)
    if len({part.filename.lower() for part in parts}) < len(parts):
        refuse("wrong_file_type", "Its archive holds two parts of one name.", file=name)
    if any(_UNSAFE(part.filename) for part in parts):
        refuse("wrong_file_type", "Its archive holds names that no spreadsheet writes.", file=name)
    if any(part.flag_bits & 1 for part in parts):
        refuse("wrong_file_type", "It is encrypted.", file=name)
    end = 0
    for part in sorted(parts, key=lambda one: one.header_offset):
        if part.header_offset < end:
            refuse("wrong_file_type", "Parts of its archive overlap.", file=name)
        end = part.header_offset + _LOCAL_HEADER + len(part.orig_filename) + part.compress_size
    if end > directory:
        refuse("wrong_file_type", "Parts of its archive overlap.", file=name)
    if sum(part.file_size for part in parts) > limits.expanded_bytes:
        exceeded(f"Unpacked it is larger than {limits.expanded_bytes} bytes.", file=name)


def _kind(names: set[str], name: str) -> str:
    if any(map(_ACTIVE, names)):
        message = "It holds macros, links to other files or embedded objects."
        refuse("active_content", message, file=name)
    if "[Content_Types].xml" in names and "xl/workbook.xml" in names:
        return "xlsx"
    if "[Content_Types].xml" in names and "xl/workbook.bin" in names:
        return "xlsb"
    if {"mimetype", "content.xml", "META-INF/manifest.xml"} <= names:
        return "ods"
    if any(one.endswith(".iwa") for one in names):
        found = "a Numbers file"
    elif "word/document.xml" in names:
        found = "a Word document"
    else:
        found = "a zip archive"
    refuse("wrong_file_type", f"It is {found}, not a CSV file or a workbook.", file=name)


def _check_content(
    archive: zipfile.ZipFile, part: zipfile.ZipInfo, left: int, name: str, limits: ReportLimits
) -> int:
    """Unpack one part, within what is *left*; return its real size."""
    chunks, size = [], 0
    with archive.open(part) as stream:
        for chunk in iter(lambda: stream.read(MIB), b""):
            size += len(chunk)
            if size > left:
                exceeded(f"Unpacked it is larger than {limits.expanded_bytes} bytes.", file=name)
            if size > MIB and size > limits.ratio * part.compress_size:
                exceeded(f"A part of it unpacks to more than {limits.ratio} times its size.", file=name)
            chunks.append(chunk)
    if size != part.file_size:
        refuse("truncated", "A part of its archive has another size than stated.", file=name)
    content = b"".join(chunks)
    if part.filename == "mimetype" and not content.startswith(_SPREADSHEET):
        refuse("wrong_file_type", "It is an OpenDocument file that is no spreadsheet.", file=name)
    if _XML(part.filename):
        if any(word in content for word in _FORBIDDEN):
            refuse(
                "active_content", "Its XML declares a document type, which no spreadsheet does.", file=name
            )
        _check_text(content, part.filename, name)
        if part.filename == "META-INF/manifest.xml" and b"encryption-data" in content:
            refuse("wrong_file_type", "It is encrypted.", file=name)
        if part.filename == "content.xml" and any(word in content for word in _LINKED):
            refuse("active_content", "It takes cells from other files.", file=name)
        if _SHEET(part.filename):
            _check_extent(content, name, limits)
    return size


def _check_text(content: bytes, part: str, name: str) -> None:
    """Refuse XML that our look and the parser might read as two different things."""
    declared = _ENCODING(content[:200])
    if b"\0" in content or (declared and declared[1].lower() not in (b"utf-8", b"us-ascii", b"ascii")):
        refuse("wrong_file_type", "Its XML is not in UTF-8, which every spreadsheet writes.", file=name)
    promised = _PROMISED(content[:2000]) if part.endswith("sharedStrings.xml") else None
    if promised and (len(promised[1]) > 9 or int(promised[1]) > len(content)):
        refuse("wrong_file_type", "It promises more texts than it can hold.", file=name)


def _check_extent(sheet: bytes, name: str, limits: ReportLimits) -> None:
    """Refuse a sheet whose cells reach further than a report may."""
    deepest = limits.rows + 100
    rows, columns = (
        f"A sheet has more than {limits.rows} rows.",
        f"A sheet has more than {limits.columns} columns.",
    )
    # Counting tags is quick and no smaller than what is looked for.
    if sheet.count(b"<") > limits.cells and sum(1 for _ in _CELL.finditer(sheet)) > limits.cells:
        exceeded(f"A sheet has more than {limits.cells} cells.", file=name)
    if sheet.count(b"row") > deepest and sum(1 for _ in _ROW.finditer(sheet)) > deepest:
        exceeded(rows, file=name)
    long_number = rf"\br\s*=\s*[\"']\$?[A-Za-z]*\$?([0-9]{{{len(str(deepest))},}})[\"']".encode()
    if any(int(found[1][:20]) > deepest for found in re.finditer(long_number, sheet)):
        exceeded(rows, file=name)
    widest = max(map(_column, set(_COLUMN.findall(sheet))), default=0)
    if widest > limits.columns:
        exceeded(columns, file=name)
    if widest * max(map(int, set(_NUMBERED.findall(sheet))), default=0) > limits.cells:
        exceeded(f"A sheet has more than {limits.cells} cells.", file=name)


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters.upper():
        number = number * 26 + letter - 64
    return number
