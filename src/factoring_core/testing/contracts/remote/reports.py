"""What the folder promises in which a factor leaves its reports, on a server."""

from __future__ import annotations

from pathlib import Path

import pytest

from factoring_core.errors import ConfigurationError, RemoteRefusedError
from factoring_core.testing.contracts.complaints import refused
from factoring_core.testing.contracts.remote.reaching import ReachesServers
from factoring_core.testing.contracts.remote.scene import Vault, connection


class ReadsReports(ReachesServers):
    """Names are the factor's own, and so is the folder."""

    def test_reports_come_from_their_own_folder(self, tmp_path: Path) -> None:
        """Reports are listed, read whole and renamed under whatever names the factor gave them."""
        odd = "Funding report (May), 5%.csv"
        with self.scene(tmp_path) as made:
            made.files.with_name("outbox").mkdir()
            (made.files.with_name("outbox") / odd).write_bytes(b"a,b\r\n\x00\xff")
            folder = self.reports(made.but(report_folder="outbox"), made.secrets, root=tmp_path)
            if folder is None:
                pytest.skip("no reports come this way")
            assert folder.read(odd) == b"a,b\r\n\x00\xff"
            assert folder.stat(odd).size == 7
            folder.rename(odd, "done.csv")
            assert [file.name for file in folder.list()] == ["done.csv"]
            for name in ("", ".", "..", "-rf", "a/b", "a\\b", "a\nb"):
                refused(
                    RemoteRefusedError,
                    lambda name=name: folder.read(name),  # type: ignore[misc]
                    code="illegal_name",
                    where={"file": name},
                )
            folder.close()

    def test_a_folder_of_reports_has_to_be_set(self, tmp_path: Path) -> None:
        """Without the setting nothing is guessed."""
        settings = connection(self.protocol, report_folder=None)
        where = {"connection": "east", "setting": "report_folder"}
        if self.reports(connection(self.protocol, report_folder="x"), Vault(), root=tmp_path) is None:
            pytest.skip("no reports come this way")
        refused(ConfigurationError, lambda: self.reports(settings, Vault(), root=tmp_path), where=where)
