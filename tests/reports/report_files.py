"""Small report files, made when a test needs them: texts, and workbooks with typed cells."""

from __future__ import annotations

import csv
import datetime as dt
import io
import zipfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import xlsxwriter

from factoring_core.domain.vocabulary.profile import ReportKind, ReportLayout
from factoring_core.providers import load_profile, templates


def layout_of(name: str) -> ReportLayout:
    """Return ``provider/kind``: a shipped layout, the templates under ``template``."""
    provider, _, kind = name.partition("/")
    if provider == "template":
        return next(one for one in templates() if one.kind is ReportKind(kind))
    found = load_profile(provider).layout(ReportKind(kind))
    assert found is not None
    return found


def csv_bytes(rows: Iterable[Sequence[Any]], **dialect: Any) -> bytes:
    """Write rows as texts; CRLF, minimal quoting and UTF-8 unless told otherwise."""
    text = io.StringIO(newline="")
    csv.writer(text, **dialect).writerows(rows)
    return text.getvalue().encode()


def xlsx_bytes(*sheets: Iterable[Sequence[Any]], hidden: Sequence[int] = ()) -> bytes:
    """Write one sheet per argument; dates and numbers are typed cells, texts are texts."""
    content = io.BytesIO()
    with xlsxwriter.Workbook(content, {"in_memory": True}) as book:
        day = book.add_format({"num_format": "mm/dd/yyyy"})
        for number, rows in enumerate(sheets):
            sheet = book.add_worksheet()
            if number in hidden:
                sheet.hide()
            for row, cells in enumerate(rows):
                for column, cell in enumerate(cells):
                    match cell:
                        case None:
                            pass
                        case dt.date():
                            sheet.write_datetime(row, column, dt.datetime.combine(cell, dt.time()), day)
                        case bool():
                            sheet.write_boolean(row, column, cell)
                        case int() | float():
                            sheet.write_number(row, column, cell)
                        case ("formula", text, value):
                            sheet.write_formula(row, column, text, None, value)
                        case _:
                            sheet.write_string(row, column, str(cell))
    return content.getvalue()


def with_parts(content: bytes, change: Mapping[str, Callable[[bytes], bytes] | bytes]) -> bytes:
    """Return an archive with parts changed by a function, or added."""
    result = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(content)) as old,
        zipfile.ZipFile(result, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for name in old.namelist():
            how = change.get(name)
            new.writestr(name, how(old.read(name)) if callable(how) else old.read(name))
        for name, added in change.items():
            if not callable(added):
                new.writestr(name, added)
    return result.getvalue()


SHEET = "xl/worksheets/sheet1.xml"

PAYMENT_HEADER = ["Invoice Number", "Payment Date", "Payment Amount", "Check Number", "Type", "Closed"]
PAYMENTS = [
    ["INV-1", "01/05/2026", "100.00", "C1", "", ""],
    ["INV-2", "01/06/2026", "$2,000.50", "C1", "payment", "yes"],
    ["000123", "2026-01-07", "-5.25", "", "Payment", "no"],
]
