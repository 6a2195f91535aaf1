"""Which invoice a row means, and which sale of it: tiers, vetoes, and what is not ours to take."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from factoring_core.domain.reconciling.world import Book
from factoring_core.domain.selling.batch import Assignment, Batch, BatchState
from factoring_core.domain.vocabulary.canonical import (
    canonical_number,
    canonical_reference,
    normal_mc,
    normal_name,
)
from factoring_core.domain.vocabulary.parties import InvoicingMethod
from oracle.seen import Seen


@dataclass
class Where:
    """Where one key goes: a sale, or the reason why to none."""

    sale: str | None = None
    miss: str | None = None
    load: str | None = None


@dataclass(frozen=True)
class Bill:
    """An invoice as far as matching looks at it."""

    load: str
    number: str
    face: int
    name: str
    customer: str
    mc: str
    debtor: str
    po: str
    reference: str = ""


def matchable(batch: Batch) -> bool:
    """Say whether a factor could know the batch: bytes of it may have left at some time."""
    return batch.may_have_left and batch.state not in (BatchState.CANCELLED, BatchState.DRAFT)


def where_each_goes(book: Book, connection: str, things: list[Seen]) -> list[tuple[Seen, Where]]:
    """Match every key of one connection."""
    sales = [
        sale
        for sale in book.assignments
        if sale.connection == connection and (sale.batch is None or matchable(book.batches[sale.batch]))
    ]
    here = _invoices(sales)
    elsewhere = _elsewhere(book, here, connection)
    things = [one for one in things if not one.account]
    # First without looking at other open invoices, to see which of them are paid for already.
    first = {id(one): _match(book, one, here, None) for one in things}
    covered: dict[Bill, int] = {}
    bought: set[Bill] = set()
    for sale in sales:
        if sale.opening is not None and sale.opening.purchased:
            bought.add(_bill_of(sale, here))
        if sale.opening is not None:
            paid = sale.face if sale.opening.settled and sale.opening.paid is None else sale.opening.paid
            bill = _bill_of(sale, here)
            covered[bill] = covered.get(bill, 0) + (paid or 0)
    for one in things:
        bill, _ = first[id(one)]
        decided = _decided(book, connection, one)
        if decided is not None:
            bill = None
            for sale in sales:
                if sale.id == decided.assignment or (not decided.assignment and sale.load == decided.load):
                    bill = _bill_of(sale, here)
            if decided.resolution.value == "non_factored":
                bill = None
        if bill is not None and (decided is not None or not _differs(one, bill)):
            if one.kind == "purchase":
                bought.add(bill)
            sign = {"payment": 1, "payment_reversal": -1}.get(one.kind, 0)
            covered[bill] = covered.get(bill, 0) + sign * one.cents
    result: list[tuple[Seen, Where]] = []
    chosen: list[tuple[Seen, Bill]] = []
    for one in things:
        decided = _decided(book, connection, one)
        if decided is not None and decided.resolution.value == "non_factored":
            result.append((one, Where(miss="non_factored")))
            continue
        if decided is not None:
            if decided.assignment and any(sale.id == decided.assignment for sale in sales):
                result.append((one, Where(sale=decided.assignment)))
                continue
            last = [sale for sale in sales if sale.load == decided.load and not decided.assignment]
            if last:
                newest = max(last, key=lambda sale: (sale.sealed_on, sale.batch_number or 0, sale.id))
                chosen.append((one, _bill_of(newest, here)))
            else:
                result.append((one, Where(miss="unknown_invoice", load=decided.load)))
            continue
        if one.kind in ("payment", "payment_reversal", "rebate", "rebate_reversal"):
            done = {bill for bill, paid in covered.items() if paid >= bill.face}
        else:
            done = bought
        bill, miss = _match(book, one, here, done)
        if bill is not None and not _alone(book, connection, one, bill, here, things):
            bill, miss = None, "ambiguous"
        if bill is not None:
            chosen.append((one, bill))
        elif miss == "ambiguous":
            result.append((one, Where(miss="ambiguous")))
        else:
            result.append((one, _look_elsewhere(book, one, elsewhere)))
    result.extend(_choose_sales(book, sales, chosen))
    return [(one, _moved(book, connection, sales, one, where)) for one, where in result]


def _moved(book: Book, connection: str, sales: list[Assignment], one: Seen, where: Where) -> Where:
    """Where a person put a fact that had come to another sale."""
    said = [
        decision
        for decision in book.decisions
        if decision.subject == f"assignment:{where.sale}"
        and decision.connection in (None, connection)
        and decision.resolution.value == "assign"
        and one.text in decision.judged
    ]
    if not said:
        return where
    last = max(said, key=lambda decision: decision.sequence)
    target = [sale for sale in sales if sale.id == last.assignment]
    if target:
        return Where(sale=target[0].id, load=target[0].load)
    return where


def _decided(book: Book, connection: str, one: Seen) -> Any:
    found = [
        decision
        for decision in book.decisions
        if decision.subject == f"invoice:{one.invoice_key}"
        and decision.connection in (None, connection)
        and decision.resolution.value in ("assign", "non_factored")
        # What a row without a number means is said of that row alone.
        and (one.invoice_key or one.text in decision.judged)
    ]
    return max(found, key=lambda decision: decision.sequence) if found else None


def _invoices(sales: list[Assignment]) -> list[Bill]:
    """Each invoice once, as it was sold last."""
    last: dict[tuple[str, str], Assignment] = {}
    for sale in sorted(sales, key=lambda sale: (sale.sealed_on, sale.batch_number or 0, sale.id)):
        last[(sale.load, sale.invoice_number)] = sale
    return [
        Bill(
            sale.load,
            sale.invoice_number,
            sale.face,
            sale.customer_name,
            sale.customer,
            sale.customer_mc_number or "",
            sale.debtor_number or "",
            sale.po_number or "",
            sale.reference_number or "",
        )
        for sale in last.values()
    ]


def _bill_of(sale: Assignment, bills: list[Bill]) -> Bill:
    return next(bill for bill in bills if (bill.load, bill.number) == (sale.load, sale.invoice_number))


def _elsewhere(book: Book, here: list[Bill], connection: str) -> list[tuple[Bill, str]]:
    """All other invoices of the subsidiary, and what a row about each of them is."""
    known = {(bill.load, bill.number) for bill in here}
    result = []
    sold_elsewhere = [
        sale
        for sale in book.assignments
        if sale.connection != connection and (sale.batch is None or matchable(book.batches[sale.batch]))
    ]
    for load in book.loads.values():
        number = load.invoice.number if load.invoice else (load.planned_invoice_number or "")
        face = load.invoice.face if load.invoice else load.amount
        if (load.number, number) in known:
            continue
        known.add((load.number, number))
        customer = book.customers.get(load.customer)
        bill = Bill(
            load.number,
            number,
            -1 if face is None else face,
            customer.name if customer else load.customer,
            load.customer,
            (customer.mc_number if customer else "") or "",
            "",
            load.po_number or "",
            load.reference_number or "",
        )
        if load.sent_direct_on or (load.method and load.method.method is InvoicingMethod.DIRECT):
            result.append((bill, "non_factored"))
        elif any(sale.load == load.number for sale in sold_elsewhere):
            result.append((bill, "other_provider"))
        else:
            result.append((bill, "never_submitted"))
    for bill in _invoices(sold_elsewhere):
        if (bill.load, bill.number) not in known:
            result.append((bill, "other_provider"))
    return result


def _look_elsewhere(book: Book, one: Seen, elsewhere: list[tuple[Bill, str]]) -> Where:
    bill, miss = _match(book, one, [bill for bill, _ in elsewhere], None)
    if bill is None:
        return Where(miss=miss)
    return Where(miss=next(kind for other, kind in elsewhere if other == bill), load=bill.load)


def _numbered(one: Seen) -> bool:
    return bool(one.invoice_key) and not one.invoice_key.startswith(("po:", "load:"))


def _tier(book: Book, one: Seen, bill: Bill, tier: int) -> bool:
    """Say whether *bill* is a candidate of this tier for this key."""
    amount = one.cells["invoice_amount"]
    prefixes = book.subsidiary.invoice_prefixes
    if tier == 1:
        return _numbered(one) and one.invoice_key == bill.number
    if tier == 2:
        if not _numbered(one):
            return False
        if canonical_number(one.invoice_key, prefixes) != canonical_number(bill.number, prefixes):
            return False
        return amount == bill.face if amount is not None else _agrees(one, bill)
    if amount is None or amount != bill.face:
        return False
    name = one.cells["customer"]
    if name and bill.name and normal_name(name) != normal_name(bill.name):
        return False
    if {"load_number", "po_number", "customer"} & one.disputed:
        return False
    if _another_paper(one, bill, prefixes):
        return False
    texts = {canonical_reference(text) for text in (one.cells["load_number"], one.cells["po_number"]) if text}
    return bool(texts & _papers(bill))


def _another_paper(one: Seen, bill: Bill, prefixes: tuple[str, ...]) -> bool:
    """Say whether the number is the bill's with -CR, R1 or the like at its end."""
    own = canonical_number(bill.number, prefixes)
    said = canonical_number(one.invoice_key, prefixes)
    ending = said.removeprefix(own).rstrip("0123456789")
    return bool(own) and said.startswith(own) and ending in ("cr", "cm", "dm", "r", "rb", "rev")


