"""The books of one subsidiary: read as one value, folded, and written back as what changed."""

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from itertools import chain as joined
from itertools import islice
from typing import Any, TypeVar

from attrs import evolve, frozen

from factoring_core.domain.reconciling.alike_rows import AlikeRows
from factoring_core.domain.reconciling.decisions import Decision
from factoring_core.domain.reconciling.evidence import Evidence
from factoring_core.domain.reconciling.findings import ExceptionItem, ExceptionRecord
from factoring_core.domain.reconciling.reports import Report
from factoring_core.domain.reconciling.world import Book, World, fold
from factoring_core.domain.selling.batch import Assignment, Batch
from factoring_core.domain.selling.credit import CreditAnswer, CreditVerdict
from factoring_core.domain.vocabulary.events import AuditEntry, LoadEvent, chain
from factoring_core.domain.vocabulary.host_events import OutboxEntry, type_of_act
from factoring_core.domain.vocabulary.lifecycle import Facts, LoadStatus, Route, steps
from factoring_core.domain.vocabulary.load import Load, Standing
from factoring_core.domain.vocabulary.money import decimal_text
from factoring_core.domain.vocabulary.packed import BLOCK
from factoring_core.domain.vocabulary.parties import Connection, Customer, InvoicingMethod, Subsidiary
from factoring_core.errors import NotFoundError
from factoring_core.ports.storage import CreditCheck, Reading, Transaction
from factoring_core.usecases.ports import Ports
from factoring_core.usecases.results import Transition

T = TypeVar("T")


def subsidiary_of(ports: Ports, name: str) -> Subsidiary:
    """Return the settings of one subsidiary.

    Raises:
        NotFoundError: there is none of that name within the actor's scope.
    """
    for subsidiary in ports.settings.subsidiaries:
        if subsidiary.id == name and ports.actor.sees(name):
            return subsidiary
    raise NotFoundError(f"There is no subsidiary {name}.", where={"subsidiary": name})


def visible_subsidiaries(ports: Ports, name: str | None = None) -> tuple[Subsidiary, ...]:
    """Return the subsidiaries the actor may see; only *name* when one is named."""
    if name is not None:
        return (subsidiary_of(ports, name),)
    return tuple(one for one in ports.settings.subsidiaries if ports.actor.sees(one.id))


def connections_of(tx: Reading, ports: Ports, subsidiary: str) -> tuple[Connection, ...]:
    """Return every connection of a subsidiary: those of the settings, then those taken out of them.

    One that is taken out and has batches drains: its reports still apply.
    """
    known = {one.id for one in ports.settings.connections}
    taken_out = {
        batch.connection: Connection(
            id=batch.connection,
            subsidiary=subsidiary,
            provider=batch.provider,
            active=False,
            currency=batch.currency,
        )
        for batch in tx.find(Batch, subsidiary=subsidiary)
        if batch.connection not in known
    }
    own = (one for one in ports.settings.connections if one.subsidiary == subsidiary)
    return (*own, *taken_out.values())


def customers_of(tx: Reading, ports: Ports) -> dict[str, Customer]:
    """Return every customer: those of the settings, then those that imports made."""
    found = {customer.id: customer for customer in tx.find(Customer)}
    found.update({customer.id: customer for customer in ports.settings.customers})
    return found


def read_book(
    tx: Reading,
    ports: Ports,
    subsidiary: str,
    *,
    loads: Mapping[str, Load] | None = None,
    sales: Sequence[Assignment] | None = None,
) -> Book:
    """Read everything the fold needs to know of one subsidiary, but for what is given."""
    reports = [one for one in tx.find(Report, subsidiary=subsidiary) if one.live]
    if loads is None:
        loads = {load.number: load for load in tx.find(Load, subsidiary=subsidiary)}
    if sales is None:
        sales = tx.find(Assignment, subsidiary=subsidiary)
    return Book(
        tenant=ports.tenant,
        subsidiary=subsidiary_of(ports, subsidiary),
        loads=loads,
        customers=customers_of(tx, ports),
        assignments=sales,
        batches={batch.id: batch for batch in tx.find(Batch, subsidiary=subsidiary)},
        reports={report.id: report for report in reports},
        evidence=tx.find(Evidence, report=tuple(report.id for report in reports)),
        decisions=[one for one in tx.find(Decision, subsidiary=subsidiary) if one.live],
        credit=_credit_answers(tx, subsidiary),
        likeness=ports.likeness,
    )


def _credit_answers(tx: Reading, subsidiary: str) -> Sequence[CreditAnswer]:
    """Return what was said of customers' credit, the last last."""
    checks = sorted(tx.find(CreditCheck, subsidiary=subsidiary), key=lambda one: one.sequence)
    return [
        CreditAnswer(
            connection=one.connection,
            customer=one.customer,
            verdict=CreditVerdict(one.verdict),
            at=one.at,
        )
        for one in checks
    ]


