"""The cells of the frames about loads, sales, batches and what is decided and open."""

from collections.abc import Iterable, Sequence
from typing import Any

from factoring_core.analysis.reading import Snapshot
from factoring_core.analysis.schema import TableSchema
from factoring_core.analysis.schemas import (
    ACCOUNT,
    ASSIGNMENTS,
    BATCHES,
    DECISIONS,
    DELIVERIES,
    EXCEPTIONS,
    LOADS,
    POSITIONS,
)
from factoring_core.analysis.stages import Stages
from factoring_core.domain.reconciling.resolutions import suggested
from factoring_core.usecases.days import local_day

Cells = dict[str, list[Any]]
Snapshots = Sequence[Snapshot]


def columns(schema: TableSchema, rows: Iterable[tuple[Any, ...]]) -> Cells:
    """Turn rows into the columns of *schema*; of no rows, into empty ones."""
    turned = list(zip(*rows, strict=True))
    if not turned:
        return {name: [] for name in schema.names}
    return {name: list(cells) for name, cells in zip(schema.names, turned, strict=True)}


def loads(snapshots: Snapshots) -> Cells:
    """Return the cells of `loads`; their amounts add up to those of the status."""
    return columns(LOADS, (row for one in snapshots for row in _loads(one)))


def _loads(one: Snapshot) -> Iterable[tuple[Any, ...]]:
    stages, customers, world = Stages(one), one.book.customers, one.world
    for number, load in one.book.loads.items():
        fold, standing, invoice = world.loads[number], world.standings[number], load.invoice
        sale = fold.sale.sale if fold.sale is not None else None
        batch = world.batches.get(standing.batch) if standing.batch is not None else None
        through = sale.connection if sale is not None else batch.connection if batch is not None else None
        customer = customers.get(load.customer)
        yield (
            load.subsidiary,
            number,
            load.customer,
            customer.name or customer.id if customer is not None else load.customer,
            standing.status.value,
            standing.route.value,
            load.method.method.value if load.method is not None else None,
            standing.disposition,
            invoice.number if invoice is not None else None,
            invoice.date if invoice is not None else None,
            invoice.face if invoice is not None else load.amount,
            standing.paid,
            standing.open,
            invoice.currency if invoice is not None else load.currency,
            standing.batch,
            one.factor(through) if through is not None else None,
            load.po_number,
            load.reference_number,
            load.parent_load,
            load.supersedes,
            *stages.days(load, fold),
            ",".join(standing.flags),
        )


def assignments(snapshots: Snapshots) -> Cells:
    """Return the cells of `assignments`."""
    return columns(ASSIGNMENTS, (row for one in snapshots for row in _assignments(one)))


def _assignments(one: Snapshot) -> Iterable[tuple[Any, ...]]:
    factors = {id_: one.factor(id_) for id_ in {sale.connection for sale in one.book.assignments}}
    for sale in one.book.assignments:
        fold = one.world.sales[sale.id]
        batch = one.world.batches[sale.batch] if sale.batch is not None else None
        ended, terms = fold.ended_by, sale.frozen.terms
        yield (
            sale.id,
            sale.subsidiary,
            sale.connection,
            factors[sale.connection],
            sale.load,
            sale.batch,
            sale.batch_number,
            sale.schedule_number or (batch.schedule_number if batch is not None else None),
            sale.invoice_number,
            sale.invoice_date,
            sale.face,
            sale.currency,
            sale.customer,
            sale.customer_name,
            sale.debtor_number,
            sale.sealed_on,
            sale.frozen.settlement.value,
            sale.frozen.tolerance,
            terms.advance_rate,
            terms.fee_rate,
            terms.recourse_days,
            batch is None or batch.state.value == "delivered",
            fold.disposition.value if fold.disposition is not None else None,
            ended is None and (batch is None or batch.live),
            ended.resolution.value if ended is not None else None,
            local_day(ended.at, one.subsidiary) if ended is not None else None,
            ended.reason if ended is not None else None,
        )


