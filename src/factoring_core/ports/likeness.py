"""How alike two invoice numbers look."""

from typing import Protocol


class Likeness(Protocol):
    """Puts the candidates of a row in order; whether one is taken never depends on it."""

    def __call__(self, one: str, other: str, /) -> float:
        """Return 1 for numbers that are equal but for case, and less the more they differ, down to 0."""
        ...
