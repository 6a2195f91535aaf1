"""What a row of a loads file may do: to a new load, and to one we know already."""

import datetime as dt
from collections.abc import Iterator, Mapping

from attrs import evolve, frozen

from factoring_core.domain.selling.batch import Assignment, Frozen
from factoring_core.domain.selling.sale import sale_of
from factoring_core.domain.vocabulary.lifecycle import LoadStatus
from factoring_core.domain.vocabulary.load import Document, Invoice, Load, Opening, ResolvedMethod
from factoring_core.domain.vocabulary.parties import Connection, Customer, InvoicingMethod, Subsidiary
from factoring_core.ports.loads_reader import LoadRow

IN_FLIGHT = frozenset({LoadStatus.INVOICED, LoadStatus.FINANCED, LoadStatus.COMPLETED})

OPENING = (
    "purchased_on",
    "purchased_amount",
    "advanced",
    "reserve_held",
    "fees",
    "paid_amount",
    "paid_on",
)
"""Columns that say what had happened to an invoice before its import."""

PLAIN = (
    "po_number",
    "reference_number",
    "delivered_on",
    "truck_number",
    "origin_city",
    "origin_state",
    "destination_city",
    "destination_state",
)
"""Fields that may change until the batch is sealed: references, and what only describes."""

FROZEN = ("customer", "amount", "currency", "invoicing_method", "parent_load", "supersedes")
"""Fields that may change only before the load is queued."""


@frozen(kw_only=True)
class RowFault:
    """One thing that is wrong with one row."""

    row: LoadRow
    code: str
    message: str
    column: str | None = None
    excerpt: str | None = None


def status_of(row: LoadRow) -> LoadStatus:
    """Return the status a row asks for; released when it says nothing."""
    return LoadStatus(row.status) if row.status else LoadStatus.RELEASED


def new_load(row: LoadRow, documents: tuple[Document, ...]) -> Load:
    """Make a released load of a row."""
    return Load(
        subsidiary=row.subsidiary,
        number=row.load_number,
        customer=row.customer,
        amount=row.amount,
        currency=row.currency or "USD",
        planned_invoice_number=row.invoice_number,
        planned_invoice_date=row.invoice_date,
        invoicing_method=InvoicingMethod(row.invoicing_method) if row.invoicing_method else None,
        documents=documents,
        parent_load=row.parent_load,
        supersedes=row.supersedes,
        **{name: getattr(row, name) for name in PLAIN},
    )


def invoiced(load: Load, invoice: Invoice, method: ResolvedMethod) -> Load:
    """Give a load the invoice its row carries."""
    return evolve(load, invoice=invoice, method=method)


def opening_of(row: LoadRow, as_of: dt.date) -> Opening:
    """Read what had happened before the import, as balances on *as_of*."""
    status = status_of(row)
    return Opening(
        as_of=as_of,
        purchased=status in (LoadStatus.FINANCED, LoadStatus.COMPLETED),
        purchased_on=row.purchased_on,
        purchased_amount=row.purchased_amount,
        advanced=row.advanced,
        reserve_held=row.reserve_held,
        fees=row.fees,
        paid=row.paid_amount,
        paid_on=row.paid_on,
        settled=status is LoadStatus.COMPLETED,
    )


def opening_sale(
    load: Load,
    invoice: Invoice,
    row: LoadRow,
    *,
    opening: Opening,
    connection: Connection,
    customer: Customer,
    subsidiary: Subsidiary,
    purchase_report: bool,
) -> Assignment:
    """Make the sale of an invoice that was already with the factor."""
    # A row is looked for among the sales begun by its date: an opening began with its invoice.
    begun = min(day for day in (invoice.date, row.purchased_on, opening.as_of) if day is not None)
    sale = sale_of(
        load,
        invoice,
        connection=connection,
        customer=customer,
        subsidiary=subsidiary,
        sealed_on=begun,
        frozen=Frozen(
            settlement=subsidiary.settlement,
            tolerance=subsidiary.tolerance,
            terms=connection.terms,
            purchase_report=purchase_report,
        ),
    )
    id_ = f"opening:{load.subsidiary}/{load.number}"
    return evolve(sale, id=id_, schedule_number=row.schedule_number, opening=opening)


def opening_changes(
    row: LoadRow, opening: Opening, sale: Assignment | None, provider: str | None
) -> Iterator[str]:
    """Name the columns in which *row* contradicts the opening that was imported; they are frozen.

    A blank contradicts nothing.  ``provider``: the one of the sale's connection, where it is known.
    """
    was: dict[str, object] = {name: getattr(opening, name) for name in OPENING if name != "paid_amount"}
    was["paid_amount"] = opening.paid
    if sale is not None:
        was |= {"connection": sale.connection, "schedule_number": sale.schedule_number}
        if provider is not None:
            was["provider"] = provider
    for name, old in was.items():
        if getattr(row, name) not in (None, old):
            yield name


def updated(old: Load, row: LoadRow, documents: tuple[Document, ...]) -> Load:
    """Merge a row into a load we know: a blank never erases, and the status never moves."""
    kinds = {document.kind for document in documents}
    merged = tuple(one for one in old.documents if one.kind not in kinds) + documents
    order = [document.kind for document in old.documents]
    merged = tuple(sorted(merged, key=lambda one: order.index(one.kind) if one.kind in order else len(order)))
    given = {name: getattr(row, name) for name in (*PLAIN, *FROZEN)}
    given["invoicing_method"] = InvoicingMethod(row.invoicing_method) if row.invoicing_method else None
    given["planned_invoice_number"] = row.invoice_number
    given["planned_invoice_date"] = row.invoice_date
    changes = {name: value for name, value in given.items() if value is not None}
    return evolve(old, documents=merged, **changes)


def frozen_changes(old: Load, new: Load, invoice: Invoice, *, sealed: bool) -> Iterator[str]:
    """Name the fields of a queued or later load that *new* changes and may not.

    Args:
        old: The load as it is, with its *invoice*.
        new: The load as a row would have it.
        invoice: What was issued; a row that repeats it changes nothing.
        sealed: The load is in a batch: documents and references are frozen too.
    """
    repeated = {"amount": invoice.face, "currency": invoice.currency}
    for name in FROZEN:
        if getattr(new, name) not in (getattr(old, name), repeated.get(name, getattr(old, name))):
            yield name
    if new.planned_invoice_number not in (None, invoice.number, old.planned_invoice_number):
        yield "invoice_number"
    if new.planned_invoice_date not in (None, invoice.date, old.planned_invoice_date):
        yield "invoice_date"
    if sealed:
        yield from (name for name in PLAIN if getattr(old, name) != getattr(new, name))
        # The same bytes under another name are the same paper.
        held = {(document.kind, document.sha256) for document in old.documents}
        changed = [one for one in new.documents if (one.kind, one.sha256) not in held]
        yield from sorted(f"{document.kind.value}_file" for document in changed)


def customer_of(row: LoadRow, known: Mapping[str, Customer]) -> Customer:
    """Return the row's customer: as configured, else as the row's columns describe it."""
    old = known.get(row.customer)
    if old is None:
        return Customer(
            id=row.customer, name=row.customer_name or row.customer, mc_number=row.customer_mc_number
        )
    return evolve(
        old,
        name=row.customer_name or old.name,
        mc_number=row.customer_mc_number or old.mc_number,
    )
