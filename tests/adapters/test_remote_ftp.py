"""FTP and FTPS against real servers: the contract, the certificate, the one log-in, lines that break."""

import socket
import ssl
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from factoring_core.adapters.remote import ftp_client
from factoring_core.adapters.remote.ftp import FtpFolder
from factoring_core.adapters.remote.ftps import FtpsFolder
from factoring_core.adapters.remote.line import Login, Patience, Place
from factoring_core.errors import (
    FactoringError,
    RemoteRefusedError,
    UnreachableError,
)
from factoring_core.ports.remote_folder import RemoteFolder
from factoring_core.ports.secrets import Secret
from factoring_core.testing.contracts.remote.folder import RemoteFolderContract
from factoring_core.testing.servers.arrivals import Arrival
from factoring_core.testing.servers.ftp import FtpServer

HIDDEN = "hunter2-Zürich-geheim"
SHORT = Patience(connect=1, banner=1, login=1, channel=1, reply=1, opening=2, verb=2)


def place_of(server: FtpServer, folder: str = ".") -> Place:
    return Place(connection="east", host=server.host, port=server.port, folder=folder)


def with_password(password: str = HIDDEN) -> Callable[[], Login]:
    return lambda: Login(username="acme", password=Secret(password))


def folder_on(server: FtpServer, folder: str = ".", *, password: str = HIDDEN) -> Any:
    place, login = place_of(server, folder), with_password(password)
    if server.ca_file is None:
        return FtpFolder(place, login)
    return FtpsFolder(place, login, ca_file=server.ca_file)


def start(root: Path, *, tls: bool, **more: Any) -> FtpServer:
    tls_in = root.parent / f"{root.name}-tls" if tls else None
    return FtpServer(root, passwords={"acme": HIDDEN}, tls_in=tls_in, **more)


def refused(kind: type[FactoringError], call: Callable[[], object]) -> Any:
    with pytest.raises(kind) as caught:
        call()
    return caught.value


class ServedContract(RemoteFolderContract):
    """One server for all tests of a class, a folder for each."""

    tls = False
    without: frozenset[str] = frozenset()

    @pytest.fixture(scope="class")
    @classmethod
    def server(cls, tmp_path_factory: pytest.TempPathFactory) -> Iterator[FtpServer]:
        with start(tmp_path_factory.mktemp("ftp"), tls=cls.tls, without=cls.without) as running:
            yield running

    @pytest.fixture
    def folder(self, server: FtpServer, tmp_path: Path) -> Iterator[RemoteFolder]:
        (server.root / tmp_path.name).mkdir()
        opened = folder_on(server, tmp_path.name)
        yield opened
        opened.close()


class TestFtp(ServedContract):
    pass


class TestFtps(ServedContract):
    tls = True


class TestFtpWithoutFacts(ServedContract):
    """As older servers are: SIZE and a list of names is all there is."""

    without = frozenset({"MLST", "MLSD"})


del ServedContract

BOTH = pytest.mark.parametrize("tls", [False, True], ids=["ftp", "ftps"])


# Encryption


def test_old_encryption_is_refused(tmp_path: Path) -> None:
    folder = FtpsFolder(Place(connection="east", host="127.0.0.1", port=1), with_password())

    assert ssl.TLSVersion.TLSv1_2 == folder._context.minimum_version
    assert ssl.CERT_REQUIRED == folder._context.verify_mode
    assert folder._context.check_hostname


