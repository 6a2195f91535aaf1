"""Chance from the operating system."""

import secrets


class SystemChance:
    """Makes tokens with the system's own source of secrets."""

    def token(self, nbytes: int) -> str:
        """Return *nbytes* of chance, in lower-case hex."""
        return secrets.token_hex(nbytes)
