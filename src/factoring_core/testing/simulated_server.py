"""A factor's server without a network: the ways of real servers, and every trouble a line can have.

Each request is one call that can be refused, lost, answered late or never.  Names point to
contents as on a real file system: who writes goes on writing into a file that was renamed.
"""

from collections.abc import Callable, Sequence
from contextlib import suppress
from enum import Enum
from typing import TypeVar

from attrs import define, field, frozen

T = TypeVar("T")


class Renaming(Enum):
    """What a server does when a file is to get another name."""

    REPLACES = "replaces"
    """In one step, in place of what has the name: ``posix-rename@openssh.com``, ``RNTO``."""
    LINKS = "links"
    """Two steps, refusing a name in use: OpenSSH's plain rename links, then removes."""
    REFUSED = "refused"


@frozen(kw_only=True)
class Manners:
    """The ways of one kind of server.

    ``opening``: what is asked before a folder can be used, in order.  ``creates_exclusively``:
    writing refuses a name in use by itself.  ``size_decides``: a refusal at the end of writing
    may be wrong.  ``readable``: it can be asked what is there.
    """

    opening: tuple[str, ...]
    creates_exclusively: bool
    size_decides: bool
    renaming: Renaming = Renaming.REPLACES
    readable: bool = True


_SSH = ("resolve", "connect", "banner", "identity", "login", "folder")

SFTP = Manners(opening=_SSH, creates_exclusively=True, size_decides=False)
SFTP_PLAIN = Manners(opening=_SSH, creates_exclusively=True, size_decides=False, renaming=Renaming.LINKS)
FTPS = Manners(opening=_SSH, creates_exclusively=False, size_decides=True)
FTP = Manners(
    opening=("resolve", "connect", "banner", "login", "folder"), creates_exclusively=False, size_decides=True
)


class Fate(Enum):
    """What becomes of one request."""

    SERVED = "served"
    REFUSED = "refused"
    """An answer that says no; nothing was done."""
    BROKEN = "broken"
    """The line breaks with nothing done."""
    UNANSWERED = "unanswered"
    """All done, and the line breaks before the answer."""
    SILENT = "silent"
    """No answer until patience ends; nothing was done."""
    LATE = "late"
    """As silent, but the request still lies in some buffer: `SimulatedServer.serve_late`."""


@frozen(kw_only=True)
class Request:
    """One request of one client: opening steps, ``find, list, read, open, write, close``,
    ``rename_from, rename, remove``."""

    client: str
    verb: str
    name: str = ""


class BrokenLineError(Exception):
    """The client hears nothing more of this server over this line."""


