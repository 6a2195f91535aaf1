"""How fast a payment report is applied, stage by stage, beside two floors that do the unavoidable.

Both floors read the CSV, turn money into cents, join by number and write one status and one event
per row in one SQLite transaction: the plain one with `csv`, a dict and ``executemany``, the quick one
with Arrow, a temporary table and one ``UPDATE ... FROM``.  All run on the same file in one process, in
turn.  Ratios are of processor time, because a shared machine gives a process now more and now less
of its clock.  ``FACTORING_BENCH_SIZES`` names other sizes, such as ``1000,1000000``.
"""

import csv
import datetime as dt
import gc
import io
import itertools
import math
import os
import resource
import shutil
import sqlite3
import subprocess
import sys
import threading
import time
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import ParamSpec, TypeVar

import pyarrow as pa
import pyarrow.compute as pc
import pytest
from pyarrow import csv as pa_csv

from factoring_core import open_office
from factoring_core.adapters.clocks.fixed import FixedClock

P = ParamSpec("P")
T = TypeVar("T")

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

SIZES = tuple(map(int, os.environ.get("FACTORING_BENCH_SIZES", "1000,10000,100000").split(",")))

COLUMNS = ("Invoice Number", "Payment Date", "Payment Amount", "Check Number", "Invoice Amount", "Customer")


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
    writer.writerow(COLUMNS)
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


def floor(report: bytes, folder: Path, size: int) -> tuple[float, float]:
    """Do the unavoidable part only; returns seconds of reading and joining, and of writing."""
    with sqlite3.connect(folder / "floor.db") as db:
        db.execute("create table loads (number text primary key, status text, paid integer)")
        db.execute("create table events (number text, event text, amount integer)")
        db.executemany(
            "insert into loads values (?, 'financed', 0)", [(f"INV-{n:07d}",) for n in range(size)]
        )
    start = time.process_time()
    with sqlite3.connect(folder / "floor.db") as db:
        known = dict(db.execute("select number, status from loads"))
        changes, events = [], []
        for row in csv.DictReader(io.StringIO(report.decode())):
            units, _, hundredths = row["Payment Amount"].partition(".")
            cents = int(units) * 100 + int(hundredths)
            if row["Invoice Number"] in known:
                changes.append(("completed", cents, row["Invoice Number"]))
                events.append((row["Invoice Number"], "complete", cents))
        joined = time.process_time()
        db.executemany("update loads set status = ?, paid = ? where number = ?", changes)
        db.executemany("insert into events values (?, ?, ?)", events)
    return joined - start, time.process_time() - joined


def quick_floor(report: bytes, folder: Path, size: int) -> tuple[float, float]:
    """Do the same by the fastest known means; returns seconds of reading, and of the rest."""
    with sqlite3.connect(folder / "floor.db") as db:
        db.execute("create table loads (number text primary key, status text, paid integer) without rowid")
        db.execute("create table events (number text, event text, amount integer)")
        db.executemany(
            "insert into loads values (?, 'financed', 0)", [(f"INV-{n:07d}",) for n in range(size)]
        )
    start = time.process_time()
    texts = pa_csv.ConvertOptions(column_types=dict.fromkeys(COLUMNS, pa.string()))
    table = pa_csv.read_csv(pa.BufferReader(report), convert_options=texts)
    cents = pc.cast(pc.replace_substring(table["Payment Amount"], ".", ""), pa.int64())
    rows = zip(table["Invoice Number"].to_pylist(), cents.to_pylist(), strict=True)
    read = time.process_time()
    with sqlite3.connect(folder / "floor.db") as db:
        db.execute("create temporary table paid (number text primary key, cents integer) without rowid")
        db.executemany("insert into paid values (?, ?)", rows)
        db.execute(
            "update loads set status = 'completed', paid = cents from paid where loads.number = paid.number"
        )
        db.execute("insert into events select number, 'complete', cents from paid join loads using (number)")
    return read - start, time.process_time() - read


