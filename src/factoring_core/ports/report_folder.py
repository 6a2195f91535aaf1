"""The folder in which a factor leaves its reports for us."""

from collections.abc import Sequence
from typing import Protocol

from factoring_core.ports.remote_folder import RemoteFile


class ReportFolder(Protocol):
    """A few dumb verbs over names that others chose.

    Every verb may raise `UnreachableError` (nothing happened), `RemoteRefusedError` (the server
    said no; ``no_such_file`` where it is gone) and `CredentialError`.
    """

    def stat(self, name: str) -> RemoteFile | None:
        """Return what is stored under *name*, or None."""
        ...

    def list(self) -> Sequence[RemoteFile]:
        """Return every plain file of the folder, by name."""
        ...

    def read(self, name: str) -> bytes:
        """Return what is stored under *name*, whole."""
        ...

    def rename(self, old: str, new: str) -> None:
        """Give a file another name; refuse when *new* is seen to exist.

        Raises:
            DeliveryInDoubtError: nobody knows whether it was done; look with ``stat``.
        """
        ...

    def credential_mark(self, salt: str) -> str:
        """Return by what the credential can be recognised, and not guessed."""
        ...
