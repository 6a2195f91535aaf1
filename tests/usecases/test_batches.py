"""Batches after sealing: delivery through thick and thin, and what people do with them."""

import contextlib
import datetime as dt
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from attrs import evolve
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from factoring_core.adapters.remote.folder import LocalFolder
from factoring_core.adapters.remote.memory import MemoryFolder, Moment, Trouble
from factoring_core.domain.selling.batch import LIVE, Batch, BatchState, FileRole
from factoring_core.domain.selling.delivery import Journal
from factoring_core.domain.vocabulary.actors import Role
from factoring_core.domain.vocabulary.parties import Protocol
from factoring_core.domain.vocabulary.profile import ProviderProfile
from factoring_core.errors import (
    AccessError,
    ConfigurationError,
    DeliveryInDoubtError,
    FactoringError,
    NotAvailableError,
    NotFoundError,
    RemoteRefusedError,
    StateError,
    StorageError,
    StoreCorruptError,
    TransportError,
    UnreachableError,
    UsageError,
)
from factoring_core.ports.packet_binder import Packet, Paper
from factoring_core.ports.remote_folder import RemoteFile
from factoring_core.ports.storage import StagedFile
from factoring_core.usecases.delivering.batch_acts import (
    batch_files,
    confirm,
    list_batches,
    settle,
    show_batch,
)
from factoring_core.usecases.delivering.cancel_batch import cancel
from factoring_core.usecases.delivering.deliver_batch import deliver
from factoring_core.usecases.delivering.resume import gravest, resume
from factoring_core.usecases.delivering.submit import submit
from factoring_core.usecases.reconciling.undo_report import undo_report
from factoring_core.usecases.selling.take_back import return_loads
from usecases.desk import BILLING, EAST, READER, Colleague, Desk, connection, manual

RTS = ProviderProfile(id="gap", name="Gap", mode="x", max_rows=1, min_gap_minutes=5)
SWEPT = ProviderProfile(id="swept", name="Swept", mode="x", temps_private=False)
DOWN = UnreachableError("The line is down.")
LOST = DeliveryInDoubtError("The reply was lost.")


def sealed(desk: Desk, *numbers: str) -> Batch:
    """Submit loads while the folder cannot be reached."""
    for number in numbers or ("L-1",):
        desk.queued(number)
    desk.folder.expect(Trouble(verb="stat", error=DOWN))
    result = submit(desk.ports, "east")
    assert result.error is DOWN
    (batch,) = result.batches
    return batch


def delivered(desk: Desk, *numbers: str) -> Batch:
    for number in numbers or ("L-1",):
        desk.queued(number)
    (batch,) = submit(desk.ports, "east", numbers).batches
    assert batch.state is BatchState.DELIVERED
    return batch


def in_manual_state(desk: Desk, *numbers: str) -> Batch:
    for number in numbers or ("L-1",):
        desk.queued(number)
    (batch,) = submit(desk.ports, "east").batches
    return batch


def doubtful(desk: Desk) -> Batch:
    """Bring a batch in doubt: another file appears under the name of a packet, in the middle."""
    desk.queued("L-1")
    desk.folder.on_arrival = lambda name, _: (
        desk.folder.place("INV-L-1.pdf", b"foreign") if name.endswith(".part") else None
    )
    result = submit(desk.ports, "east")
    desk.folder.on_arrival = None
    assert isinstance(result.error, DeliveryInDoubtError)
    return result.batches[0]


def half_sent(desk: Desk) -> Batch:
    """Break a submission off at its first renaming."""
    desk.queued("L-1")
    desk.folder.expect(Trouble(verb="rename", error=DOWN))
    (batch,) = submit(desk.ports, "east").batches
    assert batch.state is BatchState.SENDING
    return batch


def taking(desk: Desk) -> Callable[[str, bytes], None]:
    """Return a factor that takes every file the moment it has its final name."""

    def take(name: str, _: bytes) -> None:
        if not name.endswith(".part"):
            desk.folder.take(name)

    return take


class Nobody:
    """A binder that is never asked."""

    def bind(self, papers: Sequence[Paper], *, notice: str | None, title: str) -> Packet:
        raise AssertionError

    def check(self, paper: Paper) -> None:
        raise AssertionError


def state(desk: Desk, batch: Batch) -> BatchState:
    return show_batch(desk.ports, batch.id).state


# Delivery


def test_a_folder_that_cannot_be_reached_leaves_the_batch_sealed_and_free_to_cancel() -> None:
    desk = Desk()
    batch = sealed(desk)
    assert (batch.state, batch.attempted, desk.status("L-1")) == (BatchState.SEALED, False, "queued")
    cancel(desk.ports, "1", reason="wrong customer")
    assert desk.status("L-1") == "queued"
    assert resume(desk.ports).batches == ()
    assert submit(desk.ports, "east").batches[0].number == 2


