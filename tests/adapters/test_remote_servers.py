"""Our own ways to a server keep the promises of the shipped classes."""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar

from factoring_core.adapters.remote.api.open_api import open_api
from factoring_core.adapters.remote.line import Patience
from factoring_core.adapters.remote.open_remote import open_folder, open_reports
from factoring_core.domain.vocabulary.parties import Connection, Protocol
from factoring_core.errors import RemoteRefusedError
from factoring_core.ports.factor_api import FactorApi
from factoring_core.ports.secrets import SecretSource
from factoring_core.testing.contracts import (
    FactorSystemContract,
    FtpServerContract,
    FtpsServerContract,
    SftpServerContract,
)
from factoring_core.testing.contracts.complaints import refused

HASTY = Patience(connect=0.5, banner=0.5, login=0.5, channel=0.5, reply=0.5, opening=0.7, verb=1)


class Ours:
    """Opened from the settings, as an office does it."""

    def opened(
        self,
        connection: Connection,
        secrets: SecretSource,
        *,
        root: Path,
        hasty: bool = False,
        blind: bool = False,
    ) -> Any:
        folder = open_folder(connection, secrets, root=root, blind=blind)
        if hasty:
            folder.patience = HASTY  # type: ignore[union-attr]
        return folder

    def reports(self, connection: Connection, secrets: SecretSource, *, root: Path) -> Any:
        return open_reports(connection, secrets, root=root)


class TestSftpServers(Ours, SftpServerContract):
    needs: ClassVar[dict[str, str]] = {"paramiko": "sftp"}

    def test_an_old_server_is_named_as_such_and_never_fallen_back_to(self, tmp_path: Path) -> None:
        with self.scene(tmp_path, legacy=True) as made, self.folder_of(made) as folder:
            error = refused(RemoteRefusedError, folder.list, code="algorithms_refused", where=made.where)
            assert "sftp-legacy" in error.remedy
            assert made.server.attempts == []


class TestLegacySftpServers(Ours, SftpServerContract):
    protocol: ClassVar[Protocol] = Protocol.SFTP_LEGACY
    needs: ClassVar[dict[str, str]] = {"asyncssh": "sftp-legacy"}


class TestFtpServers(Ours, FtpServerContract):
    pass


class TestFtpsServers(Ours, FtpsServerContract):
    pass


class TestOtrSystem(FactorSystemContract):
    needs: ClassVar[dict[str, str]] = {"httpx2": "http"}

    def opened(self, connection: Connection, secrets: SecretSource, now: Any) -> FactorApi:
        return open_api(connection, secrets, now=now)
