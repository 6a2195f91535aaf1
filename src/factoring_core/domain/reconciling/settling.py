"""On what ground a debtor's debt is done with, and what a person accepted as done with."""

import datetime as dt
from collections.abc import Sequence

from factoring_core.domain.reconciling.balance import total
from factoring_core.domain.reconciling.decisions import Decision, Resolution
from factoring_core.domain.reconciling.facts import Fact
from factoring_core.domain.reconciling.position import Ground
from factoring_core.domain.reconciling.posting import Decisions
from factoring_core.domain.selling.batch import Assignment
from factoring_core.domain.vocabulary.parties import SettlementPolicy
from factoring_core.domain.vocabulary.profile import EvidenceType

E = EvidenceType


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


def treated_as_full(decisions: Decisions, subject: str, charged_back: int) -> bool:
    """Say whether a person took exactly this net chargeback for one of the whole sale."""
    return any(
        one.resolution is Resolution.TREAT_AS_FULL and one.amount == charged_back
        for one in decisions.get(subject, ())
    )


def closed_by_factor(facts: Sequence[Fact]) -> bool:
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


def ground_of(
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
        if paid > total(fact for fact in facts if fact.first.type is E.PAYMENT_REVERSAL):
            return Ground.AS_REPORTED
    return None
