"""A real program stopped in mid-delivery: another one finishes, and who wakes publishes nothing."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve, frozen

from factoring_core import BatchState, open_office
from factoring_core.adapters.storage import open_store
from factoring_core.domain.selling.lease import LEASE_MS, StoreTime
from kills.office import Counting, assert_once, prepared, program

PATIENCE = 20.0
"""Seconds that anything here may take before the test fails."""


class Later:
    """The store of a home, seen when every lease of now is over: its clock is a lease ahead."""

    def __init__(self, home: Path) -> None:
        self._store = open_store(home / "factoring.db")

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    @contextmanager
    def reading(self, tenant: str) -> Iterator[Any]:
        with self._store.reading(tenant) as tx:
            yield _LaterTransaction(tx)

    @contextmanager
    def transaction(self, tenant: str) -> Iterator[Any]:
        with self._store.transaction(tenant) as tx:
            yield _LaterTransaction(tx)


class _LaterTransaction:
    def __init__(self, tx: Any) -> None:
        self._tx = tx

    def __getattr__(self, name: str) -> Any:
        return getattr(self._tx, name)

    def time(self) -> StoreTime:
        now: StoreTime = self._tx.time()
        return evolve(now, ms=now.ms + LEASE_MS)


@frozen
class Moment:
    """When the program is stopped: at the *turn*-th such call after the list was staged, or before that.

    ``goes_on``: what it asks for first when it wakes.
    """

    verb: str
    ending: str
    turn: int
    staged: bool
    goes_on: str


MOMENTS = {
    "while a packet arrives": Moment("write", ".part", 1, False, "stat"),
    "about to publish the first packet": Moment("stat", "INV-1.pdf", 3, True, "rename"),
    "about to publish the list": Moment("stat", ".csv", 3, True, "rename"),
}


class Stopping:
    """Stops a program when it comes to a moment, and remembers what is asked after that."""

    def __init__(self, moment: Moment) -> None:
        self.process: subprocess.Popen[bytes] | None = None
        self.stopped = threading.Event()
        self.asked: list[str] = []
        self._moment, self._left, self._staged = moment, moment.turn, False

    def __call__(self, verb: str, name: str) -> None:
        self.asked.append(verb)
        moment = self._moment
        if (verb, name.endswith(moment.ending), self._staged) == (moment.verb, True, moment.staged):
            self._left -= 1
            if self._left == 0:
                self._stop()
        self._staged = self._staged or (verb == "close" and ".csv." in name)

    def _stop(self) -> None:
        assert self.process is not None
        os.kill(self.process.pid, signal.SIGSTOP)
        # Its answer waits for it: it is stopped before it hears one.
        end = time.monotonic() + PATIENCE
        stops = os.WSTOPPED | os.WNOWAIT | os.WNOHANG
        while os.waitid(os.P_PID, self.process.pid, stops) is None and time.monotonic() < end:
            time.sleep(0.001)
        self.stopped.set()


@pytest.mark.parametrize(
    "name",
    [pytest.param(name, marks=[] if moment.staged else pytest.mark.slow) for name, moment in MOMENTS.items()],
)
def test_a_program_that_wakes_after_its_lease_publishes_nothing(name: str, tmp_path: Path) -> None:
    moment, factor = MOMENTS[name], Counting(tmp_path / "factor")
    with factor.server:
        home = prepared(tmp_path / "home", factor)
        stopping = factor.watch = Stopping(moment)
        process = stopping.process = program(home, "submit", "--subsidiary", "east", output=True)
        try:
            assert stopping.stopped.wait(PATIENCE), stopping.asked
            with open_office(home.path, store=Later(home.path)) as office:
                (batch,) = office.resume().batches
            assert batch.state is BatchState.DELIVERED
            assert_once(home, factor)
            arrived = dict(factor.arrived)
            stopping.asked.clear()
            os.kill(process.pid, signal.SIGCONT)
            said, _ = process.communicate(timeout=PATIENCE)
        finally:
            process.kill()  # this ends a stopped program as well
            process.wait(PATIENCE)
        # It has done its worst: the renaming that was next did reach the server.
        assert stopping.asked[0] == moment.goes_on, stopping.asked
        assert factor.arrived == arrived
        assert_once(home, factor)
        assert process.returncode == 0
        (told,) = json.loads(said)["batches"]
        assert (told["batch_id"], told["state"]) == (batch.id, "delivered")
        assert not list(factor.inbox.iterdir())
