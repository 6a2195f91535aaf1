"""Bringing files into a factor's folder: look, decide by the table, act, look again."""

from collections.abc import Sequence
from contextlib import suppress

from attrs import define, field

from factoring_core.domain.selling.batch import SealedFile
from factoring_core.domain.selling.delivery import Journal, Seen, Server, Step, compare, next_step
from factoring_core.errors import (
    DeliveryInDoubtError,
    RemoteRefusedError,
    TransportError,
    UnreachableError,
)
from factoring_core.ports.remote_folder import RemoteFolder
from factoring_core.usecases.delivery_journal import Attempt

MOST_LOOKS = 5
"""How often one file is looked at before it is left for a later attempt."""

_LOST_RACES = ("no_such_file", "name_taken")
"""Refusals that only mean that the picture has changed: look again."""

_ARRIVED = (Step.RECORD_PUBLISHED, Step.RECORD_CONSUMED, Step.ADOPT)


class DoubtError(Exception):
    """What was seen proves neither that the file arrived nor that it did not."""


def look(folder: RemoteFolder, name: str, *, size: int, sha256: str) -> Seen:
    """Look at one name and compare what is there with what ought to be."""
    found = folder.stat(name)
    return compare(None if found is None else (found.size, found.sha256), size=size, sha256=sha256)


@define
class Sender:
    """One attempt's hands: what it does in the folder, by its journal.

    A temp that an earlier attempt staged is published under its old name: both attempts then
    compete for one directory entry, which only one of them can rename.
    """

    attempt: Attempt
    folder: RemoteFolder
    server: Server
    _written: set[str] = field(factory=set)

    def stage(self, files: Sequence[SealedFile]) -> None:
        """Write every file under its private name and see that it is there, whole."""
        staged: list[str] = []
        arrived: list[str] = []
        for done, file in enumerate(files):
            self.attempt.ports.progress("staging", done, len(files))
            state = Journal(self.attempt.rows[file.name].state)
            if state is Journal.PLANNED:
                (staged if self._stage(file) is Step.RECORD_STAGED else arrived).append(file.name)
        self.attempt.advance(staged, Journal.STAGED)
        self.attempt.advance(arrived, Journal.PUBLISHED)
        self.attempt.ports.progress("staging", len(files), len(files))

    def publish(self, files: Sequence[SealedFile]) -> None:
        """Give every file its final name and see that it is there, or that it was taken."""
        names = [file.name for file in files]
        self.attempt.advance(names, Journal.PUBLISHING)
        for done, file in enumerate(files):
            self.attempt.ports.progress("publishing", done, len(files))
            self._publish(file)
        self.attempt.advance(names, Journal.PUBLISHED)
        self.attempt.ports.progress("publishing", len(files), len(files))

    def collect(self) -> None:
        """Remove temps that nobody needs any more; one that cannot be removed stays in the journal."""
        if self.attempt.strays:
            with suppress(TransportError):
                for name in self.attempt.strays:
                    self.folder.remove(name)
                self.attempt.forget_strays()

    def _stage(self, file: SealedFile) -> Step:
        for _ in range(MOST_LOOKS):
            step = self._step(file)
            if step in (Step.RECORD_STAGED, Step.ADOPT):
                return step
            if step is not Step.STAGE:
                raise DoubtError(f"{file.name}: {_WHY[step]}")
            if self.attempt.rows[file.name].temp_name in self._written:
                self.attempt.plan_again(file.name)
            temp = self.attempt.rows[file.name].temp_name
            self._written.add(temp)
            with suppress(DeliveryInDoubtError):  # the next look tells
                self.folder.write_new(temp, self.attempt.ports.blobs.get(file.sha256))
        raise UnreachableError(f"{file.name} could not be written whole.", where={"file": file.name})

    def _publish(self, file: SealedFile) -> None:
        for _ in range(MOST_LOOKS):
            step = self._step(file)
            if step in _ARRIVED or step is Step.DONE:
                return
            if step in (Step.RECORD_AND_REMOVE_TEMP, Step.REMOVE_TEMP):
                self.attempt.strays.append(self.attempt.rows[file.name].temp_name)
                return
            if step not in (Step.PUBLISH, Step.CLAIM):
                raise DoubtError(f"{file.name}: {_WHY[step]}")
            try:
                self.folder.rename(self.attempt.rows[file.name].temp_name, file.name)
            except DeliveryInDoubtError:
                continue  # the next look tells
            except RemoteRefusedError as error:
                if error.code not in _LOST_RACES:
                    raise
        raise UnreachableError(f"{file.name} could not be given its name.", where={"file": file.name})

    def _step(self, file: SealedFile) -> Step:
        row = self.attempt.rows[file.name]
        return next_step(
            Journal(row.state),
            look(self.folder, row.temp_name, size=row.size, sha256=row.sha256),
            look(self.folder, row.name, size=row.size, sha256=row.sha256),
            size=row.size,
            server=self.server,
        )


_WHY = {
    Step.CONFLICT: "other bytes stand under this name",
    Step.DOUBT: "it is gone, or there without proof that it is ours",
}
