"""All money facts about one sale, folded: what was bought, paid, held back, put back, and is open.

Amounts are integer cents of the sale's one currency.
"""

import datetime as dt
from collections.abc import Callable, Iterable, Sequence
from enum import StrEnum
from functools import lru_cache

from attrs import frozen

from factoring_core.domain.reconciling.decisions import Decision, Resolution
from factoring_core.domain.reconciling.facts import Fact
from factoring_core.domain.reconciling.posting import Decisions, judged
from factoring_core.domain.selling.batch import Assignment
from factoring_core.domain.vocabulary.load import Opening
from factoring_core.domain.vocabulary.parties import SettlementPolicy
from factoring_core.domain.vocabulary.profile import EvidenceType, Measure

E = EvidenceType


class Ground(StrEnum):
    """On what ground the debtor's debt counts as done with."""

    PAID = "paid"
    ACCEPTED_SHORT = "accepted_short"
    CLOSED_BY_FACTOR = "closed_by_factor"
    BARE_LIST = "bare_list"
    AS_REPORTED = "as_reported"


@frozen(kw_only=True)
class Position:
    """One sale's money.

    ``open = face + adjustments − net_paid − written_off``.  ``purchased`` is the standing
    purchase amount, ``bought`` whether there is one, ``implied`` whether a payment stands for
    it; ``purchased_on`` is the day of the latest that stands.  ``late_paid``: payments that
    came after the sale had ended or was fully charged back; they count nowhere else.
    ``direct_open``: what a partial chargeback left to collect.
    """

    face: int
    adjustments: int = 0
    bought: bool = False
    implied: bool = False
    purchased: int = 0
    purchased_on: dt.date | None = None
    advanced: int = 0
    advanced_known: bool = False
    reserve_held: int = 0
    fees: int = 0
    paid: int = 0
    net_paid: int = 0
    rebated: int = 0
    charged_back: int = 0
    fully_charged_back: bool = False
    late_paid: int = 0
    written_off: int = 0
    direct_open: int = 0
    settled: Ground | None = None
    closed: bool = False
    last_paid_on: dt.date | None = None

    @property
    def open(self) -> int:
        """What the debtor still owes on it."""
        return self.face + self.adjustments - self.net_paid - self.written_off

    @property
    def shortage(self) -> int:
        """What is missing before anything is written off."""
        return self.face + self.adjustments - self.net_paid


@frozen
class Conflict:
    """Facts that contradict each other in a way no rule may resolve silently.

    ``amounts``, in cents and rising, are those of which one has to be right.
    """

    facts: tuple[Fact, ...]
    amounts: tuple[int, ...]
    note: str

    @property
    def amount(self) -> int:
        """How far apart they are; where the amounts are the same, what stands there more than once."""
        return self.amounts[-1] - self.amounts[0] or self.amounts[0]


Rule = Callable[[Conflict], int | None]
"""Says which of the amounts in conflict a person chose; None where nobody did."""


def rule_of(decisions: Decisions, subject: str) -> Rule:
    """Return what persons have said of the conflicts of *subject*.

    A choice lapses when the facts or their amounts are no longer those that were judged.
    """
    said = [one for one in decisions.get(subject, ()) if one.resolution is Resolution.USE_ROW]

    def rule(conflict: Conflict) -> int | None:
        kinds = {str(fact.first.type) for fact in conflict.facts}
        seen = judged(conflict.facts)
        for one in reversed(said):
            # One exception may hold conflicts of several types; each is judged by itself.
            own = tuple(text for text in one.judged if text.partition("|")[0] in kinds)
            if one.amount in conflict.amounts and own == seen:
                return one.amount
        return None

    return rule


