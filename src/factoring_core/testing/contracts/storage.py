"""What every store promises: subclass `StorageContract`, and give it the fixture ``store``.

The fixture returns an empty store.  A store that outlives the process is tried by
`DurableContract`, which wants the fixture ``reopened`` as well: a function that opens the same
store again.  In the ``conftest.py``, so that failures say more::

    pytest.register_assert_rewrite("factoring_core.testing.contracts.storage")
"""

from __future__ import annotations

import contextlib
import datetime as dt
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from factoring_core.adapters.storage.asking import fields_of
from factoring_core.domain.reconciling.evidence import Evidence
from factoring_core.domain.reconciling.findings import ExceptionRecord
from factoring_core.domain.selling.batch import Assignment, Batch
from factoring_core.domain.vocabulary.events import AuditEntry, LoadEvent
from factoring_core.domain.vocabulary.lifecycle import LoadStatus, Route
from factoring_core.domain.vocabulary.load import Load, Standing
from factoring_core.domain.vocabulary.parties import Customer
from factoring_core.errors import KeyTakenError, StorageError
from factoring_core.ports.storage import KIND_OF, Store
from factoring_core.testing.contracts.samples import CLASSES, anything, bare, changed, full, standing

any_class = pytest.mark.parametrize("record", CLASSES, ids=lambda record: record.__name__)


def key(record: Any) -> tuple[Any, ...]:
    return tuple(getattr(record, name) for name in KIND_OF[type(record)].key)


def put(store: Store, *records: Any, tenant: str = "t") -> None:
    with store.transaction(tenant) as tx:
        for record in records:
            tx.put(record)


def get(store: Store, kind: type[Any], *parts: Any, tenant: str = "t") -> Any:
    with store.reading(tenant) as look:
        return look.get(kind, *parts)


def find(store: Store, kind: type[Any], tenant: str = "t", **equals: Any) -> list[Any]:
    with store.reading(tenant) as look:
        return list(look.find(kind, **equals))


def assignment(id: str, load: str = "L1", *, live: bool = True, **given: Any) -> Assignment:
    made: Assignment = changed(bare(Assignment), id=id, subsidiary="acme", load=load, live=live, **given)
    return made


