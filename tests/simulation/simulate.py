"""One seed, one course of events: workers, clock, network and server, all decided by chance.

A seed that breaks a law is repeated, and told step by step, by::

    PYTHONPATH=tests python -m simulation.simulate SEED
"""

from __future__ import annotations

import datetime as dt
import hashlib
import sys
from collections.abc import Callable, Sequence
from random import Random

from attrs import define, field, frozen

from factoring_core.domain.selling.batch import BatchState
from factoring_core.domain.vocabulary.profile import Packaging
from factoring_core.errors import FactoringError
from factoring_core.usecases.delivering.batch_acts import settle
from factoring_core.usecases.delivering.cancel_batch import cancel
from factoring_core.usecases.delivering.resume import resume
from factoring_core.usecases.delivering.submit import submit
from factoring_core.usecases.ports import Ports
from simulation import laws
from simulation.base import Start
from simulation.crash import OWN, recover
from simulation.factor import Taking
from simulation.points import Point, Stroke
from simulation.strands import Killed, Strands, Violation
from simulation.world import Scene, World, nothing

LEASE = 130.0
"""Seconds after which a lease is over."""

MOST_WORKERS = 12


@frozen(kw_only=True)
class Weather:
    """How likely things go wrong, per call.  ``freezes``: SIGSTOP for longer than a lease."""

    trouble: float
    kills: float
    freezes: float
    jumps: float
    late: float


_WEATHERS = (
    Weather(trouble=0.0, kills=0.0, freezes=0.02, jumps=0.0, late=0.0),
    Weather(trouble=0.02, kills=0.005, freezes=0.005, jumps=0.002, late=0.01),
    Weather(trouble=0.0, kills=0.03, freezes=0.01, jumps=0.01, late=0.0),
    Weather(trouble=0.08, kills=0.01, freezes=0.0, jumps=0.0, late=0.03),
)


@frozen(kw_only=True)
class Course:
    """What became of a seed."""

    seed: int
    scene: Scene
    steps: int
    digest: str
    strokes: int
    doubts: int
    log: Sequence[str]


