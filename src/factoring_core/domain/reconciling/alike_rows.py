"""What a report pays alike, kept as columns: a large report is nearly all of it."""

from collections.abc import Iterable, Iterator, Sequence, Set
from itertools import compress

from attrs import define, field

from factoring_core.domain.reconciling.alike import Outcome, Paid, standing_like
from factoring_core.domain.reconciling.findings import ExceptionItem
from factoring_core.domain.vocabulary.lifecycle import LoadStatus
from factoring_core.domain.vocabulary.load import Standing


@define(eq=False)
class AlikeRows:
    """Sales that one row each pays; see `Paid`.  The columns are of one length, in row order.

    ``numbers`` are invoice numbers, ``was`` the status of a load without the report.  ``paid`` and
    ``left`` are in cents.  ``items``: what a person must look at, by load.
    """

    subsidiary: str
    rows: list[int] = field(factory=list)
    lines: list[int] = field(factory=list)
    numbers: list[str] = field(factory=list)
    loads: list[str] = field(factory=list)
    batches: list[str | None] = field(factory=list)
    paid: list[int] = field(factory=list)
    left: list[int] = field(factory=list)
    was: list[LoadStatus] = field(factory=list)
    outcomes: list[Outcome] = field(factory=list)
    items: dict[str, ExceptionItem] = field(factory=dict)

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self.rows)

    def take(self, found: Iterable[Paid], tenant: str) -> None:
        """Keep more of them, whose rows come after all that are kept."""
        for one in found:
            sale, row, before, outcome = one
            amount = row.amount or 0
            self.rows.append(row.row)
            self.lines.append(row.line)
            self.numbers.append(row.invoice_key)
            self.loads.append(sale.load)
            self.batches.append(sale.batch)
            self.paid.append(amount)
            self.left.append(sale.face - amount)
            self.was.append(before.status)
            self.outcomes.append(outcome)
            item = one.item(tenant)
            if item is not None:
                self.items[sale.load] = item

    def rows_of(self, loads: Set[str]) -> list[int]:
        """Return the rows that pay some loads, in order."""
        return [row for row, load in zip(self.rows, self.loads, strict=True) if load in loads]

    def without(self, loads: Set[str]) -> "AlikeRows":
        """Return all but those of some loads."""
        if loads.isdisjoint(self.loads):
            return self
        kept = [load not in loads for load in self.loads]
        return AlikeRows(
            self.subsidiary,
            list(compress(self.rows, kept)),
            list(compress(self.lines, kept)),
            list(compress(self.numbers, kept)),
            list(compress(self.loads, kept)),
            list(compress(self.batches, kept)),
            list(compress(self.paid, kept)),
            list(compress(self.left, kept)),
            list(compress(self.was, kept)),
            list(compress(self.outcomes, kept)),
            {load: item for load, item in self.items.items() if load not in loads},
        )

    def by_load(self) -> Sequence[int]:
        """Return the places of all, in the order of their loads."""
        return sorted(range(len(self.loads)), key=self.loads.__getitem__)

    def standings(self) -> Iterator[Standing]:
        """Say where the loads stand now, one after the other by number."""
        for place in self.by_load():
            yield standing_like(
                self.outcomes[place],
                self.subsidiary,
                self.loads[place],
                self.batches[place],
                paid=self.paid[place],
                left=self.left[place],
            )