class Stages:
    """Times what lies between the marks that the progress callback sets."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self.start()

    def start(self) -> None:
        self.seconds = {}
        self._last = time.process_time()
        self._stage = "opening"

    def __call__(self, stage: str, done: int, total: int) -> None:
        now = time.process_time()
        self.seconds[self._stage] = self.seconds.get(self._stage, 0) + now - self._last
        after = "planning" if stage == "reading" else "answering"
        self._last, self._stage = now, stage if done < total else after


@pytest.mark.timeout(3600)
def test_apply_report_beside_the_floor(tmp_path: Path) -> None:
    """Prints rows per second, stages, the ratios to the floors, the growth exponent and peak memory."""
    clock = FixedClock(dt.datetime(2026, 3, 2, 12, tzinfo=dt.UTC))
    seconds = {}
    print()
    for size in SIZES:
        folder = tmp_path / str(size)
        folder.mkdir()
        (folder / "factoring.toml").write_text(SETTINGS)
        report, stages = payment_report(size), Stages()
        with open_office(folder, clock=clock) as office:
            imported = _timed(office.import_loads, loads_file(size), name="loads.csv")[1]
            if size == SIZES[-1]:
                for name in PEAKS:
                    shutil.copytree(folder, tmp_path / name)
            gc.collect()
            preview, previewed, _ = _timed(
                office.apply_report, report, name="payments.csv", subsidiary="east", dry_run=True
            )
            assert preview.rows.matched == size
            del preview
            gc.collect()
            stages.start()
            result, seconds[size], wall = _timed(
                office.apply_report, report, name="payments.csv", subsidiary="east", progress=stages
            )
            assert result.rows.matched == size
            assert len(result.transitions) == size - size // 10
            del result
            gc.collect()
            few, late, _ = _timed(
                office.apply_report, late_report(min(size, 1_000)), name="late.csv", subsidiary="east"
            )
            assert few.rows.matched == min(size, 1_000) // 10
        plain = min((floor(report, _fresh(folder, n), size) for n in range(3)), key=sum)
        quick = min((quick_floor(report, _fresh(folder, n), size) for n in range(3, 6)), key=sum)
        print(
            f"{size:>9,} rows: {seconds[size]:7.2f} s of processor, {size / seconds[size]:>9,.0f} rows/s "
            f"({wall:.2f} s by the clock), {seconds[size] / sum(plain):5.1f} x plain floor, "
            f"{seconds[size] / sum(quick):5.1f} x quick floor"
        )
        took = ((stage, part) for stage, part in stages.seconds.items() if part > 0.005)
        parts = ", ".join(f"{stage} {part:.2f} s = {part / sum(plain):.2f} x" for stage, part in took)
        print(f"{'':>9}  {parts}")
        print(f"{'':>9}  plain floor: reading and joining {plain[0]:.3f} s, writing {plain[1]:.3f} s")
        print(f"{'':>9}  quick floor: reading {quick[0]:.3f} s, joining and writing {quick[1]:.3f} s")
        print(f"{'':>9}  preview {previewed:.2f} s, import {imported:.2f} s")
        print(f"{'':>9}  then a report of {min(size, 1_000) // 10:,} rows on the same book: {late:.2f} s")
    for small, large in itertools.pairwise(SIZES):
        exponent = math.log(seconds[large] / seconds[small]) / math.log(large / small)
        print(f"growth exponent {small:,} to {large:,}: {exponent:.2f}")
    size = SIZES[-1]
    bytes_ = len(payment_report(size))
    for name in PEAKS:
        # Each in a process of its own, in which nothing was freed that could be used again.
        command = [sys.executable, __file__, name, str(tmp_path / name), str(size)]
        peak = int(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
        print(
            f"peak memory as {name} counts, at {size:,} rows of {bytes_ / 1e6:.1f} MB: "
            f"{peak / 2**20:.0f} MiB, {peak / bytes_:.1f} x the file's bytes"
        )


def _timed(act: Callable[P, T], *given: P.args, **named: P.kwargs) -> tuple[T, float, float]:
    """Return what *act* returns, and the seconds that it took of the processor and by the clock."""
    processor, clock = time.process_time(), time.perf_counter()
    made = act(*given, **named)
    return made, time.process_time() - processor, time.perf_counter() - clock


def late_report(size: int) -> bytes:
    """Write what was missing from the short payments among the first *size*."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(["Invoice Number", "Payment Date", "Payment Amount", "Check Number"])
    writer.writerows([f"INV-{n:07d}", "03/02/2026", "1.00", f"D{n}"] for n in range(0, size, 10))
    return out.getvalue().encode()


def _fresh(folder: Path, n: int) -> Path:
    made = folder / f"floor-{n}"
    made.mkdir()
    return made


def _traced(folder: Path, size: int) -> int:
    """Return the peak of Python's own allocations while one report is applied."""
    report = payment_report(size)
    with open_office(folder) as office:
        tracemalloc.start()
        office.apply_report(report, name="payments.csv", subsidiary="east")
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    return peak


def _resident(folder: Path, size: int) -> int:
    """Return by how much this process grows while one report is applied."""
    report = payment_report(size)
    with open_office(folder) as office:
        gc.collect()
        before = _in_memory()
        done, highest = threading.Event(), [before]

        def watch() -> None:
            while not done.wait(0.005):
                highest.append(max(highest.pop(), _in_memory()))

        watcher = threading.Thread(target=watch)
        watcher.start()
        try:
            office.apply_report(report, name="payments.csv", subsidiary="east")
        finally:
            done.set()
            watcher.join()
    return highest[0] - before


def _in_memory() -> int:
    """Return how many bytes of this process are in memory (Linux)."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()


PEAKS = {"Python": _traced, "the system": _resident}

if __name__ == "__main__":
    print(PEAKS[sys.argv[1]](Path(sys.argv[2]), int(sys.argv[3])))
