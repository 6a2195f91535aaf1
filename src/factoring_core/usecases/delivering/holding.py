"""Holding the lease of a batch: taking it, keeping it alive, asserting it, giving it back."""

import datetime as dt
from collections.abc import Iterable
from typing import Any

from attrs import define, evolve

from factoring_core.domain.selling.account import Account
from factoring_core.domain.selling.archive import sending_order
from factoring_core.domain.selling.batch import Batch, BatchState
from factoring_core.domain.selling.batch_states import BatchEvent, batch_next
from factoring_core.domain.selling.lease import (
    BUSY_SECONDS,
    PUBLISH_SECONDS,
    RENEW_SECONDS,
    Lease,
    StoreTime,
    attempt_seconds,
    is_held,
    operation_seconds,
    released,
    renewed,
    resting,
    taken,
)
from factoring_core.errors import FactoringError, StateError, UnreachableError
from factoring_core.ports.remote_folder import REMOVAL_UNCLEAR
from factoring_core.ports.storage import Reading, Transaction
from factoring_core.ports.timer import Timer
from factoring_core.usecases.books import audit, settle_books
from factoring_core.usecases.naming import batch_name
from factoring_core.usecases.ports import Ports

_OWNER_BYTES = 8
_POLL_SECONDS = 0.5


class LeaseLostError(Exception):
    """Another worker, or a person, has taken the batch over; it is no longer ours to send."""


@define
class Patience:
    """How many seconds one command may still wait for other workers, in all."""

    left: float = BUSY_SECONDS

    def wait(self, timer: Timer) -> bool:
        """Let a little time pass, and say whether there was any left."""
        if self.left <= 0:
            return False
        timer.sleep(_POLL_SECONDS)
        self.left -= _POLL_SECONDS
        return True


@define
class Hold:
    """A lease in our hands; ``renewed_at`` and ``ends_at`` in seconds of our own timer."""

    ports: Ports
    batch: Batch
    lease: Lease
    renewed_at: float
    ends_at: float

    def assert_held(self, tx: Transaction) -> None:
        """See that the lease is still ours, and renew it in the same transaction.

        Raises:
            LeaseLostError: it is not.
        """
        began = self.ports.timer.seconds()
        stored = tx.get(Lease, self.lease.batch)
        if stored is None or (stored.epoch, stored.owner) != (self.lease.epoch, self.lease.owner):
            raise LeaseLostError
        self.lease = renewed(stored, tx.time())
        self.renewed_at = began
        tx.put(self.lease)

    def beat(self) -> None:
        """Renew where it is time to; called between all that takes long, and during it.

        Raises:
            LeaseLostError: the lease is not ours any more.
            UnreachableError: the attempt has taken longer than it may.
        """
        now = self.ports.timer.seconds()
        if now > self.ends_at:
            name = batch_name(self.batch)
            raise UnreachableError(
                f"Sending batch {name} took longer than it may.",
                code="attempt_deadline",
                where={"batch": name},
            )
        if self.due():
            with self.ports.store.transaction(self.ports.tenant) as tx:
                self.assert_held(tx)

    def due(self) -> bool:
        """Say whether it is time to renew."""
        return self.ports.timer.seconds() - self.renewed_at >= RENEW_SECONDS

    def may_publish(self) -> bool:
        """Say whether the last renewal is recent enough, by our own clock, to publish anything."""
        return self.ports.timer.seconds() - self.renewed_at <= PUBLISH_SECONDS

    def left(self) -> float:
        """Return how many seconds the attempt may still take."""
        return max(0.0, self.ends_at - self.ports.timer.seconds())

    def waits_for_earlier(self) -> bool:
        """Say whether something that an earlier holder began at the server may still be going on."""
        with self.ports.store.reading(self.ports.tenant) as tx:
            return tx.time().ms < self.lease.quiet

    def begin(
        self, tx: Transaction, batch: Batch, rows: Iterable[Any], *, account: Account, **detail: int
    ) -> Batch:
        """Mark a batch as sending, keep changed rows of its journal, and let the loads follow, in *tx*.

        Args:
            account: At which account it is sent.
            detail: What the trail is told besides.

        Returns:
            The batch as it is kept.
        """
        begun = batch.state is BatchState.SENDING
        sending = evolve(
            batch,
            state=batch.state if begun else batch_next(batch.state, BatchEvent.SEND),
            attempted=True,
            ever_left=True,
            not_before=None,
            account=account,
        )
        tx.put(sending)
        tx.put_all(rows)
        epoch = self.lease.epoch
        audit(tx, self.ports, "send_batch", batch.id, subsidiary=batch.subsidiary, epoch=epoch, **detail)
        settle_books(tx, self.ports, batch.subsidiary, cause=f"batch:{batch.id}")
        return sending

    def finish(self, tx: Transaction, batch: Batch, action: str, **detail: str) -> None:
        """Keep a batch as the attempt leaves it, let the loads follow, and give the lease back, in *tx*."""
        tx.put(batch)
        tx.put(released(self.lease))
        epoch = self.lease.epoch
        audit(tx, self.ports, action, batch.id, subsidiary=batch.subsidiary, epoch=epoch, **detail)
        settle_books(tx, self.ports, batch.subsidiary, cause=f"batch:{batch.id}")

    def release(self, *, until: int = 0) -> None:
        """Give the lease back, if it is still ours; *until* as of `released`."""
        with self.ports.store.transaction(self.ports.tenant) as tx:
            stored = tx.get(Lease, self.lease.batch)
            if stored is not None and stored.owner == self.lease.owner:
                tx.put(released(stored, until=until))

    def leave(self, error: FactoringError) -> None:
        """Give the lease back after *error*, unless what was asked for last may yet happen.

        A request to remove a packet, served late, would take away one of the same name that was sent
        since.  So nobody goes on before a lease's time is over.
        """
        if error.code != REMOVAL_UNCLEAR:
            self.release()
            return
        with self.ports.store.transaction(self.ports.tenant) as tx:
            stored = tx.get(Lease, self.lease.batch)
            if stored is not None and stored.owner == self.lease.owner:
                tx.put(resting(stored, tx.time()))


