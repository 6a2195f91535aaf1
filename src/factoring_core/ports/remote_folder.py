"""The one folder on a factor's server that we may write to."""

from collections.abc import Sequence
from typing import Protocol

from attrs import frozen


@frozen(kw_only=True)
class RemoteFile:
    """What is known of one file there; ``size`` in bytes."""

    name: str
    size: int
    sha256: str | None = None
    """Only where the server can say it or reading back is allowed."""


class RemoteFolder(Protocol):
    """Five dumb verbs; the delivery protocol itself lives in a use case.

    Names are plain file names.  Every method may raise `UnreachableError` (nothing
    happened), `RemoteRefusedError` (the server said no) and, for ``write_new`` and
    ``rename``, `DeliveryInDoubtError` (look with ``stat`` first).
    """

    def stat(self, name: str) -> RemoteFile | None:
        """Return what is stored under *name*, or None."""
        ...

    def list(self) -> Sequence[RemoteFile]:
        """Return every file of the folder, by name."""
        ...

    def write_new(self, name: str, content: bytes) -> RemoteFile:
        """Store *content* under a name not in use; never append, never replace."""
        ...

    def rename(self, old: str, new: str) -> None:
        """Give a stored file its final name in one atomic step; refuse when *new* exists."""
        ...

    def remove(self, name: str) -> None:
        """Remove a file of our own; a name that is not there is already removed."""
        ...
