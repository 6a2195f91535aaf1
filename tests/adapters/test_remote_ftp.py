"""FTP and FTPS against real servers: the contract, the certificate, the one log-in, lines that break."""

import errno
import os
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
    ConfigurationError,
    CredentialError,
    DeliveryInDoubtError,
    FactoringError,
    RemoteRefusedError,
    UnreachableError,
)
from factoring_core.ports.remote_folder import RemoteFolder
from factoring_core.ports.secrets import Secret
from factoring_core.testing.contracts.remote_folder import RemoteFolderContract
from factoring_core.testing.servers.arrivals import Arrival, BreakLineError, Hooks
from factoring_core.testing.servers.ftp import FtpServer, write_certificate
from servers.leaks import everything_about

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


def test_a_certificate_of_another_authority_stops_before_a_name_is_said(tmp_path: Path) -> None:
    other = write_certificate(tmp_path / "other", "127.0.0.1")
    with start(tmp_path / "root", tls=True) as server:
        for ca_file in [other, None]:
            folder = FtpsFolder(place_of(server), with_password(), ca_file=ca_file)
            error = refused(RemoteRefusedError, folder.list)
            assert ("certificate_untrusted", False) == (error.code, error.retryable)
            assert HIDDEN not in everything_about(error)
    assert [] == server.attempts


def test_a_certificate_for_another_host_is_refused(tmp_path: Path) -> None:
    with start(tmp_path / "root", tls=True, certificate_host="other.invalid") as server:
        assert "certificate_untrusted" == refused(RemoteRefusedError, folder_on(server).list).code
    assert [] == server.attempts


def test_a_server_without_encryption_is_not_talked_to(tmp_path: Path) -> None:
    with start(tmp_path / "root", tls=True, without=frozenset({"AUTH"})) as server:
        assert "tls_refused" == refused(RemoteRefusedError, folder_on(server).list).code
    with start(tmp_path / "plain", tls=False) as plain:
        folder = FtpsFolder(place_of(plain), with_password())
        assert "tls_refused" == refused(RemoteRefusedError, folder.list).code
    assert [] == server.attempts + plain.attempts


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


@pytest.mark.parametrize("content", [None, b"", b"no certificate"])
def test_an_unusable_ca_file_is_a_setting_to_correct(tmp_path: Path, content: bytes | None) -> None:
    if content is not None:
        (tmp_path / "ca.pem").write_bytes(content)
    place = Place(connection="east", host="127.0.0.1", port=1)
    error = refused(
        ConfigurationError, lambda: FtpsFolder(place, with_password(), ca_file=tmp_path / "ca.pem")
    )

    assert "ca_file_unusable" == error.code


# The log-in


@BOTH
def test_a_rejected_password_is_tried_once(tmp_path: Path, tls: bool) -> None:
    passwords = iter(["wrong-" + HIDDEN] * 3 + [HIDDEN] * 2)
    with start(tmp_path / "root", tls=tls) as server:
        folder = folder_on(server)
        folder._login = lambda: Login(username="acme", password=Secret(next(passwords)))
        for _ in range(3):
            error = refused(CredentialError, folder.list)
            assert ("auth_rejected", False) == (error.code, error.retryable)
            assert HIDDEN not in everything_about(error)
        assert [("acme", "password")] == server.attempts
        assert () == folder.list()
        folder.close()


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


def test_nobody_listening_is_unreachable() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    folder = FtpFolder(Place(connection="east", host="127.0.0.1", port=port), with_password())

    assert "connect_refused" == refused(UnreachableError, lambda: folder.write_new("a", b"")).code


@pytest.mark.parametrize("greeting", [b"", b"220", b"220-" + b"x\r\n220-" * 1000])
def test_a_server_that_says_too_little_or_too_much_is_left(greeting: bytes) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        place = Place(connection="east", host="127.0.0.1", port=listener.getsockname()[1])
        folder = FtpFolder(place, with_password(), patience=SHORT)
        begun = time.monotonic()
        peers: list[socket.socket] = []

        def serve() -> None:
            peer, _ = listener.accept()
            peers.append(peer)
            peer.sendall(greeting)

        thread = threading.Thread(target=serve)
        thread.start()
        refused(UnreachableError, folder.list)
        thread.join()
        peers[0].close()
    assert time.monotonic() - begun < 4


@BOTH
def test_a_folder_that_is_not_there_is_said(tmp_path: Path, tls: bool) -> None:
    with start(tmp_path / "root", tls=tls) as server:
        folder = folder_on(server, "inbox")
        assert "folder_missing" == refused(RemoteRefusedError, folder.list).code
        (server.root / "inbox").mkdir()
        assert folder.stat("batch.csv") is None
        (server.root / "inbox").rmdir()
        assert "folder_missing" == refused(RemoteRefusedError, lambda: folder.stat("batch.csv")).code
        folder.close()


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


@BOTH
def test_bytes_arrive_as_they_are(tmp_path: Path, tls: bool) -> None:
    """No line ending is touched on the way."""
    content = bytes(range(256)) * 8_000 + b"\r\n\n\r"
    with start(tmp_path / "root", tls=tls) as server:
        folder = folder_on(server)
        folder.write_new("a.part", content)
        folder.close()

    assert content == (server.root / "a.part").read_bytes()


# Faults on purpose


class Fault:
    """Strikes once at a verb."""

    def __init__(self, verb: str, error: Exception) -> None:
        self.verb = verb
        self.error: Exception | None = error

    def __call__(self, verb: str, name: str) -> None:
        if verb == self.verb and self.error is not None:
            error, self.error = self.error, None
            raise error


@BOTH
def test_a_line_that_breaks_while_writing_leaves_doubt(tmp_path: Path, tls: bool) -> None:
    hooks = Hooks(before=Fault("open", BreakLineError()))
    with start(tmp_path / "root", tls=tls, hooks=hooks) as server:
        folder = folder_on(server)
        refused(DeliveryInDoubtError, lambda: folder.write_new("a.part", b"x" * 200_000))
        assert () == folder.list()
        folder.close()


@BOTH
@pytest.mark.parametrize(("when", "left"), [("before", ["a.part"]), ("after", ["a.csv"])])
def test_a_line_that_breaks_while_renaming_leaves_doubt(
    tmp_path: Path, tls: bool, when: str, left: list[str]
) -> None:
    hooks = Hooks(**{when: Fault("rename", BreakLineError())})
    with start(tmp_path / "root", tls=tls, hooks=hooks) as server:
        folder = folder_on(server)
        folder.write_new("a.part", b"x")
        refused(DeliveryInDoubtError, lambda: folder.rename("a.part", "a.csv"))
        assert left == [file.name for file in folder.list()]
        folder.close()


@BOTH
@pytest.mark.parametrize(
    ("number", "code"), [(errno.EACCES, "not_permitted_there"), (errno.ENOSPC, "remote_full")]
)
def test_a_refusal_leaves_nothing(tmp_path: Path, tls: bool, number: int, code: str) -> None:
    hooks = Hooks(before=Fault("open", OSError(number, os.strerror(number))))
    with start(tmp_path / "root", tls=tls, hooks=hooks) as server:
        folder = folder_on(server)
        assert code == refused(RemoteRefusedError, lambda: folder.write_new("a.part", b"x")).code
        assert () == folder.list()
        folder.write_new("a.part", b"x")
        folder.close()


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
