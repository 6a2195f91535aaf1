"""What the ways to a server have in common: place, log-in, patience, and what a line can do."""

import base64
import hashlib
import hmac
import re
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from attrs import frozen

from factoring_core.errors import ConfigurationError, CredentialError, RemoteRefusedError
from factoring_core.ports.remote_folder import RemoteFile, Told
from factoring_core.ports.secrets import Secret

AUTH_REJECTED = "auth_rejected"
LONGEST_QUOTE = 120


@frozen(kw_only=True)
class Place:
    """One folder on one server, on behalf of one connection of the settings."""

    connection: str
    host: str
    port: int
    folder: str = "."

    @property
    def where(self) -> dict[str, Any]:
        """Name the place in an error."""
        return {"connection": self.connection, "host": f"{self.host}:{self.port}"}

    @property
    def base(self) -> str:
        """The folder without a final slash, which alone means the root."""
        return self.folder if self.folder == "/" else self.folder.rstrip("/")

    def path(self, name: str) -> str:
        """Return the path of a file of the folder."""
        return f"/{name}" if self.base == "/" else f"{self.base}/{name}"


@frozen(kw_only=True)
class Login:
    """Who logs in, and with what; resolved for one attempt and shown by nothing.

    ``passphrase`` opens ``private_key``; with a key there is no password.
    """

    username: str
    password: Secret | None = None
    private_key: Secret | None = None
    passphrase: Secret | None = None

    def mark(self, salt: str) -> str:
        """Return by what this can be recognised again; guessing it takes a tenth of a second a try."""
        parts = [self.username.encode()]
        for secret in (self.password, self.private_key, self.passphrase):
            parts.append(b"" if secret is None else hashlib.sha256(secret.reveal().encode()).digest())
        whole = b"\0".join(parts)
        return hashlib.scrypt(whole, salt=salt.encode(), n=2**15, r=8, p=1, maxmem=2**26, dklen=16).hex()

    def same_as(self, other: "Login") -> bool:
        """Say whether trying this would only repeat the other attempt."""
        return self._revealed() == other._revealed()

    def _revealed(self) -> tuple[str | None, ...]:
        secrets = (self.password, self.private_key, self.passphrase)
        return (self.username, *(None if secret is None else secret.reveal() for secret in secrets))


@frozen(kw_only=True)
class Patience:
    """How long to wait, in seconds, before a server counts as dead.

    ``opening`` bounds everything until the log-in is over, ``verb`` one call after that; a
    second is added for every ``bytes_per_second`` bytes to be sent.
    """

    connect: float = 10
    banner: float = 15
    login: float = 20
    channel: float = 30
    reply: float = 30
    opening: float = 60
    verb: float = 120
    keepalive: int = 15
    bytes_per_second: int = 64 * 1024

    def sending(self, size: int) -> float:
        """Return how long a call may take that sends *size* bytes."""
        return self.verb + size / self.bytes_per_second


class LostError(Exception):
    """The line broke; what was asked for last may have happened or not."""


class StoppedError(Exception):
    """The server broke a write off after it had begun: *refusal* says why.

    ``size_decides``: the refusal may be wrong, and a file of the right size is whole.
    """

    def __init__(self, refusal: RemoteRefusedError, *, size_decides: bool) -> None:
        super().__init__(refusal.message)
        self.refusal = refusal
        self.size_decides = size_decides


class Line(Protocol):
    """One live connection, logged in, with its folder seen to exist.

    Names are checked before.  Every method raises `LostError` when the line breaks and
    `RemoteRefusedError` when the server says no.
    """

    creates_exclusively: bool
    """Whether ``create`` by itself refuses a name in use."""

    @property
    def moves_at_once(self) -> bool:
        """Whether ``move`` is one step at the server."""
        ...

    def alive(self) -> bool:
        """Say whether the line can be used, as far as that is known without waiting long."""
        ...

    def find(self, name: str) -> RemoteFile | None:
        """Return what has this name, or None when the folder is there and has no such name."""
        ...

    def find_all(self, names: Sequence[str]) -> Mapping[str, RemoteFile | None]:
        """Return what `find` would of each name."""
        ...

    def files(self) -> Sequence[RemoteFile]:
        """Return the plain files of the folder, in any order."""
        ...

    def create(self, name: str, content: bytes, told: Told) -> None:
        """Write a new file; raise `StoppedError` when something of it may have remained."""
        ...

    def read(self, name: str) -> bytes:
        """Return the bytes of a file."""
        ...

    def move(self, old: str, new: str) -> None:
        """Rename in one step; that *new* is free has been seen."""
        ...

    def remove(self, name: str) -> None:
        """Remove a file; one that is not there is removed."""
        ...

    def free(self) -> int | None:
        """Return how many bytes there is room for, where the server says it."""
        ...

    def close(self) -> None:
        """Take leave; never fails."""
        ...


def fingerprint(key: bytes) -> str:
    """Return the fingerprint of a public key as OpenSSH prints it."""
    return "SHA256:" + base64.b64encode(hashlib.sha256(key).digest()).decode("ascii").rstrip("=")


def compare_host_key(place: Place, pinned: str | None, offered: str) -> None:
    """Let the pinned host key pass, and no other; nothing has been said to the server yet.

    Raises:
        ConfigurationError: code ``host_key_unknown`` without a pin, else ``host_key_mismatch``.
    """
    if pinned is None:
        raise ConfigurationError(
            f"The host key of {place.host} is not pinned; nothing was sent to it.",
            code="host_key_unknown",
            remedy="Ask the factor for the fingerprint, compare it with the one offered, set host_key.",
            where={**place.where, "offered": offered},
        )
    if not hmac.compare_digest(pinned.encode(), offered.encode()):
        raise ConfigurationError(
            f"The host key of {place.host} is not the pinned one; no credential was sent.",
            code="host_key_mismatch",
            remedy="Ask the factor whether the key was changed; only then set host_key to the new one.",
            where={**place.where, "pinned": pinned, "offered": offered},
        )


def login_refused(place: Place, why: str, *, code: str = AUTH_REJECTED) -> CredentialError:
    """Say that logging in failed for good; what the server said is left out, for it may echo."""
    return CredentialError(
        f"Logging in at {place.host} failed: {why}.",
        code=code,
        stage="login",
        remedy="Check username and credential with the factor; it is not tried again until one is changed.",
        where=place.where,
    )


def quoted(text: str) -> str:
    """Make something that a server said fit for one line of ours."""
    plain = re.sub(r"[^\x20-\x7e]+", " ", text).strip().rstrip(".")
    return plain if len(plain) <= LONGEST_QUOTE else plain[: LONGEST_QUOTE - 1] + "…"
