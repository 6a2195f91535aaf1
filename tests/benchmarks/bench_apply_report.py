"""How fast a payment report is applied, beside a floor that does only the unavoidable.

The floor reads the CSV, turns money into cents, joins in a dict and writes with
``executemany`` in one SQLite transaction: one status and one event per row.  Both run on the
same file in one process, one after the other; the ratio is what counts, not the seconds.
"""

import csv
import datetime as dt
import gc
import io
import itertools
import math
import sqlite3
import time
import tracemalloc
from pathlib import Path

import pytest

from factoring_core import open_office
from factoring_core.adapters.clocks.fixed import FixedClock

SETTINGS = """
[[subsidiaries]]
id = "east"
name = "Acme East LLC"

[[connections]]
id = "east-winfactor"
subsidiary = "east"
provider = "winfactor"
protocol = "manual"
"""

SIZES = (1_000, 10_000, 100_000)


def loads_file(size: int) -> bytes:
    """Write *size* financed loads."""
    out = io.StringIO()
    writer = csv.writer(out)
    header = "load_number,subsidiary,customer,status,connection,as_of,invoice_number,invoice_date,amount"
    writer.writerow(header.split(","))
    for n in range(size):
        face = f"{500 + n % 4000}.{n % 100:02d}"
        writer.writerow(
            [
                f"L-{n:07d}",
                "east",
                f"broker-{n % 300}",
                "financed",
                "east-winfactor",
                "2026-01-31",
                f"INV-{n:07d}",
                "2026-01-05",
                face,
            ]
        )
    return out.getvalue().encode()


def payment_report(size: int) -> bytes:
    """Write a payment in full for each load, one in ten of them short."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(
        ["Invoice Number", "Payment Date", "Payment Amount", "Check Number", "Invoice Amount", "Customer"]
    )
    for n in range(size):
        face = 50000 + (n % 4000) * 100 + n % 100
        paid = face - 100 if n % 10 == 0 else face
        writer.writerow(
            [
                f"INV-{n:07d}",
                "03/01/2026",
                f"{paid // 100}.{paid % 100:02d}",
                f"C{n // 50}",
                f"{face // 100}.{face % 100:02d}",
                f"broker-{n % 300}",
            ]
        )
    return out.getvalue().encode()


def floor(report: bytes, folder: Path, size: int) -> float:
    """Do the unavoidable part only; returns seconds."""
    with sqlite3.connect(folder / "floor.db") as db:
        db.execute("create table loads (number text primary key, status text, paid integer)")
        db.execute("create table events (number text, event text, amount integer)")
        db.executemany(
            "insert into loads values (?, 'financed', 0)", [(f"INV-{n:07d}",) for n in range(size)]
        )
    start = time.perf_counter()
    with sqlite3.connect(folder / "floor.db") as db:
        known = dict(db.execute("select number, status from loads"))
        changes, events = [], []
        for row in csv.DictReader(io.StringIO(report.decode())):
            units, _, hundredths = row["Payment Amount"].partition(".")
            cents = int(units) * 100 + int(hundredths)
            if row["Invoice Number"] in known:
                changes.append(("completed", cents, row["Invoice Number"]))
                events.append((row["Invoice Number"], "complete", cents))
        db.executemany("update loads set status = ?, paid = ? where number = ?", changes)
        db.executemany("insert into events values (?, ?, ?)", events)
    return time.perf_counter() - start


@pytest.mark.timeout(1800)
def test_apply_report_beside_the_floor(tmp_path: Path) -> None:
    """Prints rows per second, peak memory, the ratio to the floor and the growth exponent."""
    clock = FixedClock(dt.datetime(2026, 3, 2, 12, tzinfo=dt.UTC))
    seconds = {}
    print()
    for size in SIZES:
        folder = tmp_path / str(size)
        folder.mkdir()
        (folder / "factoring.toml").write_text(SETTINGS)
        report = payment_report(size)
        with open_office(folder, clock=clock) as office:
            started = time.perf_counter()
            office.import_loads(loads_file(size), name="loads.csv")
            imported = time.perf_counter() - started
            gc.collect()
            started = time.perf_counter()
            preview = office.apply_report(report, name="payments.csv", subsidiary="east", dry_run=True)
            previewed = time.perf_counter() - started
            gc.collect()
            started = time.perf_counter()
            result = office.apply_report(report, name="payments.csv", subsidiary="east")
            seconds[size] = time.perf_counter() - started
            assert result.rows.matched == size == preview.rows.matched
            assert len(result.transitions) == size - size // 10
        least = min(floor(report, _fresh(folder, n), size) for n in range(3))
        print(
            f"{size:>8,} rows: {seconds[size]:7.2f} s, {size / seconds[size]:>9,.0f} rows/s, "
            f"{seconds[size] / least:5.1f} x floor ({least:.3f} s); preview {previewed:.2f} s, "
            f"import {imported:.2f} s"
        )
    for small, large in itertools.pairwise(SIZES):
        exponent = math.log(seconds[large] / seconds[small]) / math.log(large / small)
        print(f"growth exponent {small:,} to {large:,}: {exponent:.2f}")
    print(f"peak memory at {SIZES[1]:,} rows: {_peak(tmp_path / 'peak', SIZES[1]) / 2**20:.0f} MiB")


def _fresh(folder: Path, n: int) -> Path:
    made = folder / f"floor-{n}"
    made.mkdir()
    return made


def _peak(folder: Path, size: int) -> int:
    """Return the peak of Python's own allocations while one report is applied."""
    folder.mkdir()
    (folder / "factoring.toml").write_text(SETTINGS)
    with open_office(folder) as office:
        office.import_loads(loads_file(size), name="loads.csv")
        tracemalloc.start()
        office.apply_report(payment_report(size), name="payments.csv", subsidiary="east")
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    return peak
