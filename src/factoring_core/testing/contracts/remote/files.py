"""What every way to a folder on a server promises of files that arrive."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import Any

from factoring_core.errors import DeliveryInDoubtError, RemoteRefusedError
from factoring_core.testing.contracts.complaints import refused
from factoring_core.testing.contracts.remote.reaching import ReachesServers
from factoring_core.testing.servers.arrivals import Arrival, Hooks


class SendsFiles(ReachesServers):
    """Files are whole, and are files."""

    def test_many_pieces_arrive_whole(self, tmp_path: Path) -> None:
        """A file of many pieces arrives whole, comes back whole, and its progress is told."""
        content = os.urandom(1_000_000) * 5 + b"\r\n\n\r"
        told: list[int] = []
        with self.scene(tmp_path) as made, self.folder_of(made) as folder:
            assert folder.write_new("big.part", content, told.append).size == len(content)
            assert (made.files / "big.part").read_bytes() == content
            assert folder.read("big.part") == content
            assert folder.digest("big.part") == hashlib.sha256(content).hexdigest()
        assert told == sorted({*told})
        assert told[-1] == len(content)
        assert len(told) > 1

    def test_only_plain_files_count(self, tmp_path: Path) -> None:
        """Folders are no files: not listed, not looked at, not replaced, and named as what they are."""
        with self.scene(tmp_path) as made, self.folder_of(made) as folder:
            (made.files / "sub").mkdir()
            (made.files / "Funding report May.xlsx").write_bytes(b"x")
            found = [(file.name, file.size) for file in folder.list()]
            assert found == [("Funding report May.xlsx", 1)]
            where = {"file": "sub"}
            refused(RemoteRefusedError, lambda: folder.stat("sub"), code="not_a_file", where=where)
            for attempt in (lambda: folder.write_new("sub", b"x"), lambda: folder.stat_many(["a", "sub"])):
                refused(RemoteRefusedError, attempt, retryable=False, where=where)
            assert (made.files / "sub").is_dir()

    def test_what_arrives_is_looked_at(self, tmp_path: Path) -> None:
        """A file that the server cut is refused and taken back; one that is gone already is in doubt."""

        def meet(arrival: Arrival) -> None:
            if arrival.name == "cut":
                arrival.path.write_bytes(b"x")
            else:
                arrival.path.unlink()

        with (
            self.scene(tmp_path, hooks=Hooks(arrival=meet)) as made,
            self.folder_of(made) as folder,
        ):
            for name, kind in {"cut": RemoteRefusedError, "gone": DeliveryInDoubtError}.items():
                where = {**made.where, "file": name}
                error: Any = refused(kind, lambda name=name: folder.write_new(name, b"123"), where=where)  # type: ignore[misc]
                assert (error.code == "size_mismatch") == (name == "cut")
            assert list(made.files.iterdir()) == []
