"""The money of one sale at its edges: single cents, days that fall together, figures without movements."""

from __future__ import annotations

import pytest

from factoring_core.domain.reconciling.evidence import Evidence
from factoring_core.domain.reconciling.position import Ground, Position
from factoring_core.domain.reconciling.world import Book
from factoring_core.domain.vocabulary.load import Opening
from factoring_core.domain.vocabulary.profile import Measure
from worlds import a_batch, a_book, a_load, a_report, a_sale, day, decision, fold, one_sale, row

BOUGHT = row("purchase", 100_00, 3)


def position(book: Book) -> Position:
    return fold(book).position("A1")


def handed_on(*rows: Evidence) -> Book:
    """C2 has taken the sale of C1 over on the fifth day; C1 reports these rows."""
    load, batch = a_load(), a_batch()
    old = a_sale(load, batch, id_="A1")
    opening = Opening(as_of=day(5), purchased=True)
    new = a_sale(load, id_="A2", connection="C2", sealed_on=day(5), opening=opening, takes_over="A1")
    return a_book(load, batches=[batch], sales=[old, new], reports=[(a_report(), list(rows))])


@pytest.mark.parametrize("on", [None, 9])
def test_a_bare_list_says_that_it_was_paid_and_brings_no_cent(on: int | None) -> None:
    money = position(one_sale([BOUGHT, row("payment", None, on)]))
    assert (money.net_paid, money.paid, money.settled) == (0, 0, Ground.BARE_LIST)


def test_of_figures_alone_the_latest_counts() -> None:
    held = [row("reserve_held", cents, on, measure=Measure.BALANCE) for cents, on in ((5_00, 9), (8_00, 12))]
    assert position(one_sale(held)).reserve_held == 8_00


def test_of_two_figures_of_one_day_the_one_that_leaves_most_open_counts() -> None:
    def figures(kind: str) -> list[Evidence]:
        return [row(kind, cents, 9, measure=Measure.CUMULATIVE) for cents in (5_00, 7_00)]

    assert position(one_sale([BOUGHT, *figures("rebate")])).rebated == 5_00
    assert position(one_sale([BOUGHT, *figures("fee")])).fees == 7_00


def test_an_advance_is_known_where_a_row_or_the_opening_tells_of_it() -> None:
    assert not position(one_sale([BOUGHT])).advanced_known
    assert position(one_sale([BOUGHT, row("advance", 90_00, 3)])).advanced_known
    for advanced, known in ((90_00, True), (0, True), (None, False)):
        opening = Opening(as_of=day(4), purchased=True, advanced=advanced)
        assert position(one_sale([BOUGHT], sale={"opening": opening})).advanced_known is known


def test_a_purchase_of_nothing_with_a_cent_advanced_is_bought_and_charged_back_by_a_cent() -> None:
    told = [row("purchase", 0), row("advance", 1, 3)]
    assert position(one_sale(told)).bought
    assert not position(one_sale(told)).fully_charged_back
    assert position(one_sale([*told, row("chargeback", 1, 12)])).fully_charged_back


def test_a_payment_that_is_not_late_is_counted_beside_a_chargeback_that_is_not_full() -> None:
    told = [
        BOUGHT,
        row("chargeback", 40_00, 5),
        row("payment", 60_00, 9, "77"),
        row("payment_reversal", 5_00, 9),
    ]
    money = position(one_sale(told))
    assert (money.net_paid, money.paid, money.late_paid) == (55_00, 60_00, 0)
    assert (money.fully_charged_back, money.direct_open) == (False, 40_00)


def test_a_cent_that_is_charged_back_is_a_cent_to_collect() -> None:
    assert position(one_sale([BOUGHT, row("chargeback", 1, 5)])).direct_open == 1
    assert position(one_sale([BOUGHT])).direct_open == 0


def test_nothing_is_left_to_collect_of_a_part_charged_back_once_it_is_written_off() -> None:
    charged = [BOUGHT, row("chargeback", 40_00, 5)]
    assert position(one_sale(charged)).direct_open == 40_00
    accepted = decision("assignment:A1", "write_off", amount=100_00)
    money = position(one_sale(charged, decisions=[accepted]))
    assert (money.written_off, money.direct_open, money.settled) == (100_00, 0, Ground.ACCEPTED_SHORT)


def test_a_cent_that_a_person_accepted_is_told_from_one_within_the_tolerance() -> None:
    told = [BOUGHT, row("payment", 99_99, 9)]
    accepted = decision("assignment:A1", "write_off", amount=1)
    money = position(one_sale(told, decisions=[accepted]))
    assert (money.written_off, money.settled) == (1, Ground.ACCEPTED_SHORT)


def test_a_factor_that_closes_a_sale_of_which_nothing_was_paid_leaves_a_short_payment() -> None:
    world = fold(one_sale([BOUGHT, row("payment", 0, 9, closed=True)]))
    assert (world.position("A1").closed, world.position("A1").settled) == (True, Ground.CLOSED_BY_FACTOR)
    assert world.standings["L-1"].flags == ("short_paid",)


def test_a_sale_of_which_nothing_is_known_can_be_written_off() -> None:
    accepted = decision("assignment:A1", "write_off", amount=100_00)
    money = position(one_sale([], decisions=[accepted]))
    assert (money.written_off, money.open, money.settled) == (100_00, 0, None)


def test_a_shortage_that_is_taken_from_the_reserve_leaves_the_rest_of_it() -> None:
    told = [BOUGHT, row("payment", 95_00, 9), row("reserve_held", 12_00, 3, primary=False)]
    charged = decision("assignment:A1", "charge_to_reserve", amount=5_00)
    money = position(one_sale(told, decisions=[charged]))
    assert (money.reserve_held, money.written_off, money.settled) == (7_00, 5_00, Ground.ACCEPTED_SHORT)


def test_what_the_old_factor_was_paid_until_the_day_it_was_bought_out_counts() -> None:
    """Of that very day as well; later, and without a day, it is the new factor's."""
    paid = [
        row("payment", cents, on, str(cents)) for cents, on in ((1_00, 4), (2_00, 5), (4_00, 6), (8_00, None))
    ]
    world = fold(handed_on(BOUGHT, *paid))
    old, new = world.position("A1"), world.position("A2")
    assert (old.net_paid, old.late_paid, old.last_paid_on) == (3_00, 12_00, day(5))
    assert new.net_paid == 3_00


def test_what_bounces_after_a_buy_out_is_first_of_all_what_came_after_it() -> None:
    paid = [row("payment", 30_00, 4, "1"), row("payment", 20_00, 9, "2")]
    early = fold(handed_on(BOUGHT, *paid, row("payment_reversal", 5_00, 5, "1"))).position("A1")
    assert (early.net_paid, early.late_paid) == (25_00, 20_00)
    late = fold(handed_on(BOUGHT, *paid, row("payment_reversal", 5_00, 6, "1"))).position("A1")
    assert (late.net_paid, late.late_paid) == (30_00, 15_00)
    more = fold(handed_on(BOUGHT, *paid, row("payment_reversal", 25_00, 12, "2"))).position("A1")
    assert (more.net_paid, more.late_paid) == (25_00, 0)


def test_what_was_paid_of_a_sale_that_was_taken_back_is_late_whenever_it_came() -> None:
    paid = [row("payment", 30_00, 4, "1"), row("payment", 20_00, 9, "2"), row("payment_reversal", 5_00, 2)]
    money = position(one_sale([BOUGHT, *paid], decisions=[decision("assignment:A1", "resell")]))
    assert (money.net_paid, money.paid, money.late_paid) == (0, 0, 45_00)
