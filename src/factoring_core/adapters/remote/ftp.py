"""Plain FTP, and how every FTP session is logged in."""

import ftplib
from contextlib import suppress

from factoring_core.adapters.remote.ftp_client import CarefulClient, PlainClient
from factoring_core.adapters.remote.ftp_line import FtpLine, hearing
from factoring_core.adapters.remote.line import Login, Place, login_refused
from factoring_core.adapters.remote.online import AUTH_UNANSWERED, OnlineFolder
from factoring_core.adapters.remote.wire import Wire
from factoring_core.adapters.remote.words import folder_missing
from factoring_core.errors import FactoringError, UnreachableError


class FtpFolder(OnlineFolder):
    """A folder on a plain FTP server: password and files are readable on the way.

    Only for connections whose settings say so in as many words; nothing falls back to it.
    """

    def _open(self, wire: Wire, login: Login) -> "FtpLine":
        with hearing(self.place, None):
            client = PlainClient(wire, self.place, self.patience)
        with client.closed_on_failure():
            return enter(client, self.place, login)


def enter(client: CarefulClient, place: Place, login: Login) -> "FtpLine":
    """Log in and go to the folder.

    Raises:
        CredentialError: code ``auth_rejected``.
        UnreachableError: code ``auth_unanswered``, or ``login_deferred`` when it may work later.
        RemoteRefusedError: code ``folder_missing``.
    """
    failure = _log_in(client, place, login)
    if failure is not None:
        raise failure
    with hearing(place, None):
        client.secure_transfers()
        client.voidcmd("TYPE I")
        features = client.features()
        if place.base != ".":
            try:
                client.voidcmd(f"CWD {place.base}")
            except ftplib.error_perm:
                raise folder_missing(place) from None
        base = place.base
        with suppress(ftplib.error_perm, ftplib.error_reply):
            base = client.pwd() or base
    return FtpLine(place, client, base, features)


def _log_in(client: CarefulClient, place: Place, login: Login) -> FactoringError | None:
    """Make the one attempt, and return what came of it: raised later, it carries nothing from here."""
    try:
        reply = client.log_in(login)
    except ftplib.error_perm:
        return login_refused(place, "the server refused it")
    except ftplib.error_temp as later:
        return UnreachableError(
            f"{place.host} takes no log-in now (reply {str(later)[:3]}).",
            code="login_deferred",
            stage="login",
            where=place.where,
        )
    except (ftplib.Error, OSError, EOFError):
        return UnreachableError(
            f"{place.host} gave no answer to the log-in.",
            code=AUTH_UNANSWERED,
            stage="login",
            where=place.where,
        )
    return None if reply[:1] == "2" else login_refused(place, "the server asks for an account as well")
