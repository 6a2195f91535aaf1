"""What a batch raises as a whole: a list that leaves out, a doubt, and the factor's silence."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from attrs import evolve

from factoring_core.domain.reconciling.findings import ExceptionItem
from factoring_core.domain.reconciling.world import Book
from factoring_core.domain.selling.batch import BatchState, Delivery, Frozen
from factoring_core.domain.vocabulary.profile import ReportKind
from worlds import (
    NOON,
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

BOUGHT = row("purchase", 100_00, 3)
ARRIVED = Delivery(evidence="verified", at=NOON + dt.timedelta(days=2), by="ann")


def raised(book: Book) -> dict[str, ExceptionItem]:
    """What is raised now or later, by type."""
    world = fold(book)
    return {item.type.value: item for item in (*world.exceptions.values(), *world.later.values())}


def delivered(*sales: Frozen, number: int = 1, **batch: Any) -> Book:
    """A batch with a sale on each of these terms, of which nobody has said a word."""
    one = a_batch(f"B{number}", **{"delivery": ARRIVED, **batch})
    loads = [a_load(f"L-{number}{n}", invoice=f"{number}00{n}") for n in range(len(sales))]
    sold = [a_sale(load, one, frozen=frozen) for load, frozen in zip(loads, sales, strict=True)]
    return a_book(*loads, batches=[one], sales=sold)


def both(one: Book, other: Book) -> Book:
    return evolve(
        one,
        loads={**one.loads, **other.loads},
        batches={**one.batches, **other.batches},
        assignments=(*one.assignments, *other.assignments),
    )


def test_a_batch_that_no_report_names_is_asked_about_after_the_longest_usual_delay() -> None:
    book = delivered(Frozen(usual_delay_days=3), Frozen(usual_delay_days=5), Frozen(usual_delay_days=4))
    item = raised(book)["unacknowledged_batch"]
    assert (item.subject, item.connection, item.load) == ("batch:B1", "C1", None)
    assert (item.amount_at_risk, item.due, item.severity) == (book.batches["B1"].amount, day(9), "waiting")
    assert not fold(book).exceptions
    draft = delivered(Frozen(), number=2, state=BatchState.SEALED)
    assert list(raised(both(draft, book))) == ["unacknowledged_batch"]
    factors_without = delivered(Frozen(purchase_report=False), number=2)
    assert raised(both(factors_without, book))["unacknowledged_batch"].subject == "batch:B1"


@pytest.mark.parametrize(
    "book",
    [
        delivered(),
        delivered(Frozen(), delivery=None),
        delivered(Frozen(), state=BatchState.SEALED),
        delivered(Frozen(), Frozen(purchase_report=False)),
        deciding(delivered(Frozen()), decision("assignment:L-10@B1", "return_to_queue")),
        one_sale([BOUGHT], batch={"delivery": ARRIVED}),
    ],
)
def test_no_word_is_missed_where_none_can_come_or_one_has(book: Book) -> None:
    assert "unacknowledged_batch" not in raised(book)


def test_a_doubt_says_what_contradicts_the_batch() -> None:
    named = one_sale([BOUGHT], batch={"state": BatchState.SEALED, "ever_left": True})
    item = raised(named)["delivery_in_doubt"]
    assert item.note == "evidence names a batch that was settled as not delivered"
    assert (item.subject, item.rows) == ("batch:B1", (("R1", 2),))
    sent = one_sale([], batch={"state": BatchState.IN_DOUBT, "attempted": True, "ever_left": True})
    assert raised(sent)["delivery_in_doubt"].note == ""


def test_only_a_report_that_is_complete_leaves_an_invoice_out() -> None:
    for complete, missing in ((True, {"missing_from_report"}), (False, set())):
        book = one_sale([], report={"batch": "B1", "complete_list": complete})
        assert raised(book).keys() == missing


def test_what_a_customer_paid_to_the_subsidiary_is_the_factors_while_all_of_it_is() -> None:
    stated = a_report("S1", kind=ReportKind.STATEMENT, connection=None)
    told = row("payment", 10_00, 9, invoice="load:L-1")._replace(report="S1", row=2)
    for charged_back, kind in ((0, "misdirected_payment"), (1, "over_paid"), (2, "over_paid")):
        rows = [BOUGHT, row("chargeback", charged_back, 5)] if charged_back else [BOUGHT]
        book = one_sale(rows)
        book = evolve(book, reports={**book.reports, "S1": stated}, evidence=(*book.evidence, told))
        assert raised(book)[kind].amount_at_risk == 10_00
    book = one_sale([BOUGHT])
    book = evolve(book, reports={**book.reports, "S1": stated}, evidence=(*book.evidence, told))
    item = raised(book)["misdirected_payment"]
    assert (item.subject, item.connection, item.owed_by, item.owed_to) == ("load:L-1", None, "S", "C1")
