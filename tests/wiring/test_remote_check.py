"""Checking connections over real servers: what is wrong, in whose hands, and what was sent."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from factoring_core.adapters.secrets.sources import SecretReferences
from factoring_core.adapters.storage.memory import MemoryStore
from factoring_core.ports.storage import KnownCredential
from factoring_core.testing.servers.sftp import SftpServer
from factoring_core.wiring import open_office

HIDDEN = "hunter2-Zürich-geheim"
TEXT = """
[[subsidiaries]]
id = "east"
name = "Acme East LLC"

[[connections]]
id = "east-rts"
subsidiary = "east"
provider = "rts"
protocol = "sftp"
host = "127.0.0.1"
port = {port}
username = "acme"
credential = "env:PASSWORD"
host_key = "{host_key}"

[[connections.notices]]
from = 2020-01-01
text = "Pay to the order of Example Capital."
"""


@pytest.fixture
def server(tmp_path: Path) -> Iterator[SftpServer]:
    with SftpServer(tmp_path / "root", passwords={"acme": HIDDEN}) as running:
        yield running


def office(
    server: SftpServer,
    *,
    host_key: str | None = None,
    password: str = HIDDEN,
    store: MemoryStore | None = None,
) -> Any:
    text = TEXT.format(port=server.port, host_key=host_key or server.host_key)
    secrets = SecretReferences(environ={"PASSWORD": password} if password else {})
    return open_office(settings=text, store=store or MemoryStore(), secrets=secrets)


def findings(office: Any) -> list[tuple[str, str, bool]]:
    return [(one.level, one.code, one.remote) for one in office.check()]


def test_a_good_connection_is_writable_and_left_as_it_was(server: SftpServer) -> None:
    with office(server) as opened:
        assert [("ok", "writable", False)] == findings(opened)
    assert [] == list(server.root.iterdir())


def test_another_host_key_is_ours_to_look_into_and_nothing_was_sent(server: SftpServer) -> None:
    with office(server, host_key="SHA256:" + "A" * 43) as opened:
        assert [("error", "host_key_mismatch", False)] == findings(opened)
    assert [] == server.attempts


def test_a_missing_credential_is_ours_and_nobody_is_called(server: SftpServer) -> None:
    with office(server, password="") as opened:
        assert [("error", "credential_missing", False)] == findings(opened)
    assert 0 == server.connections


def test_a_rejected_credential_is_the_servers_word_and_tried_once_an_office(server: SftpServer) -> None:
    with office(server, password="wrong") as opened:
        for _ in range(3):
            assert [("error", "auth_rejected", True)] == findings(opened)
    assert [("acme", "password")] == server.attempts


def test_a_rejected_credential_is_not_called_retryable_and_a_good_one_clears_the_memory_of_it(
    server: SftpServer,
) -> None:
    """The command line made of it an error that may be tried again."""
    store = MemoryStore()

    def remembered() -> bool:
        with store.reading("default") as tx:
            known = tx.get(KnownCredential, "east-rts")
            return known is not None and known.refused_at is not None

    with office(server, password="wrong", store=store) as opened:
        (found,) = opened.check()
        assert (found.code, found.remote, found.retryable) == ("auth_rejected", True, False)
        assert "it is not tried again" in found.remedy
    assert remembered()
    with office(server, store=store) as opened:
        assert [("ok", "writable", False)] == findings(opened)
    assert not remembered()


def test_a_server_that_is_gone_is_remote(tmp_path: Path) -> None:
    with SftpServer(tmp_path, passwords={"acme": HIDDEN}) as server:
        opened = office(server)
    with opened:
        assert [("error", "connect_refused", True)] == findings(opened)


def test_an_office_keeps_one_line_and_lets_it_go(server: SftpServer) -> None:
    with office(server) as opened:
        findings(opened)
        findings(opened)
        assert 1 == server.connections
        connection = opened.settings.connections[0]
        assert opened._ports.folder(connection) is opened._ports.folder(connection)
    for _ in range(100):
        if not server._live:
            break
        time.sleep(0.02)
    assert not server._live
