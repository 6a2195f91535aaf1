"""One sale's money: what a controller would check by hand."""

from __future__ import annotations

import pytest

from factoring_core.domain.reconciling.position import Ground, Position
from factoring_core.domain.reconciling.world import Book
from factoring_core.domain.selling.batch import Frozen
from factoring_core.domain.vocabulary.load import Opening
from factoring_core.domain.vocabulary.parties import SettlementPolicy
from factoring_core.domain.vocabulary.profile import Measure
from worlds import a_book, a_load, a_sale, about, day, deciding, decision, fold, one_sale, row

BOUGHT = row("purchase", 100_00, 3)


def position(book: Book) -> Position:
    return fold(book).position("A1")


def status(book: Book) -> str:
    return fold(book).standings["L-1"].status.value


def raised(book: Book) -> dict[str, int]:
    return {item.type.value: item.amount_at_risk for item in fold(book).exceptions.values()}


def opened(*rows: object, sale: Opening, **more: object) -> Book:
    """A book with one sale, opened on the fourth day, and one report."""
    load = a_load()
    from worlds import a_report

    return a_book(
        load,
        sales=[a_sale(load, id_="A1", opening=sale, **more)],
        reports=[(a_report("R1"), list(rows))] if rows else [],  # type: ignore[arg-type]
    )


# Paid.


def test_one_payment_in_full_completes_a_purchased_load() -> None:
    book = one_sale([BOUGHT], [row("payment", 100_00, 9, "CHK-1")])
    money = position(book)
    assert (money.net_paid, money.open, money.settled) == (100_00, 0, Ground.PAID)
    assert money.last_paid_on == day(9)
    assert status(book) == "completed"
    assert raised(book) == {}


def test_a_short_payment_leaves_the_load_financed_and_says_by_how_much() -> None:
    book = one_sale([BOUGHT], [row("payment", 95_00, 9)])
    assert status(book) == "financed"
    assert position(book).open == 5_00
    assert raised(book) == {"short_paid": 5_00}


def test_a_shortage_within_the_frozen_tolerance_settles() -> None:
    book = one_sale([BOUGHT], [row("payment", 99_00, 9)], sale={"frozen": Frozen(tolerance=1_00)})
    assert (status(book), raised(book)) == ("completed", {})


def test_too_much_is_completed_and_raised() -> None:
    book = one_sale([BOUGHT], [row("payment", 110_00, 9)])
    assert (status(book), raised(book)) == ("completed", {"over_paid": 10_00})


def test_an_adjustment_changes_what_is_owed() -> None:
    book = one_sale([BOUGHT], [row("adjustment", -5_00, 8), row("payment", 95_00, 9)])
    assert position(book).adjustments == -5_00
    assert (status(book), raised(book)) == ("completed", {})


def test_a_bounced_payment_reopens_the_load_without_calling_it_short() -> None:
    paid = one_sale([BOUGHT], [row("payment", 100_00, 9)])
    bounced = one_sale([BOUGHT], [row("payment", 100_00, 9), row("payment_reversal", 100_00, 12)])
    assert (status(paid), status(bounced)) == ("completed", "financed")
    assert (position(bounced).open, raised(bounced)) == (100_00, {})


def test_fees_rebates_and_reserve_add_up_apart_from_the_debt() -> None:
    told = [
        row("fee", 3_00, 3),
        row("fee_reversal", 1_00, 4),
        row("reserve_held", 10_00, 3),
        row("rebate", 7_00, 12),
        row("rebate_reversal", 2_00, 13),
        row("advance", 90_00, 3),
    ]
    money = position(one_sale([BOUGHT, *told]))
    assert (money.fees, money.reserve_held, money.rebated, money.advanced) == (2_00, 10_00, 5_00, 90_00)
    assert money.open == 100_00


# Purchased.


def test_a_payment_before_the_purchase_waits_and_the_purchase_completes_it() -> None:
    early = one_sale([row("payment", 100_00, 5)])
    assert (status(early), raised(early)) == ("invoiced", {"payment_before_purchase": 100_00})
    (item,) = fold(early).exceptions.values()
    assert item.severity.value == "waiting"
    late = one_sale([row("payment", 100_00, 5)], [row("purchase", 100_00, 9)])
    assert (status(late), raised(late)) == ("completed", {})


