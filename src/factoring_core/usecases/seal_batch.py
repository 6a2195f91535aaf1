"""Sealing: fixing the bytes, the number and the identity of batches, all in one transaction."""

import hashlib
from collections.abc import Mapping, Sequence

from attrs import evolve

from factoring_core.domain.selling.batch import Delivery
from factoring_core.domain.selling.batch_states import BatchEvent, batch_next
from factoring_core.domain.selling.eligibility import Finding
from factoring_core.domain.selling.invoicing import resolve_method
from factoring_core.domain.selling.reasons import Reason, sentence
from factoring_core.domain.vocabulary.actors import Right, require
from factoring_core.domain.vocabulary.load import Load
from factoring_core.domain.vocabulary.money import decimal_text
from factoring_core.domain.vocabulary.parties import InvoicedOn, InvoicingMethod, Protocol, Severity
from factoring_core.errors import DocumentError, StaleVersionError
from factoring_core.ports.storage import Transaction
from factoring_core.usecases.accounts import account_of
from factoring_core.usecases.books import audit, customers_of, settle_books, subsidiary_of
from factoring_core.usecases.compose_batch import Bound, Draft, compose
from factoring_core.usecases.days import local_day
from factoring_core.usecases.examine import Desk, Examined
from factoring_core.usecases.naming import find_load
from factoring_core.usecases.packets import bind_packet, damaged_papers
from factoring_core.usecases.ports import Ports


def bind_packets(
    desk: Desk, examined: Sequence[Examined], *, keep: bool
) -> tuple[dict[str, Bound], tuple[Examined, ...]]:
    """Bind the packet of every eligible load; one that cannot be bound becomes ineligible.

    *keep*: put the bytes into the blob store, where they wait for the transaction.
    """
    ports = desk.ports
    bound: dict[str, Bound] = {}
    seen: list[Examined] = []
    todo = sum(one.eligible for one in examined)
    for one in examined:
        if one.eligible:
            ports.progress("packets", len(bound), todo)
            try:
                bound[one.load.number] = _bind(desk, one.load, keep=keep)
            except DocumentError as error:
                one = evolve(one, findings=(*one.findings, *_unbindable(desk, one.load, error)))
        seen.append(one)
    ports.progress("packets", todo, todo)
    return bound, tuple(seen)


def _bind(desk: Desk, load: Load, *, keep: bool) -> Bound:
    packet = bind_packet(
        desk.ports,
        load,
        customer=desk.book.customers.get(load.customer),
        subsidiary=desk.subsidiary,
        notice=desk.notice,
    )
    content = packet.content
    return Bound(
        load=load,
        connection=desk.through[0].id,
        notice=desk.notice,
        sha256=desk.ports.blobs.put(content) if keep else hashlib.sha256(content).hexdigest(),
        size=len(content),
        pages=packet.pages,
    )


def _unbindable(desk: Desk, load: Load, error: DocumentError) -> tuple[Finding, ...]:
    """Say of each paper why it cannot be bound; what cannot be made cannot be sent with a warning."""
    reason, details = Reason.MISSING_NOA, [error.message]
    if error.code != "notice_unprintable":
        customer = desk.book.customers.get(load.customer)
        damaged = damaged_papers(desk.ports, load, customer=customer, subsidiary=desk.subsidiary)
        reason, details = Reason.DAMAGED_DOCUMENT, list(damaged) or [error.message]
    return tuple(
        Finding(reason=reason, severity=Severity.BLOCK, message=sentence(reason, detail))
        for detail in details
    )


def seal(
    ports: Ports, subsidiary: str, bound: Mapping[str, Bound], *, all_or_nothing: bool
) -> tuple[tuple[str, ...], tuple[Examined, ...]]:
    """Seal the bound loads into batches, in one transaction; return the batches' ids.

    Everything is checked again first, because others may have acted since: what is no longer
    eligible is left out and returned.

    Raises:
        StaleVersionError: a load, the connection or its notice changed; bind again.
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
        return tuple(draft.batch.id for draft in drafts), late


def _assert_same(desk: Desk, one: Bound) -> None:
    same = (one.connection, one.notice) == (desk.through[0].id, desk.notice)
    if not same or desk.book.loads[one.load.number] != one.load:
        raise StaleVersionError(f"Load {one.load.number} or its connection changed meanwhile.")


def preview_packet(ports: Ports, name: str) -> bytes:
    """Return the packet of one load as it would be bound now; a direct invoice carries no notice.

    Raises:
        NotFoundError, AmbiguousNameError: the name means nothing, or too much.
        DocumentError: a paper or the notice cannot be sent.
    """
    require(ports.actor, Right.READ)
    with ports.store.reading(ports.tenant) as tx:
        load = find_load(tx, ports, name)
        subsidiary = subsidiary_of(ports, load.subsidiary)
        customer = customers_of(tx, ports).get(load.customer)
        account = account_of(tx, ports, load.subsidiary)
    method = load.method or resolve_method(load, customer, subsidiary)
    notice = None
    if method.method is InvoicingMethod.FACTORING and account.connection is not None:
        notice = account.connection.notice_on(local_day(ports.clock.now(), subsidiary))
    text = notice.text if notice is not None else None
    return bind_packet(ports, load, customer=customer, subsidiary=subsidiary, notice=text).content


class _Counter:
    """Takes numbers for good."""

    def __init__(self, tx: Transaction) -> None:
        self._tx = tx

    def next(self, connection: str) -> int:
        return self._tx.next_number(f"batch:{connection}")


def _keep(tx: Transaction, ports: Ports, desk: Desk, draft: Draft) -> None:
    """Write one sealed batch: its manifest first, so that no record points to nothing."""
    connection, _ = desk.through
    manual = connection.protocol is Protocol.MANUAL
    # Nobody sees what a person does with a manual batch, so that it may always have left.
    batch = evolve(draft.batch, state=batch_next(draft.batch.state, BatchEvent.SEAL), attempted=manual)
    if manual and connection.invoiced_on is InvoicedOn.SUBMIT:
        batch = evolve(
            batch,
            state=batch_next(batch.state, BatchEvent.CONFIRM),
            delivery=Delivery(evidence="policy", at=desk.now, by=ports.actor.name),
        )
    ports.blobs.put(draft.manifest)
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
    )
