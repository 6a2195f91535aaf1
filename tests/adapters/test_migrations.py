"""Steps from version to version, up and down, on every database, with rows in the tables."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator
from enum import Enum
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import inspect, text

from factoring_core.adapters.storage import open_store, upgrade_store
from factoring_core.adapters.storage.sql import migrating
from factoring_core.adapters.storage.sql.codec import leaves
from factoring_core.adapters.storage.sql.database import Database
from factoring_core.adapters.storage.sql.statements import finding
from factoring_core.adapters.storage.sql.tables import METADATA, PREFIX
from factoring_core.errors import MigrationRequiredError
from factoring_core.ports.storage import KIND_OF, KINDS
from factoring_core.testing.contracts.samples import CLASSES, changed, full
from factoring_core.testing.contracts.storage.store import find

NEXT = '''
"""Say by which way a load was brought."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.add_column("factoring_standings", sa.Column("way", sa.Text(), nullable=True))
    op.execute("UPDATE factoring_standings SET way = 'road'")


def downgrade() -> None:
    with op.batch_alter_table("factoring_standings") as batch:
        batch.drop_column("way")
'''


@pytest.fixture(params=["sqlite", "postgresql"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of a database that no store is in yet."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'factoring.db'}"
        return
    url = request.getfixturevalue("postgres_url")
    schema: Callable[[], str] = request.getfixturevalue("fresh_schema")
    yield f"{url}&schema={schema()}"


@pytest.fixture
def next_version(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Make the program one version newer than it is."""
    folder = tmp_path / "migrations"
    shutil.copytree(Path(migrating.__file__).parent / "migrations", folder)
    (folder / "versions" / "r0002_next.py").write_text(NEXT)
    config = migrating.config

    def newer(*given: Any) -> Any:
        made = config(*given)
        made.set_main_option("script_location", str(folder))
        return made

    def go() -> None:
        monkeypatch.setattr(migrating, "REVISIONS", ("0001", "0002"))
        monkeypatch.setattr(migrating, "config", newer)

    return go


def filled(place: str) -> list[Any]:
    """Put one of every record into a new store."""
    records = [full(record) for record in CLASSES]
    store = open_store(place)
    with store.transaction("t") as tx:
        for record in records:
            tx.put(record)
        tx.next_number("n")
    store.close()
    return records


def down(place: str, to: str) -> None:
    database = Database(place, 5)
    with database.migrating() as connection:
        command.downgrade(migrating.config(connection, database.backend.schema), to)
    database.close()


def test_the_steps_make_the_tables_of_today(place: str) -> None:
    database = Database(place, 5)
    with database.migrating() as connection:
        schema = database.backend.schema
        migrating.upgrade(connection, schema)
        context = MigrationContext.configure(
            connection, opts={"compare_type": True, "compare_server_default": True}
        )
        found = [
            each for each in compare_metadata(context, METADATA) if migrating.VERSION_TABLE not in repr(each)
        ]
        assert [] == found
    database.close()


def test_a_full_store_goes_up_and_down(
    place: str, next_version: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every record is there after a step up, and after the step back."""
    records = filled(place)
    next_version()
    with pytest.raises(MigrationRequiredError) as caught:
        open_store(place)
    assert {"store": "0001", "program": "0002"} == caught.value.where

    assert ("0002",) == upgrade_store(place)
    assert () == upgrade_store(place)

    store = open_store(place)
    assert records == [find(store, record)[0] for record in CLASSES]
    with store.transaction("t") as tx:
        assert 2 == tx.next_number("n")
        assert ["road"] == list(tx.connection.execute(_ways(store)).scalars())
    store.close()

    down(place, "0001")
    with pytest.raises(MigrationRequiredError):
        open_store(place)
    monkeypatch.setattr(migrating, "REVISIONS", ("0001",))
    store = open_store(place)
    assert records == [find(store, record)[0] for record in CLASSES]
    store.close()


def _ways(store: Any) -> Any:
    schema = store.schema
    return text(f"SELECT way FROM {schema + '.' if schema else ''}factoring_standings")


def test_the_program_of_yesterday_refuses_the_store_of_today(
    place: str, next_version: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    filled(place)
    next_version()
    upgrade_store(place)
    monkeypatch.setattr(migrating, "REVISIONS", ("0001",))

    for way in (open_store, upgrade_store):
        with pytest.raises(MigrationRequiredError) as caught:
            way(place)
        assert {"store": "0002", "program": "0001"} == caught.value.where


def test_a_step_that_fails_leaves_the_store_as_it_was(
    place: str, next_version: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The database takes back what the step had done already."""
    records = filled(place)
    next_version()
    script = next(Path(migrating.config(None).get_main_option("script_location")).glob("versions/r0002*"))  # type: ignore[arg-type]
    script.write_text(NEXT.replace("UPDATE factoring_standings SET way", "UPDATE nowhere SET way"))

    with pytest.raises(Exception, match=r"nowhere|not those of this program|no such table"):
        upgrade_store(place)

    monkeypatch.setattr(migrating, "REVISIONS", ("0001",))
    store = open_store(place)
    assert records == [find(store, record)[0] for record in CLASSES]
    store.close()


def test_everything_goes_when_the_first_step_is_taken_back(place: str) -> None:
    filled(place)

    down(place, "base")

    database = Database(place, 5)
    with database.reading() as connection:
        names = inspect(connection).get_table_names(database.backend.schema)
    database.close()
    assert {migrating.VERSION_TABLE} == {name for name in names if name.startswith(PREFIX)}
    open_store(place).close()


def varied(record: Any, number: int) -> Any:
    """Return a record unlike others, of one of fifty subsidiaries and connections."""
    changes: dict[str, Any] = {}
    for leaf in leaves(type(record)):
        if len(leaf.path) > 1 or leaf.column == "item":
            continue
        if leaf.column in ("subsidiary", "connection") and KIND_OF[type(record)].key != (leaf.column,):
            changes[leaf.column] = f"{leaf.column}{number % 50}"
        elif leaf.plain is str:
            changes[leaf.column] = f"{leaf.column}{number:05}"
        elif leaf.plain is int:
            changes[leaf.column] = number
        elif isinstance(leaf.plain, type) and issubclass(leaf.plain, Enum):
            changes[leaf.column] = list(leaf.plain)[number % len(leaf.plain)]
        elif leaf.column in ("open", "live"):
            changes[leaf.column] = number % 2 == 0
    return changed(record, **changes)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_every_question_goes_by_an_index_of_its_own(kind: Any, postgres_store: Any) -> None:
    """PostgreSQL finds rows by every field that is asked for, and walks through no others."""
    records = [varied(full(kind.record), number) for number in range(1500)]
    with postgres_store.transaction("t") as tx:
        tx.add_all(records)
        name = f"{postgres_store.schema}.{PREFIX}{kind.name}"
        tx.connection.exec_driver_sql(f"ANALYZE {name}")
        for fields in (kind.key, *kind.indexes):
            wanted = {name: [getattr(records[7], name)] for name in fields}
            statement, given = finding(tx.database.backend, kind, "t", wanted)
            explained = tx.connection.exec_driver_sql("EXPLAIN " + statement, given)
            plan = "\n".join(explained.scalars())
            assert "Seq Scan" not in plan, plan
            covered = [line for line in plan.splitlines() if "Index Cond" in line]
            assert all(re.search(rf"\b{field}\b", line) for line in covered for field in fields), plan
