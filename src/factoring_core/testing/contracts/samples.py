"""Records to keep: for every class one with everything in it, one with as little as possible, and any."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal
from enum import Enum
from typing import Any, get_args, get_origin, get_type_hints

import attrs
from hypothesis import strategies as st

from factoring_core.domain.vocabulary.load import Standing
from factoring_core.ports.storage import KINDS

CLASSES = [kind.record for kind in KINDS]
AWKWARD = "Łódź 'n\" Søn; -- \U0001f69a\tend\n"
FURTHEST = 2**63 - 1
OFFSET = dt.timezone(dt.timedelta(hours=-5, minutes=-30))


def make(record: type[Any], values: Mapping[str, Any]) -> Any:
    return record(**values)


def changed(record: Any, **changes: Any) -> Any:
    return attrs.evolve(record, **changes) if attrs.has(type(record)) else record._replace(**changes)


def full(hint: Any) -> Any:
    """A value of this type with everything in it that could go wrong."""
    made = {
        str: AWKWARD,
        int: FURTHEST,
        bool: True,
        dt.date: dt.date(9999, 12, 31),
        dt.datetime: dt.datetime(2026, 2, 3, 4, 5, 6, 7, tzinfo=OFFSET),
        Decimal: Decimal("0.9000"),
        Any: {"amount": -1, "text": AWKWARD, "none": None, "list": [True, {"deep": []}]},
    }.get(hint)
    if made is not None:
        return made
    if get_origin(hint) is tuple and get_args(hint)[1:] == (...,):
        return (full(get_args(hint)[0]), full(get_args(hint)[0]))
    if get_origin(hint) is tuple:
        return tuple(full(each) for each in get_args(hint))
    if get_origin(hint) is get_origin(Mapping[str, str]):
        return {AWKWARD: full(get_args(hint)[1]), "": full(get_args(hint)[1])}
    if get_args(hint):
        return full(get_args(hint)[0])
    if issubclass(hint, Enum):
        return list(hint)[-1]
    return make(hint, {name: full(inner) for name, inner in get_type_hints(hint).items()})


def bare(hint: Any) -> Any:
    """A value of this type with as little in it as there can be."""
    made = {
        str: "",
        int: -FURTHEST - 1,
        bool: False,
        dt.date: dt.date(1, 1, 1),
        dt.datetime: dt.datetime(1, 1, 2, tzinfo=dt.UTC),
        Decimal: Decimal("0"),
    }.get(hint)
    if made is not None:
        return made
    if type(None) in get_args(hint):
        return None
    if get_origin(hint) is tuple:
        return ()
    if get_origin(hint) is get_origin(Mapping[str, str]):
        return {}
    if issubclass(hint, Enum):
        return next(iter(hint))
    return make(hint, {name: bare(inner) for name, inner in get_type_hints(hint).items()})


TEXTS = st.text(max_size=8) | st.sampled_from(["", AWKWARD, "1e5", "007", "null", "\x00", "\U0010ffff"])
MOMENTS = st.datetimes(
    min_value=dt.datetime(1900, 1, 1),  # noqa: DTZ001
    timezones=st.sampled_from([dt.UTC, OFFSET, dt.timezone(dt.timedelta(hours=14))]),
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-FURTHEST, FURTHEST) | TEXTS,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(TEXTS, inner, max_size=2),
    max_leaves=4,
)


_MADE: dict[Any, st.SearchStrategy[Any]] = {}


def anything(hint: Any) -> st.SearchStrategy[Any]:
    """Any value of this type; made once, for making it takes as long as drawing from it."""
    if hint not in _MADE:
        _MADE[hint] = _anything(hint)
    return _MADE[hint]


def _anything(hint: Any) -> st.SearchStrategy[Any]:
    simple = {
        str: TEXTS,
        int: st.integers(-FURTHEST - 1, FURTHEST),
        bool: st.booleans(),
        dt.date: st.dates(),
        dt.datetime: MOMENTS,
        Decimal: st.decimals(min_value=0, max_value=1, places=4),
        type(None): st.none(),
        Any: JSON,
    }
    if hint in simple:
        return simple[hint]
    if get_origin(hint) is tuple and get_args(hint)[1:] == (...,):
        return st.lists(anything(get_args(hint)[0]), max_size=2).map(tuple)
    if get_origin(hint) is tuple:
        return st.tuples(*map(anything, get_args(hint)))
    if get_origin(hint) is get_origin(Mapping[str, str]):
        return st.dictionaries(TEXTS, anything(get_args(hint)[1]), max_size=2)
    if get_args(hint):
        return st.one_of(*map(anything, get_args(hint)))
    if issubclass(hint, Enum):
        return st.sampled_from(list(hint))
    return st.builds(hint, **{name: anything(inner) for name, inner in get_type_hints(hint).items()})


def standing(load: str = "L1", subsidiary: str = "acme", **given: Any) -> Standing:
    return Standing(subsidiary=subsidiary, load=load, **given)
