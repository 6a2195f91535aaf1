"""The part of a book that one new report can move: its invoices, and whatever hangs on them.

A fact is *settled* where its number alone says which sale it belongs to: the number is exactly that
of one invoice, sold once, and no other cell, decision or fact has a say.  Settled facts of other
invoices can be left out of a fold.  Every other fact is loose and is always folded again, with
every load it could be about.  A property holds the fold of a part to the fold of the whole book.
"""

from collections.abc import Iterable, Mapping, Sequence, Set
from typing import NamedTuple

from attrs import evolve, field, frozen

from factoring_core.domain.reconciling.decisions import Decision, Resolution
from factoring_core.domain.reconciling.evidence import NO_ATTRIBUTES, Evidence
from factoring_core.domain.reconciling.findings import ExceptionItem, ExceptionType
from factoring_core.domain.reconciling.known_sales import never_left
from factoring_core.domain.reconciling.matching import another_debtor, papers
from factoring_core.domain.reconciling.placing import SALE, invoice_subject
from factoring_core.domain.reconciling.reports import Report
from factoring_core.domain.reconciling.world import STATED, Book, World, connection_of
from factoring_core.domain.selling.batch import Assignment, BatchState, Frozen
from factoring_core.domain.vocabulary.canonical import canonical_number, canonical_reference
from factoring_core.domain.vocabulary.load import Opening

X = ExceptionType

MISSED = frozenset({X.UNKNOWN_INVOICE, X.AMBIGUOUS, X.NON_FACTORED, X.OTHER_PROVIDER, X.NEVER_SUBMITTED})
"""What is said of facts that no sale takes; these are loose."""


def missed(item: ExceptionItem) -> bool:
    """Say whether an exception is about facts that no sale takes."""
    if item.type is X.MISDIRECTED_PAYMENT:
        return item.subject.startswith(invoice_subject(""))
    return item.type in MISSED


Key = tuple[str, str]
"""A connection, and an invoice key of its reports."""


class Sold(NamedTuple):
    """What has to be known of every sale to see which of them a report touches; see `Assignment`."""

    id: str
    subsidiary: str
    connection: str
    load: str
    batch: str | None
    invoice_number: str
    canonical_number: str
    face: int
    currency: str
    customer_mc_number: str | None
    debtor_number: str | None
    po_number: str | None
    reference_number: str | None
    frozen: Frozen
    opening: Opening | None


@frozen(kw_only=True)
class Part:
    """What has to be folded when one report is new.

    ``loads``: those whose standing it may move.  ``batches``: those whose sales are all in it.
    """

    book: Book
    loads: frozenset[str]
    batches: frozenset[str]

    def tells_of(self, item: ExceptionItem) -> bool:
        """Say whether a fold of this part decides about *item*; of others it says nothing."""
        if item.subject.startswith("batch:"):
            return item.subject.removeprefix("batch:") in self.batches
        return item.load is None or missed(item) or item.load in self.loads

    def left_out(self, world: World) -> set[str]:
        """Return the loads that *world*, the fold of this part, speaks of beyond it."""
        named = {item.load for item in (*world.exceptions.values(), *world.later.values())}
        named |= {one.load for placed in world.placements.values() for one in placed.values()}
        beyond = {load for load in named - self.loads if load is not None}
        return beyond & (self.book.others or {}).keys() if beyond else beyond


