"""What every way to a folder on an SFTP server promises, against the shipped server."""

from __future__ import annotations

import os
import struct
from pathlib import Path
from typing import Any

import pytest

from factoring_core.domain.vocabulary.parties import Protocol
from factoring_core.errors import ConfigurationError, CredentialError, RemoteRefusedError
from factoring_core.testing.contracts.complaints import HIDDEN, refused
from factoring_core.testing.contracts.remote.faults import SurvivesFaults
from factoring_core.testing.contracts.remote.files import SendsFiles
from factoring_core.testing.contracts.remote.login import LogsIn
from factoring_core.testing.contracts.remote.reports import ReadsReports
from factoring_core.testing.contracts.remote.scene import Fault, Scene, Vault, connection, hooks, silent
from factoring_core.testing.contracts.remote.trying import CanBeTriedOut
from factoring_core.testing.servers.arrivals import Hooks

REFUSALS = {
    (3, "No"): ("not_permitted_there", False),
    (4, "Failure"): ("remote_refused", False),
    (4, "Disk quota exceeded"): ("remote_full", True),
    (4, "NO SPACE left on device"): ("remote_full", True),
    (4, "Permission denied"): ("not_permitted_there", False),
    (8, "No"): ("unsupported_there", False),
}
"""Statuses of a removal: our code, and whether trying again may help."""