def test_resume_delivers_the_very_bytes_that_were_sealed() -> None:
    desk = Desk()
    batch = sealed(desk)
    result = resume(evolve(desk.ports, binder=Nobody()))
    assert [(one.id, one.state) for one in result.batches] == [(batch.id, BatchState.DELIVERED)]
    assert [file.sha256 for file in desk.folder.list()] == sorted(
        (file.sha256 for file in batch.files),
        key=lambda sha: next(file.name for file in batch.files if file.sha256 == sha),
    )
    assert resume(desk.ports).batches == ()


def test_packets_are_published_in_order_and_the_manifest_last() -> None:
    arrived: list[str] = []
    desk = Desk(on_arrival=lambda name, _: arrived.append(name))
    batch = delivered(desk, "L-2", "L-1")
    temps, finals = arrived[:3], arrived[3:]
    assert finals == ["INV-L-1.pdf", "INV-L-2.pdf", batch.files[-1].name]
    assert all(name.startswith(".") and name.endswith(".part") for name in temps)
    assert set(desk.journal().values()) == {"published"}
    assert ("staging", 3, 3) in desk.progress


def test_a_server_that_takes_every_file_at_once_has_received_it() -> None:
    desk = Desk()
    desk.folder.on_arrival = taking(desk)
    delivered(desk)
    assert desk.names() == []


def test_a_temp_that_vanished_proves_nothing_where_temps_are_swept() -> None:
    desk = Desk(connection(provider="swept"), profiles=[SWEPT])
    desk.folder.on_arrival = taking(desk)
    desk.queued("L-1")
    result = submit(desk.ports, "east")
    assert result.batches[0].state is BatchState.IN_DOUBT
    assert isinstance(result.error, DeliveryInDoubtError)
    assert desk.status("L-1") == "queued"


def test_a_name_that_other_bytes_hold_is_refused_before_anything_leaves() -> None:
    desk = Desk()
    desk.queued("L-1")
    desk.folder.place("INV-L-1.pdf", b"foreign")
    result = submit(desk.ports, "east")
    assert isinstance(result.error, RemoteRefusedError)
    assert result.error.code == "remote_conflict"
    assert (result.batches[0].state, result.batches[0].attempted) == (BatchState.SEALED, False)
    desk.folder.take("INV-L-1.pdf")
    assert resume(desk.ports).batches[0].state is BatchState.DELIVERED


def test_other_bytes_that_appear_in_the_middle_are_never_replaced() -> None:
    desk = Desk()
    batch = doubtful(desk)
    assert batch.state is BatchState.IN_DOUBT
    assert desk.folder.take("INV-L-1.pdf") == b"foreign"
    assert resume(desk.ports).batches == ()
    assert "doubt_batch" in desk.audited()


def test_other_bytes_that_appear_after_staging_stop_the_publishing() -> None:
    desk = Desk()
    batch = sealed(desk)
    desk.folder.on_arrival = lambda name, _: (
        desk.folder.place("INV-L-1.pdf", b"foreign") if ".csv." in name else None
    )
    result = resume(desk.ports)
    assert isinstance(result.error, DeliveryInDoubtError)
    assert state(desk, batch) is BatchState.IN_DOUBT


def test_equal_bytes_under_the_final_name_are_adopted() -> None:
    desk = Desk()
    batch = delivered(desk)
    settle(desk.ports, "1", delivered=False, reason="they never got it")
    (again,) = resume(desk.ports).batches
    assert (again.id, again.state) == (batch.id, BatchState.DELIVERED)
    assert len(desk.names()) == 2


def test_half_a_file_is_written_again_under_another_name_and_collected_at_the_end() -> None:
    desk = Desk()
    desk.folder.expect(Trouble(verb="write_new", error=LOST, moment=Moment.HALFWAY))
    delivered(desk)
    assert len(desk.names()) == 2
    assert set(desk.journal().values()) == {"published"}


def test_a_write_whose_reply_was_lost_is_looked_at_and_not_repeated() -> None:
    desk = Desk()
    desk.folder.expect(Trouble(verb="write_new", error=LOST, moment=Moment.AFTER))
    delivered(desk)
    assert len(desk.names()) == 2


def test_a_temp_that_cannot_be_removed_stays_in_the_journal_and_hurts_nobody() -> None:
    desk = Desk()
    desk.folder.expect(
        Trouble(verb="write_new", error=LOST, moment=Moment.HALFWAY), Trouble(verb="remove", error=DOWN)
    )
    delivered(desk)
    assert Counter(desk.journal().values()) == {"published": 2, "abandoned": 1}
    settle(desk.ports, "1", delivered=False, reason="they lost it")
    assert resume(desk.ports).batches[0].state is BatchState.DELIVERED
    assert set(desk.journal().values()) == {"published"}
    assert [name for name in desk.names() if name.endswith(".part")] == []


