"""Resolving an exception: a decision is written down, and the fold draws the consequences."""

from attrs import evolve

from factoring_core.domain.reconciling.decisions import Decision, Resolution
from factoring_core.domain.reconciling.findings import ExceptionRecord
from factoring_core.domain.reconciling.sales import sale_order
from factoring_core.domain.selling.batch import Assignment, Batch, BatchState
from factoring_core.domain.vocabulary.actors import Right, require
from factoring_core.domain.vocabulary.load import Load
from factoring_core.errors import NotFoundError, StateError, UsageError
from factoring_core.ports.storage import Reading, Transaction
from factoring_core.usecases.books import (
    audit,
    plan_change,
    read_book,
    settle_books,
    subsidiary_of,
    visible_subsidiaries,
)
from factoring_core.usecases.days import local_day
from factoring_core.usecases.naming import batch_name, find_batch, find_load
from factoring_core.usecases.ports import Ports
from factoring_core.usecases.reconciling.deciding import Choice, choice_of, decide
from factoring_core.usecases.reconciling.view_exceptions import exception_view
from factoring_core.usecases.results import ResolveResult

R = Resolution


def resolve(
    ports: Ports,
    id_: str,
    resolution: str,
    *,
    load: str | None = None,
    batch: str | None = None,
    amount: int | None = None,
    count: int | None = None,
    reason: str,
) -> ResolveResult:
    """Decide about one open exception.

    Args:
        id_: The exception.
        resolution: What is decided; which are allowed depends on the exception's type.
        load, batch: For `assign`: whose sale is meant; without a batch the dates choose among those
            of the load.
        amount: Cents; for `write_off` and `charge_to_reserve` what is accepted (the shortage
            when left out), for `use_row` the amount that stands.
        count: For `count_each`: how many count (all that were seen when left out).
        reason: Why.

    Raises:
        StateError: the resolution is not allowed for the type, or the exception is closed.
        UsageError: a parameter is missing or makes no sense.
        NotFoundError: no such exception, load or batch.
    """
    with ports.store.transaction(ports.tenant) as tx:
        record = find_exception(tx, ports, id_)
        require(ports.actor, Right.BILLING, record.subsidiary)
        choice = choice_of(
            record, resolution, load=load, batch=batch, amount=amount, count=count, reason=reason
        )
        if not record.open:
            made = closed_already(tx, record, choice.resolution)
            refuse_other_words(tx, ports, made, choice)
            return ResolveResult(
                decision=made, exception=exception_view(ports, record), outcome="already_resolved"
            )
        world = plan_change(tx, ports, read_book(tx, ports, record.subsidiary)).world
        decision = decide(tx, ports, world, record.item, choice)
        change = settle_books(tx, ports, record.subsidiary, cause=f"decision:{decision.id}")
        audit_decision(tx, ports, decision)
        now = tx.get(ExceptionRecord, id_)
        view = exception_view(ports, now) if now is not None else None
        return ResolveResult(decision=decision, exception=view, transitions=change.transitions)


def find_exception(tx: Reading, ports: Ports, id_: str) -> ExceptionRecord:
    """Return an exception that the actor may see, and that time has raised.

    Raises:
        NotFoundError: there is none of that id.
    """
    record = tx.get(ExceptionRecord, id_)
    if record is None or not ports.actor.sees(record.subsidiary) or not _raised(ports, record):
        raise NotFoundError(f"There is no exception {id_}.", where={"exception": id_})
    return record


def _raised(ports: Ports, record: ExceptionRecord) -> bool:
    return record.item.raised_on(local_day(ports.clock.now(), subsidiary_of(ports, record.subsidiary)))


def audit_decision(tx: Transaction, ports: Ports, decision: Decision) -> None:
    """Note in the trail what was decided."""
    audit(
        tx,
        ports,
        "exception.resolve",
        decision.exception_id or decision.subject,
        subsidiary=decision.subsidiary,
        decision=decision.id,
        resolution=decision.resolution.value,
        reason=decision.reason,
    )


