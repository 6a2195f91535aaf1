"""Servers that cannot rename, and folders that nobody may look into: what is promised is at most once."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve

from factoring_core.adapters.remote.memory import MemoryFolder, Moment, Trouble
from factoring_core.domain.selling.batch import Batch, BatchState
from factoring_core.domain.vocabulary.profile import ProviderProfile, ResendPolicy
from factoring_core.errors import (
    DeliveryInDoubtError,
    RemoteRefusedError,
    StateError,
    UnreachableError,
)
from factoring_core.ports.remote_folder import RemoteFile
from factoring_core.usecases.delivering.cancel_batch import cancel
from factoring_core.usecases.delivering.resume import resume
from factoring_core.usecases.delivering.submit import submit
from faults.served import sftp
from usecases.desk import Colleague, Desk, connection

DOWN = UnreachableError("down")
LOST = DeliveryInDoubtError("The reply was lost.")
EAGER = ProviderProfile(id="eager", name="Eager", mode="x")
IDLE = ProviderProfile(id="idle", name="Idle", mode="x", resend=ResendPolicy.TRIGGER_AND_CLEAR)
BLIND = ProviderProfile(id="blind", name="Blind", mode="x", readable=False)


class CrashError(BaseException):
    """The process dies here."""


class Blindfolded(MemoryFolder):
    """A folder that lets nobody look; the test may."""

    def stat(self, name: str) -> RemoteFile | None:
        raise RemoteRefusedError("not permitted", code="not_permitted_there")

    def list(self) -> Any:
        raise RemoteRefusedError("not permitted", code="not_permitted_there")

    @property
    def names(self) -> list[str]:
        return sorted(self._files)


def direct(profile: ProviderProfile = EAGER, **more: Any) -> Desk:
    desk = Desk(connection(provider=profile.id, non_atomic=True), profiles=[profile], **more)
    desk.queued("L-1")
    desk.queued("L-2")
    return desk


def blind() -> Desk:
    desk = Desk(connection(provider="blind"), profiles=[BLIND])
    desk.folder = Blindfolded()
    desk.queued("L-1")
    return desk


def finished(desk: Desk, batch: Batch) -> bool:
    return desk.batch(batch.id).state is BatchState.DELIVERED


# Written under the final names


def test_without_renaming_files_are_written_under_their_names_the_list_last() -> None:
    arrived: list[str] = []
    desk = direct(on_arrival=lambda name, _: arrived.append(name))
    (batch,) = submit(desk.ports, "east").batches
    assert batch.delivery is not None
    assert (batch.state, batch.delivery.proof) == (BatchState.DELIVERED, "hash")
    assert arrived == [file.name for file in batch.files]


def test_without_renaming_a_broken_file_is_in_doubt() -> None:
    desk = direct()
    desk.folder.expect(Trouble(verb="write_new", error=LOST, moment=Moment.HALFWAY))
    result = submit(desk.ports, "east")
    assert isinstance(result.error, DeliveryInDoubtError)
    assert result.batches[0].state is BatchState.IN_DOUBT


def test_without_renaming_a_whole_file_whose_reply_was_lost_has_arrived() -> None:
    desk = direct()
    desk.folder.expect(Trouble(verb="write_new", error=LOST, moment=Moment.AFTER))
    assert submit(desk.ports, "east").error is None


@pytest.mark.parametrize("moment", [Moment.HALFWAY, Moment.BEFORE])
def test_where_the_factor_waits_for_the_list_a_broken_packet_is_written_again(moment: Moment) -> None:
    desk = direct(IDLE)
    desk.folder.expect(Trouble(verb="write_new", error=LOST, moment=moment))
    assert submit(desk.ports, "east").error is None


def test_a_list_that_somebody_may_have_begun_is_never_begun_again() -> None:
    desk = direct(IDLE)
    crash = CrashError()

    def last(name: str, _: bytes) -> None:
        if name == "INV-L-2.pdf":
            desk.folder.expect(Trouble(verb="write_new", error=crash))  # type: ignore[arg-type]

    desk.folder.on_arrival = last
    with pytest.raises(CrashError):
        submit(desk.ports, "east")
    result = resume(desk.killed())
    assert result.batches[0].state is BatchState.IN_DOUBT
    with pytest.raises(StateError) as caught:
        cancel(desk.ports, "1", reason="x")
    assert caught.value.code == "too_late_to_cancel"


def test_without_renaming_nothing_that_left_nobody_is_in_doubt() -> None:
    desk = direct()
    desk.folder.expect(Trouble(verb="write_new", error=DOWN))
    result = submit(desk.ports, "east")
    assert (result.error, result.batches[0].state) == (DOWN, BatchState.SENDING)
    assert finished(desk, resume(desk.ports).batches[0])


def test_without_renaming_other_bytes_under_a_name_are_never_replaced() -> None:
    desk = direct()

    def foreign(name: str, _: bytes) -> None:
        desk.folder.place("INV-L-2.pdf", b"foreign")

    desk.folder.on_arrival = foreign
    result = submit(desk.ports, "east")
    assert isinstance(result.error, DeliveryInDoubtError)
    assert desk.folder.take("INV-L-2.pdf") == b"foreign"


def test_without_renaming_a_refusal_is_told_and_a_name_just_taken_is_looked_at() -> None:
    for refusal in (
        RemoteRefusedError("full", code="remote_full"),
        RemoteRefusedError("x", code="name_taken"),
    ):
        desk = direct(IDLE)
        desk.folder.expect(Trouble(verb="write_new", error=refusal))
        result = submit(desk.ports, "east")
        assert result.error is (refusal if refusal.code == "remote_full" else None)
        assert finished(desk, (*result.batches, *resume(desk.ports).batches)[0])


def test_without_renaming_a_packet_that_can_never_be_written_is_left_for_later() -> None:
    desk = direct(IDLE)
    desk.folder.expect(*(Trouble(verb="write_new", error=LOST) for _ in range(9)))
    assert isinstance(submit(desk.ports, "east").error, UnreachableError)


def test_an_attempt_that_ran_out_of_time_amid_a_file_has_begun_it() -> None:
    desk = direct()
    desk.folder.on_arrival = lambda name, _: desk.timer.sleep(10_000)
    error = submit(desk.ports, "east").error
    assert error is not None
    assert error.code == "attempt_deadline"
    assert desk.journal()["INV-L-1.pdf"] == "publishing"
    desk.folder.on_arrival = None
    assert finished(desk, resume(desk.ports).batches[0])


def test_without_renaming_a_worker_that_was_overtaken_writes_nothing_more() -> None:
    desk = direct(IDLE)

    def overtake(name: str, _: bytes) -> None:
        desk.folder.on_arrival = None
        resume(evolve(desk.ports, worker=Colleague("other", {"first"})))

    desk.folder.on_arrival = overtake
    (batch,) = submit(desk.ports, "east").batches
    assert batch.state is BatchState.DELIVERED
    assert desk.audited().count("send_batch") == 2


def test_a_half_written_batch_is_cancelled_while_its_list_was_not_begun() -> None:
    desk = direct(IDLE)

    def break_second(name: str, _: bytes) -> None:
        desk.folder.expect(Trouble(verb="write_new", error=DOWN))

    desk.folder.on_arrival = break_second
    assert submit(desk.ports, "east").error is DOWN
    cancel(desk.ports, "1", reason="wrong")
    assert desk.names() == []


def test_a_batch_is_finished_in_the_way_in_which_it_was_begun() -> None:
    desk = Desk()
    desk.queued("L-1")
    desk.folder.expect(Trouble(verb="rename", error=DOWN))
    submit(desk.ports, "east")
    desk.configured(connections=(connection(non_atomic=True),))
    error = resume(desk.ports).error
    assert isinstance(error, StateError)
    assert error.code == "begun_otherwise"
    desk.configured(connections=(connection(),))
    assert resume(desk.ports).error is None


def test_a_batch_of_which_nothing_was_whole_may_change_its_way() -> None:
    desk = Desk()
    desk.queued("L-1")
    desk.folder.expect(Trouble(verb="write_new", error=DOWN, moment=Moment.HALFWAY))
    submit(desk.ports, "east")
    desk.configured(connections=(connection(non_atomic=True),))
    assert resume(desk.ports).batches[0].state is BatchState.DELIVERED
    assert not [name for name in desk.names() if name.endswith(".part")]


# Nobody may look


def test_where_nobody_may_look_every_reply_has_to_come() -> None:
    desk = blind()
    (batch,) = submit(desk.ports, "east").batches
    assert batch.delivery is not None
    assert (batch.state, batch.delivery.proof) == (BatchState.DELIVERED, "reply")
    assert desk.folder.names == sorted(file.name for file in batch.files)


def test_where_nobody_may_look_a_lost_reply_to_writing_costs_another_private_name() -> None:
    desk = blind()
    desk.folder.expect(Trouble(verb="write_new", error=LOST, moment=Moment.HALFWAY))
    (batch,) = submit(desk.ports, "east").batches
    assert batch.state is BatchState.DELIVERED
    assert not [name for name in desk.folder.names if name.endswith(".part")]
    for _ in range(9):
        desk.folder.expect(Trouble(verb="write_new", error=LOST))
    desk.queued("L-9")
    assert isinstance(submit(desk.ports, "east").error, UnreachableError)


@pytest.mark.parametrize("error", [LOST, RemoteRefusedError("no")])
def test_where_nobody_may_look_a_renaming_without_a_good_reply_is_in_doubt(error: Any) -> None:
    desk = blind()
    desk.folder.expect(Trouble(verb="rename", error=error, moment=Moment.AFTER))
    result = submit(desk.ports, "east")
    assert isinstance(result.error, DeliveryInDoubtError)
    assert result.batches[0].state is BatchState.IN_DOUBT


def test_where_nobody_may_look_a_renaming_that_never_left_is_tried_again() -> None:
    desk = blind()
    desk.folder.expect(Trouble(verb="rename", error=DOWN))
    assert submit(desk.ports, "east").error is DOWN
    assert resume(desk.ports).batches[0].state is BatchState.DELIVERED


def test_where_nobody_may_look_a_crash_amid_renaming_is_in_doubt_and_before_it_is_not() -> None:
    published: Counter[str] = Counter()
    for verb, doubtful in (("rename", True), ("write_new", False)):
        desk = blind()
        desk.folder.on_arrival = lambda name, _: published.update([] if ".part" in name else [name])
        desk.folder.expect(Trouble(verb=verb, error=CrashError(), moment=Moment.AFTER))  # type: ignore[arg-type]
        with pytest.raises(CrashError):
            submit(desk.ports, "east")
        (batch,) = resume(desk.killed()).batches
        assert (batch.state is BatchState.IN_DOUBT) is doubtful
        if doubtful:
            with pytest.raises(StateError, match="may have been taken"):
                cancel(desk.ports, "1", reason="x")


def test_where_nobody_may_look_what_was_confirmed_is_not_repeated() -> None:
    desk = blind()

    def break_list(name: str, _: bytes) -> None:
        if name == "INV-L-1.pdf":
            desk.folder.expect(Trouble(verb="rename", error=DOWN))

    desk.folder.on_arrival = break_list
    assert submit(desk.ports, "east").error is DOWN
    assert desk.journal()["INV-L-1.pdf"] == "published"
    assert resume(desk.ports).batches[0].state is BatchState.DELIVERED


def test_where_nobody_may_look_a_staged_batch_is_cancelled() -> None:
    desk = blind()
    desk.folder.expect(Trouble(verb="rename", error=DOWN))
    submit(desk.ports, "east")
    cancel(desk.ports, "1", reason="x")
    assert desk.folder.names == []


def test_a_folder_of_a_real_server_is_written_to_without_a_look(tmp_path: Path) -> None:
    asked: list[str] = []
    from factoring_core.testing.servers.arrivals import Hooks

    with sftp(tmp_path, hooks=Hooks(before=lambda verb, name: asked.append(verb))) as served:
        folder = served.open()
        folder.blind = True
        folder.write_new(".a.part", b"bytes")
        folder.rename(".a.part", "a.pdf")
        assert served.names == ["a.pdf"]
        with pytest.raises(RemoteRefusedError):
            folder.rename(".gone.part", "b.pdf")
    assert "stat" not in asked
