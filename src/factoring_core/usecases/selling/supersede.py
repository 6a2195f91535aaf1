"""Revised invoices: which old invoice one replaces, and whether it may."""

from collections.abc import Iterable, Mapping
from enum import Enum

from factoring_core.domain.reconciling.world import World, fold
from factoring_core.domain.selling.batch import Assignment
from factoring_core.domain.vocabulary.lifecycle import LoadStatus
from factoring_core.domain.vocabulary.load import Load
from factoring_core.domain.vocabulary.profile import Disposition, EvidenceType
from factoring_core.ports.storage import Reading
from factoring_core.usecases.books import read_book
from factoring_core.usecases.ports import Ports


class OldInvoice(Enum):
    """What is to become of the invoice that a revised one replaces.

    ``VOIDED``: it has not left and goes.  ``LEFT_ALONE``: nobody owns it, or there is none.
    ``STILL_SOLD``: the factor has it, and the revised one is refused.
    """

    VOIDED = "voided"
    LEFT_ALONE = "left_alone"
    STILL_SOLD = "still_sold"


def superseded_load(name: str, loads: Mapping[str, Load], sales: Iterable[Assignment]) -> Load | None:
    """Return the load whose invoice is meant by *name*: a load number, else an invoice number."""
    if name in loads:
        return loads[name]
    for load in loads.values():
        if load.invoice is not None and load.invoice.number == name:
            return load
    return next((loads[sale.load] for sale in sales if sale.invoice_number == name), None)


class Superseding:
    """Judges old invoices of one subsidiary by the books as they are; folds them at most once."""

    def __init__(self, tx: Reading, ports: Ports, subsidiary: str) -> None:
        self._tx, self._ports, self._subsidiary = tx, ports, subsidiary
        self._world: World | None = None

    def judge(self, old: Load) -> OldInvoice:
        """Say what is to become of the invoice of *old*."""
        if old.invoice is None:
            return OldInvoice.LEFT_ALONE
        if self._world is None:
            self._world = fold(read_book(self._tx, self._ports, self._subsidiary))
        one = self._world.loads[old.number]
        sales = self._tx.find(Assignment, subsidiary=old.subsidiary, load=old.number)
        if one.standing.status is LoadStatus.QUEUED and not any(sale.live for sale in sales):
            return OldInvoice.VOIDED
        if one.standing.status is not LoadStatus.INVOICED or one.sale is None:
            return OldInvoice.STILL_SOLD
        position = one.sale.position
        denied = one.sale.disposition in (Disposition.DENIED, Disposition.REJECTED)
        reversed_ = any(fact.first.type is EvidenceType.PURCHASE_REVERSAL for fact in one.sale.facts)
        given_up = position.fully_charged_back or (not position.bought and (denied or reversed_))
        return OldInvoice.LEFT_ALONE if given_up else OldInvoice.STILL_SOLD
