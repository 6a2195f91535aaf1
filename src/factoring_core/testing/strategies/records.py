"""Batches, sales, evidence, reports, decisions and exceptions, each by itself.

Those that belong together are in `factoring_core.testing.strategies.whole`.
"""

from __future__ import annotations

from typing import Any

from attrs import evolve
from hypothesis import strategies as st

from factoring_core.domain.reconciling.decisions import Decision, Resolution
from factoring_core.domain.reconciling.evidence import Attributes, Evidence
from factoring_core.domain.reconciling.findings import ExceptionItem, ExceptionSeverity, ExceptionType
from factoring_core.domain.reconciling.reports import Report, report_id
from factoring_core.domain.selling.batch import Assignment, Batch, BatchState, Delivery, FileRole, SealedFile
from factoring_core.domain.vocabulary.canonical import canonical_number, canonical_reference
from factoring_core.domain.vocabulary.profile import Disposition, EvidenceType, Measure, ReportKind
from factoring_core.testing.strategies.parties import PROVIDERS
from factoring_core.testing.strategies.words import (
    amounts,
    built,
    days,
    hashes,
    ids,
    invoice_numbers,
    maybe,
    moments,
    names,
    references,
)


def sealed_files(**changes: Any) -> st.SearchStrategy[SealedFile]:
    """Return files of a sealed batch; their bytes are in no blob store."""
    usual = built(
        SealedFile,
        {},
        name=invoice_numbers().map(lambda number: f"{number.replace('/', '_')}.pdf"),
        role=st.just(FileRole.PACKET),
        size=st.integers(1, 5_000_000),
        sha256=hashes(),
    )
    return usual.map(lambda one: evolve(one, **changes))


def deliveries(**changes: Any) -> st.SearchStrategy[Delivery]:
    """Return ways in which it is known that a batch arrived."""
    known = st.sampled_from(["verified", "confirmed", "policy", "settled"])
    return built(Delivery, changes, evidence=known, at=moments(), by=st.sampled_from(["ann", "nightly job"]))


@st.composite
def batches(draw: st.DrawFn, /, **changes: Any) -> Batch:
    """Return batches; one that is delivered says how that is known, and has left."""
    usual = built(
        Batch,
        changes,
        id=ids("batch-"),
        number=st.integers(1, 999),
        connection=ids("connection"),
        subsidiary=ids("carrier"),
        provider=st.sampled_from(PROVIDERS),
        profile_version=st.just(1),
        state=st.sampled_from(BatchState),
        sealed_at=moments(),
        sealed_on=days(),
        loads=st.lists(ids("L-"), min_size=1, max_size=3, unique=True).map(tuple),
        amount=amounts(),
        currency=st.just("USD"),
        schedule_number=maybe(ids("S-")),
    )
    batch: Batch = draw(usual)
    if batch.state is BatchState.DELIVERED and "delivery" not in changes:
        batch = evolve(batch, delivery=draw(deliveries()), ever_left=True)
    return batch


@st.composite
def assignments(draw: st.DrawFn, /, **changes: Any) -> Assignment:
    """Return sales, with the canonical form of their own invoice number."""
    number = draw(invoice_numbers())
    sale: Assignment = draw(
        built(
            Assignment,
            changes,
            id=ids("sale-"),
            subsidiary=ids("carrier"),
            connection=ids("connection"),
            load=ids("L-"),
            batch=ids("batch-"),
            batch_number=st.integers(1, 999),
            invoice_number=st.just(number),
            canonical_number=st.just(""),
            invoice_date=days(),
            face=amounts(),
            currency=st.just("USD"),
            customer=ids("customer"),
            customer_name=names(),
            customer_mc_number=st.none(),
            debtor_number=maybe(ids("D-")),
            po_number=maybe(ids("PO-")),
            reference_number=st.none(),
            schedule_number=maybe(ids("S-")),
            sealed_on=days(),
        )
    )
    if "canonical_number" in changes:
        return sale
    return evolve(sale, canonical_number=canonical_number(sale.invoice_number, ("INV",)))


