"""A server on this machine, a connection of the settings that leads there, and what breaks on the way."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from attrs import define, evolve

from factoring_core.domain.vocabulary.parties import Connection, Protocol
from factoring_core.ports.remote_folder import RemoteFolder
from factoring_core.ports.secrets import Secret
from factoring_core.testing.contracts.complaints import HIDDEN
from factoring_core.testing.servers.arrivals import Hooks

SSH = (Protocol.SFTP, Protocol.SFTP_LEGACY)


class Vault:
    """A source of secrets that a test can change."""

    def __init__(self, **held: str) -> None:
        self.held = held

    def resolve(self, reference: str) -> Secret:
        """Return what is held under the name that follows the colon."""
        return Secret(self.held[reference.partition(":")[2]])


class Fault:
    """Strikes at a verb, once or always; `strike` makes it ready."""

    def __init__(self) -> None:
        self.strike("", None)

    def strike(self, verb: str, error: Exception | None, *, always: bool = False) -> None:
        """Have the next question of this kind meet an error, or all of them."""
        self.verb, self.error, self.always = verb, error, always

    def __call__(self, verb: str, name: str) -> None:
        if verb == self.verb and self.error is not None:
            error, self.error = self.error, self.error if self.always else None
            raise error


@define
class Scene:
    """A running server and the connection that leads to it; ``files`` is its folder on this machine."""

    server: Any
    connection: Connection
    secrets: Vault
    root: Path
    files: Path

    @property
    def where(self) -> dict[str, str]:
        """What every error has to name."""
        return {"connection": self.connection.id, "host": f"{self.server.host}:{self.server.port}"}

    def but(self, **changes: Any) -> Connection:
        """Return the connection with some settings changed."""
        return evolve(self.connection, **changes)


def connection(protocol: Protocol, **given: Any) -> Connection:
    """Return a connection that has all that its protocol needs, with some settings changed."""
    facts: dict[str, Any] = {
        "id": "east",
        "subsidiary": "acme",
        "provider": "rts",
        "host": "127.0.0.1",
        "folder": "inbox",
        "username": "acme",
        "credential": "env:PASSWORD",
        "host_key": "SHA256:" + "A" * 43 if protocol in SSH else None,
        "allow_plain_ftp": protocol is Protocol.FTP,
    }
    return Connection(protocol=protocol, **{**facts, **given})


@contextmanager
def scene(protocol: Protocol, place: Path, **given: Any) -> Iterator[Scene]:
    """Run the shipped server that speaks a protocol, with an empty folder ``inbox``.

    *given* are arguments of the server.
    """
    files = place / "root" / "inbox"
    files.mkdir(parents=True)
    secrets = Vault(PASSWORD=HIDDEN)
    given = {"passwords": {"acme": HIDDEN}, **given}
    with _server(protocol, place, given) as server:
        proof: Mapping[str, Any] = (
            {"host_key": server.host_key}
            if protocol in SSH
            else {"ca_file": "tls/ca.pem" if server.ca_file is not None else None}
        )
        yield Scene(server, connection(protocol, port=server.port, **proof), secrets, place, files)


def _server(protocol: Protocol, place: Path, given: Mapping[str, Any]) -> Any:
    if protocol in SSH:
        from factoring_core.testing.servers.sftp import SftpServer

        return SftpServer(place / "root", **{"legacy": protocol is Protocol.SFTP_LEGACY, **given})
    from factoring_core.testing.servers.ftp import FtpServer

    tls_in = place / "tls" if protocol is Protocol.FTPS else None
    return FtpServer(place / "root", **{"tls_in": tls_in, **given})


def hooks(fault: Fault, when: str = "before") -> Hooks:
    """Return hooks that go through a fault."""
    return Hooks(before=fault) if when == "before" else Hooks(after=fault)


@contextmanager
def silent(greeting: bytes, *answers: bytes) -> Iterator[int]:
    """Listen, say *greeting* to whoever comes, an answer to each of the first words, and nothing else ever.

    Yields the port.
    """
    with socket.create_server(("127.0.0.1", 0)) as listener:
        peers: list[socket.socket] = []

        def serve() -> None:
            try:
                while True:
                    peer, _ = listener.accept()
                    peers.append(peer)
                    peer.sendall(greeting)
                    for answer in answers:
                        peer.recv(4096)
                        peer.sendall(answer)
            except OSError:
                return

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        try:
            yield listener.getsockname()[1]
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            for peer in peers:
                peer.close()
            thread.join(5)


@contextmanager
def crowded() -> Iterator[int]:
    """Listen at a port at which nobody gets a connection any more; yields it."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        waiting = [socket.socket() for _ in range(8)]
        for one in waiting:
            one.setblocking(False)
            one.connect_ex(listener.getsockname())
        yield listener.getsockname()[1]
        for one in waiting:
            one.close()


def nobody_listens() -> int:
    """Return a port of this machine at which nobody listens."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port


def attempts(folder: RemoteFolder) -> Mapping[str, Any]:
    """Return every way to use a folder, by its name."""
    found: dict[str, Any] = {
        "stat": lambda: folder.stat("a"),
        "list": folder.list,
        "write_new": lambda: folder.write_new("a", b"x"),
        "rename": lambda: folder.rename("a", "b"),
        "remove": lambda: folder.remove("a"),
        "digest": lambda: folder.digest("a"),
        "renames_at_once": folder.renames_at_once,
    }
    more: dict[str, tuple[Any, ...]] = {"read": ("a",), "stat_many": (["a"],), "free_bytes": ()}
    for name, arguments in more.items():
        if hasattr(folder, name):
            found[name] = partial(getattr(folder, name), *arguments)
    return found
