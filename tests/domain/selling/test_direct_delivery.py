"""The table for servers that cannot rename."""

from __future__ import annotations

import pytest

from factoring_core.domain.selling.delivery import Journal, Proof, Seen, Step, weakest
from factoring_core.domain.selling.direct_delivery import next_direct_step

A, E, Z, S = Seen.ABSENT, Seen.EQUAL, Seen.SAME_SIZE, Seen.SHORTER
D, L, U = Seen.DIFFERENT, Seen.LONGER, Seen.UNTRUSTED


@pytest.mark.parametrize(
    ("journal", "final", "idle", "step"),
    [
        (Journal.PLANNED, A, True, Step.STAGE),
        (Journal.PLANNED, A, False, Step.STAGE),
        (Journal.PLANNED, E, False, Step.ADOPT),
        (Journal.PLANNED, Z, False, Step.DOUBT),
        (Journal.PLANNED, S, True, Step.CONFLICT),
        (Journal.PLANNED, D, True, Step.CONFLICT),
        (Journal.PUBLISHING, E, False, Step.RECORD_PUBLISHED),
        (Journal.PUBLISHING, Z, False, Step.RECORD_PUBLISHED),
        (Journal.PUBLISHING, A, False, Step.DOUBT),
        (Journal.PUBLISHING, S, False, Step.DOUBT),
        (Journal.PUBLISHING, A, True, Step.STAGE),
        (Journal.PUBLISHING, S, True, Step.REMOVE_TEMP),
        (Journal.PUBLISHING, D, True, Step.CONFLICT),
        (Journal.PUBLISHING, L, True, Step.CONFLICT),
        (Journal.PUBLISHING, U, True, Step.LOOK_AGAIN),
        (Journal.PUBLISHED, A, False, Step.DONE),
    ],
)
def test_each_line_of_the_table(journal: Journal, final: Seen, idle: bool, step: Step) -> None:
    assert next_direct_step(journal, final, idle=idle) is step


def test_a_batch_rests_on_its_least_certain_file() -> None:
    assert weakest([Proof.HASH, Proof.CONSUMED, Proof.SIZE]) is Proof.CONSUMED
    assert weakest([Proof.HASH]) is Proof.HASH