@pytest.mark.parametrize("moment", [Moment.BEFORE, Moment.AFTER])
def test_a_rename_whose_reply_was_lost_is_settled_by_looking(moment: Moment) -> None:
    desk = Desk()
    desk.folder.expect(Trouble(verb="rename", error=LOST, moment=moment))
    delivered(desk)


def test_a_file_that_can_never_be_written_or_named_is_left_for_later() -> None:
    for verb in ("write_new", "rename"):
        desk = Desk()
        desk.folder.expect(*(Trouble(verb=verb, error=LOST) for _ in range(9)))
        desk.queued("L-1")
        result = submit(desk.ports, "east")
        assert isinstance(result.error, UnreachableError)
        assert result.batches[0].state is BatchState.SENDING
        desk.folder._troubles.clear()
        assert resume(desk.ports).batches[0].state is BatchState.DELIVERED
        assert len(desk.names()) == 2


def test_a_refusal_of_the_server_is_told_and_the_batch_can_be_resumed() -> None:
    full = RemoteRefusedError("The disk is full.", code="remote_full")
    for verb in ("write_new", "rename"):
        desk = Desk()
        desk.folder.expect(Trouble(verb=verb, error=full))
        desk.queued("L-1")
        result = submit(desk.ports, "east")
        assert result.error is full
        assert resume(desk.ports).batches[0].state is BatchState.DELIVERED


def test_a_name_taken_in_the_same_instant_is_looked_at_again() -> None:
    desk = Desk()
    taken = RemoteRefusedError("Taken.", code="name_taken")
    desk.folder.expect(Trouble(verb="rename", error=taken))
    delivered(desk)


def test_a_file_under_both_names_is_published_once_and_its_temp_collected() -> None:
    """A server that copies instead of renaming, or a crash between linking and unlinking."""
    desk = Desk()

    def copy_back(name: str, content: bytes) -> None:
        if not name.endswith(".part"):
            with desk.store.reading("acme") as tx:
                (row,) = [one for one in tx.find(StagedFile) if one.name == name]
            desk.folder.place(row.temp_name, content)

    desk.folder.on_arrival = copy_back
    delivered(desk)
    assert len(desk.names()) == 2


def test_a_stored_batch_that_was_tampered_with_is_never_sent() -> None:
    desk = Desk()
    batch = sealed(desk)
    with desk.store.transaction("acme") as tx:
        tx.put(evolve(batch, files=(evolve(batch.files[0], size=1), *batch.files[1:])))
    with pytest.raises(StoreCorruptError):
        resume(desk.ports)


def test_a_connection_that_is_gone_from_the_settings_is_named() -> None:
    desk = Desk()
    sealed(desk)
    desk.configured(connections=())
    assert isinstance(resume(desk.ports).error, ConfigurationError)
    assert cancel(desk.ports, "1", reason="gone").batches[0].state is BatchState.CANCELLED


def test_a_connection_that_changed_to_a_way_not_built_yet_is_named() -> None:
    desk = Desk()
    sealed(desk)
    desk.configured(connections=(connection(protocol=Protocol.API),))
    assert isinstance(resume(desk.ports).error, NotAvailableError)


def test_delivering_what_is_not_to_be_sent_does_nothing() -> None:
    desk = Desk(manual())
    batch = in_manual_state(desk)
    assert deliver(desk.ports, batch.id) is None
    assert deliver(desk.ports, "nobody") is None
    assert desk.batch(batch.id) == batch


def test_after_one_connection_fails_the_others_are_still_resumed() -> None:
    desk = Desk(connection(), connection("west-c", subsidiary="west"))
    sealed(desk)
    sealed_again = Trouble(verb="stat", error=DOWN)
    desk.queued("L-2")
    desk.folder.expect(sealed_again)
    submit(desk.ports, "east", ["L-2"])
    desk.queued("W-1", subsidiary="west")
    desk.folder.expect(sealed_again)
    submit(desk.ports, "west")
    desk.folder.expect(sealed_again)
    result = resume(desk.ports)
    assert result.error is DOWN
    states = {f"{one.connection}/{one.number}": one.state for one in result.batches}
    assert states == {
        "east-winfactor/1": BatchState.SEALED,
        "east-winfactor/2": BatchState.SEALED,
        "west-c/1": BatchState.DELIVERED,
    }


def test_the_gravest_error_decides() -> None:
    errors: list[FactoringError] = [DOWN, LOST, ConfigurationError("x")]
    assert gravest(errors) is errors[2]
    assert gravest(errors[:2]) is LOST
    assert gravest([]) is None


