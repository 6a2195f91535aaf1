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
    wanted = tuple(dict.fromkeys(ids))
    subsidiaries = {batch.id: batch.subsidiary for batch in tx.find(Batch, id=wanted)}
    worlds = {name: world_of(tx, ports, name) for name in sorted(set(subsidiaries.values()))}
    return tuple(worlds[subsidiaries[id_]].batches[id_] for id_ in wanted)
