"""Blobs as files of one folder, named by their own hash.

The bytes of hash ``abcd…`` are the file ``sha256/ab/cd…``.  A file appears under
its name only when it is whole and on the disk: it is written under a temporary
name in the same folder, flushed, synced and renamed, and the folders that lead
to it are synced as well.  What a crash leaves behind is a temporary file, never
a partial blob.
"""

import errno
import hashlib
import os
import re
import tempfile
from pathlib import Path

from factoring_core.errors import NotFoundError, StorageError, StoreCorruptError

_HASH = re.compile(r"[0-9a-f]{64}", re.ASCII)
_FULL = {errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC)}


class _UnconfirmedError(Exception):
    """The disk did not confirm a write."""


class FolderBlobs:
    """Keeps blobs below a folder of this machine, readable by its owner alone.

    Any number of processes may share one folder: equal bytes have equal names,
    so that whoever renames last changes nothing.
    """

    def __init__(self, root: Path) -> None:
        self._root = Path(root)
        self._settled: set[Path] = set()
        self._lost: set[str] = set()

    def put(self, content: bytes) -> str:
        """Keep *content* durably and return its SHA-256 in hex.

        A damaged copy under the same hash is replaced by the good one.

        Raises:
            StorageError: code ``store_full`` when the disk or quota is full;
                ``durability_lost`` when the disk did not confirm the write, after
                which this process refuses the blob; ``storage`` otherwise.
        """
        sha256 = hashlib.sha256(content).hexdigest()
        path = self._path(sha256)
        if sha256 in self._lost:
            raise _durability_lost(sha256)
        try:
            self._settle(path.parent)
            if not _holds(path, sha256):
                _write(path, content)
            # Also for a file that was there: whoever renamed it may have died before this line.
            _sync_folder(path.parent)
        except _UnconfirmedError as unconfirmed:
            self._lost.add(sha256)
            raise _durability_lost(sha256) from unconfirmed.__cause__
        except OSError as error:
            raise _failure(error, sha256) from error
        return sha256

    def get(self, sha256: str) -> bytes:
        """Return the bytes kept under *sha256*, verified.

        Raises:
            NotFoundError: nothing is kept under it.
            StoreCorruptError: what is there is not what was written.
            StorageError: it could not be read.
        """
        if not _HASH.fullmatch(sha256):
            raise _unknown(sha256)
        try:
            content = self._path(sha256).read_bytes()
        except FileNotFoundError:
            raise _unknown(sha256) from None
        except OSError as error:
            raise _failure(error, sha256) from error
        if hashlib.sha256(content).hexdigest() != sha256:
            raise StoreCorruptError("A kept file is not what was written.", where={"sha256": sha256})
        return content

    def has(self, sha256: str) -> bool:
        """Say whether something is kept under *sha256*; `get` says whether it is whole."""
        return _HASH.fullmatch(sha256) is not None and self._path(sha256).is_file()

    def _path(self, sha256: str) -> Path:
        return self._root / "sha256" / sha256[:2] / sha256[2:]

    def _settle(self, folder: Path) -> None:
        """Make *folder* and the folders above it, and make their names durable, once a process."""
        if folder in self._settled:
            return
        if self._root in folder.parents or not folder.parent.exists():
            self._settle(folder.parent)
        folder.mkdir(mode=0o700, exist_ok=True)
        _sync_folder(folder.parent)
        self._settled.add(folder)


def _holds(path: Path, sha256: str) -> bool:
    """Say whether *path* is there and whole."""
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest() == sha256
    except FileNotFoundError:
        return False


def _write(path: Path, content: bytes) -> None:
    """Write a whole file in one visible step; on any failure nothing of it stays."""
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=".", suffix=".part")  # mode 0600
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            _sync(file.fileno())
        os.replace(name, path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def _sync_folder(folder: Path) -> None:
    """Make the names in *folder* durable; Windows does that by itself and has no call for it."""
    if os.name == "nt":  # pragma: no cover
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        _sync(descriptor)
    finally:
        os.close(descriptor)


def _sync(descriptor: int) -> None:
    try:
        os.fsync(descriptor)
    except OSError as error:
        # The kernel may have dropped the pages: syncing again would succeed and prove nothing.
        raise _UnconfirmedError from error


def _unknown(sha256: str) -> NotFoundError:
    return NotFoundError("No file is kept under this hash.", where={"sha256": sha256})


def _durability_lost(sha256: str) -> StorageError:
    return StorageError(
        "The disk did not confirm that a file was written; it counts as not kept.",
        code="durability_lost",
        remedy="Check the disk, start the program anew and do the same again.",
        where={"sha256": sha256},
    )


def _failure(error: OSError, sha256: str) -> StorageError:
    """Say what the operating system said, once, in our words."""
    if error.errno in _FULL:
        return StorageError(
            "There is no space left where files are kept; this one was not kept.",
            code="store_full",
            remedy="Free some space and do the same again.",
            where={"sha256": sha256},
        )
    reason = error.strerror or type(error).__name__
    return StorageError(f"A file could not be kept or read: {reason}.", where={"sha256": sha256})
