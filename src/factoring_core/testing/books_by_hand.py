"""Short ways to write down a whole book: sales, reports with their rows, and decisions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from attrs import evolve

from factoring_core.domain.reconciling.decisions import Decision, Resolution
from factoring_core.domain.reconciling.evidence import Evidence
from factoring_core.domain.reconciling.findings import ExceptionItem
from factoring_core.domain.reconciling.reports import Report
from factoring_core.domain.reconciling.world import Book
from factoring_core.domain.selling.batch import Assignment, Batch
from factoring_core.domain.vocabulary.load import Load
from factoring_core.domain.vocabulary.parties import (
    Subsidiary,
)
from factoring_core.testing.by_hand import (
    CUSTOMERS,
    NOON,
    a_batch,
    a_load,
    a_report,
    a_sale,
    numbered,
    subsidiary,
)


def decision(subject: str, resolution: Resolution | str, **more: Any) -> Decision:
    """Return a live decision of connection C1."""
    return Decision(
        **{
            "id": f"dec-{subject}-{resolution}",
            "subsidiary": "S",
            "connection": "C1",
            "subject": subject,
            "resolution": Resolution(resolution),
            "reason": "because",
            "actor": "ann",
            "at": NOON,
            "sequence": 1,
            **more,
        }
    )


def about(item: ExceptionItem, resolution: Resolution | str, **more: Any) -> Decision:
    """Return a decision on an exception as a use case records it."""
    return decision(
        item.subject,
        resolution,
        **{
            "connection": item.connection,
            "exception_type": item.type.value,
            "exception_id": item.id,
            "judged": item.judged,
            **more,
        },
    )


Rows = Sequence[Evidence | Sequence[Evidence]]


def a_book(
    *loads: Load,
    batches: Sequence[Batch] = (),
    sales: Sequence[Assignment] = (),
    reports: Sequence[tuple[Report, Rows]] = (),
    decisions: Sequence[Decision] = (),
    sub: Subsidiary | None = None,
) -> Book:
    """Return a book; reports are given with their rows."""
    return Book(
        tenant="t",
        subsidiary=sub or subsidiary(),
        loads={load.number: load for load in loads},
        customers=CUSTOMERS,
        assignments=tuple(sales),
        batches={batch.id: batch for batch in batches},
        reports={report.id: report for report, _ in reports},
        evidence=tuple(fact for report, rows in reports for fact in numbered(report.id, rows)),
        decisions=tuple(decisions),
    )


def one_sale(*reports: Rows, decisions: Sequence[Decision] = (), **more: Any) -> Book:
    """Return the book most examples need: one delivered invoice 1001 of 100.00 and reports R1, R2…

    ``sale``, ``load``, ``batch`` and ``report`` take changes to the values; the sale is ``A1``.
    """
    load = a_load(**more.pop("load", {}))
    batch = a_batch(**more.pop("batch", {}))
    sale = a_sale(load, batch, id_="A1", **more.pop("sale", {}))
    report = more.pop("report", {})
    return a_book(
        load,
        batches=[batch],
        sales=[sale],
        reports=[(a_report(f"R{n}", sequence=n, **report), rows) for n, rows in enumerate(reports, start=1)],
        decisions=decisions,
        **more,
    )


def without(book: Book, *reports: str) -> Book:
    """Return the book in which these reports never came."""
    return evolve(
        book,
        reports={id_: report for id_, report in book.reports.items() if id_ not in reports},
        evidence=tuple(one for one in book.evidence if one.report not in reports),
    )


def deciding(book: Book, *decisions: Decision) -> Book:
    """Return the book with more decisions, numbered in the order given."""
    start = len(book.decisions) + 1
    added = [evolve(one, id=f"d{start + n}", sequence=start + n) for n, one in enumerate(decisions)]
    return evolve(book, decisions=(*book.decisions, *added))
