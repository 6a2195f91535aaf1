"""Progress bars on stderr, for a person who is looking."""

import contextlib
import sys
from collections.abc import Iterator

from factoring_core.cli.session import Session
from factoring_core.usecases.ports import Progress as Report


@contextlib.contextmanager
def progress(session: Session) -> Iterator[Report | None]:
    """Give a callable that moves a bar, or None where nobody would see it.

    What is called ``bytes`` is shown in their units and with its speed; all else is counted.
    """
    if session.as_json or not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        DownloadColumn,
        MofNCompleteColumn,
        Progress,
        ProgressColumn,
        Task,
        TaskID,
        TextColumn,
        TimeElapsedColumn,
        TransferSpeedColumn,
    )
    from rich.text import Text

    class HowMuch(ProgressColumn):
        """Counts, or bytes and how fast they go."""

        def __init__(self) -> None:
            super().__init__()
            self._counts, self._bytes, self._speed = (
                MofNCompleteColumn(),
                DownloadColumn(),
                TransferSpeedColumn(),
            )

        def render(self, task: Task) -> Text:
            if task.description != "bytes":
                return self._counts.render(task)
            return Text.assemble(self._bytes.render(task), " ", self._speed.render(task))

    columns = (TextColumn("{task.description}"), BarColumn(), HowMuch(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bars:
        tasks: dict[str, TaskID] = {}

        def report(what: str, done: int, total: int) -> None:
            if what not in tasks:
                tasks[what] = bars.add_task(what.replace("[", "("), total=total)
            bars.update(tasks[what], completed=done, total=total)

        yield report
