"""Very many values of one class, kept as packed columns: each is made when somebody asks for it."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from typing import Any, TypeVar, overload

from factoring_core.domain.vocabulary.packed import BLOCK, Packed

T = TypeVar("T")


class Many(Sequence[T]):
    """A sequence that makes its values from rows of plain cells, and keeps only the cells.

    It equals every sequence of equal values, also a tuple of them.

    Args:
        make: Makes a value from the cells of one row.
        rows: The cells, row by row; all of one width.
    """

    def __init__(self, make: Callable[..., T], rows: Iterable[Sequence[Any]]) -> None:
        self._make = make
        waiting, columns = iter(rows), list[Packed[Any]]()
        # By blocks, so that not all of the rows are there beside the columns.
        while block := list(islice(waiting, BLOCK)):
            columns = columns or [Packed() for _ in block[0]]
            for column, part in zip(columns, zip(*block, strict=True), strict=True):
                column.extend(part)
        self.columns: Sequence[Packed[Any]] = columns

    @classmethod
    def of_columns(cls, make: Callable[..., T], *columns: Packed[Any]) -> "Many[T]":
        """Return the values whose cells stand in *columns*, which are of one length and stay as they are."""
        many = cls(make, ())
        many.columns = list(columns) if len(columns[0]) else []
        return many

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self.columns[0]) if self.columns else 0

    def __iter__(self) -> Iterator[T]:
        """Make one after the other."""
        return map(self._make, *self.columns) if self.columns else iter(())

    @overload
    def __getitem__(self, place: int) -> T: ...

    @overload
    def __getitem__(self, place: slice) -> Sequence[T]: ...

    def __getitem__(self, place: int | slice) -> T | Sequence[T]:
        """Make the one at a place, or those of a slice."""
        if isinstance(place, slice):
            return tuple(map(self._make, *(column[place] for column in self.columns)) if self.columns else ())
        if not self.columns:
            raise IndexError("there is none")
        return self._make(*(column[place] for column in self.columns))

    def __eq__(self, other: object) -> bool:
        """Say whether another sequence has equal values."""
        if isinstance(other, Many) and other._make == self._make:
            return self.columns == other.columns
        if not isinstance(other, tuple | list | Many):
            return NotImplemented
        return len(self) == len(other) and all(one == two for one, two in zip(self, other, strict=True))

    def __hash__(self) -> int:
        """Return what a tuple of the values would."""
        return hash(tuple(self))

    def __repr__(self) -> str:
        """Show it as the tuple that it stands for."""
        return repr(tuple(self))
