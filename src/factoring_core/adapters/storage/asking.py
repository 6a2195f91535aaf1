"""What may be asked of a store, checked the same way by every adapter.

A question that no store can answer is the programmer's mistake and raises `TypeError`, so that
what passes against one adapter passes against the other.
"""

import types
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache
from itertools import islice
from operator import attrgetter, lt
from typing import Any, Union, get_args, get_origin, get_type_hints

from factoring_core.errors import KeyTakenError, StorageError
from factoring_core.ports.storage import KIND_OF, Kind

Key = tuple[Any, ...]


def kind_of(record: type[Any]) -> Kind:
    """Return how records of this class are kept."""
    kind = KIND_OF.get(record)
    if kind is None:
        raise TypeError(f"a store keeps no {record.__name__}")
    return kind


@cache
def fields_of(kind: Kind) -> Mapping[str, Any]:
    """Return the types of the fields of a kind's records, in their order."""
    return get_type_hints(kind.record)


def members(hint: Any) -> tuple[Any, ...]:
    """Return the types that a union is made of; anything else is alone."""
    return get_args(hint) if get_origin(hint) in (Union, types.UnionType) else (hint,)


@cache
def key_of(kind: Kind) -> Callable[[Any], Key]:
    """Return a function from a record to its key."""
    return tuple_of(kind.key)


@cache
def tuple_of(fields: tuple[str, ...]) -> Callable[[Any], Key]:
    """Return a function from a record to the values of *fields*."""
    read = attrgetter(*fields)
    return read if len(fields) > 1 else lambda record: (read(record),)


def checked_key(kind: Kind, key: Key) -> Key:
    """Return *key* if it has one value of the right type for each field of the kind's key."""
    if len(key) != len(kind.key):
        raise TypeError(f"the key of {kind.name} is {', '.join(kind.key)}; {len(key)} values were given")
    for name, value in zip(kind.key, key, strict=True):
        _check(kind, name, (value,))
    return key


def checked_question(kind: Kind, equals: Mapping[str, Any]) -> dict[str, list[Any]]:
    """Return the wanted values of each field that was asked for, each value once."""
    allowed = {*kind.key, *(name for index in kind.indexes for name in index)}
    if strange := sorted(equals.keys() - allowed):
        raise TypeError(f"{kind.name} can be found by {sorted(allowed)}, not by {strange}")
    wanted: dict[str, list[Any]] = {}
    for name, value in equals.items():
        values = list(dict.fromkeys(value)) if isinstance(value, tuple | list | set | frozenset) else [value]
        _check(kind, name, values)
        wanted[name] = values
    return wanted


def checked_fields(kind: Kind, fields: Sequence[str]) -> tuple[str, ...]:
    """Return the fields that are to be written, which are fields of the record outside its key."""
    names = fields_of(kind)
    if strange := [name for name in fields if name not in names or name in kind.key]:
        raise TypeError(f"{', '.join(strange)} of {kind.name} cannot be written alone")
    return tuple(name for name in names if name in set(fields))


def checked_values(kind: Kind, fields: Sequence[str]) -> tuple[str, ...]:
    """Return the fields whose values are wanted, which are fields of the record."""
    if strange := sorted(set(fields) - fields_of(kind).keys()):
        raise TypeError(f"{kind.name} have no {', '.join(strange)}")
    return tuple(fields)


def one_kind(records: Iterable[Any]) -> tuple[Kind | None, list[Any]]:
    """Return records that are all of one class, and their kind; no records have none."""
    found = list(records)
    if not found:
        return None, found
    if len(classes := set(map(type, found))) > 1:
        names = sorted(each.__name__ for each in classes)
        raise TypeError(f"records of one class are written at a time, not of {names}")
    return kind_of(type(found[0])), found


def in_writing_order(kind: Kind, records: list[Any], fields: Sequence[str] | None = None) -> list[list[Any]]:
    """Return the last record of each key, by key, in the groups in which they are to be written.

    Records that no longer hold a conditional unique set go first, so that one call can hand
    such a set from one record to another.
    """
    key = key_of(kind)
    keys = list(map(key, records))
    if all(map(lt, keys, islice(keys, 1, None))):
        ordered = records
    else:
        last = dict(zip(keys, records, strict=True))
        ordered = [last[each] for each in sorted(last)]
    conditions = [name for _, name in kind.unique if name and (fields is None or name in fields)]
    for name in conditions:
        holds = attrgetter(name)
        return [[r for r in ordered if not holds(r)], [r for r in ordered if holds(r)]]
    return [ordered]


def key_taken(kind: Kind) -> KeyTakenError:
    """Say that a record cannot be kept because another has its key or a unique set of it."""
    return KeyTakenError(
        f"Among {kind.name} there is one already with the same key or the same unique fields.",
        where={"kind": kind.name},
    )


def not_storable(why: str) -> StorageError:
    """Say that a store cannot keep a value as it is."""
    return StorageError(
        f"A value cannot be kept: {why}.",
        code="not_storable",
        remedy="Change what is to be kept; nothing of it was.",
    )


def _check(kind: Kind, name: str, values: Iterable[Any]) -> None:
    classes = members(fields_of(kind)[name])
    for value in values:
        if not isinstance(value, classes):
            raise TypeError(f"{name} of {kind.name} cannot be {value!r}")
