"""Faults O21–O30: while files get their final names, and while that is recorded."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import pytest
from attrs import evolve

from factoring_core.adapters.remote.memory import MemoryFolder, Moment, Trouble
from factoring_core.domain.selling.batch import BatchState
from factoring_core.domain.vocabulary.events import AuditEntry
from factoring_core.domain.vocabulary.profile import ProviderProfile
from factoring_core.errors import (
    ConfigurationError,
    DeliveryInDoubtError,
    RemoteRefusedError,
    StateError,
    StorageError,
)
from factoring_core.ports.remote_folder import RemoteFile
from factoring_core.usecases.delivering.cancel_batch import cancel
from factoring_core.usecases.delivering.resume import resume
from factoring_core.usecases.delivering.submit import submit
from usecases.desk import Desk, connection

LOST = DeliveryInDoubtError("The reply was lost.")
KEEPS_OR_TAKES = pytest.mark.parametrize("takes", [False, True], ids=["keeps", "takes"])


class CrashError(BaseException):
    """The process dies here."""


class Factor:
    """Counts publications, and takes them where it is one that does."""

    def __init__(self, *, takes: bool) -> None:
        self.published: Counter[str] = Counter()
        self.desk = Desk(on_arrival=self)
        self.takes = takes
        for number in ("L-1", "L-2"):
            self.desk.queued(number)

    def __call__(self, name: str, _: bytes) -> None:
        if not name.endswith(".part"):
            self.published[name] += 1
            if self.takes:
                self.desk.folder.take(name)

    def finish(self) -> None:
        """Resume by another worker; everything has arrived once and nothing of ours is left."""
        assert resume(self.desk.killed()).error is None
        (batch,) = self.desk.batches()
        assert batch.state is BatchState.DELIVERED
        assert self.published == Counter(file.name for file in batch.files)
        assert not [name for name in self.desk.names() if name.endswith(".part")]
        assert self.desk.status("L-1") == self.desk.status("L-2") == "invoiced"


def crash_at(verb: str, moment: Moment, *, turn: int = 1) -> Trouble:
    return Trouble(verb=verb, error=CrashError(), moment=moment)  # type: ignore[arg-type]


@KEEPS_OR_TAKES
@pytest.mark.parametrize("moment", [Moment.BEFORE, Moment.AFTER], ids=["O21", "O25"])
def test_o21_o25_a_crash_beside_a_renaming_is_finished_without_a_second_copy(
    takes: bool, moment: Moment
) -> None:
    factor = Factor(takes=takes)
    factor.desk.folder.expect(crash_at("rename", moment))
    with pytest.raises(CrashError):
        submit(factor.desk.ports, "east")
    factor.finish()


@KEEPS_OR_TAKES
def test_o25_a_renaming_whose_reply_was_lost_is_looked_at(takes: bool) -> None:
    factor = Factor(takes=takes)
    factor.desk.folder.expect(Trouble(verb="rename", error=LOST, moment=Moment.AFTER))
    assert submit(factor.desk.ports, "east").error is None
    factor.finish()


def test_o22_the_same_bytes_under_the_final_name_are_taken_for_ours() -> None:
    """A packet's name cannot carry the batch: only the hash tells whose it is."""
    desk = Desk()
    desk.queued("L-1")
    desk.folder.expect(Trouble(verb="stat", error=LOST))
    (batch,) = submit(desk.ports, "east").batches
    packet = batch.files[0]
    desk.folder.place(packet.name, desk.blobs.get(packet.sha256))
    assert resume(desk.ports).batches[0].state is BatchState.DELIVERED


class Fleeting(MemoryFolder):
    """Shows a file for two looks, and then it is gone."""

    looks = 0

    def stat(self, name: str) -> RemoteFile | None:
        found = super().stat(name)
        if found is not None and not name.endswith(".part") and self.looks < 2:
            self.looks += 1
            if self.looks == 2:
                self.take(name)
        return found


