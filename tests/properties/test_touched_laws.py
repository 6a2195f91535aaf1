"""Folding the part that a new report touches gives what folding everything gives."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Sequence
from typing import Any

import pytest
from attrs import evolve
from hypothesis import assume, event, given
from hypothesis import strategies as st

from factoring_core.domain.reconciling.alike import Before, Paid, paid_alike
from factoring_core.domain.reconciling.buckets import bucket_of
from factoring_core.domain.reconciling.evidence import Evidence, key_text
from factoring_core.domain.reconciling.touched import Ledger, Part, Sold, ledger_of
from factoring_core.domain.reconciling.world import Book, World, connection_of, fold
from factoring_core.domain.selling.batch import Assignment, BatchState, Frozen
from factoring_core.domain.selling.credit import CreditAnswer, CreditVerdict
from factoring_core.domain.vocabulary.load import Opening
from factoring_core.domain.vocabulary.parties import SettlementPolicy
from factoring_core.domain.vocabulary.profile import EvidenceType as E
from worlds import NOON, a_batch, a_book, a_load, a_report, a_sale, books, day, decision, row, without


def told(world: World) -> dict[str, object]:
    """Return everything there is to look at, now or later."""
    return {**world.exceptions, **world.later}


def ledger_for(book: Book, new: str, before: World) -> Ledger:
    facts = [one for one in book.evidence if one.report == new]
    said = [*before.exceptions.values(), *before.later.values()]
    sold = [Sold._make(getattr(sale, name) for name in Sold._fields) for sale in book.assignments]
    return ledger_of(book, book.reports[new], facts, sold=sold, said=said)


def in_part(ledger: Ledger, before: World) -> tuple[Part, World, dict[str, Paid]]:
    """Plan the report as the use case does."""
    book = ledger.book
    stood = {
        load: Before._make(getattr(one, name) for name in Before._fields)
        for load, one in before.standings.items()
    }
    sample = {sale.load: (book.loads[sale.load], sale) for sale in book.assignments}
    apart, _ = ledger.closed(ledger.reach(()))
    paid = paid_alike(ledger, stood, sample.__getitem__, apart=apart)
    reached = apart | (ledger.touched - {one.sale.load for one in paid.values()})
    while True:
        reached, batches = ledger.closed(reached)
        part = ledger.part(reached, batches, [one for one in book.assignments if one.load in reached])
        world = fold(part.book)
        further = part.left_out(world)
        if not further:
            return part, world, {key: one for key, one in paid.items() if one.sale.load not in part.loads}
        reached |= further


@given(books(), st.data())
def test_folding_what_a_report_touches_gives_what_folding_everything_gives(
    book: Book, data: st.DataObject
) -> None:
    connected = sorted(id_ for id_, one in book.reports.items() if one.connection is not None)
    assume(connected)
    book = evolve(book, credit=data.draw(credit_of(book.assignments)))
    event(same_in_part(book, data.draw(st.sampled_from(connected))))


def same_in_part(book: Book, new: str) -> str:
    """Assert that planning *new* in part gives the world of the whole book; say how it was planned."""
    before, whole = fold(without(book, new)), fold(book)
    ledger = ledger_for(book, new, before)
    part, world, paid = in_part(ledger, before)

    items = [one.item(book.tenant) for one in paid.values()]
    stated = Counter(one.invoice_key for one in ledger.new)
    assert all(stated[number] == 1 for number in paid)
    alike = {one.sale.load: one.standing for one in paid.values()}
    assert {**before.standings, **world.standings, **alike} == dict(whole.standings)
    kept = {id_: item for id_, item in told(before).items() if not part.tells_of(item)}  # type: ignore[arg-type]
    now = {id_: item for id_, item in told(world).items() if part.tells_of(item)}  # type: ignore[arg-type]
    now |= {item.id: item for item in items if item is not None}
    assert {**kept, **now} == told(whole)
    for id_, one in world.sales.items():
        assert (one.position, one.ending) == (whole.sales[id_].position, whole.sales[id_].ending)

    pool = connection_of(book.reports[new])
    for fact in ledger.new:
        there = whole.facts[pool][fact.key]
        known = paid.get(fact.invoice_key)
        if known is None:
            here = world.facts[pool][fact.key]
            assert world.placements[pool][fact.key] == whole.placements[pool][fact.key]
            assert (here.posted, here.questioned, here.repeated) == (
                there.posted,
                there.questioned,
                there.repeated,
            )
        else:
            assert known.placement == whole.placements[pool][fact.key]
            assert known.outcome.facts == whole.loads[known.sale.load].facts
            assert known.outcome.bucket is bucket_of(fact, there, known.placement, 1, 0)
            assert whole.sales[known.sale.id].ending is None
    left_out = len(part.loads) + len(paid) < len(book.loads)
    return f"alike: {bool(paid)}, something to look at: {any(items)}, left out: {left_out}"


def credit_of(sales: Sequence[Assignment]) -> st.SearchStrategy[list[CreditAnswer]]:
    """Return mostly nothing, or what a factor said of a customer whose invoices it holds."""
    if not sales:
        return st.just([])
    said = st.builds(
        lambda sale, verdict: CreditAnswer(
            connection=sale.connection,
            customer=sale.customer,
            verdict=verdict,
            at=NOON + dt.timedelta(days=3),
        ),
        st.sampled_from(sales),
        st.sampled_from(CreditVerdict),
    )
    return st.just([]) | st.lists(said, max_size=2)


@st.composite
def usual_books(draw: st.DrawFn) -> Book:
    """Sales as most are, some bought before, and a payment report R1 with a row for most of them."""
    frozen = draw(
        st.builds(
            Frozen,
            settlement=st.sampled_from([SettlementPolicy.STRICT, SettlementPolicy.AS_REPORTED]),
            tolerance=st.sampled_from([0, 1, 200_00]),
            purchase_report=st.booleans(),
        )
    )
    batch = a_batch(
        state=draw(st.sampled_from([*[BatchState.DELIVERED] * 4, BatchState.IN_DOUBT])), attempted=True
    )
    loads, sales, bought, paid = [], [], [], []
    for n in range(draw(st.integers(2, 6))):
        face = draw(st.sampled_from([100_00, 101_00, 55_55]))
        load = a_load(f"L-{n}", invoice=f"10{n:02d}", face=face)
        how = draw(st.sampled_from(["bought", "bought", "opening", "opening", "new"]))
        opening = Opening(
            as_of=day(4),
            purchased=draw(st.sampled_from([True, True, True, False])),
            purchased_amount=draw(st.sampled_from([None, face, face, face - 1])),
            purchased_on=draw(st.sampled_from([None, day(1)])),
            fees=draw(st.sampled_from([None, None, None, 3_00])),
        )
        loads.append(load)
        if how == "opening":
            sales.append(a_sale(load, frozen=frozen, opening=opening))
        else:
            sales.append(a_sale(load, batch, frozen=frozen))
        number = sales[-1].invoice_number
        if how == "bought":
            bought.append(row(E.PURCHASE, face, draw(st.sampled_from([3, 3, None])), invoice=number))
        for _ in range(draw(st.sampled_from([1, 1, 1, 1, 0, 2]))):
            paid.append(
                row(
                    E.PAYMENT,
                    draw(st.sampled_from([face, face, face - 1, 40_00, face + 1, 0])),
                    draw(st.sampled_from([9, 9, 2, None])),
                    draw(st.sampled_from(["C1", "", "C2"])),
                    invoice=number,
                    invoice_amount=draw(st.sampled_from([None, face, face, 77_00])),
                    currency=draw(st.sampled_from(["", "", "USD", "CAD"])),
                    closed=draw(st.sampled_from([None, None, None, True])),
                    debtor_number=draw(st.sampled_from(["", "", "D-7", "D-9"])),
                )
            )
    claims = draw(st.sampled_from([None, None, "B1"]))
    book = a_book(*loads, batches=[batch], sales=sales, reports=[(a_report("R0"), bought)])
    book = paying(book, *paid, complete_list=claims is not None, batch=claims)
    return evolve(book, credit=draw(credit_of(sales)))


@given(usual_books())
def test_what_follows_for_sales_that_are_alike_is_what_the_rules_say_of_each(book: Book) -> None:
    event(same_in_part(book, "R1"))


def sold(count: int) -> Book:
    """Return *count* sales of one batch, each bought."""
    batch = a_batch()
    loads = [a_load(f"L-{n}", invoice=f"10{n:02d}", face=100_00 + n) for n in range(count)]
    bought = [row(E.PURCHASE, load.amount, 3, invoice=load.invoice.number) for load in loads if load.invoice]
    return a_book(
        *loads,
        batches=[batch],
        sales=[a_sale(load, batch) for load in loads],
        reports=[(a_report("R0"), bought)],
    )


def paying(book: Book, *rows: Evidence, **more: Any) -> Book:
    """Return the book with a payment report R1 more."""
    evidence = [one._replace(report="R1", row=n, line=n) for n, one in enumerate(rows, start=2)]
    return evolve(
        book,
        reports={**book.reports, "R1": a_report("R1", sequence=2, **more)},
        evidence=(*book.evidence, *evidence),
    )


def test_a_report_of_two_among_many_folds_nothing_else() -> None:
    book = paying(
        sold(9), row(E.PAYMENT, 100_00, 9, invoice="1000"), row(E.PAYMENT, 60_00, 9, invoice="1001")
    )
    before = fold(without(book, "R1"))
    part, _, paid = in_part(ledger_for(book, "R1", before), before)
    assert set(paid) == {"1000", "1001"}
    assert part.loads == frozenset()
    assert paid["1001"].standing == fold(book).standings["L-1"]


def test_of_sales_that_are_alike_one_is_folded_by_the_rules() -> None:
    book = sold(9)
    rows = [
        row(E.PAYMENT, one.face, 9, f"C{n}", invoice=one.invoice_number)
        for n, one in enumerate(book.assignments)
    ]
    book = paying(book, *rows)
    before = fold(without(book, "R1"))
    part, _, paid = in_part(ledger_for(book, "R1", before), before)
    assert len(paid) == 9
    assert len({id(one.outcome) for one in paid.values()}) == 1
    assert part.loads == frozenset()


def test_a_fold_that_speaks_of_more_loads_than_its_part_names_them() -> None:
    book = paying(sold(3), row(E.PAYMENT, 60_00, 9, invoice="1001", closed=True))
    ledger = ledger_for(book, "R1", fold(without(book, "R1")))
    whole = fold(book)

    part = ledger.part(frozenset({"L-0"}), frozenset(), book.assignments[:1])
    assert part.left_out(whole) == {"L-1", "L-2"}, "what rows were placed with"
    assert part.left_out(evolve(whole, placements={})) == {"L-1"}, "what an exception is about"
    assert part.left_out(fold(part.book)) == set()


def test_a_row_that_is_not_clear_brings_in_the_loads_it_could_mean() -> None:
    book = paying(sold(9), row(E.PAYMENT, 100_03, 9, invoice="INV-1003", invoice_amount=100_03))
    before = fold(without(book, "R1"))
    part, world, paid = in_part(ledger_for(book, "R1", before), before)
    assert not paid
    assert part.loads == {"L-3"}
    assert world.standings["L-3"].paid == 100_03


@pytest.mark.parametrize(
    "cells",
    [
        {"invoice": "INV-1001"},
        {"invoice_amount": 100_01},
        {"load_number": "L-1"},
        {"po_number": "PO-1"},
        {"load_number": "REF-1"},
    ],
)
def test_a_loose_row_reaches_every_load_that_it_could_mean(cells: dict[str, Any]) -> None:
    book = sold(3)
    sales = [
        evolve(one, po_number=f"PO-{n}", reference_number=f"REF-{n}")
        for n, one in enumerate(book.assignments)
    ]
    loose = row(E.PAYMENT, 40_00, 9, **{"invoice": "77777", **cells})
    book = paying(evolve(book, assignments=sales), loose)
    ledger = ledger_for(book, "R1", fold(without(book, "R1")))
    assert ledger.reach(()) == {"L-1"}
    assert ledger.reach({"L-2"}) == {"L-1", "L-2"}


def test_a_number_that_a_person_placed_elsewhere_is_loose() -> None:
    book = sold(2)
    _, second = book.assignments
    placed = decision("invoice:1000", "assign", assignment=second.id, load=second.load)
    book = paying(evolve(book, decisions=(placed,)), row(E.PAYMENT, 30_00, 9, invoice="1000"))
    before = fold(without(book, "R1"))
    assert not in_part(ledger_for(book, "R1", before), before)[2]
    assert fold(book).position(second.id).net_paid == 30_00
    same_in_part(book, "R1")


def test_a_complete_list_that_names_nothing_of_its_batch_leaves_all_of_it_out() -> None:
    book = paying(without(sold(3), "R0"), complete_list=True, batch="B1")
    assert {item.type.value for item in fold(book).exceptions.values()} == {"missing_from_report"}
    same_in_part(book, "R1")


def test_one_of_two_short_payments_closes_the_debt() -> None:
    short = [row(E.PAYMENT, 60_00, 9, invoice="1000"), row(E.PAYMENT, 60_00, 9, invoice="1001", closed=True)]
    same_in_part(paying(sold(2), *short), "R1")


def test_a_sale_is_bought_and_paid_in_one_report() -> None:
    both = [row(E.PURCHASE, 100_00, 3, invoice="1000"), row(E.PAYMENT, 100_00, 9, invoice="1000")]
    same_in_part(paying(without(sold(2), "R0"), *both), "R1")


def test_a_payment_settles_what_another_row_could_have_meant() -> None:
    other = row(E.PAYMENT, 50_00, 9, invoice="1000", invoice_amount=100_01)
    before = paying(sold(2), other)
    assert fold(before).standings["L-0"].paid == 0
    book = evolve(before, reports={**before.reports, "R2": a_report("R2", sequence=3)})
    pays = row(E.PAYMENT, 100_01, 9, invoice="1001")._replace(report="R2", row=2)
    book = evolve(book, evidence=(*book.evidence, pays))
    assert fold(book).standings["L-0"].paid == 50_00
    same_in_part(book, "R2")


def test_a_sale_that_is_paid_before_it_is_bought_is_folded_by_itself() -> None:
    book = sold(3)
    bought = tuple(one for one in book.evidence if one.invoice_key != "1002")
    pays = [row(E.PAYMENT, one.face, 9, invoice=one.invoice_number) for one in book.assignments]
    book = paying(evolve(book, evidence=bought), *pays)
    before = fold(without(book, "R1"))
    assert set(in_part(ledger_for(book, "R1", before), before)[2]) == {"1000", "1001"}
    same_in_part(book, "R1")


def test_a_sale_that_was_bought_twice_is_folded_by_itself() -> None:
    book = sold(2)
    book = evolve(book, evidence=(*book.evidence, book.evidence[0]._replace(row=9, amount=90_00)))
    book = paying(book, row(E.PAYMENT, 100_00, 9, invoice="1000"))
    before = fold(without(book, "R1"))
    assert not in_part(ledger_for(book, "R1", before), before)[2]
    same_in_part(book, "R1")


def test_what_a_person_moved_to_another_sale_stays_there() -> None:
    book = sold(2)
    first, second = book.assignments
    judged = (key_text(book.evidence[0].key),)
    moved = decision(
        f"assignment:{first.id}", "assign", judged=judged, assignment=second.id, load=second.load
    )
    book = paying(evolve(book, decisions=(moved,)), row(E.PAYMENT, 100_00, 9, invoice="1000"))
    assert not fold(book).position(first.id).bought
    same_in_part(book, "R1")


def test_a_sale_with_an_opening_that_tells_of_fees_is_folded_by_itself() -> None:
    load = a_load("L-9", invoice="1009")
    opening = Opening(as_of=day(4), purchased=True, fees=3_00)
    book = a_book(load, batches=[a_batch()], sales=[a_sale(load, opening=opening)])
    book = paying(book, row(E.PAYMENT, 100_00, 9, invoice="1009"))
    before = fold(without(book, "R1"))
    assert not in_part(ledger_for(book, "R1", before), before)[2]
    same_in_part(book, "R1")


def test_a_sale_of_which_a_fee_is_known_is_folded_by_itself() -> None:
    book = sold(2)
    fee = row(E.FEE, 3_00, 3, invoice="1009")._replace(report="R0", row=9)
    load = a_load("L-9", invoice="1009")
    opened = a_sale(load, opening=Opening(as_of=day(4), purchased=True))
    book = evolve(
        book,
        loads={**book.loads, "L-9": load},
        assignments=(*book.assignments, opened),
        evidence=(*book.evidence, fee),
    )
    book = paying(book, row(E.PAYMENT, 100_00, 9, invoice="1009"))
    before = fold(without(book, "R1"))
    assert not in_part(ledger_for(book, "R1", before), before)[2]
    same_in_part(book, "R1")
