"""Writing the template files that people fill: one line of headings, as CSV or as a workbook.

The workbook explains each column in a note on its heading, and checks what is typed under it.
"""

import csv
import datetime as dt
import io
from typing import Any

from factoring_core.domain.vocabulary.money import MAX_CENTS
from factoring_core.domain.vocabulary.profile import CellKind, LayoutField, ReportLayout
from factoring_core.errors import MissingExtraError, UsageError

_CREATED = dt.datetime(2026, 1, 1)  # noqa: DTZ001 - a workbook's properties have no time zone
_EARLIEST = dt.date(2000, 1, 1)
_VALIDATED_ROWS = 100_000
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
    """Return a workbook whose columns have the types that the reader expects, checked as one types."""
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
            sheet.write_comment(0, position, note(one, layout), {"author": "", "x_scale": 1.6})
            rule = _rule(one, layout)
            if rule is not None:
                told = {"error_title": heading, "error_message": note(one, layout)[:255]}
                sheet.data_validation(1, position, _VALIDATED_ROWS, position, {**rule, **told})
        sheet.freeze_panes(1, 0)
    return content.getvalue()


def note(one: LayoutField, layout: ReportLayout) -> str:
    """Say what belongs into a column."""
    needed = "Required. " if one.required else "May be blank. "
    match one.kind:
        case CellKind.NUMBER:
            return f"{needed}The invoice number exactly as it was sent, zeros in front included."
        case CellKind.DATE:
            return f"{needed}A date, such as 01/31/2026."
        case CellKind.AMOUNT:
            return f"{needed}An amount such as 1234.50. The type says which way the money went."
        case CellKind.YES_NO:
            return f"{needed}yes or no."
        case CellKind.WORD:
            return f"{needed}One of: {', '.join(_words(layout))}. Blank means {layout.kind.value}."
        case _:
            return f"{needed}A text."


def _words(layout: ReportLayout) -> list[str]:
    return [word for entry in layout.entries for word in entry.words if word]


def _rule(one: LayoutField, layout: ReportLayout) -> dict[str, Any] | None:
    """Return what a spreadsheet checks while somebody types into the column of *one*."""
    match one.kind:
        case CellKind.DATE:
            return {"validate": "date", "criteria": ">=", "value": _EARLIEST}
        case CellKind.AMOUNT:
            return {
                "validate": "decimal",
                "criteria": "between",
                "minimum": -MAX_CENTS / 100,
                "maximum": MAX_CENTS / 100,
            }
        case CellKind.YES_NO:
            return {"validate": "list", "source": ["yes", "no"]}
        case CellKind.WORD:
            return {"validate": "list", "source": _words(layout)}
        case _:
            return None
