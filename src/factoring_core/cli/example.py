"""What `init` puts into a new home: an empty configuration, or an example that runs to the end."""

import csv
import datetime as dt
import io
from importlib import resources
from pathlib import Path

from factoring_core.adapters.documents.samples import (
    SampleTrip,
    sample_invoice,
    sample_pod,
    sample_rate_confirmation,
)
from factoring_core.cli.files import write_file
from factoring_core.domain.vocabulary.money import cents_of
from factoring_core.errors import UsageError

CARRIER = "Acme East LLC"

_DRAWN = {
    "invoice_file": sample_invoice,
    "pod_file": sample_pod,
    "rate_confirmation_file": sample_rate_confirmation,
}


def empty_home(folder: Path) -> tuple[list[str], list[str]]:
    """Put a configuration that explains itself into *folder*, unless it has one.

    Returns:
        The names of the files that were made, and of those that were there.
    """
    if (folder / "factoring.toml").exists():
        return [], ["factoring.toml"]
    return _put(folder, {"factoring.toml": _text("empty.toml")})


def example_home(folder: Path) -> tuple[list[str], list[str]]:
    """Put the example into *folder*; what is there already and the same stays.

    Returns:
        The names of the files that were made, and of those that were there.

    Raises:
        UsageError: a file of the example is there and says something else; nothing was written.
    """
    return _put(folder, example_files())


def example_files() -> dict[str, bytes]:
    """Return the example by file name; the papers of each load are drawn from its row."""
    loads = _text("loads.csv")
    files = {"factoring.toml": _text("example.toml"), "loads.csv": loads}
    for row in csv.DictReader(io.StringIO(loads.decode("utf-8"))):
        delivered = dt.date.fromisoformat(row["delivered_on"])
        trip = SampleTrip(
            load_number=row["load_number"],
            invoice_number=row["invoice_number"],
            carrier=CARRIER,
            customer=row["customer_name"],
            origin=f"{row['origin_city']}, {row['origin_state']}",
            destination=f"{row['destination_city']}, {row['destination_state']}",
            picked_up_on=delivered - dt.timedelta(days=2),
            delivered_on=delivered,
            amount=cents_of(row["amount"]),
            po_number=row["po_number"],
        )
        files |= {row[column]: draw(trip) for column, draw in _DRAWN.items()}
    return files


def _text(name: str) -> bytes:
    return resources.files("factoring_core.cli").joinpath("homes", name).read_bytes()


def _put(folder: Path, files: dict[str, bytes]) -> tuple[list[str], list[str]]:
    there = [name for name in files if (folder / name).exists()]
    other = [
        name for name in there if not (folder / name).is_file() or (folder / name).read_bytes() != files[name]
    ]
    if other:
        raise UsageError(
            f"{folder} has a different {other[0]} already; nothing was written.",
            code="home_exists",
            remedy="Choose another folder with --home, or move what is there away.",
            where={"home": str(folder), "files": other},
        )
    created = [name for name, content in files.items() if write_file(folder / name, content)]
    return created, there
