"""Reading the files that a command names, and writing the ones it makes."""

import contextlib
import os
import secrets
from pathlib import Path

from factoring_core.errors import Fault, FileRefusedError, UsageError

LARGEST = 256 * 1024 * 1024
"""No file that a command reads may be larger; readers have tighter limits of their own."""


def read_file(path: Path) -> bytes:
    """Return the content of *path*.

    Raises:
        UsageError: there is no such file, or it cannot be read.
        FileRefusedError: it is larger than anything we agree to read.
    """
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST + 1)
    except OSError as error:
        raise _unusable(path, error) from error
    if len(content) > LARGEST:
        fault = Fault(code="limit_exceeded", message="The file is larger than 256 MiB.", file=path.name)
        raise FileRefusedError(
            f"{path.name} is larger than 256 MiB and was not read.",
            faults=[fault],
            code="limit_exceeded",
            remedy="Split the file and apply the parts.",
            where={"file": path.name},
        )
    return content


def require_files(paths: tuple[Path, ...]) -> None:
    """Let files pass that are there and can be read, before any of them is worked on.

    Raises:
        UsageError: one of them is not.
    """
    for path in paths:
        try:
            with path.open("rb"):
                pass
        except OSError as error:
            raise _unusable(path, error) from error


def write_file(path: Path, content: bytes, *, replace: bool = True) -> bool:
    """Put *content* at *path*, whole or not at all; return False where it stood there already.

    Raises:
        UsageError: *path* cannot be written, or holds something else and *replace* is false.
    """
    if path.is_file():
        if path.read_bytes() == content:
            return False
        if not replace:
            raise UsageError(
                f"{path.name} exists and says something else; it was left as it is.",
                code="file_exists",
                remedy="Give another name, or move the file away.",
                where={"file": str(path)},
            )
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with temporary.open("xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except OSError as error:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)
        raise UsageError(
            f"{path} cannot be written ({error.strerror or type(error).__name__}).",
            code="unwritable",
            remedy="Give a place where you may write.",
            where={"file": str(path)},
        ) from error
    return True


def _unusable(path: Path, error: OSError) -> UsageError:
    return UsageError(
        f"{path} cannot be read ({error.strerror or type(error).__name__}).",
        code="not_found" if isinstance(error, FileNotFoundError) else "unreadable",
        remedy="Check the path; it is relative to the folder you are in.",
        where={"file": str(path)},
    )
