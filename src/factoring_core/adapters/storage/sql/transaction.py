"""Looking at and changing one tenant's records inside one database transaction."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from itertools import islice
from typing import Any, TypeVar

from attrs import frozen
from sqlalchemy import Connection, CursorResult

from factoring_core.adapters.storage.asking import (
    checked_fields,
    checked_key,
    checked_question,
    checked_values,
    in_writing_order,
    key_of,
    kind_of,
    one_kind,
)
from factoring_core.adapters.storage.sql import statements
from factoring_core.adapters.storage.sql.codec import many_objects, picker, reader
from factoring_core.adapters.storage.sql.database import Database
from factoring_core.adapters.storage.sql.writing import Writing
from factoring_core.domain.selling.lease import StoreTime
from factoring_core.errors import StoreCorruptError
from factoring_core.ports.storage import Kind

R = TypeVar("R")

MANY = 4_096
"""So many values are asked for at once; databases have a limit."""

BLOCK = 10_000
"""So many rows are read or written at once, which bounds the memory that they need twice over."""


@frozen
class SqlReading:
    """A consistent look at one tenant's records."""

    database: Database
    connection: Connection
    tenant: str

    def get(self, kind: type[R], *key: Any) -> R | None:
        """Return the record with this key, or None."""
        how = kind_of(kind)
        values = (self.tenant, *checked_key(how, key))
        with self.database.translated(self.connection):
            sql = statements.getting(self.database.backend, how)
            rows = self.connection.exec_driver_sql(sql, values).fetchall()
        found: R | None = _one(how, rows)
        return found

    def find(self, kind: type[R], **equals: Any) -> Sequence[R]:
        """Return the records whose fields equal what is asked, in key order."""
        how = kind_of(kind)
        wanted = checked_question(how, equals)
        if not all(wanted.values()):
            return []
        found: list[R] = []
        with many_objects():
            for part in _in_parts(wanted):
                with self.database.translated(self.connection):
                    result = self._asked(how, part)
                    while rows := result.fetchmany(BLOCK):
                        found += _records(how, rows)
        # Databases sort whole rows, and mostly for nothing: the key is what they look along.
        found.sort(key=key_of(how))
        return found

    def values(self, kind: type[Any], fields: Sequence[str], **equals: Any) -> Sequence[tuple[Any, ...]]:
        """Return only these fields of the records that `find` would return, in any order."""
        how = kind_of(kind)
        names, wanted = checked_values(how, fields), checked_question(how, equals)
        if not all(wanted.values()):
            return []
        found: list[tuple[Any, ...]] = []
        with many_objects():
            for part in _in_parts(wanted):
                with self.database.translated(self.connection):
                    result = self._asked(how, part, names)
                    while rows := result.fetchmany(BLOCK):
                        found += _decoded(how, picker(how, names), rows)
        return found

    def _asked(
        self, kind: Kind, part: Mapping[str, list[Any]], fields: tuple[str, ...] | None = None
    ) -> CursorResult[Any]:
        sql, values = statements.finding(self.database.backend, kind, self.tenant, part, fields)
        return self.connection.exec_driver_sql(sql, values)

    def walk(self, kind: type[R]) -> Iterator[R]:
        """Go through every record in key order, a block at a time."""
        how = kind_of(kind)
        with self.database.translated(self.connection):
            # Without this, drivers take all rows into memory before they give the first.
            options = {**self.database.options, "stream_results": True, "max_row_buffer": BLOCK}
            result = self.connection.execute(statements.walking(how, self.tenant), execution_options=options)
        with closing(result):
            while True:
                with self.database.translated(self.connection):
                    rows = result.fetchmany(BLOCK)
                if not rows:
                    return
                yield from _records(how, rows)

    def last(self, kind: type[R]) -> R | None:
        """Return the record with the highest key, or None."""
        how = kind_of(kind)
        with self.database.translated(self.connection):
            latest = statements.latest(how, self.tenant)
            rows = self.connection.execute(latest, execution_options=self.database.options).fetchall()
        found: R | None = _one(how, rows)
        return found

    def time(self) -> StoreTime:
        """Return the present instant by the store's own clock."""
        with self.database.translated(self.connection):
            return self.database.time(self.connection)


@frozen
class SqlTransaction(SqlReading):
    """Changes to one tenant's records; each is made whole or, if it is refused, not at all."""

    def put(self, record: Any) -> None:
        """Keep *record*, in place of the one with its key."""
        self.put_all((record,))

    def put_all(self, records: Iterable[Any], *, fields: Sequence[str] | None = None) -> None:
        """Keep many records; with *fields*, write only those of records that exist."""
        kind, given = one_kind(records)
        if kind is None:
            return
        only = None if fields is None else checked_fields(kind, fields)
        if only == ():
            return
        if only is None:
            how = statements.putting(self.database.backend, kind)
        else:
            how = statements.changing(self.database.backend, kind, only)
        self._write(kind, how, in_writing_order(kind, given, only))

    def add_all(self, records: Iterable[Any]) -> None:
        """Add many new records of one class."""
        kind, given = one_kind(records)
        if kind is not None:
            # In the order of the key, pages fill one after the other.
            ordered = sorted(given, key=key_of(kind))
            self._write(kind, statements.adding(self.database.backend, kind), [ordered])

    def remove(self, kind: type[Any], *key: Any) -> None:
        """Remove a record, if it is there."""
        how = kind_of(kind)
        values = (self.tenant, *checked_key(how, key))
        with self.database.translated(self.connection):
            self.connection.exec_driver_sql(statements.removing(self.database.backend, how), values)

    def next_number(self, counter: str) -> int:
        """Return the next number of a counter, beginning with 1."""
        with self.database.translated(self.connection):
            taken = self.connection.exec_driver_sql(
                statements.counting(self.database.backend), (self.tenant, counter, 1)
            )
            return int(taken.scalar_one())

    def _write(self, kind: Kind, how: Writing, groups: list[list[Any]]) -> None:
        with self.database.step(self.connection, kind):
            for group in groups:
                self.database.backend.write(self.connection, how, self._rows(how, group), len(group))

    def _rows(self, how: Writing, group: list[Any]) -> Iterator[list[Any]]:
        records = iter(group)
        while block := list(islice(records, BLOCK)):
            yield how.rows(self.tenant, block)


def _records(kind: Kind, rows: Sequence[Any]) -> list[Any]:
    return _decoded(kind, reader(kind), rows)


def _decoded(kind: Kind, decode: Callable[[Sequence[Any]], list[Any]], rows: Sequence[Any]) -> list[Any]:
    try:
        return decode(rows)
    except Exception as error:
        raise StoreCorruptError(
            f"Among {kind.name} there is one that cannot be read: {type(error).__name__}.",
            where={"kind": kind.name},
        ) from error


def _one(kind: Kind, rows: Sequence[Any]) -> Any:
    return _records(kind, rows)[0] if rows else None


def _in_parts(wanted: Mapping[str, list[Any]]) -> Iterator[Mapping[str, list[Any]]]:
    """Split a question with very many values into several that together ask the same."""
    for name, values in wanted.items():
        if len(values) > MANY:
            for start in range(0, len(values), MANY):
                yield from _in_parts({**wanted, name: values[start : start + MANY]})
            return
    yield wanted
