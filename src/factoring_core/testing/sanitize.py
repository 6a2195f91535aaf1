"""Turns a real report into one that can be committed: other names, numbers and amounts, the same dirt.

The same word, number or amount becomes the same other one everywhere, also in the next report that
is sanitized with the same secret, so that reports still match each other and totals still agree.
Delimiters, quotes, blanks, encoding, line ends, titles, dates and the factor's words stay, and of a
workbook its sheets, rows, columns, types and formats.

Amounts are multiplied by one whole number that follows from the secret: only so do sums and
differences stay true.  Who knows one real amount can find the others; who does not, cannot.
"""

import codecs
import hashlib
import re

from factoring_core.adapters.reports.csv_table import open_csv
from factoring_core.adapters.reports.limits import ReportLimits
from factoring_core.adapters.reports.sniff import FileType, file_type
from factoring_core.adapters.reports.workbook_scan import scan_archive
from factoring_core.domain.vocabulary.profile import CellKind, ReportLayout
from factoring_core.errors import UsageError
from factoring_core.testing.golden import layout_named
from factoring_core.testing.sanitize_workbook import Ways, sanitized_workbook

_KEPT = frozenset(
    {*("llc", "inc", "co", "corp", "ltd", "lp"), *("and", "the", "of", "for", "to", "from", "in", "on", "by")}
    | {
        *("at", "through", "with", "as"),
        *("page", "printed", "date", "period", "report", "history", "detail"),
    }
    | {*("purchase", "purchases", "payment", "payments", "receipt", "receipts", "fees")}
    | {*("total", "totals", "grand")}
)
"""Words that name nobody, and that titles and totals are known by."""
_DATE = re.compile(r"\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}")
_MONEY = re.compile(r"\d[\d,]*(?:\.\d{1,2})?|\.\d{1,2}")
_PIECE = re.compile(rf"{_DATE.pattern}|[^\W\d_]+|\d+")


