"""Progress bars on stderr, for a person who is looking."""

import contextlib
import sys
from collections.abc import Iterator

from factoring_core.cli.session import Session
from factoring_core.usecases.ports import Progress as Report


@contextlib.contextmanager
def progress(session: Session) -> Iterator[Report | None]:
    """Give a callable that moves a bar, or None where nobody would see it."""
    if session.as_json or not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bars:
        tasks: dict[str, TaskID] = {}

        def report(what: str, done: int, total: int) -> None:
            if what not in tasks:
                tasks[what] = bars.add_task(what.replace("[", "("), total=total)
            bars.update(tasks[what], completed=done, total=total)

        yield report
