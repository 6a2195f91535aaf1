"""Comma-separated texts: bytes become records, or the reason why they cannot.

The standard library's `csv` in its strict form is the definition.  A report has commas; one that
was saved again with another delimiter is read where its header leaves no doubt, and says so.
"""

import csv
import io
import re
from collections.abc import Iterator, Sequence
from itertools import chain, islice

from attrs import evolve, field, frozen

from factoring_core.adapters.reports.decoding import KNOWN_DELIMITERS, LINE_BREAK, delimiter_of, encoding_of
from factoring_core.adapters.reports.limits import MIB, ReportLimits, exceeded, refuse
from factoring_core.adapters.reports.table import BLOCK_RECORDS, HEAD_RECORDS, Block, Record, is_blank

_SEPARATOR_LINE = re.compile(r"\"?sep=(.)\"?", re.IGNORECASE).fullmatch


@frozen(kw_only=True, eq=False)
class CsvTable:
    """Texts as records; they are parsed again each time they are asked for, never kept twice.

    ``damage`` is the offset of the first byte that is not UTF-8, or None.  ``told`` is whether
    the first line only names the delimiter.
    """

    name: str
    content: bytes = field(repr=False)
    encoding: str
    limits: ReportLimits
    delimiter: str = ","
    told: bool = False
    damage: int | None = None
    sheet: None = None
    file_type: str = "csv"
    warnings: tuple[str, ...] = ()
    head: Sequence[Record] = field(init=False, repr=False)

    @head.default
    def _head(self) -> Sequence[Record]:
        return next((block.records for block in self._parsed(HEAD_RECORDS, self.content)), ())

    @property
    def cut_short(self) -> bool:
        """Whether the file does not end with the end of a line."""
        return not self.content.rstrip(b"\0").endswith((b"\n", b"\r"))

    @property
    def damaged_line(self) -> int | None:
        """The physical line of the first byte that cannot be decoded."""
        if self.damage is None:
            return None
        return len(LINE_BREAK.findall(self.content[: self.damage].decode("latin-1"))) + 1

    def decoded_as(self, encodings: Sequence[str]) -> "CsvTable":
        """Return it as read by the first of *encodings* that fits, if it is damaged; else itself."""
        for encoding in encodings if self.damage is not None else ():
            try:
                self.content.decode(encoding)
            except (UnicodeError, LookupError):
                continue
            return evolve(self, encoding=encoding, damage=None)
        return self

    def blocks(self, start: int) -> Iterator[Block]:
        """Yield everything from record *start* on; line numbers are where a record begins."""
        for block in self._parsed(BLOCK_RECORDS, self.content):
            skipped = min(start, len(block.records))
            start -= skipped
            if skipped < len(block.records):
                yield Block(records=block.records[skipped:], lines=block.lines[skipped:])

    def blocks_of(self, lines: bytes, line: int) -> Iterator[Block]:
        """Yield what is in some whole lines of it, below its head, which begin at physical line *line*."""
        yield from self._parsed(BLOCK_RECORDS, lines, line)

    def _parsed(self, size: int, content: bytes, line: int = 0) -> Iterator[Block]:
        errors = "strict" if self.damage is None else "surrogateescape"
        # Only at the beginning of a file is a byte order mark no part of the text.
        encoding = "utf-8" if line and self.encoding == "utf-8-sig" else self.encoding
        text = io.TextIOWrapper(io.BytesIO(content), encoding=encoding, errors=errors, newline="")
        if self.told and not line:
            text.readline()
        line = line or (2 if self.told else 1)
        reader = csv.reader(text, delimiter=self.delimiter, strict=True)
        while True:
            records: list[list[str]] = []
            before, fault = reader.line_num, None
            try:
                records.extend(islice(reader, size))
            except csv.Error as error:
                fault = error
            if records:
                plain = fault is None and reader.line_num - before == len(records)
                lines = range(line, line + len(records)) if plain else _starts(records, line)
                self._check(records, lines)
                yield Block(records=records, lines=lines)
                line = lines[-1] + 1 + _breaks(records[-1])
            if fault is not None:
                self._refuse(fault, line)
            if len(records) < size:
                return

    def _check(self, records: Sequence[Sequence[str]], lines: Sequence[int]) -> None:
        if max(map(len, records)) > self.limits.columns:
            at = next(n for n, record in enumerate(records) if len(record) > self.limits.columns)
            exceeded(f"A row has more than {self.limits.columns} columns.", file=self.name, line=lines[at])
        longest = self.limits.cell_characters
        if max(map(len, chain.from_iterable(records)), default=0) > longest:
            at = next(n for n, record in enumerate(records) if any(len(cell) > longest for cell in record))
            exceeded(f"A cell has more than {longest} characters.", file=self.name, line=lines[at])

    def _refuse(self, error: csv.Error, line: int) -> None:
        reason = str(error)
        if "field limit" in reason:
            exceeded(
                f"A cell has more than {self.limits.cell_characters} characters.", file=self.name, line=line
            )
        if "end of data" in reason:
            refuse(
                "truncated",
                "A quote is never closed; the file ends inside a cell.",
                file=self.name,
                line=line,
                cause=error,
            )
        refuse(
            "column_count",
            "A quote stands inside a cell, so its columns cannot be told apart.",
            file=self.name,
            line=line,
            cause=error,
        )