@frozen(kw_only=True)
class Change:
    """The difference that a new world makes to what is stored; a plan that can be shown.

    ``standings`` are those that change, ``transitions`` those of them whose status moves.
    ``before``: standings as they are stored now, by load number.  ``alike``: sales that a report
    pays and that are not in the world; their standings change too, and are made when they are
    written.
    """

    world: World
    standings: tuple[Standing, ...]
    transitions: Sequence[Transition]
    before: Mapping[str, Standing]
    sales: tuple[Assignment, ...]
    opened: Sequence[ExceptionRecord]
    closed: tuple[ExceptionRecord, ...]
    alike: AlikeRows | None = None


def plan_change(tx: Reading, ports: Ports, book: Book) -> Change:
    """Fold *book* and compare the world with what is stored; writes nothing."""
    subsidiary = book.subsidiary.id
    before = {one.load: one for one in tx.find(Standing, subsidiary=subsidiary)}
    known = {one.id: one for one in tx.find(ExceptionRecord, subsidiary=subsidiary, open=True)}
    return compare(ports, book, fold(book), before=before, known=known)


def compare(
    ports: Ports,
    book: Book,
    world: World,
    *,
    before: Mapping[str, Standing],
    known: Mapping[str, ExceptionRecord],
) -> Change:
    """Say what *world*, the fold of *book*, makes of the standings and open exceptions *before* it."""
    subsidiary = book.subsidiary.id
    standings = []
    transitions = []
    for number, standing in sorted(world.standings.items()):
        old = before.get(number)
        if old == standing:
            continue
        standings.append(standing)
        old = old or Standing(subsidiary=subsidiary, load=number)
        if old.status is not standing.status:
            transitions.append(_transition(world, book.loads[number], old, standing))
    sales = [evolve(sale, live=live) for sale, live in _liveness(book, world) if sale.live is not live]
    opened, closed = _exceptions(ports, world, known)
    return Change(
        world=world,
        standings=tuple(standings),
        transitions=tuple(transitions),
        before=before,
        sales=tuple(sales),
        opened=opened,
        closed=closed,
    )


def _transition(world: World, load: Load, old: Standing, new: Standing) -> Transition:
    facts = world.loads[load.number].facts
    if old.route is Route.DIRECT and not _by_choice(load):
        facts = evolve(facts, was_charged_back_direct=True)
    return transition_of(old.status, new, facts)


def transition_of(old: LoadStatus, new: Standing, facts: Facts) -> Transition:
    """Name the steps by which a load of these *facts* goes from *old* to where it stands."""
    events, through = _way(old, new.status, facts)
    return Transition(
        load=new.load,
        subsidiary=new.subsidiary,
        from_status=old.value,
        to_status=new.status.value,
        events=events,
        through=through,
    )


def _by_choice(load: Load) -> bool:
    """Say whether a load is collected directly because it was never sold."""
    return load.sent_direct_on is not None or (
        load.method is not None and load.method.method is InvoicingMethod.DIRECT
    )


