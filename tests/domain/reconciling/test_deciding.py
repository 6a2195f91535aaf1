"""What decisions do to a world: each has an effect, lapses visibly, and leaves older ones standing."""

from __future__ import annotations

import datetime as dt

import pytest
from attrs import evolve

from factoring_core.domain.reconciling.evidence import Evidence
from factoring_core.domain.reconciling.findings import ExceptionItem
from factoring_core.domain.reconciling.world import Book
from factoring_core.domain.selling.batch import BatchState, Frozen
from factoring_core.domain.vocabulary.load import Opening
from factoring_core.domain.vocabulary.parties import Terms
from factoring_core.domain.vocabulary.profile import Measure
from worlds import (
    a_batch,
    a_book,
    a_load,
    a_report,
    a_sale,
    about,
    day,
    deciding,
    decision,
    fold,
    one_sale,
    row,
    without,
)

BOUGHT = row("purchase", 100_00, 3)


def the(book: Book, kind: str) -> ExceptionItem:
    (item,) = [one for one in fold(book).exceptions.values() if kind == one.type.value]
    return item


def raised(book: Book) -> dict[str, int]:
    return {item.type.value: item.amount_at_risk for item in fold(book).exceptions.values()}


# Amounts in conflict


def test_use_row_chooses_among_purchase_amounts() -> None:
    """Defect: on a conflict whose subject is the sale it was taken and had no effect."""
    book = one_sale([BOUGHT, row("purchase", 90_00, 4)])
    item = the(book, "conflicting_rows")
    assert (item.subject, item.amounts) == ("assignment:A1", (90_00, 100_00))
    assert fold(book).position("A1").purchased == 90_00
    chosen = deciding(book, about(item, "use_row", amount=100_00))
    assert fold(chosen).position("A1").purchased == 100_00
    assert raised(chosen) == {}
    other = deciding(book, about(item, "use_row", amount=80_00))
    assert raised(other)["conflicting_rows"] == 10_00


def test_a_choice_lapses_visibly_when_the_amounts_change_and_counts_again_when_they_are_back() -> None:
    book = one_sale([BOUGHT, row("purchase", 90_00, 4)])
    chosen = deciding(book, about(the(book, "conflicting_rows"), "use_row", amount=100_00))
    third = one_sale(
        [BOUGHT, row("purchase", 90_00, 4)], [row("purchase", 80_00, 5)], decisions=chosen.decisions
    )
    item = the(third, "conflicting_rows")
    assert (item.amounts, fold(third).position("A1").purchased) == ((80_00, 90_00, 100_00), 80_00)
    assert item.note == "several purchase amounts stand; d1 (use_row) does not cover what is there now"
    assert raised(without(third, "R2")) == {}


def figure(cents: int, kind: str = "reserve_held", on: int = 9) -> Evidence:
    return row(kind, cents, on, measure=Measure.BALANCE)


def test_use_row_chooses_among_figures_of_one_day() -> None:
    book = one_sale([BOUGHT, figure(5_00), figure(7_00)])
    item = the(book, "conflicting_rows")
    assert (fold(book).position("A1").reserve_held, item.amounts) == (7_00, (5_00, 7_00))
    chosen = deciding(book, about(item, "use_row", amount=5_00))
    assert (fold(chosen).position("A1").reserve_held, raised(chosen)) == (5_00, {})


@pytest.mark.parametrize(("amount", "paid"), [(40_00, 40_00), (60_00, 60_00)])
def test_use_row_chooses_between_an_opening_and_what_came_before_it(amount: int, paid: int) -> None:
    opening = Opening(as_of=day(10), purchased=True, paid=40_00)
    book = one_sale([row("payment", 60_00, 5, "77")], sale={"opening": opening})
    item = the(book, "conflicting_rows")
    assert (item.amounts, fold(book).position("A1").net_paid) == ((40_00, 60_00), 60_00)
    chosen = deciding(book, about(item, "use_row", amount=amount))
    assert fold(chosen).position("A1").net_paid == paid
    assert "conflicting_rows" not in raised(chosen)


def test_conflicts_of_two_kinds_on_one_sale_are_chosen_one_after_the_other() -> None:
    book = one_sale([BOUGHT, row("purchase", 90_00, 4), figure(5_00), figure(7_00)])
    item = the(book, "conflicting_rows")
    assert item.amounts == (5_00, 7_00, 90_00, 100_00)
    once = deciding(book, about(item, "use_row", amount=5_00))
    left = the(once, "conflicting_rows")
    assert left.amounts == (90_00, 100_00)
    assert fold(once).position("A1").reserve_held == 5_00
    both = deciding(once, about(left, "use_row", amount=100_00))
    assert raised(both) == {}
    assert (fold(both).position("A1").reserve_held, fold(both).position("A1").purchased) == (5_00, 100_00)


