"""Resolving an exception: a decision is written down, and the fold draws the consequences."""

from collections import Counter
from collections.abc import Sequence

from attrs import evolve

from factoring_core.domain.reconciling.decisions import Decision, Resolution
from factoring_core.domain.reconciling.facts import Fact
from factoring_core.domain.reconciling.findings import ExceptionItem, ExceptionRecord, ExceptionType
from factoring_core.domain.reconciling.resolutions import ALLOWED, EFFECTS
from factoring_core.domain.reconciling.sale_fold import sale_subject
from factoring_core.domain.reconciling.sales import sale_order
from factoring_core.domain.reconciling.world import World
from factoring_core.domain.selling.batch import Assignment, Batch, BatchState
from factoring_core.domain.vocabulary.actors import Right, require
from factoring_core.domain.vocabulary.load import Load
from factoring_core.domain.vocabulary.money import decimal_text
from factoring_core.errors import AmbiguousNameError, NotFoundError, StateError, UsageError
from factoring_core.ports.storage import Reading
from factoring_core.usecases.books import audit, plan_change, read_book, settle_books, visible_subsidiaries
from factoring_core.usecases.naming import batch_name, find_batch, find_load
from factoring_core.usecases.ports import Ports
from factoring_core.usecases.results import ResolveResult
from factoring_core.usecases.view_exceptions import exception_view

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
    if not reason.strip():
        raise UsageError("A decision needs a reason.")
    with ports.store.transaction(ports.tenant) as tx:
        record = tx.get(ExceptionRecord, id_)
        if record is None or not ports.actor.sees(record.subsidiary):
            raise NotFoundError(f"There is no exception {id_}.", where={"exception": id_})
        require(ports.actor, Right.BILLING, record.subsidiary)
        kind = _allowed(record, resolution)
        _refuse_nonsense(kind, load=load, batch=batch, amount=amount, count=count)
        if not record.open:
            found = _closed_already(tx, ports, record, kind)
            meant = None if load is None else find_load(tx, ports, load, record.subsidiary).number
            wanted = None if batch is None else find_batch(tx, ports, batch).id
            _refuse_other_words(found.decision, load=meant, batch=wanted, amount=amount, count=count)
            return found
        world = plan_change(tx, ports, read_book(tx, ports, record.subsidiary)).world
        decision = _decision(
            tx, ports, world, record.item, kind, load=load, batch=batch, amount=amount, count=count
        )
        decision = evolve(decision, reason=reason, sequence=tx.next_number("decisions"))
        decision = evolve(decision, id=f"dec-{decision.sequence:06d}")
        tx.put(decision)
        change = settle_books(tx, ports, record.subsidiary, cause=f"decision:{decision.id}")
        audit(
            tx,
            ports,
            "exception.resolve",
            id_,
            subsidiary=record.subsidiary,
            decision=decision.id,
            resolution=kind.value,
            reason=reason,
        )
        now = tx.get(ExceptionRecord, id_)
        view = exception_view(ports, now) if now is not None else None
        return ResolveResult(decision=decision, exception=view, transitions=change.transitions)


def _allowed(record: ExceptionRecord, resolution: str) -> Resolution:
    allowed = ALLOWED[ExceptionType(record.type)]
    known = [one for one in R if one.value == resolution]
    if not known:
        raise UsageError(
            f"There is no resolution {resolution}.",
            remedy=f"Use one of {', '.join(one.value for one in allowed)}.",
        )
    if known[0] not in allowed:
        raise StateError(
            f"{resolution} is not possible for {record.type}.",
            remedy=f"Use one of {', '.join(one.value for one in allowed)}.",
            where={"exception": record.id, "type": record.type},
        )
    return known[0]


def _refuse_nonsense(
    kind: Resolution, *, load: str | None, batch: str | None, amount: int | None, count: int | None
) -> None:
    """Refuse a parameter that the resolution does not take, and a number that means nothing."""
    taken = {name.strip("[]") for name in EFFECTS[kind].parameters}
    given = {"load": load, "batch": batch, "amount": amount, "count": count}
    strange = sorted(name for name, value in given.items() if value is not None and name not in taken)
    if strange:
        raise UsageError(
            f"{kind.value} takes no {' and no '.join(strange)}.",
            remedy=f"It takes {', '.join(EFFECTS[kind].parameters) or 'a reason only'}.",
        )
    if kind is R.ASSIGN and load is None:
        raise UsageError("assign needs the load that is meant.")
    if count is not None and count < 1:
        raise UsageError("The count must be one or more.")
    if amount is not None and amount <= 0 and kind is not R.USE_ROW:
        raise UsageError("The amount must be more than zero.")


def _closed_already(tx: Reading, ports: Ports, record: ExceptionRecord, kind: Resolution) -> ResolveResult:
    decision = tx.get(Decision, record.resolution) if record.resolution else None
    own = [
        one
        for one in tx.find(Decision, subsidiary=record.subsidiary)
        if one.live and one.exception_id == record.id and one.resolution is kind
    ]
    if decision is None and own:
        decision = own[-1]
    if decision is not None and decision.resolution is kind:
        return ResolveResult(
            decision=decision, exception=exception_view(ports, record), outcome="already_resolved"
        )
    raise StateError(f"{record.id} is closed.", where={"exception": record.id})


def _refuse_other_words(
    made: Decision, *, load: str | None, batch: str | None, amount: int | None, count: int | None
) -> None:
    """Refuse to call a decision the same that says something else; what is left out agrees."""
    sale = None if batch is None else f"{batch}/{made.load}"
    pairs = ((load, made.load), (sale, made.assignment), (amount, made.amount), (count, made.count))
    if any(said not in (None, stands) for said, stands in pairs):
        raise StateError(
            f"{made.exception_id} was resolved otherwise by {made.id}.",
            remedy=f"`decisions undo {made.id}` first, then resolve it again.",
            where={"exception": made.exception_id, "decision": made.id},
        )


