"""Makes ``st.from_type(Load)`` work: Hypothesis calls `register` when it is imported.

A value's module is not imported for that.  What is imported already is registered at once, and the
others at the moment they are imported, so that a program which never names them pays nothing.
"""

import sys
from collections.abc import Callable
from importlib import import_module
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

DOMAIN = "factoring_core.domain."
HOMES = {
    "reconciling.decisions": {"Decision": "decisions"},
    "reconciling.evidence": {"Evidence": "evidence"},
    "reconciling.findings": {"ExceptionItem": "exception_items"},
    "reconciling.reports": {"Report": "reports"},
    "reconciling.world": {"Book": "books", "World": "worlds"},
    "selling.batch": {
        "Assignment": "assignments",
        "Batch": "batches",
        "Delivery": "deliveries",
        "SealedFile": "sealed_files",
    },
    "vocabulary.actors": {"Actor": "actors"},
    "vocabulary.load": {
        "Document": "documents",
        "Invoice": "invoices",
        "Load": "loads",
        "Opening": "openings",
        "Standing": "standings",
    },
    "vocabulary.money": {"Money": "money"},
    "vocabulary.parties": {
        "Connection": "connections",
        "Customer": "customers",
        "Notice": "notices",
        "Settings": "settings",
        "Subsidiary": "subsidiaries",
        "Terms": "terms",
    },
}
"""Which strategy of `factoring_core.testing.strategies` makes which value, by the value's module."""


def registering(execute: Callable[[ModuleType], None]) -> Callable[[ModuleType], None]:
    """Return what executes a module and then registers its values."""

    def executed(module: ModuleType) -> None:
        execute(module)
        register_values(module)

    return executed


class AfterImport:
    """Registers the values of a module when it has been imported; a finder that finds by the others."""

    def find_spec(self, name: str, path: Any = None, target: ModuleType | None = None) -> ModuleSpec | None:
        """Return what the other finders find, with a loader that registers afterwards."""
        if not name.startswith(DOMAIN) or name.removeprefix(DOMAIN) not in HOMES:
            return None
        for finder in sys.meta_path:
            spec = None if finder is self else finder.find_spec(name, path, target)
            if spec is not None and spec.loader is not None:
                spec.loader.exec_module = registering(spec.loader.exec_module)  # type: ignore[method-assign,assignment]
                return spec
        return None


def register() -> None:
    """Register what is imported already, and wait for the others; the entry point of Hypothesis."""
    for home in HOMES:
        if (module := sys.modules.get(DOMAIN + home)) is not None:
            register_values(module)
    if not any(isinstance(finder, AfterImport) for finder in sys.meta_path):
        sys.meta_path.insert(0, AfterImport())


def register_values(module: ModuleType) -> None:
    """Tell Hypothesis how the values of one module are made; the strategies are made when asked for."""
    from hypothesis import strategies as st

    def made(name: str) -> Any:
        return lambda kind: getattr(import_module("factoring_core.testing.strategies"), name)()

    for kind, name in HOMES[module.__name__.removeprefix(DOMAIN)].items():
        st.register_type_strategy(getattr(module, kind), made(name))
