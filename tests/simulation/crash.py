"""Breaking one delivery at one point, or at two, and seeing what recovery makes of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from attrs import frozen

from factoring_core.domain.selling.batch import BatchState
from factoring_core.domain.vocabulary.load import Standing
from factoring_core.errors import FactoringError
from factoring_core.ports.storage import KnownCredential
from factoring_core.usecases.delivering.resume import resume
from factoring_core.usecases.delivering.submit import submit
from factoring_core.usecases.ports import Ports
from simulation import laws
from simulation.points import OWN_STROKES, SINGLES, Point, Stroke
from simulation.strands import Killed, Violation
from simulation.world import Scene, World, nothing

OWN = ("read", "bind", "keep", "fetch")
"""Calls inside the worker's own process."""

_ROUNDS = 12
_LONG = 900.0
"""Seconds after which every lease and every request is over."""


@frozen(kw_only=True)
class Case:
    """Which points, counted from the first call, are struck by what."""

    scene: Scene
    strokes: tuple[tuple[int, Stroke], ...]

    def __str__(self) -> str:
        return f"{self.scene} " + " ".join(f"{at}:{stroke.name}" for at, stroke in self.strokes)


@frozen(kw_only=True)
class Outcome:
    """What became of a case: the points met before recovery, where it struck, and the log."""

    points: tuple[Point, ...]
    struck: tuple[Point, ...]
    log: tuple[str, ...]
    doubt: bool


def run(case: Case) -> Outcome:
    """Submit with trouble, recover without, and check the laws.

    Raises:
        Violation: with the case, so that it can be repeated.
    """
    met: list[Point] = []
    struck: list[Point] = []
    planned = dict(case.strokes)

    def strike(point: Point) -> Stroke | None:
        met.append(point)
        stroke = planned.get(len(met) - 1)
        if stroke is not None:
            struck.append(point)
        return stroke

    with World(case.scene, strike=strike) as world:
        try:
            act(world, "w1", lambda ports: submit(ports, "east"))
            second = len(met)
            if len(planned) > 1:  # the second strikes while the first is mended
                world.sleep(_LONG)
                act(world, "w2", resume)
            world.strike = nothing
            recover(world)
            doubt = any(batch.state is BatchState.IN_DOUBT for batch in world.batches())
            laws.check_end(world, may_doubt=case.scene.start.swept)
        except Violation as broken:
            raise Violation(f"{broken} [{case}]\n" + "\n".join(world.log)) from None
    return Outcome(points=tuple(met[:second]), struck=tuple(struck), log=tuple(world.log), doubt=doubt)


def act(world: World, name: str, what: Callable[[Ports], object]) -> None:
    """Let a new worker do something, which may fail or kill it."""
    try:
        what(world.ports(name))
    except (Killed, FactoringError) as end:
        world.note(f"{name} ends: {type(end).__name__} {end}")


def recover(world: World) -> None:
    """Resume, by a new worker each time, until nothing is left to do."""
    with world.store.reading("acme") as tx:
        if world.rejected or any(one.refused_at for one in tx.find(KnownCredential)):
            world.credential += 1  # a person puts in another one
    for at in range(_ROUNDS):
        world.sleep(_LONG)
        act(world, f"r{at}", resume)
        if _queued(world):
            act(world, f"s{at}", lambda ports: submit(ports, "east"))
        states = {batch.state for batch in world.batches()}
        if not states & {BatchState.SEALED, BatchState.SENDING} and not _queued(world):
            return


def _queued(world: World) -> bool:
    held = {load for batch in world.batches() if batch.live for load in batch.loads}
    with world.store.reading("acme") as tx:
        return any(one.status.value == "queued" and one.load not in held for one in tx.find(Standing))


def strokes_at(point: Point) -> Sequence[Stroke]:
    """Return what can strike at a point."""
    return OWN_STROKES if point.what in OWN else SINGLES


def singles(scene: Scene) -> Iterator[Case]:
    """Every point of a delivery by everything that can strike there."""
    for at, point in enumerate(run(Case(scene=scene, strokes=())).points):
        for stroke in strokes_at(point):
            yield Case(scene=scene, strokes=((at, stroke),))


def doubles(first: Case) -> Iterator[Case]:
    """A second trouble, at every point of what follows the first."""
    outcome = run(Case(scene=first.scene, strokes=(*first.strokes, (10**9, Stroke.ERROR))))
    ((at, _),) = first.strokes
    for later, point in enumerate(outcome.points):
        if later > at:
            for stroke in strokes_at(point):
                yield Case(scene=first.scene, strokes=(*first.strokes, (later, stroke)))
