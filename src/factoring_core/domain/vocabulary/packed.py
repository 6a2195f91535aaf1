"""Very many plain values in little memory: a report has a million rows, and a value takes 60 bytes."""

from array import array
from collections.abc import Iterable, Iterator, Sequence
from heapq import merge
from itertools import chain, islice
from operator import eq, itemgetter, le
from typing import Any, TypeVar, overload

from factoring_core.domain.vocabulary.packed_blocks import Block, packed

T = TypeVar("T")

BLOCK = 4_096
"""So many values are packed together."""

RUN = 16 * BLOCK
"""So many texts are sorted at a time."""


class Packed(Sequence[T]):
    """Values in the order in which they came, of which each is made anew when somebody asks for it.

    Of each block of them, few different values are kept once each, whole numbers as the bytes of
    machine numbers, and texts as one text; anything else is kept as it is.  It equals every
    sequence of equal values.
    """

    __slots__ = ("_blocks", "_waiting")

    def __init__(self, values: Iterable[T] = ()) -> None:
        self._blocks: list[Block[T]] = []
        self._waiting: list[T] = []
        self.extend(values)

    def extend(self, values: Iterable[T]) -> None:
        """Add values at the end."""
        coming = iter(values)
        while more := list(islice(coming, BLOCK - len(self._waiting))):
            self._waiting += more
            if len(self._waiting) == BLOCK:
                self._blocks.append(packed(self._waiting))
                self._waiting = []

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self._blocks) * BLOCK + len(self._waiting)

    def __iter__(self) -> Iterator[T]:
        """Make one after the other."""
        return chain(chain.from_iterable(block.all() for block in self._blocks), self._waiting)

    @overload
    def __getitem__(self, place: int) -> T: ...

    @overload
    def __getitem__(self, place: slice) -> Sequence[T]: ...

    def __getitem__(self, place: int | slice) -> T | Sequence[T]:
        """Make the one at a place, or those of a slice."""
        if isinstance(place, slice):
            return self._slice(*place.indices(len(self)))
        blocks = self._blocks
        if place < 0:
            place += len(self)
            if place < 0:
                raise IndexError("there are not so many")
        block, inside = divmod(place, BLOCK)
        if block < len(blocks):
            return blocks[block][inside]
        return self._waiting[place - BLOCK * len(blocks)]

    def at(self, places: Iterable[int]) -> Iterator[T]:
        """Make those at some places; quickly where these are all, in order."""
        return iter(self) if places == range(len(self)) else map(self.__getitem__, places)

    def _slice(self, start: int, stop: int, step: int) -> list[T]:
        if step != 1:
            return [self[place] for place in range(start, stop, step)]
        first = start // BLOCK
        found = list(chain.from_iterable(self._lists(first, -(-stop // BLOCK))))
        return found[start - first * BLOCK : stop - first * BLOCK]

    def _lists(self, first: int, last: int) -> Iterator[list[T]]:
        for number in range(first, last):
            yield self._blocks[number].all() if number < len(self._blocks) else self._waiting

    def __eq__(self, other: object) -> bool:
        """Say whether another sequence has equal values."""
        if not isinstance(other, Packed | list | tuple):
            return NotImplemented
        return len(self) == len(other) and all(map(eq, self, other))

    def __hash__(self) -> int:
        """Return what a tuple of the values would."""
        return hash(tuple(self))

    def __repr__(self) -> str:
        """Show it as the list that it stands for."""
        return repr(list(self))


def in_order(texts: Iterable[str]) -> Iterator[str]:
    """Yield texts in order, of which never many are held unpacked."""
    coming, runs = iter(texts), list[Iterable[str]]()
    while run := sorted(islice(coming, RUN)):
        runs.append(Packed(run))
    return merge(*runs)


def places_in_order(values: Sequence[Any]) -> Sequence[int]:
    """Return the places of values in the order of the values, of which never many are held unpacked."""
    if all(map(le, values, islice(values, 1, None))):
        return range(len(values))
    runs = []
    for start in range(0, len(values), RUN):
        run = values[start : start + RUN]
        runs.append(array("I", (start + place for place in sorted(range(len(run)), key=run.__getitem__))))
    merged = merge(*(((values[place], place) for place in run) for run in runs))
    return array("I", map(itemgetter(1), merged))
