"""An SSH session by asyncssh, on an event loop and a thread of its own: opened, proven, logged in."""

import asyncio
import threading
import warnings
from collections.abc import Coroutine
from contextlib import suppress
from typing import Any, TypeVar

import asyncssh

from factoring_core.adapters.remote.line import (
    Login,
    Patience,
    Place,
    compare_host_key,
    fingerprint,
    login_refused,
)
from factoring_core.adapters.remote.online import AUTH_UNANSWERED
from factoring_core.adapters.remote.wire import Wire
from factoring_core.errors import CredentialError, FactoringError, RemoteRefusedError, UnreachableError

ALGORITHMS = {
    "kex_algs": [
        "curve25519-sha256",
        "ecdh-sha2-nistp256",
        "diffie-hellman-group-exchange-sha256",
        "diffie-hellman-group14-sha256",
        "diffie-hellman-group-exchange-sha1",
        "diffie-hellman-group14-sha1",
    ],
    "server_host_key_algs": [
        "ssh-ed25519",
        "ecdsa-sha2-nistp256",
        "rsa-sha2-512",
        "rsa-sha2-256",
        "ssh-rsa",
    ],
    "signature_algs": ["ssh-ed25519", "ecdsa-sha2-nistp256", "rsa-sha2-512", "rsa-sha2-256", "ssh-rsa"],
    "encryption_algs": ["aes128-gcm@openssh.com", "aes256-ctr", "aes128-ctr", "aes256-cbc", "aes128-cbc"],
    "mac_algs": ["hmac-sha2-256", "hmac-sha2-512", "hmac-sha1"],
}
"""What is offered, best first.  Neither MD5 nor 3DES, DSA or the 1024-bit group."""

T = TypeVar("T")


