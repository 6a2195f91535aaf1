"""A store that breaks at its n-th touch, as a process does that is killed there."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


class KilledError(BaseException):
    """Nothing catches it, as nothing catches the end of a process."""


class BreakingStore:
    """Passes everything on to *store*, and dies at touch number *at*; ``touches`` counts them."""

    def __init__(self, store: Any, at: int) -> None:
        self._store, self._at, self.touches = store, at, 0

    def touch(self) -> None:
        """Count one touch."""
        self.touches += 1
        if self.touches == self._at:
            raise KilledError(str(self._at))

    @contextmanager
    def reading(self, tenant: str) -> Iterator[Any]:
        """Open a look."""
        with self._store.reading(tenant) as tx:
            yield _Touched(tx, self)

    @contextmanager
    def transaction(self, tenant: str) -> Iterator[Any]:
        """Open a transaction; the last touch is right before its commit."""
        with self._store.transaction(tenant) as tx:
            yield _Touched(tx, self)
            self.touch()


class _Touched:
    def __init__(self, tx: Any, store: BreakingStore) -> None:
        self._tx, self._store = tx, store

    def __getattr__(self, name: str) -> Any:
        self._store.touch()
        return getattr(self._tx, name)