def _papers(bill: Bill) -> set[str]:
    return {canonical_reference(text) for text in (bill.load, bill.po, bill.reference) if text} - {""}


def _agrees(one: Seen, bill: Bill) -> bool:
    debtor, mc, name = one.cells["debtor_number"], one.cells["mc_number"], one.cells["customer"]
    if debtor and bill.debtor and canonical_reference(debtor) == canonical_reference(bill.debtor):
        return True
    if mc and normal_mc(mc) and normal_mc(mc) == normal_mc(bill.mc):
        return True
    return bool(name) and bool(normal_name(name)) and normal_name(name) == normal_name(bill.name)


def _match(book: Book, one: Seen, bills: list[Bill], done: set[Bill] | None) -> tuple[Bill | None, str]:
    any_candidate = False
    for tier in (1, 2, 3):
        candidates = [bill for bill in bills if _tier(book, one, bill, tier)]
        any_candidate = any_candidate or bool(candidates)
        if len(candidates) == 1:
            if _vetoed(one, candidates[0], bills, done, book.subsidiary.invoice_prefixes):
                return None, "ambiguous"
            return candidates[0], ""
    return None, "ambiguous" if any_candidate else "unknown_invoice"


def _alone(book: Book, connection: str, one: Seen, bill: Bill, bills: list[Bill], things: list[Seen]) -> bool:
    """Say whether no other invoice key points at this invoice by load or PO as well."""

    def by_load(thing: Seen) -> bool:
        if any(len([b for b in bills if _tier(book, thing, b, tier)]) == 1 for tier in (1, 2)):
            return False
        return _decided(book, connection, thing) is None and _match(book, thing, bills, None)[0] == bill

    return not by_load(one) or not any(
        other.invoice_key != one.invoice_key and by_load(other) for other in things
    )