def test_without_purchase_reports_a_payment_implies_the_purchase() -> None:
    book = one_sale([row("payment", 40_00, 5)], sale={"frozen": Frozen(purchase_report=False)})
    money = position(book)
    assert (money.bought, money.implied, status(book)) == (True, True, "financed")


def test_a_purchase_for_another_amount_still_finances() -> None:
    book = one_sale([row("purchase", 98_00, 3)])
    assert (status(book), raised(book)) == ("financed", {"amount_differs": 2_00})


def test_a_purchase_of_nothing_counts_by_its_date_or_its_advance() -> None:
    assert status(one_sale([row("purchase", 0, 3)])) == "financed"
    assert status(one_sale([row("purchase", 0), row("advance", 90_00)])) == "financed"
    assert status(one_sale([row("purchase", 0)])) == "invoiced"


def test_a_reversal_of_the_same_day_counts_as_later() -> None:
    assert status(one_sale([BOUGHT, row("purchase_reversal", 100_00, 3)])) == "invoiced"
    assert status(one_sale([BOUGHT, row("purchase_reversal", 100_00)])) == "invoiced"
    again = one_sale([BOUGHT, row("purchase_reversal", 100_00, 4), row("purchase", 100_00, 5)])
    assert status(again) == "financed"
    undated = one_sale([row("purchase", 100_00), row("purchase_reversal", 100_00, 4)])
    assert status(undated) == "invoiced"


def test_a_blank_copy_of_a_reversal_does_not_undo_a_later_purchase() -> None:
    """Defect: a reversal key that posts nothing was still counted as an undated reversal."""
    dated = [BOUGHT, row("purchase_reversal", 100_00, 4), row("purchase", 100_00, 5)]
    book = one_sale(dated, [row("purchase_reversal", 100_00)])
    assert status(book) == "financed"


def test_a_purchase_that_is_only_compared_finances_nothing() -> None:
    """Defect: a purchase from a report that does not post purchases bought the invoice."""
    book = one_sale([row("purchase", 100_00, 3, posts=False)])
    assert status(book) == "invoiced"


def test_of_two_standing_purchase_amounts_the_smaller_counts_and_is_asked_about() -> None:
    book = one_sale([BOUGHT, row("purchase", 90_00, 4)])
    assert position(book).purchased == 90_00
    assert raised(book) == {"conflicting_rows": 10_00, "amount_differs": 10_00}


# Charged back.


def test_a_full_chargeback_makes_the_subsidiary_the_owner_again() -> None:
    book = one_sale([BOUGHT, row("chargeback", 100_00, 12)])
    world = fold(book)
    assert world.position("A1").fully_charged_back
    assert (world.standings["L-1"].status.value, world.standings["L-1"].route.value) == ("invoiced", "direct")
    assert raised(book) == {"charged_back": 100_00}


def test_charging_back_the_advance_is_full_where_the_advance_is_known() -> None:
    told = [BOUGHT, row("chargeback", 90_00, 12)]
    assert not position(one_sale(told)).fully_charged_back
    assert position(one_sale([*told, row("advance", 90_00, 3)])).fully_charged_back


def test_a_partial_chargeback_leaves_the_status_and_something_to_collect_directly() -> None:
    book = one_sale([BOUGHT, row("payment", 60_00, 5), row("chargeback", 40_00, 12)])
    assert (position(book).direct_open, status(book)) == (40_00, "financed")
    assert raised(book) == {"charged_back": 40_00, "short_paid": 40_00}


def test_a_chargeback_reversed_reinstates_the_factor() -> None:
    told = [BOUGHT, row("chargeback", 100_00, 12), row("chargeback_reversal", 100_00, 15)]
    book = one_sale(told)
    assert (status(book), raised(book)) == ("financed", {})
    assert fold(book).standings["L-1"].route.value == "factoring"


def test_a_payment_after_a_full_chargeback_is_only_raised() -> None:
    book = one_sale([BOUGHT, row("chargeback", 100_00, 12), row("payment", 100_00, 13)])
    money = position(book)
    assert (money.net_paid, money.late_paid, money.fully_charged_back) == (0, 100_00, True)
    assert raised(book) == {"charged_back": 100_00, "paid_after_chargeback": 100_00}


