"""What lies in a simulated factor's folder: batches that are whole, each taken once."""

from collections.abc import Mapping
from pathlib import Path

from factoring_core.errors import UsageError
from factoring_core.testing.factor.batches import TakenBatch, packet_names, read_list, unpacked

INBOX = "inbox"


class Inbox:
    """The folder ``inbox`` in a factor's home.

    Args:
        home: The factor's folder.
        consumes: Whether a batch that was taken goes away, as at many factors.
    """

    def __init__(self, home: Path, *, consumes: bool) -> None:
        self.folder = home / INBOX
        self.folder.mkdir(parents=True, exist_ok=True)
        self._consumes = consumes
        self._known: set[str] = set()

    def batches(self) -> list[TakenBatch]:
        """Return every batch that is whole and was not returned yet.

        A batch is whole when its list and a packet for each line are there.
        """
        files = {
            file.name: file.read_bytes()
            for file in sorted(self.folder.iterdir())
            if file.is_file() and not file.name.startswith(".") and file.suffix in (".csv", ".pdf", ".zip")
        }
        new = []
        for name in files:
            batch = _whole(name, files)
            if batch is None or batch.list_name in self._known:
                continue
            self._known.add(batch.list_name)
            new.append(batch)
            if self._consumes:
                for gone in {name, *packet_names(batch.invoices)}:
                    (self.folder / gone).unlink(missing_ok=True)
        return new


def _whole(name: str, files: Mapping[str, bytes]) -> TakenBatch | None:
    """Return the batch of a list or an archive, or None where it is neither or not whole yet."""
    try:
        inside = unpacked({name: files[name]}) if name.endswith(".zip") else files
        lists = [one for one in inside if one.endswith(".csv")] if name.endswith(".zip") else [name]
        if len(lists) != 1 or not lists[0].endswith(".csv"):
            return None
        invoices = read_list(inside[lists[0]])
    except (UsageError, ValueError):
        return None
    if not invoices or not packet_names(invoices) <= inside.keys():
        return None
    return TakenBatch(list_name=lists[0], invoices=invoices)
