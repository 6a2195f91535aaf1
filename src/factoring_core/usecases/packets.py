"""Binding the papers of one load into what the factor, or the customer, receives."""

from factoring_core.domain.selling.documents import CALLED, in_packet_order
from factoring_core.domain.vocabulary.load import DocumentKind, Load
from factoring_core.domain.vocabulary.parties import Customer, Subsidiary
from factoring_core.errors import DocumentError
from factoring_core.ports.invoice_drawer import InvoiceSheet
from factoring_core.ports.packet_binder import Packet, Paper
from factoring_core.usecases.ports import Ports


def papers_of(
    ports: Ports, load: Load, *, customer: Customer | None, subsidiary: Subsidiary
) -> tuple[Paper, ...]:
    """Return the papers of *load* in packet order; a missing invoice is drawn where that is wanted.

    Raises:
        DocumentError: the invoice cannot be drawn.
    """
    papers = [
        Paper(
            kind=CALLED[document.kind],
            name=document.name,
            content=ports.blobs.get(document.sha256),
        )
        for document in in_packet_order(load)
    ]
    if load.document(DocumentKind.INVOICE) is None and subsidiary.generate_invoices:
        sheet = _sheet(load, customer, subsidiary)
        if sheet is not None:
            drawn = ports.drawer.draw(sheet)
            papers.insert(0, Paper(kind="invoice", name=f"invoice {sheet.number}", content=drawn))
    return tuple(papers)


def bind_packet(
    ports: Ports,
    load: Load,
    *,
    customer: Customer | None,
    subsidiary: Subsidiary,
    notice: str | None,
) -> Packet:
    """Bind the packet of *load*, the notice in front of it; a direct invoice carries none.

    Raises:
        DocumentError: a paper or the notice cannot be sent.
    """
    papers = papers_of(ports, load, customer=customer, subsidiary=subsidiary)
    title = f"Invoice {load.invoice.number}" if load.invoice is not None else f"Load {load.number}"
    return ports.binder.bind(papers, notice=notice, title=title)


def damaged_papers(
    ports: Ports, load: Load, *, customer: Customer | None, subsidiary: Subsidiary
) -> tuple[str, ...]:
    """Say of each paper that cannot be sent why."""
    try:
        papers = papers_of(ports, load, customer=customer, subsidiary=subsidiary)
    except DocumentError as error:
        return (error.message,)
    found = []
    for paper in papers:
        try:
            ports.binder.check(paper)
        except DocumentError as error:
            found.append(error.message)
    return tuple(found)


def _sheet(load: Load, customer: Customer | None, subsidiary: Subsidiary) -> InvoiceSheet | None:
    """Return what is printed on a drawn invoice; None before there is an invoice."""
    if load.invoice is None:
        return None
    remit_to = [subsidiary.name]
    if subsidiary.mc_number:
        remit_to.append(f"MC {subsidiary.mc_number}")
    numbers = (("PO number", load.po_number), ("Reference", load.reference_number))
    return InvoiceSheet(
        number=load.invoice.number,
        date=load.invoice.date,
        remit_to=tuple(remit_to),
        bill_to=((customer.name if customer is not None else "") or load.customer,),
        load_number=load.number,
        amount=load.invoice.face,
        currency=load.invoice.currency,
        references=tuple((label, value) for label, value in numbers if value),
        origin=_place(load.origin_city, load.origin_state),
        destination=_place(load.destination_city, load.destination_state),
        delivered_on=load.delivered_on,
    )


def _place(city: str | None, state: str | None) -> str | None:
    return ", ".join(part for part in (city, state) if part) or None
