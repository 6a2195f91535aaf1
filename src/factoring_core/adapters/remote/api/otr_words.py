"""OTR Solutions: the cells of an offer as its system wants them, and its answers read.

What is known of both is listed, each fact with its source, in the provider's profile.
"""

import datetime as dt
import json
import math
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from factoring_core.adapters.remote.line import quoted
from factoring_core.ports.factor_api import StatusSeen

_NUMBERS = ("BrokerMC", "ClientDOT")


def typed(cells: Mapping[str, str]) -> dict[str, object]:
    """Give the cells of the list the types that the system wants; an amount is in dollars."""
    body: dict[str, object] = dict(cells)
    for name in _NUMBERS:
        digits = cells.get(name, "")
        body[name] = int(digits) if digits.isascii() and digits.isdigit() else digits
    # A float of at most fifteen digits is written with just these digits.
    body["InvoiceAmount"] = float(cells["InvoiceAmount"])
    return body


def identity_of(found: Mapping[str, Any]) -> str | None:
    """Return the system's own id of an invoice, under any of the names it has had."""
    for name in ("invoicePkey", "InvoicePkey", "invoiceId"):
        value = found.get(name)
        if (
            isinstance(value, str | int)
            and not isinstance(value, bool)
            and str(value).strip() not in ("", "0")
        ):
            return str(value).strip()
    return None


def says_yes(found: Mapping[str, Any], *names: str) -> bool:
    """Say whether one of these flags, named in small letters, is set, whatever the case it has there."""
    return any(value is True and name.lower() in names for name, value in found.items())


def said_in(found: Mapping[str, Any]) -> str:
    """Return the message of an answer, fit to be shown."""
    said = found.get("message", found.get("Message"))
    return quoted(said) if isinstance(said, str) else ""


def status_of(row: Mapping[str, Any], asked: Sequence[str]) -> StatusSeen | None:
    """Read what is said of one invoice; None where it cannot be told of which, or what."""
    id_ = identity_of(row) or (asked[0] if len(asked) == 1 else None)
    status = row.get("Status", row.get("status"))
    if id_ is None or isinstance(status, bool) or not isinstance(status, str | int):
        return None
    schedule = row.get("scheduleId")
    return StatusSeen(
        external_id=id_,
        invoice_number=str(row.get("InvoiceNo", row.get("invoiceNo", ""))),
        status=quoted(str(status)),
        changed_on=_day(row.get("ModifiedDate", row.get("lastUpdated"))),
        amount=_amount(row.get("InvoiceItems")),
        schedule_number=str(schedule) if isinstance(schedule, str | int) and schedule else None,
        raw=json.dumps(row, sort_keys=True, ensure_ascii=False),
    )


def _day(said: object) -> dt.date | None:
    """Read the day off a time; what is no time says nothing."""
    try:
        return dt.datetime.fromisoformat(said).date() if isinstance(said, str) else None
    except ValueError:
        return None


def _amount(items: object) -> int | None:
    """Add the lines of an invoice, in cents; None where one of them is not to be understood."""
    total = Decimal(0)
    rows = items if isinstance(items, list) else [items]
    for one in rows:
        price = one.get("UnitPrice") if isinstance(one, dict) else None
        if isinstance(price, bool) or not isinstance(price, int | float) or not math.isfinite(price):
            return None
        # The shortest digits that are this number are those that were sent.
        total += Decimal(str(price))
    cents = total * 100
    return int(cents) if rows and cents == cents.to_integral_value() else None
