"""Writing the template files that people fill: one line of headings, as CSV or as a workbook."""

import csv
import datetime as dt
import io

from factoring_core.domain.vocabulary.profile import CellKind, ReportLayout
from factoring_core.errors import MissingExtraError, UsageError

_CREATED = dt.datetime(2026, 1, 1)  # noqa: DTZ001 - a workbook's properties have no time zone
_FORMATS = {CellKind.DATE: "mm/dd/yyyy", CellKind.AMOUNT: "0.00", CellKind.NUMBER: "@", CellKind.TEXT: "@"}


def write_template(layout: ReportLayout, ending: str) -> bytes:
    """Return the empty file of *layout*: the first alias of each field is its heading.

    The same layout gives the same bytes every time.

    Args:
        ending: ``csv`` or ``xlsx``, or a file name that ends so.

    Raises:
        UsageError: another ending.
        MissingExtraError: a workbook, and XlsxWriter is not installed.
    """
    headings = [one.aliases[0] for one in layout.fields]
    match ending.rpartition(".")[2].lower():
        case "csv":
            text = io.StringIO(newline="")
            csv.writer(text).writerow(headings)
            return text.getvalue().encode()
        case "xlsx":
            return _workbook(layout, headings)
    raise UsageError(f"A template is a .csv or .xlsx file, not {ending}.")


def _workbook(layout: ReportLayout, headings: list[str]) -> bytes:
    """Return a workbook whose columns already have the types that the reader expects."""
    try:
        import xlsxwriter
    except ImportError as error:
        raise MissingExtraError("XlsxWriter", "excel") from error
    content = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(content, options) as workbook:
        workbook.set_properties({"created": _CREATED})
        sheet = workbook.add_worksheet(layout.kind.value.capitalize())
        bold = workbook.add_format({"bold": True})
        for position, (heading, one) in enumerate(zip(headings, layout.fields, strict=True)):
            shape = _FORMATS.get(one.kind)
            cells = workbook.add_format({"num_format": shape}) if shape else None
            sheet.set_column(position, position, max(12, len(heading) + 2), cells)
            sheet.write_string(0, position, heading, bold)
        sheet.freeze_panes(1, 0)
    return content.getvalue()
