"""Faults O15–O20: while bytes are on their way to a private name."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve

from factoring_core.adapters.remote.memory import MemoryFolder, Moment, Trouble
from factoring_core.domain.selling.batch import BatchState
from factoring_core.errors import DeliveryInDoubtError, RemoteRefusedError, UnreachableError
from factoring_core.ports.remote_folder import RemoteFile, Told, unheard
from factoring_core.ports.storage import StagedFile
from factoring_core.testing.servers.arrivals import BreakLineError, Hooks
from factoring_core.usecases.delivering.deliver_batch import deliver
from factoring_core.usecases.delivering.resume import resume
from factoring_core.usecases.delivering.submit import submit
from faults.served import Inbox, Served, at, ftps, sftp
from usecases.desk import Colleague, Desk

BOTH = pytest.mark.parametrize("serve", [sftp, ftps], ids=["sftp", "ftps"])
Serve = Callable[..., AbstractContextManager[Served]]


class CrashError(BaseException):
    """The process dies here."""


def break_line() -> None:
    raise BreakLineError


@pytest.mark.parametrize(("serve", "verb"), [(sftp, "write"), (ftps, "close"), (ftps, "open")])
def test_o15_a_line_that_breaks_amid_a_file_leaves_nothing_that_the_factor_sees(
    tmp_path: Path, serve: Serve, verb: str
) -> None:
    inbox = Inbox()
    hooks = Hooks(before=at(verb, break_line, ending=".part"), arrival=inbox)
    with serve(tmp_path, hooks=hooks) as served:
        served.desk.queued("L-1")
        result = submit(served.desk.ports, "east")
        if result.error is not None:
            assert inbox.published == {}
            result = resume(served.desk.ports)
        (batch,) = result.batches
        assert batch.state is BatchState.DELIVERED
        assert dict(inbox.published) == dict.fromkeys((file.name for file in batch.files), 1)
        assert served.names == sorted(inbox.published)


@pytest.mark.parametrize("moment", list(Moment))
def test_o16_a_crash_amid_a_file_is_finished_by_another_worker(moment: Moment) -> None:
    desk = Desk()
    desk.queued("L-1")
    desk.folder.expect(Trouble(verb="write_new", error=CrashError(), moment=moment))  # type: ignore[arg-type]
    with pytest.raises(CrashError):
        submit(desk.ports, "east")
    (batch,) = resume(desk.killed()).batches
    assert batch.state is BatchState.DELIVERED
    assert desk.names() == sorted(file.name for file in batch.files)


@pytest.mark.parametrize("stored", [Moment.AFTER, Moment.HALFWAY, Moment.BEFORE])
def test_o17_after_the_bytes_no_reply_counts_and_a_look_decides(stored: Moment) -> None:
    desk = Desk()
    desk.queued("L-1")
    desk.folder.expect(Trouble(verb="write_new", error=DeliveryInDoubtError("426"), moment=stored))
    assert submit(desk.ports, "east").batches[0].state is BatchState.DELIVERED
    assert len(desk.names()) == 2


def test_o18_bytes_that_no_record_calls_whole_are_never_published() -> None:
    """The next attempt writes them again beside what is there, and removes that at the end."""
    arrived: list[str] = []
    desk = Desk(on_arrival=lambda name, _: arrived.append(name))
    desk.queued("L-1")

    def die(point: str) -> None:
        with desk.store.reading("acme") as tx:
            rows = tx.find(StagedFile)
        if point == "before_commit" and rows and len(arrived) == 2:
            raise CrashError

    desk.store._fault = die
    with pytest.raises(CrashError):
        submit(desk.ports, "east")
    desk.store._fault = lambda _: None
    assert set(desk.journal().values()) == {"planned"}
    (batch,) = resume(desk.killed()).batches
    assert batch.state is BatchState.DELIVERED
    assert len([name for name in arrived if name.endswith(".part")]) == 4
    assert len(desk.names()) == 2


class Mangling(MemoryFolder):
    """Changes line ends, as a transfer of text does, and keeps the size: the first *times* only."""

    def __init__(self, times: int) -> None:
        super().__init__()
        self.times = times

    def write_new(self, name: str, content: bytes, told: Told = unheard) -> RemoteFile:
        if ".csv." in name and self.times:
            self.times -= 1
            content = content.replace(b"\r\n", b"\n\n")
        found = super().write_new(name, content, told)
        return evolve(found, sha256=None)

    def stat(self, name: str) -> RemoteFile | None:
        found = super().stat(name)
        return None if found is None else evolve(found, sha256=None)

    def digest(self, name: str) -> str | None:
        found = super().stat(name)
        return None if found is None else found.sha256


@pytest.mark.parametrize("times", [1, 2])
def test_o19_a_list_that_is_stored_otherwise_than_sent_is_seen_by_reading_it_back(times: int) -> None:
    desk = Desk()
    desk.folder = Mangling(times)
    desk.queued("L-1")
    result = submit(desk.ports, "east")
    if times == 1:
        assert result.batches[0].state is BatchState.DELIVERED
        return
    assert isinstance(result.error, RemoteRefusedError)
    assert result.error.code == "stored_differently"
    assert not [name for name in desk.names() if not name.endswith(".part")]


def test_o20_a_worker_that_lost_its_lease_after_staging_publishes_nothing() -> None:
    desk = Desk()
    desk.queued("L-1")
    desk.folder.expect(Trouble(verb="stat", error=UnreachableError("down")))
    (batch,) = submit(desk.ports, "east").batches
    finals: list[str] = []

    def overtake(name: str, _: bytes) -> None:
        if ".csv." in name and not finals:
            finals.append("overtaken")
            other = evolve(desk.ports, worker=Colleague("other", {"first"}), folder=stop)
            resume(other)
        elif not name.endswith(".part"):
            finals.append(name)

    def stop(_: Any) -> MemoryFolder:
        raise UnreachableError("the other one got no farther than the lease")

    desk.folder.on_arrival = overtake
    assert deliver(desk.ports, batch.id) is None
    assert finals == ["overtaken"]
    assert resume(desk.killed()).batches[0].state is BatchState.DELIVERED
    assert finals[1:] == [file.name for file in batch.files]


@BOTH
def test_a_transfer_that_takes_long_keeps_its_lease(tmp_path: Path, serve: Serve) -> None:
    """Every piece that leaves counts as a sign of life."""
    with serve(tmp_path) as served:
        desk = served.desk
        desk.queued("L-1", documents=(*desk.papers("L-1"),))
        waiting = desk.timer

        def slow(what: str, done: int, total: int) -> None:
            if what == "bytes":
                waiting.sleep(31)

        (batch,) = submit(evolve(desk.ports, progress=slow), "east").batches
        assert batch.state is BatchState.DELIVERED
