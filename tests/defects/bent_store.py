"""A sound store that every planted defect bends in one place."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, ClassVar

import pytest

from factoring_core.adapters.storage import MemoryStore
from factoring_core.adapters.storage.asking import fields_of, kind_of
from factoring_core.testing.contracts import StorageContract
from factoring_core.testing.contracts.samples import changed


class Look:
    """A look or transaction that hands everything on."""

    def __init__(self, inner: Any, store: BentStore, tenant: str) -> None:
        self.inner, self.store, self.tenant = inner, store, tenant

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)


class BentStore:
    """Keeps records in memory; a defect overrides `Look`, `Change` or a method."""

    Look: ClassVar[type[Look]] = Look
    Change: ClassVar[type[Look]] = Look

    def __init__(self) -> None:
        self.kept = MemoryStore()
        self.notes: dict[Any, Any] = {}

    @contextmanager
    def reading(self, tenant: str) -> Iterator[Any]:
        with self.kept.reading(tenant) as look:
            yield self.Look(look, self, tenant)

    @contextmanager
    def transaction(self, tenant: str) -> Iterator[Any]:
        with self.kept.transaction(tenant) as changes:
            yield self.Change(changes, self, tenant)

    def close(self) -> None:
        self.kept.close()


class Proved(StorageContract):
    """The contract over one bent store."""

    Store: ClassVar[Callable[[], Any]] = BentStore

    @pytest.fixture
    def store(self) -> Any:
        return type(self).Store()


class Sound(Proved):
    """Nothing is bent."""


def rewriting(how: Callable[[Any], Any]) -> type[Look]:
    """Return a transaction that keeps every value of every record as *how* makes it."""

    def rewritten(record: Any) -> Any:
        names = fields_of(kind_of(type(record)))
        return changed(record, **{name: how(getattr(record, name)) for name in names})

    class Rewriting(Look):
        def put(self, record: Any) -> None:
            self.inner.put(rewritten(record))

        def put_all(self, records: Any, **fields: Any) -> None:
            self.inner.put_all([rewritten(one) for one in records], **fields)

        def add_all(self, records: Any) -> None:
            self.inner.add_all([rewritten(one) for one in records])

    return Rewriting


def keeping(how: Callable[[Any], Any]) -> Callable[[], BentStore]:
    """Return a store that keeps every value as *how* makes it."""

    class Keeping(BentStore):
        Change = rewriting(how)

    return Keeping
