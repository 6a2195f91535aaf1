"""A sale is a copy of all that is needed later, as it was on its day."""

from __future__ import annotations

import datetime as dt

from attrs import evolve

from factoring_core.domain.selling.batch import Assignment, Frozen
from factoring_core.domain.selling.sale import sale_of
from factoring_core.domain.vocabulary.load import Invoice, Load
from factoring_core.domain.vocabulary.parties import Connection, Customer, Subsidiary

DAY = dt.date(2026, 3, 2)
LOAD = Load(subsidiary="east", number="L-1", customer="blue", po_number="PO-1", reference_number="R-1")
INVOICE = Invoice(number="INV-0017", date=dt.date(2026, 3, 1), face=123_45, currency="CAD")
EAST = Subsidiary(id="east", name="East", invoice_prefixes=("INV",))
BLUE = Customer(id="blue", name="Blue Foods", mc_number="MC 9", debtor_numbers={"p": "D-1"})
AT_P = Connection(id="p", subsidiary="east", provider="capital_depot")
TERMS = Frozen(tolerance=5)
SALE = Assignment(
    id="",
    subsidiary="east",
    connection="p",
    load="L-1",
    batch=None,
    batch_number=None,
    invoice_number="INV-0017",
    canonical_number="17",
    invoice_date=dt.date(2026, 3, 1),
    face=123_45,
    currency="CAD",
    customer="blue",
    customer_name="Blue Foods",
    customer_mc_number="MC 9",
    debtor_number="D-1",
    po_number="PO-1",
    reference_number="R-1",
    schedule_number=None,
    sealed_on=DAY,
    frozen=TERMS,
)


def sold_to(customer: Customer | None) -> Assignment:
    return sale_of(
        LOAD, INVOICE, connection=AT_P, customer=customer, subsidiary=EAST, sealed_on=DAY, frozen=TERMS
    )


def test_a_sale_is_made_of_its_load_invoice_customer_and_connection() -> None:
    assert sold_to(BLUE) == SALE


def test_of_a_customer_nobody_described_the_name_on_the_load_is_kept() -> None:
    bare = evolve(SALE, customer_name="blue", customer_mc_number=None, debtor_number=None)
    assert sold_to(None) == bare
    assert sold_to(evolve(BLUE, name="")) == evolve(SALE, customer_name="blue")
