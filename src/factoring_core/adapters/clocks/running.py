"""Time that passes on this machine."""

import time


class RunningTimer:
    """Measures by the monotonic clock of this machine, and really waits."""

    def seconds(self) -> float:
        """Return the seconds since some moment; they never go back."""
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        """Wait."""
        time.sleep(seconds)
