"""Faults O07–O14: on the way to the folder.  Real servers, real sockets."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import pytest

from factoring_core.adapters.remote.memory import Trouble
from factoring_core.domain.selling.batch import BatchState
from factoring_core.errors import (
    ConfigurationError,
    CredentialError,
    FactoringError,
    RemoteRefusedError,
    UnreachableError,
)
from factoring_core.ports.storage import KnownCredential
from factoring_core.testing.servers.arrivals import BreakLineError, Hooks
from factoring_core.testing.servers.ftp import write_certificate
from factoring_core.usecases.delivering.cancel_batch import cancel
from factoring_core.usecases.delivering.resume import resume
from factoring_core.usecases.delivering.submit import submit
from factoring_core.usecases.logins import forget
from factoring_core.usecases.passing import may_pass
from faults.served import PASSWORD, Served, at, ftps, sftp
from usecases.desk import Desk

BOTH = pytest.mark.parametrize("serve", [sftp, ftps], ids=["sftp", "ftps"])
Serve = Callable[..., AbstractContextManager[Served]]


def failing(served: Served) -> FactoringError:
    """Submit, and see that nothing remote happened: the batch waits, and may be cancelled."""
    served.desk.queued("L-1")
    result = submit(served.desk.ports, "east")
    assert result.error is not None
    assert [(one.state, one.attempted) for one in result.batches] == [(BatchState.SEALED, False)]
    return result.error


@pytest.mark.parametrize(("host", "code"), [("nowhere.invalid", "dns_failure"), (None, "connect_refused")])
def test_o07_a_server_that_cannot_be_reached_leaves_the_batch_sealed(
    tmp_path: Path, host: str | None, code: str
) -> None:
    with sftp(tmp_path) as served:
        if host is None:
            with socket.socket() as unused:
                unused.bind(("127.0.0.1", 0))
                served.server.port, port = unused.getsockname()[1], served.server.port
        else:
            served.server.host, port = host, served.server.port
        error = failing(served)
        assert isinstance(error, UnreachableError)
        assert (error.code, error.retryable) == (code, True)
        served.server.host, served.server.port = "127.0.0.1", port
        assert resume(served.desk.ports).batches[0].state is BatchState.DELIVERED


@contextmanager
def mute(drip: bytes) -> Iterator[int]:
    """A server that takes a connection and then says next to nothing."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        ending = threading.Event()

        def serve() -> None:
            while not ending.is_set():
                try:
                    line, _ = listening.accept()
                except OSError:
                    return
                with line:
                    line.sendall(drip)
                    ending.wait(10)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield listening.getsockname()[1]
        ending.set()
        listening.close()


@BOTH
@pytest.mark.parametrize("drip", [b"", b"S"], ids=["silent", "drips"])
def test_o08_a_server_that_says_nothing_is_left(tmp_path: Path, serve: Serve, drip: bytes) -> None:
    with serve(tmp_path) as served, mute(drip) as port:
        served.server.port = port
        error = failing(served)
        assert isinstance(error, UnreachableError)
        assert served.server.attempts == []


def test_o09_another_host_key_stops_before_any_credential(tmp_path: Path) -> None:
    with sftp(tmp_path) as served:
        served.host_key = "SHA256:" + "A" * 43
        error = failing(served)
        assert isinstance(error, ConfigurationError)
        assert (error.code, error.retryable) == ("host_key_mismatch", False)
        assert served.server.attempts == []


def test_o10_a_certificate_that_is_not_trusted_stops_before_any_credential(tmp_path: Path) -> None:
    with ftps(tmp_path) as served:
        served.server.ca_file = write_certificate(tmp_path / "other", "127.0.0.1")
        error = failing(served)
        assert (error.code, error.retryable) == ("certificate_untrusted", False)
        assert served.server.attempts == []


@BOTH
def test_o11_a_refused_credential_is_offered_once_also_by_other_processes(
    tmp_path: Path, serve: Serve
) -> None:
    with serve(tmp_path) as served:
        served.password = "wrong"
        error = failing(served)
        assert isinstance(error, CredentialError)
        assert (error.code, error.retryable) == ("auth_rejected", False)
        for _ in range(3):
            again = resume(served.desk.ports).error
            assert again is not None
            assert again.code == "auth_rejected"
        assert len(served.server.attempts) == 1
        served.password = PASSWORD
        assert resume(served.desk.ports).batches[0].state is BatchState.DELIVERED
        assert len(served.server.attempts) == 2


def test_o11_what_is_kept_of_a_refused_credential_does_not_tell_it_and_can_be_forgotten(
    tmp_path: Path,
) -> None:
    with sftp(tmp_path) as served:
        served.password = "wrong"
        failing(served)
        with served.desk.store.reading("acme") as tx:
            kept = tx.get(KnownCredential, "east-winfactor")
        assert kept is not None
        assert "wrong" not in repr(kept)
        assert (len(kept.salt), len(kept.mark)) == (32, 32)
        for _ in range(2):
            forget(served.desk.ports, served.desk.ports.settings.connections[0])
        resume(served.desk.ports)
        assert len(served.server.attempts) == 2


