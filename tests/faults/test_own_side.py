"""Faults O31–O36: our own disk, our clocks, and workers that get in each other's way."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve

from factoring_core.adapters.blobs.folder import FolderBlobs
from factoring_core.adapters.remote.memory import MemoryFolder, Trouble
from factoring_core.domain.selling.batch import Batch, BatchState
from factoring_core.domain.selling.lease import BUSY_SECONDS, LEASE_MS, Lease
from factoring_core.domain.vocabulary.profile import ProviderProfile
from factoring_core.errors import (
    DeliveryInDoubtError,
    RemoteRefusedError,
    StateError,
    StorageError,
    StoreBusyError,
    UnreachableError,
)
from factoring_core.ports.storage import StagedFile
from factoring_core.usecases.delivering.batch_acts import settle
from factoring_core.usecases.delivering.cancel_batch import cancel
from factoring_core.usecases.delivering.deliver_batch import deliver
from factoring_core.usecases.delivering.resume import resume
from factoring_core.usecases.delivering.submit import submit
from usecases.desk import Colleague, Desk, connection

DOWN = UnreachableError("The line is down.")


def sealed(desk: Desk, number: str = "L-1") -> Batch:
    desk.queued(number)
    desk.folder.expect(Trouble(verb="stat", error=DOWN))
    (batch,) = submit(desk.ports, "east", [number]).batches
    return batch


def lease_of(desk: Desk, batch: Batch) -> Lease:
    with desk.store.reading("acme") as tx:
        lease = tx.get(Lease, batch.id)
    assert lease is not None
    return lease


def test_o31_a_full_disk_at_any_record_leaves_something_to_resume() -> None:
    for commit in range(1, 9):
        published: Counter[str] = Counter()
        desk = Desk(
            on_arrival=lambda name, _, seen=published: seen.update([] if name.endswith(".part") else [name])
        )
        batch = sealed(desk)
        left = [commit]

        def full(point: str, left: list[int] = left) -> None:
            left[0] -= point == "before_commit"
            if point == "before_commit" and left[0] == 0:
                raise StorageError("no room", code="store_full")

        desk.store._fault = full
        with pytest.raises(StorageError):
            resume(desk.ports)
        desk.store._fault = lambda _: None
        resume(desk.killed())
        assert desk.batch(batch.id).state is BatchState.DELIVERED
        assert set(published.values()) == {1}


def test_o32_bytes_that_could_not_be_made_durable_are_not_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    blobs = FolderBlobs(tmp_path)

    def fail(_: int) -> None:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr("os.fsync", fail)
    for _ in range(2):
        with pytest.raises(StorageError) as caught:
            blobs.put(b"packet")
        assert caught.value.code == "durability_lost"
        monkeypatch.undo()
    # Only another process may believe the disk again.
    restarted = FolderBlobs(tmp_path)
    assert restarted.get(restarted.put(b"packet")) == b"packet"


@pytest.mark.parametrize("jump", [dt.timedelta(days=3650), dt.timedelta(hours=-1)], ids=["+10 years", "-1 h"])
def test_o33_a_clock_that_jumps_decides_nothing_about_leases(jump: dt.timedelta) -> None:
    desk = Desk()
    batch = sealed(desk)

    def jumping(what: str, done: int, total: int) -> None:
        desk.clock.advance(jump)
        other = evolve(desk.ports, worker=Colleague("other"))
        if (what, done) == ("publishing", 0):
            (seen,) = resume(other).batches
            assert seen.state is BatchState.SENDING

    assert deliver(evolve(desk.ports, progress=jumping), batch.id) is None
    assert desk.batch(batch.id).state is BatchState.DELIVERED


def test_o33_a_clock_that_was_far_ahead_does_not_make_a_gap_of_minutes_one_of_years() -> None:
    gap = ProviderProfile(id="gap", name="Gap", mode="x", min_gap_minutes=5)
    desk = Desk(connection(provider="gap"), profiles=[gap])
    desk.clock.advance(dt.timedelta(days=3650))
    desk.queued("L-1")
    submit(desk.ports, "east")
    desk.clock.advance(dt.timedelta(days=-3650))
    desk.queued("L-2")
    (waiting,) = submit(desk.ports, "east").batches
    assert waiting.not_before == desk.clock.now() + dt.timedelta(minutes=5)
    desk.clock.advance(dt.timedelta(minutes=5))
    assert resume(desk.ports).batches[0].state is BatchState.DELIVERED


def test_o34_the_second_of_two_workers_waits_half_a_minute_and_says_until_when() -> None:
    desk = Desk()
    batch = sealed(desk)
    seen: list[Any] = []

    def meanwhile(what: str, done: int, total: int) -> None:
        if (what, done) == ("publishing", 0) and not seen:
            before = desk.timer.seconds()
            seen.append(resume(evolve(desk.ports, worker=Colleague("other"))))
            seen.append(desk.timer.seconds() - before)

    assert deliver(evolve(desk.ports, progress=meanwhile), batch.id) is None
    result, waited = seen
    assert waited == BUSY_SECONDS
    assert result.error is None
    assert [one.state for one in result.batches] == [BatchState.SENDING]
    left = result.lease_until[batch.id] - desk.clock.now()
    assert left == dt.timedelta(milliseconds=LEASE_MS) - dt.timedelta(seconds=BUSY_SECONDS)
    assert desk.batch(batch.id).state is BatchState.DELIVERED
    assert resume(desk.ports).lease_until == {}


def test_o34_a_worker_that_is_provably_gone_is_not_waited_for() -> None:
    desk = Desk()
    batch = sealed(desk)

    class Crash(BaseException):
        pass

    def die(what: str, done: int, total: int) -> None:
        raise Crash

    with pytest.raises(Crash):
        deliver(evolve(desk.ports, progress=die), batch.id)
    before = desk.timer.seconds()
    (still,) = resume(evolve(desk.ports, worker=Colleague("other"))).batches
    assert still.state is BatchState.SENDING
    assert desk.timer.seconds() == before + BUSY_SECONDS
    before = desk.timer.seconds()
    assert resume(desk.killed()).batches[0].state is BatchState.DELIVERED
    assert desk.timer.seconds() == before


def test_o34_a_batch_in_a_workers_hands_is_not_settled_as_not_delivered() -> None:
    desk = Desk()
    batch = sealed(desk)
    codes: list[str] = []

    def meanwhile(what: str, done: int, total: int) -> None:
        if (what, done) == ("publishing", 0) and not codes:
            with pytest.raises(StateError) as refused:
                settle(desk.ports, batch.id, delivered=False, reason="x")
            codes.append(refused.value.code)

    assert deliver(evolve(desk.ports, progress=meanwhile), batch.id) is None
    assert codes == ["batch_busy"]


def test_o34_an_interrupted_worker_gives_its_lease_back() -> None:
    desk = Desk()
    batch = sealed(desk)

    def interrupt(what: str, done: int, total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        deliver(evolve(desk.ports, progress=interrupt), batch.id)
    assert lease_of(desk, batch).owner == ""
    assert resume(desk.ports).batches[0].state is BatchState.DELIVERED


def asleep(desk: Desk, verb: str, turn: int, batch: Batch, published: Counter[str]) -> None:
    """Let a worker sleep past its lease before one of its requests, while another one works."""
    calls = [turn]

    class Sleeping:
        def __getattr__(self, name: str) -> Any:
            calls[0] -= name == verb
            if name == verb and calls[0] == 0:
                desk.timer.sleep(LEASE_MS / 1000)
                resume(evolve(desk.ports, worker=Colleague("other")))
            return getattr(desk.folder, name)

    assert deliver(evolve(desk.ports, folder=lambda _: Sleeping()), batch.id) is None


@pytest.mark.parametrize("takes", [False, True], ids=["keeps", "takes"])
@pytest.mark.parametrize("verb", ["stat", "write_new", "rename", "remove"])
@pytest.mark.parametrize("turn", range(1, 6))
def test_o35_a_worker_that_wakes_after_its_lease_publishes_nothing(verb: str, turn: int, takes: bool) -> None:
    published: Counter[str] = Counter()

    def arrive(name: str, _: bytes) -> None:
        if not name.endswith(".part"):
            published[name] += 1
            if takes:
                desk.folder.take(name)

    desk = Desk(on_arrival=arrive)
    batch = sealed(desk)
    asleep(desk, verb, turn, batch, published)
    resume(desk.ports)
    assert desk.batch(batch.id).state is BatchState.DELIVERED
    assert published == Counter(file.name for file in batch.files)
    assert not [name for name in desk.names() if name.endswith(".part")]


def test_o35_looks_that_took_too_long_are_repeated_after_renewing() -> None:
    """Half of the lease is over before the renaming: it is renewed, and what was seen is seen again."""
    desk = Desk()
    batch = sealed(desk)
    looks: list[str] = []

    class Slow(MemoryFolder):
        def stat(self, name: str) -> Any:
            if desk.journal().get("INV-L-1.pdf") == "publishing":
                looks.append(name)
                if len(looks) == 2:
                    desk.timer.sleep(LEASE_MS / 1000 * 0.6)
            return super().stat(name)

    desk.folder = Slow()
    assert deliver(desk.ports, batch.id) is None
    assert desk.batch(batch.id).state is BatchState.DELIVERED
    assert looks[:2] == looks[2:4]


def test_o35_an_attempt_ends_when_its_time_is_over() -> None:
    desk = Desk()
    batch = sealed(desk)

    class Stuck(MemoryFolder):
        def stat(self, name: str) -> Any:
            desk.timer.sleep(500)
            return super().stat(name)

    fast, desk.folder = desk.folder, Stuck()
    error = deliver(desk.ports, batch.id)
    assert error is not None
    assert (error.code, error.retryable) == ("attempt_deadline", True)
    assert lease_of(desk, batch).owner == ""
    desk.folder = fast
    assert resume(desk.ports).batches[0].state is BatchState.DELIVERED


@pytest.mark.parametrize("at_once", [True, False])
def test_o35_where_renaming_takes_several_steps_a_new_owner_waits_for_what_was_begun(at_once: bool) -> None:
    desk = Desk()
    batch = sealed(desk)

    class Stepwise(MemoryFolder):
        def renames_at_once(self) -> bool:
            return at_once

    class Crash(BaseException):
        pass

    desk.folder = Stepwise()
    desk.folder.expect(Trouble(verb="rename", error=Crash()))  # type: ignore[arg-type]
    with pytest.raises(Crash):
        deliver(desk.ports, batch.id)
    result = resume(desk.killed())
    assert result.error is None
    if at_once:
        assert result.batches[0].state is BatchState.DELIVERED
        return
    assert result.batches[0].state is BatchState.SENDING
    left = (result.lease_until[batch.id] - desk.clock.now()).total_seconds()
    assert left >= LEASE_MS / 1000 + 120
    desk.timer.sleep(left)
    assert resume(desk.killed()).batches[0].state is BatchState.DELIVERED


def test_o36_after_a_week_without_any_worker_nothing_is_lost() -> None:
    desk = Desk()
    batch = sealed(desk)
    desk.clock.advance(dt.timedelta(days=7))
    desk.timer.sleep(7 * 86400)
    (done,) = resume(desk.killed()).batches
    assert (done.id, done.state) == (batch.id, BatchState.DELIVERED)


def test_of_two_batches_through_one_folder_the_half_sent_one_comes_first() -> None:
    """A factor that empties its folder when a list arrives would take the packets of the other one."""
    arrived: list[str] = []
    desk = Desk(on_arrival=lambda name, _: arrived.append(name))
    desk.queued("L-1")
    desk.folder.expect(Trouble(verb="rename", error=DOWN))
    submit(desk.ports, "east")
    desk.queued("L-2")
    (second,) = submit(desk.ports, "east", ["L-2"]).batches
    assert second.state is BatchState.DELIVERED
    finals = [name for name in arrived if not name.endswith(".part")]
    first = min(desk.batches(), key=lambda one: one.number)
    assert finals == [file.name for batch in (first, second) for file in batch.files]


def half_sent(desk: Desk) -> Batch:
    desk.queued("L-1")
    desk.folder.expect(Trouble(verb="rename", error=DOWN))
    (batch,) = submit(desk.ports, "east").batches
    return batch


def test_a_claim_that_never_gets_an_answer_is_left_for_later() -> None:
    desk = Desk()
    half_sent(desk)
    lost = DeliveryInDoubtError("lost")
    desk.folder.expect(*(Trouble(verb="rename", error=lost) for _ in range(5)))
    error = resume(desk.ports).error
    assert isinstance(error, UnreachableError)
    assert resume(desk.ports).batches[0].state is BatchState.DELIVERED


def test_a_claim_whose_first_answer_was_lost_finds_its_new_name_taken_by_itself() -> None:
    """The first request is carried out only after we have looked for what it did."""
    desk = Desk()
    half_sent(desk)

    class Late(MemoryFolder):
        asked = 0

        def rename(self, old: str, new: str) -> None:
            if new.endswith(".part") and "pdf" in new:
                self.asked += 1
                if self.asked == 1:
                    raise DeliveryInDoubtError("lost")
                super().rename(old, new)
                raise RemoteRefusedError("taken", code="name_taken")
            super().rename(old, new)

    late = Late()
    for name in desk.names():
        late.place(name, desk.folder.take(name) or b"")
    desk.folder = late
    assert resume(desk.ports).batches[0].state is BatchState.DELIVERED
    assert late.asked == 2


def test_a_claim_that_is_refused_is_told() -> None:
    desk = Desk()
    half_sent(desk)
    refusal = RemoteRefusedError("no", code="remote_full")
    desk.folder.expect(Trouble(verb="rename", error=refusal))
    assert resume(desk.ports).error is refusal
    assert resume(desk.ports).error is None


def test_cancelling_what_a_person_settled_needs_the_server_while_a_sleeper_may_publish() -> None:
    """It was cancelled without moving a whole temp away, which a sleeper could then publish."""
    desk = Desk()
    half_sent(desk)
    settle(desk.ports, "1", delivered=False, reason="their server burnt down")
    desk.folder.expect(*(Trouble(verb="rename", error=DOWN) for _ in range(2)))
    with pytest.raises(UnreachableError):
        cancel(desk.ports, "1", reason="burnt")
    desk.configured(connections=())
    assert cancel(desk.ports, "1", reason="burnt").batches[0].state is BatchState.CANCELLED


def test_cancelling_what_was_never_whole_there_does_not_need_a_server_that_is_gone() -> None:
    desk = Desk()
    desk.queued("L-1")
    desk.folder.expect(*(Trouble(verb="write_new", error=DOWN) for _ in range(9)))
    assert submit(desk.ports, "east").batches[0].state is BatchState.SENDING
    settle(desk.ports, "1", delivered=False, reason="their server burnt down")
    desk.folder.expect(*(Trouble(verb=verb, error=DOWN) for verb in ("stat", "rename", "remove")))
    assert cancel(desk.ports, "1", reason="burnt").batches[0].state is BatchState.CANCELLED


def published_by_a_sleeper(desk: Desk) -> None:
    """Leave a batch settled as not delivered whose list a sleeper publishes after that."""
    half_sent(desk)
    settle(desk.ports, "1", delivered=False, reason="they have no such list")
    with desk.store.reading("acme") as tx:
        (temp,) = [
            row.temp_name for row in tx.find(StagedFile) if row.state == "revoked" and ".csv" in row.name
        ]
    desk.folder.rename(temp, desk.batches()[0].files[-1].name)
    desk.folder.take(desk.batches()[0].files[-1].name)


def test_what_a_sleeper_published_after_a_persons_word_is_in_doubt_and_not_sent_again() -> None:
    """The new attempt found the temp gone, took it for nothing, and sent the list a second time."""
    desk = Desk()
    published_by_a_sleeper(desk)
    result = resume(desk.ports)
    assert isinstance(result.error, DeliveryInDoubtError)
    assert result.batches[0].state is BatchState.IN_DOUBT
    settle(desk.ports, "1", delivered=False, reason="they gave it back")
    assert resume(desk.ports).batches[0].state is BatchState.DELIVERED


def test_what_a_sleeper_published_after_a_persons_word_cannot_be_cancelled() -> None:
    desk = Desk()
    published_by_a_sleeper(desk)
    with pytest.raises(StateError) as caught:
        cancel(desk.ports, "1", reason="x")
    assert caught.value.code == "too_late_to_cancel"


def test_a_doubt_because_of_a_sleeper_is_not_cancelled_before_a_person_has_asked() -> None:
    """The new attempt's journal showed nothing published, and the batch was cancelled by it."""
    desk = Desk()
    published_by_a_sleeper(desk)
    assert resume(desk.ports).batches[0].state is BatchState.IN_DOUBT
    with pytest.raises(StateError, match="may have left"):
        cancel(desk.ports, "1", reason="x")
    settle(desk.ports, "1", delivered=False, reason="they gave it back")
    assert cancel(desk.ports, "1", reason="x").batches[0].state is BatchState.CANCELLED


