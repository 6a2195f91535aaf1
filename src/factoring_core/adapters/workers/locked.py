"""Programs that know each other by locks of the operating system, which end with who holds them."""

import contextlib
import os
import platform
import secrets
import tempfile
from pathlib import Path

try:
    import fcntl
except ImportError:  # pragma: no cover - not on Windows, where nobody is ever seen to be gone
    fcntl = None  # type: ignore[assignment]

_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


class LockedWorker:
    """This program, named ``host/start/token``, and holding the lock of a file of that token.

    The file is made, and locked, when the name is first asked for.  What cannot be known, as
    of a program on another host, counts as running.

    Args:
        folder: Where the files are, the same for all programs at work on one store; a place
            of this user's by default.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder or Path(tempfile.gettempdir()) / f"factoring-core-{_user()}"
        self._token = secrets.token_hex(8)
        self._lock: int | None = None

    @property
    def name(self) -> str:
        """The name of this program."""
        if self._lock is None and fcntl is not None:
            with contextlib.suppress(OSError):  # without a lock nobody will see us gone, no more
                self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
                self._lock = os.open(self._file(self._token), os.O_RDWR | os.O_CREAT, 0o600)
                fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                # A child that lives longer would hold the lock as well.
                os.register_at_fork(after_in_child=self._become_another)
        return f"{_here()}/{self._token}"

    def is_gone(self, name: str) -> bool:
        """Say whether the program of that name ran here and its lock is free."""
        here, _, token = name.rpartition("/")
        if here != _here() or not token.isalnum() or token == self._token:
            return False
        file = self._file(token)
        try:
            lock = os.open(file, os.O_RDWR)
        except OSError:
            return False
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            file.unlink(missing_ok=True)
        except OSError:
            return False
        finally:
            os.close(lock)
        return True

    def close(self) -> None:
        """Let go of the lock, and of its file."""
        if self._lock is not None:
            with contextlib.suppress(OSError):
                self._file(self._token).unlink(missing_ok=True)
        self._forget()

    def _become_another(self) -> None:
        self._forget()
        self._token = secrets.token_hex(8)

    def _forget(self) -> None:
        lock, self._lock = self._lock, None
        if lock is not None:
            with contextlib.suppress(OSError):
                os.close(lock)

    def _file(self, token: str) -> Path:
        return self._folder / f"{token}.lock"


def _here() -> str:
    """Name this machine and this start of it."""
    try:
        start = _BOOT_ID.read_text("ascii").strip()
    except OSError:
        start = "unknown"
    return f"{platform.node().replace('/', '_')}/{start}"


def _user() -> str:
    return str(os.getuid()) if hasattr(os, "getuid") else os.environ.get("USERNAME", "user")
