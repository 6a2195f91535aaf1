"""O41 and O42: credentials that are changed while a batch is on its way, and accounts that are others."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from attrs import evolve

from factoring_core.adapters.remote.memory import MemoryFolder, Trouble
from factoring_core.domain.selling.account import Account, account_at, same_account
from factoring_core.domain.selling.batch import BatchState
from factoring_core.domain.vocabulary.events import AuditEntry
from factoring_core.domain.vocabulary.parties import Protocol
from factoring_core.errors import DeliveryInDoubtError, StateError, UnreachableError
from factoring_core.ports.storage import KnownCredential
from factoring_core.testing.servers.arrivals import BreakLineError, Hooks
from factoring_core.testing.simulated_api import ApiFault, SimulatedSystem
from factoring_core.usecases.configure import set_credential
from factoring_core.usecases.delivering.batch_acts import settle
from factoring_core.usecases.delivering.cancel_batch import cancel
from factoring_core.usecases.delivering.elsewhere import doubt_elsewhere
from factoring_core.usecases.delivering.holding import Hold, take
from factoring_core.usecases.delivering.resume import resume
from factoring_core.usecases.delivering.submit import submit
from faults.served import PASSWORD, Inbox, Served, at, sftp
from usecases.desk import EAST, WEST, Desk, connection
from usecases.test_offer_invoices import api_desk, failing

NEW = "another-Geheimnis-2"


def known(desk: Desk, id_: str = "east-winfactor") -> KnownCredential | None:
    with desk.store.reading("acme") as tx:
        return tx.get(KnownCredential, id_)


def trail(desk: Desk, *actions: str) -> list[tuple[str, Any]]:
    """The versions that the trail names."""
    with desk.store.reading("acme") as tx:
        found = [one for one in tx.find(AuditEntry) if one.action in actions]
    return [(one.action, one.detail.get("credential", one.detail.get("version"))) for one in found]


# Rotation: the same account, another secret


def logging_in(served: Served) -> None:
    """Say in the settings that a credential is used."""
    served.desk.configured(connections=(connection(username="acme", credential="env:SECRET"),))


@pytest.mark.parametrize("verb", ["write", "rename"])
@pytest.mark.parametrize("warned", [True, False], ids=["we change first", "they change first"])
def test_o41_a_credential_changed_while_a_batch_is_on_its_way_loses_nothing(
    verb: str, warned: bool, tmp_path: Path
) -> None:
    """The line is cut in the middle, and when it is dialled again the server wants another password."""
    broken: list[str] = []

    def rotate() -> None:
        if not broken:
            broken.append(verb)
            served.server.passwords["acme"] = NEW
            raise BreakLineError

    inbox = Inbox()
    ending = ".part" if verb == "write" else ".pdf"
    hooks = Hooks(before=at(verb, rotate, ending=ending), arrival=inbox)
    with sftp(tmp_path, hooks=hooks) as served:
        logging_in(served)
        served.desk.queued("L-1")
        first = submit(served.desk.ports, "east")
        assert first.error is not None
        assert [BatchState.SENDING] == [one.state for one in first.batches]
        if not warned:
            # Whoever resumes before it is told of the new one is refused, once; nothing is lost.
            for _ in range(3):
                refused = resume(served.desk.ports)
                assert refused.error is not None
                assert "auth_rejected" == refused.error.code
            assert [BatchState.SENDING] == [one.state for one in refused.batches]
        tried = len(served.server.attempts)
        served.password = NEW

        done = resume(served.desk.ports)

        assert (None, [BatchState.DELIVERED]) == (done.error, [one.state for one in done.batches])
        assert 1 == len(served.server.attempts) - tried
        assert 2 == len(inbox.published)
        assert {1} == set(inbox.published.values())
        now = known(served.desk)
        assert now is not None
        assert (2, None) == (now.version, now.refused_at)
        sent = dict.fromkeys(trail(served.desk, "send_batch", "new_credential"))
        assert [("send_batch", 1), ("new_credential", 2), ("send_batch", 2)] == list(sent)
        for secret in (PASSWORD, NEW):
            assert secret not in repr(now)


def test_the_same_credential_keeps_its_version(tmp_path: Path) -> None:
    with sftp(tmp_path) as served:
        logging_in(served)
        for number in ("L-1", "L-2"):
            served.desk.queued(number)
            submit(served.desk.ports, "east", [number])
        assert [("send_batch", 1)] * 2 == trail(served.desk, "send_batch")
        assert [] == trail(served.desk, "new_credential")


def test_credentials_of_two_subsidiaries_have_versions_of_their_own(tmp_path: Path) -> None:
    with sftp(tmp_path, desk={"subsidiaries": (EAST, WEST)}) as served:
        mine = connection(username="acme", credential="env:ONE")
        other = connection("west-winfactor", subsidiary="west", username="acme", credential="env:TWO")
        served.desk.configured(connections=(mine, other))
        served.desk.queued("L-1")
        submit(served.desk.ports, "east")
        served.server.passwords["acme"] = served.password = NEW
        served.desk.queued("L-2", subsidiary="west")
        submit(served.desk.ports, "west")

        assert [("send_batch", 1), ("send_batch", 1)] == trail(served.desk, "send_batch")
        served.desk.queued("L-3")
        submit(served.desk.ports, "east")
        assert ("send_batch", 2) == trail(served.desk, "send_batch")[-1]


class Local(MemoryFolder):
    """A folder with a credential, or with none."""

    mark = "secret"

    def credential_mark(self, salt: str) -> str:
        return f"{self.mark} {salt}" if self.mark else ""


def test_a_directory_of_ones_own_does_not_count_as_another_credential() -> None:
    """Reports are fetched from one through a connection that logs in elsewhere."""
    desk = Desk(connection(credential="env:SECRET"))
    desk.folder = Local()
    for number, mark in (("L-1", ""), ("L-2", "secret"), ("L-3", ""), ("L-4", "secret")):
        desk.queued(number)
        desk.folder.mark = mark
        submit(desk.ports, "east", [number])

    assert [None, 1, None, 1] == [version for _, version in trail(desk, "send_batch")]


# Another account


def half_sent(**more: Any) -> Desk:
    """A batch whose packet was being renamed when the line was cut."""
    desk = Desk(connection(**more))
    desk.queued("L-1")
    desk.folder.expect(Trouble(verb="rename", error=UnreachableError("cut")))
    assert submit(desk.ports, "east").error is not None
    return desk


def moved(desk: Desk, **more: Any) -> MemoryFolder:
    """Let the settings name another place, and return what was the folder before."""
    before, desk.folder = desk.folder, MemoryFolder()
    desk.configured(connections=(connection(**more),))
    return before


def test_o41_what_is_missing_at_another_account_does_not_pass_for_taken() -> None:
    """The batch was recorded as delivered: its temp had gone, as it does when a factor takes a file."""
    desk = half_sent(folder="inbox")
    before = moved(desk, folder="other")

    result = resume(desk.ports)

    assert isinstance(result.error, DeliveryInDoubtError)
    assert [BatchState.IN_DOUBT] == [one.state for one in desk.batches()]
    assert "another account" in result.error.message
    assert [] == desk.names()
    assert "queued" == desk.status("L-1")
    # Looked for again, it is still nowhere to be seen.
    resume(desk.ports)
    assert [BatchState.IN_DOUBT] == [one.state for one in desk.batches()]
    assert 2 == len(before.list())


def test_o41_by_a_persons_word_it_goes_to_the_new_account_once() -> None:
    desk = half_sent(folder="inbox")
    moved(desk, folder="other")
    resume(desk.ports)
    settle(desk.ports, "1", delivered=False, reason="they have closed the old account")

    done = resume(desk.ports)

    assert (None, [BatchState.DELIVERED]) == (done.error, [one.state for one in done.batches])
    assert 2 == len(desk.names())
    assert 1 == len({row.account for row in desk.batches()})


@pytest.mark.parametrize("settled", [True, False])
def test_o41_at_another_account_there_is_no_proof_for_cancelling_either(settled: bool) -> None:
    desk = half_sent(folder="inbox")
    moved(desk, folder="other")

    with pytest.raises(StateError) as caught:
        cancel(desk.ports, "1", reason="wrong")

    assert "begun_elsewhere" == caught.value.code
    assert [BatchState.SENDING] == [one.state for one in desk.batches()]
    if settled:
        settle(desk.ports, "1", delivered=False, reason="they never saw it")
        cancel(desk.ports, "1", reason="wrong")
        assert [BatchState.CANCELLED] == [one.state for one in desk.batches()]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({"host": "a.example", "host_key": "SHA256:x"}, {"host": "b.example", "host_key": "SHA256:x"}),
        ({"host": "a.example", "host_key": "SHA256:x"}, {"host": "A.example", "host_key": "SHA256:y"}),
        ({"folder": "inbox"}, {"folder": "./inbox/"}),
        ({"credential": "env:ONE"}, {"credential": "env:TWO"}),
    ],
    ids=["new address", "new key", "same folder", "new credential"],
)
def test_o42_a_server_that_moved_or_has_a_new_key_is_the_same_account(before: Any, after: Any) -> None:
    desk = half_sent(**before)
    desk.configured(connections=(connection(**after),))

    done = resume(desk.ports)

    assert (None, [BatchState.DELIVERED]) == (done.error, [one.state for one in done.batches])


@pytest.mark.parametrize(
    "after",
    [
        {"host": "b.example", "host_key": "SHA256:y"},
        {"username": "somebody"},
        {"folder": "elsewhere"},
        {"protocol": Protocol.FTPS},
    ],
    ids=str,
)
def test_o42_whatever_else_is_another_is_another_account(after: Any) -> None:
    before = {"host": "a.example", "host_key": "SHA256:x", "username": "acme", "protocol": Protocol.SFTP}
    one = account_at(connection(**before))
    assert same_account(one, account_at(connection(**{**before, "protocol": Protocol.SFTP_LEGACY})))
    assert not same_account(one, account_at(connection(**{**before, **after})))
    assert not same_account(Account(way="sftp", server="a:"), Account(way="sftp", server="b:"))


def test_o41_an_offer_begun_at_another_account_is_in_doubt_and_nothing_is_asked_there() -> None:
    system = SimulatedSystem(plan=failing(1, fault=ApiFault.UNREACHABLE))
    desk = api_desk(system)
    assert submit(desk.ports, "east").error is not None
    asked = len(system.asked)
    (old,) = desk.ports.settings.connections
    desk.configured(connections=(evolve(old, base_url="https://other.example"),))

    result = resume(desk.ports)

    assert isinstance(result.error, DeliveryInDoubtError)
    assert [BatchState.IN_DOUBT] == [one.state for one in desk.batches()]
    assert asked == len(system.asked)


def test_a_doubt_is_not_written_over_what_somebody_said_meanwhile() -> None:
    desk = half_sent(folder="inbox")
    (batch,) = desk.batches()
    with desk.store.transaction("acme") as tx:
        hold = take(tx, desk.ports, batch)
    assert isinstance(hold, Hold)
    assert doubt_elsewhere(hold, evolve(batch, attempted=False)) is None
    assert [BatchState.SENDING] == [one.state for one in desk.batches()]


def test_a_new_reference_is_a_new_credential_for_the_next_log_in() -> None:
    desk = Desk(connection(credential="env:ONE"))
    desk.folder = Local()
    desk.queued("L-1")
    submit(desk.ports, "east")
    desk.ports = evolve(
        desk.ports, settings=set_credential(desk.ports, "east-winfactor", reference="env:TWO")
    )
    desk.folder.mark = "another"
    desk.queued("L-2")
    submit(desk.ports, "east")
    assert [1, 2] == [version for _, version in trail(desk, "send_batch")]
