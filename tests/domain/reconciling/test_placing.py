"""Rows that no sale of the connection takes, and what a person says about them."""

from __future__ import annotations

from typing import Any

import pytest
from attrs import evolve

from factoring_core.domain.reconciling.evidence import Evidence
from factoring_core.domain.reconciling.world import Book
from factoring_core.domain.selling.batch import BatchState
from factoring_core.domain.vocabulary.load import Load, Opening
from worlds import (
    a_batch,
    a_book,
    a_load,
    a_report,
    a_sale,
    day,
    deciding,
    decision,
    fold,
    one_sale,
    row,
)


def raised(book: Book) -> set[tuple[str, str | None, int]]:
    return {(item.type.value, item.load, item.amount_at_risk) for item in fold(book).exceptions.values()}


def told(load: Load, *, book: Book | None = None, **cells: Any) -> Book:
    """A book in which a report of C1 pays what is not C1's: the load stands beside a sold one."""
    base = one_sale([row("purchase", 100_00, 3)], [row("payment", 40_00, 9, "77", invoice="2002", **cells)])
    return evolve(book or base, loads={**base.loads, load.number: load})


def test_a_row_about_a_direct_load_is_non_factored_and_only_waits() -> None:
    book = told(a_load("L-2", invoice="2002", direct=True))
    assert raised(book) == {("non_factored", None, 40_00)}
    (item,) = fold(book).exceptions.values()
    assert item.severity.value == "waiting"
    sent = told(a_load("L-2", invoice="2002", sent_direct_on=day(3)))
    assert ("non_factored", None, 40_00) in raised(sent)


def test_a_row_about_a_queued_load_is_never_submitted() -> None:
    assert raised(told(a_load("L-2", invoice="2002"))) == {("never_submitted", "L-2", 40_00)}


def test_a_row_about_a_released_load_is_never_submitted() -> None:
    """Defect: loads without an invoice were not looked at."""
    load = a_load("L-2", invoice=None, planned_invoice_number="2002")
    assert raised(told(load)) == {("never_submitted", "L-2", 40_00)}
    unnumbered = a_load("L-2", invoice=None)
    by_load = told(unnumbered, load_number="L-2", invoice_amount=100_00)
    assert raised(by_load) == {("never_submitted", "L-2", 40_00)}
    unknown_amount = evolve(unnumbered, amount=None)
    assert raised(told(unknown_amount, load_number="L-2", invoice_amount=100_00)) == {
        ("unknown_invoice", None, 40_00)
    }


@pytest.mark.parametrize(
    "cells",
    [
        {"invoice": "2002"},
        {"invoice": "INV-2002", "customer": "Bolt Logistics"},
        {"invoice": "INV-2002", "mc_number": "300400"},
        {"invoice": "INV-2002", "invoice_amount": 70_00},
        {"invoice": "9", "po_number": "PO-2", "invoice_amount": 70_00},
        {"invoice": "9", "load_number": "REF-2", "invoice_amount": 70_00},
    ],
)
def test_what_is_not_the_connections_is_known_by_all_that_its_sales_are_known_by(
    cells: dict[str, Any],
) -> None:
    load = a_load("L-2", invoice="2002", face=70_00, customer="BOLT", po_number="PO-2", amount=90_00)
    load = evolve(load, reference_number="REF-2")
    base = one_sale([row("purchase", 100_00, 3)], [row("payment", 40_00, 9, "77", **cells)])
    book = evolve(base, loads={**base.loads, load.number: load})
    assert raised(book) == {("never_submitted", "L-2", 40_00)}
    world = fold(book)
    (place,) = [one for key, one in world.placements["C1"].items() if key[1] == cells["invoice"]]
    assert (place.load, place.invoice_number, place.sale) == ("L-2", "2002", None)
    assert (place.tier, len(place.fields)) == ((1, 1) if cells["invoice"] == "2002" else (place.tier, 2))


def test_a_load_of_a_customer_nobody_described_is_known_by_its_prefixed_number_all_the_same() -> None:
    load = a_load("L-2", invoice="INV-2002", customer="ZED")
    assert raised(told(load, customer="Zed")) == {("never_submitted", "L-2", 40_00)}
    assert raised(told(load, customer="Acme Foods")) == {("unknown_invoice", None, 40_00)}


def test_a_load_number_in_dispute_names_no_load_that_was_not_sold_either() -> None:
    load = a_load("L-2", invoice="2002")
    rows = [row("payment", 40_00, 9, "77", invoice="9", load_number=name) for name in ("L-2", "L-3")]
    book = one_sale([one._replace(attributes=one.attributes._replace(invoice_amount=100_00)) for one in rows])
    book = evolve(book, loads={**book.loads, "L-2": load})
    assert ("unknown_invoice", None, 40_00) in raised(book)


