"""A simulated factor: takes batches as they were delivered, and writes reports in its provider's layout.

It knows of a batch only what its files say, as a real factor would.  Its reports look like
those of people: titles above the header, currency signs, numbers spelled in other ways, sums
below.  The headings are taken from those that the layouts know.
"""

import csv
import datetime as dt
import io
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal

from attrs import frozen

from factoring_core.domain.vocabulary.money import Money, cents_of
from factoring_core.errors import UsageError
from factoring_core.testing.sheets import REPORTS, Row, SheetStyle, write_sheet

_LIST_COLUMNS = {
    "number": ("Invoice Number", "Invoice#"),
    "date": ("Invoice Date", "InvDate"),
    "face": ("Invoice Amount", "InvAmt"),
    "customer": ("Customer", "Debtor Name"),
    "debtor_number": ("Debtor Number", "DebtorNo"),
    "load": ("Load Number", "Load #"),
}


@frozen(kw_only=True)
class TakenInvoice:
    """One line of a list that the factor took; ``face`` in cents."""

    number: str
    date: dt.date
    face: int
    customer: str
    load: str
    debtor_number: str = ""


@frozen(kw_only=True)
class TakenBatch:
    """What a delivered batch said of itself."""

    list_name: str
    invoices: tuple[TakenInvoice, ...]

    def invoice(self, number: str) -> TakenInvoice:
        """Return the invoice of this number; `KeyError` where the list has none."""
        return {one.number: one for one in self.invoices}[number]


@frozen(kw_only=True)
class Bought:
    """What the factor decided about one invoice.

    ``word``: the factor's own, such as ``Held``; blank is an ordinary purchase.
    ``amount``: what it bought it for in cents, where that is not the face amount.
    ``on``: when, where that is not the day of the report.  ``schedule``: likewise.
    """

    invoice: TakenInvoice
    word: str = ""
    amount: int | None = None
    on: dt.date | None = None
    schedule: str | None = None


@frozen(kw_only=True)
class Collected:
    """One movement of money on one invoice; ``amount`` and ``rebate`` in cents, without a sign.

    ``word``: the factor's own, such as ``NSF``; blank is a payment.  ``invoice`` is None where
    the factor names no invoice; ``spelled`` is its number as the report has it.
    """

    invoice: TakenInvoice | None
    on: dt.date
    amount: int
    cheque: str
    word: str = ""
    rebate: int | None = None
    spelled: str | None = None


@frozen(kw_only=True)
class ReportFile:
    """A report as a person would download it."""

    name: str
    content: bytes


@frozen(kw_only=True)
class SimulatedFactor:
    """One factor and its account with one carrier: WinFactor, RTS or Capital Depot.

    Rates are shares of the face amount; what is neither advanced nor kept is held in reserve.
    """

    provider: str
    client_number: str
    advance_rate: Decimal = Decimal("0.90")
    fee_rate: Decimal = Decimal("0.03")

    def purchase_report(
        self, bought: Iterable[Bought], *, on: dt.date, schedule: str, name: str
    ) -> ReportFile:
        """Write what was bought on one day under one schedule number."""
        style = self._style("purchase")
        rows = [self._bought(one, on, schedule, style) for one in bought]
        return ReportFile(name=f"{name}.{style.ending}", content=write_sheet(style, rows, day=on))

    def payment_report(self, collected: Iterable[Collected], *, until: dt.date, name: str) -> ReportFile:
        """Write what was collected in a period that ends on a day."""
        style = self._style("payment")
        rows = [self._collected(one, style) for one in collected]
        return ReportFile(name=f"{name}.{style.ending}", content=write_sheet(style, rows, day=until))

    def reserve(self, face: int) -> int:
        """Return what is held back of a face amount, in cents."""
        return face - self._share(face, self.advance_rate) - self._share(face, self.fee_rate)

    def _style(self, kind: str) -> SheetStyle:
        style = REPORTS.get((self.provider, kind))
        if style is None:
            raise UsageError(
                f"The simulated factor issues no {kind} reports in the layout of {self.provider}."
            )
        return style

    @staticmethod
    def _share(face: int, rate: Decimal) -> int:
        return Money(face).share(rate).cents

    def _bought(self, one: Bought, on: dt.date, schedule: str, style: SheetStyle) -> Row:
        row = {
            **_facts(one.invoice),
            "client": self.client_number,
            "on": one.on or on,
            "schedule": schedule if one.schedule is None else one.schedule,
        }
        row["word"] = one.word or style.usual_word
        if one.word:
            return row
        face = one.invoice.face if one.amount is None else one.amount
        return {
            **row,
            "purchased": face,
            "advance": self._share(face, self.advance_rate),
            "reserve": self.reserve(face),
            "fee": self._share(face, self.fee_rate),
        }

    def _collected(self, one: Collected, style: SheetStyle) -> Row:
        facts = _facts(one.invoice) if one.invoice is not None else {}
        number = facts.get("number", "") if one.spelled is None else one.spelled
        # What bounces stands in parentheses where a report has them.
        sign = -1 if one.word in style.negative_words else 1
        return {
            **facts,
            "number": number,
            "client": self.client_number,
            "on": one.on,
            "amount": sign * one.amount,
            "cheque": one.cheque,
            "word": one.word or style.usual_word,
            "rebate": one.rebate,
        }


def _facts(invoice: TakenInvoice) -> Row:
    return {
        "number": invoice.number,
        "face": invoice.face,
        "customer": invoice.customer,
        "debtor_number": invoice.debtor_number,
        "load": invoice.load,
        "invoice_date": invoice.date,
    }


def take_batch(files: Mapping[str, bytes]) -> TakenBatch:
    """Take a batch from what lies in the factor's folder.

    Raises:
        UsageError: there is not exactly one list, or not exactly one PDF for each of its lines.
    """
    lists = [name for name in files if name.endswith(".csv")]
    if len(lists) != 1:
        raise UsageError(f"A batch has one list; here are {len(lists)}.")
    invoices = read_list(files[lists[0]])
    papers = {name for name, content in files.items() if content.startswith(b"%PDF-")}
    if papers != {f"{one.number}.pdf" for one in invoices} or len(papers) != len(invoices):
        raise UsageError(f"{lists[0]} and the packets beside it do not name the same invoices.")
    return TakenBatch(list_name=lists[0], invoices=invoices)


def read_list(content: bytes) -> tuple[TakenInvoice, ...]:
    """Read the list of a batch.

    Raises:
        ValueError: it is no such list, or is not whole.
    """
    return tuple(_line(row) for row in csv.DictReader(io.StringIO(content.decode("utf-8"))))


def _line(row: Mapping[str, str]) -> TakenInvoice:
    cells = {name: _cell(row, headings) for name, headings in _LIST_COLUMNS.items()}
    return TakenInvoice(
        number=cells["number"],
        date=dt.datetime.strptime(cells["date"], "%m/%d/%Y").replace(tzinfo=dt.UTC).date(),
        face=cents_of(cells["face"]),
        customer=cells["customer"],
        load=cells["load"],
        debtor_number=cells["debtor_number"],
    )


def _cell(row: Mapping[str, str], headings: Sequence[str]) -> str:
    return next((row[heading] for heading in headings if heading in row), "")
