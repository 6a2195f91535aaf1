"""What the three simulated factors report: purchases and payments as they are in life, not in a manual."""

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal

from attrs import frozen

from factoring_core.testing.factor import (
    Bought,
    Collected,
    ReportFile,
    SimulatedFactor,
    TakenBatch,
    TakenInvoice,
)

FACTORS: Mapping[str, SimulatedFactor] = {
    "north": SimulatedFactor(provider="winfactor", client_number="4470"),
    "river": SimulatedFactor(
        provider="rts", client_number="RB-118", advance_rate=Decimal("0.92"), fee_rate=Decimal("0.025")
    ),
    "summit": SimulatedFactor(
        provider="capital_depot",
        client_number="SL-9",
        advance_rate=Decimal("0.88"),
        fee_rate=Decimal("0.035"),
    ),
}


@frozen(kw_only=True)
class Issued:
    """A report that a factor issued, for whom it is applied, and what is to be seen in it.

    ``replaces``: the name of the report that it corrects.
    """

    subsidiary: str
    file: ReportFile
    shows: str
    replaces: str | None = None


def purchases(batches: Mapping[str, TakenBatch]) -> list[Issued]:
    """Report what was bought of each batch, two days after it came."""
    on = dt.date(2026, 10, 14)
    north, river, summit = (batches[name].invoices for name in ("north", "river", "summit"))
    denied = [Bought(invoice=one, word="Denied" if one.number == "INV-2007" else "") for one in north]
    held = [
        Bought(invoice=one, word="Held" if one.number == "RB3005" else "")
        for one in river
        if one.number != "RB3008"
    ]
    typed = [
        Bought(invoice=one, amount=2450_00 if one.number == "4007" else None)
        for one in summit
        if one.number != "4005"
    ]
    return [
        Issued(
            subsidiary="north",
            file=FACTORS["north"].purchase_report(
                denied, on=on, schedule="70388", name="DetailHistorywithfees"
            ),
            shows="one invoice denied",
        ),
        Issued(
            subsidiary="river",
            file=FACTORS["river"].purchase_report(
                held, on=on, schedule="5603", name="Purchase History Report"
            ),
            shows="a workbook; one invoice held, one forgotten",
        ),
        Issued(
            subsidiary="summit",
            file=FACTORS["summit"].purchase_report(typed, on=on, schedule="131", name="Purchase_Report"),
            shows="one invoice missing, one bought for less",
        ),
    ]


def first_payments(batches: Mapping[str, TakenBatch]) -> list[Issued]:
    """Report what was collected in the second half of October."""
    until = dt.date(2026, 10, 31)
    summit = FACTORS["summit"]
    return [
        Issued(
            subsidiary="north",
            file=FACTORS["north"].payment_report(
                _winfactor_october(batches["north"]), until=until, name="ReceiptHistoryDetail 10-31"
            ),
            shows="a number respelled, paid short, paid too much, one never sold, one unknown",
        ),
        Issued(
            subsidiary="river",
            file=FACTORS["river"].payment_report(
                _rts_october(batches["river"]), until=until, name="Payment report 10-31"
            ),
            shows="one paid before it was bought, one short by a little",
        ),
        Issued(
            subsidiary="summit",
            file=summit.payment_report(
                _depot_october(batches["summit"], slip=True), until=until, name="Payments_Report 10-31"
            ),
            shows="two digits of one amount swapped",
        ),
        Issued(
            subsidiary="summit",
            file=summit.payment_report(
                _depot_october(batches["summit"], slip=False),
                until=until,
                name="Payments_Report 10-31 corrected",
            ),
            shows="the same, corrected",
            replaces="Payments_Report 10-31.csv",
        ),
    ]


