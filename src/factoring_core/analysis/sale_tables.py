"""The cells of the frames about loads, their sales and the money of each, a column at a time.

There is a row for every load that ever was, so nothing is made for one row alone.
"""

from collections.abc import Iterable
from operator import attrgetter
from typing import Any

from factoring_core.analysis.cells import Cells, Snapshots, gathered
from factoring_core.analysis.reading import Snapshot
from factoring_core.analysis.schemas import ASSIGNMENTS, LOADS, POSITIONS
from factoring_core.analysis.stages import Stages
from factoring_core.usecases.days import local_day


def loads(snapshots: Snapshots) -> Cells:
    """Return the cells of `loads`; their amounts add up to those of the status."""
    return gathered(LOADS, (_loads(one) for one in snapshots))


def _loads(one: Snapshot) -> Cells:
    stages, customers, world = Stages(one), one.book.customers, one.world
    numbers, listed = list(one.book.loads), list(one.book.loads.values())
    folds = [world.loads[number] for number in numbers]
    standings = [world.standings[number] for number in numbers]
    invoices = [load.invoice for load in listed]
    names = {id_: id_ for id_ in {load.customer for load in listed}}
    names |= {id_: customers[id_].name or id_ for id_ in names.keys() & customers.keys()}
    batches = {batch.id: batch.connection for batch in world.batches.values()}
    factors: dict[str | None, str | None] = {id_: one.factor(id_) for id_ in _connections(one)}
    factors[None] = None
    days = [stages.days(load, fold) for load, fold in zip(listed, folds, strict=True)]
    return {
        "subsidiary": [load.subsidiary for load in listed],
        "load": numbers,
        "customer": [load.customer for load in listed],
        "customer_name": [names[load.customer] for load in listed],
        "status": [standing.status._value_ for standing in standings],
        "route": [standing.route._value_ for standing in standings],
        "method": [None if load.method is None else load.method.method._value_ for load in listed],
        "disposition": [standing.disposition for standing in standings],
        "invoice_number": [None if invoice is None else invoice.number for invoice in invoices],
        "invoice_date": [None if invoice is None else invoice.date for invoice in invoices],
        "amount": [load.amount if load.invoice is None else load.invoice.face for load in listed],
        "paid": [standing.paid for standing in standings],
        "open": [standing.open for standing in standings],
        "currency": [load.currency if load.invoice is None else load.invoice.currency for load in listed],
        "batch": [standing.batch for standing in standings],
        "factor": [
            factors[
                fold.sale.sale.connection
                if fold.sale is not None
                else batches.get(standing.batch)
                if standing.batch is not None
                else None
            ]
            for fold, standing in zip(folds, standings, strict=True)
        ],
        "po_number": [load.po_number for load in listed],
        "reference_number": [load.reference_number for load in listed],
        "parent_load": [load.parent_load for load in listed],
        "supersedes": [load.supersedes for load in listed],
        "released_on": [day[0] for day in days],
        "queued_on": [day[1] for day in days],
        "invoiced_on": [day[2] for day in days],
        "financed_on": [day[3] for day in days],
        "completed_on": [day[4] for day in days],
        "flags": [",".join(standing.flags) for standing in standings],
    }


def _connections(one: Snapshot) -> Iterable[str]:
    sold = {sale.connection for sale in one.book.assignments}
    return sold | {batch.connection for batch in one.world.batches.values()}


def assignments(snapshots: Snapshots) -> Cells:
    """Return the cells of `assignments`."""
    return gathered(ASSIGNMENTS, (_assignments(one) for one in snapshots))


def _assignments(one: Snapshot) -> Cells:
    sales = one.book.assignments
    factors = {id_: one.factor(id_) for id_ in _connections(one)}
    folds = [one.world.sales[sale.id] for sale in sales]
    batches = [None if sale.batch is None else one.world.batches[sale.batch] for sale in sales]
    frozen = [sale.frozen for sale in sales]
    ended = [fold.ended_by for fold in folds]
    return {
        "assignment": [sale.id for sale in sales],
        "subsidiary": [sale.subsidiary for sale in sales],
        "connection": [sale.connection for sale in sales],
        "factor": [factors[sale.connection] for sale in sales],
        "load": [sale.load for sale in sales],
        "batch": [sale.batch for sale in sales],
        "batch_number": [sale.batch_number for sale in sales],
        "schedule_number": [
            sale.schedule_number or (None if batch is None else batch.schedule_number)
            for sale, batch in zip(sales, batches, strict=True)
        ],
        "invoice_number": [sale.invoice_number for sale in sales],
        "invoice_date": [sale.invoice_date for sale in sales],
        "face": [sale.face for sale in sales],
        "currency": [sale.currency for sale in sales],
        "customer": [sale.customer for sale in sales],
        "customer_name": [sale.customer_name for sale in sales],
        "debtor_number": [sale.debtor_number for sale in sales],
        "sealed_on": [sale.sealed_on for sale in sales],
        "settlement": [terms.settlement._value_ for terms in frozen],
        "tolerance": [terms.tolerance for terms in frozen],
        "advance_rate": [terms.terms.advance_rate for terms in frozen],
        "fee_rate": [terms.terms.fee_rate for terms in frozen],
        "recourse_days": [terms.terms.recourse_days for terms in frozen],
        "delivered": [batch is None or batch.state._value_ == "delivered" for batch in batches],
        "disposition": [None if fold.disposition is None else fold.disposition._value_ for fold in folds],
        "live": [
            end is None and (batch is None or batch.live) for end, batch in zip(ended, batches, strict=True)
        ],
        "ending": [None if end is None else end.resolution._value_ for end in ended],
        "ended_on": [None if end is None else local_day(end.at, one.subsidiary) for end in ended],
        "end_reason": [None if end is None else end.reason for end in ended],
    }


_SAME = (
    *("face", "adjustments", "bought", "implied", "purchased", "purchased_on", "advanced", "advanced_known"),
    *("reserve_held", "fees", "rebated", "paid", "net_paid", "charged_back", "fully_charged_back"),
    *("late_paid", "written_off", "open", "direct_open", "last_paid_on"),
)
"""The columns of a position that are its own fields, by the same name."""


def positions(snapshots: Snapshots) -> Cells:
    """Return the cells of `positions`; reserve less rebates adds up to the status's reserve."""
    return gathered(POSITIONS, (_positions(one) for one in snapshots))


def _positions(one: Snapshot) -> Cells:
    factors = {id_: one.factor(id_) for id_ in _connections(one)}
    folds = one.world.sales.values()
    sales = [fold.sale for fold in folds]
    money = [fold.position for fold in folds]
    same: dict[str, list[Any]] = {name: list(map(attrgetter(name), money)) for name in _SAME}
    return {
        "assignment": list(one.world.sales),
        "subsidiary": [sale.subsidiary for sale in sales],
        "connection": [sale.connection for sale in sales],
        "factor": [factors[sale.connection] for sale in sales],
        "load": [sale.load for sale in sales],
        "customer": [sale.customer for sale in sales],
        "currency": [sale.currency for sale in sales],
        **same,
        "reserve": [
            held - rebated for held, rebated in zip(same["reserve_held"], same["rebated"], strict=True)
        ],
        "settled": [None if one.settled is None else one.settled._value_ for one in money],
    }
