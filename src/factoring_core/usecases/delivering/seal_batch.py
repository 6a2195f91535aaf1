"""Sealing: fixing the bytes, the number and the identity of batches, all in one transaction."""

import hashlib
from collections.abc import Mapping, Sequence

from attrs import evolve

from factoring_core.domain.selling.batch import Delivery
from factoring_core.domain.selling.batch_states import BatchEvent, batch_next
from factoring_core.domain.vocabulary.load import Load
from factoring_core.domain.vocabulary.money import decimal_text
from factoring_core.domain.vocabulary.parties import InvoicedOn, Protocol
from factoring_core.errors import DocumentError, StaleVersionError
from factoring_core.ports.packet_binder import Packet
from factoring_core.ports.storage import Transaction
from factoring_core.usecases.books import audit, settle_books
from factoring_core.usecases.delivering.compose_batch import Bound, Draft, archived, compose
from factoring_core.usecases.delivering.operations import note_begun
from factoring_core.usecases.ports import Ports
from factoring_core.usecases.selling.examine import Desk, Examined
from factoring_core.usecases.selling.packets import bind_packets_of, unbindable


def bind_packets(
    desk: Desk, examined: Sequence[Examined], *, keep: bool
) -> tuple[dict[str, Bound], tuple[Examined, ...]]:
    """Bind the packet of every eligible load; one that cannot be bound becomes ineligible.

    *keep*: put the bytes into the blob store, where they wait for the transaction.
    """
    ports = desk.ports
    todo = [at for at, one in enumerate(examined) if one.eligible]
    wanted = [desk.wanted(examined[at].load) for at in todo]
    bound: dict[str, Bound] = {}
    seen = list(examined)
    ports.progress("packets", 0, len(todo))
    for done, (at, result) in enumerate(zip(todo, bind_packets_of(ports, wanted), strict=True), 1):
        one = examined[at]
        if isinstance(result, DocumentError):
            seen[at] = one.knowing(unbindable(ports, wanted[done - 1], result))
        else:
            bound[one.load.number] = _kept(desk, one.load, result, keep=keep)
        ports.progress("packets", done, len(todo))
    return bound, tuple(seen)


def _kept(desk: Desk, load: Load, packet: Packet, *, keep: bool) -> Bound:
    content = packet.content
    return Bound(
        load=load,
        connection=desk.through[0].id,
        notice=desk.notice,
        sha256=desk.ports.blobs.put(content) if keep else hashlib.sha256(content).hexdigest(),
        size=len(content),
        pages=packet.pages,
        notes=packet.notes,
    )


def seal(
    ports: Ports, subsidiary: str, bound: Mapping[str, Bound], *, all_or_nothing: bool
) -> tuple[tuple[str, ...], tuple[Examined, ...]]:
    """Seal the bound loads into batches, in one transaction; return the batches' ids.

    Everything is checked again first, because others may have acted since: what is no longer
    eligible is left out and returned.

    Raises:
        StaleVersionError: a load, the connection or its notice changed, or the same operation has
            sealed meanwhile; look again.
    """
    with ports.store.transaction(ports.tenant) as tx:
        desk = Desk(tx, ports, subsidiary)
        names = [f"{subsidiary}/{number}" for number in bound]
        examined = desk.examine(names)
        late = tuple(one for one in examined if not one.eligible)
        ready = [bound[one.load.number] for one in examined if one.eligible]
        if not ready or (all_or_nothing and any(one.batch is None for one in late)):
            return (), late
        for one in ready:
            _assert_same(desk, one)
        drafts = compose(desk, ready, _Counter(tx))
        for draft in drafts:
            _keep(tx, ports, desk, draft)
        settle_books(tx, ports, subsidiary, cause="submit")
        ids = tuple(draft.batch.id for draft in drafts)
        note_begun(tx, ports, ids)
        return ids, late


def _assert_same(desk: Desk, one: Bound) -> None:
    same = (one.connection, one.notice) == (desk.through[0].id, desk.notice)
    if not same or desk.book.loads[one.load.number] != one.load:
        raise StaleVersionError(f"Load {one.load.number} or its connection changed meanwhile.")


class _Counter:
    """Takes numbers for good."""

    def __init__(self, tx: Transaction) -> None:
        self._tx = tx

    def next(self, connection: str) -> int:
        return self._tx.next_number(f"batch:{connection}")


def _keep(tx: Transaction, ports: Ports, desk: Desk, draft: Draft) -> None:
    """Write one sealed batch: its files first, so that no record points to nothing."""
    connection, _ = desk.through
    ports.blobs.put(draft.manifest)
    draft, archive = archived(draft, ports.blobs.get)
    if archive is not None:
        ports.blobs.put(archive)
    manual = connection.protocol is Protocol.MANUAL
    # Nobody sees what a person does with a manual batch, so that it may always have left.
    batch = evolve(draft.batch, state=batch_next(draft.batch.state, BatchEvent.SEAL), attempted=manual)
    if manual and connection.invoiced_on is InvoicedOn.SUBMIT:
        batch = evolve(
            batch,
            state=batch_next(batch.state, BatchEvent.CONFIRM),
            delivery=Delivery(evidence="policy", at=desk.now, by=ports.actor.name),
        )
    notes = {file.name: list(file.notes) for file in batch.files if file.notes}
    tx.put(batch)
    tx.put_all(draft.sales)
    audit(
        tx,
        ports,
        "seal_batch",
        batch.id,
        subsidiary=batch.subsidiary,
        connection=batch.connection,
        number=batch.number,
        loads=list(batch.loads),
        amount=decimal_text(batch.amount),
        content_root=batch.content_root,
        state=batch.state.value,
        **({"notes": notes} if notes else {}),
    )
