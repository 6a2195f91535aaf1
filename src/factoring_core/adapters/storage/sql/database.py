"""A database and its transactions, whatever is in it."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, PendingRollbackError, ResourceClosedError
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
            # SQLite keeps a transaction open whose commit had to wait for too long: it goes as well.
            with self.translated(connection):
                connection.commit()

    def close(self) -> None:
        """Let go of the file; a caller's own engine stays open."""
        if self._owned:
            self._engine.dispose()

    @contextmanager
    def step(self, connection: Connection, kind: Kind) -> Iterator[None]:
        """Make one change of records, whole or, if it is refused, not at all.

        Raises:
            KeyTakenError: another record has the key or a unique set; the transaction goes on.
            StorageError: the database failed, and with it the transaction.
        """
        with self.translated(connection):
            savepoint = connection.begin_nested()
            try:
                yield
            except BaseException as error:
                driver = error.orig if isinstance(error, DBAPIError) else None
                if driver is not None and self.backend.error(driver) is not None:
                    # Perhaps the database has rolled back everything by itself.
                    raise
                savepoint.rollback()
                if driver is not None:
                    raise key_taken(kind) from driver
                raise
            savepoint.commit()

    @contextmanager
    def translated(self, connection: Connection | None = None) -> Iterator[None]:
        """Turn what the database and its driver raise into our errors, here and nowhere else.

        The error of SQLAlchemy is dropped: its text holds the rows.  A transaction on
        *connection* ends with the error, so that nothing can be done outside of one by mistake.
        """
        try:
            yield
        except (DBAPIError, self.backend.driver_error) as error:
            if connection is not None:
                connection.invalidate()
            driver = error.orig if isinstance(error, DBAPIError) and error.orig else error
            raise self.backend.error(driver) or StorageError(f"The store failed: {driver}.") from driver
        except PendingRollbackError as error:
            raise StorageError("The transaction has failed before; nothing of it was kept.") from error
        except PoolTimeoutError as error:
            raise StoreBusyError("All connections to the store are in use.") from error
        except ResourceClosedError as error:
            raise RuntimeError("this look at the store or transaction is over") from error
        except (OverflowError, UnicodeEncodeError) as error:
            raise StorageError(f"A value cannot be kept: {error}.", code="not_storable") from error

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
