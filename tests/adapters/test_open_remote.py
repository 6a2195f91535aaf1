"""Which folder a connection gets, what is missing, and what trying one out finds."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import asyncssh
import pytest
from attrs import evolve

from factoring_core.adapters.remote.folder import LocalFolder
from factoring_core.adapters.remote.memory import MemoryFolder, Moment, Trouble
from factoring_core.adapters.remote.open_remote import open_folder
from factoring_core.adapters.remote.probe import ProbeFinding, probe
from factoring_core.adapters.secrets.sources import SecretReferences
from factoring_core.domain.vocabulary.parties import Connection, Protocol
from factoring_core.errors import (
    CredentialError,
    DeliveryInDoubtError,
    FactoringError,
    MissingExtraError,
    RemoteRefusedError,
    UnreachableError,
    UsageError,
)
from factoring_core.ports.secrets import Secret
from factoring_core.testing.servers.ftp import FtpServer
from factoring_core.testing.servers.sftp import SftpServer

HIDDEN = "hunter2-Zürich-geheim"
SECRETS = SecretReferences(environ={"PASSWORD": HIDDEN})
OVER_A_LINE = [Protocol.SFTP, Protocol.SFTP_LEGACY, Protocol.FTPS, Protocol.FTP]


def connection(protocol: Protocol, **given: Any) -> Connection:
    facts = {
        "id": "east",
        "subsidiary": "east",
        "provider": "rts",
        "host": "127.0.0.1",
        "username": "acme",
        "credential": "env:PASSWORD",
        "host_key": "SHA256:" + "A" * 43,
        "allow_plain_ftp": True,
    }
    return Connection(protocol=protocol, **{**facts, **given})


@pytest.mark.parametrize(
    ("protocol", "kind", "port"),
    [
        (Protocol.SFTP, "SftpFolder", 22),
        (Protocol.SFTP_LEGACY, "LegacySftpFolder", 22),
        (Protocol.FTPS, "FtpsFolder", 21),
        (Protocol.FTP, "FtpFolder", 21),
    ],
)
def test_each_protocol_has_its_folder_and_its_port(protocol: Protocol, kind: str, port: int) -> None:
    folder: Any = open_folder(connection(protocol), SECRETS, root=None)
    other: Any = open_folder(connection(protocol, port=2222, folder="inbox"), SECRETS, root=None)

    assert (kind, port, ".") == (type(folder).__name__, folder.place.port, folder.place.folder)
    assert (2222, "inbox") == (other.place.port, other.place.folder)


def test_a_folder_of_this_machine_starts_from_the_root(tmp_path: Path) -> None:
    (tmp_path / "inbox").mkdir()
    folder = open_folder(connection(Protocol.FOLDER, folder="inbox"), SECRETS, root=tmp_path)
    folder.write_new("a", b"x")

    assert isinstance(folder, LocalFolder)
    assert (tmp_path / "inbox" / "a").exists()


@pytest.mark.parametrize(("protocol", "kind"), [(Protocol.MANUAL, UsageError), (Protocol.API, UsageError)])
def test_what_has_no_folder_is_refused(protocol: Protocol, kind: type[FactoringError]) -> None:
    with pytest.raises(kind):
        open_folder(connection(protocol), SECRETS, root=None)


@pytest.mark.parametrize(
    ("protocol", "package", "module", "extra"),
    [
        (Protocol.SFTP, "paramiko", "sftp", "sftp"),
        (Protocol.SFTP_LEGACY, "asyncssh", "sftp_legacy", "sftp-legacy"),
    ],
)
def test_a_client_that_is_not_installed_is_an_extra_to_install(
    monkeypatch: pytest.MonkeyPatch, protocol: Protocol, package: str, module: str, extra: str
) -> None:
    for name in list(sys.modules):
        if name == package or name.startswith(f"{package}."):
            monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, package, None)
    for name in [module, "sftp_client", "ssh_login", "legacy_session"]:
        monkeypatch.delitem(sys.modules, f"factoring_core.adapters.remote.{name}", raising=False)

    with pytest.raises(MissingExtraError) as caught:
        open_folder(connection(protocol), SECRETS, root=None)
    assert f"factoring-core[{extra}]" in caught.value.remedy


@pytest.mark.parametrize("module", ["factoring_core.testing", "factoring_core.adapters.remote.open_remote"])
def test_no_client_and_no_server_is_imported_before_it_is_needed(module: str) -> None:
    code = f"import sys, {module}; print([m for m in ('asyncssh', 'paramiko', 'ftplib') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert "[]" == done.stdout.strip()


# Private keys


def test_a_private_key_is_read_as_it_is(tmp_path: Path) -> None:
    key = asyncssh.generate_private_key("ssh-ed25519")
    (tmp_path / "key").write_bytes(key.export_private_key())
    (tmp_path / "key").chmod(0o600)
    secrets = SecretReferences(folder=tmp_path)
    with SftpServer(tmp_path / "root", keys={"acme": key.export_public_key().decode()}) as server:
        one = connection(
            Protocol.SFTP, port=server.port, host_key=server.host_key, private_key="file:key", credential=None
        )
        folder: Any = open_folder(one, secrets, root=tmp_path)
        assert () == folder.list()
        folder.close()


class Vault:
    """A host's own source of secrets."""

    def __init__(self, secret: str) -> None:
        self._secret = secret

    def resolve(self, reference: str) -> Secret:
        return Secret(self._secret)


