"""Drawing an invoice for a host that has none of its own."""

import datetime as dt
from typing import Protocol

from attrs import frozen


@frozen(kw_only=True)
class InvoiceSheet:
    """What is printed on one freight invoice; ``amount`` in cents.

    ``carrier``, ``remit_to`` and ``bill_to`` are addresses, a line each; ``references`` are
    pairs of a label and a value, such as the customer's PO number.
    """

    number: str
    date: dt.date
    remit_to: tuple[str, ...]
    bill_to: tuple[str, ...]
    load_number: str
    amount: int
    currency: str
    carrier: tuple[str, ...] = ()
    references: tuple[tuple[str, str], ...] = ()
    origin: str | None = None
    destination: str | None = None
    delivered_on: dt.date | None = None


class InvoiceDrawer(Protocol):
    """Draws the sheet as a PDF of one page."""

    def draw(self, sheet: InvoiceSheet) -> bytes:
        """Return the PDF; the same sheet gives the same bytes.

        Raises:
            DocumentError: a text cannot be printed, or does not fit on one page.
        """
        ...
