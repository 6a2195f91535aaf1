"""The simulated server keeps the contract of real ones, and has their ways where they differ."""

from collections.abc import Callable

import pytest
from attrs import evolve

from factoring_core.errors import (
    ConfigurationError,
    CredentialError,
    DeliveryInDoubtError,
    RemoteRefusedError,
    UnreachableError,
)
from factoring_core.ports.remote_folder import RemoteFolder
from factoring_core.testing.contracts.remote.folder import RemoteFolderContract
from factoring_core.testing.simulated_folder import SimulatedFolder
from factoring_core.testing.simulated_server import (
    FTP,
    FTPS,
    SFTP,
    SFTP_PLAIN,
    Fate,
    Manners,
    Renaming,
    Request,
    SimulatedServer,
)


class TestSftp(RemoteFolderContract):
    @pytest.fixture
    def folder(self) -> RemoteFolder:
        return SimulatedFolder(SimulatedServer(manners=SFTP))


class TestSftpWithPlainRename(RemoteFolderContract):
    @pytest.fixture
    def folder(self) -> RemoteFolder:
        return SimulatedFolder(SimulatedServer(manners=SFTP_PLAIN))


class TestFtps(RemoteFolderContract):
    @pytest.fixture
    def folder(self) -> RemoteFolder:
        return SimulatedFolder(SimulatedServer(manners=FTPS))


class TestFtp(RemoteFolderContract):
    @pytest.fixture
    def folder(self) -> RemoteFolder:
        return SimulatedFolder(SimulatedServer(manners=FTP))


def once(verb: str, fate: Fate) -> Callable[[Request], Fate]:
    """Strike the first request of a verb."""
    struck: list[Request] = []

    def decide(asked: Request) -> Fate:
        if asked.verb == verb and not struck:
            struck.append(asked)
            return fate
        return Fate.SERVED

    return decide


def test_a_lost_answer_to_a_rename_is_in_doubt_and_the_file_has_its_name() -> None:
    server = SimulatedServer(fate=once("rename", Fate.UNANSWERED))
    folder = SimulatedFolder(server)
    folder.write_new(".a.part", b"12")
    with pytest.raises(DeliveryInDoubtError):
        folder.rename(".a.part", "a")
    assert {"a": b"12"} == server.files
    assert folder.stat("a") is not None


def test_a_silent_server_costs_patience_and_may_serve_the_request_later() -> None:
    waited: list[float] = []
    server = SimulatedServer(fate=once("rename", Fate.LATE), wait=waited.append)
    folder = SimulatedFolder(server)
    folder.write_new(".a.part", b"12")
    with pytest.raises(DeliveryInDoubtError):
        folder.rename(".a.part", "a")
    assert [folder.patience.reply] == waited
    assert {".a.part": b"12"} == server.files
    server.serve_late()
    assert {"a": b"12"} == server.files


def test_a_late_close_of_what_was_renamed_meanwhile_is_no_second_arrival() -> None:
    """Seed 18682 took it for a file that was published twice."""
    arrived: list[str] = []
    server = SimulatedServer(
        fate=once("close", Fate.LATE), on_arrival=lambda name, content: arrived.append(name)
    )
    folder = SimulatedFolder(server)
    with pytest.raises(DeliveryInDoubtError):
        folder.write_new(".a.part", b"12")
    folder.rename(".a.part", "a")
    server.serve_late()
    assert 1 == arrived.count("a")


def test_a_late_rename_of_what_was_moved_meanwhile_does_nothing() -> None:
    server = SimulatedServer(fate=once("rename", Fate.LATE))
    folder = SimulatedFolder(server)
    folder.write_new(".a.part", b"12")
    with pytest.raises(DeliveryInDoubtError):
        folder.rename(".a.part", "a")
    folder.rename(".a.part", ".b.part")
    server.serve_late()
    assert {".b.part": b"12"} == server.files


@pytest.mark.parametrize("manners", [SFTP, FTP])
def test_a_write_that_breaks_off_leaves_what_was_written(manners: Manners) -> None:
    server = SimulatedServer(manners=manners, fate=once("close", Fate.BROKEN))
    with pytest.raises(DeliveryInDoubtError):
        SimulatedFolder(server).write_new("a", b"1234")
    assert {"a": b"1234"} == server.files
    server = SimulatedServer(manners=manners, fate=once("write", Fate.UNANSWERED))
    with pytest.raises(DeliveryInDoubtError):
        SimulatedFolder(server).write_new("a", b"1234")
    assert {"a": b"12"} == server.files