def test_cancelling_what_somebody_takes_over_meanwhile_says_that_it_is_busy() -> None:
    """The loss of the lease reached the caller as an error of the inside."""
    desk = Desk()
    half_sent(desk)

    class Overtaken(MemoryFolder):
        def remove(self, name: str) -> None:
            super().remove(name)
            with desk.store.transaction("acme") as tx:
                (lease,) = tx.find(Lease)
                tx.put(evolve(lease, epoch=lease.epoch + 1, owner="another"))

    files, desk.folder = desk.folder._files, Overtaken()
    desk.folder._files = files
    with pytest.raises(StateError) as caught:
        cancel(desk.ports, "1", reason="x")
    assert (caught.value.code, caught.value.retryable) == ("batch_busy", True)


def test_a_cancelling_that_breaks_off_leaves_a_batch_that_can_be_sent_without_doubt() -> None:
    """A published packet it had taken back was taken for one that a sleeper had published since."""
    desk = Desk()
    desk.queued("L-1")

    def fall_silent(name: str, content: bytes) -> None:
        if name == "INV-L-1.pdf":
            desk.folder.expect(*(Trouble(verb="stat", error=DOWN) for _ in range(9)))

    desk.folder.on_arrival = fall_silent
    assert submit(desk.ports, "east").batches[0].state is BatchState.SENDING
    desk.folder.on_arrival, desk.folder._troubles = None, []
    desk.folder.expect(Trouble(verb="remove", error=DOWN))
    with pytest.raises(UnreachableError):
        cancel(desk.ports, "1", reason="x")
    assert resume(desk.ports).batches[0].state is BatchState.DELIVERED


def test_cancelling_waits_for_what_was_begun_where_renaming_takes_several_steps() -> None:
    desk = Desk()
    desk.queued("L-1")

    class Stepwise(MemoryFolder):
        def renames_at_once(self) -> bool:
            return False

    class Crash(BaseException):
        pass

    desk.folder = Stepwise()
    desk.folder.expect(Trouble(verb="rename", error=Crash()))  # type: ignore[arg-type]
    with pytest.raises(Crash):
        submit(desk.ports, "east")
    with pytest.raises(StateError) as caught:
        cancel(desk.killed(), "1", reason="x")
    assert (caught.value.code, caught.value.retryable) == ("batch_busy", True)


def test_a_store_that_stays_locked_is_no_lease(monkeypatch: pytest.MonkeyPatch) -> None:
    desk = Desk()
    sealed(desk)

    def locked(_: str) -> Any:
        raise StoreBusyError("locked")

    monkeypatch.setattr(desk.store, "transaction", locked)
    with pytest.raises(StoreBusyError) as caught:
        resume(desk.ports)
    assert caught.value.exit_status == 6