def closed_already(tx: Reading, record: ExceptionRecord, kind: Resolution) -> Decision:
    """Return the decision of this kind that closed an exception.

    Raises:
        StateError: it was closed otherwise.
    """
    decision = tx.get(Decision, record.resolution) if record.resolution else None
    own = [
        one
        for one in tx.find(Decision, subsidiary=record.subsidiary)
        if one.live and one.exception_id == record.id and one.resolution is kind
    ]
    if decision is None and own:
        decision = own[-1]
    if decision is not None and decision.resolution is kind:
        return decision
    raise StateError(f"{record.id} is closed.", where={"exception": record.id})


def refuse_other_words(tx: Reading, ports: Ports, made: Decision, choice: Choice) -> None:
    """Refuse to call a decision the same that says something else; what is left out agrees.

    Raises:
        StateError: another load, batch, amount or count.
    """
    load = None if choice.load is None else find_load(tx, ports, choice.load, made.subsidiary).number
    sale = None if choice.batch is None else f"{find_batch(tx, ports, choice.batch).id}/{made.load}"
    pairs = (
        (load, made.load),
        (sale, made.assignment),
        (choice.amount, made.amount),
        (choice.count, made.count),
    )
    if any(said not in (None, stands) for said, stands in pairs):
        raise StateError(
            f"{made.exception_id} was resolved otherwise by {made.id}.",
            remedy=f"`decisions undo {made.id}` first, then resolve it again.",
            where={"exception": made.exception_id, "decision": made.id},
        )


def decisions(ports: Ports, subsidiary: str | None = None) -> tuple[Decision, ...]:
    """List decisions, oldest first, undone ones too."""
    with ports.store.reading(ports.tenant) as tx:
        found = [
            one
            for sub in visible_subsidiaries(ports, subsidiary)
            for one in tx.find(Decision, subsidiary=sub.id)
        ]
    return tuple(sorted(found, key=lambda one: one.sequence))


def undo_decision(ports: Ports, id_: str, *, reason: str) -> ResolveResult:
    """Take a decision back; doing it again changes nothing.

    Raises:
        StateError: a return or resale after which the invoice was sold again or voided.
        AccessError: needs billing and a configuring role.
    """
    if not reason.strip():
        raise UsageError("Undoing a decision needs a reason.")
    with ports.store.transaction(ports.tenant) as tx:
        decision = tx.get(Decision, id_)
        if decision is None or not ports.actor.sees(decision.subsidiary):
            raise NotFoundError(f"There is no decision {id_}.", where={"decision": id_})
        require(ports.actor, Right.REVERSE, decision.subsidiary)
        if not decision.live:
            return ResolveResult(decision=decision, exception=None, outcome="already_undone")
        _refuse_what_came_after(tx, decision)
        undone = evolve(decision, undone_at=ports.clock.now(), undone_by=ports.actor.name, undo_reason=reason)
        tx.put(undone)
        change = settle_books(tx, ports, decision.subsidiary, cause=f"undo:{id_}")
        audit(tx, ports, "decision.undo", id_, subsidiary=decision.subsidiary, reason=reason)
        record = tx.get(ExceptionRecord, decision.exception_id) if decision.exception_id else None
        view = exception_view(ports, record) if record is not None else None
        return ResolveResult(
            decision=undone, exception=view, transitions=change.transitions, outcome="undone"
        )


def _refuse_what_came_after(tx: Reading, decision: Decision) -> None:
    """Refuse to bring back a sale whose invoice was sold again, or is no more."""
    if decision.resolution not in (R.RETURN_TO_QUEUE, R.RESELL) or decision.assignment is None:
        return
    sales = tx.find(Assignment, subsidiary=decision.subsidiary, load=decision.load or "")
    ended = next(sale for sale in sales if sale.id == decision.assignment)
    for sale in sales:
        batch = tx.get(Batch, sale.batch) if sale.batch is not None else None
        if (
            sale_order(sale) > sale_order(ended)
            and batch is not None
            and batch.state is not BatchState.CANCELLED
        ):
            raise StateError(
                f"{ended.invoice_number} was sold again after this decision.",
                remedy="Cancel the newer batch first.",
                where={"decision": decision.id, "batch": batch_name(batch)},
            )
    load = tx.get(Load, ended.subsidiary, ended.load)
    if load is None or load.invoice is None or load.invoice.number != ended.invoice_number:
        raise StateError(
            f"Invoice {ended.invoice_number} was voided after this decision.",
            remedy=f"Generate it again with its number, for load {ended.load}, and then undo the decision.",
            where={"decision": decision.id, "load": ended.load},
        )
