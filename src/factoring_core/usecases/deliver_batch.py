"""Delivering one sealed batch: stage, publish the packets, the manifest last, verify, record.

Any step may fail or be cut off.  What has been done is in the journal, and calling `deliver`
again goes on from there.
"""

import datetime as dt
import hashlib
from collections.abc import Sequence
from contextlib import suppress

from attrs import define, evolve, frozen

from factoring_core.domain.selling.archive import sending_order
from factoring_core.domain.selling.batch import Assignment, Batch, BatchState, FileRole
from factoring_core.domain.selling.delivery import Seen, Server
from factoring_core.domain.selling.identity import batch_id, content_root, line_of
from factoring_core.domain.selling.lease import BUSY_SECONDS, released
from factoring_core.domain.vocabulary.parties import Connection, Protocol
from factoring_core.domain.vocabulary.profile import ProviderProfile
from factoring_core.errors import (
    ConfigurationError,
    DeliveryInDoubtError,
    FactoringError,
    RemoteRefusedError,
    StateError,
    StorageError,
    StoreCorruptError,
    UnreachableError,
)
from factoring_core.ports.remote_folder import RemoteFolder
from factoring_core.ports.storage import Reading, Transaction
from factoring_core.ports.timer import Timer
from factoring_core.usecases.accounts import connection_of_batch, profile_of, refuse_unbuilt
from factoring_core.usecases.batch_views import world_of
from factoring_core.usecases.compose_batch import packed
from factoring_core.usecases.delivery_journal import Attempt, begin
from factoring_core.usecases.fence import NotYetError, fence
from factoring_core.usecases.holding import Hold, LeaseLostError, held_until, take
from factoring_core.usecases.logins import one_try
from factoring_core.usecases.naming import batch_name
from factoring_core.usecases.ports import Ports
from factoring_core.usecases.publish_files import DoubtError, Sender, look

_POLL_SECONDS = 0.5
_STAYING = ("attempt_deadline", "folder_missing", "listing_untrusted")
"""Failures that some seconds do not mend."""


@frozen(kw_only=True)
class _Ready:
    """A batch that may be sent now, and is ours to send."""

    hold: Hold
    batch: Batch
    connection: Connection
    profile: ProviderProfile


class _BusyError(Exception):
    """Another worker is at it."""


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


def deliver(ports: Ports, id_: str, patience: Patience | None = None) -> FactoringError | None:
    """Bring one batch to its factor, or as far as it comes; return what kept it from arriving.

    Nothing is done, and None returned, where a person delivers, where the batch is not to be
    sent (any more), has to wait, or is still being sent by another worker when *patience* ends.

    Raises:
        StorageError: our own store failed.
    """
    patience = patience or Patience()
    while True:
        try:
            ready = _make_ready(ports, id_)
        except _BusyError:
            if not patience.wait(ports.timer):
                return None
        except StorageError:
            raise
        except FactoringError as error:
            return error
        else:
            return None if ready is None else _deliver(ports, ready)


def _deliver(ports: Ports, ready: _Ready) -> FactoringError | None:
    """Send a batch whose lease is ours, and give the lease back whatever becomes of it."""
    try:
        return _connect_and_send(ports, ready)
    except NotYetError:
        ready.hold.release(until=ready.hold.lease.quiet)
        return None
    except LeaseLostError:
        return None
    except (StorageError, KeyboardInterrupt):
        with suppress(StorageError):
            ready.hold.release()
        raise
    except FactoringError as error:
        ready.hold.release()
        return error


def _connect_and_send(ports: Ports, ready: _Ready) -> FactoringError | None:
    _verify_archive(ports, ready.batch)
    folder = ports.folder(ready.connection)
    with one_try(ports, ready.connection, folder):
        if ready.batch.state is BatchState.SEALED:
            ports.retry(
                lambda: _refuse_foreign_names(ready.batch, folder), again=may_pass, seconds=ready.hold.left()
            )
        with ports.store.transaction(ports.tenant) as tx:
            unchanged = tx.get(Batch, ready.batch.id) == ready.batch
            if unchanged and not _has_to_wait(tx, ports, ready):
                attempt = begin(tx, ports, ready.hold, ready.batch)
            else:
                attempt = None
        if attempt is None:
            ready.hold.release()
            return None
        return _send(attempt, folder, ready)


def may_pass(error: Exception) -> bool:
    """Say whether an error of the way may have passed after some seconds."""
    if isinstance(error, UnreachableError):
        return error.code not in _STAYING
    return isinstance(error, RemoteRefusedError) and error.retryable and error.code != "remote_full"


def _send(attempt: Attempt, folder: RemoteFolder, ready: _Ready) -> FactoringError | None:
    server = Server(vanishing_proves=ready.profile.rename_works and ready.profile.temps_private)
    sender = Sender(attempt, folder, server)
    *first, last = files = sending_order(attempt.batch.files)

    def carry() -> None:
        fence(attempt, folder)
        sender.stage(files)
        if first:
            sender.publish(first)
        sender.publish([last])

    try:
        ready.hold.ports.retry(carry, again=may_pass, seconds=ready.hold.left())
    except DoubtError as doubt:
        attempt.doubt(str(doubt))
        name = batch_name(attempt.batch)
        return DeliveryInDoubtError(
            f"Nobody knows whether batch {name} arrived: {doubt}.",
            where={"batch": name, "connection": attempt.batch.connection},
        )
    attempt.deliver()
    sender.collect()
    return None


