"""The lists of a document that may be very long: each element is written when it is asked for."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any, SupportsIndex, TypeVar, overload

T = TypeVar("T")


class Listed(list[Any]):
    """A list that makes its elements from *values* by *write*, and keeps none of them.

    It is a list by class, because that is what `json` writes as one.
    """

    def __init__(self, values: Sequence[T], write: Callable[[T], Any]) -> None:
        super().__init__()
        self._values, self._write = values, write

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self._values)

    def __bool__(self) -> bool:
        """Say whether there is any."""
        return bool(self._values)

    def __iter__(self) -> Iterator[Any]:
        """Make one after the other."""
        return map(self._write, self._values)

    def __reversed__(self) -> Iterator[Any]:
        """Make one after the other, the last first."""
        return map(self._write, reversed(self._values))

    def __contains__(self, element: object) -> bool:
        """Say whether an element is among them."""
        return any(one == element for one in self)

    @overload
    def __getitem__(self, place: SupportsIndex) -> Any: ...

    @overload
    def __getitem__(self, place: slice) -> list[Any]: ...

    def __getitem__(self, place: SupportsIndex | slice) -> Any:
        """Make the one at a place, or those of a slice."""
        if isinstance(place, slice):
            return list(map(self._write, self._values[place]))
        return self._write(self._values[place.__index__()])

    def __eq__(self, other: object) -> bool:
        """Say whether another list has equal elements."""
        return list(self) == other

    def __ne__(self, other: object) -> bool:
        """Say whether another list has not."""
        return not self == other

    __hash__ = None

    def __repr__(self) -> str:
        """Show it as the list that it stands for."""
        return repr(list(self))