def test_a_load_without_any_number_is_meant_by_none() -> None:
    book = told(evolve(a_load("L-2", invoice=None), planned_invoice_number=None))
    assert raised(book) == {("unknown_invoice", None, 40_00)}
    assert {one.miss for one in fold(book).placements["C1"].values()} == {None, "unknown_invoice"}


def test_a_load_in_a_sealed_batch_whose_bytes_never_left_is_never_submitted() -> None:
    sealed = a_batch("B2", state=BatchState.SEALED)
    load = a_load("L-2", invoice="2002")
    base = told(load)
    book = evolve(
        base, batches={**base.batches, "B2": sealed}, assignments=(*base.assignments, a_sale(load, sealed))
    )
    assert raised(book) == {("never_submitted", "L-2", 40_00)}


def elsewhere(load: Load, sale_of: Load | None = None, **batch: Any) -> Book:
    other = a_batch("X1", connection="C2", **batch)
    base = told(load)
    sale = a_sale(sale_of or load, other)
    return evolve(base, batches={**base.batches, "X1": other}, assignments=(*base.assignments, sale))


def test_a_row_about_an_invoice_of_another_connection_is_other_provider() -> None:
    assert raised(elsewhere(a_load("L-2", invoice="2002"))) == {("other_provider", "L-2", 40_00)}
    unsent = elsewhere(a_load("L-2", invoice="2002"), state=BatchState.SEALED)
    assert raised(unsent) == {("never_submitted", "L-2", 40_00)}


def test_an_opening_of_another_connection_is_other_provider() -> None:
    load = a_load("L-2", invoice="2002")
    base = told(load)
    sale = a_sale(load, connection="C2", opening=Opening(as_of=day(4), purchased=True))
    book = evolve(base, assignments=(*base.assignments, sale))
    assert ("other_provider", "L-2", 40_00) in raised(book)


def test_an_invoice_sold_elsewhere_under_a_number_the_load_no_longer_has_is_other_provider() -> None:
    old = a_load("L-2", invoice="2002")
    assert raised(elsewhere(a_load("L-2", invoice="2003"), old)) == {("other_provider", "L-2", 40_00)}
    assert raised(elsewhere(a_load("L-2", invoice=None), old)) == {("other_provider", "L-2", 40_00)}
    gone = elsewhere(old)
    gone = evolve(gone, loads={"L-1": gone.loads["L-1"]}, assignments=gone.assignments)
    placed = fold(gone).placements["C1"].values()
    assert {place.miss for place in placed} == {None, "other_provider"}


def test_a_direct_load_that_was_sold_elsewhere_before_is_non_factored() -> None:
    """Defect: a sale through another connection came before the route."""
    book = elsewhere(a_load("L-2", invoice="2002", sent_direct_on=day(12)))
    assert ("non_factored", None, 40_00) in raised(book)


def test_a_revised_invoice_that_was_not_sold_yet_is_never_submitted() -> None:
    """Defect: a load of which an older invoice was sold here was not looked at again."""
    base = one_sale([row("payment", 40_00, 9, "77", invoice="1001-A")])
    book = evolve(base, loads={"L-1": a_load(invoice="1001-A")})
    assert raised(book) == {("never_submitted", "L-1", 40_00)}


def test_what_no_tier_of_the_connection_can_answer_is_not_looked_for_elsewhere() -> None:
    base = told(a_load("L-2", invoice="2002"))
    twin = a_load("L-3", invoice="2002")
    twins = evolve(base, loads={**base.loads, "L-3": twin})
    assert raised(twins) == {("ambiguous", None, 40_00)}


# What a person says.


def test_a_person_assigns_a_row_to_a_sale() -> None:
    book = one_sale([row("purchase", 100_00, 3)], [row("payment", 100_00, 9, invoice="9999")])
    assert raised(book) == {("unknown_invoice", None, 100_00)}
    assigned = deciding(book, decision("invoice:9999", "assign", load="L-1", assignment="A1"))
    assert raised(assigned) == set()
    assert fold(assigned).standings["L-1"].status.value == "completed"


def test_an_assignment_to_a_load_leaves_the_sale_to_the_dates() -> None:
    """Defect: a decision that named a load and no sale was not followed."""
    book = one_sale([row("purchase", 100_00, 3)], [row("payment", 100_00, 9, invoice="9999")])
    assigned = deciding(book, decision("invoice:9999", "assign", load="L-1"))
    assert (raised(assigned), fold(assigned).position("A1").net_paid) == (set(), 100_00)


