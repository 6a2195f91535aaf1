"""How fast the frames of a store are built, beside bare `pandas.read_sql` of the same columns.

Both read one SQLite store in one process.  The floor reads every column of the tables behind
the frames as they lie there: dates as texts, frozen terms and openings as JSON.  The frames
fold the books as well, so that positions, statuses and exceptions are those of the status.
Processor time is compared, the least of three runs of each up to 100,000 sales, since a busy
machine changes even that.
FRAMES_ROWS=1000000 asks for the large count.
"""

import csv
import gc
import io
import os
import resource
import sqlite3
import subprocess
import sys
import time
from itertools import pairwise
from pathlib import Path

import pandas as pd
import pytest

from factoring_core import open_office
from factoring_core.analysis import SCHEMAS, frames

LARGE = int(os.environ.get("FRAMES_ROWS", "0"))
SIZES = (10_000, 50_000, 100_000, *((LARGE,) if LARGE else ()))
TABLES = ("loads", "standings", "assignments", "batches", "reports", "evidence", "decisions", "exceptions")

SETTINGS = """
[[subsidiaries]]
id = "east"
name = "Acme East LLC"

[[connections]]
id = "east-winfactor"
subsidiary = "east"
provider = "winfactor"
protocol = "manual"
terms = { advance_rate = "0.90", fee_rate = "0.03" }
"""


def written(head: str, rows: list[list[str]]) -> bytes:
    """Write a CSV file."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(head.split(","))
    writer.writerows(rows)
    return out.getvalue().encode()


def fill(folder: Path, size: int) -> None:
    """Make a home with *size* sales; a report pays each of them."""
    folder.mkdir()
    (folder / "factoring.toml").write_text(SETTINGS)
    loads, paid = [], []
    for n in range(size):
        face = f"{500 + n % 4000}.{n % 100:02d}"
        number = f"INV-{n:07d}"
        loads.append([f"L-{n:07d}", "east", f"broker-{n % 300}", "financed", "east-winfactor", "2026-01-31"])
        loads[-1] += [number, f"2026-01-{1 + n % 28:02d}", face]
        paid.append([number, f"03/{1 + n % 28:02d}/2026", face, f"C{n // 50}"])
    head = "load_number,subsidiary,customer,status,connection,as_of,invoice_number,invoice_date,amount"
    with open_office(folder) as office:
        office.import_loads(written(head, loads), name="loads.csv")
        report = written("Invoice Number,Payment Date,Payment Amount,Check Number", paid)
        office.apply_report(report, name="paid.csv", subsidiary="east")


def floor(folder: Path) -> float:
    """Read the same columns and nothing more; returns seconds of processor time."""
    started = time.process_time()
    with sqlite3.connect(folder / "factoring.db") as db:
        kept = [pd.read_sql(f"select * from factoring_{name}", db) for name in TABLES]
    seconds = time.process_time() - started
    assert len(kept) == len(TABLES)
    return seconds


def build(folder: Path) -> dict[str, float]:
    """Build all frames; returns seconds of processor time for the books and for each frame."""
    spent = {}
    with open_office(folder) as office:
        started = time.process_time()
        found = frames(office)
        spent["books"] = time.process_time() - started
        for name in SCHEMAS:
            started = time.process_time()
            assert found[name] is not None
            spent[name] = time.process_time() - started
    return spent


@pytest.mark.timeout(1800)
def test_frames_beside_read_sql(tmp_path: Path) -> None:
    """Prints seconds, the ratio to the floor, and the memory of a process of its own per sale."""
    print()
    peaks = {}
    for size in SIZES:
        folder = tmp_path / str(size)
        fill(folder, size)
        gc.collect()
        least = min(floor(folder) for _ in range(3))
        spent = min(
            (build(folder) for _ in range(3 if size <= 100_000 else 1)), key=lambda one: sum(one.values())
        )
        total = sum(spent.values())
        parts = ", ".join(f"{name} {seconds:.2f}" for name, seconds in spent.items() if seconds >= 0.05)
        print(
            f"{size:>9,} sales: {total:6.2f} s, {total / least:4.1f} x read_sql ({least:.2f} s)\n    {parts}"
        )
        line = [sys.executable, __file__, str(folder)]
        peaks[size] = int(subprocess.run(line, capture_output=True, text=True, check=True).stdout)
        print(f"    peak memory of the process {peaks[size] / 2**20:.0f} MiB")
    for small, large in pairwise(SIZES):
        more = (peaks[large] - peaks[small]) / (large - small)
        print(f"{more:,.0f} bytes for each sale more, {small:,} to {large:,}")


if __name__ == "__main__":
    build(Path(sys.argv[1]))
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024)
