"""Where each key of a TOML text stands, because the standard library's parser does not say."""

import re
from collections.abc import Mapping

KeyPath = tuple[str | int, ...]
"""The way to a value: names of keys, and positions in arrays of tables, counted from 0."""

_BLANK = re.compile(r"[ \t\n]*(?:#[^\n]*)?")
_KEY_PART = re.compile(r"[ \t]*(?:\"((?:[^\"\\\n]|\\.)*)\"|'([^'\n]*)'|([A-Za-z0-9_-]+))[ \t]*")
_STRINGS = re.compile(
    r'"""(?:[^\\]|\\.)*?"""+|' + r"'''.*?'''+|" + r'"(?:[^"\\\n]|\\.)*"|' + r"'[^'\n]*'", re.DOTALL
)


def key_lines(text: str) -> Mapping[KeyPath, int]:
    """Return the line of every key and table header of *text*, counted from 1.

    For a text that the parser has accepted; keys within inline tables are not listed (use
    `line_of`).  Ends for any text at all.
    """
    found: dict[KeyPath, int] = {}
    counts: dict[KeyPath, int] = {}
    table: KeyPath = ()
    at = line = counted = 0
    while True:
        while (gap := _BLANK.match(text, at)) is not None and gap.end() > at:
            at = gap.end()
        if at >= len(text):
            return found
        line, counted = line + text.count("\n", counted, at), at
        if text[at] == "[":
            is_array = text.startswith("[[", at)
            names, at = _dotted(text, at + (2 if is_array else 1))
            table = _header(names, counts, is_array=is_array)
            found.setdefault(table, line + 1)
            at = _end_of_line(text, at)
        else:
            names, after = _dotted(text, at)
            for length in range(1, len(names) + 1):
                found.setdefault((*table, *names[:length]), line + 1)
            at = _end_of_value(text, max(after, at + 1))


def line_of(path: KeyPath, lines: Mapping[KeyPath, int]) -> int | None:
    """Return the line of *path*, or of the nearest thing around it, or None."""
    while path:
        if path in lines:
            return lines[path]
        path = path[:-1]
    return None


def _dotted(text: str, at: int) -> tuple[tuple[str, ...], int]:
    names: list[str] = []
    while (part := _KEY_PART.match(text, at)) is not None:
        names.append(next((group for group in part.groups() if group is not None), ""))
        at = part.end()
        if not text.startswith(".", at):
            break
        at += 1
    return tuple(names), at


def _header(names: tuple[str, ...], counts: dict[KeyPath, int], *, is_array: bool) -> KeyPath:
    path: KeyPath = ()
    for position, name in enumerate(names, start=1):
        path = (*path, name)
        if position == len(names) and is_array:
            counts[path] = counts.get(path, 0) + 1
        if path in counts:
            path = (*path, counts[path] - 1)
    return path


def _end_of_line(text: str, at: int) -> int:
    end = text.find("\n", at)
    return len(text) if end < 0 else end


def _end_of_value(text: str, at: int) -> int:
    """Return where the value that begins after *at* ends: the first line end outside brackets."""
    depth = 0
    while at < len(text):
        letter = text[at]
        if letter in "\"'" and (string := _STRINGS.match(text, at)) is not None:
            at = string.end()
            continue
        if letter == "#":
            at = _end_of_line(text, at)
            continue
        if letter == "\n" and depth <= 0:
            return at
        depth += (letter in "[{") - (letter in "]}")
        at += 1
    return at
