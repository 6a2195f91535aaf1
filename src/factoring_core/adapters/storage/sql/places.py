"""Where a store is: a file, a database URL, or an engine of the caller's; which database it is in."""

import re
from importlib.util import find_spec
from pathlib import Path

from sqlalchemy import URL, Engine, make_url
from sqlalchemy.exc import ArgumentError

from factoring_core.adapters.storage.sql import sqlite
from factoring_core.adapters.storage.sql.backend import Backend
from factoring_core.errors import MissingExtraError, NotAvailableError, UsageError

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,62}", re.ASCII).fullmatch


def open_place(where: str | Path | Engine, patience: float, schema: str | None) -> tuple[Engine, Backend]:
    """Return an engine for a place, and what is special about the kind of database there.

    Raises:
        UsageError: it is no place for a store.
        NotAvailableError: a database that no store can be in.
        MissingExtraError: its driver is not installed.
    """
    if isinstance(where, Path):
        return sqlite.open_file(where, patience), _sqlite(schema)
    try:
        url = where.url if isinstance(where, Engine) else make_url(where)
    except ArgumentError:
        # The text may hold a password.
        raise UsageError(
            "A store is a path or a database URL such as sqlite:///factoring.db or postgresql://host/database."
        ) from None
    name = url.get_backend_name()
    if name == "sqlite":
        backend = _sqlite(schema)
        if isinstance(where, Engine):
            sqlite.prepare(where, patience)
            return where, backend
        return sqlite.open_url(url, patience), backend
    if name in ("postgresql", "postgres"):
        return _postgres(where if isinstance(where, Engine) else url, patience, schema)
    raise NotAvailableError(f"A store on {name} is not in this release; use SQLite or PostgreSQL.")


def _sqlite(schema: str | None) -> Backend:
    if schema is not None:
        raise UsageError("A SQLite file has no schemas; leave the schema out.")
    return sqlite.SQLITE


def _postgres(where: Engine | URL, patience: float, schema: str | None) -> tuple[Engine, Backend]:
    if find_spec("psycopg") is None:
        raise MissingExtraError("psycopg", "postgres")
    from factoring_core.adapters.storage.sql import postgres, postgres_engine

    if isinstance(where, URL):
        engine, named = postgres_engine.open_url(where, patience)
        schema = schema if schema is not None else named
    else:
        postgres_engine.check(where)
        engine = where
    if schema is not None and not _NAME(schema):
        raise UsageError("The name of a schema is made of letters, digits and underscores.")
    return engine, postgres.Postgres(schema=schema)
