"""Worlds for our own tests: those that are shipped, and what of a world the laws speak of."""

from __future__ import annotations

from typing import Any

from attrs import evolve

from factoring_core.domain.reconciling.evidence import key_text
from factoring_core.domain.reconciling.findings import ExceptionType
from factoring_core.domain.reconciling.world import Book, World, fold
from factoring_core.domain.vocabulary.profile import EvidenceType
from factoring_core.testing.books_by_hand import Rows, a_book, about, deciding, decision, one_sale, without
from factoring_core.testing.by_hand import (
    CUSTOMERS,
    NOON,
    E,
    a_batch,
    a_load,
    a_report,
    a_sale,
    day,
    numbered,
    row,
    said,
    subsidiary,
)
from factoring_core.testing.strategies.telling import reported
from factoring_core.testing.strategies.whole import bases, books, decided

__all__ = [
    "CUSTOMERS",
    "NOON",
    "E",
    "Rows",
    "a_batch",
    "a_book",
    "a_load",
    "a_report",
    "a_sale",
    "about",
    "bases",
    "books",
    "day",
    "decided",
    "deciding",
    "decision",
    "fold",
    "key_texts",
    "numbered",
    "one_sale",
    "reported",
    "row",
    "said",
    "subsidiary",
    "view",
    "without",
]


def key_texts(book: Book, kind: EvidenceType | str) -> tuple[str, ...]:
    """Return the keys of one type as a decision remembers them."""
    return tuple(sorted({key_text(one.key) for one in book.evidence if one.type == kind}))


def view(world: World, *, apart_from: frozenset[ExceptionType] = frozenset(), rows: bool = True) -> Any:
    """Return everything that equal worlds have in common, as a comparable value.

    ``rows=False`` leaves out which row of which report supports an exception.
    """
    exceptions = {
        id_: item if rows else evolve(item, rows=(), candidates=())
        for id_, item in world.exceptions.items()
        if item.type not in apart_from
    }
    left_out = {kind.value for kind in apart_from}
    return {
        "standings": {
            number: evolve(one, flags=tuple(flag for flag in one.flags if flag not in left_out))
            for number, one in world.standings.items()
        },
        "facts of loads": {number: one.facts for number, one in world.loads.items()},
        "positions": {id_: one.position for id_, one in world.sales.items()},
        "dispositions": {id_: one.disposition for id_, one in world.sales.items()},
        "accounts": {name: dict(totals) for name, totals in world.accounts.items() if totals},
        "exceptions": exceptions,
        "later": {id_: item if rows else evolve(item, rows=()) for id_, item in world.later.items()},
        "resolved": dict(world.resolved) if not apart_from else None,
        "batches": dict(world.batches),
    }
