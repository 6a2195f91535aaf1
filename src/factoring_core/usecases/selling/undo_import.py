"""Undoing one import as one, as long as nothing else stands on it."""

from attrs import evolve

from factoring_core.domain.reconciling.decisions import Decision
from factoring_core.domain.reconciling.evidence import Evidence
from factoring_core.domain.reconciling.reports import Report
from factoring_core.domain.selling.batch import Assignment
from factoring_core.domain.vocabulary.actors import Right, require
from factoring_core.domain.vocabulary.events import LoadEvent
from factoring_core.domain.vocabulary.load import Load, Standing
from factoring_core.domain.vocabulary.parties import Customer
from factoring_core.domain.vocabulary.profile import ReportKind
from factoring_core.errors import NotFoundError, StateError, UsageError
from factoring_core.ports.storage import ImportRecord, Reading, Transaction
from factoring_core.usecases.books import audit, read_book, settle_books
from factoring_core.usecases.ports import Ports
from factoring_core.usecases.results import ImportResult, LoadChange, MovedMatch, Transition
from factoring_core.usecases.selling.import_loads import full_name
from factoring_core.usecases.selling.moved_matches import moved_matches


def imports(ports: Ports) -> tuple[ImportRecord, ...]:
    """List the imports of loads that the actor may see, oldest first."""
    with ports.store.reading(ports.tenant) as tx:
        found = [one for one in tx.find(ImportRecord) if all(map(ports.actor.sees, one.subsidiaries))]
    return tuple(sorted(found, key=lambda one: one.sequence))


def undo_import(ports: Ports, id_: str, *, reason: str) -> ImportResult:
    """Take back everything one import made; doing it again changes nothing.

    Raises:
        StateError: something else stands on it: a later import, an invoice, a batch.
        AccessError: needs billing and a configuring role.
        NotFoundError, UsageError: no such import; no reason.
    """
    if not reason.strip():
        raise UsageError("Undoing an import needs a reason.")
    with ports.store.transaction(ports.tenant) as tx:
        record = tx.get(ImportRecord, id_)
        if record is None or not all(map(ports.actor.sees, record.subsidiaries)):
            raise NotFoundError(f"There is no import {id_}.", where={"import": id_})
        for subsidiary in record.subsidiaries:
            require(ports.actor, Right.REVERSE, subsidiary)
        if record.undone_at is not None:
            return ImportResult(import_id=id_, rows=record.rows, outcome="already_undone")
        _refuse_if_built_on(tx, record)
        before = {one: read_book(tx, ports, one) for one in record.subsidiaries}
        removed = []
        for full in record.created:
            subsidiary, number = full.split("/", 1)
            standing = tx.get(Standing, subsidiary, number) or Standing(subsidiary=subsidiary, load=number)
            removed.append(LoadChange(load=number, subsidiary=subsidiary, status=standing.status.value))
            _remove(tx, subsidiary, number)
        for old in record.before:
            tx.put(old)
        _put_customers_back(tx, record)
        transitions: tuple[Transition, ...] = ()
        moved: tuple[MovedMatch, ...] = ()
        for one in record.subsidiaries:
            change = settle_books(tx, ports, one, cause=f"undo:{id_}")
            transitions += tuple(change.transitions)
            moved += moved_matches(before[one], change.world)
        tx.put(evolve(record, undone_at=ports.clock.now(), undone_by=ports.actor.name, undo_reason=reason))
        audit(
            tx,
            ports,
            "loads.undo_import",
            id_,
            subsidiary=record.subsidiaries[0] if len(record.subsidiaries) == 1 else None,
            subsidiaries=list(record.subsidiaries),
            reason=reason,
            removed=len(removed),
        )
    return ImportResult(
        import_id=id_,
        rows=record.rows,
        removed=tuple(removed),
        transitions=transitions,
        moved_matches=moved,
        outcome="undone",
    )


def _refuse_if_built_on(tx: Reading, record: ImportRecord) -> None:
    """Refuse, naming every load that later acts stand on."""
    named = _named_elsewhere(tx, record)
    before = {full_name(load): load for load in record.before}
    built_on = []
    for full in (*record.created, *record.updated):
        subsidiary, number = full.split("/", 1)
        load = tx.get(Load, subsidiary, number)
        assert load is not None
        sales = tx.find(Assignment, subsidiary=subsidiary, load=number)
        batched = any(sale.batch is not None and (sale.live or full not in before) for sale in sales)
        batched = batched or any(sale.takes_over is not None for sale in sales)
        if (
            load.import_id != record.id
            or batched
            or full in named
            or not _as_imported(tx, load, before.get(full), cause=f"import:{record.id}")
        ):
            built_on.append(full)
    if built_on:
        raise StateError(
            f"Import {record.id} cannot be undone: later acts stand on {', '.join(sorted(built_on)[:10])}.",
            remedy="Undo those acts first (void the invoice, cancel the batch, undo the later import).",
            where={"import": record.id, "loads": sorted(built_on)},
        )


def _as_imported(tx: Reading, load: Load, before: Load | None, *, cause: str) -> bool:
    """Say whether the load's invoice is as the import left it, and was not sent to the customer since."""
    if load.sent_direct_on is not None and load.direct_opening is None:
        return before is not None and before.sent_direct_on is not None
    if before is not None and load.invoice == before.invoice:
        return True
    if before is None and load.invoice is None:
        return True
    event = "generate_invoice" if load.invoice is not None else "void_invoice"
    events = tx.find(LoadEvent, subsidiary=load.subsidiary, load=load.number)
    causes = [one.cause for one in events if one.event == event]
    return causes[-1:] == [cause]


def _named_elsewhere(tx: Reading, record: ImportRecord) -> set[str]:
    """Return those created loads that a decision, a stated payment or another load speaks of."""
    created = set(record.created)
    named: set[str] = set()
    for subsidiary in record.subsidiaries:
        named |= {
            f"{subsidiary}/{one.load}"
            for one in tx.find(Decision, subsidiary=subsidiary)
            if one.live and one.load is not None
        }
        stated = [
            one.id
            for one in tx.find(Report, subsidiary=subsidiary)
            if one.live and one.kind is ReportKind.STATEMENT
        ]
        named |= {
            f"{subsidiary}/{one.invoice_key.removeprefix('load:')}"
            for one in tx.find(Evidence, report=tuple(stated))
        }
        for load in tx.find(Load, subsidiary=subsidiary):
            if full_name(load) not in created:
                named |= {f"{subsidiary}/{one}" for one in (load.parent_load, load.supersedes) if one}
    return named & created


def _put_customers_back(tx: Transaction, record: ImportRecord) -> None:
    """Give customers back what they were, and drop those that nothing names; a later import's word stays."""
    before = {one.id: one for one in record.customers_before}
    named = {load.customer for load in tx.find(Load)}
    for one in record.customers:
        if tx.get(Customer, one.id) != one:
            continue
        if one.id in before:
            tx.put(before[one.id])
        elif one.id not in named:
            tx.remove(Customer, one.id)


def _remove(tx: Transaction, subsidiary: str, number: str) -> None:
    for sale in tx.find(Assignment, subsidiary=subsidiary, load=number):
        tx.remove(Assignment, sale.id)
    tx.remove(Standing, subsidiary, number)
    tx.remove(Load, subsidiary, number)
