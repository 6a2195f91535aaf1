"""Doing an act again, whole, when the database took it back to let another one pass."""

import functools
import random
import time
from collections.abc import Callable
from typing import Any, TypeVar

from factoring_core.errors import StoreBusyError
from factoring_core.wiring.acts import WHOLE

TRIES = 5
CONFLICT = "store_conflict"

C = TypeVar("C", bound=type)


def repeated(office: C) -> C:
    """Let each of the acts be done again after a conflict, up to five times in all."""
    for name in WHOLE:
        setattr(office, name, _repeated(getattr(office, name)))
    return office


def _repeated(act: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(act)
    def until_done(*given: Any, **named: Any) -> Any:
        for left in reversed(range(TRIES)):
            try:
                return act(*given, **named)
            except StoreBusyError as error:
                if error.code != CONFLICT or not left:
                    raise
            # Two that met once should not meet again in step.
            time.sleep(random.uniform(0.01, 0.05) * (TRIES - left))
        raise AssertionError("unreachable")

    return until_done
