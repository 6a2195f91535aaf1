"""The store in memory and those in databases answer alike, whatever is done to them."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from factoring_core.adapters.storage import MemoryStore, open_store
from factoring_core.domain.selling.batch import Assignment, Batch, BatchState
from factoring_core.domain.vocabulary.lifecycle import LoadStatus
from factoring_core.domain.vocabulary.load import Standing
from factoring_core.errors import KeyTakenError
from factoring_core.testing.contracts.samples import bare, changed

NAMES = st.sampled_from(["a", "b", "B", "é", ""])
NUMBERS = st.integers(0, 3)
TENANTS = st.sampled_from(["t", "u"])
RECORDS: dict[type[Any], st.SearchStrategy[Any]] = {
    Standing: st.builds(
        Standing,
        subsidiary=NAMES,
        load=NAMES,
        status=st.sampled_from(LoadStatus),
        batch=st.none() | NAMES,
        paid=NUMBERS,
    ),
    Batch: st.builds(
        lambda **given: changed(bare(Batch), **given),
        id=NAMES,
        connection=NAMES,
        number=NUMBERS,
        amount=NUMBERS,
    ),
    Assignment: st.builds(
        lambda **given: changed(bare(Assignment), **given),
        id=NAMES,
        subsidiary=st.sampled_from(["a", "b"]),
        load=st.sampled_from(["1", "2"]),
        batch=st.none() | NAMES,
        live=st.booleans(),
    ),
}
FIELDS: dict[type[Any], list[str]] = {
    Standing: ["status", "batch", "paid"],
    Batch: ["number", "amount", "connection"],
    Assignment: ["live", "batch", "load"],
}
QUESTIONS: dict[type[Any], dict[str, st.SearchStrategy[Any]]] = {
    Standing: {"subsidiary": NAMES, "load": NAMES, "status": st.sampled_from(LoadStatus)},
    Batch: {
        "id": NAMES,
        "subsidiary": NAMES,
        "state": st.sampled_from(BatchState),
    },
    Assignment: {"id": NAMES, "load": st.sampled_from(["1", "2"]), "batch": st.none() | NAMES},
}
KINDS = st.sampled_from(list(RECORDS))


@st.composite
def changes(draw: st.DrawFn) -> Callable[[Any], Any]:
    """One call on a transaction."""
    kind = draw(KINDS)
    records = draw(st.lists(RECORDS[kind], max_size=5))
    fields = draw(st.lists(st.sampled_from(FIELDS[kind]), unique=True))
    key = draw(st.tuples(NAMES, NAMES)) if kind is Standing else draw(st.tuples(NAMES))
    return draw(
        st.sampled_from(
            [
                lambda tx: [tx.put(record) for record in records[:1]],
                lambda tx: tx.put_all(records),
                lambda tx: tx.put_all(records, fields=fields),
                lambda tx: tx.add_all(records),
                lambda tx: tx.remove(kind, *key),
                lambda tx: tx.next_number("n"),
                lambda tx: tx.get(kind, *key),
                lambda tx: tx.last(kind),
                lambda tx: tx.find(kind),
            ]
        )
    )


@st.composite
def questions(draw: st.DrawFn) -> Callable[[Any], Any]:
    """One question to a look."""
    kind = draw(KINDS)
    asked = draw(st.lists(st.sampled_from(list(QUESTIONS[kind])), unique=True))
    equals = {
        name: draw(QUESTIONS[kind][name] | st.lists(QUESTIONS[kind][name], max_size=3)) for name in asked
    }
    return lambda look: look.find(kind, **equals)


def outcome(work: Callable[[], Any]) -> Any:
    try:
        return work()
    except KeyTakenError as error:
        return error.where


class UndoError(Exception):
    """Leaves a transaction."""


class StoresInStep(RuleBasedStateMachine):
    """*place*: the URL of an empty store; a new file for each example without it."""

    def __init__(self, place: str | None = None, empty: Callable[[], None] = lambda: None) -> None:
        super().__init__()
        self._place, self._empty = place, empty

    @initialize()
    def begin(self) -> None:
        self._empty()
        self.folder = tempfile.TemporaryDirectory()
        self.path = self._place or Path(self.folder.name) / "factoring.db"
        self.memory, self.sql = MemoryStore(), open_store(self.path)

    @rule(tenant=TENANTS, work=st.lists(changes(), max_size=4), fails=st.sampled_from([False, False, True]))
    def change(self, tenant: str, work: list[Callable[[Any], Any]], fails: bool) -> None:
        told: list[list[Any]] = []
        for store in (self.memory, self.sql):
            answers: list[Any] = []
            told.append(answers)
            try:
                with store.transaction(tenant) as tx:
                    answers += [outcome(lambda each=each, tx=tx: each(tx)) for each in work]  # type: ignore[misc]
                    if fails:
                        raise UndoError
            except UndoError:
                continue
        assert told[0] == told[1]

    @rule(tenant=TENANTS, question=questions())
    def ask(self, tenant: str, question: Callable[[Any], Any]) -> None:
        with self.memory.reading(tenant) as first, self.sql.reading(tenant) as second:
            assert list(question(first)) == list(question(second))

    @rule()
    def reopen(self) -> None:
        self.sql.close()
        self.sql = open_store(self.path)

    @invariant()
    def alike(self) -> None:
        for tenant in ("t", "u"):
            with self.memory.reading(tenant) as first, self.sql.reading(tenant) as second:
                for kind in RECORDS:
                    assert list(first.find(kind)) == list(second.find(kind))
                    assert first.last(kind) == second.last(kind)

    def teardown(self) -> None:
        self.sql.close()
        self.folder.cleanup()


TestStoresInStep = StoresInStep.TestCase
TestStoresInStep.settings = settings(max_examples=25, stateful_step_count=15, deadline=None)


def test_the_one_in_postgresql_answers_alike(postgres_place: str, empty_postgres: Callable[[], None]) -> None:
    run_state_machine_as_test(
        lambda: StoresInStep(postgres_place, empty_postgres),
        settings=settings(max_examples=settings().max_examples // 6, stateful_step_count=12, deadline=None),
    )
