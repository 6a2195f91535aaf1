"""Which sale of an invoice a row belongs to, where it was sold more than once."""

from __future__ import annotations

from typing import Any

import pytest
from attrs import evolve

from factoring_core.domain.reconciling.evidence import Evidence, key_text
from factoring_core.domain.reconciling.world import Book
from factoring_core.domain.vocabulary.load import Opening
from worlds import a_batch, a_book, a_load, a_report, a_sale, day, decision, fold, row


def twice(*rows: Evidence, word: str = "resell", **second: Any) -> Book:
    """Invoice 1001 sold on the second day, taken back, and sold again on the tenth."""
    load = a_load()
    first = a_batch("B1", sealed_on=day(2))
    again = a_batch("B2", **{"sealed_on": day(10), **second})
    return a_book(
        load,
        batches=[first, again],
        sales=[a_sale(load, first, id_="A1"), a_sale(load, again, id_="A2")],
        reports=[(a_report(), rows)],
        decisions=[decision("assignment:A1", word)],
    )


def sale_of(book: Book, which: Evidence) -> str | None:
    return next(fact.sale for key, fact in fold(book).facts["C1"].items() if key == which.key)


@pytest.mark.parametrize(
    ("on", "sale"), [(1, "A1"), (2, "A1"), (9, "A1"), (10, "A2"), (20, "A2"), (None, "A1")]
)
def test_a_row_goes_to_the_sale_sealed_latest_by_its_date(on: int | None, sale: str) -> None:
    told = row("purchase", 100_00, on)
    assert sale_of(twice(told), told) == sale


def test_of_sales_sealed_on_one_day_the_higher_batch_number_is_later() -> None:
    told = row("purchase", 100_00, 5)
    assert sale_of(twice(told, sealed_on=day(2)), told) == "A2"


@pytest.mark.parametrize(
    ("cells", "sale"),
    [
        ({"batch_number": "01"}, "A1"),
        ({"schedule_number": "S-2"}, "A2"),
        ({"schedule_number": "other"}, "A2"),
        ({"schedule_number": "S-2", "batch_number": "1"}, "A2"),
        ({"batch_number": "7"}, "A2"),
    ],
)
def test_a_row_that_names_one_batch_or_schedule_goes_there(cells: dict[str, str], sale: str) -> None:
    """A schedule number that came after sealing counts; naming both sales names neither."""
    told = row("payment", 100_00, 12, **cells)
    assert sale_of(twice(told, schedule_number="S-2"), told) == sale


def test_a_reversal_goes_to_the_latest_sale_that_holds_what_it_reverses() -> None:
    rows = [row("payment", 100_00, 5), row("payment_reversal", 100_00, 12), row("fee", 1_00, 12)]
    book = twice(*rows)
    assert [sale_of(book, one) for one in rows] == ["A1", "A1", "A2"]
    rows += [row("purchase", 100_00, 3), row("chargeback", 100_00, 12)]
    rows += [row("chargeback_reversal", 100_00, 13), row("rebate", 5_00, 12)]
    book = twice(*rows)
    assert {sale_of(book, one) for one in rows} == {"A1"}


def test_what_an_opening_holds_is_held() -> None:
    load, again = a_load(), a_batch("B2", sealed_on=day(10))
    rows = [row("chargeback", 100_00, 12), row("payment_reversal", 10_00, 12)]
    for opening, sales in (
        (Opening(as_of=day(4), purchased=True, paid=10_00), {"A1"}),
        (Opening(as_of=day(4)), {"A2"}),
    ):
        book = a_book(
            load,
            batches=[again],
            sales=[a_sale(load, id_="A1", opening=opening), a_sale(load, again, id_="A2")],
            reports=[(a_report(), rows)],
        )
        assert {sale_of(book, one) for one in rows} == sales


def test_an_undated_row_takes_the_earliest_date_seen_with_its_amount_and_reference() -> None:
    blank = row("payment", 100_00, None, "77")
    book = twice(blank, row("payment", 100_00, 14, "77"), row("payment", 100_00, 12, "77"))
    assert sale_of(book, blank) == "A2"
    assert sale_of(twice(blank, row("payment", 100_00, 12, "78")), blank) == "A1"


def test_a_resale_after_a_chargeback_is_paid_on_the_second_sale() -> None:
    rows = [row("purchase", 100_00, 3), row("chargeback", 100_00, 8)]
    rows += [row("purchase", 100_00, 11), row("payment", 100_00, 15)]
    world = fold(twice(*rows))
    assert world.position("A1").fully_charged_back
    assert world.position("A2").net_paid == 100_00
    assert (world.standings["L-1"].status.value, world.exceptions) == ("completed", {})


def test_a_report_of_one_batch_names_it_for_each_of_its_rows() -> None:
    """A resale on the very day does not draw the first sale's purchase to itself."""
    told = row("purchase", 100_00, 12)
    book = twice(told)
    assert sale_of(book, told) == "A2"

    (report,) = book.reports.values()
    of_the_first = evolve(book, reports={report.id: evolve(report, batch="B1")})
    assert sale_of(of_the_first, told) == "A1"


def test_a_person_moves_only_the_facts_that_were_judged() -> None:
    judged_, other = row("payment", 100_00, 12), row("payment", 40_00, 13)
    moved = decision("assignment:A2", "assign", assignment="A1", judged=(key_text(judged_.key),))
    book = twice(judged_, other)
    after = evolve(book, decisions=[*book.decisions, moved])

    assert (sale_of(after, judged_), sale_of(after, other)) == ("A1", "A2")


def test_what_a_person_moved_is_said_of_the_sale_it_went_to_and_of_no_other_row() -> None:
    here, there = row("payment", 100_00, 12), row("payment", 40_00, 5)
    judged = (key_text(here.key),)
    book = twice(here, there)
    moves = [
        decision("assignment:A2", "assign", assignment=to, judged=judged, sequence=at, id=f"d{at}")
        for at, to in ((2, "A2"), (3, "A1"))
    ]
    after = evolve(book, decisions=[*book.decisions, *moves])
    assert (sale_of(after, here), sale_of(after, there)) == ("A1", "A1")
    place = fold(after).placements["C1"][here.key]
    assert (place.load, place.invoice_number, place.tier, place.fields) == ("L-1", "1001", 0, ("decision",))
    back = evolve(book, decisions=[*book.decisions, moves[1], evolve(moves[0], sequence=4)])
    assert sale_of(back, here) == "A2"


def test_the_earliest_date_counts_in_any_order_of_the_rows() -> None:
    blank, dated = row("payment", 100_00, None, "77"), [row("payment", 100_00, on, "77") for on in (5, 14)]
    for rows in (dated, dated[::-1]):
        assert sale_of(twice(blank, *rows), blank) == "A1"


@pytest.mark.parametrize(
    "other",
    [
        row("rebate", 100_00, 12, "77"),
        row("payment", 90_00, 12, "77"),
        row("payment", 100_00, 12, "78"),
        row("payment", 100_00, 12, "77", invoice="1002"),
    ],
)
def test_a_date_of_another_type_amount_reference_or_invoice_dates_no_row(other: Evidence) -> None:
    blank = row("payment", 100_00, None, "77")
    book = twice(blank, other)
    assert sale_of(book, blank) == "A1"
    second = a_load("L-2", invoice="1002")
    sales = [a_sale(second, batch, id_=f"{batch.id}-2") for batch in book.batches.values()]
    two = evolve(book, loads={**book.loads, "L-2": second}, assignments=(*book.assignments, *sales))
    assert sale_of(two, blank) == "A1"
