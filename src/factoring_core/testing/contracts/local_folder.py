"""What a remote folder promises that is a directory of this machine, or one mounted here."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import pytest

from factoring_core.errors import RemoteRefusedError, UnreachableError
from factoring_core.ports.remote_folder import RemoteFolder
from factoring_core.testing.contracts.complaints import refused
from factoring_core.testing.contracts.remote.folder import RemoteFolderContract
from factoring_core.testing.contracts.remote.scene import attempts


class LocalFolderContract(RemoteFolderContract):
    """Provide `opened` instead of the fixture ``folder``."""

    at_once = True

    def opened(self, directory: Path) -> Any:
        """Return the folder that is this directory, which may be absent."""
        raise NotImplementedError

    @pytest.fixture
    def folder(self, tmp_path: Path) -> RemoteFolder:
        """Return the folder of an empty directory."""
        self._directory = tmp_path
        folder: RemoteFolder = self.opened(tmp_path)
        return folder

    def stored(self, folder: RemoteFolder, name: str) -> bytes:
        """Return what is in the directory."""
        return (self._directory / name).read_bytes()

    def test_a_missing_directory_is_never_made(self, tmp_path: Path) -> None:
        """Where a mount is missing, every verb says so: files in its place would count as delivered."""
        gone = tmp_path / "mount"
        for verb, attempt in attempts(self.opened(gone)).items():
            if verb != "renames_at_once":
                refused(UnreachableError, attempt, code="folder_missing", where={"folder": str(gone)})
        assert list(tmp_path.iterdir()) == []

    def test_only_plain_files_count(self, folder: RemoteFolder, tmp_path: Path) -> None:
        """A directory or a link is not listed and not read, and its name is taken."""
        (tmp_path / "sub").mkdir()
        (tmp_path / "May report.csv").write_bytes(b"x")
        (tmp_path / "link").symlink_to(tmp_path / "May report.csv")

        assert [file.name for file in folder.list()] == ["May report.csv"]
        for name in ("sub", "link"):
            look = lambda name=name: folder.stat(name)  # noqa: E731
            refused(RemoteRefusedError, look, code="not_a_file", retryable=False, where={"file": name})
            write = lambda name=name: folder.write_new(name, b"y")  # noqa: E731
            refused(RemoteRefusedError, write, code="name_taken", where={"file": name})
        refused(RemoteRefusedError, lambda: folder.remove("sub"), where={"file": "sub"})
        assert (tmp_path / "May report.csv").read_bytes() == b"x"

    def test_what_cannot_be_used_is_said_by_its_name(self, folder: RemoteFolder, tmp_path: Path) -> None:
        """Trouble of the file system is no refusal: it is said with the file, and may pass."""
        (tmp_path / "loop").symlink_to(tmp_path / "loop")
        (tmp_path / "sub").mkdir()
        read = folder.read  # type: ignore[attr-defined] # every adapter serves a folder of reports too
        refused(UnreachableError, lambda: read("loop"), retryable=True, where={"file": "loop"})
        refused(RemoteRefusedError, lambda: read("sub"), code="not_a_file", where={"file": "sub"})

    def test_what_cannot_be_read_is_no_answer(self) -> None:
        """A file that is there and cannot be read is neither absent nor empty."""
        if not Path("/proc/self/mem").exists():
            pytest.skip("there is no such file here")
        folder = self.opened(Path("/proc/self"))
        for ask in (folder.stat, folder.read, folder.digest):
            refused(UnreachableError, lambda ask=ask: ask("mem"), where={"file": "mem"})  # type: ignore[misc]
        refused(RemoteRefusedError, lambda: folder.remove("mem"), where={"file": "mem"})

    def test_what_does_not_fit_leaves_nothing(self, folder: RemoteFolder, tmp_path: Path) -> None:
        """Of a file that is too large for the disk nothing stays, and that is said."""
        resource = pytest.importorskip("resource")
        held = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, held[1]))
        try:
            write = lambda: folder.write_new("a.part", b"x" * 20_000)  # noqa: E731
            refused(RemoteRefusedError, write, code="remote_full", where={"file": "a.part"})
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, held)
        assert list(tmp_path.iterdir()) == []

    def test_a_look_reads_the_file(self, folder: RemoteFolder, tmp_path: Path) -> None:
        """Here a look costs nothing, so that it tells the hash of the bytes; so does writing them."""
        written = folder.write_new("1001.pdf", b"%PDF")
        assert written == folder.stat("1001.pdf")
        assert written.sha256 == hashlib.sha256(b"%PDF").hexdigest()
        (tmp_path / "1001.pdf").write_bytes(b"other")
        found = folder.stat("1001.pdf")
        assert found is not None
        assert found.sha256 == hashlib.sha256(b"other").hexdigest()
