"""SFTP against real servers: the contract, the host key, the one log-in, and lines that break."""

import logging
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import asyncssh
import pytest

from factoring_core.adapters.remote.line import Login, Patience, Place
from factoring_core.adapters.remote.online import OnlineFolder
from factoring_core.adapters.remote.sftp import SftpFolder
from factoring_core.adapters.remote.sftp_legacy import LegacySftpFolder
from factoring_core.errors import (
    CredentialError,
    DeliveryInDoubtError,
    FactoringError,
    UnreachableError,
)
from factoring_core.ports.remote_folder import RemoteFolder
from factoring_core.ports.secrets import Secret
from factoring_core.testing.contracts.complaints import everything_about
from factoring_core.testing.contracts.remote.folder import RemoteFolderContract
from factoring_core.testing.servers.arrivals import Arrival, Hooks
from factoring_core.testing.servers.sftp import SftpServer
from servers.sshd import SSHD, openssh_server

HIDDEN = "hunter2-Zürich-geheim"
SHORT = Patience(connect=1, banner=1, login=1, channel=1, reply=1, opening=2, verb=2)
KINDS: list[type[Any]] = [SftpFolder, LegacySftpFolder]


def place_of(server: SftpServer, folder: str = ".") -> Place:
    return Place(connection="east", host=server.host, port=server.port, folder=folder)


def with_password(password: str = HIDDEN) -> Callable[[], Login]:
    return lambda: Login(username="acme", password=Secret(password))


def folder_on(
    server: SftpServer, folder: str = ".", *, kind: type[Any] = SftpFolder, password: str = HIDDEN
) -> Any:
    return kind(place_of(server, folder), with_password(password), host_key=server.host_key)


def fresh(server: SftpServer, tmp_path: Path) -> str:
    """Make an empty folder for one test, so that a server can serve many."""
    name = tmp_path.name
    (server.root / name).mkdir()
    return name


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SftpServer]:
    with SftpServer(tmp_path_factory.mktemp("sftp"), passwords={"acme": HIDDEN}) as running:
        yield running


@pytest.fixture(scope="module")
def old_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SftpServer]:
    root = tmp_path_factory.mktemp("legacy")
    with SftpServer(root, passwords={"acme": HIDDEN}, legacy=True) as running:
        yield running


def closing(folder: OnlineFolder) -> Iterator[RemoteFolder]:
    yield folder
    folder.close()


class TestSftp(RemoteFolderContract):
    @pytest.fixture
    def folder(self, server: SftpServer, tmp_path: Path) -> Iterator[RemoteFolder]:
        yield from closing(folder_on(server, fresh(server, tmp_path)))


