"""The processes of the bindery: starting them, asking them, and ending them."""

import contextlib
import importlib.util
import json
import os
import signal
import subprocess
import sys
import threading
import weakref
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from factoring_core.adapters.documents.frames import BrokenFrameError, read_frame, write_frame
from factoring_core.adapters.documents.limits import CPU_SECONDS, MEMORY_BYTES, MIB, WALL_SECONDS
from factoring_core.adapters.documents.whereabouts import Whereabouts, shared_file
from factoring_core.errors import MissingExtraError

_CHILD = Path(__file__).with_name("bindery_child.py")
_OURS = Path(__file__).parents[3]
_NEEDED = ("pikepdf", "pypdfium2", "reportlab")
_MOST_CORES = 4


class EndedError(Exception):
    """The process ended before it answered.

    ``how`` is ``memory``, ``time`` or ``crash``; ``paper`` and ``page`` are the numbers, from 1, of
    what was looked at, or 0.
    """

    def __init__(self, how: str, paper: int, page: int) -> None:
        super().__init__(how)
        self.how, self.paper, self.page = how, paper, page


class Process:
    """One process that binds packets.

    Args:
        memory, seconds, wall: Limits: bytes, seconds of processor time and of time for one packet.
    """

    def __init__(
        self, *, memory: int = MEMORY_BYTES, seconds: int = CPU_SECONDS, wall: float = WALL_SECONDS
    ) -> None:
        given = {"path": [str(_OURS), *filter(None, sys.path)], "memory": memory, "seconds": seconds}
        command = [sys.executable, "-I", "-S", str(_CHILD), json.dumps(given)]
        with shared_file() as shared:
            self._at = Whereabouts(shared.fileno())
            self._process = subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=shared
            )
        _widen(self._process)
        # Whoever drops it ends it, so that no process outlives the last word about it.
        self._ending = weakref.finalize(self, _dropped, self._process, os.getpid())
        self._wall = wall
        self.served = False
        self.id = self._process.pid

    @property
    def alive(self) -> bool:
        """Whether it can be asked."""
        return self._process.poll() is None and not _closed(self._process)

    def ask(self, head: Mapping[str, Any], pieces: Sequence[bytes]) -> tuple[dict[str, Any], list[bytes]]:
        """Hand in an order and wait for the answer.

        Raises:
            EndedError: the process did not live to answer.
        """
        into, out = self._process.stdin, self._process.stdout
        assert into is not None
        assert out is not None
        late = threading.Event()

        def end() -> None:
            late.set()
            self._process.kill()

        watch = threading.Timer(self._wall, end)
        watch.daemon = True
        self._at.say(0, 0)
        watch.start()
        try:
            with contextlib.suppress(BrokenPipeError):  # what it said before it ended is still there
                write_frame(into, head, pieces)
            answer, found = read_frame(out)
        except (BrokenFrameError, OSError, ValueError) as error:
            self.close()
            slow = late.is_set() or self._process.returncode == -getattr(signal, "SIGXCPU", 0)
            raise EndedError("time" if slow else "crash", *self._at.last()) from error
        finally:
            watch.cancel()
        if "ended" in answer:
            self.close()
            raise EndedError("memory" if answer["ended"] == "memory" else "crash", *self._at.last())
        self.served = True
        return answer, found

    def close(self) -> None:
        """End the process, whatever it is doing."""
        self._ending()


def _widen(process: subprocess.Popen[bytes]) -> None:
    """Let a whole packet into each pipe at once, where the system can, to save both sides waking up."""
    with contextlib.suppress(ImportError, AttributeError, OSError):
        import fcntl

        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, MIB)


def _closed(process: subprocess.Popen[bytes]) -> bool:
    return process.stdin is None or process.stdin.closed


def _dropped(process: subprocess.Popen[bytes], owner: int) -> None:
    """End a process that nobody holds any more; in a fork it is the parent's, and only forgotten."""
    if os.getpid() == owner:
        _end(process)
    else:
        process.returncode = 0


def _end(process: subprocess.Popen[bytes]) -> None:
    with contextlib.suppress(OSError):  # a broken pipe, when what is buffered cannot go anywhere
        if process.stdin is not None:
            process.stdin.close()
    try:
        process.wait(0.2)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    if process.stdout is not None:
        process.stdout.close()


class Processes:
    """A few processes, started when they are needed and used again.

    Args:
        most: How many at once; one for each core, and at most four, by default.
        limits: Handed to each `Process`.
    """

    def __init__(self, *, most: int | None = None, **limits: Any) -> None:
        self.most = most or min(os.cpu_count() or 1, _MOST_CORES)
        self._limits = limits
        self._lock = threading.Lock()
        self._free: list[Process] = []
        self._owner = os.getpid()
        self._end = weakref.finalize(self, _end_all, self._free)

    def take(self) -> Process:
        """Return a process that nobody else uses.

        Raises:
            MissingExtraError: a package that it needs is not installed.
        """
        with self._lock:
            if self._owner != os.getpid():  # a fork has the pipes of its parent, and must not use them
                self._free.clear()
                self._owner = os.getpid()
            while self._free:
                process = self._free.pop()
                if process.alive:
                    return process
                process.close()
        for package in _NEEDED:
            if importlib.util.find_spec(package) is None:
                raise MissingExtraError(package, "pdf")
        return Process(**self._limits)

    def give_back(self, process: Process) -> None:
        """Let others use *process*, if it is still alive."""
        with self._lock:
            if process.alive:
                self._free.append(process)

    def keep(self, count: int) -> None:
        """End all but *count* of the processes that nobody uses."""
        with self._lock:
            ending, self._free[count:] = self._free[count:], []
        for process in ending:
            process.close()


def _end_all(processes: list[Process]) -> None:
    for process in processes:
        process.close()
