"""SFTP against real servers: the contract, the host key, the one log-in, and lines that break."""

import errno
import logging
import os
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
from factoring_core.testing.servers.sftp import SftpServer
from servers.leaks import everything_about
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


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("pin", "code"), [("SHA256:" + "A" * 43, "host_key_mismatch"), (None, "host_key_unknown")]
)
def test_another_host_key_stops_before_anything_is_said(
    tmp_path: Path, kind: type[Any], pin: str | None, code: str
) -> None:
    with SftpServer(tmp_path, passwords={"acme": HIDDEN}) as server:
        folder = kind(place_of(server), with_password(), host_key=pin)
        error = refused(ConfigurationError, folder.list)
        folder.close()

    assert (code, 2, False) == (error.code, error.exit_status, error.retryable)
    assert server.host_key == error.where["offered"]
    assert [] == server.attempts
    assert HIDDEN not in everything_about(error)


def test_an_old_server_is_named_as_such_and_never_fallen_back_to(old_server: SftpServer) -> None:
    tried = len(old_server.attempts)
    error = refused(RemoteRefusedError, folder_on(old_server).list)

    assert "algorithms_refused" == error.code
    assert "sftp-legacy" in error.remedy
    assert tried == len(old_server.attempts)


# The log-in


@pytest.mark.parametrize("kind", KINDS)
def test_a_rejected_password_is_tried_once(tmp_path: Path, kind: type[Any]) -> None:
    """However often the folder is used, and anew only with another password."""
    passwords = iter(["wrong-" + HIDDEN] * 3 + [HIDDEN] * 2)
    with SftpServer(tmp_path, passwords={"acme": HIDDEN}) as server:
        folder = kind(
            place_of(server),
            lambda: Login(username="acme", password=Secret(next(passwords))),
            host_key=server.host_key,
        )
        for _ in range(3):
            error = refused(CredentialError, folder.list)
            assert ("auth_rejected", False) == (error.code, error.retryable)
            assert HIDDEN not in everything_about(error)
        assert [("acme", "password")] == server.attempts
        assert () == folder.list()
        folder.close()
    assert HIDDEN not in repr(folder) + repr(vars(folder))


@pytest.mark.parametrize("kind", KINDS)
def test_a_password_may_be_asked_for_by_question(tmp_path: Path, kind: type[Any]) -> None:
    with SftpServer(tmp_path, passwords={"acme": HIDDEN}, interactive=True) as server:
        folder = folder_on(server, kind=kind)
        assert () == folder.list()
        folder.close()

        assert [("acme", "keyboard-interactive")] == server.attempts
        wrong = folder_on(server, kind=kind, password="no")
        assert "auth_rejected" == refused(CredentialError, wrong.list).code
        assert 2 == len(server.attempts)


def key_folder(server: SftpServer, kind: type[Any], key: bytes, passphrase: str | None = None) -> Any:
    opener = None if passphrase is None else Secret(passphrase)
    login = Login(username="acme", private_key=Secret(key.decode()), passphrase=opener)
    return kind(place_of(server), lambda: login, host_key=server.host_key)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("key_type", ["ssh-ed25519", "ecdsa-sha2-nistp256", "ssh-rsa"])
@pytest.mark.parametrize("form", ["openssh", "pkcs1-pem"])
def test_a_private_key_logs_in(tmp_path: Path, kind: type[Any], key_type: str, form: str) -> None:
    if (key_type, form) == ("ssh-ed25519", "pkcs1-pem"):
        pytest.skip("there is no such form")
    key = asyncssh.generate_private_key(key_type)
    with SftpServer(tmp_path, keys={"acme": key.export_public_key().decode()}) as server:
        folder = key_folder(server, kind, key.export_private_key(form))
        assert () == folder.list()
        folder.close()


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


def test_a_method_we_cannot_use_is_named(tmp_path: Path) -> None:
    public = asyncssh.generate_private_key("ssh-ed25519").export_public_key().decode()
    with SftpServer(tmp_path, keys={"acme": public}) as server:
        error = refused(CredentialError, folder_on(server).list)

    assert "publickey" in error.message
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


def test_nobody_listening_is_unreachable() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    place = Place(connection="east", host="127.0.0.1", port=port)
    folder = SftpFolder(place, with_password(), host_key="SHA256:" + "A" * 43)
    attempts: list[Callable[[], object]] = [
        lambda: folder.stat("a"),
        folder.list,
        lambda: folder.write_new("a", b"x"),
        lambda: folder.rename("a", "b"),
        lambda: folder.remove("a"),
    ]
    for attempt in attempts:
        error = refused(UnreachableError, attempt)
        assert ("connect_refused", True) == (error.code, error.retryable)


