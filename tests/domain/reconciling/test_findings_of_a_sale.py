"""What one sale gives a person to look at: about which rows, on which load, in which words."""

from __future__ import annotations

import pytest
from attrs import evolve

from factoring_core.domain.reconciling.evidence import Evidence
from factoring_core.domain.reconciling.facts import Fact
from factoring_core.domain.reconciling.findings import ExceptionItem
from factoring_core.domain.reconciling.world import Book
from factoring_core.domain.vocabulary.lifecycle import Ending
from factoring_core.domain.vocabulary.load import Opening
from factoring_core.domain.vocabulary.profile import Measure
from worlds import (
    a_batch,
    a_book,
    a_load,
    a_report,
    a_sale,
    day,
    decision,
    fold,
    key_texts,
    one_sale,
    row,
    said,
)

BOUGHT = row("purchase", 100_00, 3)


def raised(book: Book) -> dict[str, ExceptionItem]:
    return {item.type.value: item for item in fold(book).exceptions.values()}


def fact(book: Book, one: Evidence) -> Fact:
    return fold(book).facts["C1"][one.key]


@pytest.mark.parametrize(("cents", "asked"), [(40_00, True), (50_00, True), (50_01, False), (100_00, False)])
def test_a_weak_payment_that_the_debt_could_not_take_again_is_in_question_no_more(
    cents: int, asked: bool
) -> None:
    weak = row("payment", cents)
    book = one_sale([BOUGHT], [weak], [weak])
    assert (("possible_repeat" in raised(book)), fact(book, weak).repeated) == (asked, asked)


def test_a_question_that_is_dropped_leaves_another_one_in_question() -> None:
    fee, paid = row("fee", 3_00), row("payment", 100_00)
    book = one_sale([BOUGHT], [fee, paid], [fee, paid])
    assert (fact(book, fee).repeated, fact(book, paid).repeated) == (True, False)
    assert raised(book)["possible_repeat"].rows == (("R2", 2), ("R3", 2))


def test_figures_in_conflict_are_raised_on_the_load_of_the_sale() -> None:
    figures = [row("rebate", cents, 9, measure=Measure.CUMULATIVE) for cents in (5_00, 7_00)]
    item = raised(one_sale([BOUGHT, *figures]))["conflicting_rows"]
    assert (item.subject, item.load, item.amounts) == ("assignment:A1", "L-1", (5_00, 7_00))


def test_rows_in_another_currency_are_in_question_and_named() -> None:
    foreign = row("payment", 40_00, 9, currency="CAD")
    book = one_sale([BOUGHT, foreign, row("payment", 60_00, 9)])
    item = raised(book)["currency_differs"]
    assert (item.amount_at_risk, item.rows, item.load) == (40_00, (("R1", 3),), "L-1")
    assert fact(book, foreign).questioned is True
    assert fold(book).position("A1").net_paid == 60_00


def test_only_what_came_too_late_is_named_as_paid_after_a_chargeback() -> None:
    told = [
        BOUGHT,
        row("payment", 10_00, 5, "1"),
        row("payment_reversal", 10_00, 6, "1"),
        row("chargeback", 100_00, 9),
        row("payment", 20_00, 12, "2"),
    ]
    item = raised(one_sale(told))["paid_after_chargeback"]
    assert (item.amount_at_risk, item.rows) == (20_00, (("R1", 6),))


def test_a_sale_that_a_person_ended_before_it_was_taken_over_owes_the_new_factor_nothing() -> None:
    load, batch = a_load(), a_batch()
    opening = Opening(as_of=day(5), purchased=True)
    new = a_sale(load, id_="A2", connection="C2", sealed_on=day(5), opening=opening, takes_over="A1")
    sales = [a_sale(load, batch, id_="A1"), new]
    rows = [BOUGHT, row("payment", 30_00, 9)]
    book = a_book(load, batches=[batch], sales=sales, reports=[(a_report(), rows)])
    assert set(raised(book)) == {"misdirected_payment"}
    ended = evolve(book, decisions=(decision("assignment:A1", "resell"),))
    assert set(raised(ended)) == {"paid_after_chargeback"}
    assert fold(ended).sales["A1"].ending is Ending.RESELL


def test_a_return_whose_ground_has_gone_says_so_and_names_who_decided_it() -> None:
    denied = one_sale([said("denied", 5)])
    made = decision("assignment:A1", "return_to_queue", judged=key_texts(denied, "disposition"))
    stands, gone = one_sale([said("denied", 5)], decisions=[made]), one_sale([], decisions=[made])
    assert raised(stands) == {}
    item = raised(gone)["basis_withdrawn"]
    assert (item.amount_at_risk, item.rows) == (100_00, ())
    assert item.note == "what the return or resale was based on has been undone"
    for book in (stands, gone):
        assert fold(book).sales["A1"].ended_by == made


def test_the_factors_own_words_are_repeated_and_ours_is_not() -> None:
    def note(*words: str) -> str:
        told = [said("denied", 5)._replace(reference=word) for word in words]
        return raised(one_sale(*([one] for one in told)))["denied"].note

    assert note("") == note("denied") == ""
    assert note("turned down", "", "no credit", "denied") == "the factor's word: no credit, turned down"


def test_other_refusals_than_the_one_that_counts_are_not_named() -> None:
    item = raised(one_sale([said("held", 2), said("denied", 5)]))["denied"]
    assert item.rows == (("R1", 3),)
