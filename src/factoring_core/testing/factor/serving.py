"""How batches reach a simulated factor: a folder, or a real SFTP, FTPS, FTP or HTTP server on loopback."""

import os
import secrets
import time
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

from attrs import define, frozen

from factoring_core.adapters.remote.api.open_api import PUBLIC
from factoring_core.domain.vocabulary.parties import Connection, Protocol
from factoring_core.errors import UsageError
from factoring_core.testing.factor.batches import TakenBatch
from factoring_core.testing.factor.inbox import INBOX, Inbox
from factoring_core.testing.factor.offers import OfferDesk
from factoring_core.testing.factor.timeline import Happening
from factoring_core.testing.servers.arrivals import Arrival, BreakLineError, Hooks

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
    """A way in that is open.

    ``settings``: the fields of a `Connection` that reach it.  ``batches``: returns what came and is
    whole, each batch once.  ``say``: is given what has happened, for those who ask.
    """

    settings: dict[str, Any]
    batches: Callable[[], list[TakenBatch]]
    close: Callable[[], None] = lambda: None
    say: Callable[[Iterable[Happening]], None] = lambda happenings: None


def serve(
    over: str,
    provider: str,
    home: Path,
    trouble: Trouble,
    *,
    arrived: Callable[[], None],
    asked: Callable[[], None],
) -> Served:
    """Open the way in.

    Args:
        over: folder, sftp, ftps, ftp or http.
        provider: As whose system it speaks over HTTP.
        home: Where files arrive, in ``inbox``, and passwords are kept.
        trouble: How the server behaves.
        arrived: Called whenever a file appears.
        asked: Called before it is said over HTTP what became of invoices.

    Raises:
        UsageError: another word, trouble that this way cannot have, or, over HTTP, a provider whose
            way of speaking is not public.
    """
    if over == "http":
        return _offers(provider, home, trouble, asked)
    inbox = Inbox(home, consumes=trouble.consumes)
    if over == "folder":
        if trouble.slow or trouble.drops_every:
            raise UsageError("A folder is neither slow nor does it drop lines; use a server.")
        return Served({"protocol": Protocol.FOLDER, "folder": str(inbox.folder)}, inbox.batches)
    password, kept = _secret(home / "password")
    server, settings = _server(over, home, password, _hooks(trouble, arrived))
    server.__enter__()
    settings |= {"host": server.host, "port": server.port, "folder": INBOX, "username": USER}
    settings |= {"credential": kept}
    if over == "sftp":
        settings["host_key"] = server.host_key
    return Served(settings, inbox.batches, lambda: _close(server))


def _offers(provider: str, home: Path, trouble: Trouble, asked: Callable[[], None]) -> Served:
    if provider not in PUBLIC:
        raise UsageError(
            f"How {provider} would be spoken to over HTTP is not public.",
            remedy=f"Use {' or '.join(PUBLIC)}, or another way than http.",
        )
    if trouble.consumes:
        raise UsageError("Over HTTP there is nothing that could be taken away; leave out `consumes`.")
    password, credential = _secret(home / "password")
    key, api_key = _secret(home / "subscription-key")
    desk = OfferDesk(
        provider,
        username=USER,
        password=password,
        key=key,
        slow=trouble.slow,
        drops_every=trouble.drops_every,
        asked=asked,
    )
    desk.server.__enter__()
    settings = {"protocol": Protocol.API, "base_url": desk.server.base_url, "username": USER}
    settings |= {"credential": credential, "api_key": api_key}
    return Served(settings, desk.batches, lambda: _close(desk.server), desk.say)


def _secret(kept: Path) -> tuple[str, str]:
    """Make up a secret; return it, and a reference to the file that keeps it."""
    secret = secrets.token_urlsafe(18)
    with open(os.open(kept, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        file.write(secret)
    return secret, f"file:{kept}"


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
        f"A simulated factor takes nothing over {over}.", remedy="Use folder, sftp, ftps, ftp or http."
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
