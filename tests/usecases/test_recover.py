"""After an older backup was put back, nothing is sent that may have been sent already."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from attrs import evolve

from factoring_core.adapters.storage.memory import MemoryStore
from factoring_core.domain.selling.batch import BatchState
from factoring_core.domain.vocabulary.actors import Actor
from factoring_core.domain.vocabulary.events import AuditEntry
from factoring_core.errors import AccessError, StateError, StoreCorruptError, UnreachableError, UsageError
from factoring_core.usecases.audit_trail import verify_audit
from factoring_core.usecases.batch_acts import list_batches, settle
from factoring_core.usecases.cancel_batch import cancel
from factoring_core.usecases.recover import recover
from factoring_core.usecases.resume import resume
from factoring_core.usecases.submit import submit
from usecases.desk import BILLING, Desk, connection, manual

HANDED = manual("west-depot", subsidiary="west")


def put_back(desk: Desk, backup: Any) -> None:
    """Put the backup in place of the store as it is."""
    desk.store._tenants = backup


@pytest.fixture
def older() -> tuple[Desk, str]:
    """A desk whose store is a backup: one batch sealed in it left since, and another was made."""
    if not isinstance(Desk().store, MemoryStore):
        pytest.skip("a backup of the store in memory")
    broken = [UnreachableError("no route")]

    def opened(_: Any) -> Any:
        if broken:
            raise broken.pop()
        return desk.folder

    desk = Desk(connection(), HANDED, folder=opened)
    desk.queued("L-1")
    desk.queued("L-2")
    desk.queued("L-3", subsidiary="west")
    submit(desk.ports, "west", ["L-3"])
    assert submit(desk.ports, "east", ["L-1"]).error is not None
    backup = copy.copy(desk.store._tenants)
    resume(desk.ports)
    submit(desk.ports, "east", ["L-2"])
    kept = verify_audit(desk.ports).mark
    # The factor takes its files away: nothing is left to see.
    for file in list(desk.folder.list()):
        desk.folder.take(file.name)
    put_back(desk, backup)
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
