"""Telling the records below a header apart: data, blank lines, totals, and what should not be there."""

import re
from collections.abc import Collection, Sequence

from attrs import define, field

from factoring_core.adapters.reports.faults import FaultList
from factoring_core.adapters.reports.header import normalised
from factoring_core.adapters.reports.table import Block, Cell, Record, Table, is_blank, shown
from factoring_core.domain.vocabulary.profile import ReportLayout

_DIGIT = re.compile("[0-9]").search


@define(kw_only=True, eq=False)
class TotalRow:
    """A row in which the file itself states the sums of its columns."""

    record: Record
    row: int
    line: int


@define(kw_only=True, eq=False)
class RowSieve:
    """Lets data rows through, as wide as the header; notes everything else.

    ``row`` is the number of the last record seen, the header being 1; blank records count.
    """

    table: Table
    header: Record
    layout: ReportLayout
    faults: FaultList
    row: int = 1
    totals: list[TotalRow] = field(factory=list)
    _short_row: int = 0
    _watched: frozenset[str] = field(init=False)
    _known: frozenset[str] = field(init=False)

    def __attrs_post_init__(self) -> None:
        self.header = trimmed(self.header)
        headings = [shown(cell) for cell in self.header if not is_blank(cell)]
        aliases = [alias for one in self.layout.fields for alias in one.aliases]
        self._known = frozenset(map(normalised, [*headings, *aliases]))
        self._watched = frozenset({"", *map(_word, [*headings, *aliases]), *self.layout.total_words})

    def data(self, block: Block) -> tuple[Sequence[Record], Sequence[int], Sequence[int]]:
        """Return the data records of *block*, their row numbers and their lines."""
        records, width = block.records, len(self.header)
        rows = range(self.row + 1, self.row + len(records) + 1)
        self.row += len(records)
        special = self._special({record[0] for record in records if record})
        if not special and not self.totals and set(map(len, records)) == {width}:
            return records, rows, block.lines
        kept, kept_rows, kept_lines = [], [], []
        for row, line, record in zip(rows, block.lines, records, strict=True):
            if len(record) == width and record[0] not in special and not self.totals:
                data: Record | None = record
            else:
                data = self._unusual(record, row, line)
            if data is not None:
                kept.append(data)
                kept_rows.append(row)
                kept_lines.append(line)
        return kept, kept_rows, kept_lines

    def all_data(self, firsts: Collection[Cell]) -> bool:
        """Say whether records that begin with these cells, and are as wide as the header, are all data.

        If they are, they count as seen.
        """
        if self.totals or self._special(set(firsts)):
            return False
        self.row += len(firsts)
        return True

    def _special(self, firsts: set[Cell]) -> set[Cell]:
        """Return the first cells behind which a record may be blank, a total or a second header."""
        return {cell for cell in firsts if cell is None or (isinstance(cell, str) and self._is_watched(cell))}

    def _is_watched(self, text: str) -> bool:
        # Hardly a heading holds a digit, and nearly every invoice number does: bringing a million of
        # them to the form of headings would take longer than reading them.
        return _word(text) in self._watched or (not _DIGIT(text) and normalised(text) in self._known)

    def _unusual(self, record: Record, row: int, line: int) -> Record | None:
        """Return *record* if it is data after all; else note what it is."""
        width = len(self.header)
        if all(map(is_blank, record[width:])):
            record = record[:width]
        first = next((cell for cell in record if not is_blank(cell)), None)
        if first is None:
            return None
        filled = shown(first)
        if _word(filled) in self.layout.total_words and len(record) <= width:
            self.totals.append(TotalRow(record=record, row=row, line=line))
            return None
        if self.totals:
            message = "There are rows below the total."
            self.faults.add("rows_after_total", message, row=row, line=line, excerpt=filled)
            return None
        if self._is_watched(filled) and self._is_header(record):
            message = "The header stands here again; these may be two files in one."
            self.faults.add("second_header", message, row=row, line=line, excerpt=filled)
            return None
        return self._as_wide(record, row, line)

    def _is_header(self, record: Record) -> bool:
        """Say whether *record* is made of headings: the header again, or that of another export.

        Words of the type column may be headings too, so a date or an amount beside them tells.
        """
        cells = [shown(cell) for cell in record if not is_blank(cell)]
        known = sum(normalised(cell) in self._known for cell in cells)
        return (
            all(any(map(str.isalpha, cell)) for cell in cells)
            and known >= min(2, len(self.header))
            and 2 * known >= len(cells)
        )

    def _as_wide(self, record: Record, row: int, line: int) -> Record | None:
        """Return *record* with as many cells as the header; a workbook leaves out empty ones at the end."""
        lacking = len(self.header) - len(record)
        if lacking > 0 and self.table.file_type != "csv":
            return [*record, *[None] * lacking]
        if lacking == 0:
            return record
        message = f"The row has {len(record)} cells, the header {len(self.header)}."
        self.faults.add("column_count", message, row=row, line=line, excerpt=shown(record[0]))
        self._short_row = row if lacking > 0 else 0
        return None

    def finish(self) -> None:
        """Note if the file stops in the middle of its last row, or without the total it always has."""
        if self.layout.total_required and not self.totals:
            message = f"There is no row of totals, with which every {self.layout.id} ends."
            self.faults.add("truncated", message, row=self.row)
        if self._short_row == self.row and self.table.cut_short:
            self.faults.add("truncated", "The file ends inside its last row.", row=self.row)


def trimmed(record: Record) -> Record:
    """Return *record* without the empty cells at its end."""
    width = len(record)
    while width and is_blank(record[width - 1]):
        width -= 1
    return record[:width]


def _word(text: str) -> str:
    # A second file may bring its byte order mark along.
    return text.strip(" :\ufeff").lower()
