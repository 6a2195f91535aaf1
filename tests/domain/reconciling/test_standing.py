"""Where a load stands: its latest sale, or what its customer owes the subsidiary itself."""

from __future__ import annotations

from typing import Any

import pytest
from attrs import evolve

from factoring_core.domain.reconciling.evidence import Evidence
from factoring_core.domain.reconciling.reports import Report
from factoring_core.domain.reconciling.world import Book
from factoring_core.domain.selling.batch import BatchState
from factoring_core.domain.vocabulary.lifecycle import Ending
from factoring_core.domain.vocabulary.load import Opening, Standing
from factoring_core.domain.vocabulary.profile import ReportKind
from worlds import (
    a_batch,
    a_book,
    a_load,
    a_report,
    a_sale,
    day,
    decision,
    fold,
    one_sale,
    row,
    said,
    subsidiary,
)

BOUGHT = row("purchase", 100_00, 3)


def stated(*payments: Evidence | tuple[int, int]) -> list[tuple[Report, list[Evidence]]]:
    """Payments on load L-1 that a person stated, each in a statement of its own."""
    result = []
    for number, one in enumerate(payments, start=1):
        fact = row("payment", one[0], one[1], invoice="load:L-1") if not isinstance(one, Evidence) else one
        report = a_report(f"pay-{number}", kind=ReportKind.STATEMENT, connection=None)
        result.append((report, [fact]))
    return result


def direct(*payments: Any, tolerance: int = 0, decisions: Any = (), **load: Any) -> Book:
    one = a_load(direct=True, **{"sent_direct_on": day(3), **load})
    sub = subsidiary(tolerance=tolerance)
    return a_book(one, reports=stated(*payments), decisions=decisions, sub=sub)


def standing(book: Book) -> Standing:
    return fold(book).standings["L-1"]


def at(book: Book) -> tuple[str, str, int, int]:
    one = standing(book)
    return one.status.value, one.route.value, one.paid, one.open


def raised(book: Book) -> dict[str, int]:
    return {item.type.value: item.amount_at_risk for item in fold(book).exceptions.values()}


def test_a_load_without_an_invoice_is_released_and_with_one_queued() -> None:
    assert at(a_book(a_load(invoice=None))) == ("released", "factoring", 0, 0)
    assert at(a_book(a_load())) == ("queued", "factoring", 0, 100_00)
    assert at(a_book(a_load(direct=True))) == ("queued", "direct", 0, 100_00)


# The direct route.


def test_a_direct_load_is_completed_by_what_a_person_states() -> None:
    assert at(direct()) == ("invoiced", "direct", 0, 100_00)
    assert (at(direct((40_00, 5))), raised(direct((40_00, 5)))) == (
        ("invoiced", "direct", 40_00, 60_00),
        {"short_paid": 60_00},
    )
    full = direct((40_00, 5), (60_00, 6))
    assert (at(full), raised(full)) == (("completed", "direct", 100_00, 0), {})


def test_a_stated_payment_that_is_taken_back_reopens_the_load() -> None:
    back = row("payment_reversal", 100_00, 7, invoice="load:L-1")
    assert at(direct((100_00, 5), back)) == ("invoiced", "direct", 0, 100_00)


def test_too_much_on_a_direct_load_is_raised() -> None:
    assert raised(direct((130_00, 5))) == {"over_paid": 30_00}


def test_what_stays_open_within_the_tolerance_is_not_asked_about() -> None:
    book = direct((99_50, 5), tolerance=1_00)
    assert (at(book), raised(book)) == (("completed", "direct", 99_50, 50), {})


def test_a_shortage_of_a_direct_load_can_be_written_off() -> None:
    accepted = decision("load:L-1", "write_off", amount=60_00, connection=None)
    book = direct((40_00, 5), decisions=[accepted])
    assert (at(book), raised(book)) == (("completed", "direct", 40_00, 0), {})
    paid = direct((100_00, 5), decisions=[accepted])
    assert (at(paid), raised(paid)) == (("completed", "direct", 100_00, 0), {})


