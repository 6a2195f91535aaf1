"""Which invoice a row means: tiers, vetoes, and why others were not taken."""

from __future__ import annotations

from typing import Any

import pytest
from attrs import evolve

from factoring_core.domain.reconciling.evidence import Evidence
from factoring_core.domain.reconciling.findings import ExceptionType
from factoring_core.domain.reconciling.placing import Placement
from factoring_core.domain.reconciling.world import Book
from factoring_core.domain.vocabulary.load import Load, Opening
from worlds import CUSTOMERS, a_batch, a_book, a_load, a_report, a_sale, day, fold, row, subsidiary

ACME, BOLT = CUSTOMERS["ACME"].name, CUSTOMERS["BOLT"].name


def sold(*loads: Load, rows: list[Evidence]) -> Book:
    """A book in which each load is sold in batch B1 and one report has these rows."""
    batch = a_batch()
    sales = [a_sale(load, batch) for load in loads]
    return a_book(*loads, batches=[batch], sales=sales, reports=[(a_report(), rows)])


def placed(book: Book, invoice: str = "") -> Placement:
    """Where the facts of one invoice key went; of the only one if none is named."""
    found = {key: place for key, place in fold(book).placements["C1"].items() if key[1] == invoice}
    places = set(found.values()) if invoice else set(fold(book).placements["C1"].values())
    (one,) = places
    return one


def paid(invoice: str, **cells: Any) -> Evidence:
    return row("payment", 10_00, 9, "77", invoice=invoice, **cells)


# Tier 1.


def test_the_exact_number_is_taken_whatever_else_looks_alike() -> None:
    book = sold(a_load("L-1", invoice="1001"), a_load("L-2", invoice="INV-1001"), rows=[paid("1001")])
    assert (placed(book).load, placed(book).tier, placed(book).fields) == ("L-1", 1, ("invoice_number",))


def test_twins_with_one_number_are_told_apart_by_amount_then_by_load_or_not_at_all() -> None:
    twins = a_load("L-1", face=100_00), a_load("L-2", face=250_00)
    assert placed(sold(*twins, rows=[paid("1001")])).miss == "ambiguous"
    by_amount = placed(sold(*twins, rows=[paid("1001", invoice_amount=250_00)]))
    assert (by_amount.load, by_amount.tier) == ("L-2", 2)
    same = a_load("L-1"), a_load("L-2")
    assert placed(sold(*same, rows=[paid("1001", invoice_amount=100_00)])).miss == "ambiguous"
    by_load = placed(sold(*same, rows=[paid("1001", load_number="L-2", invoice_amount=100_00)]))
    assert (by_load.load, by_load.tier) == ("L-2", 3)


# Tier 2.


@pytest.mark.parametrize("spelled", ["INV-1001", "inv 1001", "#1001", "01001", "1001.0"])
def test_another_spelling_needs_the_invoice_amount(spelled: str) -> None:
    load = a_load()
    place = placed(sold(load, rows=[paid(spelled, invoice_amount=100_00)]))
    assert (place.tier, place.fields) == (2, ("canonical_number", "invoice_amount"))
    assert placed(sold(load, rows=[paid(spelled, invoice_amount=99_00)])).miss == "unknown_invoice"
    assert placed(sold(load, rows=[paid(spelled)])).miss == "unknown_invoice"


@pytest.mark.parametrize(
    ("cells", "field"),
    [
        ({"debtor_number": "D-7"}, "debtor_number"),
        ({"mc_number": "100200"}, "mc_number"),
        ({"customer": "ACME FOODS"}, "customer"),
    ],
)
def test_where_no_invoice_amount_is_given_an_agreeing_debtor_serves(
    cells: dict[str, str], field: str
) -> None:
    place = placed(sold(a_load(), rows=[paid("INV1001", **cells)]))
    assert (place.tier, place.fields) == (2, ("canonical_number", field))


def test_one_thing_that_agrees_is_enough_until_another_contradicts() -> None:
    for cells in ({"debtor_number": "D-8"}, {"mc_number": "999"}):
        place = placed(sold(a_load(), rows=[paid("INV1001", customer=ACME, **cells)]))  # type: ignore[arg-type]
        assert place.miss == "ambiguous"


