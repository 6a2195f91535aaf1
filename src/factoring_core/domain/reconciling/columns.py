"""A report as columns: plain sequences of equal length, no object per row."""

import hashlib
from bisect import bisect_left
from collections.abc import Callable, Iterator, Mapping, Sequence
from operator import itemgetter
from typing import Any

from attrs import evolve, field, frozen

from factoring_core.domain.vocabulary.packed import BLOCK, in_order
from factoring_core.domain.vocabulary.profile import ReportLayout


@frozen(kw_only=True)
class ReportColumns:
    """The typed content of one report file.

    ``rows`` are record numbers with the header as 1 (blank records count, title lines do
    not); ``lines`` are physical lines or sheet rows.  ``columns`` maps a field name of the
    layout to its values, in file order: amounts are cents or None, dates are `datetime.date`
    or None, yes/no is True, False or None, everything else is text with ``""`` for blank.
    Only fields that the file has are there.  ``control_totals`` are the totals the file
    itself states, already checked: ``{"column", "stated", "summed"}`` in cents.
    """

    layout: ReportLayout
    rows: Sequence[int]
    lines: Sequence[int]
    columns: Mapping[str, Sequence[Any]]
    sheet: str | None = None
    control_totals: tuple[Mapping[str, Any], ...] = ()
    warnings: tuple[str, ...] = field(default=())

    def __len__(self) -> int:
        return len(self.rows)

    def column(self, name: str, blank: Any = "") -> Sequence[Any]:
        """Return the values of one field; a column of *blank* where the file has none."""
        found = self.columns.get(name)
        return [blank] * len(self.rows) if found is None else found

    def slices(self, size: int) -> Iterator["ReportColumns"]:
        """Yield the rows in order, *size* at a time."""
        for start in range(0, len(self.rows), size):
            yield self._taken(itemgetter(slice(start, start + size)))

    def only(self, rows: Sequence[int]) -> "ReportColumns":
        """Return some rows alone, by their record numbers in order."""
        places = [bisect_left(self.rows, row) for row in rows]
        return self._taken(lambda cells: [cells[place] for place in places])

    def line_of(self, row: int) -> int:
        """Return the line of one row, by its record number."""
        return self.lines[bisect_left(self.rows, row)]

    def _taken(self, take: Callable[[Sequence[Any]], Sequence[Any]]) -> "ReportColumns":
        columns = {name: take(cells) for name, cells in self.columns.items()}
        return evolve(self, rows=take(self.rows), lines=take(self.lines), columns=columns)


def canonical_digest(content: ReportColumns, *, scope: Sequence[str]) -> str:
    """Say what a report says, in 64 hex digits, whatever file it came in.

    Independent of encoding, quoting, row and column order, sheet, file name and empty
    columns; *scope* (tenant, connection) sets equal files of two accounts apart.
    """
    names = sorted(
        name for name, values in content.columns.items() if any(v not in ("", None) for v in values)
    )
    digest = hashlib.sha256("\x1e".join([*scope, content.layout.id]).encode())
    for text in in_order(_said(content, names)):
        digest.update(f"\x1d{text}".encode())
    return digest.hexdigest()


def _said(content: ReportColumns, names: Sequence[str]) -> Iterator[str]:
    """Yield what each row says, in the order of the rows."""
    for part in content.slices(BLOCK):
        cells = []
        for name in names:
            values = part.columns[name]
            # Most columns hold few different values.
            texts = {value: f"{name}={value}" for value in values if value not in ("", None)}
            cells.append(map(texts.get, values))
        for row in zip(*cells, strict=True):
            yield "\x1f".join(filter(None, row))
