"""A real office on a disk that is full, damaged, or is being written to by somebody else."""

from __future__ import annotations

import json
import shutil
import sqlite3
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from contract.home import Home, depot, subsidiary

NUMBERS = [f"L-{number}" for number in range(1, 41)]

FILLING = """
import json, resource, shutil, sys
from pathlib import Path
from factoring_core.errors import FactoringError
from factoring_core.wiring import open_office

home, copies, report = Path(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[3]).read_bytes()
told = []
for step in range(200):
    copy = shutil.copytree(home, copies / str(step))
    with open_office(copy) as office:
        before = office.audit().entries
        size = (copy / "factoring.db").stat().st_size
        # First not even room for the journal and the blobs, then for ever more of what is new.
        room = size * step // 6 if step < 6 else size + 4096 * (step - 6)
        resource.setrlimit(resource.RLIMIT_FSIZE, (room, resource.RLIM_INFINITY))
        try:
            office.apply_report(report, name="r.csv", subsidiary="east")
            code = "done"
        except FactoringError as error:
            code = f"{error.exit_status} {error.code}"
        resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    with open_office(copy) as office:
        office.ports.store.verify()
        kept = sorted({view.standing.status.value for view in office.loads()})
        added = office.audit().entries - before
        again = office.apply_report(report, name="r.csv", subsidiary="east").outcome.value
        whole = sorted({view.standing.status.value for view in office.loads()})
        told.append([code, kept, added, again, whole, office.audit().intact])
    shutil.rmtree(copy)
    if code == "done":
        break
print(json.dumps(told))
"""


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """An office whose factor has bought forty loads."""
    made = Home(tmp_path_factory.mktemp("disk") / "home", subsidiary(), depot())
    made.sold(*NUMBERS)
    made.bought(*(number.replace("L", "INV") for number in NUMBERS))
    return made


@pytest.fixture
def paid(home: Home) -> Path:
    """A report that pays all of them."""
    rows = [
        {
            "Invoice Number": number.replace("L", "INV"),
            "Payment Date": "2026-11-10",
            "Payment Amount": "1000.00",
            "Check Number": "C1",
        }
        for number in NUMBERS
    ]
    return Path(home.table("paid.csv", rows))


@pytest.mark.skipif(sys.platform == "win32", reason="there is no such limit")
def test_o31_with_ever_more_room_a_report_is_in_the_books_whole_or_not_at_all(
    home: Home, paid: Path, tmp_path: Path
) -> None:
    """The system refuses to let any file grow further; afterwards the same report is applied once."""
    program = [sys.executable, "-c", textwrap.dedent(FILLING), str(home.path), str(tmp_path), str(paid)]
    done = subprocess.run(program, capture_output=True, text=True, check=True)

    *failed, last = json.loads(done.stdout)
    assert len(failed) > 6
    for code, kept, added, again, whole, intact in failed:
        assert code in ("6 store_full", "6 storage")
        assert (kept, added, again, whole, intact) == (["financed"], 0, "applied", ["completed"], True)
    assert last == ["done", ["completed"], 1, "already_applied", ["completed"], True]


@pytest.mark.parametrize(
    "line",
    [("loads", "list"), ("status",), ("resume",), ("audit", "verify"), ("submit", "--subsidiary", "east")],
    ids=" ".join,
)
def test_a_damaged_store_is_named_by_every_command_and_left_alone(
    line: tuple[str, ...], home: Home, tmp_path: Path
) -> None:
    broken = damaged(home, tmp_path)
    content = (broken.path / "factoring.db").read_bytes()

    answer = broken(*line, status=6)

    assert answer.code == "store_corrupt"
    assert content == (broken.path / "factoring.db").read_bytes()


def damaged(home: Home, folder: Path) -> Home:
    """Return the same home with its store damaged, but for the list of tables."""
    shutil.copytree(home.path, folder / "home")
    again = Home.__new__(Home)
    again.path = folder / "home"
    file = again.path / "factoring.db"
    content = bytearray(file.read_bytes())
    with sqlite3.connect(file) as look:
        (size,) = look.execute("PRAGMA page_size").fetchone()
        names = {root for (root,) in look.execute("SELECT rootpage FROM sqlite_schema WHERE type = 'table'")}
        version = look.execute(
            "SELECT rootpage FROM sqlite_schema WHERE name = 'factoring_version'"
        ).fetchone()
    look.close()
    for page in names - {*version, 1}:
        content[(page - 1) * size : page * size] = b"\x5a" * size
    file.write_bytes(content)
    return again


def test_a_store_that_somebody_writes_to_for_too_long_is_busy_and_nothing_is_lost(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from factoring_core.adapters.storage import open_store
    from factoring_core.wiring import opening

    shutil.copytree(home.path, tmp_path / "home")
    mine = Home.__new__(Home)
    mine.path = tmp_path / "home"
    (bought,) = [one["report_id"] for one in mine("report", "list")["reports"]]
    monkeypatch.setattr(opening, "open_store", lambda place: open_store(place, patience=0.2))
    other = sqlite3.connect(mine.path / "factoring.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")

    answer = mine("report", "undo", bought, "--reason", "wrong file", status=6)

    assert (answer.code, answer["error"]["retryable"]) == ("store_busy", True)
    other.execute("ROLLBACK")
    other.close()
    assert mine.standing()["L-1"] == "financed"
    mine("report", "undo", bought, "--reason", "wrong file")
    assert mine.standing()["L-1"] == "invoiced"
