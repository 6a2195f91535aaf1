"""How often a fact posts: repeats, blanks that fuller keys explain, cheques and corrections."""

from __future__ import annotations

import pytest

from factoring_core.domain.reconciling.evidence import Evidence
from factoring_core.domain.reconciling.findings import ExceptionItem
from factoring_core.domain.reconciling.posting import amount_subject, cheque_subject
from factoring_core.domain.reconciling.world import Book
from factoring_core.domain.vocabulary.profile import EvidenceType
from worlds import a_report, about, day, deciding, decision, fold, one_sale, row

BOUGHT = row("purchase", 100_00, 3)
E = EvidenceType


def paid(book: Book) -> int:
    return fold(book).position("A1").net_paid


def raised(book: Book) -> dict[str, int]:
    own = {"duplicate_row", "possible_repeat", "conflicting_rows"}
    found = fold(book).exceptions.values()
    return {item.type.value: item.amount_at_risk for item in found if item.type in own}


def the(book: Book, kind: str) -> ExceptionItem:
    return next(item for item in fold(book).exceptions.values() if item.type == kind)


def payment(cents: int, on: int | None = None, reference: str = "", **more: object) -> Evidence:
    return row("payment", cents, on, reference, **more)  # type: ignore[arg-type]


# Repeats.


def test_the_same_row_twice_in_one_file_posts_once_and_is_asked_about() -> None:
    book = one_sale([BOUGHT], [payment(40_00, 9, "77"), payment(40_00, 9, "77")])
    assert (paid(book), raised(book)) == (40_00, {"duplicate_row": 40_00})
    assert the(book, "duplicate_row").subject == amount_subject(E.PAYMENT, "A1", 40_00)


def test_a_row_that_is_there_twice_is_asked_about_of_its_sale_or_of_the_account() -> None:
    twice = the(one_sale([payment(40_00, 9, "77")] * 2), "duplicate_row")
    assert (twice.load, twice.connection) == ("L-1", "C1")
    fees = one_sale([row("fee", 2_00, 9, "77", invoice="", account=True)] * 2)
    item = the(fees, "duplicate_row")
    assert (item.subject, item.load) == (amount_subject(E.FEE, "account:C1", 2_00), None)
    counted = deciding(fees, about(item, "count_each", count=2))
    assert raised(counted) == {}
    again = one_sale([payment(40_00, 9, "77")] * 3)
    counted = deciding(again, about(the(again, "duplicate_row"), "count_each", count=2))
    assert the(counted, "duplicate_row").load == "L-1"


def test_where_the_layout_says_repeats_are_legal_both_post() -> None:
    twice = [payment(40_00, 9, "77"), payment(40_00, 9, "77")]
    assert paid(one_sale(twice, report={"repeats_legal": True})) == 80_00


def test_overlapping_files_hold_the_larger_number_not_the_sum() -> None:
    three = [payment(10_00, 9, "77")] * 3
    book = one_sale(three, three[:2], report={"repeats_legal": True})
    assert paid(book) == 30_00


def test_a_row_with_date_and_reference_in_two_files_is_one_payment_and_no_question() -> None:
    book = one_sale([BOUGHT], [payment(40_00, 9, "77")], [payment(40_00, 9, "0077")])
    assert (paid(book), raised(book)) == (40_00, {})


def test_a_weak_row_in_two_files_posts_once_and_is_asked_about_while_the_debt_could_take_it() -> None:
    book = one_sale([BOUGHT], [payment(40_00)], [payment(40_00)])
    assert (paid(book), raised(book)) == (40_00, {"possible_repeat": 40_00})
    full = one_sale([BOUGHT], [payment(100_00)], [payment(100_00)])
    assert (paid(full), raised(full)) == (100_00, {})


def test_a_weak_fee_in_two_files_is_always_asked_about() -> None:
    book = one_sale([BOUGHT, payment(100_00, 9)], [row("fee", 3_00)], [row("fee", 3_00)])
    assert raised(book) == {"possible_repeat": 3_00}


def test_another_spelling_of_the_invoice_is_the_same_fact() -> None:
    other = payment(40_00, 9, "77", invoice="INV-1001", invoice_amount=100_00)
    book = one_sale([BOUGHT], [payment(40_00, 9, "77")], [other])
    assert (paid(book), raised(book)) == (40_00, {"possible_repeat": 40_00})


# Blank cells that a fuller key explains.


def test_a_blank_key_posts_nothing_beside_a_fuller_one_from_another_file() -> None:
    book = one_sale([BOUGHT], [payment(40_00, 9, "77")], [payment(40_00, 9)], [payment(40_00)])
    assert (paid(book), raised(book)) == (40_00, {})


def test_a_blank_key_in_the_same_file_as_the_fuller_one_is_a_duplicate() -> None:
    book = one_sale([BOUGHT], [payment(40_00, 9, "77"), payment(40_00)])
    assert (paid(book), raised(book)) == (40_00, {"duplicate_row": 40_00})


