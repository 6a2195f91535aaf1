"""The store in SQLite keeps the contract, and its file survives what happens to files."""

from __future__ import annotations

import signal
import sqlite3
import subprocess
import sys
import textwrap
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine

from factoring_core.adapters.storage import open_store
from factoring_core.adapters.storage.sql.sqlite import SQLITE
from factoring_core.adapters.storage.sql.store import SqlStore
from factoring_core.domain.reconciling.evidence import Evidence
from factoring_core.domain.vocabulary.load import Standing
from factoring_core.errors import (
    KeyTakenError,
    StorageError,
    StoreBusyError,
    StoreCorruptError,
)
from factoring_core.testing.contracts.samples import bare, changed, standing
from factoring_core.testing.contracts.storage.store import DurableContract, find, get, put


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "factoring.db"


@pytest.fixture
def store(path: Path) -> Iterator[SqlStore]:
    opened = open_store(path)
    yield opened
    opened.close()


class TestSqliteStore(DurableContract):
    @pytest.fixture
    def reopened(self, path: Path) -> Callable[[], SqlStore]:
        return lambda: open_store(path)


def run(code: str, *arguments: object) -> subprocess.Popen[str]:
    """Start a program of its own that works on the store; it says when it has come to its point."""
    command = [sys.executable, "-c", textwrap.dedent(code), *map(str, arguments)]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


HALF_WAY = """
    import sys
    from pathlib import Path
    from factoring_core.adapters.storage import open_store
    from factoring_core.domain.vocabulary.load import Standing

    with open_store(Path(sys.argv[1])).transaction("t") as tx:
        tx.put_all([Standing(subsidiary="acme", load=f"{n:06}", paid=2) for n in range(40_000)])
        tx.next_number("n")
        print("there", flush=True)
        sys.stdin.readline()
"""


def test_a_program_killed_in_the_middle_leaves_the_old_state(path: Path) -> None:
    """So much is written that it is in the file already, beside the journal that takes it back."""
    with (old := open_store(path)).transaction("t") as tx:
        tx.add_all([standing(f"{n:06}", paid=1) for n in range(1000)])
    old.close()
    program = run(HALF_WAY, path)
    assert program.stdout is not None
    assert "there\n" == program.stdout.readline()
    assert path.with_name("factoring.db-journal").stat().st_size > 0

    program.send_signal(signal.SIGKILL)
    program.communicate()
    store = open_store(path)

    assert [standing(f"{n:06}", paid=1) for n in range(1000)] == find(store, Standing)
    store.verify()
    with store.transaction("t") as tx:
        assert 1 == tx.next_number("n")
    store.close()


def test_another_program_that_writes_makes_the_store_busy(path: Path) -> None:
    hasty = open_store(path, patience=0.2)
    program = run(HALF_WAY, path)
    assert program.stdout is not None
    program.stdout.readline()
    try:
        with pytest.raises(StoreBusyError) as caught, hasty.transaction("t"):
            pass
        assert caught.value.retryable
    finally:
        program.communicate("go on\n")

    put(hasty, standing("x"))
    assert 40_001 == len(find(hasty, Standing))
    hasty.close()


def test_a_look_of_another_program_holds_up_the_commit_and_nothing_is_changed(path: Path) -> None:
    store = open_store(path, patience=0.2)
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN")
    other.execute("SELECT count(*) FROM factoring_standings").fetchall()

    with pytest.raises(StoreBusyError):
        put(store, standing("1"))
    other.execute("COMMIT")

    assert [] == find(store, Standing)
    put(store, standing("1"))
    assert [standing("1")] == find(store, Standing)
    other.close()
    store.close()


def test_our_own_writers_queue_with_the_same_patience(path: Path) -> None:
    store = open_store(path, patience=0.05)
    with store.transaction("t"), pytest.raises(StoreBusyError), store.transaction("u"):
        pass
    store.close()


@pytest.mark.parametrize("content", [b"this is no database, whatever its name says\n" * 50, b"\xff" * 4096])
def test_a_file_that_is_no_store_is_refused_and_left_alone(path: Path, content: bytes) -> None:
    path.write_bytes(content)

    with pytest.raises(StoreCorruptError):
        open_store(path)

    assert content == path.read_bytes()


