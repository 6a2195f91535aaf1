"""What batches raise: sales that a list leaves out, doubts about delivery, and the factor's silence."""

import datetime as dt
from collections.abc import Iterator

from factoring_core.domain.reconciling.findings import ExceptionType
from factoring_core.domain.reconciling.posting import Finding
from factoring_core.domain.reconciling.raised import Found, Raised
from factoring_core.domain.reconciling.sale_fold import SaleFold, sale_subject
from factoring_core.domain.selling.batch import BatchState
from factoring_core.domain.vocabulary.profile import EvidenceType

X = ExceptionType


def raised_by_batches(raised: Raised) -> Iterator[Found]:
    """Yield what is said of batches."""
    yield from _missing(raised)
    yield from _doubtful(raised)
    yield from _unacknowledged(raised)


def _missing(raised: Raised) -> Iterator[Found]:
    """Invoices of a batch that a complete list of it leaves out."""
    by_batch = _by_batch(raised)
    claimed = {
        report.batch
        for report in raised.book.reports.values()
        if report.complete_list and report.batch is not None
    }
    telling = (EvidenceType.PURCHASE, EvidenceType.DISPOSITION)
    for batch in sorted(claimed):
        for fold in by_batch.get(batch, ()):
            if fold.ending is None and not any(fact.first.type in telling for fact in fold.facts):
                subject = sale_subject(fold.sale.id)
                finding = Finding(
                    type=X.MISSING_FROM_REPORT, subject=subject, amount=fold.sale.face, sale=fold.sale.id
                )
                yield fold.sale.connection, finding, None


def _doubtful(raised: Raised) -> Iterator[Found]:
    """Batches of which nobody knows whether they arrived, or that evidence contradicts."""
    for id_, batch in raised.batches.items():
        stored = raised.book.batches[id_]
        # Settled as not delivered, and not handed out or sent again since.
        given_up = stored.state is BatchState.SEALED and not (stored.taken_out or stored.attempted)
        contradicted = given_up and batch.state is BatchState.DELIVERED
        if batch.state is BatchState.IN_DOUBT or contradicted:
            note = "evidence names a batch that was settled as not delivered" if contradicted else ""
            sales = (fold for fold in raised.sales.values() if fold.sale.batch == id_)
            finding = Finding(
                type=X.DELIVERY_IN_DOUBT,
                subject=f"batch:{id_}",
                amount=batch.amount,
                facts=tuple(fact for fold in sales for fact in fold.facts),
                note=note,
            )
            yield batch.connection, finding, None


def _unacknowledged(raised: Raised) -> Iterator[Found]:
    """Delivered batches that no report names, from the day after the provider's usual delay.

    A server may lose a file that it has acknowledged; only the factor's silence can tell.
    """
    by_batch = _by_batch(raised)
    for id_, batch in raised.book.batches.items():
        sales = [fold for fold in by_batch.get(id_, ()) if fold.ending is None]
        if batch.state is not BatchState.DELIVERED or batch.delivery is None or not sales:
            continue
        if any(fold.facts or not fold.sale.frozen.purchase_report for fold in sales):
            continue
        delay = max(fold.sale.frozen.usual_delay_days for fold in sales)
        finding = Finding(
            type=X.UNACKNOWLEDGED_BATCH,
            subject=f"batch:{id_}",
            amount=batch.amount,
            due=batch.delivery.at.date() + dt.timedelta(days=delay + 1),
        )
        yield batch.connection, finding, None


def _by_batch(raised: Raised) -> dict[str, list[SaleFold]]:
    found: dict[str, list[SaleFold]] = {}
    for fold in raised.sales.values():
        if fold.sale.batch is not None:
            found.setdefault(fold.sale.batch, []).append(fold)
    return found
