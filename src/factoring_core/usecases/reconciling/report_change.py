"""What one new report changes, planned from the part of the books that it can move."""

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence, Set
from functools import partial
from heapq import merge
from operator import itemgetter
from typing import Any

from attrs import evolve

from factoring_core.domain.reconciling.alike_rows import AlikeRows
from factoring_core.domain.reconciling.findings import ExceptionRecord
from factoring_core.domain.reconciling.touched import Ledger, Part, Sold, ledger_of
from factoring_core.domain.reconciling.world import Book, World, fold
from factoring_core.domain.selling.batch import Assignment
from factoring_core.domain.vocabulary.lifecycle import LoadStatus
from factoring_core.domain.vocabulary.load import Standing
from factoring_core.domain.vocabulary.packed import Packed, places_in_order
from factoring_core.ports.storage import Reading
from factoring_core.usecases.books import Change, compare, opened_record, transition_of
from factoring_core.usecases.many import Many
from factoring_core.usecases.ports import Ports
from factoring_core.usecases.reconciling.report_rows import OpenBook, ReportRows, named, standings_of
from factoring_core.usecases.results import Transition

FEW = 4
"""Standings are asked for by load if they are fewer than one in so many; else all are read."""


def plan_report_change(
    tx: Reading, ports: Ports, open_book: OpenBook, book: Book, rows: ReportRows
) -> Change:
    """Fold the part of *book* that a report can move, and compare it with what is stored.

    The answer is that of `plan_change`, as long as the books are settled without the report.

    Args:
        open_book: Where loads and sales are read.
        book: With the report in it, and with its facts but for those of rows that are alike.
        rows: Those of the report.
    """
    subsidiary, report = book.subsidiary.id, rows.report
    # Where nothing is known but what is alike, no other sale can be meant.
    alone = not (book.evidence or book.decisions or rows.said or report.complete_list)
    sold = () if alone else named(Sold, tx.values(Assignment, Sold._fields, subsidiary=subsidiary))
    ledger = ledger_of(book, report, rows.others, sold=sold, said=[one.item for one in rows.said])
    apart, _ = ledger.closed(ledger.reach(()))
    part, world = _folded(open_book, ledger, apart | ledger.touched, rows)
    few = {"load": sorted(part.loads)} if len(part.loads) * FEW <= len(ledger.of_load) else {}
    before = standings_of(tx, subsidiary, **few)
    stood = {
        load: Standing(subsidiary=subsidiary, **before[load]._asdict())
        for load in part.loads
        if load in before
    }
    known = {one.id: one for one in rows.said if part.tells_of(one.item)}
    change = compare(ports, part.book, _told(part, world), before=stood, known=known)
    alike = rows.alike.without(part.loads)
    return _with_alike(ports, change, alike) if alike else evolve(change, alike=alike)


def _folded(
    open_book: OpenBook, ledger: Ledger, reached: frozenset[str], rows: ReportRows
) -> tuple[Part, World]:
    """Fold a part of the book, and more of it until the world speaks of nothing outside the part."""
    further: Set[str] = reached
    settled: Set[str] = frozenset()
    while True:
        reached, batches = ledger.closed(reached | further)
        # Whatever a row that is alike could be about has to be looked at by itself.
        ledger.settle(rows.facts_of(reached - settled))
        settled = reached
        open_book.loads.fetch(reached)
        part = ledger.part(reached, batches, open_book.sales.of_loads(reached))
        world = fold(part.book)
        further = part.left_out(world)
        if not further:
            return part, world


def _told(part: Part, world: World) -> World:
    """Leave out what only a fold of the whole book could say."""
    exceptions = {id_: one for id_, one in world.exceptions.items() if part.tells_of(one)}
    later = {id_: one for id_, one in world.later.items() if part.tells_of(one)}
    return evolve(world, exceptions=exceptions, later=later)


def _with_alike(ports: Ports, change: Change, alike: AlikeRows) -> Change:
    """Add the transitions and exceptions of sales that were not folded by themselves."""
    rows = [
        (step.load, step.subsidiary, step.from_status, step.to_status, step.events, step.through)
        for step in change.transitions
    ]
    return evolve(
        change,
        transitions=Many(Transition.of, merge(rows, _steps(alike), key=itemgetter(0))),
        opened=_opened(change.opened, alike, ports.clock.now()),
        alike=alike,
    )


def _opened(
    folded: Iterable[ExceptionRecord], alike: AlikeRows, now: dt.datetime
) -> Sequence[ExceptionRecord]:
    """Return, in the order of ids, what is open now; what is alike as its place."""
    ids, places = Packed(filter(None, alike.ids)), Packed(alike.raised())
    order = places_in_order(ids)
    others = zip(ids.at(order), places.at(order), strict=True)
    cells = merge(((record.id, record) for record in folded), others, key=itemgetter(0))
    return Many(partial(_record, alike, now), ((cell,) for _, cell in cells))


def _record(alike: AlikeRows, now: dt.datetime, cell: ExceptionRecord | int) -> ExceptionRecord:
    return opened_record(alike.item(cell), now) if isinstance(cell, int) else cell


def _steps(alike: AlikeRows) -> Iterator[tuple[Any, ...]]:
    """Yield the cells of the transition of each load whose status moves, in the order of the loads."""
    ways: dict[tuple[int, LoadStatus], tuple[Any, ...]] = {}
    subsidiary, order = alike.subsidiary, alike.by_load
    columns = (alike.loads.at(order), alike.outcomes.at(order), alike.was.at(order))
    for load, outcome, status in zip(*columns, strict=True):
        if outcome.standing.status is status:
            continue
        way = ways.get((id(outcome), status))
        if way is None:
            like = transition_of(status, outcome.standing, outcome.facts)
            way = (like.from_status, like.to_status, like.events, like.through)
            ways[id(outcome), status] = way
        yield (load, subsidiary, *way)
