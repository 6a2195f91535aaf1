"""A host's own store: records as JSON lines in one table of a key-value kind, here a dictionary.

It shows how little a store has to do.  Everything that is about records, keys and questions comes
from `factoring_core.adapters.storage.asking`; what is left is to keep rows, and to commit them at once.
"""

import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
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

Rows = dict[tuple[Any, ...], tuple[Any, ...]]
"""What a key-value service keeps: rows of plain values by tenant, kind and key."""


class HostStore:
    """Keeps records as rows of plain values; one transaction at a time.

    *rows* stands for the host's own service: what matters is that a commit puts all rows in place
    at once, here by one assignment.
    """

    def __init__(self, *, patience: float = 30.0) -> None:
        self._rows: Rows = {}
        self._turn, self._patience = threading.Lock(), patience

    @contextmanager
    def reading(self, tenant: str) -> Iterator["HostReading"]:
        """Open a look at what is committed now; a commit never changes rows that are looked at."""
        look = HostReading(self._rows, tenant)
        yield look
        look.rows = None

    @contextmanager
    def transaction(self, tenant: str) -> Iterator["HostTransaction"]:
        """Open a writing transaction; others wait for their turn."""
        if not self._turn.acquire(timeout=self._patience):
            raise StoreBusyError("Another transaction kept the store for too long.")
        try:
            changes = HostTransaction(dict(self._rows), tenant)
            yield changes
            self._rows, changes.rows = changes.kept, None
        finally:
            self._turn.release()

    def close(self) -> None:
        """Let go of the service."""


class HostReading:
    """A look at one tenant's records."""

    def __init__(self, rows: Rows, tenant: str) -> None:
        self.rows: Rows | None = rows
        self.tenant = tenant

    @property
    def kept(self) -> Rows:
        """The rows, as long as the block lasts."""
        if self.rows is None:
            raise RuntimeError("this look at the store or transaction is over")
        return self.rows

    def get(self, kind: type[Any], *key: Any) -> Any:
        """Return the record with this key, or None."""
        how = kind_of(kind)
        row = self.kept.get((self.tenant, how.name, *checked_key(how, key)))
        return None if row is None else reader(how)([row])[0]

    def find(self, kind: type[Any], **equals: Any) -> Sequence[Any]:
        """Return the records whose fields equal what is asked, in key order."""
        how = kind_of(kind)
        wanted = {name: set(values) for name, values in checked_question(how, equals).items()}
        return [
            record
            for record in self._all(how)
            if all(getattr(record, name) in values for name, values in wanted.items())
        ]

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
        """Return the time by which leases end; with workers on many machines, the service's."""
        return machine_time()

    def _all(self, how: Kind) -> list[Any]:
        mine = [row for key, row in self.kept.items() if key[:2] == (self.tenant, how.name)]
        return sorted(reader(how)(mine), key=key_of(how))


class HostTransaction(HostReading):
    """Changes to copies of the rows."""

    def put(self, record: Any) -> None:
        """Keep a record, in place of the one with its key."""
        self.put_all([record])

    def put_all(self, records: Iterable[Any], *, fields: Sequence[str] | None = None) -> None:
        """Keep many records; with *fields*, write only those of records that exist."""
        how, given = one_kind(records)
        if how is None:
            return
        only = None if fields is None else checked_fields(how, fields)
        before = dict(self.kept)
        try:
            for group in in_writing_order(how, given, only):
                for record in group:
                    self._keep(how, record, only)
        except BaseException:
            self.rows = before
            raise

    def add_all(self, records: Iterable[Any]) -> None:
        """Add many new records."""
        how, given = one_kind(records)
        if how is None:
            return
        keys = [(self.tenant, how.name, *key_of(how)(record)) for record in given]
        if len(set(keys)) < len(keys) or not self.kept.keys().isdisjoint(keys):
            raise key_taken(how)
        self.put_all(given)

    def remove(self, kind: type[Any], *key: Any) -> None:
        """Remove a record, if it is there."""
        how = kind_of(kind)
        self.kept.pop((self.tenant, how.name, *checked_key(how, key)), None)

    def next_number(self, counter: str) -> int:
        """Return the next number of a counter."""
        key = (self.tenant, "counters", counter)
        taken = int(self.kept.get(key, (0,))[0]) + 1
        self.kept[key] = (taken,)
        return taken

    def _keep(self, how: Kind, record: Any, only: Sequence[str] | None) -> None:
        key = key_of(how)(record)
        if only is not None:
            old = self.get(how.record, *key)
            if old is None:
                return
            new = {name: getattr(record, name) for name in only}
            record = attrs.evolve(old, **new) if attrs.has(how.record) else old._replace(**new)
        for fields, condition in how.unique:
            self._refuse_second(how, record, key, fields, condition)
        columns = tuple(leaf.column for leaf in leaves(how.record))
        self.kept[(self.tenant, how.name, *key)] = tuple(writer(how, columns)(self.tenant, [record])[0])

    def _refuse_second(
        self, how: Kind, record: Any, key: tuple[Any, ...], fields: tuple[str, ...], condition: str | None
    ) -> None:
        """Keep the promise that a database keeps by a unique index."""
        held = tuple_of(fields)(record)
        if None in held or (condition and not getattr(record, condition)):
            return
        for other in self._all(how):
            same = tuple_of(fields)(other) == held and (condition is None or getattr(other, condition))
            if same and key_of(how)(other) != key:
                raise key_taken(how)
