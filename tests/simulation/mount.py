"""A folder that is mounted here: the real adapter on a file system in memory, its system calls watched."""

from __future__ import annotations

import errno
import os
import pathlib
import shutil
import tempfile
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from factoring_core.adapters.remote import folder as adapter
from factoring_core.adapters.remote.exclusive_rename import rename_exclusively
from factoring_core.adapters.remote.folder import LocalFolder
from factoring_core.testing.simulated_server import Fate, Request
from simulation.base import FAST

if TYPE_CHECKING:
    from simulation.world import World

T = TypeVar("T")

_PATIENCE = 30.0


class WatchedMount:
    """The factor's folder on this machine, and any number of workers that see it."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.root = pathlib.Path(tempfile.mkdtemp(dir=FAST, prefix="factoring-sim-"))
        self.logins: list[str] = []

    @property
    def files(self) -> dict[str, bytes]:
        """What is in the folder now."""
        return {path.name: path.read_bytes() for path in sorted(self.root.iterdir())}

    def take(self, name: str) -> None:
        """Take a file away from the factor's side."""
        (self.root / name).unlink(missing_ok=True)

    def folder(self) -> LocalFolder:
        """Open it as the running worker."""
        opened = LocalFolder(self.root)
        opened._folder = WatchedPath(self.root)
        return opened

    def late(self) -> int:
        """Return how many system calls are still to be done: none is ever late."""
        return 0

    def close(self) -> None:
        """Leave nothing behind."""
        shutil.rmtree(self.root, ignore_errors=True)

    def call(self, verb: str, name: str, effect: Callable[[], T], *, arrives: str | None = None) -> T:
        """Let one system call meet its fate."""
        asked = Request(client=self.world.worker().name, verb=verb, name=name)
        fate = self.world.fate(asked)
        if fate is Fate.REFUSED:
            raise OSError(errno.EACCES, "refused")
        if fate in (Fate.SILENT, Fate.LATE):
            self.world.sleep(_PATIENCE)
        if fate in (Fate.SILENT, Fate.LATE, Fate.BROKEN):
            raise OSError(errno.EIO, "broken")
        result = effect()
        if arrives is not None:
            self.world.factor.arrival(arrives, (self.root / arrives).read_bytes())
        self.world.served(asked)
        if fate is Fate.UNANSWERED:
            raise OSError(errno.EIO, "broken")
        return result


class WatchedPath(type(pathlib.Path())):  # type: ignore[misc]
    """A path whose system calls are watched while a world is at it."""

    mount: ClassVar[WatchedMount | None] = None

    def open(self, mode: str = "r", *more: Any, **named: Any) -> Any:
        held: list[Any] = []
        try:
            _watched(
                "open", self.name, lambda: held.append(super(WatchedPath, self).open(mode, *more, **named))
            )
        except BaseException:
            # Whoever is killed here leaves no file open: its system closes it.
            for opened in held:
                opened.close()
            raise
        return WatchedFile(held[0], self.name)

    def unlink(self, missing_ok: bool = False) -> None:
        _watched("unlink", self.name, lambda: super(WatchedPath, self).unlink(missing_ok=missing_ok))

    def lstat(self) -> os.stat_result:
        found: os.stat_result = _watched("find", self.name, lambda: super(WatchedPath, self).lstat())
        return found


class WatchedFile:
    """An open file, written to in two halves."""

    def __init__(self, file: Any, name: str) -> None:
        self._file, self._name = file, name

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)

    def __enter__(self) -> WatchedFile:
        return self

    def __exit__(self, *raised: object) -> None:
        self._file.close()

    def write(self, content: bytes) -> None:
        half = (len(content) + 1) // 2
        for part in (content[:half], content[half:]):
            _watched("write", self._name, lambda part=part: self._file.write(part))


class WatchedOs:
    """The `os` of the adapter, with the calls that change something watched."""

    def __getattr__(self, name: str) -> Any:
        return getattr(os, name)

    def fsync(self, descriptor: int) -> None:
        _watched("sync", "", lambda: os.fsync(descriptor))


def _watched(verb: str, name: str, effect: Callable[[], T], *, arrives: str | None = None) -> T:
    mount = WatchedPath.mount
    return effect() if mount is None else mount.call(verb, name, effect, arrives=arrives)


def watch(mount: WatchedMount | None) -> None:
    """Have the adapter's system calls watched by one mount, or by none."""
    WatchedPath.mount = mount
    adapter.os = os if mount is None else WatchedOs()  # type: ignore[attr-defined]
    adapter.rename_exclusively = rename_exclusively if mount is None else _renamed  # type: ignore[attr-defined]


def _renamed(source: pathlib.Path, target: pathlib.Path) -> bool:
    return _watched("rename", target.name, lambda: rename_exclusively(source, target), arrives=target.name)
