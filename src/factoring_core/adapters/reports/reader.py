"""Opening a report, whatever its file is called: the report reader for CSV files and workbooks."""

from attrs import field, frozen

from factoring_core.adapters.reports.csv_table import open_csv
from factoring_core.adapters.reports.limits import ReportLimits
from factoring_core.adapters.reports.opened import OpenedFile
from factoring_core.adapters.reports.sniff import FileType, file_type
from factoring_core.adapters.reports.workbook import open_workbook


@frozen(kw_only=True)
class TableReportReader:
    """Implements `ports.report_reader.ReportReader`."""

    limits: ReportLimits = field(factory=ReportLimits)

    def open(self, content: bytes, *, name: str) -> OpenedFile:
        """Decode *content* by what it is; *name* is for messages only.

        Raises:
            FileRefusedError: not a table at all, empty, damaged, encrypted or active content.
            LimitExceededError: larger than agreed.
            MissingExtraError: a workbook, and the package that reads it is not installed.
        """
        found = file_type(content, name=name)
        if found is not FileType.CSV:
            tables = open_workbook(content, name=name, limits=self.limits, type_=found)
            return OpenedFile(name=name, tables=tables, limits=self.limits)
        table = open_csv(content, name=name, limits=self.limits)
        return OpenedFile(name=name, tables=[table], limits=self.limits)
