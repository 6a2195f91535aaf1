"""Where the simulated factors take their batches from: the one place that knows how these travel."""

import contextlib
import os
import secrets
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from importlib.util import find_spec
from pathlib import Path

from attrs import frozen

FOLDER = "inbox"
NEEDED_FOR_SFTP = ("paramiko", "asyncssh")
"""What sends, and what the simulated factors' servers are made of."""


@frozen(kw_only=True)
class Inbox:
    """One factor's side of a connection.

    ``settings``: the lines of `factoring.toml` that reach it.  ``files`` reads what lies there
    now; None where a person hands the files over.
    """

    settings: str
    how: str
    files: Callable[[], dict[str, bytes]] | None = None


MANUAL = Inbox(settings='protocol = "manual"', how="by hand")


@contextlib.contextmanager
def open_inboxes(home: Path) -> Iterator[Mapping[str, Inbox]]:
    """Keep an inbox open for each subsidiary's factor: on real servers, or else in folders."""
    open_one = _served if _sftp_works() else _shared
    with ExitStack() as servers:
        yield {**{name: open_one(home, name, servers) for name in ("north", "river")}, "summit": MANUAL}


def _sftp_works() -> bool:
    """Say whether what SFTP takes is installed."""
    return all(find_spec(package) is not None for package in NEEDED_FOR_SFTP)


def _shared(home: Path, name: str, servers: ExitStack) -> Inbox:
    """Give a factor a folder of this machine."""
    folder = _folder(home, name)
    return Inbox(
        settings=f'protocol = "folder"\nfolder = "factor/{name}/{FOLDER}"',
        how="through a folder",
        files=lambda: files_in(folder),
    )


def _served(home: Path, name: str, servers: ExitStack) -> Inbox:
    """Give a factor an SFTP server of its own, on loopback, with a user and a password."""
    from factoring_core.testing.servers.sftp import SftpServer

    folder = _folder(home, name)
    password = secrets.token_urlsafe(18)
    _keep_secret(home / "secrets" / name, password)
    server = servers.enter_context(SftpServer(folder.parent, passwords={name: password}))
    settings = (
        f'protocol = "sftp"\nhost = "{server.host}"\nport = {server.port}\nfolder = "{FOLDER}"\n'
        f'username = "{name}"\ncredential = "file:secrets/{name}"\nhost_key = "{server.host_key}"'
    )
    return Inbox(settings=settings, how="over SFTP", files=lambda: files_in(folder))


def _folder(home: Path, name: str) -> Path:
    folder = home / "factor" / name / FOLDER
    folder.mkdir(parents=True)
    return folder


def _keep_secret(path: Path, text: str) -> None:
    """Write a secret that nobody else can read."""
    path.parent.mkdir(mode=0o700, exist_ok=True)
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write(text)


def files_in(folder: Path) -> dict[str, bytes]:
    """Read every file of *folder* whose name is not private."""
    return {
        file.name: file.read_bytes()
        for file in sorted(folder.iterdir())
        if file.is_file() and not file.name.startswith(".") and not file.name.endswith(".part")
    }