def second_payments(batches: Mapping[str, TakenBatch]) -> list[Issued]:
    """Report what was collected up to the middle of November; one period overlaps the last."""
    until = dt.date(2026, 11, 13)
    north, river, summit = (batches[name] for name in ("north", "river", "summit"))
    overlap = [one for one in _winfactor_october(north) if one.on >= dt.date(2026, 10, 22)]
    bounced = north.invoice("INV-2005")
    november = [
        *overlap,
        _paid(bounced, "11-03", "4471", word="NSF"),
        _paid(north.invoice("INV-2008"), "11-06", "ACH-9044", amount=2800_00, of="north"),
        Collected(invoice=None, on=until, amount=15_00, cheque="W-1113", word="Wire Fee"),
    ]
    charged = [
        _paid(river.invoice("RB3003"), "11-05", "CB-2201", amount=320_40, word="Chargeback"),
        _paid(river.invoice("RB3004"), "11-05", "CB-2202", word="Chargeback"),
    ]
    rest = [
        _paid(summit.invoice("4003"), "11-04", "7010", amount=3350_00),
        _paid(summit.invoice("4004"), "11-10", "CB-31", word="Chargeback"),
    ]
    return [
        Issued(
            subsidiary="north",
            file=FACTORS["north"].payment_report(november, until=until, name="ReceiptHistoryDetail 11-13"),
            shows="overlaps the last one; a bounced cheque, a wire fee",
        ),
        Issued(
            subsidiary="river",
            file=FACTORS["river"].payment_report(charged, until=until, name="Payment report 11-13"),
            shows="charged back: one in part, one in full",
        ),
        Issued(
            subsidiary="summit",
            file=FACTORS["summit"].payment_report(rest, until=until, name="Payments_Report 11-13"),
            shows="a second cheque; one charged back in full",
        ),
    ]


def _winfactor_october(batch: TakenBatch) -> list[Collected]:
    sold = batch.invoice
    direct = TakenInvoice(
        number="INV-2009",
        date=dt.date(2026, 10, 6),
        face=1560_00,
        customer="Harlan & Sons Logistics",
        load="N-2009",
    )
    stranger = TakenInvoice(
        number="77310", date=dt.date(2026, 9, 2), face=412_50, customer="Lakeshore Paper Mills", load=""
    )
    return [
        _paid(sold("INV-2001"), "10-19", "00881", of="north"),
        _paid(sold("INV-2002"), "10-20", "00882", of="north", spelled="inv 2002"),
        _paid(sold("INV-2003"), "10-21", "EFT-5510", amount=900_00),
        _paid(sold("INV-2004"), "10-22", "00890", amount=3120_00, of="north"),
        _paid(sold("INV-2005"), "10-23", "4471"),
        _paid(sold("INV-2008"), "10-27", "ACH-9001", amount=2800_00),
        _paid(direct, "10-28", "00895"),
        _paid(stranger, "10-28", "00896"),
    ]


def _rts_october(batch: TakenBatch) -> list[Collected]:
    sold = batch.invoice
    older = TakenInvoice(
        number="RB2990",
        date=dt.date(2026, 7, 27),
        face=2205_00,
        customer="Harlan & Sons Logistics",
        load="88-1150",
    )
    return [
        _paid(older, "10-19", "770940", of="river"),
        _paid(sold("RB3001"), "10-20", "771002", of="river"),
        _paid(sold("RB3002"), "10-21", "771010", of="river", spelled="RB-3002"),
        _paid(sold("RB3003"), "10-22", "771015", amount=3000_00),
        _paid(sold("RB3007"), "10-26", "771031", amount=2000_00),
        _paid(sold("RB3008"), "10-27", "771040"),
    ]


def _depot_october(batch: TakenBatch, *, slip: bool) -> list[Collected]:
    sold = batch.invoice
    released = FACTORS["summit"].reserve(sold("4008").face)
    return [
        _paid(sold("4001"), "10-21", "7001"),
        _paid(sold("4002"), "10-22", "7002", amount=2640_00 if slip else 2460_00),
        _paid(sold("4003"), "10-23", "7003", amount=4000_00),
        _paid(sold("4008"), "10-26", "7006"),
        _paid(sold("4008"), "10-26", "7006", amount=released, word="Rebate"),
    ]


def _paid(
    invoice: TakenInvoice,
    on: str,
    cheque: str,
    *,
    amount: int | None = None,
    word: str = "",
    of: str | None = None,
    spelled: str | None = None,
) -> Collected:
    """Say what came in on one invoice; *of* names the factor that releases the reserve with it."""
    return Collected(
        invoice=invoice,
        on=dt.date.fromisoformat(f"2026-{on}"),
        amount=invoice.face if amount is None else amount,
        cheque=cheque,
        word=word,
        rebate=None if of is None else FACTORS[of].reserve(invoice.face),
        spelled=spelled,
    )
