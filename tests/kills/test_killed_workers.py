"""Workers on one store, half of them killed; and a server that crashes under them."""

from __future__ import annotations

import multiprocessing
import os
import signal
import tempfile
import threading
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from factoring_core.adapters.blobs.folder import FolderBlobs
from factoring_core.adapters.storage import open_store
from factoring_core.adapters.storage.sql.store import SqlStore
from factoring_core.testing.servers.postgres import VARIABLE, postgres_server, restart_postgres
from factoring_core.usecases.delivering.resume import resume
from kills.working import told_by, work
from usecases.test_many_workers import Act, acts, attempt, check, desk_over, report_ids, run

PROFILE = os.environ.get("HYPOTHESIS_PROFILE", "dev")
WORKERS, ACTS = {"ci": (16, 5), "nightly": (16, 250)}.get(PROFILE, (8, 5))
CRASHES = {"ci": 2, "nightly": 20}.get(PROFILE, 1)


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_when_half_of_the_workers_are_killed_every_act_is_whole_or_not_there(
    kind: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    if kind == "postgresql":
        place = request.getfixturevalue("postgres_place")
    else:
        place = f"sqlite:///{tmp_path / 'factoring.db'}"
    store = open_store(place)
    desk, ids, folder = desk_over(store, blobs=FolderBlobs(tmp_path)), report_ids(), str(tmp_path)
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["kills.working"])
    workers = [
        # Every other one dies, in the middle of some act of its own.
        context.Process(target=work, args=(place, folder, number, ACTS, ids, number % 2 == 0))
        for number in range(WORKERS)
    ]
    for one in workers:
        one.start()
    for one in workers:
        one.join(900)

    assert [-signal.SIGKILL, 0] * (WORKERS // 2) == [one.exitcode for one in workers]
    told = dict(line for number in range(WORKERS) for line in lines(folder, number))
    assert WORKERS * ACTS / 2 < len(told) < WORKERS * ACTS
    check(desk, told, [act for number in range(WORKERS) for act in acts(number, ACTS, ids)])
    store.close()


def lines(folder: str, worker: int) -> list[tuple[str, str]]:
    """Return what a worker has written down."""
    file = told_by(folder, worker)
    whole = file.read_text(encoding="utf-8").rpartition("\n")[0] if file.exists() else ""
    return [(name, outcome) for name, _, outcome in (line.partition("\t") for line in whole.splitlines())]


@pytest.fixture
def own_server() -> Iterator[tuple[Path, SqlStore]]:
    """A server of this test alone, and a store on it."""
    if os.environ.get(VARIABLE):
        pytest.skip("the developer's own server is not crashed")
    folder = Path(tempfile.gettempdir()) / f"factoring-crashing-{uuid.uuid4().hex}"
    with postgres_server(folder) as url:
        store = open_store(url)
        yield folder, store
        store.close()


def test_a_server_that_crashes_and_comes_back_leaves_nothing_half_done(
    own_server: tuple[Path, SqlStore],
) -> None:
    """Each act is in the books whole or not at all, and workers go on when the server is there again."""
    folder, store = own_server
    desk, ids = desk_over(store), report_ids()
    count = 30 * CRASHES
    everyone = [acts(worker, count, ids) for worker in range(4)]
    over = threading.Event()

    def crash() -> None:
        for _ in range(CRASHES):
            if not over.wait(0.3):
                restart_postgres(folder)

    crashing = threading.Thread(target=crash)
    crashing.start()
    try:
        told = run(desk, everyone)
    finally:
        over.set()
        crashing.join()

    assert attempt(desk, Act("after", resume)) == "done"
    outcomes = list(told.values())
    assert "store: store_lost" in outcomes, "nobody was hit"
    assert "store: commit_unknown" not in outcomes, "the server was back in time to be asked"
    check(desk, told, [act for mine in everyone for act in mine])