@pytest.mark.parametrize("more", [{"assignment": "gone", "load": "L-1"}, {"load": "L-9"}])
def test_an_assignment_to_what_is_not_there_leaves_the_row_unknown(more: dict[str, str]) -> None:
    book = one_sale([row("payment", 100_00, 9, invoice="9999")])
    assigned = deciding(book, decision("invoice:9999", "assign", **more))
    assert raised(assigned) == {("unknown_invoice", more["load"], 100_00)}


def test_a_person_may_say_that_a_number_is_not_factored() -> None:
    book = one_sale([row("payment", 100_00, 9)])
    said = deciding(book, decision("invoice:1001", "non_factored"))
    assert raised(said) == {("non_factored", None, 100_00)}


def test_a_decision_for_another_connection_is_not_followed() -> None:
    """Defect: the last decision on a number hid an earlier one for this connection."""
    book = one_sale([row("payment", 100_00, 9, invoice="9999")])
    here = decision("invoice:9999", "assign", load="L-1", assignment="A1")
    there = decision("invoice:9999", "non_factored", connection="C2")
    assert fold(deciding(book, here, there)).position("A1").net_paid == 100_00
    assert raised(deciding(book, there)) == {("unknown_invoice", None, 100_00)}


def test_what_a_person_assigned_or_an_opening_paid_covers_a_sibling() -> None:
    """Defect: an invoice paid by opening still counted as open, and vetoed its sibling's rows."""
    one, two = a_load("L-1", face=100_00), a_load("L-2", invoice="1002", face=90_00)
    batch = a_batch()
    doubtful = row("payment", 10_00, 9, "77", invoice_amount=90_00)
    opening = a_sale(two, opening=Opening(as_of=day(4), purchased=True, settled=True))
    book = a_book(
        one, two, batches=[batch], sales=[a_sale(one, batch), opening], reports=[(a_report(), [doubtful])]
    )
    assert fold(book).position("L-1@B1").net_paid == 10_00
    other = row("payment", 90_00, 9, "78", invoice="9999")
    lost = row("payment", 1_00, 9, "79", invoice="8888")
    assigned = a_book(
        one,
        two,
        batches=[batch],
        sales=[a_sale(one, batch), a_sale(two, batch)],
        reports=[(a_report(), [doubtful, other, lost])],
        decisions=[decision("invoice:9999", "assign", load="L-2", assignment="L-2@B1")],
    )
    assert fold(assigned).position("L-1@B1").net_paid == 10_00


# Rows in doubt beside each other.


def sold(*loads: Load, rows: list[Evidence], **more: Any) -> Book:
    batch = a_batch()
    sales = [a_sale(load, batch) for load in loads]
    return a_book(*loads, batches=[batch], sales=sales, reports=[(a_report(), rows)], **more)


def loads_of(book: Book) -> dict[str, str | None]:
    """Return the load that each invoice key was placed on."""
    world = fold(book)
    ids = {sale.id: sale.load for sale in book.assignments}
    return {key[1]: ids.get(one.sale or "") for key, one in world.placements["C1"].items()}


DOUBTED = row("payment", 10_00, 9, "77", invoice_amount=90_00)
PAIR = a_load("L-1", face=100_00), a_load("L-2", invoice="1002", face=90_00)


def is_taken(*others: Evidence) -> bool:
    """Say whether a row for 1001 that states the amount of 1002 is placed, given rows about 1002."""
    return loads_of(sold(*PAIR, rows=[DOUBTED, *others]))["1001"] == "L-1"


def of_sibling(kind: str, cents: int, reference: str = "X") -> Evidence:
    return row(kind, cents, 5, reference, invoice="1002")


def test_only_what_was_paid_makes_a_sibling_paid() -> None:
    paid = of_sibling("payment", 90_00)
    assert is_taken(paid)
    for kind in ("fee", "rebate", "reserve_held", "chargeback", "adjustment"):
        assert not is_taken(of_sibling(kind, 90_00))
    assert is_taken(paid, of_sibling("fee", 1_00))


def test_what_bounced_is_taken_from_what_a_sibling_was_paid_and_once() -> None:
    paid, bounced = of_sibling("payment", 90_00), of_sibling("payment_reversal", 40_00)
    assert not is_taken(paid, bounced)
    assert not is_taken(paid, bounced, of_sibling("payment", 39_99, "Y"))
    assert is_taken(paid, bounced, of_sibling("payment", 40_00, "Y"))


def test_two_payments_that_changed_places_do_not_vouch_for_each_other() -> None:
    other = row("payment", 100_00, 9, "78", invoice="1002", invoice_amount=100_00)
    swapped = [DOUBTED._replace(amount=100_00), other]
    assert set(loads_of(sold(*PAIR, rows=swapped)).values()) == {None}