class SftpServerContract(LogsIn, SendsFiles, SurvivesFaults, ReadsReports, CanBeTriedOut):
    """The promises over SSH: the host key first, then one log-in by one method.

    Override `opened`, and `reports` if reports come this way.  Needs the extra ``sftp-legacy``,
    of which the shipped server is made.
    """

    protocol = Protocol.SFTP
    refuses_at = ("open", "write", "close")

    @pytest.mark.parametrize("pinned", [None, "SHA256:" + "A" * 43], ids=["unknown", "another"])
    def test_another_host_key_stops_before_anything_is_said(self, tmp_path: Path, pinned: str | None) -> None:
        """A server with another key than the pinned one, or no pin, is told nothing; its key is said."""
        code = "host_key_unknown" if pinned is None else "host_key_mismatch"
        with (
            self.scene(tmp_path) as made,
            self.folder_of(made, made.but(host_key=pinned)) as folder,
        ):
            where = {**made.where, "offered": made.server.host_key, "pinned": pinned}
            error = refused(ConfigurationError, folder.list, code=code, retryable=False, where=where)
            assert "host_key" in error.remedy
            assert made.server.attempts == []

    def test_a_password_may_be_asked_for_by_question(self, tmp_path: Path) -> None:
        """A server that asks for the password by question gets it once, and is told from a refusal."""
        with self.scene(tmp_path, interactive=True) as made:
            with self.folder_of(made) as folder:
                assert tuple(folder.list()) == ()
            made.secrets.held["PASSWORD"] = f"wrong-{HIDDEN}"
            with self.folder_of(made) as folder:
                refused(CredentialError, folder.list, code="auth_rejected", where=made.where)
            assert made.server.attempts == [("acme", "keyboard-interactive")] * 2

    def test_the_users_own_client_is_left_aside(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Keys, names and settings of whoever runs the program are not used: only those of the connection."""
        import asyncssh

        own = tmp_path / ".ssh"
        own.mkdir(mode=0o700)
        key = asyncssh.generate_private_key("ssh-ed25519")
        key.write_private_key(str(own / "id_ed25519"))
        (own / "config").write_text(
            "Host *\n  User mallory\n  PreferredAuthentications publickey\n  Port 1\n"
        )
        monkeypatch.setenv("HOME", str(tmp_path))
        public = key.export_public_key().decode()
        with (
            self.scene(tmp_path, keys={"acme": public, "mallory": public}) as made,
            self.folder_of(made) as folder,
        ):
            assert tuple(folder.list()) == ()
            assert made.server.attempts == [("acme", "password")]

    @pytest.mark.parametrize(
        "questions",
        [[("Name: ", True)], [("Password: ", False), ("Code: ", False)]],
        ids=["shown", "several"],
    )
    def test_another_question_is_not_answered(
        self, tmp_path: Path, questions: list[tuple[str, bool]]
    ) -> None:
        """Only one question, whose answer stays hidden, is about the password; no other one gets it."""
        with (
            self.scene(tmp_path, interactive=questions) as made,
            self.folder_of(made) as folder,
        ):
            refused(CredentialError, folder.list, code="auth_rejected", where=made.where)
            assert HIDDEN not in made.server.told

    @pytest.mark.parametrize(
        ("kind", "form"),
        [
            ("ssh-ed25519", "openssh"),
            ("ecdsa-sha2-nistp256", "openssh"),
            ("ecdsa-sha2-nistp256", "pkcs1-pem"),
            ("ssh-rsa", "openssh"),
            ("ssh-rsa", "pkcs1-pem"),
        ],
    )
    def test_a_private_key_logs_in(self, tmp_path: Path, kind: str, form: str) -> None:
        """Keys of the usual kinds and forms let in."""
        import asyncssh

        key = asyncssh.generate_private_key(kind)
        with self._keyed(tmp_path, key) as made:
            made.secrets.held["KEY"] = key.export_private_key(form).decode()
            with self.folder_of(made) as folder:
                assert tuple(folder.list()) == ()
                mark = folder.credential_mark("salt")
                assert mark == folder.credential_mark("salt")

    def test_a_key_may_have_a_passphrase(self, tmp_path: Path) -> None:
        """A locked key is opened by the credential; without it, or by another, it is said to be unusable."""
        import asyncssh

        key = asyncssh.generate_private_key("ssh-ed25519")
        locked = key.export_private_key("pkcs8-pem", passphrase=HIDDEN).decode()
        with self._keyed(tmp_path, key) as made:
            made.secrets.held["KEY"] = locked
            with self.folder_of(made, made.but(credential="env:PASSWORD", private_key="file:KEY")) as folder:
                assert tuple(folder.list()) == ()
                opened = len(made.server.attempts)
                for passphrase in ("wrong", ""):
                    folder.close()
                    made.secrets.held["PASSWORD"] = passphrase
                    error = refused(
                        CredentialError, folder.list, code="private_key_unusable", secret=locked[100:160]
                    )
                    assert made.where.items() <= error.where.items()
                    assert "passphrase" in error.remedy
            made.secrets.held["KEY"] = "no key"
            with self.folder_of(made) as folder:
                refused(CredentialError, folder.list, code="private_key_unusable", where=made.where)
            assert len(made.server.attempts) == opened

    def test_another_key_is_tried_once(self, tmp_path: Path) -> None:
        """A key that the server does not know is refused, and not tried again."""
        import asyncssh

        key, other = (asyncssh.generate_private_key("ssh-ed25519") for _ in range(2))
        with self._keyed(tmp_path, key) as made:
            made.secrets.held["KEY"] = other.export_private_key().decode()
            with self.folder_of(made) as folder:
                refused(CredentialError, folder.list, code="auth_rejected", where=made.where)
                tried = len(made.server.attempts)
                refused(CredentialError, folder.list, code="auth_rejected", where=made.where)
                assert made.server.attempts == [("acme", "publickey")] * tried
            with self.folder_of(made, made.but(private_key=None, credential="env:PASSWORD")) as folder:
                refused(CredentialError, folder.list, code="auth_rejected", where=made.where)
            assert len(made.server.attempts) == tried, "a password was sent to a server that takes none"

    def test_a_line_that_was_broken_meanwhile_comes_back(self, tmp_path: Path) -> None:
        """A line that broke while nobody used it is opened again, also for what is done only once."""
        with self.scene(tmp_path) as made, self.folder_of(made) as folder:
            folder.write_new("a.part", b"x")
            made.server.break_connections()
            folder.write_new("b.part", b"y")
            made.server.break_connections()
            assert [file.name for file in folder.list()] == ["a.part", "b.part"]
            assert made.server.connections == 3

    def test_what_a_server_can_make_durable_is(self, tmp_path: Path) -> None:
        """A file is written, made durable and closed, in this order, where the server can do the second."""
        seen: list[str] = []
        watch = Hooks(before=lambda verb, name: seen.append(verb))
        with self.scene(tmp_path, hooks=watch) as made, self.folder_of(made) as folder:
            folder.write_new("a.part", b"x" * 100_000)
        done = [verb for verb in dict.fromkeys(seen) if verb in ("open", "write", "sync", "close")]
        assert done == ["open", "write", "sync", "close"]

    def test_links_are_no_files(self, tmp_path: Path) -> None:
        """A link is neither listed nor looked through."""
        with self.scene(tmp_path) as made, self.folder_of(made) as folder:
            (made.files / "link").symlink_to("nowhere")
            assert tuple(folder.list()) == ()
            refused(
                RemoteRefusedError, lambda: folder.stat("link"), code="not_a_file", where={"file": "link"}
            )

    def test_room_is_told_where_it_is_known(self, tmp_path: Path) -> None:
        """How much room there is on the disk of the folder, in bytes."""
        with self.scene(tmp_path) as made, self.folder_of(made) as folder:
            ask = getattr(folder, "free_bytes", None)
            if ask is None:
                pytest.skip("this folder tells nothing of room")
            disk = os.statvfs(made.files)
            assert ask() == pytest.approx(disk.f_bavail * disk.f_frsize, rel=0.2)

    def test_each_status_has_its_meaning(self, tmp_path: Path) -> None:
        """A refusal is told by its number, or by the server's words where that says little."""
        import asyncssh

        fault = Fault()
        with self.scene(tmp_path, hooks=hooks(fault)) as made, self.folder_of(made) as folder:
            folder.write_new("a.part", b"x")
            for (status, text), (code, retryable) in REFUSALS.items():
                fault.strike("remove", asyncssh.SFTPError(status, text))
                error = refused(
                    RemoteRefusedError,
                    lambda: folder.remove("a.part"),
                    code=code,
                    retryable=retryable,
                    where={**made.where, "file": "a.part"},
                )
                assert made.server.host in error.message
                assert (status != 4) or (text in error.message)
                due = code in ("remote_full", "not_permitted_there")
                assert (error.remedy != RemoteRefusedError.remedy) == due, code
            fault.strike("remove", asyncssh.SFTPNoSuchFile("gone"))
            folder.remove("a.part")
            assert len(made.server.attempts) == 1

    def test_broken_algorithms_are_refused(self, tmp_path: Path) -> None:
        """A server that speaks nothing that is still safe is told nothing, and named as such."""
        with silent(_offering(b"diffie-hellman-group1-sha1")) as port:
            there = connection(self.protocol, port=port)
            folder = self.opened(there, Vault(PASSWORD=HIDDEN), root=tmp_path)
            where = {"connection": "east", "host": f"127.0.0.1:{port}"}
            refused(RemoteRefusedError, folder.list, code="algorithms_refused", retryable=False, where=where)
            folder.close()

    def _keyed(self, place: Path, key: Any) -> Any:
        public = key.export_public_key().decode()
        return _Keyed(self.scene(place, passwords={}, keys={"acme": public}))


def _offering(exchange: bytes) -> bytes:
    """Return the greeting of an SSH server that offers one key exchange, and what it needs besides."""
    lists = [exchange, b"ssh-rsa", *[b"aes128-ctr"] * 2, *[b"hmac-sha2-256"] * 2, *[b"none"] * 2, b"", b""]
    payload = b"\x14" + bytes(16) + b"".join(struct.pack(">I", len(one)) + one for one in lists) + bytes(5)
    padding = 8 - (5 + len(payload)) % 8 + 8
    head = struct.pack(">IB", 1 + len(payload) + padding, padding)
    return b"SSH-2.0-old\r\n" + head + payload + bytes(padding)


class _Keyed:
    """A scene whose connection has a private key and no password."""

    def __init__(self, inner: Any) -> None:
        self._inner = inner

    def __enter__(self) -> Scene:
        made: Scene = self._inner.__enter__()
        made.connection = made.but(credential=None, private_key="file:KEY")
        return made

    def __exit__(self, *what: Any) -> Any:
        return self._inner.__exit__(*what)
