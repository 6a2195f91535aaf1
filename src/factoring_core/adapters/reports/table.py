"""A file's cells before any layout gives them a meaning."""

import datetime as dt
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Protocol, TypeAlias

from attrs import field, frozen

HEAD_RECORDS = 64
"""How far down a header is looked for, at most."""

BLOCK_RECORDS = 1_000
"""How many records are turned into columns at a time; bounds what is in memory twice."""


@frozen
class OddCell:
    """A workbook cell that is no value for a report: a failed formula, a formula, true, a time of day.

    ``code`` is the fault it gives wherever it is read; ``text`` what a person sees there.
    """

    text: str
    code: str
    message: str


@frozen
class PaddedNumber:
    """A number that its format shows with zeros in front: 123 as 000123.

    An amount is the number; where a number stands for a text, it is what a person sees.
    """

    number: float
    text: str


Cell: TypeAlias = str | float | dt.date | OddCell | PaddedNumber | None
Record: TypeAlias = Sequence[Cell]


@frozen(kw_only=True, eq=False)
class Block:
    """Consecutive records, blank ones included, and the line on which each begins."""

    records: Sequence[Record]
    lines: Sequence[int]


class Table(Protocol):
    """One sheet, or the whole of a file of texts."""

    @property
    def sheet(self) -> str | None:
        """The sheet's name; None where a file has no sheets."""
        ...

    @property
    def file_type(self) -> str:
        """What it is: ``csv``, ``xlsx``, ``xls``, ``xlsb`` or ``ods``."""
        ...

    @property
    def head(self) -> Sequence[Record]:
        """The first records, among which a header is looked for."""
        ...

    @property
    def warnings(self) -> tuple[str, ...]:
        """What is worth knowing about it and no fault."""
        ...

    @property
    def cut_short(self) -> bool:
        """Whether the last record ends without the end of a line."""
        ...

    def blocks(self, start: int) -> Iterator[Block]:
        """Yield everything from record *start* on.

        Raises:
            FileRefusedError: the rest cannot be told apart into records.
        """
        ...


@frozen(kw_only=True, eq=False)
class SheetTable:
    """A sheet whose cells are all in memory."""

    sheet: str
    records: Sequence[Record]
    warnings: tuple[str, ...] = ()
    file_type: str = "xlsx"
    cut_short: bool = False
    head: Sequence[Record] = field(init=False)

    @head.default
    def _head(self) -> Sequence[Record]:
        return self.records[:HEAD_RECORDS]

    def blocks(self, start: int) -> Iterator[Block]:
        """Yield everything from record *start* on; a record is a sheet row."""
        remaining = islice(enumerate(self.records), start, None)
        while part := list(islice(remaining, BLOCK_RECORDS)):
            yield Block(
                records=[record for _, record in part],
                lines=range(part[0][0] + 1, part[-1][0] + 2),
            )


def is_blank(cell: Cell) -> bool:
    """Say whether a cell holds nothing; spaces are nothing."""
    return cell is None or (isinstance(cell, str) and not cell.strip(" "))


def shown(cell: Cell) -> str:
    """Return a cell as a person sees it, for headers and messages."""
    match cell:
        case None:
            return ""
        case str():
            return cell.strip()
        case OddCell() | PaddedNumber():
            return cell.text
        case float():
            # Fifteen digits are what every spreadsheet keeps and shows; the rest is binary noise.
            return str(int(cell)) if cell.is_integer() else f"{cell:.15g}"
        case _:
            return cell.isoformat()