class StorageContract:
    """The promises of `factoring_core.ports.storage`.

    ``keeps_nul``: whether a text may hold the character NUL; a store where it may not refuses it.
    """

    keeps_nul = True

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

    @any_class
    @settings(max_examples=15, suppress_health_check=list(HealthCheck))
    @given(data=st.data())
    def test_any_record_comes_back(self, store: Store, record: type[Any], data: st.DataObject) -> None:
        """Any record comes back equal, and put again replaces the one with its key."""
        kept = data.draw(anything(record))
        with store.transaction("any") as tx:
            for old in tx.find(record):
                tx.remove(record, *key(old))
        if not self.keeps_nul and "\\x00" in repr(kept):
            with contextlib.suppress(StorageError):
                put(store, kept, kept, tenant="any")
            assert find(store, record, tenant="any") in ([], [kept])
        else:
            put(store, kept, kept, tenant="any")
            assert [kept] == find(store, record, tenant="any")

    @any_class
    @pytest.mark.parametrize("sample", [full, bare], ids=["full", "bare"])
    def test_single_fields_come_back_as_they_do_in_the_record(
        self, store: Store, record: type[Any], sample: Callable[[Any], Any]
    ) -> None:
        """Only the wanted fields come back, in the order asked for, equal to those of the record."""
        kept = sample(record)
        put(store, kept)
        names = [*fields_of(KIND_OF[record])][::-1]

        with store.reading("t") as look:
            found = look.values(record, names)
            assert found == [tuple(getattr(kept, name) for name in names)]
            assert repr(found) == repr([tuple(getattr(kept, name) for name in names)])

    def test_values_are_of_the_records_that_are_found(self, store: Store) -> None:
        """A question narrows the records down; one that no record answers finds nothing."""
        put(store, standing("L1"), standing("L2"), standing("L3"))

        with store.reading("t") as look:
            wanted = look.values(Standing, ["load", "status"], load=["L1", "L3"])
            assert {row[0] for row in wanted} == {"L1", "L3"}
            assert look.values(Standing, ["load"], load=[]) == []
            with pytest.raises(TypeError, match="colour"):
                look.values(Standing, ["colour"])

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

    def test_counters_are_per_tenant_and_name(self, store: Store) -> None:
        """Each tenant counts each name from 1."""
        with store.transaction("a") as tx:
            assert [1, 2, 1] == [tx.next_number("x"), tx.next_number("x"), tx.next_number("y")]
        with store.transaction("b") as tx:
            assert 1 == tx.next_number("x")

    def test_found_in_key_order(self, store: Store) -> None:
        """Texts come in the order of their code points, numbers in the order of their values."""
        loads = ["10", "9", "", "a", "B", "é", "z", "\U0001f69a", "￿", "a b"]
        put(
            store,
            *(standing(load) for load in loads),
            standing("0", subsidiary="a"),
            standing("z", subsidiary="b"),
        )
        with store.transaction("t") as tx:
            tx.add_all([_event(number) for number in (10, 9, 100, -1)])

        found = find(store, Standing)

        assert sorted(map(key, found)) == [key(record) for record in found]
        assert sorted(loads) == [record.load for record in find(store, Standing, subsidiary="acme")]
        assert [-1, 9, 10, 100] == [event.sequence for event in find(store, LoadEvent)]

    def test_a_walk_goes_through_everything(self, store: Store) -> None:
        """`walk` yields what `find` returns, in key order; of one tenant."""
        with store.transaction("t") as tx:
            assert [] == list(tx.walk(LoadEvent))
            tx.add_all([_event(number) for number in range(25_000, -1, -5)])
        put(store, _event(3), tenant="u")
        with store.reading("t") as look:
            assert find(store, LoadEvent) == list(look.walk(LoadEvent))
            first = look.walk(LoadEvent)
            assert [0, 5] == [next(first).sequence, next(first).sequence]
            assert 25_000 == look.last(LoadEvent).sequence  # type: ignore[union-attr]

    def test_last_is_the_highest_key(self, store: Store) -> None:
        """`last` returns the record with the highest key, also inside the transaction that adds it."""
        with store.transaction("t") as tx:
            assert tx.last(AuditEntry) is None
            tx.add_all([changed(bare(AuditEntry), sequence=number) for number in (2, 10, 9)])
            assert 10 == tx.last(AuditEntry).sequence  # type: ignore[union-attr]
        with store.reading("t") as look:
            assert 10 == look.last(AuditEntry).sequence  # type: ignore[union-attr]

    def test_find_takes_enumerations_flags_and_blanks(self, store: Store) -> None:
        """Values are asked for as the record holds them: members, booleans, None."""
        put(
            store,
            standing("1"),
            standing("2", status=LoadStatus.QUEUED),
            standing("3", status=LoadStatus.QUEUED),
        )
        put(store, assignment("a", batch="b1"), assignment("b", load="L2", batch=None))
        closed = changed(full(ExceptionRecord), id="x", subsidiary="acme", open=False)
        put(store, closed, changed(closed, id="y", open=True))

        assert ["2", "3"] == _names(
            find(store, Standing, subsidiary="acme", status=LoadStatus.QUEUED), "load"
        )
        assert ["b"] == _names(find(store, Assignment, batch=None), "id")
        assert ["a", "b"] == _names(find(store, Assignment, batch=(None, "b1")), "id")
        assert ["y"] == _names(find(store, ExceptionRecord, subsidiary="acme", open=True), "id")

    @pytest.mark.parametrize("wrap", [tuple, list, set], ids=["tuple", "list", "set"])
    def test_find_any_of_very_many(self, store: Store, wrap: Callable[[Any], Any]) -> None:
        """Any of thousands of values may be asked for, each record comes once and in key order."""
        with store.transaction("t") as tx:
            tx.add_all([standing(f"{number:05}") for number in range(0, 12_000, 3)])
        wanted = [f"{number:05}" for number in range(12_000)] + ["00000", "nobody"]

        found = find(store, Standing, subsidiary=wrap(["acme", "other"]), load=wrap(wanted))

        assert [f"{number:05}" for number in range(0, 12_000, 3)] == _names(found, "load")
        assert 667 == len(find(store, Standing, load=wrap(wanted[:2000])))
        assert [] == find(store, Standing, load=wrap([]))

    def test_find_part_of_the_key_or_an_index(self, store: Store) -> None:
        """Each field of the key and of the indexes can be asked for, alone or with others."""
        rows = [
            changed(bare(Evidence), report=report, row=row, seq=seq)
            for report in ("r1", "r2")
            for row in (1, 2)
            for seq in (0, 1)
        ]
        with store.transaction("t") as tx:
            tx.add_all(reversed(rows))

        assert rows == find(store, Evidence)
        assert rows[:4] == find(store, Evidence, report="r1")
        assert [rows[3], rows[7]] == find(store, Evidence, row=2, seq=1)
        assert [rows[5]] == find(store, Evidence, report="r2", row=1, seq=1)

    def test_strange_questions_are_mistakes(self, store: Store) -> None:
        """What no store can answer is a `TypeError` and not an empty answer."""
        with store.transaction("t") as tx:
            for wrong in (
                lambda: tx.find(Standing, paid=1),
                lambda: tx.find(Standing, nonsense=1),
                lambda: tx.find(Standing, status="queued"),
                lambda: tx.find(Standing, load=7),
                lambda: tx.get(Standing, "acme"),
                lambda: tx.get(LoadEvent, "1"),
                lambda: tx.get(dict, 1),
                lambda: tx.put("text"),
                lambda: tx.put_all([standing(), bare(Load)]),
                lambda: tx.put_all([standing()], fields=["load"]),
                lambda: tx.put_all([standing()], fields=["nonsense"]),
            ):
                with pytest.raises(TypeError):
                    wrong()

    def test_a_key_is_added_once(self, store: Store) -> None:
        """`add_all` refuses a key that is there or comes twice, and then adds none of its records."""
        put(store, standing("1", paid=1))
        with store.transaction("t") as tx:
            for records in ([standing("0"), standing("1")], [standing("5"), standing("5")]):
                with pytest.raises(KeyTakenError) as caught:
                    tx.add_all(records)
                assert {"kind": "standings"} == caught.value.where
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

        assert ["1", "4", "9"] == _names(find(store, Assignment), "id")

    def test_whole_records_replace_and_the_last_one_counts(self, store: Store) -> None:
        """`put_all` adds and replaces; of two records with one key the later stands."""
        put(store, standing("1", paid=1, flags=("x",)))
        with store.transaction("t") as tx:
            tx.put_all([standing("2", paid=2), standing("1", paid=3), standing("1", paid=4)])
            tx.put_all([])

        assert [standing("1", paid=4), standing("2", paid=2)] == find(store, Standing)

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

        assert ["2"] == _names(find(store, Assignment), "id")

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
            assert [standing("1")] == _elsewhere(lambda: find(store, Standing))
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

    def test_what_was_kept_cannot_be_changed_from_outside(self, store: Store) -> None:
        """A dictionary in a record is the store's own copy, on the way in and on the way out."""
        numbers = {"rts": "1"}
        put(store, Customer(id="c", debtor_numbers=numbers))
        numbers["rts"] = "2"
        get(store, Customer, "c").debtor_numbers["rts"] = "3"

        assert {"rts": "1"} == get(store, Customer, "c").debtor_numbers

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


def _outside_key(record: type[Any]) -> str:
    kind = KIND_OF[record]
    names = record._fields if hasattr(record, "_fields") else [field.name for field in record.__attrs_attrs__]
    found: str = next(name for name in names if name not in kind.key)
    return found


def _event(sequence: int) -> LoadEvent:
    return LoadEvent(
        sequence=sequence,
        subsidiary="acme",
        load="L1",
        event="finance",
        from_status="invoiced",
        to_status="financed",
        cause="report",
        at=dt.datetime(2026, 1, 1, tzinfo=dt.UTC),
        actor="ann",
    )


def _names(records: list[Any], field: str) -> list[Any]:
    return [getattr(record, field) for record in records]


def _elsewhere(work: Callable[[], Any]) -> Any:
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(work).result()