def test_two_invoices_of_one_canonical_number_are_told_apart_by_the_amount() -> None:
    loads = a_load("L-1", invoice="INV-1001", face=100_00), a_load("L-2", invoice="01001", face=250_00)
    assert placed(sold(*loads, rows=[paid("1001", invoice_amount=250_00)])).load == "L-2"
    same = a_load("L-1", invoice="INV-1001"), a_load("L-2", invoice="01001")
    assert placed(sold(*same, rows=[paid("1001", invoice_amount=100_00)])).miss == "ambiguous"


def test_two_spellings_of_one_number_both_match() -> None:
    rows = [paid("INV-1001", invoice_amount=100_00), paid("01001", invoice_amount=100_00)]
    world = fold(sold(a_load(), rows=rows))
    assert {place.tier for place in world.placements["C1"].values()} == {2}


# Tier 3.


def test_a_load_or_po_number_needs_the_amount_and_no_other_customer() -> None:
    load = a_load(po_number="PO-9")
    for cells in ({"load_number": "L-1"}, {"po_number": "PO-9"}):
        place = placed(sold(load, rows=[paid("77777", invoice_amount=100_00, **cells)]))  # type: ignore[arg-type]
        assert (place.tier, place.fields) == (3, (*cells, "invoice_amount"))
        assert placed(sold(load, rows=[paid("77777", **cells)])).miss == "unknown_invoice"  # type: ignore[arg-type]
    other = paid("77777", invoice_amount=100_00, load_number="L-1", customer=BOLT)
    assert placed(sold(load, rows=[other])).miss == "unknown_invoice"


def test_two_unknown_numbers_that_name_one_load_are_both_ambiguous() -> None:
    """Defect: uniqueness looked at invoices only, and not at the numbers that claim them."""
    rows = [paid(number, invoice_amount=100_00, load_number="L-1") for number in ("7777", "8888")]
    world = fold(sold(a_load(), rows=rows))
    assert {place.miss for place in world.placements["C1"].values()} == {"ambiguous"}
    (near,) = {place.candidates for place in world.placements["C1"].values()}
    assert [(one.load, one.invoice_number) for one in near] == [("L-1", "1001")]
    assert "several numbers" in near[0].reason


@pytest.mark.parametrize("number", ["1001-CR", "INV-1001R1", "1001 R2", "1001cm", "1001-REV"])
def test_a_credit_or_revision_of_an_invoice_is_not_that_invoice(number: str) -> None:
    """Defect: `1001R1` beside the load and the amount was posted on 1001, which was then paid twice."""
    load = a_load("L-1", po_number="PO-1")
    book = sold(load, rows=[paid(number, load_number="L-1", invoice_amount=100_00)])
    found = placed(book, number)
    assert (found.sale, found.miss) == (None, ExceptionType.UNKNOWN_INVOICE)
    reason = "the load or PO agrees, but the number is that of a credit or revision of it"
    assert [(one.load, one.reason) for one in found.candidates] == [("L-1", reason)]


@pytest.mark.parametrize("number", ["10013", "1001-A", "99CR", "CR"])
def test_only_an_ending_that_marks_one_makes_a_revision(number: str) -> None:
    book = sold(a_load("L-1"), rows=[paid(number, load_number="L-1", invoice_amount=100_00)])
    assert placed(book, number).tier == 3


def test_a_disputed_load_number_is_no_ground_for_a_match() -> None:
    one = paid("7777", invoice_amount=100_00, load_number="L-1")
    two = paid("7777", invoice_amount=100_00, load_number="L-2")
    place = placed(sold(a_load(), rows=[one, two]), "7777")
    assert place.miss == "unknown_invoice"


def test_a_load_of_which_copies_name_two_customers_is_no_ground_for_a_match() -> None:
    copies = [paid("7777", invoice_amount=100_00, load_number="L-1", customer=name) for name in (ACME, BOLT)]
    assert placed(sold(a_load(), rows=copies), "7777").miss == "unknown_invoice"