@pytest.mark.parametrize(
    ("opening", "expected"),
    [
        (Opening(as_of=day(4), settled=True), ("completed", "direct", 100_00, 0)),
        (Opening(as_of=day(4), paid=40_00), ("invoiced", "direct", 40_00, 60_00)),
        (Opening(as_of=day(4)), ("invoiced", "direct", 0, 100_00)),
    ],
)
def test_a_direct_opening_says_what_was_paid(opening: Opening, expected: tuple[str, str, int, int]) -> None:
    assert at(direct(direct_opening=opening)) == expected


# Charged back to the subsidiary.


def charged_back(*payments: Any, full: bool = True, decisions: Any = ()) -> Book:
    amount = 100_00 if full else 40_00
    rows = [BOUGHT, row("chargeback", amount, 12)]
    if not full:
        rows.append(row("payment", 60_00, 5))
    base = one_sale(rows, decisions=decisions)
    said = stated(*payments)
    return evolve(
        base,
        reports={**base.reports, **{report.id: report for report, _ in said}},
        evidence=(*base.evidence, *(one._replace(report=r.id) for r, rows in said for one in rows)),
    )


def test_a_charged_back_load_ends_by_what_the_customer_pays_directly() -> None:
    assert at(charged_back()) == ("invoiced", "direct", 0, 100_00)
    done = charged_back((100_00, 15))
    assert (at(done), raised(done)) == (("completed", "direct", 100_00, 0), {})


def test_a_charged_back_debt_can_be_written_off_by_its_assignment() -> None:
    book = charged_back(decisions=[decision("assignment:A1", "write_off", amount=100_00)])
    assert (at(book), raised(book)) == (("completed", "direct", 0, 0), {})


def test_what_is_collected_directly_counts_towards_a_partial_chargeback() -> None:
    book = charged_back((40_00, 15), full=False)
    assert (at(book), raised(book)) == (("financed", "factoring", 100_00, 0), {"short_paid": 40_00})
    some = charged_back((10_00, 15), full=False)
    assert raised(some) == {"charged_back": 40_00, "short_paid": 40_00}


def test_a_stated_payment_for_what_is_not_ours_to_collect_is_raised() -> None:
    base = a_book(a_load(), reports=stated((40_00, 5)))
    assert (at(base), raised(base)) == (("queued", "factoring", 0, 100_00), {"over_paid": 40_00})
    too_much = charged_back((50_00, 15), full=False)
    assert raised(too_much)["over_paid"] == 50_00
    back = row("payment_reversal", 40_00, 7, invoice="load:L-1")
    assert raised(a_book(a_load(), reports=stated(back))) == {}


# How the latest sale ended.


def test_a_returned_load_is_queued_and_says_how_its_sale_ended() -> None:
    for word, ending in (("return_to_queue", Ending.RETURN), ("resell", Ending.RESELL)):
        world = fold(one_sale(decisions=[decision("assignment:A1", word)]))
        assert world.standings["L-1"].status.value == "queued"
        assert world.loads["L-1"].facts.ended_by is ending
        assert world.standings["L-1"].batch is None


def test_the_later_of_two_endings_counts() -> None:
    first = decision("assignment:A1", "return_to_queue", sequence=1)
    second = decision("assignment:A1", "resell", sequence=2)
    assert fold(one_sale(decisions=[second, first])).loads["L-1"].facts.ended_by is Ending.RESELL


def test_what_was_paid_before_the_import_and_what_is_stated_since_add_up() -> None:
    opening = Opening(as_of=day(4), paid=30_00)
    assert at(direct((20_00, 9), direct_opening=opening)) == ("invoiced", "direct", 50_00, 50_00)


