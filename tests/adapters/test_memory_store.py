"""The store in memory keeps the contract, and can crash on demand."""

from __future__ import annotations

import pytest

from factoring_core.adapters.storage import MemoryStore
from factoring_core.domain.vocabulary.load import Standing
from factoring_core.errors import StoreBusyError
from factoring_core.testing.contracts.samples import standing
from factoring_core.testing.contracts.storage.store import StorageContract, find, put


class TestMemoryStore(StorageContract):
    @pytest.fixture
    def store(self) -> MemoryStore:
        return MemoryStore()


class Crash(BaseException):
    """The process is gone."""


@pytest.mark.parametrize(("point", "kept"), [("before_commit", 0), ("after_commit", 1)])
def test_a_crash_beside_the_commit_leaves_all_or_nothing(point: str, kept: int) -> None:
    def crash(here: str) -> None:
        if here == point:
            raise Crash

    store = MemoryStore(crash)

    with pytest.raises(Crash):
        put(store, standing())

    assert kept == len(find(store, Standing))


def test_a_store_goes_on_after_a_crash() -> None:
    crashes = [Crash(), None, None]

    def fault(here: str) -> None:
        if crash := crashes.pop(0):
            raise crash

    store = MemoryStore(fault)
    with pytest.raises(Crash):
        put(store, standing("1"))

    put(store, standing("2"))

    assert [standing("2")] == find(store, Standing)


def test_patience_ends() -> None:
    store = MemoryStore(patience=0.01)
    with store.transaction("t"), pytest.raises(StoreBusyError), store.transaction("u"):
        pass
