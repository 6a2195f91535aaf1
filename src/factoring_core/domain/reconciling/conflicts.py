"""Amounts of which only one can be right, and what a person said of them."""

from collections.abc import Callable

from attrs import frozen

from factoring_core.domain.reconciling.decisions import Resolution
from factoring_core.domain.reconciling.facts import Fact
from factoring_core.domain.reconciling.posting import Decisions, judged


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
