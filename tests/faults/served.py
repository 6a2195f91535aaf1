"""A desk whose factor's folder is on a real server of this machine."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from factoring_core.adapters.remote.ftps import FtpsFolder
from factoring_core.adapters.remote.line import Login, Patience, Place
from factoring_core.adapters.remote.online import OnlineFolder
from factoring_core.adapters.remote.sftp import SftpFolder
from factoring_core.ports.secrets import Secret
from factoring_core.testing.servers.arrivals import Arrival, Hooks
from factoring_core.testing.servers.ftp import FtpServer
from factoring_core.testing.servers.sftp import SftpServer
from usecases.desk import Desk

PASSWORD = "hunter2-Zürich-geheim"
PATIENCE = Patience(connect=2, banner=1, login=1, channel=2, reply=2, opening=3, verb=5)
"""Short, so that a server which says nothing costs a test a second or two."""


class Served:
    """A running server and a desk; ``password`` and ``host_key`` may be changed between attempts."""

    def __init__(self, server: Any, *, folder: str = ".", desk: dict[str, Any] | None = None) -> None:
        self.server = server
        self.password = PASSWORD
        self.host_key = getattr(server, "host_key", None)
        self.folder = folder
        self.opened: list[OnlineFolder] = []
        self.desk = Desk(folder=lambda _: self.open(), **(desk or {}))

    def open(self) -> OnlineFolder:
        """Open the folder as a new process would: it remembers nothing."""
        place = Place(
            connection="east-winfactor", host=self.server.host, port=self.server.port, folder=self.folder
        )

        def login() -> Login:
            return Login(username="acme", password=Secret(self.password))

        folder: OnlineFolder
        if isinstance(self.server, FtpServer):
            folder = FtpsFolder(place, login, ca_file=self.server.ca_file, patience=PATIENCE)
        else:
            folder = SftpFolder(place, login, host_key=self.host_key, patience=PATIENCE)
        self.opened.append(folder)
        return folder

    @property
    def names(self) -> list[str]:
        """What is in the factor's folder."""
        return sorted(path.name for path in self.server.root.iterdir())


class Inbox:
    """Counts what appears under final names, and takes all of it when a list arrives."""

    def __init__(self, *, consumes: bool = False) -> None:
        self.published: Counter[str] = Counter()
        self.consumes = consumes

    def __call__(self, arrival: Arrival) -> None:
        if arrival.name.endswith(".part"):
            return
        self.published[arrival.name] += 1
        if self.consumes and arrival.name.endswith(".csv"):
            for path in arrival.folder.iterdir():
                if not path.name.endswith(".part"):
                    path.unlink()


@contextmanager
def sftp(
    tmp_path: Path, *, inbox: Inbox | None = None, hooks: Hooks | None = None, **more: Any
) -> Iterator[Served]:
    """Serve a folder over SFTP."""
    hooks = hooks or Hooks(arrival=inbox or (lambda _: None))
    with SftpServer(tmp_path / "inbox", passwords={"acme": PASSWORD}, hooks=hooks) as server:
        yield from _served(Served(server, **more))


@contextmanager
def ftps(
    tmp_path: Path, *, inbox: Inbox | None = None, hooks: Hooks | None = None, **more: Any
) -> Iterator[Served]:
    """Serve a folder over FTP with TLS."""
    hooks = hooks or Hooks(arrival=inbox or (lambda _: None))
    tls = tmp_path / "tls"
    with FtpServer(tmp_path / "inbox", passwords={"acme": PASSWORD}, tls_in=tls, hooks=hooks) as server:
        yield from _served(Served(server, **more))


def _served(served: Served) -> Iterator[Served]:
    try:
        yield served
    finally:
        for folder in served.opened:
            folder.close()


def at(verb: str, act: Callable[[], None], *, ending: str = "", turn: int = 1) -> Callable[[str, str], None]:
    """Return a hook that acts once: at the *turn*-th call of a verb on a name with this ending."""
    left = [turn]

    def hook(called: str, name: str) -> None:
        if called == verb and name.endswith(ending):
            left[0] -= 1
            if left[0] == 0:
                act()

    return hook
