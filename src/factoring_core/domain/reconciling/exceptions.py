"""Gathering what a person must look at into exceptions, and seeing which are resolved already."""

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain
from typing import TYPE_CHECKING

from attrs import evolve, field, frozen

from factoring_core.domain.reconciling.decisions import Decision, Resolution
from factoring_core.domain.reconciling.evidence import EvidenceKey
from factoring_core.domain.reconciling.facts import Fact
from factoring_core.domain.reconciling.findings import (
    ExceptionItem,
    ExceptionSeverity,
    ExceptionType,
    exception_id,
)
from factoring_core.domain.reconciling.placing import Placement, invoice_subject
from factoring_core.domain.reconciling.posting import Decisions, Finding, judged
from factoring_core.domain.reconciling.resolutions import KINDS
from factoring_core.domain.reconciling.sale_fold import SaleFold, misdirected, sale_subject
from factoring_core.domain.reconciling.standing import LoadFold, load_subject
from factoring_core.domain.selling.batch import Assignment, Batch, BatchState
from factoring_core.domain.selling.credit import CreditVerdict
from factoring_core.domain.vocabulary.lifecycle import Ending, LoadStatus, Route
from factoring_core.domain.vocabulary.profile import EvidenceType

if TYPE_CHECKING:
    from factoring_core.domain.reconciling.world import Book

X = ExceptionType

RESERVE = (EvidenceType.RESERVE_HELD, EvidenceType.REBATE, EvidenceType.REBATE_REVERSAL)
CLOSING = (Resolution.IGNORE, Resolution.COLLECT_DIRECT)
RESTING = (Resolution.WAIT, Resolution.DISPUTE)
LASTING = (Resolution.ASSIGN, Resolution.NON_FACTORED)
"""Resolutions that never lapse."""


@frozen
class Raised:
    """Everything exceptions are read from."""

    book: "Book"
    facts: Mapping[str, Mapping[EvidenceKey, Fact]]
    placements: Mapping[str, Mapping[EvidenceKey, Placement]]
    accounts: Mapping[str, Sequence[Finding]]
    sales: Mapping[str, SaleFold]
    loads: Mapping[str, LoadFold]
    batches: Mapping[str, Batch]
    decisions: Decisions
    taken_over: Mapping[str, Assignment] = field(init=False)
    """By sale, the one that took it over."""
    handed_on: frozenset[tuple[str, str]] = field(init=False)
    """Connections that have bought others out, as (from, to)."""

    @taken_over.default
    def _successors(self) -> Mapping[str, Assignment]:
        return {sale.takes_over: sale for sale in self._every_sale() if sale.takes_over is not None}

    @handed_on.default
    def _pairs(self) -> frozenset[tuple[str, str]]:
        known = {sale.id: sale for sale in self._every_sale()} if self.taken_over else {}
        return frozenset(
            (known[id_].connection, sale.connection) for id_, sale in self.taken_over.items() if id_ in known
        )

    def _every_sale(self) -> Iterator[Assignment]:
        return chain(self.book.assignments, self.book.other_sales)


@frozen
class Gathered:
    """What there is to look at, by id; for what is resolved, the decision that closed it.

    ``later``: what time will raise; each says from which business date on.
    """

    open: Mapping[str, ExceptionItem]
    later: Mapping[str, ExceptionItem]
    resolved: Mapping[str, str]


def gather(raised: Raised) -> Gathered:
    """Make exceptions of all findings, and see which a person has resolved."""
    items: dict[str, ExceptionItem] = {}
    for connection, finding, placement in _findings(raised):
        item = _item(raised, connection, finding, placement)
        known = items.get(item.id)
        items[item.id] = item if known is None else _joined(known, item)
    # Only now is each whole: a decision judged all of it, whichever finding came first.
    open_: dict[str, ExceptionItem] = {}
    later: dict[str, ExceptionItem] = {}
    resolved: dict[str, str] = {}
    for item in items.values():
        made = raised.decisions.get(item.subject, ())
        closing, left = _decided(raised, made, item) if made else (None, item)
        if closing is not None:
            resolved[item.id] = closing.id
        else:
            (open_ if item.due is None else later)[item.id] = left
    return Gathered(open_, later, resolved)


