"""What a person does with a batch: take its files, confirm, clear a doubt, look."""

from attrs import evolve

from factoring_core.domain.reconciling.world import World
from factoring_core.domain.selling.batch import Assignment, Batch, BatchState, Delivery, FileRole
from factoring_core.domain.selling.batch_states import REMEDIES, BatchEvent, batch_next
from factoring_core.domain.vocabulary.actors import Actor, Right, require
from factoring_core.domain.vocabulary.parties import Protocol
from factoring_core.errors import AccessError, StateError, UsageError
from factoring_core.ports.storage import Reading, Transaction
from factoring_core.usecases.accounts import connection_of_batch
from factoring_core.usecases.books import audit, settle_books, visible_subsidiaries
from factoring_core.usecases.delivering.batch_views import as_known, world_of
from factoring_core.usecases.delivering.holding import refuse_busy
from factoring_core.usecases.delivering.journal_rows import reset
from factoring_core.usecases.delivering.offer_journal import (
    forget_offers,
    refuse_known_there,
    refuse_unoffered,
    return_declined,
)
from factoring_core.usecases.naming import batch_name, find_batch
from factoring_core.usecases.ports import Ports
from factoring_core.usecases.results import SubmitResult


def list_batches(ports: Ports, subsidiary: str | None = None) -> tuple[Batch, ...]:
    """Return the batches the actor may see, by connection and number, as everything known shows them."""
    require(ports.actor, Right.READ, subsidiary)
    with ports.store.reading(ports.tenant) as tx:
        visible = tuple(one.id for one in visible_subsidiaries(ports, subsidiary))
        found = as_known(tx, ports, [batch.id for batch in tx.find(Batch, subsidiary=visible)])
    return tuple(sorted(found, key=lambda batch: (batch.connection, batch.number)))


def show_batch(ports: Ports, name: str) -> Batch:
    """Return one batch as everything known shows it."""
    require(ports.actor, Right.READ)
    with ports.store.reading(ports.tenant) as tx:
        return as_known(tx, ports, [find_batch(tx, ports, name).id])[0]


def batch_files(ports: Ports, name: str) -> tuple[Batch, list[tuple[str, bytes]]]:
    """Hand out the files of a batch, the sealed bytes every time, and write down that it was done.

    The packets and the manifest; an archive holds nothing else and stays where it is.
    A manual batch counts as taken out from then on and can no longer be cancelled.

    Raises:
        StateError: the batch was cancelled; its loads may be in another one.
    """
    require(ports.actor, Right.BILLING)
    with ports.store.transaction(ports.tenant) as tx:
        batch = find_batch(tx, ports, name)
        if batch.state is BatchState.CANCELLED:
            raise _not_now(batch, "taking its files out")
        handed = [file for file in batch.files if file.role is not FileRole.ARCHIVE]
        files = [(file.name, ports.blobs.get(file.sha256)) for file in handed]
        if batch.state is BatchState.SEALED and _by_hand(ports, batch):
            tx.put(evolve(batch, taken_out=True))
        audit(
            tx,
            ports,
            "take_out_files",
            batch.id,
            subsidiary=batch.subsidiary,
            files=[[file.name, file.sha256] for file in handed],
        )
    with ports.store.reading(ports.tenant) as tx:
        return as_known(tx, ports, [batch.id])[0], files


def confirm(ports: Ports, name: str) -> SubmitResult:
    """State that a person has handed a manual batch to the factor; again changes nothing.

    Raises:
        StateError: the batch is not one that a person hands over, or not to be handed over now.
    """
    require(ports.actor, Right.BILLING)
    with ports.store.transaction(ports.tenant) as tx:
        batch = find_batch(tx, ports, name)
        if batch.state is not BatchState.DELIVERED:
            if batch.state is BatchState.SEALED and not _by_hand(ports, batch):
                raise StateError(
                    f"Batch {batch_name(batch)} is not handed over by a person.",
                    remedy="Run `resume` to send it; `batches settle` clears a doubt.",
                    where={"batch": batch_name(batch)},
                )
            _refuse_ended(world_of(tx, ports, batch.subsidiary), tx, batch)
            _deliver(tx, ports, batch, BatchEvent.CONFIRM, "confirmed")
    return result_of(ports, batch.id)


def settle(
    ports: Ports, name: str, *, delivered: bool, reason: str, second: Actor | None = None
) -> SubmitResult:
    """Clear a doubt by a person's word; saying again what is so already changes nothing.

    Not delivered: the loads go back to the queue, still held by the batch, which may then be
    sent again with the same bytes under the same identity, or cancelled.

    Args:
        ports: Everything outside; ``two_persons`` asks for a second one.
        name: The batch.
        delivered: What became of it.
        reason: How that is known.
        second: Somebody else with the same rights who says so too; named in the trail.

    Raises:
        AccessError: a right is missing, or the second person where one is asked for.
        StateError: evidence names the batch, or its state leaves nothing to settle.
        UsageError: no reason is given.
    """
    require(ports.actor, Right.REVERSE)
    need_reason(reason)
    reason = _with_second(ports, reason, second)
    with ports.store.transaction(ports.tenant) as tx:
        batch = found = find_batch(tx, ports, name)
        if found.state is BatchState.SENDING:
            # A person's word ends an attempt that nobody finishes; the attempt itself notices.
            batch = evolve(found, state=batch_next(found.state, BatchEvent.DOUBT))
        world = world_of(tx, ports, batch.subsidiary)
        if delivered:
            _settle_delivered(tx, ports, batch, world, reason)
        else:
            _settle_not_delivered(tx, ports, batch, world, reason, found=found)
    return result_of(ports, batch.id)


