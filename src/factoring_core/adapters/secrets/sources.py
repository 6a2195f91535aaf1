"""Secrets from the environment, from a private file, or from the system's keyring.

A reference is written ``env:NAME``, ``file:PATH`` or ``keyring:SERVICE/NAME``.
Nothing raised here carries a secret, neither in its words nor in its causes; text
that is no reference may itself be one and is not repeated either.
"""

import os
import re
import stat
from collections.abc import Mapping
from pathlib import Path

from factoring_core.errors import CredentialError, MissingExtraError
from factoring_core.ports.secrets import Secret

_REFERENCE = re.compile(
    r"env:(?P<variable>[A-Za-z_][A-Za-z0-9_]*)"
    r"|file:(?P<path>[^\x00-\x1f]+)"
    r"|keyring:(?P<service>[^\x00-\x1f]+)/(?P<name>[^/\x00-\x1f]+)"
)
_LONGEST = 64 * 1024
_INSECURE_KEYRINGS = ("keyrings.alt.", "keyring.backends.null.")


def looks_like_reference(text: str) -> bool:
    """Say whether *text* has the form of a reference, so that it is no secret in clear."""
    return _REFERENCE.fullmatch(text) is not None


class SecretReferences:
    """Resolves references at the moment of use and remembers nothing.

    Args:
        environ: Where ``env:`` looks; the process environment otherwise.
        folder: What a relative ``file:`` path starts from; the working folder otherwise.
    """

    def __init__(self, *, environ: Mapping[str, str] | None = None, folder: Path | None = None) -> None:
        self._environ = os.environ if environ is None else environ
        self._folder = folder

    def resolve(self, reference: str) -> Secret:
        """Return the secret that *reference* points to.

        Raises:
            CredentialError: missing, malformed or badly kept.
            MissingExtraError: a keyring is named and the keyring package is missing.
        """
        match = _REFERENCE.fullmatch(reference)
        if match is None:
            raise CredentialError(
                "The credential is no reference; it may be a secret in clear and is not repeated here.",
                remedy="Write env:NAME, file:PATH or keyring:SERVICE/NAME; change the secret if it was real.",
                code="secret_in_clear",
            )
        if (variable := match["variable"]) is not None:
            value = self._environ.get(variable)
        elif (path := match["path"]) is not None:
            value = self._from_file(path, reference)
        else:
            value = _from_keyring(match["service"], match["name"], reference)
        if value is None:
            raise _refused("is not set", reference, code="credential_missing")
        return _checked(value, reference)

    def read_key(self, reference: str) -> Secret:
        """Return the private key in the file that *reference* points to, its lines as they are.

        Raises:
            CredentialError: missing, badly kept, no text, or no ``file:`` reference.
        """
        match = _REFERENCE.fullmatch(reference)
        if match is None or match["path"] is None:
            raise CredentialError(
                "The private key is no reference to a file and is not repeated here.",
                remedy="Write file:PATH.",
                code="secret_in_clear",
            )
        text = self._from_file(match["path"], reference)
        if not text.strip():
            raise _refused("is empty", reference, code="credential_missing")
        if not text.isascii() or "\0" in text:
            raise _refused("is no private key in text form", reference)
        return Secret(text)

    def _from_file(self, path: str, reference: str) -> str:
        place = Path(os.path.expanduser(path))
        if self._folder is not None:
            place = self._folder / place
        try:
            # What is checked and what is read are one open file; a pipe must not make us wait.
            file = open(place, "rb", opener=_without_waiting)  # noqa: SIM115 - closed below
        except FileNotFoundError:
            raise _refused(
                "points to a file that does not exist", reference, code="credential_missing"
            ) from None
        except OSError as error:
            raise _refused("points to a file that cannot be opened", reference) from error
        with file:
            state = os.fstat(file.fileno())
            if not stat.S_ISREG(state.st_mode):
                raise _refused("points to something that is not a file", reference)
            if os.name != "nt" and state.st_mode & 0o077:
                raise _refused(
                    "points to a file that others than its owner may use",
                    reference,
                    code="credential_exposed",
                    remedy="Take the rights of group and others away: chmod 600.",
                )
            content = file.read(_LONGEST + 1)
        if len(content) > _LONGEST:
            raise _refused("points to a file that is too long for a secret", reference)
        # Bytes that are no text become surrogates, which are refused below: a
        # UnicodeDecodeError would carry the secret along.
        return content.decode("utf-8", "surrogateescape")


def _without_waiting(path: str, flags: int) -> int:
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))


def _from_keyring(service: str, name: str, reference: str) -> str | None:
    try:
        import keyring
        from keyring.errors import KeyringError
    except ImportError:
        raise MissingExtraError("keyring", "keyring") from None
    backend = keyring.get_keyring()
    chosen = getattr(backend, "backends", [backend])
    if any(f"{type(each).__module__}.".startswith(_INSECURE_KEYRINGS) for each in chosen):
        raise _refused("needs a keyring, and the one chosen here does not protect secrets", reference)
    try:
        return backend.get_password(service, name)
    except KeyringError as error:
        reason = type(error).__name__
    raise _refused(f"could not be read from the keyring ({reason})", reference)


def _checked(value: str, reference: str) -> Secret:
    """Refuse what no password contains, rather than guess what was meant."""
    if not value:
        raise _refused("is empty", reference, code="credential_missing")
    if value.endswith("\n") and not set("\r\n\0") & set(value.removesuffix("\n").removesuffix("\r")):
        raise _refused(
            "ends with a line break, which an editor may have added",
            reference,
            remedy="Write the secret without the line break, for instance with printf '%s'.",
        )
    if set("\r\n\0") & set(value):
        raise _refused("contains a line break or a zero byte", reference)
    if any("\ud800" <= character <= "\udfff" for character in value):
        raise _refused("is not UTF-8 text", reference)
    return Secret(value)


def _refused(
    what: str, reference: str, *, code: str = "credential_malformed", remedy: str | None = None
) -> CredentialError:
    return CredentialError(
        f"The credential {reference} {what}.", code=code, remedy=remedy, where={"credential": reference}
    )