def test_o22_equal_bytes_that_vanish_before_they_are_taken_for_ours_are_sent() -> None:
    desk = Desk()
    desk.queued("L-1")
    submit(evolve(desk.ports, joined=True), "east")
    (batch,) = desk.batches()
    desk.folder = Fleeting()
    desk.folder.place(batch.files[0].name, desk.blobs.get(batch.files[0].sha256))
    assert resume(desk.ports).batches[0].state is BatchState.DELIVERED
    assert desk.names() == sorted(file.name for file in batch.files)


def test_o22_equal_size_alone_proves_nothing() -> None:
    desk = Desk()
    desk.queued("L-1")
    desk.folder.expect(Trouble(verb="stat", error=LOST))
    (batch,) = submit(desk.ports, "east").batches
    packet = batch.files[0]
    desk.folder.place(packet.name, b"x" * packet.size)
    error = resume(desk.ports).error
    assert error is not None
    assert error.code == "remote_conflict"
    assert desk.folder.take(packet.name) == b"x" * packet.size


def test_o23_other_bytes_under_the_final_name_are_never_replaced() -> None:
    desk = Desk()
    desk.queued("L-1")
    desk.folder.place("INV-L-1.pdf", b"foreign")
    error = submit(desk.ports, "east").error
    assert error is not None
    assert (error.code, error.retryable) == ("remote_conflict", False)
    assert desk.folder.take("INV-L-1.pdf") == b"foreign"


@pytest.mark.parametrize("code", ["unsupported_there", "not_permitted_there"])
def test_o24_where_files_cannot_be_renamed_nothing_is_left_behind(code: str) -> None:
    desk = Desk()
    desk.queued("L-1")
    desk.folder.expect(Trouble(verb="rename", error=RemoteRefusedError("no", code=code)))
    result = submit(desk.ports, "east")
    assert result.error is not None
    assert (result.error.code, result.error.retryable) == ("rename_unsupported", False)
    assert desk.names() == []
    assert resume(desk.ports).batches[0].state is BatchState.DELIVERED


def test_o24_a_refusal_after_something_was_published_takes_nothing_back() -> None:
    desk = Desk()
    desk.queued("L-1")
    refusal = RemoteRefusedError("no", code="not_permitted_there")

    def refuse(name: str, _: bytes) -> None:
        if name.endswith(".pdf"):
            desk.folder.expect(Trouble(verb="rename", error=refusal))

    desk.folder.on_arrival = refuse
    assert submit(desk.ports, "east").error is refusal
    assert "INV-L-1.pdf" in desk.names()
    desk.folder.on_arrival = None
    assert resume(desk.ports).batches[0].state is BatchState.DELIVERED


def test_o24_a_profile_that_says_so_asks_for_the_setting() -> None:
    stiff = ProviderProfile(id="stiff", name="Stiff", mode="x", rename_works=False)
    desk = Desk(connection(provider="stiff"), profiles=[stiff])
    desk.queued("L-1")
    error = submit(desk.ports, "east").error
    assert isinstance(error, ConfigurationError)
    assert error.code == "rename_unsupported"
    desk.configured(connections=(connection(provider="stiff", non_atomic=True),))
    assert resume(desk.ports).batches[0].state is BatchState.DELIVERED


@KEEPS_OR_TAKES
def test_o26_a_crash_between_the_packets_and_the_list_sends_only_the_list(takes: bool) -> None:
    factor = Factor(takes=takes)

    def die(what: str, done: int, total: int) -> None:
        if (what, done, total) == ("publishing", 0, 1):
            raise CrashError

    with pytest.raises(CrashError):
        submit(evolve(factor.desk.ports, progress=die), "east")
    assert len(factor.published) == 2
    factor.finish()


def crash_in_store(factor: Factor, action: str, point: str, error: BaseException) -> Callable[[str], None]:
    """Break at the commit that writes this act into the trail."""

    def fault(at: str) -> None:
        if at != point:
            return
        with factor.desk.store.reading("acme") as tx:
            done = [entry.action for entry in tx.find(AuditEntry)]
        if (action in done) == (point == "after_commit") and len(factor.published) == 3:
            factor.desk.store._fault = lambda _: None
            raise error

    return fault


