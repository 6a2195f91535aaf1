"""The worklist of exceptions as CSV or XLSX: written to be decided in, and read when it is back.

Texts come from the factor's files, so none of them may become a formula: in CSV what begins like
one gets an apostrophe, in a workbook every text is a cell of type text.
"""

import csv
import datetime as dt
import io
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

from factoring_core.adapters.reports.reader import TableReportReader
from factoring_core.domain.reconciling.resolutions import EFFECTS
from factoring_core.domain.vocabulary.money import decimal_text
from factoring_core.domain.vocabulary.own_files import own_layout
from factoring_core.domain.vocabulary.profile import CellKind
from factoring_core.errors import MissingExtraError, UsageError
from factoring_core.ports.worklist import DecidedLine, WorkLine

SHOWN: Final = (
    ("Exception", 22),
    ("Type", 24),
    ("Severity", 9),
    ("Subsidiary", 12),
    ("Connection", 16),
    ("Load", 14),
    ("Amount At Risk", 14),
    ("Age Days", 9),
    ("About", 60),
    ("Possible", 40),
    ("Suggested", 18),
)
"""Headings that are there to be read, and how wide their columns are."""

TO_FILL: Final = (
    ("Decision", 20),
    ("For Load", 14),
    ("For Batch", 12),
    ("For Amount", 12),
    ("For Count", 10),
    ("Reason", 40),
)
"""Headings of the columns that a person fills."""

LAST: Final = (("Rows", 30), ("Seen", 16))
HEADINGS: Final = (*SHOWN, *TO_FILL, *LAST)

_READ: Final[Mapping[str, tuple[str, CellKind]]] = {
    "exception": ("Exception", CellKind.TEXT),
    "seen": ("Seen", CellKind.TEXT),
    "decision": ("Decision", CellKind.WORD),
    "load": ("For Load", CellKind.TEXT),
    "batch": ("For Batch", CellKind.TEXT),
    "amount": ("For Amount", CellKind.AMOUNT),
    "count": ("For Count", CellKind.TEXT),
    "reason": ("Reason", CellKind.TEXT),
}

WORKLIST_LAYOUT: Final = own_layout(
    "host/worklist/v1",
    {name: (kind, (heading,)) for name, (heading, kind) in _READ.items()},
    required=("exception", "seen"),
    source="This project's worklist of exceptions.",
)
"""The columns that are read when a worklist is back; the others were only to be read by a person."""

_CREATED: Final = dt.datetime(2026, 1, 1)  # noqa: DTZ001 - a workbook's properties have no time zone
_LIKE_FORMULAS: Final = ("=", "+", "-", "@", "\t", "\r")


def read_worklist(content: bytes, *, name: str) -> tuple[DecidedLine, ...]:
    """Read every line of a worklist, decided or not.

    Raises:
        FileRefusedError: it is no worklist, or a cell cannot be read; every fault at once.
        LimitExceededError: larger than agreed.
    """
    opened = TableReportReader().open(content, name=name)
    columns = opened.read(WORKLIST_LAYOUT)
    names = list(columns.columns)
    return tuple(
        DecidedLine(
            row=row,
            line=line,
            **{name: cell for name, cell in zip(names, cells, strict=True) if cell not in ("", None)},
        )
        for row, line, cells in zip(
            columns.rows, columns.lines, zip(*columns.columns.values(), strict=True), strict=True
        )
    )


def write_worklist(lines: Sequence[WorkLine], ending: str) -> bytes:
    """Return *lines* as a file; the same lines give the same bytes.

    Args:
        ending: ``csv`` or ``xlsx``.

    Raises:
        UsageError: another ending.
        MissingExtraError: a workbook, and XlsxWriter is not installed.
    """
    match ending:
        case "csv":
            text = io.StringIO(newline="")
            writer = csv.writer(text)
            writer.writerow([heading for heading, _ in HEADINGS])
            writer.writerows([_plain(cell) for cell in _cells(line)] for line in lines)
            return text.getvalue().encode()
        case "xlsx":
            return _workbook(lines)
    raise UsageError(f"A worklist is a .csv or .xlsx file, not .{ending}.")


