"""The world: everything that follows from the evidence, the decisions, the batches and the loads.

`fold` is a pure function of sets.  Order of arrival, repetition, and how facts were spread
over reports change nothing; taking a report away gives the world in which it never came.
"""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence

from attrs import evolve, field, frozen

from factoring_core.domain.reconciling.balance import balance
from factoring_core.domain.reconciling.conflicts import rule_of
from factoring_core.domain.reconciling.decisions import Decision
from factoring_core.domain.reconciling.evidence import Evidence, EvidenceKey
from factoring_core.domain.reconciling.exceptions import gather
from factoring_core.domain.reconciling.facts import Fact, join_facts
from factoring_core.domain.reconciling.findings import ExceptionItem, ExceptionType
from factoring_core.domain.reconciling.matching import Likeness, by_blocks
from factoring_core.domain.reconciling.placing import Placement, place
from factoring_core.domain.reconciling.position import Position
from factoring_core.domain.reconciling.posting import Decisions, Finding, account_subject, post_account
from factoring_core.domain.reconciling.raised import Raised
from factoring_core.domain.reconciling.reports import Report
from factoring_core.domain.reconciling.sale_fold import SaleFold, fold_sale
from factoring_core.domain.reconciling.standing import LoadFold, stand
from factoring_core.domain.selling.batch import Assignment, Batch, BatchState, Delivery
from factoring_core.domain.selling.credit import CreditAnswer
from factoring_core.domain.vocabulary.load import Load, Standing
from factoring_core.domain.vocabulary.parties import Customer, Subsidiary
from factoring_core.domain.vocabulary.profile import ReportKind

STATED = "stated"
"""The connection name under which a person's own statements are kept."""


@frozen(kw_only=True)
class Book:
    """All facts of one subsidiary: the fold's whole input.

    ``reports`` and ``evidence`` are of live reports only; ``decisions`` are live ones.  Of a part
    of a book, ``other_sales`` are those that are not folded, but that rows are compared with, and
    ``others`` are the loads of the whole book.  ``credit``: every answer about a customer's credit,
    the last one last.  ``likeness`` puts candidates in order.
    """

    tenant: str
    subsidiary: Subsidiary
    loads: Mapping[str, Load] = field(factory=dict)
    customers: Mapping[str, Customer] = field(factory=dict)
    others: Mapping[str, Load] | None = None
    assignments: Sequence[Assignment] = ()
    other_sales: Sequence[Assignment] = ()
    batches: Mapping[str, Batch] = field(factory=dict)
    reports: Mapping[str, Report] = field(factory=dict)
    evidence: Sequence[Evidence] = ()
    decisions: Sequence[Decision] = ()
    credit: Sequence[CreditAnswer] = ()
    likeness: Likeness = field(default=by_blocks, eq=False, repr=False)


@frozen(kw_only=True)
class World:
    """What is true of one subsidiary.

    ``facts`` and ``placements`` are by connection and key; ``sales`` by assignment id;
    ``standings`` and ``loads`` by load number; ``accounts`` by connection, cents by type.
    ``later``: what will be an exception from a business date on, if nothing changes.
    ``batches``: as stored, except that one which evidence names counts as delivered.
    """

    standings: Mapping[str, Standing]
    loads: Mapping[str, LoadFold]
    sales: Mapping[str, SaleFold]
    facts: Mapping[str, Mapping[EvidenceKey, Fact]]
    placements: Mapping[str, Mapping[EvidenceKey, Placement]]
    accounts: Mapping[str, Mapping[str, int]]
    exceptions: Mapping[str, ExceptionItem]
    later: Mapping[str, ExceptionItem]
    resolved: Mapping[str, str]
    batches: Mapping[str, Batch]

    def raised_on(self, day: dt.date) -> tuple[ExceptionItem, ...]:
        """Return what is an exception on *day*, a business date: with what time has raised by then."""
        return (*self.exceptions.values(), *(one for one in self.later.values() if one.raised_on(day)))

    def position(self, sale: str) -> Position:
        """Return the position of one sale."""
        return self.sales[sale].position


def connection_of(report: Report) -> str:
    """Name the pool of evidence a report belongs to."""
    return STATED if report.kind is ReportKind.STATEMENT or report.connection is None else report.connection


