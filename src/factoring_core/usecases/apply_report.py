"""Applying a factor's report: read, detected, planned, and committed as one."""

from collections import Counter

from attrs import evolve

from factoring_core.domain.reconciling.columns import ReportColumns, canonical_digest
from factoring_core.domain.reconciling.evidence import Evidence
from factoring_core.domain.reconciling.reading import read_facts
from factoring_core.domain.reconciling.reports import Report, ReportOutcome, report_id
from factoring_core.domain.reconciling.world import Book
from factoring_core.domain.vocabulary.actors import Right, require
from factoring_core.domain.vocabulary.parties import Connection
from factoring_core.domain.vocabulary.profile import Coverage, ReportLayout
from factoring_core.errors import Fault, FileRefusedError, NotFoundError, StateError, UsageError
from factoring_core.ports.storage import Reading, Transaction
from factoring_core.usecases.books import audit, commit_change, read_book, subsidiary_of
from factoring_core.usecases.detect_report import (
    check_client_number,
    connection_of,
    connections_for,
    layout_of,
)
from factoring_core.usecases.naming import find_batch
from factoring_core.usecases.plan_report import ReportPlan, plan_report
from factoring_core.usecases.ports import Ports
from factoring_core.usecases.report_record import read_record, write_record
from factoring_core.usecases.results import ReportResult


def apply_report(
    ports: Ports,
    content: bytes,
    *,
    name: str,
    subsidiary: str,
    kind: str | None = None,
    provider: str | None = None,
    connection: str | None = None,
    batch: str | None = None,
    dry_run: bool = False,
    replaces: str | None = None,
) -> ReportResult:
    """Apply one report file, whole or not at all.

    Args:
        content: The file as downloaded.
        name: What it is called; for messages only.
        subsidiary: Whose report it is.
        kind, provider, connection, batch: Checks; detected when left out.
        dry_run: Answer with the very plan that would be committed, and commit nothing.
        replaces: The id of a live report that this one corrects; voided in the same transaction.

    Raises:
        FileRefusedError: with every fault of the file; nothing was changed.
        AccessError, NotFoundError, UsageError: as their names say.
    """
    require(ports.actor, Right.BILLING, subsidiary)
    subsidiary_of(ports, subsidiary)
    ports.progress("reading", 0, 1)
    opened = ports.reports.open(content, name=name)
    candidates = connections_for(ports, subsidiary, connection=connection, provider=provider)
    layout = layout_of(ports, opened, name=name, connections=candidates, kind=kind, provider=provider)
    columns = opened.read(layout)
    ports.progress("reading", 1, 1)
    if dry_run:
        with ports.store.reading(ports.tenant) as tx:
            plan = _plan(tx, ports, content, columns, candidates, name, subsidiary, batch, replaces)
            return (
                plan if isinstance(plan, ReportResult) else evolve(plan.result, outcome=ReportOutcome.PREVIEW)
            )
    with ports.store.transaction(ports.tenant) as tx:
        plan = _plan(tx, ports, content, columns, candidates, name, subsidiary, batch, replaces)
        if isinstance(plan, ReportResult):
            return plan
        ports.progress("writing", 0, 1)
        _commit(tx, ports, plan, content)
    ports.progress("writing", 1, 1)
    return plan.result


def _refuse_empty(columns: ReportColumns, layout: ReportLayout, *, name: str) -> None:
    if len(columns) == 0 and layout.coverage is Coverage.BATCH:
        message = f"The report ({layout.id}) has a header and no rows."
        fault = Fault(code="empty_report", message=message, file=name, row=1)
        raise FileRefusedError(message, faults=[fault], code="empty_report", where={"file": name})


