"""What exceptions are read from, and what each of them is before it is one."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from typing import TYPE_CHECKING

from attrs import field, frozen

from factoring_core.domain.reconciling.evidence import EvidenceKey
from factoring_core.domain.reconciling.facts import Fact
from factoring_core.domain.reconciling.placing import Placement
from factoring_core.domain.reconciling.posting import Decisions, Finding
from factoring_core.domain.reconciling.sale_fold import SaleFold
from factoring_core.domain.reconciling.standing import LoadFold
from factoring_core.domain.selling.batch import Assignment, Batch

if TYPE_CHECKING:
    from factoring_core.domain.reconciling.world import Book


@frozen
class Raised:
    """Everything exceptions are read from."""

    book: "Book"
    facts: Mapping[str, Mapping[EvidenceKey, Fact]]
    placements: Mapping[str, Mapping[EvidenceKey, Placement]]
    accounts: Mapping[str, Sequence[Finding]]
    sales: Mapping[str, SaleFold]
    loads: Mapping[str, LoadFold]
    batches: Mapping[str, Batch]
    decisions: Decisions
    taken_over: Mapping[str, Assignment] = field(init=False)
    """By sale, the one that took it over."""
    handed_on: frozenset[tuple[str, str]] = field(init=False)
    """Connections that have bought others out, as (from, to)."""

    @taken_over.default
    def _successors(self) -> Mapping[str, Assignment]:
        return {sale.takes_over: sale for sale in self._every_sale() if sale.takes_over is not None}

    @handed_on.default
    def _pairs(self) -> frozenset[tuple[str, str]]:
        known = {sale.id: sale for sale in self._every_sale()} if self.taken_over else {}
        return frozenset(
            (known[id_].connection, sale.connection) for id_, sale in self.taken_over.items() if id_ in known
        )

    def _every_sale(self) -> Iterator[Assignment]:
        return chain(self.book.assignments, self.book.other_sales)


Found = tuple[str | None, Finding, Placement | None]
"""A finding, the connection where it arose, and where its rows were placed if that says more."""


def the_factors(fold: SaleFold) -> bool:
    """Say whether a sale is a factor's to collect, and nothing of it is the subsidiary's again."""
    return fold.position.bought and fold.position.charged_back <= 0
