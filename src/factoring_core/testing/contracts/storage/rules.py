"""A key and a unique set have one holder."""

from __future__ import annotations

from typing import Any

import pytest

from factoring_core.domain.selling.batch import Assignment, Batch
from factoring_core.domain.vocabulary.load import Standing
from factoring_core.errors import KeyTakenError
from factoring_core.ports.storage import Store
from factoring_core.testing.contracts.base import Contract
from factoring_core.testing.contracts.complaints import sentence_faults
from factoring_core.testing.contracts.samples import bare, changed, standing
from factoring_core.testing.contracts.storage.calls import (
    assignment,
    find,
    names,
    put,
)


class KeepsRules(Contract):
    """A key and a unique set have one holder."""

    def test_a_key_is_added_once(self, store: Store) -> None:
        """`add_all` refuses a key that is there or comes twice, and then adds none of its records."""
        put(store, standing("1", paid=1))
        with store.transaction("t") as tx:
            for records in ([standing("0"), standing("1")], [standing("5"), standing("5")]):
                with pytest.raises(KeyTakenError) as caught:
                    tx.add_all(records)
                assert {"kind": "standings"} == caught.value.where
                assert "standings" in caught.value.message
                assert sentence_faults(caught.value.message, {}) == []
        assert [standing("1", paid=1)] == find(store, Standing)

    def test_a_unique_set_has_one_holder(self, store: Store) -> None:
        """A second record with the same unique set is refused by every way of writing."""
        first = changed(bare(Batch), id="1", connection="c", number=1)
        other = changed(bare(Batch), id="2", connection="c", number=2)
        put(store, first, other)
        second = changed(other, number=1)
        with store.transaction("t") as tx:
            for wrong in (
                lambda: tx.put(second),
                lambda: tx.put_all([second]),
                lambda: tx.put_all([second], fields=["number"]),
                lambda: tx.add_all([changed(second, id="3")]),
            ):
                with pytest.raises(KeyTakenError):
                    wrong()  # type: ignore[no-untyped-call]
        assert [first, other] == find(store, Batch)
        put(store, changed(first, amount=5))
        put(store, changed(second, id="3", connection="d"))
        put(store, changed(second, id="1", number=1), tenant="u")

    def test_a_conditional_unique_set_has_one_live_holder(self, store: Store) -> None:
        """One sale of a load may be live; ended ones do not count, and an end makes room."""
        put(store, assignment("1", live=False), assignment("2"), assignment("3", live=False))
        for wrong in (assignment("4"), assignment("1"), assignment("3", live=True)):
            with pytest.raises(KeyTakenError):
                put(store, wrong)
        put(store, assignment("2", live=False), assignment("1"))

        assert [True, False, False] == [each.live for each in find(store, Assignment)]

    @pytest.mark.parametrize("fields", [None, ["live"]], ids=["whole", "one field"])
    @pytest.mark.parametrize("order", [1, -1])
    def test_one_call_can_hand_a_unique_set_over(self, store: Store, fields: Any, order: int) -> None:
        """In one `put_all` the old holder may let go and a new one take over, in any order."""
        put(store, assignment("1", live=False), assignment("2"))
        with store.transaction("t") as tx:
            tx.put_all([assignment("1"), assignment("2", live=False)][::order], fields=fields)

        assert [True, False] == [each.live for each in find(store, Assignment)]

    def test_a_refused_change_leaves_the_transaction_as_it_was(self, store: Store) -> None:
        """After `KeyTakenError` the transaction goes on without anything of the refused call."""
        put(store, assignment("1"))
        with store.transaction("t") as tx:
            tx.put(assignment("9", "L9"))
            with pytest.raises(KeyTakenError):
                tx.put_all([assignment("0", "L0"), assignment("2", "L1"), assignment("3", "L3")])
            tx.put(assignment("4", "L4"))

        assert ["1", "4", "9"] == names(find(store, Assignment), "id")
