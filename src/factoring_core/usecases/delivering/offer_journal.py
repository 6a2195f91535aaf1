"""The journal of an offering: where each invoice stands at the factor's system, and whose attempt it is."""

import datetime as dt
import hashlib
from collections.abc import Mapping

from attrs import define, evolve

from factoring_core.domain.reconciling.decisions import Resolution
from factoring_core.domain.selling.batch import Assignment, Batch, BatchState, Delivery
from factoring_core.domain.selling.batch_states import BatchEvent, batch_next
from factoring_core.domain.selling.offering import THERE, OfferState
from factoring_core.errors import StateError
from factoring_core.ports.storage import OfferedInvoice, Reading, Transaction
from factoring_core.usecases.delivering.batch_views import world_of
from factoring_core.usecases.delivering.elsewhere import Whose
from factoring_core.usecases.delivering.holding import Hold, LeaseLostError
from factoring_core.usecases.naming import batch_name
from factoring_core.usecases.ports import Ports
from factoring_core.usecases.results import Reason, Refusal
from factoring_core.usecases.selling.take_back import decision_on_sale


@define
class Offering:
    """One attempt at offering one batch: its lease, and where each invoice stands, by load.

    ``faces``: what each was sold for, in cents, by load.
    """

    hold: Hold
    batch: Batch
    rows: dict[str, OfferedInvoice]
    faces: Mapping[str, int]

    @property
    def ports(self) -> Ports:
        """With what it works."""
        return self.hold.ports

    def record(self, row: OfferedInvoice) -> None:
        """Write where an invoice stands, if the attempt is still ours.

        Raises:
            LeaseLostError: it is not.
        """
        with self.ports.store.transaction(self.ports.tenant) as tx:
            self._assert_ours(tx)
            tx.put(row)
        self.rows[row.load] = row

    def wait(self, seconds: int) -> None:
        """Note how long the factor's system wants to be left alone."""
        until = self.ports.clock.now() + dt.timedelta(seconds=seconds)
        with self.ports.store.transaction(self.ports.tenant) as tx:
            tx.put(evolve(self._assert_ours(tx), not_before=until))

    def doubt(self, why: str) -> None:
        """Record that nobody knows of some invoices whether they arrived, and give the lease back."""
        with self.ports.store.transaction(self.ports.tenant) as tx:
            batch = self._assert_ours(tx)
            doubtful = evolve(batch, state=batch_next(batch.state, BatchEvent.DOUBT))
            self.hold.finish(tx, doubtful, "doubt_batch", why=why)

    def deliver(self) -> None:
        """Record the delivery, let the loads follow and give the lease back, in one transaction."""
        now = self.ports.clock.now()
        with self.ports.store.transaction(self.ports.tenant) as tx:
            batch = self._assert_ours(tx)
            delivered = evolve(
                batch,
                state=batch_next(batch.state, BatchEvent.DELIVER),
                delivery=Delivery(evidence="accepted", at=now, by=self.ports.actor.name),
                published_at=now,
                not_before=None,
            )
            for sale in tx.find(Assignment, batch=batch.id):
                schedule = self.rows[sale.load].schedule_number
                if schedule is not None:
                    tx.put(evolve(sale, schedule_number=schedule))
            tx.put(delivered)
            return_declined(tx, self.ports, delivered)
            self.hold.finish(tx, delivered, "deliver_batch", evidence="accepted")

    def _assert_ours(self, tx: Transaction) -> Batch:
        self.hold.assert_held(tx)
        batch = tx.get(Batch, self.batch.id)
        if batch is None or batch.state is not BatchState.SENDING:
            raise LeaseLostError
        return batch


