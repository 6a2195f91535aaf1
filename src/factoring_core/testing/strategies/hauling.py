"""Loads, their invoices and papers, and where they stand."""

from __future__ import annotations

from typing import Any

from attrs import evolve
from hypothesis import strategies as st

from factoring_core.domain.vocabulary.lifecycle import LoadStatus, Route
from factoring_core.domain.vocabulary.load import (
    Document,
    DocumentKind,
    Invoice,
    Load,
    MethodRule,
    Opening,
    ResolvedMethod,
    Standing,
)
from factoring_core.domain.vocabulary.money import Money
from factoring_core.domain.vocabulary.parties import InvoicingMethod
from factoring_core.testing.strategies.words import (
    CITIES,
    amounts,
    built,
    days,
    hashes,
    ids,
    invoice_numbers,
    maybe,
)


def money(**changes: Any) -> st.SearchStrategy[Money]:
    """Return amounts of either sign, in dollars of two countries."""
    cents = amounts(-15_000_00)
    return built(Money, changes, cents=cents, currency=st.sampled_from(["USD", "CAD"]))


def documents(**changes: Any) -> st.SearchStrategy[Document]:
    """Return papers of a load; their bytes are in no blob store."""
    kinds = st.sampled_from(DocumentKind)
    names = st.sampled_from(["scan 1.pdf", "POD_signed.PDF", "IMG-0042.jpg", "Übergabe.pdf"])
    return built(Document, changes, kind=kinds, sha256=hashes(), name=names, size=st.integers(1, 5_000_000))


def invoices(**changes: Any) -> st.SearchStrategy[Invoice]:
    """Return invoices of an amount above zero."""
    return built(Invoice, changes, number=invoice_numbers(), date=days(), face=amounts())


def openings(**changes: Any) -> st.SearchStrategy[Opening]:
    """Return balances of an invoice that was sold before it was imported."""
    return built(
        Opening,
        changes,
        as_of=days(),
        purchased=st.booleans(),
        purchased_amount=maybe(amounts()),
        paid=maybe(amounts()),
        fees=maybe(amounts(1, 200_00)),
    )


@st.composite
def loads(draw: st.DrawFn, /, *, invoiced: bool | None = None, **changes: Any) -> Load:
    """Return loads, with an invoice or without; an invoice is of the load's amount and currency.

    Args:
        draw: Given by Hypothesis.
        invoiced: Whether they have an invoice; either by default.
        changes: Fields that are not by chance, as values or strategies.
    """
    origin, destination = draw(st.tuples(st.sampled_from(CITIES), st.sampled_from(CITIES)))
    usual = built(
        Load,
        changes,
        subsidiary=ids("carrier"),
        number=ids("L-"),
        customer=ids("customer"),
        amount=amounts(),
        planned_invoice_number=maybe(invoice_numbers()),
        po_number=maybe(ids("PO-")),
        reference_number=maybe(ids("REF")),
        delivered_on=maybe(days()),
        truck_number=maybe(ids("T")),
        origin_city=st.just(origin[0]),
        origin_state=st.just(origin[1]),
        destination_city=st.just(destination[0]),
        destination_state=st.just(destination[1]),
        documents=st.lists(documents(), max_size=3, unique_by=lambda one: one.kind).map(tuple),
    )
    load: Load = draw(usual)
    wanted = draw(st.booleans()) if invoiced is None else invoiced
    if not wanted or "invoice" in changes:
        return load
    face = load.amount if load.amount else draw(amounts())
    method = ResolvedMethod(
        method=load.invoicing_method or draw(st.sampled_from(InvoicingMethod)),
        rule=MethodRule.LOAD_OVERRIDE if load.invoicing_method else MethodRule.SUBSIDIARY_DEFAULT,
    )
    invoice = draw(invoices(face=face, currency=load.currency))
    return evolve(load, invoice=invoice, method=method)


def standings(**changes: Any) -> st.SearchStrategy[Standing]:
    """Return places where loads stand."""
    return built(
        Standing,
        changes,
        subsidiary=ids("carrier"),
        load=ids("L-"),
        status=st.sampled_from(LoadStatus),
        route=st.sampled_from(Route),
        batch=maybe(ids("batch-")),
        paid=amounts(0),
        open=amounts(0),
    )