def _cells(line: WorkLine) -> Iterable[Any]:
    """Return the cells of one line; the amount as a `Decimal`."""
    yield from (line.exception, line.type, line.severity, line.subsidiary, line.connection or "")
    yield from (line.load or "", Decimal(decimal_text(line.amount_at_risk)), line.age_days, line.about)
    yield from (", ".join(line.resolutions), line.suggested)
    yield from ("",) * len(TO_FILL)
    yield from (line.rows, line.seen)


def _plain(cell: Any) -> str:
    text = str(cell)
    return f"'{text}" if isinstance(cell, str) and text.startswith(_LIKE_FORMULAS) else text


def _workbook(lines: Sequence[WorkLine]) -> bytes:
    try:
        import xlsxwriter
    except ImportError as error:
        raise MissingExtraError("XlsxWriter", "excel") from error
    content = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(content, options) as workbook:
        workbook.set_properties({"created": _CREATED})
        bold = workbook.add_format({"bold": True})
        fill = workbook.add_format({"bg_color": "#FFF8DC", "num_format": "@"})
        money = workbook.add_format({"num_format": "0.00"})
        fill_money = workbook.add_format({"bg_color": "#FFF8DC", "num_format": "0.00"})
        sheet = workbook.add_worksheet("Exceptions")
        place = {heading: column for column, (heading, _) in enumerate(HEADINGS)}
        for heading, width in HEADINGS:
            sheet.write_string(0, place[heading], heading, bold)
            sheet.set_column(place[heading], place[heading], width)
        for row, line in enumerate(lines, start=1):
            for column, cell in enumerate(_cells(line)):
                if isinstance(cell, Decimal):
                    sheet.write_number(row, column, cell, money)
                elif isinstance(cell, int):
                    sheet.write_number(row, column, cell)
                elif cell:
                    sheet.write_string(row, column, cell)
            for heading, _ in TO_FILL:
                sheet.write_blank(row, place[heading], None, fill_money if heading == "For Amount" else fill)
            _allow(sheet, row, place, line)
        sheet.freeze_panes(1, 1)
        sheet.autofilter(0, 0, max(1, len(lines)), len(HEADINGS) - 1)
        _explain(workbook.add_worksheet("Decisions"), bold)
    return content.getvalue()


def _allow(sheet: Any, row: int, place: Mapping[str, int], line: WorkLine) -> None:
    """Let the cells to fill take only what can be meant."""
    decision, amount, count = (place[heading] for heading in ("Decision", "For Amount", "For Count"))
    sheet.data_validation(
        row,
        decision,
        row,
        decision,
        {
            "validate": "list",
            "source": list(line.resolutions),
            "error_title": "Not possible here",
            "error_message": f"For {line.type}: {', '.join(line.resolutions)}."[:255],
        },
    )
    sheet.data_validation(
        row, amount, row, amount, {"validate": "decimal", "criteria": ">", "value": -1_000_000_000}
    )
    sheet.data_validation(row, count, row, count, {"validate": "integer", "criteria": ">=", "value": 1})


def _explain(sheet: Any, bold: Any) -> None:
    """Say on a sheet of its own what each decision does."""
    for column, (heading, width) in enumerate((("Resolution", 20), ("Takes", 20), ("Effect", 110))):
        sheet.write_string(0, column, heading, bold)
        sheet.set_column(column, column, width)
    for row, (one, effect) in enumerate(EFFECTS.items(), start=1):
        sheet.write_string(row, 0, one.value)
        sheet.write_string(row, 1, ", ".join(f"for {name}" for name in effect.parameters) or "a reason only")
        sheet.write_string(row, 2, f"{effect.does} Lapses: {effect.lapses}.")
