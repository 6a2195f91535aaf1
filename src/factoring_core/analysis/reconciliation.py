"""What came of reconciling one report with a table of invoices."""

from functools import cached_property
from typing import TYPE_CHECKING

from factoring_core.analysis.building import build
from factoring_core.analysis.cells import columns
from factoring_core.analysis.frames import Frames
from factoring_core.analysis.schemas import CONSERVATION, ROW_EXCEPTIONS, WARNINGS
from factoring_core.domain.reconciling.buckets import Bucket
from factoring_core.domain.vocabulary.money import decimal_text
from factoring_core.usecases.results import ReportResult

if TYPE_CHECKING:
    import pandas as pd


class Reconciliation:
    """One report beside one table of invoices: every row in one bucket, every cent accounted for.

    ``result`` is the answer that `report apply` gives; the frames show the same by row.
    Amounts are whole cents; ``frame.money.decimals()`` shows them as decimals.
    """

    def __init__(self, result: ReportResult, frames: Frames) -> None:
        self.result = result
        self._frames = frames

    @property
    def rows(self) -> "pd.DataFrame":
        """Every data row of the report with its bucket."""
        return self._frames.rows

    @property
    def matches(self) -> "pd.DataFrame":
        """Every row whose invoice was found, by which tier and which fields."""
        return self._frames.matches

    @property
    def positions(self) -> "pd.DataFrame":
        """The money of every invoice that is with the factor."""
        return self._frames.positions

    @property
    def loads(self) -> "pd.DataFrame":
        """Where every invoice stands after the report."""
        return self._frames.loads

    @cached_property
    def exceptions(self) -> "pd.DataFrame":
        """Every exception that a row supports, with candidates where an invoice was not found."""
        rows = (
            (
                item.id,
                item.type.value,
                item.severity.value,
                item.subsidiary,
                item.connection,
                item.subject,
                item.load,
                item.amount_at_risk,
                one.row,
                one.line,
                "; ".join(f"{each.invoice_number} ({each.load}): {each.reason}" for each in item.candidates),
            )
            for one in self.result.exceptions
            for item in (one.item,)
        )
        return build(ROW_EXCEPTIONS, columns(ROW_EXCEPTIONS, rows))

    @cached_property
    def conservation(self) -> "pd.DataFrame":
        """Each money column as read, and what each bucket holds of it."""
        rows = (
            (column, sums["read"], *(sums[one.value] for one in Bucket))
            for column, sums in self.result.conservation.items()
        )
        return build(CONSERVATION, columns(CONSERVATION, rows))

    @cached_property
    def warnings(self) -> "pd.DataFrame":
        """What is worth knowing and changed nothing."""
        return build(WARNINGS, {"warning": list(self.result.warnings)})

    def __repr__(self) -> str:
        result, counts = self.result, self.result.rows
        lines = [
            f"Reconciliation of {result.file} ({result.layout}"
            f"{'' if result.verified else ', layout not verified'})",
            f"  {counts.read} rows: "
            + ", ".join(f"{getattr(counts, one.value)} {one.value}" for one in Bucket),
        ]
        lines += [
            f"  {column}: read {decimal_text(sums['read'])} = "
            + " + ".join(f"{decimal_text(sums[one.value])} {one.value}" for one in Bucket if sums[one.value])
            for column, sums in result.conservation.items()
            if sums["read"]
        ]
        if result.exceptions:
            wrong = sum(one.item.severity == "wrong" for one in result.exceptions)
            lines.append(f"  {len(result.exceptions)} exceptions, {wrong} of them wrong")
        return "\n".join([*lines, *(f"  warning: {one}" for one in result.warnings)])
