"""The statements of each kind as SQL text with parameters by position, written once.

SQLAlchemy writes them and then only carries them: handing each row through its constructs would
cost several times what the database takes.  What is asked seldom stays a construct.
"""

from collections.abc import Mapping
from enum import Enum
from functools import cache, lru_cache
from typing import Any

from sqlalchemy import ColumnElement, Select, bindparam, delete, literal_column, or_, select, update

from factoring_core.adapters.storage.sql.backend import Backend
from factoring_core.adapters.storage.sql.codec import leaves, leaves_of, writer
from factoring_core.adapters.storage.sql.tables import COUNTERS, TABLES
from factoring_core.adapters.storage.sql.writing import Sort, Writing
from factoring_core.ports.storage import Kind


@cache
def adding(backend: Backend, kind: Kind) -> Writing:
    """Insert records."""
    return _writing(backend, kind, Sort.ADD, backend.insert(TABLES[kind.record]))


@cache
def putting(backend: Backend, kind: Kind) -> Writing:
    """Insert records, each in place of the one with its key."""
    statement, key = backend.insert(TABLES[kind.record]), ("tenant", *kind.key)
    new = {name: column for name, column in statement.excluded.items() if name not in key}
    again = statement.on_conflict_do_update(index_elements=key, set_=new)
    return _writing(backend, kind, Sort.PUT, again)


@cache
def changing(backend: Backend, kind: Kind, fields: tuple[str, ...]) -> Writing:
    """Write some fields of records that exist."""
    table = TABLES[kind.record]
    columns = [leaf.column for leaf in leaves(kind.record) if leaf.path[0] in fields]
    statement = (
        update(table)
        .where(*(table.c[name] == bindparam(_NEW + name) for name in ("tenant", *kind.key)))
        .values({name: bindparam(_NEW + name) for name in columns})
    )
    held = {name for unique, _ in kind.unique for name in unique}
    return _writing(backend, kind, Sort.CHANGE, statement, several=held.isdisjoint(fields))


@cache
def columns(kind: Kind) -> tuple[ColumnElement[Any], ...]:
    """Return the columns of a kind, in the order in which they are read."""
    table = TABLES[kind.record]
    return tuple(table.c[leaf.column] for leaf in leaves(kind.record))


@cache
def getting(backend: Backend, kind: Kind) -> str:
    """Select the record with a key; parameters: tenant and key."""
    return _text(backend, selecting(kind).where(*_has_key(kind)))[0]


@cache
def removing(backend: Backend, kind: Kind) -> str:
    """Delete the record with a key; parameters: tenant and key."""
    return _text(backend, delete(TABLES[kind.record]).where(*_has_key(kind)))[0]


@cache
def counting(backend: Backend) -> str:
    """Take the next number of a counter; parameters: tenant, counter, and 1."""
    statement = backend.insert(COUNTERS)
    again = statement.on_conflict_do_update(
        index_elements=("tenant", "name"), set_={"value": COUNTERS.c.value + statement.excluded.value}
    )
    return _text(backend, again.returning(COUNTERS.c.value))[0]


def selecting(kind: Kind) -> Select[Any]:
    """Select the columns of a kind."""
    return select(*columns(kind))


def walking(kind: Kind, tenant: str) -> Select[Any]:
    """Select every record of a tenant, in key order."""
    table = TABLES[kind.record]
    return selecting(kind).where(table.c.tenant == tenant).order_by(*(table.c[name] for name in kind.key))


def finding(
    backend: Backend,
    kind: Kind,
    tenant: str,
    wanted: Mapping[str, list[Any]],
    fields: tuple[str, ...] | None = None,
) -> tuple[str, tuple[Any, ...]]:
    """Select the records that have one of the wanted values in each field, or only *fields* of them.

    Returns:
        The statement, and its parameters.
    """
    asked, given = [], [tenant]
    for name, values in wanted.items():
        # Nothing is asked for by a day or a moment, which would have to be made a text as well.
        filled = [v.value if isinstance(v, Enum) else v for v in values if v is not None]
        # A value that is asked for again changes nothing, and so there are few different statements.
        size = 1 << (len(filled) - 1).bit_length() if filled else 0
        given += filled + filled[-1:] * (size - len(filled))
        asked.append((name, size, None in values))
    return _finding(backend, kind, fields, tuple(asked)), tuple(given)


@lru_cache(maxsize=2_000)
def _finding(
    backend: Backend, kind: Kind, fields: tuple[str, ...] | None, asked: tuple[tuple[str, int, bool], ...]
) -> str:
    """Write the question for so many values of each field, and perhaps for none."""
    table = TABLES[kind.record]
    some = columns(kind) if fields is None else [table.c[leaf.column] for leaf in leaves_of(kind, fields)]
    statement = select(*some).where(table.c.tenant == bindparam("tenant"))
    marks = {}
    for place, (name, size, none) in enumerate(asked):
        column, mark = table.c[name], f"<values {place}>"
        # SQLAlchemy would name and render each of thousands of parameters.
        marks[mark] = ", ".join([backend.parameter] * size)
        one_of = column == bindparam(name) if size == 1 else column.op("IN")(literal_column(f"({mark})"))
        statement = statement.where(or_(*[one_of] * bool(size), *[column.is_(None)] * none))
    sql, _ = _text(backend, statement)
    for mark, several in marks.items():
        sql = sql.replace(mark, several)
    return sql


def latest(kind: Kind, tenant: str) -> Select[Any]:
    """Select the record with the highest key."""
    table = TABLES[kind.record]
    backwards = (table.c[name].desc() for name in kind.key)
    return selecting(kind).where(table.c.tenant == tenant).order_by(*backwards).limit(1)


_NEW = "new_"


def _has_key(kind: Kind) -> list[ColumnElement[bool]]:
    table = TABLES[kind.record]
    return [table.c[name] == bindparam(name) for name in ("tenant", *kind.key)]


def _writing(backend: Backend, kind: Kind, sort: Sort, statement: Any, *, several: bool = True) -> Writing:
    sql, names = _text(backend, statement)
    columns = tuple(name.removeprefix(_NEW) for name in names)
    return Writing(
        sort=sort,
        sql=sql,
        table=TABLES[kind.record].name,
        columns=columns,
        key=("tenant", *kind.key),
        several=several,
        rows=writer(kind, columns),
    )


def _text(backend: Backend, statement: Any) -> tuple[str, list[str]]:
    """Return the statement as text, and the names of its parameters in the order they stand in."""
    where: dict[str, Any] = {}
    if backend.schema is not None:
        where = {"schema_translate_map": {None: backend.schema}, "render_schema_translate": True}
    compiled = statement.compile(dialect=backend.dialect(), **where)
    return str(compiled), compiled.positiontup