def fold(book: Book) -> World:
    """Compute the world of one subsidiary."""
    by_subject: dict[str, list[Decision]] = {}
    for decision in sorted(book.decisions, key=lambda one: one.sequence):
        by_subject.setdefault(decision.subject, []).append(decision)
    evidence: dict[str, list[Evidence]] = {}
    pools = {report.id: connection_of(report) for report in book.reports.values()}
    for one in book.evidence:
        evidence.setdefault(pools[one.report], []).append(one)
    legal = frozenset(report.id for report in book.reports.values() if report.repeats_legal)
    facts = {pool: join_facts(found, legal=legal) for pool, found in evidence.items()}

    placements: dict[str, Mapping[EvidenceKey, Placement]] = {}
    accounts: dict[str, dict[str, int]] = {}
    asked: dict[str, list[Finding]] = {}
    per_sale: dict[str, list[Fact]] = {}
    for pool, joined in facts.items():
        if pool == STATED:
            continue
        placed = place(book, pool, joined, by_subject)
        placements[pool] = placed
        own = [fact for fact in joined.values() if fact.first.account]
        asked[pool] = post_account(pool, own, by_subject)
        accounts[pool], figures = _account(pool, own, by_subject)
        asked[pool] += figures
        for fact in joined.values():
            if fact.sale is not None:
                per_sale.setdefault(fact.sale, []).append(fact)

    batches = {
        batch.id: _as_evidenced(batch, arrived=any(sale.id in per_sale for sale in sales))
        for batch, sales in _with_sales(book)
    }
    sales = _fold_sales(book.assignments, per_sale, by_subject)
    stated = facts.get(STATED, {})
    loads = stand(book, sales, batches, stated, by_subject)
    raised = Raised(book, facts, placements, asked, sales, loads, batches, by_subject)
    found = gather(raised)
    flags: dict[str, set[str]] = {}
    for item in found.open.values():
        if item.load is not None:
            flags.setdefault(item.load, set()).add(item.type.value)
    standings = {
        number: evolve(one.standing, flags=tuple(sorted(flags[number]))) if number in flags else one.standing
        for number, one in loads.items()
    }
    return World(
        standings=standings,
        loads=loads,
        sales=sales,
        facts=facts,
        placements=placements,
        accounts=accounts,
        exceptions=found.open,
        later=found.later,
        resolved=found.resolved,
        batches=batches,
    )


def _fold_sales(
    assignments: Sequence[Assignment], facts: Mapping[str, Sequence[Fact]], decisions: Decisions
) -> dict[str, SaleFold]:
    """Fold every sale; one that takes over another begins with what that one was paid until then."""
    taking_over = {sale.takes_over: sale for sale in assignments if sale.takes_over is not None}
    if not taking_over:
        return {sale.id: fold_sale(sale, facts.get(sale.id, ()), decisions) for sale in assignments}
    earlier = {sale.id: sale for sale in assignments}
    folds: dict[str, SaleFold] = {}

    def folded(sale: Assignment) -> SaleFold:
        known = folds.get(sale.id)
        if known is not None:
            return known
        begun = sale
        before = earlier.get(sale.takes_over) if sale.takes_over is not None else None
        if before is not None and sale.opening is not None:
            paid = folded(before).position.net_paid
            begun = evolve(sale, opening=evolve(sale.opening, paid=paid or None))
        folds[sale.id] = fold_sale(
            begun, facts.get(sale.id, ()), decisions, taken_over_by=taking_over.get(sale.id)
        )
        return folds[sale.id]

    for sale in assignments:
        folded(sale)
    return folds


def _with_sales(book: Book) -> Iterable[tuple[Batch, list[Assignment]]]:
    by_batch: dict[str, list[Assignment]] = {id_: [] for id_ in book.batches}
    for sale in book.assignments:
        if sale.batch is not None:
            by_batch[sale.batch].append(sale)
    return ((book.batches[id_], sales) for id_, sales in by_batch.items())


def _as_evidenced(batch: Batch, *, arrived: bool) -> Batch:
    """Count a batch as delivered while evidence names it; only one that may have left is ever named."""
    if not arrived or batch.state is BatchState.DELIVERED:
        return batch
    shown = Delivery(evidence="report", at=batch.sealed_at, by="evidence")
    return evolve(batch, state=BatchState.DELIVERED, delivery=shown)


def _account(
    connection: str, facts: Iterable[Fact], decisions: Decisions
) -> tuple[dict[str, int], list[Finding]]:
    """Sum the money without an invoice, by type, after `post_account`; return what contradicts itself."""
    subject = account_subject(connection)
    by_type: dict[str, list[Fact]] = {}
    for fact in facts:
        counted = by_type.setdefault(str(fact.first.type), [])
        if fact.posted:
            counted.append(fact)
    totals: dict[str, int] = {}
    findings = []
    for kind, counted in by_type.items():
        totals[kind], conflict = balance(None, None, counted, least=False, rule=rule_of(decisions, subject))
        if conflict is not None:
            findings.append(
                Finding(
                    type=ExceptionType.CONFLICTING_ROWS,
                    subject=subject,
                    amount=conflict.amount,
                    facts=conflict.facts,
                    note=conflict.note,
                    amounts=conflict.amounts,
                )
            )
    return totals, findings
