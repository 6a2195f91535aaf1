"""SFTP by paramiko: the host key first, one log-in, one connection for a whole batch."""

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress

import paramiko
from paramiko.ssh_exception import IncompatiblePeer, SSHException

from factoring_core.adapters.remote.line import (
    Login,
    LostError,
    Patience,
    Place,
    StoppedError,
    compare_host_key,
    fingerprint,
    quoted,
)
from factoring_core.adapters.remote.online import OnlineFolder
from factoring_core.adapters.remote.sftp_client import (
    POSIX_RENAME,
    Client,
    FolderGoneError,
    StatusError,
)
from factoring_core.adapters.remote.ssh_login import log_in
from factoring_core.adapters.remote.wire import Wire
from factoring_core.adapters.remote.words import folder_missing, not_a_file, sftp_refusal
from factoring_core.errors import RemoteRefusedError
from factoring_core.ports.remote_folder import RemoteFile, Told

_LOG = "factoring_core.remote.ssh"
logging.getLogger(_LOG).addHandler(logging.NullHandler())

# paramiko keeps the second half of these as a last resort, so each is named.
DISABLED = {
    "ciphers": ["aes128-cbc", "aes192-cbc", "aes256-cbc", "3des-cbc"],
    "macs": ["hmac-sha1", "hmac-md5", "hmac-sha1-96", "hmac-md5-96"],
}
CIPHERS = (
    "aes128-gcm@openssh.com",
    "aes256-gcm@openssh.com",
    "aes128-ctr",
    "aes192-ctr",
    "aes256-ctr",
)
"""In our order: the first costs least."""


class SftpFolder(OnlineFolder):
    """A folder on an SFTP server whose host key is pinned.

    Args:
        place: Which folder on which server.
        login: Gives name and secret at the moment of use.
        host_key: The only key accepted, ``SHA256:…`` as OpenSSH prints it.  Without one every
            server is refused, and the refusal names the key it showed.
        patience: How long to wait.
    """

    def __init__(
        self,
        place: Place,
        login: Callable[[], Login],
        *,
        host_key: str | None,
        patience: Patience | None = None,
    ) -> None:
        super().__init__(place, login, patience=patience)
        self._host_key = host_key

    def _open(self, wire: Wire, login: Login) -> "SftpLine":
        transport = self._transport(wire)
        try:
            with _hearing(self.place, None):
                transport.start_client(timeout=self.patience.banner)
                offered = fingerprint(transport.get_remote_server_key().asbytes())
            compare_host_key(self.place, self._host_key, offered)
            log_in(transport, login, self.place, self.patience)
            with _hearing(self.place, None):
                transport.set_keepalive(self.patience.keepalive)
                channel = transport.open_session(timeout=self.patience.channel)
                channel.settimeout(self.patience.reply)
                channel.invoke_subsystem("sftp")
                client = Client(channel)
                if not client.is_folder(self.place.base):
                    raise folder_missing(self.place)
        except BaseException:
            transport.close()
            raise
        return SftpLine(self.place, transport, client)

    def _transport(self, wire: Wire) -> paramiko.Transport:
        with _hearing(self.place, None):
            transport = paramiko.Transport(wire.sock, disabled_algorithms=DISABLED)
        transport.set_log_channel(_LOG)
        transport.get_security_options().ciphers = CIPHERS
        transport.banner_timeout = self.patience.banner
        transport.handshake_timeout = self.patience.banner
        transport.auth_timeout = self.patience.login
        transport.channel_timeout = self.patience.channel
        return transport


class SftpLine:
    """One SFTP session."""

    creates_exclusively = True

    def __init__(self, place: Place, transport: paramiko.Transport, client: Client) -> None:
        self._place = place
        self._transport = transport
        self._client = client

    @property
    def moves_at_once(self) -> bool:
        """Whether the server knows the rename that is one step; the plain one links and removes."""
        return POSIX_RENAME in self._client.extensions

    def alive(self) -> bool:
        """Say whether the connection still stands, as far as it has told."""
        return self._transport.is_active()

    def find(self, name: str) -> RemoteFile | None:
        """Look at one name."""
        with _hearing(self._place, name):
            found = self._client.find(self._place.path(name), self._place.base)
            if found is not None and not found.is_file:
                raise not_a_file(name)
        return None if found is None else RemoteFile(name=name, size=found.size)

    def find_all(self, names: Sequence[str]) -> Mapping[str, RemoteFile | None]:
        """Look at names, all questions on their way at once."""
        with _hearing(self._place, None):
            found = self._client.find_all([self._place.path(name) for name in names], self._place.base)
        for name, entry in zip(names, found, strict=True):
            if entry is not None and not entry.is_file:
                raise not_a_file(name)
        return {
            name: None if entry is None else RemoteFile(name=name, size=entry.size)
            for name, entry in zip(names, found, strict=True)
        }

    def files(self) -> Sequence[RemoteFile]:
        """List the plain files."""
        with _hearing(self._place, None):
            entries = self._client.entries(self._place.base)
        return [RemoteFile(name=name, size=entry.size) for name, entry in entries if entry.is_file]

    def create(self, name: str, content: bytes, told: Told) -> None:
        """Write a file that was not there: opened exclusively, all answers heard, synced where offered."""
        with _hearing(self._place, name):
            handle = self._client.create(self._place.path(name))
        try:
            with _hearing(self._place, name):
                self._client.fill(handle, content, told)
        except RemoteRefusedError as refused:
            # A refused write in the middle leaves a file of the right size with a hole.
            raise StoppedError(refused, size_decides=False) from None

    def read(self, name: str) -> bytes:
        """Read a file, a few pieces asked for ahead."""
        with _hearing(self._place, name):
            return self._client.fetch(self._place.path(name))

    def move(self, old: str, new: str) -> None:
        """Rename in one step where the server can; a plain rename fails when the target exists."""
        old_path, new_path = self._place.path(old), self._place.path(new)
        with _hearing(self._place, old):
            if self.moves_at_once:
                self._client.posix_rename(old_path, new_path)
            else:
                self._client.rename(old_path, new_path)

    def remove(self, name: str) -> None:
        """Remove a file."""
        try:
            with _hearing(self._place, name):
                self._client.remove(self._place.path(name))
        except RemoteRefusedError as refused:
            if refused.code != "no_such_file":
                raise

    def free(self) -> int | None:
        """Ask for room, where the server can say it."""
        with _hearing(self._place, None):
            return self._client.free(self._place.base)

    def close(self) -> None:
        """Close session and connection."""
        with suppress(Exception):
            self._transport.close()


@contextmanager
def _hearing(place: Place, name: str | None) -> Iterator[None]:
    """Turn what paramiko raises into a refusal or a broken line."""
    try:
        yield
    except StatusError as status:
        failure: Exception = sftp_refusal(place, name, status.code, status.text)
    except FolderGoneError:
        failure = folder_missing(place)
    except IncompatiblePeer:
        failure = RemoteRefusedError(
            f"{place.host} speaks only algorithms that are refused here as broken.",
            code="algorithms_refused",
            remedy='Ask the factor to update the server; until then, set protocol = "sftp-legacy".',
            where=place.where,
        )
    except (SSHException, EOFError, OSError, paramiko.SFTPError) as error:
        failure = LostError(quoted(str(error)) or type(error).__name__)
    else:
        return
    raise failure
