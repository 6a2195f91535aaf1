"""A delivery with the books in PostgreSQL, broken where it touches them."""

from __future__ import annotations

import pytest

from simulation.crash import Case, run, singles
from simulation.factor import Taking
from simulation.heavier import GATE, NIGHT
from simulation.world import Scene

SCENE = Scene(taking=Taking.ON_LIST, postgresql=True)


def cases() -> list[Case]:
    """At every touch of the books all that can strike there; at night at every point there is."""
    touches = [
        at
        for at, point in enumerate(run(Case(scene=SCENE, strokes=())).points)
        if NIGHT or point.what in ("commit", "read")
    ]
    found = [case for case in singles(SCENE) if case.strokes[0][0] in touches]
    return found if GATE else found[::12]


@pytest.mark.parametrize("part", range(4))
def test_any_one_fault_at_the_books(part: int) -> None:
    tried = cases()[part::4]
    assert tried
    for case in tried:
        assert not run(case).doubt, case
