"""A file opened as one or more tables, to be read by whichever layout fits."""

from collections.abc import Sequence

from attrs import field, frozen

from factoring_core.adapters.reports.cells import Words
from factoring_core.adapters.reports.csv_table import CsvTable
from factoring_core.adapters.reports.faults import FaultList
from factoring_core.adapters.reports.header import HeaderMatch, find_header, likely_header
from factoring_core.adapters.reports.layout_reader import read_table
from factoring_core.adapters.reports.limits import ReportLimits, refuse
from factoring_core.adapters.reports.rows import trimmed
from factoring_core.adapters.reports.table import Table, shown
from factoring_core.domain.reconciling.columns import ReportColumns
from factoring_core.domain.vocabulary.profile import ReportLayout
from factoring_core.ports.report_reader import Fit


@frozen(kw_only=True, eq=False)
class OpenedFile:
    """The tables of one file.  A sheet is chosen by its header, never by its name or place."""

    name: str
    tables: Sequence[Table]
    limits: ReportLimits = field(repr=False)

    @property
    def file_type(self) -> str:
        """What the file is: ``csv``, ``xlsx``, ``xls``, ``xlsb`` or ``ods``."""
        return self.tables[0].file_type

    @property
    def header(self) -> tuple[str, ...]:
        """The cells of the line that looks most like a header, for messages."""
        longest: tuple[str, ...] = ()
        for table in self.tables:
            if table.head:
                cells = trimmed(table.head[likely_header(table.head)])
                longest = max(longest, tuple(map(shown, cells)), key=len)
        return longest

    def matches(self, layout: ReportLayout) -> list[tuple[Table, HeaderMatch]]:
        """Return each table with its best header line for *layout*."""
        readable = [
            one.decoded_as(layout.encodings) if isinstance(one, CsvTable) else one for one in self.tables
        ]
        return [(table, find_header(layout, table.head)) for table in readable]

    def match(self, layout: ReportLayout) -> tuple[Table, HeaderMatch]:
        """Return the table and the header line that *layout* fits best."""
        return max(self.matches(layout), key=lambda one: _closeness(one[1]))

    def fit(self, layout: ReportLayout) -> Fit:
        """Say how *layout* fits the table that it fits best."""
        _, best = self.match(layout)
        return Fit(layout=layout, mapped=len(best.columns), missing=best.missing, doubled=best.doubled)

    def read(self, layout: ReportLayout, *, words: Words | None = None) -> ReportColumns:
        """Read the one table that *layout* fits; *words* are closed lists the layout does not hold.

        Raises:
            FileRefusedError: no table fits, or two do; the layout does not allow this type of
                file; bytes that cannot be decoded; or any cell fault.
        """
        content, faults = self.read_with_faults(layout, words=words)
        if faults.total:
            faults.refuse()
        return content

    def read_with_faults(
        self, layout: ReportLayout, *, words: Words | None = None
    ) -> tuple[ReportColumns, FaultList]:
        """Read as `read` does, but hand out the faults of cells and rows beside what could be read.

        Raises:
            FileRefusedError: the table as a whole cannot be read.
        """
        matches = self.matches(layout)
        fitting = [(table, found) for table, found in matches if found.fits]
        if not fitting:
            _, best = self.match(layout)
            lacking = [f"no column for {name}" for name in best.missing]
            doubled = [f"two columns for {name}" for name in best.doubled]
            refuse(
                "unknown_layout",
                f"It does not fit {layout.id}: {', '.join([*lacking, *doubled])}.",
                file=self.name,
                excerpt=", ".join(self.header),
            )
        if len(fitting) > 1:
            sheets = ", ".join(str(table.sheet) for table, _ in fitting)
            refuse("ambiguous_sheet", f"More than one sheet fits {layout.id}: {sheets}.", file=self.name)
        [(table, found)] = fitting
        # A layout that takes workbooks takes them however they were saved.
        if ("csv" if table.file_type == "csv" else "xlsx") not in layout.file_types:
            refuse(
                "wrong_file_type", f"{layout.id} is never a file of type {table.file_type}.", file=self.name
            )
        if isinstance(table, CsvTable) and table.damage is not None:
            message = f"Byte {table.damage} is not UTF-8, and {layout.id} names no other encoding."
            refuse("encoding_damage", message, file=self.name, line=table.damaged_line)
        return read_table(table, layout, found, name=self.name, limits=self.limits, words=words)


def _closeness(found: HeaderMatch) -> tuple[bool, int, int]:
    return found.fits, len(found.columns), -len(found.missing)
