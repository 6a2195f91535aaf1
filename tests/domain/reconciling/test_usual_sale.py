"""The short road of usual sales, held to the rules; and what folding one sale says in its smallest cases."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any

import pytest
from attrs import evolve

from factoring_core.domain.reconciling import sale_fold
from factoring_core.domain.reconciling.evidence import Evidence
from factoring_core.domain.reconciling.facts import Fact, join_facts
from factoring_core.domain.reconciling.findings import ExceptionItem
from factoring_core.domain.reconciling.posting import Decisions
from factoring_core.domain.reconciling.world import Book
from factoring_core.domain.selling.batch import Assignment, Frozen
from factoring_core.domain.vocabulary.lifecycle import Ending
from factoring_core.domain.vocabulary.load import Opening
from factoring_core.domain.vocabulary.profile import Measure
from worlds import a_batch, a_book, a_load, a_report, a_sale, day, decision, fold, numbered, one_sale, row

BOUGHT = row("purchase", 100_00, 3)
PAID = row("payment", 100_00, 9, "C1")
SALE = a_sale(a_load(), a_batch(), id_="A1")
OPENED = evolve(SALE, batch=None, opening=Opening(as_of=day(4), purchased=True))

USUAL: list[tuple[Assignment, list[Evidence]]] = [
    (SALE, [BOUGHT]),
    (SALE, [BOUGHT, PAID]),
    (SALE, [PAID, BOUGHT]),
    (SALE, [row("purchase", 100_00, None), PAID]),
    (SALE, [BOUGHT, row("payment", 100_00, 9, currency="USD", invoice_amount=100_00)]),
    (OPENED, []),
    (OPENED, [PAID]),
    (OPENED, [BOUGHT, PAID]),
    (evolve(OPENED, opening=Opening(as_of=day(4), purchased=True, purchased_amount=100_00)), [PAID]),
    (evolve(OPENED, opening=Opening(as_of=day(4), purchased=True, purchased_on=day(2))), [BOUGHT]),
    (evolve(SALE, frozen=Frozen(tolerance=99_99)), [BOUGHT]),
]


def unusual() -> list[tuple[Assignment, list[Evidence]]]:
    """Return sales with one thing about them that the short road must leave to the rules."""
    rows: list[list[Evidence]] = [
        [PAID],
        [BOUGHT, row("payment", 99_99, 9)],
        [BOUGHT, PAID, row("payment", 100_00, 10)],
        [BOUGHT, row("purchase", 100_00, 4)],
        [BOUGHT, row("fee", 100_00, 9)],
        [BOUGHT, row("payment", 100_00, 9, closed=True)],
        [BOUGHT, row("payment", 100_00, 9, currency="CAD")],
        [BOUGHT, row("payment", 100_00, 9, invoice_amount=90_00)],
        [BOUGHT, row("payment", 100_00, 9, posts=False)],
        [BOUGHT, row("payment", 100_00, 9, measure=Measure.CUMULATIVE)],
        [BOUGHT, PAID, PAID],
    ]
    openings = [
        Opening(as_of=day(4), purchased=True, **{name: 1_00})
        for name in ("advanced", "reserve_held", "fees", "paid", "purchased_amount")
    ]
    openings += [Opening(as_of=day(4)), Opening(as_of=day(4), purchased=True, settled=True)]
    found = [(SALE, one) for one in rows]
    found += [(evolve(OPENED, opening=opening), [PAID]) for opening in openings]
    found.append((evolve(SALE, frozen=Frozen(tolerance=100_00)), [BOUGHT]))
    return found


def facts(rows: Sequence[Evidence]) -> list[Fact]:
    return list(join_facts(numbered("R1", rows)).values())


def told(sale: Assignment, rows: Sequence[Evidence], decisions: Decisions) -> Any:
    """Return what follows for one sale, and how its facts post."""
    found = facts(rows)
    folded = sale_fold.fold_sale(sale, found, decisions)
    findings = [(one.type, one.amount, one.note, len(one.facts)) for one in folded.findings]
    posting = [(fact.posted, fact.questioned, fact.repeated) for fact in found]
    return folded.position, folded.disposition, folded.ending, folded.ended_by, findings, posting


@pytest.mark.parametrize(("sale", "rows"), [*USUAL, *unusual()])
def test_the_short_road_says_what_the_rules_say(
    sale: Assignment, rows: list[Evidence], monkeypatch: pytest.MonkeyPatch
) -> None:
    judging: list[Decisions] = [{}, {"assignment:A9": [decision("assignment:A9", "ignore")]}]
    for kind, cents in itertools.product(("purchase", "payment"), (100_00,)):
        subject = f"amount:{kind}:A1:{cents}"
        texts = tuple(fact.text for fact in facts(rows))
        made = decision(subject, "count_each", count=2)
        judging.append({subject: [evolve(made, judged=texts)]})
    judging.append({"assignment:A1": [decision("assignment:A1", "return_to_queue")]})
    short = [told(sale, rows, one) for one in judging]
    monkeypatch.setattr(sale_fold, "_usual", lambda *_: None)
    assert short == [told(sale, rows, one) for one in judging]


@pytest.mark.parametrize(("sale", "rows"), USUAL)
def test_a_usual_sale_takes_the_short_road(sale: Assignment, rows: list[Evidence]) -> None:
    elsewhere: Decisions = {"assignment:A9": [decision("assignment:A9", "ignore")]}
    for decisions in ({}, elsewhere):
        assert sale_fold._usual(sale, facts(rows), decisions) is not None


@pytest.mark.parametrize(("sale", "rows"), unusual())
def test_any_other_sale_is_left_to_the_rules(sale: Assignment, rows: list[Evidence]) -> None:
    assert sale_fold._usual(sale, facts(rows), {}) is None


def raised(book: Book) -> dict[str, ExceptionItem]:
    return {item.type.value: item for item in fold(book).exceptions.values()}


def test_one_cent_paid_is_paid() -> None:
    early = raised(one_sale([row("payment", 1, 9)]))["payment_before_purchase"]
    assert (early.amount_at_risk, early.severity) == (1, "waiting")
    short = raised(one_sale([BOUGHT, row("payment", 1, 9)]))["short_paid"]
    assert (short.amount_at_risk, short.severity) == (99_99, "wrong")


def test_another_amount_is_raised_with_the_rows_that_state_it() -> None:
    book = one_sale([row("purchase", 90_00, 3), row("fee", 1_00, 3), row("payment", 90_00, 9)])
    assert raised(book)["amount_differs"].rows == (("R1", 2),)
    stated = raised(one_sale([row("purchase", 100_00, 3, invoice_amount=0)]))["amount_differs"]
    assert (stated.amount_at_risk, stated.rows) == (100_00, (("R1", 2),))


def test_a_figure_that_is_only_compared_waits_and_says_what_it_is_about() -> None:
    book = one_sale([BOUGHT, row("fee", 3_00, 3)], [row("fee", 2_00, 3, posts=False)])
    item = raised(book)["terms_variance"]
    assert (item.severity, item.note) == ("waiting", "the reports state different amounts of fee")
    assert (item.amount_at_risk, item.rows) == (1_00, (("R2", 2),))


def test_what_the_old_factor_received_is_owed_to_the_new_one() -> None:
    load, batch = a_load(), a_batch()
    old = a_sale(load, batch, id_="A1")
    new = a_sale(
        load,
        id_="A2",
        connection="C2",
        sealed_on=day(5),
        opening=Opening(as_of=day(5), purchased=True),
        takes_over="A1",
    )
    rows = [BOUGHT, PAID, row("payment_reversal", 40_00, 12)]
    book = a_book(load, batches=[batch], sales=[old, new], reports=[(a_report(), rows)])
    item = raised(book)["misdirected_payment"]
    assert (item.subject, item.load, item.amount_at_risk) == ("assignment:A1", "L-1", 60_00)
    assert (item.owed_by, item.owed_to) == ("C1", "C2")
    assert (item.note, item.rows) == ("C1 received it and owes it to C2", (("R1", 3),))
    usual = evolve(book, evidence=book.evidence[:2])
    assert fold(usual).sales["A1"].ending == Ending.BOUGHT_OUT
    assert raised(usual)["misdirected_payment"].amount_at_risk == 100_00
