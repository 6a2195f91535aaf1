"""Broken ways to open a store at an address: each class is one defect."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any, ClassVar

import pytest
from sqlalchemy import create_engine

from factoring_core.adapters.storage import open_store, upgrade_store
from factoring_core.adapters.storage.sql.migrating import VERSION_TABLE
from factoring_core.errors import (
    FactoringError,
    MigrationRequiredError,
    StorageError,
    StoreBusyError,
    StoreCorruptError,
    UsageError,
)
from factoring_core.testing.contracts import StorePlaceContract


class Places(StorePlaceContract):
    """The contract over stores in files; the sound one keeps it in tests/adapters."""

    proved_elsewhere = True

    @pytest.fixture
    def place(self, tmp_path: Path) -> Path:
        return tmp_path / "factoring.db"

    def opened(self, place: Any, *, patience: float = 30.0) -> Any:
        return open_store(place, patience=patience)

    def upgraded(self, place: Any) -> Sequence[str]:
        return upgrade_store(place)

    def brought_into(self, trouble: str, place: Path) -> Any:
        return self._damaged(place) if trouble == "damaged" else None

    @contextmanager
    def _damaged(self, place: Path) -> Iterator[Path]:
        sound = place.read_bytes()
        place.write_bytes(b"\xff" * 4096)
        yield place
        place.write_bytes(sound)

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
        yield "sqlite://", UsageError
        yield "postgresql+asyncpg://u:secret@h/d", UsageError

    @contextmanager
    def borrowed(self, place: Path) -> Iterator[tuple[Any, Any]]:
        engine = create_engine(f"sqlite:///{place}")
        with engine.connect() as kept:
            yield engine, lambda: kept.exec_driver_sql("SELECT 1").scalar_one()
        engine.dispose()


class BeginsADamagedStoreAnew(Places):
    """A file that is damaged is put aside, and the store is empty from then on."""

    caught_by = "test_trouble_is_said_and_changes_nothing"

    def opened(self, place: Any, *, patience: float = 30.0) -> Any:
        try:
            return super().opened(place, patience=patience)
        except StoreCorruptError:
            Path(place).unlink()
            return super().opened(place, patience=patience)


class OpensAnyVersion(Places):
    """A store that a newer program made is worked on as if it were today's."""

    caught_by = "test_a_store_of_another_version_is_left_alone"

    def opened(self, place: Any, *, patience: float = 30.0) -> Any:
        try:
            return super().opened(place, patience=patience)
        except MigrationRequiredError:
            self.of_version(place, "0001")
            return super().opened(place, patience=patience)


class NamesStepsItDidNotTake(Places):
    """Bringing a store up to date says that steps were taken when there were none."""

    caught_by = "test_upgrading_twice_does_nothing"

    def upgraded(self, place: Any) -> Sequence[str]:
        return super().upgraded(place) or ("0001",)


class RepeatsThePasswordOfAnAddress(Places):
    """The address that is refused is repeated in the error, with the password in it."""

    caught_by = "test_impossible_places_are_refused"

    def opened(self, place: Any, *, patience: float = 30.0) -> Any:
        try:
            return super().opened(place, patience=patience)
        except UsageError:
            raise UsageError(f"No store can be at {place}.") from None


class ClosesWhatIsLent(Places):
    """The host's own way to the database is closed with the store."""

    caught_by = "test_what_a_host_lends_stays_open"

    @contextmanager
    def borrowed(self, place: Path) -> Iterator[tuple[Any, Any]]:
        with super().borrowed(place) as (engine, used), engine.connect() as lent:

            def still_used() -> None:
                used()
                lent.exec_driver_sql("SELECT 1")

            self.lent = lent
            yield engine, still_used

    def opened(self, place: Any, *, patience: float = 30.0) -> Any:
        store = super().opened(place, patience=patience)
        if hasattr(self, "lent"):
            store.close = self.lent.close
        return store


