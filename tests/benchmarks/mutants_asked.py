"""Who notices a change: the tests that call the changed function are asked, the quickest first.

Each change is put into a fork of a process that has collected the tests and run none, until one test
notices.  A change of what runs before any test does is asked about in a process of its own.
"""

from __future__ import annotations

import importlib
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import CodeType, ModuleType

import pytest
from _pytest.runner import runtestprotocol
from mutants import Change, put_in

ROOT = Path(__file__).resolve().parents[2]
QUIETLY = ("-q", "-p", "no:randomly", "-p", "no:cacheprovider", "--timeout=0")
NOTICED, UNNOTICED, MISFIT = 1, 0, 7
Name = tuple[str, str]
"""The module of a function, without its package, and the function's qualified name."""


class Calls:
    """Hears which functions of a folder are called."""

    def __init__(self, folder: Path) -> None:
        self._folder = str(folder)
        self._codes: set[CodeType] = set()

    def begin(self) -> None:
        """Listen, and forget what was heard before."""
        self._codes = set()
        sys.setprofile(lambda frame, event, _: self._codes.add(frame.f_code))

    def end(self) -> set[Name]:
        """Listen no more, and tell which functions at the top of which modules were heard."""
        sys.setprofile(None)
        return {
            (Path(code.co_filename).stem, code.co_qualname.partition(".<locals>")[0])
            for code in self._codes
            if code.co_filename.startswith(self._folder)
        }


class Asking:
    """A plugin that runs the collected tests once as they are, and then for every change.

    Args:
        folder: Where all of the changes are.
        changes: What is put in, one at a time.
        tests: Who is asked, as pytest is told.
        jobs: How many processes ask at once.
        fits: Says of a change whether a test that calls the function is to be asked.
    """

    def __init__(
        self,
        folder: Path,
        changes: Sequence[Change],
        tests: Sequence[str],
        *,
        jobs: int = 1,
        fits: Callable[[Change, pytest.Item], bool] = lambda change, item: True,
    ) -> None:
        self.status: list[tuple[Change, int | None]] = []
        """With the exit status of those who were asked, None where no test calls the function."""
        self._changes, self._tests, self._jobs, self._fits = changes, tests, jobs, fits
        self._out = os.fdopen(os.dup(1), "w", buffering=1)
        self._calls = Calls(folder)
        self._modules: dict[Path, ModuleType] = {}

    def run(self) -> None:
        """Ask, and print what nobody noticed."""
        os.chdir(ROOT)
        sys.path[:0] = places = [str(ROOT / "src"), str(ROOT / "tests")]
        os.environ["PYTHONPATH"] = os.pathsep.join(places)
        self._calls.begin()
        for path in sorted({one.path for one in self._changes}):
            dotted = ".".join(path.relative_to(ROOT / "src").with_suffix("").parts)
            self._modules[path] = importlib.import_module(dotted)
        pytest.main([*QUIETLY, *self._tests], [self])

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_makereport(self, item: pytest.Item, call: pytest.CallInfo[None]) -> None:
        """End the process at the first failure, before anybody draws up why."""
        if call.excinfo is not None and not call.excinfo.errisinstance(pytest.skip.Exception):
            os._exit(NOTICED)

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Ask instead of testing."""
        early = self._calls.end()
        reach = self._reach(session.items)
        running: dict[int, Change] = {}
        for change in self._changes:
            name = (change.module, change.function)
            asked = sorted(
                (taken, place)
                for place, (taken, called) in enumerate(reach)
                if name in called and self._fits(change, session.items[place])
            )
            if name in early:
                self._note(change, alone(change, self._tests))
                continue
            if not asked:
                self._note(change, None)
                continue
            if len(running) == self._jobs:
                self._wait(running)
            limit = 10 + int(4 * sum(taken for taken, _ in asked))
            running[_forked(lambda: self._try(change, session.items, asked), limit)] = change  # noqa: B023
        while running:
            self._wait(running)
        return True

    def _reach(self, items: Sequence[pytest.Item]) -> list[tuple[float, set[Name]]]:
        """Return of every test how long it takes and which functions it calls."""
        reading, writing = os.pipe()

        def run() -> None:
            with os.fdopen(writing, "w") as out:
                for one in items:
                    began = time.process_time()
                    self._calls.begin()
                    _ask(one)
                    called = sorted(map(":".join, self._calls.end()))
                    print(time.process_time() - began, *called, sep="\t", file=out, flush=True)

        child = _forked(run, 600)
        os.close(writing)
        reach: list[tuple[float, set[Name]]] = []
        with os.fdopen(reading) as lines:
            for line in lines:
                taken, *called = line.rstrip("\n").split("\t")
                names = (one.partition(":") for one in called)
                reach.append((float(taken), {(module, name) for module, _, name in names}))
        if os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]):
            raise pytest.UsageError(f"{items[len(reach)].nodeid} fails before anything is changed.")
        return reach

    def _try(self, change: Change, items: Sequence[pytest.Item], asked: Sequence[tuple[float, int]]) -> None:
        try:
            put_in(change, self._modules[change.path])
        except BaseException:
            os._exit(MISFIT)
        for _, place in asked:
            _ask(items[place])

    def _wait(self, running: dict[int, Change]) -> None:
        child, status = os.wait()
        self._note(running.pop(child), os.waitstatus_to_exitcode(status))

    def _note(self, change: Change, status: int | None) -> None:
        if status == MISFIT:
            status = alone(change, self._tests)
        self.status.append((change, status))
        if not status:
            word = "not reached" if status is None else "not noticed"
            what = f"{word}: {change.module} {change.number} in {change.function}"
            print(f"{what}\n{change.difference}", file=self._out)

    def tell(self, modules: Mapping[str, int]) -> None:
        """Print what became of the changes of each module, of which it says how many there are."""
        for module, total in modules.items():
            tried = [status for one, status in self.status if one.module == module]
            if tried:
                noticed = sum(map(bool, tried))
                share = f"{noticed} ({100 * noticed / len(tried):.1f} %)"
                print(f"| `{module}` | {total} | {len(tried)} | {share} |", file=self._out)
        words = Counter(
            "not reached" if one is None else "noticed" if one else "not noticed" for _, one in self.status
        )
        print(f"{sum(modules.values())} changes, {len(self.status)} tried: {dict(words)}", file=self._out)


def alone(change: Change, tests: Sequence[str]) -> int:
    """Return how those who are asked in a process that begins with the change end: 0 if not noticing it."""
    with tempfile.TemporaryDirectory(prefix="change-") as folder:
        place = Path(folder)
        shutil.copytree(ROOT / "src", place / "src", ignore=shutil.ignore_patterns("__pycache__"))
        (place / change.path.relative_to(ROOT)).write_text(change.source, encoding="utf-8")
        places = os.pathsep.join((str(place / "src"), str(ROOT / "tests")))
        done = subprocess.run(
            [sys.executable, "-m", "pytest", "-x", *QUIETLY, *tests],
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": places},
            check=False,
            capture_output=True,
        )
    return done.returncode


def _ask(item: pytest.Item) -> None:
    runtestprotocol(item, log=False, nextitem=None)


def _forked(run: Callable[[], None], seconds: int) -> int:
    """Run something in a child with so much processor time; any end but the last line is a notice."""
    child = os.fork()
    if child:
        return child
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    resource.setrlimit(resource.RLIMIT_AS, (4 << 30, 4 << 30))
    try:
        run()
    except BaseException:
        os._exit(NOTICED)
    os._exit(UNNOTICED)