class Loop:
    """An event loop on a thread of its own."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="sftp-legacy", daemon=True)
        self._thread.start()

    def run(self, work: Coroutine[Any, Any, T], seconds: float) -> T:
        """Wait for *work* at most so long; it is given up then."""
        return asyncio.run_coroutine_threadsafe(asyncio.wait_for(work, seconds), self._loop).result()

    @property
    def closed(self) -> bool:
        """Whether nothing can be run any more."""
        return self._loop.is_closed()

    def close(self) -> None:
        """Give up what is still waited for, and end the thread."""
        if not self._loop.is_closed():
            with suppress(Exception):
                self.run(_give_up(), 2)
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join(5)
            if not self._loop.is_running():
                self._loop.close()


async def _give_up() -> None:
    tasks = asyncio.all_tasks() - {asyncio.current_task()}
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


class Client(asyncssh.SSHClient):
    """Compares the host key, then answers one request for a credential."""

    def __init__(self, place: Place, pinned: str | None, login: Login) -> None:
        self._place = place
        self._pinned = pinned
        self._login = login
        self.mismatch: FactoringError | None = None
        self.tried = False
        self.connection: asyncssh.SSHClientConnection | None = None

    def connection_made(self, conn: asyncssh.SSHClientConnection) -> None:
        """Keep the connection, so that it can be closed although nothing came of it."""
        self.connection = conn

    def validate_host_public_key(self, host: str, addr: str, port: int, key: asyncssh.SSHKey) -> bool:
        """Let only the pinned key pass."""
        try:
            compare_host_key(self._place, self._pinned, fingerprint(key.public_data))
        except FactoringError as mismatch:
            self.mismatch = mismatch
            return False
        return True

    def password_auth_requested(self) -> str | None:
        """Give the password, once."""
        return self._once()

    def kbdint_auth_requested(self) -> str | None:
        """Take part in questions and answers, if the password was not tried yet."""
        return None if self.tried or self._login.password is None else ""

    def kbdint_challenge_received(
        self, name: str, instructions: str, lang: str, prompts: Any
    ) -> list[str] | None:
        """Answer one question whose answer is not shown."""
        if not prompts:
            return []
        if len(prompts) > 1 or prompts[0][1]:
            return None
        answer = self._once()
        return None if answer is None else [answer]

    def public_key_auth_requested(self) -> None:
        """Have no further key; the one there is was given at the start."""

    def _once(self) -> str | None:
        if self.tried or self._login.password is None:
            return None
        self.tried = True
        return self._login.password.reveal()


class Session:
    """One SSH connection with one SFTP session in it."""

    def __init__(self, place: Place, patience: Patience) -> None:
        self._place = place
        self._patience = patience
        self._loop = Loop()
        self._connection: asyncssh.SSHClientConnection | None = None
        self.sftp: asyncssh.SFTPClient | None = None

    def run(self, work: Coroutine[Any, Any, T], seconds: float) -> T:
        """Wait for *work* at most so long; it is given up then."""
        return self._loop.run(work, seconds)

    @property
    def alive(self) -> bool:
        """Whether the connection still stands, as far as it has told."""
        return self._connection is not None and not self._connection.is_closed()

    def close(self) -> None:
        """Close the connection and end its thread."""
        if not self._loop.closed:
            with suppress(Exception):
                self._loop.run(self._leave(), 2)
            self._loop.close()

    async def _leave(self) -> None:
        if self._connection is not None:
            self._connection.abort()
            await self._connection.wait_closed()

    def connect(self, wire: Wire, client: Client, login: Login) -> FactoringError | None:
        """Connect and log in, and return what kept it: raised later, it carries nothing from here."""
        try:
            keys = [] if login.private_key is None else [_key(login, self._place)]
            self._loop.run(self._connect(wire, client, login.username, keys), self._patience.opening)
        except CredentialError as unusable:
            return unusable
        except asyncssh.HostKeyNotVerifiable:
            return client.mismatch
        except asyncssh.KeyExchangeFailed:
            return RemoteRefusedError(
                f"{self._place.host} speaks no algorithm that is taken here, old ones included.",
                code="algorithms_refused",
                where=self._place.where,
            )
        except asyncssh.PermissionDenied:
            return login_refused(self._place, "the server refused it")
        except (asyncssh.Error, OSError, EOFError, TimeoutError) as error:
            tried = client.tried or login.private_key is not None
            return UnreachableError(
                f"{self._place.host} broke off or gave no answer ({type(error).__name__}).",
                code=AUTH_UNANSWERED if tried else "line_lost",
                stage="login",
                where=self._place.where,
            )
        finally:
            self._connection = client.connection
        return None

    async def _connect(self, wire: Wire, client: Client, username: str, keys: list[Any]) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # cryptography warns of what was chosen here on purpose
            connection = await asyncssh.connect(
                sock=wire.sock,
                config=None,
                client_factory=lambda: client,
                known_hosts=([], [], []),
                username=username,
                client_keys=keys or None,
                agent_path=None,
                gss_host=None,
                preferred_auth=["publickey"] if keys else ["password", "keyboard-interactive"],
                login_timeout=self._patience.login,
                connect_timeout=self._patience.opening,
                keepalive_interval=self._patience.keepalive,
                **ALGORITHMS,
            )
        self.sftp = await connection.start_sftp_client()


def _key(login: Login, place: Place) -> asyncssh.SSHKey:
    """Read the private key; nothing is raised from where the passphrase is in clear."""
    key = _imported(login)
    if key is None:
        raise CredentialError(
            f"The private key of connection {place.connection} cannot be used.",
            code="private_key_unusable",
            remedy="Give a key as ssh-keygen writes it, and its passphrase as credential.",
            where=place.where,
        )
    return key


def _imported(login: Login) -> asyncssh.SSHKey | None:
    assert login.private_key is not None
    passphrase = None if login.passphrase is None else login.passphrase.reveal()
    try:
        return asyncssh.import_private_key(login.private_key.reveal(), passphrase)
    except (asyncssh.KeyImportError, asyncssh.KeyEncryptionError, ValueError):
        return None
