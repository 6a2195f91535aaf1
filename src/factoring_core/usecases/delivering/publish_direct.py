"""Writing files under their final names, for servers that cannot rename; by explicit setting only."""

from collections.abc import Sequence
from contextlib import suppress

from attrs import define

from factoring_core.domain.selling.batch import SealedFile
from factoring_core.domain.selling.delivery import Journal, Proof, Seen, Server, Step
from factoring_core.domain.selling.direct_delivery import next_direct_step
from factoring_core.errors import DeliveryInDoubtError, RemoteRefusedError, UnreachableError
from factoring_core.ports.remote_folder import RemoteFolder
from factoring_core.usecases.delivering.delivery_journal import Attempt
from factoring_core.usecases.delivering.looking import MOST_LOOKS, WHY, DoubtError, look


@define
class DirectSender:
    """One attempt's hands where a file is seen while it is written."""

    attempt: Attempt
    folder: RemoteFolder
    server: Server

    def stage(self, files: Sequence[SealedFile]) -> None:
        """Do nothing: there is nowhere to stage."""

    def publish(self, files: Sequence[SealedFile]) -> None:
        """Write every file, each noted before its first byte, and see that it is there."""
        progress = self.attempt.ports.progress
        for done, file in enumerate(files):
            progress("publishing", done, len(files))
            if self.attempt.rows[file.name].state != Journal.PUBLISHED.value:
                self.attempt.arrived({file.name: self._publish(file)})
        progress("publishing", len(files), len(files))

    def _publish(self, file: SealedFile) -> Proof:
        for _ in range(MOST_LOOKS):
            self.attempt.hold.beat()
            row = self.attempt.rows[file.name]
            final = look(self.folder, row.name, size=row.size, sha256=row.sha256, closely=True)
            step = next_direct_step(Journal(row.state), final, idle=self._idle(file))
            if step in (Step.RECORD_PUBLISHED, Step.ADOPT):
                return Proof.HASH if final is Seen.EQUAL else Proof.SIZE
            if step not in (Step.STAGE, Step.REMOVE_TEMP):
                raise DoubtError(f"{file.name}: {WHY[step]}")
            if step is Step.REMOVE_TEMP:
                self.folder.remove(file.name)
            self._write(file)
        raise UnreachableError(f"{file.name} could not be written whole.", where={"file": file.name})

    def _write(self, file: SealedFile) -> None:
        row = self.attempt.rows[file.name]
        content = self.attempt.ports.blobs.get(file.sha256)
        self.attempt.advance([file.name], Journal.PUBLISHING)

        def told(done: int) -> None:
            self.attempt.hold.beat()
            self.attempt.ports.progress("bytes", done, file.size)

        try:
            with suppress(DeliveryInDoubtError):  # the next look tells
                self.folder.write_new(file.name, content, told)
        except UnreachableError as error:
            if error.code != "attempt_deadline":
                self.attempt.record([row])  # nothing has left: as before
            raise
        except RemoteRefusedError as error:
            if error.code != "name_taken":
                raise

    def _idle(self, file: SealedFile) -> bool:
        """Say whether the factor still waits for the list."""
        last = self.attempt.rows[self.attempt.batch.files[-1].name]
        return self.server.waits_for_list and last.name != file.name and last.state == Journal.PLANNED.value
