"""Stores: in memory, and in a database by SQLAlchemy Core (extra ``sql``).

Importing this package loads no database library.
"""

from pathlib import Path
from typing import TYPE_CHECKING

from factoring_core.adapters.storage.memory import MemoryStore
from factoring_core.errors import MissingExtraError

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from factoring_core.adapters.storage.sql.store import SqlStore

__all__ = ["MemoryStore", "open_store", "upgrade_store"]


def open_store(
    where: "str | Path | Engine", *, patience: float = 30.0, schema: str | None = None
) -> "SqlStore":
    """Open the store in a database: a file, a database URL, or an engine of the caller's.

    A store that is not there yet is made.  *patience*: how many seconds to wait for others.
    *schema*: where its tables live, on PostgreSQL; also ``?schema=`` in a URL.

    Raises:
        MissingExtraError: SQLAlchemy, or the driver of the database, is not installed.
        MigrationRequiredError: the store was made by another version; `upgrade_store` brings
            an older one up to date.
        StorageError: it cannot be opened.
    """
    try:
        from factoring_core.adapters.storage.sql.store import SqlStore

        # Making a new store loads one more library.
        return SqlStore(where, patience=patience, schema=schema)
    except ModuleNotFoundError as error:
        raise _missing(error) from error


def upgrade_store(
    where: "str | Path | Engine", *, patience: float = 30.0, schema: str | None = None
) -> tuple[str, ...]:
    """Bring an older store up to date and return the names of the steps taken; none is fine too."""
    try:
        from factoring_core.adapters.storage.sql.store import upgrade

        return upgrade(where, patience=patience, schema=schema)
    except ModuleNotFoundError as error:
        raise _missing(error) from error


def _missing(error: ModuleNotFoundError) -> Exception:
    package = (error.name or "").partition(".")[0]
    return MissingExtraError(package, "sql") if package in ("sqlalchemy", "alembic") else error
