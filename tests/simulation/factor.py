"""The factor's side: what it sees arrive, what it takes, and what it has therefore bought."""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from enum import Enum
from typing import TYPE_CHECKING

from factoring_core.domain.selling.archive import sending_order
from factoring_core.domain.selling.batch import Batch, BatchState
from simulation.strands import Violation

if TYPE_CHECKING:
    from simulation.world import World


class Taking(Enum):
    """What a factor does with what arrives."""

    KEEPS = "keeps"
    ON_LIST = "empties the folder when the list arrives"
    AT_ONCE = "takes every file the moment it has its name"


def is_temp(name: str) -> bool:
    """Say whether a name is one of our private ones."""
    return name.endswith(".part")


class Factor:
    """Counts publications.  A list that arrives is a sale of every invoice on it."""

    def __init__(self, taking: Taking, world: World) -> None:
        self.taking = taking
        self.lists: Counter[str] = Counter()
        """How often the list (or the archive) of a batch arrived, by batch."""
        self.sold: Counter[str] = Counter()
        """How often each load was sold."""
        self.papers: Counter[tuple[str, str]] = Counter()
        """How often each file of a batch arrived since the batch was last settled as not delivered."""
        self._taken: defaultdict[str, set[str]] = defaultdict(set)
        self._world = world

    def arrival(self, name: str, content: bytes) -> None:
        """Notice a name; break a law if it ought not to be there."""
        if is_temp(name):
            return
        self._world.note(f"arrives {name}")
        batch, sha256 = self._meant(name)
        if hashlib.sha256(content).hexdigest() != sha256:
            raise Violation(f"L4: {name} shows other bytes than were sealed")
        if batch.state is BatchState.CANCELLED:
            raise Violation(f"L2: {name} arrives, and its batch was cancelled")
        self.papers[batch.id, name] += 1
        if self.papers[batch.id, name] > 1:
            raise Violation(f"L2: {name} arrives a second time")
        order = [file.name for file in sending_order(batch.files)]
        if name == order[-1]:
            self._sell(batch, order)
        if self.taking is Taking.AT_ONCE:
            self._taken[batch.id].add(name)
            self._world.server.take(name)
        if self.taking is Taking.ON_LIST and name == order[-1]:
            for each in self._world.server.files:
                if not is_temp(each):
                    self._world.server.take(each)

    def taken_back(self, name: str) -> None:
        """Note that we removed a file that the factor had left: it may come again."""
        for key in [key for key in self.papers if key[1] == name]:
            del self.papers[key]

    def forget_papers(self, batch: str) -> None:
        """Note that a person said a batch never came: its papers may come again."""
        for key in [key for key in self.papers if key[0] == batch]:
            del self.papers[key]

    def _sell(self, batch: Batch, order: list[str]) -> None:
        there = self._taken[batch.id] if self.taking is Taking.AT_ONCE else set(self._world.server.files)
        missing = [name for name in order[:-1] if name not in there]
        if missing:
            raise Violation(f"L2: the list of batch {batch.number} arrives without {missing}")
        self.lists[batch.id] += 1
        self.sold.update(batch.loads)
        if self.lists[batch.id] > 1 or any(self.sold[load] > 1 for load in batch.loads):
            raise Violation(f"L2: batch {batch.number} is sold twice")

    def _meant(self, name: str) -> tuple[Batch, str]:
        """Find the batch a name belongs to: the one that is on its way, else the latest."""
        found = [
            (batch, file.sha256)
            for batch in self._world.batches()
            for file in batch.files
            if file.name == name
        ]
        if not found:
            raise Violation(f"L4: {name} arrives, and no batch has such a file")
        return min(found, key=lambda one: (one[0].state is not BatchState.SENDING, -one[0].number))
