"""A strict look at one table of the settings: every key known, every value of its type.

Nothing here repeats a value: a secret may stand where it does not belong.
"""

import datetime as dt
import re
from collections.abc import Callable, Collection, Mapping, Sequence
from enum import Enum
from typing import Any, TypeVar

from factoring_core.adapters.settings.faults import Faults, nearest, shown
from factoring_core.adapters.settings.key_lines import KeyPath

E = TypeVar("E", bound=Enum)

Check = Callable[[str], str | None]
"""Says what is wrong with a text and what to write instead, or None."""

_SECRET_WORDS = re.compile(r"passw|passphrase|secret|token|api_?key", re.IGNORECASE).search
_HIDDEN = re.compile(r"[\x00-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]").search
_LONGEST_TEXT = 1000


class Table:
    """One table, read key by key; what is wrong goes to *faults* and a default comes back.

    Args:
        elsewhere: Keys that other tables have, by key, to say where a misplaced one belongs.
    """

    def __init__(
        self,
        content: Mapping[str, Any],
        path: KeyPath,
        faults: Faults,
        known: Collection[str],
        elsewhere: Mapping[str, str] | None = None,
    ) -> None:
        self._content = content
        self.path = path
        self.faults = faults
        for key in content:
            if key not in known:
                self._unknown(key, known, elsewhere or {})

    def _unknown(self, key: str, known: Collection[str], elsewhere: Mapping[str, str]) -> None:
        if _SECRET_WORDS(key):
            message = (
                "No secret stands here. Use credential with env:NAME, file:PATH or keyring:SERVICE/NAME."
            )
            self.fault(key, "secret_in_clear", message)
            return
        hint = nearest(key, known)
        if not hint and key in elsewhere:
            hint = f" It belongs to {elsewhere[key]}: move it there, above any table that begins in between."
        hint = hint or f" Known here: {', '.join(known)}."
        self.fault(key, "unknown_key", f"{shown(key)} is not a setting here.{hint}")

    def fault(self, key: str, code: str, message: str) -> None:
        """Note that the value of *key* is wrong."""
        self.faults.add((*self.path, key), code, message)

    def has(self, key: str) -> bool:
        """Say whether *key* is written."""
        return key in self._content

    def _typed(self, key: str, kind: type[Any], wanted: str, *, required: bool = False) -> Any:
        value = self._content.get(key)
        if value is None:
            if required:
                self.faults.add((*self.path, key), "required", f"{key} is missing. Add it to this table.")
            return None
        if type(value) is not kind:
            self.fault(key, "wrong_type", f"{key} is not {wanted}.")
            return None
        return value

    def text(
        self, key: str, *, required: bool = False, lines: bool = False, check: Check | None = None
    ) -> str | None:
        """Return a text, or None where it is missing or wrong; *lines* allows several lines."""
        value = self._typed(key, str, "a text. Write it in double quotes", required=required)
        if value is None:
            return None
        wrong = _wrong_text(value, lines=lines) or (check(value) if check else None)
        if wrong:
            self.fault(key, "bad_value", f"{key} {wrong}")
            return None
        return str(value)

    def flag(self, key: str, default: bool) -> bool:
        """Return true or false."""
        value = self._typed(key, bool, "true or false. Write one of the two without quotes")
        return default if value is None else bool(value)

    def whole(self, key: str, low: int, high: int) -> int | None:
        """Return a whole number from *low* to *high*, or None."""
        value = self._typed(key, int, "a whole number. Write it without quotes and decimals")
        if value is None:
            return None
        if not low <= value <= high:
            self.fault(key, "bad_value", f"{key} is out of range. Write a number from {low} to {high}.")
            return None
        return int(value)

    def word(self, key: str, words: type[E]) -> E | None:
        """Return one of a closed list of words, or None."""
        value = self._typed(key, str, "one of the words it can be. Write it in double quotes")
        return None if value is None else self._member(key, value, words)

    def _member(self, key: str, value: str, words: type[E]) -> E | None:
        allowed = [str(one.value) for one in words]
        if value in allowed:
            return words(value)
        self.fault(key, "not_in_list", f"{key} can be {' or '.join(allowed)}.{nearest(value, allowed)}")
        return None

    def texts(
        self, key: str, *, allowed: Collection[str] | None = None, what: str = ""
    ) -> tuple[str, ...] | None:
        """Return a list of different texts, of *allowed* ones if given, or None."""
        value = self._typed(key, list, 'a list of texts. Write it as ["one", "two"]')
        if value is None:
            return None
        if any(type(one) is not str or _wrong_text(one) for one in value):
            self.fault(key, "wrong_type", f'{key} is a list of plain texts. Write it as ["one", "two"].')
            return None
        if len(set(value)) < len(value):
            self.fault(key, "duplicate", f"{key} names something twice. Name it once.")
        for one in value:
            if allowed is not None and one not in allowed:
                choice = nearest(one, allowed) or f" Known: {', '.join(sorted(allowed)) or 'none'}."
                self.fault(key, "not_in_list", f"{key} names an unknown {what}.{choice}")
        return tuple(value)

    def words(self, key: str, keys: Collection[str], what: str, words: type[E]) -> dict[str, E]:
        """Return a table whose keys are among *keys* and whose values are members of *words*."""
        found: dict[str, E] = {}
        for name, value in self._pairs(key, keys, what):
            inner = Table({name: value}, (*self.path, key), self.faults, (name,))
            member = inner.word(name, words)
            if member is not None:
                found[name] = member
        return found

    def text_by_key(self, key: str, keys: Collection[str], what: str) -> dict[str, str]:
        """Return a table whose keys are among *keys* and whose values are texts."""
        found: dict[str, str] = {}
        for name, value in self._pairs(key, keys, what):
            inner = Table({name: value}, (*self.path, key), self.faults, (name,))
            text = inner.text(name)
            if text is not None:
                found[name] = text
        return found

    def _pairs(self, key: str, keys: Collection[str], what: str) -> list[tuple[str, Any]]:
        value = self._typed(key, dict, "a table. Write it as { name = … }")
        pairs = []
        for name, one in (value or {}).items():
            if name in keys:
                pairs.append((name, one))
            else:
                message = f"{shown(name)} is no {what}.{nearest(name, keys) or ' Take it out.'}"
                self.faults.add((*self.path, key, name), "unknown_key", message)
        return pairs

    def day(self, key: str) -> dt.date | None:
        """Return a date, written bare or as ISO text, or None; it is required."""
        value = self._content.get(key)
        if type(value) is str:
            try:
                value = dt.datetime.strptime(value, "%Y-%m-%d").date()  # noqa: DTZ007 - a day has no zone
            except ValueError:
                value = ""
        if value is None:
            self.fault(
                key, "required", f"{key} is missing. Write the first day it holds, such as 2026-01-01."
            )
        elif type(value) is not dt.date:
            self.fault(key, "wrong_type", f"{key} is not a date. Write it as 2026-01-01.")
        else:
            return value
        return None

    def inner(self, key: str, known: Collection[str]) -> "Table | None":
        """Return the table under *key*, or None."""
        value = self._typed(key, dict, "a table. Write it as { name = … } or under a header of its own")
        return None if value is None else Table(value, (*self.path, key), self.faults, known)

    def tables(
        self, key: str, known: Collection[str], elsewhere: Mapping[str, str] | None = None
    ) -> Sequence["Table"]:
        """Return the tables of an array of tables, in order."""
        header = ".".join(shown(str(part)) for part in (*self.path, key) if isinstance(part, str))
        value = self._typed(key, list, f"a list of tables. Write each under the header [[{header}]]")
        found = []
        for position, content in enumerate(value or ()):
            path = (*self.path, key, position)
            if type(content) is dict:
                found.append(Table(content, path, self.faults, known, elsewhere))
            else:
                self.faults.add(path, "wrong_type", f"Write each under the header [[{header}]].")
        return found


def _wrong_text(text: str, *, lines: bool = False) -> str | None:
    if not text.strip():
        return "is blank. Write something, or leave the key out."
    plain = text.replace("\n", "").replace("\t", "") if lines else text
    if _HIDDEN(plain):
        return "holds a character that cannot be seen. Write it again by hand."
    if len(text) > (_LONGEST_TEXT * 10 if lines else _LONGEST_TEXT):
        return "is too long. Shorten it."
    if not lines and text != text.strip():
        return "begins or ends with a space. Take the space away."
    return None
