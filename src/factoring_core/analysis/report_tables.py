"""The cells of the frames about reports: the reports, their rows, their facts and their matches."""

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from attrs import evolve, frozen

from factoring_core.analysis.reading import Snapshot
from factoring_core.analysis.schema import Sort
from factoring_core.analysis.schemas import EVIDENCE, MATCHES, REPORTS, ROWS
from factoring_core.analysis.tables import Cells, Snapshots, columns
from factoring_core.domain.reconciling.buckets import multiplicities, sort_rows
from factoring_core.domain.reconciling.columns import ReportColumns
from factoring_core.domain.reconciling.evidence import Evidence
from factoring_core.domain.reconciling.facts import Fact
from factoring_core.domain.reconciling.reading import read_facts
from factoring_core.domain.reconciling.reports import Report
from factoring_core.domain.reconciling.world import STATED, connection_of
from factoring_core.domain.vocabulary.profile import ReportKind, ReportLayout
from factoring_core.errors import NotFoundError
from factoring_core.usecases.days import local_day
from factoring_core.usecases.ports import Ports

MONEY = tuple(one.name for one in ROWS.columns if one.sort is Sort.CENTS)


def reports(snapshots: Snapshots) -> Cells:
    """Return the cells of `reports`, those undone as well."""
    return columns(REPORTS, (row for one in snapshots for row in _reports(one)))


def _reports(one: Snapshot) -> Iterable[tuple[Any, ...]]:
    first: dict[str, dt.date] = {}
    last: dict[str, dt.date] = {}
    for fact in one.book.evidence:
        if fact.on is not None:
            first[fact.report] = min(fact.on, first.get(fact.report, fact.on))
            last[fact.report] = max(fact.on, last.get(fact.report, fact.on))
    for report in one.reports:
        voided = report.voided_at
        yield (
            report.id,
            report.subsidiary,
            report.connection,
            report.provider,
            report.kind.value,
            report.layout,
            report.verified,
            report.file_name,
            report.rows,
            first.get(report.id),
            last.get(report.id),
            local_day(report.applied_at, one.subsidiary),
            report.applied_by,
            report.sequence,
            report.id in one.book.reports,
            local_day(voided, one.subsidiary) if voided is not None else None,
            report.replaced_by,
        )


def evidence(snapshots: Snapshots) -> Cells:
    """Return the cells of `evidence`.

    ``counts`` shares out how often a fact posts among its copies, so that what is counted adds
    up to the positions and accounts.
    """
    return columns(EVIDENCE, (row for one in snapshots for row in _evidence(one)))


def _evidence(one: Snapshot) -> Iterable[tuple[Any, ...]]:
    world = one.world
    pools = {id_: connection_of(report) for id_, report in one.book.reports.items()}
    seen: Counter[int] = Counter()
    for fact_row in one.book.evidence:
        pool = pools[fact_row.report]
        fact: Fact = world.facts[pool][fact_row.key]
        copies = 0
        if fact.posted and fact_row.posts is fact.first.posts and fact_row.amount is not None:
            seen[id(fact)] += 1
            copies = int(seen[id(fact)] <= fact.posted)
            held = sum(copy.posts is fact.first.posts for copy in fact.copies) if fact.posted > 1 else 1
            if seen[id(fact)] == held < fact.posted:
                # A person counted more than the reports hold.
                copies += fact.posted - held
        placed = world.placements.get(pool, {}).get(fact_row.key)
        stated = fact_row.invoice_key.removeprefix("load:") if pool == STATED else None
        yield (
            fact_row.report,
            fact_row.row,
            fact_row.seq,
            one.subsidiary.id,
            pool,
            fact_row.type.value,
            fact_row.invoice_key,
            fact_row.amount,
            fact_row.word or None,
            fact_row.on,
            fact_row.reference,
            fact_row.measure.value,
            fact_row.posts,
            copies,
            fact.questioned,
            fact_row.account,
            fact.sale,
            placed.load if placed is not None else stated,
        )


def matches(snapshots: Snapshots) -> Cells:
    """Return the cells of `matches`: one row for each report row whose invoice was found."""
    return columns(MATCHES, (row for one in snapshots for row in _matches(one)))


def _matches(one: Snapshot) -> Iterable[tuple[Any, ...]]:
    pools = {id_: connection_of(report) for id_, report in one.book.reports.items()}
    last: tuple[str, int] | None = None
    for fact in one.book.evidence:
        if (fact.report, fact.row) == last:
            continue
        placed = one.world.placements.get(pools[fact.report], {}).get(fact.key)
        if placed is None or placed.sale is None or placed.load is None:
            continue
        last = (fact.report, fact.row)
        yield (
            fact.report,
            fact.row,
            fact.line,
            one.subsidiary.id,
            pools[fact.report],
            placed.load,
            placed.sale,
            placed.invoice_number,
            placed.tier,
            ",".join(placed.fields),
        )


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
        yield _cells(one, pool, _Read(report, content, own), [bucket.value for bucket in buckets])
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
        "type": [fact.type.value if fact is not None else None for fact in facts],
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
