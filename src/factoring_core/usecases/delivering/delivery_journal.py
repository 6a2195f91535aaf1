"""The journal of a delivery: where each file stands, and whose attempt it is.

Whoever sends a batch holds its lease, and each holder has the next epoch.  Nothing is recorded
without asserting it, so that a worker that was overtaken stops at its next record, whatever it
was doing meanwhile.
"""

from collections.abc import Iterable
from contextlib import suppress

from attrs import define, evolve, field

from factoring_core.domain.selling.account import same_account
from factoring_core.domain.selling.archive import sending_order
from factoring_core.domain.selling.batch import Batch, Delivery
from factoring_core.domain.selling.batch_states import BatchEvent, batch_next
from factoring_core.domain.selling.delivery import Journal, Proof, Way, weakest
from factoring_core.errors import TransportError
from factoring_core.ports.remote_folder import RemoteFolder
from factoring_core.ports.storage import StagedFile, Transaction
from factoring_core.usecases.delivering.elsewhere import Whose
from factoring_core.usecases.delivering.holding import Hold, LeaseLostError
from factoring_core.usecases.delivering.journal_rows import (
    ABANDONED,
    LYING,
    REVOKED,
    abandoned,
    begun_otherwise,
    blank,
    lying,
    never_published,
    planned,
    reset,
    to_claim,
)
from factoring_core.usecases.ports import Ports


@define
class Attempt:
    """One attempt at delivering one batch: its lease and its rows of the journal, by file name.

    ``strays``: rows of temps that nobody needs, by the name they are recorded under.
    """

    hold: Hold
    batch: Batch
    rows: dict[str, StagedFile]
    strays: dict[str, StagedFile] = field(factory=dict)

    @property
    def ports(self) -> Ports:
        """With what it works."""
        return self.hold.ports

    def record(self, changes: Iterable[StagedFile]) -> None:
        """Write *changes*, if the attempt is still ours.

        Raises:
            LeaseLostError: it is not.
        """
        changed = {row.name: row for row in changes}
        if changed:
            with self.ports.store.transaction(self.ports.tenant) as tx:
                self._assert_ours(tx)
                tx.put_all(changed.values())
            for name, row in changed.items():
                (self.strays if row.state in (ABANDONED, REVOKED) else self.rows)[name] = row

    def advance(self, names: Iterable[str], state: Journal) -> None:
        """Record that some files have come as far as *state*; none is set back."""
        order = list(Journal)
        rows = [self.rows[name] for name in names]
        self.record(
            evolve(row, state=state.value)
            for row in rows
            if order.index(Journal(row.state)) < order.index(state)
        )

    def arrived(self, proofs: dict[str, Proof]) -> None:
        """Record files as published, each with that by which it is known."""
        self.record(
            evolve(self.rows[name], state=Journal.PUBLISHED.value, proof=proof.value)
            for name, proof in proofs.items()
            if self.rows[name].state != Journal.PUBLISHED.value
        )

    def plan_again(self, name: str) -> None:
        """Give up the temp of a file and plan another one, under a name never used before."""
        row = self.rows[name]
        self.record((abandoned(row), planned(self.ports, row, self.hold.lease.epoch)))

    def deliver(self) -> None:
        """Record the delivery, let the loads follow and give the lease back, in one transaction."""
        now = self.ports.clock.now()
        proof = weakest(Proof(row.proof) for row in self.rows.values())
        with self.ports.store.transaction(self.ports.tenant) as tx:
            batch = self._assert_ours(tx)
            delivery = Delivery(evidence="verified", at=now, by=self.ports.actor.name, proof=proof.value)
            delivered = evolve(
                batch,
                state=batch_next(batch.state, BatchEvent.DELIVER),
                delivery=delivery,
                published_at=now,
                not_before=None,
            )
            self.hold.finish(tx, delivered, "deliver_batch", evidence="verified", proof=proof.value)

    def doubt(self, why: str) -> None:
        """Record that nobody knows whether the batch arrived, and give the lease back."""
        with self.ports.store.transaction(self.ports.tenant) as tx:
            batch = self._assert_ours(tx)
            # Whoever clears the doubt knows of what was published since the last one was cleared;
            # what remains in the journal proves nothing against it.
            revoked = [row for row in self.strays.values() if row.state == REVOKED]
            state = batch_next(batch.state, BatchEvent.DOUBT)
            doubtful = evolve(batch, state=state, taken_out=batch.taken_out or bool(revoked))
            tx.put_all(evolve(row, state=ABANDONED, earlier=()) for row in revoked)
            self.hold.finish(tx, doubtful, "doubt_batch", why=why)

    def collect(self, folder: RemoteFolder) -> None:
        """Remove temps that nobody needs; while one of them cannot be removed the journal knows of all."""
        with suppress(TransportError):
            for row in self.strays.values():
                folder.remove(row.temp_name)
            self.forget_strays()

    def forget_strays(self) -> None:
        """Take removed temps out of the journal."""
        if not self.strays:
            return
        with self.ports.store.transaction(self.ports.tenant) as tx:
            for name in self.strays:
                tx.remove(StagedFile, self.batch.id, name)

    def give_up(self, finals: Iterable[str]) -> None:
        """Forget how far the files came; temps, and those under their *finals*, stay known until removed."""
        there = [lying(self.rows[name]) for name in finals]
        with self.ports.store.transaction(self.ports.tenant) as tx:
            self._assert_ours(tx)
            reset(tx, self.batch, ours=True)
            tx.put_all(there)
        given_up = [abandoned(row) for row in self.rows.values() if row.temp_name] + there
        self.strays.update((row.name, row) for row in given_up)
        self.rows = {}

    def _assert_ours(self, tx: Transaction) -> Batch:
        self.hold.assert_held(tx)
        batch = tx.get(Batch, self.batch.id)
        if batch is None or batch.state is not self.batch.state:
            raise LeaseLostError
        return batch


