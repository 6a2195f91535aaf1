"""Short ways to write a small world down: one carrier, its customers, sales, reports and decisions."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Any

from factoring_core.domain.reconciling.evidence import NO_ATTRIBUTES, Attributes, Evidence
from factoring_core.domain.reconciling.reports import Report
from factoring_core.domain.selling.batch import Assignment, Batch, BatchState
from factoring_core.domain.vocabulary.canonical import canonical_number, canonical_reference
from factoring_core.domain.vocabulary.load import Invoice, Load, MethodRule, ResolvedMethod
from factoring_core.domain.vocabulary.parties import (
    Customer,
    InvoicingMethod,
    Subsidiary,
)
from factoring_core.domain.vocabulary.profile import EvidenceType, Measure, ReportKind

E = EvidenceType


NOON = dt.datetime(2025, 3, 1, 12, tzinfo=dt.UTC)


CUSTOMERS = {
    "ACME": Customer(id="ACME", name="Acme Foods, Inc.", mc_number="MC 100200", debtor_numbers={"C1": "D-7"}),
    "BOLT": Customer(id="BOLT", name="Bolt Logistics LLC", mc_number="300400", debtor_numbers={"C1": "D-8"}),
}


def day(number: int) -> dt.date:
    """Return the *number*-th day of March 2025, and on into April."""
    return dt.date(2025, 3, 1) + dt.timedelta(days=number - 1)


def subsidiary(**changes: Any) -> Subsidiary:
    """Return the one carrier of these worlds."""
    return Subsidiary(**{"id": "S", "name": "Sample Haulage", "invoice_prefixes": ("INV",), **changes})


def a_load(number: str = "L-1", *, invoice: str | None = "1001", face: int = 100_00, **more: Any) -> Load:
    """Return a queued load with an invoice; ``direct=True`` for the direct method."""
    direct = more.pop("direct", False)
    method = InvoicingMethod.DIRECT if direct else InvoicingMethod.FACTORING
    issued: dict[str, Any] = {}
    if invoice is not None:
        issued["invoice"] = Invoice(number=invoice, date=day(1), face=face)
        issued["method"] = ResolvedMethod(method=method, rule=MethodRule.SUBSIDIARY_DEFAULT)
    return Load(
        **{
            "subsidiary": "S",
            "number": number,
            "customer": "ACME",
            "amount": face,
            **issued,
            **more,
        }
    )


def a_batch(id_: str = "B1", **more: Any) -> Batch:
    """Return a delivered batch of connection C1, sealed on the second day."""
    return Batch(
        **{
            "id": id_,
            "number": int(id_.lstrip("BCX")),
            "connection": "C1",
            "subsidiary": "S",
            "provider": "capital_depot",
            "profile_version": 1,
            "state": BatchState.DELIVERED,
            "sealed_at": NOON,
            "sealed_on": day(2),
            "loads": (),
            "amount": 100_00,
            "currency": "USD",
            **more,
        }
    )


def a_sale(load: Load, batch: Batch | None = None, *, id_: str = "", **more: Any) -> Assignment:
    """Return the sale of *load* in *batch*, or its opening import."""
    assert load.invoice is not None
    customer = CUSTOMERS.get(load.customer)
    connection = batch.connection if batch is not None else "C1"
    return Assignment(
        **{
            "id": id_ or f"{load.number}@{batch.id if batch else 'opening'}",
            "subsidiary": "S",
            "connection": connection,
            "load": load.number,
            "batch": batch.id if batch else None,
            "batch_number": batch.number if batch else None,
            "invoice_number": load.invoice.number,
            "canonical_number": canonical_number(load.invoice.number, ("INV",)),
            "invoice_date": load.invoice.date,
            "face": load.invoice.face,
            "currency": "USD",
            "customer": load.customer,
            "customer_name": customer.name if customer else load.customer,
            "customer_mc_number": customer.mc_number if customer else None,
            "debtor_number": customer.debtor_numbers.get(connection) if customer else None,
            "po_number": load.po_number,
            "reference_number": load.reference_number,
            "schedule_number": None,
            "sealed_on": batch.sealed_on if batch else day(2),
            **more,
        }
    )


def a_report(id_: str = "R1", **more: Any) -> Report:
    """Return a live report of connection C1; the rows are given to `a_book`."""
    return Report(
        **{
            "id": id_,
            "digest": id_,
            "raw_sha256": id_,
            "file_name": f"{id_}.csv",
            "subsidiary": "S",
            "connection": "C1",
            "provider": "capital_depot",
            "kind": ReportKind.PAYMENT,
            "layout": "capital_depot/payment_report/v1",
            "verified": True,
            "repeats_legal": False,
            "complete_list": False,
            "batch": None,
            "rows": 1,
            "sequence": 1,
            "applied_at": NOON,
            "applied_by": "ann",
            **more,
        }
    )


def row(
    kind: EvidenceType | str,
    amount: int | None = None,
    on: int | dt.date | None = None,
    reference: str = "",
    *,
    invoice: str = "1001",
    word: str = "",
    measure: Measure = Measure.MOVEMENT,
    posts: bool = True,
    primary: bool = True,
    account: bool = False,
    **cells: Any,
) -> Evidence:
    """Return one fact, not yet of any report.  *on* may be a day number."""
    return Evidence(
        report="",
        row=0,
        seq=0,
        line=0,
        type=E(kind),
        invoice_key=invoice,
        amount=amount,
        word=word,
        on=day(on) if isinstance(on, int) else on,
        reference=reference,
        reference_key=canonical_reference(reference) if reference else "",
        measure=measure,
        posts=posts,
        primary=primary and kind != E.DISPOSITION,
        account=account,
        attributes=Attributes(**cells) if cells else NO_ATTRIBUTES,
    )


def said(word: str, on: int | None = None, *, invoice: str = "1001", **cells: Any) -> Evidence:
    """Return a disposition."""
    return row(E.DISPOSITION, None, on, invoice=invoice, word=word, measure=Measure.INFORMATION, **cells)


def numbered(report: str, rows: Iterable[Evidence | Sequence[Evidence]]) -> list[Evidence]:
    """Give rows their place in *report*; a nested sequence is several facts of one row."""
    result = []
    for number, one in enumerate(rows, start=2):
        facts = [one] if isinstance(one, Evidence) else list(one)
        for seq, fact in enumerate(facts):
            result.append(fact._replace(report=report, row=number, line=number, seq=seq))
    return result
