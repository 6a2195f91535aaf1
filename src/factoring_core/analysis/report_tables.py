"""The cells of the frame about reports."""

import datetime as dt
from collections.abc import Iterable
from typing import Any

from factoring_core.analysis.cells import Cells, Snapshots, columns
from factoring_core.analysis.reading import Snapshot
from factoring_core.analysis.schemas import REPORTS
from factoring_core.usecases.days import local_day


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
