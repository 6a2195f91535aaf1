"""Looking at what is in a factor's folder, and what that can mean."""

from collections.abc import Sequence
from typing import Protocol

from attrs import define, field

from factoring_core.domain.selling.delivery import Seen, Step, compare
from factoring_core.errors import RemoteRefusedError, UnreachableError
from factoring_core.ports.remote_folder import LISTING_UNTRUSTED, RemoteFile, RemoteFolder
from factoring_core.ports.storage import StagedFile

MOST_LOOKS = 5
"""How often one file is looked at before it is left for a later attempt."""


WHY = {
    Step.CONFLICT: "other bytes stand under this name",
    Step.DOUBT: "it is gone, or there without proof that it is ours",
}
"""What the steps that end in doubt mean, in words."""


class DoubtError(Exception):
    """What was seen proves neither that the file arrived nor that it did not."""


class Sight(Protocol):
    """What can be looked at: a folder, or what was seen of one."""

    def stat(self, name: str) -> RemoteFile | None:
        """As of `RemoteFolder`."""
        ...

    def digest(self, name: str) -> str | None:
        """As of `RemoteFolder`."""
        ...


@define
class Glances:
    """A folder of which many names were seen at once; each such look counts for one question."""

    folder: RemoteFolder
    _found: dict[str, RemoteFile | None] = field(factory=dict)

    def take(self, names: Sequence[str]) -> None:
        """Look at all of *names*, in one go where the folder can, and forget what was seen before."""
        many = getattr(self.folder, "stat_many", None)
        self._found = {} if many is None else dict(many(names))

    def stat(self, name: str) -> RemoteFile | None:
        """Return what was seen of a name, once, or look."""
        return self._found.pop(name) if name in self._found else self.folder.stat(name)

    def digest(self, name: str) -> str | None:
        """Ask for the hash."""
        return self.folder.digest(name)


def look(sight: Sight, name: str, *, size: int, sha256: str, closely: bool = False) -> Seen:
    """Look at one name and compare what is there with what ought to be; *closely* reads it back."""
    found = sight.stat(name)
    if found is None:
        return Seen.ABSENT
    digest = found.sha256
    if digest is None and closely and found.size == size:
        digest = sight.digest(name)
    return compare((found.size, digest), size=size, sha256=sha256)


def see_gone(folder: RemoteFolder, rows: Sequence[StagedFile]) -> None:
    """Ask in a second way whether files are gone: that they are is taken for their arrival.

    Raises:
        UnreachableError: code `LISTING_UNTRUSTED`; the two ways disagree.
    """
    gone = {name for row in rows for name in (row.name, row.temp_name)}
    if not gone:
        return
    try:
        there = gone.intersection(file.name for file in folder.list())
    except RemoteRefusedError:
        return  # no listing here: asking by name is all there is
    if there:
        raise UnreachableError(
            "The server lists files that it says it does not have.",
            code=LISTING_UNTRUSTED,
            where={"files": sorted(there)},
        )
