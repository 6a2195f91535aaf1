"""The ways to the factors of one office: opened when first needed, used again, closed with it."""

from collections.abc import Callable
from contextlib import suppress
from typing import Generic, TypeVar

from factoring_core.domain.vocabulary.parties import Connection
from factoring_core.ports.factor_api import FactorApi
from factoring_core.ports.remote_folder import RemoteFolder

FolderOpener = Callable[[Connection], RemoteFolder]
ApiOpener = Callable[[Connection], FactorApi]

D = TypeVar("D")


class Doors(Generic[D]):
    """Opens the door of a connection, and gives the same one again while its settings stand.

    Args:
        open_: Opens one; what it raises is not kept.
    """

    def __init__(self, open_: Callable[[Connection], D]) -> None:
        self._open_one = open_
        self._open: dict[str, tuple[Connection, D]] = {}

    def __call__(self, connection: Connection) -> D:
        """Return the door of *connection*."""
        known = self._open.get(connection.id)
        if known is not None and known[0] == connection:
            return known[1]
        door = self._open_one(connection)
        if known is not None:
            _close(known[1])
        self._open[connection.id] = (connection, door)
        return door

    def close(self) -> None:
        """Take leave of everybody."""
        while self._open:
            _close(self._open.popitem()[1][1])


def _close(door: object) -> None:
    close = getattr(door, "close", None)
    if close is not None:
        with suppress(Exception):  # nothing is waited for any more
            close()