def _make_ready(ports: Ports, id_: str) -> _Ready | None:
    """Say whether the batch may be sent now, and take its lease; a wait that is new is written down.

    Raises:
        _BusyError: another worker has the lease.
    """
    with ports.store.transaction(ports.tenant) as tx:
        batch = tx.get(Batch, id_)
        if batch is None or batch.state not in (BatchState.SEALED, BatchState.SENDING):
            return None
        name = batch_name(batch)
        connection = connection_of_batch(ports, batch)
        if connection is None:
            raise ConfigurationError(
                f"Batch {name} cannot be sent, because the settings no longer hold its connection.",
                remedy="Put the connection back, or cancel the batch.",
                where={"batch": name, "connection": batch.connection},
            )
        if connection.protocol is Protocol.MANUAL:
            return None
        profile = profile_of(ports, batch.provider)
        refuse_unbuilt(connection)
        world = world_of(tx, ports, batch.subsidiary)
        if world.batches[id_].state is BatchState.DELIVERED:
            return None  # evidence names it: while that stands it is never sent again
        sales = tx.find(Assignment, batch=id_)
        ended = sorted(sale.load for sale in sales if world.sales[sale.id].ending is not None)
        if ended:
            raise StateError(
                f"Batch {name} cannot be sent: {', '.join(ended)} was taken back from it.",
                remedy="Cancel the batch and submit the other loads again.",
                where={"batch": name, "loads": ended},
            )
        _verify_identity(ports, batch, sales)
        hold = take(tx, ports, batch)
        if hold is None or _gap_is_being_made(tx, ports, batch, profile):
            raise _BusyError
        ready = _Ready(hold=hold, batch=batch, connection=connection, profile=profile)
        if _has_to_wait(tx, ports, ready):
            tx.put(released(hold.lease))
            return None
        return ready


def _has_to_wait(tx: Transaction, ports: Ports, ready: _Ready) -> bool:
    """Say whether the provider's minimum gap is not over yet, and note until when it lasts."""
    earliest = _earliest(tx, ready.batch, ready.profile)
    if earliest is None or earliest <= ports.clock.now():
        return False
    if ready.batch.not_before != earliest:
        tx.put(evolve(ready.batch, not_before=earliest))
    return True


def _gap_is_being_made(tx: Reading, ports: Ports, batch: Batch, profile: ProviderProfile) -> bool:
    """Say whether another batch, after which a gap is due, is being sent at this moment."""
    if profile.min_gap_minutes is None:
        return False
    others = tx.find(Batch, state=BatchState.SENDING)
    sending = [one for one in others if one.connection == batch.connection and one.id != batch.id]
    return bool(held_until(tx, ports, sending))


def _earliest(tx: Reading, batch: Batch, profile: ProviderProfile) -> dt.datetime | None:
    """Return when the gap after the connection's last publication of another batch is over."""
    others = tx.find(Batch, subsidiary=batch.subsidiary)
    published = [
        other.published_at
        for other in others
        if other.connection == batch.connection and other.id != batch.id and other.published_at is not None
    ]
    if profile.min_gap_minutes is None or not published:
        return None
    return max(published) + dt.timedelta(minutes=profile.min_gap_minutes)


def _verify_identity(ports: Ports, batch: Batch, sales: Sequence[Assignment]) -> None:
    """Compute the identity again from what is stored; what differs is never sent."""
    root = content_root(
        tenant=ports.tenant,
        subsidiary=batch.subsidiary,
        connection=batch.connection,
        provider=batch.provider,
        profile_version=batch.profile_version,
        number=batch.number,
        files=batch.files,
        lines=[line_of(sale) for sale in sales],
    )
    if batch_id(root) != batch.id:
        raise _not_what_was_sealed(batch)


def _verify_archive(ports: Ports, batch: Batch) -> None:
    """Pack the archive again: the identity says nothing of it, because it holds nothing of its own."""
    for file in batch.files:
        if file.role is FileRole.ARCHIVE:
            if hashlib.sha256(packed(batch.files, ports.blobs.get)).hexdigest() != file.sha256:
                raise _not_what_was_sealed(batch)


def _not_what_was_sealed(batch: Batch) -> StoreCorruptError:
    return StoreCorruptError(
        "A stored batch is not what was sealed.", where={"batch": batch_name(batch), "id": batch.id}
    )


def _refuse_foreign_names(batch: Batch, folder: RemoteFolder) -> None:
    """Look before the first byte: a name that other bytes hold is refused while nothing has left."""
    for file in sending_order(batch.files):
        seen = look(folder, file.name, size=file.size, sha256=file.sha256)
        if seen not in (Seen.ABSENT, Seen.EQUAL):
            raise RemoteRefusedError(
                f"Another file is called {file.name} in the folder already.",
                code="remote_conflict",
                remedy="Ask the factor to take the file away, then run `factoring resume`.",
                where={"batch": batch_name(batch), "file": file.name},
            )
