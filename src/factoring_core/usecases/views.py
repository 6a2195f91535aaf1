"""Looking at the books: loads, batches, reports, status; nothing here changes anything."""

from collections import Counter
from collections.abc import Mapping
from typing import Any

import attrs
from attrs import evolve

from factoring_core.domain.reconciling.facts import Fact
from factoring_core.domain.reconciling.findings import ExceptionRecord
from factoring_core.domain.reconciling.position import Position
from factoring_core.domain.reconciling.reports import Report
from factoring_core.domain.reconciling.world import World, fold
from factoring_core.domain.selling.batch import Batch, BatchState
from factoring_core.domain.selling.lease import Lease, is_held
from factoring_core.domain.vocabulary.events import LoadEvent
from factoring_core.domain.vocabulary.lifecycle import LoadStatus
from factoring_core.domain.vocabulary.load import Load, Standing
from factoring_core.domain.vocabulary.parties import Subsidiary
from factoring_core.ports.storage import ConnectionState, Reading
from factoring_core.usecases.books import connections_of, read_book, subsidiary_of, visible_subsidiaries
from factoring_core.usecases.days import local_day
from factoring_core.usecases.naming import find_loads
from factoring_core.usecases.ports import Ports
from factoring_core.usecases.reconciling.report_record import read_record
from factoring_core.usecases.reconciling.undo_report import find_report
from factoring_core.usecases.reconciling.view_exceptions import exception_view
from factoring_core.usecases.results import (
    ConnectionView,
    LoadDetail,
    LoadView,
    ReportView,
    SaleView,
    StatusCount,
    StatusView,
)


def loads(
    ports: Ports,
    *,
    status: str | None = None,
    subsidiary: str | None = None,
    customer: str | None = None,
    route: str | None = None,
) -> tuple[LoadView, ...]:
    """List loads beside their standing, by subsidiary and number."""
    found = []
    with ports.store.reading(ports.tenant) as tx:
        for one in visible_subsidiaries(ports, subsidiary):
            standings = {standing.load: standing for standing in tx.find(Standing, subsidiary=one.id)}
            for number, flags in _due(tx, ports, one).items():
                standings[number] = _flagged(standings[number], flags)
            for load in tx.find(Load, subsidiary=one.id):
                standing = standings.get(load.number) or Standing(subsidiary=one.id, load=load.number)
                if (
                    status in (None, standing.status.value)
                    and customer in (None, load.customer)
                    and route in (None, standing.route.value)
                ):
                    found.append(LoadView(load=load, standing=standing))
    return tuple(found)


def _due(tx: Reading, ports: Ports, subsidiary: Subsidiary) -> dict[str, set[str]]:
    """Return by load the types of the exceptions that time has raised by the business date."""
    today = local_day(ports.clock.now(), subsidiary)
    found: dict[str, set[str]] = {}
    for record in tx.find(ExceptionRecord, subsidiary=subsidiary.id, open=True):
        item = record.item
        if item.due is not None and item.load is not None and item.raised_on(today):
            found.setdefault(item.load, set()).add(item.type.value)
    return found


def _flagged(standing: Standing, flags: set[str] | None) -> Standing:
    return evolve(standing, flags=tuple(sorted({*standing.flags, *flags}))) if flags else standing


def load(ports: Ports, name: str) -> LoadDetail:
    """Show everything about one load.

    Raises:
        NotFoundError, AmbiguousNameError: the name fits none or several.
    """
    with ports.store.reading(ports.tenant) as tx:
        one = find_loads(tx, ports, [name])[0]
        world = fold(read_book(tx, ports, one.subsidiary))
        subsidiary = subsidiary_of(ports, one.subsidiary)
        today = local_day(ports.clock.now(), subsidiary)
        history = tx.find(LoadEvent, subsidiary=one.subsidiary, load=one.number)
        records = [
            record
            for record in tx.find(ExceptionRecord, subsidiary=one.subsidiary)
            if record.load == one.number and record.item.raised_on(today)
        ]
        supplements = [
            other.number
            for other in tx.find(Load, subsidiary=one.subsidiary)
            if other.parent_load == one.number
        ]
        return LoadDetail(
            load=one,
            standing=_flagged(world.standings[one.number], _due(tx, ports, subsidiary).get(one.number)),
            history=tuple(history),
            sales=_sales(world, one),
            exceptions=tuple(exception_view(ports, record) for record in records),
            supplements=tuple(supplements),
        )


def _sales(world: World, one: Load) -> tuple[SaleView, ...]:
    folds = [fold_ for fold_ in world.sales.values() if fold_.sale.load == one.number]
    return tuple(
        SaleView(
            assignment=fold_.sale,
            position=position_view(fold_.position),
            evidence=tuple(_evidence(fact) for fact in fold_.facts),
        )
        for fold_ in folds
    )


