"""What came together of one type: movements, an opening before them, or a figure in their place.  Cents."""

import datetime as dt
from collections.abc import Iterable

from factoring_core.domain.reconciling.conflicts import Conflict, Rule, nobody
from factoring_core.domain.reconciling.facts import Fact
from factoring_core.domain.vocabulary.load import Opening
from factoring_core.domain.vocabulary.profile import Measure


def total(facts: Iterable[Fact]) -> int:
    """Add up what posts."""
    found = 0
    for fact in facts:
        found += (fact.first.amount or 0) * fact.posted
    return found


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
            moved = total(f for f in moves if f not in figures and _when(f, on) == "after")
            moved -= total(f for f in reversals if _when(f, on) != "before")
            return stands + moved, conflict
        moves = [fact for fact in moves if fact.first.measure is Measure.MOVEMENT]
    if as_of is None:
        return total(moves) - total(reversals), None

    def sum_of(facts: Iterable[Fact], which: str) -> int:
        return total(fact for fact in facts if _when(fact, as_of) == which)

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
