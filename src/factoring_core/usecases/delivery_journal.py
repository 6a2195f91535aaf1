"""The journal of a delivery: where each file stands, and whose attempt it is.

Each attempt takes the next epoch.  It writes only while the journal is as it left it, so that
a worker that was overtaken stops at its next record, whatever it was doing meanwhile.
"""

from collections.abc import Iterable

from attrs import define, evolve

from factoring_core.domain.selling.archive import sending_order
from factoring_core.domain.selling.batch import Batch, BatchState, Delivery, SealedFile
from factoring_core.domain.selling.batch_states import BatchEvent, batch_next
from factoring_core.domain.selling.delivery import Journal
from factoring_core.domain.selling.identity import temp_file_name
from factoring_core.ports.storage import StagedFile, Transaction
from factoring_core.usecases.books import audit, settle_books
from factoring_core.usecases.ports import Ports

ABANDONED = "abandoned"
"""A temp that can never be published; the journal keeps its name until it is removed."""

_TOKEN_BYTES = 8


class OvertakenError(Exception):
    """Another worker, or a person, has taken the batch over; it is no longer ours to send."""


@define
class Attempt:
    """One attempt at delivering one batch: its epoch and its rows of the journal, by file name."""

    ports: Ports
    batch: Batch
    epoch: int
    rows: dict[str, StagedFile]
    strays: list[str]

    def record(self, changes: Iterable[StagedFile]) -> None:
        """Write *changes*, if the attempt is still ours.

        Raises:
            OvertakenError: it is not.
        """
        changed = {row.name: row for row in changes}
        if changed:
            with self.ports.store.transaction(self.ports.tenant) as tx:
                self._assert_ours(tx)
                tx.put_all(changed.values())
            self.rows.update((name, row) for name, row in changed.items() if row.state != ABANDONED)

    def advance(self, names: Iterable[str], state: Journal) -> None:
        """Record that some files have come as far as *state*; none is set back."""
        order = list(Journal)
        rows = [self.rows[name] for name in names]
        self.record(
            evolve(row, state=state.value)
            for row in rows
            if order.index(Journal(row.state)) < order.index(state)
        )

    def plan_again(self, name: str) -> None:
        """Give up the temp of a file and plan another one, under a name never used before."""
        row = self.rows[name]
        self.strays.append(row.temp_name)
        self.record((_abandoned(row), planned(self.ports, row, self.epoch)))

    def deliver(self) -> None:
        """Record the delivery and let the loads follow, in one transaction."""
        now = self.ports.clock.now()
        with self.ports.store.transaction(self.ports.tenant) as tx:
            batch = self._assert_ours(tx)
            delivered = evolve(
                batch,
                state=batch_next(batch.state, BatchEvent.DELIVER),
                delivery=Delivery(evidence="verified", at=now, by=self.ports.actor.name),
                published_at=now,
                not_before=None,
            )
            self._settle(tx, delivered, "deliver_batch", evidence="verified")

    def doubt(self, why: str) -> None:
        """Record that nobody knows whether the batch arrived."""
        with self.ports.store.transaction(self.ports.tenant) as tx:
            batch = self._assert_ours(tx)
            doubtful = evolve(batch, state=batch_next(batch.state, BatchEvent.DOUBT))
            self._settle(tx, doubtful, "doubt_batch", why=why)

    def forget_strays(self) -> None:
        """Take removed temps out of the journal."""
        with self.ports.store.transaction(self.ports.tenant) as tx:
            for name in self.strays:
                tx.remove(StagedFile, self.batch.id, name)

    def _settle(self, tx: Transaction, batch: Batch, action: str, **detail: str) -> None:
        tx.put(batch)
        audit(tx, self.ports, action, batch.id, subsidiary=batch.subsidiary, epoch=self.epoch, **detail)
        settle_books(tx, self.ports, batch.subsidiary, cause=f"batch:{batch.id}")

    def _assert_ours(self, tx: Transaction) -> Batch:
        batch = tx.get(Batch, self.batch.id)
        stored = {row.name: row for row in tx.find(StagedFile, batch=self.batch.id)}
        ours = all(stored.get(name) == row for name, row in self.rows.items())
        if batch is None or batch.state is not BatchState.SENDING or not ours:
            raise OvertakenError
        return batch


def begin(tx: Transaction, ports: Ports, batch: Batch) -> Attempt:
    """Take the batch over in *tx*: raise the epoch, mark it as sending, plan what is not staged."""
    known = {row.name: row for row in tx.find(StagedFile, batch=batch.id)}
    epoch = max((row.epoch for row in known.values()), default=0) + 1
    rows, given_up = {}, []
    for file in sending_order(batch.files):
        row = known.get(file.name)
        if row is None:
            rows[file.name] = planned(ports, _blank(batch, file), epoch)
        elif row.state == Journal.PLANNED.value:
            # Its bytes may still be arriving: it is left alone, and collected at the end.
            given_up.append(_abandoned(row))
            rows[file.name] = planned(ports, row, epoch)
        else:
            rows[file.name] = evolve(row, epoch=epoch)
    sending = evolve(
        batch,
        state=batch.state if batch.state is BatchState.SENDING else batch_next(batch.state, BatchEvent.SEND),
        attempted=True,
        ever_left=True,
        not_before=None,
    )
    tx.put(sending)
    tx.put_all([*rows.values(), *given_up])
    audit(tx, ports, "send_batch", batch.id, subsidiary=batch.subsidiary, epoch=epoch)
    settle_books(tx, ports, batch.subsidiary, cause=f"batch:{batch.id}")
    strays = [row.name for row in known.values() if row.state == ABANDONED]
    return Attempt(
        ports=ports,
        batch=sending,
        epoch=epoch,
        rows=rows,
        strays=strays + [row.name for row in given_up],
    )


def reset(tx: Transaction, batch: Batch) -> None:
    """Forget how far a batch came, because it is to be sent anew; temps stay known for collecting."""
    for row in tx.find(StagedFile, batch=batch.id):
        if row.state != ABANDONED:
            tx.remove(StagedFile, batch.id, row.name)
            tx.put(_abandoned(row))


def planned(ports: Ports, row: StagedFile, epoch: int) -> StagedFile:
    """Plan a file under a temp name never used before."""
    temp = temp_file_name(row.name, epoch=epoch, token=ports.chance.token(_TOKEN_BYTES))
    return evolve(row, state=Journal.PLANNED.value, temp_name=temp, epoch=epoch)


def _abandoned(row: StagedFile) -> StagedFile:
    return evolve(row, name=row.temp_name, state=ABANDONED)


def _blank(batch: Batch, file: SealedFile) -> StagedFile:
    return StagedFile(
        batch=batch.id,
        name=file.name,
        state=Journal.PLANNED.value,
        temp_name="",
        epoch=0,
        size=file.size,
        sha256=file.sha256,
    )