def test_a_payment_that_bounces_after_the_chargeback_is_taken_from_what_came_after_it() -> None:
    told = [BOUGHT, row("chargeback", 100_00, 12), row("payment", 50_00, 13)]
    book = one_sale([*told, row("payment_reversal", 50_00, 14)])
    assert position(book).fully_charged_back
    assert raised(book) == {"charged_back": 100_00}


def test_without_a_date_no_payment_is_known_to_be_after_the_chargeback() -> None:
    book = one_sale([BOUGHT, row("chargeback", 100_00), row("payment", 50_00, 13)])
    assert not position(book).fully_charged_back


def test_a_person_may_treat_a_partial_chargeback_as_full_until_it_changes() -> None:
    told = [BOUGHT, row("payment", 60_00, 5), row("chargeback", 40_00, 12)]
    full = decision("assignment:A1", "treat_as_full", amount=40_00, exception_type="charged_back")
    book = one_sale(told, decisions=[full])
    assert position(book).fully_charged_back
    assert raised(book) == {}
    grown = one_sale([*told, row("chargeback", 10_00, 13)], decisions=[full])
    assert not position(grown).fully_charged_back
    assert raised(grown)["charged_back"] == 50_00


# Settled on other grounds.


def test_a_write_off_lapses_while_the_shortage_is_larger_and_counts_again_when_it_shrinks() -> None:
    bought, paid = [BOUGHT], [row("payment", 95_00, 9)]
    accepted = decision("assignment:A1", "write_off", amount=5_00)
    short = one_sale(bought, paid, decisions=[accepted])
    assert (position(short).written_off, position(short).settled) == (5_00, Ground.ACCEPTED_SHORT)
    assert (status(short), raised(short)) == ("completed", {})

    bounced = [row("payment_reversal", 95_00, 10), row("payment", 90_00, 11)]
    grown = one_sale(bought, paid, bounced, decisions=[accepted])
    assert (status(grown), raised(grown)) == ("financed", {"short_paid": 10_00})

    shrunk = one_sale(bought, paid, bounced, [row("payment", 7_00, 12)], decisions=[accepted])
    assert position(shrunk).written_off == 3_00
    assert (status(shrunk), raised(shrunk)) == ("completed", {})


def test_a_later_smaller_write_off_takes_nothing_back() -> None:
    """Defect: only the last write-off was looked at."""
    book = one_sale([BOUGHT], [row("payment", 95_00, 9)])
    book = deciding(
        book,
        decision("assignment:A1", "write_off", amount=5_00),
        decision("assignment:A1", "write_off", amount=1_00),
    )
    assert position(book).written_off == 5_00


def test_a_shortage_charged_to_the_reserve_comes_out_of_it() -> None:
    told = [BOUGHT, row("reserve_held", 10_00, 3), row("payment", 95_00, 9)]
    book = one_sale(told, decisions=[decision("assignment:A1", "charge_to_reserve", amount=5_00)])
    assert (position(book).written_off, position(book).reserve_held) == (5_00, 5_00)


def test_what_the_factor_closed_is_settled_until_a_payment_bounces() -> None:
    closed = [BOUGHT, row("payment", 90_00, 9, closed=True)]
    book = one_sale(closed)
    assert (position(book).settled, raised(book)) == (Ground.CLOSED_BY_FACTOR, {"short_paid": 10_00})
    bounced = one_sale([*closed, row("payment_reversal", 90_00, 12)])
    assert (position(bounced).closed, status(bounced)) == (False, "financed")
    assert not position(one_sale([*closed, row("payment_reversal", 90_00)])).closed


def test_a_bare_list_settles_without_an_amount() -> None:
    book = one_sale([BOUGHT, row("payment", None, 9)])
    assert (position(book).settled, status(book)) == (Ground.BARE_LIST, "completed")


def test_as_reported_settles_by_any_payment_until_it_is_reversed() -> None:
    frozen = {"frozen": Frozen(settlement=SettlementPolicy.AS_REPORTED)}
    book = one_sale([BOUGHT, row("payment", 10_00, 9)], sale=frozen)
    assert (position(book).settled, status(book)) == (Ground.AS_REPORTED, "completed")
    undone = one_sale([BOUGHT, row("payment", 10_00, 9), row("payment_reversal", 10_00, 10)], sale=frozen)
    assert status(undone) == "financed"