def test_a_refusal_at_the_end_is_believed_over_sftp_and_the_size_over_ftp() -> None:
    refused = SimulatedServer(manners=SFTP, fate=once("close", Fate.REFUSED))
    with pytest.raises(RemoteRefusedError):
        SimulatedFolder(refused).write_new("a", b"1234")
    assert {} == refused.files
    whole = SimulatedServer(manners=FTP, fate=once("close", Fate.REFUSED))
    assert SimulatedFolder(whole).write_new("a", b"1234").size == 4


def test_who_writes_goes_on_writing_into_a_file_that_was_renamed() -> None:
    """As on every real server: which is why a temp that is not staged is never adopted."""
    server = SimulatedServer()

    def rename_meanwhile(asked: Request) -> None:
        if asked.verb == "write" and "b" not in server.files:
            server.replace("a", "b")

    server.done = rename_meanwhile
    with pytest.raises(DeliveryInDoubtError):
        SimulatedFolder(server).write_new("a", b"1234")
    assert {"b": b"1234"} == server.files


def test_a_plain_rename_that_loses_shows_the_final_name_for_an_instant() -> None:
    """OpenSSH links, then removes, and takes the new name back when there is nothing to remove."""
    seen: list[str] = []
    server = SimulatedServer(manners=SFTP_PLAIN, on_arrival=lambda name, _: seen.append(name))
    folder, other = SimulatedFolder(server, "a"), SimulatedFolder(server, "b")
    folder.write_new(".1.part", b"12")

    def overtake(asked: Request) -> None:
        if asked.client == "a":
            other.rename(".1.part", ".2.part")

    server.between = overtake
    with pytest.raises(RemoteRefusedError):
        folder.rename(".1.part", "final")
    assert {".2.part": b"12"} == server.files
    assert "final" in seen


def test_renaming_replaces_where_real_servers_replace() -> None:
    """Between looking and renaming another file may appear: `posix-rename` and `RNTO` replace it."""
    server = SimulatedServer()
    folder = SimulatedFolder(server)
    folder.write_new(".a.part", b"ours")

    def appear(asked: Request) -> Fate:
        if asked.verb == "rename":
            server.place("a", b"theirs")
        return Fate.SERVED

    server.fate = appear
    folder.rename(".a.part", "a")
    assert {"a": b"ours"} == server.files


def test_a_server_that_cannot_rename_or_be_asked_says_so() -> None:
    folder = SimulatedFolder(SimulatedServer(manners=evolve(SFTP, renaming=Renaming.REFUSED)))
    folder.write_new("a", b"1")
    with pytest.raises(RemoteRefusedError) as caught:
        folder.rename("a", "b")
    assert caught.value.code == "unsupported_there"
    blind = SimulatedFolder(SimulatedServer(manners=evolve(SFTP, readable=False)))
    with pytest.raises(RemoteRefusedError):
        blind.stat("a")
    with pytest.raises(RemoteRefusedError):
        blind.list()


def test_a_rejected_credential_is_tried_once() -> None:
    server = SimulatedServer(accepts=lambda client: False)
    folder = SimulatedFolder(server)
    for _ in range(3):
        with pytest.raises(CredentialError):
            folder.stat("a")
    assert ["carrier"] == server.logins


def test_nobody_logs_in_where_the_host_key_is_another() -> None:
    server = SimulatedServer()
    folder = SimulatedFolder(server, host_key="SHA256:pinned")
    with pytest.raises(ConfigurationError):
        folder.stat("a")
    assert [] == server.logins


@pytest.mark.parametrize("verb", ["resolve", "connect", "banner", "identity", "login", "folder"])
@pytest.mark.parametrize("fate", [Fate.BROKEN, Fate.SILENT, Fate.UNANSWERED])
def test_whatever_breaks_before_the_folder_is_open_leaves_nothing(verb: str, fate: Fate) -> None:
    server = SimulatedServer(fate=once(verb, fate))
    folder = SimulatedFolder(server)
    with pytest.raises(UnreachableError):
        folder.stat("a")
    assert {} == server.files
    assert folder.stat("a") is None


def test_the_factor_takes_and_places_files() -> None:
    server = SimulatedServer()
    server.place("report.csv", b"1")
    assert server.take("report.csv") == b"1"
    assert server.take("report.csv") is None
