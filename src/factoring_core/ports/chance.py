"""Chance, asked for and never taken."""

from typing import Protocol


class Chance(Protocol):
    """Makes tokens that nobody can guess and that never come twice."""

    def token(self, nbytes: int) -> str:
        """Return *nbytes* of chance, in lower-case hex."""
        ...
