"""A PostgreSQL server for the tests: one for a run, a schema for each worker, emptied between tests.

Where very many stores are wanted, each is a tenant of its own in one schema.
"""

from __future__ import annotations

import atexit
import copy
import os
import tempfile
import uuid
import zlib
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, make_url, text

from factoring_core.adapters.storage.sql.store import SqlStore
from factoring_core.adapters.storage.sql.tables import METADATA
from factoring_core.domain.selling.lease import StoreTime
from factoring_core.testing.servers.postgres import postgres_server
from usecases import desk

# Asked of xdist in the way in which it need not be there: benchmarks run without it.
RUN = os.environ.get("PYTEST_XDIST_TESTRUNUID", uuid.uuid4().hex)
WORKER = os.environ.get("PYTEST_XDIST_WORKER", "main")


def server_of_the_run() -> AbstractContextManager[str]:
    """The server that all workers of a run share."""
    # Not among pytest's own folders: the next run of pytest shuts those to everybody else.
    return postgres_server(Path(tempfile.gettempdir()) / f"factoring-postgres-{RUN}")


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """The URL of the server, shared by all workers of the run."""
    with server_of_the_run() as url:
        yield url


@pytest.fixture(scope="session")
def fresh_schema(postgres_url: str) -> Iterator[Callable[[], str]]:
    """Name schemas that are not there yet; they go when the run ends."""
    names: list[str] = []

    def name() -> str:
        names.append(f"test_{WORKER}_{len(names)}")
        return names[-1]

    yield name
    engine = create_engine(postgres_url)
    for each in names:
        # One by one: a server has locks for so many tables at a time.
        with engine.begin() as connection:
            connection.execute(text(f'DROP SCHEMA IF EXISTS "{each}" CASCADE'))
    engine.dispose()


@pytest.fixture(scope="session")
def postgres_schema(postgres_url: str, fresh_schema: Callable[[], str]) -> str:
    """A schema with the tables of a store, of this worker alone."""
    name = fresh_schema()
    SqlStore(postgres_url, schema=name).close()
    return name


@pytest.fixture
def empty_postgres(postgres_url: str, postgres_schema: str) -> Iterator[Callable[[], None]]:
    """Take every row out of the store; done at the end in any case."""
    engine = create_engine(postgres_url)
    rows = "; ".join(f'DELETE FROM "{postgres_schema}".{table}' for table in METADATA.tables)

    def empty() -> None:
        with engine.begin() as connection:
            connection.exec_driver_sql(rows)

    yield empty
    empty()
    engine.dispose()


@pytest.fixture
def postgres_place(postgres_url: str, postgres_schema: str, empty_postgres: Callable[[], None]) -> str:
    """The URL of an empty store."""
    url = make_url(postgres_url).update_query_dict({"schema": postgres_schema})
    return url.render_as_string(hide_password=False)


@pytest.fixture
def postgres_store(postgres_place: str) -> Iterator[SqlStore]:
    """An empty store."""
    store = SqlStore(postgres_place)
    yield store
    store.close()


class OwnTenant:
    """A store of its own inside one that many share: its tenants have other names there."""

    def __init__(self, store: SqlStore, clock: Callable[[], StoreTime]) -> None:
        self._store = copy.copy(store)
        self._store._database = copy.copy(store._database)
        self._store._database._clock = clock
        self._name = uuid.uuid4().hex
        self._fault: Callable[[str], None] = lambda point: None

    def reading(self, tenant: str) -> Any:
        """Open a look."""
        return self._store.reading(f"{self._name} {tenant}")

    @contextmanager
    def transaction(self, tenant: str) -> Iterator[Any]:
        """Open a transaction, with the points at which the store in memory can be made to break."""
        with self._store.transaction(f"{self._name} {tenant}") as tx:
            yield tx
            self._fault("before_commit")
        self._fault("after_commit")

    def close(self) -> None:
        """Leave the shared one open."""


@cache
def shared_store(place: str) -> SqlStore:
    """A store for all who want one of their own: at a URL, or on the server of the run."""
    schema = f"shared_{uuid.uuid4().hex}"
    if place == "postgresql":
        # The server goes with the run, and everything on it.
        return SqlStore(_KEPT.enter_context(server_of_the_run()), schema=schema)
    store = SqlStore(place, schema=schema)

    def gone() -> None:
        with store._database._engine.begin() as connection:
            connection.execute(text(f'DROP SCHEMA "{schema}" CASCADE'))
        store.close()

    atexit.register(gone)
    return store


_KEPT = ExitStack()
atexit.register(_KEPT.close)


SHARE = {"ci": 24, "nightly": 1}.get(os.environ.get("HYPOTHESIS_PROFILE", "dev"), 48)
"""One in so many tests at a desk is done again with its books in PostgreSQL; by FACTORING_TEST_STORE, all."""


def also_on_postgres(metafunc: pytest.Metafunc) -> None:
    """Have a share of the tests at a desk, the same ones each time, done on PostgreSQL as well."""
    if "desk_place" not in metafunc.fixturenames or desk.PLACE != "memory":
        return
    if metafunc.definition.path.parent.name in AT_A_DESK and hasattr(metafunc.module, "Desk"):
        if zlib.crc32(metafunc.definition.nodeid.encode()) % SHARE == 0:
            metafunc.parametrize("desk_place", ["memory", "postgresql"], indirect=True)


AT_A_DESK = ("usecases", "faults", "faults_inbound", "stories")


@pytest.fixture(autouse=True)
def desk_place(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where desks keep their books in this test."""
    monkeypatch.setattr(desk, "PLACE", getattr(request, "param", desk.PLACE))
