"""Reading the host's loads: a file of rows in, plain values out, or every fault at once."""

import datetime as dt
from typing import Protocol

from attrs import frozen

from factoring_core.errors import Fault


@frozen(kw_only=True)
class LoadRow:
    """One row of a loads file, as it stands there: amounts in cents, a blank cell is None.

    ``row`` is the record's number with the header as 1, ``line`` the physical line or sheet row.
    ``status`` and ``invoicing_method`` are words of their lists, in lower case.
    """

    row: int
    line: int
    load_number: str
    subsidiary: str
    customer: str
    customer_name: str | None = None
    customer_mc_number: str | None = None
    status: str | None = None
    connection: str | None = None
    provider: str | None = None
    schedule_number: str | None = None
    purchased_on: dt.date | None = None
    purchased_amount: int | None = None
    advanced: int | None = None
    reserve_held: int | None = None
    fees: int | None = None
    paid_amount: int | None = None
    paid_on: dt.date | None = None
    as_of: dt.date | None = None
    invoice_number: str | None = None
    invoice_date: dt.date | None = None
    amount: int | None = None
    currency: str | None = None
    po_number: str | None = None
    reference_number: str | None = None
    invoicing_method: str | None = None
    invoice_file: str | None = None
    pod_file: str | None = None
    rate_confirmation_file: str | None = None
    lumper_receipt_file: str | None = None
    scale_ticket_file: str | None = None
    delivered_on: dt.date | None = None
    truck_number: str | None = None
    origin_city: str | None = None
    origin_state: str | None = None
    destination_city: str | None = None
    destination_state: str | None = None
    parent_load: str | None = None
    supersedes: str | None = None


@frozen(kw_only=True)
class LoadsFile:
    """The sound rows of a loads file, its faults, and what is worth knowing and no fault.

    ``faults`` holds the first 1,000 faults of single cells and rows, ``total`` says how many there
    are; a file that has any is refused, after its sound rows were checked too.  ``unread`` names
    the loads of faulty rows, as (subsidiary, number) where those can be read.
    """

    rows: tuple[LoadRow, ...]
    warnings: tuple[str, ...] = ()
    faults: tuple[Fault, ...] = ()
    total: int = 0
    unread: frozenset[tuple[str, str]] = frozenset()


class LoadsReader(Protocol):
    """Turns the bytes of a loads file into rows; the file's name is for messages only."""

    def read(self, content: bytes, *, name: str) -> LoadsFile:
        """Read every row of *content*.

        Raises:
            FileRefusedError: not a table, a column is missing, it breaks off…
            LimitExceededError: larger than agreed.
        """
        ...
