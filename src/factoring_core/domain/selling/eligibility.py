"""May this invoice be sold now?  Every rule over plain values, all failures at once."""

import datetime as dt
from collections.abc import Iterator, Mapping

from attrs import field, frozen

from factoring_core.domain.selling.credit import CreditResult, CreditVerdict
from factoring_core.domain.selling.documents import missing_papers, repeated_papers
from factoring_core.domain.selling.invoicing import resolve_method
from factoring_core.domain.selling.manifest import (
    PLAIN,
    debtor_number,
    faults_of,
    manifest_line,
    reference_number,
)
from factoring_core.domain.selling.reasons import (
    NEVER_BELOW_BLOCK,
    REASONS,
    Reason,
    default_severity,
    sentence,
    severities,
)
from factoring_core.domain.vocabulary.lifecycle import LoadStatus
from factoring_core.domain.vocabulary.load import Load
from factoring_core.domain.vocabulary.parties import (
    Connection,
    Customer,
    InvoicingMethod,
    Severity,
    Subsidiary,
)
from factoring_core.domain.vocabulary.profile import ProviderProfile

__all__ = [
    "NEVER_BELOW_BLOCK",
    "REASONS",
    "Candidate",
    "Finding",
    "Reason",
    "blocking",
    "default_severity",
    "preflight",
    "severities",
    "warnings",
]

R = Reason


@frozen(kw_only=True)
class Candidate:
    """One load and all that preflight needs to know around it.

    ``connection`` is the active one, ``draining`` names those of the subsidiary that are
    not any more.  ``in_batch`` names the live batch that holds the load, ``sold`` says how
    the receivable left otherwise, ``held_by`` the connection whose factor holds it.
    ``twins`` are loads with the same invoice number, ``shared`` the names of its papers that are
    papers of other loads too, each with one of them.  ``exposure``: what the customer owes the
    factor already, in cents.  What is wrong within its papers is found when they are opened.
    """

    load: Load
    subsidiary: Subsidiary
    customer: Customer | None
    status: LoadStatus
    now: dt.datetime
    connection: Connection | None = None
    profile: ProviderProfile | None = None
    draining: tuple[str, ...] = ()
    notice: str | None = None
    in_batch: str | None = None
    sold: str | None = None
    paid: bool = False
    held_by: str | None = None
    twins: tuple[str, ...] = ()
    shared: tuple[tuple[str, str], ...] = ()
    credit: CreditResult | None = None
    exposure: int = 0
    stale_after_hours: int = 24


@frozen(kw_only=True)
class Finding:
    """One reason with its weight in this case, said in a sentence."""

    reason: Reason
    severity: Severity
    message: str


@frozen
class _Fault:
    reason: Reason
    detail: str = field(default="")
    mild: bool = field(default=False, kw_only=True)


def preflight(candidate: Candidate) -> tuple[Finding, ...]:
    """Return everything that stands against selling this invoice now, and what merely warns.

    In the order of `Reason`; what policy has switched off is left out.
    """
    weights = severities(candidate.profile, candidate.subsidiary)
    found = sorted(_faults(candidate), key=lambda fault: tuple(Reason).index(fault.reason))
    return tuple(
        Finding(reason=fault.reason, severity=weight, message=sentence(fault.reason, fault.detail))
        for fault in found
        if (weight := _weight(fault, weights)) is not Severity.OFF
    )


def blocking(findings: tuple[Finding, ...]) -> tuple[Finding, ...]:
    """Return the findings that keep the load out of a batch."""
    return tuple(finding for finding in findings if finding.severity is Severity.BLOCK)


def warnings(findings: tuple[Finding, ...]) -> tuple[Finding, ...]:
    """Return the findings that a person should know of."""
    return tuple(finding for finding in findings if finding.severity is Severity.WARN)


def _weight(fault: _Fault, weights: Mapping[Reason, Severity]) -> Severity:
    weight = weights[fault.reason]
    return Severity.WARN if fault.mild and weight is Severity.BLOCK else weight


def _faults(one: Candidate) -> Iterator[_Fault]:
    if one.load.subsidiary != one.subsidiary.id:
        # What else could be said would be another subsidiary's business.
        yield _Fault(R.OTHER_SUBSIDIARY)
        return
    yield from _trade(one)
    yield from _papers(one)
    yield from _connection(one)
    yield from _parties(one)
    yield from _credit(one)


