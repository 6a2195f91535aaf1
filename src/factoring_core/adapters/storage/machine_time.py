"""The clock of stores that belong to one machine."""

import sys
import time
from functools import cache
from pathlib import Path

from factoring_core.domain.selling.lease import StoreTime

_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


def machine_time() -> StoreTime:
    """Return the monotonic time of this machine, on a scale that ends with this start of it.

    Where the system does not say which start this is, the scale is one for all of them; a time
    that is too far ahead tells that the machine was started anew.
    """
    return StoreTime(scale=_scale(), ms=time.monotonic_ns() // 1_000_000)


@cache
def _scale() -> str:
    try:
        return f"boot/{_BOOT_ID.read_text('ascii').strip()}"
    except (OSError, UnicodeDecodeError):
        return f"boot/{sys.platform}"
