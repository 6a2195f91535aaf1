"""What stores promise that are damaged, full, in use, or out of reach."""

from __future__ import annotations

import pickle
from contextlib import AbstractContextManager, closing, suppress
from functools import partial
from typing import Any

import pytest

from factoring_core.domain.vocabulary.load import Standing
from factoring_core.domain.vocabulary.parties import Customer
from factoring_core.errors import (
    MigrationRequiredError,
    StorageError,
    StoreBusyError,
    StoreCorruptError,
)
from factoring_core.testing.contracts.base import Contract
from factoring_core.testing.contracts.complaints import HIDDEN, refused
from factoring_core.testing.contracts.samples import bare, standing
from factoring_core.testing.contracts.storage.calls import elsewhere, find, put

TROUBLES: dict[str, tuple[type[StorageError], str, bool]] = {
    "conflict": (StoreBusyError, "store_conflict", True),
    "damaged": (StoreCorruptError, "store_corrupt", False),
    "deadlock": (StoreBusyError, "store_conflict", True),
    "filled": (StorageError, "store_full", False),
    "forgetful": (StorageError, "not_durable", False),
    "full": (StorageError, "store_full", False),
    "gone": (MigrationRequiredError, "migration_required", False),
    "left": (StorageError, "store_lost", True),
    "locked": (StoreBusyError, "store_busy", True),
    "lost": (StorageError, "store_lost", True),
    "moved": (MigrationRequiredError, "migration_required", False),
    "odd": (StorageError, "storage", False),
    "read_only": (StorageError, "store_unwritable", False),
    "renamed": (MigrationRequiredError, "migration_required", False),
    "stopped": (StoreBusyError, "store_busy", True),
    "too_many": (StoreBusyError, "store_busy", True),
    "torn": (StoreCorruptError, "store_corrupt", False),
    "unfit": (StorageError, "not_storable", False),
    "unwanted": (StorageError, "not_storable", False),
    "unwritable": (StorageError, "store_unwritable", False),
}
"""What can happen to a store: our error, its code, and whether trying again may help.

``filled``: there is no memory left.  ``forgetful``: a crash would undo what it has confirmed.  ``gone``:
its tables are not those of this program, nor is a column that was ``renamed``, or a schema that was
``moved``.  ``left``: it was idle for too long.  ``odd``: what nobody has thought of.  ``stopped``: it
took too long.  ``too_many``: there is no connection free.  ``torn``: an index is damaged.  ``unfit``,
``unwanted``: it finds a value too large, or against a rule.
"""


class MeetsTrouble(Contract):
    """Trouble is said as what it is, and changes nothing."""

    tenants_wait = True
    """Whether one tenant's writing keeps another's waiting, as in a file that has one writer."""

    @pytest.fixture
    def place(self) -> Any:
        """Return an address at which no store is yet."""
        raise NotImplementedError

    def opened(self, place: Any, *, patience: float = 30.0) -> Any:
        """Open the store at an address; *patience*: how many seconds to wait for others."""
        raise NotImplementedError

    def brought_into(self, trouble: str, place: Any) -> AbstractContextManager[Any] | None:
        """Bring the store at an address into one of `TROUBLES`, while the context lasts.

        It yields the address at which it is met; None where nobody can do that.
        """
        return None

    def losing_the_answer(
        self, place: Any, when: str, *, for_good: bool
    ) -> AbstractContextManager[Any] | None:
        """Lose the connection of the next commit ``before`` it arrives, or ``after``, with its answer.

        Yields the address at which that happens, and a function that makes it ready; *for_good*: nobody gets
        through after that.  None where a commit cannot end without an answer.
        """
        return None

    @pytest.mark.parametrize("for_good", [False, True], ids=["once", "for good"])
    @pytest.mark.parametrize("when", ["before", "after"])
    def test_a_commit_without_an_answer(self, place: Any, when: str, for_good: bool) -> None:
        """It counts as what it was, which is looked up; where nobody can be asked, it is called neither."""
        lost = self.losing_the_answer(place, when, for_good=for_good)
        if lost is None:
            pytest.skip("no answer to a commit can be lost here")
        with lost as (where, ready), closing(self.opened(place)) as sound:
            store = self.opened(where, patience=1)
            ready()
            put_one = partial(put, store, standing("1"))
            if for_good:
                error = refused(StorageError, put_one, code="commit_unknown", secret=None)
                assert "same again" in error.remedy
            elif when == "before":
                refused(StorageError, put_one, code="store_lost", retryable=True, secret=None)
            else:
                put_one()
            assert find(sound, Standing) == ([standing("1")] if when == "after" else [])
            store.close()

    def test_another_writer_makes_it_busy(self, place: Any) -> None:
        """Who waits for another writer longer than the patience is told so, and may try again."""
        with closing(self.opened(place)) as store, closing(self.opened(place, patience=0.1)) as hasty:
            with store.transaction("t") as tx:
                tx.put(standing("1"))
                refused(StoreBusyError, lambda: put(hasty, standing("2")), code="store_busy", retryable=True)
                with store.reading("t") as look:
                    assert list(look.find(Standing)) == []
            put(hasty, standing("3"))
            assert find(store, Standing) == [standing("1"), standing("3")]

    def test_tenants_do_not_wait_for_each_other(self, place: Any) -> None:
        """While one tenant writes, another one does, through the same store or one beside it."""
        if self.tenants_wait:
            pytest.skip("there is one writer at such an address")
        with (
            closing(self.opened(place, patience=1)) as store,
            closing(self.opened(place, patience=1)) as other,
        ):
            with store.transaction("t") as tx:
                tx.put(standing("1"))
                for each in (store, other):
                    elsewhere(partial(put, each, standing("2"), tenant="u"))
                    assert find(each, Standing, "u") == [standing("2")]
            assert find(store, Standing) == [standing("1")]

    @pytest.mark.parametrize("trouble", TROUBLES)
    def test_trouble_is_said_and_changes_nothing(self, place: Any, trouble: str) -> None:
        """What happens to a store has its type and code, is said without a record, and keeps nothing."""
        kind, code, retryable = TROUBLES[trouble]
        self.opened(place).close()
        brought = self.brought_into(trouble, place)
        if brought is None:
            pytest.skip("nobody can bring the store into this trouble")
        with brought as where:
            fill = lambda: self._filled(where)  # noqa: E731
            error: Any = refused(kind, fill, code=code, retryable=retryable, secret=None)
            assert type(error) is kind
            shown = [str(error), repr(error), error.remedy, repr(error.where), repr(pickle.dumps(error))]
            assert HIDDEN not in "".join(shown)
            if kind is StorageError and code != "storage":
                assert error.remedy != StorageError.remedy, "it does not say what to do"
            refused(StorageError, lambda: self._gone_on(where), secret=None)
        with closing(self.opened(place)) as store:
            assert find(store, Standing) == []
            assert find(store, Customer) == []

    def _gone_on(self, where: Any) -> None:
        with closing(self.opened(where, patience=1)) as store, store.transaction("t") as tx:
            with suppress(StorageError):
                tx.add_all([standing(f"{HIDDEN} {number}") for number in range(3000)])
            tx.put(bare(Customer))

    def _filled(self, where: Any) -> None:
        with closing(self.opened(where, patience=1)) as store, store.transaction("t") as tx:
            tx.add_all([standing(f"{HIDDEN} {number}") for number in range(3000)])
