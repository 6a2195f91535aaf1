"""Delivering one sealed batch: stage, publish the packets, the manifest last, verify, record.

Any step may fail or be cut off.  What has been done is in the journal, and calling `deliver`
again goes on from there.
"""

import datetime as dt
import hashlib
from collections.abc import Sequence

from attrs import evolve, frozen

from factoring_core.domain.selling.archive import sending_order
from factoring_core.domain.selling.batch import Assignment, Batch, BatchState, FileRole
from factoring_core.domain.selling.delivery import Seen, Server
from factoring_core.domain.selling.identity import batch_id, content_root, line_of
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
)
from factoring_core.ports.remote_folder import RemoteFolder
from factoring_core.ports.storage import Reading, Transaction
from factoring_core.usecases.accounts import connection_of_batch, profile_of, refuse_unbuilt
from factoring_core.usecases.batch_views import world_of
from factoring_core.usecases.compose_batch import packed
from factoring_core.usecases.delivery_journal import Attempt, OvertakenError, begin
from factoring_core.usecases.naming import batch_name
from factoring_core.usecases.ports import Ports
from factoring_core.usecases.publish_files import DoubtError, Sender, look


@frozen(kw_only=True)
class _Ready:
    """A batch that may be sent now."""

    batch: Batch
    connection: Connection
    profile: ProviderProfile


def deliver(ports: Ports, id_: str) -> FactoringError | None:
    """Bring one batch to its factor, or as far as it comes; return what kept it from arriving.

    Nothing is done, and None returned, where a person delivers, where the batch is not to be
    sent (any more), has to wait, or is being sent by another worker.

    Raises:
        StorageError: our own store failed.
    """
    try:
        ready = _make_ready(ports, id_)
        if ready is None:
            return None
        _verify_archive(ports, ready.batch)
        folder = ports.folder(ready.connection)
        if ready.batch.state is BatchState.SEALED:
            _refuse_foreign_names(ready.batch, folder)
        with ports.store.transaction(ports.tenant) as tx:
            if tx.get(Batch, id_) != ready.batch or _has_to_wait(tx, ports, ready):
                return None
            attempt = begin(tx, ports, ready.batch)
        return _send(attempt, folder, ready.profile)
    except StorageError:
        raise
    except OvertakenError:
        return None
    except FactoringError as error:
        return error


def _send(attempt: Attempt, folder: RemoteFolder, profile: ProviderProfile) -> FactoringError | None:
    server = Server(vanishing_proves=profile.rename_works and profile.temps_private)
    sender = Sender(attempt, folder, server)
    *first, last = files = sending_order(attempt.batch.files)
    try:
        sender.stage(files)
        if first:
            sender.publish(first)
        sender.publish([last])
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
    """Say whether the batch may be sent now; a wait that is new is written down."""
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
        ready = _Ready(batch=batch, connection=connection, profile=profile)
        if _has_to_wait(tx, ports, ready):
            return None
        _verify_identity(ports, batch, sales)
        return ready


def _has_to_wait(tx: Transaction, ports: Ports, ready: _Ready) -> bool:
    """Say whether the provider's minimum gap is not over yet, and note until when it lasts."""
    earliest = _earliest(tx, ready.batch, ready.profile)
    if earliest is None or earliest <= ports.clock.now():
        return False
    if ready.batch.not_before != earliest:
        tx.put(evolve(ready.batch, not_before=earliest))
    return True


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