def test_an_unknown_name_is_unreachable() -> None:
    place = Place(connection="east", host="nowhere.invalid", port=22)
    folder = SftpFolder(place, with_password(), host_key=None)

    assert "dns_failure" == refused(UnreachableError, folder.list).code


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("drip", [b"", b"S", b"SSH-2.0-x\r\n"])
def test_a_server_that_says_too_little_is_left(kind: type[Any], drip: bytes) -> None:
    """Silence, one byte at a time, and a greeting with nothing behind it."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        stopped = threading.Event()

        def serve() -> None:
            peer, _ = listener.accept()
            with peer:
                while not stopped.wait(0.2):
                    try:
                        peer.sendall(drip)
                    except OSError:
                        return
                    if len(drip) > 1:
                        stopped.wait(10)

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


def test_a_folder_that_is_not_there_is_said(server: SftpServer) -> None:
    for kind, host in [(SftpFolder, server), (LegacySftpFolder, server)]:
        folder = folder_on(host, "absent", kind=kind)
        assert "folder_missing" == refused(RemoteRefusedError, folder.list).code
        folder.close()


@pytest.mark.parametrize("kind", KINDS)
def test_a_folder_that_vanishes_is_not_an_empty_one(
    server: SftpServer, tmp_path: Path, kind: type[Any]
) -> None:
    """Else every file of it would count as taken by the factor."""
    name = fresh(server, tmp_path)
    folder = folder_on(server, name, kind=kind)
    assert folder.stat("batch.csv") is None
    (server.root / name).rmdir()

    assert "folder_missing" == refused(RemoteRefusedError, lambda: folder.stat("batch.csv")).code
    many = ["batch.csv", "other.csv"]
    assert "folder_missing" == refused(RemoteRefusedError, lambda: folder.stat_many(many)).code
    folder.close()


@pytest.mark.parametrize("kind", KINDS)
def test_one_connection_serves_all_and_comes_back(tmp_path: Path, kind: type[Any]) -> None:
    with SftpServer(tmp_path, passwords={"acme": HIDDEN}) as server:
        folder = folder_on(server, kind=kind)
        for number in range(5):
            folder.write_new(f"{number}.part", b"x" * 100_000)
            folder.rename(f"{number}.part", f"{number}.pdf")
        assert 1 == server.connections
        server.break_connections()
        time.sleep(0.1)
        assert 5 == len(folder.list())
        folder.write_new("5.part", b"y")
        assert 2 == server.connections
        folder.close()
        assert 6 == len(folder.list())
        folder.close()
    assert 3 == len(server.attempts)


def test_a_file_in_many_pieces_arrives_whole(server: SftpServer, tmp_path: Path) -> None:
    name = fresh(server, tmp_path)
    content = os.urandom(5_000_001)
    folder = folder_on(server, name)
    assert 5_000_001 == folder.write_new("big.part", content).size
    folder.close()

    assert content == (server.root / name / "big.part").read_bytes()


@pytest.mark.parametrize("kind", KINDS)
def test_only_plain_files_count(server: SftpServer, tmp_path: Path, kind: type[Any]) -> None:
    name = fresh(server, tmp_path)
    (server.root / name / "sub").mkdir()
    (server.root / name / "link").symlink_to("nowhere")
    (server.root / name / "Funding report May.xlsx").write_bytes(b"x")
    folder = folder_on(server, name, kind=kind)

    assert ["Funding report May.xlsx"] == [file.name for file in folder.list()]
    for other in ["sub", "link"]:
        with pytest.raises(RemoteRefusedError, match="not a file"):
            folder.stat(other)
        with pytest.raises(RemoteRefusedError):
            folder.write_new(other, b"x")
    folder.close()


# Faults on purpose


class Fault:
    """Strikes once at a verb, before or after it is done."""

    def __init__(self, verb: str, error: Exception) -> None:
        self.verb = verb
        self.error: Exception | None = error

    def __call__(self, verb: str, name: str) -> None:
        if verb == self.verb and self.error is not None:
            error, self.error = self.error, None
            raise error


def broken(tmp_path: Path, kind: type[Any], *, before: Any = None, after: Any = None) -> Any:
    hooks = Hooks(before=before or (lambda verb, name: None), after=after or (lambda verb, name: None))
    return SftpServer(tmp_path, passwords={"acme": HIDDEN}, hooks=hooks)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("verb", ["open", "write", "close"])
@pytest.mark.parametrize("when", ["before", "after"])
def test_a_line_that_breaks_while_writing_leaves_doubt(
    tmp_path: Path, kind: type[Any], verb: str, when: str
) -> None:
    """And looking again goes over a new line."""
    fault = Fault(verb, BreakLineError())
    with broken(tmp_path, kind, **{when: fault}) as server:
        folder = folder_on(server, kind=kind)
        error = refused(DeliveryInDoubtError, lambda: folder.write_new("a.part", b"x" * 200_000))
        assert error.in_doubt
        found = folder.stat("a.part")
        assert found is None or found.size in (0, 32768, 200_000) or found.size < 200_000
        folder.close()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("when", "left"), [("before", ["a.part"]), ("after", ["a.csv"])])
def test_a_line_that_breaks_while_renaming_leaves_doubt(
    tmp_path: Path, kind: type[Any], when: str, left: list[str]
) -> None:
    with broken(tmp_path, kind, **{when: Fault("rename", BreakLineError())}) as server:
        folder = folder_on(server, kind=kind)
        folder.write_new("a.part", b"x")
        refused(DeliveryInDoubtError, lambda: folder.rename("a.part", "a.csv"))
        assert left == [file.name for file in folder.list()]
        folder.close()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("verb", ["stat", "list"])
def test_a_question_is_asked_again_over_a_new_line(tmp_path: Path, kind: type[Any], verb: str) -> None:
    with broken(tmp_path, kind, before=(fault := Fault("none", BreakLineError()))) as server:
        folder = folder_on(server, kind=kind)
        folder.write_new("a", b"x")
        fault.verb = verb
        calls = {"stat": lambda: folder.stat("a"), "list": folder.list}
        calls[verb]()
        assert fault.error is None
        assert 2 == server.connections
        folder.close()


@pytest.mark.parametrize("kind", KINDS)
def test_a_removal_is_not_repeated_when_its_answer_is_lost(tmp_path: Path, kind: type[Any]) -> None:
    """It was, and the first request could still be served when another file had the name."""
    with broken(tmp_path, kind, after=(fault := Fault("none", BreakLineError()))) as server:
        folder = folder_on(server, kind=kind)
        folder.write_new("a", b"x")
        fault.verb = "remove"
        assert "removal_unclear" == refused(UnreachableError, lambda: folder.remove("a")).code
        assert 1 == server.connections
        folder.remove("a")
        folder.close()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("number", "code"),
    [(errno.ENOSPC, "remote_full"), (errno.EACCES, "not_permitted_there"), (errno.EIO, "remote_refused")],
)
@pytest.mark.parametrize("verb", ["open", "write", "close"])
def test_a_refusal_while_writing_leaves_nothing(
    tmp_path: Path, kind: type[Any], number: int, code: str, verb: str
) -> None:
    """A write refused in the middle would leave a file of the right size with a hole in it."""
    with broken(tmp_path, kind, before=Fault(verb, OSError(number, os.strerror(number)))) as server:
        folder = folder_on(server, kind=kind)
        error = refused(RemoteRefusedError, lambda: folder.write_new("a.part", b"x" * 200_000))
        assert code == error.code
        assert () == folder.list()
        folder.write_new("a.part", b"again")
        folder.close()


@pytest.mark.parametrize("kind", KINDS)
def test_a_refused_rename_changes_nothing(tmp_path: Path, kind: type[Any]) -> None:
    fault = Fault("rename", OSError(errno.EACCES, "no"))
    with broken(tmp_path, kind, before=fault) as server:
        folder = folder_on(server, kind=kind)
        folder.write_new("a.part", b"x")
        error = refused(RemoteRefusedError, lambda: folder.rename("a.part", "a.csv"))
        assert "not_permitted_there" == error.code
        assert ["a.part"] == [file.name for file in folder.list()]
        folder.close()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("verb", ["open", "rename"])
def test_a_server_that_hangs_is_left(tmp_path: Path, kind: type[Any], verb: str) -> None:
    hanging = False
    released = threading.Event()

    def hang(asked: str, name: str) -> None:
        if hanging and asked == verb:
            released.wait(8)

    with broken(tmp_path, kind, before=hang) as server:
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