@define
class Simulation:
    """One seed's world and what goes on in it."""

    seed: int
    scene: Scene
    chance: Random
    weather: Weather
    strands: Strands = field(init=False)
    world: World = field(init=False)
    started: int = 0
    strokes: int = 0
    calm: bool = False
    broken: BaseException | None = None

    def run(self) -> Course:
        """Let everybody do what they do, then recover, and check the laws throughout.

        Raises:
            Violation: with the line that repeats it.
        """
        self.strands = Strands(self.chance, self._ended)
        switch = self.chance.choice((0.05, 0.2, 0.5))
        with World(self.scene, strike=self._strike, strands=self.strands, switch=switch) as self.world:
            self.world.knows_deaths = self.chance.random() < 0.5
            for _ in range(self.chance.choice((1, 2, 2, 3))):
                self._start()
            self.strands.run()
            try:
                if isinstance(self.broken, Violation):
                    raise self.broken
                if self.broken is not None:
                    raise Violation(f"L3: {type(self.broken).__name__} reaches the caller")
                self._quieten()
                laws.check_end(self.world, may_doubt=self.scene.start.swept)
            except Violation as law:
                raise Violation(
                    f"{law}\nrepeat it: PYTHONPATH=tests python -m simulation.simulate {self.seed}"
                ) from self.broken
            log = self.world.log
            doubts = sum(batch.state is BatchState.IN_DOUBT for batch in self.world.batches())
        return Course(
            seed=self.seed,
            scene=self.scene,
            steps=len(log),
            digest=hashlib.sha256("\n".join(log).encode()).hexdigest(),
            strokes=self.strokes,
            doubts=doubts,
            log=log,
        )

    # Who acts

    def _start(self) -> None:
        self.started += 1
        name = f"w{self.started}"
        acts = (
            self._submit,
            self._submit,
            self._submit_some,
            self._resume,
            self._resume,
            self._cancel,
            self._settle,
        )
        chosen = acts[self.chance.randrange(len(acts) if self.started > 1 else 3)]
        self.strands.start(name, lambda: chosen(self.world.ports(name)))

    def _submit(self, ports: Ports) -> None:
        submit(ports, "east")

    def _submit_some(self, ports: Ports) -> None:
        some = [load for load in self.world.loads if self.chance.random() < 0.6]
        submit(ports, "east", some or self.world.loads[:1])

    def _resume(self, ports: Ports) -> None:
        resume(ports)

    def _cancel(self, ports: Ports) -> None:
        for batch in self.world.batches():
            cancel(ports, batch.id, reason="simulated")

    def _settle(self, ports: Ports) -> None:
        self._clear_doubts(ports, (BatchState.IN_DOUBT, BatchState.SENDING))

    def _clear_doubts(self, ports: Ports, states: Sequence[BatchState]) -> None:
        """Ask the factor, who says the truth, and act on it before anything else happens."""
        for batch in self.world.batches():
            self.world.pause(self.world.worker())
            with self.world.undisturbed():
                if self._states()[batch.id] in states:
                    arrived = bool(self.world.factor.lists[batch.id])
                    self.world.note(f"a person settles {batch.number}, {arrived}")
                    try:
                        settle(ports, batch.id, delivered=arrived, reason="simulated")
                    finally:
                        if self._states()[batch.id] is BatchState.SEALED:
                            self.world.factor.forget_papers(batch.id)

    def _states(self) -> dict[str, BatchState]:
        return {batch.id: batch.state for batch in self.world.batches()}

    def _ended(self, name: str, end: BaseException | None) -> None:
        """Note an end; somebody starts again for whoever was killed or failed."""
        if end is not None and not isinstance(end, (Killed, FactoringError)):
            self.broken = self.broken or end
            self.strands.stopping = True
            return
        word = "" if end is None else f" with {type(end).__name__}: {end}"
        self.world.note(f"{name} ends{word}")
        if self.started < MOST_WORKERS and (end is not None or self.chance.random() < 0.2):
            self._start()

    # What happens to them

    def _strike(self, point: Point) -> Stroke | None:
        if self.calm:
            return None
        chance, weather = self.chance, self.weather
        world = self.world
        if world.server.late() and chance.random() < 0.1:
            world.note("a late request is served")
            world.serve_late()
        if chance.random() < weather.jumps:
            world.clock.ahead += dt.timedelta(seconds=chance.choice((-3600, 3600, 86400 * 400)))
        if chance.random() < weather.freezes and world.worker_may_switch():
            self.strands.freeze(chance.choice((20.0, 61.0, LEASE, LEASE * 6)))
        drawn = chance.random()
        if drawn < weather.kills:
            self.strokes += 1
            return chance.choice((Stroke.KILL_BEFORE, Stroke.KILL_AFTER))
        if drawn < weather.kills + weather.trouble:
            self.strokes += 1
            return self._trouble(point)
        return None

    def _trouble(self, point: Point) -> Stroke:
        if point.what in OWN:
            return Stroke.ERROR
        choices = [Stroke.LOST, Stroke.HANG, Stroke.RESET]
        if point.what != "login":  # a credential that is refused is refused for good
            choices.append(Stroke.ERROR)
        if point.what in ("rename", "write", "close", "open", "remove") and self.weather.late:
            choices += [Stroke.LATE] * 2
        return self.chance.choice(choices)

    def _quieten(self) -> None:
        self.calm = True
        self.world.strike = nothing
        while self.world.server.late():
            self.world.serve_late()
        self.world.log.append("calm")
        strands, self.world.strands = self.world.strands, None
        self.world._seconds = self.strands.now
        recover(self.world)
        for _ in range(2 * len(self.world.batches())):
            # A person's word may have been overtaken by a sleeper, and is asked for again.
            if not any(batch.state is BatchState.IN_DOUBT for batch in self.world.batches()):
                break
            if not any("settle" in line for line in self.world.log):
                break
            self._clear_doubts(self.world.ports("person"), (BatchState.IN_DOUBT,))
            recover(self.world)
        self.world.strands = strands


def scene_of(chance: Random) -> Scene:
    """Draw a scene."""
    place = chance.choice(("sftp", "sftp", "ftps", "ftp", "sftp-plain", "folder"))
    return Scene(
        place=place,
        taking=chance.choice(tuple(Taking)),
        start=Start(
            loads=chance.choice((1, 2, 2, 3)),
            packaging=chance.choice((Packaging.SEPARATE, Packaging.SEPARATE, Packaging.ZIP)),
            sealed=chance.random() < 0.5,
        ),
    )


def simulate(seed: int) -> Course:
    """Run one seed.

    Raises:
        Violation: a law was broken.
    """
    chance = Random(seed)
    scene, weather = scene_of(chance), chance.choice(_WEATHERS)
    return Simulation(seed=seed, scene=scene, chance=chance, weather=weather).run()


def main(arguments: Sequence[str]) -> int:
    """Tell the course of some seeds, or count a range ``FIRST:END``."""
    tell: Callable[[object], None] = lambda text: print(text)  # noqa: E731
    if len(arguments) == 1 and ":" in arguments[0]:
        first, end = map(int, arguments[0].split(":"))
        steps = sum(simulate(seed).steps for seed in range(first, end))
        tell(f"{end - first} seeds, {steps} steps, no law broken")
        return 0
    for seed in map(int, arguments):
        simulation = Random(seed)
        course = Simulation(
            seed=seed, scene=scene_of(simulation), weather=simulation.choice(_WEATHERS), chance=simulation
        )
        try:
            done = course.run()
            tell("\n".join(done.log))
            tell(f"{done.scene} {done.steps} steps {done.digest}")
        except Violation as law:
            tell("\n".join(course.world.log))
            tell(law)
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
