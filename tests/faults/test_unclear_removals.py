"""A removal to which no answer came may yet be done: nobody sends a file of that name meanwhile."""

from __future__ import annotations

from typing import Any

import pytest
from attrs import evolve

from factoring_core.adapters.remote.memory import MemoryFolder, Moment, Trouble
from factoring_core.domain.selling.batch import BatchState
from factoring_core.domain.selling.lease import LEASE_MS, Lease
from factoring_core.domain.vocabulary.profile import ProviderProfile, ResendPolicy
from factoring_core.errors import DeliveryInDoubtError, StateError, UnreachableError
from factoring_core.ports.remote_folder import REMOVAL_UNCLEAR
from factoring_core.usecases.delivering.cancel_batch import cancel
from factoring_core.usecases.delivering.resume import resume
from factoring_core.usecases.delivering.submit import submit
from usecases.desk import Desk, connection

LONG = LEASE_MS / 1000
UNCLEAR = UnreachableError("Nobody knows.", code=REMOVAL_UNCLEAR)
IDLE = ProviderProfile(id="idle", name="Idle", mode="x", resend=ResendPolicy.TRIGGER_AND_CLEAR)


class CrashError(BaseException):
    """The process dies here."""


class Removing(MemoryFolder):
    """Gives no answer to the next removal of a packet under its own name."""

    unclear = True

    def meanwhile(self) -> None:
        """Happens while it is waited for."""

    def remove(self, name: str) -> None:
        if self.unclear and not name.endswith(".part"):
            self.unclear = False
            self.meanwhile()
            raise UNCLEAR
        super().remove(name)


def half_sent() -> Desk:
    desk = Desk()
    desk.folder = Removing()
    desk.queued("L-1")
    desk.queued("L-2")
    crash: Any = CrashError()
    desk.folder.expect(Trouble(verb="rename", error=crash, moment=Moment.AFTER))
    with pytest.raises(CrashError):
        submit(desk.ports, "east")
    desk.killed()
    return desk


def test_a_cancelling_that_may_yet_remove_a_packet_keeps_everybody_away_for_a_lease() -> None:
    """It was repeated at once, and the first request could take the packet of the next delivery."""
    desk = half_sent()
    with pytest.raises(UnreachableError):
        cancel(desk.ports, "1", reason="wrong amounts")
    with pytest.raises(StateError) as caught:
        cancel(desk.killed(), "1", reason="wrong amounts")
    assert caught.value.code == "batch_busy"
    waiting = resume(desk.ports)
    (batch,) = waiting.batches
    assert (batch.state, list(waiting.lease_until)) == (BatchState.SENDING, [batch.id])
    desk.timer.sleep(LONG)
    assert cancel(desk.ports, "1", reason="wrong amounts").batches[0].state is BatchState.CANCELLED
    assert desk.names() == []


def test_when_that_time_is_over_it_can_be_sent_as_well() -> None:
    desk = half_sent()
    with pytest.raises(UnreachableError):
        cancel(desk.ports, "1", reason="wrong amounts")
    desk.timer.sleep(LONG)
    (batch,) = resume(desk.killed()).batches
    assert batch.state is BatchState.DELIVERED
    assert desk.names() == sorted(file.name for file in batch.files)


def test_a_lease_that_is_somebody_elses_by_then_is_left_alone() -> None:
    desk = half_sent()

    def taken_over() -> None:
        with desk.store.transaction("acme") as tx:
            (lease,) = tx.find(Lease)
            tx.put(evolve(lease, owner="another", worker="w"))

    desk.folder.meanwhile = taken_over
    with pytest.raises(UnreachableError):
        cancel(desk.ports, "1", reason="wrong amounts")
    with desk.store.reading("acme") as tx:
        assert [(lease.owner, lease.worker) for lease in tx.find(Lease)] == [("another", "w")]


def test_a_part_that_may_yet_be_removed_is_not_written_again_before() -> None:
    """Where files are written under their names, the packet that was written again could be taken away."""
    desk = Desk(connection(provider="idle", non_atomic=True), profiles=[IDLE])
    desk.folder = Removing()
    desk.queued("L-1")
    lost = DeliveryInDoubtError("The reply was lost.")
    desk.folder.expect(Trouble(verb="write_new", error=lost, moment=Moment.HALFWAY))
    assert submit(desk.ports, "east").error is UNCLEAR
    assert resume(desk.killed()).batches[0].state is BatchState.SENDING
    desk.timer.sleep(LONG)
    assert resume(desk.ports).batches[0].state is BatchState.DELIVERED
