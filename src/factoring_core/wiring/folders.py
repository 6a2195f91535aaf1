"""The remote folders of one office: opened when first needed, used again, closed with it."""

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from factoring_core.adapters.remote.open_remote import open_folder
from factoring_core.domain.vocabulary.parties import Connection
from factoring_core.ports.remote_folder import RemoteFolder
from factoring_core.ports.secrets import SecretSource

FolderOpener = Callable[[Connection], RemoteFolder]


class Folders:
    """Opens the folder of a connection, and gives the same one again while its settings stand."""

    def __init__(self, root: Path | None, secrets: SecretSource) -> None:
        self._root = root
        self._secrets = secrets
        self._open: dict[str, tuple[Connection, RemoteFolder]] = {}

    def __call__(self, connection: Connection) -> RemoteFolder:
        """Return the folder of *connection*; see `open_folder` for what may be wrong."""
        known = self._open.get(connection.id)
        if known is not None and known[0] == connection:
            return known[1]
        folder = open_folder(connection, self._secrets, root=self._root)
        if known is not None:
            _close(known[1])
        self._open[connection.id] = (connection, folder)
        return folder

    def close(self) -> None:
        """Take leave of every server."""
        while self._open:
            _close(self._open.popitem()[1][1])


def _close(folder: RemoteFolder) -> None:
    close = getattr(folder, "close", None)
    if close is not None:
        with suppress(Exception):  # nothing is waited for any more
            close()