def test_a_failing_store_is_raised_and_nothing_is_half_written() -> None:
    desk = Desk()
    batch = sealed(desk)
    failing = StorageError("no space")

    class Full(MemoryFolder):
        def list(self) -> Sequence[RemoteFile]:
            raise failing

        def stat(self, name: str) -> RemoteFile | None:
            raise failing

    desk.folder = Full()
    with pytest.raises(StorageError):
        resume(desk.ports)
    assert desk.batch(batch.id) == batch


# Waiting


def test_a_minimum_gap_holds_the_next_batch_back_visibly() -> None:
    desk = Desk(connection(provider="gap"), profiles=[RTS])
    desk.queued("L-1")
    desk.queued("L-2")
    first, second = submit(desk.ports, "east").batches
    assert (first.state, second.state) == (BatchState.DELIVERED, BatchState.SEALED)
    assert second.not_before == desk.clock.now() + dt.timedelta(minutes=5)
    desk.clock.advance(dt.timedelta(minutes=4, seconds=59))
    (waiting,) = resume(desk.ports).batches
    assert waiting == second
    desk.clock.advance(dt.timedelta(seconds=1))
    (done,) = resume(desk.ports).batches
    assert (done.state, done.not_before) == (BatchState.DELIVERED, None)


def test_an_interrupted_batch_is_no_publication_and_resumes_at_once() -> None:
    desk = Desk(connection(provider="gap"), profiles=[RTS])
    desk.queued("L-1")
    desk.folder.expect(Trouble(verb="rename", error=DOWN))
    assert submit(desk.ports, "east").batches[0].state is BatchState.SENDING
    assert resume(desk.ports).batches[0].state is BatchState.DELIVERED


def test_a_gap_that_opens_while_another_worker_publishes_is_honoured() -> None:
    """Two batches ready at once: the second finds out when it begins."""
    desk = Desk(connection(provider="gap"), profiles=[RTS])
    sealed(desk)
    desk.queued("L-2")
    desk.folder.expect(Trouble(verb="stat", error=DOWN))
    (second,) = submit(desk.ports, "east", ["L-2"]).batches

    def deliver_the_first_meanwhile(_: Any) -> MemoryFolder:
        for batch in desk.batches():
            if batch.id != second.id:
                deliver(desk.ports, batch.id)
        return desk.folder

    assert deliver(evolve(desk.ports, folder=deliver_the_first_meanwhile), second.id) is None
    states = Counter(batch.state for batch in desk.batches())
    assert states == {BatchState.DELIVERED: 1, BatchState.SEALED: 1}


# Two workers


@pytest.mark.parametrize("dies", [False, True], ids=["lives", "dies"])
@pytest.mark.parametrize("consumes", [False, True], ids=["keeps", "consumes"])
@pytest.mark.parametrize("verb", ["stat", "write_new", "rename"])
@pytest.mark.parametrize("turn", range(1, 9))
def test_a_worker_that_is_overtaken_anywhere_publishes_nothing_twice(
    verb: str, turn: int, consumes: bool, dies: bool
) -> None:
    """Also when the other worker dies before it could write down that it had published everything."""
    published: Counter[str] = Counter()

    def arrive(name: str, _: bytes) -> None:
        if not name.endswith(".part"):
            published[name] += 1
            if consumes:
                desk.folder.take(name)

    def die(what: str, done: int, total: int) -> None:
        if dies and (what, done, total) == ("publishing", 1, 1):
            raise CrashError

    desk = Desk(on_arrival=arrive)
    batch = sealed(desk, "L-1", "L-2")
    calls = Counter[str]()

    def overtake(name: str) -> None:
        calls[name] += 1
        if (name, calls[name]) == (verb, turn):
            other = Colleague("second", {"first"})
            with contextlib.suppress(CrashError):
                resume(evolve(desk.ports, progress=die, worker=other))

    folder = WatchedFolder(desk.folder, overtake)
    assert deliver(evolve(desk.ports, folder=lambda _: folder), batch.id) is None
    assert resume(evolve(desk.ports, worker=Colleague("third", {"first", "second"}))).error is None
    assert state(desk, batch) is BatchState.DELIVERED
    assert published == Counter(file.name for file in batch.files)


class WatchedFolder:
    """Tells of every call before it happens."""

    def __init__(self, folder: Any, watch: Callable[[str], None]) -> None:
        self._folder, self._watch = folder, watch

    def __getattr__(self, name: str) -> Any:
        self._watch(name)
        return getattr(self._folder, name)


def test_a_batch_that_somebody_cancels_in_the_last_moment_is_not_sent() -> None:
    desk = Desk()
    batch = sealed(desk)

    def cancel_first(_: Any) -> MemoryFolder:
        cancel(desk.ports, batch.id, reason="wrong")
        return desk.folder

    assert deliver(evolve(desk.ports, folder=cancel_first), batch.id) is None
    assert (state(desk, batch), desk.names()) == (BatchState.CANCELLED, [])


