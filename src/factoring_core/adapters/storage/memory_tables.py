"""The tables of the store in memory: records by key, who holds the unique sets, and how to find them."""

from collections.abc import Sequence
from itertools import product
from math import prod
from typing import Any

from factoring_core.adapters.storage.asking import Key, key_of, key_taken, tuple_of
from factoring_core.ports.storage import Kind


class Table:
    """The records of one kind and tenant.  Never changed once it is committed."""

    def __init__(self, kind: Kind, rows: dict[Key, Any], holders: list[dict[Key, Key]]) -> None:
        self.kind, self.rows, self.holders = kind, rows, holders
        self._groups: dict[tuple[str, ...], dict[Key, list[Any]]] = {}

    def copy(self) -> "Table":
        return Table(self.kind, dict(self.rows), [dict(holder) for holder in self.holders])

    def write(self, records: Sequence[Any]) -> None:
        """Keep all of *records*, or raise and keep none."""
        key, done = key_of(self.kind), []
        try:
            for record in records:
                where = key(record)
                done.append((where, self.rows.get(where)))
                self.restore(where, record)
        except BaseException:
            for where, old in reversed(done):
                self.restore(where, old)
            raise

    def restore(self, where: Key, record: Any | None) -> None:
        """Put *record* at a key, or nothing."""
        held = [_sets(self.kind, record), _sets(self.kind, self.rows.get(where))]
        for holder, new in zip(self.holders, held[0], strict=True):
            if new is not None and holder.get(new, where) != where:
                raise key_taken(self.kind)
        for holder, new, old in zip(self.holders, *held, strict=True):
            if old is not None:
                del holder[old]
            if new is not None:
                holder[new] = where
        if record is None:
            self.rows.pop(where, None)
        else:
            self.rows[where] = record
        self._groups.clear()

    def find(self, wanted: dict[str, list[Any]]) -> list[Any]:
        """Return the records that have one of the wanted values in each field, in key order."""
        if wanted.keys() == set(self.kind.key):
            keys = sorted(product(*(wanted[name] for name in self.kind.key)))
            return [self.rows[key] for key in keys if key in self.rows]
        fields = tuple(sorted(wanted))
        groups = self._groups.get(fields)
        if groups is None:
            groups = {}
            read = tuple_of(fields) if fields else lambda record: ()
            for key in sorted(self.rows):
                groups.setdefault(read(self.rows[key]), []).append(self.rows[key])
            self._groups[fields] = groups
        lists = [wanted[name] for name in fields]
        if prod(map(len, lists)) <= len(groups):
            hits = [groups[values] for values in product(*lists) if values in groups]
        else:
            sets = [set(values) for values in lists]
            hits = [
                group
                for values, group in groups.items()
                if all(value in any_of for value, any_of in zip(values, sets, strict=True))
            ]
        found = [record for group in hits for record in group]
        return found if len(hits) < 2 else sorted(found, key=key_of(self.kind))


class Rooms:
    """The tables and counters of one tenant."""

    def __init__(
        self, tables: dict[type[Any], Table] | None = None, counters: dict[str, int] | None = None
    ) -> None:
        self._tables, self.counters = tables or {}, counters or {}
        self._own: set[type[Any]] = set()

    def opened(self) -> "Rooms":
        """Return rooms that share every table until it is written to."""
        return Rooms(dict(self._tables), dict(self.counters))

    def table(self, kind: Kind) -> Table:
        return self._tables.get(kind.record) or Table(kind, {}, [{} for _ in kind.unique])

    def own(self, kind: Kind) -> Table:
        if kind.record not in self._own:
            self._tables[kind.record] = self.table(kind).copy()
            self._own.add(kind.record)
        return self._tables[kind.record]


def _sets(kind: Kind, record: Any | None) -> list[Key | None]:
    """Return the unique sets that a record holds; a set with a blank in it is nobody's."""
    held: list[Key | None] = []
    for fields, condition in kind.unique:
        holds = record is not None and (condition is None or getattr(record, condition))
        values = tuple_of(fields)(record) if holds else (None,)
        held.append(None if None in values else values)
    return held
