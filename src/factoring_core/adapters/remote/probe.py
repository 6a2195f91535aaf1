"""Trying a folder out without sending anything: write a private file, rename it, look, remove it."""

import secrets
from collections.abc import Iterator

from attrs import frozen

from factoring_core.errors import FactoringError, RemoteRefusedError
from factoring_core.ports.remote_folder import RemoteFolder

LITTLE_ROOM = 100 * 1024 * 1024
_CONTENT = b"factoring check: this file is removed at once\n"


@frozen(kw_only=True)
class ProbeFinding:
    """One thing that trying out found.  ``level``: ok, warning or error."""

    level: str
    code: str
    message: str
    remote: bool = False


def probe(
    folder: RemoteFolder, *, rename_needed: bool = True, looking: bool = True
) -> Iterator[ProbeFinding]:
    """Try all that a delivery needs, and say in plain words what does not work.

    The names it uses are private and never seen before; what it wrote it removes, also when
    it fails.

    Args:
        folder: The folder to try.
        rename_needed: Whether a delivery needs files to be renamed.
        looking: Whether the folder may be looked into.

    Yields:
        What was found; nothing follows an error.

    Raises:
        FactoringError: what would stop a delivery: the server, the log-in, the folder.
    """
    names = [f".factoring-check-{secrets.token_hex(8)}{part}" for part in (".part", ".renamed.part")]
    if looking:
        yield from _listing(folder)
    try:
        written = folder.write_new(names[0], _CONTENT)
        if written.size != len(_CONTENT):
            yield _error("size_mismatch", "what is stored is not as long as what was written")
            return
        try:
            folder.rename(*names)
        except RemoteRefusedError as refused:
            message = f"files can be written and not renamed: {refused.message}"
            yield ProbeFinding(
                level="error" if rename_needed else "warning",
                code="rename_unsupported",
                message=message,
                remote=True,
            )
            if rename_needed:
                return
        else:
            if looking and (folder.stat(names[0]) is not None or folder.stat(names[1]) is None):
                yield _error("rename_untrusted", "a renamed file is not where it should be")
                return
    finally:
        leftover = _removed(folder, names)
    if leftover is not None:
        yield _error("remove_refused", f"a file of our own cannot be removed: {leftover}")
        return
    yield from _room(folder)
    yield ProbeFinding(
        level="ok", code="writable", message="the folder can be reached, written to and renamed in"
    )


def _listing(folder: RemoteFolder) -> Iterator[ProbeFinding]:
    try:
        folder.list()
    except RemoteRefusedError as refused:
        if refused.code == "folder_missing":
            raise
        yield ProbeFinding(
            level="warning",
            code="listing_refused",
            message=f"the folder cannot be listed: {refused.message}",
            remote=True,
        )


def _removed(folder: RemoteFolder, names: list[str]) -> str | None:
    """Remove what may be there, whatever happened before; say what kept us."""
    try:
        for name in names:
            folder.remove(name)
    except FactoringError as error:
        return error.message
    return None


def _room(folder: RemoteFolder) -> Iterator[ProbeFinding]:
    ask = getattr(folder, "free_bytes", None)
    free = None
    if ask is not None:
        try:
            free = ask()
        except RemoteRefusedError:
            return
    if free is not None and free < LITTLE_ROOM:
        yield ProbeFinding(
            level="warning",
            code="little_room",
            message=f"the server has only {free // 2**20} MiB left",
            remote=True,
        )


def _error(code: str, message: str) -> ProbeFinding:
    return ProbeFinding(level="error", code=code, message=message, remote=True)
