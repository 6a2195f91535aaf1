"""A second fold, written from the description of the trade and not from the first one.

It shares with `factoring_core` the value classes and the spellings of numbers and names, and
nothing else.  It is as plain and as slow as it likes: lists, loops, and everything recomputed.
Where both agree on thousands of small worlds, a mistake must have been made twice.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import Any

from factoring_core.domain.reconciling.world import Book
from factoring_core.domain.selling.batch import BatchState
from factoring_core.domain.vocabulary.parties import InvoicingMethod
from oracle.direct import direct_debt
from oracle.gathering import Found, closed_by_a_person, gathered, joined
from oracle.match import Where, matchable, where_each_goes
from oracle.money import Money, account_of, money_of
from oracle.seen import Seen, pools

Problem = tuple[str, str, int, dt.date | None]


@dataclass
class OracleLoad:
    """Where a load stands."""

    status: str
    route: str
    disposition: str | None
    paid: int
    open: int


@dataclass
class OracleWorld:
    """What the naive fold says."""

    loads: dict[str, OracleLoad] = field(default_factory=dict)
    sales: dict[str, Money] = field(default_factory=dict)
    accounts: dict[str, dict[str, int]] = field(default_factory=dict)
    exceptions: set[Problem] = field(default_factory=set)
    arrived: set[str] = field(default_factory=set)


def fold(book: Book) -> OracleWorld:
    """Compute the world of one book, slowly."""
    world = OracleWorld()
    found: list[Found] = []
    seen = pools(book)
    stated = seen.pop("stated", [])
    by_sale: dict[str, list[Seen]] = {sale.id: [] for sale in book.assignments}
    where: dict[str, list[tuple[Seen, Where]]] = {}
    for connection, things in seen.items():
        where[connection] = where_each_goes(book, connection, things)
        world.accounts[connection], problems = account_of(book, connection, things)
        found.extend(problems)
        for thing, place in where[connection]:
            if place.sale is not None:
                by_sale[place.sale].append(thing)
    for batch in book.batches.values():
        named = any(by_sale[sale.id] for sale in book.assignments if sale.batch == batch.id)
        shown = named and matchable(batch)
        if batch.state is BatchState.DELIVERED or shown:
            world.arrived.add(batch.id)
        if batch.state is BatchState.IN_DOUBT and not shown:
            found.append(Found(batch.connection, "delivery_in_doubt", f"batch:{batch.id}", batch.amount, []))
        settled_as_lost = batch.state is BatchState.SEALED and batch.ever_left
        if settled_as_lost and shown and not batch.taken_out and not batch.attempted:
            naming = [one for sale in book.assignments if sale.batch == batch.id for one in by_sale[sale.id]]
            found.append(
                Found(batch.connection, "delivery_in_doubt", f"batch:{batch.id}", batch.amount, naming)
            )
    # Those that took others over come after them: they begin with what those were paid.
    waiting = list(book.assignments)
    while waiting:
        sale = waiting.pop(0)
        before = [one for one in book.assignments if one.id == sale.takes_over]
        if before and before[0].id not in world.sales:
            waiting.append(sale)
            continue
        after = [one for one in book.assignments if one.takes_over == sale.id]
        paid_before = world.sales[before[0].id].net_paid if before else None
        money, problems = money_of(sale, by_sale[sale.id], book, after[0] if after else None, paid_before)
        world.sales[sale.id] = money
        found.extend(problems)
    for load in book.loads.values():
        said = [one for one in stated if one.invoice_key == f"load:{load.number}"]
        standing, problems = _load(book, world, load, said, by_sale)
        world.loads[load.number] = standing
        found.extend(problems)
    found.extend(gathered(book, where, by_sale, world.sales))
    for one in joined(found):
        if not closed_by_a_person(book, one, world.sales):
            world.exceptions.add((one.kind, one.subject, one.amount, one.due))
    return world


def _load(
    book: Book, world: OracleWorld, load: Any, said: list[Seen], by_sale: dict[str, list[Seen]]
) -> tuple[OracleLoad, list[Found]]:
    batches = book.batches
    sales = [
        sale
        for sale in book.assignments
        if sale.load == load.number
        and (sale.batch is None or batches[sale.batch].state not in (BatchState.CANCELLED, BatchState.DRAFT))
    ]
    sales.sort(key=lambda sale: (sale.sealed_on, sale.batch_number or 0, sale.id))
    standing = [sale for sale in sales if world.sales[sale.id].ended is None]
    current = standing[-1] if standing else None
    delivered = current is not None and (current.batch is None or current.batch in world.arrived)
    money = world.sales[current.id] if current is not None and delivered else None
    charged_back = money is not None and money.fully_charged_back
    chosen_direct = load.method is not None and load.method.method is InvoicingMethod.DIRECT
    direct = bool(charged_back or chosen_direct or load.sent_direct_on)
    last = [sale for sale in sales if world.sales[sale.id].ended != "bought_out"]
    disposition = world.sales[last[-1].id].disposition if last else None
    face = load.invoice.face if load.invoice is not None else 0
    stated_paid = sum(-one.cents if one.kind == "payment_reversal" else one.cents for one in said)

    debt = None
    if direct and load.invoice is not None:
        debt = direct_debt(book, load, money, current if charged_back else None, stated_paid, face)

    if load.invoice is None:
        status = "released"
    elif not delivered and not load.sent_direct_on:
        status = "queued"
    elif direct:
        assert debt is not None
        status = "completed" if debt.settled else "invoiced"
    else:
        assert money is not None
        status = "completed" if money.settled else "financed" if money.bought else "invoiced"

    paid, open_ = 0, face
    if debt is not None and status != "queued":
        paid, open_ = debt.paid, debt.open
    elif money is not None:
        paid, open_ = money.net_paid, money.open
        if money.direct_open:
            paid, open_ = paid + stated_paid, open_ - stated_paid

    problems: list[Found] = []
    subject = f"load:{load.number}"
    if debt is not None and status != "queued":
        if debt.open < 0:
            problems.append(Found(None, "over_paid", subject, -debt.open, []))
        elif debt.paid > 0 and not debt.settled:
            problems.append(Found(None, "short_paid", subject, debt.open, []))
    elif stated_paid > 0:
        room = money.direct_open if money is not None else 0
        if money is not None and money.bought and money.charged_back <= 0:
            problems.append(Found(None, "misdirected_payment", subject, stated_paid, []))
        elif stated_paid > room:
            problems.append(Found(None, "over_paid", subject, stated_paid, []))
    if money is not None and money.charged_back > 0 and current is not None:
        collected = status == "completed" and direct
        enough = money.direct_open and stated_paid >= money.direct_open
        if not collected and not enough:
            cell = [one for one in by_sale[current.id] if one.kind.startswith("chargeback")]
            problems.append(
                Found(
                    current.connection,
                    "charged_back",
                    f"assignment:{current.id}",
                    money.charged_back,
                    cell,
                )
            )
    for sale in sales:
        gone = world.sales[sale.id]
        if gone.ended == "bought_out" and gone.charged_back > 0:
            cell = [one for one in by_sale[sale.id] if one.kind.startswith("chargeback")]
            subject = f"assignment:{sale.id}"
            problems.append(Found(sale.connection, "charged_back", subject, gone.charged_back, cell))
    return OracleLoad(status, "direct" if direct else "factoring", disposition, paid, open_), problems


__all__ = ["OracleLoad", "OracleWorld", "fold"]
