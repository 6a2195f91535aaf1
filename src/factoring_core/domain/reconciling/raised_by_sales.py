"""What the money of sales and direct debts raises, beyond what folding one sale finds."""

import datetime as dt
from collections.abc import Iterator

from factoring_core.domain.reconciling.findings import ExceptionType
from factoring_core.domain.reconciling.posting import Finding
from factoring_core.domain.reconciling.raised import Found, Raised, the_factors
from factoring_core.domain.reconciling.sale_fold import misdirected, sale_subject
from factoring_core.domain.reconciling.standing import load_subject
from factoring_core.domain.selling.credit import CreditVerdict
from factoring_core.domain.vocabulary.lifecycle import Ending, LoadStatus, Route
from factoring_core.domain.vocabulary.profile import EvidenceType

X = ExceptionType

RESERVE = (EvidenceType.RESERVE_HELD, EvidenceType.REBATE, EvidenceType.REBATE_REVERSAL)


def raised_by_sales(raised: Raised) -> Iterator[Found]:
    """Yield what is said of sales and loads."""
    for fold in raised.sales.values():
        for finding in fold.findings:
            yield fold.sale.connection, finding, None
    yield from _charged_back(raised)
    yield from _overdue(raised)
    yield from _direct_debts(raised)
    yield from _declined(raised)


def _charged_back(raised: Raised) -> Iterator[Found]:
    for fold in raised.sales.values():
        position = fold.position
        if position.charged_back <= 0 or fold.ending not in (None, Ending.BOUGHT_OUT):
            continue
        load = raised.loads[fold.sale.load]
        collected = load.standing.status is LoadStatus.COMPLETED and load.standing.route is Route.DIRECT
        ours = collected or (position.direct_open and load.stated >= position.direct_open)
        # What was bought out is not the subsidiary's to collect, so that nothing settles it by itself.
        if ours and fold.ending is None:
            continue
        kinds = (EvidenceType.CHARGEBACK, EvidenceType.CHARGEBACK_REVERSAL)
        facts = tuple(fact for fact in fold.facts if fact.first.type in kinds)
        finding = Finding(
            type=X.CHARGED_BACK,
            subject=sale_subject(fold.sale.id),
            amount=position.charged_back,
            facts=facts,
            sale=fold.sale.id,
        )
        yield fold.sale.connection, finding, None


def _overdue(raised: Raised) -> Iterator[Found]:
    """Reserve that is still held when the debt is done with, from the day it should have come."""
    for fold in raised.sales.values():
        position = fold.position
        left = position.reserve_held - position.rebated
        opening = fold.sale.opening
        done_on = position.last_paid_on or (opening.as_of if opening is not None else None)
        taken_over = raised.taken_over.get(fold.sale.id) if fold.ending is Ending.BOUGHT_OUT else None
        if taken_over is not None:
            done_on = taken_over.sealed_on  # paid off then, so that nothing has to be held any more
        elif position.settled is None or fold.ending is not None:
            continue
        if left <= 0 or done_on is None:
            continue
        finding = Finding(
            type=X.RESERVE_OVERDUE,
            subject=sale_subject(fold.sale.id),
            amount=left,
            facts=tuple(fact for fact in fold.facts if fact.first.type in RESERVE),
            sale=fold.sale.id,
            due=done_on + dt.timedelta(days=fold.sale.frozen.terms.release_days + 1),
        )
        yield fold.sale.connection, finding, None


def _direct_debts(raised: Raised) -> Iterator[Found]:
    """Direct debts paid in part or too much, and payments stated for what is not ours to collect."""
    for number, load in raised.loads.items():
        if load.direct is not None and load.standing.status is not LoadStatus.QUEUED:
            tolerance = 0 if load.direct.written_off else raised.book.subsidiary.tolerance
            if load.direct.open < 0:
                kind, amount = X.OVER_PAID, -load.direct.open
            elif load.direct.paid > 0 and load.direct.open > tolerance:
                kind, amount = X.SHORT_PAID, load.direct.open
            else:
                continue
        elif load.stated > 0 and load.sale is not None and the_factors(load.sale):
            # The subsidiary has what its factor bought.
            sale = load.sale.sale
            yield (
                None,
                misdirected(
                    load_subject(number),
                    load.stated,
                    (),
                    owed_by=raised.book.subsidiary.id,
                    owed_to=sale.connection,
                    load=number,
                ),
                None,
            )
            continue
        elif load.stated > (load.sale.position.direct_open if load.sale is not None else 0):
            kind, amount = X.OVER_PAID, load.stated
        else:
            continue
        yield None, Finding(type=kind, subject=load_subject(number), amount=amount, load=number), None


def _declined(raised: Raised) -> Iterator[Found]:
    """Sales whose customer the factor has declined since, and that it has not bought."""
    last = {(one.connection, one.customer): one for one in raised.book.credit}
    declined = {name: one.at for name, one in last.items() if one.verdict is CreditVerdict.DECLINED}
    if not declined:
        return
    for fold in raised.sales.values():
        sale = fold.sale
        at = declined.get((sale.connection, sale.customer))
        if at is None or fold.ending is not None or fold.position.bought:
            continue
        batch = raised.batches[sale.batch] if sale.batch is not None else None
        # An answer from before the sale was weighed by preflight.
        said_before = at.date() < sale.sealed_on if batch is None else at <= batch.sealed_at
        gone = batch is not None and not batch.live
        denied = fold.disposition is not None and fold.disposition.denies
        if said_before or gone or denied:
            continue
        finding = Finding(
            type=X.CREDIT_DECLINED, subject=sale_subject(sale.id), amount=sale.face, sale=sale.id
        )
        yield sale.connection, finding, None
