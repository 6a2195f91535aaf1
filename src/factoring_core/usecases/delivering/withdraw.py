"""Taking back what a batch has at a server, with proof that its list was never to be seen.

The list makes a factor begin.  While the one temp that could become it is in our hands, nothing of
the batch counts, and packets that lie about can be removed.  Before anything is removed the
journal forgets it: a temp that is gone must never be taken for one that was published.
"""

from factoring_core.domain.selling.batch import Batch
from factoring_core.domain.selling.delivery import Journal, Server, Way
from factoring_core.errors import FactoringError, StateError
from factoring_core.ports.remote_folder import RemoteFolder
from factoring_core.ports.storage import StagedFile, Transaction
from factoring_core.usecases.accounts import connection_of_batch, profile_of
from factoring_core.usecases.delivering.delivery_journal import Attempt
from factoring_core.usecases.delivering.elsewhere import refuse_elsewhere
from factoring_core.usecases.delivering.fence import NotYetError, PublishedSinceError, fence
from factoring_core.usecases.delivering.holding import Hold, LeaseLostError, busy, take
from factoring_core.usecases.delivering.journal_rows import WHOLE, to_claim
from factoring_core.usecases.delivering.readiness import server_of
from factoring_core.usecases.logins import one_try
from factoring_core.usecases.naming import batch_name
from factoring_core.usecases.ports import Ports


def withdraw(ports: Ports, batch: Batch) -> Hold:
    """Take a batch back from the server, and return the lease under which nothing can follow.

    Raises:
        StateError: code ``too_late_to_cancel``, or ``batch_busy`` while another worker sends it.
        TransportError: the proof cannot be had now; nothing was lost.
    """
    connection = connection_of_batch(ports, batch)
    assert connection is not None
    refuse_elsewhere(batch, connection)
    server = server_of(connection, profile_of(ports, batch.provider))
    with ports.store.transaction(ports.tenant) as tx:
        hold = take(tx, ports, batch)
        if hold is None:
            raise busy(batch)
        attempt = _reopened(tx, hold, batch, server.way)
    folder = ports.folder(connection)
    try:
        with one_try(ports, connection, folder):
            if server.way is Way.RENAMING:
                fence(attempt, folder)
            finals = _provably_unseen(attempt, folder, server)
            clear(attempt, folder, finals)
    except (NotYetError, LeaseLostError):
        hold.release(until=hold.lease.quiet)
        raise busy(batch) from None
    except PublishedSinceError as since:
        hold.release()
        raise _too_late(batch, str(since)) from since
    except FactoringError as error:
        hold.leave(error)
        raise
    return hold


def _reopened(tx: Transaction, held: Hold, batch: Batch, way: Way) -> Attempt:
    """Take the journal of a batch over in *tx* as it is, for giving the batch up."""
    known = {row.name: row for row in tx.find(StagedFile, batch=batch.id)}
    epoch = held.lease.epoch
    claimed = {
        name: to_claim(held.ports, row, epoch) if way is Way.RENAMING and row.state in WHOLE else row
        for name, row in known.items()
    }
    tx.put_all(claimed.values())
    files = {file.name for file in batch.files}
    return Attempt(
        hold=held,
        batch=batch,
        rows={name: row for name, row in claimed.items() if name in files},
        strays={name: row for name, row in claimed.items() if name not in files},
    )


def clear(attempt: Attempt, folder: RemoteFolder, finals: list[str]) -> None:
    """Forget what the journal says of the files, and then remove them."""
    temps = [row.temp_name for row in (*attempt.rows.values(), *attempt.strays.values()) if row.temp_name]
    attempt.give_up(finals)
    for name in (*reversed(temps), *finals):
        attempt.hold.beat()
        folder.remove(name)
    attempt.forget_strays()


def _provably_unseen(attempt: Attempt, folder: RemoteFolder, server: Server) -> list[str]:
    """Return the packets that are there under their final names; the list has never been.

    Raises:
        StateError: it may have been, or the factor has taken a packet.
    """
    last = attempt.batch.files[-1].name
    finals = []
    for row in attempt.rows.values():
        if row.name == last and _may_be_seen(row, folder, server):
            raise _too_late(attempt.batch, "its list may have been seen")
        if row.name != last and _may_be_seen(row, folder, server):
            if server.way is Way.BLIND or folder.stat(row.name) is None:
                raise _too_late(attempt.batch, f"{row.name} may have been taken")
            finals.append(row.name)
    return finals


def _may_be_seen(row: StagedFile, folder: RemoteFolder, server: Server) -> bool:
    """Say whether a file may have been under its final name, all that could give it one being ours."""
    if row.state == Journal.PLANNED.value:
        return False
    if row.state == Journal.PUBLISHED.value or server.way is Way.DIRECT:
        return True
    if server.way is Way.BLIND:
        return row.state == Journal.PUBLISHING.value
    return folder.stat(row.temp_name) is None


def _too_late(batch: Batch, why: str) -> StateError:
    name = batch_name(batch)
    return StateError(
        f"Batch {name} cannot be cancelled any more: {why}.",
        code="too_late_to_cancel",
        remedy="Run `factoring resume`; if the factor never gets it, `batches settle` with not-delivered.",
        where={"batch": name, "state": batch.state.value},
    )