def _breaks(record: Sequence[str]) -> int:
    return sum(len(LINE_BREAK.findall(cell)) for cell in record if "\n" in cell or "\r" in cell)


def _starts(records: Sequence[Sequence[str]], line: int) -> list[int]:
    """Return the physical line on which each record begins."""
    lines = []
    for record in records:
        lines.append(line)
        line += 1 + _breaks(record)
    return lines


def _refuse_long_lines(content: bytes, name: str) -> None:
    """Refuse a file whose lines never end, before a reader takes such a line into memory."""
    for at in range(0, len(content) - MIB + 1, MIB):
        if content.find(b"\n", at, at + MIB) < 0 and content.find(b"\r", at, at + MIB) < 0:
            line = len(LINE_BREAK.findall(content[:at].decode("latin-1"))) + 1
            exceeded(f"A line has more than {MIB} bytes.", file=name, line=line)


def open_csv(content: bytes, *, name: str, limits: ReportLimits) -> CsvTable:
    """Decode *content* as UTF-8, or as UTF-16 with a byte order mark, and find its first records.

    Bytes that are not UTF-8 are refused when a layout reads them, because only a layout may
    declare another encoding.

    Raises:
        FileRefusedError: empty, damaged, a NUL, an unknown delimiter, an open quote in the head.
        LimitExceededError: larger than agreed.
    """
    if len(content) > limits.csv_bytes:
        exceeded(f"It is larger than {limits.csv_bytes} bytes.", file=name)
    _refuse_long_lines(content, name)
    encoding, damage = encoding_of(content, name)
    start = content[:65536].decode(encoding, "replace")
    lines = [line for line in LINE_BREAK.split(start)[: HEAD_RECORDS + 1] if line.strip()]
    if not lines:
        refuse("empty_report", "There is nothing in it.", file=name)
    first = LINE_BREAK.split(start, maxsplit=1)[0]
    told = _SEPARATOR_LINE(first.strip(" "))
    delimiter = told.group(1) if told else delimiter_of(lines)
    used = KNOWN_DELIMITERS.get(delimiter)
    if used is None:
        message = f"Its columns are separated by the character {delimiter!r}; a report has commas."
        refuse("delimiter_unknown", message, file=name, line=1)
    table = CsvTable(
        name=name,
        content=content,
        encoding=encoding,
        limits=limits,
        delimiter=delimiter,
        told=told is not None,
        damage=damage,
        warnings=() if delimiter == "," else (f"resaved: its columns are separated by {used}",),
    )
    if all(is_blank(cell) for record in table.head for cell in record):
        refuse("empty_report", "There is nothing in it.", file=name)
    return table
