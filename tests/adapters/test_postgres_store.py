"""The store in PostgreSQL keeps the contract, and says what servers do to it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from factoring_core.adapters.storage import open_store
from factoring_core.adapters.storage.sql.store import SqlStore
from factoring_core.testing.contracts.storage.store import DurableContract


class TestPostgresStore(DurableContract):
    keeps_nul = False

    @pytest.fixture
    def store(self, postgres_store: SqlStore) -> SqlStore:
        return postgres_store

    @pytest.fixture
    def reopened(self, postgres_place: str) -> Callable[[], SqlStore]:
        return lambda: open_store(postgres_place)