@KEEPS_OR_TAKES
@pytest.mark.parametrize("point", ["before_commit", "after_commit"], ids=["O27", "O28"])
def test_o27_o28_a_delivery_that_was_not_heard_to_be_recorded_is_recorded_once(
    takes: bool, point: str
) -> None:
    factor = Factor(takes=takes)
    factor.desk.store._fault = crash_in_store(factor, "deliver_batch", point, StorageError("gone"))
    with pytest.raises(StorageError):
        submit(factor.desk.ports, "east")
    factor.finish()
    assert factor.desk.audited().count("deliver_batch") == 1


def test_o29_asking_again_for_what_is_delivered_is_answered_with_the_same_delivery() -> None:
    factor = Factor(takes=True)
    first = submit(factor.desk.ports, "east", ["L-1", "L-2"])
    again = submit(factor.desk.ports, "east", ["L-1", "L-2"])
    assert again.batches == first.batches
    assert again.error is None
    assert set(factor.published.values()) == {1}


def test_o30_what_happened_is_in_the_trail_whoever_listens() -> None:
    """There is no consumer to be down: whoever follows reads the trail, which a delivery is part of."""
    factor = Factor(takes=False)
    submit(factor.desk.ports, "east")
    with factor.desk.store.reading("acme") as tx:
        (entry,) = [one for one in tx.find(AuditEntry) if one.action == "deliver_batch"]
    assert entry.detail["proof"] == "hash"


def test_o46_a_half_sent_batch_is_cancelled_while_its_list_is_provably_unseen() -> None:
    factor = Factor(takes=False)
    factor.desk.folder.expect(crash_at("rename", Moment.AFTER))
    with pytest.raises(CrashError):
        submit(factor.desk.ports, "east")
    (batch,) = cancel(factor.desk.killed(), "1", reason="wrong amounts").batches
    assert batch.state is BatchState.CANCELLED
    assert factor.desk.names() == []
    (again,) = submit(factor.desk.ports, "east").batches
    assert (again.number, again.state) == (2, BatchState.DELIVERED)


def test_o46_a_batch_of_which_a_packet_was_taken_cannot_be_cancelled_any_more() -> None:
    factor = Factor(takes=True)
    factor.desk.folder.expect(crash_at("rename", Moment.AFTER))
    with pytest.raises(CrashError):
        submit(factor.desk.ports, "east")
    with pytest.raises(StateError) as caught:
        cancel(factor.desk.killed(), "1", reason="wrong amounts")
    assert caught.value.code == "too_late_to_cancel"
    factor.finish()


@KEEPS_OR_TAKES
def test_o46_a_batch_whose_list_is_there_cannot_be_cancelled_any_more(takes: bool) -> None:
    factor = Factor(takes=takes)

    def die(what: str, done: int, total: int) -> None:
        if (what, done, total) == ("publishing", 1, 1):
            raise CrashError

    with pytest.raises(CrashError):
        submit(evolve(factor.desk.ports, progress=die), "east")
    with pytest.raises(StateError) as caught:
        cancel(factor.desk.killed(), "1", reason="wrong amounts")
    assert caught.value.code == "too_late_to_cancel"
    factor.finish()


def test_o46_a_batch_that_a_worker_is_sending_is_not_cancelled_under_its_hands() -> None:
    factor = Factor(takes=False)
    caught: list[StateError] = []

    def meanwhile(what: str, done: int, total: int) -> None:
        if (what, done) == ("publishing", 0) and not caught:
            with pytest.raises(StateError) as refused:
                cancel(factor.desk.ports, "1", reason="x")
            caught.append(refused.value)

    submit(evolve(factor.desk.ports, progress=meanwhile), "east")
    assert [(one.code, one.retryable) for one in caught] == [("batch_busy", True)]
    factor.finish()
