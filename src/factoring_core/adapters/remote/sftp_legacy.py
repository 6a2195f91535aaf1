"""SFTP by asyncssh, for servers that speak nothing newer than SHA-1 key exchange or ``ssh-rsa``.

Chosen by its own protocol word in the settings, never fallen back to.
"""

import stat
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from functools import partial
from typing import TypeVar, cast

import asyncssh

from factoring_core.adapters.remote.legacy_session import Client, Session
from factoring_core.adapters.remote.line import Login, LostError, Patience, Place, StoppedError, quoted
from factoring_core.adapters.remote.online import OnlineFolder
from factoring_core.adapters.remote.wire import Wire
from factoring_core.adapters.remote.words import folder_missing, not_a_file, sftp_refusal
from factoring_core.errors import RemoteRefusedError
from factoring_core.ports.remote_folder import RemoteFile, Told

_PIECE = 4 * 1024 * 1024

T = TypeVar("T")


class LegacySftpFolder(OnlineFolder):
    """A folder on an old SFTP server whose host key is pinned; as `SftpFolder` otherwise."""

    def __init__(
        self,
        place: Place,
        login: Callable[[], Login],
        *,
        host_key: str | None,
        patience: Patience | None = None,
    ) -> None:
        super().__init__(place, login, patience=patience)
        self._host_key = host_key

    def _open(self, wire: Wire, login: Login) -> "LegacyLine":
        session = Session(self.place, self.patience)
        try:
            failure = session.connect(wire, Client(self.place, self._host_key, login), login)
            if failure is not None:
                raise failure
            line = LegacyLine(self.place, self.patience, session)
            line.see_folder()
        except BaseException:
            session.close()
            raise
        return line


class LegacyLine:
    """One SFTP session."""

    creates_exclusively = True

    @property
    def moves_at_once(self) -> bool:
        """Whether the server knows the rename that is one step."""
        handler = getattr(self._session.sftp, "_handler", None)
        return bool(getattr(handler, "_supports_posix_rename", False))

    def __init__(self, place: Place, patience: Patience, session: Session) -> None:
        self._place = place
        self._patience = patience
        self._session = session

    def see_folder(self) -> None:
        """See that the folder is there."""
        if not self._call(lambda sftp: sftp.isdir(self._place.base)):
            raise folder_missing(self._place)

    def alive(self) -> bool:
        """Say whether the connection still stands, as far as it has told."""
        return self._session.alive

    def find(self, name: str) -> RemoteFile | None:
        """Look at one name."""
        try:
            found = self._call(lambda sftp: sftp.lstat(self._place.path(name)), name)
        except RemoteRefusedError as refused:
            if refused.code != "no_such_file":
                raise
            self.see_folder()
            return None
        if found.permissions is not None and not stat.S_ISREG(found.permissions):
            raise not_a_file(name)
        return RemoteFile(name=name, size=found.size or 0)

    def find_all(self, names: Sequence[str]) -> Mapping[str, RemoteFile | None]:
        """Look at names, one after the other."""
        return {name: self.find(name) for name in names}

    def files(self) -> Sequence[RemoteFile]:
        """List the plain files."""
        entries = self._call(lambda sftp: sftp.readdir(self._place.base))
        return [
            RemoteFile(name=str(entry.filename), size=entry.attrs.size or 0)
            for entry in entries
            if entry.attrs.permissions is None or stat.S_ISREG(entry.attrs.permissions)
        ]

    def create(self, name: str, content: bytes, told: Told) -> None:
        """Write a file that was not there, a piece at a time."""
        file = self._call(lambda sftp: sftp.open(self._place.path(name), "xb"), name)

        async def end(_: asyncssh.SFTPClient) -> None:
            try:
                with suppress(asyncssh.SFTPOpUnsupported):
                    await file.fsync()
            finally:
                await file.close()

        try:
            for offset in range(0, len(content), _PIECE):
                piece = content[offset : offset + _PIECE]
                self._call(partial(_write, file, piece), name, self._patience.verb)
                told(offset + len(piece))
            self._call(end, name)
        except RemoteRefusedError as refused:
            with suppress(RemoteRefusedError, LostError):
                self._call(end, name)
            raise StoppedError(refused, size_decides=False) from None

    def read(self, name: str) -> bytes:
        """Read a file."""

        async def whole(sftp: asyncssh.SFTPClient) -> bytes:
            async with sftp.open(self._place.path(name), "rb") as file:
                return cast(bytes, await file.read())

        return self._call(whole, name, self._patience.verb)

    def move(self, old: str, new: str) -> None:
        """Rename in one step where the server can; a plain rename fails when the target exists."""

        async def rename(sftp: asyncssh.SFTPClient) -> None:
            paths = self._place.path(old), self._place.path(new)
            try:
                await sftp.posix_rename(*paths)
            except asyncssh.SFTPOpUnsupported:
                await sftp.rename(*paths)

        self._call(rename, old)

    def remove(self, name: str) -> None:
        """Remove a file."""
        try:
            self._call(lambda sftp: sftp.remove(self._place.path(name)), name)
        except RemoteRefusedError as refused:
            if refused.code != "no_such_file":
                raise

    def free(self) -> int | None:
        """Ask for room, where the server can say it."""
        try:
            facts = self._call(lambda sftp: sftp.statvfs(self._place.base))
        except RemoteRefusedError:
            return None
        return int(facts.frsize * facts.bavail)

    def close(self) -> None:
        """Close the connection and end its thread."""
        self._session.close()

    def _call(
        self,
        ask: Callable[[asyncssh.SFTPClient], Awaitable[T]],
        name: str | None = None,
        seconds: float | None = None,
    ) -> T:
        async def work() -> T:
            assert self._session.sftp is not None
            return await ask(self._session.sftp)

        try:
            return self._session.run(work(), seconds or self._patience.reply)
        except (asyncssh.SFTPConnectionLost, asyncssh.SFTPNoConnection) as error:
            failure: Exception = LostError(type(error).__name__)
        except asyncssh.SFTPError as error:
            failure = sftp_refusal(self._place, name, error.code, error.reason)
        except (asyncssh.Error, OSError, EOFError, TimeoutError) as error:
            failure = LostError(quoted(str(error)) or type(error).__name__)
        raise failure


async def _write(file: asyncssh.SFTPClientFile, piece: bytes, _: asyncssh.SFTPClient) -> None:
    await file.write(piece)
