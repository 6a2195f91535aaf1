"""One worker stopped at a point of a delivery, another one going on in its place, and the first one waking.

What chance finds now and then is tried here at every point: SIGSTOP, for longer than any lease.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from random import Random

from attrs import evolve, frozen

from factoring_core.domain.selling.batch import BatchState
from factoring_core.errors import FactoringError
from factoring_core.usecases.delivering.batch_acts import settle
from factoring_core.usecases.delivering.cancel_batch import cancel
from factoring_core.usecases.delivering.resume import resume
from factoring_core.usecases.delivering.submit import submit
from factoring_core.usecases.ports import Ports
from simulation import laws
from simulation.crash import recover
from simulation.points import Point, Stroke
from simulation.strands import Killed, Strands, Violation
from simulation.world import Scene, World, nothing

LONG = 900.0
"""Seconds of sleep: longer than a lease and anything begun under it."""

Doing = Callable[[World, Ports], object]


def resumes(world: World, ports: Ports) -> None:
    """Finish what is there."""
    resume(ports)


def cancels(world: World, ports: Ports) -> None:
    """Give the batch up."""
    for batch in world.batches():
        cancel(ports, batch.id, reason="simulated")


def settles(world: World, ports: Ports) -> None:
    """Say of the batch what the factor says."""
    for batch in world.batches():
        if batch.state in (BatchState.SENDING, BatchState.IN_DOUBT):
            with world.undisturbed():
                arrived = bool(world.factor.lists[batch.id])
                world.note(f"a person settles {batch.number}, {arrived}")
                settle(ports, batch.id, delivered=arrived, reason="simulated")
                if not arrived:
                    world.factor.forget_papers(batch.id)


def settles_and_resumes(world: World, ports: Ports) -> None:
    """Say it, and send again what did not come."""
    settles(world, ports)
    resume(ports)


OTHERS: tuple[Doing, ...] = (resumes, cancels, settles, settles_and_resumes)


@frozen(kw_only=True)
class Nap:
    """The first worker sleeps at its point ``first``; the other one at ``second``, or not at all."""

    scene: Scene
    other: Doing
    first: int
    second: int | None = None
    seconds: float = LONG

    def __str__(self) -> str:
        return f"{self.scene} {self.other.__name__} {self.first} {self.second}"


@frozen(kw_only=True)
class Met:
    """How many points each of the two met, and what happened, line by line."""

    first: int
    other: int
    log: tuple[str, ...]


class InOrder(Random):
    """No chance: who began first goes on, and who sleeps wakes when nobody else is left."""

    def random(self) -> float:
        return 1.0

    def randrange(self, *limits: object, **more: object) -> int:
        return 0


def run(nap: Nap) -> Met:
    """Let it happen, recover, and return what was met.

    Raises:
        Violation: a law was broken.
    """
    met = {"first": 0, "other": 0}
    ends: list[BaseException] = []

    def strike(point: Point) -> Stroke | None:
        at, met[point.worker] = met[point.worker], met[point.worker] + 1
        sleeps = nap.first if point.worker == "first" else nap.second
        if at == sleeps and world.worker_may_switch():
            world.note(f"{point.worker} falls asleep")
            strands.freeze(nap.seconds)
            world.note(f"{point.worker} wakes")
        return None

    def ended(name: str, end: BaseException | None) -> None:
        world.note(f"{name} ends: {end!r}")
        if end is not None and not isinstance(end, (FactoringError, Killed)):
            ends.append(end)

    strands = Strands(InOrder(), ended)
    with World(nap.scene, strike=strike, strands=strands) as world:
        strands.start("first", lambda: submit(world.ports("first"), "east"))
        strands.start("other", lambda: nap.other(world, world.ports("other")))
        strands.run()
        try:
            for end in ends:
                raise end if isinstance(end, Violation) else Violation(f"{end!r} reaches the caller")
            _recover(world, strands)
            laws.check_end(world, may_doubt=False)
        except Violation as law:
            raise Violation(f"{law} [{nap}]\n" + "\n".join(world.log)) from None
    return Met(**met, log=tuple(world.log))


def _recover(world: World, strands: Strands) -> None:
    world.strike, world.strands, world._seconds = nothing, None, strands.now
    recover(world)
    for _ in range(3):  # a person's word may have been overtaken by a sleeper, and is asked for again
        if not any(batch.state is BatchState.IN_DOUBT for batch in world.batches()):
            return
        if not any("a person settles" in line for line in world.log):
            return
        settles(world, world.ports("person"))
        recover(world)


def naps(scene: Scene, other: Doing) -> Iterator[Nap]:
    """One sleep at every point."""
    for first in range(run(Nap(scene=scene, other=other, first=-1)).first):
        yield Nap(scene=scene, other=other, first=first)


def double_naps(nap: Nap) -> Iterator[Nap]:
    """The other one falls asleep too, at every point of its own, and the first one wakes meanwhile."""
    for second in range(run(nap).other):
        yield evolve(nap, second=second)