# Opening balances: net paid = max(opening, net until the as-of date + undated) + later − undated reversals.

PAID_60 = Opening(as_of=day(4), purchased=True, purchased_amount=100_00, paid=60_00)


@pytest.mark.parametrize(
    ("rows", "net_paid"),
    [
        ([], 60_00),
        ([row("payment", 40_00, 3)], 60_00),
        ([row("payment", 40_00, 3), row("payment", 30_00)], 70_00),
        ([row("payment", 40_00, 3), row("payment_reversal", 10_00, 4)], 60_00),
        ([row("payment", 40_00, 5)], 100_00),
        ([row("payment", 40_00, 5), row("payment_reversal", 40_00, 6)], 60_00),
        ([row("payment_reversal", 10_00)], 50_00),
    ],
    ids=["alone", "before", "undated", "net before", "later", "later reversed", "undated reversal"],
)
def test_each_line_of_the_opening_formula(rows: list[object], net_paid: int) -> None:
    book = opened(*rows, sale=PAID_60)
    assert position(book).net_paid == net_paid
    assert "conflicting_rows" not in raised(book)


def test_movements_before_the_opening_that_exceed_it_are_asked_about() -> None:
    book = opened(row("payment", 80_00, 3), sale=PAID_60)
    assert position(book).net_paid == 80_00
    assert raised(book)["conflicting_rows"] == 20_00


def test_a_completed_opening_without_amounts_is_settled_by_opening() -> None:
    book = opened(sale=Opening(as_of=day(4), purchased=True, settled=True))
    assert status(book) == "completed"
    assert status(opened(sale=Opening(as_of=day(4), purchased=True, paid=90_00, settled=True))) == "financed"


def test_an_opening_purchase_and_a_purchase_row_are_one_purchase() -> None:
    book = opened(row("purchase", 100_00, 3), sale=PAID_60)
    assert (position(book).purchased, "conflicting_rows" in raised(book)) == (100_00, False)
    other = opened(row("purchase", 90_00, 3), sale=PAID_60)
    assert (position(other).purchased, raised(other)["conflicting_rows"]) == (90_00, 10_00)


def test_an_opening_purchase_is_reversed_like_any_other() -> None:
    book = opened(row("purchase_reversal", 100_00, 6), sale=PAID_60)
    assert not position(book).bought
    unsure = opened(sale=Opening(as_of=day(4), purchased=True, purchased_on=day(1)))
    assert (position(unsure).purchased, position(unsure).purchased_on) == (0, day(1))


def test_opening_balances_of_the_other_kinds_grow_by_later_movements() -> None:
    opening = Opening(as_of=day(4), purchased=True, advanced=90_00, reserve_held=10_00, fees=3_00)
    told = [row("fee", 1_00, 5), row("reserve_held", 2_00, 6), row("advance", 5_00, 7)]
    money = position(opened(*told, sale=opening))
    assert (money.advanced, money.reserve_held, money.fees) == (95_00, 12_00, 4_00)
    assert money.net_paid == 0


# Cumulative figures.


def figure(cents: int, on: int | None, kind: str = "payment") -> object:
    return row(kind, cents, on, measure=Measure.CUMULATIVE)


def test_of_cumulative_figures_the_latest_counts() -> None:
    book = one_sale([BOUGHT, figure(40_00, 9)], [figure(100_00, 12)], [figure(60_00, 10)])  # type: ignore[list-item]
    assert (position(book).net_paid, status(book)) == (100_00, "completed")


def test_two_figures_of_one_day_leave_the_more_open_and_are_asked_about() -> None:
    book = one_sale([BOUGHT, figure(40_00, 9), figure(60_00, 9)])  # type: ignore[list-item]
    assert position(book).net_paid == 40_00
    assert raised(book)["conflicting_rows"] == 20_00
    held = one_sale([BOUGHT, figure(4_00, 9, "reserve_held"), figure(6_00, 9, "reserve_held")])  # type: ignore[list-item]
    assert position(held).reserve_held == 6_00


