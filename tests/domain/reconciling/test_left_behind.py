"""Customers who pay one factor for what another one bought: whose money it is after a buy-out."""

from __future__ import annotations

import datetime as dt

from attrs import evolve

from factoring_core.domain.reconciling.evidence import Evidence
from factoring_core.domain.reconciling.findings import ExceptionItem
from factoring_core.domain.reconciling.world import Book
from factoring_core.domain.vocabulary.load import Opening
from worlds import a_batch, a_book, a_load, a_report, a_sale, day, fold, row

BOUGHT = [row("purchase", 100_00, 3), row("purchase", 100_00, 3, invoice="1002")]
PAID = row("payment", 60_00, 9, "77", invoice="1002")
BACK = row("payment_reversal", 20_00, 10, "77", invoice="1002")
ELSEWHERE = row("payment", 5_00, 9, "78", invoice="9999")


def handed_on(*seen: Evidence, old: list[Evidence] = BOUGHT) -> Book:
    """C2 has taken L-1 over from C1, L-2 stayed behind; C2 reports *seen*."""
    loads = a_load("L-1"), a_load("L-2", invoice="1002")
    batch = a_batch()
    sales = [a_sale(load, batch, id_=f"A{n}") for n, load in enumerate(loads, start=1)]
    taken = a_sale(
        loads[0],
        id_="A3",
        connection="C2",
        sealed_on=day(5),
        opening=Opening(as_of=day(5), purchased=True),
        takes_over="A1",
    )
    told = a_report("R2", connection="C2", sequence=2)
    reports = [(a_report(), old), (told, list(seen))]
    return a_book(*loads, batches=[batch], sales=[*sales, taken], reports=reports)


def of_c2(book: Book) -> dict[tuple[str, str], ExceptionItem]:
    """What is raised of C2's rows, by type and subject."""
    items = fold(book).exceptions.values()
    return {(one.type.value, one.subject): one for one in items if one.connection == "C2"}


def test_what_customers_pay_to_the_new_factor_for_what_stayed_behind_is_the_old_ones() -> None:
    found = of_c2(handed_on(PAID, BACK, ELSEWHERE))
    assert set(found) == {("misdirected_payment", "invoice:1002"), ("unknown_invoice", "invoice:9999")}
    item = found["misdirected_payment", "invoice:1002"]
    assert (item.owed_by, item.owed_to, item.load, item.amount_at_risk) == ("C2", "C1", "L-2", 40_00)
    assert item.rows == (("R2", 2), ("R2", 3))


def test_what_is_not_paid_or_no_longer_the_old_factors_may_as_well_be_misplaced() -> None:
    misplaced = {("other_provider", "invoice:1002")}
    assert set(of_c2(handed_on(PAID, row("fee", 1_00, 9, invoice="1002")))) == misplaced
    assert set(of_c2(handed_on(PAID, old=[*BOUGHT, row("chargeback", 1, 5, invoice="1002")]))) == misplaced
    assert set(of_c2(handed_on(PAID, old=BOUGHT[:1]))) == misplaced
    strangers = handed_on(PAID)
    apart = [evolve(sale, takes_over=None) for sale in strangers.assignments]
    assert set(of_c2(evolve(strangers, assignments=apart))) == misplaced
    unknown = evolve(strangers, loads={"L-1": strangers.loads["L-1"]})
    assert set(of_c2(unknown)) == misplaced


def test_reserve_of_what_was_taken_over_is_due_from_that_day_on() -> None:
    held = [row("reserve_held", 10_00, 3, primary=False, invoice=number) for number in ("1001", "1002")]
    world = fold(handed_on(old=[*BOUGHT, *held, row("payment", 100_00, 9, "77", invoice="1002")]))
    found = {one.load: one for one in world.later.values()}
    terms = world.sales["A1"].sale.frozen.terms.release_days + 1
    assert {load: one.due for load, one in found.items()} == {
        "L-1": day(5) + dt.timedelta(days=terms),
        "L-2": day(9) + dt.timedelta(days=terms),
    }
    assert {(one.type.value, one.amount_at_risk) for one in found.values()} == {("reserve_overdue", 10_00)}


def test_a_chargeback_of_one_sale_among_many_is_raised_on_its_load() -> None:
    found = fold(handed_on(old=[*BOUGHT, row("chargeback", 40_00, 5, invoice="1002")])).exceptions.values()
    (item,) = [one for one in found if one.type == "charged_back"]
    assert (item.load, item.subject, item.amount_at_risk) == ("L-2", "assignment:A2", 40_00)
