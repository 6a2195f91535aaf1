"""Applying a factor's report: read, detected, planned, and committed as one."""

from attrs import evolve, frozen

from factoring_core.domain.reconciling.columns import ReportColumns, canonical_digest
from factoring_core.domain.reconciling.evidence import Evidence
from factoring_core.domain.reconciling.reports import Report, ReportOutcome, report_id
from factoring_core.domain.reconciling.sales import sale_order
from factoring_core.domain.reconciling.world import Book
from factoring_core.domain.selling.batch import Assignment
from factoring_core.domain.vocabulary.actors import Right, require
from factoring_core.domain.vocabulary.parties import Connection
from factoring_core.domain.vocabulary.profile import Coverage, ReportKind, ReportLayout
from factoring_core.errors import Fault, FileRefusedError, NotFoundError, StateError
from factoring_core.ports.storage import Reading, Transaction
from factoring_core.usecases.books import audit, commit_change, subsidiary_of
from factoring_core.usecases.naming import find_batch
from factoring_core.usecases.ports import Ports
from factoring_core.usecases.reconciling.detect_report import (
    check_client_number,
    check_words,
    connection_of,
    connections_for,
    layout_of,
)
from factoring_core.usecases.reconciling.plan_report import ReportPlan, plan_report
from factoring_core.usecases.reconciling.report_record import read_record, write_record
from factoring_core.usecases.reconciling.report_rows import OpenBook, read_rows
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
        AccessError: needs billing, and with *replaces* a configuring role as well.
        StateError: *replaces* is of another kind or connection.
        NotFoundError, AmbiguousNameError, UsageError: a name or word that means nothing here.
    """
    # To void what was accepted is to undo it.
    right = Right.BILLING if replaces is None else Right.REVERSE
    require(ports.actor, right, subsidiary)
    subsidiary_of(ports, subsidiary)
    check_words(ports, kind=kind, provider=provider)
    with ports.store.reading(ports.tenant) as tx:
        checked = find_batch(tx, ports, batch) if batch is not None else None
        candidates = connections_for(
            tx, ports, subsidiary, name=name, connection=connection, provider=provider, batch=checked
        )
    ports.progress("reading", 0, 1)
    opened = ports.reports.open(content, name=name)
    layout = layout_of(ports, opened, name=name, connections=candidates, kind=kind)
    given = _Given(
        columns=opened.read(layout),
        candidates=tuple(candidates),
        name=name,
        subsidiary=subsidiary,
        batch=checked.id if checked is not None else None,
        replaces=replaces,
    )
    ports.progress("reading", 1, 1)
    if dry_run:
        with ports.store.reading(ports.tenant) as tx:
            plan = _plan(tx, ports, given)
        if isinstance(plan, ReportResult):
            return plan
        return evolve(plan.result, outcome=ReportOutcome.PREVIEW)
    with ports.store.transaction(ports.tenant) as tx:
        plan = _plan(tx, ports, given)
        if isinstance(plan, ReportResult):
            return plan
        ports.progress("writing", 0, 1)
        _commit(tx, ports, plan, content)
    ports.progress("writing", 1, 1)
    return plan.result


def apply_read(
    tx: Transaction,
    ports: Ports,
    columns: ReportColumns,
    *,
    connection: Connection,
    name: str,
    content: bytes,
) -> ReportResult:
    """Apply what was read elsewhere than in a file, in a transaction that is open already.

    Args:
        columns: What it says.
        connection: Whose it is.
        name: What to call it.
        content: The bytes to keep as its original.

    Raises:
        FileRefusedError: a row cannot be read; nothing was changed.
    """
    given = _Given(
        columns=columns,
        candidates=(connection,),
        name=name,
        subsidiary=connection.subsidiary,
        batch=None,
        replaces=None,
    )
    plan = _plan(tx, ports, given)
    if isinstance(plan, ReportResult):
        return plan
    _commit(tx, ports, plan, content)
    return plan.result


@frozen(kw_only=True)
class _Given:
    """A report as it was read, and what was said beside it."""

    columns: ReportColumns
    candidates: tuple[Connection, ...]
    name: str
    subsidiary: str
    batch: str | None
    replaces: str | None


def _refuse_empty(columns: ReportColumns, layout: ReportLayout, *, name: str) -> None:
    if len(columns) == 0 and layout.coverage is Coverage.BATCH:
        message = f"The report ({layout.id}) has a header and no rows."
        fault = Fault(code="empty_report", message=message, file=name, row=1)
        raise FileRefusedError(message, faults=[fault], code="empty_report", where={"file": name})


def _plan(tx: Reading, ports: Ports, given: _Given) -> ReportPlan | ReportResult:
    """Plan the report, or answer with what was already applied."""
    columns, name, subsidiary = given.columns, given.name, given.subsidiary
    open_book = OpenBook.of(tx, ports, subsidiary)
    book = open_book.book
    layout = columns.layout
    connection = connection_of(columns, layout, book, given.candidates, name=name)
    check_client_number(ports, columns, connection, name=name)
    own = _own_layout(ports, layout, connection)
    _refuse_empty(columns, own, name=name)
    digest = canonical_digest(columns, scope=(ports.tenant, subsidiary, connection.id))
    id_ = report_id(digest)
    replaced = _replaced(book, given.replaces, connection, layout.kind) if given.replaces != id_ else None
    known = tx.get(Report, id_)
    if known is not None and known.live and replaced is None:
        return _already(ports, known, name)
    complete = own.complete_list
    claimed = _claimed_batch(book, columns, connection) if complete else None
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
        batch=given.batch or claimed,
        rows=len(columns),
        sequence=0,
        applied_at=ports.clock.now(),
        applied_by=ports.actor.name,
    )
    one_by_one = given.batch is not None or replaced is not None
    rows = read_rows(tx, open_book, report, columns, one_by_one=one_by_one)
    if rows.faults:
        faults = [evolve(fault, file=name, sheet=columns.sheet) for fault in rows.faults]
        message = f"{len(faults)} cell(s) of {name} cannot be read as {layout.id}."
        raise FileRefusedError(message, faults=faults, where={"file": name, "layout": layout.id})
    empty = () if len(columns) else (f"empty_period: {name} has a header and no rows",)
    return plan_report(
        tx,
        ports,
        open_book,
        rows=rows,
        connection=connection,
        replaced=replaced,
        checked_batch=given.batch,
        warnings=(*columns.warnings, *rows.warnings, *empty),
    )


def _own_layout(ports: Ports, layout: ReportLayout, connection: Connection) -> ReportLayout:
    """Return the provider's own edition of a template, which may cover one batch completely."""
    profile = ports.profiles.get(connection.provider)
    editions = profile.layouts if profile is not None else ()
    return next((one for one in editions if one.id == layout.id), layout)


