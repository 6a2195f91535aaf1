"""The running program, as other programs at work on the same store see it."""

from typing import Protocol


class Worker(Protocol):
    """Has a name of its own, and can tell when another one is provably gone."""

    @property
    def name(self) -> str:
        """A name that no other running program has, nor ever had."""
        ...

    def is_gone(self, name: str) -> bool:
        """Say whether the program of that name provably runs no more; False where nobody can know."""
        ...
