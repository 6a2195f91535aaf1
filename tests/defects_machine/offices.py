"""Hosts for the machine: offices over memory and over SQLite, and how a machine is run."""

from __future__ import annotations

import tempfile
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from factoring_core import Office, open_office
from factoring_core.adapters.blobs.memory import MemoryBlobs
from factoring_core.adapters.clocks.idle import IdleTimer
from factoring_core.adapters.storage import open_store
from factoring_core.adapters.storage.memory import MemoryStore
from factoring_core.domain.selling.lease import StoreTime
from factoring_core.ports.retry import once
from factoring_core.testing.machine import FactoringMachine, Host, OfficeHost, Site
from usecases.desk import Colleague, PlainBinder


class MemoryMachine(FactoringMachine):
    """An office whose store and files are in memory, and outlive its processes."""

    def __init__(self) -> None:
        self.timer = IdleTimer()
        self.store: Any = None
        self.blobs = MemoryBlobs()
        self.worker: Colleague | None = None
        super().__init__()

    def open_host(self, site: Site) -> Host:
        return OfficeHost(lambda: self.opened(site))

    def opened(self, site: Site) -> Office:
        if self.store is None:
            self.store = self.make_store(site)
        gone = set() if self.worker is None else {*self.worker.gone, self.worker.name}
        self.worker = Colleague(f"worker {len(gone)}", gone)
        office = open_office(
            settings=site.settings, store=site.breaking(self.store), clock=site.clock, folder=site.folder
        )
        return office.working_with(
            evolve(
                office.ports,
                binder=PlainBinder(),
                timer=self.timer,
                worker=self.worker,
                blobs=self.blobs,
                retry=once,
            )
        )

    def make_store(self, site: Site) -> Any:
        return MemoryStore(clock=lambda: StoreTime(scale="machine", ms=int(self.timer.seconds() * 1000)))


class SqliteMachine(MemoryMachine):
    """The same over SQLite."""

    def make_store(self, site: Site) -> Any:
        books = site.home / "books.db"
        books.write_bytes(empty_books())
        return open_store(books)


@cache
def empty_books() -> bytes:
    """Make the tables once: that takes longer than a whole run."""
    with tempfile.TemporaryDirectory() as folder:
        open_store(Path(folder) / "books.db").close()
        return (Path(folder) / "books.db").read_bytes()


def caught(machine: type[FactoringMachine], *, shrink: bool = False) -> AssertionError:
    """Run a machine until it catches its host; return what it says."""
    with pytest.raises(AssertionError) as failure:
        run(machine, examples=600, shrink=shrink)
    return failure.value


def run(machine: type[FactoringMachine], *, examples: int, steps: int = 20, shrink: bool = False) -> None:
    """Run a machine; the same examples every time."""
    phases = [Phase.explicit, Phase.generate, *([Phase.shrink] if shrink else [])]
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            deadline=None,
            derandomize=True,
            database=None,
            phases=phases,
            print_blob=False,
            report_multiple_bugs=False,
            suppress_health_check=list(HealthCheck),
        ),
    )
