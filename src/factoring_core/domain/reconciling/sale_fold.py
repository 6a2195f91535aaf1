"""One sale, folded: its position, what the factor says of it, how it ended, and what is in question."""

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Protocol

from attrs import frozen

from factoring_core.domain.reconciling.decisions import Decision, Resolution
from factoring_core.domain.reconciling.facts import Fact
from factoring_core.domain.reconciling.findings import ExceptionType
from factoring_core.domain.reconciling.position import Ground, Position
from factoring_core.domain.reconciling.posting import Decisions, Finding, amount_subject, latest, post
from factoring_core.domain.reconciling.sale_money import position_of
from factoring_core.domain.selling.batch import Assignment
from factoring_core.domain.vocabulary.lifecycle import Ending
from factoring_core.domain.vocabulary.load import Opening
from factoring_core.domain.vocabulary.profile import Disposition, EvidenceType, Measure

E = EvidenceType
X = ExceptionType

_PRECEDENCE = tuple(Disposition)
"""Purchased, denied, rejected, held, approved, received: the order for equal dates."""


@frozen(kw_only=True)
class SaleFold:
    """What follows for one sale from everything known of it.

    ``ending`` and ``ended_by``: how a person ended it, and that decision.
    """

    sale: Assignment
    position: Position
    facts: tuple[Fact, ...]
    disposition: Disposition | None
    ending: Ending | None
    ended_by: Decision | None
    findings: tuple[Finding, ...]


class _Raise(Protocol):
    """The shape of the function that notes a finding."""

    def __call__(
        self,
        kind: ExceptionType,
        amount: int,
        about: Iterable[Fact] = (),
        note: str = "",
    ) -> None: ...


def sale_subject(sale: str) -> str:
    """Name an assignment."""
    return f"assignment:{sale}"


def fold_sale(
    sale: Assignment,
    facts: Sequence[Fact],
    decisions: Decisions,
    *,
    taken_over_by: Assignment | None = None,
) -> SaleFold:
    """Fold the facts matched to one sale, which another one may have taken over."""
    subject = sale_subject(sale.id)
    if not facts and sale.opening is None and subject not in decisions and taken_over_by is None:
        position, _ = position_of(sale, facts, decisions, ended=False)
        return _without_findings(sale, position, (), None)
    usual = _usual(sale, facts, decisions) if taken_over_by is None else None
    if usual is not None:
        return usual
    ended_by = latest(decisions, subject, Resolution.RETURN_TO_QUEUE, Resolution.RESELL)
    ending = None
    if ended_by is not None:
        ending = Ending.RESELL if ended_by.resolution is Resolution.RESELL else Ending.RETURN
    taken_over_on = None
    if taken_over_by is not None and ending is None:
        ending, taken_over_on = Ending.BOUGHT_OUT, taken_over_by.sealed_on
    foreign = [fact for fact in facts if fact.attributes.currency not in ("", sale.currency)]
    own = [fact for fact in facts if fact not in foreign] if foreign else facts
    found = post(sale.id, own, decisions)
    position, conflicts = position_of(
        sale, own, decisions, ended=ended_by is not None, taken_over_on=taken_over_on
    )
    disposition = _disposition(own, position)

    findings = [one for one in found if _still_open(one, position)]
    for one in found:
        if one not in findings:
            for fact in one.facts:
                fact.repeated = False

    def raise_(kind: ExceptionType, amount: int, about: Iterable[Fact] = (), note: str = "") -> None:
        findings.append(
            Finding(
                type=kind,
                subject=subject,
                amount=amount,
                facts=tuple(about),
                note=note,
                sale=sale.id,
            )
        )

    for conflict in conflicts:
        findings.append(
            Finding(
                type=X.CONFLICTING_ROWS,
                subject=subject,
                amount=conflict.amount,
                facts=conflict.facts,
                note=conflict.note,
                sale=sale.id,
                amounts=conflict.amounts,
            )
        )
    if foreign:
        for fact in foreign:
            fact.questioned = True
        raise_(X.CURRENCY_DIFFERS, sum(fact.amount for fact in foreign if fact.first.primary), foreign)
    _differences(sale, own, position, raise_)
    if position.late_paid:
        late = [fact for fact in own if fact.first.type is E.PAYMENT and fact.questioned and fact.posted]
        if taken_over_on is None or taken_over_by is None:
            raise_(X.PAID_AFTER_CHARGEBACK, position.late_paid, late)
        else:
            findings.append(
                misdirected(
                    subject,
                    position.late_paid,
                    late,
                    sale=sale.id,
                    owed_by=sale.connection,
                    owed_to=taken_over_by.connection,
                )
            )
    if ending is None and not position.fully_charged_back:
        _debt(sale, position, own, raise_)
    if ending is Ending.RETURN and position.bought and not position.implied:
        bought = [fact for fact in own if fact.first.type is E.PURCHASE]
        raise_(X.BOUGHT_AFTER_RETURN, position.purchased or sale.face, bought)
    if ended_by is not None and set(ended_by.judged) - {fact.text for fact in own}:
        raise_(X.BASIS_WITHDRAWN, sale.face, note="what the return or resale was based on has been undone")
    if disposition is not None and disposition.denies and ending is None:
        said = [fact for fact in own if fact.key[3] == disposition.value]
        words = sorted({copy.reference for fact in said for copy in fact.copies} - {"", disposition.value})
        note = f"the factor's word: {', '.join(words)}" if words else ""
        raise_(X(disposition.value), sale.face, said, note)
    return SaleFold(
        sale=sale,
        position=position,
        facts=tuple(facts),
        disposition=disposition,
        ending=ending,
        ended_by=ended_by,
        findings=tuple(findings),
    )


