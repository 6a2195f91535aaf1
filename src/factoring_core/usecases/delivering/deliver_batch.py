"""Delivering one sealed batch: stage, publish the packets, the manifest last, verify, record.

Any step may fail or be cut off.  What has been done is in the journal, and calling `deliver`
again goes on from there.
"""

from functools import partial

from factoring_core.domain.selling.account import account_at
from factoring_core.domain.selling.archive import sending_order
from factoring_core.domain.selling.batch import Batch, BatchState
from factoring_core.domain.selling.delivery import Seen, Server, Way
from factoring_core.domain.vocabulary.parties import Protocol
from factoring_core.errors import (
    FactoringError,
    RemoteRefusedError,
    StorageError,
    UnreachableError,
)
from factoring_core.ports.remote_folder import RemoteFolder
from factoring_core.usecases.delivering.delivery_journal import Attempt, begin
from factoring_core.usecases.delivering.elsewhere import Whose, doubt_elsewhere, is_elsewhere
from factoring_core.usecases.delivering.failing import in_doubt, is_overdue, rename_unsupported
from factoring_core.usecases.delivering.fence import PublishedSinceError, fence
from factoring_core.usecases.delivering.giving_back import given_back
from factoring_core.usecases.delivering.holding import LeaseLostError, Patience
from factoring_core.usecases.delivering.looking import DoubtError, Glances, look
from factoring_core.usecases.delivering.offer_invoices import offer_all
from factoring_core.usecases.delivering.offer_journal import begin_offering
from factoring_core.usecases.delivering.publish_blind import BlindSender
from factoring_core.usecases.delivering.publish_direct import DirectSender
from factoring_core.usecases.delivering.publish_files import Sender
from factoring_core.usecases.delivering.readiness import (
    BusyError,
    Ready,
    has_to_wait,
    make_ready,
    one_at_a_time,
    server_of,
    verify_archive,
)
from factoring_core.usecases.delivering.withdraw import clear
from factoring_core.usecases.logins import one_try
from factoring_core.usecases.naming import batch_name
from factoring_core.usecases.passing import asks_for_time, may_pass
from factoring_core.usecases.ports import Ports


def deliver(ports: Ports, id_: str, patience: Patience | None = None) -> FactoringError | None:
    """Bring one batch to its factor, or as far as it comes; return what kept it from arriving.

    Nothing is done, and None returned, where a person delivers, where the batch is not to be
    sent (any more), has to wait, or is still being sent by another worker when *patience* ends;
    nor where it was sealed in a transaction of a host's that may still be taken back.

    Raises:
        StorageError: our own store failed.
    """
    if ports.joined:
        return None
    patience = patience or Patience()
    while True:
        try:
            ready = make_ready(ports, id_)
            return None if ready is None else given_back(ready.hold, partial(_connect_and_send, ports, ready))
        except BusyError as busy:
            error = deliver(ports, busy.first, patience) if busy.first is not None else None
            if error is not None or not patience.wait(ports.timer):
                return error
        except StorageError:
            raise
        except FactoringError as error:
            return error


def _connect_and_send(ports: Ports, ready: Ready) -> FactoringError | None:
    if ready.batch.state is BatchState.SENDING and is_elsewhere(ready.batch, ready.connection):
        return doubt_elsewhere(ready.hold, ready.batch)
    if ready.connection.protocol is Protocol.API:
        return _offer(ports, ready)
    verify_archive(ports, ready.batch)
    folder = ports.folder(ready.connection)
    server = server_of(ready.connection, ready.profile)
    with one_try(ports, ready.connection, folder) as version:
        if ready.batch.state is BatchState.SEALED and server.way is not Way.BLIND:
            ports.retry(
                lambda: _refuse_foreign_names(ready.batch, folder), again=may_pass, seconds=ready.hold.left()
            )
        with ports.store.transaction(ports.tenant) as tx:
            unchanged = tx.get(Batch, ready.batch.id) == ready.batch
            if unchanged and not has_to_wait(tx, ports, ready):
                one_at_a_time(tx, ready)
                whose = Whose(account=account_at(ready.connection), version=version)
                attempt = begin(tx, ready.hold, ready.batch, server.way, whose)
            else:
                attempt = None
        if attempt is None:
            ready.hold.release()
            return None
        return _send(attempt, folder, server)


def _offer(ports: Ports, ready: Ready) -> FactoringError | None:
    """Offer the invoices of a batch to the factor's system."""
    api = ports.api(ready.connection)
    with one_try(ports, ready.connection, api) as version:
        with ports.store.transaction(ports.tenant) as tx:
            unchanged = tx.get(Batch, ready.batch.id) == ready.batch
            ours = unchanged and not has_to_wait(tx, ports, ready)
            whose = Whose(account=account_at(ready.connection), version=version)
            offering = begin_offering(tx, ready.hold, ready.batch, whose) if ours else None
        if offering is None:
            ready.hold.release()
            return None
        try:
            return ports.retry(
                lambda: offer_all(offering, api, ready.profile), again=may_pass, seconds=ready.hold.left()
            )
        except RemoteRefusedError as refused:
            if asks_for_time(refused):
                offering.wait(refused.where["retry_after"])
            raise


def _send(attempt: Attempt, folder: RemoteFolder, server: Server) -> FactoringError | None:
    sender = _sender(attempt, folder, server)
    *first, last = files = sending_order(attempt.batch.files)

    def carry() -> None:
        if server.way is Way.RENAMING:
            fence(attempt, folder)
        sender.stage(files)
        if first:
            sender.publish(first)
        sender.publish([last])

    try:
        attempt.ports.retry(carry, again=may_pass, seconds=attempt.hold.left())
    except RemoteRefusedError as refused:
        if not (isinstance(sender, Sender) and sender.cannot_rename):
            raise
        clear(attempt, folder, [])
        raise rename_unsupported(attempt.batch, refused) from refused
    except LeaseLostError:
        if isinstance(sender, Sender):
            sender.leave()
        raise
    except UnreachableError as error:
        if not is_overdue(attempt, error):
            raise
        return in_doubt(attempt, "the server contradicts itself about it, and has for a day")
    except (DoubtError, PublishedSinceError) as doubt:
        return in_doubt(attempt, str(doubt))
    attempt.deliver()
    attempt.collect(folder)
    return None


def _sender(attempt: Attempt, folder: RemoteFolder, server: Server) -> Sender | BlindSender | DirectSender:
    if server.way is Way.DIRECT:
        return DirectSender(attempt, folder, server)
    return BlindSender(attempt, folder) if server.way is Way.BLIND else Sender(attempt, folder, server)


def _refuse_foreign_names(batch: Batch, folder: RemoteFolder) -> None:
    """Look before the first byte: a name that other bytes hold is refused while nothing has left."""
    files = sending_order(batch.files)
    sight = Glances(folder)
    sight.take([file.name for file in files])
    for file in files:
        seen = look(sight, file.name, size=file.size, sha256=file.sha256, closely=True)
        if seen not in (Seen.ABSENT, Seen.EQUAL):
            raise RemoteRefusedError(
                f"Another file is called {file.name} in the folder already.",
                code="remote_conflict",
                remedy="Ask the factor to take the file away, then run `factoring resume`.",
                where={"batch": batch_name(batch), "file": file.name},
            )