def test_a_row_that_names_a_load_only_is_looked_up_by_it() -> None:
    told = paid("load:L-1", load_number="L-1", invoice_amount=100_00)
    assert placed(sold(a_load(), rows=[told])).tier == 3


@pytest.mark.parametrize("number", ["PO:1001", "LOAD:1001", "PO:1O01", "LOAD:1O01"])
def test_a_row_that_names_no_invoice_is_compared_with_no_invoice_number(number: str) -> None:
    kind = number.partition(":")[0].lower()
    told = paid(f"{kind}:1001", invoice_amount=100_00)
    place = placed(sold(a_load(invoice=number, customer="BOLT"), rows=[told]))
    assert place.miss == "unknown_invoice"
    assert not [one for one in place.candidates if "almost" in one.reason]


# Tier 4 and candidates.


def test_an_unknown_number_lists_who_came_close_and_why_not() -> None:
    loads = a_load("L-1"), a_load("L-2", invoice="2002", face=77_00), a_load("L-3", invoice="3003")
    told = paid("01001", invoice_amount=77_00, customer=ACME, po_number="L-3")
    place = placed(sold(*loads, rows=[told]))
    assert place.miss == "unknown_invoice"
    assert {candidate.load: candidate.reason for candidate in place.candidates} == {
        "L-1": "the number is spelled otherwise and nothing else agrees",
        "L-2": "amount and debtor agree, the number does not",
        "L-3": "the load or PO agrees, the amount or customer does not",
    }
    assert place.candidates[0].load == "L-1"


@pytest.mark.parametrize("said", ["1O01", "1010", "10011", "100l", "INV-1O01"])
def test_a_number_with_one_wrong_sign_is_shown_and_never_taken(said: str) -> None:
    place = placed(sold(a_load(), a_load("L-2", invoice="2002"), rows=[paid(said, invoice_amount=100_00)]))
    assert (place.miss, place.sale) == ("unknown_invoice", None)
    reason = "the number is almost the same, and almost is not enough"
    assert [(one.load, one.invoice_number, one.reason) for one in place.candidates] == [
        ("L-1", "1001", reason)
    ]


def test_every_invoice_of_the_load_or_po_that_a_row_names_is_shown() -> None:
    loads = [a_load(f"L-{n}", invoice=f"100{n}", po_number="PO-9", customer="BOLT") for n in (1, 2, 3)]
    place = placed(sold(*loads, rows=[paid("77777", po_number="PO-9", invoice_amount=99_00)]))
    assert [one.load for one in place.candidates] == ["L-1", "L-2", "L-3"]


def test_a_letter_that_looks_like_another_is_named_by_its_code_point() -> None:
    place = placed(sold(a_load(invoice="A1001"), rows=[paid("\u04101001")]))
    assert place.miss == "unknown_invoice"
    assert place.candidates[0].reason.endswith("; it holds U+0410")