class Sanitizer:
    """Replaces everything that tells who it was, the same way for the same *secret*.

    Args:
        secret: Anything long that nobody guesses; do not commit it.
    """

    def __init__(self, secret: str) -> None:
        if len(secret) < 8:
            raise UsageError("The secret is shorter than eight characters.")
        self._secret = secret
        self._factor = 3 + self._drawn("amounts") % 95

    def report(self, content: bytes, *, name: str, layout: str) -> bytes:
        """Return the report with other contents.

        Args:
            content: A CSV file, or an .xlsx workbook.
            name: For messages only.
            layout: ``provider/kind``.

        Raises:
            UsageError: another kind of workbook, or no line of it is a header of that layout.
            FileRefusedError: not a table at all.
        """
        chosen = layout_named(layout)
        if file_type(content, name=name) is not FileType.CSV:
            return self._workbook(content, name, chosen)
        open_csv(content, name=name, limits=ReportLimits())  # refuses what is no table
        text, encoding = _decoded(content)
        delimiter = max(",;\t|", key=text.count)
        lines = _records(text)
        kinds: list[str] | None = None
        done: list[str] = []
        for line in lines:
            cells = _cells(line, delimiter)
            if kinds is None:
                kinds = _kinds(cells, chosen)
                done.append(line if kinds else self._words(line))
                kinds = kinds or None
                continue
            named = [*kinds, *["other"] * (len(cells) - len(kinds))]
            done.append(
                delimiter.join(self._cell(cell, kind) for cell, kind in zip(cells, named, strict=False))
            )
        if kinds is None:
            raise UsageError(f"No line of {name} is a header of {layout}.")
        return "".join(done).encode(encoding)

    def _workbook(self, content: bytes, name: str, layout: ReportLayout) -> bytes:
        archive = file_type(content, name=name) is FileType.ARCHIVE
        if not archive or scan_archive(content, name=name, limits=ReportLimits()) != "xlsx":
            raise UsageError(f"{name} is no .xlsx workbook.", remedy="Save it as .xlsx or CSV first.")
        ways = Ways(
            header=lambda cells: _kinds(cells, layout),
            cell=self._cell,
            words=self._words,
            scaled=lambda amount: amount * self._factor,
        )
        return sanitized_workbook(content, ways)

    def _cell(self, cell: str, kind: str) -> str:
        if kind in ("date", "kept") or cell.strip().strip('"').casefold() in _KEPT:
            return cell
        if kind == "amount":
            return _MONEY.sub(lambda found: self._amount(found.group()), cell, count=1)
        return self._words(cell)

    def _words(self, text: str) -> str:
        return _PIECE.sub(lambda found: self._piece(found.group()), text)

    def _piece(self, piece: str) -> str:
        if _DATE.fullmatch(piece) or piece.casefold() in _KEPT:
            return piece
        if piece[0].isdecimal():
            bare = piece.lstrip("0")
            if not bare:
                return piece
            low = 10 ** (len(bare) - 1)
            return piece[: len(piece) - len(bare)] + str(low + self._drawn(bare) % (9 * low))
        if len(piece) <= 3 and piece.isupper():
            return piece  # INV, CHK, ACH: what a number begins with
        chance = self._drawn(piece.casefold())
        letters = []
        for letter in piece:
            chance, at = divmod(chance, 26)
            other = chr(ord("a") + at)
            letters.append(letter if not letter.isascii() else other.upper() if letter.isupper() else other)
        return "".join(letters)

    def _amount(self, text: str) -> str:
        whole, point, part = text.partition(".")
        cents = int(whole.replace(",", "") or "0") * 100 + int((part + "00")[:2])
        more = cents * self._factor
        dollars = f"{more // 100:,}" if "," in text else str(more // 100)
        return f"{dollars}.{more % 100:02d}" if point else dollars

    def _drawn(self, text: str) -> int:
        digest = hashlib.blake2b(text.encode(), key=hashlib.sha256(self._secret.encode()).digest())
        return int.from_bytes(digest.digest(), "big")


def _decoded(content: bytes) -> tuple[str, str]:
    for mark, encoding in (
        (codecs.BOM_UTF8, "utf-8-sig"),
        (codecs.BOM_UTF16_LE, "utf-16"),
        (codecs.BOM_UTF16_BE, "utf-16"),
    ):
        if content.startswith(mark):
            return content.decode(encoding), encoding
    try:
        return content.decode("utf-8"), "utf-8"
    except UnicodeDecodeError:
        return content.decode("latin-1"), "latin-1"


def _records(text: str) -> list[str]:
    """Split into records with their line ends; a line end within quotes belongs to its record."""
    found, start, quoted = [], 0, False
    for at, letter in enumerate(text):
        if letter == '"':
            quoted = not quoted
        elif letter == "\n" and not quoted:
            found.append(text[start : at + 1])
            start = at + 1
    return [*found, text[start:]] if start < len(text) else found


def _cells(line: str, delimiter: str) -> list[str]:
    """Split a record into its cells as they are written, quotes and blanks and all."""
    found, start, quoted = [], 0, False
    for at, letter in enumerate(line):
        if letter == '"':
            quoted = not quoted
        elif letter == delimiter and not quoted:
            found.append(line[start:at])
            start = at + 1
    return [*found, line[start:]]


def _kinds(cells: list[str], layout: ReportLayout) -> list[str]:
    """Say of each column what it holds; empty where this is no header of the layout."""
    by_heading = {_plain(alias): one for one in layout.fields for alias in (one.name, *one.aliases)}
    found = [by_heading.get(_plain(cell)) for cell in cells]
    names = {one.name for one in found if one is not None}
    if not {one.name for one in layout.fields if one.required} <= names:
        return []
    kinds = {CellKind.AMOUNT: "amount", CellKind.DATE: "date", CellKind.WORD: "kept", CellKind.YES_NO: "kept"}
    kinds[CellKind.CURRENCY] = "kept"
    return [
        "other" if one is None else "kept" if one.name == "status" else kinds.get(one.kind, "other")
        for one in found
    ]


def _plain(heading: str) -> str:
    return "".join(letter for letter in heading.casefold() if letter.isalnum() or letter == "#")
