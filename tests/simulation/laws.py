"""The laws, looked at after every commit and every arrival."""

from __future__ import annotations

from typing import TYPE_CHECKING

from factoring_core.domain.selling.batch import Assignment, Batch, BatchState
from factoring_core.domain.vocabulary.load import Standing
from simulation.strands import Violation

if TYPE_CHECKING:
    from simulation.world import World

_FREE = (BatchState.DRAFT, BatchState.CANCELLED)


def check(world: World) -> None:
    """Raise `Violation` if what is committed breaks a law.

    L1: every load is there, queued or invoiced.  L2: no load is in two live sales.  L3: a load
    is invoiced only in a delivered batch, and a batch is delivered only when its list arrived,
    once, or when a person said so.
    """
    with world.store.reading("acme") as tx:
        batches = {batch.id: batch for batch in tx.find(Batch)}
        sales = tx.find(Assignment)
        standings = {one.load: one for one in tx.find(Standing)}
    if set(standings) != set(world.loads):
        raise Violation(f"L1: the loads are {sorted(standings)}")
    live = {}
    for sale in sales:
        if sale.live:
            if sale.load in live:
                raise Violation(f"L2: {sale.load} is in two live sales")
            live[sale.load] = batches[sale.batch or ""]
    for load, standing in standings.items():
        batch = live.get(load)
        status = standing.status.value
        delivered = batch is not None and batch.state is BatchState.DELIVERED
        if status not in ("queued", "invoiced") or (status == "invoiced") is not delivered:
            raise Violation(f"L3: {load} is {status}, its batch {batch and batch.state.value}")
    for batch in batches.values():
        arrived = world.factor.lists[batch.id]
        told = batch.delivery is not None and batch.delivery.evidence == "settled"
        if batch.state is BatchState.DELIVERED and not arrived and not told:
            raise Violation(f"L3: batch {batch.number} counts as delivered, and its list never arrived")
        if batch.state in _FREE and arrived:
            raise Violation(f"L2: batch {batch.number} is {batch.state.value}, and its list arrived")


def check_end(world: World, *, may_doubt: bool) -> None:
    """Raise `Violation` unless everything came to an end that the rules allow."""
    check(world)
    with world.store.reading("acme") as tx:
        batches = tx.find(Batch)
        queued = [one.load for one in tx.find(Standing) if one.status.value == "queued"]
    for batch in batches:
        if batch.state is BatchState.IN_DOUBT and not may_doubt:
            raise Violation(f"batch {batch.number} is in doubt, and nothing gave cause for it")
        if batch.state in (BatchState.SEALED, BatchState.SENDING):
            raise Violation(f"batch {batch.number} is still {batch.state.value}")
    doubtful = {load for batch in batches if batch.state is BatchState.IN_DOUBT for load in batch.loads}
    left = sorted(set(queued) - doubtful)
    if left:
        raise Violation(f"L1: {left} can be sold, and are not")
