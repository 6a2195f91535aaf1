"""What follows for one sale from everything that was matched to it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from factoring_core.domain.reconciling.world import Book
from factoring_core.domain.selling.batch import Assignment
from factoring_core.domain.vocabulary.parties import SettlementPolicy
from oracle.gathering import Found
from oracle.posts import post
from oracle.seen import Seen

Problem = Callable[[str, int, list[Seen]], None]
PRECEDENCE = ("purchased", "denied", "rejected", "held", "approved", "received")


@dataclass
class Money:
    """The position of one sale; cents."""

    ended: str | None = None
    disposition: str | None = None
    bought: bool = False
    implied: bool = False
    bought_on: list[dt.date] = field(default_factory=list)
    purchased: int = 0
    adjustments: int = 0
    net_paid: int = 0
    charged_back: int = 0
    fully_charged_back: bool = False
    treated_as_full: bool = False
    direct_open: int = 0
    written_off: int = 0
    advanced: int = 0
    fees: int = 0
    reserve_held: int = 0
    rebated: int = 0
    settled: bool = False
    shortage: int = 0
    last_paid: dt.date | None = None
    open: int = 0


def money_of(
    sale: Assignment,
    things: list[Seen],
    book: Book,
    taken_over_by: Assignment | None = None,
    paid_to_another: int | None = None,
) -> tuple[Money, list[Found]]:
    """Fold one sale; another may have taken it over, and what it took over was paid in part."""
    money = Money()
    subject = f"assignment:{sale.id}"
    about = [
        one for one in book.decisions if one.subject == subject and one.connection in (None, sale.connection)
    ]
    endings = [one for one in about if one.resolution.value in ("return_to_queue", "resell")]
    found: list[Found] = []

    def problem(kind: str, amount: int, cause: list[Seen]) -> None:
        found.append(Found(sale.connection, kind, subject, amount, cause))

    foreign = [one for one in things if one.cells["currency"] not in (None, sale.currency)]
    if foreign:
        problem("currency_differs", sum(one.cents for one in foreign if one.primary), foreign)
    own = [one for one in things if one not in foreign]
    if endings:
        last = max(endings, key=lambda one: one.sequence)
        money.ended = "resell" if last.resolution.value == "resell" else "return"
        if set(last.judged) - {one.text for one in own}:
            problem("basis_withdrawn", sale.face, [])
    elif taken_over_by is not None:
        money.ended = "bought_out"
    asked = post(sale.connection, sale.id, own, book)
    posted = [one for one in own if one.posts_times > 0]

    def of(*kinds: str) -> list[Seen]:
        return [one for one in posted if one.kind in kinds]

    opening = sale.opening
    as_of = opening.as_of if opening is not None else None
    conflicts: list[tuple[int, list[Seen]]] = []

    def net(kind: str, start: int | None = None, without: list[Seen] | None = None) -> int:
        moves = [one for one in of(kind) if one not in (without or [])]
        value, conflict = _level(kind, start, as_of, moves, of(f"{kind}_reversal"), about)
        if conflict is not None and conflict not in conflicts:
            conflicts.append(conflict)
        return value

    money.adjustments = net("adjustment")
    money.advanced = net("advance", opening.advanced if opening else None)
    money.fees = net("fee", opening.fees if opening else None)
    money.reserve_held = net("reserve_held", opening.reserve_held if opening else None)
    money.rebated = net("rebate")
    money.charged_back = net("chargeback")
    paid_before = None
    if opening is not None:
        # Settled by opening: without an amount, all of it was paid.
        paid_before = sale.face if opening.settled and opening.paid is None else opening.paid
        if paid_to_another is not None:
            paid_before = paid_to_another or None

    # A full chargeback, and the payments that came only afterwards.
    paid_rows, reversals = of("payment"), of("payment_reversal")
    late: list[Seen] = []
    days = [one.on for one in of("chargeback") if one.on is not None]
    if days:
        late = [one for one in paid_rows if one.on is not None and one.on > max(days)]
    late_bounced = sum(
        one.cents * one.posts_times for one in reversals if days and one.on and one.on > max(days)
    )

    def sum_of(things: list[Seen]) -> int:
        return sum(one.cents * one.posts_times for one in things)

    # What bounces after the chargeback is first of all what came after it.
    bounced = min(sum_of(late), late_bounced)
    full_paid = net("payment", paid_before, late) + bounced
    enough = min(sale.face, money.advanced) if money.advanced > 0 else sale.face
    treated = [one for one in about if one.resolution.value == "treat_as_full"]
    if money.charged_back > 0:
        money.treated_as_full = any(one.amount == money.charged_back for one in treated)
        covers = money.charged_back >= enough and full_paid == 0
        money.fully_charged_back = covers or money.treated_as_full
    if money.ended == "bought_out" and taken_over_by is not None:
        day = taken_over_by.sealed_on
        late = [one for one in paid_rows if one.on is None or one.on > day]
        back = [one for one in reversals if one.on is not None and one.on > day]
        bounced = min(sum_of(late), sum_of(back))
    elif money.ended:
        late, bounced = paid_rows, min(sum_of(paid_rows), sum_of(reversals))
    elif not money.fully_charged_back:
        late, bounced = [], 0
    money.net_paid = net("payment", paid_before, late) + bounced

    _purchase(sale, money, of, conflicts, about)

    money.shortage = sale.face + money.adjustments - money.net_paid
    tolerance = sale.frozen.tolerance
    full = money.fully_charged_back
    closed = _closed([one for one in own if one.kind == "payment"], reversals)
    bare = any(one.amount is None for one in own if one.kind == "payment")
    as_reported = sale.frozen.settlement is SettlementPolicy.AS_REPORTED and (
        sum_of([one for one in paid_rows if one not in late]) > sum_of(reversals)
    )
    accepted = [one for one in about if one.resolution.value in ("write_off", "charge_to_reserve")]
    enough_for_it = [one for one in accepted if (one.amount or 0) >= money.shortage > 0]
    if not full and enough_for_it:
        money.written_off = money.shortage
        if max(enough_for_it, key=lambda one: one.sequence).resolution.value == "charge_to_reserve":
            money.reserve_held -= money.shortage
    money.open = money.shortage - money.written_off
    if money.charged_back > 0 and not full:
        money.direct_open = max(0, min(money.charged_back, money.open))
    if money.bought and not full:
        by_money = money.open <= tolerance
        money.settled = bool(by_money or closed or bare or as_reported)

    for one in asked:
        if one.kind == "weak_repeat":
            if money.open < one.amount:
                continue
            one.kind = "possible_repeat"
        found.append(one)
    for amount, cause in conflicts:
        problem("conflicting_rows", amount, cause)
    counted = [one.on for one in paid_rows if one not in late and one.on is not None]
    money.last_paid = max(counted, default=None)
    money.disposition = _disposition(of("disposition"), money)
    if not money.ended and money.disposition in ("denied", "rejected", "held"):
        problem(money.disposition, sale.face, [one for one in own if one.word == money.disposition])
    rows = [one for one in own if one.kind in ("payment", "payment_reversal")]
    if sum_of(late) - bounced:
        wrong = "misdirected_payment" if money.ended == "bought_out" else "paid_after_chargeback"
        problem(wrong, sum_of(late) - bounced, late)
    if not money.ended and not full:
        if not money.bought:
            if money.net_paid > 0:
                problem("payment_before_purchase", money.net_paid, rows)
        elif money.open < 0:
            problem("over_paid", -money.open, rows)
        elif money.open > tolerance and (money.net_paid > 0 or closed):
            problem("short_paid", money.open, rows)
    if money.ended == "return" and money.bought and not money.implied:
        bought = [one for one in own if one.kind == "purchase"]
        problem("bought_after_return", money.purchased or sale.face, bought)
    _differences(sale, own, money, problem)
    return money, found


def _differences(sale: Assignment, own: list[Seen], money: Money, problem: Problem) -> None:
    """Amounts that rows state and that are not ours."""
    ours = (sale.face, sale.face + money.adjustments)
    stated = [one for one in own if one.cells["invoice_amount"] not in (None, *ours)]
    off = [abs(one.cells["invoice_amount"] - sale.face) for one in stated]
    if money.bought and money.purchased and money.purchased not in ours:
        for one in own:
            if one.kind == "purchase" and one.cents == money.purchased:
                off.append(abs(money.purchased - sale.face))
                if one not in stated:
                    stated.append(one)
    if off:
        problem("amount_differs", max(off), stated)
    ours_by_kind = {
        "fee": money.fees,
        "reserve_held": money.reserve_held,
        "advance": money.advanced,
        "rebate": money.rebated,
        "purchase": money.purchased,
        "payment": money.net_paid,
    }
    for kind, value in ours_by_kind.items():
        compared = [one for one in own if one.kind == kind and not one.posts]
        posts = any(one.kind == kind and one.posts_times for one in own)
        variance = [abs(one.cents - value) for one in compared if one.cents != value]
        if posts and variance:
            problem("terms_variance", max(variance), compared)


Conflicts = list[tuple[int, list[Seen]]]


def _level(
    kind: str,
    start: int | None,
    as_of: dt.date | None,
    plus: list[Seen],
    minus: list[Seen],
    about: list[Any],
) -> tuple[int, tuple[int, list[Seen]] | None]:
    """A balance on a day with what moved before and after it, or a later figure in its place."""

    def moved(things: list[Seen], after: dt.date, when: str) -> int:
        result = 0
        for one in things:
            is_then = "undated" if one.on is None else "before" if one.on <= after else "later"
            result += one.cents * one.posts_times if is_then == when else 0
        return result

    least = kind in ("payment", "rebate")
    figures = [one for one in plus if one.measure != "movement"]
    plus = [one for one in plus if one.measure == "movement"]
    if figures:
        day = max(one.on for one in figures if one.on is not None)
        if as_of is None or day >= as_of:
            newest = [one for one in figures if one.on == day]
            values = {one.cents for one in newest}
            if day == as_of and start is not None:
                values.add(start)
            value = min(values) if least else max(values)
            conflict = (max(values) - min(values), newest) if len(values) > 1 else None
            chosen = _chosen(about, values, newest)
            if conflict is not None and chosen is not None:
                value, conflict = chosen, None
            value += moved(plus, day, "later") - moved(minus, day, "later") - moved(minus, day, "undated")
            return value, conflict
    if as_of is None:
        return sum(one.cents * one.posts_times for one in plus) - sum(
            one.cents * one.posts_times for one in minus
        ), None
    dated = moved(plus, as_of, "before") - moved(minus, as_of, "before")
    conflict = None
    if start is not None and dated > start:
        conflict = (dated - start, [one for one in [*plus, *minus] if one.on and one.on <= as_of])
    value = max(start or 0, dated + moved(plus, as_of, "undated"))
    if conflict is not None and start is not None:
        chosen = _chosen(about, {start, dated}, conflict[1])
        if chosen is not None:
            conflict = None
        if chosen == start:
            value = start
    value += moved(plus, as_of, "later") - moved(minus, as_of, "later") - moved(minus, as_of, "undated")
    return value, conflict


def _chosen(about: list[Any], values: set[int], cause: list[Seen]) -> int | None:
    """Which of the amounts somebody said is right, having seen just these."""
    said = [
        one
        for one in about
        if one.resolution.value == "use_row"
        and one.amount in values
        and sorted(text for text in one.judged if text.split("|")[0] in {seen.kind for seen in cause})
        == sorted(seen.text for seen in cause)
    ]
    return max(said, key=lambda one: one.sequence).amount if said else None


def _purchase(
    sale: Assignment, money: Money, of: Callable[..., list[Seen]], conflicts: Conflicts, about: list[Any]
) -> None:
    """Purchased while a purchase is later than every reversal; the smallest standing amount."""
    reversals = [one.on for one in of("purchase_reversal")]

    def stands(day: dt.date | None) -> bool:
        if not reversals:
            return True
        if day is None or None in reversals:
            return False
        return all(day > other for other in reversals if other is not None)

    standing = [one for one in of("purchase") if (one.cents > 0 or one.on) and stands(one.on)]
    days = [one.on for one in standing]
    amounts = {one.cents for one in standing if one.cents}
    opening = sale.opening
    if opening is not None and opening.purchased and stands(opening.purchased_on or opening.as_of):
        days.append(opening.purchased_on or opening.as_of)
        if opening.purchased_amount:
            amounts.add(opening.purchased_amount)
    money.bought = bool(days)
    if of("purchase") and not reversals and money.advanced > 0:
        money.bought = True
    money.purchased = min(amounts, default=0)
    money.bought_on = [day for day in days if day is not None]
    if len(amounts) > 1 or len([one for one in standing if one.cents]) > 1:
        chosen = _chosen(about, amounts, standing)
        if chosen is not None:
            money.purchased = chosen
        else:
            # Bought twice for the same: that much is in question.
            conflicts.append((max(amounts) - min(amounts) or max(amounts), standing))
    if not money.bought and not sale.frozen.purchase_report and money.net_paid > 0:
        money.bought = money.implied = True


def _closed(things: list[Seen], reversals: list[Seen]) -> bool:
    closing = [one for one in things if one.cells["closed"]]
    if not closing:
        return False
    if not reversals:
        return True
    if any(one.on is None for one in reversals):
        return False
    last = max(one.on for one in reversals if one.on is not None)
    return any(one.on is not None and one.on >= last for one in closing)


def _disposition(things: list[Seen], money: Money) -> str | None:
    """The latest word; being bought is a word of its own."""
    words: list[tuple[dt.date | None, str]] = [(one.on, one.word) for one in things]
    if money.bought and not money.implied:
        words.append((max(money.bought_on, default=None), "purchased"))
    dated = [(on, word) for on, word in words if on is not None]
    if dated:
        day = max(on for on, _ in dated)
        words = [(on, word) for on, word in words if on == day]
    return min((word for _, word in words), key=PRECEDENCE.index, default=None)


def account_of(book: Book, connection: str, things: list[Seen]) -> tuple[dict[str, int], list[Found]]:
    """Money without an invoice, by type; doubled and repeated rows are asked about like others."""
    own = [one for one in things if one.account]
    asked = post(connection, f"account:{connection}", own, book)
    totals: dict[str, int] = {}
    for kind in {one.kind for one in own}:
        counted = [one for one in own if one.kind == kind and one.posts_times]
        rulings = [one for one in book.decisions if one.subject == f"account:{connection}"]
        totals[kind], conflict = _level("account", None, None, counted, [], rulings)
        if conflict is not None:
            asked.append(Found(connection, "conflicting_rows", f"account:{connection}", *conflict))
    return totals, asked