def test_a_worker_stops_when_a_person_settled_its_batch_meanwhile() -> None:
    desk = Desk()
    batch = sealed(desk)

    def settle_now(name: str, _: bytes) -> None:
        if ".csv." in name:
            settle(desk.ports, "1", delivered=True, reason="they called")

    desk.folder.on_arrival = settle_now
    assert deliver(desk.ports, batch.id) is None
    assert not [name for name in desk.names() if not name.endswith(".part")]
    known = show_batch(desk.ports, "1")
    assert known.delivery is not None
    assert (known.state, known.delivery.evidence) == (BatchState.DELIVERED, "settled")


# Every fault point


class CrashError(BaseException):
    """The process dies here."""


class Tripwire:
    """Dies or fails at the n-th call of the folder or commit of the store, before or after it."""

    def __init__(self, at: int, after: bool, what: BaseException) -> None:
        self.left, self.after, self.what = at, after, what

    def __call__(self, act: Callable[..., Any], *given: Any) -> Any:
        self.left -= 1
        if self.left == 0 and not self.after:
            raise self.what
        result = act(*given)
        if self.left == 0:
            raise self.what
        return result


class TrippedFolder:
    def __init__(self, folder: Any, trip: Tripwire) -> None:
        self._folder, self._trip = folder, trip

    def __getattr__(self, name: str) -> Any:
        act = getattr(self._folder, name)
        return lambda *given: self._trip(act, *given)


def broken_off(
    what: BaseException, at: int, *, after: bool, consumes: bool, in_store: bool
) -> tuple[bool, str]:
    """Break a submission at one point, resume it, and check the end; say whether the point exists."""
    published: Counter[str] = Counter()

    def arrive(name: str, _: bytes) -> None:
        if not name.endswith(".part"):
            published[name] += 1
            if consumes and name.endswith(".csv"):
                for taken in [one for one in desk.names() if not one.endswith(".part")]:
                    desk.folder.take(taken)

    desk = Desk(on_arrival=arrive)
    desk.queued("L-1")
    desk.queued("L-2")
    trip = Tripwire(at, after, what)
    if in_store:
        # before_commit and after_commit are one point each.
        desk.store._fault = lambda point: trip(lambda: None)
    else:
        folder = TrippedFolder(desk.folder, trip)
        desk.ports = evolve(desk.ports, folder=lambda _: folder)
    try:
        result = submit(desk.ports, "east")
        assert result.error is None or result.error is what
    except (CrashError, StorageError):
        pass
    happened = trip.left <= 0
    desk.store._fault = lambda point: None
    desk.ports = evolve(desk.ports, folder=desk._open)
    assert resume(desk.killed()).error is None
    submit(desk.ports, "east")
    (batch,) = desk.batches()
    assert batch.state is BatchState.DELIVERED, (at, after, batch.state)
    assert published == Counter(file.name for file in batch.files), (at, after, published)
    assert desk.status("L-1") == desk.status("L-2") == "invoiced"
    assert [name for name in desk.names() if name.endswith(".part")] == []
    return happened, batch.id


@pytest.mark.parametrize("consumes", [False, True], ids=["keeps", "consumes"])
@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("what", [CrashError(), DOWN, LOST], ids=["crash", "unreachable", "lost"])
def test_whatever_breaks_at_the_folder_the_batch_arrives_once(
    what: BaseException, after: bool, consumes: bool
) -> None:
    at, happened, ids = 0, True, set()
    while happened:
        at += 1
        happened, id_ = broken_off(what, at, after=after, consumes=consumes, in_store=False)
        ids.add(id_)
    assert at > 20
    assert len(ids) == 1


@pytest.mark.parametrize("consumes", [False, True], ids=["keeps", "consumes"])
@pytest.mark.parametrize("what", [CrashError(), StorageError("full")], ids=["crash", "storage"])
def test_whatever_breaks_at_the_store_the_batch_arrives_once(what: BaseException, consumes: bool) -> None:
    at, happened = 0, True
    while happened:
        at += 1
        happened, _ = broken_off(what, at, after=False, consumes=consumes, in_store=True)
    assert at > 12


def test_a_local_folder_receives_a_batch(tmp_path: Any) -> None:
    desk = Desk(folder=lambda _: LocalFolder(tmp_path))
    batch = delivered(desk, "L-1", "L-2")
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(file.name for file in batch.files)


# What people do


def test_the_files_are_the_sealed_bytes_every_time_and_each_download_is_written_down() -> None:
    desk = Desk(manual())
    batch = in_manual_state(desk)
    taken, files = batch_files(desk.ports, "1")
    assert [name for name, _ in files] == [file.name for file in batch.files]
    assert (taken.taken_out, batch_files(desk.ports, "1")[1]) == (True, files)
    assert desk.audited().count("take_out_files") == 2


