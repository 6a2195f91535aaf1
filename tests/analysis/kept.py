"""Worlds of `worlds.py` kept in a store, and offices over small made-up tables."""

from __future__ import annotations

import datetime as dt

from attrs import evolve
from hypothesis import settings

from factoring_core.adapters.blobs.memory import MemoryBlobs
from factoring_core.adapters.clocks.fixed import FixedClock
from factoring_core.adapters.storage.memory import MemoryStore
from factoring_core.domain.reconciling.world import Book, fold
from factoring_core.domain.vocabulary.parties import Connection, Settings
from factoring_core.wiring import Office, open_office

SOME = settings(max_examples=max(12, settings().max_examples // 5))
"""A fifth of the profile's examples: a world costs more to keep and to show than to fold."""

NOW = dt.datetime(2025, 6, 1, 12, tzinfo=dt.UTC)

CONNECTIONS = (
    Connection(id="C1", subsidiary="S", provider="capital_depot", factor="First Factor"),
    Connection(id="C2", subsidiary="S", provider="winfactor", active=False),
)


def office_of(book: Book) -> Office:
    """Keep a book in a memory store, and open an office over it."""
    world = fold(book)
    live = {
        id_: one.ending is None and (one.sale.batch is None or book.batches[one.sale.batch].live)
        for id_, one in world.sales.items()
    }
    store = MemoryStore()
    with store.transaction("t") as tx:
        for records in (
            book.loads.values(),
            list(book.customers.values()),
            book.batches.values(),
            [evolve(one, live=live[one.id]) for one in book.assignments],
            book.reports.values(),
            book.evidence,
            book.decisions,
        ):
            tx.put_all(records)
    settings = Settings(tenant="t", subsidiaries=(book.subsidiary,), connections=CONNECTIONS)
    return open_office(settings=settings, store=store, blobs=MemoryBlobs(), clock=FixedClock(NOW))
