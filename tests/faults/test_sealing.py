"""Faults O01–O06: before and while a batch is sealed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from attrs import evolve

from factoring_core.adapters.blobs.memory import MemoryBlobs
from factoring_core.adapters.remote.memory import Trouble
from factoring_core.domain.selling.batch import BatchState
from factoring_core.domain.vocabulary.load import Document, DocumentKind, Load
from factoring_core.errors import StorageError, UnreachableError
from factoring_core.usecases.delivering.batch_acts import batch_files
from factoring_core.usecases.delivering.resume import resume
from factoring_core.usecases.delivering.submit import submit
from factoring_core.usecases.selling.invoices import void
from usecases.desk import DAMAGED, Desk, PlainBinder


class CrashError(BaseException):
    """The process dies here."""


class CrashingBlobs(MemoryBlobs):
    """Dies after the first packet is stored."""

    left = 1

    def put(self, content: bytes) -> str:
        if content.startswith(b"%PDF") and self.left == 0:
            raise CrashError
        self.left -= content.startswith(b"%PDF")
        return super().put(content)


def test_o01_a_crash_while_packets_are_bound_seals_nothing_and_repeats_cost_nothing() -> None:
    blobs = CrashingBlobs()
    desk = Desk(blobs=blobs)
    desk.blobs = blobs
    desk.queued("L-1")
    desk.queued("L-2")
    with pytest.raises(CrashError):
        submit(desk.ports, "east")
    assert desk.batches() == []
    assert desk.status("L-1") == desk.status("L-2") == "queued"
    blobs.left = 99
    (batch,) = submit(desk.killed(), "east").batches
    assert (batch.number, batch.state) == (1, BatchState.DELIVERED)


def test_o02_every_load_with_a_bad_paper_is_named_at_once() -> None:
    desk = Desk()
    for number in ("L-1", "L-2"):
        load = desk.queued(number)
        bad = desk.paper(DocumentKind.POD, DAMAGED)
        papers = (*[one for one in load.documents if one.kind is not DocumentKind.POD], bad)
        desk.keep(evolve(load, documents=papers))
    desk.queued("L-3", documents=())
    result = submit(desk.ports, "east", all_or_nothing=True)
    assert {one.load for one in result.refused} == {"L-1", "L-2", "L-3"}
    assert desk.batches() == []


@pytest.mark.parametrize("point", ["before_commit", "after_commit"], ids=["O03", "O04"])
def test_o03_o04_a_seal_is_whole_or_not_there_whatever_the_caller_hears(point: str) -> None:
    """Dead before the commit nothing is sealed; dead after it the batch is found again, and once."""
    desk = Desk()
    desk.queued("L-1")

    def die(at: str) -> None:
        if at == point:
            desk.store._fault = lambda _: None
            raise StorageError("the store went away")

    desk.store._fault = die
    with pytest.raises(StorageError):
        submit(desk.ports, "east", ["L-1"])
    sealed = [batch.state for batch in desk.batches()]
    assert sealed == ([] if point == "before_commit" else [BatchState.SEALED])
    resume(desk.killed())
    (batch,) = submit(desk.ports, "east", ["L-1"]).batches
    assert [one.id for one in desk.batches()] == [batch.id]
    assert (batch.number, batch.state) == (1, BatchState.DELIVERED)


def sealed(desk: Desk) -> None:
    desk.queued("L-1")
    desk.folder.expect(Trouble(verb="stat", error=UnreachableError("down")))
    submit(desk.ports, "east")


def test_o05_a_load_that_changes_after_sealing_changes_nothing_of_what_is_sent() -> None:
    desk = Desk()
    sealed(desk)
    before = batch_files(desk.ports, "1")[1]
    (reason,) = void(desk.ports, ["L-1"], reason="typo").refused[0].reasons
    assert reason.code == "in_live_batch"
    with desk.store.transaction("acme") as tx:
        load = tx.get(Load, "east", "L-1")
        assert load is not None
        tx.put(evolve(load, documents=(Document(kind=DocumentKind.POD, sha256="0" * 64, name="x", size=1),)))
    assert batch_files(desk.ports, "1")[1] == before
    assert resume(desk.ports).batches[0].state is BatchState.DELIVERED
    assert desk.folder.stat("INV-L-1.pdf").size == len(dict(before)["INV-L-1.pdf"])


def test_o06_of_two_who_seal_one_load_the_second_is_answered_with_the_first_ones_batch() -> None:
    desk = Desk()
    desk.queued("L-1")

    class Overtaken(PlainBinder):
        def bind_all(self, orders: Any) -> Any:
            mine: Sequence[Any] = list(orders)
            submit(desk.ports, "east", ["L-1"])
            return super().bind_all(mine)

    result = submit(evolve(desk.ports, binder=Overtaken()), "east", ["L-1"])
    (batch,) = desk.batches()
    assert [one.id for one in result.batches] == [batch.id]
