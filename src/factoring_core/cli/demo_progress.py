"""What a person sees while the demonstration works: one bar a stage on a terminal, one line elsewhere."""

import contextlib
import sys
from collections.abc import Iterator
from contextlib import ExitStack

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from factoring_core.usecases.ports import Progress as Report
from factoring_core.usecases.ports import no_progress


class Stages:
    """Shows stages, one below the other, on stderr; nothing where *quiet*."""

    def __init__(self, *, quiet: bool) -> None:
        self._quiet = quiet
        self._bars: Progress | None = None
        self._open = ExitStack()

    def __enter__(self) -> "Stages":
        if not self._quiet and sys.stderr.isatty():
            columns = (
                TextColumn("{task.description:<44}"),
                BarColumn(bar_width=32),
                MofNCompleteColumn(),
                TimeElapsedColumn(),
            )
            self._bars = self._open.enter_context(Progress(*columns, console=Console(stderr=True)))
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()

    @contextlib.contextmanager
    def stage(self, name: str) -> Iterator[Report]:
        """Give a callable that moves the bar of one stage; the stage is complete when this ends."""
        if self._bars is None:
            yield no_progress
            if not self._quiet:
                print(f"{name}: done", file=sys.stderr, flush=True)
            return
        bars, task = self._bars, self._bars.add_task(name, total=1)
        done_before = _Passes()

        def report(what: str, done: int, total: int) -> None:
            done_before.move(bars, task, what, done, total)

        yield report
        done_before.finish(bars, task)


class _Passes:
    """Adds what is counted one after the other, such as sealing and then staging, to one bar."""

    def __init__(self) -> None:
        self._totals: dict[str, tuple[int, int]] = {}

    def move(self, bars: Progress, task: TaskID, what: str, done: int, total: int) -> None:
        self._totals[what] = (done, total)
        self._show(bars, task)

    def finish(self, bars: Progress, task: TaskID) -> None:
        self._totals = {what: (total, total) for what, (_, total) in self._totals.items()} or {"": (1, 1)}
        self._show(bars, task)

    def _show(self, bars: Progress, task: TaskID) -> None:
        done = sum(done for done, _ in self._totals.values())
        bars.update(task, completed=done, total=sum(total for _, total in self._totals.values()))
