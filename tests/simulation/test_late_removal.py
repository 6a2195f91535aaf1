"""A request to remove a packet that lies in some buffer for a while: it harms no later delivery."""

from __future__ import annotations

import pytest

from factoring_core.usecases.delivering.cancel_batch import cancel
from factoring_core.usecases.delivering.resume import resume
from factoring_core.usecases.delivering.submit import submit
from factoring_core.usecases.ports import Ports
from simulation import laws
from simulation.base import Start
from simulation.crash import act, recover
from simulation.factor import Taking, is_temp
from simulation.points import Point, Stroke
from simulation.strands import Violation
from simulation.world import Scene, World, nothing

NEVER = 10**9


def cancels(ports: Ports) -> None:
    """Try to give up the batch."""
    cancel(ports, "1", reason="simulated")


def course(scene: Scene, served: int) -> int:
    """Half send a batch, have the removal of a packet hang while it is cancelled, and send all anew.

    The request is served at the point *served* of what follows, or never; the number of points is
    returned.  When a lease and an operation are over, so is the request: that much is assumed.
    """
    met = 0

    def kill_before_the_list(point: Point) -> Stroke | None:
        return Stroke.KILL_AFTER if "file:published" in point.committed else None

    def hang(point: Point) -> Stroke | None:
        removes = point.what == "remove" and not is_temp(point.name) and not world.server.late()
        return Stroke.LATE if removes else None

    def serve(point: Point) -> Stroke | None:
        nonlocal met
        met += 1
        if met - 1 == served:
            world.serve_late()
        return None

    with World(scene, strike=kill_before_the_list) as world:
        try:
            act(world, "w1", resume)
            world.strike = hang
            act(world, "w2", cancels)
            assert world.server.late()
            world.strike = serve
            act(world, "w3", resume)
            act(world, "w4", lambda ports: submit(ports, "east"))
            world.strike = nothing
            world.server.forget_late()
            recover(world)
            laws.check_end(world, may_doubt=False)
        except Violation as law:
            raise Violation(f"{law} [{scene} served at {served}]\n" + "\n".join(world.log)) from None
    return met


@pytest.mark.parametrize("place", ["sftp", "ftps"])
def test_a_removal_that_is_served_late_takes_no_packet_of_a_later_delivery(place: str) -> None:
    scene = Scene(place=place, taking=Taking.KEEPS, start=Start(sealed=True))
    points = course(scene, NEVER)
    assert points > 2
    for served in range(points):
        course(scene, served)
