"""Many workers at once: whatever they do, it is as if they had come one after the other.

The audit trail says in which order.  The same acts, done again in that order by one worker over a
store in memory, have to leave the same trail and the same books.
"""

from __future__ import annotations

import os
import random
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import psycopg
import pytest
from attrs import evolve, field, frozen

from factoring_core.adapters.storage import MemoryStore, open_store
from factoring_core.adapters.storage.sql.store import SqlStore
from factoring_core.domain.reconciling.decisions import Decision
from factoring_core.domain.reconciling.evidence import Evidence
from factoring_core.domain.reconciling.findings import ExceptionRecord
from factoring_core.domain.reconciling.reports import Report
from factoring_core.domain.selling.batch import Assignment, Batch
from factoring_core.domain.vocabulary.actors import EVERYBODY
from factoring_core.domain.vocabulary.events import AuditEntry, LoadEvent
from factoring_core.domain.vocabulary.host_events import OutboxEntry
from factoring_core.domain.vocabulary.load import Standing
from factoring_core.errors import FactoringError, StorageError
from factoring_core.ports.storage import Store
from factoring_core.testing.contracts.storage.store import find
from factoring_core.usecases.audit_trail import verify_audit
from factoring_core.usecases.delivering.batch_acts import confirm, settle
from factoring_core.usecases.delivering.cancel_batch import cancel
from factoring_core.usecases.delivering.resume import resume
from factoring_core.usecases.delivering.submit import submit
from factoring_core.usecases.ports import Ports
from factoring_core.usecases.reconciling.undo_report import undo_report
from factoring_core.usecases.selling.take_back import return_loads
from usecases.bringing import payment, purchase, report
from usecases.desk import Desk, manual

LOADS = [f"L-{number}" for number in range(8)]
ROWS: list[list[dict[str, Any]]] = [
    *([purchase(f"INV-{load}")] for load in LOADS),
    *([payment(f"INV-{load}", "600.00")] for load in LOADS),
    [payment(f"INV-{load}", "400.00", **{"Check Number": "C2"}) for load in LOADS[:4]],
    [purchase(f"INV-{load}") for load in LOADS],
    [payment("INV-L-1", "1000.00", Type="chargeback", **{"Payment Date": "03/20/2026"})],
]
ACTS = {"ci": 30, "nightly": 250}.get(os.environ.get("HYPOTHESIS_PROFILE", "dev"), 6)
BOOKS = (Standing, Batch, Assignment, Report, Evidence, Decision, LoadEvent, OutboxEntry)


@frozen
class Act:
    """One act of one worker; the name of the actor is in whatever it leaves behind."""

    name: str
    work: Callable[[Ports], Any] = field(eq=False)


def desk_over(store: Store, **more: Any) -> Desk:
    desk = Desk(manual("east-winfactor", provider="winfactor"), store=store, **more)
    desk.store = store  # type: ignore[assignment]
    for load in LOADS:
        desk.queued(load)
    return desk


def report_ids() -> list[str]:
    """Return the ids that the reports will have."""
    desk = desk_over(MemoryStore())
    return [report(desk.ports, *rows).report_id for rows in ROWS]


def acts(worker: int, count: int, ids: list[str]) -> list[Act]:
    """What one worker does, one after the other; the same for the same worker."""
    chance = random.Random(f"worker {worker}")
    made = []
    for number in range(count):
        batch = f"east-winfactor/{chance.randint(1, 5)}"
        loads, rows = chance.sample(LOADS, chance.randint(1, 4)), chance.choice(ROWS)
        made.append(
            Act(
                f"w{worker}-{number}",
                chance.choice(
                    [
                        lambda ports, loads=loads: submit(ports, "east", loads),
                        lambda ports, loads=loads: submit(ports, "east", loads),
                        partial(confirm, name=batch),
                        partial(confirm, name=batch),
                        partial(cancel, name=batch, reason="wrong loads"),
                        partial(settle, name=batch, delivered=False, reason="they never got it"),
                        partial(return_loads, names=loads[:1], reason="denied"),
                        resume,
                        lambda ports, rows=rows: report(ports, *rows),
                        lambda ports, rows=rows: report(ports, *rows),
                        partial(undo_report, id_=chance.choice(ids), reason="wrong file"),
                    ]
                ),
            )
        )
    return made