def position_view(position: Position) -> Mapping[str, Any]:
    """Return a position's amounts (cents) and verdicts by name."""
    answer = attrs.asdict(position)
    answer["open"] = position.open
    answer["settled"] = position.settled.value if position.settled is not None else None
    return answer


def _evidence(fact: Fact) -> Mapping[str, Any]:
    return {
        "type": str(fact.first.type),
        "amount": fact.first.amount,
        "on": fact.key[4],
        "reference": fact.first.reference,
        "word": fact.key[3],
        "posted": fact.posted,
        "rows": [{"report": copy.report, "row": copy.row} for copy in fact.copies],
    }


def reports(ports: Ports, subsidiary: str | None = None) -> tuple[Report, ...]:
    """List every report, undone ones too, in order of acceptance."""
    with ports.store.reading(ports.tenant) as tx:
        found = [
            report
            for one in visible_subsidiaries(ports, subsidiary)
            for report in tx.find(Report, subsidiary=one.id)
        ]
    return tuple(sorted(found, key=lambda report: report.sequence))


def report(ports: Ports, id_: str) -> ReportView:
    """Show one report and the result it had when it was accepted."""
    with ports.store.reading(ports.tenant) as tx:
        found = find_report(tx, ports, id_)
    return ReportView(report=found, result=read_record(ports.blobs, found))


def connections(ports: Ports, subsidiary: str | None = None) -> tuple[ConnectionView, ...]:
    """List connections with the state that commands gave them; those taken out with batches drain."""
    visible = tuple(one.id for one in visible_subsidiaries(ports, subsidiary))
    with ports.store.reading(ports.tenant) as tx:
        states = {state.connection: state for state in tx.find(ConnectionState)}
        open_ = Counter(batch.connection for batch in tx.find(Batch, subsidiary=visible) if batch.live)
        known = [one for id_ in visible for one in connections_of(tx, ports, id_)]
    answer = []
    for one in known:
        state = states.get(one.id)
        active = state.active if state is not None else one.active
        answer.append(
            ConnectionView(
                connection=one,
                active=active,
                draining=not active,
                open_batches=open_[one.id],
                reason=state.reason if state is not None else "",
            )
        )
    return tuple(answer)


def status(ports: Ports, subsidiary: str | None = None) -> StatusView:
    """Show counts and amounts per status, open doubt, exceptions, reserve and the oldest queued load."""
    counts = {one: [0, 0, 0, 0] for one in LoadStatus}
    raised: dict[str, int] = {}
    at_risk = 0
    in_doubt: list[str] = []
    waiting: list[str] = []
    stuck: list[str] = []
    reserve = 0
    account: dict[str, dict[str, int]] = {}
    oldest: tuple[str, str, int] | None = None
    with ports.store.reading(ports.tenant) as tx:
        for one in visible_subsidiaries(ports, subsidiary):
            book = read_book(tx, ports, one.id)
            world = fold(book)
            today = local_day(ports.clock.now(), one)
            for number, standing in world.standings.items():
                found = book.loads[number]
                row = counts[standing.status]
                face = found.invoice.face if found.invoice is not None else found.amount or 0
                for index, amount in enumerate((1, face, standing.paid, standing.open)):
                    row[index] += amount
                if standing.status is LoadStatus.QUEUED and found.invoice is not None:
                    age = (today - found.invoice.date).days
                    if oldest is None or age > oldest[2]:
                        oldest = (one.id, number, age)
            for item in world.raised_on(today):
                raised[item.type.value] = raised.get(item.type.value, 0) + 1
                at_risk += item.amount_at_risk
            for batch in world.batches.values():
                name = f"{batch.connection}/{batch.number}"
                if batch.state is BatchState.IN_DOUBT:
                    in_doubt.append(name)
                elif batch.state in (BatchState.SEALED, BatchState.SENDING):
                    waiting.append(name)
                    if batch.state is BatchState.SENDING and not _held(tx, batch.id):
                        stuck.append(name)
            for fold_ in world.sales.values():
                reserve += fold_.position.reserve_held - fold_.position.rebated
            for connection, totals in world.accounts.items():
                if totals:
                    account[connection] = dict(totals)
    return StatusView(
        counts=tuple(
            StatusCount(status=one.value, count=row[0], amount=row[1], paid=row[2], open=row[3])
            for one, row in counts.items()
        ),
        exceptions=dict(sorted(raised.items())),
        amount_at_risk=at_risk,
        in_doubt=tuple(sorted(in_doubt)),
        waiting_batches=tuple(sorted(waiting)),
        stuck=tuple(sorted(stuck)),
        reserve_outstanding=reserve,
        account=account,
        oldest_queued=oldest,
    )


def _held(tx: Reading, batch: str) -> bool:
    """Say whether a worker is sending the batch now."""
    lease = tx.get(Lease, batch)
    return lease is not None and is_held(lease, tx.time())
