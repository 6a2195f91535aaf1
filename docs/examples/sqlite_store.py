"""A store in one SQLite file, written from scratch: records as JSON in one table.

What is about records, keys and questions comes from `factoring_core.adapters.storage.asking` and
`codec`; what is left for an adapter is to keep rows, and to commit them at once.
"""

import json
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import attrs

from factoring_core.adapters.storage.asking import (
    checked_fields,
    checked_key,
    checked_question,
    checked_values,
    in_writing_order,
    key_of,
    key_taken,
    kind_of,
    one_kind,
    tuple_of,
)
from factoring_core.adapters.storage.machine_time import machine_time
from factoring_core.adapters.storage.sql.codec import leaves, reader, writer
from factoring_core.domain.selling.lease import StoreTime
from factoring_core.errors import StoreBusyError
from factoring_core.ports.storage import Kind

TABLES = """
CREATE TABLE IF NOT EXISTS record
    (tenant TEXT, kind TEXT, key TEXT, body TEXT, PRIMARY KEY (tenant, kind, key));
CREATE TABLE IF NOT EXISTS counter
    (tenant TEXT, name TEXT, value INTEGER, PRIMARY KEY (tenant, name));
"""


class SqliteStore:
    """Keeps records in the file at *path*; *patience* in seconds."""

    def __init__(self, path: Path, *, patience: float = 30.0) -> None:
        self._path, self._patience = path, patience
        with closing(self._line()) as line:
            line.executescript(TABLES)

    @contextmanager
    def reading(self, tenant: str) -> Iterator["SqliteReading"]:
        """Open a look: everything asked for within one SQLite transaction is of one moment."""
        with closing(self._line()) as line:
            line.execute("BEGIN")
            line.execute("SELECT 1 FROM record LIMIT 1").fetchone()
            look = SqliteReading(line, tenant)
            yield look
            look.open = False

    @contextmanager
    def transaction(self, tenant: str) -> Iterator["SqliteTransaction"]:
        """Open a writing transaction; ``IMMEDIATE`` lets one writer in at a time."""
        with closing(self._line()) as line:
            try:
                line.execute("BEGIN IMMEDIATE")
            except sqlite3.OperationalError as error:
                raise StoreBusyError("Another transaction kept the store for too long.") from error
            changes = SqliteTransaction(line, tenant)
            yield changes
            changes.open = False
            line.execute("COMMIT")

    def close(self) -> None:
        """Nothing is held between transactions."""

    def _line(self) -> sqlite3.Connection:
        line = sqlite3.connect(self._path, timeout=self._patience, isolation_level=None)
        line.execute("PRAGMA synchronous = EXTRA")
        return line


class SqliteReading:
    """A look at one tenant's records."""

    def __init__(self, line: sqlite3.Connection, tenant: str) -> None:
        self._line, self.tenant, self.open = line, tenant, True

    @property
    def line(self) -> sqlite3.Connection:
        """The connection, as long as the block lasts."""
        if not self.open:
            raise RuntimeError("this look at the store or transaction is over")
        return self._line

    def get(self, kind: type[Any], *key: Any) -> Any:
        """Return the record with this key, or None."""
        how = kind_of(kind)
        place = (self.tenant, how.name, json.dumps(checked_key(how, key)))
        sql = "SELECT body FROM record WHERE tenant = ? AND kind = ? AND key = ?"
        return next(iter(self._records(how, self.line.execute(sql, place))), None)

    def find(self, kind: type[Any], **equals: Any) -> Sequence[Any]:
        """Return the records whose fields equal what is asked, in key order."""
        how = kind_of(kind)
        wanted = {name: set(values) for name, values in checked_question(how, equals).items()}
        found = self._all(how)
        return [one for one in found if all(getattr(one, name) in any_of for name, any_of in wanted.items())]

    def values(self, kind: type[Any], fields: Sequence[str], **equals: Any) -> Sequence[tuple[Any, ...]]:
        """Return some fields of the records that `find` would return."""
        pick = tuple_of(checked_values(kind_of(kind), fields))
        return [pick(record) for record in self.find(kind, **equals)]

    def walk(self, kind: type[Any]) -> Iterator[Any]:
        """Go through every record in key order."""
        return iter(self._all(kind_of(kind)))

    def last(self, kind: type[Any]) -> Any:
        """Return the record with the highest key, or None."""
        return next(reversed(self._all(kind_of(kind))), None)

    def time(self) -> StoreTime:
        """Return the time by which leases end: this machine's, where the file is."""
        return machine_time()

    def _all(self, how: Kind) -> list[Any]:
        sql = "SELECT body FROM record WHERE tenant = ? AND kind = ?"
        return sorted(self._records(how, self.line.execute(sql, (self.tenant, how.name))), key=key_of(how))

    def _records(self, how: Kind, rows: Iterable[tuple[str]]) -> list[Any]:
        return list(reader(how)([tuple(json.loads(body)) for (body,) in rows]))


