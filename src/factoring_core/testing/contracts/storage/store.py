"""What every store promises; a store's own tests subclass this and provide the fixture ``store``."""

from __future__ import annotations

from collections.abc import Callable

from factoring_core.ports.storage import Store
from factoring_core.testing.contracts.samples import CLASSES, full
from factoring_core.testing.contracts.storage.calls import assignment, find, get, key, put
from factoring_core.testing.contracts.storage.commits import CommitsAtOnce
from factoring_core.testing.contracts.storage.finding import FindsRecords
from factoring_core.testing.contracts.storage.records import KeepsRecords
from factoring_core.testing.contracts.storage.rules import KeepsRules
from factoring_core.testing.contracts.storage.values import RefusesValues

__all__ = ["DurableContract", "StorageContract", "assignment", "find", "get", "key", "put"]


class StorageContract(KeepsRecords, FindsRecords, KeepsRules, CommitsAtOnce, RefusesValues):
    """The promises of `factoring_core.ports.storage`: provide the fixture ``store``, fresh and empty."""


class DurableContract(StorageContract):
    """What stores promise that outlive the process; needs the fixture ``reopened`` as well."""

    def test_closing_and_opening_keeps_everything(self, store: Store, reopened: Callable[[], Store]) -> None:
        """After closing and opening, every record and counter is there."""
        put(store, *(full(record) for record in CLASSES))
        with store.transaction("t") as tx:
            tx.next_number("n")
        store.close()

        again = reopened()

        assert [full(record) for record in CLASSES] == [find(again, record)[0] for record in CLASSES]
        with again.transaction("t") as tx:
            assert 2 == tx.next_number("n")
        again.close()
