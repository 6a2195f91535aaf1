"""Going on after an older backup of the store was put back."""

from attrs import evolve, frozen

from factoring_core.domain.selling.batch import Batch, BatchState
from factoring_core.domain.selling.batch_states import BatchEvent, batch_next
from factoring_core.domain.selling.lease import Lease, released
from factoring_core.domain.vocabulary.actors import Right, require
from factoring_core.domain.vocabulary.events import AuditEntry
from factoring_core.domain.vocabulary.parties import Protocol
from factoring_core.errors import StateError, StoreCorruptError
from factoring_core.ports.storage import Transaction
from factoring_core.usecases.accounts import connection_of_batch
from factoring_core.usecases.acts import needs_reason
from factoring_core.usecases.audit_trail import verify_audit
from factoring_core.usecases.books import audit, settle_books
from factoring_core.usecases.naming import batch_name
from factoring_core.usecases.ports import Ports


@frozen(kw_only=True)
class Recovery:
    """What was done.  ``suspect``: batches put in doubt.  ``skipped``: numbers no batch will have.

    ``outcome``: recovered, or already_recovered with what was done the first time.
    """

    suspect: tuple[str, ...]
    skipped: int
    outcome: str = "recovered"


def recover(ports: Ports, kept: str, *, reason: str) -> Recovery:
    """Put in doubt whatever may have been sent since the backup, and skip the numbers it may have.

    A sealed batch of the backup may have left since, and a factor that takes its files away leaves
    nothing to see; so a person asks and settles it.  Batches that were sealed since the backup are
    unknown here: each left one entry in the trail at least, so that as many numbers are skipped for
    every connection as there are entries missing.  With the same head again it changes nothing.

    Args:
        ports: Everything outside.
        kept: The head of the trail that shows the roll-back.
        reason: Why the backup was put back.

    Raises:
        AccessError: it needs billing and a configuring role, for every subsidiary.
        StoreCorruptError: the trail is broken, and not only older.
        StateError: the store is not older than the head.
        UsageError: *kept* is no head, or there is no reason.
    """
    require(ports.actor, Right.REVERSE)
    for subsidiary in ports.settings.subsidiaries:
        require(ports.actor, Right.REVERSE, subsidiary.id)
    needs_reason(reason, "Going on after a backup")
    view = verify_audit(ports, kept)
    if view.broken_at is not None:
        raise StoreCorruptError(
            f"The audit trail is broken at entry {view.broken_at}.", where={"entry": view.broken_at}
        )
    if not view.rolled_back:
        raise StateError("The store is not older than that head; there is nothing to recover from.")
    missing = max(0, int(kept.partition(":")[0]) - view.entries)
    with ports.store.transaction(ports.tenant) as tx:
        for entry in tx.walk(AuditEntry):
            if (entry.action, entry.subject) == (_ACTION, kept):
                return Recovery(
                    suspect=tuple(entry.detail["suspect"]),
                    skipped=entry.detail["skipped"],
                    outcome="already_recovered",
                )
        suspect = [one for one in tx.find(Batch, state=_OPEN) if not _by_hand(ports, one)]
        for batch in suspect:
            _doubt(tx, batch)
        for connection in ports.settings.connections:
            for _ in range(missing):
                tx.next_number(f"batch:{connection.id}")
        names = tuple(batch_name(one) for one in suspect)
        audit(
            tx,
            ports,
            _ACTION,
            kept,
            suspect=list(names),
            skipped=missing,
            reason=reason,
            subsidiaries=[one.id for one in ports.settings.subsidiaries],
        )
        for subsidiary in ports.settings.subsidiaries:
            settle_books(tx, ports, subsidiary.id, cause=_ACTION)
    return Recovery(suspect=names, skipped=missing)


_ACTION = "store.recover"
_OPEN = (BatchState.SEALED, BatchState.SENDING)


def _by_hand(ports: Ports, batch: Batch) -> bool:
    connection = connection_of_batch(ports, batch)
    return connection is not None and connection.protocol is Protocol.MANUAL


def _doubt(tx: Transaction, batch: Batch) -> None:
    """Go through every step, as if it had begun to leave; the journal of a backup proves nothing."""
    state = batch.state
    if state is BatchState.SEALED:
        state = batch_next(state, BatchEvent.SEND)
    doubtful = evolve(
        batch,
        state=batch_next(state, BatchEvent.DOUBT),
        taken_out=True,
        attempted=True,
        ever_left=True,
        not_before=None,
    )
    tx.put(doubtful)
    lease = tx.get(Lease, batch.id)
    if lease is not None:
        tx.put(released(lease))