def test_a_blank_key_that_two_payments_fit_may_be_a_third() -> None:
    book = one_sale([BOUGHT], [payment(30_00, 9, "77"), payment(30_00, 12, "78")], [payment(30_00)])
    assert (paid(book), raised(book)) == (60_00, {"possible_repeat": 30_00})
    dated_only = one_sale([BOUGHT], [payment(30_00, 9), payment(30_00, 12)], [payment(30_00)])
    assert (paid(dated_only), raised(dated_only)) == (60_00, {"possible_repeat": 30_00})


def test_a_blank_key_seen_more_often_than_the_fuller_one_may_be_another() -> None:
    book = one_sale([BOUGHT], [payment(30_00, 9, "77")], [payment(30_00, 9), payment(30_00, 9)])
    assert (paid(book), raised(book)) == (30_00, {"possible_repeat": 30_00})


def test_a_date_alone_against_a_reference_alone_posts_once_and_is_asked_about() -> None:
    book = one_sale([BOUGHT], [payment(30_00, 9)], [payment(30_00, None, "77")])
    assert (paid(book), raised(book)) == (30_00, {"possible_repeat": 30_00})
    # Where one key has both cells, all three say the same.
    bridged = one_sale([BOUGHT], [payment(30_00, 9)], [payment(30_00, None, "77")], [payment(30_00, 9, "77")])
    assert (paid(bridged), raised(bridged)) == (30_00, {})


def test_a_contradicting_cell_keeps_two_payments_apart() -> None:
    book = one_sale([BOUGHT], [payment(30_00, 9, "77")], [payment(30_00, 12)], [payment(30_00, None, "78")])
    assert paid(book) == 60_00
    assert raised(book) == {"possible_repeat": 30_00}


# What a person says about repeats.


def test_count_each_posts_as_many_as_a_person_counted_and_asks_again_when_a_file_holds_more() -> None:
    book = one_sale([BOUGHT], [payment(40_00, 9, "77"), payment(40_00, 9, "77")])
    counted = deciding(book, about(the(book, "duplicate_row"), "count_each", count=2))
    assert (paid(counted), raised(counted)) == (80_00, {})
    more = one_sale([BOUGHT], [payment(40_00, 9, "77")] * 3, decisions=counted.decisions)
    assert (paid(more), raised(more)) == (80_00, {"duplicate_row": 40_00})


def test_count_each_spreads_over_the_keys_it_judged_and_lapses_with_the_last_of_them() -> None:
    book = one_sale([BOUGHT], [payment(20_00, 9, "77"), payment(20_00, 12, "78")], [payment(20_00)])
    item = the(book, "possible_repeat")
    assert paid(deciding(book, about(item, "count_each", count=3))) == 60_00
    assert paid(deciding(book, about(item, "count_each", count=2))) == 40_00
    assert paid(deciding(book, about(item, "count_each"))) == 20_00
    gone = one_sale([BOUGHT], decisions=deciding(book, about(item, "count_each", count=3)).decisions)
    assert paid(gone) == 0


def test_a_count_stands_while_one_of_its_rows_is_left() -> None:
    """Defect: a decision was forgotten where a single row was left of what it had counted."""
    book = one_sale([BOUGHT], [payment(40_00, 9, "77")] * 2)
    counted = deciding(book, about(the(book, "duplicate_row"), "count_each", count=2)).decisions
    assert paid(one_sale([BOUGHT], [payment(40_00, 9, "77")], decisions=counted)) == 80_00
    assert paid(one_sale([BOUGHT], [payment(40_00, 9, "78")], decisions=counted)) == 40_00


def test_same_keeps_what_posts_and_never_drops_a_second_payment() -> None:
    """Defect: `same` on a blank key that fits two payments posted only one of them."""
    book = one_sale([BOUGHT], [payment(30_00, 9, "77"), payment(30_00, 12, "78")], [payment(30_00)])
    same = deciding(book, about(the(book, "possible_repeat"), "same", count=2))
    assert (paid(same), raised(same)) == (60_00, {})


def test_same_does_not_keep_a_fuller_key_that_comes_later_from_explaining_the_weak_one() -> None:
    """Defect: a weak row that a person had called the same posted beside its fuller copy."""
    weak = one_sale([BOUGHT], [payment(40_00)], [payment(40_00)])
    decided = deciding(weak, about(the(weak, "possible_repeat"), "same", count=1)).decisions
    book = one_sale(
        [BOUGHT], [payment(40_00)], [payment(40_00)], [payment(40_00, 9, "77")], decisions=decided
    )
    assert (paid(book), raised(book)) == (40_00, {})


