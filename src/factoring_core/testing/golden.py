"""Golden files: what a report was once read as, kept beside it, and compared with a readable difference."""

import difflib
import os
from pathlib import Path
from typing import Any

from factoring_core.adapters.reports.reader import TableReportReader
from factoring_core.domain.vocabulary.profile import CellKind, ReportKind, ReportLayout
from factoring_core.errors import FileRefusedError, UsageError
from factoring_core.providers.load import all_profiles, templates

RECORD = "FACTORING_GOLDEN"
"""The environment variable that, set to ``record``, writes golden files instead of comparing."""


def layout_named(name: str) -> ReportLayout:
    """Return the layout called ``provider/kind``, such as ``winfactor/payment``; ``template`` is a provider.

    Raises:
        UsageError: there is none.
    """
    provider, _, kind = name.partition("/")
    profile = all_profiles().get(provider)
    layouts = templates() if provider == "template" else () if profile is None else profile.layouts
    found = next((one for one in layouts if one.kind.value == kind), None)
    if found is None:
        kinds = ", ".join(one.value for one in ReportKind)
        raise UsageError(f"There is no layout {name}.", remedy=f"Write PROVIDER/KIND; kinds are {kinds}.")
    return found


def reading_of(content: bytes, *, name: str, layout: str) -> str:
    """Return what a report is read as: a line for each row and its cells, or each fault of a refused one.

    Amounts are in dollars and cents, dates in ISO form, blank cells left out.
    """
    chosen = layout_named(layout)
    lines = [f"layout: {chosen.id}"]
    try:
        read = TableReportReader().open(content, name=name).read(chosen)
    except FileRefusedError as refused:
        lines.append(f"refused: {refused.code}")
        lines += [f"  {fault.code}: {fault.message}" for fault in refused.faults]
        return "\n".join([*lines, ""])
    lines.append(f"rows: {len(read)}")
    amounts = {one.name for one in chosen.fields if one.kind is CellKind.AMOUNT}
    for at, line in enumerate(read.lines):
        lines.append(f"line {line}:")
        for field, cells in read.columns.items():
            if cells[at] not in (None, ""):
                lines.append(f"  {field}: {_text(cells[at], field in amounts)}")
    lines += [f"total: {dict(one)}" for one in read.control_totals]
    lines += [f"warning: {one}" for one in read.warnings]
    return "\n".join([*lines, ""])


def _text(cell: Any, amount: bool) -> str:
    if amount:
        return f"{'-' if cell < 0 else ''}{abs(cell) // 100}.{abs(cell) % 100:02d}"
    return str(cell)


def check_golden(report: Path, *, layout: str, golden: Path | None = None) -> None:
    """Compare what *report* is read as with the golden file beside it, or record that.

    Args:
        report: The file.
        layout: ``provider/kind``.
        golden: Where the reading is kept; ``REPORT.golden.txt`` by default.

    Raises:
        AssertionError: it is read otherwise; the message is the difference.
        UsageError: there is no golden file, and none is recorded.
    """
    golden = golden or report.with_name(f"{report.name}.golden.txt")
    found = reading_of(report.read_bytes(), name=report.name, layout=layout)
    if os.environ.get(RECORD) == "record":
        golden.write_text(found, encoding="utf-8")
        return
    if not golden.is_file():
        raise UsageError(
            f"{golden.name} is not there.", remedy=f"Record it with {RECORD}=record, and read it."
        )
    kept = golden.read_text(encoding="utf-8")
    if kept != found:
        before, after = kept.splitlines(), found.splitlines()
        changes = difflib.unified_diff(before, after, "as recorded", "as read now", lineterm="", n=4)
        raise AssertionError("\n".join([f"{report.name} is read otherwise than it was recorded:", *changes]))
