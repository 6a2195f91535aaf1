"""What was seen in one sheet, and why a workbook is not to be parsed at all.

Plain classes: importing what makes others would take as long as reading a small workbook does.
"""

from typing import Any


class UnfitError(Exception):
    """The workbook is refused before it is parsed; ``code`` is that of its only fault."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(code, message)
        self.code, self.message = code, message


class Bounds:
    """How far the cells of a sheet may reach; ``cells`` bounds the rectangle around them."""

    __slots__ = ("cells", "columns", "rows")

    def __init__(self, *, rows: int, columns: int, cells: int) -> None:
        self.rows, self.columns, self.cells = rows, columns, cells


class SheetMarks:
    """The cells of one sheet that are no plain values, by row and column from 0.

    A cell is what it is in the answer of the process: ``{"e": error}``, ``{"f": formula}``,
    ``{"p": [number, text]}`` for a number whose format pads it with zeros.
    """

    def __init__(self, cells: dict[tuple[int, int], dict[str, Any]] | None = None) -> None:
        self.cells = cells if cells is not None else {}
        self.hidden_rows = self.hidden_columns = 0
        self.rows = self.columns = 0

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
