"""FTP over explicit TLS: the certificate proven before a name is said, both connections encrypted."""

import ftplib
import ssl
from collections.abc import Callable
from pathlib import Path

from factoring_core.adapters.remote.ftp import enter
from factoring_core.adapters.remote.ftp_client import TlsClient
from factoring_core.adapters.remote.ftp_line import FtpLine, hearing
from factoring_core.adapters.remote.line import Login, Patience, Place, quoted
from factoring_core.adapters.remote.online import OnlineFolder
from factoring_core.adapters.remote.wire import Wire
from factoring_core.errors import ConfigurationError, RemoteRefusedError


class FtpsFolder(OnlineFolder):
    """A folder on an FTPS server.

    Args:
        place: Which folder on which server; the certificate has to be for this host.
        login: Gives name and secret at the moment of use.
        ca_file: Whose certificates to trust, in PEM; those of the system otherwise.
        patience: How long to wait.

    Raises:
        ConfigurationError: *ca_file* cannot be read.
    """

    def __init__(
        self,
        place: Place,
        login: Callable[[], Login],
        *,
        ca_file: Path | None = None,
        patience: Patience | None = None,
    ) -> None:
        super().__init__(place, login, patience=patience)
        self._context = _context(ca_file, place)

    def _open(self, wire: Wire, login: Login) -> FtpLine:
        with hearing(self.place, None):
            client = TlsClient(wire, self.place, self.patience, self._context)
        with client.closed_on_failure():
            with hearing(self.place, None):
                self._start_tls(client)
            return enter(client, self.place, login)

    def _start_tls(self, client: TlsClient) -> None:
        """Encrypt, or stop: a server without TLS is never talked to in clear."""
        try:
            client.start_tls()
        except ssl.SSLCertVerificationError as error:
            failure = self._refused(
                "certificate_untrusted",
                f"the certificate of {self.place.host} is not trusted: {quoted(error.verify_message)}",
                "Ask the factor for the certificate of its authority and set ca_file; check host.",
            )
        except ssl.SSLError as error:
            failure = self._refused(
                "tls_failed",
                f"{self.place.host} and we agree on no encryption ({quoted(error.reason or '')})",
                "Ask the factor for TLS 1.2 or later.",
            )
        except (ftplib.error_perm, ftplib.error_temp) as refused:
            failure = self._refused(
                "tls_refused",
                f"{self.place.host} refuses encryption (reply {str(refused)[:3]})",
                "Ask the factor for FTPS; plain FTP has to be chosen by protocol and allow_plain_ftp.",
            )
        else:
            return
        raise failure

    def _refused(self, code: str, what: str, remedy: str) -> RemoteRefusedError:
        return RemoteRefusedError(
            f"No credential was sent: {what}.", code=code, remedy=remedy, where=self.place.where
        )


def _context(ca_file: Path | None, place: Place) -> ssl.SSLContext:
    try:
        context = ssl.create_default_context(cafile=None if ca_file is None else str(ca_file))
    except (OSError, ssl.SSLError):
        raise ConfigurationError(
            f"The ca_file of connection {place.connection} cannot be read as certificates.",
            code="ca_file_unusable",
            where={**place.where, "ca_file": str(ca_file)},
        ) from None
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context
