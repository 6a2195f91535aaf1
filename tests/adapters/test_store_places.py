"""Stores in files and databases keep the promises of the shipped class about where they are."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, ClassVar

import psycopg
import pytest
from sqlalchemy import create_engine, event, make_url

from factoring_core.adapters.storage import open_store, upgrade_store
from factoring_core.adapters.storage.sql.migrating import VERSION_TABLE
from factoring_core.errors import FactoringError, NotAvailableError, StorageError, UsageError
from factoring_core.testing.contracts import StorePlaceContract
from factoring_core.testing.servers.ftp import write_certificate
from servers.cut_wire import CutWire
from servers.stranger import Stranger

STATES = {
    "conflict": "40001",
    "damaged": "XX001",
    "deadlock": "40P01",
    "filled": "53200",
    "full": "53100",
    "left": "25P03",
    "locked": "55P03",
    "lost": "57P01",
    "moved": "3F000",
    "odd": "0A000",
    "read_only": "25006",
    "renamed": "42703",
    "stopped": "57014",
    "too_many": "53300",
    "torn": "XX002",
    "unfit": "22003",
    "unwanted": "23514",
    "unwritable": "42501",
}
"""What a PostgreSQL server calls each trouble."""


class Ours(StorePlaceContract):
    """Opened as an office does it."""

    def opened(self, place: Any, *, patience: float = 30.0) -> Any:
        return open_store(place, patience=patience)

    def upgraded(self, place: Any) -> Sequence[str]:
        return upgrade_store(place)


class TestSqlitePlaces(Ours):
    needs: ClassVar[dict[str, str]] = {"sqlalchemy": "sql", "alembic": "sql"}

    @pytest.fixture
    def place(self, tmp_path: Path) -> Path:
        return tmp_path / "factoring.db"

    def brought_into(self, trouble: str, place: Path) -> Any:
        ways: dict[str, Callable[[Path], Any]] = {
            "damaged": self._damaged,
            "full": lambda place: self._set(place, "max_page_count=1"),
            "locked": self._locked,
            "odd": lambda place: self._changed(
                place,
                "ALTER TABLE factoring_standings RENAME TO away",
                "ALTER TABLE away RENAME TO factoring_standings",
            ),
            "read_only": lambda place: self._set(place, "query_only=1"),
            "unwanted": lambda place: self._changed(
                place,
                "CREATE TRIGGER says BEFORE INSERT ON factoring_standings"
                " BEGIN SELECT RAISE(ABORT, 'not this one'); END",
                "DROP TRIGGER says",
            ),
            "unwritable": self._unwritable,
        }
        return ways[trouble](place) if trouble in ways else None

    @contextmanager
    def _damaged(self, place: Path) -> Iterator[Path]:
        sound = place.read_bytes()
        place.write_bytes(b"\xff" * 4096)
        yield place
        assert place.read_bytes() == b"\xff" * 4096
        place.write_bytes(sound)

    @contextmanager
    def _set(self, place: Path, pragma: str) -> Iterator[Any]:
        engine = create_engine(f"sqlite:///{place}")
        event.listen(engine, "connect", lambda raw, _: raw.execute(f"PRAGMA {pragma}"))
        yield engine
        engine.dispose()

    @contextmanager
    def _changed(self, place: Path, before: str, after: str) -> Iterator[Path]:
        with closing(sqlite3.connect(place, isolation_level=None)) as raw:
            raw.execute(before)
            yield place
            raw.execute(after)

    @contextmanager
    def _locked(self, place: Path) -> Iterator[Path]:
        with closing(sqlite3.connect(place, isolation_level=None)) as raw:
            raw.execute("BEGIN IMMEDIATE")
            yield place
            raw.execute("ROLLBACK")

    @contextmanager
    def _unwritable(self, place: Path) -> Iterator[str]:
        yield f"sqlite:///{place.parent / 'nowhere' / 'factoring.db'}"

    def of_version(self, place: Path, version: str | None) -> bool:
        with closing(sqlite3.connect(place, isolation_level=None)) as raw:
            raw.execute(f"DELETE FROM {VERSION_TABLE}")
            if version is not None:
                raw.execute(f"INSERT INTO {VERSION_TABLE} VALUES (?)", (version,))
        return True

    def spoiled(self, place: Path, kind: str, field: str, text: str) -> bool:
        if kind:
            with closing(sqlite3.connect(place, isolation_level=None)) as raw:
                raw.execute(f'UPDATE factoring_{kind} SET "{field}" = ?', (text,))
        return True

    def impossible(self, place: Path) -> Iterator[tuple[Any, type[FactoringError]]]:
        for where in ("sqlite://", "sqlite:///:memory:", "sqlite:///file:x?uri=true", "factoring.db"):
            yield where, UsageError
        yield "mysql://u:secret@h/d", NotAvailableError
        yield place.parent, StorageError

    @contextmanager
    def borrowed(self, place: Path) -> Iterator[tuple[Any, Any]]:
        engine = create_engine(f"sqlite:///{place}")
        with engine.connect() as kept:
            yield engine, lambda: kept.exec_driver_sql("SELECT 1").scalar_one()
        engine.dispose()


class TestPostgresPlaces(Ours):
    tenants_wait = False
    needs: ClassVar[dict[str, str]] = {"sqlalchemy": "sql", "psycopg": "postgres", "alembic": "sql"}

    @pytest.fixture
    def place(self, postgres_url: str, fresh_schema: Callable[[], str]) -> str:
        url = make_url(postgres_url).update_query_dict({"schema": fresh_schema()})
        return url.render_as_string(hide_password=False)

    def raw(self, place: str, *commands: str) -> None:
        """Run commands in the schema of a place."""
        url = make_url(place)
        with psycopg.connect(
            url.difference_update_query(["schema"]).render_as_string(hide_password=False), autocommit=True
        ) as connection:
            connection.execute(f'SET search_path TO "{url.query["schema"]}"'.encode())
            for command in commands:
                connection.execute(command.encode())

    @contextmanager
    def brought_into(self, trouble: str, place: str) -> Iterator[str]:
        if trouble == "forgetful":
            url = make_url(place).update_query_dict({"options": "-c synchronous_commit=off"})
            yield url.render_as_string(hide_password=False)
            return
        if trouble == "gone":
            self.raw(place, "ALTER TABLE factoring_standings RENAME TO away")
            yield place
            self.raw(place, "ALTER TABLE away RENAME TO factoring_standings")
            return
        self.raw(
            place,
            "CREATE FUNCTION says() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
            f" RAISE EXCEPTION 'row: %', NEW.load USING ERRCODE = '{STATES[trouble]}'; END $$",
            "CREATE TRIGGER says BEFORE INSERT ON factoring_standings FOR EACH ROW EXECUTE FUNCTION says()",
        )
        yield place
        self.raw(place, "DROP TRIGGER says ON factoring_standings")

    @contextmanager
    def losing_the_answer(self, place: str, when: Any, *, for_good: bool) -> Iterator[tuple[str, Any]]:
        open_store(place).close()
        url = make_url(place)
        wire = CutWire(Path(str(url.query["host"])) / ".s.PGSQL.5432")

        def ready() -> None:
            wire.cut, wire.dies_with_the_cut = when, for_good

        schema = url.query["schema"]
        yield f"postgresql://{url.username}@127.0.0.1:{wire.port}/{url.database}?schema={schema}", ready
        assert wire.cut is None, "no commit came by"
        wire.close()

    def of_version(self, place: str, version: str | None) -> bool:
        self.raw(place, f"DELETE FROM {VERSION_TABLE}")
        if version is not None:
            self.raw(place, f"INSERT INTO {VERSION_TABLE} VALUES ('{version}')")
        return True

    def spoiled(self, place: str, kind: str, field: str, text: str) -> bool:
        if kind:
            self.raw(place, f"""UPDATE factoring_{kind} SET "{field}" = '{text}'""")
        return True

    def cut_off(self, place: str) -> bool:
        url = make_url(place).difference_update_query(["schema"])
        with psycopg.connect(url.render_as_string(hide_password=False), autocommit=True) as connection:
            asked = (
                "SELECT count(*) FILTER (WHERE pg_terminate_backend(pid, 5000)) FROM pg_stat_activity"
                " WHERE application_name = 'factoring_core'"
            )
            [cut] = connection.execute(asked).fetchone() or [0]
        return bool(cut)

    def impossible(self, place: str) -> Iterator[tuple[Any, type[FactoringError]]]:
        for schema in ("1st", "a;b", "per%25cent"):
            yield str(make_url(place).update_query_dict({"schema": schema})), UsageError
        yield f"{place}&schema=two", UsageError
        yield "postgresql+asyncpg://u:secret@h/d", UsageError
        yield "postgresql://u:secret@127.0.0.1:1/d", StorageError
        yield (
            create_engine(
                "postgresql+psycopg://u:secret@127.0.0.1:1/d", isolation_level="AUTOCOMMIT"
            ).execution_options(isolation_level="AUTOCOMMIT"),
            UsageError,
        )

    def strangers(self, folder: Path) -> Iterator[tuple[str, Callable[[], bytes], bool]]:
        ours = write_certificate(folder / "ours", "127.0.0.2")
        other = write_certificate(folder / "other", "127.0.0.3").with_name("server.pem")
        proof, trusting = ours.with_name("server.pem"), f"sslrootcert={ours}"
        for host, certificate, query, may in (
            ("127.0.0.2", None, "", False),
            ("127.0.0.2", None, "sslmode=disable", True),
            ("127.0.0.2", proof, "", False),
            ("127.0.0.2", proof, trusting, True),
            ("127.0.0.2", other, f"sslrootcert={other.with_name('ca.pem')}", False),
            ("127.0.0.1", None, "", True),
            ("localhost", None, "", True),
        ):
            with closing(Stranger("127.0.0.1" if host == "localhost" else host, certificate)) as server:
                heard = lambda server=server: server.heard  # noqa: E731
                yield f"postgresql+psycopg://u:secret@{host}:{server.port}/d?{query}", heard, may
        with closing(Stranger("127.0.0.2")) as server:
            heard = lambda server=server: server.heard  # noqa: E731
            yield f"postgres://u:secret@/d?host=127.0.0.2&port={server.port}", heard, False

    @contextmanager
    def borrowed(self, place: str) -> Iterator[tuple[Any, Any]]:
        url = make_url(place)
        engine = create_engine(
            url.set(drivername="postgresql+psycopg").difference_update_query(["schema"]),
            connect_args={"options": f"-c search_path={url.query['schema']}"},
        )
        self.raw(place, f'CREATE SCHEMA IF NOT EXISTS "{url.query["schema"]}"')
        with engine.connect() as kept:
            yield engine, lambda: kept.exec_driver_sql("SELECT 1").scalar_one()
        engine.dispose()


del Ours
