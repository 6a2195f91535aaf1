"""Broken ways to a folder on a server: each class is one defect."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar

from attrs import evolve

from factoring_core.adapters.remote.ftp import FtpFolder
from factoring_core.adapters.remote.ftps import FtpsFolder
from factoring_core.adapters.remote.line import StoppedError
from factoring_core.adapters.remote.online import OnlineFolder
from factoring_core.adapters.remote.open_remote import open_folder, open_reports
from factoring_core.adapters.remote.sftp import SftpFolder
from factoring_core.domain.vocabulary.parties import Connection
from factoring_core.errors import (
    ConfigurationError,
    CredentialError,
    DeliveryInDoubtError,
    FactoringError,
    RemoteRefusedError,
    UnreachableError,
)
from factoring_core.ports.remote_folder import RemoteFile, Told, unheard
from factoring_core.ports.secrets import SecretSource
from factoring_core.testing.contracts import FtpServerContract, FtpsServerContract, SftpServerContract


class Bent:
    """A folder of ours that is bent; the sound one keeps the promises in tests/adapters."""

    proved_elsewhere = True
    Folder: ClassVar[type[OnlineFolder]] = FtpFolder

    def opened(
        self,
        connection: Connection,
        secrets: SecretSource,
        *,
        root: Path,
        hasty: bool = False,
        blind: bool = False,
    ) -> Any:
        folder = open_folder(connection, secrets, root=root, blind=blind)
        folder.__class__ = self.Folder  # type: ignore[assignment]
        return folder

    def reports(self, connection: Connection, secrets: SecretSource, *, root: Path) -> Any:
        return open_reports(connection, secrets, root=root)


class Ftp(Bent, FtpServerContract):
    """The contract over one way to an FTP server."""


class GuessesAUser(Ftp):
    """A connection without a user name logs in as a guest, and the settings are never mended."""

    caught_by = "test_a_missing_or_impossible_setting_is_named"

    def opened(self, connection: Connection, secrets: SecretSource, **how: Any) -> Any:
        return super().opened(evolve(connection, username=connection.username or "ftp"), secrets, **how)


class SendsWhatAPersonSends(Ftp):
    """A connection whose batches a person hands over is sent to all the same, and both arrive."""

    caught_by = "test_what_sends_no_files_is_refused"

    def opened(self, connection: Connection, secrets: SecretSource, **how: Any) -> Any:
        return super().opened(evolve(connection, protocol=self.protocol), secrets, **how)


class WritesWhereItLands(Ftp):
    """The folder of the settings is left aside, and files go where the log-in leads."""

    caught_by = "test_settings_lead_to_the_folder"

    def opened(self, connection: Connection, secrets: SecretSource, **how: Any) -> Any:
        return super().opened(evolve(connection, folder=None), secrets, **how)


class NamesNoHost(Ftp):
    """Errors do not say which connection and which host, and an operator with twenty of them guesses."""

    caught_by = "test_nobody_listening_is_unreachable"

    class Folder(FtpFolder):
        def _do(self, work: Any, seconds: float) -> Any:
            try:
                return super()._do(work, seconds)
            except FactoringError as error:
                error.where = {}
                raise


class TriesARejectedPasswordAgain(Ftp):
    """A password that was rejected is tried at every use, until the account is locked."""

    caught_by = "test_a_rejected_password_is_tried_once"

    class Folder(FtpFolder):
        def _live(self) -> Any:
            self._rejected = None
            return super()._live()


class LeaksThePasswordInAnError(Ftp):
    """The error of a refused log-in carries what was tried."""

    caught_by = "test_a_rejected_password_is_tried_once"

    class Folder(FtpFolder):
        def _judged(self, error: BaseException, login: Any) -> BaseException:
            if isinstance(error, CredentialError):
                error.where["tried"] = login.password.reveal()
            return super()._judged(error, login)


class TriesALogInWithoutEnd(Ftp):
    """A log-in that got no answer is tried again and again, and each may have counted."""

    caught_by = "test_a_log_in_without_an_answer_is_tried_twice"

    class Folder(FtpFolder):
        def _judged(self, error: BaseException, login: Any) -> BaseException:
            self._unanswered = None
            return super()._judged(error, login)


class LogsInForEachFile(Ftp):
    """Every file has a log-in of its own, and the server calls it an attack."""

    caught_by = "test_one_log_in_serves_all"

    class Folder(FtpFolder):
        def rename(self, old: str, new: str) -> None:
            super().rename(old, new)
            self.close()


class OneMarkForAllSecrets(Ftp):
    """The mark is of the user alone, and a new password is not noticed."""

    caught_by = "test_a_credential_is_recognised_and_not_told"

    class Folder(FtpFolder):
        def credential_mark(self, salt: str) -> str:
            return f"{self._login().username}-{salt}".rjust(20, "-")


class TakesAMissingFolderForAnEmptyOne(Ftp):
    """A folder that is not there has no files, so that all of them count as taken by the factor."""

    caught_by = "test_a_folder_that_is_not_there_is_said"

    class Folder(FtpFolder):
        def list(self) -> Sequence[RemoteFile]:
            try:
                return super().list()
            except RemoteRefusedError:
                return ()


class ListsFoldersAsFiles(Ftp):
    """A folder counts as a file without bytes."""

    caught_by = "test_only_plain_files_count"

    class Folder(FtpFolder):
        def stat(self, name: str) -> RemoteFile | None:
            try:
                return super().stat(name)
            except RemoteRefusedError:
                return RemoteFile(name=name, size=0)


class CallsALostWriteUnsent(Ftp):
    """A line that broke amid a file is called unreachable, and the file is sent a second time."""

    caught_by = "test_a_line_that_breaks_while_writing_leaves_doubt"

    class Folder(FtpFolder):
        def write_new(self, name: str, content: bytes, told: Told = unheard) -> RemoteFile:
            try:
                return super().write_new(name, content, told)
            except DeliveryInDoubtError as doubt:
                raise UnreachableError(doubt.message, where=doubt.where) from None


class RenamesAgainByItself(Ftp):
    """A renaming without an answer is done again, when another file may have the name."""

    caught_by = "test_a_line_that_breaks_while_renaming_leaves_doubt"

    class Folder(FtpFolder):
        def rename(self, old: str, new: str) -> None:
            try:
                super().rename(old, new)
            except DeliveryInDoubtError:
                if self.stat(new) is None:
                    super().rename(old, new)


class RemovesAgainByItself(Ftp):
    """A removal without an answer is done again, when another file may have the name."""

    caught_by = "test_a_removal_is_not_repeated"

    class Folder(FtpFolder):
        def remove(self, name: str) -> None:
            try:
                super().remove(name)
            except UnreachableError:
                super().remove(name)


class GivesUpAtOnce(Ftp):
    """A line that died while nobody used it ends the next question."""

    caught_by = "test_a_question_is_asked_again_over_a_new_line"

    class Folder(FtpFolder):
        def _ask(self, question: Any) -> Any:
            return self._do(lambda: question(self._live()), 60)


class CallsEveryRefusalTheSame(Ftp):
    """That the disk is full is not told from that writing is forbidden."""

    caught_by = "test_a_refusal_leaves_nothing"

    class Folder(FtpFolder):
        def write_new(self, name: str, content: bytes, told: Told = unheard) -> RemoteFile:
            try:
                return super().write_new(name, content, told)
            except RemoteRefusedError as refused:
                raise RemoteRefusedError(refused.message, where=refused.where) from None


class TakesTheSizeForGranted(Ftp):
    """What the server made of a file is not looked at, and half of it counts as sold."""

    caught_by = "test_what_arrives_is_looked_at"

    class Folder(FtpFolder):
        def _write(self, line: Any, name: str, content: bytes, told: Told) -> RemoteFile:
            line.create(name, content, told)
            return RemoteFile(name=name, size=len(content))


class GoesWhereItIsTold(Ftp):
    """Files go to whatever address the server gives out."""

    caught_by = "test_files_go_to_the_host_of_the_settings"

    class Folder(FtpFolder):
        def _open(self, wire: Any, login: Any) -> Any:
            line = super()._open(wire, login)
            line._client.trust_server_pasv_ipv4_address = True
            return line


class LooksWhereNobodyMay(Ftp):
    """It looks into a folder that lets nobody look, and is thrown out."""

    caught_by = "test_where_nobody_may_look_nothing_is_asked"

    def opened(self, connection: Connection, secrets: SecretSource, **how: Any) -> Any:
        return super().opened(connection, secrets, **{**how, "blind": False})


class TakesAnyNameOfAReport(Ftp):
    """The factor's names are taken as they come, and one leads out of the folder."""

    caught_by = "test_reports_come_from_their_own_folder"

    def reports(self, connection: Connection, secrets: SecretSource, *, root: Path) -> Any:
        folder: Any = super().reports(connection, secrets, root=root)
        folder.legal = str
        return folder