def _claimed_batch(book: Book, columns: ReportColumns, connection: Connection) -> str | None:
    """Return the one batch that the report's invoices were sold in, or None.

    By dates alone: what became of a sale since must not change what a report claims.
    """
    sales: dict[str, list[Assignment]] = {}
    for sale in sorted(book.assignments, key=sale_order):
        if sale.connection == connection.id:
            sales.setdefault(sale.invoice_number, []).append(sale)
    claimed = set()
    days = columns.column("purchase_date", None)
    for number, day in zip(columns.column("invoice_number"), days, strict=True):
        sold = sales.get(number, [])
        begun = [sale for sale in sold if day is not None and sale.sealed_on <= day]
        claimed |= {sale.batch for sale in (begun[-1:] or sold[:1]) if sale.batch is not None}
    return claimed.pop() if len(claimed) == 1 else None


def _replaced(book: Book, replaces: str | None, connection: Connection, kind: ReportKind) -> Report | None:
    if replaces is None:
        return None
    report = book.reports.get(replaces)
    if report is None:
        raise NotFoundError(f"There is no live report {replaces} to replace.", where={"report": replaces})
    if report.connection != connection.id or report.kind is not kind:
        raise StateError(
            f"{replaces} is a {report.kind.value} report of {report.connection},"
            f" not a {kind.value} report of {connection.id}.",
            where={"report": replaces},
        )
    return report


def _already(ports: Ports, report: Report, name: str) -> ReportResult:
    """Answer with the first result's row buckets, and no transitions: nothing changed."""
    first = read_record(ports.blobs, report)
    return evolve(first, outcome=ReportOutcome.ALREADY_APPLIED, file=name, transitions=(), replaces=None)


def _commit(tx: Transaction, ports: Ports, plan: ReportPlan, content: bytes) -> None:
    """Write the report, its facts, what it moved, and the audit entry."""
    known = tx.get(Report, plan.rows.report.id)
    report = evolve(
        plan.rows.report,
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
    for facts in plan.rows.facts():
        tx.add_all(facts)
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
