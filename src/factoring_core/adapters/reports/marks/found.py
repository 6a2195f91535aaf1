"""What was seen in one sheet, and why a workbook is not to be parsed at all."""

from dataclasses import dataclass, field
from typing import Any


class UnfitError(Exception):
    """The workbook is refused before it is parsed; ``code`` is that of its only fault."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(code, message)
        self.code, self.message = code, message


@dataclass(frozen=True)
class Bounds:
    """How far the cells of a sheet may reach; ``cells`` bounds the rectangle around them."""

    rows: int
    columns: int
    cells: int


@dataclass
class SheetMarks:
    """The cells of one sheet that are no plain values, by row and column from 0.

    A cell is what it is in the answer of the process: ``{"e": error}``, ``{"f": formula}``,
    ``{"p": [number, text]}`` for a number whose format pads it with zeros.
    """

    cells: dict[tuple[int, int], dict[str, Any]] = field(default_factory=dict)
    hidden_rows: int = 0
    hidden_columns: int = 0
    rows: int = 0
    columns: int = 0

    def reach(self, row: int, column: int, bounds: Bounds) -> None:
        """Note that a cell stands there.

        Raises:
            UnfitError: it is further away than agreed.
        """
        if row >= self.rows:
            self.rows = row + 1
            if row >= bounds.rows:
                raise UnfitError("limit", f"A sheet has more than {bounds.rows} rows.")
        if column >= self.columns:
            self.columns = column + 1
            if column >= bounds.columns:
                raise UnfitError("limit", f"A sheet has more than {bounds.columns} columns.")
        if self.rows * self.columns > bounds.cells:
            raise UnfitError("limit", f"A sheet has more than {bounds.cells} cells.")
