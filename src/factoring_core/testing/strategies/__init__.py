"""Strategies for Hypothesis: every public value, realistic by default, and whole worlds.

A field is fixed by naming it: ``loads(subsidiary="east", amount=st.integers(1, 99))``.  With this
package installed ``st.from_type(Load)`` gives the same values.  Nothing is built at import.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from factoring_core.testing.strategies.dirt import Dirt
    from factoring_core.testing.strategies.hauling import (
        documents,
        invoices,
        loads,
        money,
        openings,
        standings,
    )
    from factoring_core.testing.strategies.parties import (
        actors,
        connections,
        customers,
        notices,
        settings,
        subsidiaries,
        terms,
    )
    from factoring_core.testing.strategies.records import (
        assignments,
        batches,
        decisions,
        deliveries,
        evidence,
        exception_items,
        reports,
        sealed_files,
    )
    from factoring_core.testing.strategies.whole import books, worlds
    from factoring_core.testing.strategies.words import amounts, days, invoice_numbers, moments, names

_HOMES = {
    "dirt": ("Dirt",),
    "hauling": ("documents", "invoices", "loads", "money", "openings", "standings"),
    "parties": ("actors", "connections", "customers", "notices", "settings", "subsidiaries", "terms"),
    "records": (
        "assignments",
        "batches",
        "decisions",
        "deliveries",
        "evidence",
        "exception_items",
        "reports",
        "sealed_files",
    ),
    "words": ("amounts", "days", "invoice_numbers", "moments", "names"),
    "whole": ("books", "worlds"),
}
_MODULES = {name: module for module, names in _HOMES.items() for name in names}

__all__ = [
    "Dirt",
    "actors",
    "amounts",
    "assignments",
    "batches",
    "books",
    "connections",
    "customers",
    "days",
    "decisions",
    "deliveries",
    "documents",
    "evidence",
    "exception_items",
    "invoice_numbers",
    "invoices",
    "loads",
    "moments",
    "money",
    "names",
    "notices",
    "openings",
    "reports",
    "sealed_files",
    "settings",
    "standings",
    "subsidiaries",
    "terms",
    "worlds",
]


def __getattr__(name: str) -> Any:
    module = _MODULES.get(name)
    if module is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{module}"), name)
