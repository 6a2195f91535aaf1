"""Where a host wants it, clearing a doubt takes two persons."""

from __future__ import annotations

import pytest
from attrs import evolve

from factoring_core.domain.selling.batch import BatchState
from factoring_core.domain.vocabulary.actors import EVERYBODY
from factoring_core.errors import AccessError
from factoring_core.usecases.delivering.batch_acts import batch_files, settle, show_batch
from factoring_core.usecases.delivering.submit import submit
from usecases.desk import BILLING, Desk, manual

NAME = "east-depot/1"
SECOND = evolve(EVERYBODY, name="vera")


def doubtful() -> Desk:
    desk = Desk(manual(), two_persons=True)
    desk.queued("L-1")
    submit(desk.ports, "east")
    batch_files(desk.ports, NAME)
    return desk


@pytest.mark.parametrize(
    "second", [None, BILLING, EVERYBODY], ids=["nobody", "without the right", "the same"]
)
def test_one_person_is_not_enough(second: object) -> None:
    desk = doubtful()
    with pytest.raises(AccessError):
        settle(desk.ports, NAME, delivered=True, reason="they have it", second=second)  # type: ignore[arg-type]
    assert show_batch(desk.ports, NAME).state is BatchState.SEALED


def test_two_are_and_both_are_named() -> None:
    desk = doubtful()
    settle(desk.ports, NAME, delivered=True, reason="they have it", second=SECOND)

    batch = show_batch(desk.ports, NAME)
    assert batch.state is BatchState.DELIVERED
    assert batch.delivery is not None
    assert (batch.delivery.by, batch.delivery.reason) == (EVERYBODY.name, "they have it (with vera)")
