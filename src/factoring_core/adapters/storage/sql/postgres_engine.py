"""Engines for PostgreSQL: ours, from a URL, and what we ask of a caller's own."""

from sqlalchemy import URL, Engine, create_engine

from factoring_core.errors import UsageError

_LOCAL = ("localhost", "127.0.0.1", "::1")
_MOST, _KEPT = 32, 5


def open_url(url: URL, patience: float) -> tuple[Engine, str | None]:
    """Return an engine for a database URL, and the schema that the URL names as ``?schema=``.

    A server elsewhere has to prove who it is (``sslmode=verify-full``), unless the URL says
    otherwise.
    """
    driver = url.drivername.partition("+")[2]
    if driver not in ("", "psycopg"):
        raise UsageError(f"A PostgreSQL store is reached through psycopg, not through {driver}.")
    schema = url.query.get("schema")
    if not isinstance(schema, str | None):
        raise UsageError("The URL of a store names one schema at most.")
    url = url.set(drivername="postgresql+psycopg").difference_update_query(["schema"])
    host = url.host or url.query.get("host")
    elsewhere = isinstance(host, str) and not host.startswith("/") and host not in _LOCAL
    if elsewhere and "sslmode" not in url.query:
        url = url.update_query_dict({"sslmode": "verify-full"})
        if "sslrootcert" not in url.query:
            url = url.update_query_dict({"sslrootcert": "system"})
    engine = create_engine(
        url,
        connect_args={"application_name": "factoring_core", "connect_timeout": max(2, int(patience))},
        pool_size=_KEPT,
        max_overflow=_MOST - _KEPT,
        pool_timeout=patience,
        # A connection that a restarted server has forgotten is found out before it is used.
        pool_pre_ping=True,
        # Rows have no place in messages and logs.
        hide_parameters=True,
    )
    return engine, schema


def check(engine: Engine) -> None:
    """Let an engine of the caller's pass that a store can work with.

    Raises:
        UsageError: it has another driver, or commits every statement by itself.
    """
    if engine.dialect.driver != "psycopg":
        raise UsageError(
            f"A PostgreSQL store is reached through psycopg, not through {engine.dialect.driver}."
        )
    if engine.get_execution_options().get("isolation_level") == "AUTOCOMMIT":
        raise UsageError("The engine commits every statement by itself; a store needs transactions.")
