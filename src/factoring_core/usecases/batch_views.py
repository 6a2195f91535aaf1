"""Batches as everything known shows them, evidence included."""

from collections.abc import Iterable

from factoring_core.domain.reconciling.world import World, fold
from factoring_core.domain.selling.batch import Batch
from factoring_core.ports.storage import Reading
from factoring_core.usecases.books import read_book
from factoring_core.usecases.ports import Ports


def world_of(tx: Reading, ports: Ports, subsidiary: str) -> World:
    """Fold the books of one subsidiary."""
    return fold(read_book(tx, ports, subsidiary))


def as_known(tx: Reading, ports: Ports, ids: Iterable[str]) -> tuple[Batch, ...]:
    """Return the batches with these ids, each once, in the given order, as the fold sees them."""
    worlds: dict[str, World] = {}
    found = []
    for id_ in dict.fromkeys(ids):
        batch = tx.get(Batch, id_)
        if batch is not None:
            if batch.subsidiary not in worlds:
                worlds[batch.subsidiary] = world_of(tx, ports, batch.subsidiary)
            found.append(worlds[batch.subsidiary].batches[id_])
    return tuple(found)