class WaitsAsLongAsItTakes(Places):
    """A writer that is waited for too long ends in an error that nobody can tell from damage."""

    caught_by = "test_another_writer_makes_it_busy"

    def opened(self, place: Any, *, patience: float = 30.0) -> Any:
        store = super().opened(place, patience=patience)
        transaction = store.transaction

        @contextmanager
        def kept(tenant: str) -> Iterator[Any]:
            try:
                with transaction(tenant) as tx:
                    yield tx
            except StoreBusyError as busy:
                raise StorageError(busy.message) from None

        store.transaction = kept
        return store


class LeavesOutWhatItCannotRead(Places):
    """A record that cannot be read counts as one that is not there, and its load is sold again."""

    caught_by = "test_what_was_never_written_is_damage"

    def opened(self, place: Any, *, patience: float = 30.0) -> Any:
        store = super().opened(place, patience=patience)
        reading = store.reading

        @contextmanager
        def kept(tenant: str) -> Iterator[Any]:
            with suppress(StoreCorruptError), reading(tenant) as look:
                yield look

        store.reading = kept
        return store


class DiesWithoutItsLibrary(Places):
    """Without its library it fails with an import error that no operator understands."""

    caught_by = "test_a_missing_library_is_named"
    needs: ClassVar[dict[str, str]] = {"sqlalchemy": "sql"}

    def opened(self, place: Any, *, patience: float = 30.0) -> Any:
        import sqlalchemy

        assert sqlalchemy
        return super().opened(place, patience=patience)


class LogsEveryRow(Places):
    """Whoever turns the log of the library on has the customers in it."""

    caught_by = "test_no_record_goes_into_a_log"

    def opened(self, place: Any, *, patience: float = 30.0) -> Any:
        store = super().opened(place, patience=patience)
        store._database._engine.hide_parameters = False
        return store


class KeepsADeadConnection(Places):
    """A connection that a restarted server has forgotten is used all the same, and the command fails."""

    caught_by = "test_connections_that_died_meanwhile_are_not_noticed"

    def cut_off(self, place: Path) -> bool:
        self.cut = True
        return True

    def opened(self, place: Any, *, patience: float = 30.0) -> Any:
        store = super().opened(place, patience=patience)
        transaction, self.cut = store.transaction, False

        @contextmanager
        def broken(tenant: str) -> Iterator[Any]:
            if self.cut:
                raise StorageError("The connection is gone.")
            with transaction(tenant) as tx:
                yield tx

        store.transaction = broken
        return store


class TellsAStranger(Places):
    """Whoever answers at the address of the server gets the password."""

    caught_by = "test_a_server_elsewhere_proves_who_it_is"

    def strangers(self, folder: Path) -> Iterator[tuple[Any, Any, bool]]:
        self.heard: list[bytes] = []
        yield "postgresql://u:secret@127.0.0.2/d", lambda: b"".join(self.heard), False

    def opened(self, place: Any, *, patience: float = 30.0) -> Any:
        self.heard.append(str(place).encode())
        raise StorageError("Nobody answers.", code="store_lost", retryable=True)


class QueuesTenantsUp(Places):
    """One tenant's long act keeps all the others waiting."""

    caught_by = "test_tenants_do_not_wait_for_each_other"
    tenants_wait = False  # a file has one writer


class CallsAKeptChangeLost(Places):
    """A commit whose answer was lost counts as not done, and is done a second time."""

    caught_by = "test_a_commit_without_an_answer"

    @contextmanager
    def losing_the_answer(self, place: Path, when: str, *, for_good: bool) -> Iterator[tuple[Any, Any]]:
        code = "commit_unknown" if for_good else "store_lost"
        said = StorageError("The line broke.", code=code, retryable=True, remedy="Do the same again.")
        yield (place, when, said), lambda: None

    def opened(self, place: Any, *, patience: float = 30.0) -> Any:
        if not isinstance(place, tuple):
            return super().opened(place, patience=patience)
        path, when, said = place
        store = super().opened(path, patience=patience)
        transaction = store.transaction

        @contextmanager
        def broken(tenant: str) -> Iterator[Any]:
            with transaction(tenant) as tx:
                yield tx
                if when == "before":
                    raise said
            raise said

        store.transaction = broken
        return store
