"""Bringing files into a folder into which nobody may look: each answer counts, and none may be missing."""

from collections.abc import Sequence

from attrs import define

from factoring_core.domain.selling.batch import SealedFile
from factoring_core.domain.selling.delivery import Journal, Proof
from factoring_core.errors import DeliveryInDoubtError, RemoteRefusedError, UnreachableError
from factoring_core.ports.remote_folder import RemoteFolder
from factoring_core.usecases.delivering.delivery_journal import Attempt
from factoring_core.usecases.delivering.looking import MOST_LOOKS, DoubtError


@define
class BlindSender:
    """One attempt's hands where only the server's replies tell what happened."""

    attempt: Attempt
    folder: RemoteFolder

    def stage(self, files: Sequence[SealedFile]) -> None:
        """Write every file under a private name until the server confirms one."""
        progress = self.attempt.ports.progress
        staged: list[str] = []
        sent, total = 0, sum(file.size for file in files)
        for done, file in enumerate(files):
            progress("staging", done, len(files))
            progress("bytes", sent, total)
            if self.attempt.rows[file.name].state == Journal.PLANNED.value:
                self._stage(file)
                staged.append(file.name)
            sent += file.size
        self.attempt.advance(staged, Journal.STAGED)
        progress("bytes", total, total)
        progress("staging", len(files), len(files))

    def publish(self, files: Sequence[SealedFile]) -> None:
        """Rename every file; what is begun and not confirmed is in doubt."""
        progress = self.attempt.ports.progress
        for done, file in enumerate(files):
            progress("publishing", done, len(files))
            state = self.attempt.rows[file.name].state
            if state == Journal.PUBLISHING.value:
                raise DoubtError(f"{file.name}: nobody knows whether it was given its name")
            if state != Journal.PUBLISHED.value:
                self._publish(file)
        progress("publishing", len(files), len(files))

    def _stage(self, file: SealedFile) -> None:
        for _ in range(MOST_LOOKS):
            self.attempt.hold.beat()
            content = self.attempt.ports.blobs.get(file.sha256)
            temp = self.attempt.rows[file.name].temp_name
            try:
                self.folder.write_new(temp, content, lambda _: self.attempt.hold.beat())
            except DeliveryInDoubtError:
                self.attempt.plan_again(file.name)
            else:
                return
        raise UnreachableError(f"{file.name} could not be written whole.", where={"file": file.name})

    def _publish(self, file: SealedFile) -> None:
        row = self.attempt.rows[file.name]
        # Recording it renews the lease: nothing comes between that and the request.
        self.attempt.advance([file.name], Journal.PUBLISHING)
        try:
            self.folder.rename(row.temp_name, file.name)
        except UnreachableError:
            self.attempt.record([row])  # nothing has happened: as before
            raise
        except (DeliveryInDoubtError, RemoteRefusedError) as error:
            raise DoubtError(f"{file.name}: {error.message}") from error
        self.attempt.arrived({file.name: Proof.REPLY})