def nobody(conflict: Conflict) -> int | None:
    """Say that no person has chosen."""
    return None


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

    bought, purchased, purchased_on = _purchase(by_type, opening, conflicts, rule)
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
            return nets.get(E.PAYMENT, 0) - _total(late) - nets.get(E.PAYMENT_REVERSAL, 0) + bounced, None
        left_out = {id(fact) for fact in late}
        kept = [fact for fact in payments if id(fact) not in left_out]
        net, conflict = balance(as_of, paid_before, kept, reversals, least=True, rule=rule)
        return net + bounced, conflict

    late: list[Fact] = []
    bounced, fully = 0, False
    if charged_back > 0:
        last = max((fact.key[4] for fact in by_type[E.CHARGEBACK] if fact.key[4]), default=None)
        late = _after(payments, last)
        # What bounces after the chargeback is first of all what came after it.
        bounced = min(_total(late), _total(_after(reversals, last)))
        reach = min(sale.face, advanced) if advanced > 0 else sale.face
        fully = _treated_as_full(decisions, subject, charged_back) or (
            charged_back >= reach and paid_without(late, bounced)[0] == 0
        )
    if ended:
        late, bounced = payments, min(_total(payments), _total(reversals))
    elif taken_over_on is not None:
        late = [fact for fact in payments if fact.key[4] is None or fact.key[4] > taken_over_on]
        bounced = min(_total(late), _total(_after(reversals, taken_over_on)))
    elif not fully:
        late, bounced = [], 0
    for fact in late:
        fact.questioned = True
    net_paid, exceeded = paid_without(late, bounced)
    if exceeded is not None:
        conflicts.append(exceeded)
    counted = [] if late is payments else [fact for fact in payments if not fact.questioned]
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
    paid = _total(counted)
    closed = _closed(facts)
    settled = None
    if (bought or implied) and not fully:
        settled = _ground(sale, facts, open_, paid, accepted=written_off > 0, closed=closed)
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
        late_paid=_total(late) - bounced if late else 0,
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


def _treated_as_full(decisions: Decisions, subject: str, charged_back: int) -> bool:
    """Say whether a person took exactly this net chargeback for one of the whole sale."""
    return any(
        one.resolution is Resolution.TREAT_AS_FULL and one.amount == charged_back
        for one in decisions.get(subject, ())
    )


SHORT = (Resolution.WRITE_OFF, Resolution.CHARGE_TO_RESERVE)
"""The ways to accept that less was paid."""


def accepting(
    decisions: Decisions, subject: str, shortage: int, kinds: tuple[Resolution, ...] = SHORT
) -> Decision | None:
    """Return the last decision on *subject* that accepted at least *shortage*, or None.

    Any one that went far enough counts: a later, smaller one takes nothing back.
    """
    if shortage <= 0 or subject not in decisions:
        return None
    reaching = [
        one for one in decisions[subject] if one.resolution in kinds and (one.amount or 0) >= shortage
    ]
    return reaching[-1] if reaching else None


def _closed(facts: Sequence[Fact]) -> bool:
    """Say whether the factor called it closed, and no payment has bounced since."""
    closings = [
        fact.key[4] or dt.date.min
        for fact in facts
        if fact.attributes.closed and fact.first.type is E.PAYMENT
    ]
    if not closings:
        return False
    bounced = [fact for fact in facts if fact.first.type is E.PAYMENT_REVERSAL and fact.posted]
    return max(closings) >= max((fact.key[4] or dt.date.max for fact in bounced), default=dt.date.min)


def _ground(
    sale: Assignment, facts: Sequence[Fact], open_: int, paid: int, *, accepted: bool, closed: bool
) -> Ground | None:
    """Say on what ground the debtor's debt is done with, if it is.

    The ground matters: an accepted short payment lapses when more becomes open, and a
    factor's own "closed" counts only until a payment bounces.
    """
    if accepted:
        return Ground.ACCEPTED_SHORT
    if open_ <= sale.frozen.tolerance:
        return Ground.PAID
    if closed:
        return Ground.CLOSED_BY_FACTOR
    if any(fact.first.amount is None for fact in facts if fact.first.type is E.PAYMENT):
        return Ground.BARE_LIST
    if sale.frozen.settlement is SettlementPolicy.AS_REPORTED:
        if paid > _total(fact for fact in facts if fact.first.type is E.PAYMENT_REVERSAL):
            return Ground.AS_REPORTED
    return None


