"""What must hold for every file whatsoever; used by Hypothesis here and by the coverage-guided search."""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeVar

from factoring_core.adapters.reports.decoding import delimiter_of
from factoring_core.adapters.reports.limits import ReportLimits
from factoring_core.adapters.reports.reader import TableReportReader
from factoring_core.domain.reconciling.columns import ReportColumns, canonical_digest
from factoring_core.domain.reconciling.reading import read_facts
from factoring_core.domain.vocabulary.profile import CellKind, ReportLayout
from factoring_core.errors import FileRefusedError, InputError, LimitExceededError
from reports.report_files import csv_bytes, layout_of, xlsx_bytes

T = TypeVar("T")

LAYOUTS = tuple(
    map(layout_of, ("template/payment", "template/purchase", "winfactor/payment", "rts/purchase"))
)
LIMITS = ReportLimits(rows=2_000, columns=64, cells=20_000, workbook_bytes=2**20, csv_bytes=2**20)
READER = TableReportReader(limits=LIMITS)


def outcome(content: bytes, layout: ReportLayout) -> ReportColumns | InputError:
    """Read *content*, or return its refusal; anything else that is raised is a defect."""
    return outcomes(content, [layout])[0]


def outcomes(content: bytes, layouts: Sequence[ReportLayout]) -> list[ReportColumns | InputError]:
    """Open *content* once and read it by each of *layouts*."""
    opened = _tried(lambda: READER.open(content, name="r"))
    if isinstance(opened, InputError):
        return [opened for _ in layouts]
    found = [_tried(lambda layout=layout: opened.read(layout)) for layout in layouts]
    for one in found:
        if isinstance(one, ReportColumns):
            read_facts(one, report="r")
    return found


def _tried(act: Callable[[], T]) -> T | InputError:
    error: InputError
    try:
        return act()
    except (FileRefusedError, LimitExceededError) as caught:
        error = caught
    assert error.faults
    assert error.code
    assert all(fault.code and fault.message and len(fault.excerpt or "") <= 40 for fault in error.faults)
    return error


def digest(columns: ReportColumns) -> str:
    """Name a report by what it says."""
    return canonical_digest(columns, scope=["tenant", "connection"])


def check(content: bytes) -> bool:
    """Read *content* by every layout, and all that is accepted also as it would be saved again.

    Return whether any layout accepted it.
    """
    accepted = False
    for layout, found in zip(LAYOUTS, outcomes(content, LAYOUTS), strict=True):
        if isinstance(found, ReportColumns):
            accepted = True
            for name, again in saved_again(content, found):
                read = outcome(again, layout)
                assert isinstance(read, ReportColumns), f"{name}: {read}"
                assert digest(found) == digest(read), name
    return accepted


def saved_again(content: bytes, found: ReportColumns) -> Iterator[tuple[str, bytes]]:
    """Yield a file as spreadsheets save it again, with its own cells and by what they say."""
    if not content.startswith((b"PK", b"\xd0\xcf")):
        rows = records(content)
        yield (
            "quoted, with marks",
            b"\xef\xbb\xbf" + csv_bytes(rows, quoting=csv.QUOTE_ALL, lineterminator="\n"),
        )
        yield "utf-16", csv_bytes(rows).decode().encode("utf-16")
        turned = [row[::-1] for row in rows]
        if len(set(map(len, rows))) == 1:
            yield "columns reversed", csv_bytes(turned)
    yield "texts", csv_bytes(told(found, as_text))
    yield "old newlines", csv_bytes(told(found, as_text), lineterminator="\r")


def as_workbook(found: ReportColumns) -> bytes:
    """Write what was read as a workbook with typed cells."""
    return xlsx_bytes(told(found, as_cell))


def records(content: bytes) -> list[list[str]]:
    """Return the cells of an accepted file of texts."""
    encoding = "utf-16" if content.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8-sig"
    text = content.decode(encoding)
    first, _, rest = text.partition("\n")
    if first.strip('\r" ').lower().startswith("sep="):
        text = rest
    delimiter = delimiter_of([line for line in text.splitlines() if line.strip()][:64])
    return list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True))


def told(found: ReportColumns, write: Callable[[CellKind, Any], Any]) -> list[Sequence[Any]]:
    """Return what was read as a table with the plainest headings."""
    layout = found.layout
    fields = [one for one in layout.fields if one.name in found.columns]
    header = [one.aliases[0] for one in fields]
    columns = [[write(one.kind, value) for value in found.columns[one.name]] for one in fields]
    return [header, *map(list, zip(*columns, strict=True))]


def as_text(kind: CellKind, value: Any) -> str:
    """Write a value as a file of texts has it."""
    if value is None:
        return ""
    if kind is CellKind.AMOUNT:
        return f"{'-' if value < 0 else ''}{abs(value) // 100}.{abs(value) % 100:02d}"
    if kind is CellKind.YES_NO:
        return "yes" if value else "no"
    return value.isoformat() if isinstance(value, dt.date) else str(value)


def as_cell(kind: CellKind, value: Any) -> Any:
    """Write a value as the cell of a workbook."""
    if kind is CellKind.AMOUNT and value is not None:
        return value / 100
    return value if isinstance(value, dt.date) else as_text(kind, value) or None
