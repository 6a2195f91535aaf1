"""A quicker way through large CSV files, by Arrow, taken only where it provably reads the same.

A file without quotes is a file of lines, and is gone through in slices of whole lines.  A slice is
read here if each of its lines is as wide as the header, is no total, blank or header, and each of its
cells has a form that is known to be read as it stands; cells of other forms are read by the reader
of their column, each different one once.  Any fault or doubt hands the whole slice back: `csv` and
the readers of single cells are the definition, and they alone find faults.
"""

import re
from codecs import BOM_UTF8
from collections.abc import Iterator, Sequence
from typing import Any

from attrs import frozen

from factoring_core.adapters.reports.cells import BLANK, CellReader
from factoring_core.adapters.reports.csv_table import CsvTable
from factoring_core.adapters.reports.table import is_blank
from factoring_core.domain.vocabulary.profile import CellKind, LayoutField
from factoring_core.domain.vocabulary.readers import PLAIN_AMOUNT, PLAIN_NUMBER, CellFault

FROM_ROWS = 20_000
"""Smaller files gain nothing that loading Arrow would not cost."""

SLICE_BYTES = 1 << 20

_LONE_RETURN = re.compile(rb"\r(?!\n)").search
_PLAIN = {CellKind.AMOUNT: f"^(?:{PLAIN_AMOUNT})$", CellKind.NUMBER: f"^(?:{PLAIN_NUMBER})$"}


@frozen
class Slice:
    """Whole lines of a file, the first of them being the physical line *line*."""

    content: bytes
    line: int


def arrow() -> Any:
    """Return Arrow, with its reader and its functions; None where it is not installed."""
    try:
        import pyarrow
        import pyarrow.compute
        import pyarrow.csv
    except ImportError:
        return None
    return pyarrow


def slices(table: CsvTable, start: int) -> Iterator[Slice]:
    """Yield what follows the first *start* records in slices; nothing if it is not for the quick way."""
    content = table.content
    if (
        table.encoding != "utf-8-sig"
        or table.damage is not None
        or b'"' in content
        or content.count(b"\n") < FROM_ROWS
        or _LONE_RETURN(content)
        or arrow() is None
    ):
        return
    line, at = 1, 0
    for _ in range(start + table.told):
        at, line = content.index(b"\n", at) + 1, line + 1
    while at < len(content):
        end = content.find(b"\n", min(at + SLICE_BYTES, len(content))) + 1 or len(content)
        part = content[at:end]
        yield Slice(part, line)
        at, line = end, line + part.count(b"\n")


class QuickReader:
    """Reads slices of a file as columns.

    Args:
        width: How many cells a line has.
        columns: The columns that are wanted: what each is, its place, and what reads a cell of it.
        delimiter: What stands between cells.
        longest: The number of characters that no cell may exceed.
    """

    def __init__(
        self,
        width: int,
        columns: Sequence[tuple[LayoutField, int, CellReader]],
        *,
        delimiter: str,
        longest: int,
    ) -> None:
        self._columns, self._longest, self._arrow = columns, longest, arrow()
        # Arrow's own pool reserves a gigabyte of addresses, which a process may have been denied.
        self._pool = self._arrow.system_memory_pool()
        csv, text = self._arrow.csv, self._arrow.string()
        names = [str(place) for place in range(width)]
        self._reading = csv.ReadOptions(column_names=names, use_threads=False, block_size=4 * SLICE_BYTES)
        self._parsing = csv.ParseOptions(delimiter=delimiter, quote_char=False, ignore_empty_lines=False)
        self._making = csv.ConvertOptions(
            column_types=dict.fromkeys(names, text),
            strings_can_be_null=False,
            quoted_strings_can_be_null=False,
        )

    def read(self, content: bytes) -> tuple[list[str], list[list[Any]]] | None:
        """Return the first cell of each line, and the values of each column; None if there is a doubt."""
        pa = self._arrow
        if content.startswith(BOM_UTF8):
            return None  # Arrow leaves it out, and amid a file it is a part of a cell
        try:
            parsed = pa.csv.read_csv(
                pa.BufferReader(content),
                read_options=self._reading,
                parse_options=self._parsing,
                convert_options=self._making,
                memory_pool=self._pool,
            )
        except pa.ArrowException:
            return None
        if any(column.num_chunks != 1 for column in parsed.columns):
            return None  # more than a block: a line longer than any slice
        cells = [column.chunk(0) for column in parsed.columns]
        lines = content.count(b"\n") + (not content.endswith(b"\n"))
        # A cell has at most as many characters as bytes.
        if len(parsed) != lines or any(self._longest_of(column) > self._longest for column in cells):
            return None
        found = []
        for about, place, read in self._columns:
            values = self._values(cells[place], about, read)
            if values is None:
                return None
            found.append(values)
        return cells[0].to_pylist(), found

    def _longest_of(self, cells: Any) -> int:
        compute, pool = self._arrow.compute, self._pool
        longest: int = compute.max(compute.binary_length(cells, memory_pool=pool), memory_pool=pool).as_py()
        return longest

    def _values(self, cells: Any, about: LayoutField, read: CellReader) -> list[Any] | None:
        compute, pool = self._arrow.compute, self._pool
        plain = _PLAIN.get(about.kind)
        if plain is not None:
            fitting = compute.match_substring_regex(cells, plain, memory_pool=pool)
            if compute.all(fitting, memory_pool=pool).as_py():
                if about.kind is CellKind.NUMBER:
                    numbers: list[Any] = cells.to_pylist()
                    return numbers
                digits = compute.replace_substring(cells, ".", "", memory_pool=pool)
                cents: list[Any] = compute.cast(digits, self._arrow.int64(), memory_pool=pool).to_pylist()
                return cents
        return _each_once(compute.dictionary_encode(cells, memory_pool=pool), about, read)


def _each_once(cells: Any, about: LayoutField, read: CellReader) -> list[Any] | None:
    """Read every different cell once; None where one cannot be read or must not be empty."""
    values = []
    for cell in cells.dictionary.to_pylist():
        if is_blank(cell):
            if about.required:
                return None
            values.append(BLANK.get(about.kind, ""))
            continue
        try:
            values.append(read(cell))
        except CellFault:
            return None
    return list(map(values.__getitem__, cells.indices.to_pylist()))
