"""paramiko's SFTP client, with every answer heard and every refusal by its number.

paramiko 5 forgets which extensions a server has, throws away the answers to pipelined writes,
and hides the errors of closing a file.  Whoever has to know whether a file arrived needs all
three, so its requests are used here and its file objects are not.
"""

import stat
import struct
from collections.abc import Sequence
from typing import Any, cast

from attrs import frozen
from paramiko import sftp
from paramiko.message import Message
from paramiko.sftp_attr import SFTPAttributes
from paramiko.sftp_client import SFTPClient

from factoring_core.ports.remote_folder import Told

NO_SUCH_FILE, PERMISSION_DENIED, FAILURE, UNSUPPORTED = 2, 3, 4, 8
_EOF = 1
_CHUNK = 32 * 1024
_AHEAD = 64
_READ_AHEAD = 16

POSIX_RENAME = "posix-rename@openssh.com"
FSYNC = "fsync@openssh.com"
STATVFS = "statvfs@openssh.com"


class StatusError(Exception):
    """The server answered no, with a number of the protocol and words of its own."""

    def __init__(self, code: int, text: str) -> None:
        super().__init__(code, text)
        self.code = code
        self.text = text


@frozen
class Entry:
    """What a server says of one name; absent facts count as those of a plain file."""

    size: int
    is_file: bool


class _Answers:
    """Hears the answers to requests that were sent ahead, in whatever order they come."""

    def __init__(self, client: "Client") -> None:
        self._client = client
        self._open: set[int] = set()
        self.given: dict[int, Any] = {}
        self.refusal: StatusError | None = None

    def ask(self, kind: int, *arguments: object) -> int:
        number: int = cast(Any, self._client)._async_request(self, kind, *arguments)
        self._open.add(number)
        return number

    def hear(self, *, ahead: int = 0) -> None:
        """Wait until no more than *ahead* answers are missing."""
        while len(self._open) > ahead:
            cast(Any, self._client)._read_response()

    def _async_response(self, kind: int, message: Message, number: int) -> None:
        self._open.discard(number)
        if kind == sftp.CMD_STATUS:
            try:
                self._client._convert_status(message)
            except StatusError as refusal:
                self.refusal = self.refusal or refusal
                self.given[number] = refusal
        else:
            self.given[number] = message

    def _check_exception(self) -> None:
        """Part of what paramiko asks of a receiver of answers."""


class Client(SFTPClient):
    """An SFTP session whose methods raise `StatusError` when the server says no."""

    extensions: frozenset[str]

    def _send_version(self) -> int:
        raw = cast(Any, self)
        hello = Message()
        hello.add_int(3)
        raw._send_packet(sftp.CMD_INIT, hello)
        kind, data = raw._read_packet()
        if kind != sftp.CMD_VERSION:
            raise sftp.SFTPError("Incompatible sftp protocol")
        message = Message(data[4:])
        found = set()
        while message.get_remainder():
            found.add(message.get_string().decode(errors="replace"))
            message.get_string()
        self.extensions = frozenset(found)
        return cast(int, struct.unpack(">I", data[:4])[0])

    def _convert_status(self, message: Message) -> None:
        code = message.get_int()
        text = message.get_string().decode(errors="replace")
        if code == _EOF:
            raise EOFError(text)
        if code:
            raise StatusError(code, text)

    def find(self, path: str, folder: str) -> Entry | None:
        """Look at one name; None only while the folder itself can be seen."""
        return self.find_all([path], folder)[0]

    def find_all(self, paths: Sequence[str], folder: str) -> list[Entry | None]:
        """Look at names; None only while the folder itself can be seen, asked after all of them.

        All questions travel together: without the last, files of a folder that is gone would
        count as taken by the factor.
        """
        answers = _Answers(self)
        files = []
        for path in paths:
            files.append(answers.ask(sftp.CMD_LSTAT, path))
            answers.hear(ahead=_AHEAD)
        above = answers.ask(sftp.CMD_STAT, folder)
        answers.hear()
        return [self._entry_of(answers.given[file], answers.given[above]) for file in files]

    def _entry_of(self, found: Any, above: Any) -> Entry | None:
        if not isinstance(found, StatusError):
            return _entry(SFTPAttributes._from_msg(found))  # type: ignore[attr-defined]
        if found.code != NO_SUCH_FILE:
            raise found
        if isinstance(above, StatusError):
            raise FolderGoneError
        return None

    def is_folder(self, path: str) -> bool:
        """Say whether a path is a folder; False when it is not there."""
        try:
            mode = self.stat(path).st_mode
        except StatusError as refusal:
            if refusal.code != NO_SUCH_FILE:
                raise
            return False
        return mode is None or stat.S_ISDIR(mode)

    def entries(self, path: str) -> list[tuple[str, Entry]]:
        """Return everything in a folder, by name."""
        return [(each.filename, _entry(each)) for each in self.listdir_attr(path)]

    def create(self, path: str) -> bytes:
        """Open a new file for writing and return its handle; fail when the name is in use."""
        flags = sftp.SFTP_FLAG_WRITE | sftp.SFTP_FLAG_CREATE | sftp.SFTP_FLAG_EXCL
        kind, message = self._ask(sftp.CMD_OPEN, path, flags, SFTPAttributes())
        if kind != sftp.CMD_HANDLE:
            raise sftp.SFTPError("Expected handle")
        return cast(bytes, message.get_string())

    def fill(self, handle: bytes, content: bytes, told: Told) -> None:
        """Write, sync and close; the first refusal of any of it is raised at the end."""
        answers = _Answers(self)
        for offset in range(0, len(content), _CHUNK):
            chunk = content[offset : offset + _CHUNK]
            answers.ask(sftp.CMD_WRITE, handle, sftp.int64(offset), chunk)
            answers.hear(ahead=_AHEAD)
            if answers.refusal is not None:
                break
            told(offset + len(chunk))
        if FSYNC in self.extensions and answers.refusal is None:
            answers.ask(sftp.CMD_EXTENDED, FSYNC, handle)
        answers.ask(sftp.CMD_CLOSE, handle)
        answers.hear()
        if answers.refusal is not None:
            raise answers.refusal

    def fetch(self, path: str) -> bytes:
        """Return the bytes of a file; few requests ahead, because many make some servers hang."""
        with self.open(path, "rb") as file:
            size = file.stat().st_size or 0
            file.prefetch(size, max_concurrent_requests=_READ_AHEAD)
            return file.read()

    def free(self, path: str) -> int | None:
        """Return the bytes that may still be written, where the server can say it."""
        if STATVFS not in self.extensions:
            return None
        kind, message = self._ask(sftp.CMD_EXTENDED, STATVFS, path)
        if kind != sftp.CMD_EXTENDED_REPLY:
            return None
        facts = [message.get_int64() for _ in range(5)]
        return cast(int, facts[1] * facts[4])  # fragment size × blocks available

    def _ask(self, kind: int, *arguments: object) -> tuple[int, Any]:
        return cast("tuple[int, Any]", cast(Any, self)._request(kind, *arguments))


class FolderGoneError(Exception):
    """The folder itself cannot be seen (any more)."""


def _entry(facts: SFTPAttributes) -> Entry:
    mode = facts.st_mode
    return Entry(size=facts.st_size or 0, is_file=mode is None or stat.S_ISREG(mode))
