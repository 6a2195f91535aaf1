"""How batches reach a simulated factor: a folder, or a real SFTP, FTPS or FTP server on loopback."""

import os
import secrets
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

from attrs import define, frozen

from factoring_core.domain.vocabulary.parties import Connection, Protocol
from factoring_core.errors import UsageError
from factoring_core.testing.servers.arrivals import Arrival, BreakLineError, Hooks

INBOX = "inbox"
USER = "carrier"


@frozen(kw_only=True)
class Trouble:
    """How a server behaves.

    ``consumes``: takes a batch away as soon as its list is there, as many factors do.  ``slow``:
    seconds it thinks about each request.  ``drops_every``: breaks the line at every so many requests,
    0 for never.
    """

    consumes: bool = False
    slow: float = 0.0
    drops_every: int = 0


@define
class Served:
    """A way in that is open: ``settings`` are the fields of a `Connection` that reach it."""

    settings: dict[str, Any]
    close: Callable[[], None]


def serve(over: str, home: Path, trouble: Trouble, arrived: Callable[[], None]) -> Served:
    """Open the way in to ``home/inbox``; *arrived* is called whenever a file appears there.

    Args:
        over: folder, sftp, ftps or ftp.

    Raises:
        UsageError: another word.
    """
    inbox = home / INBOX
    inbox.mkdir(parents=True, exist_ok=True)
    if over == "folder":
        if trouble.slow or trouble.drops_every:
            raise UsageError("A folder is neither slow nor does it drop lines; use a server.")
        return Served({"protocol": Protocol.FOLDER, "folder": str(inbox)}, lambda: None)
    password = secrets.token_urlsafe(18)
    kept = home / "password"
    with open(os.open(kept, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        file.write(password)
    server, settings = _server(over, home, password, _hooks(trouble, arrived))
    server.__enter__()
    settings |= {"host": server.host, "port": server.port, "folder": INBOX, "username": USER}
    settings |= {"credential": f"file:{kept}"}
    if over == "sftp":
        settings["host_key"] = server.host_key
    return Served(settings, lambda: _close(server))


def _close(server: AbstractContextManager[Any]) -> None:
    server.__exit__(None, None, None)


def _server(over: str, home: Path, password: str, hooks: Hooks) -> tuple[Any, dict[str, Any]]:
    passwords = {USER: password}
    if over == "sftp":
        from factoring_core.testing.servers.sftp import SftpServer

        return SftpServer(home, passwords=passwords, hooks=hooks), {"protocol": Protocol.SFTP}
    if over in ("ftp", "ftps"):
        from factoring_core.testing.servers.ftp import FtpServer

        certificates = home / "certificates" if over == "ftps" else None
        server = FtpServer(home, passwords=passwords, tls_in=certificates, hooks=hooks)
        if server.ca_file is None:
            return server, {"protocol": Protocol.FTP, "allow_plain_ftp": True}
        return server, {"protocol": Protocol.FTPS, "ca_file": str(server.ca_file)}
    raise UsageError(
        f"A simulated factor takes no files over {over}.", remedy="Use folder, sftp, ftps or ftp."
    )


def _hooks(trouble: Trouble, arrived: Callable[[], None]) -> Hooks:
    asked = 0

    def before(verb: str, name: str) -> None:
        nonlocal asked
        asked += 1
        if trouble.slow:
            time.sleep(trouble.slow)
        if trouble.drops_every and asked % trouble.drops_every == 0:
            raise BreakLineError

    def arrival(seen: Arrival) -> None:
        if not seen.name.startswith("."):
            arrived()

    return Hooks(before=before, arrival=arrival)


def connection(settings: dict[str, Any], *, id_: str, subsidiary: str, **more: Any) -> Connection:
    """Return the connection that reaches a way in."""
    return Connection(id=id_, subsidiary=subsidiary, **{**settings, **more})
