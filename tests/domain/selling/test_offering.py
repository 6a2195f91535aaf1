"""Offering an invoice: the table, and that no path through it can create one twice."""

import itertools

import pytest

from factoring_core.domain.selling.offering import FINAL, Memory, OfferState, OfferStep, Sight, next_offer

S, M, T = OfferState, Memory, OfferStep


@pytest.mark.parametrize(
    ("state", "memory", "sight", "step"),
    [
        (S.PLANNED, M.NONE, None, T.OFFER),
        (S.ASKED, M.NONE, None, T.LOOK),
        (S.ASKED, M.FOREVER, None, T.LOOK),
        (S.ASKED, M.NONE, Sight.FOUND, T.ADOPT),
        (S.ASKED, M.NONE, Sight.ABSENT, T.OFFER),
        (S.ASKED, M.NONE, Sight.UNTOLD, T.DOUBT),
        (S.ASKED, M.FOREVER, Sight.UNTOLD, T.OFFER),
        (S.TAKEN, M.NONE, None, T.ATTACH),
        (S.FILED, M.NONE, None, T.DONE),
        (S.DECLINED, M.NONE, None, T.DONE),
    ],
)
def test_the_table(state: OfferState, memory: Memory, sight: Sight | None, step: OfferStep) -> None:
    assert next_offer(state, memory, sight) is step


@pytest.mark.parametrize("truly_there", [True, False])
@pytest.mark.parametrize("memory", list(Memory))
def test_nothing_that_may_be_there_is_offered_to_a_system_that_forgets(
    memory: Memory, truly_there: bool
) -> None:
    # What a look can honestly say: what is there is never reported absent.
    honest = (Sight.FOUND, Sight.UNTOLD) if truly_there else (Sight.ABSENT, Sight.UNTOLD)
    for state, sight in itertools.product((S.ASKED, S.TAKEN, S.FILED), honest):
        offers_again = next_offer(state, memory, sight) is T.OFFER
        assert not (offers_again and truly_there and memory is M.NONE)


def test_what_is_final_needs_nothing() -> None:
    for state, memory, sight in itertools.product(FINAL, Memory, [None, *Sight]):
        assert next_offer(state, memory, sight) is T.DONE