@cache
def _way(old: LoadStatus, new: LoadStatus, facts: Facts) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Name the events between two statuses and the status after each; few ways, many loads."""
    way = steps(old, new, facts)
    return tuple(line.event for line in way), tuple(line.target.value for line in way)


def _liveness(book: Book, world: World) -> Iterable[tuple[Assignment, bool]]:
    """Say of each sale whether it holds its load: not ended, and in a live batch."""
    for sale in book.assignments:
        ended = world.sales[sale.id].ending is not None
        yield sale, not ended and (sale.batch is None or book.batches[sale.batch].live)


def _exceptions(
    ports: Ports, world: World, known: Mapping[str, ExceptionRecord]
) -> tuple[tuple[ExceptionRecord, ...], tuple[ExceptionRecord, ...]]:
    """Return the exception records to write, by id: newly open or changed, and those to close."""
    now = ports.clock.now()
    opened = []
    present = {**world.exceptions, **world.later}
    for _, item in sorted(present.items()):
        record = known.get(item.id)
        if record is not None and record.item == item:
            continue
        opened.append(opened_record(item, record.opened_at if record is not None else now))
    closed = [
        evolve(record, open=False, closed_at=now, resolution=world.resolved.get(record.id))
        for record in known.values()
        if record.id not in present
    ]
    return tuple(opened), tuple(closed)


def opened_record(item: ExceptionItem, at: dt.datetime) -> ExceptionRecord:
    """Return the record of an exception that has been open since *at*."""
    return ExceptionRecord(
        item=item,
        id=item.id,
        subsidiary=item.subsidiary,
        type=item.type.value,
        load=item.load,
        open=True,
        opened_at=at,
    )


_MOVED = ("status", "route", "disposition", "batch", "paid", "open", "flags")

AT_ONCE = BLOCK
"""So many records of a large change are made and written at a time."""


def _in_slices(records: Iterable[T]) -> Iterator[list[T]]:
    waiting = iter(records)
    while found := list(islice(waiting, AT_ONCE)):
        yield found


def commit_change(tx: Transaction, ports: Ports, change: Change, *, cause: str) -> None:
    """Write what *change* says, with the history of every step."""
    fresh = [standing for standing in change.standings if standing.load not in change.before]
    moved = [standing for standing in change.standings if standing.load in change.before]
    if fresh:
        tx.add_all(fresh)
    alike = change.alike.standings() if change.alike is not None else ()
    for standings in _in_slices(joined(moved, alike)):
        tx.put_all(standings, fields=_MOVED)
    # Sales that end go first, so that a load's next sale never meets the last one alive.
    for live in (False, True):
        sales = [sale for sale in change.sales if sale.live is live]
        if sales:
            tx.put_all(sales, fields=("live",))
    for records in _in_slices(joined(change.opened, change.closed)):
        _tell_raised(tx, ports, [record for record in records if record.open])
        tx.put_all(records)
    add_history(tx, ports, change.transitions, cause=cause)


def _tell_raised(tx: Transaction, ports: Ports, opened: Sequence[ExceptionRecord]) -> None:
    """Put exceptions that were not open before into the outbox."""
    ids = tuple(record.id for record in opened)
    known = {record.id for record in tx.find(ExceptionRecord, id=ids) if record.open}
    _put_out(
        tx,
        ports,
        [
            (
                "exception_raised",
                record.subsidiary,
                record.id,
                {
                    "type": record.type,
                    "load": record.load,
                    "severity": record.item.severity.value,
                    "amount_at_risk": decimal_text(record.item.amount_at_risk),
                },
            )
            for record in opened
            if record.id not in known
        ],
    )


def _put_out(tx: Transaction, ports: Ports, news: Sequence[tuple[str, str, str, Mapping[str, Any]]]) -> None:
    """Put news into the outbox: type, subsidiary, subject and data of each."""
    if not news:
        return
    last, step = tx.last(OutboxEntry), tx.last(LoadEvent)
    begin = last.sequence if last is not None else 0
    tx.add_all(
        OutboxEntry(
            sequence=begin + number,
            after=step.sequence if step is not None else 0,
            type=type_,
            subsidiary=subsidiary,
            subject=subject,
            at=ports.clock.now(),
            data=data,
        )
        for number, (type_, subsidiary, subject, data) in enumerate(news, 1)
    )


def add_history(tx: Transaction, ports: Ports, transitions: Sequence[Transition], *, cause: str) -> None:
    """Record each step of each transition; a jump is recorded as its steps."""
    if not transitions:
        return
    last = tx.last(LoadEvent)
    events = _events(
        transitions,
        after=last.sequence if last is not None else 0,
        cause=cause,
        at=ports.clock.now(),
        actor=ports.actor.name,
    )
    for found in _in_slices(events):
        tx.add_all(found)


def _events(
    transitions: Iterable[Transition], *, after: int, cause: str, at: dt.datetime, actor: str
) -> Iterator[LoadEvent]:
    sequence = after
    for transition in transitions:
        status = transition.from_status
        for event, target in zip(transition.events, transition.through, strict=True):
            sequence += 1
            yield LoadEvent(
                sequence=sequence,
                subsidiary=transition.subsidiary,
                load=transition.load,
                event=event,
                from_status=status,
                to_status=target,
                cause=cause,
                at=at,
                actor=actor,
            )
            status = target


def audit(
    tx: Transaction,
    ports: Ports,
    action: str,
    subject: str,
    *,
    subsidiary: str | None = None,
    **detail: Any,
) -> None:
    """Append one entry to the tenant's chain, in the transaction of the change it records."""
    last = tx.last(AuditEntry)
    previous = last.hash if last is not None else ""
    entry = AuditEntry(
        sequence=(last.sequence if last is not None else 0) + 1,
        at=ports.clock.now(),
        actor=ports.actor.name,
        action=action,
        subject=subject,
        subsidiary=subsidiary,
        detail=detail,
        previous=previous,
    )
    tx.add_all([evolve(entry, hash=chain(entry, previous))])
    told = type_of_act(action, detail)
    if told is not None and subsidiary is not None:
        _put_out(tx, ports, [(told, subsidiary, subject, {**detail, "actor": entry.actor})])


def settle_books(tx: Transaction, ports: Ports, subsidiary: str, *, cause: str) -> Change:
    """Fold the books as they are now and write what that changes; the last step of every act."""
    change = plan_change(tx, ports, read_book(tx, ports, subsidiary))
    commit_change(tx, ports, change, cause=cause)
    return change
