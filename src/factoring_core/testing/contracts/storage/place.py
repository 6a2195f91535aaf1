"""What stores promise that are opened from an address: a file, a database URL, an engine of a host's."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, closing
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from factoring_core.domain.vocabulary.load import Standing
from factoring_core.errors import (
    FactoringError,
    MigrationRequiredError,
    StorageError,
)
from factoring_core.testing.contracts.complaints import HIDDEN, refused
from factoring_core.testing.contracts.missing import faults_without
from factoring_core.testing.contracts.samples import standing
from factoring_core.testing.contracts.storage.calls import find, put
from factoring_core.testing.contracts.storage.trouble import MeetsTrouble
from factoring_core.testing.contracts.storage.values import FindsDamage


class StorePlaceContract(MeetsTrouble, FindsDamage):
    """Provide the fixture ``place``, at which no store is yet, and `opened`; the rest where it can be had."""

    needs: Mapping[str, str] = {}
    """Libraries without which no store can be opened, each with the extra that brings it."""

    def upgraded(self, place: Any) -> Sequence[str] | None:
        """Bring a store up to date and return the steps taken; None where there are no steps."""
        return None

    def of_version(self, place: Any, version: str | None) -> bool:
        """Have the store at an address say that it is of this version, or of none; False where it cannot."""
        return False

    def impossible(self, place: Any) -> Iterable[tuple[Any, type[FactoringError]]]:
        """Return addresses at which no store can be, with ``secret`` as a password, and the error."""
        return ()

    def cut_off(self, place: Any) -> bool:
        """Break every connection to the store, as a restarted server does; False where there are none."""
        return False

    def strangers(self, folder: Path) -> Iterable[tuple[Any, Callable[[], bytes], bool]]:
        """Yield addresses at which somebody else answers, what was heard there, and whether anything may be.

        It may where a server has proved who it is, or need not: on this machine, or by its address.
        """
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

    def test_a_missing_library_is_named(self, place: Any) -> None:
        """Without a library that it needs, opening and upgrading say which, and how to get it."""
        for way in (self.opened, self.upgraded):
            assert faults_without(self.needs, partial(way, place)) == []

    def test_no_record_goes_into_a_log(self, place: Any, caplog: pytest.LogCaptureFixture) -> None:
        """What libraries below write into logs, at the level of information, holds no record."""
        caplog.set_level(logging.INFO)
        logging.getLogger("sqlalchemy.engine").setLevel(logging.INFO)
        try:
            with closing(self.opened(place)) as store:
                put(store, standing(HIDDEN))
                assert find(store, Standing, load=HIDDEN) == [standing(HIDDEN)]
        finally:
            logging.getLogger("sqlalchemy.engine").setLevel(logging.NOTSET)
        assert HIDDEN not in caplog.text

    def test_connections_that_died_meanwhile_are_not_noticed(self, place: Any) -> None:
        """A store whose connections were broken while nobody used them goes on over new ones."""
        with closing(self.opened(place)) as store:
            put(store, standing("1"))
            if not self.cut_off(place):
                pytest.skip("there is nothing to break")
            put(store, standing("2"))
            assert self.cut_off(place)
            assert find(store, Standing) == [standing("1"), standing("2")]

    def test_a_server_elsewhere_proves_who_it_is(self, tmp_path: Path) -> None:
        """A server on another machine is told nothing before that, unless its address says it need not."""
        for where, heard, may in self.strangers(tmp_path):
            open_it = partial(self.opened, where, patience=2)
            refused(StorageError, open_it, code="store_lost", retryable=True, secret=None)
            assert (where, bool(heard())) == (where, may)

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
