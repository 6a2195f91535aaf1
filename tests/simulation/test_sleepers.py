"""A worker falls asleep at every point of a delivery, others go on, and it wakes: no law breaks."""

from __future__ import annotations

from itertools import islice

import pytest

from simulation.factor import Taking
from simulation.heavier import GATE, NIGHT
from simulation.sleepers import OTHERS, Doing, Nap, double_naps, naps, run, settles
from simulation.world import PLACES, Scene

SCENES = [
    Scene(place=place, taking=taking)
    for place in PLACES
    for taking in Taking
    if GATE or (place == "sftp" and taking is Taking.ON_LIST)
]


@pytest.mark.parametrize("other", OTHERS, ids=lambda other: other.__name__)
@pytest.mark.parametrize("scene", SCENES, ids=str)
def test_one_sleeps_and_another_goes_on(scene: Scene, other: Doing) -> None:
    tried = 0
    for nap in naps(scene, other):
        run(nap)
        tried += 1
    assert tried > 70


@pytest.mark.slow
@pytest.mark.parametrize("other", OTHERS, ids=lambda other: other.__name__)
@pytest.mark.parametrize("place", PLACES)
def test_the_other_one_sleeps_too(place: str, other: Doing) -> None:
    tried = 0
    # Settling by itself is one transaction, in which there is little to fall asleep at.
    step = 1 if NIGHT or other is settles else 25
    for nap in islice(naps(Scene(place=place, taking=Taking.ON_LIST), other), 0, None, step):
        for both in double_naps(nap):
            run(both)
            tried += 1
    assert tried > 20


def test_a_nap_is_repeated_to_the_letter() -> None:
    nap = Nap(scene=Scene(), other=OTHERS[0], first=60)
    assert run(nap) == run(nap)
