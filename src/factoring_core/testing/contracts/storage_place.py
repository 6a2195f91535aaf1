"""What stores promise that are opened from an address: a file, a database URL, an engine of a host's."""

from __future__ import annotations

import pickle
from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager, closing
from typing import Any

import pytest

from factoring_core.domain.vocabulary.load import Standing
from factoring_core.errors import (
    FactoringError,
    MigrationRequiredError,
    StorageError,
    StoreBusyError,
    StoreCorruptError,
)
from factoring_core.testing.contracts.base import Contract
from factoring_core.testing.contracts.complaints import HIDDEN, refused
from factoring_core.testing.contracts.samples import standing
from factoring_core.testing.contracts.storage_calls import find, put

TROUBLES: dict[str, tuple[type[StorageError], str, bool]] = {
    "conflict": (StoreBusyError, "store_conflict", True),
    "damaged": (StoreCorruptError, "store_corrupt", False),
    "deadlock": (StoreBusyError, "store_conflict", True),
    "full": (StorageError, "store_full", False),
    "gone": (MigrationRequiredError, "migration_required", False),
    "lost": (StorageError, "store_lost", True),
    "odd": (StorageError, "storage", False),
    "stopped": (StoreBusyError, "store_busy", True),
    "too_many": (StoreBusyError, "store_busy", True),
    "unwritable": (StorageError, "store_unwritable", False),
}
"""What can happen to a store: our error, its code, and whether trying again may help.

``gone``: its tables are not those of this program.  ``odd``: what nobody has thought of.
``stopped``: it took too long.  ``too_many``: there is no connection free.
"""


class StorePlaceContract(Contract):
    """Provide the fixture ``place``, at which no store is yet, and `opened`; the rest where it can be had."""

    @pytest.fixture
    def place(self) -> Any:
        """Return an address at which no store is yet."""
        raise NotImplementedError

    def opened(self, place: Any, *, patience: float = 30.0) -> Any:
        """Open the store at an address; *patience*: how many seconds to wait for others."""
        raise NotImplementedError

    def upgraded(self, place: Any) -> Sequence[str] | None:
        """Bring a store up to date and return the steps taken; None where there are no steps."""
        return None

    def brought_into(self, trouble: str, place: Any) -> AbstractContextManager[Any] | None:
        """Bring the store at an address into one of `TROUBLES`, while the context lasts.

        It yields the address at which it is met; None where nobody can do that.
        """
        return None

    def of_version(self, place: Any, version: str | None) -> bool:
        """Have the store at an address say that it is of this version, or of none; False where it cannot."""
        return False

    def impossible(self, place: Any) -> Iterable[tuple[Any, type[FactoringError]]]:
        """Return addresses at which no store can be, with ``secret`` as a password, and the error."""
        return ()

    def borrowed(self, place: Any) -> AbstractContextManager[tuple[Any, Any]] | None:
        """Yield a host's own way to the address, and a function that fails once it is closed."""
        return None

    def test_a_store_is_made_once(self, place: Any) -> None:
        """Where no store is, one is made; where one is, it is opened and says the same."""
        with closing(self.opened(place)) as store:
            assert find(store, Standing) == []
            put(store, standing("1"))
        with closing(self.opened(place)) as store, closing(self.opened(place)) as other:
            assert find(store, Standing) == find(other, Standing) == [standing("1")]

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
        with closing(self.opened(place)) as store:
            assert find(store, Standing) == []

    def _filled(self, where: Any) -> None:
        with closing(self.opened(where, patience=1)) as store, store.transaction("t") as tx:
            tx.add_all([standing(f"{HIDDEN} {number}") for number in range(3000)])

    @pytest.mark.parametrize("version", ["9999", None])
    def test_a_store_of_another_version_is_left_alone(self, place: Any, version: str | None) -> None:
        """A store that this program does not know is neither opened nor upgraded; both versions are named."""
        self.opened(place).close()
        if not self.of_version(place, version):
            pytest.skip("a store at such an address has no version")
        for way in (self.opened, self.upgraded):
            error = refused(MigrationRequiredError, lambda way=way: way(place))  # type: ignore[misc]
            assert error.where["store"] == version
            assert error.where["program"]
            assert error.where["program"] in error.message
            assert (version or "no version") in error.message

    def test_upgrading_twice_does_nothing(self, place: Any) -> None:
        """The steps to today's store are taken once, and named."""
        steps = self.upgraded(place)
        if steps is None:
            pytest.skip("there are no steps")
        assert steps
        with closing(self.opened(place)) as store:
            put(store, standing("1"))
        assert list(self.upgraded(place) or ()) == []
        with closing(self.opened(place)) as store:
            assert find(store, Standing) == [standing("1")]

    def test_impossible_places_are_refused(self, place: Any) -> None:
        """An address at which no store can be is refused, and the password in it is not repeated."""
        for where, kind in self.impossible(place):
            refused(kind, lambda where=where: self.opened(where), secret=None)  # type: ignore[misc]
            with pytest.raises(kind) as caught:
                self.opened(where)
            assert "secret" not in str(caught.value) + caught.value.remedy + repr(caught.value.where)

    def test_what_a_host_lends_stays_open(self, place: Any) -> None:
        """A way to the database that is the host's own is used, and not closed with the store."""
        lent = self.borrowed(place)
        if lent is None:
            pytest.skip("nothing is lent to such a store")
        with lent as (where, used):
            store = self.opened(where)
            put(store, standing("1"))
            held = find(store, Standing)
            store.close()
            used()
            assert held == [standing("1")]
        with closing(self.opened(place)) as again:
            assert find(again, Standing) == held

    def test_a_sound_store_is_found_sound(self, place: Any) -> None:
        """Where a store can be looked through, a sound one passes."""
        with closing(self.opened(place)) as store:
            if not hasattr(store, "verify"):
                pytest.skip("this store cannot be looked through")
            put(store, standing("1"))
            assert store.verify() is None
