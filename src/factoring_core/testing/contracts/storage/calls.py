"""Short ways to use a store in a test."""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from factoring_core.domain.selling.batch import Assignment
from factoring_core.domain.vocabulary.events import LoadEvent
from factoring_core.ports.storage import KIND_OF, Store
from factoring_core.testing.contracts.samples import CLASSES, bare, changed

any_class = pytest.mark.parametrize("record", CLASSES, ids=lambda record: record.__name__)


def key(record: Any) -> tuple[Any, ...]:
    return tuple(getattr(record, name) for name in KIND_OF[type(record)].key)


def put(store: Store, *records: Any, tenant: str = "t") -> None:
    with store.transaction(tenant) as tx:
        for record in records:
            tx.put(record)


def get(store: Store, kind: type[Any], *parts: Any, tenant: str = "t") -> Any:
    with store.reading(tenant) as look:
        return look.get(kind, *parts)


def find(store: Store, kind: type[Any], tenant: str = "t", **equals: Any) -> list[Any]:
    with store.reading(tenant) as look:
        return list(look.find(kind, **equals))


def assignment(id: str, load: str = "L1", *, live: bool = True, **given: Any) -> Assignment:
    made: Assignment = changed(bare(Assignment), id=id, subsidiary="acme", load=load, live=live, **given)
    return made


def event(sequence: int) -> LoadEvent:
    """Return one step of a load."""
    return LoadEvent(
        sequence=sequence,
        subsidiary="acme",
        load="L1",
        event="finance",
        from_status="invoiced",
        to_status="financed",
        cause="report",
        at=dt.datetime(2026, 1, 1, tzinfo=dt.UTC),
        actor="ann",
    )


def names(records: list[Any], field: str) -> list[Any]:
    return [getattr(record, field) for record in records]


def unlike(due: list[Any], found: list[Any]) -> tuple[Any, Any] | None:
    """Return the first two records that differ, ``None`` for one that is not there.

    For lists too long to compare in an assertion: where the variable ``CI`` is set pytest draws up the whole
    difference, which takes minutes for a few thousand records.
    """
    return next((pair for pair in itertools.zip_longest(due, found) if pair[0] != pair[1]), None)


def elsewhere(work: Callable[[], Any]) -> Any:
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(work).result()
