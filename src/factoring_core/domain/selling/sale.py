"""Making the sale of one invoice: a copy of all that matching and the fold need, as it is now."""

import datetime as dt

from factoring_core.domain.selling.batch import Assignment, Frozen
from factoring_core.domain.selling.manifest import debtor_number
from factoring_core.domain.vocabulary.canonical import canonical_number
from factoring_core.domain.vocabulary.load import Invoice, Load
from factoring_core.domain.vocabulary.parties import Connection, Customer, Subsidiary


def sale_of(
    load: Load,
    invoice: Invoice,
    *,
    connection: Connection,
    customer: Customer | None,
    subsidiary: Subsidiary,
    sealed_on: dt.date,
    frozen: Frozen,
) -> Assignment:
    """Return the sale of *invoice* through *connection*; its id, batch or opening are the caller's to add.

    Args:
        customer: None where only its name on the load is known.
        sealed_on: The day on which the sale began.
        frozen: What later settings must not change.
    """
    return Assignment(
        id="",
        subsidiary=subsidiary.id,
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
        customer_name=(customer.name if customer is not None else "") or load.customer,
        customer_mc_number=customer.mc_number if customer is not None else None,
        debtor_number=debtor_number(customer, connection),
        po_number=load.po_number,
        reference_number=load.reference_number,
        schedule_number=None,
        sealed_on=sealed_on,
        frozen=frozen,
    )