class RefusedError(Exception):
    """The server says no: *why* is ``no_such_file``, ``name_taken``, ``unsupported`` or ``failure``."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


@define
class Content:
    """The bytes of one file, whatever its name is by now; ``opened_as``: under which it is written."""

    parts: bytearray = field(factory=bytearray)
    opened_as: str = ""


def _served(request: Request) -> Fate:
    return Fate.SERVED


def _ignore(*_: object) -> None:
    return None


@define(kw_only=True)
class SimulatedServer:
    """One folder, and any number of clients.

    ``fate`` decides about each request before it is served and may raise instead, as when its
    client is killed; ``done`` is told when it has been served and may raise as well.  ``between``
    is told in the middle of a rename of two steps.
    ``on_arrival`` is called with name and content when a name appears and when a file that was
    written in place is whole; it may `take` files away.  ``wait`` is told how many seconds a
    client waits in vain.  ``accepts``: whether a credential is good.
    """

    manners: Manners = SFTP
    fate: Callable[[Request], Fate] = _served
    done: Callable[[Request], None] = _ignore
    between: Callable[[Request], None] = _ignore
    on_arrival: Callable[[str, bytes], None] = _ignore
    wait: Callable[[float], None] = _ignore
    accepts: Callable[[str], bool] = lambda client: True
    host_key: str = "SHA256:simulated"
    logins: list[str] = field(factory=list)
    """Who tried to log in, in order, whatever came of it."""
    _names: dict[str, Content] = field(factory=dict)
    _late: list[Callable[[], object]] = field(factory=list)

    @property
    def files(self) -> dict[str, bytes]:
        """What is in the folder now."""
        return {name: bytes(content.parts) for name, content in sorted(self._names.items())}

    def place(self, name: str, content: bytes) -> None:
        """Put a file there from the factor's side; no arrival."""
        self._names[name] = Content(bytearray(content))

    def take(self, name: str) -> bytes | None:
        """Take a file away from the factor's side and return its bytes, or None."""
        content = self._names.pop(name, None)
        return None if content is None else bytes(content.parts)

    def request(self, asked: Request, effect: Callable[[], T], *, patience: float) -> T:
        """Let a request meet its fate.

        Raises:
            RefusedError: the server says no.
            BrokenLineError: no answer comes; the effect may have happened or may yet happen.
        """
        fate = self.fate(asked)
        if fate is Fate.REFUSED:
            raise RefusedError("failure")
        if fate in (Fate.SILENT, Fate.LATE):
            if fate is Fate.LATE:
                self._late.append(effect)
            self.wait(patience)
        elif fate is not Fate.BROKEN:
            try:
                result = effect()
            finally:
                self.done(asked)
            if fate is Fate.SERVED:
                return result
        raise BrokenLineError(fate.value)

    def late(self) -> int:
        """Return how many requests still lie in some buffer."""
        return len(self._late)

    def serve_late(self, at: int = 0) -> None:
        """Serve a request whose client has given it up; nobody hears the answer."""
        with suppress(RefusedError):
            self._late.pop(at)()

    def forget_late(self) -> None:
        """Let the network drop what it held back."""
        self._late.clear()

    # What requests do, without asking for their fate.

    def look(self, name: str) -> int | None:
        """Return the size of a file, or None."""
        if not self.manners.readable:
            raise RefusedError("unsupported")
        content = self._names.get(name)
        return None if content is None else len(content.parts)

    def read(self, name: str) -> bytes:
        """Return the bytes of a file."""
        if not self.manners.readable:
            raise RefusedError("unsupported")
        self.must_have(name)
        return bytes(self._names[name].parts)

    def listing(self) -> Sequence[tuple[str, int]]:
        """Return names and sizes, in the order of the directory."""
        if not self.manners.readable:
            raise RefusedError("unsupported")
        return [(name, len(content.parts)) for name, content in self._names.items()]

    def open(self, name: str) -> Content:
        """Make a file, or empty the one that is there where the server replaces."""
        content = self._names.get(name)
        if content is None:
            content = self._names[name] = Content(opened_as=name)
            self.on_arrival(name, b"")
        elif self.manners.creates_exclusively:
            raise RefusedError("name_taken")
        else:
            content.parts.clear()
        return content

    def close(self, content: Content) -> None:
        """Be told that a file is whole; one that was renamed meanwhile has arrived by that."""
        if self._names.get(content.opened_as) is content:
            self.on_arrival(content.opened_as, bytes(content.parts))

    def must_have(self, name: str) -> None:
        """Refuse when there is no such file."""
        if name not in self._names:
            raise RefusedError("no_such_file")

    def replace(self, old: str, new: str) -> None:
        """Rename in one step, in place of what has the name."""
        self.must_have(old)
        self._names[new] = self._names.pop(old)
        self.on_arrival(new, bytes(self._names[new].parts))

    def link_and_unlink(self, old: str, new: str, asked: Request) -> None:
        """Rename in two steps: both names show the file between them, even where the second fails."""
        self.must_have(old)
        if new in self._names:
            raise RefusedError("name_taken")
        self._names[new] = self._names[old]
        self.on_arrival(new, bytes(self._names[new].parts))
        try:
            self.between(asked)
        finally:  # whatever becomes of the client meanwhile
            if self._names.pop(old, None) is None:
                self._names.pop(new, None)
                raise RefusedError("failure")

    def remove(self, name: str) -> None:
        """Remove a file."""
        self.must_have(name)
        del self._names[name]
