"""Many rows into both databases, beside the quickest way there is without us; and workers side by side.

Evidence is added, and the amounts of standings are changed, through a store.  Beside it the same
rows, already made, go through bare psycopg (COPY, and COPY with one UPDATE … FROM) or bare sqlite3
(executemany) into the same tables, under the same settings.  The aim is one and a half.
FACTORING_BENCH_ROWS says how many (100,000); the server does not wait for a disk on either side.
"""

from __future__ import annotations

import os
import sqlite3
import statistics
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import psycopg
import pytest
from attrs import evolve

from factoring_core.adapters.storage.sql.codec import leaves, writer
from factoring_core.adapters.storage.sql.sqlite import PRAGMAS
from factoring_core.adapters.storage.sql.store import SqlStore
from factoring_core.domain.reconciling.evidence import Evidence
from factoring_core.domain.vocabulary.load import Standing
from factoring_core.ports.storage import KIND_OF
from factoring_core.testing.contracts.samples import bare, changed
from on_postgres import fresh_schema, postgres_url

__all__ = ["fresh_schema", "postgres_url"]

ROWS = int(os.environ.get("FACTORING_BENCH_ROWS", "100000"))
ROUNDS = 5 if ROWS <= 100_000 else 2
EVIDENCE = tuple(leaf.column for leaf in leaves(Evidence))


def timed(work: Callable[[], Any]) -> float:
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def evidence(report: str) -> list[Evidence]:
    one = changed(
        bare(Evidence), report=report, seq=0, amount=100_00, invoice_key="INV-100001", reference="C1"
    )
    return [one._replace(row=row) for row in range(ROWS)]


def standings() -> list[Standing]:
    return [Standing(subsidiary="east", load=f"L-{number:07}") for number in range(ROWS)]


class Database:
    """One store, and the bare way beside it."""

    def __init__(self, name: str, store: SqlStore, bare: Callable[[str, list[Any], str], None]) -> None:
        self.name, self.store, self.bare = name, store, bare


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    if request.param == "sqlite":
        path = tmp_path / "factoring.db"
        store = SqlStore(path)
        raw = sqlite3.connect(path, isolation_level=None)
        for pragma in PRAGMAS:
            raw.execute(f"PRAGMA {pragma}")

        def beside(sql: str, rows: list[Any], _: str) -> None:
            raw.execute("BEGIN IMMEDIATE")
            raw.executemany(sql, rows)
            raw.execute("COMMIT")

        yield Database("SQLite", store, beside)
        raw.close()
        store.close()
        return
    url, schema = request.getfixturevalue("postgres_url"), request.getfixturevalue("fresh_schema")()
    store = SqlStore(url, schema=schema)
    with psycopg.connect(url, options=f"-c search_path={schema}", autocommit=True) as connection:

        def beside_by_copy(_: str, rows: list[Any], way: str) -> None:
            with connection.transaction(), connection.cursor() as cursor:
                target, *then = way.split(";")
                if then:
                    cursor.execute(then[0].encode())
                with cursor.copy(f"COPY {target} FROM STDIN".encode()) as copy:
                    for row in rows:
                        copy.write_row(row)
                if then:
                    cursor.execute(then[1].encode())

        yield Database("PostgreSQL", store, beside_by_copy)
    store.close()


def told(what: str, database: Database, ours: list[float], bare_: list[float]) -> None:
    ratio = statistics.median(one / other for one, other in zip(ours, bare_, strict=True))
    print(
        f"\n{database.name}, {ROWS:,} {what}: {statistics.median(ours):.2f} s; bare"
        f" {statistics.median(bare_):.2f} s; {ratio:.2f} x"
    )


@pytest.mark.timeout(1800)
def test_adding_evidence(database: Database) -> None:
    columns = ("tenant", *EVIDENCE)
    rows_of = writer(KIND_OF[Evidence], columns)
    quoted = ", ".join(f'"{name}"' for name in columns)
    sql = f"INSERT INTO factoring_evidence ({quoted}) VALUES ({', '.join('?' * len(columns))})"
    ours, bare_ = [], []
    for number in range(ROUNDS):
        records = evidence(f"ours-{number}")
        rows = rows_of("t", evidence(f"bare-{number}"))

        def through_store(records: list[Evidence] = records) -> None:
            with database.store.transaction("t") as tx:
                tx.add_all(records)

        ours.append(timed(through_store))
        bare_.append(timed(lambda rows=rows: database.bare(sql, rows, f"factoring_evidence ({quoted})")))  # type: ignore[misc]
    told("rows of evidence added", database, ours, bare_)


@pytest.mark.timeout(1800)
def test_changing_standings(database: Database) -> None:
    known = standings()
    with database.store.transaction("t") as tx:
        tx.add_all(known)
    way = (
        "incoming;CREATE TEMPORARY TABLE incoming ON COMMIT DROP AS"
        " SELECT paid, open, tenant, subsidiary, load FROM factoring_standings WITH NO DATA;"
        "UPDATE factoring_standings AS t SET paid = n.paid, open = n.open FROM incoming AS n"
        " WHERE t.tenant = n.tenant AND t.subsidiary = n.subsidiary AND t.load = n.load"
    )
    sql = "UPDATE factoring_standings SET paid = ?, open = ? WHERE tenant = ? AND subsidiary = ? AND load = ?"
    ours, bare_ = [], []
    for number in range(ROUNDS):
        changes = [evolve(one, paid=number, open=-number) for one in known]
        rows = [(number, number, "t", "east", one.load) for one in known]

        def through_store(changes: list[Standing] = changes) -> None:
            with database.store.transaction("t") as tx:
                tx.put_all(changes, fields=("paid", "open"))

        ours.append(timed(through_store))
        bare_.append(timed(lambda rows=rows: database.bare(sql, rows, way)))  # type: ignore[misc]
    told("standings changed", database, ours, bare_)


@pytest.mark.timeout(1800)
@pytest.mark.parametrize("workers", [1, 4, 16])
def test_small_transactions_of_many_workers(database: Database, workers: int) -> None:
    """Each of its own tenant, and all of one."""
    for tenants in ("each its own", "one for all"):

        def work(worker: int, tenants: str = tenants) -> None:
            for turn in range(200 // workers + 1):
                with database.store.transaction(f"t{worker}" if tenants == "each its own" else "t") as tx:
                    tx.put(Standing(subsidiary="east", load=f"{worker}-{turn}"))
                    tx.next_number("n")

        with ThreadPoolExecutor(workers) as pool:
            seconds = timed(lambda pool=pool, work=work: list(pool.map(work, range(workers))))  # type: ignore[misc]
        done = workers * (200 // workers + 1)
        print(
            f"\n{database.name}, {workers} workers, tenants {tenants}: {done / seconds:,.0f} transactions/s"
        )