def test_a_host_may_keep_keys_in_a_vault(tmp_path: Path) -> None:
    key = asyncssh.generate_private_key("ssh-ed25519")
    with SftpServer(tmp_path, keys={"acme": key.export_public_key().decode()}) as server:
        one = connection(
            Protocol.SFTP, port=server.port, host_key=server.host_key, private_key="file:key", credential=None
        )
        folder: Any = open_folder(one, Vault(key.export_private_key().decode()), root=None)
        assert () == folder.list()
        folder.close()


@pytest.mark.parametrize(
    ("content", "mode", "code"),
    [
        (b"-----BEGIN", 0o644, "credential_exposed"),
        (b" \n", 0o600, "credential_missing"),
        (b"\xff\xfe", 0o600, "credential_malformed"),
        (b"a\0b", 0o600, "credential_malformed"),
        (None, 0o600, "credential_missing"),
    ],
)
def test_a_key_that_is_badly_kept_is_refused(
    tmp_path: Path, content: bytes | None, mode: int, code: str
) -> None:
    if content is not None:
        (tmp_path / "key").write_bytes(content)
        (tmp_path / "key").chmod(mode)
    with pytest.raises(CredentialError) as caught:
        SecretReferences(folder=tmp_path).read_key("file:key")
    assert code == caught.value.code


@pytest.mark.parametrize("reference", ["env:KEY", "keyring:a/b", HIDDEN])
def test_a_key_comes_from_a_file(reference: str) -> None:
    with pytest.raises(CredentialError) as caught:
        SecretReferences(environ={"KEY": HIDDEN}).read_key(reference)
    assert "secret_in_clear" == caught.value.code
    assert HIDDEN not in str(caught.value)


# Trying out


def found(folder: Any, **given: Any) -> list[tuple[str, str]]:
    return [(finding.level, finding.code) for finding in probe(folder, **given)]


@pytest.fixture(params=["sftp", "sftp-legacy", "ftps", "ftp", "folder"])
def every_folder(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[Any, Path]]:
    """The folder of each protocol, and where its files are."""
    root = tmp_path / "root"
    protocol = Protocol(request.param)
    root.mkdir()
    if protocol is Protocol.FOLDER:
        yield LocalFolder(root), root
        return
    passwords = {"acme": HIDDEN}
    server: Any
    if protocol in (Protocol.SFTP, Protocol.SFTP_LEGACY):
        server = SftpServer(root, passwords=passwords, legacy=protocol is Protocol.SFTP_LEGACY)
    else:
        server = FtpServer(
            root, passwords=passwords, tls_in=tmp_path / "tls" if protocol is Protocol.FTPS else None
        )
    with server:
        one = connection(protocol, port=server.port, host_key=getattr(server, "host_key", None))
        if protocol is Protocol.FTPS:
            one = evolve(one, ca_file="tls/ca.pem")
        folder: Any = open_folder(one, SECRETS, root=tmp_path)
        yield folder, root
        folder.close()


def test_a_good_folder_is_tried_and_left_as_it_was(every_folder: tuple[Any, Path]) -> None:
    folder, root = every_folder
    (root / "theirs.txt").write_bytes(b"x")

    assert [("ok", "writable")] == found(folder)
    assert ["theirs.txt"] == [path.name for path in root.iterdir()]


def refusal(code: str) -> RemoteRefusedError:
    return RemoteRefusedError("The server said no.", code=code)


def test_a_folder_without_rename_is_no_good() -> None:
    for needed, level in [(True, "error"), (False, "warning")]:
        folder = MemoryFolder()
        folder.expect(Trouble(verb="rename", error=refusal("unsupported_there")))
        assert (level, "rename_unsupported") == found(folder, rename_needed=needed)[0]
        assert () == folder.list()


def test_a_folder_that_cannot_be_listed_is_a_warning() -> None:
    folder = MemoryFolder()
    folder.expect(Trouble(verb="list", error=refusal("not_permitted_there")))

    assert [("warning", "listing_refused"), ("ok", "writable")] == found(folder)


@pytest.mark.parametrize(
    ("verb", "error"),
    [
        ("list", UnreachableError("No line.")),
        ("list", refusal("folder_missing")),
        ("write_new", refusal("not_permitted_there")),
        ("write_new", DeliveryInDoubtError("Cut off.")),
        ("rename", DeliveryInDoubtError("Cut off.")),
    ],
)
def test_what_would_stop_a_delivery_is_raised_and_nothing_left(verb: str, error: Any) -> None:
    folder = MemoryFolder()
    folder.expect(Trouble(verb=verb, error=error, moment=Moment.AFTER))

    with pytest.raises(type(error)):
        found(folder)
    assert () == folder.list()


def test_a_rename_that_copies_is_noticed() -> None:
    class Copying(MemoryFolder):
        def rename(self, old: str, new: str) -> None:
            content = self.take(old)
            assert content is not None
            self.place(old, content)
            self.place(new, content)

    assert [("error", "rename_untrusted")] == found(Copying())


def test_a_folder_that_keeps_what_is_removed_is_no_good() -> None:
    folder = MemoryFolder()
    folder.expect(*[Trouble(verb="remove", error=refusal("not_permitted_there"))] * 2)

    assert [("error", "remove_refused")] == found(folder)


def test_little_room_is_a_warning() -> None:
    class Small(MemoryFolder):
        def free_bytes(self) -> int | None:
            return 5 * 2**20

    first = next(iter(probe(Small())))
    assert isinstance(first, ProbeFinding)
    assert ("warning", "little_room") == (first.level, first.code)
    assert "5 MiB" in first.message