def take(tx: Transaction, ports: Ports, batch: Batch) -> Hold | None:
    """Take the lease of a batch in *tx*; None while somebody else holds it who may be at work."""
    lease = tx.get(Lease, batch.id) or Lease(batch=batch.id)
    now = tx.time()
    if _in_hands(ports, lease, now):
        return None
    files = sending_order(batch.files)
    mine = taken(
        lease,
        now,
        owner=ports.chance.token(_OWNER_BYTES),
        worker=ports.worker.name,
        operation_ms=int(operation_seconds(max(file.size for file in files)) * 1000),
    )
    tx.put(mine)
    began = ports.timer.seconds()
    ends = began + attempt_seconds(sum(file.size for file in files))
    return Hold(ports=ports, batch=batch, lease=mine, renewed_at=began, ends_at=ends)


def busy(batch: Batch) -> StateError:
    """Say that another worker is sending a batch, or that what one began may not be over."""
    name = batch_name(batch)
    return StateError(
        f"Batch {name} is being sent by another worker.",
        code="batch_busy",
        retryable=True,
        remedy="Wait until it is done; `batches show` and `resume` tell.",
        where={"batch": name, "state": batch.state.value},
    )


def refuse_busy(tx: Reading, ports: Ports, batch: Batch) -> None:
    """Let a batch pass that nobody is sending at this moment.

    Raises:
        StateError: code ``batch_busy``.
    """
    lease = tx.get(Lease, batch.id)
    if lease is not None and _in_hands(ports, lease, tx.time()):
        raise busy(batch)


def _in_hands(ports: Ports, lease: Lease, now: StoreTime) -> bool:
    """Say whether a lease keeps others away: it is held, and not by a program that is provably gone."""
    return is_held(lease, now) and not (lease.worker and ports.worker.is_gone(lease.worker))


def held_until(tx: Reading, ports: Ports, batches: Iterable[Batch]) -> dict[str, dt.datetime]:
    """Return until when others hold batches, by the clock on the wall, for those that are held."""
    now, shown = tx.time(), ports.clock.now()
    leases = [lease for batch in batches if (lease := tx.get(Lease, batch.id)) is not None]
    return {
        lease.batch: shown + dt.timedelta(milliseconds=lease.until - now.ms)
        for lease in leases
        if lease.scale == now.scale and lease.until > now.ms
    }