def _decision(
    tx: Reading,
    ports: Ports,
    world: World,
    item: ExceptionItem,
    kind: Resolution,
    *,
    load: str | None,
    batch: str | None,
    amount: int | None,
    count: int | None,
) -> Decision:
    facts = _facts(world, item)
    sale = _sale_of(world, item)
    meant = sale.load if sale is not None else item.load
    chosen: int | None = None
    number: int | None = None
    if kind in (R.WRITE_OFF, R.CHARGE_TO_RESERVE):
        chosen = _accepted(world, item, amount)
    elif kind is R.TREAT_AS_FULL:
        chosen = item.amount_at_risk
    elif kind is R.USE_ROW:
        chosen = _chosen(facts, amount)
    elif kind in (R.COUNT_EACH, R.SAME):
        number = _count(facts, item, count, kind)
    elif load is not None:
        sale, meant = _assigned(tx, ports, item, load, batch)
    elif kind in (R.RETURN_TO_QUEUE, R.RESELL) and sale is not None:
        _refuse_ending(world, sale, kind)
    return Decision(
        id="",
        subsidiary=item.subsidiary,
        connection=item.connection,
        subject=item.subject,
        resolution=kind,
        exception_type=item.type.value,
        exception_id=item.id,
        judged=item.judged,
        load=meant,
        assignment=sale.id if sale is not None else None,
        amount=chosen,
        count=number,
        actor=ports.actor.name,
        at=ports.clock.now(),
        sequence=0,
    )


def _facts(world: World, item: ExceptionItem) -> list[Fact]:
    judged = set(item.judged)
    pool = world.facts.get(item.connection or "", {})
    return [fact for fact in pool.values() if fact.text in judged]


def _sale_of(world: World, item: ExceptionItem) -> Assignment | None:
    id_ = item.subject.removeprefix("assignment:")
    return world.sales[id_].sale if id_ in world.sales else None


def _chosen(facts: Sequence[Fact], amount: int | None) -> int:
    """Return the amount that stands, which must be one of those in conflict."""
    amounts = sorted({fact.amount for fact in facts})
    if amount is None or amount not in amounts:
        said = ", ".join(decimal_text(one) for one in amounts)
        raise UsageError("use_row needs the amount that stands.", remedy=f"Use one of {said}.")
    return amount


def _accepted(world: World, item: ExceptionItem, amount: int | None) -> int:
    """Return the shortage that is accepted; less than what is missing would accept nothing."""
    sale = _sale_of(world, item)
    shortage = item.amount_at_risk
    if sale is not None:
        position = world.sales[sale.id].position
        shortage = position.shortage if not position.fully_charged_back else item.amount_at_risk
    if amount is not None and amount < shortage:
        raise StateError(
            f"{decimal_text(shortage)} is missing; accepting {decimal_text(amount)} would settle nothing.",
            remedy="Accept the whole shortage, or wait for the rest.",
        )
    return shortage if amount is None else amount


def _count(facts: Sequence[Fact], item: ExceptionItem, count: int | None, kind: Resolution) -> int:
    by_report = Counter(copy.report for fact in facts for copy in fact.copies)
    most = max(by_report.values(), default=1)
    if kind is R.SAME:
        return most
    if count is not None:
        return count
    return most if item.type is ExceptionType.DUPLICATE_ROW else sum(by_report.values())


def _assigned(
    tx: Reading, ports: Ports, item: ExceptionItem, load: str, batch: str | None
) -> tuple[Assignment | None, str]:
    """Find the sale that is meant; none where the dates may choose among those of the load."""
    found = find_load(tx, ports, load, item.subsidiary)
    sales = [
        sale
        for sale in tx.find(Assignment, subsidiary=found.subsidiary, load=found.number)
        if sale.connection == item.connection and _could_be_known(tx, sale)
    ]
    if batch is not None:
        wanted = find_batch(tx, ports, batch)
        sales = [sale for sale in sales if sale.batch == wanted.id]
    if item.subject.startswith("assignment:"):
        # The facts are to leave the sale that the exception is about.
        sales = [sale for sale in sales if item.subject != sale_subject(sale.id)]
    if not sales:
        raise NotFoundError(
            f"There is no such sale of load {found.number} through {item.connection}.",
            remedy="Name a load and batch sold through this connection.",
            where={"load": found.number, "connection": item.connection},
        )
    if len(sales) == 1:
        return sales[0], found.number
    if item.subject.startswith("assignment:"):
        names = ", ".join(str(sale.batch_number or "opening") for sale in sorted(sales, key=sale_order))
        raise AmbiguousNameError(
            f"Load {found.number} was sold more than once through {item.connection}: batches {names}.",
            remedy="Name the batch.",
        )
    return None, found.number


def _could_be_known(tx: Reading, sale: Assignment) -> bool:
    """Say whether the factor could know of a sale."""
    batch = tx.get(Batch, sale.batch) if sale.batch is not None else None
    return batch is None or (batch.state is not BatchState.CANCELLED and batch.may_have_left)


def _refuse_ending(world: World, sale: Assignment, kind: Resolution) -> None:
    if world.loads[sale.load].stated:
        raise StateError(f"The customer has paid the subsidiary for {sale.invoice_number}.")
    position = world.sales[sale.id].position
    if kind is R.RETURN_TO_QUEUE and position.bought:
        raise StateError(f"The factor has bought {sale.invoice_number}; it cannot be returned.")
    if kind is R.RESELL and not position.fully_charged_back:
        raise StateError(f"{sale.invoice_number} was not charged back in full.")


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
