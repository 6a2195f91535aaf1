"""Courses of events by chance: workers, clock, network and server, the laws looked at after every step."""

from __future__ import annotations

import pytest

from simulation.heavier import FIRST_SEED, SEEDS, SLICES
from simulation.simulate import simulate


@pytest.mark.parametrize("part", range(SLICES))
def test_no_course_of_events_breaks_a_law(part: int) -> None:
    size = SEEDS // SLICES
    struck = steps = 0
    for seed in range(FIRST_SEED + part * size, FIRST_SEED + (part + 1) * size):
        course = simulate(seed)
        struck += course.strokes
        steps += course.steps
    assert struck > size / 2, "so little trouble shows nothing"
    assert steps > 20 * size


@pytest.mark.parametrize("seed", [3, 77])
def test_a_seed_is_repeated_to_the_letter(seed: int) -> None:
    once, again = simulate(seed), simulate(seed)
    assert once.digest == again.digest
    assert list(once.log) == list(again.log)
