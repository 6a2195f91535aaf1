"""Reading a table by a layout: typed columns, or every fault of the file at once.

Column by column, because most columns hold few different texts and each of them is read once.
"""

from collections.abc import Iterator, Sequence
from typing import Any

from attrs import define, field

from factoring_core.adapters.reports.cells import (
    BLANK,
    CellReader,
    Words,
    text_reader,
    type_words,
    typed_reader,
)
from factoring_core.adapters.reports.csv_table import CsvTable
from factoring_core.adapters.reports.faults import FaultList
from factoring_core.adapters.reports.header import HeaderMatch
from factoring_core.adapters.reports.limits import ReportLimits, exceeded
from factoring_core.adapters.reports.quick_csv import QuickReader, slices
from factoring_core.adapters.reports.rows import RowSieve, TotalRow
from factoring_core.adapters.reports.table import Block, Cell, OddCell, Table, is_blank, shown
from factoring_core.domain.reconciling.columns import ReportColumns
from factoring_core.domain.vocabulary.packed import Packed
from factoring_core.domain.vocabulary.profile import CellKind, Disposition, LayoutField, ReportLayout
from factoring_core.domain.vocabulary.readers import CellFault
from factoring_core.errors import FileRefusedError


def read_table(
    table: Table,
    layout: ReportLayout,
    found: HeaderMatch,
    *,
    name: str,
    limits: ReportLimits,
    words: Words | None = None,
) -> tuple[ReportColumns, FaultList]:
    """Read everything below the header that *found* names, and note every fault.

    A cell that cannot be read is blank.  *words* gives the closed lists of further columns of
    words, by field; the type column's list is in the layout.

    Raises:
        FileRefusedError: the table cannot be read to its end; with the faults so far.
        LimitExceededError: more data rows than agreed.
    """
    faults = FaultList(name, table.sheet)
    header = table.head[found.index]
    sieve = RowSieve(table=table, header=header, layout=layout, faults=faults)
    make_reader = text_reader if table.file_type == "csv" else typed_reader
    lists = {**type_words(layout), **(words or {})}
    columns = [
        _Column(
            about=one,
            position=found.columns[one.name],
            heading=shown(header[found.columns[one.name]]),
            read=make_reader(one, layout, lists),
        )
        for one in layout.fields
        if one.name in found.columns
    ]
    reading = _Reading(layout=layout, columns=columns, faults=faults)
    try:
        for block in _not_quickly(table, found.index + 1, sieve, reading, limits):
            records, rows, lines = sieve.data(block)
            if len(reading.rows) + len(records) > limits.rows:
                exceeded(f"It has more than {limits.rows} data rows.", file=name, sheet=table.sheet)
            if records:
                reading.take([[record[one.position] for record in records] for one in columns], rows, lines)
    except FileRefusedError as error:
        faults.extend(error.faults)
        faults.refuse(error)
    sieve.finish()
    totals = tuple(stated for total in sieve.totals for stated in reading.compared(total))
    content = ReportColumns(
        layout=layout,
        rows=reading.rows,
        lines=reading.lines,
        columns={one.about.name: one.values for one in columns},
        sheet=table.sheet,
        control_totals=totals,
        warnings=table.warnings,
    )
    return content, faults


def _not_quickly(
    table: Table, start: int, sieve: RowSieve, reading: "_Reading", limits: ReportLimits
) -> Iterator[Block]:
    """Give *reading* what can be read the quick way, and yield all else from record *start* on."""
    if not isinstance(table, CsvTable):
        yield from table.blocks(start)
        return
    quick = None
    for part in slices(table, start):
        quick = quick or QuickReader(
            len(sieve.header),
            [(one.about, one.position, one.read) for one in reading.columns],
            delimiter=table.delimiter,
            longest=limits.cell_characters,
        )
        found = quick.read(part.content) if len(sieve.header) <= limits.columns else None
        if found is not None and len(reading.rows) + len(found[0]) <= limits.rows:
            row = sieve.row + 1
            if sieve.all_data(found[0]):
                reading.take_read(found[1], range(row, sieve.row + 1), part.line)
                continue
        yield from table.blocks_of(part.content, part.line)
    if quick is None:
        yield from table.blocks(start)


