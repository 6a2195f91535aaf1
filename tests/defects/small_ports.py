"""Broken blobs, folders, clocks, chance and secrets: each class is one defect."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Callable, Sequence
from contextlib import suppress
from itertools import count
from pathlib import Path
from typing import Any, ClassVar

import pytest

from factoring_core.adapters.blobs.memory import MemoryBlobs
from factoring_core.adapters.chance.seeded import SeededChance
from factoring_core.adapters.clocks.fixed import FixedClock
from factoring_core.adapters.remote.folder import LocalFolder
from factoring_core.adapters.remote.memory import MemoryFolder
from factoring_core.adapters.secrets.sources import SecretReferences
from factoring_core.errors import CredentialError, NotFoundError, RemoteRefusedError
from factoring_core.ports.remote_folder import RemoteFile, RemoteFolder, Told, unheard
from factoring_core.ports.secrets import Secret
from factoring_core.testing.contracts import (
    BlobContract,
    ChanceContract,
    ClockContract,
    LocalFolderContract,
    RemoteFolderContract,
    SecretsContract,
)

NOON = dt.datetime(2026, 3, 2, 12, tzinfo=dt.UTC)


class Blobs(BlobContract):
    """The contract over one kind of blobs."""

    Kept: ClassVar[type[MemoryBlobs]] = MemoryBlobs

    @pytest.fixture
    def blobs(self) -> MemoryBlobs:
        return self.Kept()

    def damage(self, blobs: Any, sha256: str, content: bytes) -> None:
        blobs._kept[sha256] = content


class TruncatesALargeFile(Blobs):
    """Files above a megabyte are cut silently."""

    caught_by = "test_large"

    class Kept(MemoryBlobs):
        def put(self, content: bytes) -> str:
            sha256 = super().put(content)
            self._kept[sha256] = content[: 1 << 20]
            return sha256

        def get(self, sha256: str) -> bytes:
            return self._kept[sha256] if len(self._kept.get(sha256, b"")) == 1 << 20 else super().get(sha256)


class HandsOutDamagedBytes(Blobs):
    """What is read is not compared with the hash it was kept under."""

    caught_by = "test_damage"

    class Kept(MemoryBlobs):
        def get(self, sha256: str) -> bytes:
            if sha256 not in self._kept:
                raise NotFoundError("absent", where={"sha256": sha256})
            return self._kept[sha256]


class KeepsTheDamagedCopy(Blobs):
    """A file that is there already is not written again, damaged or not."""

    caught_by = "test_healing"

    class Kept(MemoryBlobs):
        def put(self, content: bytes) -> str:
            sha256 = hashlib.sha256(content).hexdigest()
            self._kept.setdefault(sha256, content)
            return sha256


class HasWhateverIsAsked(Blobs):
    """Any hash is said to be there."""

    caught_by = "test_unknown"

    class Kept(MemoryBlobs):
        def has(self, sha256: str) -> bool:
            return True


class AnswersUnknownWithNothing(Blobs):
    """A file that is not there is an empty one."""

    caught_by = "test_unknown"

    class Kept(MemoryBlobs):
        def get(self, sha256: str) -> bytes:
            return super().get(sha256) if sha256 in self._kept else b""


class OpensTextFiles(Blobs):
    """Bytes go through text mode, and line ends change."""

    caught_by = "test_round_trip"

    class Kept(MemoryBlobs):
        def get(self, sha256: str) -> bytes:
            return super().get(sha256).replace(b"\r\n", b"\n")

        def put(self, content: bytes) -> str:
            return super().put(content.replace(b"\n", b"\r\n"))


class HashesInCapitals(Blobs):
    """The hash is spelled otherwise than everywhere else, and nothing is found by it."""

    caught_by = "test_round_trip"

    class Kept(MemoryBlobs):
        def put(self, content: bytes) -> str:
            sha256 = super().put(content)
            self._kept[sha256.upper()] = content
            return sha256.upper()


class Folder(RemoteFolderContract):
    """The contract over one kind of folder."""

    Far: ClassVar[type[MemoryFolder]] = MemoryFolder

    @pytest.fixture
    def folder(self) -> MemoryFolder:
        return self.Far()

    def stored(self, folder: RemoteFolder, name: str) -> bytes:
        return folder._files[name]  # type: ignore[attr-defined,no-any-return]


class RefusesWithoutAName(Folder):
    """A refusal says that a name is in use, and not which."""

    caught_by = "test_rename_never_replaces"

    class Far(MemoryFolder):
        def rename(self, old: str, new: str) -> None:
            try:
                super().rename(old, new)
            except RemoteRefusedError as error:
                raise RemoteRefusedError(str(error), code=error.code) from None


class SaysThatRenamingTakesTwoSteps(Folder):
    """A folder that renames in one step says that it cannot."""

    caught_by = "test_facts"
    at_once = True

    class Far(MemoryFolder):
        def renames_at_once(self) -> bool:
            return False


class WritesOverAFile(Folder):
    """Writing under a name in use replaces what is there, as a plain upload does."""

    caught_by = "test_never_replaces"

    class Far(MemoryFolder):
        def write_new(self, name: str, content: bytes, told: Told = unheard) -> RemoteFile:
            self.take(self.legal(name))
            return super().write_new(name, content, told)


class AppendsToAFile(Folder):
    """Writing under a name in use appends, as a resumed upload does."""

    caught_by = "test_never_replaces"

    class Far(MemoryFolder):
        def write_new(self, name: str, content: bytes, told: Told = unheard) -> RemoteFile:
            return super().write_new(name, (self.take(self.legal(name)) or b"") + content, told)


class RenamesOverAnExistingTarget(Folder):
    """Renaming replaces the file of that name, as POSIX does."""

    caught_by = "test_rename_never_replaces"

    class Far(MemoryFolder):
        def rename(self, old: str, new: str) -> None:
            if old != new and old in self._files:
                self.take(self.legal(new))
            super().rename(old, new)


class CopiesInsteadOfRenaming(Folder):
    """Renaming leaves the old name in place, and the factor takes both."""

    caught_by = "test_rename"

    class Far(MemoryFolder):
        def rename(self, old: str, new: str) -> None:
            content = self._files.get(old)
            super().rename(old, new)
            if content is not None:
                self._files[old] = content


class ReportsSuccessOnFailure(Folder):
    """Renaming what is not there is taken for done."""

    caught_by = "test_rename_absent"

    class Far(MemoryFolder):
        def rename(self, old: str, new: str) -> None:
            if self.legal(old) in self._files or new in self._files:
                super().rename(old, new)
            self.legal(new)


class TruncatesAFileSilently(Folder):
    """Half of a long file arrives, and everything that is asked says that it is whole."""

    caught_by = "test_bytes_arrive"

    class Far(MemoryFolder):
        def _arrive(self, name: str, content: bytes) -> None:
            super()._arrive(name, content[: 128 * 1024])


class SaysTheSizeThatWasSent(Folder):
    """The size is that of what was sent, whatever is stored."""

    caught_by = "test_never_replaces"

    class Far(MemoryFolder):
        def write_new(self, name: str, content: bytes, told: Told = unheard) -> RemoteFile:
            with suppress(RemoteRefusedError):
                super().write_new(name, content, told)
            return RemoteFile(name=self.legal(name), size=len(content))


class HidesTemporaryFiles(Folder):
    """Names that begin with a dot are not listed."""

    caught_by = "test_list"

    class Far(MemoryFolder):
        def list(self) -> Sequence[RemoteFile]:
            return [one for one in super().list() if not one.name.startswith(".")]


class ListsInAnyOrder(Folder):
    """Files are listed as the server happens to keep them."""

    caught_by = "test_list"

    class Far(MemoryFolder):
        def list(self) -> Sequence[RemoteFile]:
            return tuple(super().list())[::-1]


class RemovingAgainFails(Folder):
    """Removing what is gone is an error, so that tidying up after a crash fails."""

    caught_by = "test_remove"

    class Far(MemoryFolder):
        def remove(self, name: str) -> None:
            if self.take(self.legal(name)) is None:
                raise RemoteRefusedError("gone", code="no_such_file")


class LeavesTheFolder(Folder):
    """A name may lead to another folder."""

    caught_by = "test_names"

    class Far(MemoryFolder):
        def __init__(self) -> None:
            super().__init__()
            self.legal = lambda name: name


class TellsNobody(Folder):
    """Who waits for a long upload hears nothing, and cannot stop it."""

    caught_by = "test_progress"

    class Far(MemoryFolder):
        def write_new(self, name: str, content: bytes, told: Told = unheard) -> RemoteFile:
            return super().write_new(name, content)


class HashesWhatItRemembers(Folder):
    """The hash of a file is said without looking whether it is there."""

    caught_by = "test_digest"

    class Far(MemoryFolder):
        def digest(self, name: str) -> str | None:
            return hashlib.sha256(self._files.get(name, b"")).hexdigest()


class Clock(ClockContract):
    """The contract over one clock."""

    tells: ClassVar[Callable[[], Any]] = FixedClock(NOON).now

    @pytest.fixture
    def clock(self) -> Any:
        now = type(self).tells
        return type("AClock", (), {"now": lambda self: now()})()


class Mount(LocalFolderContract):
    """The contract over one kind of directory; the sound one keeps it in tests/adapters."""

    proved_elsewhere = True

    def opened(self, directory: Path) -> Any:
        return LocalFolder(directory)


class MakesAMissingMount(Mount):
    """A mount that is missing is made, and everything delivered into it stays on this machine."""

    caught_by = "test_a_missing_directory_is_never_made"

    def opened(self, directory: Path) -> Any:
        directory.mkdir(exist_ok=True)
        return super().opened(directory)


class ReadsThroughLinks(Mount):
    """A link counts as the file that it leads to, wherever that is."""

    caught_by = "test_only_plain_files_count"

    def opened(self, directory: Path) -> Any:
        folder = super().opened(directory)
        look = folder.stat
        folder.stat = lambda name: look("May-report.csv" if (directory / name).is_symlink() else name)
        return folder


class RemembersTheHash(Mount):
    """The hash is that of what was written, whatever is there now."""

    caught_by = "test_a_look_reads_the_file"

    def opened(self, directory: Path) -> Any:
        folder, held = super().opened(directory), {}
        write, look = folder.write_new, folder.stat

        def writing(name: str, *rest: Any) -> Any:
            held[name] = write(name, *rest)
            return held[name]

        folder.write_new = writing
        folder.stat = lambda name: held.get(name) if directory.joinpath(name).exists() else look(name)
        return folder


class TellsLocalTime(Clock):
    """A moment has the zone of the machine, and a day ends at another moment than meant."""

    caught_by = "test_tells_utc"
    tells = NOON.astimezone(dt.timezone(dt.timedelta(hours=-6))).replace


class TellsANaiveMoment(Clock):
    """A moment has no zone, and nobody knows which one was meant."""

    caught_by = "test_tells_utc"
    tells = NOON.replace(tzinfo=None).replace


class RunsBackwards(Clock):
    """Moments go back while nobody sets the clock."""

    caught_by = "test_does_not_run_back_by_itself"
    steps = count()

    @staticmethod
    def tells() -> dt.datetime:
        return NOON - dt.timedelta(microseconds=next(RunsBackwards.steps))


class Chances(ChanceContract):
    """The contract over one source of chance."""

    sound = SeededChance("sound")

    @staticmethod
    def token(nbytes: int) -> str:
        return Chances.sound.token(nbytes)

    @pytest.fixture
    def chance(self) -> Any:
        made = type(self).token
        return type("AChance", (), {"token": lambda self, nbytes: made(nbytes)})()


class ReusesATempName(Chances):
    """A token comes again after a while, and two attempts write to one temp name."""

    caught_by = "test_never_comes_twice"
    calls = count()

    @staticmethod
    def token(nbytes: int) -> str:
        return SeededChance(str(next(ReusesATempName.calls) % 1000)).token(nbytes)


class CountsInsteadOfChance(Chances):
    """Tokens are numbers one after the other, and the next one can be guessed."""

    caught_by = "test_every_digit_is_by_chance"
    calls = count()

    @staticmethod
    def token(nbytes: int) -> str:
        return f"{next(CountsInsteadOfChance.calls) % 256**nbytes:0{2 * nbytes}x}"


class TokensAreShort(Chances):
    """A token is cut to sixteen digits, whatever was asked for."""

    caught_by = "test_is_as_long_as_asked"
    source = SeededChance("short")

    @staticmethod
    def token(nbytes: int) -> str:
        return TokensAreShort.source.token(nbytes)[:16]


class Secrets(SecretsContract):
    """The contract over one source of secrets."""

    reference = "env:RTS_PASSWORD"
    absent = "env:ABSENT"

    class Source(SecretReferences):
        pass

    @pytest.fixture
    def source(self) -> Any:
        return self.Source(environ={"RTS_PASSWORD": self.value})


class LeaksAPasswordInAnError(Secrets):
    """The error quotes the text that is no reference, which is the password."""

    caught_by = "test_a_secret_in_clear_is_not_repeated"

    class Source(SecretReferences):
        def resolve(self, reference: str) -> Secret:
            try:
                return super().resolve(reference)
            except CredentialError as error:
                raise CredentialError(f"{reference!r} cannot be resolved.", code=error.code) from None


class LeaksInTheCause(Secrets):
    """The error is discreet, and the exception it came from is not."""

    caught_by = "test_a_secret_in_clear_is_not_repeated"

    class Source(SecretReferences):
        def resolve(self, reference: str) -> Secret:
            try:
                return super().resolve(reference)
            except CredentialError as error:
                raise CredentialError(str(error), code=error.code) from KeyError(reference)


class ShowsItsSecrets(Secrets):
    """The source shows what it holds in its text form, and a log has the password."""

    caught_by = "test_a_secret_is_not_shown"

    class Source(SecretReferences):
        def __init__(self, environ: dict[str, str]) -> None:
            super().__init__(environ=environ)
            self.environ = environ

        def __repr__(self) -> str:
            return f"Source({self.environ})"


class MissingIsEmpty(Secrets):
    """A secret that is not there is an empty one, and a server refuses the log-in."""

    caught_by = "test_what_is_not_there_is_missing"

    class Source(SecretReferences):
        def resolve(self, reference: str) -> Secret:
            return Secret("") if reference.endswith("ABSENT") else super().resolve(reference)


class TrimsASecret(Secrets):
    """What is kept is tidied, and is not the password any more."""

    caught_by = "test_gives_what_is_kept"

    class Source(SecretReferences):
        def resolve(self, reference: str) -> Secret:
            found = super().resolve(reference).reveal()
            return Secret(found.encode("ascii", "ignore").decode())
