"""Every point of a delivery, broken by everything that can strike there: it arrives once, or is named."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from random import Random

import pytest

from factoring_core.usecases.delivering import publish_files
from simulation.base import Start
from simulation.crash import Case, doubles, run, singles
from simulation.factor import Taking
from simulation.heavier import DOUBLES, GATE, NIGHT
from simulation.points import STEPS, Stroke
from simulation.world import PLACES, Scene

FEW = ("sftp", "folder")

SCENES = [
    Scene(place=place, taking=taking, sqlite=sqlite)
    for sqlite in (False, True)
    for place in PLACES
    for taking in Taking
    if NIGHT
    or (GATE and not sqlite)
    or (place in FEW and (not sqlite or (GATE and taking is Taking.ON_LIST)))
]

ELSEWHERE = {"S25", "S27", "S28", "S29"}
"""Taking leave and answering touch nothing outside; the relay of events is in `test_every_relay`."""

NOT_THERE = {"folder": {"S07", "S08", "S09", "S10", "S11", "S12"}, "ftp": {"S10"}}
"""Steps that a way does not have: nothing shows who a plain FTP server is."""


@pytest.mark.parametrize("scene", SCENES, ids=str)
def test_any_one_fault(scene: Scene) -> None:
    met: set[str] = set()
    tried = 0
    for case in singles(scene):
        outcome = run(case)
        met.update(step for point in outcome.struck for step in point.step.split("/"))
        tried += 1
        assert not outcome.doubt, case
    assert tried > 300
    assert set(STEPS) - ELSEWHERE - NOT_THERE.get(scene.place, set()) <= met


@pytest.mark.slow
@pytest.mark.parametrize("taking", Taking, ids=lambda taking: taking.name.lower())
def test_any_one_fault_where_files_go_out_in_several_flights(
    taking: Taking, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(publish_files, "FLIGHT", 2)
    for case in singles(Scene(taking=taking, start=Start(loads=4, sealed=True))):
        assert not run(case).doubt, case


@pytest.mark.parametrize("place", PLACES if GATE else FEW[:1])
def test_any_one_fault_where_private_files_are_not_safe(place: str) -> None:
    scene = Scene(place=place, taking=Taking.ON_LIST, start=Start(swept=True))
    # Where the list vanishes nobody can know whether the factor took it: that is named, every time.
    assert all(run(case).doubt for case in singles(scene))


@pytest.mark.slow
@pytest.mark.parametrize("place", PLACES)
def test_what_stays_is_no_doubt_where_private_files_are_not_safe(place: str) -> None:
    scene = Scene(place=place, taking=Taking.KEEPS, start=Start(swept=True))
    assert not any(run(case).doubt for case in singles(scene))


def test_a_case_is_repeated_to_the_letter() -> None:
    scene = Scene()
    at = next(case.strokes[0][0] for case in singles(scene) if case.strokes[0][0] > 60)
    case = Case(scene=scene, strokes=((at, Stroke.LOST),))
    assert run(case).log == run(case).log


def pairs(scene: Scene) -> Iterator[Case]:
    """Every pair of faults, or as many drawn from all over as are asked for."""
    firsts = list(singles(scene))
    if NIGHT:
        for first in firsts:
            yield from doubles(first)
        return
    chance = Random(str(scene))
    while True:
        seconds = list(doubles(chance.choice(firsts)))
        if seconds:
            yield from chance.sample(seconds, min(6, len(seconds)))


@pytest.mark.slow
@pytest.mark.parametrize("scene", [one for one in SCENES if not one.sqlite], ids=str)
def test_any_two_faults(scene: Scene) -> None:
    for case in pairs(scene) if NIGHT else islice(pairs(scene), DOUBLES // len(PLACES)):
        assert not run(case).doubt, case
