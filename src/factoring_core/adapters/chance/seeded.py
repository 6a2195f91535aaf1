"""Chance that repeats itself: for tests, demonstrations and replays."""

import hashlib
from itertools import count


class SeededChance:
    """Makes the same tokens in the same order for the same seed; never the same one twice."""

    def __init__(self, seed: str = "") -> None:
        self._seed = seed
        self._calls = count(1)

    def token(self, nbytes: int) -> str:
        """Return *nbytes* that follow from the seed and from how often it was asked."""
        text = f"{self._seed}\n{next(self._calls)}"
        return hashlib.shake_256(text.encode()).hexdigest(nbytes)
