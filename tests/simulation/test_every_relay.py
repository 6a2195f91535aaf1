"""Every point at which a host is told what happened, broken by everything: it hears all of it, in order."""

from __future__ import annotations

from itertools import islice
from random import Random
from typing import Any

import pytest

from factoring_core.usecases import host_events
from simulation.base import Start
from simulation.heavier import GATE, NIGHT
from simulation.relaying import Tale, delivers, gives_up, one_more, overlap, run
from simulation.strands import Violation
from simulation.world import Scene

START = Start(sealed=True, loads=4)
MEMORY, SQLITE = Scene(start=START), Scene(start=START, sqlite=True)
TALES = [
    Tale(scene=MEMORY, happens=delivers),
    Tale(scene=MEMORY, happens=gives_up),
    Tale(scene=SQLITE, happens=gives_up),
    *([Tale(scene=SQLITE, happens=delivers)] if NIGHT else []),
]


@pytest.mark.parametrize("tale", TALES, ids=lambda tale: f"{tale}".strip())
def test_any_one_fault(tale: Tale) -> None:
    assert {"S01", "S28", "S29"} == {point.step for point in run(tale)}
    tried = 0
    for struck in one_more(tale):
        run(struck)
        tried += 1
    assert tried > 60


@pytest.mark.slow
def test_any_two_faults() -> None:
    firsts = list(one_more(TALES[0]))
    chosen = firsts if NIGHT else Random(1).sample(firsts, 5 if GATE else 1)
    for first in chosen:
        for second in islice(one_more(first), None if NIGHT else 40):
            run(second)


@pytest.mark.parametrize("happens", [delivers, gives_up], ids=lambda happens: happens.__name__)
def test_one_sleeps_while_another_tells(happens: Any) -> None:
    tale = next(one for one in TALES if one.happens is happens)
    for first in range(overlap(tale, -1)):
        overlap(tale, first)


def test_a_place_that_is_written_down_too_early_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    told = host_events._tell

    def tell(ports: Any, name: str, one_is_told: Any, found: Any) -> int:
        host_events._write_down(ports, name, found[-1])
        return told(ports, name, one_is_told, found)

    def tell_all() -> None:
        for struck in one_more(TALES[1]):
            run(struck)

    monkeypatch.setattr(host_events, "_tell", tell)
    with pytest.raises(Violation, match="S28"):
        tell_all()
