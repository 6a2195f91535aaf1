"""Logging in over SSH with paramiko: one method, one attempt."""

import io
import threading
import time
from contextlib import suppress
from typing import Any, cast

import paramiko
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from paramiko.auth_handler import AuthHandler
from paramiko.message import Message
from paramiko.ssh_exception import (
    AuthenticationException,
    BadAuthenticationType,
    SSHException,
)

from factoring_core.adapters.remote.line import Login, LostError, Patience, Place, login_refused
from factoring_core.adapters.remote.online import AUTH_UNANSWERED
from factoring_core.errors import CredentialError, FactoringError, UnreachableError
from factoring_core.ports.secrets import Secret

SHORTEST_RSA = 2048


def log_in(transport: paramiko.Transport, login: Login, place: Place, patience: Patience) -> None:
    """Prove who we are, once, by the method that fits what we hold.

    Which methods the server takes is asked first, so that the one attempt is not spent on a
    method it does not have.

    Raises:
        CredentialError: refused, or the key cannot be used.
        UnreachableError: code ``auth_unanswered``.
        LostError: the line broke before the attempt.
    """
    key = None if login.private_key is None else private_key(login.private_key, login.passphrase, place)
    handler = _Handler(transport)
    transport.auth_handler = handler
    allowed = _allowed(handler, login.username)
    if transport.is_authenticated():
        return
    wanted = ("publickey",) if key is not None else ("password", "keyboard-interactive")
    method = next((each for each in wanted if each in allowed), None)
    if method is None:
        offered = ", ".join(sorted(allowed)) or "nothing we know"
        raise login_refused(place, f"the server takes {offered}, and we have a {wanted[0]}")
    failure = _attempt(handler, login, key, method, place, patience)
    if failure is not None:
        raise failure


def private_key(secret: Secret, passphrase: Secret | None, place: Place) -> paramiko.PKey:
    """Read a private key in OpenSSH or PEM form.

    Raises:
        CredentialError: not readable, or too weak; no word of it is shown.
    """
    key = _read(secret, passphrase)
    if isinstance(key, str):
        raise CredentialError(
            f"The private key of connection {place.connection} cannot be used: {key}.",
            code="private_key_unusable",
            remedy="Give a key as ssh-keygen writes it (Ed25519, ECDSA, RSA), its passphrase as credential.",
            where=place.where,
        )
    return key


def _read(secret: Secret, passphrase: Secret | None) -> paramiko.PKey | str:
    """Return the key, or what is wrong with it: nothing is raised from here, where all is in clear.

    It is unlocked once and handed on in the form that its class reads.
    """
    text = secret.reveal().encode()
    opener = None if passphrase is None else passphrase.reveal().encode()
    found = None
    for load in (serialization.load_ssh_private_key, serialization.load_pem_private_key):
        with suppress(ValueError, TypeError, UnsupportedAlgorithm):
            found = load(text, opener)
            break
    kind: type[paramiko.PKey]
    form = serialization.PrivateFormat.TraditionalOpenSSL
    if isinstance(found, rsa.RSAPrivateKey):
        if found.key_size < SHORTEST_RSA:
            return f"an RSA key needs at least {SHORTEST_RSA} bits"
        kind = paramiko.RSAKey
    elif isinstance(found, ec.EllipticCurvePrivateKey):
        kind = paramiko.ECDSAKey
    elif isinstance(found, ed25519.Ed25519PrivateKey):
        kind, form = paramiko.Ed25519Key, serialization.PrivateFormat.OpenSSH
    elif found is not None:
        return "its kind is not taken"
    else:
        return "it needs a passphrase, or another one, or has another form"
    plain = found.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption())
    return kind.from_private_key(io.StringIO(plain.decode()))


class _Handler(AuthHandler):
    """paramiko's log-in, which asks for the log-in service only once.

    As it comes, it asks again before each method, and strict servers hang up on that; its
    newer sibling may wait forever.
    """

    _accepted = False

    def ask(self, begin: str, *arguments: object) -> list[str]:
        """Go through one method and return what the server wants besides; none when we are in."""
        event = threading.Event()
        getattr(self, begin)(*arguments, event)
        try:
            return self.wait_for_response(event)
        finally:
            self._accepted = True

    def _request_auth(self) -> None:
        raw = cast(Any, super())
        if not self._accepted:
            raw._request_auth()
            return
        accepted = Message()
        accepted.add_string("ssh-userauth")
        accepted.rewind()
        raw._parse_service_accept(accepted)


def _allowed(handler: _Handler, username: str) -> frozenset[str]:
    try:
        handler.ask("auth_none", username)
    except BadAuthenticationType as refused:
        return frozenset(refused.allowed_types)
    except (SSHException, EOFError, OSError):
        pass
    else:
        return frozenset()
    raise LostError("it broke before logging in")


def _attempt(
    handler: _Handler,
    login: Login,
    key: paramiko.PKey | None,
    method: str,
    place: Place,
    patience: Patience,
) -> FactoringError | None:
    """Make the attempt, and return what came of it: raised later, it carries nothing from here."""
    begun = time.monotonic()
    try:
        if key is not None:
            missing = handler.ask("auth_publickey", login.username, key)
        elif method == "password":
            missing = handler.ask("auth_password", login.username, _password(login))
        else:
            missing = handler.ask("auth_interactive", login.username, lambda *asked: _answer(login, *asked))
    except AuthenticationException:
        if handler.transport.is_active() and time.monotonic() - begun < patience.login:
            return login_refused(place, "the server refused it")
    except (SSHException, EOFError, OSError):
        pass
    else:
        if missing:
            return login_refused(place, f"the server asks for {', '.join(missing)} as well")
        return None
    finally:
        handler.password = None
    return UnreachableError(
        f"{place.host} gave no answer to the log-in.", code=AUTH_UNANSWERED, stage="login", where=place.where
    )


def _password(login: Login) -> str:
    return "" if login.password is None else login.password.reveal()


def _answer(login: Login, title: str, instructions: str, prompts: list[tuple[str, bool]]) -> list[str]:
    """Answer one question whose answer is not shown; anything else is not about our password."""
    return [_password(login)] if len(prompts) == 1 and not prompts[0][1] else []
