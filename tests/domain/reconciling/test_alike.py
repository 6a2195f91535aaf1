"""Sales that one row pays: every sort of them in one report, each held to the rules."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import pytest
from attrs import evolve

from factoring_core.domain.reconciling.alike import Before, Paid, paid_alike
from factoring_core.domain.reconciling.buckets import bucket_of
from factoring_core.domain.reconciling.evidence import Evidence
from factoring_core.domain.reconciling.touched import Sold, ledger_of
from factoring_core.domain.reconciling.world import Book, World
from factoring_core.domain.selling.batch import Assignment, Frozen
from factoring_core.domain.vocabulary.lifecycle import Route
from factoring_core.domain.vocabulary.load import Load, Opening
from factoring_core.domain.vocabulary.parties import SettlementPolicy
from factoring_core.domain.vocabulary.profile import EvidenceType as E
from factoring_core.domain.vocabulary.profile import Measure
from worlds import a_batch, a_book, a_load, a_report, a_sale, day, fold, row, said, without

FACE = 100_00


class Past(NamedTuple):
    """What was known of a sale before the report: usual where one row pays it as it pays others."""

    usual: bool
    rows: tuple[Evidence, ...] = ()
    opening: Opening | None = None


def opened(usual: bool, *rows: Evidence, **more: Any) -> Past:
    return Past(usual, rows, Opening(**{"as_of": day(4), "purchased": True, **more}))


BOUGHT = row(E.PURCHASE, FACE, 3)
PASTS = [
    Past(True),
    Past(True, (BOUGHT,)),
    Past(True, (row(E.PURCHASE, FACE, None),)),
    Past(True, (row(E.PURCHASE, FACE, 3, "S-1"),)),
    Past(False, (row(E.PURCHASE, FACE - 1, 3),)),
    Past(False, (row(E.PURCHASE, FACE, 3, currency="CAD"),)),
    Past(False, (row(E.PURCHASE, FACE, 3, posts=False),)),
    Past(False, (BOUGHT, row(E.PURCHASE, FACE, 4))),
    Past(False, (row(E.FEE, 3_00, 3), BOUGHT)),
    Past(False, (row(E.ADVANCE, FACE, 3),)),
    Past(False, (row(E.PAYMENT, 1_00, 3),)),
    Past(False, (said("approved", 3),)),
    Past(False, (said("denied", 3),)),
    Past(False, (BOUGHT, said("held", 3))),
    opened(True),
    opened(True, purchased_amount=FACE),
    opened(True, purchased_on=day(2)),
    opened(True, BOUGHT),
    opened(False, purchased=False),
    opened(False, settled=True),
    opened(False, purchased_amount=FACE - 1),
    *(opened(False, **{name: 0}) for name in ("advanced", "reserve_held", "fees", "paid")),
    opened(False, paid_on=day(3)),
]
PAYMENTS = [
    (True, row(E.PAYMENT, FACE, 9, "C1")),
    (True, row(E.PAYMENT, FACE, 4, "C1")),
    (True, row(E.PAYMENT, FACE, None, "C1")),
    (True, row(E.PAYMENT, FACE, 9)),
    (True, row(E.PAYMENT, FACE, 9, "C1", currency="USD")),
    (True, row(E.PAYMENT, FACE - 1, 9, "C1")),
    (True, row(E.PAYMENT, FACE - 2, 9, "C1")),
    (True, row(E.PAYMENT, 1, 9, "C1")),
    (False, row(E.PAYMENT, FACE + 1, 9, "C1")),
    (False, row(E.PAYMENT, 0, 9, "C1")),
    (False, row(E.PAYMENT, FACE, 9, "C1", closed=True)),
    (False, row(E.PAYMENT, FACE, 9, "C1", currency="CAD")),
    (False, row(E.PAYMENT, FACE, 9, "C1", posts=False)),
    (False, row(E.PAYMENT, FACE, 9, "C1", measure=Measure.CUMULATIVE)),
    (False, row(E.FEE, FACE, 9, "C1")),
]
TERMS = [
    (True, Frozen()),
    (True, Frozen(tolerance=1)),
    (True, Frozen(tolerance=FACE - 1)),
    (True, Frozen(purchase_report=False)),
    (True, Frozen(settlement=SettlementPolicy.AS_REPORTED)),
    (False, Frozen(tolerance=FACE)),
]


def kinds() -> Iterator[tuple[Past, tuple[bool, Evidence], tuple[bool, Frozen]]]:
    """Yield every usual sale, and of the others many with the one thing that makes them so."""
    for past, payment, terms in itertools.product(PASTS, PAYMENTS, TERMS):
        unusual = [past.usual, payment[0], terms[0]].count(False)
        first = past is PASTS[1] or payment is PAYMENTS[0] or terms is TERMS[0]
        if unusual == 0 or (unusual == 1 and first):
            yield past, payment, terms


def paid_once() -> tuple[Book, set[str]]:
    """Return a book with a sale of every kind, each paid by one row of R1, and the usual ones."""
    batch = a_batch()
    loads, sales, before, new, usual = [], [], [], [], set()
    for n, (past, (plain, payment), (fit, terms)) in enumerate(kinds()):
        load = a_load(f"L-{n}", invoice=str(10_000 + n))
        assert load.invoice is not None
        loads.append(load)
        more: dict[str, Any] = {"frozen": terms}
        if past.opening is None:
            sales.append(a_sale(load, batch, **more))
        else:
            sales.append(a_sale(load, opening=past.opening, **more))
        before += [one._replace(invoice_key=load.invoice.number) for one in past.rows]
        new.append(payment._replace(invoice_key=load.invoice.number))
        # What is paid before it is bought waits for the purchase report, if there is one to wait for.
        begun = past.rows or past.opening or not terms.purchase_report
        if past.usual and plain and fit and begun:
            usual.add(load.number)
    reports = [(a_report("R0"), before), (a_report("R1", sequence=2), new)]
    return a_book(*loads, batches=[batch], sales=sales, reports=reports), usual


def stood(world: World) -> dict[str, Before]:
    """Return where every load stands."""
    return {
        load: Before._make(getattr(one, name) for name in Before._fields)
        for load, one in world.standings.items()
    }


def alike(book: Book, before: Mapping[str, Before], apart: frozenset[str] = frozenset()) -> dict[str, Paid]:
    """Return what `paid_alike` says of R1, by load."""
    sold = [Sold._make(getattr(sale, name) for name in Sold._fields) for sale in book.assignments]
    new = [one for one in book.evidence if one.report == "R1"]
    ledger = ledger_of(book, book.reports["R1"], new, sold=sold, said=())
    sample: dict[str, tuple[Load, Assignment]] = {
        sale.load: (book.loads[sale.load], sale) for sale in book.assignments
    }
    found = paid_alike(ledger, before, sample.__getitem__, apart=apart)
    return {one.sale.load: one for one in found.values()}


def test_of_every_sort_of_sale_the_others_are_told_what_the_rules_say() -> None:
    book, usual = paid_once()
    whole, found = fold(book), alike(book, stood(fold(without(book, "R1"))))
    assert sorted(found.keys() ^ usual) == []
    said_of = {item.load: item for item in (*whole.exceptions.values(), *whole.later.values())}
    for load, one in found.items():
        fact = whole.facts["C1"][one.row.key]
        placement = whole.placements["C1"][one.row.key]
        assert one.standing == whole.standings[load]
        assert one.placement == placement
        assert one.outcome.facts == whole.loads[load].facts
        assert one.outcome.bucket is bucket_of(one.row, fact, placement, 1, 0)
        assert one.item(book.tenant) == said_of.get(load)


def three_paid() -> Book:
    """Return three sales that are bought and then paid by R1."""
    batch = a_batch()
    loads = [a_load(f"L-{n}", invoice=f"100{n}") for n in range(3)]
    sales = [a_sale(load, batch) for load in loads]
    bought, paid = (
        [row(kind, FACE, on, invoice=sale.invoice_number) for sale in sales]
        for kind, on in ((E.PURCHASE, 3), (E.PAYMENT, 9))
    )
    reports = [(a_report("R0"), bought), (a_report("R1", sequence=2), paid)]
    return a_book(*loads, batches=[batch], sales=sales, reports=reports)


def test_the_order_of_the_rows_changes_no_sort() -> None:
    book = three_paid()
    before = stood(fold(without(book, "R1")))
    backwards = evolve(book, evidence=book.evidence[::-1])
    assert alike(backwards, before).keys() == alike(book, before).keys() == {"L-0", "L-1", "L-2"}


@pytest.mark.parametrize(
    "changed",
    [
        {"route": Route.DIRECT},
        {"batch": "B9"},
        {"paid": 1},
        {"open": FACE - 1},
        {"flags": ("held",)},
    ],
)
def test_a_load_that_did_not_stand_as_sold_and_unpaid_is_folded_by_itself(changed: dict[str, Any]) -> None:
    book = three_paid()
    before = stood(fold(without(book, "R1")))
    assert alike(book, {**before, "L-1": before["L-1"]._replace(**changed)}).keys() == {"L-0", "L-2"}


def test_what_nobody_knew_or_has_to_be_folded_anyway_is_left_to_the_fold() -> None:
    book = three_paid()
    before = stood(fold(without(book, "R1")))
    assert alike(book, before, frozenset({"L-0"})).keys() == {"L-1", "L-2"}
    assert alike(book, {load: one for load, one in before.items() if load != "L-0"}).keys() == {"L-1", "L-2"}
