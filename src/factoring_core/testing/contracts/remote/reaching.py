"""What every way to a folder on a server promises of the settings, and of the way there."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any, ClassVar

import pytest
from attrs import evolve

from factoring_core.domain.vocabulary.parties import Connection, Protocol
from factoring_core.errors import ConfigurationError, RemoteRefusedError, UnreachableError, UsageError
from factoring_core.ports.secrets import SecretSource
from factoring_core.testing.contracts.base import Contract
from factoring_core.testing.contracts.complaints import HIDDEN, refused
from factoring_core.testing.contracts.missing import faults_without
from factoring_core.testing.contracts.remote.scene import (
    Scene,
    Vault,
    attempts,
    connection,
    crowded,
    nobody_listens,
    scene,
    silent,
)


class ReachesServers(Contract):
    """A subclass says which ``protocol`` it speaks, and how a connection of the settings is opened."""

    protocol: ClassVar[Protocol]
    served: ClassVar[dict[str, Any]] = {}
    """More arguments of the shipped server that plays the factor's."""
    needs: ClassVar[Mapping[str, str]] = {}
    """Libraries without which no folder can be opened, each with the extra that brings it."""

    def opened(
        self,
        connection: Connection,
        secrets: SecretSource,
        *,
        root: Path,
        hasty: bool = False,
        blind: bool = False,
    ) -> Any:
        """Return the folder of a connection; nothing is sent yet.

        root: What a relative path of the settings starts from.
        hasty: Leave a server that says nothing after a second.
        blind: Nobody may look into the folder there.
        """
        raise NotImplementedError

    def reports(self, connection: Connection, secrets: SecretSource, *, root: Path) -> Any:
        """Return the folder in which the factor leaves reports; None where there is none."""
        return None

    @contextmanager
    def scene(self, place: Path, **given: Any) -> Iterator[Scene]:
        """Run a server of this protocol."""
        with scene(self.protocol, place, **{**self.served, **given}) as made:
            yield made

    @contextmanager
    def folder_of(self, made: Scene, settings: Connection | None = None, **how: Any) -> Iterator[Any]:
        """Open a folder, and take leave of it."""
        folder = self.opened(settings or made.connection, made.secrets, root=made.root, **how)
        try:
            yield folder
        finally:
            folder.close()

    def test_settings_lead_to_the_folder(self, tmp_path: Path) -> None:
        """The folder is the one of the settings, seen from where the log-in leads, or from the root."""
        with self.scene(tmp_path) as made:
            for number, name in enumerate(["inbox", "inbox/", "/inbox", None, "/"]):
                with self.folder_of(made, made.but(folder=name)) as folder:
                    folder.write_new(f"{number}.pdf", b"x")
                    assert folder.stat(f"{number}.pdf").size == 1
                    assert f"{number}.pdf" in [file.name for file in folder.list()]
            inbox = sorted(path.name for path in made.files.iterdir())
            above = sorted(path.name for path in made.files.parent.iterdir())
        assert (inbox, above) == (["0.pdf", "1.pdf", "2.pdf"], ["3.pdf", "4.pdf", "inbox"])

    def test_a_missing_or_impossible_setting_is_named(self, tmp_path: Path) -> None:
        """A setting that is missing, or could not be part of a command, is named before anything is sent."""
        good = connection(self.protocol)
        wrong: list[tuple[str, str | None]] = [
            *(("host", blank) for blank in (None, "")),
            *(("username", blank) for blank in (None, "", "a\r\nDELE b")),
            *(("credential", blank) for blank in (None, "")),
            ("folder", "a\r\nDELE b"),
        ]
        for name, value in wrong:
            settings = evolve(good, **{name: value})  # type: ignore[arg-type]
            error = refused(
                ConfigurationError,
                lambda settings=settings: self.opened(settings, Vault(), root=tmp_path),  # type: ignore[misc]
                where={"connection": "east", "setting": name},
            )
            assert name in error.message
            assert name in error.remedy

    def test_a_missing_library_is_named(self, tmp_path: Path) -> None:
        """Without a library that it needs, opening says which, and how to get it."""
        open_it = partial(self.opened, connection(self.protocol), Vault(), root=tmp_path)
        assert faults_without(self.needs, open_it) == []

    def test_nothing_of_it_runs_on(self, tmp_path: Path) -> None:
        """No thread of the folder keeps a program from ending, and none is left after taking leave."""
        with self.scene(tmp_path) as made:
            before = {*threading.enumerate()}
            with self.folder_of(made) as folder:
                folder.write_new("a.part", b"x")
                ours = {*threading.enumerate()} - before
                assert all(thread.daemon for thread in ours)
            end = time.monotonic() + 5
            while ours & {*threading.enumerate()} and time.monotonic() < end:
                time.sleep(0.01)
            assert ours & {*threading.enumerate()} == set()

    def test_what_sends_no_files_is_refused(self, tmp_path: Path) -> None:
        """A connection by which no files are sent is not taken for one."""
        for other in (Protocol.MANUAL, Protocol.API):
            settings = evolve(connection(self.protocol), protocol=other)
            open_it = partial(self.opened, settings, Vault(), root=tmp_path)
            assert "east" in refused(UsageError, open_it, where={"connection": "east"}).message

    def test_nobody_listening_is_unreachable(self, tmp_path: Path) -> None:
        """Where nobody listens, every verb says so; nothing was sent and trying again is safe."""
        there = connection(self.protocol, port=nobody_listens())
        folder = self.opened(there, Vault(PASSWORD=HIDDEN), root=tmp_path)
        where = {"connection": "east", "host": f"127.0.0.1:{there.port}"}
        for attempt in attempts(folder).values():
            refused(UnreachableError, attempt, code="connect_refused", retryable=True, where=where)
        folder.close()
        folder.close()

    def test_a_server_that_lets_nobody_in_is_left(self, tmp_path: Path) -> None:
        """A connection that is not made within its time is told from one that is refused."""
        with crowded() as port:
            there = connection(self.protocol, port=port)
            folder = self.opened(there, Vault(PASSWORD=HIDDEN), root=tmp_path, hasty=True)
            where = {"connection": "east", "host": f"127.0.0.1:{port}"}
            error = refused(
                UnreachableError, folder.list, code="connect_timeout", retryable=True, where=where
            )
            assert "127.0.0.1" in error.message

    def test_an_unknown_name_is_unreachable(self, tmp_path: Path) -> None:
        """A host name that nobody knows is told from a host that is down."""
        for host in ("nowhere.invalid", "x" * 70 + ".invalid"):
            there = connection(self.protocol, host=host, port=2200)
            folder = self.opened(there, Vault(PASSWORD=HIDDEN), root=tmp_path)
            error = refused(UnreachableError, folder.list, retryable=True, where={"host": f"{host}:2200"})
            assert error.code in ("dns_failure", "unreachable")
            assert (error.code == "dns_failure") or len(host) > 64

    def test_the_port_of_the_protocol(self, tmp_path: Path) -> None:
        """Without a port in the settings it is the protocol's own."""
        usual = 22 if self.protocol in (Protocol.SFTP, Protocol.SFTP_LEGACY) else 21
        folder = self.opened(
            connection(self.protocol, host="nowhere.invalid"), Vault(PASSWORD=HIDDEN), root=tmp_path
        )
        refused(UnreachableError, folder.list, where={"host": f"nowhere.invalid:{usual}"})

    @pytest.mark.parametrize("greeting", [b"", b"SSH-2.0-x\r\n", b"220"], ids=["nothing", "ssh", "ftp"])
    def test_a_silent_server_is_left(self, tmp_path: Path, greeting: bytes) -> None:
        """A server that says nothing, or too little, is left after a while, and may be tried again."""
        with silent(greeting) as port:
            there = connection(self.protocol, port=port)
            folder = self.opened(there, Vault(PASSWORD=HIDDEN), root=tmp_path, hasty=True)
            # Not a log-in without an answer, of which there may be two: nothing was tried.
            where = {"connection": "east", "host": f"127.0.0.1:{port}"}
            refused(UnreachableError, folder.list, code="line_lost", retryable=True, where=where)
            folder.close()

    def test_a_folder_that_is_not_there_is_said(self, tmp_path: Path) -> None:
        """A folder that was never there, or is gone, is no empty folder."""
        with self.scene(tmp_path) as made:
            with self.folder_of(made, made.but(folder="absent")) as folder:
                error = refused(RemoteRefusedError, folder.list, code="folder_missing", where=made.where)
                assert not error.retryable
                assert "absent" in error.message
                assert "folder" in error.remedy
            with self.folder_of(made) as folder:
                assert folder.stat("batch.csv") is None
                made.files.rmdir()
                for name in ("stat", "stat_many"):
                    ask = attempts(folder)[name]
                    refused(RemoteRefusedError, ask, code="folder_missing", where=made.where)
