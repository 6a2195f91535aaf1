"""Secrets, referred to by name and resolved at the moment of use."""

from typing import Protocol


class Secret:
    """A secret that shows itself only when asked by name: no text form, no pickle, no copy."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """Return the secret itself."""
        return self._value

    def __repr__(self) -> str:
        return "<secret>"

    __str__ = __repr__

    def __reduce__(self) -> str:
        raise TypeError("a secret is neither pickled nor copied")


class SecretSource(Protocol):
    """Resolves references such as ``env:NAME``, ``file:PATH``, ``keyring:SERVICE/NAME``."""

    def resolve(self, reference: str) -> Secret:
        """Return the secret that *reference* points to.

        Raises:
            CredentialError: missing, malformed or badly kept; the value is never shown.
        """
        ...
