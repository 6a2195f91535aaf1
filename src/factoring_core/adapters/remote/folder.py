"""A folder of this machine, or one mounted here, as the factor's folder."""

import errno
import hashlib
import os
import stat
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from factoring_core.adapters.remote.exclusive_rename import rename_exclusively
from factoring_core.adapters.remote.names import checked
from factoring_core.errors import DeliveryInDoubtError, RemoteRefusedError, TransportError, UnreachableError
from factoring_core.ports.remote_folder import RemoteFile, Told, unheard

_REFUSALS = {
    errno.EACCES: "not_permitted_there",
    errno.EPERM: "not_permitted_there",
    errno.EROFS: "not_permitted_there",
    errno.ENOSPC: "remote_full",
    getattr(errno, "EDQUOT", errno.ENOSPC): "remote_full",
    errno.EFBIG: "remote_full",
    errno.EISDIR: "not_a_file",
    errno.EEXIST: "name_taken",
}


class LocalFolder:
    """Keeps the promises of a remote folder over a directory that must exist already.

    The directory is never made here: when a mount is missing, files written into the
    empty mount point would count as delivered.  New files follow the umask, because
    another program is meant to take them.
    """

    legal = staticmethod(checked)
    """Which names may be used; `foreign` where they are the factor's own."""

    def __init__(self, folder: Path) -> None:
        self._folder = Path(folder)

    def stat(self, name: str) -> RemoteFile | None:
        """Return size and hash of what is stored under *name*, read in full, or None."""
        path = self._path(name)
        try:
            if not stat.S_ISREG(path.lstat().st_mode):
                raise RemoteRefusedError(
                    "What has this name is not a file.", code="not_a_file", where={"file": name}
                )
            content = path.read_bytes()
        except FileNotFoundError:
            self._present()
            return None
        except OSError as error:
            raise _translated(error, name) from error
        return RemoteFile(name=name, size=len(content), sha256=hashlib.sha256(content).hexdigest())

    def list(self) -> Sequence[RemoteFile]:
        """Return every plain file, by name, without its hash; `stat` gives that."""
        self._present()
        files = []
        try:
            with os.scandir(self._folder) as entries:
                for entry in entries:
                    with suppress(FileNotFoundError):  # taken while we looked
                        if entry.is_file(follow_symlinks=False):
                            size = entry.stat(follow_symlinks=False).st_size
                            files.append(RemoteFile(name=_readable(entry.name), size=size))
        except OSError as error:
            raise _translated(error, None) from error
        return tuple(sorted(files, key=lambda file: file.name))

    def write_new(self, name: str, content: bytes, told: Told = unheard) -> RemoteFile:
        """Store *content* durably under a name not in use.

        What could not be written whole is taken away again; when even that fails,
        the outcome is in doubt.
        """
        path = self._path(name)
        self._present()
        try:
            file = path.open("xb")
        except OSError as error:
            raise _translated(error, name) from error
        try:
            with file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            self._sync()
        except OSError as error:
            try:
                path.unlink()  # not there any more: somebody took what there was
            except OSError:
                raise _in_doubt(name) from error
            raise _translated(error, name) from error
        told(len(content))
        return RemoteFile(name=name, size=len(content), sha256=hashlib.sha256(content).hexdigest())

    def rename(self, old: str, new: str) -> None:
        """Give a file another name in one step; refuse when *new* exists.

        Linking the new name and then removing the old one would not do: between the two, a
        second worker could link a name of its own, and both would have succeeded.
        """
        source, target = self._path(old), self._path(new)
        self._present()
        try:
            if not rename_exclusively(source, target):
                if os.path.lexists(target):
                    raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(target))
                os.rename(source, target)
        except OSError as error:
            failure = _translated(error, new if isinstance(error, FileExistsError) else old)
            raise (_in_doubt(new) if isinstance(failure, UnreachableError) else failure) from error
        try:
            self._sync()
        except OSError as error:
            raise _in_doubt(new) from error

    def remove(self, name: str) -> None:
        """Remove a file; a name that is not there is already removed."""
        path = self._path(name)
        self._present()
        try:
            path.unlink(missing_ok=True)
            self._sync()
        except OSError as error:
            raise _translated(error, name) from error

    def digest(self, name: str) -> str | None:
        """Return the hash of what is stored under *name*."""
        found = self.stat(name)
        return None if found is None else found.sha256

    def read(self, name: str) -> bytes:
        """Return what is stored under *name*."""
        path = self._path(name)
        self._present()
        try:
            return path.read_bytes()
        except OSError as error:
            raise _translated(error, name) from error

    def renames_at_once(self) -> bool:
        """Say yes: that is what renaming is here."""
        return True

    def credential_mark(self, salt: str) -> str:
        """Return nothing: nobody logs in."""
        return ""

    def _path(self, name: str) -> Path:
        return self._folder / self.legal(name)

    def _present(self) -> None:
        """Tell "not in the folder" from "the folder is not there"."""
        if not self._folder.is_dir():
            raise UnreachableError(
                "The folder is not there; it may be a mount that is missing.",
                code="folder_missing",
                where={"folder": str(self._folder)},
            )

    def _sync(self) -> None:
        if os.name == "nt":  # pragma: no cover
            return
        descriptor = os.open(self._folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _readable(name: str) -> str:
    """Turn a name that is no text into one that can be shown."""
    return name.encode(errors="surrogateescape").decode(errors="replace")


def _in_doubt(name: str) -> DeliveryInDoubtError:
    return DeliveryInDoubtError(
        "Writing was broken off, and what is there is not known.", where={"file": name}
    )


def _translated(error: OSError, name: str | None) -> TransportError:
    """Say what the operating system said, once, in our words."""
    where = {"file": name} if name else {}
    if isinstance(error, FileNotFoundError):
        return RemoteRefusedError("There is no such file in the folder.", code="no_such_file", where=where)
    reason = error.strerror or type(error).__name__
    number = error.errno or 0
    if number in _REFUSALS:
        return RemoteRefusedError(f"The folder refused: {reason}.", code=_REFUSALS[number], where=where)
    return UnreachableError(f"The folder could not be used: {reason}.", where=where)
