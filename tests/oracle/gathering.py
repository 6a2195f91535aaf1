"""Exceptions that are not about one sale's money, and which ones a person has closed."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from factoring_core.domain.reconciling.world import Book
from oracle.seen import Seen

if TYPE_CHECKING:
    from oracle.match import Where


@dataclass
class Found:
    """One thing to look at."""

    connection: str | None
    kind: str
    subject: str
    amount: int
    cause: list[Seen]
    due: dt.date | None = None


def gathered(
    book: Book,
    where: dict[str, list[tuple[Seen, Where]]],
    by_sale: dict[str, list[Seen]],
    money: dict[str, Any],
) -> list[Found]:
    """Return what no single sale knows of."""
    found: list[Found] = []
    for connection, placed in where.items():
        missed: dict[tuple[str, str], list[Seen]] = {}
        for one, place in placed:
            if place.miss is not None:
                missed.setdefault((place.miss, one.invoice_key), []).append(one)
            if one.disputed:
                missed.setdefault(("conflicting_rows", one.invoice_key), []).append(one)
        for (miss, key), things in missed.items():
            amount = sum(one.cents for one in things if one.primary)
            if miss == "other_provider" and _belongs_to_one_bought_out(book, connection, placed, key, money):
                if all(one.kind in ("payment", "payment_reversal") for one in things):
                    net = sum(one.cents if one.kind == "payment" else -one.cents for one in things)
                    found.append(Found(connection, "misdirected_payment", f"invoice:{key}", net, things))
                    continue
            found.append(Found(connection, miss, f"invoice:{key}", amount, things))
    listed = {report.batch for report in book.reports.values() if report.complete_list and report.batch}
    for sale in book.assignments:
        told = any(one.kind in ("purchase", "disposition") for one in by_sale[sale.id])
        if sale.batch in listed and not told and money[sale.id].ended is None:
            found.append(
                Found(sale.connection, "missing_from_report", f"assignment:{sale.id}", sale.face, [])
            )
        theirs = money[sale.id]
        left = theirs.reserve_held - theirs.rebated
        done_on = theirs.last_paid or (sale.opening.as_of if sale.opening else None)
        over = [one for one in book.assignments if one.takes_over == sale.id]
        done = theirs.settled and theirs.ended is None
        if over and theirs.ended == "bought_out":
            done, done_on = True, over[0].sealed_on
        if done and left > 0 and done_on is not None:
            days = sale.frozen.terms.reserve_days
            due = done_on + dt.timedelta(days=31 if days is None else days + 1)
            cause = [
                one for one in by_sale[sale.id] if one.kind in ("reserve_held", "rebate", "rebate_reversal")
            ]
            found.append(Found(sale.connection, "reserve_overdue", f"assignment:{sale.id}", left, cause, due))
    return found


def _belongs_to_one_bought_out(
    book: Book, connection: str, placed: list[tuple[Seen, Where]], key: str, money: dict[str, Any]
) -> bool:
    """Say whether a row's invoice stands bought with a factor that this one has bought others out of."""
    loads = {place.load for one, place in placed if one.invoice_key == key and place.load is not None}
    bought = [
        sale
        for sale in book.assignments
        if sale.load in loads
        and money[sale.id].ended is None
        and money[sale.id].bought
        and money[sale.id].charged_back <= 0
    ]
    pairs = {
        (old.connection, new.connection)
        for new in book.assignments
        for old in book.assignments
        if new.takes_over == old.id
    }
    return any((sale.connection, connection) in pairs for sale in bought)


def joined(found: list[Found]) -> list[Found]:
    """Two findings on one subject of one type are one exception, with the larger amount."""
    one_each: dict[tuple[str | None, str, str], Found] = {}
    for one in found:
        known = one_each.setdefault((one.connection, one.kind, one.subject), one)
        if known is not one:
            known.amount = max(known.amount, one.amount)
            known.cause = known.cause + one.cause
    return list(one_each.values())


def _settles_chargeback(decision: Any, one: Found, judged: tuple[str, ...], money: dict[str, Any]) -> bool:
    sale = money[one.subject.removeprefix("assignment:")]
    if decision.resolution.value == "treat_as_full":
        return bool(sale.treated_as_full and decision.amount == one.amount)
    return decision.resolution.value == "write_off" and decision.judged == judged and sale.written_off > 0


def closed_by_a_person(book: Book, one: Found, money: dict[str, Any]) -> bool:
    """Say whether somebody looked at exactly this and let it go."""
    judged = tuple(sorted({thing.text for thing in one.cause}))
    return any(
        decision.subject == one.subject
        and decision.exception_type == one.kind
        and decision.connection in (None, one.connection)
        and (
            (
                decision.resolution.value in ("ignore", "collect_direct")
                and decision.judged == judged
                and decision.amount in (None, one.amount)
            )
            or (one.kind == "charged_back" and _settles_chargeback(decision, one, judged, money))
        )
        for decision in book.decisions
    )
