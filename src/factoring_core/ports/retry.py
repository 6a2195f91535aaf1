"""Trying again after a while."""

from collections.abc import Callable
from typing import Protocol, TypeVar

T = TypeVar("T")


class Retry(Protocol):
    """Repeats what failed for the moment, a few times and within a limit."""

    def __call__(self, work: Callable[[], T], *, again: Callable[[Exception], bool], seconds: float) -> T:
        """Do *work* and return what it returns.

        Args:
            work: What to do; doing it again does no harm.
            again: Whether an error may have passed by the next time.
            seconds: In which everything, waits included, has to be done.

        Raises:
            Exception: what *work* raised last.
        """
        ...


def once(work: Callable[[], T], *, again: Callable[[Exception], bool], seconds: float) -> T:
    """Do *work* once: what there is without a library for more."""
    return work()