class SaysThatItRemoved(Ftp):
    """Removing says that it was done, and our own files pile up at the factor's."""

    caught_by = "test_a_good_folder_is_left_as_it_was"

    class Folder(FtpFolder):
        def remove(self, name: str) -> None:
            self.legal(name)


class NeedsTheNewestServer(Ftp):
    """A server without the newer questions cannot be used."""

    caught_by = "test_older_servers_do_as_well"

    class Folder(FtpFolder):
        def _open(self, wire: Any, login: Any) -> Any:
            line = super()._open(wire, login)
            line._features = frozenset({"MLST", "MLSD"})
            line._size = lambda name: None  # type: ignore[method-assign]
            return line


class CallsABusyServerARejection(Ftp):
    """A server with too many users counts as one that rejected the password, and nobody tries again."""

    caught_by = "test_a_log_in_that_is_put_off_is_no_refusal"

    class Folder(FtpFolder):
        def _judged(self, error: BaseException, login: Any) -> BaseException:
            if isinstance(error, UnreachableError):
                error = CredentialError(error.message, code="auth_rejected", where=error.where, stage="login")
            return super()._judged(error, login)


class NeverTriesAFullDiskAgain(Ftp):
    """That the disk is full counts as final, and nobody comes back when there is room."""

    caught_by = "test_each_reply_has_its_meaning"

    class Folder(FtpFolder):
        def remove(self, name: str) -> None:
            try:
                super().remove(name)
            except RemoteRefusedError as refused:
                refused.retryable = False
                raise