def test_damage_inside_is_found(path: Path) -> None:
    store = open_store(path)
    with store.transaction("t") as tx:
        tx.add_all([standing(f"{n:06}") for n in range(5000)])
    store.close()
    content = bytearray(path.read_bytes())
    # Every page but the first few, which hold the tables' names.
    content[len(content) // 2 :] = b"\x5a" * (len(content) - len(content) // 2)
    path.write_bytes(content)

    store = open_store(path)
    with pytest.raises(StoreCorruptError):
        find(store, Standing)
    with pytest.raises(StoreCorruptError):
        store.verify()
    store.close()


@pytest.mark.parametrize(
    ("column", "value"),
    [("status", "nonsense"), ("flags", "[1]"), ("flags", "not json"), ("flags", '{"a": 1}')],
)
def test_a_value_that_was_never_written_is_damage(
    store: SqlStore, path: Path, column: str, value: str
) -> None:
    put(store, standing("1"))
    with sqlite3.connect(path) as other:
        other.execute(f"UPDATE factoring_standings SET {column} = ?", (value,))
    other.close()

    with pytest.raises(StoreCorruptError):
        find(store, Standing)


def test_a_full_disk_is_named_and_changes_nothing(path: Path) -> None:
    engine = create_engine(f"sqlite:///{path}")
    store = SqlStore(engine)
    put(store, standing("1"))
    with engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA max_page_count=1")
    with pytest.raises(StorageError) as caught, store.transaction("t") as tx:
        tx.add_all([standing(f"{n:06}") for n in range(5000)])

    assert "store_full" == caught.value.code
    assert [standing("1")] == find(store, Standing)
    engine.dispose()


def test_a_limit_on_the_size_of_files_is_a_full_disk(path: Path) -> None:
    """The system refuses to write more, in a program of its own; what was there is there."""
    store = open_store(path)
    put(store, standing("1"))
    store.close()
    code = """
        import resource, signal, sys
        from pathlib import Path
        from factoring_core.adapters.storage import open_store
        from factoring_core.domain.vocabulary.load import Standing
        from factoring_core.errors import StorageError

        path = Path(sys.argv[1])
        store = open_store(path)
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        room = path.stat().st_size + 20_000
        resource.setrlimit(resource.RLIMIT_FSIZE, (room, room))
        try:
            with store.transaction("t") as tx:
                tx.add_all([Standing(subsidiary="acme", load=f"{n:06}") for n in range(5000)])
        except StorageError as error:
            print(error.code)
        with store.transaction("t") as tx:
            tx.put(Standing(subsidiary="acme", load="2"))
    """
    told, _ = run(code, path).communicate()

    assert told in ("store_full\n", "storage\n")
    store = open_store(path)
    assert [standing("1"), standing("2")] == find(store, Standing)
    store.verify()
    store.close()


@pytest.mark.parametrize("which", ["file", "folder"])
def test_what_may_only_be_read_is_named(path: Path, tmp_path: Path, which: str) -> None:
    """By a program that has no more rights than others."""
    store = open_store(path)
    put(store, standing("1"))
    store.close()
    # The program that looks at it is nobody; the folders above are pytest's own.
    for folder in [*tmp_path.parents][:3]:
        folder.chmod(folder.stat().st_mode | 0o111)
    path.chmod(0o444 if which == "file" else 0o666)
    tmp_path.chmod(0o777 if which == "file" else 0o555)
    code = """
        import os, sys
        from pathlib import Path
        from factoring_core.adapters.storage import open_store
        from factoring_core.adapters.storage.sql import store as loaded
        from factoring_core.domain.vocabulary.load import Standing
        from factoring_core.errors import StorageError

        if os.geteuid() == 0:
            os.setuid(65534)
        try:
            with open_store(Path(sys.argv[1])).transaction("t") as tx:
                tx.put(Standing(subsidiary="acme", load="2"))
        except StorageError as error:
            print(error.code)
    """
    told, _ = run(code, path).communicate()
    tmp_path.chmod(0o755)

    assert "store_unwritable\n" == told
    store = open_store(path)
    assert [standing("1")] == find(store, Standing)
    store.close()


def test_a_transaction_that_failed_cannot_go_on_or_end_well(path: Path) -> None:
    """SQLite has rolled back by itself, so that whatever followed would stand alone."""
    engine = create_engine(f"sqlite:///{path}")
    store = SqlStore(engine)
    with engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA max_page_count=1")
    with pytest.raises(StorageError) as caught, store.transaction("t") as tx:  # noqa: PT012
        tx.put(standing("1"))
        with pytest.raises(StorageError):
            tx.add_all([standing(f"{n:06}") for n in range(5000)])
        with pytest.raises(StorageError):
            tx.put(standing("2"))

    assert "storage" == caught.value.code
    assert [] == find(store, Standing)
    put(store, standing("3"))
    assert [standing("3")] == find(store, Standing)
    engine.dispose()


def test_no_error_carries_rows(path: Path) -> None:
    store = open_store(path)
    load = "customer".upper()
    put(store, standing(load))
    with pytest.raises(KeyTakenError) as caught, store.transaction("t") as tx:
        tx.add_all([standing(load)])

    assert load not in "".join(traceback.format_exception(caught.value))
    store.close()


def test_what_the_database_cannot_hold_is_refused(store: SqlStore) -> None:
    for wrong in (standing("1", paid=2**63), standing("\ud800")):
        with pytest.raises(StorageError) as caught:
            put(store, wrong)
        assert "not_storable" == caught.value.code
    assert [] == find(store, Standing)


def test_a_fraction_of_a_cent_cannot_get_in(store: SqlStore) -> None:
    with pytest.raises(StorageError):
        put(store, standing("1", paid=0.5))
    assert [] == find(store, Standing)


def test_the_file_is_for_its_owner_only(store: SqlStore, path: Path) -> None:
    assert 0o600 == path.stat().st_mode & 0o777
    with store.transaction("t") as tx:
        tx.add_all([standing(f"{n:06}") for n in range(40_000)])
        journals = list(path.parent.glob("factoring.db-*"))
        assert [0o600] == [journal.stat().st_mode & 0o777 for journal in journals]


def test_every_connection_keeps_the_settings(store: SqlStore) -> None:
    wanted = {
        "journal_mode": "delete",
        "synchronous": 3,
        "foreign_keys": 1,
        "trusted_schema": 0,
        "cell_size_check": 1,
        "mmap_size": 0,
        "busy_timeout": 30_000,
        "secure_delete": 1,
    }
    with store.reading("a") as first, store.reading("b") as second:
        for look in (first, second):
            held = {name: look.connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in wanted}
            assert wanted == {name: value or 0 for name, value in held.items()}


def test_a_url_names_the_same_store(store: SqlStore, path: Path) -> None:
    put(store, standing("1"))
    again = open_store(f"sqlite:///{path}")
    assert standing("1") == get(again, Standing, "acme", "1")
    again.close()


def test_two_programs_can_make_the_same_store_at_once(path: Path) -> None:
    code = """
        import sys
        from pathlib import Path
        from factoring_core.adapters.storage import open_store
        from factoring_core.domain.vocabulary.load import Standing
        with open_store(Path(sys.argv[1])).transaction("t") as tx:
            tx.put(Standing(subsidiary="acme", load=sys.argv[2]))
    """
    programs = [run(code, path, name) for name in "abc"]

    assert [0, 0, 0] == [program.wait(60) for program in programs if program.communicate()]
    store = open_store(path)
    assert 3 == len(find(store, Standing))
    store.close()


def test_a_read_only_file_is_named() -> None:
    error = sqlite3.OperationalError()
    error.sqlite_errorcode = sqlite3.SQLITE_READONLY_DIRECTORY
    assert "store_unwritable" == getattr(SQLITE.error(error), "code", None)


def test_importing_the_package_loads_no_database_library() -> None:
    code = """
        import sys
        import factoring_core.adapters.storage
        print(sorted({"sqlalchemy", "alembic", "cattrs"} & set(sys.modules)))
    """
    told, _ = run(code).communicate()
    assert "[]\n" == told


@pytest.mark.parametrize("package", ["sqlalchemy", "alembic"])
def test_a_missing_library_is_named_with_its_extra(package: str, path: Path) -> None:
    code = """
        import sys
        sys.modules[sys.argv[1]] = None
        from factoring_core.adapters.storage import open_store
        from factoring_core.errors import MissingExtraError
        from pathlib import Path
        try:
            open_store(Path(sys.argv[2]))
        except MissingExtraError as error:
            print(error.where["package"], error.remedy)
    """
    told, _ = run(code, package, path).communicate()
    assert f'{package} pip install "factoring-core[sql]"\n' == told


def test_a_report_of_many_rows_comes_back(store: SqlStore) -> None:
    """More rows than are read or written at once."""
    rows = [changed(bare(Evidence), report="r", row=n, seq=0) for n in range(25_000)]
    with store.transaction("t") as tx:
        tx.add_all(rows)

    assert rows == find(store, Evidence, report="r")
