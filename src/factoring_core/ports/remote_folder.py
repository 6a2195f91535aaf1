"""The one folder on a factor's server that we may write to."""

from collections.abc import Callable, Sequence
from typing import Protocol

from attrs import frozen

LISTING_UNTRUSTED = "listing_untrusted"
"""Code of an `UnreachableError`: what a server lists and what it says of one name contradict each other."""

REMOVAL_UNCLEAR = "removal_unclear"
"""Code of an `UnreachableError` by ``remove``: it may have been done, or may yet be."""

Told = Callable[[int], None]
"""Told while bytes leave how many have left; what it raises ends the writing and the line."""


def unheard(done: int) -> None:
    """Tell nobody."""


@frozen(kw_only=True)
class RemoteFile:
    """What is known of one file there; ``size`` in bytes."""

    name: str
    size: int
    sha256: str | None = None
    """Only where it comes with the look; `RemoteFolder.digest` asks for it."""


class RemoteFolder(Protocol):
    """A few dumb verbs; the delivery protocol itself lives in a use case.

    Names are plain file names.  Every verb may raise `UnreachableError` (nothing
    happened), `RemoteRefusedError` (the server said no) and, for ``write_new`` and
    ``rename``, `DeliveryInDoubtError` (look with ``stat`` first).

    A folder may also have ``stat_many(names)``, which returns by name what ``stat`` would of each:
    where a question takes a journey, many that travel together save much time.
    """

    def stat(self, name: str) -> RemoteFile | None:
        """Return what is stored under *name*, or None."""
        ...

    def list(self) -> Sequence[RemoteFile]:
        """Return every file of the folder, by name."""
        ...

    def write_new(self, name: str, content: bytes, told: Told = unheard) -> RemoteFile:
        """Store *content* under a name not in use; never append, never replace."""
        ...

    def rename(self, old: str, new: str) -> None:
        """Give a stored file another name; refuse when *new* is seen to exist.

        Of two renamings of one file one finds it gone, where ``renames_at_once``.
        """
        ...

    def remove(self, name: str) -> None:
        """Remove a file of our own; a name that is not there is already removed.

        What no answer came to is not asked again: code `REMOVAL_UNCLEAR`.
        """
        ...

    def digest(self, name: str) -> str | None:
        """Return the SHA-256 of what is stored, read back if need be; None where it cannot be had."""
        ...

    def renames_at_once(self) -> bool:
        """Say whether renaming is one step there, so that no other name is ever seen meanwhile."""
        ...

    def credential_mark(self, salt: str) -> str:
        """Return by what the credential now in use can be recognised, and not be found out.

        Slow on purpose.  Empty where nobody logs in.

        Raises:
            CredentialError: it cannot be had at all.
        """
        ...