class TestSftpWithoutExtensions(RemoteFolderContract):
    @pytest.fixture
    def folder(
        self, server: SftpServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> Iterator[RemoteFolder]:
        monkeypatch.setattr(asyncssh.sftp.SFTPServerHandler, "_extensions", [])
        yield from closing(folder_on(server, fresh(server, tmp_path)))


class TestLegacySftp(RemoteFolderContract):
    @pytest.fixture
    def folder(self, old_server: SftpServer, tmp_path: Path) -> Iterator[RemoteFolder]:
        yield from closing(folder_on(old_server, fresh(old_server, tmp_path), kind=LegacySftpFolder))


@pytest.mark.skipif(SSHD is None, reason="OpenSSH's server is not installed")
class TestOpenSsh(RemoteFolderContract):
    @pytest.fixture(scope="class")
    @classmethod
    def sshd(cls, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
        with openssh_server(tmp_path_factory.mktemp("sshd")) as running:
            yield running

    @pytest.fixture
    def folder(self, sshd: Any, tmp_path: Path) -> Iterator[RemoteFolder]:
        inbox = tmp_path / "inbox"
        inbox.mkdir()
        place = Place(connection="east", host="127.0.0.1", port=sshd.port, folder=str(inbox))
        login = Login(username=sshd.username, private_key=Secret(sshd.private_key))
        yield from closing(SftpFolder(place, lambda: login, host_key=sshd.host_key))


def refused(kind: type[FactoringError], call: Callable[[], object]) -> Any:
    with pytest.raises(kind) as caught:
        call()
    return caught.value


# The host key


# The log-in


def key_folder(server: SftpServer, kind: type[Any], key: bytes, passphrase: str | None = None) -> Any:
    opener = None if passphrase is None else Secret(passphrase)
    login = Login(username="acme", private_key=Secret(key.decode()), passphrase=opener)
    return kind(place_of(server), lambda: login, host_key=server.host_key)


@pytest.mark.parametrize("kind", KINDS)
def test_a_private_key_may_have_a_passphrase(tmp_path: Path, kind: type[Any]) -> None:
    key = asyncssh.generate_private_key("ssh-ed25519")
    locked = key.export_private_key("openssh", passphrase=HIDDEN, rounds=50)
    with SftpServer(tmp_path, keys={"acme": key.export_public_key().decode()}) as server:
        opened = key_folder(server, kind, locked, HIDDEN)
        assert () == opened.list()
        opened.close()
        for passphrase in [None, "wrong-" + HIDDEN]:
            error = refused(CredentialError, key_folder(server, kind, locked, passphrase).list)
            assert "private_key_unusable" == error.code
            shown = everything_about(error)
            assert HIDDEN not in shown
            assert locked.decode().splitlines()[3] not in shown


def test_a_weak_key_is_refused(tmp_path: Path) -> None:
    key = asyncssh.generate_private_key("ssh-rsa", key_size=1024)
    with SftpServer(tmp_path, keys={"acme": key.export_public_key().decode()}) as server:
        error = refused(CredentialError, key_folder(server, SftpFolder, key.export_private_key()).list)

    assert "2048" in error.message
    assert [] == server.attempts


def test_nothing_is_logged_of_a_secret(server: SftpServer, caplog: pytest.LogCaptureFixture) -> None:
    events: list[str] = []
    sys.addaudithook(lambda name, arguments: events.append(repr(arguments)) if len(events) < 10_000 else None)
    with caplog.at_level(logging.DEBUG):
        for password in [HIDDEN, "wrong-" + HIDDEN]:
            folder = folder_on(server, password=password)
            with suppress(CredentialError):
                folder.list()
            folder.close()
    events.extend(["full"] * 10_000)

    assert HIDDEN not in caplog.text
    assert HIDDEN not in "".join(events)


# The way there


@pytest.mark.parametrize("kind", KINDS)
def test_a_server_that_drips_is_left(kind: type[Any]) -> None:
    """Each byte comes in time, and the greeting never."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        stopped = threading.Event()

        def serve() -> None:
            peer, _ = listener.accept()
            with peer:
                while not stopped.wait(0.2):
                    try:
                        peer.sendall(b"S")
                    except OSError:
                        return

        thread = threading.Thread(target=serve)
        thread.start()
        place = Place(connection="east", host="127.0.0.1", port=listener.getsockname()[1])
        begun = time.monotonic()
        error = refused(
            UnreachableError, kind(place, with_password(), host_key="SHA256:x", patience=SHORT).list
        )
        stopped.set()
        thread.join()

    assert time.monotonic() - begun < 5
    assert error.retryable


# Faults on purpose


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("verb", ["open", "rename"])
def test_a_server_that_hangs_is_left(tmp_path: Path, kind: type[Any], verb: str) -> None:
    hanging = False
    released = threading.Event()

    def hang(asked: str, name: str) -> None:
        if hanging and asked == verb:
            released.wait(8)

    with SftpServer(tmp_path, passwords={"acme": HIDDEN}, hooks=Hooks(before=hang)) as server:
        folder = kind(place_of(server), with_password(), host_key=server.host_key, patience=SHORT)
        folder.write_new("a.part", b"x")
        hanging, begun = True, time.monotonic()
        calls: dict[str, Callable[[], object]] = {
            "open": lambda: folder.write_new("b.part", b"x"),
            "rename": lambda: folder.rename("a.part", "a.csv"),
        }
        refused(DeliveryInDoubtError, calls[verb])
        assert time.monotonic() - begun < 6
        released.set()
        folder.close()


def test_a_factor_that_takes_the_files_is_seen_to(tmp_path: Path) -> None:
    """The manifest arrives, and the folder is empty before we hear of it."""
    seen: list[str] = []

    def take(arrival: Arrival) -> None:
        if arrival.name.endswith(".csv"):
            for path in sorted(arrival.folder.iterdir()):
                seen.append(path.name)
                path.unlink()

    with SftpServer(tmp_path, passwords={"acme": HIDDEN}, on_arrival=take) as server:
        folder = folder_on(server)
        for name in ["1001.pdf", "batch.csv"]:
            folder.write_new(f".{name}.part", b"x")
            folder.rename(f".{name}.part", name)
        assert () == folder.list()
        folder.close()
    assert ["1001.pdf", "batch.csv"] == seen