@define(kw_only=True, eq=False)
class _Column:
    """One column while it is being read."""

    about: LayoutField
    position: int
    heading: str
    read: CellReader
    values: Packed[Any] = field(factory=Packed)

    def take(self, cells: Sequence[Cell]) -> dict[Cell, CellFault]:
        """Read more cells, each different one once; return the faults of those that cannot be read.

        An empty cell is a fault only of a required column, and whether it is, its row decides.
        """
        blank, read = BLANK.get(self.about.kind, ""), self.read
        values: dict[Cell, Any] = dict.fromkeys(cells)
        bad: dict[Cell, CellFault] = {}
        filled = [cell for cell in values if cell is not None and (type(cell) is not str or cell.strip(" "))]
        for cell in filled:
            try:
                values[cell] = read(cell)
            except CellFault as fault:
                bad[cell], values[cell] = fault, blank
        if len(filled) < len(values):
            for empty in filter(is_blank, values):
                values[empty] = blank
                if self.about.required:
                    bad[empty] = CellFault("required", "This cell must be filled.")
        self.values.extend(map(values.__getitem__, cells))
        return bad


@define(kw_only=True, eq=False)
class _Reading:
    """The columns of a table as far as they have been read."""

    layout: ReportLayout
    columns: Sequence[_Column]
    faults: FaultList
    rows: Packed[int] = field(factory=Packed)
    lines: Packed[int] = field(factory=Packed)

    def take(self, cells: Sequence[Sequence[Cell]], rows: Sequence[int], lines: Sequence[int]) -> None:
        """Read more rows, given as the cells of each column."""
        start = len(self.rows)
        self.rows.extend(rows)
        self.lines.extend(lines)
        bad = [column.take(part) for column, part in zip(self.columns, cells, strict=True)]
        for column, part, faulty in zip(self.columns, cells, bad, strict=True):
            if not faulty:
                continue
            for index, cell in enumerate(part):
                fault = faulty.get(cell)
                if fault is None or (is_blank(cell) and self._may_be_blank(column.about, start + index)):
                    continue
                self._note(column, fault, rows[index], lines[index], cell)

    def take_read(self, values: Sequence[Sequence[Any]], rows: range, line: int) -> None:
        """Take rows that were read elsewhere, given as the values of each column."""
        self.rows.extend(rows)
        self.lines.extend(range(line, line + len(rows)))
        for column, part in zip(self.columns, values, strict=True):
            column.values.extend(part)

    def _note(self, column: _Column, fault: CellFault, row: int, line: int, cell: Cell) -> None:
        self.faults.add(
            fault.code,
            fault.message,
            row=row,
            line=line,
            position=column.position,
            column=column.heading,
            excerpt=shown(cell),
        )

    def _value(self, name: str, index: int) -> str:
        """Return the word of row *index* in the column of field *name*; ``""`` without one."""
        return next((str(one.values[index]) for one in self.columns if one.about.name == name), "")

    def _may_be_blank(self, wanted: LayoutField, index: int) -> bool:
        """Say whether a required column may be empty in a row that states something else than the usual.

        A row with a status that buys nothing needs neither date nor amount.  A report that also
        holds entries of the account has rows without an invoice, and rows that post other columns.
        """
        status = self._value("status", index) if self.layout.statuses else ""
        if status and wanted.kind is not CellKind.NUMBER:
            return self.layout.statuses.get(status) is not Disposition.PURCHASED
        if not any(entry.account for entry in self.layout.entries):
            return False
        if wanted.kind is CellKind.NUMBER:
            return True
        word = self._value("type", index)
        posted = {
            name
            for one in self.layout.entries
            if word in one.words
            for post in one.posts
            for name in post.amount
        }
        return wanted.kind is CellKind.AMOUNT and wanted.name not in posted

    def _count(self, column: _Column, total: TotalRow, cell: Cell) -> None:
        """Compare the number of rows that a row of totals states."""
        if shown(cell) != str(len(self.rows)):
            fault = CellFault(
                "totals_disagree", f"It says there are {shown(cell)} rows; there are {len(self.rows)}."
            )
            self._note(column, fault, total.row, total.line, cell)

    def compared(self, total: TotalRow) -> list[dict[str, Any]]:
        """Return the sums that a row of totals states; a sum that the rows do not give is a fault."""
        stated = []
        for column in self.columns:
            cell = total.record[column.position] if column.position < len(total.record) else None
            formula = isinstance(cell, OddCell) and cell.code == "formula"
            if column.about.name == self.layout.total_count and not is_blank(cell) and not formula:
                self._count(column, total, cell)
                continue
            if column.about.kind is not CellKind.AMOUNT or is_blank(cell) or formula:
                continue  # a formula says no more than the rows do
            summed = sum(value for value in column.values if value is not None)
            try:
                amount = column.read(cell)
                if amount != summed:
                    message = f"The total is {amount / 100:.2f}; the rows add up to {summed / 100:.2f}."
                    raise CellFault("totals_disagree", message)
            except CellFault as fault:
                self._note(column, fault, total.row, total.line, cell)
            else:
                stated.append({"column": column.about.name, "stated": amount, "summed": summed})
        return stated
