"""What is wrong with the settings, each with its key path and line; never with its value."""

import difflib
import re
from collections.abc import Iterable, Mapping

from factoring_core.adapters.settings.key_lines import KeyPath, line_of
from factoring_core.errors import Fault

_BARE_KEY = re.compile(r"[A-Za-z0-9_-]{1,64}").fullmatch


class Faults:
    """Every fault found so far, each with its key path and line."""

    def __init__(self, file: str, lines: Mapping[KeyPath, int]) -> None:
        self._file = file
        self._lines = lines
        self.found: list[Fault] = []

    def add(self, path: KeyPath, code: str, message: str) -> None:
        """Note that what stands at *path* is wrong; *message* says what to do as well."""
        line = line_of(path, self._lines)
        self.found.append(
            Fault(code=code, message=message, file=self._file, line=line, column=spelled(path) or None)
        )


def spelled(path: KeyPath) -> str:
    """Write a key path as ``connections[0].host``; positions count from 0."""
    text = ""
    for part in path:
        if isinstance(part, int):
            text += f"[{part}]"
        else:
            text += f"{'.' if text else ''}{shown(part)}"
    return text


def shown(word: str) -> str:
    """Return *word* if it is a plain short key, and a stand-in otherwise."""
    return word if _BARE_KEY(word) else "(a quoted key)"


def nearest(word: str, known: Iterable[str]) -> str:
    """Return `` Did you mean …?`` for the nearest known word, or nothing."""
    close = difflib.get_close_matches(word, list(known), n=1, cutoff=0.6) if len(word) <= 64 else []
    return f" Did you mean {close[0]}?" if close else ""