def test_files_can_be_taken_in_every_state_but_cancelled_and_mark_manual_batches_only() -> None:
    desk = Desk()
    batch = sealed(desk)
    assert not batch_files(desk.ports, "1")[0].taken_out
    resume(desk.ports)
    assert len(batch_files(desk.ports, "1")[1]) == 2
    by_hand = Desk(manual())
    in_manual_state(by_hand)
    cancel(by_hand.ports, "1", reason="wrong")
    with pytest.raises(StateError, match="cancelled"):
        batch_files(by_hand.ports, "1")
    assert batch.files


def test_confirming_delivers_a_manual_batch_and_again_changes_nothing() -> None:
    desk = Desk(manual())
    in_manual_state(desk)
    (batch,) = confirm(desk.ports, "1").batches
    assert batch.delivery is not None
    assert (batch.state, batch.delivery.evidence, desk.status("L-1")) == (
        BatchState.DELIVERED,
        "confirmed",
        "invoiced",
    )
    assert confirm(desk.ports, "1").batches == (batch,)
    assert desk.audited().count("confirm_batch") == 1


def test_confirming_what_no_person_hands_over_is_refused() -> None:
    desk = Desk()
    sealed(desk)
    with pytest.raises(StateError, match="not handed over by a person"):
        confirm(desk.ports, "1")
    doubt = Desk()
    doubtful(doubt)
    with pytest.raises(StateError, match="in_doubt"):
        confirm(doubt.ports, "1")


def test_cancelling_frees_the_loads_and_keeps_the_sale_as_a_record() -> None:
    desk = Desk(manual())
    in_manual_state(desk)
    (batch,) = cancel(desk.ports, "1", reason="wrong").batches
    assert (batch.state, desk.status("L-1")) == (BatchState.CANCELLED, "queued")
    assert [sale.live for sale in desk.sales()] == [False]
    assert cancel(desk.ports, "1", reason="again").batches == (batch,)
    assert desk.audited().count("cancel_batch") == 1
    assert submit(desk.ports, "east", ["L-1"]).batches[0].number == 2


def test_a_manual_batch_whose_files_were_taken_is_cancelled_only_after_settling() -> None:
    desk = Desk(manual())
    in_manual_state(desk)
    batch_files(desk.ports, "1")
    with pytest.raises(StateError, match="may have left"):
        cancel(desk.ports, "1", reason="wrong")
    settle(desk.ports, "1", delivered=False, reason="never sent")
    assert cancel(desk.ports, "1", reason="wrong").batches[0].state is BatchState.CANCELLED


@pytest.mark.parametrize("half", [doubtful, half_sent], ids=["in doubt", "sending"])
def test_a_batch_whose_list_was_not_to_be_seen_is_taken_back_and_cancelled(
    half: Callable[[Desk], Batch],
) -> None:
    desk = Desk()
    half(desk)
    (batch,) = cancel(desk.ports, "1", reason="wrong customer").batches
    assert (batch.state, desk.status("L-1")) == (BatchState.CANCELLED, "queued")
    assert set(desk.names()) <= {"INV-L-1.pdf"}
    assert desk.journal() == {}


def test_a_delivered_batch_cannot_be_cancelled() -> None:
    done = Desk()
    delivered(done)
    with pytest.raises(StateError, match="delivered"):
        cancel(done.ports, "1", reason="x")


def test_settling_not_delivered_queues_the_loads_again_in_the_same_batch() -> None:
    desk = Desk()
    batch = delivered(desk)
    for name in desk.names():
        desk.folder.take(name)
    (unsent,) = settle(desk.ports, "1", delivered=False, reason="they never got it").batches
    assert (unsent.state, unsent.id, desk.status("L-1")) == (BatchState.SEALED, batch.id, "queued")
    assert (unsent.attempted, unsent.ever_left, unsent.published_at) == (False, True, None)
    assert submit(desk.ports, "east", ["L-1"]).batches == (unsent,)
    assert settle(desk.ports, "1", delivered=False, reason="again").batches == (unsent,)
    (again,) = resume(desk.ports).batches
    assert (again.id, again.state, again.files) == (batch.id, BatchState.DELIVERED, batch.files)


@pytest.mark.parametrize("arrived", [True, False])
def test_a_doubt_is_cleared_by_a_persons_word(arrived: bool) -> None:
    desk = Desk()
    batch = doubtful(desk)
    settle(desk.ports, "1", delivered=arrived, reason="asked them")
    expected = (BatchState.DELIVERED, "invoiced") if arrived else (BatchState.SEALED, "queued")
    assert (state(desk, batch), desk.status("L-1")) == expected
    if not arrived:
        desk.folder.take("INV-L-1.pdf")
        resume(desk.ports)
        assert [name for name in desk.names() if name.endswith(".part")] == []


