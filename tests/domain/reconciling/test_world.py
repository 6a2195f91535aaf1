"""The whole: pools of evidence, accounts, batches, and how a world is asked."""

from __future__ import annotations

from attrs import evolve

from factoring_core.domain.reconciling.columns import ReportColumns
from factoring_core.domain.reconciling.reports import report_id
from factoring_core.domain.reconciling.world import STATED, connection_of
from factoring_core.domain.selling.batch import BatchState, Delivery
from factoring_core.domain.vocabulary.load import Opening
from factoring_core.domain.vocabulary.profile import Measure, ReportKind
from worlds import NOON, a_batch, a_book, a_load, a_report, a_sale, day, fold, one_sale, row


def test_an_empty_book_is_an_empty_world() -> None:
    world = fold(a_book())
    assert (world.standings, world.sales, world.exceptions, world.accounts) == ({}, {}, {}, {})


def test_a_statement_of_a_person_lives_in_a_pool_of_its_own() -> None:
    assert connection_of(a_report(kind=ReportKind.STATEMENT)) == STATED
    assert connection_of(a_report(connection=None)) == STATED
    assert connection_of(a_report()) == "C1"


def test_what_a_person_stated_first_hides_no_report() -> None:
    book = one_sale([row("payment", 10_00, 9, invoice="load:L-1")], [row("payment", 20_00, 9)])
    stated = evolve(book.reports["R1"], kind=ReportKind.STATEMENT)
    world = fold(evolve(book, reports={**book.reports, "R1": stated}))
    assert world.position("A1").net_paid == 20_00
    assert list(world.placements) == ["C1"]


def test_money_without_an_invoice_posts_to_the_account_of_its_connection() -> None:
    rows = [
        row("fee", 15_00, 9, "W1", invoice="", account=True),
        row("fee", 15_00, 10, "W2", invoice="", account=True),
        row("rebate", 70_00, 9, "R", invoice="", account=True),
        row("fee", 9_00, 9, "X", invoice="", account=True, posts=False),
    ]
    world = fold(one_sale(rows))
    assert world.accounts == {"C1": {"fee": 30_00, "rebate": 70_00}}
    assert world.exceptions == {}


def test_of_balances_without_an_invoice_the_latest_counts() -> None:
    """Defect: balances of an account were added up."""
    rows = [
        row("reserve_held", cents, on, invoice="", account=True, measure=Measure.BALANCE)
        for cents, on in ((50_00, 9), (80_00, 12), (99_00, None))
    ]
    assert fold(one_sale(rows)).accounts == {"C1": {"reserve_held": 80_00}}


def test_two_balances_of_an_account_on_one_day_are_a_question_with_both_amounts() -> None:
    rows = [
        row("reserve_held", cents, 9, invoice="", account=True, measure=Measure.BALANCE)
        for cents in (50_00, 80_00)
    ]
    world = fold(one_sale(rows))
    (item,) = world.exceptions.values()
    assert (item.type.value, item.subject, item.load) == ("conflicting_rows", "account:C1", None)
    assert (item.amount_at_risk, item.amounts) == (30_00, (50_00, 80_00))
    assert item.note == "several figures for one date"
    assert item.rows == (("R1", 2), ("R1", 3))
    assert world.accounts == {"C1": {"reserve_held": 80_00}}


def test_a_batch_that_a_report_names_is_delivered_by_the_word_of_the_report() -> None:
    kept = {"state": BatchState.IN_DOUBT, "attempted": True}
    named = fold(one_sale([row("payment", 1_00, 9)], batch=kept)).batches["B1"]
    assert named.state is BatchState.DELIVERED
    assert named.delivery == Delivery(evidence="report", at=NOON, by="evidence")
    assert fold(one_sale([], batch=kept)).batches["B1"].delivery is None


def test_sales_that_have_nothing_to_do_with_a_buy_out_begin_as_they_were_imported() -> None:
    load, batch = a_load(), a_batch()
    opening = Opening(as_of=day(5), purchased=True, paid=7_00)
    new = a_sale(load, id_="A2", connection="C2", sealed_on=day(5), opening=opening, takes_over="A1")
    other = a_load("L-2", invoice="1002")
    sales = [
        a_sale(load, batch, id_="A1"),
        new,
        a_sale(other, id_="A3", opening=opening),
        a_sale(a_load("L-3", invoice="1003"), batch, id_="A4", takes_over="A9"),
        a_sale(a_load("L-4", invoice="1004"), batch, id_="A5", takes_over="A3"),
    ]
    rows = [row("purchase", 100_00, 3), row("payment", 30_00, 4)]
    world = fold(a_book(load, other, batches=[batch], sales=sales, reports=[(a_report(), rows)]))
    assert {id_: one.position.net_paid for id_, one in world.sales.items()} == {
        "A1": 30_00,
        "A2": 30_00,
        "A3": 7_00,
        "A4": 0,
        "A5": 0,
    }


def test_a_sale_is_asked_for_its_position_by_id() -> None:
    assert fold(one_sale([row("payment", 1_00, 9)])).position("A1").net_paid == 1_00


def test_a_load_without_sales_has_no_batch() -> None:
    assert fold(a_book(a_load())).standings["L-1"].batch is None


def test_a_report_id_derives_from_its_content() -> None:
    assert report_id("0123456789abcdef0123") == "rep-0123456789abcdef"
    assert ReportColumns.__doc__ is not None
