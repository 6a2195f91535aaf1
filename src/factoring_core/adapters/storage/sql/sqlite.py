"""Everything that only SQLite needs: its settings, its transactions, its file, its errors."""

import os
import sqlite3
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, ClassVar

from sqlalchemy import URL, Column, Connection, Engine, MetaData, Table, create_engine, delete, event
from sqlalchemy.dialects.sqlite import dialect, insert

from factoring_core.adapters.storage.asking import not_storable
from factoring_core.adapters.storage.machine_time import machine_time
from factoring_core.adapters.storage.sql.writing import Writing
from factoring_core.domain.selling.lease import StoreTime
from factoring_core.errors import StorageError, StoreBusyError, StoreCorruptError, UsageError

PRAGMAS = (
    # Either the whole of a transaction survives a loss of power, or nothing of it.
    "journal_mode=DELETE",
    "synchronous=EXTRA",
    "foreign_keys=ON",
    # A file that somebody else prepared runs nothing, and damage shows early.
    "trusted_schema=OFF",
    "cell_size_check=ON",
    "mmap_size=0",
    # What was removed is not left in free pages.
    "secure_delete=ON",
    "cache_size=-8192",
)


_SIZES = Table("sqlite_stat1", MetaData(), Column("tbl"), Column("idx"), Column("stat"))
_ROWS, _FOUND = 1_000_000, 100


class Sqlite:
    """SQLite through the driver of the standard library."""

    one_writer: ClassVar[bool] = True
    parameter: ClassVar[str] = "?"
    driver_error: ClassVar[type[Exception]] = sqlite3.Error
    schema: str | None = None

    def dialect(self) -> Any:
        """Return a dialect that writes parameters by position."""
        return dialect(paramstyle="qmark")

    def insert(self, table: Any) -> Any:
        """Return an insert that knows ``on_conflict_do_update``."""
        return insert(table)

    def options(self, *, writing: bool) -> dict[str, Any]:
        """Return what SQLAlchemy has to know of a transaction before it begins."""
        return {"writing": writing}

    def name_tenant(self, connection: Connection, tenant: str) -> None:
        """Do nothing: a file has no policies."""

    def begin(self, connection: Connection, patience: float) -> None:
        """Do nothing: connections are settled when they are made."""

    def take_turn(self, connection: Connection, tenant: str) -> None:
        """Do nothing: a writing transaction has the whole file from its beginning."""

    def begin_steps(self, connection: Connection) -> None:
        """Do nothing: nobody else writes."""

    def sign(self, connection: Connection, tenant: str) -> str | None:
        """Sign nothing: there is no wire on which the answer to a commit could be lost."""
        return None

    def signed(self, connection: Connection, tenant: str, id_: str) -> bool:
        """Answer for no id, because none is ever given out."""
        raise NotImplementedError

    def write(self, connection: Connection, how: Writing, rows: Iterator[list[Any]], count: int) -> None:
        """Carry out a statement for each of *count* rows, which come in blocks."""
        for block in rows:
            # A list, even of one row, so that no result is waited for.
            connection.exec_driver_sql(how.sql, block)

    def time(self, connection: Connection) -> StoreTime:
        """Return the time of this machine, the only one that uses the file."""
        return machine_time()

    def lost(self, error: BaseException) -> bool:
        """Say no: a file does not go away as a server does."""
        return False

    def error(self, error: BaseException) -> StorageError | None:
        """Return what an error of the driver means; None where another row has the key."""
        number = getattr(error, "sqlite_errorcode", None)
        if number in (sqlite3.SQLITE_CONSTRAINT_UNIQUE, sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY):
            return None
        # The lower byte is the sort of error, the rest says more about it.
        sort = None if number is None else number & 0xFF
        if sort in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
            return StoreBusyError("Another program kept the store locked for too long.")
        if sort in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
            return StoreCorruptError("The file of the store is damaged, or not a store at all.")
        if sort == sqlite3.SQLITE_FULL:
            return StorageError(
                "There is no room left for the store.",
                code="store_full",
                remedy="Nothing was changed; make room and try again.",
            )
        if sort in (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM):
            return StorageError(
                "The store cannot be opened for writing.",
                code="store_unwritable",
                remedy="Check that its folder exists and may be written to.",
            )
        if sort in (sqlite3.SQLITE_CONSTRAINT, sqlite3.SQLITE_TOOBIG):
            return not_storable(str(error))
        return StorageError(f"The store failed: {error}.")

    def damage(self, connection: Connection, tables: Iterable[Table]) -> list[str]:
        """Look through everything and return what is wrong."""
        found = connection.exec_driver_sql("PRAGMA integrity_check").scalars().all()
        return [] if found == ["ok"] else [str(line) for line in found]

    def state_sizes(self, connection: Connection, tables: Iterable[Table]) -> None:
        """Tell the planner that one tenant has very many rows, and that an index narrows them down.

        Without figures SQLite takes a tenant for ten rows, and walks through all of them in the
        order of the key rather than use an index and sort what it finds.
        """
        # The table of figures cannot be made, only be made to be made.
        connection.exec_driver_sql("ANALYZE")
        connection.execute(delete(_SIZES))
        for each in tables:
            primary = [column.name for column in each.primary_key.columns]
            # Of a table without row ids, the key goes by the name of the table.
            indexes = [(each.name, primary, True)]
            indexes += [(str(index.name), index.columns.keys(), index.unique) for index in each.indexes]
            for name, columns, unique in indexes:
                rows = [_ROWS // 100 ** max(0, place - 1) for place in range(len(columns) + 1)]
                rows[-1] = 1 if unique else _FOUND
                figures = " ".join(str(max(1, count)) for count in rows)
                connection.execute(insert(_SIZES).values(tbl=each.name, idx=name, stat=figures))
        connection.exec_driver_sql("ANALYZE sqlite_schema")


SQLITE = Sqlite()


def open_file(path: Path, patience: float) -> Engine:
    """Return an engine for the store in a file, which is made for its owner's eyes only."""
    try:
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    except OSError as error:
        raise StorageError(
            f"The store {path.name} cannot be opened: {error.strerror}.",
            code="store_unwritable",
            remedy="Check that its folder exists and may be written to.",
            where={"file": path.name},
        ) from error
    engine = create_engine(
        URL.create("sqlite+pysqlite", database=str(path)),
        connect_args={"timeout": patience},
        max_overflow=-1,
        # Rows have no place in messages and logs.
        hide_parameters=True,
    )
    prepare(engine, patience)
    return engine


def open_url(url: URL, patience: float) -> Engine:
    """Return an engine for the file that a database URL names."""
    if not url.database or url.database == ":memory:" or url.database.startswith("file:"):
        raise UsageError("A SQLite store is a file; for one in memory use MemoryStore.")
    return open_file(Path(url.database), patience)


def prepare(engine: Engine, patience: float) -> None:
    """Make every connection of an engine keep our settings and begin transactions as we say.

    Writing transactions take their lock at the beginning: one that read first could find that
    somebody else has written in between.
    """

    @event.listens_for(engine, "connect")
    def settle(connection: Any, _record: Any) -> None:
        connection.isolation_level = None
        connection.execute(f"PRAGMA busy_timeout={int(patience * 1000)}")
        for pragma in PRAGMAS:
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        writing = connection.get_execution_options().get("writing", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")
