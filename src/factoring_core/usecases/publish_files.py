"""Bringing files into a factor's folder: look, decide by the table, act, look again."""

from collections.abc import Iterable, Sequence
from contextlib import suppress

from attrs import define, evolve, field

from factoring_core.domain.selling.batch import FileRole, SealedFile
from factoring_core.domain.selling.delivery import Journal, Proof, Seen, Server, Step, compare, next_step
from factoring_core.errors import (
    DeliveryInDoubtError,
    RemoteRefusedError,
    TransportError,
    UnreachableError,
)
from factoring_core.ports.remote_folder import RemoteFolder
from factoring_core.ports.storage import StagedFile
from factoring_core.usecases.delivery_journal import Attempt

MOST_LOOKS = 5
"""How often one file is looked at before it is left for a later attempt."""

LOST_RACES = ("no_such_file", "name_taken")
"""Refusals that only mean that the picture has changed: look again."""

LISTING_UNTRUSTED = "listing_untrusted"

_NO_RENAMING = ("unsupported_there", "not_permitted_there")

_READ_BACK = 1024 * 1024
"""Bytes up to which a list is read back before it is published, because all rests on it."""


class DoubtError(Exception):
    """What was seen proves neither that the file arrived nor that it did not."""


def look(folder: RemoteFolder, name: str, *, size: int, sha256: str, closely: bool = False) -> Seen:
    """Look at one name and compare what is there with what ought to be; *closely* reads it back."""
    found = folder.stat(name)
    if found is None:
        return Seen.ABSENT
    digest = found.sha256
    if digest is None and closely and found.size == size:
        digest = folder.digest(name)
    return compare((found.size, digest), size=size, sha256=sha256)


