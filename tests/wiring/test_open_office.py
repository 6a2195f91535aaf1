"""Opening an office: what it needs, who acts, and what it lets a host do in a few lines."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from factoring_core.adapters.clocks.fixed import FixedClock
from factoring_core.adapters.storage.memory import MemoryStore
from factoring_core.domain.vocabulary.actors import Actor, Role
from factoring_core.domain.vocabulary.parties import InvoicingMethod
from factoring_core.errors import (
    AccessError,
    ConfigurationError,
    DocumentError,
    FileRefusedError,
    LimitExceededError,
    NotFoundError,
    StorageError,
    UsageError,
)
from factoring_core.wiring import open_office, opening
from factoring_core.wiring.opening import read_document, write_files

TEXT = """
tenant = "acme"

[[subsidiaries]]
id = "east"
name = "Acme East LLC"

[[customers]]
id = "blue"
name = "Blue"

[[connections]]
id = "east-depot"
subsidiary = "east"
provider = "capital_depot"
protocol = "manual"
"""
ACTORS = """
[[actors]]
name = "dana"
roles = ["admin"]
permissions = ["billing"]
subsidiaries = ["east"]

[[actors]]
name = "rita"
"""
ROW = b"load_number,subsidiary,customer,pod_file\nL-1,east,blue,papers/pod.pdf\n"


class CountingStore(MemoryStore):
    """Counts how often it is closed."""

    closed = 0

    def close(self) -> None:
        self.closed += 1


def test_a_host_brings_settings_store_and_clock() -> None:
    clock = FixedClock(dt.datetime(2026, 3, 2, 18, tzinfo=dt.UTC))
    with open_office(settings=TEXT, store=(store := CountingStore()), clock=clock, tenant="acme") as office:
        assert office.today("east") == dt.date(2026, 3, 2)
        assert office.settings.subsidiaries[0].id == "east"
        assert office.actor.billing
    assert store.closed == 1


def test_a_home_is_made_ready_by_its_first_opening(tmp_path: Path) -> None:
    (tmp_path / "factoring.toml").write_text(TEXT, encoding="utf-8")
    papers = tmp_path / "papers"
    papers.mkdir()
    (papers / "pod.pdf").write_bytes(b"%PDF")
    with open_office(tmp_path) as office:
        office.import_loads(ROW, name="loads.csv", folder=tmp_path)
    with open_office(tmp_path) as office:
        assert [one.load.number for one in office.loads()] == ["L-1"]
        assert office.audit().intact


def test_an_office_needs_a_home_or_settings_and_a_store(tmp_path: Path) -> None:
    with pytest.raises(UsageError):
        open_office()
    with pytest.raises(UsageError):
        open_office(settings=TEXT)
    with pytest.raises(ConfigurationError, match="There is no factoring"):
        open_office(tmp_path)
    (tmp_path / "factoring.toml").write_bytes(b"\xff\xfe\xfa")
    with pytest.raises(ConfigurationError, match="cannot be read"):
        open_office(tmp_path)


def test_another_tenant_than_the_settings_is_wrong_usage() -> None:
    with pytest.raises(UsageError):
        open_office(settings=TEXT, store=MemoryStore(), tenant="other")


def test_a_store_in_postgresql_is_named_by_its_address(postgres_place: str) -> None:
    with open_office(settings=TEXT, store_url=postgres_place) as office:
        assert office.loads() == ()


def test_a_server_that_is_not_there_is_told_in_our_words() -> None:
    with pytest.raises(StorageError) as caught:
        open_office(settings=TEXT, store_url="postgresql://user:secret@127.0.0.1:1/x")
    assert caught.value.code == "store_lost"
    assert caught.value.retryable
    assert "secret" not in str(caught.value)


def test_a_store_can_be_named_by_its_address(tmp_path: Path) -> None:
    with open_office(settings=TEXT, store_url=f"sqlite:///{tmp_path / 'own.db'}") as office:
        assert office.loads() == ()


def test_a_store_that_cannot_be_read_is_let_go_of_unless_it_is_the_hosts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Broken(CountingStore):
        def reading(self, tenant: str):  # type: ignore[no-untyped-def, override]
            raise StorageError("broken")

    own, hosts = Broken(), Broken()
    monkeypatch.setattr(opening, "_store", lambda root, url: own)
    (tmp_path / "factoring.toml").write_text(TEXT, encoding="utf-8")
    for store in (None, hosts):
        with pytest.raises(StorageError):
            open_office(tmp_path, store=store)
    assert (own.closed, hosts.closed) == (1, 0)


# Who acts


def test_without_actors_anybody_may_do_everything_under_a_name_of_their_own() -> None:
    office = open_office(settings=TEXT, store=MemoryStore(), actor="me")
    assert (office.actor.name, office.actor.billing, office.actor.configures) == ("me", True, True)


def test_with_actors_nobody_else_may_even_look() -> None:
    for actor in (None, "eve"):
        with pytest.raises(AccessError):
            open_office(settings=TEXT + ACTORS, store=MemoryStore(), actor=actor)


def test_an_actor_has_the_rights_that_the_settings_say() -> None:
    dana = open_office(settings=TEXT + ACTORS, store=MemoryStore(), actor="dana").actor
    rita = open_office(settings=TEXT + ACTORS, store=MemoryStore(), actor="rita").actor
    assert dana == Actor(
        name="dana", roles=frozenset({Role.ADMIN}), billing=True, subsidiaries=frozenset({"east"})
    )
    assert rita == Actor(name="rita")


def test_a_host_may_hand_over_an_actor_of_its_own() -> None:
    ann = Actor(name="ann")
    office = open_office(settings=TEXT + ACTORS, store=MemoryStore(), actor=ann)
    assert office.acting_for(Actor(name="bob")).actor.name == "bob"
    assert office.actor is ann


def test_settings_made_from_python_hold_at_the_next_opening() -> None:
    store = MemoryStore()
    office = open_office(settings=TEXT, store=store)
    office.set_method(InvoicingMethod.DIRECT, subsidiary="east")
    assert office.settings.subsidiaries[0].invoicing_method is InvoicingMethod.DIRECT
    again = open_office(settings=TEXT, store=store)
    assert again.settings.subsidiaries[0].invoicing_method is InvoicingMethod.DIRECT


# Papers


@pytest.mark.parametrize(
    "path", ["../pod.pdf", "/etc/hosts", "a/../../pod.pdf", "C:\\pod.pdf", "..\\pod.pdf", "\\\\host\\x", ".."]
)
def test_a_paper_is_never_fetched_from_outside_the_files_folder(tmp_path: Path, path: str) -> None:
    (tmp_path / "pod.pdf").write_bytes(b"%PDF")
    inner = tmp_path / "inner"
    inner.mkdir()
    with pytest.raises(DocumentError) as error:
        read_document(inner, path)
    assert error.value.code == "outside_folder"


@pytest.mark.parametrize("path", ["a/pod.pdf", "a\\pod.pdf", "b/../a/pod.pdf", "./a/pod.pdf"])
def test_a_paper_is_found_however_its_path_is_written(tmp_path: Path, path: str) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "pod.pdf").write_bytes(b"%PDF")
    assert read_document(tmp_path, path) == b"%PDF"


def test_what_is_no_plain_file_is_not_there(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    for path in ("a", "none.pdf", ".", "nul\0l", "x" * 5000):
        with pytest.raises(NotFoundError):
            read_document(tmp_path, path)


def test_a_paper_larger_than_agreed_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opening, "DOCUMENT_LIMIT", 2**20)
    (tmp_path / "exact.pdf").write_bytes(b"x" * 2**20)
    (tmp_path / "big.pdf").write_bytes(b"x" * (2**20 + 1))
    assert len(read_document(tmp_path, "exact.pdf")) == 2**20
    with pytest.raises(LimitExceededError):
        read_document(tmp_path, "big.pdf")


def test_an_import_without_its_papers_keeps_nothing(tmp_path: Path) -> None:
    office = open_office(settings=TEXT, store=MemoryStore())
    for folder in (tmp_path, None):
        with pytest.raises(FileRefusedError) as error:
            office.import_loads(ROW, name="loads.csv", folder=folder)
        (fault,) = error.value.faults
        assert (fault.code, fault.row, fault.column, fault.excerpt) == (
            "missing_file",
            2,
            "pod_file",
            "papers/pod.pdf",
        )
    assert office.loads() == ()


def test_files_are_written_whole_and_the_same_again(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "out"
    for _ in range(2):
        write_files(folder, [("a.pdf", b"A"), ("m.csv", b"M")])
        assert {one.name: one.read_bytes() for one in folder.iterdir()} == {"a.pdf": b"A", "m.csv": b"M"}
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(StorageError):
        write_files(tmp_path / "file", [("a.pdf", b"A")])
