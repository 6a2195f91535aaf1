"""What a person must look at: the closed list of exceptions, and one exception as a value."""

import datetime as dt
import hashlib
from enum import StrEnum

from attrs import frozen


class ExceptionType(StrEnum):
    """Every kind of exception there is."""

    UNKNOWN_INVOICE = "unknown_invoice"
    AMBIGUOUS = "ambiguous"
    NON_FACTORED = "non_factored"
    OTHER_PROVIDER = "other_provider"
    NEVER_SUBMITTED = "never_submitted"
    CURRENCY_DIFFERS = "currency_differs"
    DUPLICATE_ROW = "duplicate_row"
    POSSIBLE_REPEAT = "possible_repeat"
    CONFLICTING_ROWS = "conflicting_rows"
    AMOUNT_DIFFERS = "amount_differs"
    SHORT_PAID = "short_paid"
    OVER_PAID = "over_paid"
    PAYMENT_BEFORE_PURCHASE = "payment_before_purchase"
    MISSING_FROM_REPORT = "missing_from_report"
    HELD = "held"
    DENIED = "denied"
    REJECTED = "rejected"
    CHARGED_BACK = "charged_back"
    PAID_AFTER_CHARGEBACK = "paid_after_chargeback"
    MISDIRECTED_PAYMENT = "misdirected_payment"
    BOUGHT_AFTER_RETURN = "bought_after_return"
    BASIS_WITHDRAWN = "basis_withdrawn"
    RESERVE_OVERDUE = "reserve_overdue"
    TERMS_VARIANCE = "terms_variance"
    CREDIT_DECLINED = "credit_declined"
    DELIVERY_IN_DOUBT = "delivery_in_doubt"
    UNACKNOWLEDGED_BATCH = "unacknowledged_batch"


class ExceptionSeverity(StrEnum):
    """``WAITING``: time or the factor will tell.  ``WRONG``: a person must act."""

    WAITING = "waiting"
    WRONG = "wrong"


@frozen(kw_only=True)
class Candidate:
    """An invoice that a row might have meant, and why it was not taken."""

    load: str
    invoice_number: str
    reason: str


@frozen(kw_only=True)
class ExceptionItem:
    """One thing a person must look at.

    ``subject`` is the assignment, the invoice key, (type, assignment, amount) or (type,
    assignment, date, reference), as text; it never contains an identity cell that may still be
    filled.  ``amount_at_risk`` in cents.  ``rows``: every supporting (report, row).
    ``since``: the earliest date among the supporting facts, from which its age counts.
    ``amounts``: those in conflict, of which a person may choose one.  ``due``: the business date
    from which it is one, for what only time raises; the fold does not know what day it is.
    ``owed_by`` and ``owed_to``: of money that the wrong one received, the connection or subsidiary
    that has it and the connection whose it is.
    """

    id: str
    type: ExceptionType
    severity: ExceptionSeverity
    subsidiary: str
    connection: str | None
    subject: str
    load: str | None
    amount_at_risk: int
    since: dt.date | None = None
    rows: tuple[tuple[str, int], ...] = ()
    candidates: tuple[Candidate, ...] = ()
    judged: tuple[str, ...] = ()
    note: str = ""
    amounts: tuple[int, ...] = ()
    due: dt.date | None = None
    owed_by: str | None = None
    owed_to: str | None = None

    def raised_on(self, day: dt.date) -> bool:
        """Say whether it is an exception on *day*, a business date."""
        return self.due is None or self.due <= day


@frozen(kw_only=True)
class ExceptionRecord:
    """An exception as the store keeps it: the item, and whether it is still open.

    ``resolution`` is the decision that closed it; None where it closed because what
    raised it went away.
    """

    item: ExceptionItem
    id: str
    subsidiary: str
    type: str
    load: str | None
    open: bool
    opened_at: dt.datetime
    closed_at: dt.datetime | None = None
    resolution: str | None = None


def exception_id(tenant: str, connection: str | None, kind: ExceptionType, subject: str) -> str:
    """Name an exception so that the same finding has the same name in every world."""
    text = "\x1f".join((tenant, connection or "", kind, subject))
    return f"exc-{hashlib.sha256(text.encode()).hexdigest()[:16]}"
