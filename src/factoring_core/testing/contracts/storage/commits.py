"""A transaction happens at once or not at all, and they take turns."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from factoring_core.domain.vocabulary.events import AuditEntry, chain
from factoring_core.domain.vocabulary.load import Standing
from factoring_core.ports.storage import Store
from factoring_core.testing.contracts.base import Contract
from factoring_core.testing.contracts.samples import changed, full, standing
from factoring_core.testing.contracts.storage.calls import (
    elsewhere,
    find,
    get,
    put,
)


class CommitsAtOnce(Contract):
    """A transaction happens at once or not at all, and they take turns."""

    def test_counters_are_per_tenant_and_name(self, store: Store) -> None:
        """Each tenant counts each name from 1."""
        with store.transaction("a") as tx:
            assert [1, 2, 1] == [tx.next_number("x"), tx.next_number("x"), tx.next_number("y")]
        with store.transaction("b") as tx:
            assert 1 == tx.next_number("x")

    def test_an_exception_leaves_no_trace(self, store: Store) -> None:
        """A block that raises changes nothing: no record, no removal, no number."""
        put(store, standing("1"), standing("2"))
        with pytest.raises(ZeroDivisionError), store.transaction("t") as tx:  # noqa: PT012
            tx.put(standing("1", paid=1))
            tx.add_all([standing("3")])
            tx.put_all([standing("2")], fields=["paid"])
            tx.remove(Standing, "acme", "2")
            tx.next_number("n")
            raise ZeroDivisionError

        assert [standing("1"), standing("2")] == find(store, Standing)
        with store.transaction("t") as tx:
            assert 1 == tx.next_number("n")

    def test_a_transaction_sees_its_own_changes_and_nobody_else_does(self, store: Store) -> None:
        """Changes show inside at once, and outside only when the block has ended."""
        put(store, standing("1"))
        with store.transaction("t") as tx:
            tx.put(standing("1", paid=1))
            tx.add_all([standing("2")])
            assert [standing("1", paid=1), standing("2")] == list(tx.find(Standing))
            assert [standing("1")] == elsewhere(lambda: find(store, Standing))
        assert [standing("1", paid=1), standing("2")] == find(store, Standing)

    def test_a_look_stays_the_same(self, store: Store) -> None:
        """Everything seen through one look belongs to one moment."""
        done = threading.Event()
        put(store, standing("a"), standing("b"))

        def write() -> None:
            number = 0
            while not done.is_set():
                number += 1
                put(store, standing("a", paid=number), standing("b", paid=number))

        with ThreadPoolExecutor(1) as pool:
            writing = pool.submit(write)
            try:
                for _ in range(40):
                    with store.reading("t") as look:
                        first = look.get(Standing, "acme", "a")
                        second = look.find(Standing, subsidiary="acme", load="b")
                    assert first is not None
                    assert first.paid == second[0].paid
            finally:
                done.set()
            writing.result()

    def test_writers_lose_nothing(self, store: Store) -> None:
        """Eight threads that read, add one and write back count every one of their turns."""
        put(store, standing("1"))

        def work(_: int) -> list[int]:
            taken = []
            for _turn in range(50):
                with store.transaction("t") as tx:
                    now = tx.get(Standing, "acme", "1")
                    assert now is not None
                    tx.put(changed(now, paid=now.paid + 1))
                    taken.append(tx.next_number("n"))
            return taken

        with ThreadPoolExecutor(8) as pool:
            numbers = [number for taken in pool.map(work, range(8)) for number in taken]

        assert list(range(1, 401)) == sorted(numbers)
        assert 400 == get(store, Standing, "acme", "1").paid

    def test_time_goes_forward(self, store: Store) -> None:
        """The store's clock never goes back, and is one for all looks and transactions: leases end by it."""
        told = []
        for _ in range(3):
            with store.reading("t") as look:
                told.append(look.time())
            with store.transaction("u") as tx:
                told.append(tx.time())

        assert len({one.scale for one in told}) == 1
        assert told[0].scale
        assert [one.ms for one in told] == sorted(one.ms for one in told)
        assert all(type(one.ms) is int for one in told)
        assert told[-1].ms - told[0].ms < 60_000

    def test_numbers_have_no_gaps(self, store: Store) -> None:
        """A number taken in a transaction that failed is given out again."""
        taken = 0
        for fails in (False, True, True, False):
            try:
                with store.transaction("t") as tx:
                    taken = tx.next_number("n")
                    if fails:
                        raise ZeroDivisionError
            except ZeroDivisionError:
                continue
        assert 2 == taken

    def test_a_look_or_transaction_is_over_when_its_block_is(self, store: Store) -> None:
        """Using it afterwards is a mistake that shows."""
        with store.transaction("t") as tx:
            tx.put(standing())
        with store.reading("t") as look:
            assert 1 == len(look.find(Standing))
        for late in (
            lambda: tx.put(standing("2")),
            lambda: tx.next_number("n"),
            lambda: look.find(Standing),
            lambda: look.get(Standing, "acme", "L1"),
        ):
            with pytest.raises(RuntimeError):
                late()

    def test_the_audit_trail_still_chains(self, store: Store) -> None:
        """The hash of every audit entry is still that of what was kept, whatever its detail holds."""
        previous = ""
        for sequence, detail in enumerate([full(Any), {}, {"amount": 10**15, "by": None}], start=1):
            entry = changed(full(AuditEntry), sequence=sequence, detail=detail, previous=previous, hash="")
            previous = chain(entry, previous)
            put(store, changed(entry, hash=previous))

        before = ""
        for kept in find(store, AuditEntry):
            assert kept.previous == before
            assert kept.hash == chain(changed(kept, hash=""), before)
            before = kept.hash
        assert before == previous