@define
class Sender:
    """One attempt's hands: what it does in the folder, by its journal.

    Everything may be called again: what is done is not done twice.
    """

    attempt: Attempt
    folder: RemoteFolder
    server: Server
    cannot_rename: bool = False
    """Whether the server refused to rename the first file there was to rename, so that none is seen."""
    _written: set[str] = field(factory=set)
    _seen: bool = False

    def stage(self, files: Sequence[SealedFile]) -> None:
        """Write every file under its private name and see that it is there, whole."""
        progress = self.attempt.ports.progress
        staged: list[str] = []
        adopted: dict[str, Proof] = {}
        sent, total = 0, sum(file.size for file in files)
        for done, file in enumerate(files):
            progress("staging", done, len(files))
            progress("bytes", sent, total)
            if self.attempt.rows[file.name].state == Journal.PLANNED.value:
                if self._stage(file, sent, total) is Step.ADOPT:
                    adopted[file.name] = Proof.HASH
                else:
                    staged.append(file.name)
            sent += file.size
            if self.attempt.hold.due():
                # What is whole stays so: after a crash only the rest is written again.
                self.attempt.advance(staged, Journal.STAGED)
        self.attempt.advance(staged, Journal.STAGED)
        self.attempt.arrived(adopted)
        progress("bytes", total, total)
        progress("staging", len(files), len(files))

    def publish(self, files: Sequence[SealedFile]) -> None:
        """Give every file its final name and see that it is there, or that it was taken."""
        progress = self.attempt.ports.progress
        self.attempt.advance([file.name for file in files], Journal.PUBLISHING)
        proofs: dict[str, Proof] = {}
        for done, file in enumerate(files):
            progress("publishing", done, len(files))
            if self.attempt.rows[file.name].state != Journal.PUBLISHED.value:
                proofs[file.name] = self._publish(file)
            self._seen = True
        self._see_gone(name for name, proof in proofs.items() if proof is Proof.CONSUMED)
        self.attempt.arrived(proofs)
        progress("publishing", len(files), len(files))

    def collect(self) -> None:
        """Remove temps that nobody needs any more; one that cannot be removed stays in the journal."""
        if self.attempt.strays:
            with suppress(TransportError):
                for row in self.attempt.strays.values():
                    self.folder.remove(row.temp_name)
                self.attempt.forget_strays()

    def leave(self) -> None:
        """Remove what was written and never recorded as whole: nobody else will ever touch it."""
        with suppress(TransportError):
            for row in self.attempt.rows.values():
                if row.state == Journal.PLANNED.value and row.temp_name in self._written:
                    self.folder.remove(row.temp_name)

    def _stage(self, file: SealedFile, sent: int, total: int) -> Step:
        differing = 0
        for _ in range(MOST_LOOKS):
            self.attempt.hold.beat()
            temp, final = self._look(file)
            step = self._step(file, temp, final)
            if step in (Step.RECORD_STAGED, Step.ADOPT):
                return step
            if step is not Step.STAGE:
                raise DoubtError(f"{file.name}: {WHY[step]}")
            differing += temp is Seen.DIFFERENT
            if differing > 1:
                raise RemoteRefusedError(
                    f"The server does not store {file.name} as it was sent.",
                    code="stored_differently",
                    remedy="Ask the factor whether the server changes files, as text transfers do.",
                    where={"file": file.name},
                )
            if self.attempt.rows[file.name].temp_name in self._written:
                self.attempt.plan_again(file.name)
            name = self.attempt.rows[file.name].temp_name
            self._written.add(name)

            def told(done: int) -> None:
                self.attempt.hold.beat()
                self.attempt.ports.progress("bytes", sent + done, total)

            with suppress(DeliveryInDoubtError):  # the next look tells
                self.folder.write_new(name, self.attempt.ports.blobs.get(file.sha256), told)
        raise UnreachableError(f"{file.name} could not be written whole.", where={"file": file.name})

    def _publish(self, file: SealedFile) -> Proof:
        for _ in range(MOST_LOOKS):
            self.attempt.hold.beat()
            temp, final = self._look(file)
            step = self._step(file, temp, final)
            if step is Step.RECORD_CONSUMED:
                return Proof.CONSUMED
            if step in (Step.RECORD_PUBLISHED, Step.RECORD_AND_REMOVE_TEMP):
                if step is Step.RECORD_AND_REMOVE_TEMP:
                    self._stray(self.attempt.rows[file.name])
                return Proof.HASH if final is Seen.EQUAL else Proof.SIZE
            if step is not Step.PUBLISH:
                raise DoubtError(f"{file.name}: {WHY[step]}")
            if not self.attempt.hold.may_publish():
                continue  # looking took too long: renew, and look again
            try:
                self.folder.rename(self.attempt.rows[file.name].temp_name, file.name)
            except DeliveryInDoubtError:
                continue  # the next look tells
            except RemoteRefusedError as error:
                self.cannot_rename = error.code in _NO_RENAMING and not self._seen
                if error.code not in LOST_RACES:
                    raise
        raise UnreachableError(f"{file.name} could not be given its name.", where={"file": file.name})

    def _look(self, file: SealedFile) -> tuple[Seen, Seen]:
        """Look at both names of a file; closely where no record of ours vouches for the bytes."""
        row = self.attempt.rows[file.name]
        planned = row.state == Journal.PLANNED.value
        telling = planned and file.role is not FileRole.PACKET and file.size <= _READ_BACK
        temp = look(self.folder, row.temp_name, size=row.size, sha256=row.sha256, closely=telling)
        return temp, look(self.folder, row.name, size=row.size, sha256=row.sha256, closely=planned)

    def _step(self, file: SealedFile, temp: Seen, final: Seen) -> Step:
        row = self.attempt.rows[file.name]
        return next_step(Journal(row.state), temp, final, size=row.size, server=self.server)

    def _see_gone(self, names: Iterable[str]) -> None:
        """Ask in a second way whether files are gone: that they are is taken for their arrival.

        Raises:
            UnreachableError: code `LISTING_UNTRUSTED`; the two ways disagree.
        """
        rows = [self.attempt.rows[name] for name in names]
        gone = {name for row in rows for name in (row.name, row.temp_name)}
        if not gone:
            return
        try:
            there = gone.intersection(file.name for file in self.folder.list())
        except RemoteRefusedError:
            return  # no listing here: asking by name is all there is
        if there:
            raise UnreachableError(
                "The server lists files that it says it does not have.",
                code=LISTING_UNTRUSTED,
                where={"files": sorted(there)},
            )

    def _stray(self, row: StagedFile) -> None:
        self.attempt.strays[row.temp_name] = evolve(row, name=row.temp_name)


WHY = {
    Step.CONFLICT: "other bytes stand under this name",
    Step.DOUBT: "it is gone, or there without proof that it is ours",
}
"""What the steps that end in doubt mean, in words."""