def test_figures_without_an_invoice_that_contradict_each_other_are_asked_about() -> None:
    """Defect: of two balances of one account and day one stood, and nobody was told."""
    rows = [row("fee", c, 9, invoice="", account=True, measure=Measure.BALANCE) for c in (5_00, 7_00)]
    book = one_sale(rows)
    item = the(book, "conflicting_rows")
    assert (item.subject, item.amount_at_risk) == ("account:C1", 2_00)
    assert fold(book).accounts["C1"] == {"fee": 7_00}
    chosen = deciding(book, about(item, "use_row", amount=5_00))
    assert (fold(chosen).accounts["C1"], raised(chosen)) == ({"fee": 5_00}, {})


def test_a_ruling_on_a_cheque_counts_again_when_its_amounts_are_back() -> None:
    """Defect: only the newest ruling was looked at, though it had lapsed and an older one fitted."""
    first, second = [BOUGHT, row("payment", 60_00, 9, "77")], [row("payment", 50_00, 9, "77")]
    book = one_sale(first, second)
    chosen = deciding(book, about(the(book, "conflicting_rows"), "use_row", amount=60_00))
    third = one_sale(first, second, [row("payment", 40_00, 9, "77")], decisions=chosen.decisions)
    both = deciding(third, about(the(third, "conflicting_rows"), "use_row", amount=50_00))
    assert fold(both).position("A1").net_paid == 50_00
    assert fold(without(both, "R3")).position("A1").net_paid == 60_00


# Counting


def test_a_second_count_leaves_the_first_standing() -> None:
    """Defect: of several decisions on one amount only the newest was looked at."""
    twice, other = row("payment", 20_00, 9, "77"), row("payment", 20_00, 12, "78")
    book = one_sale([BOUGHT, twice, twice])
    counted = deciding(book, about(the(book, "duplicate_row"), "count_each", count=2))
    more = one_sale([BOUGHT, twice, twice], [other, other], decisions=counted.decisions)
    assert all("|78" in text for text in the(more, "duplicate_row").judged)
    same = deciding(more, about(the(more, "duplicate_row"), "same", count=2))
    assert fold(same).position("A1").net_paid == 60_00
    assert "duplicate_row" not in raised(same)
    each = deciding(more, about(the(more, "duplicate_row"), "count_each", count=2))
    assert fold(each).position("A1").net_paid == 80_00


def test_a_newer_count_of_the_same_rows_sets_the_older_aside() -> None:
    twice = row("payment", 20_00, 9, "77")
    book = one_sale([BOUGHT, twice, twice])
    item = the(book, "duplicate_row")
    counted = deciding(book, about(item, "count_each", count=2), about(item, "same", count=2))
    assert fold(counted).position("A1").net_paid == 20_00


# Placing


def test_what_a_row_without_a_number_means_is_said_of_that_row_only() -> None:
    """Defect: assigning one row without any number sent every later one to the same load."""
    nameless = row("payment", 60_00, 9, "77", invoice="")
    book = one_sale([BOUGHT, nameless])
    item = the(book, "unknown_invoice")
    assigned = deciding(book, about(item, "assign", load="L-1", assignment="A1"))
    assert fold(assigned).position("A1").net_paid == 60_00
    by_load = deciding(book, about(item, "assign", load="L-1"))
    for decided in (assigned, by_load):
        place = fold(decided).placements["C1"][nameless.key]
        assert (place.sale, place.tier, place.fields) == ("A1", 0, ("decision",))
    later = one_sale(
        [BOUGHT, nameless],
        [row("payment", 30_00, 12, "78", invoice="")],
        decisions=assigned.decisions,
    )
    assert fold(later).position("A1").net_paid == 60_00
    left = the(later, "unknown_invoice")
    assert left.amount_at_risk == 30_00
    never = deciding(later, about(left, "non_factored"))
    assert (fold(never).position("A1").net_paid, the(never, "non_factored").amount_at_risk) == (60_00, 30_00)


def test_moving_a_second_payment_leaves_the_first_where_it_was_moved() -> None:
    """Defect: a second `assign` from the same sale took the first one back."""
    load = a_load()
    first, second = a_batch("B1"), a_batch("B2", sealed_on=day(8))
    sales = [a_sale(load, first, id_="A1"), a_sale(load, second, id_="A2")]
    told = [row("payment", 20_00, 5, "1"), row("payment", 30_00, 6, "2")]
    book = a_book(
        load,
        batches=[first, second],
        sales=sales,
        reports=[(a_report(), told[:1]), (a_report("R2"), told[1:])],
        decisions=[decision("assignment:A1", "resell", sequence=-1)],
    )
    alone = without(book, "R2")
    once = deciding(alone, about(the(alone, "paid_after_chargeback"), "assign", assignment="A2"))
    both = evolve(book, decisions=once.decisions)
    item = the(both, "paid_after_chargeback")
    assert item.amount_at_risk == 30_00
    twice = deciding(both, about(item, "assign", assignment="A2"))
    assert fold(twice).position("A2").net_paid == 50_00
    places = fold(twice).placements["C1"].values()
    assert {(place.sale, place.tier, place.fields) for place in places} == {("A2", 0, ("decision",))}


# Chargebacks and shortages