def test_o11_a_credential_that_cannot_be_had_is_no_refused_one(tmp_path: Path) -> None:
    missing = CredentialError("There is no such variable.", code="credential_missing")

    def nothing(_: Any) -> Any:
        raise missing

    with sftp(tmp_path) as served:
        folder = served.open()
        folder._login = lambda: nothing(None)
        served.open = lambda: folder  # type: ignore[method-assign]
        assert failing(served) is missing
        with served.desk.store.reading("acme") as tx:
            assert tx.get(KnownCredential, "east-winfactor") is None


def test_o12_a_log_in_that_gets_no_answer_is_tried_once_more_and_no_more(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with ftps(tmp_path) as served:
        tries = []

        def hang_up(self: Any, line: str) -> None:
            tries.append(1)
            self.close()

        monkeypatch.setattr("pyftpdlib.handlers.TLS_FTPHandler.ftp_PASS", hang_up)
        folder = served.open()
        errors = []
        for _ in range(3):
            with pytest.raises(FactoringError) as caught:
                folder.list()
            errors.append(caught.value.code)
        assert errors == ["auth_unanswered", "auth_rejected", "auth_rejected"]
        assert len(tries) == 2


@BOTH
def test_o13_a_folder_that_is_not_there_or_full_is_said(tmp_path: Path, serve: Serve) -> None:
    with serve(tmp_path, folder="missing") as served:
        error = failing(served)
        assert isinstance(error, RemoteRefusedError)
        assert (error.code, error.retryable) == ("folder_missing", False)


def refuse(message: str) -> Callable[[], None]:
    def act() -> None:
        raise OSError(28, message)

    return act


def test_o13_a_full_server_leaves_nothing_and_is_resumed(tmp_path: Path) -> None:
    hooks = Hooks(before=at("write", refuse("No space left on device"), ending=".part"))
    with sftp(tmp_path, hooks=hooks) as served:
        served.desk.queued("L-1")
        result = submit(served.desk.ports, "east")
        assert result.error is not None
        assert (result.error.code, result.error.retryable) == ("remote_full", True)
        assert served.names == []
        assert resume(served.desk.ports).batches[0].state is BatchState.DELIVERED


def test_o14_a_transfer_that_gets_no_connection_is_not_delivered_and_can_be_given_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with ftps(tmp_path) as served:
        served.desk.queued("L-1")
        monkeypatch.setattr(
            "factoring_core.adapters.remote.ftp_client.CarefulClient.makepasv",
            lambda self: ("127.0.0.1", 1),
        )
        result = submit(served.desk.ports, "east")
        assert result.error is not None
        assert result.error.code == "data_channel"
        monkeypatch.undo()
        cancel(served.desk.ports, "1", reason="their firewall")
        assert served.desk.status("L-1") == "queued"
        assert served.names == []


def test_a_line_that_breaks_before_the_log_in_is_over_is_no_delivery(tmp_path: Path) -> None:
    def break_line() -> None:
        raise BreakLineError

    with sftp(tmp_path, hooks=Hooks(before=at("stat", break_line))) as served:
        served.desk.queued("L-1")
        assert submit(served.desk.ports, "east").batches[0].state is not BatchState.IN_DOUBT
        assert resume(served.desk.ports).error is None


def three_times(work: Callable[[], Any], *, again: Callable[[Exception], bool], seconds: float) -> Any:
    """Try again at once."""
    assert seconds > 0
    for _ in range(2):
        try:
            return work()
        except Exception as error:
            if not again(error):
                raise
    return work()


@pytest.mark.parametrize("verb", ["stat", "write_new", "rename"])
def test_within_one_attempt_a_line_that_broke_is_dialled_again(verb: str) -> None:
    desk = Desk(retry=three_times)
    desk.queued("L-1")
    desk.folder.expect(*(Trouble(verb=verb, error=UnreachableError("line lost")) for _ in range(2)))
    assert submit(desk.ports, "east").error is None
    assert desk.audited().count("send_batch") == 1
    assert len(desk.names()) == 2


@pytest.mark.parametrize(
    ("error", "passes"),
    [
        (UnreachableError("x", code="connect_refused"), True),
        (UnreachableError("x", code="attempt_deadline"), False),
        (UnreachableError("x", code="folder_missing"), False),
        (UnreachableError("x", code="listing_untrusted"), False),
        (RemoteRefusedError("x", retryable=True), True),
        (RemoteRefusedError("x", code="remote_full", retryable=True), False),
        (RemoteRefusedError("x"), False),
        (CredentialError("x", code="auth_rejected"), False),
        (ConfigurationError("x", code="host_key_mismatch"), False),
    ],
)
def test_only_what_seconds_may_mend_is_tried_again(error: Exception, passes: bool) -> None:
    assert may_pass(error) is passes
