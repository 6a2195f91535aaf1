"""Looking at the first rows of an unknown file: what its columns seem to hold."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any

from attrs import frozen

from factoring_core.adapters.reports.rows import trimmed
from factoring_core.adapters.reports.table import Block, Cell, PaddedNumber, Table, is_blank, shown
from factoring_core.domain.vocabulary.profile import CellKind
from factoring_core.domain.vocabulary.readers import CellFault, read_amount, read_date, read_yes_no
from factoring_core.errors import InputError

SAMPLED = 500
_TOTALS = ("total", "totals", "grand total", "report total", "report totals", "sum")


@frozen
class Column:
    """One column of an unknown file: its heading, and the cells that are filled."""

    heading: str
    cells: Sequence[Cell]


def sample(table: Table, header: int) -> list[Column]:
    """Return the columns under the record at *header*, with the cells of the first rows."""
    headings = trimmed(table.head[header])
    records = [record for record in _records(table, header) if not _is_total(record)]
    return [
        Column(
            shown(heading),
            [record[at] for record in records if at < len(record) and not is_blank(record[at])],
        )
        for at, heading in enumerate(headings)
        if not is_blank(heading)
    ]


def _records(table: Table, header: int) -> list[Sequence[Cell]]:
    first: Block | None = None
    with suppress(InputError):  # what can be seen is enough for a draft
        first = next(iter(table.blocks(header + 1)), None)
    return list(first.records[:SAMPLED]) if first is not None else []


def _is_total(record: Sequence[Cell]) -> bool:
    return _first_word(record) in _TOTALS


def _first_word(record: Sequence[Cell]) -> str:
    filled = shown(next((cell for cell in record if not is_blank(cell)), None))
    return " ".join(filled.strip(" :").lower().split())


def total_word(table: Table, header: int) -> str:
    """Return the word that begins a row of totals, as far down as was looked; ``""`` if none does."""
    return next((_first_word(one) for one in _records(table, header) if _is_total(one)), "")


def kind_of(column: Column) -> CellKind:
    """Say what kind of cells a column holds; ``word`` where it has none to judge by."""
    if not column.cells:
        return CellKind.WORD
    if all(_is_date(cell) for cell in column.cells):
        return CellKind.DATE
    if all(_is_amount(cell) for cell in column.cells) and any(_has_cents(cell) for cell in column.cells):
        return CellKind.AMOUNT
    if all(_reads(read_yes_no, cell) for cell in column.cells):
        return CellKind.YES_NO
    return CellKind.TEXT


def _is_date(cell: Cell) -> bool:
    if isinstance(cell, str):
        return _reads(read_date, cell)
    return not isinstance(cell, float | PaddedNumber) and hasattr(cell, "isoformat")


def _is_amount(cell: Cell) -> bool:
    return isinstance(cell, float) or _reads(lambda text: read_amount(text, parentheses=True), cell)


def _has_cents(cell: Cell) -> bool:
    return not cell.is_integer() if isinstance(cell, float) else "." in shown(cell) or "$" in shown(cell)


def _reads(read: Callable[[str], Any], cell: Cell) -> bool:
    try:
        return isinstance(cell, str) and read(cell) is not None
    except CellFault:
        return False