Found = tuple[str | None, Finding, Placement | None]


def _findings(raised: Raised) -> Iterator[Found]:
    yield from _misplaced(raised)
    yield from _disputed(raised)
    for connection, asked in raised.accounts.items():
        for finding in asked:
            yield connection, finding, None
    for fold in raised.sales.values():
        for finding in fold.findings:
            yield fold.sale.connection, finding, None
    yield from _charged_back(raised)
    yield from _overdue(raised)
    yield from _direct_debts(raised)
    yield from _missing(raised)
    yield from _declined(raised)
    yield from _doubtful(raised)
    yield from _unacknowledged(raised)


def _misplaced(raised: Raised) -> Iterator[Found]:
    """Facts that no sale takes, one exception for each invoice key."""
    for connection, placed in raised.placements.items():
        groups: dict[tuple[ExceptionType, str], list[tuple[Fact, Placement]]] = {}
        for key, placement in placed.items():
            if placement.miss is not None:
                found = (raised.facts[connection][key], placement)
                groups.setdefault((placement.miss, key[1]), []).append(found)
        for (miss, invoice_key), members in groups.items():
            # Which of its facts speaks for all must not depend on the order they came in.
            _, placement = min(members, key=lambda member: member[0].text)
            facts = [fact for fact, _ in members]
            load = placement.load if miss is not X.NON_FACTORED else None
            amount = sum(fact.amount for fact in facts if fact.first.primary)
            subject = invoice_subject(invoice_key)
            owner = _left_behind(raised, connection, load, facts) if miss is X.OTHER_PROVIDER else None
            if owner is not None:
                reversed_ = sum(
                    fact.amount for fact in facts if fact.first.type is EvidenceType.PAYMENT_REVERSAL
                )
                yield (
                    connection,
                    misdirected(
                        subject, amount - 2 * reversed_, facts, owed_by=connection, owed_to=owner, load=load
                    ),
                    placement,
                )
                continue
            finding = Finding(type=miss, subject=subject, amount=amount, facts=tuple(facts), load=load)
            yield connection, finding, placement


def _left_behind(raised: Raised, connection: str, load: str | None, facts: Sequence[Fact]) -> str | None:
    """Return whose money it is, where customers pay for what was not taken over to one that did take over.

    Without any buy-out between the two a row about the other's invoice may as well be misplaced.
    """
    fold = raised.loads[load].sale if load is not None and load in raised.loads else None
    if fold is None or not _the_factors(fold) or (fold.sale.connection, connection) not in raised.handed_on:
        return None
    paid = all(fact.first.type in (EvidenceType.PAYMENT, EvidenceType.PAYMENT_REVERSAL) for fact in facts)
    return fold.sale.connection if paid else None


def _disputed(raised: Raised) -> Iterator[Found]:
    """Copies of one fact whose other cells disagree."""
    for connection, facts in raised.facts.items():
        groups: dict[str, list[Fact]] = {}
        for fact in facts.values():
            if fact.disputed:
                groups.setdefault(fact.key[1], []).append(fact)
        for invoice_key, disputed in groups.items():
            names = sorted({name for fact in disputed for name in fact.disputed})
            loads = {raised.sales[fact.sale].sale.load for fact in disputed if fact.sale}
            finding = Finding(
                type=X.CONFLICTING_ROWS,
                subject=invoice_subject(invoice_key),
                amount=sum(fact.amount for fact in disputed if fact.first.primary),
                facts=tuple(disputed),
                note="copies of one row disagree on " + ", ".join(names),
                load=min(loads, default=None),
            )
            yield connection, finding, None


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
        elif load.stated > 0 and load.sale is not None and _the_factors(load.sale):
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


