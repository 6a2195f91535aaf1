"""What almost matches and is not taken: what is told apart, and what is shown with which reason."""

from __future__ import annotations

from typing import Any

import pytest

from factoring_core.domain.reconciling.evidence import Evidence
from factoring_core.domain.reconciling.matching import by_blocks
from factoring_core.domain.reconciling.placing import Placement
from factoring_core.domain.vocabulary.load import Load
from worlds import CUSTOMERS, a_batch, a_book, a_load, a_report, a_sale, fold, row

BOLT = CUSTOMERS["BOLT"].name
BLANK = "\N{NO-BREAK SPACE}"


def placed(*loads: Load, rows: list[Evidence]) -> Placement:
    """Where the rows of one report went, all to one place; each load is sold."""
    batch = a_batch()
    sales = [a_sale(load, batch) for load in loads]
    book = a_book(*loads, batches=[batch], sales=sales, reports=[(a_report(), rows)])
    (place,) = set(fold(book).placements["C1"].values())
    return place


def paid(invoice: str, **cells: Any) -> Evidence:
    return row("payment", 10_00, 9, "77", invoice=invoice, **cells)


def shown(place: Placement) -> list[tuple[str, str]]:
    return [(one.load, one.reason) for one in place.candidates]


# By load and PO.


def test_two_invoices_of_one_po_and_one_amount_are_not_told_apart() -> None:
    loads = [a_load(f"L-{n}", invoice=f"100{n}", po_number="PO-9") for n in (1, 2)]
    place = placed(*loads, rows=[paid("77777", po_number="PO-9", invoice_amount=100_00)])
    assert place.miss == "ambiguous"
    assert shown(place) == [("L-1", "one of 2 that fit equally"), ("L-2", "one of 2 that fit equally")]


def test_a_po_of_several_invoices_is_taken_for_the_one_that_the_row_does_not_revise() -> None:
    loads = [a_load(f"L-{n}", invoice=f"100{n}", po_number="PO-9") for n in (1, 2)]
    place = placed(*loads, rows=[paid("1001CR", po_number="PO-9", invoice_amount=100_00)])
    assert (place.load, place.tier, place.fields) == ("L-2", 3, ("po_number", "invoice_amount"))


@pytest.mark.parametrize(("disputed", "agreed"), [("load_number", "po_number"), ("po_number", "load_number")])
def test_copies_that_disagree_on_one_paper_are_no_ground_for_a_match_by_the_other(
    disputed: str, agreed: str
) -> None:
    load = a_load(po_number="PO-9")
    name = {"po_number": "PO-9", "load_number": "L-1"}[agreed]
    copies = [
        paid("77777", invoice_amount=100_00, **{disputed: text, agreed: name}) for text in ("X-1", "X-2")
    ]
    assert placed(load, rows=copies[:1]).tier == 3
    assert placed(load, rows=copies).miss == "unknown_invoice"


def test_a_load_or_po_of_blanks_alone_is_none() -> None:
    """Defect: a cell with nothing but a no-break space named every load whose PO held nothing else."""
    load = a_load(po_number=BLANK)
    for name in ("load_number", "po_number"):
        told = paid("77777", invoice_amount=100_00, **{name: BLANK})
        assert placed(load, rows=[told]).miss == "unknown_invoice"
        other = paid("1001", invoice_amount=90_00, **{name: BLANK})
        assert placed(a_load(po_number="PO-1"), rows=[other]).load == "L-1"


# Why one that was found is not taken.


@pytest.mark.parametrize(
    ("cells", "reason"),
    [
        ({"debtor_number": "D-8"}, "the debtor number is another"),
        ({"mc_number": "MC-999"}, "the MC number is another"),
        ({"invoice_amount": 90_00, "customer": BOLT}, "the invoice amount and the customer are others"),
        ({"invoice_amount": 90_00, "load_number": "L-7"}, "the invoice amount and the load or PO are others"),
        ({"invoice_amount": 90_00, "po_number": "PO-7"}, "the invoice amount and the load or PO are others"),
    ],
)
def test_a_veto_says_what_contradicts(cells: dict[str, Any], reason: str) -> None:
    place = placed(a_load(po_number="PO-1"), rows=[paid("1001", **cells)])
    assert shown(place) == [("L-1", reason)]


def test_twins_that_a_row_does_not_tell_apart_are_shown_both() -> None:
    twins = a_load("L-1", face=100_00), a_load("L-2", face=250_00)
    reason = "one of 2 that fit equally"
    assert shown(placed(*twins, rows=[paid("1001")])) == [("L-1", reason), ("L-2", reason)]


# What else came close.


def test_all_that_agree_in_amount_and_debtor_are_shown_and_five_at_most() -> None:
    def book(count: int) -> list[Load]:
        return [a_load(f"L-{n}", invoice=f"{n}00{n}") for n in range(1, count + 1)]

    told = paid("77777", invoice_amount=100_00, debtor_number="D-7")
    reason = "amount and debtor agree, the number does not"
    assert shown(placed(*book(3), rows=[told])) == [(f"L-{n}", reason) for n in (1, 2, 3)]
    assert len(placed(*book(7), rows=[told]).candidates) == 5


@pytest.mark.parametrize("said", ["12435", "1234", "2345", "1245", "123945", "912345", "123459", "12395"])
def test_a_number_of_which_one_sign_is_off_anywhere_is_shown(said: str) -> None:
    place = placed(a_load(invoice="12345"), a_load("L-2", invoice="88888"), rows=[paid(said)])
    assert [one.load for one in place.candidates] == ["L-1"]


@pytest.mark.parametrize("said", ["12354321", "123", "1245678"])
def test_a_number_of_which_more_is_off_is_not(said: str) -> None:
    assert placed(a_load(invoice="12345"), rows=[paid(said)]).candidates == ()


@pytest.mark.parametrize(("length", "near"), [(4, True), (3, False), (32, True), (33, False)])
def test_numbers_of_four_to_32_signs_are_looked_for_with_one_sign_off(length: int, near: bool) -> None:
    number, said = "9" * length, "9" * (length - 1) + "8"
    assert bool(placed(a_load(invoice=number), rows=[paid(said)]).candidates) is near


def test_every_letter_that_looks_like_another_is_named_by_its_code_point() -> None:
    place = placed(a_load(invoice="ABC100"), rows=[paid("\u0410B\u0421100")])
    assert shown(place) == []
    place = placed(a_load(invoice="\u0410B\u0421100"), rows=[paid("\u0410B\u0421101")])
    assert place.candidates[0].reason.endswith("; it holds U+0410, U+0421")


def test_likeness_looks_at_both_numbers_and_not_at_case() -> None:
    assert by_blocks("INV-1001", "inv-1001") == by_blocks("inv-1001", "INV-1001") == 1.0
    assert by_blocks("1001", "2002") < by_blocks("1001", "1002") == 0.75
    assert by_blocks("1001", "7") == 0.0
