"""A PostgreSQL server for the tests: one for a run, a schema for each worker, emptied between tests."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine, make_url, text

from factoring_core.adapters.storage.sql.store import SqlStore
from factoring_core.adapters.storage.sql.tables import METADATA
from factoring_core.testing.servers.postgres import postgres_server


@pytest.fixture(scope="session")
def postgres_url(testrun_uid: str) -> Iterator[str]:
    """The URL of the server, shared by all workers of the run."""
    # Not among pytest's own folders: the next run of pytest shuts those to everybody else.
    with postgres_server(Path(tempfile.gettempdir()) / f"factoring-postgres-{testrun_uid}") as url:
        yield url


@pytest.fixture(scope="session")
def fresh_schema(postgres_url: str, worker_id: str) -> Iterator[Callable[[], str]]:
    """Name schemas that are not there yet; they go when the run ends."""
    names: list[str] = []

    def name() -> str:
        names.append(f"test_{worker_id}_{len(names)}")
        return names[-1]

    yield name
    engine = create_engine(postgres_url)
    with engine.begin() as connection:
        for each in names:
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
