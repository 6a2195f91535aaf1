"""The whole: pools of evidence, accounts, batches, and how a world is asked."""

from __future__ import annotations

from attrs import evolve

from factoring_core.domain.reconciling.columns import ReportColumns
from factoring_core.domain.reconciling.reports import report_id
from factoring_core.domain.reconciling.world import STATED, connection_of
from factoring_core.domain.vocabulary.profile import Measure, ReportKind
from worlds import a_book, a_load, a_report, fold, one_sale, row


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


def test_a_sale_is_asked_for_its_position_by_id() -> None:
    assert fold(one_sale([row("payment", 1_00, 9)])).position("A1").net_paid == 1_00


def test_a_load_without_sales_has_no_batch() -> None:
    assert fold(a_book(a_load())).standings["L-1"].batch is None


def test_a_report_id_derives_from_its_content() -> None:
    assert report_id("0123456789abcdef0123") == "rep-0123456789abcdef"
    assert ReportColumns.__doc__ is not None
