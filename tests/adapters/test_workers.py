"""Programs that know each other by locks, and tries that back off."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
import stamina

from factoring_core.adapters.clocks.idle import IdleTimer
from factoring_core.adapters.clocks.running import RunningTimer
from factoring_core.adapters.retries.backing_off import ATTEMPTS, backing_off
from factoring_core.adapters.storage.machine_time import machine_time
from factoring_core.adapters.workers.locked import LockedWorker
from factoring_core.errors import UnreachableError

_NAMED = (
    "import sys; from pathlib import Path; "
    "from factoring_core.adapters.workers.locked import LockedWorker; "
    "worker = LockedWorker(Path(sys.argv[1])); print(worker.name, flush=True); sys.stdin.read()"
)


def program(folder: Path) -> tuple[subprocess.Popen[str], str]:
    process = subprocess.Popen(
        [sys.executable, "-c", _NAMED, str(folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    return process, process.stdout.readline().strip()


def test_a_program_that_was_killed_is_seen_to_be_gone_and_a_living_one_is_not(tmp_path: Path) -> None:
    process, name = program(tmp_path)
    worker = LockedWorker(tmp_path)
    try:
        assert not worker.is_gone(name)
    finally:
        process.kill()
        process.communicate()
    assert worker.is_gone(name)
    assert list(tmp_path.iterdir()) == []


def test_who_is_in_the_same_program_is_not_gone(tmp_path: Path) -> None:
    first, second = LockedWorker(tmp_path), LockedWorker(tmp_path)
    assert first.name != second.name
    assert not first.is_gone(second.name)
    assert not first.is_gone(first.name)
    second.close()
    assert not first.is_gone(second.name)
    first.close()
    second.close()


def test_of_another_host_or_start_nobody_can_know(tmp_path: Path) -> None:
    worker = LockedWorker(tmp_path)
    token = worker.name.rpartition("/")[2]
    assert not worker.is_gone(f"elsewhere/boot/{token}")
    assert not worker.is_gone(worker.name.rpartition("/")[0] + "/../../etc")
    assert not worker.is_gone(worker.name.rpartition("/")[0] + "/0123456789abcdef")
    assert not worker.is_gone("")
    worker.close()


def test_a_child_is_another_worker_and_does_not_hold_our_lock(tmp_path: Path) -> None:
    worker = LockedWorker(tmp_path)
    name = worker.name
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:  # pragma: no cover - in the child
        os.write(writing, worker.name.encode())
        os._exit(0)
    os.waitpid(child, 0)
    os.close(writing)
    theirs = os.read(reading, 1000).decode()
    os.close(reading)
    assert theirs != name
    assert worker.is_gone(theirs)
    assert worker.name == name
    worker.close()


def test_without_a_place_for_its_lock_a_worker_still_works(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    worker = LockedWorker(tmp_path / "file")
    assert worker.name
    worker.close()


def test_a_place_of_this_users_serves_where_none_is_given(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.gettempdir", lambda: str(tmp_path))
    worker = LockedWorker()
    assert worker.name
    assert len(list(tmp_path.iterdir())) == 1
    worker.close()


def test_what_may_pass_is_tried_again_a_few_times_and_then_raised() -> None:
    tries = []

    def fail() -> None:
        tries.append(1)
        raise UnreachableError("no way")

    with stamina.set_testing(True, attempts=ATTEMPTS), pytest.raises(UnreachableError):
        backing_off(fail, again=lambda error: isinstance(error, UnreachableError), seconds=100)
    assert len(tries) == ATTEMPTS


def test_what_may_not_pass_is_raised_at_once_and_what_succeeds_is_returned() -> None:
    tries = []

    def fail() -> str:
        tries.append(1)
        if len(tries) == 1:
            raise UnreachableError("no way")
        return "done"

    with pytest.raises(UnreachableError):
        backing_off(fail, again=lambda _: False, seconds=100)
    assert len(tries) == 1
    assert backing_off(fail, again=lambda _: False, seconds=100) == "done"


def test_timers_go_forward_and_an_idle_one_only_by_sleeping() -> None:
    running, idle = RunningTimer(), IdleTimer()
    before = running.seconds()
    running.sleep(0)
    assert running.seconds() >= before
    idle.sleep(2.5)
    assert idle.seconds() == 2.5


def test_the_time_of_a_machine_goes_forward_on_one_scale() -> None:
    first, second = machine_time(), machine_time()
    assert first.scale == second.scale
    assert first.ms <= second.ms
