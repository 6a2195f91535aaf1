"""Planning what one report would do: a value that can be shown, and is what gets committed."""

from collections import Counter
from collections.abc import Iterable, Sequence
from functools import partial
from heapq import merge
from itertools import chain
from operator import itemgetter
from typing import Any

from attrs import evolve, frozen

from factoring_core.domain.reconciling.alike_rows import AlikeRows
from factoring_core.domain.reconciling.buckets import Bucket, conserve, multiplicities, sort_rows
from factoring_core.domain.reconciling.columns import ReportColumns
from factoring_core.domain.reconciling.evidence import Evidence
from factoring_core.domain.reconciling.findings import ExceptionItem, ExceptionType
from factoring_core.domain.reconciling.reports import Report, ReportOutcome
from factoring_core.domain.reconciling.world import Book, World
from factoring_core.domain.reconciling.world import connection_of as pool_of
from factoring_core.domain.vocabulary.packed import Packed
from factoring_core.domain.vocabulary.parties import Connection, MissingInvoices
from factoring_core.errors import Fault, FileRefusedError, StoreCorruptError
from factoring_core.ports.storage import Reading
from factoring_core.usecases.books import Change, plan_change
from factoring_core.usecases.many import Many
from factoring_core.usecases.ports import Ports
from factoring_core.usecases.reconciling.other_subsidiary import refuse_other_subsidiary
from factoring_core.usecases.reconciling.report_change import plan_report_change
from factoring_core.usecases.reconciling.report_rows import OpenBook, ReportRows
from factoring_core.usecases.results import ReportResult, RowCounts, RowException, RowMatch


@frozen(kw_only=True)
class ReportPlan:
    """What applying one report means: the records to write and the answer to give."""

    rows: ReportRows
    replaced: Report | None
    change: Change
    result: ReportResult


def plan_report(
    tx: Reading,
    ports: Ports,
    open_book: OpenBook,
    *,
    rows: ReportRows,
    connection: Connection,
    replaced: Report | None,
    checked_batch: str | None,
    warnings: Sequence[str],
) -> ReportPlan:
    """Fold the books with *report* in them and *replaced* out of them; writes nothing.

    Raises:
        FileRefusedError: rows of another subsidiary or batch, or an incomplete list where the
            connection asks for a complete one.
        StoreCorruptError: a cent was lost; nothing is applied.
    """
    book, report, content = open_book.book, rows.report, rows.content
    out = {report.id} if replaced is None else {report.id, replaced.id}
    others = {id_: one for id_, one in book.reports.items() if id_ not in out}
    kept = [one for one in book.evidence if one.report in others] if replaced is not None else book.evidence
    pool = pool_of(report)
    same_pool = [id_ for id_, one in others.items() if pool_of(one) == pool]
    after = evolve(book, reports={**others, report.id: report}, evidence=[*kept, *rows.others])
    if replaced is None:
        change = plan_report_change(tx, ports, open_book, after, rows)
    else:
        change = plan_change(tx, ports, after)
    world, alike = change.world, rows.alike if change.alike is None else change.alike
    name, folded = report.file_name, rows.apart_from(alike)
    stated = {one.invoice_key for one in folded}
    known = multiplicities((one for one in kept if one.invoice_key in stated), same_pool) if kept else {}
    refuse_other_subsidiary(tx, ports, world, pool, folded, name=name, subsidiary=report.subsidiary)
    if checked_batch is not None:
        _refuse_other_batch(world, pool, folded, checked_batch, name=name)
    if connection.batch_report is MissingInvoices.REFUSE:
        _refuse_incomplete(world, report, after, name=name)

    sorted_ = zip(alike.rows, (one.bucket for one in alike.outcomes), strict=True)
    buckets = sort_rows(
        content, folded, world.facts.get(pool, {}), world.placements.get(pool, {}), known, sorted_=sorted_
    )
    conservation = conserve(content, buckets)
    if not all(column.holds for column in conservation.values()):
        raise StoreCorruptError("The money of the report does not add up over its rows; nothing was applied.")
    counts = Counter(buckets)
    result = ReportResult(
        report_id=report.id,
        outcome=ReportOutcome.APPLIED,
        file=name,
        subsidiary=report.subsidiary,
        connection=connection.id,
        provider=connection.provider,
        kind=report.kind.value,
        layout=report.layout,
        verified=report.verified,
        rows=RowCounts(read=len(buckets), **{bucket.value: counts[bucket] for bucket in Bucket}),
        transitions=change.transitions,
        matches=_matches(world, pool, folded, alike),
        exceptions=_supported(world, alike, report, content),
        conservation={
            column: {"read": sums.read, **{bucket.value: sums.buckets[bucket] for bucket in Bucket}}
            for column, sums in conservation.items()
        },
        control_totals=content.control_totals,
        warnings=tuple(warnings),
        replaces=replaced.id if replaced is not None else None,
    )
    return ReportPlan(rows=rows, replaced=replaced, change=change, result=result)


