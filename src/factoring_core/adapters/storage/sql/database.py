"""A database and its transactions, whatever is in it."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError, PendingRollbackError, ResourceClosedError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from factoring_core.adapters.storage.asking import key_taken, not_storable
from factoring_core.adapters.storage.sql.places import open_place
from factoring_core.domain.selling.lease import StoreTime
from factoring_core.errors import StorageError, StoreBusyError
from factoring_core.ports.storage import Kind


class Database:
    """Opens transactions on a file, a database URL, or an engine of the caller's.

    *patience*: how many seconds to wait for others.  *schema*: where our tables live, on a
    database that has schemas.  *clock*: the clock by which leases end, the database's by default.
    """

    def __init__(
        self,
        where: str | Path | Engine,
        patience: float,
        schema: str | None = None,
        *,
        clock: Callable[[], StoreTime] | None = None,
    ) -> None:
        self._clock = clock
        self._patience = patience
        self._owned = not isinstance(where, Engine)
        self._engine, self.backend = open_place(where, patience, schema)
        self.options: dict[str, Any] = {"schema_translate_map": {None: self.backend.schema}}
        # SQLite lets writers try again and again in no order; a queue is fair and quicker.
        self._turn: Any = threading.Lock() if self.backend.one_writer else None

    @contextmanager
    def reading(self, tenant: str | None = None) -> Iterator[Connection]:
        """Open a transaction that changes nothing; without *tenant* it is about none of them."""
        with self._transaction(writing=False) as connection:
            if tenant is not None:
                with self.translated():
                    self.backend.name_tenant(connection, tenant)
            yield connection

    @contextmanager
    def writing(self, tenant: str) -> Iterator[Connection]:
        """Open a transaction that is committed when the block ends without an exception.

        It is the only one that writes for *tenant* while it lasts.
        """
        with self._in_turn(), self._transaction(writing=True) as connection:
            with self.translated():
                self.backend.name_tenant(connection, tenant)
                self.backend.take_turn(connection, tenant)
            yield connection
            with self.translated(connection):
                id_ = self.backend.sign(connection, tenant)
            self._commit(connection, tenant, id_)

    @contextmanager
    def migrating(self) -> Iterator[Connection]:
        """Open a transaction that makes or changes tables, the only one that does."""
        with self._in_turn(), self._transaction(writing=True) as connection:
            with self.translated():
                self.backend.begin_steps(connection)
            yield connection
            self._commit(connection, "", None)

    def time(self, connection: Connection) -> StoreTime:
        """Return the present instant by the clock by which leases end."""
        return self.backend.time(connection) if self._clock is None else self._clock()

    def close(self) -> None:
        """Let go of the file or the server; a caller's own engine stays open."""
        if self._owned:
            self._engine.dispose()

    def _commit(self, connection: Connection, tenant: str, id_: str | None) -> None:
        """Commit, and if the answer is lost, find out what it was."""
        try:
            # SQLite keeps a transaction open whose commit had to wait for too long: it goes as well.
            with self.translated(connection):
                connection.commit()
        except StorageError as error:
            if id_ is None or not self.backend.lost(error.__cause__ or error):
                raise
            if not self._was_committed(tenant, id_):
                raise

    def _was_committed(self, tenant: str, id_: str) -> bool:
        """Look for the id of a transaction whose answer was lost, until somebody answers.

        The tenant's turn is waited for first: what is still being committed is not overlooked.
        """
        end = time.monotonic() + self._patience
        while True:
            try:
                with self._transaction(writing=True) as connection, self.translated():
                    self.backend.name_tenant(connection, tenant)
                    self.backend.take_turn(connection, tenant)
                    return self.backend.signed(connection, tenant, id_)
            except StorageError as error:
                if time.monotonic() > end:
                    raise StorageError(
                        "The connection was lost while a change was being confirmed, and the store does"
                        " not answer: nobody knows yet whether the change was kept.",
                        code="commit_unknown",
                        remedy="Do the same again when the store answers; what was done is not done twice.",
                    ) from error
                time.sleep(0.2)

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
                driver = self._driver_error(error)
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
                self._abandon(connection)
            driver = self._driver_error(error) or error
            raise self.backend.error(driver) or StorageError(f"The store failed: {driver}.") from driver
        except PendingRollbackError as error:
            raise StorageError("The transaction has failed before; nothing of it was kept.") from error
        except PoolTimeoutError as error:
            raise StoreBusyError("All connections to the store are in use.") from error
        except ResourceClosedError as error:
            raise RuntimeError("this look at the store or transaction is over") from error
        except (OverflowError, UnicodeEncodeError) as error:
            raise not_storable(str(error)) from error

    def _abandon(self, connection: Connection) -> None:
        """Let nothing more be done on a connection whose transaction has failed."""
        connection.invalidate()

    def _driver_error(self, error: BaseException) -> BaseException | None:
        """Return what the driver raised, itself or inside an error of SQLAlchemy's."""
        if isinstance(error, DBAPIError):
            return error.orig
        return error if isinstance(error, self.backend.driver_error) else None

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
                connection = connection.execution_options(**self.backend.options(writing=writing))
                connection.begin()
                self.backend.begin(connection, self._patience)
            yield connection
        finally:
            self._leave(connection)

    def _leave(self, connection: Connection) -> None:
        """Give a connection back; one that broke meanwhile has taken its transaction with it."""
        try:
            connection.close()
        except (DBAPIError, self.backend.driver_error) as error:
            if not self.backend.lost(self._driver_error(error) or error):
                raise


class JoinedDatabase(Database):
    """The same database, on a connection of a host's and inside the transaction it is in.

    What is kept becomes durable when the host commits, and goes when the host rolls back.
    """

    def __init__(self, database: Database, connection: Connection) -> None:
        self._patience, self._clock = database._patience, database._clock
        self.backend, self.options = database.backend, database.options
        self._connection = connection

    @contextmanager
    def reading(self, tenant: str | None = None) -> Iterator[Connection]:
        """Look through the host's transaction, at what it sees."""
        if tenant is not None:
            with self.translated(self._connection):
                self.backend.name_tenant(self._connection, tenant)
        yield self._connection

    @contextmanager
    def writing(self, tenant: str) -> Iterator[Connection]:
        """Open a savepoint in the host's transaction; the tenant's turn is ours until that ends."""
        connection = self._connection
        with self.translated(connection):
            savepoint = connection.begin_nested()
        try:
            with self.translated(connection):
                self.backend.name_tenant(connection, tenant)
                self.backend.take_turn(connection, tenant)
            yield connection
            with self.translated(connection):
                savepoint.commit()
        except BaseException:
            # With the connection gone there is nothing to go back to.
            if savepoint.is_active and not connection.invalidated:
                savepoint.rollback()
            raise

    def close(self) -> None:
        """Leave everything open: it is the host's."""

    def _abandon(self, connection: Connection) -> None:
        """Let SQLite do nothing more: it may have ended the host's transaction by itself."""
        if self.backend.one_writer:
            connection.invalidate()
