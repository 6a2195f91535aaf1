"""The loads and sales of a subsidiary, read when they are asked for: most reports are about few."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import overload

from factoring_core.domain.selling.batch import Assignment
from factoring_core.domain.vocabulary.load import Load
from factoring_core.ports.storage import Reading


class LoadsOnDemand(Mapping[str, Load]):
    """Reads loads by number; all of them once when it is gone through."""

    def __init__(self, tx: Reading, subsidiary: str) -> None:
        self._tx = tx
        self._subsidiary = subsidiary
        self._known: dict[str, Load] = {}
        self._whole = False

    def fetch(self, numbers: Iterable[str]) -> None:
        """Read these at once."""
        lacking = set(numbers) - self._known.keys()
        if lacking and not self._whole:
            found = self._tx.find(Load, subsidiary=self._subsidiary, number=sorted(lacking))
            self._known.update((load.number, load) for load in found)

    def __getitem__(self, number: str) -> Load:
        """Return one load."""
        if number not in self._known:
            self.fetch((number,))
        return self._known[number]

    def __iter__(self) -> Iterator[str]:
        """Go through all numbers, in order."""
        return iter(self._all())

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self._all())

    def _all(self) -> Mapping[str, Load]:
        if not self._whole:
            self._known = {load.number: load for load in self._tx.find(Load, subsidiary=self._subsidiary)}
            self._whole = True
        return self._known


class SalesOnDemand(Sequence[Assignment]):
    """Reads all sales once when it is gone through; those of single loads without the others."""

    def __init__(self, tx: Reading, subsidiary: str) -> None:
        self._tx = tx
        self._subsidiary = subsidiary
        self._all: Sequence[Assignment] | None = None

    def of_loads(self, loads: Iterable[str]) -> Sequence[Assignment]:
        """Return the sales of these loads."""
        wanted = set(loads)
        if self._all is None:
            return self._tx.find(Assignment, subsidiary=self._subsidiary, load=sorted(wanted))
        return [sale for sale in self._all if sale.load in wanted]

    def _read(self) -> Sequence[Assignment]:
        if self._all is None:
            self._all = self._tx.find(Assignment, subsidiary=self._subsidiary)
        return self._all

    @overload
    def __getitem__(self, place: int) -> Assignment: ...

    @overload
    def __getitem__(self, place: slice) -> Sequence[Assignment]: ...

    def __getitem__(self, place: int | slice) -> Assignment | Sequence[Assignment]:
        """Return the sale at a place in the order of ids, or several."""
        return self._read()[place]

    def __iter__(self) -> Iterator[Assignment]:
        """Go through all sales."""
        return iter(self._read())

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self._read())