def test_what_two_imports_told_of_a_sibling_is_added() -> None:
    doubted, sibling = PAIR
    batch = a_batch()
    openings = [
        a_sale(sibling, id_=f"O{cents}", opening=Opening(as_of=day(4), purchased=True, paid=cents))
        for cents in (50_00, 40_00)
    ]
    book = a_book(
        *PAIR,
        batches=[batch],
        sales=[a_sale(doubted, batch), *openings],
        reports=[(a_report(), [DOUBTED])],
    )
    assert loads_of(book)["1001"] == "L-1"
    assert loads_of(evolve(book, assignments=book.assignments[:2]))["1001"] is None


def test_a_sibling_that_was_bought_is_known_whatever_else_was_bought_after_it() -> None:
    swapped = row("purchase", 90_00, 3, invoice_amount=90_00)
    rows = [row("purchase", 90_00, 4, invoice="1002"), row("purchase", 10_00, 5, invoice="1003")]
    third = a_load("L-3", invoice="1003", face=10_00)
    assert loads_of(sold(*PAIR, third, rows=[swapped, *rows]))["1001"] == "L-1"
    assert loads_of(sold(*PAIR, third, rows=[swapped, *rows[1:]]))["1001"] is None


# By load, and what is shown.


def test_unknown_numbers_that_name_a_load_each_are_taken_for_theirs() -> None:
    rows = [
        row("payment", 10_00, 9, invoice=number, load_number=load, invoice_amount=cents)
        for number, load, cents in (("7777", "L-1", 100_00), ("8888", "L-2", 90_00))
    ]
    assert loads_of(sold(*PAIR, rows=rows)) == {"7777": "L-1", "8888": "L-2"}


def test_several_numbers_for_one_load_are_refused_with_a_reason() -> None:
    rows = [
        row("payment", 10_00, 9, invoice=number, load_number="L-1", invoice_amount=100_00)
        for number in ("7777", "8888")
    ]
    for one in fold(sold(*PAIR, rows=rows)).placements["C1"].values():
        (candidate,) = one.candidates
        assert candidate.reason == "several numbers that we do not know name its load or PO"


def test_copies_that_disagree_on_the_load_name_no_load_that_was_not_sold_by_its_po() -> None:
    load = a_load("L-2", invoice="2002", po_number="PO-2")

    def raised_by(*names: str) -> set[str]:
        cells = {"po_number": "PO-2", "invoice_amount": 100_00}
        rows = [row("payment", 40_00, 9, "77", invoice="9", load_number=name, **cells) for name in names]
        book = one_sale(rows)
        return {kind for kind, _, _ in raised(evolve(book, loads={**book.loads, "L-2": load}))}

    assert raised_by("X-1") == {"never_submitted"}
    assert raised_by("X-1", "X-2") == {"unknown_invoice", "conflicting_rows"}


def test_invoices_that_were_not_sold_here_are_shown_where_no_sale_came_close() -> None:
    base = one_sale([row("payment", 40_00, 9, "77", invoice="20O2")])
    book = evolve(base, loads={**base.loads, "L-2": a_load("L-2", invoice="2002")})
    (place,) = fold(book).placements["C1"].values()
    assert (place.miss, [one.load for one in place.candidates]) == ("unknown_invoice", ["L-2"])


def test_candidates_come_in_the_order_that_the_host_gives_them() -> None:
    rows = [row("payment", 10_00, 9, invoice="1003")]
    for first, then in (("1001", "1002"), ("1002", "1001")):

        def likeness(key: str, number: str, first: str = first) -> float:
            return 1.0 if number == first else 0.0

        (place,) = fold(evolve(sold(*PAIR, rows=rows), likeness=likeness)).placements["C1"].values()
        assert [one.invoice_number for one in place.candidates] == [first, then]


# Decisions on numbers.


def test_of_two_decisions_on_one_number_the_later_one_holds() -> None:
    book = one_sale([row("payment", 100_00, 9, invoice="9999")])
    here = decision("invoice:9999", "assign", load="L-1", assignment="A1")
    not_ours = decision("invoice:9999", "non_factored")
    assert fold(deciding(book, not_ours, here)).position("A1").net_paid == 100_00
    assert raised(deciding(book, here, not_ours)) == {("non_factored", None, 100_00)}


def test_a_load_that_was_sold_under_two_numbers_takes_what_is_assigned_to_it_on_the_last() -> None:
    old, new = a_load(), a_load(invoice="1001-A")
    batches = [a_batch("B1"), a_batch("B2", sealed_on=day(8))]
    sales = [a_sale(old, batches[0], id_="A2"), a_sale(new, batches[1], id_="A1")]
    rows = [row("payment", 100_00, 9, invoice="9999")]
    made = decision("invoice:9999", "assign", load="L-1")
    for order in (sales, sales[::-1]):
        book = a_book(new, batches=batches, sales=order, reports=[(a_report(), rows)], decisions=[made])
        assert fold(book).position("A1").net_paid == 100_00
