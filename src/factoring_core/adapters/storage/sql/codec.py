"""Records as rows and rows as records: one pair of functions for each kind, compiled once.

A report has up to a million rows, so nothing is looked up per value: the functions are written
out as the Python text that a person would write for that record, and compiled.
"""

import datetime as dt
import gc
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from enum import Enum
from functools import cache
from sys import intern
from typing import Any, get_origin, get_type_hints

from attrs import frozen

from factoring_core.adapters.storage.asking import members
from factoring_core.adapters.storage.sql import texts
from factoring_core.ports.storage import Kind

Row = Sequence[Any]

FEW_DIFFERENT = frozenset(
    {
        "batch",
        "connection",
        "currency",
        "customer",
        "customer_mc_number",
        "customer_name",
        "debtor_number",
        "disposition",
        "report",
        "subsidiary",
    }
)
"""Texts of which very many records have the same: kept once, and not once for each of a million rows."""


@frozen
class Leaf:
    """One column: its name, the way from the record to its value, and the value's type."""

    column: str
    path: tuple[str, ...]
    hint: Any

    @property
    def optional(self) -> bool:
        """Whether the value may be None."""
        return type(None) in members(self.hint)

    @property
    def plain(self) -> Any:
        """The type of the value when it is not None."""
        found = [member for member in members(self.hint) if member is not type(None)]
        return found[0] if len(found) == 1 else self.hint


def leaves(record: type[Any]) -> tuple[Leaf, ...]:
    """Return the columns that a record class needs; a named tuple inside it lies flat."""
    found: list[Leaf] = []
    for name, hint in get_type_hints(record).items():
        if isinstance(hint, type) and issubclass(hint, tuple):
            found += (Leaf(inner.column, (name, *inner.path), inner.hint) for inner in leaves(hint))
        else:
            found.append(Leaf(name, (name,), hint))
    return tuple(found)


@cache
def writer(kind: Kind, columns: tuple[str, ...]) -> Callable[[str, Iterable[Any]], list[Row]]:
    """Return a function from a tenant and records to rows of these columns."""
    by_column = {leaf.column: leaf for leaf in leaves(kind.record)}
    names: dict[str, Any] = {"day_texts": texts.DAY_TEXTS}
    values, lines = [], []
    each, names_of = _taken_apart(kind.record)
    for number, column in enumerate(columns):
        if column == "tenant":
            values.append("tenant")
            continue
        leaf = by_column[column]
        value, how = names_of[leaf.path], _how(leaf.plain)
        if how is Enum:
            blank = f"(None if (v := {value}) is None else v._value_)"
            value = blank if leaf.optional else f"{value}._value_"
        elif how is dt.date:
            value = f"day_texts[{value}]"
        elif how is dt.datetime:
            names[f"make_{number}"] = texts.moment_writer
            lines.append(f"    write_{number} = make_{number}()")
            value = f"write_{number}({value})"
        elif how is Mapping:
            names["json_text"], value = texts.json_text, f"json_text(dict({value}))"
        elif how is None:
            names[f"make_{number}"] = texts.json_writer(leaf.plain)
            lines.append(f"    write_{number} = make_{number}()")
            value = f"write_{number}({value})"
        values.append(value)
    body = f"    return [({', '.join(values)},) for {each} in records]"
    return _compiled("\n".join(["def encode(tenant, records):", *lines, body]), names, "encode", kind)


def _taken_apart(record: type[Any], name: str = "r") -> tuple[str, dict[tuple[str, ...], str]]:
    """Return what a loop over records calls each of them, and the way to the value of each leaf.

    A named tuple comes apart at once, which takes less than half the time of asking for each value.
    """
    if not issubclass(record, tuple):
        return name, {leaf.path: ".".join((name, *leaf.path)) for leaf in leaves(record)}
    parts: list[str] = []
    ways: dict[tuple[str, ...], str] = {}
    for place, (field, hint) in enumerate(get_type_hints(record).items()):
        part = f"{name}_{place}"
        if isinstance(hint, type) and issubclass(hint, tuple):
            part, inside = _taken_apart(hint, part)
            ways |= {(field, *path): way for path, way in inside.items()}
        else:
            ways[field,] = part
        parts.append(part)
    return f"({', '.join(parts)},)", ways


