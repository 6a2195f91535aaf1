"""A database and its transactions, whatever is in it."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, ResourceClosedError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from factoring_core.adapters.storage.asking import key_taken
from factoring_core.adapters.storage.sql import sqlite
from factoring_core.adapters.storage.sql.sqlite import Backend
from factoring_core.errors import NotAvailableError, StorageError, StoreBusyError, UsageError
from factoring_core.ports.storage import Kind


class Database:
    """Opens transactions on a file, a database URL, or an engine of the caller's.

    *patience*: how many seconds to wait for others.
    """

    def __init__(self, where: str | Path | Engine, patience: float) -> None:
        self.backend: Backend = sqlite.SQLITE
        self._patience = patience
        self._owned = not isinstance(where, Engine)
        self._engine = _engine(where, patience)
        # SQLite lets writers try again and again in no order; a queue is fair and quicker.
        self._turn: Any = threading.Lock() if self.backend.one_writer else None

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Open a transaction that changes nothing."""
        with self._transaction(writing=False) as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """Open a transaction that is committed when the block ends without an exception."""
        with self._in_turn(), self._transaction(writing=True) as connection:
            yield connection
            with self.translated():
                connection.commit()

    def close(self) -> None:
        """Let go of the file; a caller's own engine stays open."""
        if self._owned:
            self._engine.dispose()

    @contextmanager
    def translated(self, kind: Kind | None = None) -> Iterator[None]:
        """Turn what the database and its driver raise into our errors, here and nowhere else."""
        try:
            yield
        except DBAPIError as error:
            raise self._meaning(error.orig or error, kind) from error
        except self.backend.driver_error as error:
            raise self._meaning(error, kind) from error
        except PoolTimeoutError as error:
            raise StoreBusyError("All connections to the store are in use.") from error
        except ResourceClosedError as error:
            raise RuntimeError("this look at the store or transaction is over") from error
        except (OverflowError, UnicodeEncodeError) as error:
            raise StorageError(f"A value cannot be kept: {error}.", code="not_storable") from error

    def _meaning(self, error: BaseException, kind: Kind | None) -> StorageError:
        meant = self.backend.error(error)
        if meant is None:
            return key_taken(kind) if kind else StorageError(f"The store failed: {error}.")
        return meant

    def _in_turn(self) -> Any:
        return nullcontext() if self._turn is None else self._queue()

    @contextmanager
    def _queue(self) -> Iterator[None]:
        if not self._turn.acquire(timeout=self._patience):
            raise StoreBusyError("Another transaction kept the store for too long.")
        try:
            yield
        finally:
            self._turn.release()

    @contextmanager
    def _transaction(self, *, writing: bool) -> Iterator[Connection]:
        """Open a transaction, which is rolled back unless it was committed."""
        with self.translated():
            connection = self._engine.connect()
        try:
            with self.translated():
                connection = connection.execution_options(writing=writing)
                connection.begin()
            yield connection
        finally:
            connection.close()


def _engine(where: str | Path | Engine, patience: float) -> Engine:
    if isinstance(where, Path):
        return sqlite.open_file(where, patience)
    try:
        url = where.url if isinstance(where, Engine) else make_url(where)
    except ArgumentError:
        # The text may hold a password.
        raise UsageError("A store is a path or a database URL such as sqlite:///factoring.db.") from None
    if url.get_backend_name() != "sqlite":
        raise NotAvailableError(f"A store on {url.get_backend_name()} is not in this release; use SQLite.")
    if isinstance(where, Engine):
        sqlite.prepare(where, patience)
        return where
    return sqlite.open_url(url, patience)
