"""What came together of one type, and on what ground a debt is closed: each rule by the smallest example."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import pytest

from factoring_core.domain.reconciling.balance import balance, total
from factoring_core.domain.reconciling.evidence import Evidence
from factoring_core.domain.reconciling.facts import Fact, join_facts
from factoring_core.domain.reconciling.settling import accepting, closed_by_factor
from factoring_core.domain.vocabulary.load import Opening
from factoring_core.domain.vocabulary.profile import Measure
from worlds import a_book, a_load, a_report, a_sale, day, decision, fold, numbered, one_sale, row


def facts(*rows: Evidence) -> list[Fact]:
    """Join rows into facts that post once."""
    joined = list(join_facts(numbered("R1", rows)).values())
    for fact in joined:
        fact.posted = 1
    return joined


def paid(cents: int, on: int | None, **more: object) -> Evidence:
    return row("payment", cents, on, **more)


def bounced(cents: int, on: int | None) -> Evidence:
    return row("payment_reversal", cents, on)


def level(
    moves: Sequence[Evidence],
    back: Sequence[Evidence] = (),
    *,
    start: int | None = None,
    as_of: int | None = 4,
) -> tuple[int, tuple[int, ...] | None]:
    """Return the net, and the amounts in conflict."""
    on = day(as_of) if as_of is not None else None
    net, conflict = balance(on, start, facts(*moves), facts(*back), least=True)
    return net, conflict.amounts if conflict is not None else None


def test_what_bounced_is_taken_from_what_was_paid() -> None:
    assert level([paid(100, 3)], [bounced(30, 5)], as_of=None) == (70, None)


def test_what_bounced_before_an_opening_is_taken_from_what_came_before_it() -> None:
    assert level([paid(100, 3)], [bounced(60, 2)], start=50) == (50, None)
    assert level([paid(100, 3)], [bounced(10, 2)], start=50) == (90, (50, 90))


def test_an_opening_that_says_what_the_rows_before_it_say_is_no_conflict() -> None:
    assert level([paid(100, 3)], start=100) == (100, None)
    assert level([paid(101, 3)], start=100) == (101, (100, 101))


def test_only_what_came_before_the_opening_is_in_conflict_with_it() -> None:
    moves = facts(paid(100, 3), paid(20, 9), paid(5, None))
    back = facts(bounced(1, 2), bounced(2, 9))
    net, conflict = balance(day(4), 50, moves, back, least=True)
    assert net == 100 - 1 + 5 + 20 - 2
    assert conflict is not None
    assert {fact.key[4] for fact in conflict.facts} == {day(2), day(3)}
    assert conflict.note == "movements before the opening exceed it"


def test_the_latest_dated_figure_stands_alone_without_a_conflict() -> None:
    figure = {"measure": Measure.CUMULATIVE}
    assert level([paid(70, 3, **figure), paid(90, None, **figure)], as_of=None) == (70, None)
    found = facts(paid(70, 3, **figure), paid(90, 3, **figure))
    net, conflict = balance(None, None, found, least=True)
    assert net == 70
    assert conflict is not None
    assert (conflict.amounts, conflict.note) == ((70, 90), "several figures for one date")


@pytest.mark.parametrize(
    ("rows", "closed"),
    [
        ([paid(1, 9, closed=True)], True),
        ([paid(1, None, closed=True)], True),
        ([paid(1, 9)], False),
        ([paid(1, 9, closed=True), bounced(1, 5)], True),
        ([paid(1, 9, closed=True), bounced(1, 9)], True),
        ([paid(1, 9, closed=True), bounced(1, 10)], False),
        ([paid(1, 9, closed=True), bounced(1, None)], False),
        ([paid(1, None, closed=True), bounced(1, 5)], False),
        # A payment that comes later opens nothing again.
        ([paid(1, 9, closed=True), paid(2, 12)], True),
    ],
)
def test_closed_counts_until_a_payment_bounces_after_it(rows: list[Evidence], closed: bool) -> None:
    assert closed_by_factor(facts(*rows)) is closed


def test_a_reversal_that_does_not_post_opens_nothing_again() -> None:
    found = facts(paid(1, 9, closed=True), bounced(1, 10))
    found[1].posted = 0
    assert closed_by_factor(found)


def test_a_row_without_an_amount_adds_nothing() -> None:
    assert total(facts(row("payment", None, 9))) == 0


def test_only_a_shortage_is_accepted_and_only_by_as_much() -> None:
    one, bare = decision("s", "write_off", amount=1), decision("s", "write_off", amount=None)
    assert accepting({"s": [one]}, "s", 1) is one
    assert accepting({"s": [one]}, "s", 2) is None
    assert accepting({"s": [one, bare]}, "s", 0) is None
    assert accepting({"s": [bare]}, "s", 1) is None


def test_an_opening_purchase_stands_against_a_reversal_before_it() -> None:
    load = a_load()
    for bought, stands in ((day(3), True), (day(2), False), (None, True)):
        opening = Opening(as_of=day(4), purchased=True, purchased_on=bought)
        sale = a_sale(load, id_="A1", opening=opening)
        back = row("purchase_reversal", 100_00, 2)
        world = fold(a_book(load, sales=[sale], reports=[(a_report(), [back])]))
        assert world.position("A1").bought is stands


def test_of_two_purchases_the_later_posts_however_they_spell_the_number() -> None:
    late = row("purchase", 100_00, 5, invoice="01001", invoice_amount=100_00)
    world = fold(one_sale([row("purchase", 100_00, 3), late]))
    posting: dict[dt.date | None, int] = {fact.key[4]: fact.posted for fact in world.facts["C1"].values()}
    assert posting == {day(3): 0, day(5): 1}
    notes = {item.note for item in world.exceptions.values() if item.type == "conflicting_rows"}
    assert notes == {"several purchases of one amount stand"}


def test_an_undated_purchase_of_one_cent_is_a_purchase() -> None:
    assert fold(one_sale([row("purchase", 1, None)])).position("A1").bought