@cache
def reader(kind: Kind) -> Callable[[Iterable[Row]], list[Any]]:
    """Return a function from rows, with a column for each leaf, to records.

    It raises `KeyError`, `TypeError` or `ValueError` where a row is not what was written.
    """
    names, values = _decoding(leaves(kind.record))
    call = _call(kind.record, (), values, names)
    return _decoder(kind, len(values), call, names)


@cache
def picker(kind: Kind, fields: tuple[str, ...]) -> Callable[[Iterable[Row]], list[tuple[Any, ...]]]:
    """Return a function from rows, with a column for each leaf of *fields*, to tuples of their values.

    It raises what `reader` does.
    """
    names, values = _decoding(leaves_of(kind, fields))
    hints = get_type_hints(kind.record)
    parts = [values.get((name,)) or _call(hints[name], (name,), values, names) for name in fields]
    return _decoder(kind, len(values), f"({', '.join(parts)},)", names)


def leaves_of(kind: Kind, fields: tuple[str, ...]) -> tuple[Leaf, ...]:
    """Return the columns of some fields, in the order of *fields*."""
    return tuple(leaf for name in fields for leaf in leaves(kind.record) if leaf.path[0] == name)


def _decoding(found: Iterable[Leaf]) -> tuple[dict[str, Any], dict[tuple[str, ...], str]]:
    """Return how the value of each leaf is made from its column, as text, and the names used there."""
    names: dict[str, Any] = {
        "days": texts.DAYS,
        "moments": texts.MOMENTS,
        "new": tuple.__new__,
        "once": intern,
    }
    values: dict[tuple[str, ...], str] = {}
    for number, leaf in enumerate(found):
        value, how = f"c{number}", _how(leaf.plain)
        if how is str and leaf.column in FEW_DIFFERENT:
            value = f"{value} and once({value})"
        elif how is bool:
            value = f"(None if {value} is None else {value} == 1)" if leaf.optional else f"{value} == 1"
        elif how is Enum:
            known = {member.value: member for member in leaf.plain}
            names[f"enum_{number}"] = known | ({None: None} if leaf.optional else {})
            value = f"enum_{number}[{value}]"
        elif how is dt.date:
            value = f"days[{value}]"
        elif how is dt.datetime:
            value = f"moments[{value}]"
        elif how is Mapping:
            names["json_object"], value = texts.json_object, f"json_object({value})"
        elif how is None:
            names[f"read_{number}"] = texts.json_reader(leaf.plain)
            value = f"read_{number}({value})"
        values[leaf.path] = value
    return names, values


def _decoder(kind: Kind, width: int, call: str, names: dict[str, Any]) -> Callable[..., list[Any]]:
    columns = "".join(f"c{number}, " for number in range(width))
    source = f"def decode(rows):\n    return [{call} for ({columns}) in rows]"
    return _compiled(source, names, "decode", kind)


@contextmanager
def many_objects() -> Iterator[None]:
    """Make many objects that all stay: the cycle collector would walk them over and over."""
    if not gc.isenabled():
        yield
        return
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def _how(hint: Any) -> Any:
    """Return the sort of a type, by which its values are written and read; None for JSON."""
    if get_origin(hint) is get_origin(Mapping[str, str]):
        return Mapping
    if isinstance(hint, type) and issubclass(hint, Enum):
        return Enum
    return hint if hint in (str, int, bool, dt.date, dt.datetime) else None


def _call(
    record: type[Any], path: tuple[str, ...], values: Mapping[tuple[str, ...], str], names: dict[str, Any]
) -> str:
    """Return the text that makes one record from its values."""
    names[record.__name__] = record
    parts = {}
    for name, hint in get_type_hints(record).items():
        inside = (*path, name)
        parts[name] = values.get(inside) or _call(hint, inside, values, names)
    if issubclass(record, tuple):
        return f"new({record.__name__}, ({', '.join(parts.values())},))"
    return f"{record.__name__}({', '.join(f'{name}={value}' for name, value in parts.items())})"


def _compiled(source: str, names: dict[str, Any], name: str, kind: Kind) -> Callable[..., Any]:
    # The text is made of field names of our own records and of nothing else.
    exec(compile(source, f"<{name} {kind.name}>", "exec"), names)
    made: Callable[..., Any] = names[name]
    return made