def test_transfers_are_encrypted_in_the_session_of_the_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Many servers demand it, and the library below never does it."""
    seen: list[bool] = []
    secured = ftp_client.TlsClient.secured

    def watched(client: Any, data: socket.socket) -> socket.socket:
        wrapped = secured(client, data)
        assert isinstance(wrapped, ssl.SSLSocket)
        seen.append(bool(wrapped.session_reused))
        return wrapped

    monkeypatch.setattr(ftp_client.TlsClient, "secured", watched)
    with start(tmp_path / "root", tls=True) as server:
        folder = folder_on(server)
        folder.write_new("a.part", b"x" * 300_000)
        folder.list()
        folder.close()
    assert [True, True] == seen


# The log-in


def test_no_audit_event_repeats_the_password(tmp_path: Path) -> None:
    events: list[str] = []
    listening = True

    def listen(name: str, arguments: tuple[object, ...]) -> None:
        if listening and name.startswith(("ftplib", "socket")):
            events.append(repr(arguments))

    sys.addaudithook(listen)
    with start(tmp_path / "root", tls=False) as server:
        folder = folder_on(server)
        folder.list()
        folder.close()
    listening = False

    assert "MLSD" in "".join(events)
    assert HIDDEN not in "".join(events)
    assert "hunter2" not in "".join(events)


# The way there


def test_a_server_that_says_too_much_is_left() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        place = Place(connection="east", host="127.0.0.1", port=listener.getsockname()[1])
        folder = FtpFolder(place, with_password(), patience=SHORT)
        begun = time.monotonic()
        peers: list[socket.socket] = []

        def serve() -> None:
            peer, _ = listener.accept()
            peers.append(peer)
            peer.sendall(b"220-" + b"x\r\n220-" * 1000)

        thread = threading.Thread(target=serve)
        thread.start()
        refused(UnreachableError, folder.list)
        thread.join()
        peers[0].close()
    assert time.monotonic() - begun < 4


@BOTH
def test_one_connection_serves_all_and_comes_back(
    tmp_path: Path, tls: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    with start(tmp_path / "root", tls=tls) as server:
        folder = folder_on(server)
        for number in range(5):
            folder.write_new(f"{number}.part", b"x" * 100_000)
            folder.rename(f"{number}.part", f"{number}.pdf")
        assert 1 == len(server.attempts)
        folder._wire.cut()
        assert 5 == len(folder.list())
        assert 2 == len(server.attempts)
        monkeypatch.setattr("factoring_core.adapters.remote.ftp_line.IDLE", -1.0)
        folder._wire.cut()
        folder.write_new("5.part", b"y")
        assert 3 == len(server.attempts)
        folder.close()
    assert b"x" * 100_000 == (server.root / "4.pdf").read_bytes()


# Faults on purpose


@pytest.mark.parametrize(("stored", "outcome"), [(b"x" * 1000, None), (b"x" * 10, RemoteRefusedError)])
def test_a_refusal_after_the_bytes_is_decided_by_their_number(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stored: bytes, outcome: type[FactoringError] | None
) -> None:
    """Servers give up the encrypted connection clumsily and call a whole file broken."""
    with start(tmp_path / "root", tls=False) as server:
        folder = folder_on(server)
        folder.list()
        send = ftp_client.CarefulClient.send

        def clumsy(client: Any, command: str, content: bytes, told: Any) -> None:
            send(client, command, stored, told)
            raise ftp_client.DataChannelError("aborted")

        monkeypatch.setattr(ftp_client.CarefulClient, "send", clumsy)
        if outcome is None:
            assert 1000 == folder.write_new("a.part", b"x" * 1000).size
        else:
            refused(outcome, lambda: folder.write_new("a.part", b"x" * 1000))
            assert () == folder.list()
        folder.close()


def test_a_factor_that_takes_the_files_is_seen_to(tmp_path: Path) -> None:
    seen: list[str] = []

    def take(arrival: Arrival) -> None:
        if arrival.name.endswith(".csv"):
            for path in sorted(arrival.folder.iterdir()):
                seen.append(path.name)
                path.unlink()

    with start(tmp_path / "root", tls=True, on_arrival=take) as server:
        folder = folder_on(server)
        for name in ["1001.pdf", "batch.csv"]:
            folder.write_new(f".{name}.part", b"x")
            folder.rename(f".{name}.part", name)
        assert () == folder.list()
        folder.close()
    assert ["1001.pdf", "batch.csv"] == seen