def misdirected(
    subject: str,
    amount: int,
    facts: Sequence[Fact],
    *,
    owed_by: str,
    owed_to: str,
    sale: str | None = None,
    load: str | None = None,
) -> Finding:
    """Say that one received what is another's."""
    return Finding(
        type=X.MISDIRECTED_PAYMENT,
        subject=subject,
        amount=amount,
        facts=tuple(facts),
        note=f"{owed_by} received it and owes it to {owed_to}",
        sale=sale,
        load=load,
        owed_by=owed_by,
        owed_to=owed_to,
    )


def _without_findings(
    sale: Assignment, position: Position, facts: tuple[Fact, ...], disposition: Disposition | None
) -> SaleFold:
    return SaleFold(
        sale=sale,
        position=position,
        facts=facts,
        disposition=disposition,
        ending=None,
        ended_by=None,
        findings=(),
    )


def _usual(sale: Assignment, facts: Sequence[Fact], decisions: Decisions) -> SaleFold | None:
    """Fold the sale that most sales are: bought for its face, and paid in full by one row or not yet.

    It may have been bought, and nothing else, before it was imported.

    None for every other, which the rules fold one by one, to the same answer for these.
    """
    face, bought, paid = sale.face, None, None
    for fact in facts:
        first, seen = fact.first, fact.attributes
        kind = first.type
        if kind is E.PAYMENT and paid is None:
            paid = fact
        elif kind is E.PURCHASE and bought is None:
            bought = fact
        else:
            return None
        plain = first.amount == face and first.posts and first.measure is Measure.MOVEMENT
        if not plain or len(fact.copies) != 1 or seen.closed:
            return None
        if seen.currency not in ("", sale.currency) or seen.invoice_amount not in (None, face):
            return None
    opening = sale.opening
    days = [] if bought is None else [bought.key[4]]
    purchased = 0 if bought is None else face
    if opening is not None:
        if not _only_bought(opening, face):
            return None
        days.append(opening.purchased_on or opening.as_of)
        purchased = purchased or opening.purchased_amount or 0
    if not days or sale.frozen.tolerance >= face:
        return None
    if decisions and (
        sale_subject(sale.id) in decisions
        or any(amount_subject(kind, sale.id, face) in decisions for kind in (E.PURCHASE, E.PAYMENT))
    ):
        return None
    for fact in facts:
        fact.posted = 1
    amount = 0 if paid is None else face
    position = Position(
        face=face,
        bought=True,
        purchased=purchased,
        purchased_on=max((day for day in days if day), default=None),
        paid=amount,
        net_paid=amount,
        settled=None if paid is None else Ground.PAID,
        last_paid_on=None if paid is None else paid.key[4],
    )
    return _without_findings(sale, position, tuple(facts), Disposition.PURCHASED)