def test_short_numbers_and_large_books_are_not_searched_for_near_ones(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert placed(sold(a_load(invoice="101"), rows=[paid("102")])).candidates == ()
    monkeypatch.setattr("factoring_core.domain.reconciling.matching.NEAR", 1)
    book = sold(a_load(), a_load("L-2", invoice="2002"), rows=[paid("1O01")])
    assert placed(book).candidates == ()


def test_likeness_orders_candidates_and_never_decides() -> None:
    def likeness(one: str, other: str) -> float:
        return 0.5

    loads = a_load("L-1"), a_load("L-2", invoice="1002"), a_load("L-3", invoice="9001")
    book = sold(*loads, rows=[paid("1001"), paid("1003")])
    usual, other = fold(book), fold(evolve(book, likeness=likeness))
    assert usual.standings == other.standings
    assert [one.sale for one in usual.placements["C1"].values()] == [
        one.sale for one in other.placements["C1"].values()
    ]
    near = [one.load for one in placed(evolve(book, likeness=likeness), "1003").candidates]
    assert near == ["L-1", "L-2"]


def test_a_row_without_any_number_is_unknown() -> None:
    assert placed(sold(a_load(), rows=[paid("")])).miss == "unknown_invoice"


# Vetoes.


@pytest.mark.parametrize(
    "cells",
    [
        {"debtor_number": "D-8"},
        {"mc_number": "MC-999"},
        {"invoice_amount": 90_00, "customer": BOLT},
        {"invoice_amount": 90_00, "load_number": "L-7"},
        {"invoice_amount": 90_00, "po_number": "PO-7"},
    ],
)
def test_a_contradiction_vetoes_even_the_exact_number(cells: dict[str, Any]) -> None:
    place = placed(sold(a_load(po_number="PO-1"), rows=[paid("1001", **cells)]))
    assert place.miss == "ambiguous"
    assert place.candidates[0].load == "L-1"


@pytest.mark.parametrize(
    "cells",
    [
        {"invoice_amount": 90_00},
        {"invoice_amount": 90_00, "customer": "acme foods", "load_number": "L-1", "po_number": "PO-1"},
        {"debtor_number": "0D-7", "mc_number": "MC100200"},
        {"customer": BOLT},
        {"load_number": "L-7"},
    ],
)
def test_one_difference_alone_does_not_veto(cells: dict[str, Any]) -> None:
    assert placed(sold(a_load(po_number="PO-1"), rows=[paid("1001", **cells)])).tier == 1


def test_a_docket_that_is_no_number_neither_contradicts_nor_agrees() -> None:
    """Defect: "N/A" was another MC number than ours, and the same as a blank one."""
    assert placed(sold(a_load(), rows=[paid("1001", mc_number="N/A")])).tier == 1
    assert placed(sold(a_load(), rows=[paid("INV1001", mc_number="N/A")])).miss == "unknown_invoice"
    batch, load = a_batch(), a_load()
    sale = a_sale(load, batch, customer_mc_number="N/A")
    rows = [paid("INV1001", mc_number="n/a"), paid("1001", mc_number="123")]
    world = fold(a_book(load, batches=[batch], sales=[sale], reports=[(a_report(), rows)]))
    assert {key[1]: place.tier for key, place in world.placements["C1"].items()} == {"INV1001": 0, "1001": 1}


def test_an_open_sibling_with_exactly_that_amount_vetoes_until_it_is_paid() -> None:
    loads = a_load("L-1", invoice="1001", face=100_00), a_load("L-2", invoice="1002", face=90_00)
    doubtful = paid("1001", invoice_amount=90_00)
    assert placed(sold(*loads, rows=[doubtful]), "1001").miss == "ambiguous"
    for cells in ({"customer": ACME}, {"debtor_number": "D-7"}):
        row_ = paid("1001", invoice_amount=90_00, **cells)
        assert placed(sold(*loads, rows=[row_]), "1001").miss == "ambiguous"
    covered = [doubtful, row("payment", 90_00, 5, "X", invoice="1002")]
    assert placed(sold(*loads, rows=covered), "1001").tier == 1
    by_load = [doubtful, row("payment", 90_00, 5, "X", invoice="7", load_number="L-2", invoice_amount=90_00)]
    assert placed(sold(*loads, rows=by_load), "1001").tier == 1
    bounced = [*covered, row("payment_reversal", 90_00, 6, "X", invoice="1002")]
    assert placed(sold(*loads, rows=bounced), "1001").miss == "ambiguous"


def test_a_purchase_is_vetoed_by_a_sibling_that_was_never_bought_though_it_is_paid() -> None:
    """Defect: a purchase with swapped digits was posted on its neighbour once its own invoice was paid."""
    meant, neighbour = a_load("L-1", invoice="1021"), a_load("L-2", invoice="1012", face=250_00)
    swapped = row("purchase", 100_00, 3, invoice="1012", invoice_amount=100_00)
    full = row("payment", 100_00, 9, "7", invoice="1021")
    found = fold(sold(meant, neighbour, rows=[swapped, full]))
    assert found.placements["C1"][swapped.key].miss is ExceptionType.AMBIGUOUS
    own = row("purchase", 100_00, 4, invoice="1021")
    found = fold(sold(meant, neighbour, rows=[swapped, full, own]))
    assert found.placements["C1"][swapped.key].load == "L-2"


@pytest.mark.parametrize("open_", [True, False])
def test_a_sibling_is_paid_when_the_last_cent_of_its_face_is(open_: bool) -> None:
    """What came before an import counts as well, and by sale of the invoice."""
    doubted, sibling = a_load("L-1", invoice="1001"), a_load("L-2", invoice="1002", face=90_00)
    told = paid("1001", invoice_amount=90_00)
    left = 1 if open_ else 0
    rows = [row("payment", 90_00 - left, 5, "X", invoice="1002")]
    assert placed(sold(doubted, sibling, rows=[told, *rows]), "1001").miss == ("ambiguous" if open_ else None)
    batch = a_batch()
    for before in (0, 40_00, 90_00 - left):
        opening = Opening(as_of=day(4), purchased=True, paid=before)
        sales = [a_sale(doubted, batch), a_sale(sibling, opening=opening)]
        rows = [row("payment", 90_00 - left - before, 5, "X", invoice="1002")]
        book = a_book(doubted, sibling, batches=[batch], sales=sales, reports=[(a_report(), [told, *rows])])
        assert placed(book, "1001").miss == ("ambiguous" if open_ else None)


def test_two_purchases_that_changed_places_do_not_vouch_for_each_other() -> None:
    one, other = a_load("L-1", invoice="1021"), a_load("L-2", invoice="1012", face=250_00)
    swapped = [
        row("purchase", 100_00, 3, invoice="1012", invoice_amount=100_00),
        row("purchase", 250_00, 3, invoice="1021", invoice_amount=250_00),
    ]
    found = fold(sold(one, other, rows=swapped)).placements["C1"]
    assert [found[told.key].miss for told in swapped] == [ExceptionType.AMBIGUOUS] * 2


def test_of_several_open_siblings_the_reason_names_the_same_one_in_any_order() -> None:
    """Defect: the reason of a veto named whichever sibling had come first."""
    loads = [a_load(f"L-{n}", invoice=f"100{n}", face=100_00 if n == 1 else 90_00) for n in (1, 2, 3)]
    reasons = {
        placed(sold(*order, rows=[paid("1001", invoice_amount=90_00)])).candidates[0].reason
        for order in (loads, loads[::-1])
    }
    assert reasons == {"another open invoice, 1002, has exactly that amount with that debtor"}


def test_the_same_number_spelled_otherwise_with_exactly_that_amount_vetoes() -> None:
    """Defect: `20468` for INV-020468 was posted on last year's 20468, whose amount was another."""
    last_year = a_load("L-1", invoice="20468", face=250_00, customer="BOLT")
    meant = a_load("L-2", invoice="INV-020468", face=100_00)
    found = placed(sold(last_year, meant, rows=[paid("20468", invoice_amount=100_00)]), "20468")
    assert found.miss is ExceptionType.AMBIGUOUS
    assert found.candidates[0].reason.startswith("INV-020468, the same number spelled otherwise")
    for cells in ({}, {"invoice_amount": 250_00}, {"invoice_amount": 180_00}):
        assert placed(sold(last_year, meant, rows=[paid("20468", **cells)]), "20468").load == "L-1"


def test_a_sibling_of_another_debtor_does_not_veto() -> None:
    loads = a_load("L-1", face=100_00), a_load("L-2", invoice="1002", face=90_00, customer="BOLT")
    assert placed(sold(*loads, rows=[paid("1001", invoice_amount=90_00)]), "1001").tier == 1


def test_prefixes_are_the_subsidiarys() -> None:
    batch, load = a_batch(), a_load(invoice="SH-5")
    sale = a_sale(load, batch, canonical_number="5")
    rows = [paid("5", invoice_amount=100_00)]
    book = a_book(
        load,
        batches=[batch],
        sales=[sale],
        reports=[(a_report(), rows)],
        sub=subsidiary(invoice_prefixes=("SH",)),
    )
    assert placed(book).tier == 2