def _matches(world: World, pool: str, evidence: Iterable[Evidence], alike: AlikeRows) -> Sequence[RowMatch]:
    """Explain every row whose invoice was found, also where it was known already."""
    placements = world.placements.get(pool, {})
    found: list[tuple[Any, ...]] = []
    last = 0
    for one in evidence:
        if one.row == last:
            continue
        placement = placements[one.key]
        if placement.sale is not None and placement.load is not None:
            last = one.row
            named = (placement.load, placement.invoice_number, placement.tier, placement.fields)
            found.append((last, one.line, *named))
    tiers = Packed(one.placement.tier for one in alike.outcomes)
    fields = Packed(one.placement.fields for one in alike.outcomes)
    columns = (alike.rows, alike.lines, alike.loads, alike.numbers, tiers, fields)
    if not found:
        return Many.of_columns(RowMatch.of, *columns)
    return Many(RowMatch.of, merge(found, zip(*columns, strict=True), key=itemgetter(0)))


def _supported(
    world: World, alike: AlikeRows, report: Report, content: ReportColumns
) -> Sequence[RowException]:
    """List every exception that a row of this report supports, one entry per row."""
    found = [
        (row, content.line_of(row), item)
        for item in world.exceptions.values()
        for id_, row in item.rows
        if id_ == report.id
    ]
    found.sort(key=lambda one: (one[0], one[2].type.value, one[2].id))
    # What is alike as its place.
    others = ((alike.rows[place], alike.lines[place], place) for place in alike.raised())
    left_out: list[ExceptionItem] = []
    if report.batch is not None and report.complete_list:
        left_out = [
            item
            for item in world.exceptions.values()
            if item.type is ExceptionType.MISSING_FROM_REPORT
            and _batch_of(world, item.subject) == report.batch
        ]
        left_out.sort(key=lambda item: item.load or "")
    listed = chain(merge(found, others, key=itemgetter(0)), ((None, None, item) for item in left_out))
    return Many(partial(_exception, alike), listed)


def _exception(
    alike: AlikeRows, row: int | None, line: int | None, cell: ExceptionItem | int
) -> RowException:
    return RowException(item=alike.item(cell) if isinstance(cell, int) else cell, row=row, line=line)


def _batch_of(world: World, subject: str) -> str | None:
    return world.sales[subject.removeprefix("assignment:")].sale.batch


def _refuse_other_batch(
    world: World, pool: str, evidence: Iterable[Evidence], batch: str, *, name: str
) -> None:
    """Refuse rows that belong to another batch than the one that was named."""
    faults = []
    for one in evidence:
        sale = world.placements[pool][one.key].sale
        if sale is not None and one.seq == 0 and world.sales[sale].sale.batch != batch:
            message = "the row's invoice was not sold in this batch"
            faults.append(
                Fault(
                    code="wrong_batch",
                    message=message,
                    file=name,
                    row=one.row,
                    line=one.line,
                    column="invoice_number",
                    excerpt=one.invoice_key,
                )
            )
    if faults:
        raise FileRefusedError(
            f"{len(faults)} row(s) belong to another batch than the one named.",
            faults=faults,
            code="wrong_batch",
            remedy="Name the right batch, or leave it out.",
            where={"file": name, "batch": batch},
        )


def _refuse_incomplete(world: World, report: Report, book: Book, *, name: str) -> None:
    """Refuse a complete-list report that leaves out invoices of its batch, where that is the policy."""
    if not report.complete_list or report.batch is None:
        return
    missing = sorted(
        item.load or ""
        for item in world.exceptions.values()
        if item.type is ExceptionType.MISSING_FROM_REPORT and _batch_of(world, item.subject) == report.batch
    )
    if missing:
        faults = [
            Fault(code="missing_from_report", message=f"{load} of the batch is not listed", file=name)
            for load in missing
        ]
        number = book.batches[report.batch].number
        raise FileRefusedError(
            f"The report leaves out {len(missing)} invoice(s) of batch {number}.",
            faults=faults,
            code="incomplete_report",
            remedy="Add the missing invoices, with what the factor said of each.",
            where={"file": name, "batch": report.batch},
        )
