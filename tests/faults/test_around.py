"""Faults O39–O45 and O49: people, settings, and servers that are not what they were."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import pytest
from attrs import evolve

from factoring_core.adapters.remote.memory import MemoryFolder, Moment, Trouble
from factoring_core.domain.selling.batch import BatchState
from factoring_core.domain.vocabulary.profile import ProviderProfile
from factoring_core.errors import (
    ConfigurationError,
    DeliveryInDoubtError,
    RemoteRefusedError,
    UnreachableError,
)
from factoring_core.ports.remote_folder import RemoteFile
from factoring_core.usecases.configure import activate, deactivate
from factoring_core.usecases.delivering.batch_acts import batch_files, confirm, settle
from factoring_core.usecases.delivering.resume import resume
from factoring_core.usecases.delivering.submit import submit
from factoring_core.usecases.reconciling.view_exceptions import exceptions
from faults.served import PASSWORD, sftp
from usecases.desk import Desk, connection, manual

DOWN = UnreachableError("down")


def test_o39_what_a_person_takes_out_is_the_same_every_time_and_each_time_is_written_down() -> None:
    desk = Desk(manual())
    desk.queued("L-1")
    submit(desk.ports, "east")
    assert batch_files(desk.ports, "1")[1] == batch_files(desk.ports, "1")[1]
    assert desk.audited().count("take_out_files") == 2
    assert desk.status("L-1") == "queued"
    first = confirm(desk.ports, "1")
    assert confirm(desk.ports, "1").batches == first.batches
    assert desk.status("L-1") == "invoiced"


def test_o41_a_password_that_is_changed_amid_a_batch_is_used_for_the_rest(tmp_path: Path) -> None:
    with sftp(tmp_path) as served:
        served.desk.queued("L-1")
        calls: list[str] = []

        def rotate(what: str, done: int, total: int) -> None:
            calls.append(what)
            if what == "publishing" and served.password == PASSWORD:
                served.server.passwords["acme"] = served.password = "another one"
                served.server.break_connections()

        result = submit(evolve(served.desk.ports, progress=rotate), "east")
        if result.error is not None:
            result = resume(served.desk.ports)
        assert result.batches[0].state is BatchState.DELIVERED
        assert len(served.server.attempts) == 2


def test_o42_a_host_that_moved_is_fine_and_one_with_another_key_is_not(tmp_path: Path) -> None:
    with sftp(tmp_path / "old") as old, sftp(tmp_path / "new") as new:
        desk = old.desk
        desk.queued("L-1")
        old.server.port, port = new.server.port, old.server.port
        error = submit(desk.ports, "east").error
        assert isinstance(error, ConfigurationError)
        assert error.code == "host_key_mismatch"
        assert new.server.attempts == []
        old.server.port, old.server.host = port, "localhost"
        assert resume(desk.ports).batches[0].state is BatchState.DELIVERED


class Forgetful(MemoryFolder):
    """Answers from an old picture: what was renamed is not there by name, and is in the list."""

    lies = True
    about = ""
    """How the names end that it lies about."""

    def stat(self, name: str) -> RemoteFile | None:
        found = super().stat(name)
        return None if self.lies and name.endswith(self.about) and not name.endswith(".part") else found


def test_o43_that_a_file_is_gone_is_believed_only_when_two_ways_of_looking_agree() -> None:
    desk = Desk()
    folder = desk.folder = Forgetful()
    desk.queued("L-1")
    result = submit(desk.ports, "east")
    assert result.error is not None
    assert (result.error.code, result.error.retryable) == ("listing_untrusted", True)
    assert result.batches[0].state is BatchState.SENDING
    folder.lies = False
    assert resume(desk.ports).batches[0].state is BatchState.DELIVERED


def test_o43_a_server_that_contradicts_itself_about_the_list_for_a_day_leaves_a_doubt() -> None:
    desk = Desk()
    folder = desk.folder = Forgetful()
    folder.about = ".csv"
    desk.queued("L-1")
    submit(desk.ports, "east")
    desk.clock.advance(dt.timedelta(hours=24))
    assert resume(desk.ports).batches[0].state is BatchState.SENDING
    desk.clock.advance(dt.timedelta(seconds=1))
    result = resume(desk.ports)
    assert isinstance(result.error, DeliveryInDoubtError)
    assert result.batches[0].state is BatchState.IN_DOUBT
    assert resume(desk.ports).batches == ()
    folder.lies = False
    assert resume(desk.ports).batches[0].state is BatchState.DELIVERED


def test_o43_about_packets_a_server_may_contradict_itself_for_longer_and_the_batch_still_arrives() -> None:
    desk = Desk()
    folder = desk.folder = Forgetful()
    folder.about = ".pdf"
    desk.queued("L-1")
    submit(desk.ports, "east")
    desk.clock.advance(dt.timedelta(days=9))
    assert resume(desk.ports).batches[0].state is BatchState.SENDING
    folder.lies = False
    assert resume(desk.ports).batches[0].state is BatchState.DELIVERED


class Unlisted(MemoryFolder):
    """Gives no listing at all."""

    def list(self) -> Sequence[RemoteFile]:
        raise RemoteRefusedError("no listing here")


def test_o43_where_there_is_no_listing_asking_by_name_has_to_do() -> None:
    desk = Desk()
    folder = desk.folder = Unlisted(
        on_arrival=lambda name, _: None if name.endswith(".part") else void(folder.take(name))
    )
    desk.queued("L-1")
    (batch,) = submit(desk.ports, "east").batches
    assert batch.delivery is not None
    assert (batch.state, batch.delivery.proof) == (BatchState.DELIVERED, "consumed")


def void(_: object) -> None:
    """Drop a value."""


def test_o44_where_temps_are_swept_one_that_is_gone_proves_nothing() -> None:
    swept = ProviderProfile(id="swept", name="Swept", mode="x", temps_private=False)
    desk = Desk(connection(provider="swept"), profiles=[swept])
    desk.queued("L-1")
    desk.folder.expect(Trouble(verb="rename", error=DOWN))
    submit(desk.ports, "east")
    for name in desk.names():
        desk.folder.take(name)
    result = resume(desk.ports)
    assert isinstance(result.error, DeliveryInDoubtError)
    assert result.batches[0].state is BatchState.IN_DOUBT
    assert desk.status("L-1") == "queued"


def test_o45_a_file_of_ours_that_somebody_else_replaced_is_left_alone() -> None:
    desk = Desk()
    desk.queued("L-1")
    desk.folder.on_arrival = lambda name, _: (
        desk.folder.place("INV-L-1.pdf", b"foreign") if ".csv." in name else None
    )
    assert isinstance(submit(desk.ports, "east").error, DeliveryInDoubtError)
    assert desk.folder.take("INV-L-1.pdf") == b"foreign"


def test_o40_a_connection_that_is_switched_off_amid_a_batch_is_drained_and_never_left() -> None:
    other = connection("east-other", provider="rts", active=False)
    desk = Desk(connection(), other)
    desk.queued("L-1")
    desk.folder.expect(Trouble(verb="rename", error=DOWN))
    (batch,) = submit(desk.ports, "east").batches
    deactivate(desk.ports, "east-winfactor", reason="switching")
    activate(desk.ports, "east-other")
    (done,) = resume(desk.ports).batches
    assert (done.id, done.connection, done.state) == (batch.id, "east-winfactor", BatchState.DELIVERED)


def test_o49_a_delivered_batch_that_no_report_names_is_asked_about_after_the_usual_delay() -> None:
    desk = Desk()
    desk.queued("L-1")
    submit(desk.ports, "east")
    desk.clock.advance(dt.timedelta(days=3))
    assert exceptions(desk.ports) == ()
    desk.clock.advance(dt.timedelta(days=1))
    (asked,) = exceptions(desk.ports)
    assert (asked.item.type, asked.item.severity) == ("unacknowledged_batch", "waiting")
    assert (asked.item.amount_at_risk, asked.age_days) == (1000_00, 0)
    desk.bought("INV-L-1,1000.00")
    assert exceptions(desk.ports) == ()


def test_o49_a_batch_the_factor_never_saw_is_sent_again_as_the_same_batch() -> None:
    published: Counter[str] = Counter()

    def take(name: str, _: bytes) -> None:
        if not name.endswith(".part"):
            published[name] += 1
            desk.folder.take(name)

    desk = Desk(on_arrival=take)
    desk.queued("L-1")
    (first,) = submit(desk.ports, "east").batches
    desk.clock.advance(dt.timedelta(days=4))
    settle(desk.ports, "1", delivered=False, reason="their disk failed")
    (again,) = resume(desk.ports).batches
    assert (again.id, again.number, again.files) == (first.id, first.number, first.files)
    assert set(published.values()) == {2}
    assert exceptions(desk.ports) == ()


def test_a_temp_that_was_whole_when_its_batch_was_settled_can_never_be_published_late() -> None:
    """A worker sleeps over its renaming; meanwhile a person settles, and the batch goes out anew."""
    published: Counter[str] = Counter()

    def take(name: str, _: bytes) -> None:
        if not name.endswith(".part"):
            published[name] += 1
            desk.folder.take(name)

    desk = Desk(on_arrival=take)
    desk.queued("L-1")
    desk.folder.expect(Trouble(verb="rename", error=DOWN))
    (batch,) = submit(desk.ports, "east").batches
    late = {name: name for name in desk.names()}
    settle(desk.ports, "1", delivered=False, reason="they have nothing")
    resume(desk.ports)
    for temp in late:
        with pytest.raises(Exception, match="no such file"):
            desk.folder.rename(temp, "late.pdf")
    assert published == Counter(file.name for file in batch.files)
    assert desk.names() == []


def test_a_late_answer_to_a_claim_is_looked_at() -> None:
    for moment in (Moment.BEFORE, Moment.AFTER):
        desk = Desk()
        desk.queued("L-1")
        desk.folder.expect(Trouble(verb="rename", error=DOWN))
        submit(desk.ports, "east")
        desk.folder.expect(Trouble(verb="rename", error=DeliveryInDoubtError("lost"), moment=moment))
        assert resume(desk.ports).batches[0].state is BatchState.DELIVERED
