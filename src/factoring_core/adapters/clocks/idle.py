"""Time that passes only when it is let: for tests and replays."""


class IdleTimer:
    """Measures the time that was let pass by itself; ``sleep`` returns at once."""

    def __init__(self) -> None:
        self._seconds = 0.0

    def seconds(self) -> float:
        """Return the seconds that were let pass."""
        return self._seconds

    def sleep(self, seconds: float) -> None:
        """Let so many seconds pass, at once."""
        self._seconds += seconds
