"""Trying again by stamina: with waits that grow and are not the same for everybody."""

import logging
from collections.abc import Callable
from typing import TypeVar

import stamina

T = TypeVar("T")

ATTEMPTS = 4
LONGEST_RETRY = 45.0

# It tells the log of every wait; where a host listens to no log, that is not for the screen.
logging.getLogger("stamina").addHandler(logging.NullHandler())


def backing_off(work: Callable[[], T], *, again: Callable[[Exception], bool], seconds: float) -> T:
    """Do *work*, and again after half a second, one, two, each with as much of chance added.

    At most 4 times, and within *seconds* or 45 of them.  See `factoring_core.ports.retry.Retry`.
    """
    for attempt in stamina.retry_context(
        on=again,
        attempts=ATTEMPTS,
        timeout=min(seconds, LONGEST_RETRY),
        wait_initial=0.5,
        wait_max=5.0,
        wait_jitter=0.5,
    ):
        with attempt:
            return work()
    raise AssertionError("unreachable")  # pragma: no cover - the context raises what failed last