def _differs(one: Seen, bill: Bill) -> bool:
    amount = one.cells["invoice_amount"]
    return amount is not None and amount != bill.face


def _vetoed(
    one: Seen, bill: Bill, bills: list[Bill], done: set[Bill] | None, prefixes: tuple[str, ...]
) -> bool:
    debtor, mc = one.cells["debtor_number"], one.cells["mc_number"]
    if debtor and bill.debtor and canonical_reference(debtor) != canonical_reference(bill.debtor):
        return True
    if mc and normal_mc(mc) and normal_mc(bill.mc) and normal_mc(mc) != normal_mc(bill.mc):
        return True
    if not _differs(one, bill):
        return False
    own = canonical_number(bill.number, prefixes)
    name = one.cells["customer"]
    if name and bill.name and normal_name(name) != normal_name(bill.name):
        return True
    load, po = (canonical_reference(one.cells[cell] or "") for cell in ("load_number", "po_number"))
    if load and load not in _papers(bill):
        return True
    if po and bill.po and po not in _papers(bill):
        return True
    spelled = [b for b in bills if b != bill and canonical_number(b.number, prefixes) == own]
    if any(b.face == one.cells["invoice_amount"] for b in spelled):
        return True
    if done is None:
        return False
    return any(
        other != bill
        and other.face == one.cells["invoice_amount"]
        and other.customer == bill.customer
        and other not in done
        for other in bills
    )


