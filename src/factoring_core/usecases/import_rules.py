"""What a row of a loads file may do: to a new load, and to one we know already."""

import datetime as dt
from collections.abc import Iterator, Mapping

from attrs import evolve, frozen

from factoring_core.domain.selling.batch import Assignment, Frozen
from factoring_core.domain.vocabulary.canonical import canonical_number
from factoring_core.domain.vocabulary.lifecycle import LoadStatus
from factoring_core.domain.vocabulary.load import Document, Invoice, Load, Opening, ResolvedMethod
from factoring_core.domain.vocabulary.parties import Connection, Customer, InvoicingMethod, Subsidiary
from factoring_core.ports.loads_reader import LoadRow

IN_FLIGHT = frozenset({LoadStatus.INVOICED, LoadStatus.FINANCED, LoadStatus.COMPLETED})

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


def invoiced(load: Load, method: ResolvedMethod) -> Load:
    """Give a load the invoice its row carries; number, date and amount are known to be there."""
    invoice = Invoice(
        number=load.planned_invoice_number or "",
        date=load.planned_invoice_date or dt.date.min,
        face=load.amount or 0,
        currency=load.currency,
    )
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
    row: LoadRow,
    *,
    opening: Opening,
    connection: Connection,
    customer: Customer,
    subsidiary: Subsidiary,
    purchase_report: bool,
    import_id: str,
) -> Assignment:
    """Make the sale of an invoice that was already with the factor."""
    invoice = load.invoice
    assert invoice is not None
    return Assignment(
        id=f"opening:{load.subsidiary}/{load.number}",
        subsidiary=load.subsidiary,
        connection=connection.id,
        load=load.number,
        batch=None,
        batch_number=None,
        invoice_number=invoice.number,
        canonical_number=canonical_number(invoice.number, subsidiary.invoice_prefixes),
        invoice_date=invoice.date,
        face=invoice.face,
        currency=invoice.currency,
        customer=load.customer,
        customer_name=customer.name or customer.id,
        customer_mc_number=customer.mc_number,
        debtor_number=customer.debtor_number(connection.id, connection.provider),
        po_number=load.po_number,
        reference_number=load.reference_number,
        schedule_number=row.schedule_number,
        # A row is looked for among the sales begun by its date: an opening began with its invoice.
        sealed_on=min(day for day in (invoice.date, row.purchased_on, opening.as_of) if day is not None),
        frozen=Frozen(
            settlement=subsidiary.settlement,
            tolerance=subsidiary.tolerance,
            terms=connection.terms,
            purchase_report=purchase_report,
        ),
        opening=opening,
        import_id=import_id,
    )


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


def frozen_changes(old: Load, new: Load, *, sealed: bool) -> Iterator[str]:
    """Name the fields of a queued or later load that *new* changes and may not.

    Args:
        sealed: The load is or was in a batch: documents and references are frozen too.
    """
    if old.invoice is None:
        return
    for name in FROZEN:
        if getattr(old, name) != getattr(new, name) and not _same_money(old, new, name):
            yield name
    if new.planned_invoice_number not in (None, old.invoice.number, old.planned_invoice_number):
        yield "invoice_number"
    if new.planned_invoice_date not in (None, old.invoice.date, old.planned_invoice_date):
        yield "invoice_date"
    if sealed:
        yield from (name for name in PLAIN if getattr(old, name) != getattr(new, name))
        changed = set(new.documents) - set(old.documents)
        yield from sorted(f"{document.kind.value}_file" for document in changed)


def _same_money(old: Load, new: Load, name: str) -> bool:
    """Say whether a changed amount or currency only repeats what the invoice says."""
    assert old.invoice is not None
    if name == "amount":
        return new.amount == old.invoice.face
    return name == "currency" and new.currency == old.invoice.currency


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
