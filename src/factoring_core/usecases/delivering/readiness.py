"""Whether a batch may be sent now, and that it is still what was sealed."""

import datetime as dt
import hashlib
from collections.abc import Sequence

from attrs import evolve, frozen

from factoring_core.domain.selling.batch import Assignment, Batch, BatchState, FileRole
from factoring_core.domain.selling.delivery import Server, Way
from factoring_core.domain.selling.identity import batch_id, content_root, line_of
from factoring_core.domain.selling.lease import released
from factoring_core.domain.vocabulary.parties import Connection, Protocol
from factoring_core.domain.vocabulary.profile import ProviderProfile, ResendPolicy
from factoring_core.errors import ConfigurationError, StateError, StoreCorruptError
from factoring_core.ports.storage import Reading, Transaction
from factoring_core.usecases.accounts import connection_of_batch, profile_of, refuse_unspoken
from factoring_core.usecases.delivering.batch_views import world_of
from factoring_core.usecases.delivering.compose_batch import packed
from factoring_core.usecases.delivering.holding import Hold, take
from factoring_core.usecases.naming import batch_name
from factoring_core.usecases.ports import Ports

_LONGEST_WAIT = dt.timedelta(hours=1)


@frozen(kw_only=True)
class Ready:
    """A batch that may be sent now, and is ours to send.

    ``arrived``: batches that count as half sent and of which evidence says that they arrived.
    """

    hold: Hold
    batch: Batch
    connection: Connection
    profile: ProviderProfile
    arrived: frozenset[str] = frozenset()


def server_of(connection: Connection, profile: ProviderProfile) -> Server:
    """Return what is promised of a connection's server.

    Raises:
        ConfigurationError: renaming does not work there, and the settings do not ask for more risk.
    """
    if not profile.rename_works and not connection.non_atomic:
        raise ConfigurationError(
            f"The server of connection {connection.id} cannot rename, so that files appear bit by bit.",
            code="rename_unsupported",
            remedy="If the factor copes with files that grow, set non_atomic = true.",
            where={"connection": connection.id},
        )
    way = Way.RENAMING if profile.readable else Way.BLIND
    return Server(
        way=Way.DIRECT if connection.non_atomic else way,
        vanishing_proves=profile.temps_private,
        waits_for_list=profile.resend is ResendPolicy.TRIGGER_AND_CLEAR,
    )


class BusyError(Exception):
    """Another worker is at it, or *first*, another batch of the connection, has to be sent before."""

    def __init__(self, first: str | None = None) -> None:
        super().__init__(first)
        self.first = first


def make_ready(ports: Ports, id_: str) -> Ready | None:
    """Say whether the batch may be sent now, and take its lease; a wait that is new is written down.

    Raises:
        BusyError: another worker has the lease, or another batch comes first.
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
        refuse_unspoken(ports, connection)
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
        server_of(connection, profile)
        _verify_identity(ports, batch, sales)
        hold = take(tx, ports, batch)
        if hold is None:
            raise BusyError
        arrived = frozenset(one.id for one in world.batches.values() if one.state is BatchState.DELIVERED)
        ready = Ready(hold=hold, batch=batch, connection=connection, profile=profile, arrived=arrived)
        one_at_a_time(tx, ready)
        if has_to_wait(tx, ports, ready):
            tx.put(released(hold.lease))
            return None
        return ready


def has_to_wait(tx: Transaction, ports: Ports, ready: Ready) -> bool:
    """Say whether the provider's minimum gap is not over yet, and note until when it lasts.

    Nor, of a batch that is half offered, the time for which the factor's system asked.
    """
    now = ports.clock.now()
    if ready.batch.state is BatchState.SENDING and ready.connection.protocol is Protocol.API:
        until = ready.batch.not_before
        # A clock that has been set back must not make an hour a year.
        return until is not None and now < until <= now + _LONGEST_WAIT
    earliest = _earliest(tx, now, ready.batch, ready.profile)
    if earliest is None or earliest <= now:
        return False
    if ready.batch.not_before != earliest:
        tx.put(evolve(ready.batch, not_before=earliest))
    return True


def one_at_a_time(tx: Reading, ready: Ready) -> None:
    """See that no other batch is on its way through the same folder.

    A factor that empties its folder when a list arrives would take the packets of the other one,
    whose own list would then arrive without them.

    Raises:
        BusyError: there is one, which comes first.
    """
    batch = ready.batch
    no_folder = ready.connection.protocol is Protocol.API and ready.profile.min_gap_minutes is None
    if batch.state is BatchState.SENDING or no_folder:
        return
    others = tx.find(Batch, state=BatchState.SENDING)
    sending = [one for one in others if one.connection == batch.connection and one.id not in ready.arrived]
    if sending:
        raise BusyError(min(sending, key=lambda one: one.number).id)


def _earliest(tx: Reading, now: dt.datetime, batch: Batch, profile: ProviderProfile) -> dt.datetime | None:
    """Return when the gap after the connection's last publication of another batch is over."""
    others = tx.find(Batch, subsidiary=batch.subsidiary)
    published = [
        other.published_at
        for other in others
        if other.connection == batch.connection and other.id != batch.id and other.published_at is not None
    ]
    if profile.min_gap_minutes is None or not published:
        return None
    gap = dt.timedelta(minutes=profile.min_gap_minutes)
    earliest = max(published) + gap
    # A clock that has been set back must not make a gap of minutes one of years.
    return earliest if earliest - now <= gap else batch.not_before or now + gap


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


def verify_archive(ports: Ports, batch: Batch) -> None:
    """Pack the archive again: the identity says nothing of it, because it holds nothing of its own."""
    for file in batch.files:
        if file.role is FileRole.ARCHIVE:
            if hashlib.sha256(packed(batch.files, ports.blobs.get)).hexdigest() != file.sha256:
                raise _not_what_was_sealed(batch)


def _not_what_was_sealed(batch: Batch) -> StoreCorruptError:
    return StoreCorruptError(
        "A stored batch is not what was sealed.", where={"batch": batch_name(batch), "id": batch.id}
    )