def test_of_two_sales_the_later_one_counts_in_whatever_order_they_are_told() -> None:
    load, first, second = a_load(), a_batch("B1"), a_batch("B2", sealed_on=day(8))
    sales = [a_sale(load, first, id_="A1"), a_sale(load, second, id_="A2")]
    for told in (sales, sales[::-1]):
        book = a_book(
            load,
            batches=[first, second],
            sales=told,
            reports=[(a_report(batch="B2"), [row("purchase", 100_00, 9)])],
            decisions=[decision("assignment:A1", "resell")],
        )
        assert (standing(book).batch, standing(book).disposition) == ("B2", "purchased")
        both = evolve(book, decisions=(*book.decisions, decision("assignment:A2", "return_to_queue")))
        assert fold(both).loads["L-1"].facts.ended_by is Ending.RETURN


def test_one_cent_that_was_stated_is_raised_on_its_load() -> None:
    report = stated((1, 9))
    bought = one_sale([BOUGHT])
    (told,) = a_book(a_load(), reports=report).evidence
    reports = {**bought.reports, "pay-1": report[0][0]}
    sold = evolve(bought, reports=reports, evidence=(*bought.evidence, told))
    for book, kind, cents in (
        (direct((1, 9)), "short_paid", 99_99),
        (a_book(a_load(), reports=report), "over_paid", 1),
        (sold, "misdirected_payment", 1),
    ):
        (item,) = fold(book).exceptions.values()
        assert (item.type.value, item.load, item.amount_at_risk) == (kind, "L-1", cents)


def test_what_a_person_stated_posts_once() -> None:
    facts = fold(direct((40_00, 5), (40_00, 6))).facts["stated"].values()
    assert [fact.posted for fact in facts] == [1, 1]


def test_a_sale_that_was_taken_over_on_the_day_it_was_sealed_has_gone_on_as_the_other() -> None:
    """By the order of sales the one that was taken over may be the last."""
    load, batch = a_load(), a_batch()
    old = a_sale(load, batch, id_="A1")
    opening = Opening(as_of=day(2), purchased=True)
    new = a_sale(load, id_="A2", connection="C2", sealed_on=day(2), opening=opening, takes_over="A1")
    reports = [(a_report(), [BOUGHT]), (a_report("R2", connection="C2"), [said("denied", 9)])]
    book = a_book(load, batches=[batch], sales=[old, new], reports=reports)
    assert (standing(book).disposition, standing(book).batch) == ("denied", None)
    back = evolve(book, decisions=(decision("assignment:A2", "return_to_queue"),))
    assert fold(back).loads["L-1"].facts.ended_by is Ending.RETURN
    assert standing(back).status.value == "queued"


@pytest.mark.parametrize(("state", "open_"), [(BatchState.DELIVERED, 90_00), (BatchState.IN_DOUBT, 100_00)])
def test_of_a_sale_that_was_not_delivered_the_invoice_alone_says_what_is_open(
    state: BatchState, open_: int
) -> None:
    book = one_sale(batch={"state": state, "attempted": True}, sale={"face": 90_00})
    assert (standing(book).open, standing(book).batch) == (open_, "B1")
    assert (fold(book).loads["L-1"].sale is None) is (state is BatchState.IN_DOUBT)


def test_what_was_paid_before_the_import_of_a_direct_load_counts_beside_an_old_sale_of_it() -> None:
    load = a_load(sent_direct_on=day(3), direct_opening=Opening(as_of=day(4), paid=40_00))
    batch = a_batch()
    book = a_book(load, batches=[batch], sales=[a_sale(load, batch)])
    assert at(book) == ("invoiced", "direct", 40_00, 60_00)
    (sale,) = book.assignments
    of_the_sale = decision(f"assignment:{sale.id}", "write_off", amount=60_00)
    of_the_load = decision("load:L-1", "write_off", amount=60_00)
    assert at(evolve(book, decisions=(of_the_load,))) == ("completed", "direct", 40_00, 0)
    assert fold(evolve(book, decisions=(of_the_sale,))).loads["L-1"].direct.written_off == 0
