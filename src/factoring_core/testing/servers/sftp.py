"""An SFTP server on loopback, by asyncssh: log-in by password or key, one folder per user."""

import asyncio
import os
import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

import asyncssh

from factoring_core.testing.servers.arrivals import Arrival, BreakLineError, Hooks, OnArrival

LEGACY = {
    "kex_algs": ["diffie-hellman-group14-sha1"],
    "signature_algs": ["ssh-rsa"],
    "encryption_algs": ["aes128-ctr"],
    "mac_algs": ["hmac-sha1"],
}
"""All that some old servers speak."""

T = TypeVar("T")


class SftpServer:
    """A running server; a context manager.

    Args:
        root: The folder that every user sees as ``/``; made when it is absent.
        passwords: User names with their passwords.
        keys: User names with their public keys, one line each as in ``authorized_keys``.
        on_arrival: Told of each file that appears, as the factor's side would notice.
        hooks: Where to watch or break it.
        host_key: A private host key; a new Ed25519 key otherwise, RSA where legacy.
        legacy: Speak nothing but SHA-1 key exchange and ``ssh-rsa``.
        interactive: Ask for the password by question and answer instead; or ask these questions, each with
            whether its answer is shown.
        port: A free one by default.
    """

    def __init__(
        self,
        root: Path,
        *,
        passwords: Mapping[str, str] | None = None,
        keys: Mapping[str, str] | None = None,
        on_arrival: OnArrival | None = None,
        hooks: Hooks | None = None,
        host_key: asyncssh.SSHKey | None = None,
        legacy: bool = False,
        interactive: bool | Sequence[tuple[str, bool]] = False,
        port: int = 0,
    ) -> None:
        self.root = root
        self.host = "127.0.0.1"
        self.port = port
        self.passwords = dict(passwords or {})
        self.keys = dict(keys or {})
        self.hooks = hooks or Hooks(arrival=on_arrival or (lambda arrival: None))
        self.interactive = interactive
        self.told: list[str] = []
        """Every answer to such a question."""
        self.attempts: list[tuple[str, str]] = []
        """Every credential that was tried: user and method."""
        self.connections = 0
        default = "ssh-rsa" if legacy else "ssh-ed25519"
        self._key = host_key if host_key is not None else asyncssh.generate_private_key(default)
        self._options: dict[str, Any] = dict(LEGACY) if legacy else {}
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="sftp-server", daemon=True)
        self._acceptor: Any = None
        self._live: set[Any] = set()
        self._open: set[Any] = set()
        self._transports: list[Any] = []

    @property
    def host_key(self) -> str:
        """The fingerprint to pin, as OpenSSH prints it."""
        return str(self._key.get_fingerprint())

    def __enter__(self) -> Self:
        self.root.mkdir(parents=True, exist_ok=True)
        self._thread.start()
        self._acceptor = self._run(self._listen())
        self.port = self._acceptor.get_port()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._run(self._stop())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    def break_connections(self) -> None:
        """Break every connection there is, as a server does that is restarted."""
        self._run(self._break_all())

    async def _listen(self) -> Any:
        return await asyncssh.listen(
            self.host,
            self.port,
            server_factory=lambda: _Gate(self),
            server_host_keys=[self._key],
            sftp_factory=lambda channel: _Files(channel, self),
            allow_scp=False,
            **self._options,
        )

    async def _break_all(self) -> None:
        live = list(self._live)
        for connection in live:
            connection.abort()
        for connection in live:
            await connection.wait_closed()
        await asyncio.sleep(0.01)

    async def _stop(self) -> None:
        self._acceptor.close()
        await asyncio.sleep(0.05)  # whoever was let in just now shows up
        await self._break_all()
        await self._acceptor.wait_closed()
        tasks = asyncio.all_tasks() - {asyncio.current_task()}
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for transport in self._transports:  # asyncssh leaves one open whose peer left early
            transport.abort()
        await self._break_all()
        for file in self._open:
            file.close()

    def _run(self, work: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(20)


class _Gate(asyncssh.SSHServer):
    """Lets users in, and notes every attempt."""

    def __init__(self, server: SftpServer) -> None:
        self._server = server
        self._connection: Any = None

    def connection_made(self, conn: Any) -> None:
        self._connection = conn
        self._server.connections += 1
        self._server._live.add(conn)
        self._server._transports.append(conn._transport)

    def connection_lost(self, exc: Exception | None) -> None:
        self._server._live.discard(self._connection)

    def begin_auth(self, username: str) -> bool:
        return True

    def password_auth_supported(self) -> bool:
        return bool(self._server.passwords) and not self._server.interactive

    def validate_password(self, username: str, password: str) -> bool:
        return self._tried(username, "password") and self._server.passwords.get(username) == password

    def public_key_auth_supported(self) -> bool:
        return bool(self._server.keys)

    def validate_public_key(self, username: str, key: Any) -> bool:
        if not self._tried(username, "publickey"):
            return False
        known = self._server.keys.get(username)
        return known is not None and asyncssh.import_public_key(known) == key

    def kbdint_auth_supported(self) -> bool:
        return bool(self._server.interactive)

    def get_kbdint_challenge(self, username: str, lang: str, submethods: str) -> Any:
        asked = self._server.interactive
        return "", "", "", [("Password: ", False)] if isinstance(asked, bool) else list(asked)

    def validate_kbdint_response(self, username: str, responses: Any) -> bool:
        tried = self._tried(username, "keyboard-interactive")
        self._server.told += responses
        return tried and [self._server.passwords.get(username)] == list(responses)

    def _tried(self, username: str, method: str) -> bool:
        """Note an attempt; False where the line breaks over it."""
        self._server.attempts.append((username, method))
        try:
            self._server.hooks.before("log_in", username)
        except BreakLineError:
            self._connection.abort()
            return False
        return True


class _Files(asyncssh.SFTPServer):
    """Serves the folder, through the hooks."""

    def __init__(self, channel: Any, server: SftpServer) -> None:
        super().__init__(channel, chroot=os.fsencode(server.root))
        self._server = server
        self._written: dict[int, bytes] = {}

    def open(self, path: bytes, pflags: int, attrs: Any) -> Any:
        def opened() -> Any:
            file = super(_Files, self).open(path, pflags, attrs)
            self._server._open.add(file)
            return file

        file = self._hooked("open", path, opened)
        if pflags & (asyncssh.FXF_WRITE | asyncssh.FXF_CREAT):
            self._written[id(file)] = path
        return file

    def write(self, file_obj: Any, offset: int, data: bytes) -> Any:
        path = self._written.get(id(file_obj), b"")
        return self._hooked("write", path, lambda: super(_Files, self).write(file_obj, offset, data))

    def close(self, file_obj: Any) -> Any:
        path = self._written.pop(id(file_obj), None)
        if path is None:
            self._server._open.discard(file_obj)
            return super().close(file_obj)
        try:
            return self._hooked("close", path, lambda: self._closed(file_obj, path))
        finally:
            file_obj.close()  # also when a hook says that it cannot be
            self._server._open.discard(file_obj)

    def fsync(self, file_obj: Any) -> Any:
        path = self._written.get(id(file_obj), b"")
        return self._hooked("sync", path, lambda: super(_Files, self).fsync(file_obj))

    def lstat(self, path: bytes) -> Any:
        return self._hooked("stat", path, lambda: super(_Files, self).lstat(path))

    def scandir(self, path: bytes) -> Any:
        return self._hooked("list", path, lambda: super(_Files, self).scandir(path))

    def rename(self, oldpath: bytes, newpath: bytes) -> Any:
        return self._hooked(
            "rename", newpath, lambda: self._renamed(super(_Files, self).rename, oldpath, newpath)
        )

    def posix_rename(self, oldpath: bytes, newpath: bytes) -> Any:
        return self._hooked(
            "rename", newpath, lambda: self._renamed(super(_Files, self).posix_rename, oldpath, newpath)
        )

    def remove(self, path: bytes) -> Any:
        return self._hooked("remove", path, lambda: super(_Files, self).remove(path))

    def _closed(self, file_obj: Any, path: bytes) -> Any:
        result = super().close(file_obj)
        self._arrived(path)
        return result

    def _renamed(self, rename: Callable[[bytes, bytes], Any], old: bytes, new: bytes) -> Any:
        result = rename(old, new)
        self._arrived(new)
        return result

    def _arrived(self, path: bytes) -> None:
        local = Path(os.fsdecode(self.map_path(path)))
        user = str(self.connection.get_extra_info("username"))
        self._server.hooks.arrival(Arrival(name=local.name, folder=local.parent, user=user))

    def _hooked(self, verb: str, path: bytes, work: Callable[[], T]) -> T:
        name = os.path.basename(os.fsdecode(path))
        try:
            self._server.hooks.before(verb, name)
            result = work()
            self._server.hooks.after(verb, name)
        except BreakLineError:
            self.connection.abort()
            raise asyncssh.SFTPConnectionLost("broken on purpose") from None
        return result