def _the_factors(fold: SaleFold) -> bool:
    """Say whether a sale is a factor's to collect, and nothing of it is the subsidiary's again."""
    return fold.position.bought and fold.position.charged_back <= 0


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


def _item(
    raised: Raised, connection: str | None, finding: Finding, placement: Placement | None
) -> ExceptionItem:
    waiting = finding.waiting or KINDS[finding.type].severity is ExceptionSeverity.WAITING
    load = finding.load
    if load is None and finding.sale is not None:
        load = raised.sales[finding.sale].sale.load
    dates = [fact.key[4] for fact in finding.facts if fact.key[4] is not None]
    return ExceptionItem(
        id=exception_id(
            raised.book.tenant, connection or raised.book.subsidiary.id, finding.type, finding.subject
        ),
        type=finding.type,
        severity=ExceptionSeverity.WAITING if waiting else ExceptionSeverity.WRONG,
        subsidiary=raised.book.subsidiary.id,
        connection=connection,
        subject=finding.subject,
        load=load,
        amount_at_risk=finding.amount,
        since=finding.due or min(dates, default=None),
        rows=_rows(finding.facts),
        candidates=placement.candidates if placement is not None else (),
        judged=judged(finding.facts),
        note=finding.note,
        amounts=finding.amounts,
        due=finding.due,
        owed_by=finding.owed_by,
        owed_to=finding.owed_to,
    )


def _rows(facts: Iterable[Fact]) -> tuple[tuple[str, int], ...]:
    return tuple(sorted({(copy.report, copy.row) for fact in facts for copy in fact.copies}))


def _joined(first: ExceptionItem, second: ExceptionItem) -> ExceptionItem:
    """Make one exception of two findings about one subject."""
    return evolve(
        first,
        amount_at_risk=max(first.amount_at_risk, second.amount_at_risk),
        rows=tuple(sorted({*first.rows, *second.rows})),
        judged=tuple(sorted({*first.judged, *second.judged})),
        note="; ".join(sorted({text for text in (first.note, second.note) if text})),
        since=min((day for day in (first.since, second.since) if day is not None), default=None),
        amounts=tuple(sorted({*first.amounts, *second.amounts})),
    )


def _decided(
    raised: Raised, made: Sequence[Decision], item: ExceptionItem
) -> tuple[Decision | None, ExceptionItem]:
    """Return the decision that closes *item*, or what is left of it: resting, or open once more."""
    own = [
        one for one in made if one.exception_type == item.type and one.connection in (None, item.connection)
    ]
    closing = [one for one in own if _closes(raised, one, item)]
    if closing:
        return closing[-1], item
    if any(one.resolution in RESTING and _as_judged(one, item) for one in own):
        return None, evolve(item, severity=ExceptionSeverity.WAITING)
    lapsed = [one for one in own if one.resolution not in LASTING]
    if not lapsed:
        return None, item
    again = f"{lapsed[-1].id} ({lapsed[-1].resolution}) does not cover what is there now"
    return None, evolve(item, note="; ".join(text for text in (item.note, again) if text))


def _closes(raised: Raised, decision: Decision, item: ExceptionItem) -> bool:
    if decision.resolution in CLOSING:
        return _as_judged(decision, item)
    if item.type is not X.CHARGED_BACK:
        return False
    position = raised.sales[item.subject.removeprefix(sale_subject(""))].position
    if decision.resolution is Resolution.TREAT_AS_FULL:
        return position.fully_charged_back and decision.amount == item.amount_at_risk
    if decision.resolution is Resolution.WRITE_OFF:
        return position.written_off > 0 and decision.judged == item.judged
    return False


def _as_judged(decision: Decision, item: ExceptionItem) -> bool:
    """Say whether the item is still what the decision saw: the same facts, the same money."""
    return decision.judged == item.judged and decision.amount in (None, item.amount_at_risk)
