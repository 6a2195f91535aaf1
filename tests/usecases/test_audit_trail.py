"""The audit trail is a chain; whoever changes, adds, moves or takes away anything breaks it."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve
from sqlalchemy import create_engine, text

from factoring_core.adapters.storage.sql.store import SqlStore
from factoring_core.domain.vocabulary.actors import Actor
from factoring_core.domain.vocabulary.events import AuditEntry, chain
from factoring_core.errors import UsageError
from factoring_core.testing.contracts.storage.store import find
from factoring_core.usecases.audit_trail import audit_entries, verify_audit
from factoring_core.usecases.books import audit
from usecases.bringing import bring, row
from usecases.desk import Desk

WES = Actor(name="wes", billing=True, subsidiaries=frozenset({"west"}))


def desk_with(entries: int, store: Any = None) -> Desk:
    desk = Desk() if store is None else Desk(store=store)
    desk.store = store or desk.store
    with desk.store.transaction("acme") as tx:
        for number in range(entries):
            audit(tx, desk.ports, "act", f"L-{number}", subsidiary="east", amount="1.00", why="it is due")
    return desk


def test_a_whole_chain_is_told_so_with_its_head() -> None:
    view = verify_audit(desk_with(3).ports)

    assert (view.entries, view.intact, view.broken_at, view.rolled_back) == (3, True, None, False)
    assert view.mark == f"3:{view.head}"


def test_an_empty_trail_is_whole_and_has_a_mark_as_well() -> None:
    desk = desk_with(0)
    assert verify_audit(desk.ports).mark == "0:"
    assert verify_audit(desk.ports, "0:").intact


def test_a_changed_entry_breaks_it() -> None:
    desk = desk_with(3)
    with desk.store.transaction("acme") as tx:
        tx.put(evolve(find(desk.store, AuditEntry, tenant="acme")[1], actor="nobody"))
    view = verify_audit(desk.ports)
    assert (view.intact, view.broken_at, view.entries) == (False, 2, 1)


def test_an_entry_that_is_missing_breaks_it() -> None:
    desk = desk_with(3)
    with desk.store.transaction("acme") as tx:
        tx.remove(AuditEntry, 1)
    assert verify_audit(desk.ports).broken_at == 2


def test_an_entry_before_the_first_breaks_it() -> None:
    desk = desk_with(2)
    with desk.store.transaction("acme") as tx:
        tx.put(evolve(find(desk.store, AuditEntry, tenant="acme")[0], sequence=0))
    assert verify_audit(desk.ports).broken_at == 0


def test_a_kept_head_shows_that_the_end_was_cut_off() -> None:
    desk = desk_with(3)
    kept = verify_audit(desk.ports).mark
    with desk.store.transaction("acme") as tx:
        tx.remove(AuditEntry, 3)

    assert verify_audit(desk.ports).intact, "by itself it looks whole"
    view = verify_audit(desk.ports, kept)
    assert (view.intact, view.rolled_back, view.broken_at) == (False, True, None)


def test_a_kept_head_shows_another_history_of_the_same_length() -> None:
    """As after work on an older backup that was put back."""
    desk = desk_with(3)
    kept = verify_audit(desk.ports).mark
    with desk.store.transaction("acme") as tx:
        tx.remove(AuditEntry, 3)
        audit(tx, desk.ports, "act", "something else", subsidiary="east")
        audit(tx, desk.ports, "act", "and more", subsidiary="east")

    view = verify_audit(desk.ports, kept)
    assert (view.entries, view.intact, view.rolled_back) == (4, False, True)


def test_an_earlier_head_of_the_same_history_is_fine() -> None:
    desk = desk_with(3)
    kept = verify_audit(desk.ports).mark
    with desk.store.transaction("acme") as tx:
        audit(tx, desk.ports, "act", "later", subsidiary="east")

    assert verify_audit(desk.ports, kept).intact


@pytest.mark.parametrize(
    "kept", ["", "3", "x:" + "0" * 64, "3:" + "0" * 63, "03:" + "0" * 64, "3:" + "G" * 64]
)
def test_what_is_no_head_is_wrong_usage(kept: str) -> None:
    with pytest.raises(UsageError):
        verify_audit(desk_with(1).ports, kept)


def test_everybody_sees_the_part_of_the_trail_that_is_theirs() -> None:
    desk = desk_with(0)
    bring(desk.ports, row("L-6", "released"))
    bring(desk.ports, row("L-6", "released", subsidiary="west"))
    bring(desk.ports, row("L-7", "released"), row("L-7", "released", subsidiary="west"))
    everything = list(audit_entries(desk.ports))
    assert len(everything) == 3
    theirs = list(audit_entries(desk.acting(WES)))
    assert 0 < len(theirs) < 3
    assert verify_audit(desk.acting(WES)).entries == 3


# Tampering with the table itself

COLUMNS = ["tenant", "sequence", "at", "actor", "action", "subject", "subsidiary"]
COLUMNS += ["detail", "previous", "hash"]


@pytest.fixture
def tampered(tmp_path: Path) -> Iterator[tuple[Desk, Callable[..., None], str]]:
    """A desk over a file, a way to run a statement on the file, and the kept head."""
    path = tmp_path / "factoring.db"
    desk = desk_with(3, SqlStore(path))
    raw = sqlite3.connect(path, isolation_level=None)
    raw.execute("PRAGMA synchronous=OFF")
    yield desk, raw.execute, verify_audit(desk.ports).mark  # type: ignore[misc]
    raw.close()
    desk.store.close()


def every_change_of_a_byte(content: bytes) -> Iterator[bytes]:
    """Each byte replaced by a neighbour, a space and a digit, and taken away; and one put before each."""
    for place, byte in enumerate(content):
        for other in {byte ^ 1, 0x20, 0x30} - {byte}:
            yield content[:place] + bytes([other]) + content[place + 1 :]
        yield content[:place] + content[place + 1 :]
        yield content[:place] + b" " + content[place:]
    yield content + b" "


def test_every_changed_byte_is_found(tampered: Any) -> None:
    desk, run, kept = tampered
    tried = 0
    for column in COLUMNS[2:]:
        original = run(f"SELECT {column} FROM factoring_audit WHERE sequence = 2").fetchone()[0]
        for changed in every_change_of_a_byte(original.encode()):
            run(f"UPDATE factoring_audit SET {column} = CAST(? AS TEXT) WHERE sequence = 2", (changed,))
            view = verify_audit(desk.ports, kept)
            assert (view.intact, view.broken_at, view.entries) == (False, 2, 1), (column, changed)
            tried += 1
        run(f"UPDATE factoring_audit SET {column} = ? WHERE sequence = 2", (original,))
    assert verify_audit(desk.ports, kept).intact
    assert tried > 800


def test_every_entry_taken_away_doubled_moved_or_swapped_is_found(tampered: Any) -> None:
    desk, run, kept = tampered
    copy = "INSERT INTO factoring_audit SELECT tenant, ?, " + ", ".join(COLUMNS[2:])
    for number in (1, 2, 3):
        for work in (
            [("DELETE FROM factoring_audit WHERE sequence = ?", (number,))],
            [("DELETE FROM factoring_audit WHERE sequence >= ?", (number,))],
            [("DELETE FROM factoring_audit WHERE sequence <= ?", (number,))],
            [("UPDATE factoring_audit SET tenant = 'other' WHERE sequence = ?", (number,))],
            [(f"{copy} FROM factoring_audit WHERE sequence = ?", (4, number))],
            [(f"{copy} FROM factoring_audit WHERE sequence = ?", (0, number))],
            [(f"{copy} FROM factoring_audit WHERE sequence = ?", (-7, number))],
            [("UPDATE factoring_audit SET sequence = sequence + 10 WHERE sequence = ?", (number,))],
            [
                ("UPDATE factoring_audit SET sequence = -sequence", ()),
                ("UPDATE factoring_audit SET sequence = sequence + 4", ()),
            ],
            [
                ("UPDATE factoring_audit SET sequence = 99 WHERE sequence = ?", (number,)),
                ("UPDATE factoring_audit SET sequence = ? WHERE sequence = ?", (number, number % 3 + 1)),
                ("UPDATE factoring_audit SET sequence = ? WHERE sequence = 99", (number % 3 + 1,)),
            ],
            [
                (
                    f"UPDATE factoring_audit SET {each} ="
                    f" (SELECT {each} FROM factoring_audit AS o WHERE o.sequence = ?) WHERE sequence = ?",
                    (number % 3 + 1, number),
                )
                for each in ("subject", "hash", "previous")
            ],
        ):
            rows = run("SELECT * FROM factoring_audit").fetchall()
            for statement, values in work:
                run(statement, values)
            assert not verify_audit(desk.ports, kept).intact, (number, work)
            run("DELETE FROM factoring_audit")
            for each in rows:
                run(f"INSERT INTO factoring_audit VALUES ({', '.join('?' * len(each))})", each)
    assert verify_audit(desk.ports, kept).intact


def test_a_chain_made_anew_is_found_by_its_head(tampered: Any) -> None:
    """Whoever can write the table can compute hashes; the head kept elsewhere is out of reach."""
    desk, _, kept = tampered
    with desk.store.transaction("acme") as tx:
        previous = ""
        for entry in tx.find(AuditEntry):
            forged = evolve(entry, subject="forged", previous=previous)
            previous = chain(forged, previous)
            tx.put(evolve(forged, hash=previous))

    assert verify_audit(desk.ports).intact
    assert verify_audit(desk.ports, kept).rolled_back


def test_many_entries_are_walked_in_blocks(tmp_path: Path, postgres_store: SqlStore) -> None:
    for store in (SqlStore(tmp_path / "factoring.db"), postgres_store):
        desk = desk_with(1, store)
        with store.transaction("acme") as tx:
            previous = tx.last(AuditEntry)
            assert previous is not None
            entries = []
            for number in range(2, 11_001):
                entry = evolve(previous, sequence=number, previous=previous.hash)
                previous = evolve(entry, hash=chain(entry, previous.hash))
                entries.append(previous)
            tx.add_all(entries)

        assert verify_audit(desk.ports).mark == f"11000:{previous.hash}"
        if store is not postgres_store:
            store.close()


def test_an_entry_that_cannot_be_read_is_named_wherever_it_stands(
    postgres_store: SqlStore, postgres_url: str
) -> None:
    desk = desk_with(5, postgres_store)
    engine = create_engine(postgres_url)
    with engine.begin() as other:
        table = f"{postgres_store.schema}.factoring_audit"
        other.execute(text(f"UPDATE {table} SET detail = '[]' WHERE sequence = 4"))
    engine.dispose()

    view = verify_audit(desk.ports)
    assert (view.entries, view.broken_at) == (3, 4)