def _trade(one: Candidate) -> Iterator[_Fault]:
    """Where the load stands, and whether somebody has or had the receivable."""
    if one.status is not LoadStatus.QUEUED:
        yield _Fault(R.NOT_QUEUED, f"it is {one.status.value}")
    method = one.load.method or resolve_method(one.load, one.customer, one.subsidiary)
    if method.method is not InvoicingMethod.FACTORING:
        yield _Fault(R.METHOD_NOT_FACTORING, f"by {method.rule.value.replace('_', ' ')}")
    if one.in_batch is not None:
        yield _Fault(R.IN_LIVE_BATCH, one.in_batch)
    if one.sold is not None:
        yield _Fault(R.ALREADY_SOLD, one.sold)
    if one.paid:
        yield _Fault(R.ALREADY_PAID)
    if one.held_by is not None:
        yield _Fault(R.HELD_ELSEWHERE, one.held_by)
    if one.twins:
        yield _Fault(R.DUPLICATE_INVOICE_NUMBER, ", ".join(one.twins))
    amount = one.load.amount if one.load.invoice is None else one.load.invoice.face
    if amount is not None and amount <= 0:
        yield _Fault(R.AMOUNT_NOT_POSITIVE)


def _papers(one: Candidate) -> Iterator[_Fault]:
    for reason in missing_papers(one.load, invoice_is_drawn=one.subsidiary.generate_invoices):
        yield _Fault(reason)
    for detail in repeated_papers(one.load):
        yield _Fault(R.DAMAGED_DOCUMENT, detail, mild=True)
    for name, other in one.shared:
        yield _Fault(R.DAMAGED_DOCUMENT, f"{name} is a paper of load {other} as well", mild=True)
    if not one.subsidiary.auto_merge:
        yield _Fault(R.AUTO_MERGE_OFF)


def _connection(one: Candidate) -> Iterator[_Fault]:
    if one.connection is None or one.profile is None:
        yield _Fault(R.NO_ACTIVE_CONNECTION)
        if one.draining:
            yield _Fault(R.CONNECTION_DRAINING, ", ".join(one.draining))
        return
    if not (one.notice or "").strip():
        yield _Fault(R.MISSING_NOA, one.connection.id)
    currency = one.load.currency if one.load.invoice is None else one.load.invoice.currency
    if currency != one.connection.currency:
        yield _Fault(R.CURRENCY_NOT_ACCEPTED, f"{currency} instead of {one.connection.currency}")
    if one.load.parent_load is not None and R.PROVIDER_LIMIT in one.profile.preflight:
        yield _Fault(R.PROVIDER_LIMIT, "a supplementary invoice is handed over by hand")
    line = manifest_line(one.load, one.customer, one.connection, one.subsidiary)
    if line is not None:
        for fault in faults_of(one.profile.manifest or PLAIN, line):
            yield _Fault(fault.reason, fault.detail, mild=fault.mild)


def _parties(one: Candidate) -> Iterator[_Fault]:
    """Numbers that some providers ask for; most switch these rules off."""
    if one.customer is None or not one.customer.mc_number:
        yield _Fault(R.MISSING_MC_NUMBER)
    if not one.subsidiary.dot_number:
        yield _Fault(R.MISSING_DOT_NUMBER)
    if one.connection is not None and not debtor_number(one.customer, one.connection):
        yield _Fault(R.MISSING_DEBTOR_NUMBER)
    if not _reference_number(one):
        yield _Fault(R.MISSING_REFERENCE_NUMBER)
    if not one.load.truck_number:
        yield _Fault(R.MISSING_TRUCK)


def _reference_number(one: Candidate) -> str | None:
    if one.connection is None or one.profile is None:
        return one.load.reference_number
    return reference_number(one.load, one.customer, one.connection, one.profile.manifest or PLAIN)


def _credit(one: Candidate) -> Iterator[_Fault]:
    if one.credit is None or one.credit.verdict is CreditVerdict.UNKNOWN:
        yield _Fault(R.CREDIT_UNKNOWN)
    elif one.credit.verdict is CreditVerdict.DECLINED:
        yield _Fault(R.CREDIT_DECLINED)
    if one.credit is None:
        return
    if one.credit.stale(one.now, one.stale_after_hours):
        yield _Fault(R.CREDIT_STALE)
    face = one.load.invoice.face if one.load.invoice is not None else one.load.amount or 0
    if one.credit.limit is not None and one.exposure + face > one.credit.limit:
        yield _Fault(R.OVER_DEBTOR_LIMIT)
