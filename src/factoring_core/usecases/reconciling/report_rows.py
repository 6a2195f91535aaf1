"""Going through the rows of a new report by slices: what they pay alike, and the facts of the rest.

A slice is all that is held of a report at a time: its facts, their sales, and where these stand.
What is alike stays as columns, and what the rules have to look at one by one stays as it is.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from itertools import repeat
from typing import Any, TypeVar

from attrs import evolve, frozen

from factoring_core.domain.reconciling.alike import Before, Paid, Sorts, paid_alike
from factoring_core.domain.reconciling.alike_rows import AlikeRows
from factoring_core.domain.reconciling.columns import ReportColumns
from factoring_core.domain.reconciling.evidence import Evidence
from factoring_core.domain.reconciling.findings import ExceptionItem, ExceptionRecord
from factoring_core.domain.reconciling.reading import RowFacts, invoice_keys, read_facts
from factoring_core.domain.reconciling.reports import Report
from factoring_core.domain.reconciling.touched import Sold, ledger_of
from factoring_core.domain.reconciling.world import Book
from factoring_core.domain.selling.batch import Assignment
from factoring_core.domain.vocabulary.load import Load, Standing
from factoring_core.domain.vocabulary.packed import BLOCK
from factoring_core.domain.vocabulary.profile import EvidenceType
from factoring_core.errors import Fault
from factoring_core.ports.storage import Reading
from factoring_core.usecases.books import read_book
from factoring_core.usecases.ports import Ports
from factoring_core.usecases.reconciling.on_demand import LoadsOnDemand, SalesOnDemand

N = TypeVar("N", Before, Sold)

ROWS = BLOCK
"""So many rows of a report are looked at, or written, at a time."""


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


@frozen(kw_only=True)
class ReportRows:
    """The rows of a report: those that pay *alike*, and the facts of all others.

    ``said``: the exceptions that are open without the report.
    """

    content: ReportColumns
    report: Report
    alike: AlikeRows
    others: tuple[Evidence, ...]
    said: Sequence[ExceptionRecord]
    faults: tuple[Fault, ...]
    warnings: tuple[str, ...]

    def facts(self) -> Iterator[Sequence[Evidence]]:
        """Read all facts once more, slice by slice."""
        return (one.evidence for one in _read(self.content, self.report))

    def facts_of(self, loads: Set[str]) -> Sequence[Evidence]:
        """Read the facts of rows that pay some of the loads that are alike."""
        rows = self.alike.rows_of(loads)
        return read_facts(self.content.only(rows), report=self.report.id).evidence if rows else ()

    def apart_from(self, alike: AlikeRows) -> Sequence[Evidence]:
        """Return, in row order, the facts of all rows but these, which are some of those that are alike."""
        if not alike.left_out:
            return self.others
        again = self.facts_of(alike.left_out)
        return sorted([*self.others, *again], key=lambda one: (one.row, one.seq))


def read_rows(
    tx: Reading, open_book: OpenBook, report: Report, content: ReportColumns, *, one_by_one: bool
) -> ReportRows:
    """Read the facts of *report*, slice by slice, and find the sales that it pays alike.

    Args:
        report: What *content* will be kept as.
        one_by_one: Take no two sales for alike.
    """
    alike = AlikeRows(open_book.book.tenant, report.subsidiary, report.id)
    said = tx.find(ExceptionRecord, subsidiary=report.subsidiary, open=True)
    slices = _Slices(tx, open_book, report, [one.item for one in said])
    again = _stated_again(content)
    others: list[Evidence] = []
    faults: list[Fault] = []
    unknown = Counter[str]()
    for facts in _read(content, report):
        faults += facts.faults
        unknown.update(facts.unknown)
        once = [one for one in facts.evidence if one.invoice_key not in again] if again else facts.evidence
        found = {} if one_by_one or faults else slices.alike(once)
        alike.take(found.values())
        if len(found) < len(facts.evidence):
            others += [one for one in facts.evidence if one.invoice_key not in found]
    return ReportRows(
        content=content,
        report=report,
        alike=alike,
        others=tuple(others),
        said=said,
        faults=tuple(faults),
        warnings=RowFacts(evidence=(), unknown=unknown).warnings,
    )


def standings_of(tx: Reading, subsidiary: str, **asked: Any) -> dict[str, Before]:
    """Return where loads stand, by number."""
    rows = tx.values(Standing, Before._fields, subsidiary=subsidiary, **asked)
    return {one.load: one for one in named(Before, rows)}


def named(kind: type[N], rows: Iterable[tuple[Any, ...]]) -> Iterator[N]:
    """Make named tuples as their ``_make`` does, in a third of the time."""
    return map(tuple.__new__, repeat(kind), rows)


class _Slices:
    """Looks at one slice after the other, beside what was known before."""

    def __init__(
        self, tx: Reading, open_book: OpenBook, report: Report, said: Sequence[ExceptionItem]
    ) -> None:
        book = open_book.book
        self._tx, self._report, self._sample, self._sorts = tx, report, open_book.sample, Sorts()
        self._book = evolve(book, reports={**book.reports, report.id: report}, evidence=())
        self._known: dict[str, list[Evidence]] = {}
        for one in book.evidence:
            self._known.setdefault(one.invoice_key, []).append(one)
        self._said: dict[str | None, list[ExceptionItem]] = {}
        for item in said:
            self._said.setdefault(item.load, []).append(item)

    def alike(self, new: Sequence[Evidence]) -> Mapping[str, Paid]:
        """Return the sales that these facts pay alike, by number; the report has no others of a number."""
        tx, subsidiary = self._tx, self._report.subsidiary
        numbers = [one.invoice_key for one in new if one.type is EvidenceType.PAYMENT]
        if not numbers:
            return {}
        rows = tx.values(Assignment, Sold._fields, subsidiary=subsidiary, invoice_number=numbers)
        sold = list(named(Sold, rows))
        loads = sorted({one.load for one in sold})
        every = tx.values(Assignment, ("load",), subsidiary=subsidiary, load=loads)
        several = {load for (load,), count in Counter(every).items() if count > 1}
        evidence = list(new)
        # What a person states of a load goes by the name of the load.
        for key in (*numbers, *(f"load:{load}" for load in loads)) if self._known else ():
            evidence += self._known.get(key, ())
        said = [item for load in (None, *loads) for item in self._said.get(load, ())]
        book = evolve(self._book, evidence=evidence)
        ledger = ledger_of(book, self._report, new, sold=sold, said=said)
        before = standings_of(tx, subsidiary, load=loads)
        return paid_alike(ledger, before, self._sample, apart=frozenset(several), sorts=self._sorts)


def _read(content: ReportColumns, report: Report) -> Iterator[RowFacts]:
    return (read_facts(part, report=report.id) for part in content.slices(ROWS))


def _stated_again(content: ReportColumns) -> Set[str]:
    """Return the numbers that several rows state."""
    # Hashes take much less room than the numbers themselves, and mostly tell that there are none.
    if len(set(map(hash, _numbers(content)))) == len(content):
        return frozenset()
    hashes = Counter(map(hash, _numbers(content)))
    counts = Counter(number for number in _numbers(content) if hashes[hash(number)] > 1)
    return {number for number, count in counts.items() if count > 1}


def _numbers(content: ReportColumns) -> Iterator[str]:
    for part in content.slices(ROWS):
        yield from invoice_keys(part)