def test_writing_off_what_was_charged_back_in_part_closes_it_until_more_is_charged_back() -> None:
    """Defect: the write-off settled the sale and left its chargeback open."""
    told = [BOUGHT, row("payment", 60_00, 5), row("chargeback", 40_00, 12)]
    book = one_sale(told)
    done = deciding(book, about(the(book, "charged_back"), "write_off", amount=40_00))
    world = fold(done)
    assert (world.standings["L-1"].status.value, dict(world.exceptions)) == ("completed", {})
    assert list(world.resolved.values()) == ["d1"]
    more = one_sale(told, [row("chargeback", 10_00, 14)], decisions=done.decisions)
    assert raised(more)["charged_back"] == 50_00


def test_a_shortage_accepted_before_it_was_charged_back_does_not_hide_the_chargeback() -> None:
    told = [BOUGHT, row("payment", 60_00, 5)]
    short = one_sale(told)
    done = deciding(short, about(the(short, "short_paid"), "write_off", amount=40_00))
    charged = one_sale(told, [row("chargeback", 40_00, 12)], decisions=done.decisions)
    assert raised(charged) == {"charged_back": 40_00}


def test_a_chargeback_treated_as_full_says_by_which_decision_it_is_closed() -> None:
    told = [BOUGHT, row("payment", 60_00, 5), row("chargeback", 40_00, 12)]
    book = one_sale(told)
    item = the(book, "charged_back")
    treated = deciding(book, about(item, "treat_as_full", amount=40_00))
    assert fold(treated).resolved == {item.id: treated.decisions[-1].id}


def test_a_charge_to_the_reserve_settles_nothing_that_goes_directly_to_the_customer() -> None:
    """Defect: it wrote off a direct debt, behind which there is no reserve."""
    load = a_load(direct=True, sent_direct_on=day(3))
    paid = a_report("S1", connection=None)
    book = a_book(load, reports=[(paid, [row("payment", 60_00, 9, invoice="load:L-1")])])
    item = the(book, "short_paid")
    charged = deciding(book, about(item, "charge_to_reserve", amount=40_00))
    assert raised(charged) == {"short_paid": 40_00}
    written = deciding(book, about(item, "write_off", amount=40_00))
    assert raised(written) == {}


def test_what_was_let_rest_or_ignored_is_back_when_another_amount_is_at_risk() -> None:
    """Defect: a shortage of ten that was ignored stayed closed when an adjustment made it sixty."""
    told = [BOUGHT, row("payment", 90_00, 9)]
    book = one_sale(told)
    item = the(book, "short_paid")
    for word in ("ignore", "wait", "dispute"):
        done = deciding(book, about(item, word, amount=item.amount_at_risk))
        grown = one_sale(told, [row("adjustment", 50_00, 12)], decisions=done.decisions)
        again = the(grown, "short_paid")
        assert (again.amount_at_risk, again.severity.value) == (60_00, "wrong")
        assert again.note == f"d1 ({word}) does not cover what is there now"


# Time


def reserve(*more: Evidence, days: int | None = None, **opening: object) -> Book:
    terms = Terms(reserve_days=days)
    held = row("reserve_held", 10_00, 3, primary=False)
    told = [BOUGHT, held, row("payment", 100_00, 9), *more]
    return one_sale(told, sale={"frozen": Frozen(terms=terms), **opening})


def due(book: Book) -> tuple[dt.date | None, int] | None:
    items = list(fold(book).later.values())
    return (items[0].due, items[0].amount_at_risk) if items else None


def test_reserve_is_overdue_by_time_when_the_debt_is_done_with() -> None:
    assert due(reserve()) == (day(9) + dt.timedelta(days=31), 10_00)
    assert due(reserve(days=7)) == (day(17), 10_00)
    assert due(reserve(row("rebate", 4_00, 12))) == (day(9) + dt.timedelta(days=31), 6_00)
    assert due(reserve(row("rebate", 10_00, 12))) is None
    assert due(reserve(row("payment_reversal", 100_00, 12))) is None
    world = fold(reserve(days=7))
    assert world.standings["L-1"].flags == ()
    assert world.raised_on(day(16)) == ()
    assert [one.type.value for one in world.raised_on(day(17))] == ["reserve_overdue"]


def test_reserve_of_an_opening_counts_from_its_day() -> None:
    opening = Opening(as_of=day(10), purchased=True, settled=True, reserve_held=5_00)
    assert due(one_sale([], sale={"opening": opening})) == (day(10) + dt.timedelta(31), 5_00)


def test_what_time_will_raise_can_be_ignored_before_and_is_back_with_another_amount() -> None:
    book = reserve(days=7)
    (item,) = fold(book).later.values()
    done = deciding(book, about(item, "ignore", amount=item.amount_at_risk))
    assert due(done) is None
    assert list(fold(done).resolved) == [item.id]


# Doubt


def test_a_doubt_that_rows_raised_names_them() -> None:
    """Defect: a batch settled as not delivered and named all the same showed no row."""
    book = one_sale([BOUGHT], batch={"state": BatchState.SEALED, "ever_left": True})
    assert the(book, "delivery_in_doubt").rows == (("R1", 2),)