class ShowsWhatItWasTold(Ftp):
    """The words of a server come through whole, and clear the terminal of whoever reads them."""

    caught_by = "test_what_a_server_says_is_shown_in_one_line"

    class Folder(FtpFolder):
        def remove(self, name: str) -> None:
            try:
                super().remove(name)
            except RemoteRefusedError as refused:
                refused.message = refused.message.replace(" [2J", "\x1b[2J")
                raise


class TakesAFarewellForARefusal(Ftp):
    """A server that closed the line amid a renaming counts as one that refused it."""

    caught_by = "test_a_farewell_is_a_broken_line"

    class Folder(FtpFolder):
        def rename(self, old: str, new: str) -> None:
            try:
                super().rename(old, new)
            except DeliveryInDoubtError as doubt:
                raise RemoteRefusedError(doubt.message, where=doubt.where) from None


class ListsWhatHasNoSize(Ftp):
    """An entry without a size counts as a file without bytes."""

    caught_by = "test_listings_of_other_shapes"

    class Folder(FtpFolder):
        def list(self) -> Sequence[RemoteFile]:
            found = {file.name: file for file in super().list()}
            names = self._ask(lambda line: line._client.fetch("MLSD"))  # type: ignore[attr-defined]
            made = (RemoteFile(name=line.partition(" ")[2], size=0) for line in names)
            return [found.get(file.name, file) for file in made if file.name]


class BelievesTheFirstAnswer(Ftp):
    """A look that tells no size is taken for one that tells of an empty file."""

    caught_by = "test_facts_of_other_shapes"

    class Folder(FtpFolder):
        def _open(self, wire: Any, login: Any) -> Any:
            line = super()._open(wire, login)
            line._sized = lambda name: RemoteFile(name=name, size=0)  # type: ignore[method-assign]
            return line


