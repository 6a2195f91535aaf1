"""A doubt that the server can clear by now: `resume` looks again, and sends nothing."""

from __future__ import annotations

from typing import Any

import pytest
from attrs import evolve

from factoring_core.adapters.remote.memory import MemoryFolder, Moment, Trouble
from factoring_core.domain.selling.batch import BatchState
from factoring_core.domain.selling.lease import Lease
from factoring_core.domain.vocabulary.parties import Protocol
from factoring_core.domain.vocabulary.profile import ProviderProfile
from factoring_core.errors import DeliveryInDoubtError, StorageError, UnreachableError
from factoring_core.ports.remote_folder import RemoteFile
from factoring_core.ports.storage import StagedFile
from factoring_core.usecases.delivering.batch_acts import settle
from factoring_core.usecases.delivering.look_again import look_again
from factoring_core.usecases.delivering.resume import resume
from factoring_core.usecases.delivering.submit import submit
from factoring_core.usecases.recover import recover
from usecases.desk import Colleague, Desk, connection

DOWN = UnreachableError("down")
LOST = DeliveryInDoubtError("The reply was lost.")
SWEPT = ProviderProfile(id="swept", name="Swept", mode="x", temps_private=False)
EAGER = ProviderProfile(id="eager", name="Eager", mode="x")


class Counted(MemoryFolder):
    """Counts who asks, and may give sizes only."""

    tells_hashes = True
    asked = 0

    def stat(self, name: str) -> RemoteFile | None:
        self.asked += 1
        found = super().stat(name)
        return found if found is None or self.tells_hashes else evolve(found, sha256=None)


def in_doubt(profile: ProviderProfile = SWEPT, **more: Any) -> tuple[Desk, dict[str, bytes]]:
    """Return a desk with a batch of which all vanished after it was staged, and what it was."""
    desk = Desk(connection(provider=profile.id, **more), profiles=[profile])
    desk.folder = Counted()
    desk.queued("L-1")
    desk.folder.expect(Trouble(verb="rename", error=DOWN))
    (batch,) = submit(desk.ports, "east").batches
    for name in desk.names():
        desk.folder.take(name)
    assert isinstance(resume(desk.ports).error, DeliveryInDoubtError)
    return desk, {file.name: desk.blobs.get(file.sha256) for file in batch.files}


def place(desk: Desk, files: dict[str, bytes]) -> None:
    for name, content in files.items():
        desk.folder.place(name, content)


@pytest.mark.parametrize(("tells", "proof"), [(True, "hash"), (False, "size")])
def test_what_is_there_after_all_was_delivered(tells: bool, proof: str) -> None:
    desk, files = in_doubt()
    place(desk, files)
    desk.folder.tells_hashes = tells
    result = resume(desk.ports)
    (batch,) = result.batches
    assert batch.delivery is not None
    assert (batch.state, batch.delivery.proof, result.error) == (BatchState.DELIVERED, proof, None)
    assert desk.status("L-1") == "invoiced"
    assert desk.names() == sorted(files), "nothing was written"
    assert desk.audited().count("deliver_batch") == 1
    assert resume(desk.ports).batches == ()


def test_while_the_list_is_not_there_nothing_else_is_asked_for_and_nothing_sent() -> None:
    desk, files = in_doubt()
    *_, last = files
    del files[last]
    place(desk, files)
    before = desk.folder.asked
    result = resume(desk.ports)
    assert (result.batches, result.error) == ((), None)
    assert desk.folder.asked == before + 1
    assert desk.batches()[0].state is BatchState.IN_DOUBT
    assert desk.names() == sorted(files)


def test_a_part_or_other_bytes_prove_nothing() -> None:
    desk, files = in_doubt()
    *_, last = files
    for content in (files[last][:-1], bytes(len(files[last]))):
        place(desk, {**files, last: content})
        assert resume(desk.ports).batches == ()
        assert desk.batches()[0].state is BatchState.IN_DOUBT


def test_a_packet_that_was_seen_to_arrive_before_need_not_be_there_any_more() -> None:
    desk = Desk(connection(provider="swept"), profiles=[SWEPT])
    desk.queued("L-1")
    lists: list[bytes] = []

    def vanish(name: str, content: bytes) -> None:
        if name.endswith(".csv"):
            lists.append(content)
            desk.folder.take(name)

    desk.folder.on_arrival = vanish
    assert isinstance(submit(desk.ports, "east").error, DeliveryInDoubtError)
    desk.folder.take("INV-L-1.pdf")
    desk.folder.place(desk.batches()[0].files[-1].name, lists[0])
    assert resume(desk.ports).batches[0].state is BatchState.DELIVERED


