"""What a person decides about one exception: checked, and made into a decision for the fold."""

from collections import Counter
from collections.abc import Sequence

from attrs import evolve, frozen

from factoring_core.domain.reconciling.decisions import Decision, Resolution
from factoring_core.domain.reconciling.facts import Fact
from factoring_core.domain.reconciling.findings import ExceptionItem, ExceptionRecord, ExceptionType
from factoring_core.domain.reconciling.resolutions import EFFECTS, allowed
from factoring_core.domain.reconciling.sale_fold import sale_subject
from factoring_core.domain.reconciling.sales import sale_order
from factoring_core.domain.reconciling.world import World
from factoring_core.domain.selling.batch import Assignment, Batch, BatchState
from factoring_core.domain.vocabulary.money import decimal_text
from factoring_core.errors import AmbiguousNameError, NotFoundError, StateError, UsageError
from factoring_core.ports.storage import Reading, Transaction
from factoring_core.usecases.naming import find_batch, find_load
from factoring_core.usecases.ports import Ports

R = Resolution


@frozen(kw_only=True)
class Choice:
    """What a person says: a resolution, its parameters (amount in cents), and why."""

    resolution: Resolution
    load: str | None = None
    batch: str | None = None
    amount: int | None = None
    count: int | None = None
    reason: str


def choice_of(
    record: ExceptionRecord,
    resolution: str,
    *,
    load: str | None,
    batch: str | None,
    amount: int | None,
    count: int | None,
    reason: str,
) -> Choice:
    """Check what is said about an exception as far as it can be checked without the books.

    Raises:
        StateError: the resolution is not allowed for it.
        UsageError: no such resolution, no reason, or a parameter that is missing or makes no sense.
    """
    kind = _allowed(record, resolution)
    _refuse_nonsense(kind, load=load, batch=batch, amount=amount, count=count)
    if not reason.strip():
        raise UsageError("A decision needs a reason.")
    return Choice(resolution=kind, load=load, batch=batch, amount=amount, count=count, reason=reason)


def _allowed(record: ExceptionRecord, resolution: str) -> Resolution:
    possible = allowed(record.item)
    remedy = f"Use one of {', '.join(one.value for one in possible)}."
    known = [one for one in R if one.value == resolution]
    if not known:
        raise UsageError(f"There is no resolution {resolution}.", remedy=remedy)
    if known[0] not in possible:
        raise StateError(
            f"{resolution} is not possible for {record.type} of {record.item.subject}.",
            remedy=remedy,
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


def decide(tx: Transaction, ports: Ports, world: World, item: ExceptionItem, choice: Choice) -> Decision:
    """Write down the decision that *choice* is, about *item* as it stands in *world*.

    Raises:
        StateError: what is there does not allow it.
        UsageError: the amount is none of those in conflict.
        NotFoundError, AmbiguousNameError: the load or batch that is meant.
    """
    decision = _decision(tx, ports, world, item, choice)
    sequence = tx.next_number("decisions")
    decision = evolve(decision, id=f"dec-{sequence:06d}", sequence=sequence)
    tx.put(decision)
    return decision


def _decision(tx: Reading, ports: Ports, world: World, item: ExceptionItem, choice: Choice) -> Decision:
    kind = choice.resolution
    sale = _sale_of(world, item)
    meant = sale.load if sale is not None else item.load
    chosen: int | None = None
    number: int | None = None
    if kind in (R.WRITE_OFF, R.CHARGE_TO_RESERVE):
        chosen = _accepted(world, item, choice.amount)
    elif kind in (R.TREAT_AS_FULL, R.COLLECT_DIRECT, R.WAIT, R.DISPUTE, R.IGNORE):
        chosen = item.amount_at_risk
    elif kind is R.USE_ROW:
        chosen = _chosen(item, choice.amount)
    elif kind in (R.COUNT_EACH, R.SAME):
        number = _count(world, item, choice.count, kind)
    elif choice.load is not None:
        sale, meant = _assigned(tx, ports, item, choice.load, choice.batch)
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
        reason=choice.reason,
        actor=ports.actor.name,
        at=ports.clock.now(),
        sequence=0,
    )


def _sale_of(world: World, item: ExceptionItem) -> Assignment | None:
    id_ = item.subject.removeprefix(sale_subject(""))
    return world.sales[id_].sale if id_ in world.sales else None


def _chosen(item: ExceptionItem, amount: int | None) -> int:
    """Return the amount that stands, which must be one of those in conflict."""
    if amount is None or amount not in item.amounts:
        said = ", ".join(decimal_text(one) for one in item.amounts)
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


def _count(world: World, item: ExceptionItem, count: int | None, kind: Resolution) -> int:
    facts = _facts(world, item)
    by_report = Counter(copy.report for fact in facts for copy in fact.copies)
    most = max(by_report.values(), default=1)
    if kind is R.SAME:
        return most
    if count is not None:
        return count
    return most if item.type is ExceptionType.DUPLICATE_ROW else sum(by_report.values())


def _facts(world: World, item: ExceptionItem) -> Sequence[Fact]:
    judged = set(item.judged)
    pool = world.facts.get(item.connection or "", {})
    return [fact for fact in pool.values() if fact.text in judged]


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
    about_sale = item.subject.startswith(sale_subject(""))
    if about_sale:
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
    if about_sale:
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
