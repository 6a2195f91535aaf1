"""Cancelling a batch: only with proof that it never arrived, or on the word of those who may say so."""

from attrs import evolve

from factoring_core.domain.selling.batch import Batch, BatchState
from factoring_core.domain.selling.batch_states import BatchEvent, batch_next
from factoring_core.domain.selling.lease import released
from factoring_core.domain.vocabulary.actors import Right, require
from factoring_core.domain.vocabulary.parties import Protocol
from factoring_core.errors import SetupError, StateError, TransportError
from factoring_core.ports.storage import Reading, StagedFile, Transaction
from factoring_core.usecases.accounts import connection_of_batch
from factoring_core.usecases.delivering.batch_acts import named_by_evidence, need_reason, result_of, write
from factoring_core.usecases.delivering.batch_views import world_of
from factoring_core.usecases.delivering.elsewhere import is_elsewhere
from factoring_core.usecases.delivering.holding import Hold, LeaseLostError, busy
from factoring_core.usecases.delivering.journal_rows import REVOKED
from factoring_core.usecases.delivering.withdraw import withdraw
from factoring_core.usecases.naming import batch_name, find_batch
from factoring_core.usecases.ports import Ports
from factoring_core.usecases.results import SubmitResult


def cancel(ports: Ports, name: str, *, reason: str) -> SubmitResult:
    """Give up a batch that provably never arrived, and free its loads; again changes nothing.

    One that is half sent is taken back from the server first: while its list was not to be seen,
    there is proof.

    Raises:
        StateError: it left, or may have; or another worker is sending it.
        UsageError: no reason is given.
        TransportError: the server cannot be asked for the proof now.
    """
    require(ports.actor, Right.BILLING)
    need_reason(reason)
    with ports.store.reading(ports.tenant) as tx:
        batch = find_batch(tx, ports, name)
        if batch.state is not BatchState.CANCELLED:
            _refuse_arrived(tx, ports, batch)
    hold = _taken_back(ports, batch)
    with ports.store.transaction(ports.tenant) as tx:
        batch = find_batch(tx, ports, batch.id)
        if hold is not None:
            _assert_still_held(hold, tx, batch)
        if batch.state is not BatchState.CANCELLED:
            _refuse_arrived(tx, ports, batch)
            if hold is not None:
                tx.put(released(hold.lease))
                if batch.state is BatchState.SENDING:
                    batch = evolve(batch, state=batch_next(batch.state, BatchEvent.DOUBT))
            cancelled = batch_next(batch.state, BatchEvent.CANCEL, batch=f"Batch {batch_name(batch)}")
            write(tx, ports, evolve(batch, state=cancelled, not_before=None), "cancel_batch", reason)
    return result_of(ports, batch.id)


def _taken_back(ports: Ports, batch: Batch) -> Hold | None:
    """Take back what the server has of a batch; None where it has nothing, as far as is known."""
    connection = connection_of_batch(ports, batch)
    if connection is None or connection.protocol is Protocol.MANUAL:
        return None
    if connection.protocol is Protocol.API:
        if batch.attempted:
            raise _may_have_left(batch)
        return None
    if batch.state in (BatchState.SENDING, BatchState.IN_DOUBT):
        return withdraw(ports, batch)
    with ports.store.reading(ports.tenant) as tx:
        left = {row.state for row in tx.find(StagedFile, batch=batch.id)}
    if not left or batch.state is not BatchState.SEALED or is_elsewhere(batch, connection):
        return None
    try:
        return withdraw(ports, batch)
    except (TransportError, SetupError):
        if REVOKED in left:
            raise  # a sleeper may still publish what nobody can move away from it now
        return None  # a person has said that it did not arrive; temps of a lost server stay there


def _assert_still_held(hold: Hold, tx: Transaction, batch: Batch) -> None:
    """See that nobody has taken the batch over since it was taken back from the server."""
    try:
        hold.assert_held(tx)
    except LeaseLostError:
        raise busy(batch) from None


def _refuse_arrived(tx: Reading, ports: Ports, batch: Batch) -> None:
    if batch.state is BatchState.DELIVERED:
        batch_next(batch.state, BatchEvent.CANCEL, batch=f"Batch {batch_name(batch)}")
    if world_of(tx, ports, batch.subsidiary).batches[batch.id].state is BatchState.DELIVERED:
        raise named_by_evidence(batch, "cancelled")
    if batch.taken_out:
        raise _may_have_left(batch)


def _may_have_left(batch: Batch) -> StateError:
    return StateError(
        f"Batch {batch_name(batch)} may have left, so that it cannot be cancelled.",
        remedy="Find out from the factor; `batches settle` with not-delivered comes first.",
        where={"batch": batch_name(batch), "state": batch.state.value},
    )
