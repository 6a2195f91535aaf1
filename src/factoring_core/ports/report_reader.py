"""Reading a factor's report: bytes in, typed columns out, or every fault at once."""

from typing import Protocol

from attrs import frozen

from factoring_core.domain.reconciling.columns import ReportColumns
from factoring_core.domain.vocabulary.profile import ReportLayout


@frozen(kw_only=True)
class Fit:
    """How one layout fits an opened file.

    ``missing``: required fields without a column; ``doubled``: fields that more than one
    column claims.  A layout fits when both are empty; ``mapped`` counts the fields found.
    """

    layout: ReportLayout
    mapped: int
    missing: tuple[str, ...] = ()
    doubled: tuple[str, ...] = ()

    @property
    def fits(self) -> bool:
        """Whether every required field has exactly one column."""
        return not self.missing and not self.doubled


class OpenedReport(Protocol):
    """A file whose bytes have become text cells, not yet read by any layout."""

    @property
    def header(self) -> tuple[str, ...]:
        """The cells of the line that looks most like a header, for messages."""
        ...

    def fit(self, layout: ReportLayout) -> Fit:
        """Say how *layout* fits this file's header, looking within its title lines."""
        ...

    def read(self, layout: ReportLayout) -> ReportColumns:
        """Read every cell by *layout*.

        Raises:
            FileRefusedError: a cell cannot be read, a row has the wrong number of cells, a
                control total disagrees, …: all faults of the file at once.
        """
        ...


class ReportReader(Protocol):
    """Turns the bytes of a report into cells; the file's name is for messages only."""

    def open(self, content: bytes, *, name: str) -> OpenedReport:
        """Decode *content* by what it is, not by what it is called.

        Raises:
            FileRefusedError: not a table at all, damaged encoding, truncated…
            LimitExceededError: larger than agreed.
        """
        ...
