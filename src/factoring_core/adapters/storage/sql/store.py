"""A store in a database."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Connection, Engine

from factoring_core.adapters.storage.sql import migrating
from factoring_core.adapters.storage.sql.database import Database, JoinedDatabase
from factoring_core.adapters.storage.sql.tables import METADATA
from factoring_core.adapters.storage.sql.transaction import SqlReading, SqlTransaction
from factoring_core.domain.selling.lease import StoreTime
from factoring_core.errors import StoreCorruptError


class SqlStore:
    """Keeps records in a database: a file, a database URL, or an engine of the caller's.

    A store that is not there yet is made.  *patience*: how many seconds to wait for others.
    *clock*: by which leases end, in place of the machine's or the database server's.
    It may be used from several threads; each transaction belongs to the thread that opened it.
    On SQLite a look that is held open keeps everybody from committing: make it short, and open
    no transaction inside it.

    Raises:
        MigrationRequiredError: the store was made by another version.
        StorageError: it cannot be opened.
    """

    def __init__(
        self,
        where: str | Path | Engine,
        *,
        patience: float = 30.0,
        schema: str | None = None,
        clock: Callable[[], StoreTime] | None = None,
    ) -> None:
        self._database = Database(where, patience, schema, clock=clock)
        schema = self._database.backend.schema
        try:
            with self._database.reading() as connection, self._database.translated():
                fresh = migrating.is_fresh(connection, schema)
            if fresh:
                # Somebody else may be doing the same: whoever comes second finds it done.
                _upgrade(self._database)
            with self._database.reading() as connection, self._database.translated():
                migrating.check(connection, schema)
        except BaseException:
            self.close()
            raise

    @contextmanager
    def reading(self, tenant: str) -> Iterator[SqlReading]:
        """Open a consistent look."""
        with self._database.reading(tenant) as connection:
            yield SqlReading(self._database, connection, tenant)

    @contextmanager
    def transaction(self, tenant: str) -> Iterator[SqlTransaction]:
        """Open a writing transaction, durable when the block ends without an exception."""
        with self._database.writing(tenant) as connection:
            yield SqlTransaction(self._database, connection, tenant)

    @property
    def schema(self) -> str | None:
        """The schema that the tables are in, where the database has schemas and one was named."""
        return self._database.backend.schema

    def joined(self, connection: Connection) -> "JoinedStore":
        """Return the same store inside the transaction that *connection*, of a host's, is in.

        What is kept through it becomes durable when the host commits.  The connection has to come
        from the engine this store was opened with, or one of the same database.
        """
        return JoinedStore(self._database, connection)

    def verify(self) -> None:
        """Have the database look through all of its pages and indexes.

        Raises:
            StoreCorruptError: it found something wrong.
        """
        with self._database.reading() as connection, self._database.translated():
            found = self._database.backend.damage(connection, METADATA.tables.values())
        if found:
            raise StoreCorruptError(f"The store is damaged: {found[0]}.", where={"places": len(found)})

    def close(self) -> None:
        """Let go of the file; a caller's own engine stays open."""
        self._database.close()


class JoinedStore:
    """A store whose transactions are parts of one transaction of a host's.

    Each is a savepoint: one that is left by an exception leaves no trace, and the host's goes on.
    """

    def __init__(self, database: Database, connection: Connection) -> None:
        self._database = JoinedDatabase(database, connection)

    @contextmanager
    def reading(self, tenant: str) -> Iterator[SqlReading]:
        """Look at what the host's transaction sees."""
        with self._database.reading(tenant) as connection:
            yield SqlReading(self._database, connection, tenant)

    @contextmanager
    def transaction(self, tenant: str) -> Iterator[SqlTransaction]:
        """Open a writing transaction, durable when the host commits."""
        with self._database.writing(tenant) as connection:
            yield SqlTransaction(self._database, connection, tenant)

    def close(self) -> None:
        """Leave everything open: it is the host's."""


def upgrade(
    where: str | Path | Engine, *, patience: float = 30.0, schema: str | None = None
) -> tuple[str, ...]:
    """Bring an older store up to date, in one transaction, and return the names of the steps taken.

    Raises:
        MigrationRequiredError: it was made by a version that this one does not know.
        StorageError: it cannot be opened or changed.
    """
    database = Database(where, patience, schema)
    try:
        return _upgrade(database)
    finally:
        database.close()


def _upgrade(database: Database) -> tuple[str, ...]:
    with database.migrating() as connection, database.translated():
        steps = migrating.upgrade(connection, database.backend.schema)
        if steps:
            database.backend.state_sizes(connection, METADATA.tables.values())
        return steps
