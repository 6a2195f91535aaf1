"""Folding the money of one sale: what was bought, paid, held back, put back, and is open."""

import datetime as dt
from collections.abc import Iterable, Sequence
from functools import lru_cache

from factoring_core.domain.reconciling.balance import balance, opening_paid, total
from factoring_core.domain.reconciling.conflicts import Conflict, nobody, rule_of
from factoring_core.domain.reconciling.decisions import Resolution
from factoring_core.domain.reconciling.facts import Fact
from factoring_core.domain.reconciling.position import Position
from factoring_core.domain.reconciling.posting import Decisions
from factoring_core.domain.reconciling.purchase import purchase_of
from factoring_core.domain.reconciling.settling import accepting, closed_by_factor, ground_of, treated_as_full
from factoring_core.domain.selling.batch import Assignment
from factoring_core.domain.vocabulary.profile import EvidenceType, Measure

E = EvidenceType


def position_of(
    sale: Assignment,
    facts: Sequence[Fact],
    decisions: Decisions,
    *,
    ended: bool,
    taken_over_on: dt.date | None = None,
) -> tuple[Position, list[Conflict]]:
    """Fold the facts that were matched to one sale, after `post` has decided how often each counts.

    Args:
        sale: The sale; its opening balances count as evidence.
        facts: Every fact matched to it.
        decisions: Live decisions by subject.
        ended: Whether the sale was returned or taken back to be sold again.
        taken_over_on: The day another factor took it over; what was paid later was not this one's.
    """
    opening = sale.opening
    subject = f"assignment:{sale.id}"
    if not facts and opening is None and subject not in decisions:
        return _untouched(sale.face), []
    # What does not post (a blank repeat, a figure that is only compared) says nothing about money.
    by_type: dict[EvidenceType, list[Fact]] = {}
    nets: dict[EvidenceType, int] = {}
    plain = opening is None
    for fact in facts:
        if fact.posted:
            first = fact.first
            by_type.setdefault(first.type, []).append(fact)
            nets[first.type] = nets.get(first.type, 0) + (first.amount or 0) * fact.posted
            if first.measure is not Measure.MOVEMENT and first.type is not E.DISPOSITION:
                plain = False
    conflicts: list[Conflict] = []
    rule = rule_of(decisions, subject) if subject in decisions else nobody
    as_of = opening.as_of if opening is not None else None

    def moved(kind: EvidenceType, reversal: EvidenceType | None, start: int | None) -> int:
        if plain:
            # As nearly always: nothing but movements, so no dates to compare.
            return nets.get(kind, 0) - (nets.get(reversal, 0) if reversal is not None else 0)
        moves = by_type.get(kind, ())
        back = by_type.get(reversal, ()) if reversal is not None else ()
        net, conflict = balance(as_of, start, moves, back, least=kind is E.REBATE, rule=rule)
        if conflict is not None:
            conflicts.append(conflict)
        return net

    bought, purchased, purchased_on = purchase_of(by_type, opening, conflicts, rule)
    advanced = moved(E.ADVANCE, None, opening.advanced if opening else None)
    advanced_known = E.ADVANCE in by_type or (opening is not None and opening.advanced is not None)
    if not bought and E.PURCHASE in by_type and E.PURCHASE_REVERSAL not in by_type:
        bought = advanced > 0
    adjustments = moved(E.ADJUSTMENT, None, None)
    charged_back = moved(E.CHARGEBACK, E.CHARGEBACK_REVERSAL, None)
    paid_before = opening_paid(opening, sale.face) if opening is not None else None

    payments = by_type.get(E.PAYMENT, [])
    reversals = by_type.get(E.PAYMENT_REVERSAL, ())

    def paid_without(late: Sequence[Fact], bounced: int) -> tuple[int, Conflict | None]:
        if plain:
            return nets.get(E.PAYMENT, 0) - total(late) - nets.get(E.PAYMENT_REVERSAL, 0) + bounced, None
        left_out = {id(fact) for fact in late}
        kept = [fact for fact in payments if id(fact) not in left_out]
        net, conflict = balance(as_of, paid_before, kept, reversals, least=True, rule=rule)
        return net + bounced, conflict

    late: list[Fact] = []
    bounced, fully = 0, False
    if charged_back > 0:
        last = max((fact.key[4] for fact in by_type[E.CHARGEBACK] if fact.key[4]), default=None)
        after = _after(payments, last)
        # What bounces after the chargeback is first of all what came after it.
        back = min(total(after), total(_after(reversals, last)))
        reach = min(sale.face, advanced) if advanced > 0 else sale.face
        fully = treated_as_full(decisions, subject, charged_back) or (
            charged_back >= reach and paid_without(after, back)[0] == 0
        )
        if fully:
            late, bounced = after, back
    if ended:
        late, bounced = payments, min(total(payments), total(reversals))
    elif taken_over_on is not None:
        late = [fact for fact in payments if fact.key[4] is None or fact.key[4] > taken_over_on]
        bounced = min(total(late), total(_after(reversals, taken_over_on)))
    for fact in late:
        fact.questioned = True
    net_paid, exceeded = paid_without(late, bounced)
    if exceeded is not None:
        conflicts.append(exceeded)
    counted = [fact for fact in payments if not fact.questioned]
    implied = not bought and not sale.frozen.purchase_report and net_paid > 0
    reserve_held = moved(E.RESERVE_HELD, None, opening.reserve_held if opening else None)

    shortage = sale.face + adjustments - net_paid
    accepted = accepting(decisions, subject, shortage)
    written_off = 0
    if accepted is not None and not fully:
        written_off = shortage
        if accepted.resolution is Resolution.CHARGE_TO_RESERVE:
            reserve_held -= shortage

    open_ = shortage - written_off
    paid = total(counted)
    closed = closed_by_factor(facts)
    settled = None
    if (bought or implied) and not fully:
        settled = ground_of(sale, facts, open_, paid, accepted=written_off > 0, closed=closed)
    position = Position(
        face=sale.face,
        adjustments=adjustments,
        bought=bought or implied,
        implied=implied,
        purchased=purchased,
        purchased_on=purchased_on,
        advanced=advanced,
        advanced_known=advanced_known,
        reserve_held=reserve_held,
        fees=moved(E.FEE, E.FEE_REVERSAL, opening.fees if opening else None),
        paid=paid,
        net_paid=net_paid,
        rebated=moved(E.REBATE, E.REBATE_REVERSAL, None),
        charged_back=charged_back,
        fully_charged_back=fully,
        late_paid=total(late) - bounced,
        written_off=written_off,
        direct_open=0 if fully or charged_back <= 0 else max(0, min(charged_back, open_)),
        settled=settled,
        closed=closed,
        last_paid_on=max((fact.key[4] for fact in counted if fact.key[4] is not None), default=None),
    )
    return position, conflicts


@lru_cache(maxsize=4096)
def _untouched(face: int) -> Position:
    """Return the position of a sale of which nothing is known but its face."""
    return Position(face=face)


def _after(facts: Iterable[Fact], day: dt.date | None) -> list[Fact]:
    """Return the posted facts dated after *day*; none where there is no such day."""
    if day is None:
        return []
    return [fact for fact in facts if fact.key[4] is not None and fact.key[4] > day]
