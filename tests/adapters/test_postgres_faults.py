"""What servers, wires and other programs do to a store in PostgreSQL, and what is left of it."""

from __future__ import annotations

import signal
import subprocess
import sys
import textwrap
import threading
import traceback
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import psycopg
import pytest
from sqlalchemy import create_engine, make_url, text

from factoring_core.adapters.storage import open_store
from factoring_core.adapters.storage.sql.postgres_errors import translated
from factoring_core.adapters.storage.sql.store import SqlStore
from factoring_core.adapters.storage.sql.tables import METADATA
from factoring_core.domain.selling.batch import Batch
from factoring_core.domain.vocabulary.load import Standing
from factoring_core.errors import (
    KeyTakenError,
    StorageError,
    StoreBusyError,
    StoreCorruptError,
)
from factoring_core.testing.contracts.samples import bare, changed, standing
from factoring_core.testing.contracts.storage.store import find, put


def pid(tx: Any) -> int:
    return int(tx.connection.exec_driver_sql("SELECT pg_backend_pid()").scalar())


def kill(url: str, number: int) -> None:
    with psycopg.connect(url, autocommit=True) as other:
        other.execute("SELECT pg_terminate_backend(%s, 5000)", (number,))


@pytest.mark.parametrize("many", [1, 500])
def test_a_connection_killed_in_the_middle_keeps_nothing(
    postgres_store: SqlStore, postgres_url: str, many: int
) -> None:
    with pytest.raises(StorageError) as caught, postgres_store.transaction("t") as tx:  # noqa: PT012
        tx.put(standing("1"))
        kill(postgres_url, pid(tx))
        tx.add_all([standing(f"x{n}") for n in range(many)])

    assert ("store_lost", True) == (caught.value.code, caught.value.retryable)
    assert [] == find(postgres_store, Standing)
    put(postgres_store, standing("2"))
    assert [standing("2")] == find(postgres_store, Standing)


def test_a_connection_killed_before_its_commit_keeps_nothing(
    postgres_store: SqlStore, postgres_url: str
) -> None:
    with pytest.raises(StorageError) as caught, postgres_store.transaction("t") as tx:  # noqa: PT012
        tx.put(standing("1"))
        kill(postgres_url, pid(tx))

    assert "store_lost" == caught.value.code
    assert [] == find(postgres_store, Standing)


def test_a_connection_killed_after_the_last_question_of_a_look_is_not_noticed(
    postgres_store: SqlStore, postgres_url: str
) -> None:
    """The roll-back that ends the look finds nobody; an error of the driver's came through here once."""
    put(postgres_store, standing("1"))
    with postgres_store.reading("t") as look:
        found = look.find(Standing)
        kill(postgres_url, pid(look))

    assert [standing("1")] == found == find(postgres_store, Standing)
    assert 0 == postgres_store._database._engine.pool.checkedout()  # type: ignore[attr-defined]


def test_connections_that_died_in_the_pool_are_not_noticed(
    postgres_store: SqlStore, postgres_url: str
) -> None:
    with postgres_store.reading("t") as look:
        number = pid(look)
    kill(postgres_url, number)

    put(postgres_store, standing("1"))

    assert [standing("1")] == find(postgres_store, Standing)


def test_one_tenant_waits_for_itself_and_for_nobody_else(postgres_place: str) -> None:
    store = open_store(postgres_place, patience=0.2)
    with store.transaction("t") as tx:
        tx.put(standing("1"))
        put(store, standing("2"), tenant="u")
        with pytest.raises(StoreBusyError) as caught, store.transaction("t"):
            pass
        assert ("store_busy", True) == (caught.value.code, caught.value.retryable)
    put(store, standing("3"))
    assert ["1", "3"] == [each.load for each in find(store, Standing)]
    store.close()


def test_writers_of_many_tenants_go_on_at_once(postgres_store: SqlStore) -> None:
    """Each waits inside its transaction until all are in theirs."""
    together = threading.Barrier(4, timeout=20)

    def work(tenant: str) -> None:
        with postgres_store.transaction(tenant) as tx:
            together.wait()
            tx.put(standing(tenant))

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(work, "abcd"))

    assert ["a", "d"] == [find(postgres_store, Standing, tenant=each)[0].load for each in "ad"]


def test_a_session_that_does_not_wait_for_the_disk_is_refused(
    postgres_url: str, postgres_schema: str
) -> None:
    engine = create_engine(postgres_url, connect_args={"options": "-c synchronous_commit=off"})
    store = SqlStore(engine, schema=postgres_schema)

    with pytest.raises(StorageError) as caught, store.transaction("t") as tx:
        tx.put(standing("1"))

    assert "not_durable" == caught.value.code
    assert [] == find(store, Standing)
    engine.dispose()