@st.composite
def evidence(draw: st.DrawFn, /, **changes: Any) -> Evidence:
    """Return facts of a report row: a movement of money, or the factor's word about an invoice."""
    kind = changes.get("type") or draw(st.sampled_from(EvidenceType))
    told = kind is EvidenceType.DISPOSITION
    reference = "" if told else draw(references())
    signed = kind is EvidenceType.ADJUSTMENT
    one = Evidence(
        report=draw(ids("rep-")),
        row=draw(st.integers(2, 500)),
        seq=0,
        line=2,
        type=kind,
        invoice_key=draw(invoice_numbers()),
        amount=None if told else draw(amounts(-500_00 if signed else 0)),
        word=draw(st.sampled_from(Disposition)).value if told else "",
        on=draw(maybe(days())),
        reference=reference,
        reference_key=canonical_reference(reference) if reference else "",
        measure=Measure.INFORMATION if told else Measure.MOVEMENT,
        posts=True,
        primary=kind in (EvidenceType.PURCHASE, EvidenceType.PAYMENT),
        account=False,
        attributes=Attributes(invoice_amount=draw(maybe(amounts())), customer=draw(st.just("") | names())),
    )
    return one._replace(line=one.row, **{name: value for name, value in changes.items() if name != "type"})


@st.composite
def reports(draw: st.DrawFn, /, **changes: Any) -> Report:
    """Return accepted reports, with the id that follows from their content."""
    digest = draw(hashes())
    kind = draw(st.sampled_from([ReportKind.PURCHASE, ReportKind.PAYMENT]))
    report: Report = draw(
        built(
            Report,
            changes,
            id=st.just(report_id(digest)),
            digest=st.just(digest),
            raw_sha256=hashes(),
            file_name=st.sampled_from(["Purchase_Report.csv", "receipts 03-05.xlsx", "Übersicht.csv"]),
            subsidiary=ids("carrier"),
            connection=ids("connection"),
            provider=st.sampled_from(PROVIDERS),
            kind=st.just(kind),
            layout=st.just(f"template/{kind.value}/v1"),
            verified=st.booleans(),
            repeats_legal=st.just(False),
            complete_list=st.just(False),
            batch=st.none(),
            rows=st.integers(0, 500),
            sequence=st.integers(1, 999),
            applied_at=moments(),
            applied_by=st.sampled_from(["ann", "nightly job"]),
        )
    )
    return report


def decisions(**changes: Any) -> st.SearchStrategy[Decision]:
    """Return what persons decided about a sale."""
    return built(
        Decision,
        changes,
        id=ids("dec-"),
        subsidiary=ids("carrier"),
        connection=ids("connection"),
        subject=ids("assignment:sale-"),
        resolution=st.sampled_from(Resolution),
        load=maybe(ids("L-")),
        amount=maybe(amounts()),
        reason=st.sampled_from(["agreed on the phone", "their mistake, see e-mail"]),
        actor=st.sampled_from(["ann", "bill"]),
        at=moments(),
        sequence=st.integers(1, 999),
    )


def exception_items(**changes: Any) -> st.SearchStrategy[ExceptionItem]:
    """Return things that a person must look at."""
    return built(
        ExceptionItem,
        changes,
        id=hashes().map(lambda text: f"exc-{text[:16]}"),
        type=st.sampled_from(ExceptionType),
        severity=st.sampled_from(ExceptionSeverity),
        subsidiary=ids("carrier"),
        connection=ids("connection"),
        subject=ids("assignment:sale-"),
        load=maybe(ids("L-")),
        amount_at_risk=amounts(0),
        since=maybe(days()),
        rows=st.lists(st.tuples(ids("rep-"), st.integers(2, 500)), max_size=2).map(tuple),
    )
