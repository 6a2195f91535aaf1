"""What one new report changes, planned from the part of the books that it can move."""

from collections.abc import Iterable, Iterator, Mapping
from itertools import repeat
from operator import attrgetter, itemgetter
from typing import Any, TypeVar

from attrs import evolve, frozen

from factoring_core.domain.reconciling.alike import Before, Paid, paid_alike
from factoring_core.domain.reconciling.evidence import Evidence
from factoring_core.domain.reconciling.findings import ExceptionItem, ExceptionRecord
from factoring_core.domain.reconciling.reports import Report
from factoring_core.domain.reconciling.touched import Ledger, Part, Sold, ledger_of
from factoring_core.domain.reconciling.world import Book, World, fold
from factoring_core.domain.selling.batch import Assignment
from factoring_core.domain.vocabulary.lifecycle import LoadStatus
from factoring_core.domain.vocabulary.load import Load, Standing
from factoring_core.ports.storage import Reading
from factoring_core.usecases.books import Change, compare, opened_record, read_book, transition_of
from factoring_core.usecases.many import Many
from factoring_core.usecases.ports import Ports
from factoring_core.usecases.reconciling.on_demand import LoadsOnDemand, SalesOnDemand
from factoring_core.usecases.results import Transition

N = TypeVar("N", Before, Sold)

FEW = 4
"""Standings are asked for by load if they are fewer than one in so many; else all are read."""


@frozen
class OpenBook:
    """A subsidiary's book whose loads and sales are read as they are needed."""

    book: Book
    loads: LoadsOnDemand
    sales: SalesOnDemand

    @classmethod
    def of(cls, tx: Reading, ports: Ports, subsidiary: str) -> "OpenBook":
        """Open the book of one subsidiary."""
        loads, sales = LoadsOnDemand(tx, subsidiary), SalesOnDemand(tx, subsidiary)
        return cls(read_book(tx, ports, subsidiary, loads=loads, sales=sales), loads, sales)

    def sample(self, load: str) -> tuple[Load, Assignment]:
        """Return a load and its one sale."""
        (sale,) = self.sales.of_loads((load,))
        return self.loads[load], sale


def plan_report_change(
    tx: Reading,
    ports: Ports,
    open_book: OpenBook,
    book: Book,
    report: Report,
    evidence: tuple[Evidence, ...],
    *,
    one_by_one: bool,
) -> Change:
    """Fold the part of *book* that *report* can move, and compare it with what is stored.

    The answer is that of `plan_change`, as long as the books are settled without the report.

    Args:
        open_book: Where loads and sales are read.
        book: With the report and its *evidence* in it.
        one_by_one: Fold every sale by itself, also those that are alike.
    """
    subsidiary = book.subsidiary.id
    records = tx.find(ExceptionRecord, subsidiary=subsidiary, open=True)
    sold = _each(Sold, tx.values(Assignment, Sold._fields, subsidiary=subsidiary))
    ledger = ledger_of(book, report, evidence, sold=sold, said=[one.item for one in records])
    apart, _ = ledger.closed(ledger.reach(()))
    touched = ledger.touched
    before = _standings(tx, subsidiary, touched | apart, len(ledger.of_load))
    paid = {} if one_by_one else paid_alike(ledger, before, open_book.sample, apart=apart)
    alike = {one.sale.load for one in paid.values()}
    part, world = _folded(open_book, ledger, apart | (touched - alike))
    lacking = part.loads - before.keys()
    if lacking:
        before |= _standings(tx, subsidiary, lacking, len(ledger.of_load))
    stood = {
        load: Standing(subsidiary=subsidiary, **before[load]._asdict())
        for load in part.loads
        if load in before
    }
    known = {one.id: one for one in records if part.tells_of(one.item)}
    change = compare(ports, part.book, _told(part, world), before=stood, known=known)
    rest = [(number, one) for number, one in paid.items() if one.sale.load not in part.loads]
    paid = dict(sorted(rest, key=_load_of))
    return _with_paid(ports, change, paid) if paid else change


def _folded(open_book: OpenBook, ledger: Ledger, reached: frozenset[str]) -> tuple[Part, World]:
    """Fold a part of the book, and more of it until the world speaks of nothing outside the part."""
    further: set[str] | frozenset[str] = reached
    while True:
        reached, batches = ledger.closed(reached | further)
        open_book.loads.fetch(reached)
        part = ledger.part(reached, batches, open_book.sales.of_loads(reached))
        world = fold(part.book)
        further = part.left_out(world)
        if not further:
            return part, world


def _standings(tx: Reading, subsidiary: str, loads: frozenset[str] | set[str], of: int) -> dict[str, Before]:
    few = {"load": sorted(loads)} if len(loads) * FEW < of else {}
    rows = tx.values(Standing, Before._fields, subsidiary=subsidiary, **few)
    return {one.load: one for one in _each(Before, rows)}


def _each(kind: type[N], rows: Iterable[tuple[Any, ...]]) -> Iterator[N]:
    """Make named tuples as their ``_make`` does, in a third of the time."""
    return map(tuple.__new__, repeat(kind), rows)


def _told(part: Part, world: World) -> World:
    """Leave out what only a fold of the whole book could say."""
    exceptions = {id_: one for id_, one in world.exceptions.items() if part.tells_of(one)}
    later = {id_: one for id_, one in world.later.items() if part.tells_of(one)}
    return evolve(world, exceptions=exceptions, later=later)


def _load_of(entry: tuple[str, Paid]) -> str:
    return entry[1].sale.load


def _with_paid(ports: Ports, change: Change, paid: Mapping[str, Paid]) -> Change:
    """Add the transitions and exceptions of sales that were not folded by themselves."""
    rows = [
        (step.load, step.subsidiary, step.from_status, step.to_status, step.events, step.through)
        for step in change.transitions
    ]
    items: dict[str, ExceptionItem] = {}
    now = ports.clock.now()
    ways: dict[tuple[int, LoadStatus], tuple[Any, ...]] = {}
    for one in paid.values():
        sale, _, before, outcome = one
        status = before.status
        if outcome.standing.status is not status:
            way = ways.get((id(outcome), status))
            if way is None:
                like = transition_of(status, outcome.standing, outcome.facts)
                way = (like.from_status, like.to_status, like.events, like.through)
                ways[id(outcome), status] = way
            rows.append((sale.load, sale.subsidiary, *way))
        if (item := one.item(ports.tenant)) is not None:
            items[item.id] = item
    rows.sort(key=itemgetter(0))
    opened = [*change.opened, *(opened_record(item, now) for item in items.values())]
    world = evolve(change.world, exceptions={**change.world.exceptions, **items})
    return evolve(
        change,
        world=world,
        transitions=Many(_transition, rows),
        opened=tuple(sorted(opened, key=attrgetter("id"))),
        paid=paid,
    )


def _transition(
    load: str,
    subsidiary: str,
    from_status: str,
    to_status: str,
    events: tuple[str, ...],
    through: tuple[str, ...],
) -> Transition:
    return Transition(
        load=load,
        subsidiary=subsidiary,
        from_status=from_status,
        to_status=to_status,
        events=events,
        through=through,
    )
