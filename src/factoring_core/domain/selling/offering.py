"""Offering one invoice to a factor's system: what is known in, the next step out.

There is no temp name to look at here.  What makes a second creation impossible is either that
the system remembers what it was offered, or that it can be asked before it is offered again.
Nothing here does anything: `next_offer` is a table.
"""

from enum import Enum


class OfferState(Enum):
    """How far our own record says an invoice has come.

    ``ASKED`` is written before the question leaves, so that it stands for not knowing.
    """

    PLANNED = "planned"
    ASKED = "asked"
    TAKEN = "taken"
    FILED = "filed"
    """Its packet is there too."""
    BARE = "bare"
    """It was taken, and its packet was refused for good: a person has to hand that over."""
    DECLINED = "declined"


class Memory(Enum):
    """What a factor's system does with an invoice it was offered before.

    ``NONE``: it may take it twice.  ``FOREVER``: it answers with the one it has.
    """

    NONE = "none"
    FOREVER = "forever"


class Sight(Enum):
    """What came of looking for an invoice by our reference."""

    FOUND = "found"
    ABSENT = "absent"
    """It is not there, and will not appear any more."""
    UNTOLD = "untold"
    """The system cannot say, or may not know yet."""


class OfferStep(Enum):
    """What to do next with one invoice."""

    OFFER = "offer"
    LOOK = "look"
    ADOPT = "adopt"
    """It was taken, and only the answer was lost."""
    ATTACH = "attach"
    DONE = "done"
    DOUBT = "doubt"


FINAL = frozenset({OfferState.FILED, OfferState.BARE, OfferState.DECLINED})
"""States after which nothing more is to be done."""


THERE = frozenset({OfferState.TAKEN, OfferState.FILED, OfferState.BARE})
"""States in which the factor's system holds the invoice for certain."""


def next_offer(state: OfferState, memory: Memory, sight: Sight | None = None) -> OfferStep:
    """Decide the next step for one invoice.

    Args:
        state: What our record says.
        memory: What the system promises about offering again.
        sight: What came of looking; None where nobody has looked since.
    """
    if state in FINAL:
        return OfferStep.DONE
    if state is OfferState.TAKEN:
        return OfferStep.ATTACH
    if state is OfferState.PLANNED:
        return OfferStep.OFFER
    if sight is None:
        return OfferStep.LOOK
    if sight is Sight.FOUND:
        return OfferStep.ADOPT
    return OfferStep.OFFER if sight is Sight.ABSENT or memory is Memory.FOREVER else OfferStep.DOUBT
