"""Telling a subscriber what happened, with trouble at any point: all of it, in order, again if need be."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from unittest import mock

from attrs import define, evolve, field, frozen

from factoring_core.domain.vocabulary.host_events import HostEvent
from factoring_core.errors import UnreachableError
from factoring_core.usecases import host_events
from factoring_core.usecases.delivering.batch_acts import list_batches
from factoring_core.usecases.delivering.cancel_batch import cancel
from factoring_core.usecases.delivering.resume import resume
from factoring_core.usecases.host_events import events, relay
from factoring_core.usecases.ports import Ports
from simulation.crash import act, strokes_at
from simulation.points import Point, Stroke
from simulation.sleepers import InOrder
from simulation.strands import Strands, Violation
from simulation.world import Scene, World, nothing

PAGE = 2
"""Events told before the place is written down: few, so that it is written often."""

PATIENCE = 30.0


@frozen
class Heard:
    """An event as the subscriber got it.  ``round``: from which call of `relay`."""

    round: int
    event: HostEvent


@define
class Subscriber:
    """Somebody outside who is told, over a line on which anything can happen."""

    world: World
    heard: list[Heard] = field(factory=list)
    rounds: int = 0

    def relay(self, ports: Ports) -> None:
        """Have everything told that was not, by the running worker."""
        self.rounds += 1
        this = self.rounds
        relay(ports, "tms", lambda event: self._told(this, event))

    def _told(self, this: int, event: HostEvent) -> None:
        world, worker = self.world, self.world.worker()
        world.pause(worker)
        stroke = world.struck(worker, world.point_of(worker, "tell", event.id, step="S28"))
        if stroke is Stroke.HANG:
            world.sleep(PATIENCE)
        if stroke in (Stroke.HANG, Stroke.ERROR, Stroke.RESET):
            raise UnreachableError("The subscriber does not answer.")
        self.heard.append(Heard(this, event))
        if stroke is Stroke.KILL_AFTER:
            world.kill(worker)
        if stroke is Stroke.LOST:
            raise UnreachableError("The answer was lost.")

    def check(self, whole: tuple[HostEvent, ...], *, strokes: int | None) -> None:
        """Raise `Violation` if the subscriber was not told everything as it ought to be.

        Every event, the same under its id each time, new ones in their one order, and each round
        without a gap.  *strokes*: how often it may have been told a page again; None where tellers
        overlap.
        """
        order = [event.id for event in whole]
        first = list(dict.fromkeys(one.event.id for one in self.heard))
        if first != order:
            raise Violation(f"S28: told {first}, and not {order}")
        if [one.event for one in self.heard if one.event != whole[order.index(one.event.id)]]:
            raise Violation("S28: an event was another one when it was told again")
        for this in range(1, self.rounds + 1):
            places = [order.index(one.event.id) for one in self.heard if one.round == this]
            if places != list(range(places[0], places[0] + len(places)) if places else ()):
                raise Violation(f"S28: one round told {places}")
        if strokes is not None and len(self.heard) - len(whole) > strokes * PAGE:
            raise Violation(f"S29: {len(self.heard)} times was told of {len(whole)} events")


def delivers(ports: Ports) -> None:
    """Have the batch arrive, over many calls."""
    resume(ports)


def gives_up(ports: Ports) -> None:
    """Cancel the batch, in one transaction."""
    for batch in list_batches(ports):
        cancel(ports, batch.id, reason="simulated")


@frozen(kw_only=True)
class Tale:
    """What happens between two rounds of telling, and which points of those are struck by what."""

    scene: Scene
    happens: Callable[[Ports], None]
    strokes: tuple[tuple[int, Stroke], ...] = ()

    def __str__(self) -> str:
        struck = " ".join(f"{at}:{stroke.name}" for at, stroke in self.strokes)
        return f"{self.scene} {self.happens.__name__} {struck}"


def run(tale: Tale) -> tuple[Point, ...]:
    """Relay twice with trouble, and then without; return the points that trouble could have met.

    Raises:
        Violation: with the tale, so that it can be repeated.
    """
    met: list[Point] = []
    planned = dict(tale.strokes)

    def strike(point: Point) -> Stroke | None:
        met.append(point)
        return planned.get(len(met) - 1)

    with mock.patch.object(host_events, "AT_ONCE", PAGE), World(tale.scene) as world:
        subscriber = Subscriber(world)
        try:
            for name in ("early", "late"):
                world.strike = strike
                act(world, name, subscriber.relay)
                world.strike = nothing
                act(world, f"after {name}", tale.happens)
            act(world, "again", subscriber.relay)
            subscriber.check(events(world.ports("host")), strokes=len(planned))
        except Violation as broken:
            raise Violation(f"{broken} [{tale}]\n" + "\n".join(world.log)) from None
    return tuple(met)


def one_more(tale: Tale) -> Iterator[Tale]:
    """Everything that can strike at every point after those that are struck in *tale*."""
    last = max((at for at, _ in tale.strokes), default=-1)
    for at, point in enumerate(run(tale)):
        if at > last:
            for stroke in strokes_at(point):
                yield evolve(tale, strokes=(*tale.strokes, (at, stroke)))


def overlap(tale: Tale, first: int) -> int:
    """Let a teller fall asleep at its point *first* while another tells; return how many it met.

    Raises:
        Violation: with the tale.
    """
    met = 0
    ends: list[BaseException] = []

    def strike(point: Point) -> Stroke | None:
        nonlocal met
        if point.worker == "first":
            met += 1
            if met - 1 == first and world.worker_may_switch():
                strands.freeze(PATIENCE)
        return None

    def goes_on() -> None:
        ports = world.ports("other")
        tale.happens(ports)
        subscriber.relay(ports)

    def ended(name: str, end: BaseException | None) -> None:
        if end is not None:
            ends.append(end)

    strands = Strands(InOrder(), ended)
    with (
        mock.patch.object(host_events, "AT_ONCE", PAGE),
        World(tale.scene, strike=strike, strands=strands) as world,
    ):
        subscriber = Subscriber(world)
        strands.start("first", lambda: subscriber.relay(world.ports("first")))
        strands.start("other", goes_on)
        strands.run()
        world.strike, world.strands = nothing, None
        try:
            for end in ends:
                raise Violation(f"{end!r} reaches the caller")
            act(world, "again", subscriber.relay)
            subscriber.check(events(world.ports("host")), strokes=None)
        except Violation as broken:
            raise Violation(f"{broken} [{tale} asleep at {first}]\n" + "\n".join(world.log)) from None
    return met
