"""What a report pays alike, kept as columns: a large report is nearly all of it."""

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence, Set
from functools import cached_property
from itertools import compress
from typing import Any

from attrs import astuple, define, field

from factoring_core.domain.reconciling.alike import Outcome, Paid, item_like, standing_like
from factoring_core.domain.reconciling.findings import ExceptionItem
from factoring_core.domain.vocabulary.lifecycle import LoadStatus
from factoring_core.domain.vocabulary.load import Standing
from factoring_core.domain.vocabulary.packed import Packed, places_in_order

QUIET = ("", "", "", None, "")
"""The last cells of a sale at which nobody must look."""


@define(eq=False)
class AlikeRows:
    """Sales that one row each of a report pays; see `Paid`.

    ``left_out``: the loads of sales that were here and have been left out.  All others are columns of
    one length, in row order: ``numbers`` are those of invoices, ``was`` is the status of a load without
    the report, ``paid`` and ``left`` are in cents.  ``ids`` and what follows are filled where a person
    must look at something: the id of the exception, the sale, and when and by which fact it was paid.
    """

    tenant: str
    subsidiary: str
    report: str
    left_out: Set[str] = frozenset()
    rows: Packed[int] = field(factory=Packed)
    lines: Packed[int] = field(factory=Packed)
    numbers: Packed[str] = field(factory=Packed)
    loads: Packed[str] = field(factory=Packed)
    batches: Packed[str | None] = field(factory=Packed)
    paid: Packed[int] = field(factory=Packed)
    left: Packed[int] = field(factory=Packed)
    was: Packed[LoadStatus] = field(factory=Packed)
    outcomes: Packed[Outcome] = field(factory=Packed)
    ids: Packed[str] = field(factory=Packed)
    sales: Packed[str] = field(factory=Packed)
    connections: Packed[str] = field(factory=Packed)
    days: Packed[dt.date | None] = field(factory=Packed)
    judged: Packed[str] = field(factory=Packed)

    @property
    def _columns(self) -> tuple[Packed[Any], ...]:
        """The columns, in the order of the fields."""
        return tuple(cells for cells in astuple(self, recurse=False) if isinstance(cells, Packed))

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self.rows)

    def take(self, found: Iterable[Paid]) -> None:
        """Keep more of them, whose rows come after all that are kept."""
        cells = [
            (
                one.row.row,
                one.row.line,
                one.row.invoice_key,
                one.sale.load,
                one.sale.batch,
                one.row.amount or 0,
                one.sale.face - (one.row.amount or 0),
                one.before.status,
                one.outcome,
                *self._raised(one),
            )
            for one in found
        ]
        if cells:
            for column, values in zip(self._columns, zip(*cells, strict=True), strict=True):
                column.extend(values)

    def _raised(self, one: Paid) -> tuple[Any, ...]:
        item = one.item(self.tenant)
        return QUIET if item is None else (item.id, one.sale.id, item.connection, item.since, *item.judged)

    def rows_of(self, loads: Set[str]) -> list[int]:
        """Return the rows that pay some loads, in order."""
        return [row for row, load in zip(self.rows, self.loads, strict=True) if load in loads]

    def without(self, loads: Set[str]) -> "AlikeRows":
        """Return all but those of some loads."""
        left_out = frozenset(load for load in self.loads if load in loads)
        if not left_out:
            return self
        kept = [load not in left_out for load in self.loads]
        columns = (Packed(compress(column, kept)) for column in self._columns)
        return AlikeRows(self.tenant, self.subsidiary, self.report, self.left_out | left_out, *columns)

    @cached_property
    def by_load(self) -> Sequence[int]:
        """The places of all, in the order of their loads; asked for when no more are taken."""
        return places_in_order(self.loads)

    def standings(self) -> Iterator[Standing]:
        """Say where the loads stand now, one after the other by number."""
        order = self.by_load
        columns = (self.outcomes, self.loads, self.batches, self.paid, self.left)
        for outcome, load, batch, paid, left in zip(*(one.at(order) for one in columns), strict=True):
            yield standing_like(outcome, self.subsidiary, load, batch, paid=paid, left=left)

    def raised(self) -> Iterator[int]:
        """Yield the places of those at which a person must look, in row order."""
        return (place for place, id_ in enumerate(self.ids) if id_)

    def item(self, place: int) -> ExceptionItem:
        """Return what a person must look at there.

        Raises:
            LookupError: there is nothing.
        """
        like = self.outcomes[place].item
        if like is None:
            raise LookupError(place)
        return item_like(
            like,
            id_=self.ids[place],
            sale=self.sales[place],
            connection=self.connections[place],
            load=self.loads[place],
            left=self.left[place],
            on=self.days[place],
            row=(self.report, self.rows[place]),
            judged=self.judged[place],
        )
