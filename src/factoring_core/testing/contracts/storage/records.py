"""Records come back as they went in, and nothing else changes."""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from factoring_core.adapters.storage.asking import fields_of
from factoring_core.domain.reconciling.evidence import Evidence
from factoring_core.domain.selling.batch import Assignment
from factoring_core.domain.vocabulary.lifecycle import Route
from factoring_core.domain.vocabulary.load import Standing
from factoring_core.domain.vocabulary.parties import Customer
from factoring_core.errors import StorageError
from factoring_core.ports.storage import KIND_OF, Store
from factoring_core.testing.contracts.base import Contract
from factoring_core.testing.contracts.samples import anything, bare, changed, full, standing
from factoring_core.testing.contracts.storage.calls import (
    any_class,
    assignment,
    find,
    get,
    key,
    names,
    put,
    unlike,
)

TENANTS = itertools.count(1)
"""A tenant of its own for each example, so that no example depends on removing."""


class KeepsRecords(Contract):
    """Records come back as they went in, and nothing else changes."""

    keeps_nul = True
    """Whether a text may hold the character NUL; a store where it may not refuses it."""

    @any_class
    @pytest.mark.parametrize("sample", [full, bare], ids=["full", "bare"])
    def test_every_class_comes_back_as_it_went_in(
        self, store: Store, record: type[Any], sample: Callable[[Any], Any]
    ) -> None:
        """A record comes back equal and of the same types, whatever its fields hold."""
        kept = sample(record)
        put(store, kept)

        found = get(store, record, *key(kept))

        assert kept == found
        assert repr(kept) == repr(found)

    def test_the_character_nul_is_kept_or_refused(self, store: Store) -> None:
        """It is never dropped, and a store that cannot keep it says so and keeps nothing."""
        if self.keeps_nul:
            put(store, standing("a\x00b"))
            assert [standing("a\x00b")] == find(store, Standing)
            return
        for load in ("a\x00b", "\x00"):
            for many in (1, 200):
                with pytest.raises(StorageError) as caught, store.transaction("t") as tx:
                    tx.add_all([standing(f"{load}{number}") for number in range(many)])
                assert "not_storable" == caught.value.code
        assert [] == find(store, Standing)

    @any_class
    def test_added_records_come_back(self, store: Store, record: type[Any]) -> None:
        """What `add_all` adds is what `put` would have kept."""
        added = [full(record), bare(record)]
        with store.transaction("t") as tx:
            tx.add_all(iter(added))

        assert sorted(added, key=key) == find(store, record)

    @any_class
    def test_nothing_crosses_tenants(self, store: Store, record: type[Any]) -> None:
        """No method reaches what another tenant keeps, under the same key."""
        ours, theirs = full(record), full(record)
        put(store, theirs, tenant="theirs")
        parts = key(ours)
        with store.transaction("ours") as tx:
            assert tx.get(record, *parts) is None
            assert tx.last(record) is None
            assert [] == list(tx.find(record))
            assert [] == list(tx.find(record, **dict(zip(KIND_OF[record].key, parts, strict=True))))
            tx.remove(record, *parts)
            tx.put_all([ours], fields=[_outside_key(record)])
            assert tx.get(record, *parts) is None
            tx.add_all([ours])
            tx.remove(record, *parts)
        assert [theirs] == find(store, record, tenant="theirs")

    def test_whole_records_replace_and_the_last_one_counts(self, store: Store) -> None:
        """`put_all` adds and replaces; of two records with one key the later stands."""
        put(store, standing("1", paid=1, flags=("x",)))
        with store.transaction("t") as tx:
            tx.put_all([standing("2", paid=2), standing("1", paid=3), standing("1", paid=4)])
            tx.put_all([])

        assert [standing("1", paid=4), standing("2", paid=2)] == find(store, Standing)

    def test_very_many_are_put_as_a_few_are(self, store: Store) -> None:
        """Thousands in one call are added, replaced and changed in some fields, each of them."""
        loads = [f"{number:05}" for number in range(3000)]
        with store.transaction("t") as tx:
            tx.add_all([standing(load, flags=("x",)) for load in loads[:2500]])
            tx.put_all([standing(load, paid=int(load), open=1) for load in loads[500:]])
            tx.put_all(
                [standing(load, paid=7, open=2) for load in [*loads[1000:], "absent"]], fields=["open"]
            )

        due = [
            *(standing(load, flags=("x",)) for load in loads[:500]),
            *(standing(load, paid=int(load), open=1) for load in loads[500:1000]),
            *(standing(load, paid=int(load), open=2) for load in loads[1000:]),
        ]
        assert unlike(due, find(store, Standing)) is None

    def test_put_all_of_some_fields_touches_nothing_else(self, store: Store) -> None:
        """With *fields*, only those are written, and only in records that exist."""
        put(store, standing("1", paid=1, flags=("x",)), standing("2", paid=2), standing("3", paid=3))
        new = [standing(load, paid=9, open=9, route=Route.DIRECT, batch="b") for load in ("4", "2", "1", "1")]
        with store.transaction("t") as tx:
            tx.put_all(new, fields=["route", "paid"])
            tx.put_all(new, fields=[])

        assert [
            standing("1", paid=9, route=Route.DIRECT, flags=("x",)),
            standing("2", paid=9, route=Route.DIRECT),
            standing("3", paid=3),
        ] == find(store, Standing)

    def test_some_fields_of_evidence(self, store: Store) -> None:
        """A named tuple inside a record is one field."""
        row, other = bare(Evidence), full(Evidence)
        put(store, row)
        with store.transaction("t") as tx:
            tx.put_all(
                [changed(other, report=row.report, row=row.row, seq=row.seq)], fields=["attributes", "on"]
            )

        assert [changed(row, attributes=other.attributes, on=other.on)] == find(store, Evidence)

    def test_removed_once_or_twice(self, store: Store) -> None:
        """What was removed is gone, may be removed again, and gives up its unique sets."""
        put(store, assignment("1"))
        with store.transaction("t") as tx:
            tx.remove(Assignment, "1")
            tx.remove(Assignment, "1")
            assert tx.get(Assignment, "1") is None
            tx.put(assignment("2"))

        assert ["2"] == names(find(store, Assignment), "id")

    def test_what_was_kept_cannot_be_changed_from_outside(self, store: Store) -> None:
        """A dictionary in a record is the store's own copy, on the way in and on the way out."""
        numbers = {"rts": "1"}
        put(store, Customer(id="c", debtor_numbers=numbers))
        numbers["rts"] = "2"
        get(store, Customer, "c").debtor_numbers["rts"] = "3"

        assert {"rts": "1"} == get(store, Customer, "c").debtor_numbers

    @any_class
    @settings(
        max_examples=15, phases=[Phase.explicit, Phase.generate], suppress_health_check=list(HealthCheck)
    )
    @given(data=st.data())
    def test_any_record_comes_back(self, store: Store, record: type[Any], data: st.DataObject) -> None:
        """Any record comes back equal, and put again replaces the one with its key."""
        # Not shrunk: a record is as large as its class, and what differs is named below.
        kept = data.draw(anything(record))
        tenant = f"any-{next(TENANTS)}"
        if not self.keeps_nul and "\\x00" in repr(kept):
            with contextlib.suppress(StorageError):
                put(store, kept, kept, tenant=tenant)
            assert find(store, record, tenant=tenant) in ([], [kept])
            return
        put(store, kept, kept, tenant=tenant)
        (found,) = find(store, record, tenant=tenant)
        names = fields_of(KIND_OF[record])
        assert {
            name: getattr(found, name) for name in names if getattr(found, name) != getattr(kept, name)
        } == {}


def _outside_key(record: type[Any]) -> str:
    kind = KIND_OF[record]
    names = record._fields if hasattr(record, "_fields") else [field.name for field in record.__attrs_attrs__]
    found: str = next(name for name in names if name not in kind.key)
    return found
