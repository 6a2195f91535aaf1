"""No statement over records is without the tenant: seen in the text of each, and in what is run."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event

from factoring_core.adapters import storage
from factoring_core.adapters.storage.sql.store import SqlStore
from factoring_core.adapters.storage.sql.tables import METADATA
from factoring_core.ports.storage import KIND_OF
from factoring_core.testing.contracts.samples import CLASSES, changed, full

SQL = Path(storage.__file__).parent / "sql"
WRITES_STATEMENTS = {"statements.py", "postgres.py", "sqlite.py", "migrating.py"}
"""`migrating` reads the version of the store, which is of no tenant; the others are run below."""
HAS_TENANT = re.compile(r"\btenant\b")
BEGINS_WITH_TENANT = re.compile(r'INSERT INTO \S+ \("?tenant"?[,)]').match


@pytest.fixture(params=["sqlite", "postgresql"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Any:
    if request.param == "postgresql":
        yield request.getfixturevalue("postgres_store")
        return
    made = SqlStore(tmp_path / "factoring.db")
    yield made
    made.close()


def test_statements_are_made_in_few_places() -> None:
    makers = {"select", "insert", "update", "delete", "text", "exec_driver_sql"}
    found = set()
    for file in SQL.rglob("*.py"):
        if "migrations" in file.parts:
            continue
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("sqlalchemy"):
                if makers & {name.name for name in node.names}:
                    found.add(file.name)
    assert found - {"tables.py"} <= WRITES_STATEMENTS | {"transaction.py"}


def test_every_statement_that_is_run_names_the_tenant(store: SqlStore) -> None:
    """Every method of the port, with every kind of record, few and many."""
    ran: list[tuple[str, Any]] = []
    engine = store._database._engine

    @event.listens_for(engine, "before_cursor_execute")
    def note(_c: Any, _cursor: Any, statement: str, values: Any, _x: Any, _many: bool) -> None:
        ran.append((statement, values))

    for record in CLASSES:
        kind, one = KIND_OF[record], full(record)
        key = tuple(getattr(one, name) for name in kind.key)
        several = [
            changed(one, **{kind.key[-1]: f"{number}" if isinstance(key[-1], str) else number})
            for number in range(120)
        ]
        outside = next(
            name
            for name in (record._fields if hasattr(record, "_fields") else record.__annotations__)
            if name not in kind.key
        )
        with store.transaction("the tenant") as tx:
            tx.put(one)
            tx.put_all([one], fields=[outside])
            for name in kind.key:
                tx.find(record, **{name: getattr(one, name)})
            for index in kind.indexes:
                tx.find(record, **{name: getattr(one, name) for name in index})
            tx.find(record)
            list(tx.walk(record))
            tx.get(record, *key)
            tx.last(record)
            tx.next_number("n")
            tx.remove(record, *key)
            if not kind.unique:
                tx.add_all(several)
                tx.put_all(several)
                tx.put_all(several, fields=[outside])

    about = [(sql, values) for sql, values in ran if any(table in sql for table in METADATA.tables)]
    assert len(about) > 10 * len(CLASSES)
    for sql, values in about:
        if sql.startswith("CREATE TEMPORARY TABLE"):
            assert sql.endswith("WITH NO DATA")
        elif sql.startswith("INSERT INTO"):
            assert BEGINS_WITH_TENANT(sql), sql
        else:
            where = re.split(r"\b(?:WHERE|ON)\b", sql, maxsplit=1)
            assert len(where) == 2, sql
            assert HAS_TENANT.search(where[1]), sql
        if values and "pg_temp" not in sql:
            rows = values if isinstance(values, list) else [values]
            assert all("the tenant" in (row.values() if isinstance(row, dict) else row) for row in rows), sql
