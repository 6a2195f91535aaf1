"""What an FTP session does once it is logged in and in its folder."""

import ftplib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from time import monotonic

from factoring_core.adapters.remote.ftp_client import CarefulClient, DataChannelError
from factoring_core.adapters.remote.line import LostError, Place, StoppedError, quoted
from factoring_core.adapters.remote.names import checked
from factoring_core.adapters.remote.words import folder_missing, ftp_refusal, no_such_file, not_a_file
from factoring_core.errors import RemoteRefusedError
from factoring_core.ports.remote_folder import LISTING_UNTRUSTED, RemoteFile, Told

IDLE = 15.0
"""Seconds after which a line is asked whether it still stands."""

_UNKNOWN = ("500", "501", "502", "504")


class FtpLine:
    """One FTP session, in its folder, in binary."""

    creates_exclusively = False
    moves_at_once = True
    """As measured: servers hand it on to the system's own renaming, which is one step."""

    def __init__(self, place: Place, client: CarefulClient, base: str, features: frozenset[str]) -> None:
        self._place = place
        self._client = client
        self._base = base
        self._features = features
        self._used = monotonic()

    def alive(self) -> bool:
        """Ask, if nothing was said for a while."""
        if monotonic() - self._used > IDLE:
            try:
                self._client.voidcmd("NOOP")
            except (ftplib.Error, OSError, EOFError):
                return False
        self._used = monotonic()
        return True

    def find(self, name: str) -> RemoteFile | None:
        """Look at one name: by MLST where offered, else by SIZE, which a listing has to confirm."""
        with hearing(self._place, name):
            if "MLST" in self._features or "MLST*" in self._features:
                facts = self._facts(name)
                if facts is not None and facts.get("type", "file") != "file":
                    raise not_a_file(name)
                if facts is None:
                    return None
                if facts.get("size", "").isdecimal():
                    return RemoteFile(name=name, size=int(facts["size"]))
            return self._sized(name)

    def find_all(self, names: Sequence[str]) -> Mapping[str, RemoteFile | None]:
        """Look at names, one after the other."""
        return {name: self.find(name) for name in names}

    def files(self) -> Sequence[RemoteFile]:
        """List the plain files, by MLSD where offered."""
        with hearing(self._place, None):
            if "MLSD" in self._features or "MLST" in self._features:
                with suppress(_UnknownCommandError):
                    return self._listed()
            found = []
            for name in self._names():
                try:
                    size = self._size(checked(name))
                except RemoteRefusedError:
                    continue  # a name that is none of ours cannot be asked for
                if size is not None:
                    found.append(RemoteFile(name=name, size=size))
            return found

    def create(self, name: str, content: bytes, told: Told) -> None:
        """Store a file; that the name is free has been looked at, for STOR replaces."""
        try:
            with hearing(self._place, name):
                self._client.send(f"STOR {name}", content, told)
        except RemoteRefusedError as refused:
            if not self._client.began:
                raise
            raise StoppedError(refused, size_decides=True) from None

    def read(self, name: str) -> bytes:
        """Read a file; that it is not there has no number of its own, so that a look tells."""
        try:
            with hearing(self._place, name):
                return self._client.fetch_bytes(f"RETR {name}")
        except RemoteRefusedError:
            if self.find(name) is not None:
                raise
            raise no_such_file(self._place, name) from None

    def move(self, old: str, new: str) -> None:
        """Rename; that the new name is free has been looked at, for RNTO replaces."""
        with hearing(self._place, old):
            reply = self._client.sendcmd(f"RNFR {old}")
            if reply[:1] != "3":
                raise ftplib.error_reply(reply)
            self._client.voidcmd(f"RNTO {new}")

    def remove(self, name: str) -> None:
        """Remove a file; a refusal counts only while it is there."""
        try:
            with hearing(self._place, name):
                self._client.voidcmd(f"DELE {name}")
        except RemoteRefusedError:
            if self.find(name) is not None:
                raise

    def free(self) -> int | None:
        """Ask for room, where the server can say it."""
        if "AVBL" not in self._features:
            return None
        with hearing(self._place, None):
            size = self._client.sendcmd("AVBL")[4:].strip()
        return int(size) if size.isdecimal() else None

    def close(self) -> None:
        """Say good-bye."""
        self._client.leave()

    def _facts(self, name: str) -> dict[str, str] | None:
        try:
            reply = self._client.sendcmd(f"MLST {name}")
        except ftplib.error_perm as refused:
            if str(refused)[:3] in _UNKNOWN:
                self._features -= {"MLST", "MLST*"}
                return {}
            self._see_folder()
            return None
        return next((_parsed(line)[1] for line in reply.split("\n")[1:-1] if ";" in line), {})

    def _sized(self, name: str) -> RemoteFile | None:
        size = self._size(name)
        if size is not None:
            return RemoteFile(name=name, size=size)
        if name in self._names():
            raise RemoteRefusedError(
                f"{self._place.host} lists the file and does not say its size.",
                code=LISTING_UNTRUSTED,
                where={**self._place.where, "file": name},
            )
        return None

    def _size(self, name: str) -> int | None:
        try:
            size = self._client.sendcmd(f"SIZE {name}")[4:].strip()
        except ftplib.error_perm as refused:
            if str(refused)[:3] in _UNKNOWN:
                raise
            return None
        return int(size) if size.isdecimal() else None

    def _names(self) -> list[str]:
        self._see_folder()
        try:
            return [line.rpartition("/")[2] for line in self._client.fetch("NLST")]
        except (ftplib.error_perm, ftplib.error_temp) as empty:
            if str(empty)[:3] in ("550", "450"):  # so do some say that there is nothing
                return []
            raise

    def _listed(self) -> list[RemoteFile]:
        try:
            lines = self._client.fetch("MLSD")
        except ftplib.error_perm as refused:
            if str(refused)[:3] in _UNKNOWN:
                raise _UnknownCommandError from None
            raise
        entries = [_parsed(line) for line in lines]
        return [
            RemoteFile(name=name, size=int(facts["size"]))
            for name, facts in entries
            if facts.get("type") == "file" and facts.get("size", "").isdecimal()
        ]

    def _see_folder(self) -> None:
        """Tell "not in the folder" from "the folder is not there"."""
        if self._base != ".":
            try:
                self._client.voidcmd(f"CWD {self._base}")
            except ftplib.error_perm:
                raise folder_missing(self._place) from None


class _UnknownCommandError(Exception):
    """The server does not know a command after all."""


def _parsed(line: str) -> tuple[str, dict[str, str]]:
    """Read one line of MLST or MLSD: facts, a space, the name."""
    facts, _, name = line.strip().partition(" ")
    pairs = (fact.partition("=") for fact in facts.split(";") if "=" in fact)
    return name, {key.lower(): value.lower() for key, _, value in pairs}


@contextmanager
def hearing(place: Place, name: str | None) -> Iterator[None]:
    """Turn what ftplib raises into a refusal or a broken line."""
    try:
        yield
    except (ftplib.error_perm, ftplib.error_temp, ftplib.error_reply) as reply:
        said = str(reply)
        failure: Exception = (
            LostError("the server closes") if said[:3] == "421" else ftp_refusal(place, name, said)
        )
    except DataChannelError as error:
        failure = ftp_refusal(place, name, f"425 no connection for the transfer ({error})")
    except (ftplib.Error, OSError, EOFError) as error:
        failure = LostError(quoted(str(error)) or type(error).__name__)
    else:
        return
    raise failure
