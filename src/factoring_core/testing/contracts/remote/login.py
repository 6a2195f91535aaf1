"""What every way to a folder on a server promises of the log-in."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from attrs import evolve

from factoring_core.errors import CredentialError, UnreachableError
from factoring_core.testing.contracts.complaints import HIDDEN, everything_about, refused
from factoring_core.testing.contracts.remote.reaching import ReachesServers
from factoring_core.testing.contracts.remote.scene import (
    Fault,
    Vault,
    connection,
)
from factoring_core.testing.servers.arrivals import BreakLineError, Hooks


class LogsIn(ReachesServers):
    """One attempt, with a secret that nothing shows."""

    def test_a_rejected_password_is_tried_once(self, tmp_path: Path) -> None:
        """However often the folder is used; anew only with another password: accounts are locked for less."""
        with self.scene(tmp_path) as made:
            made.secrets.held["PASSWORD"] = f"wrong-{HIDDEN}"
            with self.folder_of(made) as folder:
                for attempt in (folder.list, lambda: folder.stat("a"), lambda: folder.write_new("a", b"x")):
                    error = refused(CredentialError, attempt, code="auth_rejected", retryable=False)
                    assert error.stage == "login"
                    assert made.where.items() <= error.where.items()
                assert made.server.attempts == [("acme", "password")]
                made.secrets.held["PASSWORD"] = HIDDEN
                assert tuple(folder.list()) == ()
                assert len(made.server.attempts) == 2
                assert HIDDEN not in repr(folder)

    def test_a_log_in_without_an_answer_is_tried_twice(self, tmp_path: Path) -> None:
        """A log-in that the line broke over counts as rejected the second time, and is left then."""
        fault = Fault()
        with self.scene(tmp_path, hooks=Hooks(before=fault)) as made, self.folder_of(made) as folder:
            fault.strike("log_in", BreakLineError())
            where = made.where
            error: Any = refused(UnreachableError, folder.list, code="auth_unanswered", where=where)
            assert (error.stage, error.retryable) == ("login", True)
            fault.strike("log_in", BreakLineError())
            for _ in range(2):
                error = refused(CredentialError, folder.list, code="auth_rejected", where=where)
                assert "credential" in error.remedy
            assert len(made.server.attempts) == 2

    def test_one_log_in_serves_all(self, tmp_path: Path) -> None:
        """One log-in serves any number of files; after taking leave there is another."""
        with self.scene(tmp_path) as made, self.folder_of(made) as folder:
            for number in range(3):
                folder.write_new(f"{number}.part", b"x" * 100_000)
                folder.rename(f"{number}.part", f"{number}.pdf")
            assert len(made.server.attempts) == 1
            folder.close()
            assert [file.size for file in folder.list()] == [100_000] * 3
            assert len(made.server.attempts) == 2

    def test_a_credential_is_recognised_and_not_told(self, tmp_path: Path) -> None:
        """A credential's mark is another for another salt, secret or user, and never shows one."""
        settings, vault = connection(self.protocol), Vault(PASSWORD=HIDDEN)
        folder = self.opened(settings, vault, root=tmp_path)
        other = self.opened(evolve(settings, username="other"), vault, root=tmp_path)
        marks = [folder.credential_mark("salt"), folder.credential_mark("pepper")]
        marks.append(other.credential_mark("salt"))
        vault.held["PASSWORD"] = "another"
        marks.append(folder.credential_mark("salt"))

        assert len({*marks}) == 4
        assert all(HIDDEN not in mark and len(mark) >= 16 for mark in marks)

    def test_a_secret_that_cannot_be_had_is_said(self, tmp_path: Path) -> None:
        """What the source of secrets says is said, and no line is opened for nothing."""

        class Empty:
            def resolve(self, reference: str) -> Any:
                raise CredentialError("There is no such secret.", code="credential_missing")

        with self.scene(tmp_path) as made:
            folder = self.opened(made.connection, Empty(), root=tmp_path)
            error = refused(CredentialError, folder.list, code="credential_missing")
            assert made.server.attempts == []
            assert HIDDEN not in everything_about(error)
