"""What a machine puts in a host's way: a clock and a store in whose hands its process may end."""

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from attrs import define

from factoring_core.adapters.clocks.fixed import FixedClock
from factoring_core.ports.storage import Store
from factoring_core.testing.simulated_api import KilledError


class BreakingClock(FixedClock):
    """A clock in whose hands a process may end: wherever the host asks for the time."""

    def __init__(self, instant: dt.datetime) -> None:
        super().__init__(instant)
        self.until_killed: int | None = None

    def now(self) -> dt.datetime:
        """Tell the time, or end the process that asks."""
        if self.until_killed is not None:
            self.until_killed -= 1
            if self.until_killed < 0:
                self.until_killed = None
                raise KilledError
        return super().now()


@define
class LostCommit:
    """The *at*-th commit from now on, of which the process never hears; it is *kept*, or not."""

    at: int
    kept: bool


@define
class Commits:
    """Where the next commit is lost; shared by all stores of a site."""

    lost: LostCommit | None = None

    def fate(self) -> bool | None:
        """Count a commit; return None where it is answered, else whether it is kept."""
        if self.lost is None:
            return None
        self.lost.at -= 1
        if self.lost.at >= 0:
            return None
        kept, self.lost = self.lost.kept, None
        return kept


class BreakingStore:
    """Hands everything on to a store, and ends the process between a commit and its answer."""

    def __init__(self, store: Store, commits: Commits) -> None:
        self._store, self._commits = store, commits

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    @contextmanager
    def transaction(self, tenant: str) -> Iterator[Any]:
        """Open a transaction; its end may be that of the process, before or after the commit."""
        kept = None
        with self._store.transaction(tenant) as changes:
            yield changes
            kept = self._commits.fate()
            if kept is False:
                raise KilledError
        if kept:
            raise KilledError