def test_settings_hold_for_our_transactions_only(postgres_url: str, postgres_schema: str) -> None:
    engine = create_engine(postgres_url, pool_size=1, max_overflow=0)
    store = SqlStore(engine, schema=postgres_schema, patience=7)
    shown = "SELECT current_setting('lock_timeout'), current_setting('transaction_isolation')"
    with store.transaction("t") as tx:
        assert ("7s", "read committed") == tuple(tx.connection.exec_driver_sql(shown).one())
    with store.reading("t") as look:
        assert ("7s", "repeatable read") == tuple(look.connection.exec_driver_sql(shown).one())
        with pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
            look.connection.connection.driver_connection.execute("CREATE TABLE x (y int)")  # type: ignore[union-attr]
    with engine.connect() as host:
        assert ("0", "read committed") == tuple(host.exec_driver_sql(shown).one())
    engine.dispose()


@pytest.mark.parametrize("query", ["sslmode=disable", ""])
def test_a_server_elsewhere_has_to_prove_who_it_is(query: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Unless the URL says otherwise; nothing is connected to here."""
    from factoring_core.adapters.storage.sql import postgres_engine

    engine, schema = postgres_engine.open_url(make_url(f"postgres://u:p@db.example/x?{query}&schema=s"), 1)

    assert "s" == schema
    assert "schema" not in engine.url.query
    wanted = {"sslmode": "disable"} if query else {"sslmode": "verify-full", "sslrootcert": "system"}
    assert wanted == dict(engine.url.query)
    engine.dispose()


def test_two_schemas_of_one_database_do_not_meet(
    postgres_store: SqlStore, postgres_url: str, fresh_schema: Callable[[], str]
) -> None:
    other = open_store(postgres_url, schema=fresh_schema())
    many = [standing(f"{n:04}") for n in range(300)]
    with other.transaction("t") as tx:
        tx.add_all(many)
        tx.put_all([changed(each, paid=1) for each in many], fields=["paid"])
        tx.put_all([changed(each, paid=2) for each in many])
        tx.next_number("n")
        tx.remove(Standing, "acme", "0000")

    assert [] == find(postgres_store, Standing)
    assert 299 == len(find(other, Standing))
    other.verify()
    other.close()


def test_many_programs_can_make_the_same_store_at_once(
    postgres_url: str, fresh_schema: Callable[[], str]
) -> None:
    schema = fresh_schema()

    def make(load: str) -> None:
        store = open_store(postgres_url, schema=schema)
        put(store, standing(load))
        store.close()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(make, "abcd"))

    store = open_store(postgres_url, schema=schema)
    assert list("abcd") == [each.load for each in find(store, Standing)]
    store.close()


def test_a_program_killed_in_the_middle_leaves_the_old_state(
    postgres_store: SqlStore, postgres_place: str
) -> None:
    code = """
        import sys
        from factoring_core.adapters.storage import open_store
        from factoring_core.domain.vocabulary.load import Standing

        with open_store(sys.argv[1]).transaction("t") as tx:
            tx.put_all([Standing(subsidiary="acme", load=f"{n:06}", paid=2) for n in range(2000)])
            print("there", flush=True)
            sys.stdin.readline()
    """
    program = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(code), postgres_place],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert program.stdout is not None
    assert "there\n" == program.stdout.readline()

    program.send_signal(signal.SIGKILL)
    program.communicate()

    put(postgres_store, standing("1"))
    assert [standing("1")] == find(postgres_store, Standing)


def test_what_the_database_cannot_hold_is_refused(postgres_store: SqlStore) -> None:
    wrong = [
        standing("1", paid=2**63),
        standing("\ud800"),
        standing("1", paid=0.5),
        standing("1", paid="5x"),
    ]
    for each in wrong:
        for others in (0, 200):
            with pytest.raises(StorageError) as caught, postgres_store.transaction("t") as tx:
                tx.add_all([each, *(standing(f"o{n}") for n in range(others))])
            assert "not_storable" == caught.value.code
    assert [] == find(postgres_store, Standing)


def test_no_error_carries_rows(postgres_store: SqlStore) -> None:
    load = "customer".upper()
    put(postgres_store, standing(load))
    for others in (0, 200):
        with pytest.raises(KeyTakenError) as caught, postgres_store.transaction("t") as tx:
            tx.add_all([standing(load), *(standing(f"o{n}") for n in range(others))])
        assert load not in str(caught.value)
    with pytest.raises(StorageError) as wrong, postgres_store.transaction("t") as tx:
        tx.put(standing(load, paid=2**63))
    assert load not in str(wrong.value)
    assert load not in "".join(traceback.format_exception_only(wrong.value))


def test_many_rows_that_meet_a_unique_set_are_refused_as_one(postgres_store: SqlStore) -> None:
    """Also by COPY; the transaction goes on."""
    batches = [changed(bare(Batch), id=f"{n:04}", connection="c", number=n) for n in range(300)]
    with postgres_store.transaction("t") as tx:
        tx.add_all(batches)
        with pytest.raises(KeyTakenError):
            tx.add_all([changed(each, id=f"x{each.id}") for each in batches])
        with pytest.raises(KeyTakenError):
            tx.put_all([changed(each, number=7) for each in batches])
        with pytest.raises(KeyTakenError):
            tx.put_all([changed(each, number=7) for each in batches], fields=["number"])
        tx.put_all([changed(each, amount=5) for each in batches], fields=["amount"])

    assert [changed(each, amount=5) for each in batches] == find(postgres_store, Batch)


def test_numbers_move_up_in_the_order_of_the_key(postgres_store: SqlStore) -> None:
    """Each of very many records may take what the one before it has just given up."""
    batches = [changed(bare(Batch), id=f"{n:04}", connection="c", number=n) for n in range(300)]
    moved = [changed(each, number=each.number - 1) for each in batches]
    with postgres_store.transaction("t") as tx:
        tx.add_all(batches)
        tx.put_all(moved, fields=["number"])
        tx.put_all([changed(each, number=each.number - 1) for each in moved])

    assert [n - 2 for n in range(300)] == [each.number for each in find(postgres_store, Batch)]


def test_a_role_that_may_not_write_is_told_so(
    postgres_store: SqlStore, postgres_url: str, postgres_schema: str
) -> None:
    role = f"reader_{postgres_schema}"
    engine = create_engine(postgres_url)
    with engine.begin() as owner:
        owner.execute(text(f"CREATE ROLE {role} LOGIN"))
        owner.execute(text(f"GRANT USAGE ON SCHEMA {postgres_schema} TO {role}"))
        owner.execute(text(f"GRANT SELECT ON ALL TABLES IN SCHEMA {postgres_schema} TO {role}"))
    put(postgres_store, standing("1"))
    try:
        weak = open_store(
            str(make_url(postgres_url).set(username=role).render_as_string(hide_password=False)),
            schema=postgres_schema,
        )
        assert [standing("1")] == find(weak, Standing)
        with pytest.raises(StorageError) as caught:
            put(weak, standing("2"))
        assert "store_unwritable" == caught.value.code
        weak.close()
    finally:
        with engine.begin() as owner:
            owner.execute(text(f"DROP OWNED BY {role}"))
            owner.execute(text(f"DROP ROLE {role}"))
        engine.dispose()


def test_row_level_security_can_be_a_second_wall(postgres_url: str, fresh_schema: Callable[[], str]) -> None:
    """A role under such policies works as ever, and a statement without a tenant finds one's own only."""
    schema = fresh_schema()
    owner = open_store(postgres_url, schema=schema)
    put(owner, standing("theirs"), tenant="other")
    role = f"walled_{schema}"
    with psycopg.connect(postgres_url, autocommit=True) as admin:
        admin.execute(f"CREATE ROLE {role} LOGIN".encode())
        admin.execute(f"GRANT USAGE ON SCHEMA {schema} TO {role}".encode())
        admin.execute(
            f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA {schema} TO {role}".encode()
        )
        for table in METADATA.tables:
            admin.execute(f"ALTER TABLE {schema}.{table} ENABLE ROW LEVEL SECURITY".encode())
            admin.execute(
                f"CREATE POLICY one_tenant ON {schema}.{table}"
                " USING (tenant = current_setting('factoring.tenant', true))".encode()
            )
    walled = open_store(
        make_url(postgres_url).set(username=role).render_as_string(hide_password=False), schema=schema
    )
    many = [standing(f"{n:03}") for n in range(200)]
    with walled.transaction("t") as tx:
        tx.put(standing("ours"))
        tx.add_all(many)
        tx.put_all([changed(each, paid=1) for each in many], fields=["paid"])
        tx.put_all(many)
        assert 1 == tx.next_number("n")
    assert 201 == len(find(walled, Standing))
    assert ["theirs"] == [each.load for each in find(walled, Standing, tenant="other")]
    with walled.reading("t") as look:
        everything = f"SELECT count(*) FROM {schema}.factoring_standings"
        assert 201 == look.connection.exec_driver_sql(everything).scalar()
    walled.close()
    owner.close()
    with psycopg.connect(postgres_url, autocommit=True) as admin:
        admin.execute(f"DROP OWNED BY {role}".encode())
        admin.execute(f"DROP ROLE {role}".encode())


@pytest.mark.parametrize(
    ("state", "kind", "code"),
    [
        (psycopg.errors.DiskFull, StorageError, "store_full"),
        (psycopg.errors.OutOfMemory, StorageError, "store_full"),
        (psycopg.errors.TooManyConnections, StoreBusyError, "store_busy"),
        (psycopg.errors.QueryCanceled, StoreBusyError, "store_busy"),
        (psycopg.errors.SerializationFailure, StoreBusyError, "store_conflict"),
        (psycopg.errors.DeadlockDetected, StoreBusyError, "store_conflict"),
        (psycopg.errors.DataCorrupted, StoreCorruptError, "store_corrupt"),
        (psycopg.errors.AdminShutdown, StorageError, "store_lost"),
        (psycopg.errors.IdleInTransactionSessionTimeout, StorageError, "store_lost"),
        (psycopg.errors.FeatureNotSupported, StorageError, "storage"),
    ],
    ids=lambda each: getattr(each, "__name__", each),
)
def test_what_a_server_says_has_its_meaning(state: type[psycopg.Error], kind: Any, code: str) -> None:
    error = translated(state("row: 4711"))

    assert type(error) is kind
    assert error is not None
    assert code == error.code
    assert "4711" not in str(error)
