"""Bringing files into a factor's folder: look, decide by the table, act, look again."""

from collections.abc import Sequence
from contextlib import suppress

from attrs import define, evolve, field

from factoring_core.domain.selling.batch import FileRole, SealedFile
from factoring_core.domain.selling.delivery import Journal, Proof, Seen, Server, Step, next_step
from factoring_core.errors import (
    DeliveryInDoubtError,
    RemoteRefusedError,
    TransportError,
    UnreachableError,
)
from factoring_core.ports.remote_folder import RemoteFolder
from factoring_core.ports.storage import StagedFile
from factoring_core.usecases.delivering.delivery_journal import Attempt
from factoring_core.usecases.delivering.looking import MOST_LOOKS, WHY, DoubtError, Glances, look, see_gone

LOST_RACES = ("no_such_file", "name_taken")
"""Refusals that only mean that the picture has changed: look again."""

_NO_RENAMING = ("unsupported_there", "not_permitted_there")

_READ_BACK = 1024 * 1024
"""Bytes up to which a list is read back before it is published, because all rests on it."""


FLIGHT = 32
"""So many files go out before all of them are looked at: each look by itself costs a round trip."""


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
    _glances: Glances = field(init=False)

    def __attrs_post_init__(self) -> None:
        self._glances = Glances(self.folder)

    def stage(self, files: Sequence[SealedFile]) -> None:
        """Write every file under its private name and see that it is there, whole."""
        progress = self.attempt.ports.progress
        sent, total = 0, sum(file.size for file in files)
        for at in range(0, len(files), FLIGHT):
            flight = files[at : at + FLIGHT]
            self._glance(flight)
            begins = {}
            for done, file in enumerate(flight, at):
                progress("staging", done, len(files))
                progress("bytes", sent, total)
                begins[file.name] = sent
                self._write_ahead(file, sent, total)
                sent += file.size
            self._glance(flight)
            planned = [file for file in flight if self._is(file, Journal.PLANNED)]
            steps = {file.name: self._stage(file, begins[file.name], total) for file in planned}
            # What is whole stays so: after a crash only the rest is written again.
            self.attempt.advance(
                [name for name, step in steps.items() if step is not Step.ADOPT], Journal.STAGED
            )
            self.attempt.arrived({name: Proof.HASH for name, step in steps.items() if step is Step.ADOPT})
        progress("bytes", total, total)
        progress("staging", len(files), len(files))

    def publish(self, files: Sequence[SealedFile]) -> None:
        """Give every file its final name and see that it is there, or that it was taken."""
        progress = self.attempt.ports.progress
        self.attempt.advance([file.name for file in files], Journal.PUBLISHING)
        proofs: dict[str, Proof] = {}
        for at in range(0, len(files), FLIGHT):
            flight = files[at : at + FLIGHT]
            open_ = [file for file in flight if not self._is(file, Journal.PUBLISHED)]
            self._seen = self._seen or len(open_) < len(flight)
            self._glance(open_)
            for done, file in enumerate(open_, at):
                progress("publishing", done, len(files))
                self._rename_ahead(file)
            self._glance(open_)
            proofs.update((file.name, self._publish(file)) for file in open_)
            self._seen = True
        gone = [self.attempt.rows[name] for name, proof in proofs.items() if proof is Proof.CONSUMED]
        see_gone(self.folder, gone)
        self.attempt.arrived(proofs)
        progress("publishing", len(files), len(files))

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
            self._write(file, sent, total)
        raise UnreachableError(f"{file.name} could not be written whole.", where={"file": file.name})

    def _write_ahead(self, file: SealedFile, sent: int, total: int) -> None:
        """Write a file of which there is nothing yet; whether it is whole is seen later."""
        self.attempt.hold.beat()
        if self._is(file, Journal.PLANNED):
            looks = self._look(file)
            fresh = self.attempt.rows[file.name].temp_name not in self._written
            if fresh and self._step(file, *looks) is Step.STAGE:
                self._write(file, sent, total)

    def _write(self, file: SealedFile, sent: int, total: int) -> None:
        name = self.attempt.rows[file.name].temp_name
        self._written.add(name)

        def told(done: int) -> None:
            self.attempt.hold.beat()
            self.attempt.ports.progress("bytes", sent + done, total)

        with suppress(DeliveryInDoubtError):  # the next look tells
            self.folder.write_new(name, self.attempt.ports.blobs.get(file.sha256), told)

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
            self._rename(file)
        raise UnreachableError(f"{file.name} could not be given its name.", where={"file": file.name})

    def _rename_ahead(self, file: SealedFile) -> None:
        """Give a file its name if that is the next step; whether it has it is seen later."""
        if self._step(file, *self._look(file)) is Step.PUBLISH:
            self._rename(file)
        else:
            self._seen = True  # it has its name, as far as can be known

    def _rename(self, file: SealedFile) -> None:
        if not self.attempt.hold.may_publish():
            return  # looking took too long: renew, and look again
        try:
            self.folder.rename(self.attempt.rows[file.name].temp_name, file.name)
        except DeliveryInDoubtError:
            return  # the next look tells
        except RemoteRefusedError as error:
            self.cannot_rename = error.code in _NO_RENAMING and not self._seen
            if error.code not in LOST_RACES:
                raise
        self._seen = True

    def _look(self, file: SealedFile) -> tuple[Seen, Seen]:
        """Look at both names of a file; closely where no record of ours vouches for the bytes."""
        row = self.attempt.rows[file.name]
        planned = row.state == Journal.PLANNED.value
        telling = planned and file.role is not FileRole.PACKET and file.size <= _READ_BACK
        temp = look(self._glances, row.temp_name, size=row.size, sha256=row.sha256, closely=telling)
        return temp, look(self._glances, row.name, size=row.size, sha256=row.sha256, closely=planned)

    def _glance(self, files: Sequence[SealedFile]) -> None:
        """Look at both names of some files before each is decided upon."""
        rows = [self.attempt.rows[file.name] for file in files]
        open_ = [row for row in rows if row.state != Journal.PUBLISHED.value]
        self._glances.take([name for row in open_ for name in (row.temp_name, row.name)])

    def _is(self, file: SealedFile, state: Journal) -> bool:
        return self.attempt.rows[file.name].state == state.value

    def _step(self, file: SealedFile, temp: Seen, final: Seen) -> Step:
        row = self.attempt.rows[file.name]
        return next_step(Journal(row.state), temp, final, size=row.size, server=self.server)

    def _stray(self, row: StagedFile) -> None:
        self.attempt.strays[row.temp_name] = evolve(row, name=row.temp_name)