def balance(
    as_of: dt.date | None,
    start: int | None,
    moves: Iterable[Fact],
    reversals: Iterable[Fact] = (),
    *,
    least: bool,
    rule: Rule = nobody,
) -> tuple[int, Conflict | None]:
    """Add movements to an opening balance, or take a later cumulative figure in their place.

    ``net = max(opening, net dated on or before the as-of date + undated) + net of later
    movements − undated reversals``; the opening is exceeded by the dated net alone only in
    conflict.  The cumulative figure with the latest date wins unless the opening is later; what
    is reversed after it, or at no known time, is taken from it.
    *least*: of two figures for one date, the smaller stands (else the larger).  *rule*: what
    a person chose instead.
    """
    moves, reversals = list(moves), list(reversals)
    figures = [fact for fact in moves if fact.first.measure is not Measure.MOVEMENT]
    conflict: Conflict | None = None
    if figures:
        on = max(fact.key[4] for fact in figures if fact.key[4] is not None)
        if as_of is None or on >= as_of:
            newest = [fact for fact in figures if fact.key[4] == on]
            # An opening of the same day is a figure like the others.
            opened = {start} if on == as_of and start is not None else set[int]()
            amounts = sorted({fact.amount for fact in newest} | opened)
            stands = amounts[0] if least else amounts[-1]
            if len(amounts) > 1:
                conflict = Conflict(tuple(newest), tuple(amounts), "several figures for one date")
                chosen = rule(conflict)
                if chosen is not None:
                    stands, conflict = chosen, None
            moved = _total(f for f in moves if f not in figures and _when(f, on) == "after")
            moved -= _total(f for f in reversals if _when(f, on) != "before")
            return stands + moved, conflict
        moves = [fact for fact in moves if fact.first.measure is Measure.MOVEMENT]
    if as_of is None:
        return _total(moves) - _total(reversals), None

    def sum_of(facts: Iterable[Fact], which: str) -> int:
        return _total(fact for fact in facts if _when(fact, as_of) == which)

    dated = sum_of(moves, "before") - sum_of(reversals, "before")
    later = sum_of(moves, "after") - sum_of(reversals, "after")
    until = max(start or 0, dated + sum_of(moves, "undated"))
    if start is not None and dated > start:
        early = tuple(fact for fact in (*moves, *reversals) if _when(fact, as_of) == "before")
        conflict = Conflict(early, (start, dated), "movements before the opening exceed it")
        chosen = rule(conflict)
        if chosen is not None:
            conflict = None
            until = start if chosen == start else until
    return until + later - sum_of(reversals, "undated"), conflict


def _when(fact: Fact, as_of: dt.date) -> str:
    on = fact.key[4]
    return "undated" if on is None else "before" if on <= as_of else "after"


def opening_paid(opening: Opening, face: int) -> int | None:
    """Return what an opening says was paid; settled without an amount means in full."""
    return face if opening.paid is None and opening.settled else opening.paid


def _purchase(
    by_type: dict[EvidenceType, list[Fact]],
    opening: Opening | None,
    conflicts: list[Conflict],
    rule: Rule,
) -> tuple[bool, int, dt.date | None]:
    """Say whether a purchase stands, for how much, and of what day the latest one is.

    A purchase stands while it is dated after every reversal; on equal dates, and where either
    is undated, the reversal counts as later.  An opening purchase is the same purchase as the
    rows'.  An invoice is bought once: of several standing purchases the one with the smallest
    amount posts, unless a person chose, and of those the latest.
    """
    if E.PURCHASE not in by_type and opening is None:
        return False, 0, None
    purchases = [fact for fact in by_type.get(E.PURCHASE, ()) if fact.amount > 0 or fact.key[4] is not None]
    reversals = by_type.get(E.PURCHASE_REVERSAL, ())

    def stands(on: dt.date | None) -> bool:
        return not reversals or all(
            on is not None and fact.key[4] is not None and on > fact.key[4] for fact in reversals
        )

    standing = [fact for fact in purchases if stands(fact.key[4])]
    amounts = {fact.amount for fact in standing if fact.amount}
    dates = [fact.key[4] for fact in standing if fact.key[4] is not None]
    bought = bool(standing)
    if opening is not None and opening.purchased:
        on = opening.purchased_on or opening.as_of
        if stands(on):
            bought = True
            dates.append(on)
            amounts |= {opening.purchased_amount} if opening.purchased_amount else set()
    purchased = min(amounts, default=0)
    stated = [fact for fact in standing if fact.amount]
    if len(amounts) > 1 or len(stated) > 1:
        several = "purchase amounts" if len(amounts) > 1 else "purchases of one amount"
        conflict = Conflict(tuple(standing), tuple(sorted(amounts)), f"several {several} stand")
        chosen = rule(conflict)
        if chosen is None:
            conflicts.append(conflict)
        else:
            purchased = chosen
        _post_one(stated, purchased, questioned=chosen is None)
    return bought, purchased, max(dates, default=None)


def _post_one(purchases: Sequence[Fact], amount: int, *, questioned: bool) -> None:
    """Let only the latest purchase of *amount* post."""
    equal = [fact for fact in purchases if fact.amount == amount]
    last = max(equal, key=lambda fact: (fact.key[4] or dt.date.min, fact.text), default=None)
    for fact in purchases:
        if fact is not last:
            fact.posted = 0
            fact.questioned = questioned


def _after(facts: Iterable[Fact], day: dt.date | None) -> list[Fact]:
    """Return the posted facts dated after *day*; none where there is no such day."""
    if day is None:
        return []
    return [fact for fact in facts if fact.key[4] is not None and fact.key[4] > day]


def _total(facts: Iterable[Fact]) -> int:
    total = 0
    for fact in facts:
        total += (fact.first.amount or 0) * fact.posted
    return total
