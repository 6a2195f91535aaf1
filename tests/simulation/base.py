"""What worlds begin with: loads ready to be sold, or a batch of them that is sealed; made once."""

from __future__ import annotations

import atexit
import shutil
import sqlite3
import tempfile
from contextlib import closing
from functools import cache
from pathlib import Path
from typing import Any

from attrs import frozen

from factoring_core.adapters.remote.memory import Trouble
from factoring_core.adapters.storage.memory import MemoryStore
from factoring_core.adapters.storage.sql.store import SqlStore
from factoring_core.domain.selling.batch import Assignment, Batch
from factoring_core.domain.selling.lease import Lease, StoreTime
from factoring_core.domain.vocabulary.events import AuditEntry, LoadEvent
from factoring_core.domain.vocabulary.host_events import OutboxEntry
from factoring_core.domain.vocabulary.load import Load, Standing
from factoring_core.domain.vocabulary.profile import Packaging, ProviderProfile
from factoring_core.errors import UnreachableError
from factoring_core.ports.storage import Store
from factoring_core.usecases.delivering.submit import submit
from on_postgres import OwnTenant, shared_store
from usecases.desk import Desk, connection

FAST = Path("/dev/shm") if Path("/dev/shm").is_dir() else Path(tempfile.gettempdir())
"""Where files cost no waiting for a disk."""


@frozen(kw_only=True)
class Start:
    """What a world begins with.

    ``sealed``: a batch that is sealed already.  ``swept``: the provider's profile says that
    private files are not safe from its operator.
    """

    loads: int = 2
    packaging: Packaging = Packaging.SEPARATE
    swept: bool = False
    sealed: bool = False

    @property
    def profile(self) -> ProviderProfile:
        """The provider."""
        return ProviderProfile(
            id="sim",
            name="Simulated",
            mode="file_transfer",
            packaging=self.packaging,
            temps_private=not self.swept,
        )


@frozen(kw_only=True)
class Beginning:
    """A state to begin with: the tables of a store in memory, its blobs, and the loads' numbers."""

    tenants: Any
    kept: dict[str, bytes]
    loads: tuple[str, ...]
    settings: Any


@cache
def beginning(start: Start) -> Beginning:
    """Return a desk's state with loads queued, or sealed in one batch."""
    profile = start.profile
    desk = Desk(connection("sim", provider=profile.id), profiles=[profile], place="memory")
    numbers = tuple(f"L-{at}" for at in range(1, start.loads + 1))
    for number in numbers:
        desk.queued(number)
    if start.sealed:
        down = UnreachableError("The line is down.")
        desk.folder.expect(*(Trouble(verb="stat", error=down) for _ in range(9)))
        assert len(submit(desk.ports, "east").batches) == 1
    return Beginning(
        tenants=desk.store._tenants, kept=desk.blobs._kept, loads=numbers, settings=desk.ports.settings
    )


@cache
def _sqlite(start: Start) -> tuple[SqlStore, Path, Path]:
    """Write a beginning into a SQLite file; return a store over a copy of it, the copy and the file."""
    folder = Path(tempfile.mkdtemp(dir=FAST, prefix="factoring-sim-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    template, copy = folder / "template.db", folder / "factoring.db"
    store = SqlStore(template)
    _begin(store, start)
    store.close()
    shutil.copyfile(template, copy)
    return SqlStore(copy), copy, template


def _begin(store: Store, start: Start) -> None:
    """Write a beginning into an empty store."""
    memory = MemoryStore()
    memory._tenants = beginning(start).tenants
    with memory.reading("acme") as tx, store.transaction("acme") as out:
        for kind in _KINDS:
            if found := tx.find(kind):
                out.add_all(found)
        for batch in tx.find(Batch):
            out.next_number(f"batch:{batch.connection}")


_KINDS: tuple[type[Any], ...] = (
    *(Load, Standing, Batch, Assignment, Lease),
    *(LoadEvent, AuditEntry, OutboxEntry),
)


def sqlite_anew(start: Start) -> SqlStore:
    """Return a store in a file that holds the beginning again.

    It is the same store every time: opening one costs more than what is done with it here.
    """
    store, copy, template = _sqlite(start)
    with closing(sqlite3.connect(template)) as source, closing(sqlite3.connect(copy)) as target:
        source.backup(target)
    return store


def postgresql_anew(start: Start) -> Store:
    """Return a store in PostgreSQL that holds the beginning."""
    store = OwnTenant(shared_store("postgresql"), lambda: StoreTime(scale="world", ms=0))
    _begin(store, start)
    return store
