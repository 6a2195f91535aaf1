"""The books the notebooks open when nobody names others: one carrier, one factor, one winter.

Everything is kept in memory and made anew each time, by the same public calls that a host makes.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import os
from collections.abc import Callable, Iterable, Sequence
from functools import cache
from typing import Any

from factoring_core import Office, open_office
from factoring_core.adapters.clocks.fixed import FixedClock
from factoring_core.adapters.storage import MemoryStore

SETTINGS = """
[[subsidiaries]]
id = "east"
name = "Acme East LLC"
invoice_prefixes = ["INV"]
generate_invoices = true
preflight = { missing_pod = "off", missing_rate_confirmation = "off", credit_unknown = "off" }

[[connections]]
id = "east-first"
subsidiary = "east"
provider = "winfactor"
factor = "First Harbor Capital"
protocol = "manual"
invoiced_on = "submit"
terms = { advance_rate = "0.90", fee_rate = "0.03", recourse_days = 90 }

[[connections.notices]]
from = 2025-01-01
text = "Pay to the order of First Harbor Capital."
"""

DEBTORS = ("Blue Freight Brokers", "Cedar Logistics", "Delta Produce", "Evergreen Paper", "Foxtrot Steel")
FIRST = dt.date(2026, 1, 5)
TODAY = dt.date(2026, 3, 31)
LAST_REPORT = "payments-march.csv"
WEEKS = 10
A_WEEK = 4
PURCHASE = (
    "Invoice Number",
    "Purchase Date",
    "Invoice Amount",
    "Customer",
    "Type",
    "Purchased Amount",
    "Advance",
    "Reserve",
    "Fee",
)
PAYMENT = ("Invoice Number", "Payment Date", "Payment Amount", "Customer", "Check Number", "Type")


class Story:
    """What each invoice of the winter is worth and what becomes of it, by its number."""

    def __init__(self, number: int) -> None:
        self.number = number
        self.load = f"L-{1001 + number}"
        self.invoice = f"INV-{1001 + number}"
        self.debtor = DEBTORS[min(number * 3 % 7, 4)]
        self.face = 950_00 + number * 137 % 23 * 100_00 + number * 7 % 100
        self.delivered = FIRST + dt.timedelta(days=number // A_WEEK * 7 + number % A_WEEK)
        self.bought = FIRST + dt.timedelta(days=number // A_WEEK * 7 + 8)
        self.denied = number in (9, 26)
        fee = (self.face * 3 + 50) // 100
        self.fee = fee + (15_00 if number in (6, 17) else 0)
        self.advance = (self.face * 9 + 5) // 10
        self.reserve = self.face - self.fee - self.advance
        self.slow = 22 + number * 11 % 27
        self.paid_on = self.bought + dt.timedelta(days=self.slow)
        self.paid = self.face - (75_00 if number in (4, 15) else 0)


STORIES = [Story(number) for number in range(WEEKS * A_WEEK)]


def text(cents: int) -> str:
    """Spell an amount as a report does."""
    return f"{cents // 100}.{cents % 100:02d}"


def day(on: dt.date) -> str:
    """Spell a date as a report does."""
    return on.strftime("%m/%d/%Y")


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> bytes:
    """Write a report."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(head)
    writer.writerows(rows)
    return out.getvalue().encode()


def purchases(batch: Sequence[Story]) -> bytes:
    """What the factor says it bought of one batch."""
    rows = []
    for one in batch:
        money = [text(one.face), text(one.advance), text(one.reserve), text(one.fee)]
        word, amounts = ("denied", [""] * 4) if one.denied else ("", money)
        rows.append([one.invoice, day(one.bought), text(one.face), one.debtor, word, *amounts])
    return table(PURCHASE, rows)


def payments(since: dt.date, until: dt.date) -> bytes:
    """What the factor says it collected, gave back and put back in a period."""
    rows = []
    for one in STORIES:
        if one.denied:
            continue
        cheque = f"{70000 + one.number * 13}"
        if one.number == 11:
            back = one.bought + dt.timedelta(days=40)
            if since <= back <= until:
                rows.append([one.invoice, day(back), text(one.face), one.debtor, "", "chargeback"])
            continue
        if since <= one.paid_on <= until:
            # The factor's clerk leaves out our prefix, and once mistypes.
            number = one.invoice.removeprefix("INV-") if one.number % 3 == 0 else one.invoice
            number = "INV-1O21" if one.number == 20 else number
            rows.append([number, day(one.paid_on), text(one.paid), one.debtor, cheque, ""])
        back = one.paid_on + dt.timedelta(days=9)
        if since <= back <= until and one.number not in (2, 8):
            rows.append([one.invoice, day(back), text(one.reserve), one.debtor, cheque, "rebate"])
    if since <= dt.date(2026, 3, 20) <= until:
        rows.append(["INV-4711", "03/20/2026", "1180.00", DEBTORS[1], "71999", ""])
    return table(PAYMENT, rows)


@cache
def sample_office() -> Office:
    """Return an office over the winter's books, on the last day of March; its last report waits."""
    clock = FixedClock(dt.datetime(2026, 1, 1, 18, tzinfo=dt.UTC))
    office = open_office(settings=SETTINGS, store=MemoryStore(), clock=clock)

    def until(on: dt.date) -> None:
        clock.set(dt.datetime.combine(on, dt.time(18), dt.UTC))

    head = (
        "load_number",
        "subsidiary",
        "customer",
        "customer_name",
        "amount",
        "delivered_on",
        "invoice_number",
    )
    rows = [
        (
            one.load,
            "east",
            one.debtor[:4].lower(),
            one.debtor,
            text(one.face),
            f"{one.delivered}",
            one.invoice,
        )
        for one in STORIES
    ]
    office.import_loads(table(head, rows), name="loads.csv")
    todo: list[tuple[dt.date, Callable[[], Any]]] = []

    def apply(content: bytes, name: str) -> Callable[[], Any]:
        return lambda: office.apply_report(content, name=name, subsidiary="east")

    def sell(batch: Sequence[Story]) -> Callable[[], Any]:
        def act() -> None:
            names = [one.load for one in batch]
            office.generate_invoices(names)
            office.submit("east", names)

        return act

    for week in range(WEEKS):
        batch = STORIES[week * A_WEEK : (week + 1) * A_WEEK]
        todo.append((FIRST + dt.timedelta(days=week * 7 + 5), sell(batch)))
        todo.append((batch[0].bought, apply(purchases(batch), f"purchases-week-{week + 1}.csv")))
    for since, last, name in (
        (FIRST, dt.date(2026, 1, 31), "january"),
        (dt.date(2026, 2, 1), dt.date(2026, 2, 28), "february"),
    ):
        todo.append((last, apply(payments(since, last), f"payments-{name}.csv")))
    for on, act in sorted(todo, key=lambda one: one[0]):
        until(on)
        act()
    until(TODAY)
    return office


def last_report() -> bytes:
    """Return the report of March, which nobody has applied yet."""
    return payments(dt.date(2026, 3, 1), TODAY)


def books() -> Office:
    """Return the office of the home that FACTORING_HOME names, else the sample."""
    home = os.environ.get("FACTORING_HOME")
    return open_office(home) if home else sample_office()
