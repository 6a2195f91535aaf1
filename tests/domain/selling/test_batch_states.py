"""Where a batch can go from where it stands."""

import pytest

from factoring_core.domain.selling.batch import BatchState
from factoring_core.domain.selling.batch_states import REMEDIES, TABLE, BatchEvent, batch_next
from factoring_core.errors import StateError


def test_a_batch_is_sealed_sent_and_delivered() -> None:
    state = BatchState.DRAFT
    for event in (BatchEvent.SEAL, BatchEvent.SEND, BatchEvent.DELIVER):
        state = batch_next(state, event)
    assert state is BatchState.DELIVERED


def test_a_doubt_ends_in_delivered_sealed_or_cancelled() -> None:
    ends = {target for (source, _), target in TABLE.items() if source is BatchState.IN_DOUBT}
    assert ends == {BatchState.DELIVERED, BatchState.SEALED, BatchState.CANCELLED}


def test_nothing_follows_a_cancelled_batch() -> None:
    assert not [source for source, _ in TABLE if source is BatchState.CANCELLED]


@pytest.mark.parametrize("state", BatchState)
@pytest.mark.parametrize("event", BatchEvent)
def test_a_step_that_is_not_in_the_table_is_refused_with_state_and_remedy(
    state: BatchState, event: BatchEvent
) -> None:
    if (state, event) in TABLE:
        assert batch_next(state, event) is TABLE[state, event]
        return
    with pytest.raises(StateError) as caught:
        batch_next(state, event, batch="Batch a/1")
    assert f"Batch a/1 is {state.value}" in caught.value.message
    assert caught.value.remedy == REMEDIES[state]
    assert caught.value.where == {"batch": "Batch a/1", "state": state.value}


def test_a_batch_that_is_not_named_is_the_batch() -> None:
    with pytest.raises(StateError, match=r"^The batch is cancelled; seal is not possible"):
        batch_next(BatchState.CANCELLED, BatchEvent.SEAL)
