"""Binding the papers of loads into what the factor, or the customer, receives."""

from collections import deque
from collections.abc import Iterator, Sequence

from attrs import frozen

from factoring_core.domain.selling.documents import CALLED, in_packet_order
from factoring_core.domain.selling.eligibility import Finding
from factoring_core.domain.selling.reasons import Reason, sentence
from factoring_core.domain.vocabulary.load import Document, DocumentKind, Invoice, Load
from factoring_core.domain.vocabulary.packet_rules import PacketRules
from factoring_core.domain.vocabulary.parties import Connection, Customer, Severity, Subsidiary
from factoring_core.domain.vocabulary.profile import ProviderProfile
from factoring_core.errors import DocumentError
from factoring_core.ports.invoice_drawer import InvoiceSheet
from factoring_core.ports.packet_binder import Packet, PacketOrder, Paper
from factoring_core.usecases.ports import Ports

_LIMITS = ("file_too_large", "too_many_pages")
_BY_THE_NOTICE = "see the Notice of Assignment"


@frozen(kw_only=True)
class Wanted:
    """The packet that is wanted of one load; a direct invoice carries no notice."""

    load: Load
    customer: Customer | None
    subsidiary: Subsidiary
    notice: str | None = None
    connection: Connection | None = None
    profile: ProviderProfile | None = None

    @property
    def rules(self) -> PacketRules:
        """What the provider takes."""
        return self.profile.packet if self.profile is not None else PacketRules()

    @property
    def drawn(self) -> bool:
        """Whether the invoice is drawn, because the host has none."""
        return (
            self.subsidiary.generate_invoices
            and self.load.invoice is not None
            and self.load.document(DocumentKind.INVOICE) is None
        )

    @property
    def empty(self) -> bool:
        """Whether there is nothing to bind."""
        return not (self.drawn or in_packet_order(self.load, self.rules.order))


def order_of(ports: Ports, wanted: Wanted) -> PacketOrder:
    """Gather the papers of a packet in its order, the notice belonging on the invoice.

    Raises:
        DocumentError: the invoice cannot be drawn.
    """
    load, rules = wanted.load, wanted.rules
    documents = in_packet_order(load, rules.order)
    papers = {kind: [_paper(ports, one) for one in documents if one.kind is kind] for kind in rules.order}
    if load.invoice is not None and wanted.drawn:
        papers[DocumentKind.INVOICE] = [_drawn(ports, wanted, load.invoice)]
    return PacketOrder(
        papers=tuple(paper for kind in rules.order for paper in papers[kind]),
        notice=wanted.notice,
        title=f"Invoice {load.invoice.number}" if load.invoice is not None else f"Load {load.number}",
        rules=rules,
    )


def _paper(ports: Ports, document: Document) -> Paper:
    return Paper(
        kind=CALLED[document.kind],
        name=document.name,
        content=ports.blobs.get(document.sha256),
        noticed=document.kind is DocumentKind.INVOICE,
    )


def _drawn(ports: Ports, wanted: Wanted, invoice: Invoice) -> Paper:
    content = ports.drawer.draw(_sheet(wanted, invoice))
    return Paper(kind="invoice", name=f"invoice {invoice.number}", content=content, noticed=True)


def bind_packets_of(ports: Ports, wanted: Sequence[Wanted]) -> Iterator[Packet | DocumentError]:
    """Bind the packet of each load; yield packets, or why there is none, in order.

    Only a few packets are in memory at once.
    """
    failed: dict[int, DocumentError] = {}
    handed_in: deque[int] = deque()

    def orders() -> Iterator[PacketOrder]:
        for number, one in enumerate(wanted):
            try:
                order = order_of(ports, one)
            except DocumentError as error:
                failed[number] = error
            else:
                handed_in.append(number)
                yield order

    given = 0
    for result in ports.binder.bind_all(orders()):
        number = handed_in.popleft()
        # Those before it never got so far as to be bound.
        yield from (_of(wanted[before], failed.pop(before)) for before in range(given, number))
        given = number + 1
        yield _of(wanted[number], result) if isinstance(result, DocumentError) else result
    yield from (_of(wanted[left], failed.pop(left)) for left in range(given, len(wanted)))


def bind_packet(ports: Ports, wanted: Wanted) -> Packet:
    """Bind the packet of one load.

    Raises:
        DocumentError: a paper or the notice cannot be sent; ``where`` names load, document and page.
    """
    (result,) = bind_packets_of(ports, [wanted])
    if isinstance(result, DocumentError):
        raise result
    return result


def _of(wanted: Wanted, error: DocumentError) -> DocumentError:
    error.where = {"load": wanted.load.number, **error.where}
    return error


def unbindable(ports: Ports, wanted: Wanted, error: DocumentError) -> tuple[Finding, ...]:
    """Say of everything in a packet why it cannot be sent, after *error* kept it from being bound.

    Whatever the policy, this blocks: what cannot be made cannot be sent with a warning.
    """
    found = [(Reason.DAMAGED_DOCUMENT, detail) for detail in _damaged(ports, wanted)]
    if error.code == "notice_unprintable":
        found.append((Reason.MISSING_NOA, error.message))
    elif "packet" in error.where and error.code in _LIMITS:
        found.append((Reason.PROVIDER_LIMIT, error.message))
    elif not found:
        found.append((Reason.DAMAGED_DOCUMENT, error.message))
    return tuple(
        Finding(reason=reason, severity=Severity.BLOCK, message=sentence(reason, detail))
        for reason, detail in found
    )


def _damaged(ports: Ports, wanted: Wanted) -> Iterator[str]:
    """Check each paper by itself; yield what is wrong with it."""
    load, rules = wanted.load, wanted.rules
    if load.invoice is not None and wanted.drawn:
        try:
            _drawn(ports, wanted, load.invoice)
        except DocumentError as error:
            yield error.message
    for document in in_packet_order(load, rules.order):
        try:
            ports.binder.check(_paper(ports, document), rules=rules)
        except DocumentError as error:
            yield error.message


def _sheet(wanted: Wanted, invoice: Invoice) -> InvoiceSheet:
    """Return what is printed on a drawn invoice."""
    load, subsidiary, customer = wanted.load, wanted.subsidiary, wanted.customer
    carrier = [subsidiary.name]
    carrier += [f"MC {subsidiary.mc_number}"] if subsidiary.mc_number else []
    carrier += [f"DOT {subsidiary.dot_number}"] if subsidiary.dot_number else []
    remit_to = [subsidiary.name]
    if wanted.notice is not None:
        factor = wanted.connection.factor if wanted.connection is not None else None
        remit_to = [factor, _BY_THE_NOTICE] if factor else [_BY_THE_NOTICE]
    bill_to = [(customer.name if customer is not None else "") or load.customer]
    bill_to += [f"MC {customer.mc_number}"] if customer is not None and customer.mc_number else []
    numbers = (
        ("PO number", load.po_number),
        ("Reference", load.reference_number),
        ("Truck", load.truck_number),
    )
    return InvoiceSheet(
        number=invoice.number,
        date=invoice.date,
        carrier=tuple(carrier),
        remit_to=tuple(remit_to),
        bill_to=tuple(bill_to),
        load_number=load.number,
        amount=invoice.face,
        currency=invoice.currency,
        references=tuple((label, value) for label, value in numbers if value),
        origin=_place(load.origin_city, load.origin_state),
        destination=_place(load.destination_city, load.destination_state),
        delivered_on=load.delivered_on,
    )


def _place(city: str | None, state: str | None) -> str | None:
    return ", ".join(part for part in (city, state) if part) or None
