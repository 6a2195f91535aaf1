"""The demonstration's home: a configuration, a loads file, and the papers of each load."""

import csv
import datetime as dt
import io
import shutil
import tomllib
from collections.abc import Mapping
from importlib import resources
from pathlib import Path
from string import Template

from factoring_core.adapters.documents.samples import (
    SampleTrip,
    sample_invoice,
    sample_pod,
    sample_rate_confirmation,
)
from factoring_core.cli.files import write_file
from factoring_core.domain.vocabulary.money import cents_of
from factoring_core.errors import UsageError
from factoring_core.usecases.ports import Progress

LOADS = "loads.csv"
MARK = ".factoring-demo"
MARK_TEXT = b"Made by `factoring demo`, which empties this folder when it runs again.\n"

_PAPERS = {
    "invoice": sample_invoice,
    "pod": sample_pod,
    "rate_confirmation": sample_rate_confirmation,
}


def fresh_folder(folder: Path) -> None:
    """Make *folder*, or empty it where an earlier demonstration made it.

    Raises:
        UsageError: it holds something else; nothing was touched.
    """
    if folder.exists() or folder.is_symlink():
        if not folder.is_dir() or folder.is_symlink() or (any(folder.iterdir()) and not _is_ours(folder)):
            raise UsageError(
                f"{folder} holds something that no demonstration made; nothing was touched.",
                code="home_exists",
                remedy="Choose another folder with --to, or move what is there away.",
                where={"folder": str(folder)},
            )
        for child in folder.iterdir():
            if child.name == MARK:
                continue  # stays to the end: a run that is cut off leaves a folder that is known
            if child.is_dir() and not child.is_symlink():
                shutil.rmtree(child)
            else:
                child.unlink()
    write_file(folder / MARK, MARK_TEXT)


def _is_ours(folder: Path) -> bool:
    mark = folder / MARK
    return mark.is_file() and not mark.is_symlink() and mark.read_bytes() == MARK_TEXT


def write_home(folder: Path, transports: Mapping[str, str], progress: Progress) -> int:
    """Write configuration, loads file and papers; return how many loads there are.

    Args:
        transports: The lines of each connection that say how it is reached, by subsidiary.
    """
    settings = Template(_text("demo.toml")).substitute(transports)
    write_file(folder / "factoring.toml", settings.encode())
    known = tomllib.loads(settings)
    names = {one["id"]: one["name"] for kind in ("subsidiaries", "customers") for one in known[kind]}
    rows = list(csv.DictReader(io.StringIO(_text("demo.csv"))))
    for done, row in enumerate(rows):
        progress("drawing", done, len(rows))
        lacking = row.pop("lacks")
        trip = _trip(row, names)
        for kind, draw in _PAPERS.items():
            path = f"documents/{row['load_number']}-{kind.replace('_', '-')}.pdf"
            row[f"{kind}_file"] = "" if kind == lacking else path
            if kind != lacking:
                _write(folder / path, draw(trip))
    progress("drawing", len(rows), len(rows))
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    write_file(folder / LOADS, out.getvalue().encode())
    return len(rows)


def _trip(row: Mapping[str, str], names: Mapping[str, str]) -> SampleTrip:
    delivered = dt.date.fromisoformat(row["delivered_on"])
    return SampleTrip(
        load_number=row["load_number"],
        invoice_number=row["invoice_number"] or row["load_number"],
        carrier=names[row["subsidiary"]],
        customer=names[row["customer"]],
        origin=f"{row['origin_city']}, {row['origin_state']}",
        destination=f"{row['destination_city']}, {row['destination_state']}",
        picked_up_on=delivered - dt.timedelta(days=2),
        delivered_on=delivered,
        amount=cents_of(row["amount"]),
        po_number=row["po_number"],
    )


def _write(path: Path, content: bytes) -> None:
    """Write a paper that may be lost with the folder: nothing waits for the disk."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def _text(name: str) -> str:
    return resources.files("factoring_core.cli").joinpath("homes", name).read_text(encoding="utf-8")
