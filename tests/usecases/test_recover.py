"""After an older backup was put back, nothing is sent that may have been sent already."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from attrs import evolve, frozen

from factoring_core.adapters.storage import open_store
from factoring_core.adapters.storage.memory import MemoryStore
from factoring_core.adapters.storage.sql.tables import METADATA
from factoring_core.domain.selling.batch import BatchState
from factoring_core.domain.vocabulary.actors import Actor
from factoring_core.domain.vocabulary.events import AuditEntry
from factoring_core.errors import AccessError, StateError, StoreCorruptError, UnreachableError, UsageError
from factoring_core.usecases.audit_trail import verify_audit
from factoring_core.usecases.delivering.batch_acts import list_batches, settle
from factoring_core.usecases.delivering.cancel_batch import cancel
from factoring_core.usecases.delivering.resume import resume
from factoring_core.usecases.delivering.submit import submit
from factoring_core.usecases.recover import recover
from usecases.bringing import everything
from usecases.desk import BILLING, Desk, connection, manual

HANDED = manual("west-depot", subsidiary="west")


@frozen
class Backups:
    """A store, how to make a backup of it, and how to put one back."""

    store: Any
    make: Callable[[], Any]
    put_back: Callable[[Any], None]


def in_memory() -> Backups:
    store = MemoryStore()

    def put_back(backup: Any) -> None:
        store._tenants = backup

    return Backups(store, lambda: copy.copy(store._tenants), put_back)


def in_a_file(path: Path) -> Backups:
    """Backups are copies of the file, and an open program finds another one in its place."""
    store = open_store(path)

    def put_back(backup: bytes) -> None:
        store.close()
        path.write_bytes(backup)

    return Backups(store, path.read_bytes, put_back)


def on_a_server(store: Any, url: str) -> Backups:
    """Backups are the rows of every table, as the server writes and reads them itself."""
    tables = [f'"{store.schema}".{name}' for name in METADATA.tables]

    def make() -> dict[str, bytes]:
        with psycopg.connect(url) as connection, connection.cursor() as cursor:
            found = {}
            for table in tables:
                with cursor.copy(f"COPY {table} TO STDOUT (FORMAT binary)".encode()) as out:
                    found[table] = b"".join(bytes(part) for part in out)
            return found

    def put_back(backup: dict[str, bytes]) -> None:
        with psycopg.connect(url) as connection, connection.cursor() as cursor:
            for table, rows in backup.items():
                cursor.execute(f"DELETE FROM {table}".encode())
                with cursor.copy(f"COPY {table} FROM STDIN (FORMAT binary)".encode()) as into:
                    into.write(rows)

    return Backups(store, make, put_back)


@pytest.fixture(params=["memory", "sqlite", "postgresql"])
def backups(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Backups]:
    if request.param == "memory":
        yield in_memory()
    elif request.param == "sqlite":
        made = in_a_file(tmp_path / "factoring.db")
        yield made
        made.store.close()
    else:
        yield on_a_server(request.getfixturevalue("postgres_store"), request.getfixturevalue("postgres_url"))


@pytest.fixture
def older(backups: Backups) -> tuple[Desk, str]:
    """A desk whose store is a backup: one batch sealed in it left since, and another was made."""
    broken = [UnreachableError("no route")]

    def opened(_: Any) -> Any:
        if broken:
            raise broken.pop()
        return desk.folder

    desk = Desk(connection(), HANDED, folder=opened, store=backups.store)
    desk.store = backups.store
    desk.queued("L-1")
    desk.queued("L-2")
    desk.queued("L-3", subsidiary="west")
    submit(desk.ports, "west", ["L-3"])
    assert submit(desk.ports, "east", ["L-1"]).error is not None
    backup = backups.make()
    resume(desk.ports)
    submit(desk.ports, "east", ["L-2"])
    kept = verify_audit(desk.ports).mark
    # The factor takes its files away: nothing is left to see.
    for file in list(desk.folder.list()):
        desk.folder.take(file.name)
    backups.put_back(backup)
    return desk, kept


def states(desk: Desk) -> dict[str, str]:
    return {f"{one.connection}/{one.number}": one.state.value for one in list_batches(desk.ports)}


def test_what_may_have_left_is_in_doubt_and_its_numbers_are_skipped(older: Any) -> None:
    desk, kept = older
    assert verify_audit(desk.ports, kept).rolled_back

    done = recover(desk.ports, kept, reason="the disk broke")

    assert done.suspect == ("east-winfactor/1",)
    assert states(desk) == {"east-winfactor/1": "in_doubt", "west-depot/1": "sealed"}
    resume(desk.ports)
    assert list(desk.folder.list()) == [], "nothing is sent again by itself"
    settle(desk.ports, "east-winfactor/1", delivered=True, reason="the factor has it")
    assert desk.status("L-1") == "invoiced"
    fresh = submit(desk.ports, "east", ["L-2"]).batches[0]
    assert fresh.number > 2, "the number of the batch that is unknown here is not used again"
    assert fresh.state is BatchState.DELIVERED
    assert verify_audit(desk.ports).intact


def test_what_may_have_left_since_the_backup_is_not_cancelled_before_a_person_has_asked(older: Any) -> None:
    """The journal of the backup knew of no publication, which was taken for proof that there was none."""
    desk, kept = older
    recover(desk.ports, kept, reason="the disk broke")

    with pytest.raises(StateError, match="may have left"):
        cancel(desk.ports, "east-winfactor/1", reason="not wanted")
    settle(desk.ports, "east-winfactor/1", delivered=False, reason="the factor never saw it")
    cancel(desk.ports, "east-winfactor/1", reason="not wanted")
    assert states(desk)["east-winfactor/1"] == "cancelled"


def test_what_was_being_sent_is_in_doubt_as_well() -> None:
    desk = Desk(on_arrival=lambda name, content: (_ for _ in ()).throw(KeyboardInterrupt))
    desk.queued("L-1")
    with pytest.raises(KeyboardInterrupt):
        submit(desk.ports, "east", ["L-1"])
    kept = f"99:{'0' * 64}"

    assert recover(desk.ports, kept, reason="a test").suspect == ("east-winfactor/1",)
    assert states(desk) == {"east-winfactor/1": "in_doubt"}


def test_what_nobody_has_tried_to_send_yet_is_in_doubt_as_well() -> None:
    """It may have been tried after the backup was made."""
    desk = Desk()
    desk.queued("L-1")
    submit(evolve(desk.ports, joined=True), "east", ["L-1"])

    assert recover(desk.ports, f"99:{'0' * 64}", reason="a test").suspect == ("east-winfactor/1",)
    assert states(desk) == {"east-winfactor/1": "in_doubt"}


def test_the_same_head_again_changes_nothing(older: Any) -> None:
    """What was sealed since the recovery was put in doubt, and more numbers were skipped."""
    desk, kept = older
    first = recover(desk.ports, kept, reason="the disk broke")
    settle(desk.ports, "east-winfactor/1", delivered=True, reason="the factor has it")
    submit(evolve(desk.ports, joined=True), "east", ["L-2"])
    before = everything(desk)

    again = recover(desk.ports, kept, reason="once more")

    assert again == evolve(first, outcome="already_recovered")
    assert before == everything(desk)


def test_a_history_that_went_another_way_skips_nothing_it_does_not_know_of(older: Any) -> None:
    desk, _ = older
    entries = verify_audit(desk.ports).entries
    assert recover(desk.ports, f"{entries}:{'0' * 64}", reason="a test").skipped == 0


def test_a_store_that_is_not_older_needs_none() -> None:
    desk = Desk()
    with pytest.raises(StateError):
        recover(desk.ports, verify_audit(desk.ports).mark, reason="to be sure")


def test_a_broken_trail_is_something_else(older: Any) -> None:
    desk, kept = older
    with desk.store.transaction("acme") as tx:
        entry = tx.last(AuditEntry)
        assert entry is not None
        tx.put(evolve(entry, actor="nobody"))
    with pytest.raises(StoreCorruptError):
        recover(desk.ports, kept, reason="a test")


def test_it_needs_a_reason_and_every_right(older: Any) -> None:
    desk, kept = older
    with pytest.raises(UsageError):
        recover(desk.ports, kept, reason=" ")
    for actor in (BILLING, evolve(desk.ports.actor, subsidiaries=frozenset({"east"})), Actor(name="x")):
        with pytest.raises(AccessError):
            recover(desk.acting(actor), kept, reason="a test")
