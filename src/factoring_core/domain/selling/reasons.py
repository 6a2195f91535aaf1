"""Why an invoice may not be sold now: the closed vocabulary of preflight, and what each word does."""

from collections.abc import Mapping
from enum import StrEnum

from factoring_core.domain.vocabulary.parties import Severity, Subsidiary
from factoring_core.domain.vocabulary.profile import ProviderProfile


class Reason(StrEnum):
    """Everything that preflight can find, in the order in which it is reported."""

    NOT_QUEUED = "not_queued"
    OTHER_SUBSIDIARY = "other_subsidiary"
    METHOD_NOT_FACTORING = "method_not_factoring"
    IN_LIVE_BATCH = "in_live_batch"
    ALREADY_SOLD = "already_sold"
    ALREADY_PAID = "already_paid"
    HELD_ELSEWHERE = "held_elsewhere"
    DUPLICATE_INVOICE_NUMBER = "duplicate_invoice_number"
    MISSING_INVOICE_DOCUMENT = "missing_invoice_document"
    MISSING_POD = "missing_pod"
    MISSING_RATE_CONFIRMATION = "missing_rate_confirmation"
    DAMAGED_DOCUMENT = "damaged_document"
    MISSING_NOA = "missing_noa"
    AUTO_MERGE_OFF = "auto_merge_off"
    NO_ACTIVE_CONNECTION = "no_active_connection"
    CONNECTION_DRAINING = "connection_draining"
    MISSING_MC_NUMBER = "missing_mc_number"
    MISSING_DOT_NUMBER = "missing_dot_number"
    MISSING_DEBTOR_NUMBER = "missing_debtor_number"
    MISSING_REFERENCE_NUMBER = "missing_reference_number"
    MISSING_TRUCK = "missing_truck"
    AMOUNT_NOT_POSITIVE = "amount_not_positive"
    CURRENCY_NOT_ACCEPTED = "currency_not_accepted"
    CREDIT_DECLINED = "credit_declined"
    CREDIT_UNKNOWN = "credit_unknown"
    CREDIT_STALE = "credit_stale"
    OVER_DEBTOR_LIMIT = "over_debtor_limit"
    ILLEGAL_CHARACTERS = "illegal_characters"
    TOO_LONG = "too_long"
    PROVIDER_LIMIT = "provider_limit"


R = Reason

REASONS = frozenset(Reason)
"""Every reason there is."""

NEVER_BELOW_BLOCK = frozenset(
    {
        R.NOT_QUEUED,
        R.OTHER_SUBSIDIARY,
        R.METHOD_NOT_FACTORING,
        R.IN_LIVE_BATCH,
        R.ALREADY_SOLD,
        R.ALREADY_PAID,
        R.HELD_ELSEWHERE,
        R.DUPLICATE_INVOICE_NUMBER,
        R.AMOUNT_NOT_POSITIVE,
        R.CURRENCY_NOT_ACCEPTED,
        R.NO_ACTIVE_CONNECTION,
        R.CONNECTION_DRAINING,
    }
)
"""Reasons that no profile and no policy can turn into a warning."""

CREDIT = frozenset({R.CREDIT_DECLINED, R.CREDIT_UNKNOWN, R.CREDIT_STALE, R.OVER_DEBTOR_LIMIT})
"""Reasons that mean nothing where the provider offers no credit checks."""

_WARN = frozenset({R.CREDIT_UNKNOWN, R.CREDIT_STALE, R.OVER_DEBTOR_LIMIT})
_OFF = frozenset(
    {
        R.MISSING_MC_NUMBER,
        R.MISSING_DOT_NUMBER,
        R.MISSING_DEBTOR_NUMBER,
        R.MISSING_REFERENCE_NUMBER,
        R.MISSING_TRUCK,
    }
)

MESSAGES: Mapping[Reason, str] = {
    R.NOT_QUEUED: "The load is not queued",
    R.OTHER_SUBSIDIARY: "The load belongs to another subsidiary",
    R.METHOD_NOT_FACTORING: "The load is invoiced to the customer directly",
    R.IN_LIVE_BATCH: "The load is in a live batch already",
    R.ALREADY_SOLD: "The receivable has been sold already",
    R.ALREADY_PAID: "Something has been paid on the invoice already",
    R.HELD_ELSEWHERE: "Another connection's factor holds the invoice",
    R.DUPLICATE_INVOICE_NUMBER: "Another load has the same invoice number",
    R.MISSING_INVOICE_DOCUMENT: "The invoice document is missing",
    R.MISSING_POD: "The proof of delivery is missing",
    R.MISSING_RATE_CONFIRMATION: "The rate confirmation is missing",
    R.DAMAGED_DOCUMENT: "A document cannot be sent as it is",
    R.MISSING_NOA: "No Notice of Assignment is in force on the connection",
    R.AUTO_MERGE_OFF: "AutoMerge is off for the subsidiary, so that no packet can be made",
    R.NO_ACTIVE_CONNECTION: "The subsidiary has no active connection to a factor",
    R.CONNECTION_DRAINING: "The connection is draining and takes no new batches",
    R.MISSING_MC_NUMBER: "The customer has no MC number",
    R.MISSING_DOT_NUMBER: "The subsidiary has no DOT number",
    R.MISSING_DEBTOR_NUMBER: "The factor's number for the customer is not known",
    R.MISSING_REFERENCE_NUMBER: "The load has no reference number",
    R.MISSING_TRUCK: "The load has no truck number",
    R.AMOUNT_NOT_POSITIVE: "The amount is not more than zero",
    R.CURRENCY_NOT_ACCEPTED: "The connection does not take the invoice's currency",
    R.CREDIT_DECLINED: "The factor declines the customer's credit",
    R.CREDIT_UNKNOWN: "The customer's credit has not been checked with the factor",
    R.CREDIT_STALE: "The last credit check of the customer is too old",
    R.OVER_DEBTOR_LIMIT: "The customer's credit limit would be exceeded",
    R.ILLEGAL_CHARACTERS: "The list for the factor cannot carry a text of this invoice",
    R.TOO_LONG: "A text of this invoice is longer than the factor's list allows",
    R.PROVIDER_LIMIT: "The provider does not take this invoice this way",
}
"""One sentence for each reason, without its full stop: a detail may follow."""


def sentence(reason: Reason, detail: str = "") -> str:
    """Say *reason* in a sentence, with what it is about."""
    return f"{MESSAGES[reason]}: {detail.rstrip('.')}." if detail else f"{MESSAGES[reason]}."


def default_severity(reason: Reason) -> Severity:
    """Return what *reason* does where neither profile nor policy names it."""
    if reason in _OFF:
        return Severity.OFF
    return Severity.WARN if reason in _WARN else Severity.BLOCK


def severities(profile: ProviderProfile | None, subsidiary: Subsidiary) -> Mapping[Reason, Severity]:
    """Return what each reason does: the profile over the default, the subsidiary's policy over both.

    Nothing is softer than `NEVER_BELOW_BLOCK` says, and credit matters only where the
    provider offers checks.
    """
    found = {}
    for reason in Reason:
        severity = default_severity(reason)
        if reason in NEVER_BELOW_BLOCK:
            severity = Severity.BLOCK
        elif reason in CREDIT and (profile is None or not profile.credit_check):
            severity = Severity.OFF
        else:
            if profile is not None:
                severity = profile.preflight.get(reason, severity)
            severity = subsidiary.preflight.get(reason, severity)
        found[reason] = severity
    return found
