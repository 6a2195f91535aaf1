"""The tables hold every field of every record, and the migrations make exactly these tables."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from decimal import Decimal
from enum import Enum
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import BigInteger, Boolean, Connection, MetaData, Text, create_engine, inspect, text

from factoring_core.adapters.storage import open_store, upgrade_store
from factoring_core.adapters.storage.sql import migrating
from factoring_core.adapters.storage.sql.codec import leaves
from factoring_core.adapters.storage.sql.database import Database
from factoring_core.adapters.storage.sql.sqlite import SQLITE
from factoring_core.adapters.storage.sql.statements import finding
from factoring_core.adapters.storage.sql.tables import METADATA, TABLES
from factoring_core.errors import MigrationRequiredError
from factoring_core.ports.storage import KIND_OF, KINDS
from factoring_core.testing.contracts.samples import CLASSES, standing
from factoring_core.testing.contracts.storage.store import put

any_class = pytest.mark.parametrize("record", CLASSES, ids=lambda record: record.__name__)


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[Connection]:
    database = Database(tmp_path / "bare.db", 1)
    with database.migrating() as opened:
        yield opened
    database.close()


def schema(connection: Connection) -> set[str]:
    """Every statement that made the tables and indexes, alembic's own left out."""
    rows = connection.execute(text("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL"))
    return {
        " ".join(sql.split())
        for name, sql in rows
        if name != migrating.VERSION_TABLE and not name.startswith("sqlite_")
    }


@any_class
def test_every_field_has_a_column(record: type[Any]) -> None:
    fields = {leaf.column for leaf in leaves(record)}
    columns = set(TABLES[record].columns.keys()) - {"tenant"}

    assert not (missing := fields - columns), (
        f"{record.__name__} has fields without a column: {sorted(missing)}. "
        "Add them to sql/tables.py and to a migration."
    )
    assert not (left := columns - fields), f"{record.__name__} has columns without a field: {sorted(left)}"


@any_class
def test_every_column_is_of_the_type_of_its_field(record: type[Any]) -> None:
    types = {int: BigInteger, bool: Boolean}
    for leaf in leaves(record):
        column = TABLES[record].c[leaf.column]
        assert types.get(leaf.plain, Text) is type(column.type), f"{leaf.column} of {record.__name__}"
        assert leaf.optional is column.nullable, f"{leaf.column} of {record.__name__}: blank or not?"


def test_no_amount_is_ever_a_fraction() -> None:
    hints = [leaf.hint for record in CLASSES for leaf in leaves(record)]
    assert [] == [hint for hint in hints if hint in (float, Decimal)]


def test_the_tenant_comes_first_everywhere() -> None:
    for table in METADATA.tables.values():
        assert "tenant" == table.primary_key.columns.keys()[0]
        assert {"tenant"} == {index.columns.keys()[0] for index in table.indexes} | {"tenant"}


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_every_question_goes_by_an_index(kind: Any, tmp_path: Path) -> None:
    """By whatever index a record may be found, the rows of the tenant are not walked through."""
    store = open_store(tmp_path / "factoring.db")
    hints = {leaf.column: leaf.plain for leaf in leaves(kind.record)}
    values = {str: "x", int: 1, bool: True, dt.date: dt.date(2026, 1, 1)}
    with store.reading("t") as look:
        for fields in (kind.key, *kind.indexes):
            wanted = {
                name: [next(iter(hint)) if issubclass(hint := hints[name], Enum) else values[hint]]
                for name in fields
            }
            statement, given = finding(SQLITE, kind, "t", wanted)
            plan = look.connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", given).fetchall()
            assert plan[0].detail.startswith("SEARCH")
            for name in fields:
                assert f"{name}=?" in plan[0].detail, plan
    store.close()


def test_the_migrations_make_the_tables_of_today(connection: Connection, tmp_path: Path) -> None:
    migrating.upgrade(connection)

    options = {"compare_type": True, "compare_server_default": True}
    context = MigrationContext.configure(connection, opts=options)
    found = [
        difference
        for difference in compare_metadata(context, METADATA)
        if migrating.VERSION_TABLE not in repr(difference)
    ]
    assert [] == found

    other = create_engine(f"sqlite:///{tmp_path / 'direct.db'}")
    with other.begin() as direct:
        METADATA.create_all(direct)
        assert schema(direct) == schema(connection)
    other.dispose()


def test_every_step_can_be_taken_back(connection: Connection) -> None:
    assert migrating.REVISIONS == migrating.upgrade(connection)
    assert () == migrating.upgrade(connection)

    command.downgrade(migrating.config(connection), "base")

    assert set() == schema(connection)
    assert migrating.REVISIONS == migrating.upgrade(connection)


def test_the_steps_are_those_of_the_scripts(connection: Connection) -> None:
    scripts = ScriptDirectory.from_config(migrating.config(connection))
    assert list(migrating.REVISIONS) == [each.revision for each in scripts.walk_revisions()][::-1]


def state(path: Path, version: str) -> None:
    engine = create_engine(f"sqlite:///{path}")
    with engine.begin() as connection:
        connection.execute(text(f"UPDATE {migrating.VERSION_TABLE} SET version_num = :v"), {"v": version})
    engine.dispose()


def test_an_older_store_waits_for_its_owner(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is not changed by being opened; the error says what brings it up to date."""
    path = tmp_path / "factoring.db"
    open_store(path).close()
    monkeypatch.setattr(migrating, "REVISIONS", (*migrating.REVISIONS, "9999"))

    with pytest.raises(MigrationRequiredError) as caught:
        open_store(path)

    assert "older" in str(caught.value)
    assert "upgrade_store" in caught.value.remedy


def test_tables_without_a_version_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "factoring.db"
    engine = create_engine(f"sqlite:///{path}")
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE factoring_loads (x TEXT)"))
    engine.dispose()

    for way in (open_store, upgrade_store):
        with pytest.raises(MigrationRequiredError):
            way(path)


def test_the_store_can_live_beside_other_tables(tmp_path: Path) -> None:
    path = tmp_path / "host.db"
    engine = create_engine(f"sqlite:///{path}")
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE loads (x TEXT)"))
    store = open_store(path)
    put(store, standing("1"))
    store.close()

    assert inspect(engine).has_table("loads")
    engine.dispose()


def test_every_kind_has_a_table() -> None:
    assert set(KIND_OF) == set(TABLES)
    assert isinstance(METADATA, MetaData)
