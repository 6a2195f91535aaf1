"""Where the simulated factors take their batches from: the one place that knows how these travel."""

import contextlib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from attrs import frozen


@frozen(kw_only=True)
class Inbox:
    """One factor's side of a connection.

    ``settings``: the lines of `factoring.toml` that reach it.  ``files`` reads what lies there
    now; None where a person hands the files over.
    """

    settings: str
    how: str
    files: Callable[[], dict[str, bytes]] | None = None


MANUAL = Inbox(settings='protocol = "manual"', how="by hand")


@contextlib.contextmanager
def open_inboxes(home: Path) -> Iterator[Mapping[str, Inbox]]:
    """Keep an inbox open for each subsidiary's factor."""
    yield {"north": _folder(home, "north"), "river": _folder(home, "river"), "summit": MANUAL}


def _folder(home: Path, name: str) -> Inbox:
    folder = home / "factor" / name
    folder.mkdir(parents=True)
    return Inbox(
        settings=f'protocol = "folder"\nfolder = "factor/{name}"',
        how="through a folder",
        files=lambda: files_in(folder),
    )


def files_in(folder: Path) -> dict[str, bytes]:
    """Read every file of *folder* whose name is not private."""
    return {
        file.name: file.read_bytes()
        for file in sorted(folder.iterdir())
        if file.is_file() and not file.name.startswith(".") and not file.name.endswith(".part")
    }