def begin_offering(tx: Transaction, held: Hold, batch: Batch, whose: Whose) -> Offering:
    """Begin to offer in *tx*, under a lease: mark the batch as sending, plan what was not offered.

    Raises:
        LeaseLostError: the lease is not ours any more.
    """
    held.assert_held(tx)
    known = {row.load: row for row in tx.find(OfferedInvoice, batch=batch.id)}
    sales = sorted(tx.find(Assignment, batch=batch.id), key=lambda sale: sale.invoice_number)
    rows = {
        sale.load: known.get(sale.load)
        or OfferedInvoice(
            batch=batch.id,
            load=sale.load,
            invoice_number=sale.invoice_number,
            reference=reference_of(batch.id, sale.invoice_number),
            state=OfferState.PLANNED.value,
        )
        for sale in sales
    }
    sending = held.begin(tx, batch, rows.values(), account=whose.account, **whose.facts)
    return Offering(hold=held, batch=sending, rows=rows, faces={sale.load: sale.face for sale in sales})


def reference_of(batch: str, invoice_number: str) -> str:
    """Return our reference for one invoice of one batch: 36 letters that never change."""
    return "fc1-" + hashlib.sha256(f"{batch}|{invoice_number}".encode()).hexdigest()[:32]


def declined_in(tx: Reading, batch: Batch) -> tuple[Refusal, ...]:
    """Return the invoices of a batch that the factor's system declined, with its reasons."""
    return _answered(tx, batch, OfferState.DECLINED)


def bare_in(tx: Reading, batch: Batch) -> tuple[Refusal, ...]:
    """Return the invoices that were taken without their packets, with the reasons."""
    return _answered(tx, batch, OfferState.BARE)


def _answered(tx: Reading, batch: Batch, state: OfferState) -> tuple[Refusal, ...]:
    return tuple(
        Refusal(
            load=row.load,
            subsidiary=batch.subsidiary,
            reasons=(Reason(code=row.code, message=row.message),),
        )
        for row in tx.find(OfferedInvoice, batch=batch.id)
        if row.state == state.value
    )


def refuse_known_there(tx: Reading, batch: Batch) -> None:
    """Refuse to call a batch undelivered of which the factor's system holds some invoices for certain.

    Raises:
        StateError: names their loads.
    """
    there = {state.value for state in THERE}
    loads = sorted(row.load for row in tx.find(OfferedInvoice, batch=batch.id) if row.state in there)
    if loads:
        name = batch_name(batch)
        raise StateError(
            f"Batch {name} cannot be settled as not delivered: the factor has taken {', '.join(loads)}.",
            remedy="Settle it as delivered; take back what did not arrive with `loads return`.",
            where={"batch": name, "loads": loads},
        )


def refuse_unoffered(tx: Reading, batch: Batch) -> None:
    """Refuse to call a batch delivered of which some invoices were never offered.

    Raises:
        StateError: names their loads.
    """
    rows = tx.find(OfferedInvoice, batch=batch.id)
    loads = sorted(row.load for row in rows if row.state == OfferState.PLANNED.value)
    if loads:
        name = batch_name(batch)
        raise StateError(
            f"Batch {name} cannot be settled as delivered: {', '.join(loads)} has not been offered yet.",
            remedy="Run `factoring resume` first.",
            where={"batch": name, "loads": loads},
        )


def forget_offers(tx: Transaction, batch: Batch) -> None:
    """Forget how far the invoices of a batch came, because it is to be offered anew."""
    for row in tx.find(OfferedInvoice, batch=batch.id):
        tx.remove(OfferedInvoice, row.batch, row.load)


def return_declined(tx: Transaction, ports: Ports, batch: Batch) -> None:
    """Send declined invoices of a delivered batch back to the queue, before the books are settled."""
    rows = tx.find(OfferedInvoice, batch=batch.id)
    declined = {row.load: row for row in rows if row.state == OfferState.DECLINED.value}
    if declined:
        world = world_of(tx, ports, batch.subsidiary)
        for sale in tx.find(Assignment, batch=batch.id):
            row, fold = declined.get(sale.load), world.sales[sale.id]
            if row is not None and fold.ending is None:
                reason = f"rejected: {row.message}"
                tx.put(decision_on_sale(tx, ports, fold, Resolution.RETURN_TO_QUEUE, (), reason))
