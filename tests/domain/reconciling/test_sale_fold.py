"""One sale: what the factor says of it, how it ended, and what is in question."""

from __future__ import annotations

import pytest

from factoring_core.domain.reconciling.evidence import Evidence
from factoring_core.domain.reconciling.world import Book
from factoring_core.domain.selling.batch import BatchState, Frozen
from worlds import a_batch, day, deciding, decision, fold, key_texts, one_sale, row, said, without

BOUGHT = row("purchase", 100_00, 3)


def raised(book: Book) -> dict[str, int]:
    return {item.type.value: item.amount_at_risk for item in fold(book).exceptions.values()}


def status(book: Book) -> str:
    return fold(book).standings["L-1"].status.value


@pytest.mark.parametrize(
    ("rows", "word"),
    [
        ([said("held", 5), said("denied", 7)], "denied"),
        ([said("denied", 5), said("approved", 7)], "approved"),
        ([said("received", 5), said("held", 5)], "held"),
        ([said("denied"), said("approved", 5)], "approved"),
        ([said("denied"), said("approved")], "denied"),
        ([BOUGHT], "purchased"),
        ([BOUGHT, said("denied", 2)], "purchased"),
        ([BOUGHT, said("denied", 3)], "purchased"),
        ([], None),
    ],
)
def test_the_latest_word_counts_and_on_one_day_the_stronger(rows: list[Evidence], word: str | None) -> None:
    assert fold(one_sale(rows)).standings["L-1"].disposition == word


@pytest.mark.parametrize("word", ["held", "denied", "rejected"])
def test_an_invoice_the_factor_refuses_is_raised_with_its_face(word: str) -> None:
    book = one_sale([said(word, 5)])
    assert (raised(book), status(book)) == ({word: 100_00}, "invoiced")


def test_an_implied_purchase_is_no_word_of_the_factor() -> None:
    book = one_sale([row("payment", 10_00, 5)], sale={"frozen": Frozen(purchase_report=False)})
    assert fold(book).standings["L-1"].disposition is None


def test_nothing_is_bought_by_a_payment_that_bounced() -> None:
    frozen = {"frozen": Frozen(purchase_report=False)}
    bounced = [row("payment", 10_00, 5), row("payment_reversal", 10_00, 6)]
    position = fold(one_sale(bounced, sale=frozen)).position("A1")
    assert (position.bought, position.implied, position.net_paid) == (False, False, 0)


# Returned and sold again.


def test_a_purchase_of_a_returned_invoice_is_raised() -> None:
    back = decision("assignment:A1", "return_to_queue")
    assert (status(one_sale([said("denied", 3)], decisions=[back])), raised(one_sale(decisions=[back]))) == (
        "queued",
        {},
    )
    book = one_sale([BOUGHT], decisions=[back])
    assert (status(book), raised(book)) == ("queued", {"bought_after_return": 100_00})
    undated_advance = one_sale([row("purchase", 0, 3)], decisions=[back])
    assert raised(undated_advance) == {"bought_after_return": 100_00}
    (item,) = fold(one_sale([said("held", 2), BOUGHT], decisions=[back])).exceptions.values()
    assert item.rows == (("R1", 3),)


def test_an_ended_sale_takes_a_payment_only_as_paid_after_chargeback() -> None:
    for word in ("return_to_queue", "resell"):
        book = one_sale([row("payment", 100_00, 9)], decisions=[decision("assignment:A1", word)])
        assert raised(book) == {"paid_after_chargeback": 100_00}
        assert fold(book).position("A1").net_paid == 0


def test_what_a_return_was_based_on_may_be_withdrawn() -> None:
    denied = one_sale([said("denied", 5)], [BOUGHT])
    back = decision("assignment:A1", "return_to_queue", judged=key_texts(denied, "disposition"))
    decided = deciding(without(denied, "R2"), back)
    assert raised(decided) == {}
    assert raised(without(decided, "R1")) == {"basis_withdrawn": 100_00}


# Amounts that differ.


