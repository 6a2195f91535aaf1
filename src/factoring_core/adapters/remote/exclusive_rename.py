"""Renaming a file in one step that never replaces another: what some systems offer and Python does not."""

import ctypes
import errno
import os
import sys
from functools import cache
from pathlib import Path
from typing import Any

_HERE = -2 if sys.platform == "darwin" else -100
_NO_REPLACE = 1  # Linux: renameat2
_EXCLUSIVE = 4  # macOS: renameatx_np
_NOT_HERE = {errno.ENOSYS, errno.EINVAL, errno.ENOTSUP, errno.EOPNOTSUPP}


def rename_exclusively(source: Path, target: Path) -> bool:
    """Rename *source* to *target*, which must not exist; say whether that can be done here at all.

    Raises:
        FileExistsError: *target* is there.
        OSError: as `os.rename`.
    """
    if os.name == "nt":  # pragma: no cover - renaming never replaces there
        os.rename(source, target)
        return True
    call, flag = _call()
    if call is None:
        return False
    if call(_HERE, os.fsencode(source), _HERE, os.fsencode(target), flag) == 0:
        return True
    number = ctypes.get_errno()
    if number in _NOT_HERE:
        return False
    raise OSError(number, os.strerror(number), str(source), None, str(target))


@cache
def _call() -> tuple[Any, int]:
    name, flag, here = "renameat2", _NO_REPLACE, ctypes.c_int
    if sys.platform == "darwin":  # pragma: no cover
        name, flag = "renameatx_np", _EXCLUSIVE
    try:
        call = getattr(ctypes.CDLL(None, use_errno=True), name)
    except (OSError, AttributeError):
        return None, 0
    call.argtypes = (here, ctypes.c_char_p, here, ctypes.c_char_p, ctypes.c_uint)
    return call, flag
