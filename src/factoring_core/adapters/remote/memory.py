"""A factor's folder in memory, with faults on demand: for tests and simulated factors."""

import hashlib
from collections.abc import Callable, Sequence
from enum import Enum

from attrs import frozen

from factoring_core.adapters.remote.names import checked
from factoring_core.errors import RemoteRefusedError, TransportError
from factoring_core.ports.remote_folder import RemoteFile, Told, unheard


class Moment(Enum):
    """When trouble strikes: with nothing done, with half of the bytes written, or with all done.

    Only ``write_new`` can be half done; for the other verbs that is as ``AFTER``.
    """

    BEFORE = "before"
    HALFWAY = "halfway"
    AFTER = "after"


@frozen(kw_only=True)
class Trouble:
    """One error to be raised by the next call of a verb: ``stat``, ``list``, ``write_new``…"""

    verb: str
    error: TransportError
    moment: Moment = Moment.BEFORE


class MemoryFolder:
    """Keeps files in memory; a stand-in for a server that a test can break and watch.

    Args:
        on_arrival: Called with name and content whenever a name appears, by writing or
            by renaming.  It may take files away, as a factor does.
    """

    def __init__(self, *, on_arrival: Callable[[str, bytes], None] | None = None) -> None:
        self.on_arrival = on_arrival
        self._files: dict[str, bytes] = {}
        self._troubles: list[Trouble] = []
        self.legal = checked

    def expect(self, *troubles: Trouble) -> None:
        """Queue *troubles*; each strikes once, at the next call of its verb."""
        self._troubles.extend(troubles)

    def place(self, name: str, content: bytes) -> None:
        """Put a file there from the factor's side: any name, nothing checked, no arrival."""
        self._files[name] = content

    def take(self, name: str) -> bytes | None:
        """Take a file away from the factor's side and return its bytes, or None."""
        return self._files.pop(name, None)

    def stat(self, name: str) -> RemoteFile | None:
        """Return size and hash of what is stored under *name*, or None."""
        trouble = self._before("stat")
        content = self._files.get(self.legal(name))
        _after(trouble)
        return None if content is None else _known(name, content)

    def list(self) -> Sequence[RemoteFile]:
        """Return every file, by name."""
        trouble = self._before("list")
        files = tuple(_known(name, content) for name, content in sorted(self._files.items()))
        _after(trouble)
        return files

    def write_new(self, name: str, content: bytes, told: Told = unheard) -> RemoteFile:
        """Store *content* under a name not in use."""
        trouble = self._before("write_new")
        if self.legal(name) in self._files:
            raise _taken(name)
        if trouble is not None and trouble.moment is Moment.HALFWAY:
            self._files[name] = content[: len(content) // 2]
            raise trouble.error
        self._arrive(name, content)
        told(len(content))
        _after(trouble)
        return _known(name, content)

    def rename(self, old: str, new: str) -> None:
        """Give a stored file its final name; refuse when *new* exists."""
        trouble = self._before("rename")
        if self.legal(old) not in self._files:
            raise RemoteRefusedError(
                "There is no such file in the folder.", code="no_such_file", where={"file": old}
            )
        if self.legal(new) in self._files:
            raise _taken(new)
        self._arrive(new, self._files.pop(old))
        _after(trouble)

    def remove(self, name: str) -> None:
        """Remove a file; a name that is not there is already removed."""
        trouble = self._before("remove")
        self._files.pop(self.legal(name), None)
        _after(trouble)

    def digest(self, name: str) -> str | None:
        """Return the hash of what is stored under *name*."""
        found = self.stat(name)
        return None if found is None else found.sha256

    def read(self, name: str) -> bytes:
        """Return what is stored under *name*."""
        trouble = self._before("read")
        content = self._files.get(self.legal(name))
        _after(trouble)
        if content is None:
            raise RemoteRefusedError(
                "There is no such file in the folder.", code="no_such_file", where={"file": name}
            )
        return content

    def renames_at_once(self) -> bool:
        """Say yes."""
        return True

    def credential_mark(self, salt: str) -> str:
        """Return nothing: nobody logs in."""
        return ""

    def _before(self, verb: str) -> Trouble | None:
        """Raise what strikes before *verb*; return what strikes later."""
        trouble = next((trouble for trouble in self._troubles if trouble.verb == verb), None)
        if trouble is None:
            return None
        self._troubles.remove(trouble)
        if trouble.moment is Moment.BEFORE:
            raise trouble.error
        return trouble

    def _arrive(self, name: str, content: bytes) -> None:
        self._files[name] = bytes(content)
        if self.on_arrival is not None:
            self.on_arrival(name, content)


def _after(trouble: Trouble | None) -> None:
    if trouble is not None:
        raise trouble.error


def _known(name: str, content: bytes) -> RemoteFile:
    return RemoteFile(name=name, size=len(content), sha256=hashlib.sha256(content).hexdigest())


def _taken(name: str) -> RemoteRefusedError:
    return RemoteRefusedError("This name is in use already.", code="name_taken", where={"file": name})
