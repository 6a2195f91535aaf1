"""Reports as a factor writes them, in its provider's layout.

They look like those of people: titles above the header, currency signs, numbers spelled in other
ways, sums below.  The headings are taken from those that the layouts know.
"""

import datetime as dt
from collections.abc import Iterable
from decimal import Decimal

from attrs import evolve, frozen

from factoring_core.domain.vocabulary.money import Money
from factoring_core.testing.factor.batches import TakenInvoice
from factoring_core.testing.factor.styles import style_of
from factoring_core.testing.sheets import Row, SheetStyle, write_sheet


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
    """One factor and its account with one carrier, with any provider that has reports.

    ``ending``: csv or xlsx, where that is not the usual one.  Rates are shares of the face
    amount; what is neither advanced nor kept is held in reserve.
    """

    provider: str
    client_number: str
    advance_rate: Decimal = Decimal("0.90")
    fee_rate: Decimal = Decimal("0.03")
    ending: str = ""

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
        style = style_of(self.provider, kind)
        if self.ending:
            return evolve(style, ending=self.ending)
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
