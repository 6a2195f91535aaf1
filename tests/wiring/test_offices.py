"""Our own office tells every story the same over every store."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from defects_machine.offices import empty_books
from factoring_core import Office, open_office
from factoring_core.adapters.blobs.folder import FolderBlobs
from factoring_core.adapters.blobs.memory import MemoryBlobs
from factoring_core.adapters.storage import open_store
from factoring_core.adapters.storage.memory import MemoryStore
from factoring_core.ports.storage import Store
from factoring_core.testing.contracts import OfficeContract
from factoring_core.testing.contracts.office.bringing import Bringing
from factoring_core.testing.stories import Place

NIGHT = os.environ.get("HYPOTHESIS_PROFILE") == "nightly"


class TestOverMemory(OfficeContract):
    @pytest.fixture
    def opened(self) -> Callable[[Place], Office]:
        store, blobs = MemoryStore(), MemoryBlobs()
        return lambda place: open_office(settings=place.settings, store=store, blobs=blobs)


class TestOverSqlite(OfficeContract if NIGHT else Bringing):  # type: ignore[misc]
    """All stories by night; by day those in which the most kinds of records are written at once."""

    @pytest.fixture
    def opened(self, tmp_path: Path) -> Callable[[Place], Office]:
        books = tmp_path / "books.db"
        books.write_bytes(empty_books())
        return lambda place: open_office(
            settings=place.settings, store=open_store(books), blobs=FolderBlobs(tmp_path / "files")
        )


if NIGHT:

    class TestOverPostgres(OfficeContract):
        @pytest.fixture
        def opened(self, postgres_store: Store) -> Callable[[Place], Office]:
            blobs = MemoryBlobs()
            return lambda place: open_office(settings=place.settings, store=postgres_store, blobs=blobs)