def test_temps_that_lie_about_are_collected() -> None:
    desk, files = in_doubt()
    place(desk, files)
    with desk.store.reading("acme") as tx:
        temps = [row.temp_name for row in tx.find(StagedFile)]
    desk.folder.place(temps[0], b"ours")
    assert resume(desk.ports).batches[0].state is BatchState.DELIVERED
    assert desk.names() == sorted(files)


def test_a_file_written_under_its_name_that_is_whole_by_now_has_arrived() -> None:
    desk = Desk(connection(provider="eager", non_atomic=True), profiles=[EAGER])
    desk.queued("L-1")
    desk.folder.expect(Trouble(verb="write_new", error=LOST, moment=Moment.HALFWAY))
    assert isinstance(submit(desk.ports, "east").error, DeliveryInDoubtError)
    place(desk, {file.name: desk.blobs.get(file.sha256) for file in desk.batches()[0].files})
    assert resume(desk.ports).batches[0].state is BatchState.DELIVERED


@pytest.mark.parametrize("tells", [True, False])
def test_after_an_older_backup_only_equal_bytes_prove_that_a_batch_left_since(tells: bool) -> None:
    desk = Desk()
    desk.folder = Counted()
    desk.queued("L-1")
    submit(evolve(desk.ports, joined=True), "east", ["L-1"])
    (batch,) = desk.batches()
    recover(desk.ports, f"99:{'0' * 64}", reason="a test")
    place(desk, {file.name: desk.blobs.get(file.sha256) for file in batch.files})
    desk.folder.tells_hashes = tells
    resume(desk.ports)
    assert desk.batch(batch.id).state is (BatchState.DELIVERED if tells else BatchState.IN_DOUBT)


def test_a_server_that_cannot_be_asked_now_is_told_of_and_the_doubt_stays() -> None:
    desk, files = in_doubt()
    place(desk, files)
    desk.folder.expect(Trouble(verb="stat", error=DOWN))
    result = resume(desk.ports)
    assert (result.batches, result.error) == ((), DOWN)
    with desk.store.reading("acme") as tx:
        assert [lease.owner for lease in tx.find(Lease)] == [""]
    assert resume(desk.ports).batches[0].state is BatchState.DELIVERED


def test_where_nobody_can_look_nothing_is_done() -> None:
    desk, files = in_doubt()
    place(desk, files)
    (batch,) = desk.batches()
    (settings,) = desk.ports.settings.connections
    blind = evolve(SWEPT, readable=False)
    elsewhere = [
        evolve(desk.ports, joined=True),
        evolve(desk.ports, settings=evolve(desk.ports.settings, connections=())),
        evolve(desk.ports, profiles={**desk.ports.profiles, "swept": blind}),
    ]
    for protocol in (Protocol.MANUAL, Protocol.API):
        changed = evolve(desk.ports.settings, connections=(evolve(settings, protocol=protocol),))
        elsewhere.append(evolve(desk.ports, settings=changed))
    for ports in elsewhere:
        assert look_again(ports, batch.id) is None
    unable = evolve(SWEPT, rename_works=False)
    error = look_again(evolve(desk.ports, profiles={**desk.ports.profiles, "swept": unable}), batch.id)
    assert error is not None
    assert error.code == "rename_unsupported"
    assert desk.batch(batch.id).state is BatchState.IN_DOUBT
    assert look_again(desk.ports, "unknown") is None


def test_what_another_worker_has_in_its_hands_is_left_to_it() -> None:
    desk, files = in_doubt()
    place(desk, files)
    (batch,) = desk.batches()
    other = evolve(desk.ports, worker=Colleague("other"))
    stat = desk.folder.stat

    def meanwhile(name: str) -> RemoteFile | None:
        desk.folder.stat = stat
        assert look_again(other, batch.id) is None
        return stat(name)

    desk.folder.stat = meanwhile
    assert resume(desk.ports).batches[0].state is BatchState.DELIVERED


def test_a_person_who_settles_it_meanwhile_has_the_last_word() -> None:
    desk, files = in_doubt()
    place(desk, files)
    stat = desk.folder.stat

    def meanwhile(name: str) -> RemoteFile | None:
        desk.folder.stat = stat
        settle(desk.ports, "1", delivered=True, reason="they have it")
        return stat(name)

    desk.folder.stat = meanwhile
    (batch,) = resume(desk.ports).batches
    assert batch.delivery is not None
    assert batch.delivery.evidence == "settled"
    assert desk.audited().count("deliver_batch") == 0


def test_a_failing_store_is_raised(monkeypatch: pytest.MonkeyPatch) -> None:
    desk, files = in_doubt()
    place(desk, files)

    def full(*_: object) -> None:
        raise StorageError("The disk is full.")

    monkeypatch.setattr("factoring_core.usecases.delivering.delivery_journal.Attempt.deliver", full)
    with pytest.raises(StorageError):
        resume(desk.ports)
    monkeypatch.undo()
    assert resume(desk.ports).batches[0].state is BatchState.DELIVERED
