"""Workbooks: typed cells, parsed by python-calamine in a process of its own.

A small file can make the parser abort its process, or use all memory; so the archive is looked
at first, and the parser runs under limits where nobody else is hurt.
"""

import datetime as dt
import importlib.util
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from factoring_core.adapters.reports.limits import ReportLimits, refuse
from factoring_core.adapters.reports.table import OddCell, Record, SheetTable, is_blank
from factoring_core.adapters.reports.workbook_scan import scan_workbook
from factoring_core.errors import MissingExtraError

_CHILD = Path(__file__).with_name("workbook_child.py")
_FAILED = "A formula failed here; the value is lost."
_FORMULA = "This is a formula; a report holds values only."


def open_workbook(content: bytes, *, name: str, limits: ReportLimits) -> list[SheetTable]:
    """Return the sheets of *content* that hold anything.

    Raises:
        FileRefusedError: no workbook, damaged, active; ``parser_crashed`` if parsing it does not end well.
        LimitExceededError: larger than agreed.
        MissingExtraError: python-calamine is not installed.
    """
    scan_workbook(content, name=name, limits=limits)
    found = importlib.util.find_spec("python_calamine")
    if found is None or found.origin is None:
        raise MissingExtraError("python-calamine", "excel")
    answer = _parsed(content, Path(found.origin).parents[1], name, limits)
    if "sheets" not in answer:
        message = "It is damaged or made in a way that the parser does not know."
        refuse("wrong_file_type", message, file=name, excerpt=str(answer.get("failed", "")))
    tables = []
    for sheet in answer["sheets"]:
        records: list[Record] = sheet["rows"]
        if all(is_blank(cell) for record in records for cell in record):
            continue
        warnings = []
        if sheet["hidden"]:
            warnings.append(f"hidden_sheet: {sheet['name']}")
        if sheet["hidden_rows"]:
            warnings.append(f"hidden_rows: {sheet['hidden_rows']}")
        tables.append(SheetTable(sheet=sheet["name"], records=records, warnings=tuple(warnings)))
    if not tables:
        refuse("empty_report", "There is nothing in it.", file=name)
    return tables


def _parsed(content: bytes, folder: Path, name: str, limits: ReportLimits) -> dict[str, Any]:
    """Run the parser in its own process and return what it says."""
    command = [sys.executable, "-I", "-S", str(_CHILD), str(folder)]
    try:
        done = subprocess.run(
            [*command, str(limits.memory_bytes), str(limits.cpu_seconds)],
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
    return given