@frozen(kw_only=True, eq=False)
class Ledger:
    """A book with one report new in it, sorted by what may be left out.

    ``new``: the facts of the report.  ``settled``: facts by connection and invoice key; ``loose`` the
    keys of the others.  ``sales`` is the one sale of each number that is sold once.  ``said``: the
    exceptions that are open now.  ``stated``: what persons stated, by load.
    """

    book: Book
    report: Report
    new: Sequence[Evidence]
    said: Sequence[ExceptionItem]
    sales: Mapping[Key, Sold]
    settled: dict[Key, list[Evidence]]
    loose: Set[Key]
    unplaced: Sequence[Evidence]
    account: Sequence[Evidence]
    stated: Mapping[str, list[Evidence]]
    of_load: Mapping[str, list[Sold]]
    _of_batch: Mapping[str, list[str]] = field(init=False)
    _decided_loads: Set[str] = field(init=False)

    @_decided_loads.default
    def _loads_of_decisions(self) -> Set[str]:
        decisions = self.book.decisions
        if not decisions:
            return frozenset()
        named = {one.load for one in decisions} | {one.assignment for one in decisions}
        for one in decisions:
            # A subject names a sale or a load among other words; which, is not to be relied on here.
            words = one.subject.split(":")
            for start in range(len(words)):
                named |= {":".join(words[start:end]) for end in range(start + 1, len(words) + 1)}
        return {
            load
            for load, sales in self.of_load.items()
            if load in named or any(sale.id in named for sale in sales)
        }

    @_of_batch.default
    def _loads_of_batches(self) -> Mapping[str, list[str]]:
        """Group the loads of batches of which something is said as a whole, so that all is needed."""
        batches = self.book.batches
        watched: set[str | None] = {
            id_ for id_, one in batches.items() if one.state is not BatchState.DELIVERED
        }
        watched |= {one.subject.removeprefix("batch:") for one in self.said if one.load is None}
        if self.report.complete_list:
            watched.add(self.report.batch)
        grouped: dict[str, list[str]] = {}
        if not watched.isdisjoint(batches):
            for sales in self.of_load.values():
                for sale in sales:
                    if sale.batch is not None and sale.batch in watched:
                        grouped.setdefault(sale.batch, []).append(sale.load)
        return grouped

    @property
    def touched(self) -> set[str]:
        """The loads of the numbers that the report states."""
        pool, sales, loose = connection_of(self.report), self.sales, self.loose
        keys = ((pool, one.invoice_key) for one in self.new)
        return {sales[key].load for key in keys if key in sales and key not in loose}

    @property
    def not_alone(self) -> set[str]:
        """The loads on which more bears than the facts of one sale: other sales, decisions, batches."""
        several = {load for load, sales in self.of_load.items() if len(sales) > 1}
        together = {load for loads in self._of_batch.values() for load in loads}
        said = {one.load for one in self.said if one.load is not None}
        return several | together | said | self.stated.keys() | self._decided_loads

    def reach(self, loads: Iterable[str]) -> set[str]:
        """Return *loads* and all that must be folded with them, apart from single batches."""
        reached = {*loads, *self._could_be_meant()}
        reached |= {one.load for one in self.said if missed(one) and one.load is not None}
        if self.report.complete_list and self.report.batch is not None:
            reached.update(self._of_batch.get(self.report.batch, ()))
        return reached

    def closed(self, loads: Iterable[str]) -> tuple[frozenset[str], frozenset[str]]:
        """Return *loads* with the rest of the batches that are judged as a whole, and those batches."""
        reached, waiting, batches = set(loads), list(loads), set[str]()
        while waiting and self._of_batch:
            sold = self.of_load.get(waiting.pop(), ())
            named = {sale.batch for sale in sold if sale.batch is not None} & self._of_batch.keys()
            for batch in named - batches:
                batches.add(batch)
                more = set(self._of_batch[batch]) - reached
                reached |= more
                waiting += more
        return frozenset(reached), frozenset(batches)

    def part(self, reached: frozenset[str], batches: frozenset[str], sales: Sequence[Assignment]) -> Part:
        """Return the part of the book that holds these loads and batches, as `closed` returned them.

        *sales* are those of the loads.
        """
        book = self.book
        evidence = [*self.account, *self.unplaced]
        for load in reached:
            evidence += self.stated.get(load, ())
            for sale in self.of_load.get(load, ()):
                key = (sale.connection, sale.invoice_number)
                if self.sales.get(key) is sale:
                    evidence += self.settled.get(key, ())
        rest: Sequence[Assignment] = ()
        if self.unplaced:
            rest = [sale for sale in book.assignments if sale.load not in reached]
        narrow = evolve(
            book,
            loads={number: book.loads[number] for number in reached if number in book.loads},
            others=book.loads,
            assignments=sales,
            other_sales=rest,
            evidence=evidence,
        )
        return Part(book=narrow, loads=reached, batches=batches)

    def settle(self, facts: Iterable[Evidence]) -> None:
        """Add facts of the report that are settled, and were left out at first."""
        pool = connection_of(self.report)
        for one in facts:
            self.settled.setdefault((pool, one.invoice_key), []).append(one)

    def _could_be_meant(self) -> set[str]:
        """Return the loads of every sale that a loose fact could be about, or be held against."""
        if not self.unplaced:
            return set()
        prefixes = self.book.subsidiary.invoice_prefixes
        numbers, canonical, named = set[str](), set[str](), set[str]()
        faces = set[int]()
        for one in self.unplaced:
            numbers.add(one.invoice_key)
            if one.invoice_key:
                canonical.add(canonical_number(one.invoice_key, prefixes))
            seen = one.attributes
            named |= {canonical_reference(text) for text in (seen.load_number, seen.po_number) if text}
            if seen.invoice_amount is not None:
                faces.add(seen.invoice_amount)
        decided = {one.assignment for one in self.book.decisions} | {one.load for one in self.book.decisions}
        return {
            sale.load
            for sales in self.of_load.values()
            for sale in sales
            if sale.invoice_number in numbers
            or sale.canonical_number in canonical
            or sale.face in faces
            or sale.id in decided
            or sale.load in decided
            or (named and not named.isdisjoint(papers(sale.load, sale.po_number, sale.reference_number)))
        }


