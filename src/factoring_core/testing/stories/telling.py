"""Answers as text: every value of every field that says something, and no name that chance drew."""

import datetime as dt
import re
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from enum import Enum
from pathlib import PurePath
from typing import Any

import attrs

from factoring_core.domain.vocabulary.actors import EVERYBODY
from factoring_core.errors import FactoringError
from factoring_core.testing.stories.place import NOON

WIDTH = 110
SHORT = 16
LEFT_OUT = frozenset({"size", "pages", "lease_until", "previous", "hash"})
"""What follows from the adapters and not from the acts, and what only proves itself."""
_CHANCE = re.compile(
    r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}|(?<![0-9a-z])(?=[0-9a-f]*[a-f])(?=[0-9a-f]*[0-9])[0-9a-f]{8,}"
)


class Names:
    """Calls what chance or a hash made by a number, in the order in which it first appears."""

    def __init__(self) -> None:
        self._known: dict[str, str] = {}

    def settled(self, text: str) -> str:
        """Return the text with numbers for names."""
        return _CHANCE.sub(lambda found: self._known.setdefault(found[0], f"#{len(self._known) + 1}"), text)


def told(value: Any) -> list[str]:
    """Write a value down, on one line where it fits; what is blank or as usual is left out."""
    if isinstance(value, FactoringError):
        return _named(type(value).__name__, _fields_of(value))
    if attrs.has(type(value)) and not isinstance(value, type):
        return _named(type(value).__name__, _unusual(value))
    if isinstance(value, tuple) and hasattr(value, "_asdict"):
        return _named(type(value).__name__, _said(value._asdict()))
    if isinstance(value, Mapping):
        return _named("", {str(key): each for key, each in _said(value).items() if each not in (0, False)})
    if isinstance(value, AbstractSet):
        return _listed(sorted(value, key=str))
    if isinstance(value, Iterable) and not isinstance(value, str | bytes | bytearray):
        return _listed(list(value))
    return [plain(value)]


def plain(value: Any) -> str:
    """Write down a value that has no parts."""
    if isinstance(value, Enum):
        return str(value.value)
    if isinstance(value, dt.date | dt.datetime):
        return value.isoformat()
    if isinstance(value, bytes):
        return f"{value[:5]!r}…"
    if isinstance(value, str):
        return _CHANCE.sub(_short, repr(value))
    if isinstance(value, PurePath):
        return repr(value.name)  # where it is, is not part of the story
    return value.__qualname__.rpartition(".")[2] if callable(value) else str(value)


def _short(found: re.Match[str]) -> str:
    """Leave enough of what chance or a hash made to tell it from others."""
    return found[0] if len(found[0]) <= SHORT else found[0][:SHORT]


def _fields_of(error: FactoringError) -> dict[str, Any]:
    names = ("code", "message", "remedy", "where", "retryable", "faults", "total")
    return _said({name: getattr(error, name, None) for name in names})


def _unusual(value: Any) -> dict[str, Any]:
    found = {}
    for one in attrs.fields(type(value)):
        given = getattr(value, one.name)
        if one.name not in LEFT_OUT and (one.default is attrs.NOTHING or given != one.default):
            found[one.name] = given
    return _said(found)


def _said(given: Mapping[str, Any]) -> dict[str, Any]:
    return {name: one for name, one in given.items() if not _blank(one)}


def _blank(value: Any) -> bool:
    """Say whether a value tells nothing: it is empty, or the time and the actor of every story."""
    return value in (None, NOON, EVERYBODY.name) or (
        isinstance(value, str | Sequence | Mapping) and not value
    )


def _named(name: str, parts: Mapping[str, Any]) -> list[str]:
    inner = [(f"{key}=", told(one)) for key, one in parts.items()]
    return _packed(f"{name}(", inner, ")")


def _listed(values: Sequence[Any]) -> list[str]:
    return _packed("[", [("", told(one)) for one in values], "]")


def _packed(begin: str, parts: Sequence[tuple[str, list[str]]], end: str) -> list[str]:
    """Put as many parts on a line as fit; one of several lines stands on lines of its own."""
    line = begin + ", ".join(f"{key}{lines[0]}" for key, lines in parts) + end
    if len(line) <= WIDTH and all(len(lines) == 1 for _, lines in parts):
        return [line]
    found, begun = [begin], False
    for key, lines in parts:
        text = f"{key}{lines[0]}"
        if begun and len(lines) == 1 and len(found[-1]) + len(text) < WIDTH:
            found[-1] += f", {text}"
        else:
            found.append(f"  {text}")
        begun = len(lines) == 1
        found += [f"  {line}" for line in lines[1:]]
    found[-1] += end
    return found
