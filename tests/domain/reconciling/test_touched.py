"""What one new report touches: which facts are settled, what is folded with them, and what a part tells."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from attrs import evolve

from factoring_core.domain.reconciling.evidence import Evidence
from factoring_core.domain.reconciling.findings import ExceptionItem, ExceptionSeverity, ExceptionType
from factoring_core.domain.reconciling.touched import Ledger, Part, Sold, ledger_of, missed
from factoring_core.domain.reconciling.world import Book
from factoring_core.domain.selling.batch import BatchState
from factoring_core.domain.vocabulary.profile import ReportKind
from worlds import a_batch, a_book, a_load, a_report, a_sale, decision, fold, row

X = ExceptionType


def item(kind: ExceptionType, subject: str = "", load: str | None = None) -> ExceptionItem:
    return ExceptionItem(
        id="exc-1",
        type=kind,
        severity=ExceptionSeverity.WRONG,
        subsidiary="S",
        connection="C1",
        subject=subject,
        load=load,
        amount_at_risk=0,
    )


def sold(count: int, **batch: Any) -> Book:
    """Return *count* sales of B1, each bought in R0; there is a batch X1 of another connection too."""
    one, other = a_batch(**batch), a_batch("X1", connection="C2")
    loads = [a_load(f"L-{n}", invoice=f"10{n:02d}", face=100_00 + n) for n in range(count)]
    sales = [a_sale(load, one) for load in loads]
    bought = [row("purchase", sale.face, 3, invoice=sale.invoice_number) for sale in sales]
    return a_book(*loads, batches=[one, other], sales=sales, reports=[(a_report("R0"), bought)])


def ledger(
    book: Book, *rows: Evidence, said: Sequence[ExceptionItem] = (), new: str = "R1", **report: Any
) -> Ledger:
    """Return the book with a report R1 of these rows in it, sorted."""
    facts = [one._replace(report=new, row=n, line=n) for n, one in enumerate(rows, start=2)]
    book = evolve(
        book,
        reports={**book.reports, new: a_report(new, sequence=2, **report)},
        evidence=(*book.evidence, *facts),
    )
    sales = [Sold._make(getattr(sale, name) for name in Sold._fields) for sale in book.assignments]
    return ledger_of(book, book.reports[new], facts, sold=sales, said=said)


def pays(invoice: str, **cells: Any) -> Evidence:
    return row("payment", 40_00, 9, "77", invoice=invoice, **cells)


# Exceptions that are about facts that no sale takes.


@pytest.mark.parametrize("kind", ExceptionType)
def test_facts_that_no_sale_takes_have_kinds_of_their_own(kind: ExceptionType) -> None:
    about_facts = {
        X.UNKNOWN_INVOICE,
        X.AMBIGUOUS,
        X.NON_FACTORED,
        X.OTHER_PROVIDER,
        X.NEVER_SUBMITTED,
    }
    assert missed(item(kind, "assignment:A1")) is (kind in about_facts)
    assert missed(item(kind, "invoice:9")) is (kind in about_facts | {X.MISDIRECTED_PAYMENT})


@pytest.mark.parametrize(
    ("about", "told"),
    [
        (item(X.SHORT_PAID, "assignment:A1", "L-1"), True),
        (item(X.SHORT_PAID, "assignment:A2", "L-2"), False),
        (item(X.NEVER_SUBMITTED, "invoice:9", "L-2"), True),
        (item(X.UNKNOWN_INVOICE, "invoice:9"), True),
        (item(X.DELIVERY_IN_DOUBT, "batch:B1"), True),
        (item(X.DELIVERY_IN_DOUBT, "batch:B2"), False),
        (item(X.DUPLICATE_ROW, "amount:fee:account:C1:100"), True),
    ],
)
def test_a_part_tells_of_its_loads_and_whole_batches_and_of_all_that_is_no_loads(
    about: ExceptionItem, told: bool
) -> None:
    part = Part(book=a_book(), loads=frozenset({"L-1"}), batches=frozenset({"B1"}))
    assert part.tells_of(about) is told


# Settled and loose.


def test_a_fact_whose_number_is_that_of_one_sale_is_settled() -> None:
    found = ledger(sold(2), pays("1001"))
    assert found.touched == {"L-1"}
    assert set(found.settled) == {("C1", "1000"), ("C1", "1001")}
    assert [one.report for one in found.settled["C1", "1001"]] == ["R0", "R1"]
    assert (found.loose, found.unplaced, found.account) == (set(), [], [])
    assert set(found.sales) == {("C1", "1000"), ("C1", "1001")}
    assert {load: [one.id for one in some] for load, some in found.of_load.items()} == {
        "L-0": ["L-0@B1"],
        "L-1": ["L-1@B1"],
    }


@pytest.mark.parametrize(
    "cells",
    [
        {"invoice_amount": 99_00},
        {"debtor_number": "D-8"},
        {"mc_number": "300400"},
    ],
)
def test_a_cell_that_speaks_against_the_sale_makes_all_of_its_number_loose(cells: dict[str, Any]) -> None:
    found = ledger(sold(2), pays("1001", **cells))
    assert found.touched == set()
    assert found.loose == {("C1", "1001")}
    assert [one.report for one in found.unplaced] == ["R0", "R1"]
    assert set(found.settled) == {("C1", "1000")}


@pytest.mark.parametrize(
    "cells",
    [
        {"invoice_amount": 100_01},
        {"debtor_number": "D-7"},
        {"mc_number": "MC 100200"},
        {"customer": "Somebody Else", "load_number": "L-9"},
    ],
)
def test_a_cell_that_does_not_leaves_it_settled(cells: dict[str, Any]) -> None:
    assert ledger(sold(2), pays("1001", **cells)).touched == {"L-1"}


def test_a_number_that_was_sold_twice_or_never_left_or_is_not_known_is_loose() -> None:
    book = sold(2)
    again = a_sale(book.loads["L-1"], a_batch("B2"), id_="A9")
    twice = evolve(
        book, batches={**book.batches, "B2": a_batch("B2")}, assignments=(*book.assignments, again)
    )
    found = ledger(twice, pays("1001"))
    assert (found.touched, found.loose) == (set(), {("C1", "1001")})
    assert found.not_alone == {"L-1"}

    kept = evolve(book, batches={**book.batches, "B1": a_batch(state=BatchState.CANCELLED)})
    assert (ledger(kept, pays("1001")).sales, ledger(kept, pays("1001")).touched) == ({}, set())
    assert ledger(book, pays("9999")).loose == {("C1", "9999")}


def test_a_number_of_another_connection_is_another_number() -> None:
    found = ledger(sold(2), pays("1001"), connection="C2")
    assert (found.touched, found.loose) == (set(), {("C2", "1001")})
    assert [one.report for one in found.unplaced] == ["R1"]


def test_what_has_no_number_or_was_stated_by_a_person_is_kept_apart() -> None:
    book = sold(2)
    fee = row("fee", 5_00, 9, invoice="", account=True)
    stated = row("payment", 10_00, 9, invoice="load:L-1")
    told = [(a_report("S1", kind=ReportKind.STATEMENT), stated), (a_report("S2", connection=None), stated)]
    for report, one in told:
        more = evolve(
            book,
            reports={**book.reports, report.id: report},
            evidence=(*book.evidence, one._replace(report=report.id, row=2)),
        )
        found = ledger(more, fee, pays("1001"))
        assert [each.type.value for each in found.account] == ["fee"]
        assert {load: len(some) for load, some in found.stated.items()} == {"L-1": 1}
        assert found.not_alone == {"L-1"}
        part = found.part(frozenset({"L-1"}), frozenset(), book.assignments[1:])
        assert {each.report for each in part.book.evidence} == {"R0", "R1", report.id}
        assert len(part.book.evidence) == 4
        assert len(found.part(frozenset({"L-0"}), frozenset(), book.assignments[:1]).book.evidence) == 2


@pytest.mark.parametrize(
    ("subject", "more", "loose"),
    [
        ("invoice:1001", {"load": "L-0"}, {("C1", "1001")}),
        ("assignment:L-1@B1", {"assignment": "L-0@B1"}, {("C1", "1001")}),
        ("assignment:L-1@B1", {"resolution": "write_off", "amount": 1}, set()),
        ("invoice:7777", {"load": "L-0"}, set()),
    ],
)
def test_what_a_person_put_elsewhere_is_loose(
    subject: str, more: dict[str, Any], loose: set[tuple[str, str]]
) -> None:
    made = decision(subject, **{"resolution": "assign", **more})
    found = ledger(evolve(sold(3), decisions=(made,)), pays("1002"))
    assert found.loose == loose


# What is folded together.


def test_loads_that_decisions_name_are_not_alone() -> None:
    book = sold(4)
    made = [
        decision("amount:payment:L-0@B1:4000", "count_each"),
        decision("load:L-1", "ignore"),
        decision("invoice:9", "assign", assignment="L-2@B1"),
    ]
    assert ledger(evolve(book, decisions=tuple(made)), pays("1003")).not_alone == {"L-0", "L-1", "L-2"}
    by_load = decision("invoice:9", "assign", load="L-3")
    assert ledger(evolve(book, decisions=(by_load,)), pays("1003")).not_alone == {"L-3"}
    assert ledger(book, pays("1003")).not_alone == set()


def test_loads_of_which_something_is_said_are_not_alone_and_are_reached_where_no_sale_took_the_facts() -> (
    None
):
    said = [item(X.SHORT_PAID, "assignment:L-0@B1", "L-0"), item(X.NEVER_SUBMITTED, "invoice:9", "L-1")]
    found = ledger(sold(4), pays("1003"), said=said)
    assert found.not_alone == {"L-0", "L-1"}
    assert found.reach({"L-3"}) == {"L-1", "L-3"}


@pytest.mark.parametrize(
    ("batch", "said", "report", "together"),
    [
        ({}, [], {}, False),
        ({"state": BatchState.IN_DOUBT, "attempted": True}, [], {}, True),
        ({}, [item(X.UNACKNOWLEDGED_BATCH, "batch:B1")], {}, True),
        ({}, [item(X.UNACKNOWLEDGED_BATCH, "batch:X1")], {}, False),
        ({}, [], {"complete_list": True, "batch": "B1"}, True),
        ({}, [], {"complete_list": True, "batch": "X1"}, False),
        ({}, [], {"batch": "B1"}, False),
        ({"state": BatchState.IN_DOUBT, "attempted": True}, [], {"batch": "B1"}, True),
    ],
)
def test_a_batch_of_which_something_is_said_as_a_whole_is_folded_as_a_whole(
    batch: dict[str, Any], said: list[ExceptionItem], report: dict[str, Any], together: bool
) -> None:
    found = ledger(sold(3, **batch), pays("1001"), said=said, **report)
    everything = {"L-0", "L-1", "L-2"}
    assert found.closed({"L-1"}) == (
        (frozenset(everything), frozenset({"B1"})) if together else (frozenset({"L-1"}), frozenset())
    )
    assert found.not_alone == (everything if together else set())
    listed = together and "complete_list" in report
    assert found.reach(()) == (everything if listed else set())


def test_batches_that_share_a_load_are_folded_together_and_those_that_share_none_are_not() -> None:
    batches = [a_batch(f"B{n}", state=BatchState.IN_DOUBT, attempted=True) for n in (1, 2, 3, 4)]
    loads = [a_load(f"L-{n}", invoice=f"100{n}") for n in range(5)]
    held = [(0, 0), (1, 0), (1, 1), (2, 1), (2, 2), (3, 2), (4, 3)]
    sales = [a_sale(loads[load], batches[batch]) for load, batch in held]
    book = a_book(*loads, batches=batches, sales=sales, reports=[(a_report("R0"), [])])
    found = ledger(book, pays("1000"))
    assert found.closed({"L-0"}) == ({"L-0", "L-1", "L-2", "L-3"}, {"B1", "B2", "B3"})
    assert found.closed({"L-4"}) == ({"L-4"}, {"B4"})
    assert found.closed(()) == (frozenset(), frozenset())
    assert found.closed({"L-0", "L-4"}) == ({f"L-{n}" for n in range(5)}, {f"B{n}" for n in (1, 2, 3, 4)})


def test_a_part_holds_its_loads_with_what_is_settled_of_them_and_every_loose_fact() -> None:
    book = sold(3)
    found = ledger(book, pays("1001"), pays("9999"))
    part = found.part(frozenset({"L-1"}), frozenset({"B7"}), book.assignments[1:2])
    assert set(part.book.loads) == part.loads == {"L-1"}
    assert part.batches == {"B7"}
    assert part.book.others == book.loads
    assert part.book.assignments == book.assignments[1:2]
    assert [sale.load for sale in part.book.other_sales] == ["L-0", "L-2"]
    told = sorted((one.report, one.invoice_key) for one in part.book.evidence)
    assert told == [("R0", "1001"), ("R1", "1001"), ("R1", "9999")]
    sure = ledger(book, pays("1001")).part(frozenset({"L-1"}), frozenset(), book.assignments[1:2])
    assert sure.book.other_sales == ()
    gone = found.part(frozenset({"L-1", "L-7"}), frozenset(), book.assignments[1:2])
    assert set(gone.book.loads) == {"L-1"}


def test_a_sale_that_was_sold_twice_brings_in_each_fact_once() -> None:
    book = sold(2)
    again = a_sale(book.loads["L-1"], a_batch("B2"), id_="A9", invoice_number="1001-A")
    book = evolve(book, batches={**book.batches, "B2": a_batch("B2")}, assignments=(*book.assignments, again))
    found = ledger(book, pays("1001"), pays("1001-A"))
    part = found.part(frozenset({"L-1"}), frozenset(), book.assignments[1:])
    assert sorted((one.report, one.invoice_key) for one in part.book.evidence) == [
        ("R0", "1001"),
        ("R1", "1001"),
        ("R1", "1001-A"),
    ]


def test_facts_that_were_left_out_can_be_added() -> None:
    book = sold(2)
    found = ledger(book)
    assert set(found.settled) == {("C1", "1000"), ("C1", "1001")}
    later = [one._replace(report="R1", row=n) for n, one in enumerate([pays("1001"), pays("1003")], start=2)]
    found.settle(later)
    assert found.settled["C1", "1001"][1:] == later[:1]
    assert found.settled["C1", "1003"] == later[1:]


@pytest.mark.parametrize(
    ("invoice", "cells", "meant"),
    [
        ("1001", {"invoice_amount": 1}, {"L-1"}),
        ("INV-1001", {}, {"L-1"}),
        ("77777", {"invoice_amount": 100_02}, {"L-2"}),
        ("77777", {"load_number": "l-0"}, {"L-0"}),
        ("77777", {"po_number": "po-2"}, {"L-2"}),
        ("77777", {"po_number": "REF-1"}, {"L-1"}),
        ("77777", {}, set()),
        ("", {}, set()),
        ("1000", {}, set()),
    ],
)
def test_a_loose_fact_reaches_every_load_it_could_be_about(
    invoice: str, cells: dict[str, Any], meant: set[str]
) -> None:
    book = sold(3)
    sales = [
        evolve(one, po_number=f"PO-{n}", reference_number=f"REF-{n}")
        for n, one in enumerate(book.assignments)
    ]
    assert ledger(evolve(book, assignments=tuple(sales)), pays(invoice, **cells)).reach(()) == meant


@pytest.mark.parametrize("named", [{"load": "L-2"}, {"assignment": "L-2@B1"}])
def test_a_loose_fact_reaches_every_load_that_a_decision_names(named: dict[str, str]) -> None:
    book = evolve(sold(3), decisions=(decision("invoice:9", "assign", **named),))
    assert ledger(book, pays("77777")).reach(()) == {"L-2"}
    assert ledger(book, pays("1001")).reach(()) == set()


def test_every_loose_fact_reaches_what_it_could_be_about() -> None:
    rows = [pays("77777", load_number="L-0"), pays("88888", load_number="L-2"), pays("99999")]
    for told in (rows, rows[::-1]):
        assert ledger(sold(4), *told).reach(()) == {"L-0", "L-2"}


def test_a_loose_fact_reaches_the_sale_of_its_number_whatever_prefixes_were_known_when_it_was_sold() -> None:
    book = sold(2)
    first, second = book.assignments
    book = evolve(book, assignments=(first, evolve(second, canonical_number="of another day")))
    assert ledger(book, pays("1001", invoice_amount=1)).reach(()) == {"L-1"}


def test_a_load_that_is_not_in_the_book_is_not_left_out() -> None:
    book = sold(3)
    short = [pays(f"100{n}", closed=True) for n in (1, 2)]
    found = ledger(book, *short)
    part = found.part(frozenset({"L-0"}), frozenset(), book.assignments[:1])
    whole = fold(found.book)
    assert part.left_out(whole) == {"L-1", "L-2"}
    fewer = evolve(part, book=evolve(part.book, others={"L-1": book.loads["L-1"]}))
    assert fewer.left_out(whole) == {"L-1"}