def begin(tx: Transaction, held: Hold, batch: Batch, way: Way, whose: Whose) -> Attempt:
    """Begin to send in *tx*, under a lease: mark the batch as sending, plan what is not staged.

    Raises:
        LeaseLostError: the lease is not ours any more.
        StateError: it was begun in another way, and has to be finished or given up in that.
    """
    held.assert_held(tx)
    ports, epoch = held.ports, held.lease.epoch
    known = {row.name: row for row in tx.find(StagedFile, batch=batch.id)}
    if batch.account is not None and not same_account(batch.account, whose.account):
        # It is sealed again by a person's word; what lies at the former account is out of reach.
        for name in known:
            tx.remove(StagedFile, batch.id, name)
        known = {}
    strays = {name: row for name, row in known.items() if row.state == ABANDONED}
    changed: dict[str, StagedFile] = {}
    rows: dict[str, StagedFile] = {}
    for file in sending_order(batch.files):
        row = known.get(file.name) or blank(batch, file)
        if row.state == Journal.PUBLISHED.value:
            rows[file.name] = row
        elif row.state == Journal.PLANNED.value or never_published(row, way):
            if row.temp_name:
                # Its bytes may still be arriving: it is left alone, and collected at the end.
                given_up = abandoned(row)
                strays[given_up.name] = changed[given_up.name] = given_up
            rows[file.name] = changed[file.name] = planned(ports, row, epoch, way)
        elif bool(row.temp_name) is (way is Way.DIRECT):
            raise begun_otherwise(batch)
        elif way is Way.RENAMING:
            rows[file.name] = changed[file.name] = to_claim(ports, row, epoch)
        else:
            rows[file.name] = row
    for name, row in known.items():
        if row.state == REVOKED:
            strays[name] = changed[name] = to_claim(ports, row, epoch)
        elif row.state == LYING:
            tx.remove(StagedFile, batch.id, name)
    sending = held.begin(tx, batch, changed.values(), account=whose.account, **whose.facts)
    return Attempt(hold=held, batch=sending, rows=rows, strays=strays)
