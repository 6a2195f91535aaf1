"""A remote folder over a line that is opened when it is first needed, and used again."""

import hashlib
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import TypeVar

from factoring_core.adapters.remote.line import (
    AUTH_REJECTED,
    Line,
    Login,
    LostError,
    Patience,
    Place,
    StoppedError,
    login_refused,
)
from factoring_core.adapters.remote.names import checked
from factoring_core.adapters.remote.wire import Watchdog, Wire, connected
from factoring_core.errors import (
    CredentialError,
    DeliveryInDoubtError,
    FactoringError,
    RemoteRefusedError,
    UnreachableError,
)
from factoring_core.ports.remote_folder import REMOVAL_UNCLEAR, RemoteFile, Told, unheard

AUTH_UNANSWERED = "auth_unanswered"

T = TypeVar("T")


class OnlineFolder(ABC):
    """Keeps the promises of a remote folder; a subclass says how a line is opened.

    A credential that was rejected is not tried a second time, nor one that got no answer a
    third: accounts are locked for less.  A line found dead is opened again for questions, which
    change nothing; what changes something is never repeated.  No error carries a cause, because
    the frames of one may hold a secret.
    """

    blind = False
    """Whether the server lets nobody look: then what it answers has to do, and nothing is asked."""
    legal = staticmethod(checked)
    """Which names may be used; `foreign` where they are the factor's own."""

    def __init__(self, place: Place, login: Callable[[], Login], *, patience: Patience | None = None) -> None:
        self.place = place
        self.patience = patience or Patience()
        self._login = login
        self._line: Line | None = None
        self._wire: Wire | None = None
        self._watchdog = Watchdog()
        self._rejected: Login | None = None
        self._unanswered: Login | None = None
        self._lock = threading.RLock()

    def __repr__(self) -> str:
        return f"<{type(self).__name__} of {self.place.connection}>"

    @abstractmethod
    def _open(self, wire: Wire, login: Login) -> Line:
        """Open a line over a connected socket: prove the server, log in, see the folder.

        Raises:
            FactoringError: what kept it; `LostError` is taken for a line that broke meanwhile.
        """

    def stat(self, name: str) -> RemoteFile | None:
        """Return size of what is stored under *name*, or None; the folder is seen to be there."""
        self.legal(name)
        return self._ask(lambda line: line.find(name))

    def stat_many(self, names: Sequence[str]) -> Mapping[str, RemoteFile | None]:
        """Return what `stat` would of each name, without waiting for one before asking for the next."""
        for name in names:
            self.legal(name)
        return self._ask(lambda line: line.find_all(names))

    def list(self) -> Sequence[RemoteFile]:
        """Return every plain file, by name."""
        return tuple(sorted(self._ask(lambda line: line.files()), key=lambda file: file.name))

    def write_new(self, name: str, content: bytes, told: Told = unheard) -> RemoteFile:
        """Store *content* under a name not in use, and see by name that it is there, whole."""
        self.legal(name)

        def write(line: Line) -> RemoteFile:
            if self.blind:
                return self._write_unseen(line, name, content, self._minding(told))
            if not line.creates_exclusively and line.find(name) is not None:
                raise _taken(name)
            return self._write(line, name, content, self._minding(told))

        return self._act(name, write, self.patience.sending(len(content)))

    def rename(self, old: str, new: str) -> None:
        """Give a stored file its final name; refuse when *new* is seen to exist."""
        self.legal(old)
        self.legal(new)
        if self.blind:
            self._act(new, lambda line: line.move(old, new), self.patience.verb)
            return
        if self.stat(new) is not None:
            raise _taken(new)
        self._act(new, lambda line: self._move(line, old, new), self.patience.verb)

    def remove(self, name: str) -> None:
        """Remove a file; a name that is not there is already removed."""
        self.legal(name)
        try:
            self._act(name, lambda line: line.remove(name), self.patience.verb)
        except DeliveryInDoubtError:
            raise UnreachableError(
                f"Nobody knows whether {name} was removed: the line broke over it.",
                code=REMOVAL_UNCLEAR,
                remedy="Try again in two minutes; until then the request may still be on its way.",
                where={**self.place.where, "file": name},
            ) from None

    def digest(self, name: str) -> str | None:
        """Return the hash of what is stored, read back; None where that is refused or it is gone."""
        self.legal(name)
        try:
            content = self._ask(lambda line: line.read(name))
        except RemoteRefusedError:
            return None
        return hashlib.sha256(content).hexdigest()

    def read(self, name: str) -> bytes:
        """Return what is stored under *name*."""
        self.legal(name)
        return self._ask(lambda line: line.read(name))

    def renames_at_once(self) -> bool:
        """Say whether the server renames in one step."""
        return self._ask(lambda line: line.moves_at_once)

    def credential_mark(self, salt: str) -> str:
        """Return by what name and secret can be recognised."""
        return self._login().mark(salt)

    def free_bytes(self) -> int | None:
        """Return how many bytes there is room for, where the server says it."""
        return self._ask(lambda line: line.free())

    def close(self) -> None:
        """Take leave of the server; using the folder again opens a new line."""
        with self._lock:
            if self._line is not None and self._wire is not None:
                with self._watchdog.limit(self.patience.reply, self._wire.cut):
                    self._line.close()
            self._drop()
            self._watchdog.close()

    def _minding(self, told: Told) -> Told:
        """Let go of the line when who is told of progress wants no more: it is amid a file."""

        def mind(done: int) -> None:
            try:
                told(done)
            except BaseException:
                self._drop()
                raise

        return mind

    def _write(self, line: Line, name: str, content: bytes, told: Told) -> RemoteFile:
        try:
            line.create(name, content, told)
        except StoppedError as stopped:
            found = line.find(name)
            if found is not None and stopped.size_decides and found.size == len(content):
                return found
            if found is not None:
                line.remove(name)
            raise stopped.refusal from None
        except RemoteRefusedError:
            if line.find(name) is not None:  # servers say little about why
                raise _taken(name) from None
            raise
        found = line.find(name)
        if found is None:
            raise self._doubt(name, "was taken away before it could be looked at")
        if found.size != len(content):
            line.remove(name)
            raise RemoteRefusedError(
                f"The server stored {found.size} bytes of {len(content)}.",
                code="size_mismatch",
                where={**self.place.where, "file": name},
            )
        return found

    def _write_unseen(self, line: Line, name: str, content: bytes, told: Told) -> RemoteFile:
        try:
            line.create(name, content, told)
        except StoppedError:
            raise self._doubt(name, "was broken off by the server") from None
        return RemoteFile(name=name, size=len(content))

    def _move(self, line: Line, old: str, new: str) -> None:
        try:
            line.move(old, new)
        except RemoteRefusedError:
            # What is there says more about why than servers do.
            there, arrived = line.find(old), line.find(new)
            if there is None and arrived is not None:
                raise self._doubt(new, "is there, although renaming it was refused") from None
            if there is None:
                raise RemoteRefusedError(
                    "There is no such file in the folder.", code="no_such_file", where={"file": old}
                ) from None
            if arrived is not None:
                raise _taken(new) from None
            raise

    def _ask(self, question: Callable[[Line], T]) -> T:
        """Ask something that may be asked twice: a line that died while idle is opened again."""

        def ask(again: bool) -> T:
            opened = self._line is None
            try:
                return question(self._live())
            except LostError as lost:
                self._drop()
                if again and not opened:
                    return ask(again=False)
                raise self._lost(lost) from None

        return self._do(lambda: ask(again=True), self.patience.verb)

    def _act(self, name: str, act: Callable[[Line], T], seconds: float) -> T:
        """Do something once; when the line breaks over it, nobody knows whether it was done."""

        def once() -> T:
            line = self._live()
            try:
                return act(line)
            except LostError as lost:
                self._drop()
                raise self._doubt(name, f"was under way when the line broke ({lost})") from None

        return self._do(once, seconds)

    def _do(self, work: Callable[[], T], seconds: float) -> T:
        with self._lock:
            try:
                with self._watchdog.limit(seconds, self._cut):
                    return work()
            except FactoringError as error:
                error.__cause__ = error.__context__ = None
                raise
            except BaseException:  # an interruption leaves the line in the middle of something
                self._drop()
                raise

    def _live(self) -> Line:
        if self._line is not None and not self._line.alive():
            self._drop()
        if self._line is None:
            login = self._login()
            if self._rejected is not None and login.same_as(self._rejected):
                raise login_refused(self.place, "the credential was rejected before")
            self._line = self._dial(login)
        return self._line

    def _dial(self, login: Login) -> Line:
        wire = connected(self.place, self.patience)
        late = threading.Timer(self.patience.opening, wire.cut)
        late.daemon = True
        late.start()
        try:
            line = self._open(wire, login)
        except BaseException as error:
            wire.close()
            raise self._judged(error, login) from None
        finally:
            late.cancel()
        self._wire, self._unanswered = wire, None
        return line

    def _judged(self, error: BaseException, login: Login) -> BaseException:
        """Say what a failed log-in means for the next one."""
        if isinstance(error, LostError):
            return self._lost(error)
        if isinstance(error, CredentialError) and error.code == AUTH_REJECTED:
            self._rejected = login
        if isinstance(error, UnreachableError) and error.code == AUTH_UNANSWERED:
            if self._unanswered is not None and login.same_as(self._unanswered):
                self._rejected = login
                return login_refused(self.place, "the server gave no answer, twice")
            self._unanswered = login
        return error

    def _cut(self) -> None:
        if self._wire is not None:
            self._wire.cut()

    def _drop(self) -> None:
        line, wire, self._line, self._wire = self._line, self._wire, None, None
        if wire is not None:
            wire.cut()
        if line is not None:
            with suppress(Exception):
                line.close()
        if wire is not None:
            wire.close()

    def _lost(self, lost: LostError) -> UnreachableError:
        return UnreachableError(
            f"The line to {self.place.host} broke: {lost}.", code="line_lost", where=self.place.where
        )

    def _doubt(self, name: str, what: str) -> DeliveryInDoubtError:
        return DeliveryInDoubtError(f"{name} {what}.", where={**self.place.where, "file": name})


def _taken(name: str) -> RemoteRefusedError:
    return RemoteRefusedError(
        "A file of this name is there already.", code="name_taken", where={"file": name}
    )
