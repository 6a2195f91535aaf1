"""The cells of the frame about rows: every report is read again from the bytes that were kept."""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from attrs import evolve, frozen

from factoring_core.analysis.cells import Cells, Snapshots
from factoring_core.analysis.reading import Snapshot
from factoring_core.analysis.schema import Sort
from factoring_core.analysis.schemas import ROWS
from factoring_core.domain.reconciling.buckets import multiplicities, sort_rows
from factoring_core.domain.reconciling.columns import ReportColumns
from factoring_core.domain.reconciling.evidence import Evidence
from factoring_core.domain.reconciling.reading import read_facts
from factoring_core.domain.reconciling.reports import Report
from factoring_core.domain.reconciling.world import connection_of
from factoring_core.domain.vocabulary.profile import ReportKind, ReportLayout
from factoring_core.errors import NotFoundError
from factoring_core.usecases.ports import Ports

MONEY = tuple(one.name for one in ROWS.columns if one.sort is Sort.CENTS)


@frozen
class _Read:
    """One report, read again from the bytes that were kept."""

    report: Report
    content: ReportColumns
    evidence: Sequence[Evidence]


def rows(ports: Ports, snapshots: Snapshots, as_of: dt.date | None) -> Cells:
    """Return the cells of `rows`; the money columns are read from the files again.

    A row that was known when its report came is ``already_known``; where the others are is what
    is true now, so a row whose invoice came later has moved out of the exceptions.

    Raises:
        NotFoundError: the bytes of a report, or its layout, are not there any more.
    """
    found: Cells = {name: [] for name in ROWS.names}
    for one in snapshots:
        for part in _rows(ports, one, as_of):
            size = len(part["row"])
            for name in part.keys() - found.keys():
                found[name] = [None] * (len(found["row"]))
            for name, cells in found.items():
                cells += part.get(name, [None] * size)
    return found


def _rows(ports: Ports, one: Snapshot, as_of: dt.date | None) -> Iterable[Cells]:
    by_report: dict[str, list[Evidence]] = {}
    for fact in one.book.evidence:
        by_report.setdefault(fact.report, []).append(fact)
    before: dict[str, list[str]] = {}
    live = sorted(one.book.reports.values(), key=lambda report: report.sequence)
    for report in live:
        if report.kind is ReportKind.STATEMENT:
            continue
        pool = connection_of(report)
        earlier = before.setdefault(pool, [])
        known = multiplicities((fact for id_ in earlier for fact in by_report.get(id_, ())), earlier)
        own = by_report.get(report.id, [])
        content = ports.reports.open(ports.blobs.get(report.raw_sha256), name=report.file_name).read(
            _layout(ports, report)
        )
        if as_of is not None:
            content = _until(content, own, report)
        world = one.world
        buckets = sort_rows(content, own, world.facts.get(pool, {}), world.placements.get(pool, {}), known)
        yield _cells(one, pool, _Read(report, content, own), [bucket._value_ for bucket in buckets])
        earlier.append(report.id)


def _cells(one: Snapshot, pool: str, read: _Read, buckets: list[str]) -> Cells:
    content = read.content
    first: dict[int, Evidence] = {}
    for fact in read.evidence:
        first.setdefault(fact.row, fact)
    placements = one.world.placements.get(pool, {})
    size = len(content)
    facts = [first.get(row) for row in content.rows]
    placed = [placements.get(fact.key) if fact is not None else None for fact in facts]
    numbers = content.column("invoice_number")
    money: Mapping[str, list[Any]] = {
        name: list(content.columns[name]) for name in content.layout.amount_fields if name in content.columns
    }
    return {
        "report": [read.report.id] * size,
        "row": list(content.rows),
        "line": list(content.lines),
        "subsidiary": [one.subsidiary.id] * size,
        "connection": [pool] * size,
        "bucket": list(buckets),
        "invoice_key": [
            fact.invoice_key if fact is not None else number
            for fact, number in zip(facts, numbers, strict=True)
        ],
        "load": [where.load if where is not None else None for where in placed],
        "assignment": [where.sale if where is not None else None for where in placed],
        "tier": [where.tier if where is not None and where.sale is not None else None for where in placed],
        "type": [fact.type._value_ if fact is not None else None for fact in facts],
        "on": [fact.on if fact is not None else None for fact in facts],
        **dict.fromkeys(MONEY, [None] * size),
        **money,
    }


def _until(content: ReportColumns, own: Sequence[Evidence], report: Report) -> ReportColumns:
    """Leave out the rows whose facts are all of a later day; a row without facts stays."""
    later = {fact.row for fact in read_facts(content, report=report.id).evidence} - {fact.row for fact in own}
    if not later:
        return content
    wanted = [place for place, row in enumerate(content.rows) if row not in later]
    return evolve(
        content,
        rows=[content.rows[place] for place in wanted],
        lines=[content.lines[place] for place in wanted],
        columns={name: [cells[place] for place in wanted] for name, cells in content.columns.items()},
    )


def _layout(ports: Ports, report: Report) -> ReportLayout:
    """Return the layout by which a report was read."""
    profile = ports.profiles.get(report.provider)
    own = profile.layouts if profile is not None else ()
    for layout in (*ports.templates, *own):
        if layout.id == report.layout:
            return layout
    raise NotFoundError(
        f"The layout {report.layout} of report {report.id} is not there any more.",
        where={"report": report.id, "layout": report.layout},
    )