class SendsAgainWhatArrived(Ftp):
    """A complaint after the last byte counts as a refusal, although the file is there, whole."""

    caught_by = "test_a_complaint_after_the_bytes_is_looked_into"

    class Folder(FtpFolder):
        def _write(self, line: Any, name: str, content: bytes, told: Told) -> RemoteFile:
            try:
                line.create(name, content, told)
            except StoppedError as stopped:
                raise stopped.refusal from None
            return RemoteFile(name=name, size=len(content))


class NeverEnds(Ftp):
    """A thread of the folder goes on after taking leave, and the program never ends."""

    caught_by = "test_nothing_of_it_runs_on"

    class Folder(FtpFolder):
        def _open(self, wire: Any, login: Any) -> Any:
            threading.Timer(20, print).start()
            return super()._open(wire, login)


class Ftps(Bent, FtpsServerContract):
    """The contract over one way to an FTPS server."""

    Folder: ClassVar[type[OnlineFolder]] = FtpsFolder


class TrustsAnyCertificate(Ftps):
    """Whoever answers gets the password."""

    caught_by = "test_an_untrusted_certificate_stops_before_a_name_is_said"

    class Folder(FtpsFolder):
        def _start_tls(self, client: Any) -> None:
            client._context.check_hostname = False
            client._context.verify_mode = ssl.CERT_NONE
            super()._start_tls(client)


class FallsBackToPlainFtp(Ftps):
    """A server that does not encrypt is talked to in clear."""

    caught_by = "test_a_server_without_encryption_is_not_talked_to"

    class Folder(FtpsFolder):
        def _live(self) -> Any:
            try:
                return super()._live()
            except RemoteRefusedError:
                return FtpFolder(self.place, self._login)._live()


class Ssh(Bent, SftpServerContract):
    """The contract over one way to an SFTP server."""

    Folder: ClassVar[type[OnlineFolder]] = SftpFolder


class TrustsTheFirstKey(Ssh):
    """The key that a server shows is taken for the right one."""

    caught_by = "test_another_host_key_stops_before_anything_is_said"

    class Folder(SftpFolder):
        def _live(self) -> Any:
            try:
                return super()._live()
            except ConfigurationError as error:
                self._host_key = error.where["offered"]
                return super()._live()


class FailsWithoutItsLibrary(Ssh):
    """Without its library it fails with an import error that no operator understands."""

    caught_by = "test_a_missing_library_is_named"
    needs: ClassVar[dict[str, str]] = {"paramiko": "sftp"}

    def opened(self, connection: Connection, secrets: SecretSource, **how: Any) -> Any:
        import paramiko

        assert paramiko
        return super().opened(connection, secrets, **how)


class CountsBlocksForBytes(Ssh):
    """The room that there is, is told in blocks, and a roomy disk seems nearly full."""

    caught_by = "test_room_is_told_where_it_is_known"

    class Folder(SftpFolder):
        def free_bytes(self) -> int | None:
            return (super().free_bytes() or 0) // 4096


class TakesEveryFailureForOne(Ssh):
    """The number of a refusal is looked at and its words are not, so that a full disk is not found out."""

    caught_by = "test_each_status_has_its_meaning"

    class Folder(SftpFolder):
        def remove(self, name: str) -> None:
            try:
                super().remove(name)
            except RemoteRefusedError as refused:
                raise RemoteRefusedError(refused.message, where=refused.where) from None


class LeavesItToTheDisk(Ssh):
    """A file is closed and not made durable, and a server that fails at once forgets it."""

    caught_by = "test_what_a_server_can_make_durable_is"

    class Folder(SftpFolder):
        def _open(self, wire: Any, login: Any) -> Any:
            line = super()._open(wire, login)
            line._client.extensions = frozenset()
            return line


class TriesARejectedKeyAgain(Ssh):
    """A key that the server does not know is tried at every use, until the account is locked."""

    caught_by = "test_another_key_is_tried_once"

    class Folder(SftpFolder):
        def _live(self) -> Any:
            self._rejected = None
            return super()._live()