def batches(snapshots: Snapshots) -> Cells:
    """Return the cells of `batches`."""
    rows = (
        (
            batch.id,
            batch.subsidiary,
            batch.connection,
            one.factor(batch.connection),
            batch.provider,
            batch.number,
            batch.schedule_number,
            batch.state.value,
            batch.sealed_on,
            len(batch.loads),
            batch.amount,
            batch.currency,
        )
        for one in snapshots
        for batch in one.world.batches.values()
    )
    return columns(BATCHES, rows)


def deliveries(snapshots: Snapshots) -> Cells:
    """Return the cells of `deliveries`."""
    rows = (
        (
            batch.id,
            batch.subsidiary,
            batch.connection,
            batch.delivery.evidence,
            batch.delivery.at,
            local_day(batch.delivery.at, one.subsidiary),
            batch.delivery.by,
            batch.delivery.reason,
        )
        for one in snapshots
        for batch in one.world.batches.values()
        if batch.delivery is not None
    )
    return columns(DELIVERIES, rows)


def exceptions(snapshots: Snapshots) -> Cells:
    """Return the cells of `exceptions`: those open; their amounts add up to those of the status."""
    rows = (
        (
            item.id,
            item.type.value,
            item.severity.value,
            item.subsidiary,
            item.connection,
            item.subject,
            item.load,
            item.amount_at_risk,
            suggested(item.type).value,
            since,
            max(0, (one.on - since).days) if since is not None else None,
            len(item.rows),
            item.note,
        )
        for one in snapshots
        for item in one.world.exceptions.values()
        for since in (item.since or one.opened.get(item.id),)
    )
    return columns(EXCEPTIONS, rows)


def decisions(snapshots: Snapshots) -> Cells:
    """Return the cells of `decisions`, those undone as well."""
    rows = (
        (
            made.id,
            made.subsidiary,
            made.connection,
            made.subject,
            made.resolution.value,
            made.exception_type,
            made.exception_id,
            made.load,
            made.assignment,
            made.amount,
            made.count,
            made.reason,
            made.actor,
            local_day(made.at, one.subsidiary),
            made.id in live,
            local_day(made.undone_at, one.subsidiary)
            if made.undone_at is not None and made.id not in live
            else None,
        )
        for one in snapshots
        for live in ({decision.id for decision in one.book.decisions},)
        for made in one.decisions
    )
    return columns(DECISIONS, rows)


def positions(snapshots: Snapshots) -> Cells:
    """Return the cells of `positions`; reserve less rebates adds up to the status's reserve."""
    return columns(POSITIONS, (row for one in snapshots for row in _positions(one)))


def _positions(one: Snapshot) -> Iterable[tuple[Any, ...]]:
    factors = {id_: one.factor(id_) for id_ in {sale.connection for sale in one.book.assignments}}
    for id_, fold in one.world.sales.items():
        sale, money = fold.sale, fold.position
        yield (
            id_,
            sale.subsidiary,
            sale.connection,
            factors[sale.connection],
            sale.load,
            sale.customer,
            sale.currency,
            money.face,
            money.adjustments,
            money.bought,
            money.implied,
            money.purchased,
            money.purchased_on,
            money.advanced,
            money.advanced_known,
            money.reserve_held,
            money.fees,
            money.rebated,
            money.reserve_held - money.rebated,
            money.paid,
            money.net_paid,
            money.charged_back,
            money.fully_charged_back,
            money.late_paid,
            money.written_off,
            money.open,
            money.direct_open,
            money.settled.value if money.settled is not None else None,
            money.last_paid_on,
        )


def account(snapshots: Snapshots) -> Cells:
    """Return the cells of `account`: what the status shows, a line for each type."""
    rows = (
        (one.subsidiary.id, connection, one.factor(connection), kind, amount)
        for one in snapshots
        for connection, totals in one.world.accounts.items()
        for kind, amount in totals.items()
    )
    return columns(ACCOUNT, rows)