def test_an_attempt_that_nobody_finishes_can_be_settled() -> None:
    desk = Desk()
    desk.queued("L-1")
    desk.folder.expect(Trouble(verb="rename", error=DOWN))
    submit(desk.ports, "east")
    (batch,) = settle(desk.ports, "1", delivered=False, reason="server is gone").batches
    assert batch.state is BatchState.SEALED
    cancel(desk.ports, "1", reason="server is gone")


def test_settling_as_delivered_needs_that_something_may_have_left() -> None:
    desk = Desk()
    sealed(desk)
    with pytest.raises(StateError, match="not left"):
        settle(desk.ports, "1", delivered=True, reason="x")
    settle_before = settle(desk.ports, "1", delivered=False, reason="x").batches[0]
    assert settle_before.ever_left is False
    resume(desk.ports)
    done = settle(desk.ports, "1", delivered=True, reason="x").batches[0]
    assert done.delivery is not None
    assert done.delivery.evidence == "verified"


def test_a_cancelled_batch_is_not_settled() -> None:
    desk = Desk(manual())
    in_manual_state(desk)
    cancel(desk.ports, "1", reason="x")
    for arrived in (True, False):
        with pytest.raises(StateError, match="cancelled"):
            settle(desk.ports, "1", delivered=arrived, reason="x")


def test_evidence_delivers_a_batch_and_forbids_to_cancel_resend_or_deny_it() -> None:
    desk = Desk(manual())
    batch = in_manual_state(desk)
    report = desk.bought("INV-L-1,1000.00")
    assert (state(desk, batch), desk.batch(batch.id).state) == (BatchState.DELIVERED, BatchState.SEALED)
    assert desk.status("L-1") == "financed"
    with pytest.raises(StateError, match="a report names"):
        cancel(desk.ports, "1", reason="x")
    with pytest.raises(StateError, match="a report names"):
        settle(desk.ports, "1", delivered=False, reason="x")
    assert report.report_id is not None
    undo_report(desk.ports, report.report_id, reason="wrong file")
    assert state(desk, batch) is BatchState.SEALED
    cancel(desk.ports, "1", reason="x")


def test_what_evidence_shows_as_delivered_is_not_sent_again() -> None:
    desk = Desk()
    batch = delivered(desk)
    for name in desk.names():
        desk.folder.take(name)
    settle(desk.ports, "1", delivered=False, reason="never came")
    desk.bought("INV-L-1,1000.00")
    assert resume(desk.ports).batches == ()
    assert deliver(desk.ports, batch.id) is None
    assert desk.names() == []


def taken_back(desk: Desk) -> None:
    """A sealed batch from which a load was taken back while it counted as delivered."""
    desk.queued("L-1")
    desk.queued("L-2")
    submit(desk.ports, "east")
    if desk.ports.settings.connections[0].protocol is Protocol.MANUAL:
        confirm(desk.ports, "1")
    assert return_loads(desk.ports, ["L-1"], reason="not_received").changed
    settle(desk.ports, "1", delivered=False, reason="nothing came")


def test_bytes_that_hold_a_load_taken_back_are_never_sent_again() -> None:
    desk = Desk()
    taken_back(desk)
    result = resume(desk.ports)
    assert isinstance(result.error, StateError)
    assert "L-1 was taken back" in result.error.message
    cancel(desk.ports, "1", reason="taken back")
    for name in desk.names():
        desk.folder.take(name)
    assert submit(desk.ports, "east").batches[0].loads == ("L-1", "L-2")


def test_a_manual_batch_that_holds_a_load_taken_back_is_not_confirmed() -> None:
    desk = Desk(manual())
    taken_back(desk)
    with pytest.raises(StateError, match="taken back"):
        confirm(desk.ports, "1")


def test_reasons_are_needed() -> None:
    desk = Desk(manual())
    in_manual_state(desk)
    with pytest.raises(UsageError):
        cancel(desk.ports, "1", reason=" ")
    with pytest.raises(UsageError):
        settle(desk.ports, "1", delivered=False, reason="")


def test_batches_are_listed_by_connection_and_number_within_what_the_actor_sees() -> None:
    desk = Desk(manual(), manual("west-c", subsidiary="west"))
    in_manual_state(desk)
    desk.queued("W-1", subsidiary="west")
    submit(desk.ports, "west")
    assert [one.connection for one in list_batches(desk.ports)] == ["east-depot", "west-c"]
    assert [one.connection for one in list_batches(desk.ports, "west")] == ["west-c"]
    narrow = desk.acting(evolve(READER, subsidiaries=frozenset({"west"})))
    assert [one.connection for one in list_batches(narrow)] == ["west-c"]
    assert show_batch(narrow, "1").connection == "west-c"
    with pytest.raises(NotFoundError):
        show_batch(narrow, "east-depot/1")
    with pytest.raises(AccessError):
        list_batches(narrow, "east")