def _with_second(ports: Ports, reason: str, second: Actor | None) -> str:
    """Return the reason with the name of the second person, where there is one or has to be."""
    if second is None:
        if ports.two_persons:
            raise AccessError("Clearing a doubt takes two persons here.", remedy="Name the second one.")
        return reason
    require(second, Right.REVERSE)
    if second.name == ports.actor.name:
        raise AccessError("The second person has to be another one.")
    return f"{reason} (with {second.name})"


def _settle_delivered(tx: Transaction, ports: Ports, batch: Batch, world: World, reason: str) -> None:
    if batch.state is BatchState.DELIVERED:
        return
    if batch.state is BatchState.SEALED and not batch.may_have_left:
        raise StateError(
            f"Batch {batch_name(batch)} has not left yet.",
            remedy=REMEDIES[batch.state],
            where={"batch": batch_name(batch)},
        )
    _refuse_ended(world, tx, batch)
    refuse_unoffered(tx, batch)
    _deliver(tx, ports, batch, BatchEvent.SETTLE_DELIVERED, "settled", reason)


def _settle_not_delivered(
    tx: Transaction, ports: Ports, batch: Batch, world: World, reason: str, *, found: Batch
) -> None:
    """Settle *batch*, which stands in the store as it was *found*."""
    sealed = batch_next(batch.state, BatchEvent.SETTLE_NOT_DELIVERED, batch=f"Batch {batch_name(batch)}")
    if any(world.sales[sale.id].facts for sale in tx.find(Assignment, batch=batch.id)):
        raise named_by_evidence(batch, "settled as not delivered")
    refuse_busy(tx, ports, found)
    if batch.state is BatchState.SEALED and not batch.taken_out:
        return
    refuse_known_there(tx, batch)
    reset(tx, batch)
    forget_offers(tx, batch)
    unsent = evolve(
        batch,
        state=sealed,
        taken_out=False,
        attempted=False,
        ever_left=True,
        delivery=None,
        published_at=None,
        not_before=None,
    )
    write(tx, ports, unsent, "settle_not_delivered", reason)


def _deliver(
    tx: Transaction, ports: Ports, batch: Batch, event: BatchEvent, evidence: str, reason: str = ""
) -> None:
    delivered = evolve(
        batch,
        state=batch_next(batch.state, event, batch=f"Batch {batch_name(batch)}"),
        delivery=Delivery(evidence=evidence, at=ports.clock.now(), by=ports.actor.name, reason=reason),
        not_before=None,
    )
    tx.put(delivered)
    return_declined(tx, ports, delivered)
    write(tx, ports, delivered, f"{event.name.lower()}_batch", reason)


def write(tx: Transaction, ports: Ports, batch: Batch, action: str, reason: str) -> None:
    """Keep a batch as a person's act leaves it, with its entry in the trail, and let the loads follow."""
    tx.put(batch)
    audit(tx, ports, action, batch.id, subsidiary=batch.subsidiary, reason=reason, state=batch.state.value)
    settle_books(tx, ports, batch.subsidiary, cause=f"batch:{batch.id}")


def _refuse_ended(world: World, tx: Reading, batch: Batch) -> None:
    """Refuse to count sales that were taken back as delivered now."""
    sales = tx.find(Assignment, batch=batch.id)
    ended = sorted(sale.load for sale in sales if world.sales[sale.id].ending is not None)
    if ended and batch.state is BatchState.SEALED:
        raise StateError(
            f"Batch {batch_name(batch)} cannot be handed over: {', '.join(ended)} was taken back from it.",
            remedy="Cancel the batch and submit the other loads again.",
            where={"batch": batch_name(batch), "loads": ended},
        )


def named_by_evidence(batch: Batch, what: str) -> StateError:
    """Say that a report speaks for the batch, against whatever somebody wants to do with it."""
    return StateError(
        f"Batch {batch_name(batch)} cannot be {what}: a report names its invoices.",
        remedy="Undo the report first if it is wrong.",
        where={"batch": batch_name(batch)},
    )


def _not_now(batch: Batch, what: str) -> StateError:
    return StateError(
        f"Batch {batch_name(batch)} is {batch.state.value}; {what} is not possible from there.",
        remedy=REMEDIES[batch.state],
        where={"batch": batch_name(batch), "state": batch.state.value},
    )


def need_reason(reason: str) -> None:
    """Let pass what has a reason.

    Raises:
        UsageError: it has none.
    """
    if not reason.strip():
        raise UsageError("A reason is needed.", remedy="Say why, in a few words.")


def _by_hand(ports: Ports, batch: Batch) -> bool:
    """Say whether a person hands the batch over; also where its connection is gone from the settings."""
    connection = connection_of_batch(ports, batch)
    return connection is None or connection.protocol is Protocol.MANUAL


def result_of(ports: Ports, id_: str) -> SubmitResult:
    """Return one batch as everything known shows it."""
    with ports.store.reading(ports.tenant) as tx:
        return SubmitResult(batches=as_known(tx, ports, [id_]))