def _plan(
    tx: Reading,
    ports: Ports,
    content: bytes,
    columns: ReportColumns,
    candidates: list[Connection],
    name: str,
    subsidiary: str,
    batch: str | None,
    replaces: str | None,
) -> ReportPlan | ReportResult:
    """Plan the report, or answer with what was already applied."""
    book = read_book(tx, ports, subsidiary)
    layout = columns.layout
    connection = connection_of(columns, layout, book, candidates, name=name)
    check_client_number(columns, connection, name=name)
    own = _own_layout(ports, layout, connection)
    _refuse_empty(columns, own, name=name)
    checked_batch = _checked_batch(tx, ports, batch, connection)
    digest = canonical_digest(columns, scope=(ports.tenant, subsidiary, connection.id))
    id_ = report_id(digest)
    known = tx.get(Report, id_)
    if known is not None and known.live:
        return _already(ports, known, name)
    replaced = _replaced(book, replaces, connection)
    facts = read_facts(columns, report=id_)
    if facts.faults:
        faults = [evolve(fault, file=name, sheet=columns.sheet) for fault in facts.faults]
        message = f"{len(faults)} cell(s) of {name} cannot be read as {layout.id}."
        raise FileRefusedError(message, faults=faults, where={"file": name, "layout": layout.id})
    complete = own.complete_list
    report = Report(
        id=id_,
        digest=digest,
        raw_sha256="",
        file_name=name,
        subsidiary=subsidiary,
        connection=connection.id,
        provider=connection.provider,
        kind=layout.kind,
        layout=layout.id,
        verified=layout.verified,
        repeats_legal=layout.repeats_legal,
        complete_list=complete,
        batch=checked_batch or (_claimed_batch(book, columns, connection) if complete else None),
        rows=len(columns),
        sequence=0,
        applied_at=ports.clock.now(),
        applied_by=ports.actor.name,
    )
    empty = () if len(columns) else (f"empty_period: {name} has a header and no rows",)
    return plan_report(
        tx,
        ports,
        book,
        report=report,
        evidence=facts.evidence,
        content=columns,
        connection=connection,
        replaced=replaced,
        checked_batch=checked_batch,
        warnings=(*columns.warnings, *facts.warnings, *empty),
    )


def _own_layout(ports: Ports, layout: ReportLayout, connection: Connection) -> ReportLayout:
    """Return the provider's own edition of a template, which may cover one batch completely."""
    profile = ports.profiles.get(connection.provider)
    editions = profile.layouts if profile is not None else ()
    return next((one for one in editions if one.id == layout.id), layout)


def _checked_batch(tx: Reading, ports: Ports, name: str | None, connection: Connection) -> str | None:
    if name is None:
        return None
    batch = find_batch(tx, ports, name)
    if batch.connection != connection.id:
        raise UsageError(f"Batch {name} does not belong to {connection.id}.")
    return batch.id


def _claimed_batch(book: Book, columns: ReportColumns, connection: Connection) -> str | None:
    """Return the one batch that the report's invoices were sold in, or None."""
    numbers = set(columns.column("invoice_number"))
    named = Counter(
        sale.batch
        for sale in book.assignments
        if sale.connection == connection.id and sale.invoice_number in numbers and sale.live and sale.batch
    )
    return next(iter(named)) if len(named) == 1 else None


def _replaced(book: Book, replaces: str | None, connection: Connection) -> Report | None:
    if replaces is None:
        return None
    report = book.reports.get(replaces)
    if report is None:
        raise NotFoundError(f"There is no live report {replaces} to replace.", where={"report": replaces})
    if report.connection != connection.id:
        raise StateError(f"{replaces} belongs to {report.connection}, not to {connection.id}.")
    return report


def _already(ports: Ports, report: Report, name: str) -> ReportResult:
    """Answer with the first result's row buckets, and no transitions: nothing changed."""
    first = read_record(ports.blobs, report)
    return evolve(first, outcome=ReportOutcome.ALREADY_APPLIED, file=name, transitions=(), replaces=None)


def _commit(tx: Transaction, ports: Ports, plan: ReportPlan, content: bytes) -> None:
    """Write the report, its facts, what it moved, and the audit entry."""
    known = tx.get(Report, plan.report.id)
    report = evolve(
        plan.report,
        raw_sha256=ports.blobs.put(content),
        result_sha256=write_record(ports.blobs, plan.result),
        sequence=tx.next_number("reports") if known is None else known.sequence,
    )
    if known is not None:
        # It was undone and comes again, perhaps with its rows in another order.
        for one in tx.find(Evidence, report=known.id):
            tx.remove(Evidence, one.report, one.row, one.seq)
    if plan.replaced is not None:
        tx.put(void(ports, plan.replaced, f"replaced by {report.id}", replaced_by=report.id))
    tx.put(report)
    tx.add_all(plan.evidence)
    commit_change(tx, ports, plan.change, cause=f"report:{report.id}")
    audit(
        tx,
        ports,
        "report.apply",
        report.id,
        subsidiary=report.subsidiary,
        connection=report.connection,
        kind=report.kind.value,
        rows=report.rows,
        raw=report.raw_sha256,
        replaces=plan.replaced.id if plan.replaced is not None else None,
        transitions=len(plan.change.transitions),
    )


def void(ports: Ports, report: Report, reason: str, *, replaced_by: str | None = None) -> Report:
    """Return *report* as one that no longer counts."""
    return evolve(
        report,
        voided_at=ports.clock.now(),
        voided_by=ports.actor.name,
        void_reason=reason,
        replaced_by=replaced_by,
    )
