"""A host that marks its own row and acts through the office does both or neither."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from attrs import frozen
from sqlalchemy import Connection, Engine, create_engine, text

from factoring_core.adapters.storage.sql.store import SqlStore
from factoring_core.domain.selling.batch import Batch, BatchState
from factoring_core.domain.vocabulary.events import AuditEntry
from factoring_core.domain.vocabulary.load import Standing
from factoring_core.errors import KeyTakenError, StorageError, StoreBusyError
from factoring_core.testing.contracts.samples import standing
from factoring_core.testing.contracts.storage.store import find, put
from factoring_core.wiring.office import Office
from usecases.desk import Desk


@frozen
class Host:
    """A host's engine, with its own table and a store beside it."""

    engine: Engine
    store: SqlStore

    def sent(self) -> list[str]:
        """Return what the host's own table says."""
        with self.engine.connect() as connection:
            return list(connection.execute(text("SELECT load FROM host_sent ORDER BY load")).scalars())


def mark(connection: Connection, load: str) -> None:
    connection.execute(text("INSERT INTO host_sent (load) VALUES (:load)"), {"load": load})


def office_over(store: Any) -> tuple[Desk, Office]:
    desk = Desk(store=store)
    desk.store = store
    return desk, Office(desk.ports, secrets=None)  # type: ignore[arg-type]


@pytest.fixture(params=["sqlite", "postgresql"])
def host(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Host]:
    if request.param == "sqlite":
        engine = create_engine(f"sqlite:///{tmp_path / 'host.db'}")
        store = SqlStore(engine)
    else:
        request.getfixturevalue("postgres_place")
        schema = request.getfixturevalue("postgres_schema")
        options = {"options": f"-c search_path={schema}"}
        engine = create_engine(request.getfixturevalue("postgres_url"), connect_args=options)
        store = SqlStore(engine, schema=schema)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE host_sent (load VARCHAR PRIMARY KEY)"))
    yield Host(engine, store)
    with engine.begin() as connection:
        connection.execute(text("DROP TABLE host_sent"))
    engine.dispose()


def test_both_stand_when_the_host_commits(host: Host) -> None:
    desk, office = office_over(host.store)
    desk.queued("L-1")
    with host.engine.begin() as connection:
        mark(connection, "L-1")
        result = office.joining(host.store.joined(connection)).submit("east", ["L-1"])
        assert [BatchState.SEALED] == [one.state for one in result.batches]

    assert ["L-1"] == host.sent()
    assert [BatchState.SEALED] == [one.state for one in find(host.store, Batch, tenant="acme")]
    assert [] == list(desk.folder.list()), "nothing may leave before the host has committed"

    office.resume()

    assert [BatchState.DELIVERED] == [one.state for one in find(host.store, Batch, tenant="acme")]
    assert "invoiced" == desk.status("L-1")
    assert office.audit().intact


def test_neither_stands_when_the_host_rolls_back(host: Host) -> None:
    desk, office = office_over(host.store)
    desk.queued("L-1")
    before = find(host.store, AuditEntry, tenant="acme")
    with pytest.raises(ZeroDivisionError), host.engine.begin() as connection:  # noqa: PT012
        mark(connection, "L-1")
        joined = office.joining(host.store.joined(connection))
        assert joined.submit("east", ["L-1"]).batches
        assert joined.resume().error is None
        raise ZeroDivisionError

    assert [] == host.sent()
    assert [] == find(host.store, Batch, tenant="acme")
    assert before == find(host.store, AuditEntry, tenant="acme")
    assert [] == list(desk.folder.list())
    # The number is given out again.
    assert [1] == [one.number for one in office.submit("east", ["L-1"]).batches]


def test_what_is_refused_leaves_the_hosts_own_work_alone(host: Host) -> None:
    put(host.store, standing("1"))
    with host.engine.begin() as connection:
        joined = host.store.joined(connection)
        mark(connection, "L-1")
        with pytest.raises(KeyTakenError), joined.transaction("t") as tx:  # noqa: PT012
            tx.put(standing("2"))
            tx.add_all([standing("1")])
        with pytest.raises(ZeroDivisionError), joined.transaction("t") as tx:  # noqa: PT012
            tx.put(standing("3"))
            raise ZeroDivisionError
        put(joined, standing("4"))  # type: ignore[arg-type]
        mark(connection, "L-2")

    assert ["L-1", "L-2"] == host.sent()
    assert ["1", "4"] == [each.load for each in find(host.store, Standing)]


def test_a_turn_taken_in_a_hosts_transaction_lasts_until_its_end(
    postgres_url: str, postgres_place: str, postgres_schema: str
) -> None:
    engine = create_engine(postgres_url)
    store = SqlStore(engine, schema=postgres_schema, patience=0.2)
    with engine.begin() as connection:
        put(store.joined(connection), standing("1"))  # type: ignore[arg-type]
        with pytest.raises(StoreBusyError):
            put(store, standing("2"))
        put(store, standing("3"), tenant="other")
    put(store, standing("4"))

    assert ["1", "4"] == [each.load for each in find(store, Standing)]
    engine.dispose()


@pytest.mark.parametrize("level", ["REPEATABLE READ", "SERIALIZABLE"])
def test_a_host_that_looks_at_an_older_state_cannot_write_over_a_newer_one(
    postgres_url: str, postgres_place: str, postgres_schema: str, level: str
) -> None:
    engine = create_engine(postgres_url, isolation_level=level)
    store = SqlStore(engine, schema=postgres_schema)
    put(store, standing("1"))
    with engine.connect() as connection:
        connection.execute(text("SELECT 1 FROM pg_class LIMIT 1"))
        put(store, standing("1", paid=5))
        with pytest.raises(StoreBusyError) as caught, store.joined(connection).transaction("t") as tx:
            tx.put(standing("1", paid=7))
        assert ("store_conflict", True) == (caught.value.code, caught.value.retryable)
        connection.rollback()

    assert [5] == [each.paid for each in find(store, Standing)]
    engine.dispose()


def test_two_hosts_that_wait_for_each_other_are_told(
    postgres_url: str, postgres_place: str, postgres_schema: str
) -> None:
    """One of them wins; the other is taken back whole, and may try again."""
    engine = create_engine(postgres_url, connect_args={"options": "-c deadlock_timeout=100ms"})
    store = SqlStore(engine, schema=postgres_schema)

    def work(order: str) -> str:
        try:
            with engine.begin() as connection:
                joined = store.joined(connection)
                for tenant in order:
                    with joined.transaction(tenant) as tx:
                        tx.put(standing(order))
                    connection.exec_driver_sql("SELECT pg_sleep(0.3)")
        except StorageError as error:
            return error.code
        return "done"

    with ThreadPoolExecutor(2) as pool:
        assert ["done", "store_conflict"] == sorted(pool.map(work, ["ab", "ba"]))
    engine.dispose()
