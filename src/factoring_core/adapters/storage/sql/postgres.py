"""Everything that only PostgreSQL needs: its settings, its turns, its commits, its bulk writing."""

import secrets
from collections.abc import Iterable, Iterator
from typing import Any, ClassVar

import psycopg
from attrs import frozen
from sqlalchemy import Connection, Table, func, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.exc import DBAPIError

from factoring_core.adapters.storage.asking import not_storable
from factoring_core.adapters.storage.sql import postgres_errors
from factoring_core.adapters.storage.sql.tables import COMMITS, PREFIX, TURNS
from factoring_core.adapters.storage.sql.writing import Sort, Writing
from factoring_core.domain.selling.lease import StoreTime
from factoring_core.errors import StorageError

LONGEST = "15min"
"""A statement of ours that takes longer, or a transaction that idles so long, is given up.

Between its statements a transaction may fold a report of a million rows."""

_BULK = 100
_INCOMING = f"pg_temp.{PREFIX}incoming"
_NOT_DURABLE = (
    "The store would lose what it has confirmed: synchronous_commit is off for this connection.",
    "Set synchronous_commit to on for the role, the database or the server.",
)


@frozen
class Postgres:
    """PostgreSQL through psycopg; ``schema`` is where our tables live, the search path if None.

    Writing transactions read what is committed (READ COMMITTED), after they have changed the row
    of their tenant in the table of turns: those of one tenant come one after the other, those of
    different tenants do not meet.  A look is one snapshot (REPEATABLE READ, read only).
    """

    schema: str | None = None
    one_writer: ClassVar[bool] = False
    parameter: ClassVar[str] = "%s"
    driver_error: ClassVar[type[Exception]] = psycopg.Error

    def dialect(self) -> Any:
        """Return a dialect that writes parameters by position."""
        return PGDialect_psycopg(paramstyle="format")  # type: ignore[no-untyped-call]

    def insert(self, table: Any) -> Any:
        """Return an insert that knows ``on_conflict_do_update``."""
        return insert(table)

    def options(self, *, writing: bool) -> dict[str, Any]:
        """Return what SQLAlchemy has to know of a transaction before it begins."""
        if writing:
            return {"isolation_level": "READ COMMITTED", "postgresql_readonly": False}
        return {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}

    def name_tenant(self, connection: Connection, tenant: str) -> None:
        """Say for whom this transaction is, for policies of row level security."""
        connection.exec_driver_sql("SELECT set_config('factoring.tenant', %s, true)", (tenant,))

    def begin(self, connection: Connection, patience: float) -> None:
        """Settle what holds for one transaction of ours, and for no other of a host's session."""
        wait = f"{max(1, int(patience * 1000))}ms"
        connection.exec_driver_sql(
            "SELECT set_config('lock_timeout', %s, true), set_config('statement_timeout', %s, true),"
            " set_config('idle_in_transaction_session_timeout', %s, true)",
            (wait, LONGEST, LONGEST),
        )

    def take_turn(self, connection: Connection, tenant: str) -> None:
        """Count a turn in the row of the tenant: others wait here, before they have read anything.

        A transaction of a host's that looks at an older state of the database fails here.

        Raises:
            StorageError: the server would confirm commits that a crash can undo.
        """
        turn = insert(TURNS).values(tenant=tenant, taken=1)
        again = turn.on_conflict_do_update(index_elements=["tenant"], set_={"taken": TURNS.c.taken + 1})
        durable = again.returning(func.current_setting("synchronous_commit"))
        if connection.execute(durable, execution_options=self._translated()).scalar_one() == "off":
            raise StorageError(_NOT_DURABLE[0], code="not_durable", remedy=_NOT_DURABLE[1])

    def begin_steps(self, connection: Connection) -> None:
        """Let one program at a time change tables, in our schema, which is made if it is not there."""
        connection.exec_driver_sql("SELECT pg_advisory_xact_lock(hashtext(%s))", (f"{PREFIX}{self.schema}",))
        if self.schema is not None:
            quoted = self._quoted(self.schema)
            known = text("SELECT 1 FROM pg_namespace WHERE nspname = :name")
            # Asked first: a role that may not make schemas may still use one.
            if connection.execute(known, {"name": self.schema}).scalar() is None:
                connection.exec_driver_sql(f"CREATE SCHEMA {quoted}")
            connection.exec_driver_sql("SELECT set_config('search_path', %s, true)", (quoted,))

    def sign(self, connection: Connection, tenant: str) -> str | None:
        """Write down an id of this transaction, and now and then forget those of days ago."""
        id_ = secrets.token_hex(16)
        table = self._name(COMMITS)
        connection.exec_driver_sql(
            f"INSERT INTO {table} (tenant, id, at)"
            " VALUES (%s, %s, floor(extract(epoch FROM clock_timestamp()))::bigint)",
            (tenant, id_),
        )
        if id_.startswith("00"):
            connection.exec_driver_sql(
                f"DELETE FROM {table}"
                " WHERE tenant = %s AND at < extract(epoch FROM clock_timestamp())::bigint - 172800",
                (tenant,),
            )
        return id_

    def signed(self, connection: Connection, tenant: str, id_: str) -> bool:
        """Say whether the transaction of this id was committed; *connection* has the tenant's turn."""
        asked = select(COMMITS.c.id).where(COMMITS.c.tenant == tenant, COMMITS.c.id == id_)
        return connection.execute(asked, execution_options=self._translated()).scalar() is not None

    def write(self, connection: Connection, how: Writing, rows: Iterator[list[Any]], count: int) -> None:
        """Carry out a statement for each of *count* rows: few one by one, many by COPY.

        Many rows to be put or changed go into a temporary table, and from there by one statement.
        """
        if count < _BULK or not how.several:
            for block in rows:
                _refuse_fractions(block)
                connection.exec_driver_sql(how.sql, block)
            return
        table = self._quoted(how.table) if self.schema is None else self._qualified(how.table)
        columns = ", ".join(map(self._quoted, how.columns))
        if how.sort is Sort.ADD and not _has_policies(connection, table):
            _copy(connection, f"{table} ({columns})", rows)
            return
        connection.exec_driver_sql(
            f"CREATE TEMPORARY TABLE {_INCOMING} ON COMMIT DROP AS SELECT {columns} FROM {table} WITH NO DATA"
        )
        _copy(connection, f"{_INCOMING} ({columns})", rows)
        connection.exec_driver_sql(self._from_incoming(how, table, columns))
        connection.exec_driver_sql(f"DROP TABLE {_INCOMING}")

    def _from_incoming(self, how: Writing, table: str, columns: str) -> str:
        names = [self._quoted(name) for name in how.columns if name not in how.key]
        key = [self._quoted(name) for name in how.key]
        if how.sort is Sort.CHANGE:
            new = ", ".join(f"{name} = n.{name}" for name in names)
            same = " AND ".join(f"t.{name} = n.{name}" for name in key)
            return f"UPDATE {table} AS t SET {new} FROM {_INCOMING} AS n WHERE {same}"
        if how.sort is Sort.ADD:
            return f"INSERT INTO {table} ({columns}) SELECT {columns} FROM {_INCOMING}"
        new = ", ".join(f"{name} = excluded.{name}" for name in names)
        # In the order of the key, as one by one, so that unique sets are met in the same order.
        return (
            f"INSERT INTO {table} ({columns}) SELECT {columns} FROM {_INCOMING} ORDER BY {', '.join(key)}"
            f" ON CONFLICT ({', '.join(key)}) DO UPDATE SET {new}"
        )

    def time(self, connection: Connection) -> StoreTime:
        """Return the time of the server, the same for workers on any host; it moves on in a transaction."""
        asked = "SELECT floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint"
        return StoreTime(scale="server", ms=connection.exec_driver_sql(asked).scalar_one())

    def lost(self, error: BaseException) -> bool:
        """Say whether an error of the driver means that the connection is gone."""
        return postgres_errors.lost(error)

    def error(self, error: BaseException) -> StorageError | None:
        """Return what an error of the driver means; None where another row has the key."""
        return postgres_errors.translated(error)

    def damage(self, connection: Connection, tables: Iterable[Table]) -> list[str]:
        """Read every value of every table; the server checks the pages it reads."""
        found = []
        for each in tables:
            try:
                with connection.begin_nested():
                    sql = f"SELECT coalesce(sum(length(t::text)), 0) FROM {self._name(each)} AS t"
                    connection.exec_driver_sql(sql).scalar_one()
            except DBAPIError as error:
                if getattr(error.orig, "sqlstate", None) not in postgres_errors.DAMAGE:
                    raise
                found.append(f"{each.name}: {error.orig}")
        return found

    def state_sizes(self, connection: Connection, tables: Iterable[Table]) -> None:
        """Do nothing: the server keeps its own figures."""

    def _translated(self) -> dict[str, Any]:
        return {"schema_translate_map": {None: self.schema}}

    def _name(self, table: Table) -> str:
        return self._quoted(table.name) if self.schema is None else self._qualified(table.name)

    def _qualified(self, name: str) -> str:
        return f"{self._quoted(self.schema or '')}.{self._quoted(name)}"

    def _quoted(self, name: str) -> str:
        quoted: str = self.dialect().identifier_preparer.quote(name)
        return quoted


def _has_policies(connection: Connection, table: str) -> bool:
    """Say whether the table has row level security for this role, which COPY does not go through."""
    asked = "SELECT row_security_active(CAST(%s AS text))"
    return bool(connection.exec_driver_sql(asked, (table,)).scalar_one())


def _copy(connection: Connection, target: str, rows: Iterator[list[Any]]) -> None:
    """Send rows through COPY; the server refuses a value of another type."""
    raw: Any = connection.connection.driver_connection
    with raw.cursor() as cursor, cursor.copy(f"COPY {target} FROM STDIN") as copy:
        for block in rows:
            for row in block:
                copy.write_row(row)


def _refuse_fractions(rows: list[Any]) -> None:
    """Stand in for the strictness that an assignment to a whole number lacks: it would round."""
    for row in rows:
        for value in row:
            if type(value) is float:
                raise not_storable(f"{value} is no whole number")