def _choose_sales(
    book: Book, sales: list[Assignment], chosen: list[tuple[Seen, Bill]]
) -> list[tuple[Seen, Where]]:
    of: dict[int, list[Assignment]] = {}
    placed: dict[int, str] = {}
    for one, bill in chosen:
        found = [sale for sale in sales if sale.load == bill.load and sale.invoice_number == bill.number]
        of[id(one)] = sorted(found, key=lambda sale: (sale.sealed_on, sale.batch_number or 0, sale.id))
    # What is reversed or settled must be placed before what reverses or settles it.
    for round_ in (0, 1, 2):
        for one, bill in chosen:
            if ROUND[one.kind] == round_:
                placed[id(one)] = _sale_of(book, one, bill, of[id(one)], chosen, placed)
    return [(one, Where(sale=placed[id(one)], load=bill.load)) for one, bill in chosen]


ROUND = {
    "purchase": 0,
    "advance": 0,
    "payment": 0,
    "reserve_held": 0,
    "adjustment": 0,
    "disposition": 0,
    "purchase_reversal": 1,
    "payment_reversal": 1,
    "chargeback": 1,
    "fee": 1,
    "rebate": 1,
    "chargeback_reversal": 2,
    "fee_reversal": 2,
    "rebate_reversal": 2,
}
HOLDS = {
    "purchase_reversal": ("purchase",),
    "payment_reversal": ("payment",),
    "chargeback": ("purchase",),
    "fee": ("purchase",),
    "rebate": ("purchase",),
    "chargeback_reversal": ("chargeback",),
    "fee_reversal": ("fee",),
    "rebate_reversal": ("rebate",),
}


def _sale_of(
    book: Book,
    one: Seen,
    bill: Bill,
    sales: list[Assignment],
    chosen: list[tuple[Seen, Bill]],
    placed: dict[int, str],
) -> str:
    schedule, number = one.cells["schedule_number"], one.cells["batch_number"]
    named = [
        sale
        for sale in sales
        if (schedule and _is_schedule(book, sale, schedule))
        or (number and canonical_reference(number) == str(sale.batch_number))
    ]
    if not named:
        holders = {copy.report for copy in one.copies}
        batches = {book.reports[id_].batch for id_ in holders} - {None}
        named = [sale for sale in sales if sale.batch in batches]
    if len(named) == 1:
        return named[0].id
    if len(sales) == 1:
        return sales[0].id
    on = one.on or _seen_date(one, bill, chosen)
    if on is None:
        return sales[0].id
    by_then = [sale for sale in sales if sale.sealed_on <= on]
    holding = [
        sale
        for sale in by_then
        if any(
            placed.get(id(other)) == sale.id for other, _ in chosen if other.kind in HOLDS.get(one.kind, ())
        )
        or _opened_with(sale, HOLDS.get(one.kind, ()))
    ]
    if one.kind in HOLDS and holding:
        return holding[-1].id
    return by_then[-1].id if by_then else sales[0].id


def _opened_with(sale: Assignment, kinds: tuple[str, ...]) -> bool:
    opening = sale.opening
    if opening is None:
        return False
    return ("purchase" in kinds and opening.purchased) or (
        "payment" in kinds and bool(opening.paid or opening.settled)
    )


def _is_schedule(book: Book, sale: Assignment, text: str) -> bool:
    names = [sale.schedule_number]
    if sale.batch is not None:
        names.append(book.batches[sale.batch].schedule_number)
    return any(name and canonical_reference(name) == canonical_reference(text) for name in names)


def _seen_date(one: Seen, bill: Bill, chosen: list[tuple[Seen, Bill]]) -> dt.date | None:
    dates = [
        other.on
        for other, at in chosen
        if at == bill
        and other.on is not None
        and (other.kind, other.amount, other.reference) == (one.kind, one.amount, one.reference)
    ]
    return min(dates, default=None)
