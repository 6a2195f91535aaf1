"""Blob stores: the contract, and what only a folder on a disk can get wrong."""

import errno
import hashlib
import os
import stat
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

import pytest

from factoring_core.adapters.blobs.folder import FolderBlobs
from factoring_core.adapters.blobs.memory import MemoryBlobs
from factoring_core.errors import StorageError
from factoring_core.ports.blobs import BlobStore
from factoring_core.testing.contracts.blobs import BlobContract

SHA = hashlib.sha256(b"invoice").hexdigest()


def place_of(root: Path, sha256: str) -> Path:
    return root / "sha256" / sha256[:2] / sha256[2:]


def files(root: Path) -> list[Path]:
    return [path for path in root.rglob("*") if path.is_file()]


class TestMemoryBlobs(BlobContract):
    @pytest.fixture
    def blobs(self) -> BlobStore:
        return MemoryBlobs()

    def damage(self, blobs: BlobStore, sha256: str, content: bytes) -> None:
        assert isinstance(blobs, MemoryBlobs)
        blobs._kept[sha256] = content


class TestFolderBlobs(BlobContract):
    @pytest.fixture
    def blobs(self, tmp_path: Path) -> BlobStore:
        return FolderBlobs(tmp_path / "new" / "files")

    def damage(self, blobs: BlobStore, sha256: str, content: bytes) -> None:
        assert isinstance(blobs, FolderBlobs)
        place_of(blobs._root, sha256).write_bytes(content)


def test_a_blob_is_a_private_file_named_by_its_hash(tmp_path: Path) -> None:
    FolderBlobs(tmp_path).put(b"invoice")

    assert [place_of(tmp_path, SHA)] == files(tmp_path)
    assert 0o600 == stat.S_IMODE(place_of(tmp_path, SHA).stat().st_mode)


def test_another_instance_finds_what_one_kept(tmp_path: Path) -> None:
    FolderBlobs(tmp_path).put(b"invoice")

    assert b"invoice" == FolderBlobs(tmp_path).get(SHA)


def test_everything_is_synced_before_put_returns(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The bytes before the rename, then every folder that got a new name, from the top down."""
    happened: list[str] = []
    fsync, replace = os.fsync, os.replace

    def watched_fsync(descriptor: int) -> None:
        path = Path(os.readlink(f"/proc/self/fd/{descriptor}"))
        happened.append("bytes" if path.is_file() else str(path.relative_to(tmp_path)))
        fsync(descriptor)

    def watched_replace(old: str, new: Path) -> None:
        happened.append("rename")
        replace(old, new)

    if not Path("/proc/self/fd").exists():
        pytest.skip("needs to know which file a descriptor is")
    monkeypatch.setattr(os, "fsync", watched_fsync)
    monkeypatch.setattr(os, "replace", watched_replace)
    blobs = FolderBlobs(tmp_path / "a" / "b")
    blobs.put(b"invoice")

    prefix = SHA[:2]
    assert [".", "a", "a/b", "a/b/sha256", "bytes", "rename", f"a/b/sha256/{prefix}"] == happened
    happened.clear()
    blobs.put(b"invoice")
    assert [f"a/b/sha256/{prefix}"] == happened


@pytest.mark.parametrize("call", ["fsync", "replace"])
def test_a_crash_before_the_name_is_given_leaves_nothing_visible(tmp_path: Path, call: str) -> None:
    """A process killed outright leaves at most a temporary file, and the next put works."""
    killed = f"""
import os, sys
from pathlib import Path
from factoring_core.adapters.blobs.folder import FolderBlobs
blobs = FolderBlobs(Path(sys.argv[1]))
blobs.put(b"prime the folders " + bytes([65]))
blobs._settle(blobs._path("{SHA}").parent)
os.{call} = lambda *given: os._exit(9)
blobs.put(b"invoice")
"""
    done = subprocess.run([sys.executable, "-c", killed, str(tmp_path)], check=False)
    blobs = FolderBlobs(tmp_path)

    assert 9 == done.returncode
    assert not blobs.has(SHA)
    assert [".part"] == [path.suffix for path in files(place_of(tmp_path, SHA).parent)]
    assert SHA == blobs.put(b"invoice")


@pytest.mark.parametrize(
    ("call", "number", "code"),
    [
        ("fsync", errno.EIO, "durability_lost"),
        ("fsync", errno.ENOSPC, "durability_lost"),
        ("replace", errno.ENOSPC, "store_full"),
        ("replace", errno.EIO, "storage"),
    ],
)
def test_a_failing_disk_is_said_and_nothing_partial_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str, number: int, code: str
) -> None:
    blobs = FolderBlobs(tmp_path)
    blobs._settle(blobs._path(SHA).parent)

    def failing(*given: object) -> None:
        raise OSError(number, os.strerror(number))

    with monkeypatch.context() as patch:
        patch.setattr(os, call, failing)
        with pytest.raises(StorageError) as caught:
            blobs.put(b"invoice")

    assert code == caught.value.code
    assert SHA == caught.value.where["sha256"]
    assert isinstance(caught.value.__cause__, OSError)
    assert [] == files(tmp_path)


def test_no_space_while_writing_is_said_in_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*given: object, **named: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(tempfile, "mkstemp", full)
    with pytest.raises(StorageError, match="no space left") as caught:
        FolderBlobs(tmp_path).put(b"invoice")
    assert "store_full" == caught.value.code


@pytest.mark.parametrize("kept_before", [False, True])
def test_a_failed_sync_is_never_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kept_before: bool
) -> None:
    """A second sync could succeed without a byte on the disk, so the blob is refused from then on."""
    if kept_before:
        FolderBlobs(tmp_path).put(b"invoice")
    blobs = FolderBlobs(tmp_path)

    def failing(descriptor: int) -> None:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", failing)
        with pytest.raises(StorageError):
            blobs.put(b"invoice")

    with pytest.raises(StorageError) as caught:
        blobs.put(b"invoice")
    assert "durability_lost" == caught.value.code
    assert blobs.put(b"another")


def test_a_place_that_cannot_be_read_is_a_storage_error(tmp_path: Path) -> None:
    place_of(tmp_path, SHA).mkdir(parents=True)
    blobs = FolderBlobs(tmp_path)

    assert not blobs.has(SHA)
    with pytest.raises(StorageError):
        blobs.get(SHA)
    with pytest.raises(StorageError):
        blobs.put(b"invoice")


def test_many_threads_may_keep_the_same_bytes(tmp_path: Path) -> None:
    kept: list[str] = []
    threads = [
        threading.Thread(target=lambda: kept.append(FolderBlobs(tmp_path).put(b"invoice"))) for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert [SHA] * 8 == kept
    assert [place_of(tmp_path, SHA)] == files(tmp_path)
