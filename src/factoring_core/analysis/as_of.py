"""The books as they were true on a day: everything of a later business date is left out.

By business date, not by when we learnt of it: a payment of June that was reported in July was
made in June.  What was undone never was.  A person's decision counts from the day it was made.
"""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence

from attrs import evolve

from factoring_core.domain.reconciling.decisions import Decision
from factoring_core.domain.reconciling.evidence import Evidence
from factoring_core.domain.reconciling.reports import Report
from factoring_core.domain.reconciling.world import Book
from factoring_core.domain.selling.batch import Assignment, Batch, BatchState
from factoring_core.domain.vocabulary.load import Load, Opening
from factoring_core.domain.vocabulary.parties import Subsidiary
from factoring_core.usecases.days import local_day


def report_days(book: Book) -> dict[str, dt.date]:
    """Return the latest date on the rows of each report; one without dates is not there."""
    days: dict[str, dt.date] = {}
    for one in book.evidence:
        if one.on is not None and one.on > days.get(one.report, dt.date.min):
            days[one.report] = one.on
    return days


def business_days(
    reports: Iterable[Report], days: Mapping[str, dt.date], subsidiary: Subsidiary
) -> dict[str, dt.date]:
    """Return the day each report speaks of: its latest date, else the day it was accepted."""
    return {one.id: days.get(one.id) or local_day(one.applied_at, subsidiary) for one in reports}


def trimmed(
    book: Book, decisions: Sequence[Decision], *, on: dt.date, cancelled: Mapping[str, dt.date]
) -> Book:
    """Return the book that was true at the end of *on*.

    Args:
        book: The books as they are now.
        decisions: Every decision, those undone since as well.
        on: The day.
        cancelled: When each batch was cancelled that was.

    A fact without a date is of the latest date in its report.  Of an opening made later only
    what it dates itself is known.  Where a batch stood between sealing and delivery is not
    kept; it counts as sealed.
    """
    subsidiary = book.subsidiary
    days = business_days(book.reports.values(), report_days(book), subsidiary)
    batches = {
        id_: _batch(batch, on, cancelled.get(id_), subsidiary)
        for id_, batch in book.batches.items()
        if batch.sealed_on <= on
    }
    sales = [
        _sale(sale, on)
        for sale in book.assignments
        if sale.sealed_on <= on and (sale.batch is None or sale.batch in batches)
    ]
    sold = {sale.load for sale in sales}
    loads = {
        number: _load(load, on, sold=number in sold)
        for number, load in book.loads.items()
        if number in sold or _begun(load, on)
    }
    evidence = [one for one in book.evidence if (one.on or days[one.report]) <= on]
    return evolve(
        book,
        loads=loads,
        batches=batches,
        assignments=sales,
        evidence=evidence,
        reports=_reports(book, evidence, days, on),
        decisions=[one for one in decisions if _stood(one, on, subsidiary)],
        credit=[one for one in book.credit if local_day(one.at, subsidiary) <= on],
    )


def _begun(load: Load, on: dt.date) -> bool:
    """Say whether a load was there: by its earliest date, and one without any always was."""
    invoice = load.invoice
    known = [load.delivered_on, invoice.date if invoice is not None else load.planned_invoice_date]
    days = [day for day in known if day is not None]
    return not days or min(days) <= on


def _load(load: Load, on: dt.date, *, sold: bool) -> Load:
    if load.invoice is None or sold or load.invoice.date <= on:
        later = load.sent_direct_on is not None and load.sent_direct_on > on
        opening = load.direct_opening
        return evolve(
            load,
            sent_direct_on=None if later else load.sent_direct_on,
            direct_opening=_opening(opening, on) if opening is not None else None,
        )
    return evolve(load, invoice=None, method=None, sent_direct_on=None, direct_opening=None)


def _sale(sale: Assignment, on: dt.date) -> Assignment:
    return sale if sale.opening is None else evolve(sale, opening=_opening(sale.opening, on))


def _opening(opening: Opening, on: dt.date) -> Opening:
    if opening.as_of <= on:
        return opening
    bought = opening.purchased_on is not None and opening.purchased_on <= on
    paid = opening.paid_on is not None and opening.paid_on <= on
    known = opening if bought else Opening(as_of=on)
    return evolve(
        known,
        as_of=on,
        purchased=opening.purchased and bought,
        paid=opening.paid if paid else None,
        paid_on=opening.paid_on if paid else None,
        settled=opening.settled and paid,
    )


def _batch(batch: Batch, on: dt.date, cancelled: dt.date | None, subsidiary: Subsidiary) -> Batch:
    if batch.state is BatchState.CANCELLED and cancelled is not None and cancelled > on:
        return evolve(batch, state=BatchState.SEALED)
    delivery = batch.delivery
    if batch.state is BatchState.DELIVERED and delivery is not None:
        if local_day(delivery.at, subsidiary) > on:
            # It left before it was known to have arrived; evidence of that time may name it.
            return evolve(batch, state=BatchState.SEALED, delivery=None, ever_left=True)
    return batch


def _reports(
    book: Book, evidence: Iterable[Evidence], days: Mapping[str, dt.date], on: dt.date
) -> dict[str, Report]:
    """Return the reports that had something to say; one that goes on later was no complete list yet."""
    speaking = {one.report for one in evidence}
    return {
        id_: report if days[id_] <= on else evolve(report, complete_list=False)
        for id_, report in book.reports.items()
        if id_ in speaking or days[id_] <= on
    }


def _stood(decision: Decision, on: dt.date, subsidiary: Subsidiary) -> bool:
    undone = decision.undone_at
    return local_day(decision.at, subsidiary) <= on and (undone is None or local_day(undone, subsidiary) > on)