class SqliteTransaction(SqliteReading):
    """Changes that are committed at once when the block ends without an exception."""

    def put(self, record: Any) -> None:
        """Keep a record, in place of the one with its key."""
        self.put_all([record])

    def put_all(self, records: Iterable[Any], *, fields: Sequence[str] | None = None) -> None:
        """Keep many records; with *fields*, write only those of records that exist."""
        how, given = one_kind(records)
        if how is None:
            return
        only = None if fields is None else checked_fields(how, fields)
        self.line.execute("SAVEPOINT before")
        try:
            for group in in_writing_order(how, given, only):
                for record in group:
                    self._keep(how, record, only)
        except BaseException:
            self.line.execute("ROLLBACK TO before")
            raise
        finally:
            self.line.execute("RELEASE before")

    def add_all(self, records: Iterable[Any]) -> None:
        """Add many new records."""
        how, given = one_kind(records)
        if how is None:
            return
        keys = [key_of(how)(record) for record in given]
        if len(set(keys)) < len(keys) or any(self.get(how.record, *key) is not None for key in keys):
            raise key_taken(how)
        self.put_all(given)

    def remove(self, kind: type[Any], *key: Any) -> None:
        """Remove a record, if it is there."""
        how = kind_of(kind)
        place = (self.tenant, how.name, json.dumps(checked_key(how, key)))
        self.line.execute("DELETE FROM record WHERE tenant = ? AND kind = ? AND key = ?", place)

    def next_number(self, counter: str) -> int:
        """Return the next number of a counter, which rolls back with the transaction."""
        sql = (
            "INSERT INTO counter VALUES (?, ?, 1) "
            "ON CONFLICT (tenant, name) DO UPDATE SET value = value + 1 RETURNING value"
        )
        return int(self.line.execute(sql, (self.tenant, counter)).fetchone()[0])

    def _keep(self, how: Kind, record: Any, only: Sequence[str] | None) -> None:
        key = key_of(how)(record)
        if only is not None:
            old = self.get(how.record, *key)
            if old is None:
                return
            new = {name: getattr(record, name) for name in only}
            record = attrs.evolve(old, **new) if attrs.has(how.record) else old._replace(**new)
        for fields, condition in how.unique:
            held = tuple_of(fields)(record)
            if None in held or (condition and not getattr(record, condition)):
                continue
            for other in self._all(how):
                if tuple_of(fields)(other) == held and key_of(how)(other) != key:
                    if condition is None or getattr(other, condition):
                        raise key_taken(how)
        columns = tuple(leaf.column for leaf in leaves(how.record))
        body = json.dumps(writer(how, columns)(self.tenant, [record])[0])
        place = (self.tenant, how.name, json.dumps(key), body)
        self.line.execute("INSERT OR REPLACE INTO record VALUES (?, ?, ?, ?)", place)