def test_same_asks_again_when_one_file_holds_more_or_another_key_joins() -> None:
    book = one_sale([BOUGHT], [payment(40_00, 9, "77")] * 2)
    same = about(the(book, "duplicate_row"), "same", count=2)
    assert raised(deciding(book, same)) == {}
    assert raised(deciding(book, about(the(book, "duplicate_row"), "same"))) == {}
    more = one_sale([BOUGHT], [payment(40_00, 9, "77")] * 3, decisions=[same])
    assert raised(more) == {"duplicate_row": 40_00}
    joined = one_sale([BOUGHT], [*[payment(40_00, 9, "77")] * 2, payment(40_00)], decisions=[same])
    assert raised(joined) == {"duplicate_row": 40_00}


# Cheques.


def test_two_lines_of_one_cheque_in_one_file_add() -> None:
    book = one_sale([BOUGHT], [payment(60_00, 9, "77"), payment(40_00, 9, "77")])
    assert (paid(book), raised(book)) == (100_00, {})


def test_two_amounts_of_one_cheque_in_two_files_are_a_correction_nobody_declared() -> None:
    book = one_sale([BOUGHT], [payment(60_00, 9, "77")], [payment(40_00, 9, "77")])
    assert (paid(book), raised(book)) == (40_00, {"conflicting_rows": 20_00})
    assert the(book, "conflicting_rows").subject == cheque_subject(E.PAYMENT, "A1", day(9), "77")
    fees = one_sale([BOUGHT, row("fee", 3_00, 9, "77")], [row("fee", 4_00, 9, "77")])
    assert fold(fees).position("A1").fees == 4_00


def test_a_report_that_holds_all_lines_under_two_spellings_settles_the_question() -> None:
    spelled = payment(60_00, 9, "77", invoice="INV-1001", invoice_amount=100_00)
    book = one_sale([BOUGHT], [payment(60_00, 9, "77")], [spelled, payment(40_00, 9, "77")])
    assert (paid(book), raised(book)) == (100_00, {"possible_repeat": 60_00})


def test_a_person_chooses_a_line_or_counts_each_until_the_amounts_change() -> None:
    rows = [[BOUGHT], [payment(60_00, 9, "77")], [payment(40_00, 9, "77")]]
    book = one_sale(*rows)
    item = the(book, "conflicting_rows")
    chosen = deciding(book, about(item, "use_row", amount=60_00))
    assert (paid(chosen), raised(chosen)) == (60_00, {})
    each = deciding(book, about(item, "count_each"))
    assert (paid(each), raised(each)) == (100_00, {})
    unknown = deciding(book, about(item, "use_row", amount=1_00))
    assert (paid(unknown), raised(unknown)) == (40_00, {"conflicting_rows": 20_00})
    changed = one_sale(*rows, [payment(50_00, 9, "77")], decisions=chosen.decisions)
    assert (paid(changed), raised(changed)) == (40_00, {"conflicting_rows": 20_00})


def test_purchases_are_no_lines_of_a_cheque() -> None:
    book = one_sale([row("purchase", 100_00, 3, "S1")], [row("purchase", 90_00, 3, "S1")])
    assert fold(book).position("A1").purchased == 90_00
    assert fold(one_sale([row("purchase", 60_00, 3, "S1"), row("purchase", 40_00, 3, "S1")])).exceptions


# Money without an invoice.


def test_a_wire_fee_twice_in_one_file_is_asked_about() -> None:
    """Defect: doubled rows without an invoice were counted once in silence."""
    fee = row("fee", 15_00, 9, "W1", invoice="", account=True)
    book = one_sale([fee, fee])
    assert (fold(book).accounts["C1"], raised(book)) == ({"fee": 15_00}, {"duplicate_row": 15_00})
    counted = deciding(book, about(the(book, "duplicate_row"), "count_each", count=2))
    assert (fold(counted).accounts["C1"], raised(counted)) == ({"fee": 30_00}, {})


def test_lines_of_one_release_without_an_invoice_add_from_any_files() -> None:
    first = row("rebate", 15_00, 9, "W1", invoice="", account=True)
    second = row("rebate", 20_00, 9, "W1", invoice="", account=True)
    book = one_sale([first], [second])
    assert (fold(book).accounts["C1"], raised(book)) == ({"rebate": 35_00}, {})


def test_what_is_only_compared_is_not_counted_beside_what_posts() -> None:
    """Defect: of equal keys the report with the smaller id decided whether they post."""
    for first, second in ((True, False), (False, True)):
        rows = [row("fee", 3_00, 9, "F", posts=first)], [row("fee", 3_00, 9, "F", posts=second)] * 2
        book = one_sale([BOUGHT], *rows)
        assert fold(book).position("A1").fees == 3_00
        assert raised(book) == ({"duplicate_row": 3_00} if second else {})


@pytest.mark.parametrize("resolution", ["count_each", "same"])
def test_a_decision_about_another_connection_is_left_alone(resolution: str) -> None:
    """The subject of an account names its connection."""
    fee = row("fee", 15_00, 9, "W1", invoice="", account=True)
    book = one_sale([fee, fee], decisions=[decision("amount:fee:account:C2:1500", resolution, count=2)])
    assert raised(book) == {"duplicate_row": 15_00}
    assert a_report("R1").live
