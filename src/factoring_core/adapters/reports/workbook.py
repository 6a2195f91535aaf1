"""Workbooks: typed cells, parsed by python-calamine in a process of its own.

A small file can make the parser abort its process, or use all memory; so the archive or the header
is looked at first, and the parser runs under limits where nobody else is hurt.
"""

import datetime as dt
import importlib.util
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from factoring_core.adapters.reports.limits import ReportLimits, exceeded, refuse
from factoring_core.adapters.reports.marks.compound import Compound
from factoring_core.adapters.reports.marks.found import UnfitError
from factoring_core.adapters.reports.sniff import COMPOUND, FileType
from factoring_core.adapters.reports.table import (
    HEAD_RECORDS,
    OddCell,
    PaddedNumber,
    Record,
    SheetTable,
    is_blank,
)
from factoring_core.adapters.reports.workbook_scan import scan_archive
from factoring_core.errors import MissingExtraError

_CHILD = Path(__file__).with_name("workbook_child.py")
_OURS = Path(__file__).parents[3]
_FAILED = "A formula failed here; the value is lost."
_FORMULA = "This is a formula; a report holds values only."


def open_workbook(
    content: bytes, *, name: str, limits: ReportLimits, type_: FileType = FileType.ARCHIVE
) -> list[SheetTable]:
    """Return the sheets of *content* that hold anything.

    Raises:
        FileRefusedError: no workbook, damaged, active; ``parser_crashed`` if parsing it does not end well.
        LimitExceededError: larger than agreed.
        MissingExtraError: python-calamine is not installed.
    """
    if len(content) > limits.workbook_bytes:
        exceeded(f"It is larger than {limits.workbook_bytes} bytes.", file=name)
    if type_ is FileType.COMPOUND:
        kind = scan_compound(content, name=name)
    else:
        kind = scan_archive(content, name=name, limits=limits)
    if importlib.util.find_spec("python_calamine") is None:
        raise MissingExtraError("python-calamine", "excel")
    answer = _parsed(content, kind, name, limits)
    match answer:
        case {"unfit": ["limit", str(message)]}:
            exceeded(message, file=name)
        case {"unfit": [str(code), str(message)]}:
            refuse(code, message, file=name)
        case {"sheets": list(sheets)}:
            tables = [table for sheet in sheets for table in _table(sheet, kind)]
        case _:
            message = "It is damaged or made in a way that the parser does not know."
            refuse("wrong_file_type", message, file=name, excerpt=str(answer.get("failed", "")))
    if not tables:
        refuse("empty_report", "There is nothing in it.", file=name)
    return tables


def scan_compound(content: bytes, *, name: str) -> str:
    """Refuse a compound file unless its header is sound and it holds an .xls workbook; say ``xls``.

    Raises:
        FileRefusedError: damaged, encrypted, active content, or another program's file.
    """
    try:
        held = Compound(content).entries
    except UnfitError as error:
        refuse(error.code, error.message, file=name, cause=error)
    for code, what, names in COMPOUND:
        if not names.isdisjoint(held):
            refuse(code, f"It {what}.", file=name)
    if held.keys().isdisjoint({"Workbook", "Book"}):
        refuse("wrong_file_type", "It is a compound file that holds no workbook.", file=name)
    return "xls"


def _table(sheet: dict[str, Any], kind: str) -> Iterator[SheetTable]:
    """Yield the table that *sheet* is, unless there is nothing in it."""
    records: list[Record] = sheet["rows"]
    if all(is_blank(cell) for record in records for cell in record):
        return
    warnings = [f"hidden_sheet: {sheet['name']}"] if sheet["hidden"] else []
    for what in ("hidden_rows", "hidden_columns"):
        if sheet[what]:
            warnings.append(f"{what}: {sheet[what]}")
    yield SheetTable(sheet=sheet["name"], records=records, warnings=tuple(warnings), file_type=kind)


def _parsed(content: bytes, kind: str, name: str, limits: ReportLimits) -> dict[str, Any]:
    """Run the parser in its own process and return what it says."""
    given = {
        "path": [str(_OURS), *filter(None, sys.path)],
        "kind": kind,
        "memory": limits.memory_bytes,
        "seconds": limits.cpu_seconds,
        "rows": limits.rows + HEAD_RECORDS,
        "columns": limits.columns,
        "cells": limits.cells,
    }
    try:
        done = subprocess.run(
            [sys.executable, "-I", "-S", str(_CHILD), json.dumps(given)],
            input=content,
            capture_output=True,
            timeout=limits.wall_seconds,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        message = f"Parsing it did not end within {limits.wall_seconds:g} seconds."
        refuse("parser_crashed", message, file=name, cause=error)
    if done.returncode != 0:
        refuse("parser_crashed", f"Parsing it ended with status {done.returncode}.", file=name)
    try:
        answer = json.loads(done.stdout, object_hook=_cell)
    except (ValueError, RecursionError) as error:
        refuse("parser_crashed", "Parsing it gave no sensible answer.", file=name, cause=error)
    return answer if isinstance(answer, dict) else {}


def _cell(given: dict[str, Any]) -> Any:
    """Return what one object in the answer stands for."""
    if len(given) != 1:
        return given
    match next(iter(given.items())):
        case ("d", str(text)):
            return dt.date.fromisoformat(text)
        case ("t", str(text)):
            return dt.datetime.fromisoformat(text)
        case ("h", text):
            return OddCell(str(text), "bad_date", "This is a time of day.")
        case ("b", bool(value)):
            return OddCell(
                str(value).upper(), "not_in_list", "This is true or false, which no column here holds."
            )
        case ("e", text):
            return OddCell(str(text), "resave_damage", _FAILED)
        case ("f", text):
            return OddCell(str(text), "formula", _FORMULA)
        case ("p", [float(number), str(text)]):
            return PaddedNumber(number, text)
    return given
