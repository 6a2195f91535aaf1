"""What is asked for is found, all of it, in order and nothing else."""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum
from typing import Any

import pytest

from factoring_core.adapters.storage.asking import fields_of
from factoring_core.domain.reconciling.evidence import Evidence
from factoring_core.domain.reconciling.findings import ExceptionRecord
from factoring_core.domain.selling.batch import Assignment
from factoring_core.domain.vocabulary.events import AuditEntry, LoadEvent
from factoring_core.domain.vocabulary.lifecycle import LoadStatus
from factoring_core.domain.vocabulary.load import Load, Standing
from factoring_core.ports.storage import KIND_OF, Store
from factoring_core.testing.contracts.base import Contract
from factoring_core.testing.contracts.samples import bare, changed, full, standing
from factoring_core.testing.contracts.storage.calls import (
    any_class,
    assignment,
    event,
    find,
    key,
    names,
    put,
    unlike,
)


class FindsRecords(Contract):
    """What is asked for is found, all of it, in order and nothing else."""

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
            tx.add_all([event(number) for number in (10, 9, 100, -1)])

        found = find(store, Standing)

        assert sorted(map(key, found)) == [key(record) for record in found]
        assert sorted(loads) == [record.load for record in find(store, Standing, subsidiary="acme")]
        assert [-1, 9, 10, 100] == [event.sequence for event in find(store, LoadEvent)]

    def test_a_walk_goes_through_everything(self, store: Store) -> None:
        """`walk` yields what `find` returns, in key order; of one tenant."""
        with store.transaction("t") as tx:
            assert [] == list(tx.walk(LoadEvent))
            tx.add_all([event(number) for number in range(25_000, -1, -5)])
        put(store, event(3), tenant="u")
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

        assert ["2", "3"] == names(find(store, Standing, subsidiary="acme", status=LoadStatus.QUEUED), "load")
        assert ["b"] == names(find(store, Assignment, batch=None), "id")
        assert ["a", "b"] == names(find(store, Assignment, batch=(None, "b1")), "id")
        assert ["y"] == names(find(store, ExceptionRecord, subsidiary="acme", open=True), "id")

    @pytest.mark.parametrize("wrap", [tuple, list, set], ids=["tuple", "list", "set"])
    def test_find_any_of_very_many(self, store: Store, wrap: Callable[[Any], Any]) -> None:
        """Any of thousands of values may be asked for, each record comes once and in key order."""
        with store.transaction("t") as tx:
            tx.add_all([standing(f"{number:05}") for number in range(0, 12_000, 3)])
        wanted = [f"{number:05}" for number in range(12_000)] + ["00000", "nobody"]

        found = find(store, Standing, subsidiary=wrap(["acme", "other"]), load=wrap(wanted))

        assert unlike([f"{number:05}" for number in range(0, 12_000, 3)], names(found, "load")) is None
        assert 667 == len(find(store, Standing, load=wrap(wanted[:2000])))
        assert 4000 == len(find(store, Standing, load=wrap(wanted)))
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

    @any_class
    @pytest.mark.parametrize("sample", [full, bare], ids=["full", "bare"])
    def test_every_field_of_a_key_or_an_index_can_be_asked_for(
        self, store: Store, record: type[Any], sample: Callable[[Any], Any]
    ) -> None:
        """By each of them a record is found under what it holds there, and the others are not."""
        kept, kind = sample(record), KIND_OF[record]
        put(store, kept, tenant="t")
        for name in {*kind.key, *(name for index in kind.indexes for name in index)}:
            held = getattr(kept, name)
            asked: dict[str, Any] = {name: held}
            assert find(store, record, **asked) == [kept]
            if isinstance(held, str | int) and not isinstance(held, Enum | bool):
                asked[name] = f"{held} and more" if isinstance(held, str) else int(held == 0)
                assert find(store, record, **asked) == []

    def test_strange_questions_are_mistakes(self, store: Store) -> None:
        """What no store can answer is a `TypeError` and not an empty answer."""
        with store.transaction("t") as tx:
            for wrong, named in (
                (lambda: tx.find(Standing, paid=1), ["standings", "'paid'", "'status'"]),
                (lambda: tx.find(Standing, nonsense=1), ["standings", "'nonsense'"]),
                (lambda: tx.find(Standing, status="queued"), ["status of standings", "'queued'"]),
                (lambda: tx.find(Standing, load=7), ["load of standings", "7"]),
                (lambda: tx.find(Standing, load=["L1", 7]), ["load of standings", "7"]),
                (lambda: tx.find(dict), ["dict"]),
                (lambda: tx.get(Standing, "acme"), ["standings", "subsidiary, load", "1 value"]),
                (lambda: tx.get(LoadEvent, "1"), ["sequence", "'1'"]),
                (lambda: tx.get(dict, 1), ["dict"]),
                (lambda: tx.last(dict), ["dict"]),
                (lambda: list(tx.walk(dict)), ["dict"]),
                (lambda: tx.values(Standing, ["colour", "size"]), ["standings", "colour, size"]),
                (lambda: tx.values(Standing, ["load"], paid=1), ["standings", "'paid'"]),
                (lambda: tx.values(dict, ["load"]), ["dict"]),
                (lambda: tx.put("text"), ["str"]),
                (lambda: tx.put_all([standing(), bare(Load)]), ["'Load', 'Standing'"]),
                (lambda: tx.put_all([standing()], fields=["load", "size"]), ["standings", "load, size"]),
                (lambda: tx.add_all([standing(), bare(Load)]), ["'Load', 'Standing'"]),
                (lambda: tx.remove(Standing, "acme"), ["standings", "subsidiary, load"]),
                (lambda: tx.remove(dict, 1), ["dict"]),
            ):
                with pytest.raises(TypeError) as caught:
                    wrong()
                assert [word for word in named if word not in str(caught.value)] == []
