"""The pieces that a command's answer to a person is made of."""

import unicodedata
from collections.abc import Sequence
from typing import Any

from attrs import frozen

_TURNS_WRITING = frozenset("\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


@frozen
class Line:
    """One line of text; *style* counts on a terminal only."""

    text: str
    style: str = ""


@frozen
class Table:
    """Rows under headers.  ``right`` names the columns that are aligned to the right.

    ``empty`` stands in place of a table without rows.
    """

    columns: Sequence[str]
    rows: Sequence[Sequence[Any]]
    title: str = ""
    right: frozenset[str] = frozenset()
    empty: str = "None."


Piece = Line | Table


def visible(value: Any) -> str:
    """Return the text of a cell without anything that could steer a terminal."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list | tuple):
        return ", ".join(visible(one) for one in value)
    if isinstance(value, dict):
        return " ".join(visible(one) for one in value.values())
    return "".join(
        "\ufffd" if unicodedata.category(letter) in ("Cc", "Cs") or letter in _TURNS_WRITING else letter
        for letter in str(value).replace("\n", " ")
    )
