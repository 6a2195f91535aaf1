"""The invoices that the rows of one connection are compared with: its sales, and all others we know."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain
from typing import TYPE_CHECKING

from attrs import evolve

from factoring_core.domain.reconciling.matching import InvoiceIndex, KnownInvoice
from factoring_core.domain.reconciling.sales import sale_order
from factoring_core.domain.selling.batch import Assignment, Batch, BatchState
from factoring_core.domain.vocabulary.canonical import canonical_number
from factoring_core.domain.vocabulary.load import Load
from factoring_core.domain.vocabulary.parties import InvoicingMethod

if TYPE_CHECKING:
    from factoring_core.domain.reconciling.world import Book

Sold = Mapping[tuple[str, str], list[Assignment]]


def never_left(batches: Iterable[Batch]) -> set[str | None]:
    """Return the batches that no factor can know of, because their bytes never left."""
    return {batch.id for batch in batches if batch.state is BatchState.CANCELLED or not batch.may_have_left}


def _sales_known(book: "Book") -> Iterator[Assignment]:
    """Yield the sales that a factor could know of: openings, and those whose bytes may have left."""
    unknown = never_left(book.batches.values())
    return (sale for sale in chain(book.assignments, book.other_sales) if sale.batch not in unknown)


def sales_of(book: "Book", connection: str) -> dict[tuple[str, str], list[Assignment]]:
    """Group the sales that a factor could know of by load and invoice number, in sale order."""
    sales: dict[tuple[str, str], list[Assignment]] = {}
    for sale in _sales_known(book):
        if sale.connection == connection:
            sales.setdefault((sale.load, sale.invoice_number), []).append(sale)
    for sold in sales.values():
        if len(sold) > 1:
            sold.sort(key=sale_order)
            sold[:] = [_with_schedule(book, sale) for sale in sold]
    return sales


def _with_schedule(book: "Book", sale: Assignment) -> Assignment:
    """Give a sale the schedule number that its batch got after sealing."""
    later = book.batches[sale.batch].schedule_number if sale.batch is not None else None
    return sale if later in (None, sale.schedule_number) else evolve(sale, schedule_number=later)


def known_sale(sold: Sequence[Assignment]) -> KnownInvoice:
    """Return an invoice as it was sold last."""
    last = sold[-1]
    return KnownInvoice(
        last.load,
        last.invoice_number,
        last.canonical_number,
        last.face,
        last.customer,
        last.customer_name,
        last.customer_mc_number,
        last.debtor_number,
        last.po_number,
        last.reference_number,
        sold=sold,
    )


def elsewhere_of(book: "Book", connection: str, sales: Sold) -> InvoiceIndex:
    """Index every other invoice of the subsidiary, with where it is known from."""
    sold_elsewhere = [sale for sale in _sales_known(book) if sale.connection != connection]
    others = {sale.load for sale in sold_elsewhere}
    known = []
    loads = book.loads if book.others is None else book.others
    for load in loads.values():
        invoice = load.invoice
        number = invoice.number if invoice is not None else load.planned_invoice_number or ""
        face = invoice.face if invoice is not None else load.amount
        if (load.number, number) in sales:
            continue
        place_ = "direct" if _is_direct(load) else "other_provider" if load.number in others else "unsent"
        customer = book.customers.get(load.customer)
        known.append(
            KnownInvoice(
                load.number,
                number,
                canonical_number(number, book.subsidiary.invoice_prefixes),
                # No row states a negative invoice amount: an unknown one equals none.
                face if face is not None else -1,
                load.customer,
                customer.name if customer else load.customer,
                customer.mc_number if customer else None,
                None,
                load.po_number,
                load.reference_number,
                place_,
            )
        )
    known += [
        _elsewhere_sold(sale)
        for sale in sold_elsewhere
        if (sale.load, sale.invoice_number) not in sales and not _same_invoice(loads.get(sale.load), sale)
    ]
    known = list({(invoice.load, invoice.number): invoice for invoice in known}.values())
    return InvoiceIndex(known, prefixes=book.subsidiary.invoice_prefixes, likeness=book.likeness)


def _elsewhere_sold(sale: Assignment) -> KnownInvoice:
    invoice = known_sale([sale])
    invoice.place = "other_provider"
    return invoice


def _same_invoice(load: Load | None, sale: Assignment) -> bool:
    if load is None:
        return False
    number = load.invoice.number if load.invoice is not None else load.planned_invoice_number
    return number == sale.invoice_number


def _is_direct(load: Load) -> bool:
    return load.sent_direct_on is not None or (
        load.method is not None and load.method.method is InvoicingMethod.DIRECT
    )
