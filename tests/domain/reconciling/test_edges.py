"""Edges that no story walks along: each was found by a change of one line that no test noticed."""

from __future__ import annotations

import pytest

from factoring_core.domain.reconciling.findings import ExceptionItem
from factoring_core.domain.reconciling.sales import sale_order
from factoring_core.domain.reconciling.world import Book
from factoring_core.domain.vocabulary.load import Opening
from factoring_core.domain.vocabulary.profile import Measure
from worlds import a_batch, a_book, a_load, a_report, a_sale, day, fold, one_sale, row

BOUGHT = row("purchase", 100_00, 3)


def the(book: Book, kind: str) -> ExceptionItem:
    (item,) = [one for one in fold(book).exceptions.values() if kind == one.type.value]
    return item


def test_two_findings_on_one_subject_keep_the_rows_and_the_earliest_day_of_both() -> None:
    figures = [row("reserve_held", cents, 9, measure=Measure.BALANCE) for cents in (5_00, 7_00)]
    item = the(one_sale([BOUGHT, row("purchase", 90_00, 4), *figures]), "conflicting_rows")
    assert item.rows == (("R1", 2), ("R1", 3), ("R1", 4), ("R1", 5))
    assert item.since == day(3)
    later = [row("reserve_held", cents, 2, measure=Measure.BALANCE) for cents in (5_00, 7_00)]
    assert the(one_sale([BOUGHT, row("purchase", 90_00, 4), *later]), "conflicting_rows").since == day(2)
    undated = [row("purchase", 100_00), row("purchase", 90_00)]
    assert the(one_sale([*undated, *figures]), "conflicting_rows").since == day(9)


def test_the_reference_number_of_a_load_serves_as_its_load_number() -> None:
    load = a_load(reference_number="REF-5", po_number="PO-1")
    batch = a_batch()
    told = row("payment", 10_00, 9, "7", invoice="X9", load_number="ref-5", invoice_amount=100_00)
    book = a_book(load, batches=[batch], sales=[a_sale(load, batch)], reports=[(a_report(), [told])])
    assert fold(book).placements["C1"][told.key].tier == 3


@pytest.mark.parametrize("name", ["Other Co", "N/A"])
def test_a_customer_that_does_not_agree_is_no_witness_for_another_spelling(name: str) -> None:
    told = row("payment", 10_00, 9, "7", invoice="INV-1001", customer=name)
    place = fold(one_sale([told])).placements["C1"][told.key]
    assert place.sale is None


def test_the_debtor_that_the_row_names_makes_a_sibling_as_well() -> None:
    """The invoice in hand has a customer without any number, whom the row cannot contradict."""
    batch = a_batch()
    mine = a_load("L-1", customer="NOBODY", face=250_00)
    other = a_load("L-2", invoice="2002", customer="BOLT")
    sales = [a_sale(mine, batch, customer_name=""), a_sale(other, batch)]
    for number, vetoed in (("300400", True), ("", False)):
        told = row("payment", 10_00, 9, "7", invoice="1001", invoice_amount=100_00, mc_number=number)
        book = a_book(mine, other, batches=[batch], sales=sales, reports=[(a_report(), [told])])
        assert (fold(book).placements["C1"][told.key].sale is None) is vetoed


def test_what_moves_after_a_figure_counts_on_top_of_it() -> None:
    figure = row("rebate", 5_00, 9, measure=Measure.CUMULATIVE)
    moves = [row("rebate", 1_00, 7, "a"), row("rebate", 2_00, 9, "b"), row("rebate", 4_00, 12, "c")]
    assert fold(one_sale([BOUGHT, figure, *moves])).position("A1").rebated == 9_00


def test_a_payment_of_the_very_day_of_a_full_chargeback_is_not_late() -> None:
    charged = row("chargeback", 100_00, 12)
    same = fold(one_sale([BOUGHT, charged, row("payment", 100_00, 12, "7")])).position("A1")
    assert (same.fully_charged_back, same.net_paid, same.late_paid) == (False, 100_00, 0)
    later = fold(one_sale([BOUGHT, charged, row("payment", 100_00, 13, "7")])).position("A1")
    assert (later.fully_charged_back, later.late_paid) == (True, 100_00)


def test_questions_about_rows_of_a_sale_name_its_load_and_say_what_is_in_conflict() -> None:
    twice = row("payment", 20_00, 9, "77")
    assert the(one_sale([BOUGHT, twice, twice]), "duplicate_row").load == "L-1"
    book = one_sale([BOUGHT, row("payment", 60_00, 9, "77")], [row("payment", 50_00, 9, "77")])
    item = the(book, "conflicting_rows")
    assert (item.load, item.amounts) == ("L-1", (50_00, 60_00))
    assert item.note == "several amounts for one date and reference, and no report holds them all"
    facts = fold(book).facts["C1"].values()
    assert {fact.amount: (fact.posted, fact.questioned) for fact in facts} == {
        100_00: (1, False),
        60_00: (0, True),
        50_00: (1, False),
    }


def test_each_cheque_is_looked_at_by_itself() -> None:
    fine = [row("payment", 10_00, 5, "1"), row("payment", 11_00, 5, "1")]
    told = [*fine, row("payment", 20_00, 9, "2"), row("payment", 30_00, 12, "3")]
    again = [row("payment", 21_00, 9, "2"), row("payment", 31_00, 12, "3")]
    book = one_sale([BOUGHT, *told], again)
    subjects = {one.subject for one in fold(book).exceptions.values() if "conflict" in one.type.value}
    assert subjects == {"cheque:payment:A1:2025-03-09:2", "cheque:payment:A1:2025-03-12:3"}
    assert fold(book).position("A1").net_paid == 10_00 + 11_00 + 20_00 + 30_00


def test_rows_of_one_day_without_a_reference_are_no_cheque() -> None:
    book = one_sale([BOUGHT, row("payment", 20_00, 9)], [row("payment", 30_00, 9)])
    assert fold(book).position("A1").net_paid == 50_00
    assert "conflicting_rows" not in fold(book).standings["L-1"].flags


def test_of_three_amounts_the_outermost_stands() -> None:
    def cheque(kind: str) -> list[list[object]]:
        return [[BOUGHT, row(kind, 20_00, 9, "7")], [row(kind, 30_00, 9, "7")], [row(kind, 25_00, 9, "7")]]

    assert fold(one_sale(*cheque("chargeback"))).position("A1").charged_back == 30_00  # type: ignore[arg-type]
    assert fold(one_sale(*cheque("payment"))).position("A1").net_paid == 20_00  # type: ignore[arg-type]


def test_an_opening_purchase_of_another_amount_is_in_conflict_with_the_row() -> None:
    opening = Opening(as_of=day(10), purchased=True, purchased_amount=90_00)
    book = one_sale([BOUGHT], sale={"opening": opening})
    assert the(book, "conflicting_rows").amounts == (90_00, 100_00)
    fine = Opening(as_of=day(10), purchased=True, purchased_amount=100_00)
    assert fold(one_sale([BOUGHT], sale={"opening": fine})).exceptions == {}


def test_an_opening_comes_before_the_first_batch_of_its_day() -> None:
    load, batch = a_load(), a_batch("B1")
    opened = a_sale(load, id_="Z-opening", opening=Opening(as_of=day(2)))
    assert sorted([a_sale(load, batch, id_="A1"), opened], key=sale_order)[0] is opened
