"""The laws of the world, over whole small worlds, and the same world from an independent oracle."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from typing import Any

from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

import oracle
from factoring_core.domain.reconciling.decisions import Resolution
from factoring_core.domain.reconciling.evidence import Evidence
from factoring_core.domain.reconciling.findings import ExceptionSeverity, ExceptionType, exception_id
from factoring_core.domain.reconciling.world import Book, fold
from factoring_core.domain.selling.batch import BatchState
from factoring_core.domain.vocabulary.canonical import canonical_number, canonical_reference
from factoring_core.domain.vocabulary.lifecycle import LoadStatus, status_of
from worlds import bases, books, decided, numbered, reported, view, without

REPEATS = frozenset({ExceptionType.POSSIBLE_REPEAT})
"""Counts reports, so the laws on overlapping and splitting hold apart from it; it never posts."""


def reordered(rows: Sequence[Evidence], random: Random) -> list[Evidence]:
    """Return the rows of one report in another order, numbered anew."""
    by_row: dict[int, list[Evidence]] = {}
    for one in rows:
        by_row.setdefault(one.row, []).append(one)
    again = list(by_row.values())
    random.shuffle(again)
    return numbered(rows[0].report, again) if rows else []


def shuffled(book: Book, random: Random) -> Book:
    """Return the same facts, given in another order."""

    def mixed(things: Any) -> Any:
        listed = list(things)
        random.shuffle(listed)
        return listed

    return evolve(
        book,
        loads=dict(mixed(book.loads.items())),
        batches=dict(mixed(book.batches.items())),
        reports=dict(mixed(book.reports.items())),
        assignments=tuple(mixed(book.assignments)),
        evidence=tuple(mixed(book.evidence)),
        decisions=tuple(mixed(book.decisions)),
    )


def rows_of(book: Book, report: str) -> list[Evidence]:
    """Return the evidence of one report."""
    return [one for one in book.evidence if one.report == report]


def with_report(book: Book, like: str, name: str, rows: Sequence[Evidence]) -> Book:
    """Return the book with one report more: of the same kind as *like*, with these rows."""
    return evolve(
        book,
        reports={**book.reports, name: evolve(book.reports[like], id=name)},
        evidence=(*book.evidence, *(one._replace(report=name) for one in rows)),
    )


# Law 1: applying a report again changes nothing.


@given(books(), st.data(), st.randoms(use_true_random=False))
def test_a_report_applied_again_with_its_rows_in_another_order_changes_nothing(
    book: Book, data: st.DataObject, random: Random
) -> None:
    again = data.draw(st.sampled_from(sorted(book.reports)))
    # The same content has the same id, so it replaces itself; only the rows' places differ.
    others = [one for one in book.evidence if one.report != again]
    repeated = evolve(book, evidence=(*others, *reordered(rows_of(book, again), random)))
    assert view(fold(repeated), rows=False) == view(fold(book), rows=False)


# Law 2: any order of anything gives the same world.


@given(books(), st.randoms(use_true_random=False))
def test_any_order_of_reports_rows_sales_loads_and_decisions_gives_the_same_world(
    book: Book, random: Random
) -> None:
    assert view(fold(shuffled(book, random))) == view(fold(book))


# Law 3: overlapping periods count each fact once.


@given(books(), st.data(), st.randoms(use_true_random=False))
def test_a_report_that_only_overlaps_others_adds_nothing(
    book: Book, data: st.DataObject, random: Random
) -> None:
    longer = data.draw(st.sampled_from(sorted(book.reports)))
    rows = rows_of(book, longer)
    kept = set(data.draw(st.lists(st.sampled_from(sorted({one.row for one in rows}) or [0]), unique=True)))
    part = [one for one in rows if one.row in kept]
    overlapping = with_report(book, longer, "part", part)
    assert view(fold(overlapping), apart_from=REPEATS, rows=False) == view(
        fold(book), apart_from=REPEATS, rows=False
    )


@given(books(), st.data())
def test_a_longer_report_after_a_shorter_one_adds_only_what_is_new(book: Book, data: st.DataObject) -> None:
    longer = data.draw(st.sampled_from(sorted(book.reports)))
    rows = rows_of(book, longer)
    last = data.draw(st.integers(0, max((one.row for one in rows), default=0)))
    both = with_report(book, longer, "shorter", [one for one in rows if one.row <= last])
    assert view(fold(both), apart_from=REPEATS, rows=False) == view(
        fold(book), apart_from=REPEATS, rows=False
    )


# Law 4: undoing a report gives the world in which it never came.


@given(books(), st.data())
def test_undoing_a_report_gives_the_world_in_which_it_never_came(book: Book, data: st.DataObject) -> None:
    undone = data.draw(st.sampled_from(sorted(book.reports)))
    rows = rows_of(book, undone)
    never = without(book, undone)
    before, with_it = view(fold(never)), view(fold(book))
    # A fold leaves nothing behind in the values it read: neither the report nor its undoing.
    assert view(fold(without(book, undone))) == before
    again = evolve(never, reports=book.reports, evidence=(*never.evidence, *rows))
    assert view(fold(again)) == with_it


# Law 5: splitting a report changes nothing if all rows of one invoice stay together.


def invoices_apart(book: Book, rows: Sequence[Evidence]) -> list[list[Evidence]]:
    """Group rows so that no two groups could be about one invoice."""
    papers: dict[str, str] = {}
    for load in book.loads.values():
        for text in (load.number, load.po_number, load.reference_number):
            if text:
                papers[canonical_reference(text)] = load.number
    groups: list[tuple[set[str], list[Evidence]]] = []
    prefixes = book.subsidiary.invoice_prefixes
    for one in rows:
        key = one.invoice_key.removeprefix("po:").removeprefix("load:")
        cells = one.attributes
        names = {f"number {canonical_number(key, prefixes)}" if key else "account"}
        for text in (key, cells.load_number, cells.po_number):
            if canonical_reference(text) in papers:
                names.add(f"load {papers[canonical_reference(text)]}")
        for load in book.loads.values():
            number = load.invoice.number if load.invoice else load.planned_invoice_number or ""
            if canonical_number(number, prefixes) == canonical_number(key, prefixes):
                names.add(f"load {load.number}")
        for item in book.decisions:
            if item.subject == f"invoice:{one.invoice_key}" and item.load:
                names.add(f"load {item.load}")
        # Facts of one row stay in one row.
        names.add(f"row {one.row}")
        joined = [group for group in groups if group[0] & names]
        merged = (names.union(*(group[0] for group in joined)), [r for group in joined for r in group[1]])
        groups = [group for group in groups if group not in joined] + [(merged[0], [*merged[1], one])]
    return [group for _, group in groups]


@given(books(), st.data())
def test_splitting_a_report_with_the_rows_of_one_invoice_together_gives_the_same_world(
    book: Book, data: st.DataObject
) -> None:
    split = data.draw(st.sampled_from(sorted(book.reports)))
    groups = invoices_apart(book, rows_of(book, split))
    like = book.reports[split]
    parts = without(book, split)
    parts = evolve(parts, reports={**parts.reports, "part-0": evolve(like, id="part-0")})
    for number, group in enumerate(groups):
        name = f"part-{number % 3}"
        parts = evolve(
            parts,
            reports={**parts.reports, name: evolve(like, id=name)},
            evidence=(*parts.evidence, *(one._replace(report=name) for one in group)),
        )
    assert view(fold(parts), apart_from=REPEATS, rows=False) == view(
        fold(book), apart_from=REPEATS, rows=False
    )


# Law 6: what arrives later is as if it had come first.


@given(books(), st.data())
def test_the_world_is_a_function_of_the_set_whatever_was_folded_before(
    book: Book, data: st.DataObject
) -> None:
    """Loads, batches, sales and decisions come after the reports: the fold of all of them is one."""
    expected = view(fold(book))
    late_loads = set(data.draw(st.lists(st.sampled_from(sorted(book.loads)), unique=True)))
    early = evolve(
        book,
        loads={number: load for number, load in book.loads.items() if number not in late_loads},
        assignments=tuple(sale for sale in book.assignments if sale.load not in late_loads),
        decisions=(),
    )
    fold(early)
    late = evolve(
        early,
        loads={**early.loads, **{number: book.loads[number] for number in late_loads}},
        assignments=(*early.assignments, *(s for s in book.assignments if s.load in late_loads)),
        decisions=book.decisions,
    )
    assert view(fold(late)) == expected


@given(st.data())
def test_a_decision_undone_leaves_the_world_as_if_it_had_never_been_made(data: st.DataObject) -> None:
    book = data.draw(reported(data.draw(bases())))
    before = view(fold(book))
    resolved = data.draw(decided(book))
    fold(resolved)
    assert view(fold(evolve(resolved, decisions=book.decisions))) == before


@given(books())
def test_every_decision_counts_or_says_that_it_does_not(book: Book) -> None:
    """What a decision was about is closed, rests, is not there any more, or names the decision."""
    world = fold(book)
    found = {**world.exceptions, **world.later}
    for made in book.decisions:
        item = found.get(made.exception_id or "")
        if item is None or made.resolution in (Resolution.ASSIGN, Resolution.NON_FACTORED):
            continue
        assert item.severity is ExceptionSeverity.WAITING or "does not cover what is there now" in item.note


@given(books(), st.data())
def test_undoing_and_applying_a_report_leaves_every_decision_as_it_was(
    book: Book, data: st.DataObject
) -> None:
    """Also one that lapsed in between: nothing is remembered of the world without the report."""
    before = view(fold(book))
    report = data.draw(st.sampled_from(sorted(book.reports)))
    undone = without(book, report)
    fold(undone)
    rows = rows_of(book, report)
    again = evolve(undone, reports=book.reports, evidence=(*undone.evidence, *rows))
    assert view(fold(again)) == before


# Algebra.


@given(books())
def test_open_is_what_is_owed_less_what_was_paid_and_written_off(book: Book) -> None:
    for sale in fold(book).sales.values():
        money = sale.position
        assert money.open == money.face + money.adjustments - money.net_paid - money.written_off
        assert money.written_off in (0, money.shortage)
        assert 0 <= money.direct_open <= max(0, money.charged_back)
        assert not (money.settled and (not money.bought or money.fully_charged_back))


@given(books())
def test_every_standing_is_what_its_facts_say(book: Book) -> None:
    world = fold(book)
    assert set(world.standings) == set(book.loads)
    for number, load in world.loads.items():
        standing = world.standings[number]
        assert standing.status is status_of(load.facts)
        assert standing.route is load.facts.route
        open_here = {item.type.value for item in world.exceptions.values() if item.load == number}
        assert standing.flags == tuple(sorted(open_here))
        if standing.status in (LoadStatus.FINANCED, LoadStatus.COMPLETED) and load.direct is None:
            assert load.sale is not None
            assert load.sale.position.bought


@given(books())
def test_every_exception_has_one_name_that_only_its_subject_decides(book: Book) -> None:
    world = fold(book)
    for id_, item in world.exceptions.items():
        owner = item.connection or book.subsidiary.id
        assert id_ == item.id == exception_id(book.tenant, owner, item.type, item.subject)
        assert item.amount_at_risk >= 0 or item.type in PLACELESS
        assert id_ not in world.resolved
    named = [(item.connection, item.type, item.subject) for item in world.exceptions.values()]
    assert len(named) == len(set(named))


PLACELESS = {
    ExceptionType.UNKNOWN_INVOICE,
    ExceptionType.AMBIGUOUS,
    ExceptionType.NON_FACTORED,
    ExceptionType.OTHER_PROVIDER,
    ExceptionType.NEVER_SUBMITTED,
    ExceptionType.CURRENCY_DIFFERS,
    ExceptionType.CONFLICTING_ROWS,
}
"""Types whose amount is that of the rows, and adjustments have a sign."""


@given(books())
def test_every_fact_is_in_one_place_and_posts_only_on_a_sale_or_an_account(book: Book) -> None:
    world = fold(book)
    for connection, facts in world.facts.items():
        if connection == "stated":
            continue
        assert set(world.placements[connection]) == set(facts)
        for key, fact in facts.items():
            place = world.placements[connection][key]
            assert fact.sale == place.sale
            assert (place.sale is None) or (place.miss is None)
            if place.sale is None and not fact.first.account:
                assert place.miss is not None
                assert fact.posted == 0


# The oracle.

MONEY = (
    "bought",
    "purchased",
    "adjustments",
    "net_paid",
    "charged_back",
    "fully_charged_back",
    "direct_open",
    "written_off",
    "advanced",
    "fees",
    "reserve_held",
    "rebated",
    "settled",
    "open",
)


def told(book: Book) -> set[Any]:
    """What the fold says, in the words of the oracle: a line for each fact, to see differences at once."""
    world = fold(book)
    lines: set[Any] = set()
    for number, load in world.standings.items():
        lines.add(
            ("load", number, load.status.value, load.route.value, load.disposition, load.paid, load.open)
        )
    for id_, sale in world.sales.items():
        for name in MONEY:
            value = getattr(sale.position, name)
            lines.add(("sale", id_, name, value is not None if name == "settled" else value))
    for name, totals in world.accounts.items():
        lines |= {("account", name, kind, cents) for kind, cents in totals.items()}
    for item in (*world.exceptions.values(), *world.later.values()):
        lines.add(("exception", item.type.value, item.subject, item.amount_at_risk, item.due))
    lines |= {("arrived", id_) for id_, one in world.batches.items() if one.state is BatchState.DELIVERED}
    return lines


def foretold(book: Book) -> set[Any]:
    """What the oracle says of the same book."""
    world = oracle.fold(book)
    lines: set[Any] = set()
    for number, load in world.loads.items():
        lines.add(("load", number, load.status, load.route, load.disposition, load.paid, load.open))
    for id_, sale in world.sales.items():
        lines |= {("sale", id_, name, getattr(sale, name)) for name in MONEY}
    for name, totals in world.accounts.items():
        lines |= {("account", name, kind, cents) for kind, cents in totals.items()}
    lines |= {("exception", *problem) for problem in world.exceptions}
    lines |= {("arrived", id_) for id_ in world.arrived}
    return lines


@given(books())
def test_the_fold_and_the_naive_oracle_tell_the_same_world(book: Book) -> None:
    ours, theirs = told(book), foretold(book)
    assert (ours - theirs, theirs - ours) == (set(), set())