def attempt(desk: Desk, act: Act) -> str:
    """Do it on behalf of an actor of its own; return what became of it."""
    try:
        act.work(desk.acting(evolve(EVERYBODY, name=act.name)))
    except StorageError as error:
        return f"store: {error.code}"
    except FactoringError as error:
        return f"refused: {error.code}"
    return "done"


def trail(store: Store) -> list[tuple[str, str, str]]:
    return [(one.actor, one.action, one.subject) for one in find(store, AuditEntry, tenant="acme")]


def books(store: Store) -> dict[type[Any], Any]:
    """Everything that has to be the same; of exceptions what is open."""
    kept: dict[type[Any], Any] = {kind: find(store, kind, tenant="acme") for kind in BOOKS}
    kept[ExceptionRecord] = {
        one.id: one.item for one in find(store, ExceptionRecord, tenant="acme") if one.open
    }
    return kept


def check(desk: Desk, told: dict[str, str], everyone: Iterable[Act]) -> None:
    """Do the same in the order of the trail, alone and in memory, and compare.

    What a submission looks at before it seals may have changed by then: of the loads it named, it
    is asked for those that it sealed.
    """
    ours = trail(desk.store)
    by_name = {act.name: act for act in everyone}
    alone = desk_over(MemoryStore())
    done = set()
    for entry in find(desk.store, AuditEntry, tenant="acme"):
        act = by_name.get(entry.actor)
        if act is None or act.name in done:
            continue
        done.add(act.name)
        # What reads again after its change may fail there, and who is killed says nothing.
        told_so = told.get(act.name, "nothing")
        assert told_so in ("done", "store: store_lost", "nothing"), (act.name, told_so)
        if entry.action == "seal_batch":
            act = evolve(act, work=partial(submit, subsidiary="east", names=entry.detail["loads"]))
        assert attempt(alone, act) == "done"
    assert ours == trail(alone.store)
    for kind, kept in books(desk.store).items():
        assert kept == books(alone.store)[kind], kind
    assert verify_audit(desk.ports).intact


def run(desk: Desk, everyone: list[list[Act]]) -> dict[str, str]:
    told: dict[str, str] = {}
    begin = threading.Barrier(len(everyone), timeout=60)

    def work(mine: list[Act]) -> None:
        begin.wait()
        for act in mine:
            told[act.name] = attempt(desk, act)

    with ThreadPoolExecutor(len(everyone)) as pool:
        list(pool.map(work, everyone))
    return told


@pytest.fixture(params=["sqlite", "postgresql"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[SqlStore]:
    if request.param == "postgresql":
        yield request.getfixturevalue("postgres_store")
        return
    made = open_store(tmp_path / "factoring.db")
    yield made
    made.close()


def test_many_workers_are_as_good_as_one(store: SqlStore) -> None:
    workers, count = 16, ACTS
    desk, ids = desk_over(store), report_ids()
    everyone = [acts(worker, count, ids) for worker in range(workers)]

    told = run(desk, everyone)

    assert not [one for one in told.values() if one.startswith("store")], "no worker met the store's limits"
    assert sum(one == "done" for one in told.values()) > workers * count / 4
    check(desk, told, [act for mine in everyone for act in mine])


def test_workers_whose_connections_are_killed_leave_nothing_half_done(
    postgres_store: SqlStore, postgres_url: str
) -> None:
    """Each act is in the books whole or not at all, whatever its worker was told."""
    workers, count = 8, ACTS
    desk, ids = desk_over(postgres_store), report_ids()
    everyone = [acts(worker, count, ids) for worker in range(workers)]
    over = threading.Event()

    def kill() -> int:
        killed = 0
        with psycopg.connect(postgres_url, autocommit=True) as other:
            while not over.wait(0.03):
                found = other.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                    " WHERE application_name = 'factoring_core' AND state <> 'idle'"
                    " AND query LIKE %s ORDER BY random() LIMIT 1",
                    (f"%{postgres_store.schema}%",),
                ).fetchall()
                killed += len(found)
        return killed

    with ThreadPoolExecutor(1) as pool:
        killing = pool.submit(kill)
        try:
            told = run(desk, everyone)
        finally:
            over.set()
        assert killing.result() > 0

    assert "store: store_lost" in told.values(), "nobody was hit"
    check(desk, told, [act for mine in everyone for act in mine])