def ledger_of(
    book: Book,
    report: Report,
    new: Sequence[Evidence],
    *,
    sold: Iterable[Sold],
    said: Sequence[ExceptionItem],
) -> Ledger:
    """Sort the facts of *book*, which holds *report* as the new one, into settled and loose.

    Args:
        book: With every report, the new one too.
        report: The one that is new: what the others say has been folded and is kept.
        new: Its facts, which are among those of *book*.
        sold: Every sale.
        said: The exceptions that are open without it.
    """
    sales: dict[Key, Sold] = {}
    several: set[Key] = set()
    of_load: dict[str, list[Sold]] = {}
    unknown = never_left(book.batches.values())
    for sale in sold:
        of_load.setdefault(sale.load, []).append(sale)
        if sale.batch not in unknown:
            key = (sale.connection, sale.invoice_number)
            if sales.setdefault(key, sale) is not sale:
                several.add(key)
    for key in several:
        del sales[key]
    loose = _decided(book.decisions, sales)
    groups: dict[Key, list[Evidence]] = {}
    stated: dict[str, list[Evidence]] = {}
    account: list[Evidence] = []
    pools = {one.id: connection_of(one) for one in book.reports.values()}
    for one in book.evidence:
        pool = pools[one.report]
        if pool == STATED:
            stated.setdefault(one.invoice_key.removeprefix("load:"), []).append(one)
            continue
        if one.account:
            account.append(one)
            continue
        key = (pool, one.invoice_key)
        found = groups.get(key)
        if found is None:
            groups[key] = [one]
        else:
            found.append(one)
        if key not in sales or (one.attributes is not NO_ATTRIBUTES and _unclear(one, sales[key])):
            loose.add(key)
    return Ledger(
        book=book,
        report=report,
        new=new,
        said=said,
        sales=sales,
        settled={key: found for key, found in groups.items() if key not in loose} if loose else groups,
        loose=loose,
        unplaced=[one for key in loose for one in groups.get(key, ())],
        account=account,
        stated=stated,
        of_load=of_load,
    )


def _unclear(one: Evidence, sale: Sold) -> bool:
    """Say whether another cell of a row speaks against the sale that its number names."""
    seen = one.attributes
    if seen.invoice_amount is not None and seen.invoice_amount != sale.face:
        return True
    if seen.debtor_number or seen.mc_number:
        return another_debtor(sale.debtor_number, sale.customer_mc_number, seen) is not None
    return False


def _decided(decisions: Iterable[Decision], sales: Mapping[Key, Sold]) -> set[Key]:
    """Return the keys whose facts a person may have put elsewhere."""
    numbers, ids = set[str](), set[str]()
    for one in decisions:
        if one.subject.startswith(invoice_subject("")):
            numbers.add(one.subject.removeprefix(invoice_subject("")))
        elif one.resolution is Resolution.ASSIGN and one.subject.startswith(SALE):
            ids.add(one.subject.removeprefix(SALE))
    if not numbers and not ids:
        return set()
    return {key for key, sale in sales.items() if key[1] in numbers or sale.id in ids}
