"""What every way to a folder on an FTP or FTPS server promises, against the shipped servers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from factoring_core.domain.vocabulary.parties import Protocol
from factoring_core.errors import ConfigurationError, RemoteRefusedError, UnreachableError
from factoring_core.testing.contracts.complaints import HIDDEN, refused
from factoring_core.testing.contracts.remote.faults import SurvivesFaults
from factoring_core.testing.contracts.remote.files import SendsFiles
from factoring_core.testing.contracts.remote.login import LogsIn
from factoring_core.testing.contracts.remote.replies import HearsReplies
from factoring_core.testing.contracts.remote.reports import ReadsReports
from factoring_core.testing.contracts.remote.scene import Scene, Vault, connection, silent
from factoring_core.testing.contracts.remote.trying import CanBeTriedOut


class FtpServerContract(LogsIn, SendsFiles, SurvivesFaults, ReadsReports, CanBeTriedOut, HearsReplies):
    """The promises over plain FTP; override `opened`, and `reports` if reports come this way."""

    protocol = Protocol.FTP

    def test_what_goes_readable_has_to_be_allowed(self, tmp_path: Path) -> None:
        """Without the word of the settings nothing is sent that others could read."""
        settings = connection(self.protocol, allow_plain_ftp=False)
        if self.protocol is not Protocol.FTP:
            pytest.skip("nothing goes readable here")
        error = refused(
            ConfigurationError,
            lambda: self.opened(settings, {}, root=tmp_path),  # type: ignore[arg-type]
            code="plain_ftp",
            where={"connection": "east"},
        )
        assert "allow_plain_ftp" in error.remedy

    def test_a_private_key_is_for_ssh_alone(self, tmp_path: Path) -> None:
        """A key in the settings of a connection that cannot use one is a mistake, and not left aside."""
        settings = connection(self.protocol, private_key="file:KEY")
        error = refused(
            ConfigurationError,
            lambda: self.opened(settings, {}, root=tmp_path),  # type: ignore[arg-type]
            where={"connection": "east"},
        )
        assert "private_key" in error.message

    @pytest.mark.parametrize("without", [("MLST",), ("MLSD",), ("MLST", "MLSD"), ("FEAT", "MLST", "MLSD")])
    def test_older_servers_do_as_well(self, tmp_path: Path, without: tuple[str, ...]) -> None:
        """A server that lacks the newer questions is asked the older ones."""
        with (
            self.scene(tmp_path, without=frozenset(without)) as made,
            self.folder_of(made) as folder,
        ):
            assert (folder.stat("a.csv"), tuple(folder.list())) == (None, ())
            folder.write_new("a.part", b"content")
            folder.rename("a.part", "a.csv")
            assert [(file.name, file.size) for file in folder.list()] == [("a.csv", 7)]
            assert folder.stat("a.csv").size == 7
            refused(RemoteRefusedError, lambda: folder.read("absent"), code="no_such_file")
            made.files.rename(made.files.with_name("away"))
            refused(RemoteRefusedError, lambda: folder.stat("a.csv"), code="folder_missing")

    def test_files_go_to_the_host_of_the_settings(self, tmp_path: Path) -> None:
        """Whatever address the server gives out, files go to the host of the settings and to no other."""
        with (
            self.scene(tmp_path, says_address="127.9.9.9") as made,
            self.folder_of(made) as folder,
        ):
            folder.write_new("a.part", b"content")
            assert (made.files / "a.part").read_bytes() == b"content"

    def test_what_cannot_be_asked_is_no_answer(self, tmp_path: Path) -> None:
        """Where a size cannot be had, a file that is listed is never called absent."""
        with (
            self.scene(tmp_path, without=frozenset({"MLST", "MLSD", "SIZE"})) as made,
            self.folder_of(made) as folder,
        ):
            (made.files / "a.csv").write_bytes(b"x")
            refused(RemoteRefusedError, lambda: folder.stat("a.csv"), where={**made.where, "file": "a.csv"})


class FtpsServerContract(FtpServerContract):
    """The promises over FTP with explicit TLS: the certificate before a name is said."""

    protocol = Protocol.FTPS

    def test_an_untrusted_certificate_stops_before_a_name_is_said(self, tmp_path: Path) -> None:
        """Another authority's certificate, or one for another host, is refused; no credential was sent."""
        from factoring_core.testing.servers.ftp import write_certificate

        write_certificate(tmp_path / "other", "127.0.0.1")
        with self.scene(tmp_path / "one") as made:
            for ca_file in (str(tmp_path / "other" / "ca.pem"), None):
                with self.folder_of(made, made.but(ca_file=ca_file)) as folder:
                    self._untrusted(folder, made)
        with (
            self.scene(tmp_path / "two", certificate_host="other.invalid") as made,
            self.folder_of(made) as folder,
        ):
            self._untrusted(folder, made)

    def _untrusted(self, folder: Any, made: Scene) -> None:
        error = refused(
            RemoteRefusedError,
            folder.list,
            code="certificate_untrusted",
            retryable=False,
            where=made.where,
        )
        assert "ca_file" in error.remedy
        assert made.server.attempts == []

    def test_a_server_without_encryption_is_not_talked_to(self, tmp_path: Path) -> None:
        """A server that does not encrypt gets no credential, and nothing falls back to plain FTP."""
        servers: list[dict[str, Any]] = [{"without": frozenset({"AUTH"})}, {"tls_in": None}]
        for at, given in enumerate(servers):
            with self.scene(tmp_path / str(at), **given) as made, self.folder_of(made) as folder:
                error = refused(
                    RemoteRefusedError, folder.list, code="tls_refused", retryable=False, where=made.where
                )
                assert "FTPS" in error.remedy
                assert made.server.attempts == []

    @pytest.mark.parametrize("reply", ["250 Not quite", "534 Denied"])
    def test_transfers_in_clear_are_not_made(self, tmp_path: Path, reply: str) -> None:
        """A server that does not agree to encrypt transfers gets no file."""
        with self.scene(tmp_path) as made, self.folder_of(made) as folder:
            made.server.answers["PROT"] = reply
            error = refused(RemoteRefusedError, lambda: folder.write_new("a.part", b"x"), where=made.where)
            assert reply in error.message
            assert list(made.files.iterdir()) == []

    def test_what_is_no_encryption_is_named(self, tmp_path: Path) -> None:
        """A server that agrees to encrypt and does not is told nothing."""
        with silent(b"220 Hi\r\n", b"234 Go\r\n", b"no TLS at all\r\n") as port:
            there = connection(self.protocol, port=port)
            folder = self.opened(there, Vault(PASSWORD=HIDDEN), root=tmp_path)
            where = {"connection": "east", "host": f"127.0.0.1:{port}"}
            error = refused(RemoteRefusedError, folder.list, code="tls_failed", retryable=False, where=where)
            assert "TLS" in error.remedy

    def test_what_was_said_before_encryption_is_forgotten(self, tmp_path: Path) -> None:
        """Replies that somebody slipped in before it are not taken for those to the log-in."""
        slipped_in = b"234 Go\r\n331 Password?\r\n230 Welcome\r\n200 Yes\r\n"
        with silent(b"220 Hi\r\n", slipped_in) as port:
            there = connection(self.protocol, port=port)
            folder = self.opened(there, Vault(PASSWORD=HIDDEN), root=tmp_path, hasty=True)
            refused(UnreachableError, folder.list, code="line_lost", retryable=True)
            folder.close()

    def test_an_unusable_list_of_authorities_is_a_setting(self, tmp_path: Path) -> None:
        """A ``ca_file`` that is absent or holds no certificate is named before anything is sent."""
        (tmp_path / "bad.pem").write_bytes(b"no certificate")
        for name in ("bad.pem", "absent.pem"):
            settings = connection(self.protocol, ca_file=name)
            error = refused(
                ConfigurationError,
                lambda settings=settings: self.opened(settings, {}, root=tmp_path),  # type: ignore[misc,arg-type]
                code="ca_file_unusable",
                where={"connection": "east"},
            )
            assert str(error.where["ca_file"]).endswith(name)
