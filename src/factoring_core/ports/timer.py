"""Time that passes, which setting a clock does not change."""

from typing import Protocol


class Timer(Protocol):
    """Measures how long something takes, and lets time pass."""

    def seconds(self) -> float:
        """Return the seconds since some moment of this program's; they never go back."""
        ...

    def sleep(self, seconds: float) -> None:
        """Let so many seconds pass."""
        ...
