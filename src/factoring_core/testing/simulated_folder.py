"""The remote folder of a simulated server: the code that real servers are talked to with, over no wire."""

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar

from factoring_core.adapters.remote.line import (
    Login,
    LostError,
    Patience,
    Place,
    StoppedError,
    compare_host_key,
    login_refused,
)
from factoring_core.adapters.remote.online import AUTH_UNANSWERED, OnlineFolder
from factoring_core.adapters.remote.wire import Wire
from factoring_core.errors import RemoteRefusedError, UnreachableError
from factoring_core.ports.remote_folder import RemoteFile, Told
from factoring_core.ports.secrets import Secret
from factoring_core.testing.simulated_server import (
    BrokenLineError,
    RefusedError,
    Renaming,
    Request,
    SimulatedServer,
)

T = TypeVar("T")

_WORDS = {
    "no_such_file": ("no_such_file", "There is no such file in the folder."),
    "name_taken": ("name_taken", "A file of this name is there already."),
    "unsupported": ("unsupported_there", "The server cannot do that."),
    "failure": ("remote_refused", "The server refused: failure."),
}


class SimulatedFolder(OnlineFolder):
    """One client's folder on a simulated server.

    Args:
        server: Where it is.
        client: Who asks, as the server's ``fate`` is told it.
        login: Gives name and secret at the moment of use.
        host_key: The pinned key; the server's own by default.
    """

    def __init__(
        self,
        server: SimulatedServer,
        client: str = "client",
        *,
        login: Callable[[], Login] | None = None,
        host_key: str | None = None,
        patience: Patience | None = None,
    ) -> None:
        super().__init__(
            Place(connection=client, host="simulated", port=22), login or _usual_login, patience=patience
        )
        self._server = server
        self._host_key = server.host_key if host_key is None else host_key
        self._client = client
        self._watchdog: Any = _AtEase()

    def credential_mark(self, salt: str) -> str:
        """Return by what the credential is recognised; guessing this one is cheap, and so is making it."""
        login = self._login()
        secret = "" if login.password is None else login.password.reveal()
        return hashlib.sha256(f"{salt}\n{login.username}\n{secret}".encode()).hexdigest()

    def _dial(self, login: Login) -> "SimulatedLine":
        try:
            return self._opened(login)
        except BaseException as error:
            raise self._judged(error, login) from None

    def _open(self, wire: Wire, login: Login) -> "SimulatedLine":
        raise AssertionError("there is no wire")

    def _opened(self, login: Login) -> "SimulatedLine":
        line = SimulatedLine(self._server, self._client, self.patience)
        for step in self._server.manners.opening:
            if step == "login":
                self._log_in(line, login)
            elif step in ("resolve", "connect"):
                _connect(line, step)
            else:
                line.ask(step, "", lambda: None, patience=self.patience.banner)
                if step == "identity":
                    compare_host_key(self.place, self._host_key, self._server.host_key)
        return line

    def _log_in(self, line: "SimulatedLine", login: Login) -> None:
        def judge() -> None:
            self._server.logins.append(login.username)
            if not self._server.accepts(login.username):
                raise RefusedError("failure")

        try:
            line.ask("login", "", judge, patience=self.patience.login)
        except LostError:
            raise UnreachableError(
                "The server gave no answer to the log-in.", code=AUTH_UNANSWERED, stage="login"
            ) from None
        except RemoteRefusedError:
            raise login_refused(self.place, "the server refused it") from None


class SimulatedLine:
    """One session on a simulated server."""

    def __init__(self, server: SimulatedServer, client: str, patience: Patience) -> None:
        self.creates_exclusively = server.manners.creates_exclusively
        self._server, self._client, self._patience = server, client, patience
        self._broken = False

    def alive(self) -> bool:
        """Say whether the line still stands, as far as it has told."""
        return not self._broken

    def ask(self, verb: str, name: str, effect: Callable[[], T], *, patience: float | None = None) -> T:
        """Send one request; what keeps its answer away breaks the line."""
        if self._broken:
            raise LostError("the line is broken")
        asked = Request(client=self._client, verb=verb, name=name)
        try:
            return self._server.request(asked, effect, patience=patience or self._patience.reply)
        except BrokenLineError as broken:
            self._broken = True
            raise LostError(str(broken)) from None
        except RefusedError as refused:
            code, message = _WORDS[refused.why]
            raise RemoteRefusedError(message, code=code, where={"file": name}) from None

    def find(self, name: str) -> RemoteFile | None:
        """Look at one name."""
        size = self.ask("find", name, lambda: self._server.look(name))
        return None if size is None else RemoteFile(name=name, size=size)

    def find_all(self, names: Sequence[str]) -> Mapping[str, RemoteFile | None]:
        """Look at names, one after the other."""
        return {name: self.find(name) for name in names}

    def files(self) -> Sequence[RemoteFile]:
        """List what is there."""
        return [RemoteFile(name=name, size=size) for name, size in self.ask("list", "", self._server.listing)]

    @property
    def moves_at_once(self) -> bool:
        """Whether the server renames in one step."""
        return self._server.manners.renaming is Renaming.REPLACES

    def create(self, name: str, content: bytes, told: Told) -> None:
        """Open, write in two halves, close; a refusal after the opening leaves what was written."""
        file = self.ask("open", name, lambda: self._server.open(name))
        half = (len(content) + 1) // 2
        with self._stoppable():
            for part, done in ((content[:half], half), (content[half:], len(content))):
                self.ask("write", name, lambda part=part: file.parts.extend(part))  # type: ignore[misc]
                told(done)
            self.ask("close", name, lambda: self._server.close(file))

    def read(self, name: str) -> bytes:
        """Read a file."""
        return self.ask("read", name, lambda: self._server.read(name))

    def move(self, old: str, new: str) -> None:
        """Rename the way the server does it."""
        server = self._server
        if server.manners.renaming is Renaming.REFUSED:
            raise RemoteRefusedError("The server cannot rename.", code="unsupported_there")
        if server.manners.renaming is Renaming.LINKS:
            asked = Request(client=self._client, verb="rename", name=new)
            self.ask("rename", new, lambda: server.link_and_unlink(old, new, asked))
            return
        if not self.creates_exclusively:
            self.ask("rename_from", old, lambda: server.must_have(old))
        self.ask("rename", new, lambda: server.replace(old, new))

    def remove(self, name: str) -> None:
        """Remove a file; one that is not there is removed."""
        try:
            self.ask("remove", name, lambda: self._server.remove(name))
        except RemoteRefusedError as refused:
            if refused.code != "no_such_file":
                raise

    def free(self) -> int | None:
        """Say nothing of room."""
        return None

    def close(self) -> None:
        """Take leave; nothing is sent."""
        self._broken = True

    @contextmanager
    def _stoppable(self) -> Iterator[None]:
        try:
            yield
        except RemoteRefusedError as refused:
            raise StoppedError(refused, size_decides=self._server.manners.size_decides) from None


class _AtEase:
    """In place of the watchdog: simulated waiting takes no time."""

    @contextmanager
    def limit(self, seconds: float, cut: Callable[[], None]) -> Iterator[None]:
        yield

    def close(self) -> None:
        """Do nothing."""


def _usual_login() -> Login:
    return Login(username="carrier", password=Secret("simulated"))


def _connect(line: SimulatedLine, step: str) -> None:
    try:
        line.ask(step, "", lambda: None)
    except (LostError, RemoteRefusedError):
        code = "dns_failure" if step == "resolve" else "connect_refused"
        raise UnreachableError("The simulated server cannot be reached.", code=code) from None
