"""A store in memory: the same promises as a durable one, for as long as the process lives."""

import json
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from typing import Any, TypeVar, get_origin

import attrs

from factoring_core.adapters.storage.asking import (
    checked_fields,
    checked_key,
    checked_question,
    checked_values,
    fields_of,
    in_writing_order,
    key_of,
    key_taken,
    kind_of,
    one_kind,
    tuple_of,
)
from factoring_core.adapters.storage.machine_time import machine_time
from factoring_core.adapters.storage.memory_tables import Rooms
from factoring_core.domain.selling.lease import StoreTime
from factoring_core.errors import StoreBusyError
from factoring_core.ports.storage import Kind

R = TypeVar("R")


class MemoryStore:
    """Keeps records in dictionaries; a transaction works on copies that a commit puts in place.

    *fault* is called at ``before_commit`` and ``after_commit``; what it raises is what a crash
    there would look like.  *patience* is in seconds.  *clock* is that by which leases end.
    """

    def __init__(
        self,
        fault: Callable[[str], None] | None = None,
        *,
        patience: float = 30.0,
        clock: Callable[[], StoreTime] = machine_time,
    ) -> None:
        self._fault = fault or (lambda point: None)
        self._clock = clock
        self._patience = patience
        self._turn = threading.Lock()
        self._tenants: Mapping[str, Rooms] = {}

    @contextmanager
    def reading(self, tenant: str) -> Iterator["MemoryReading"]:
        """Open a look at what is committed now; later commits do not change it."""
        look = MemoryReading(self._tenants.get(tenant, Rooms()), self._clock)
        try:
            yield look
        finally:
            look.over = True

    @contextmanager
    def transaction(self, tenant: str) -> Iterator["MemoryTransaction"]:
        """Open a writing transaction, in turn with all others of this store."""
        if not self._turn.acquire(timeout=self._patience):
            raise StoreBusyError("Another transaction kept the store for too long.")
        try:
            rooms = self._tenants.get(tenant, Rooms()).opened()
            changes = MemoryTransaction(rooms, self._clock)
            try:
                yield changes
            finally:
                changes.over = True
            self._fault("before_commit")
            self._tenants = {**self._tenants, tenant: rooms}
            self._fault("after_commit")
        finally:
            self._turn.release()

    def close(self) -> None:
        """Do nothing: what is in memory stays until the store is dropped."""


class MemoryReading:
    """A consistent look at one tenant's records."""

    def __init__(self, rooms: Rooms, clock: Callable[[], StoreTime]) -> None:
        self._rooms = rooms
        self._clock = clock
        self.over = False

    @property
    def rooms(self) -> Rooms:
        """What is looked at, as long as the block lasts."""
        if self.over:
            raise RuntimeError("this look at the store or transaction is over")
        return self._rooms

    def get(self, kind: type[R], *key: Any) -> R | None:
        """Return the record with this key, or None."""
        how = kind_of(kind)
        record = self.rooms.table(how).rows.get(checked_key(how, key))
        return None if record is None else _detached(how, record)

    def find(self, kind: type[R], **equals: Any) -> Sequence[R]:
        """Return the records whose fields equal what is asked, in key order."""
        how = kind_of(kind)
        found = self.rooms.table(how).find(checked_question(how, equals))
        return [_detached(how, record) for record in found]

    def values(self, kind: type[Any], fields: Sequence[str], **equals: Any) -> Sequence[tuple[Any, ...]]:
        """Return only these fields of the records that are found."""
        pick = tuple_of(checked_values(kind_of(kind), fields))
        return [pick(record) for record in self.find(kind, **equals)]

    def walk(self, kind: type[R]) -> Iterator[R]:
        """Go through every record in key order."""
        return iter(self.find(kind))

    def last(self, kind: type[R]) -> R | None:
        """Return the record with the highest key, or None."""
        how = kind_of(kind)
        rows = self.rooms.table(how).rows
        return _detached(how, rows[max(rows)]) if rows else None

    def time(self) -> StoreTime:
        """Return the present instant by the store's clock."""
        return self._clock()


class MemoryTransaction(MemoryReading):
    """Changes to copies of one tenant's tables."""

    def put(self, record: Any) -> None:
        """Keep *record*, in place of the one with its key."""
        self.put_all((record,))

    def put_all(self, records: Iterable[Any], *, fields: Sequence[str] | None = None) -> None:
        """Keep many records; with *fields*, write only those of records that exist."""
        kind, given = one_kind(records)
        if kind is None:
            return
        only = None if fields is None else checked_fields(kind, fields)
        table, key = self.rooms.own(kind), key_of(kind)
        if only is not None:
            held = [(table.rows.get(key(record)), record) for record in given]
            given = [_changed(old, record, only) for old, record in held if old is not None]
        table.write([_detached(kind, each) for group in in_writing_order(kind, given) for each in group])

    def add_all(self, records: Iterable[Any]) -> None:
        """Add many new records of one class."""
        kind, given = one_kind(records)
        if kind is None:
            return
        table, key = self.rooms.own(kind), key_of(kind)
        new = {key(record): record for record in given}
        if len(new) < len(given) or not new.keys().isdisjoint(table.rows):
            raise key_taken(kind)
        table.write([_detached(kind, record) for record in given])

    def remove(self, kind: type[Any], *key: Any) -> None:
        """Remove a record, if it is there."""
        how = kind_of(kind)
        self.rooms.own(how).restore(checked_key(how, key), None)

    def next_number(self, counter: str) -> int:
        """Return the next number of a counter, beginning with 1."""
        counters = self.rooms.counters
        counters[counter] = counters.get(counter, 0) + 1
        return counters[counter]


def _changed(old: Any, new: Any, fields: Sequence[str]) -> Any:
    changes = {name: getattr(new, name) for name in fields}
    # Evidence is a named tuple, every other record an attrs class.
    return attrs.evolve(old, **changes) if attrs.has(type(old)) else old._replace(**changes)


@cache
def _mappings(kind: Kind) -> tuple[str, ...]:
    mapping = get_origin(Mapping[str, str])
    return tuple(name for name, hint in fields_of(kind).items() if get_origin(hint) is mapping)


def _detached(kind: Kind, record: R) -> R:
    """Return a record that shares no dictionary with *record*; they hold what JSON can hold."""
    if not (names := _mappings(kind)):
        return record
    copies = {name: json.loads(json.dumps(dict(getattr(record, name)), allow_nan=False)) for name in names}
    return attrs.evolve(record, **copies)  # type: ignore[misc]
