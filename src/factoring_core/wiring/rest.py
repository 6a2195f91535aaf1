"""Letting the garbage collector rest while a large file is worked on."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def collector_at_rest() -> Iterator[None]:
    """Keep the cyclic collector from walking values that are all still needed.

    A report of 100,000 rows makes a million small values; looking through them again and
    again costs as much as the fold itself.  It runs again afterwards if it ran before, and takes
    what was made for old: as young values, all of them would be walked at once.
    """
    ran = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if ran:
            if not gc.get_freeze_count():
                gc.freeze()
                gc.unfreeze()
            gc.enable()