def _only_bought(opening: Opening, face: int) -> bool:
    """Say whether an opening tells of a purchase for the face, and of no other money."""
    return (
        opening.purchased
        and not opening.settled
        and opening.purchased_amount in (None, face)
        and opening.advanced is opening.reserve_held is opening.fees is opening.paid is None
    )


def _still_open(finding: Finding, position: Position) -> bool:
    """Say whether a repeat of a weak payment is worth a question: could the debt still take it?"""
    weak = all(fact.repeated for fact in finding.facts)
    if finding.type is not X.POSSIBLE_REPEAT or not weak:
        return True
    return any(fact.first.type is not E.PAYMENT for fact in finding.facts) or position.open >= finding.amount


def _debt(sale: Assignment, position: Position, facts: Sequence[Fact], raise_: _Raise) -> None:
    """Compare what was paid with what was owed."""
    if not position.bought:
        kind, amount, raised = X.PAYMENT_BEFORE_PURCHASE, position.net_paid, position.net_paid > 0
    elif position.open < 0:
        kind, amount, raised = X.OVER_PAID, -position.open, True
    else:
        told = position.net_paid > 0 or position.closed
        kind, amount, raised = X.SHORT_PAID, position.open, told and position.open > sale.frozen.tolerance
    if raised:
        payments = [fact for fact in facts if fact.first.type in (E.PAYMENT, E.PAYMENT_REVERSAL)]
        raise_(kind, amount, payments)


def _differences(sale: Assignment, facts: Sequence[Fact], position: Position, raise_: _Raise) -> None:
    """Compare the amounts rows state with ours, and amounts stated twice with each other."""
    ours = {sale.face, sale.face + position.adjustments}
    differing = [
        fact
        for fact in facts
        if fact.attributes.invoice_amount is not None and fact.attributes.invoice_amount not in ours
    ]
    amounts = [abs((fact.attributes.invoice_amount or 0) - sale.face) for fact in differing]
    if position.bought and position.purchased and position.purchased not in ours:
        bought = [
            fact for fact in facts if fact.first.type is E.PURCHASE and fact.amount == position.purchased
        ]
        if bought:
            differing += [fact for fact in bought if fact not in differing]
            amounts.append(abs(position.purchased - sale.face))
    if differing:
        raise_(X.AMOUNT_DIFFERS, max(amounts), differing)
    compared: dict[EvidenceType, list[Fact]] = {}
    for fact in facts:
        if not fact.first.posts:
            compared.setdefault(fact.first.type, []).append(fact)
    if not compared:
        return
    posted = {
        E.FEE: position.fees,
        E.RESERVE_HELD: position.reserve_held,
        E.ADVANCE: position.advanced,
        E.REBATE: position.rebated,
        E.PURCHASE: position.purchased,
        E.PAYMENT: position.net_paid,
    }
    for kind, said in compared.items():
        if kind in posted and any(fact.posted and fact.first.type is kind for fact in facts):
            off = [abs(fact.amount - posted[kind]) for fact in said if fact.amount != posted[kind]]
            if off:
                raise_(X.TERMS_VARIANCE, max(off), said, f"the reports state different amounts of {kind}")


def _disposition(facts: Sequence[Fact], position: Position) -> Disposition | None:
    """Return the factor's latest word: by date, equal dates by precedence, undated only if none is dated."""
    words: list[tuple[dt.date | None, Disposition]] = [
        (fact.key[4], Disposition(fact.key[3])) for fact in facts if fact.first.type is E.DISPOSITION
    ]
    if position.bought and not position.implied:
        words.append((position.purchased_on, Disposition.PURCHASED))
    dated = [(on, word) for on, word in words if on is not None]
    if dated:
        newest = max(on for on, _ in dated)
        return min((word for on, word in dated if on == newest), key=_PRECEDENCE.index)
    return min((word for _, word in words), key=_PRECEDENCE.index, default=None)