def test_a_figure_without_a_date_is_information() -> None:
    assert position(one_sale([BOUGHT, figure(40_00, None)])).net_paid == 0  # type: ignore[list-item]


def test_a_later_figure_replaces_the_opening_and_an_earlier_one_does_not() -> None:
    assert position(opened(figure(80_00, 9), sale=PAID_60)).net_paid == 80_00
    assert position(opened(figure(80_00, 3), sale=PAID_60)).net_paid == 60_00


def test_a_figure_of_the_day_of_the_opening_that_differs_is_asked_about() -> None:
    book = opened(figure(80_00, 4), sale=PAID_60)
    assert (position(book).net_paid, raised(book)["conflicting_rows"]) == (60_00, 20_00)


def test_what_bounces_after_a_figure_is_taken_from_it() -> None:
    """Defect: reversals were dropped wherever there was a cumulative figure."""
    told = [BOUGHT, figure(100_00, 9), row("payment_reversal", 30_00, 12), row("payment_reversal", 1_00, 8)]
    assert position(one_sale(told)).net_paid == 70_00  # type: ignore[arg-type]


def posting(book: Book) -> dict[str, tuple[int, bool]]:
    """Return of each purchase how often it posts, and whether it is in question."""
    facts = fold(book).facts["C1"].values()
    return {fact.text: (fact.posted, fact.questioned) for fact in facts}


@pytest.mark.parametrize("first", [100_00, 99_00])
@pytest.mark.parametrize("together", [True, False])
def test_an_invoice_bought_twice_was_counted_as_matched_on_both_rows(first: int, together: bool) -> None:
    rows = [row("purchase", first, 3, "S1"), row("purchase", 100_00, 5, "S2")]
    book = one_sale(rows) if together else one_sale(*([one] for one in rows))
    stands = day(3) if first < 100_00 else day(5)
    assert {text.split("|")[4]: said for text, said in posting(book).items()} == {
        on.isoformat(): (1, False) if on == stands else (0, True) for on in (day(3), day(5))
    }
    assert position(book).purchased == first
    assert raised(book)["conflicting_rows"] == (100_00 - first or 100_00)
    (item,) = [one for one in fold(book).exceptions.values() if one.type == "conflicting_rows"]
    decided = deciding(book, about(item, "use_row", amount=100_00))
    assert "conflicting_rows" not in raised(decided)
    assert sorted(posting(decided).values()) == [(0, False), (1, False)]
    assert position(decided).purchased == 100_00


def test_an_invoice_bought_again_after_a_reversal_is_bought_once() -> None:
    book = one_sale([BOUGHT, row("purchase_reversal", 100_00, 5), row("purchase", 100_00, 7)])
    assert raised(book) == {}
    assert position(book).bought


def test_a_purchase_that_contradicts_its_opening_does_not_post() -> None:
    opening = Opening(as_of=day(4), purchased=True, purchased_amount=90_00)
    book = opened(row("purchase", 100_00, 3), sale=opening)
    assert list(posting(book).values()) == [(0, True)]
    assert (position(book).purchased, raised(book)["conflicting_rows"]) == (90_00, 10_00)


# Beside an opening, where dates have to be compared.


def test_what_an_opening_tells_of_one_type_leaves_the_reversals_of_others_as_they_are() -> None:
    opening = Opening(as_of=day(4), purchased=True, fees=3_00)
    told = [
        row("fee", 5_00, 9),
        row("fee_reversal", 2_00, 10),
        row("rebate", 4_00, 9),
        row("rebate_reversal", 1_00, 10),
        row("chargeback", 40_00, 9),
        row("chargeback_reversal", 10_00, 10),
    ]
    found = fold(one_sale(told, sale={"opening": opening})).position("A1")
    assert (found.fees, found.rebated, found.charged_back) == (6_00, 3_00, 30_00)


def test_a_payment_after_a_full_chargeback_is_late_beside_an_opening_too() -> None:
    opening = Opening(as_of=day(4), purchased=True)
    told = [row("chargeback", 100_00, 9), row("payment", 60_00, 12), row("payment_reversal", 10_00, 13)]
    found = fold(one_sale(told, sale={"opening": opening})).position("A1")
    assert (found.fully_charged_back, found.net_paid, found.late_paid) == (True, 0, 50_00)
