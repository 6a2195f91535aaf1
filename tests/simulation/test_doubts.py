"""A batch in doubt at every point of its delivery: a later look goes by what is there, and sends nothing."""

from __future__ import annotations

import pytest

from factoring_core.domain.selling.batch import BatchState
from factoring_core.usecases.audit_trail import verify_audit
from factoring_core.usecases.delivering.cancel_batch import cancel
from factoring_core.usecases.delivering.resume import resume
from factoring_core.usecases.ports import Ports
from factoring_core.usecases.recover import recover
from simulation import laws
from simulation.base import Start
from simulation.crash import act
from simulation.factor import Taking
from simulation.heavier import GATE
from simulation.points import Point, Stroke
from simulation.sleepers import naps, run
from simulation.strands import Violation
from simulation.world import PLACES, Scene, World, nothing

SCENES = [
    Scene(place=place, taking=taking, start=Start(sealed=True))
    for place in (PLACES if GATE else ("sftp", "folder"))
    for taking in Taking
]


def backup(ports: Ports) -> None:
    """Put everything in doubt that is not delivered, as after an older backup was put back."""
    entries = verify_audit(ports).entries
    recover(ports, f"{entries + 1}:{'0' * 64}", reason="simulated")


def cancels(ports: Ports) -> None:
    """Try to give up the batch."""
    cancel(ports, "1", reason="simulated")


def killed_at(at: int, scene: Scene) -> bool:
    """Kill a delivery, put it in doubt, try to cancel it and look again; say whether that was all points."""
    met = 0

    def strike(point: Point) -> Stroke | None:
        nonlocal met
        met += 1
        return Stroke.KILL_BEFORE if met - 1 == at else None

    with World(scene, strike=strike) as world:
        try:
            act(world, "w1", resume)
            world.strike = nothing
            world.sleep(900.0)
            (before,) = world.batches()
            act(world, "backup", backup)
            seen = dict(world.factor.papers)
            act(world, "w2", cancels)
            act(world, "w3", resume)
            laws.check(world)
            _check(world, before.state, seen)
        except Violation as law:
            raise Violation(f"{law} [{scene} killed at {at}]\n" + "\n".join(world.log)) from None
    return met <= at


def _check(world: World, before: BatchState, seen: object) -> None:
    """See that nothing arrived since, and that the batch counts as delivered where all of it is there."""
    (batch,) = world.batches()
    if world.factor.papers != seen:
        raise Violation("something arrives of a batch in doubt")
    there = {file.name for file in batch.files} <= set(world.server.files)
    delivered = batch.state is BatchState.DELIVERED
    keeps = world.factor.taking is Taking.KEEPS
    if before is not BatchState.DELIVERED and (there or keeps) and delivered is not there:
        raise Violation(f"the batch is {batch.state.value}, and {sorted(world.server.files)} are there")


@pytest.mark.parametrize("scene", SCENES, ids=str)
def test_a_later_look_ends_a_doubt_by_what_is_there(scene: Scene) -> None:
    at = 0
    while not killed_at(at, scene):
        at += 1
    assert at > 40


def falls_back(world: World, ports: Ports) -> None:
    """Have the batch in doubt, and look again."""
    world.note("a person settles later what an older backup leaves in doubt")
    backup(ports)
    resume(ports)


@pytest.mark.parametrize("taking", Taking, ids=lambda taking: taking.name.lower())
def test_who_sleeps_meanwhile_breaks_no_law(taking: Taking) -> None:
    for nap in naps(Scene(taking=taking), falls_back):
        run(nap)