def test_each_act_asks_for_its_right() -> None:
    desk = Desk(manual())
    in_manual_state(desk)
    reader, billing = desk.acting(READER), desk.acting(BILLING)
    admin = desk.acting(evolve(READER, roles=frozenset({Role.ADMIN})))
    for ports in (reader, admin):
        for act in (
            lambda ports: batch_files(ports, "1"),
            lambda ports: confirm(ports, "1"),
            lambda ports: cancel(ports, "1", reason="x"),
            lambda ports: settle(ports, "1", delivered=False, reason="x"),
            resume,
        ):
            with pytest.raises(AccessError):
                act(ports)
    with pytest.raises(AccessError):
        settle(billing, "1", delivered=False, reason="x")
    assert confirm(billing, "1").batches


def test_a_settled_journal_knows_only_states_of_the_table() -> None:
    desk = Desk()
    delivered(desk)
    assert set(desk.journal().values()) <= {state.value for state in Journal}
    assert [file.role for file in desk.batches()[0].files][-1] is FileRole.MANIFEST


# Whatever people do


class Desks(RuleBasedStateMachine):
    """People submit, cancel, confirm, settle, return and resume in any order."""

    def __init__(self) -> None:
        super().__init__()
        small = ProviderProfile(id="small", name="Small", mode="x", max_rows=2)
        self.desk = Desk(connection(provider="small"), profiles=[small], subsidiaries=[EAST])
        for number in ("L-1", "L-2", "L-3"):
            self.desk.queued(number)

    LOADS = st.lists(st.sampled_from(["L-1", "L-2", "L-3"]), unique=True, max_size=3)

    def tried(self, act: Callable[[], Any]) -> None:
        with contextlib.suppress(StateError):
            act()

    @rule(names=LOADS, by_hand=st.booleans(), broken=st.sampled_from([None, "stat", "write_new", "rename"]))
    def submit(self, names: list[str], by_hand: bool, broken: str | None) -> None:
        protocol = Protocol.MANUAL if by_hand else Protocol.FOLDER
        self.desk.configured(connections=(connection(provider="small", protocol=protocol),))
        if broken:
            self.desk.folder.expect(Trouble(verb=broken, error=DOWN, moment=Moment.AFTER))
        submit(self.desk.ports, "east", names)
        self.desk.folder._troubles.clear()

    @rule()
    def resume(self) -> None:
        error = resume(self.desk.ports).error
        assert error is None or isinstance(error, TransportError | StateError)

    @rule()
    def factor_takes_everything(self) -> None:
        for name in self.desk.names():
            if not name.endswith(".part"):
                self.desk.folder.take(name)

    @rule(names=LOADS, reason=st.sampled_from(["denied", "held", "not_received"]))
    def take_back(self, names: list[str], reason: str) -> None:
        if names:
            return_loads(self.desk.ports, names, reason=reason)

    @precondition(lambda self: self.desk.batches())
    @rule(data=st.data(), what=st.sampled_from(["cancel", "confirm", "files", "delivered", "not"]))
    def act(self, data: st.DataObject, what: str) -> None:
        name = data.draw(st.sampled_from([batch.id for batch in self.desk.batches()]))
        ports = self.desk.ports
        acts: dict[str, Callable[[], Any]] = {
            "cancel": lambda: cancel(ports, name, reason="x"),
            "confirm": lambda: confirm(ports, name),
            "files": lambda: batch_files(ports, name),
            "delivered": lambda: settle(ports, name, delivered=True, reason="x"),
            "not": lambda: settle(ports, name, delivered=False, reason="x"),
        }
        self.tried(acts[what])

    @invariant()
    def no_invoice_is_in_two_live_batches(self) -> None:
        batches = {batch.id: batch for batch in self.desk.batches()}
        live = Counter(
            sale.load for sale in self.desk.sales() if sale.live and batches[sale.batch or ""].state in LIVE
        )
        assert all(count == 1 for count in live.values())

    @invariant()
    def a_load_is_invoiced_exactly_when_a_live_sale_of_it_was_delivered(self) -> None:
        batches = {batch.id: batch for batch in self.desk.batches()}
        arrived = {
            sale.load
            for sale in self.desk.sales()
            if sale.live and batches[sale.batch or ""].state is BatchState.DELIVERED
        }
        for number in ("L-1", "L-2", "L-3"):
            assert self.desk.status(number) == ("invoiced" if number in arrived else "queued")

    @invariant()
    def numbers_have_no_gaps(self) -> None:
        numbers = sorted(batch.number for batch in self.desk.batches())
        assert numbers == list(range(1, len(numbers) + 1))


TestDesks = Desks.TestCase
TestDesks.settings = settings(max_examples=40, stateful_step_count=20, deadline=None)