def test_an_invoice_amount_that_is_neither_face_nor_adjusted_is_raised_and_posts() -> None:
    book = one_sale([BOUGHT, row("payment", 100_00, 9, invoice_amount=97_00)])
    assert (raised(book), status(book)) == ({"amount_differs": 3_00}, "completed")
    adjusted = one_sale([BOUGHT, row("adjustment", -3_00, 5), row("payment", 97_00, 9, invoice_amount=97_00)])
    assert raised(adjusted) == {}


def test_a_purchase_row_that_differs_twice_is_one_exception_with_the_larger_difference() -> None:
    book = one_sale([row("purchase", 90_00, 3, invoice_amount=97_00)])
    assert raised(book) == {"amount_differs": 10_00}


def test_a_row_in_another_currency_is_not_converted_and_not_posted() -> None:
    book = one_sale([BOUGHT], [row("payment", 100_00, 9, currency="CAD")])
    assert (raised(book), status(book)) == ({"currency_differs": 100_00}, "financed")
    assert raised(one_sale([BOUGHT, row("payment", 100_00, 9, currency="USD")])) == {}


def test_amounts_that_two_kinds_of_report_state_are_compared() -> None:
    fees = [row("fee", 3_00, 3), row("fee", 5_00, 4, posts=False)]
    book = one_sale([BOUGHT, *fees])
    assert raised(book) == {"terms_variance": 2_00}
    assert fold(book).position("A1").fees == 3_00
    assert raised(one_sale([BOUGHT, row("fee", 5_00, 4, posts=False)])) == {}
    assert raised(one_sale([BOUGHT, row("fee", 5_00, 4, posts=False), row("fee", 5_00, 3)])) == {}
    odd = row("adjustment", 5_00, 4, posts=False)
    assert raised(one_sale([BOUGHT, odd, row("adjustment", 0, 4)])) == {}


# Shown by evidence.


def test_a_row_shows_that_a_batch_arrived_and_undoing_it_takes_that_back() -> None:
    sent = {"state": BatchState.IN_DOUBT, "attempted": True, "ever_left": True}
    book = one_sale([BOUGHT], batch=sent)
    assert (status(book), raised(book)) == ("financed", {})
    assert fold(book).batches["B1"].delivery is not None
    undone = without(book, "R1")
    assert (status(undone), raised(undone)) == ("queued", {"delivery_in_doubt": 100_00})


def test_files_taken_out_and_named_by_a_report_are_delivered_without_doubt() -> None:
    """Defect: a manual batch shown by evidence was raised as if it had been given up."""
    taken = {"state": BatchState.SEALED, "taken_out": True, "ever_left": True}
    book = one_sale([BOUGHT], batch=taken)
    assert (status(book), raised(book)) == ("financed", {})


def test_a_batch_settled_as_not_delivered_and_named_all_the_same_is_in_doubt() -> None:
    book = one_sale([BOUGHT], batch={"state": BatchState.SEALED, "ever_left": True})
    assert (status(book), raised(book)) == ("financed", {"delivery_in_doubt": 100_00})


@pytest.mark.parametrize("state", [BatchState.SEALED, BatchState.CANCELLED, BatchState.DRAFT])
def test_a_batch_that_nobody_could_know_is_not_delivered_by_a_row(state: BatchState) -> None:
    book = one_sale([BOUGHT], batch={"state": state})
    assert (status(book), fold(book).batches["B1"].state) == ("queued", state)
    assert a_batch(sealed_on=day(2)).live


def test_what_the_factor_says_in_other_words_stands_with_the_exception() -> None:
    told = said("held", 4)._replace(reference="on hold")
    book = one_sale([told, said("held", 4)._replace(reference="held")], [told._replace(reference="hold")])
    (item,) = fold(book).exceptions.values()
    assert (item.type.value, item.note) == ("held", "the factor's word: hold, on hold")
    (plain,) = fold(one_sale([said("held", 4)._replace(reference="held")])).exceptions.values()
    assert plain.note == ""
