"""What can come in the way of an office in a story: others at work, sleep, the end of its program."""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar

from attrs import define, evolve, field, frozen

from factoring_core.adapters.remote.memory import MemoryFolder
from factoring_core.domain.selling.lease import StoreTime
from factoring_core.domain.vocabulary.events import AuditEntry
from factoring_core.errors import StoreCorruptError
from factoring_core.ports.remote_folder import RemoteFile
from factoring_core.ports.storage import Store
from factoring_core.ports.timer import Timer

T = TypeVar("T")
UNREADABLE = StoreCorruptError("A record cannot be read.")


@define
class _Event:
    verb: str
    happens: Callable[[], None]
    before: int
    """How many calls of the verb come first."""


class Events:
    """What happens when something is called."""

    def __init__(self) -> None:
        self._coming: list[_Event] = []

    def meanwhile(self, verb: str, happens: Callable[[], None], *, at: int = 1) -> None:
        """Have something happen at the *at*-th call of a verb from now on, and before what it does."""
        self._coming.append(_Event(verb, happens, at - 1))

    def called(self, verb: str) -> None:
        """Have happen what is due."""
        due = [one for one in self._coming if one.verb == verb and not one.before]
        for one in self._coming:
            one.before -= one.verb == verb
        self._coming = [one for one in self._coming if one not in due]
        for one in due:
            one.happens()


class EventfulFolder(MemoryFolder):
    """A factor's folder in memory, at whose calls something else happens first.

    ``at_once``: it renames in one step.  ``password``: what is shown to it, if anybody has to log in.
    ``hashes``: it tells them of what it lists; ``digests``: of a file, when it is asked for.
    ``hidden``: names that it lists and denies when it is asked for them.
    ``stored``: what it makes of what is written.
    """

    def __init__(self, *, on_arrival: Callable[[str, bytes], None]) -> None:
        super().__init__(on_arrival=on_arrival)
        self.at_once = True
        self.password = ""
        self.hashes = self.digests = True
        self.hidden: set[str] = set()
        self.stored: Callable[[bytes], bytes] = bytes
        self.events = Events()

    def temps(self) -> list[str]:
        """Return the private names that lie there."""
        return [one for one in self._files if one.endswith(".part")]

    def renames_at_once(self) -> bool:
        """Say what it is set to."""
        return self.at_once

    def credential_mark(self, salt: str) -> str:
        """Return nothing where nobody logs in."""
        shown = f"{salt} {self.password}".encode()
        return hashlib.sha256(shown).hexdigest() if self.password else ""

    def stat(self, name: str) -> RemoteFile | None:
        """Tell what it likes to tell."""
        found = super().stat(name)
        if found is None or name in self.hidden:
            return None
        return found if self.hashes else evolve(found, sha256=None)

    def digest(self, name: str) -> str | None:
        """Tell the hash of a file, or not."""
        found = super().stat(name)
        return found.sha256 if found is not None and self.digests else None

    def list(self) -> Sequence[RemoteFile]:
        """Tell of all files."""
        return tuple(one if self.hashes else evolve(one, sha256=None) for one in super().list())

    def _arrive(self, name: str, content: bytes) -> None:
        super()._arrive(name, self.stored(content))

    def _before(self, verb: str) -> Any:
        self.events.called(verb)
        return super()._before(verb)


@frozen
class Persistent:
    """Tries three times, ten seconds apart, as long as there is time for it."""

    timer: Timer

    def __call__(self, work: Callable[[], T], *, again: Callable[[Exception], bool], seconds: float) -> T:
        """Do it; as of `factoring_core.ports.retry.Retry`."""
        end = self.timer.seconds() + seconds
        for _ in range(2):
            try:
                return work()
            except Exception as error:
                if not again(error) or self.timer.seconds() + 10 > end:
                    raise
                self.timer.sleep(10)
        return work()


@frozen
class NamedWorker:
    """A running program of a story; *leave* lets go of the one it stands for."""

    name: str
    gone: set[str]
    leave: Callable[[], None]

    def is_gone(self, name: str) -> bool:
        """Say whether the story has let it end, and be seen to."""
        return name in self.gone

    def close(self) -> None:
        """Let go."""
        self.leave()


@define
class Troubles:
    """What is wrong with a store.

    ``commits``: raised one by one by the transactions to come, before they are kept; None lets one pass.
    ``unreadable``: the number of an entry of the trail that cannot be read.
    """

    commits: list[Exception | None] = field(factory=list)
    unreadable: int | None = None


class TimedStore:
    """Hands everything on to a store, but for the time, and fails when it is told to.

    Args:
        store: The host's.
        time: By which leases end.
        troubles: What is wrong with it.
    """

    def __init__(self, store: Store, time: Callable[[], StoreTime], troubles: Troubles) -> None:
        self._store, self._time, self._troubles = store, time, troubles

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    @contextmanager
    def reading(self, tenant: str) -> Iterator[Any]:
        """Open a look."""
        with self._store.reading(tenant) as look:
            yield _Timed(look, self._time, self._troubles)

    @contextmanager
    def transaction(self, tenant: str) -> Iterator[Any]:
        """Open a transaction."""
        with self._store.transaction(tenant) as changes:
            yield _Timed(changes, self._time, self._troubles)
            commits = self._troubles.commits
            if commits and (trouble := commits.pop(0)) is not None:
                raise trouble


class _Timed:
    def __init__(self, opened: Any, time: Callable[[], StoreTime], troubles: Troubles) -> None:
        self._opened, self._troubles = opened, troubles
        self.time = time

    def __getattr__(self, name: str) -> Any:
        return getattr(self._opened, name)

    def get(self, kind: type[Any], *key: Any) -> Any:
        if kind is AuditEntry and key == (self._troubles.unreadable,):
            raise UNREADABLE
        return self._opened.get(kind, *key)

    def walk(self, kind: type[Any]) -> Iterator[Any]:
        for one in self._opened.walk(kind):
            # A store reads by blocks: what is in one block with the damage is not walked either.
            if kind is AuditEntry and one.sequence + 1 == self._troubles.unreadable:
                raise UNREADABLE
            yield one
