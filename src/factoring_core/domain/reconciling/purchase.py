"""Whether a sale was bought, for how much, and by which of its rows."""

import datetime as dt
from collections.abc import Sequence

from factoring_core.domain.reconciling.conflicts import Conflict, Rule
from factoring_core.domain.reconciling.facts import Fact
from factoring_core.domain.vocabulary.load import Opening
from factoring_core.domain.vocabulary.profile import EvidenceType

E = EvidenceType


def purchase_of(
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
