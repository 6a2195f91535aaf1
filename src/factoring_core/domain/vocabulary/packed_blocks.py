"""Blocks of values that are kept together, each in what takes least."""

import datetime as dt
from array import array
from collections.abc import Sequence
from contextlib import suppress
from enum import Enum
from itertools import accumulate, pairwise
from operator import eq
from typing import Any, Generic, Protocol, TypeVar

T = TypeVar("T")

FEW = 256
"""As many different values as one byte can tell apart."""


class Block(Protocol[T]):
    """Values that are packed together."""

    def __getitem__(self, place: int) -> T: ...

    def all(self) -> list[T]: ...


class _Few(Generic[T]):
    """Few different values: each once, and which of them stands at each place."""

    __slots__ = ("_different", "_which")

    def __init__(self, different: list[T], which: bytes) -> None:
        self._different, self._which = different, which

    def __getitem__(self, place: int) -> T:
        return self._different[self._which[place]]

    def all(self) -> list[T]:
        return list(map(self._different.__getitem__, self._which))


class _Numbers:
    """Whole numbers of 64 bits at most; those that follow one another, as rows do, take nothing."""

    __slots__ = ("_numbers",)

    def __init__(self, numbers: Sequence[int]) -> None:
        following = range(numbers[0], numbers[-1] + 1)
        self._numbers: range | array[int] = following
        if len(following) != len(numbers) or not all(map(eq, following, numbers)):
            try:
                self._numbers = array("i", numbers)
            except OverflowError:
                self._numbers = array("q", numbers)

    def __getitem__(self, place: int) -> int:
        return self._numbers[place]

    def all(self) -> list[int]:
        return list(self._numbers)


class _Texts:
    """Texts one behind the other, and where each ends."""

    __slots__ = ("_ends", "_text")

    def __init__(self, texts: Sequence[str]) -> None:
        self._text = "".join(texts)
        size = "H" if len(self._text) < 1 << 16 else "I"
        self._ends = array(size, accumulate(map(len, texts), initial=0))

    def __getitem__(self, place: int) -> str:
        return self._text[self._ends[place] : self._ends[place + 1]]

    def all(self) -> list[str]:
        text = self._text
        return [text[start:end] for start, end in pairwise(self._ends)]


class _Others(Generic[T]):
    """Values that nothing is known of."""

    __slots__ = ("_values",)

    def __init__(self, values: list[T]) -> None:
        self._values = values

    def __getitem__(self, place: int) -> T:
        return self._values[place]

    def all(self) -> list[T]:
        return self._values


def packed(values: list[Any]) -> Block[Any]:
    """Return *values*, of which there is one at least, in the block that takes least."""
    classes = set(map(type, values))
    # Of other classes equal values may differ in what they show, such as tuples of 1 and of True.
    plain = classes - {type(None)}
    told = values if len(plain) <= 1 and all(map(_is_plain, plain)) else list(map(id, values))
    # Of a column in which nearly every value is another, this shows in its beginning.
    different = dict(zip(told[: 2 * FEW], values, strict=False))
    if len(different) <= FEW:
        different = dict(zip(told, values, strict=True))
    if len(different) <= FEW:
        places = {one: place for place, one in enumerate(different)}
        return _Few(list(different.values()), bytes(map(places.__getitem__, told)))
    if classes == {str}:
        return _Texts(values)
    if classes == {int}:
        with suppress(OverflowError):
            return _Numbers(values)
    return _Others(values)


def _is_plain(kind: type[Any]) -> bool:
    return kind in (str, int, bool, dt.date) or issubclass(kind, Enum)
