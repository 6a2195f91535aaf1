"""Remote folders on this machine and in memory: the contract, and what is special to each."""

import errno
import os
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from factoring_core.adapters.remote import exclusive_rename
from factoring_core.adapters.remote.folder import LocalFolder
from factoring_core.adapters.remote.memory import MemoryFolder, Moment, Trouble
from factoring_core.adapters.remote.open_remote import open_folder
from factoring_core.domain.vocabulary.parties import Protocol
from factoring_core.errors import DeliveryInDoubtError, RemoteRefusedError, TransportError, UnreachableError
from factoring_core.ports.remote_folder import RemoteFolder
from factoring_core.testing.contracts.local_folder import LocalFolderContract
from factoring_core.testing.contracts.remote.folder import RemoteFolderContract
from factoring_core.testing.contracts.remote.scene import Vault, connection


class TestLocalFolder(LocalFolderContract):
    def opened(self, directory: Path) -> RemoteFolder:
        settings = connection(Protocol.FOLDER, folder=directory.name)
        return open_folder(settings, Vault(), root=directory.parent)


class TestMemoryFolder(RemoteFolderContract):
    @pytest.fixture
    def folder(self) -> RemoteFolder:
        return MemoryFolder()

    def stored(self, folder: RemoteFolder, name: str) -> bytes:
        assert isinstance(folder, MemoryFolder)
        return folder.read(name)

    def broken_by(self, folder: RemoteFolder, verb: str, error: TransportError, *, done: bool) -> bool:
        assert isinstance(folder, MemoryFolder)
        folder.expect(Trouble(verb=verb, error=error, moment=Moment.AFTER if done else Moment.BEFORE))
        return True


def failing(number: int) -> Any:
    def fail(*given: object, **named: object) -> None:
        raise OSError(number, os.strerror(number))

    return fail


def names(tmp_path: Path) -> list[str]:
    return sorted(path.name for path in tmp_path.iterdir())


def test_foreign_names_are_listed_so_that_they_can_be_shown(tmp_path: Path) -> None:
    (tmp_path / "Funding report May.xlsx").write_bytes(b"x")
    (tmp_path / os.fsdecode(b"caf\xe9.csv")).write_bytes(b"x")

    listed = [file.name for file in LocalFolder(tmp_path).list()]
    assert ["Funding report May.xlsx", "caf�.csv"] == listed


@pytest.mark.parametrize(
    ("number", "kind", "code"),
    [
        (errno.ENOSPC, RemoteRefusedError, "remote_full"),
        (errno.EACCES, RemoteRefusedError, "not_permitted_there"),
        (errno.EIO, UnreachableError, "unreachable"),
    ],
)
def test_a_write_that_breaks_off_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, kind: type[Exception], code: str
) -> None:
    monkeypatch.setattr(os, "fsync", failing(number))
    with pytest.raises(kind) as caught:
        LocalFolder(tmp_path).write_new(".batch.part", b"x")

    assert code == caught.value.code  # type: ignore[attr-defined]
    assert isinstance(caught.value.__cause__, OSError)
    assert [] == names(tmp_path)


def test_a_write_that_cannot_be_taken_back_is_in_doubt(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "fsync", failing(errno.EIO))
    monkeypatch.setattr(Path, "unlink", failing(errno.EIO))

    with pytest.raises(DeliveryInDoubtError):
        LocalFolder(tmp_path).write_new(".batch.part", b"x")


def test_a_file_that_was_taken_while_its_write_failed_is_in_doubt(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def taken(descriptor: int) -> None:
        (tmp_path / "batch.csv").unlink()
        raise OSError(errno.EIO, "broken")

    monkeypatch.setattr(os, "fsync", taken)
    with pytest.raises(DeliveryInDoubtError):
        LocalFolder(tmp_path).write_new("batch.csv", b"x")


def test_a_name_that_appears_during_the_rename_is_not_replaced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = LocalFolder(tmp_path)
    folder.write_new(".batch.part", b"ours")
    rename = exclusive_rename.rename_exclusively

    def overtaken(source: Path, target: Path) -> bool:
        target.write_bytes(b"theirs")
        return rename(source, target)

    monkeypatch.setattr("factoring_core.adapters.remote.folder.rename_exclusively", overtaken)
    with pytest.raises(RemoteRefusedError) as caught:
        folder.rename(".batch.part", "batch.csv")
    assert "name_taken" == caught.value.code
    assert b"theirs" == (tmp_path / "batch.csv").read_bytes()
    assert b"ours" == (tmp_path / ".batch.part").read_bytes()


@pytest.mark.parametrize("exclusively", [True, False], ids=["exclusively", "as everywhere"])
def test_of_two_renamings_of_one_file_one_finds_it_gone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, exclusively: bool
) -> None:
    """Linking and then removing let both of them succeed: a claim and a late publication."""
    if not exclusively:
        monkeypatch.setattr("factoring_core.adapters.remote.folder.rename_exclusively", lambda *_: False)
    folder = LocalFolder(tmp_path)
    both = threading.Barrier(2)

    def rename(new: str) -> str:
        both.wait()
        try:
            folder.rename(".batch.part", new)
        except RemoteRefusedError as refused:
            return str(refused.code)
        return "renamed"

    with ThreadPoolExecutor(2) as pool:
        for _ in range(200):
            folder.write_new(".batch.part", b"ours")
            outcomes = list(pool.map(rename, ["batch.csv", ".claimed.part"]))
            assert ["no_such_file", "renamed"] == sorted(outcomes)
            (left,) = names(tmp_path)
            folder.remove(left)


def test_where_nothing_renames_exclusively_a_name_in_use_is_seen_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("factoring_core.adapters.remote.folder.rename_exclusively", lambda *_: False)
    folder = LocalFolder(tmp_path)
    folder.write_new(".batch.part", b"ours")
    folder.write_new("batch.csv", b"theirs")
    with pytest.raises(RemoteRefusedError) as caught:
        folder.rename(".batch.part", "batch.csv")
    assert "name_taken" == caught.value.code
    folder.rename(".batch.part", "other.csv")
    assert ["batch.csv", "other.csv"] == names(tmp_path)


def test_a_rename_that_cannot_finish_is_in_doubt(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = LocalFolder(tmp_path)
    folder.write_new(".batch.part", b"ours")
    monkeypatch.setattr(os, "fsync", failing(errno.EIO))

    with pytest.raises(DeliveryInDoubtError):
        folder.rename(".batch.part", "batch.csv")


@pytest.mark.parametrize(
    ("number", "kind"),
    [
        (errno.EPERM, RemoteRefusedError),
        (errno.EIO, DeliveryInDoubtError),
    ],
)
def test_a_rename_that_fails_says_whether_it_can_have_happened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, kind: type[Exception]
) -> None:
    folder = LocalFolder(tmp_path)
    folder.write_new(".batch.part", b"ours")
    monkeypatch.setattr("factoring_core.adapters.remote.folder.rename_exclusively", failing(number))

    with pytest.raises(kind):
        folder.rename(".batch.part", "batch.csv")
    assert [".batch.part"] == names(tmp_path)


def test_a_folder_that_breaks_while_it_is_read_is_unreachable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = LocalFolder(tmp_path)
    folder.write_new("batch.csv", b"x")
    monkeypatch.setattr(Path, "read_bytes", failing(errno.EIO))
    monkeypatch.setattr(os, "scandir", failing(errno.EIO))

    with pytest.raises(UnreachableError):
        folder.stat("batch.csv")
    with pytest.raises(UnreachableError):
        folder.list()


@pytest.mark.parametrize("verb", ["stat", "list", "write_new", "rename", "remove"])
def test_trouble_strikes_once_and_before_anything_is_done(verb: str) -> None:
    folder = MemoryFolder()
    folder.place("old", b"x")
    folder.expect(Trouble(verb=verb, error=UnreachableError("The line is down.")))
    calls: dict[str, Callable[[], object]] = {
        "stat": lambda: folder.stat("old"),
        "list": folder.list,
        "write_new": lambda: folder.write_new("new", b"y"),
        "rename": lambda: folder.rename("old", "new"),
        "remove": lambda: folder.remove("old"),
    }

    with pytest.raises(UnreachableError):
        calls[verb]()
    assert ["old"] == [file.name for file in folder.list()]
    calls[verb]()


@pytest.mark.parametrize("verb", ["write_new", "rename", "remove", "stat", "list"])
def test_trouble_may_strike_after_all_is_done(verb: str) -> None:
    """As when the last answer of a server is lost."""
    folder = MemoryFolder()
    folder.place("old", b"x")
    folder.expect(Trouble(verb=verb, error=DeliveryInDoubtError("No answer."), moment=Moment.AFTER))
    calls: dict[str, tuple[Callable[[], object], list[str]]] = {
        "stat": (lambda: folder.stat("old"), ["old"]),
        "list": (folder.list, ["old"]),
        "write_new": (lambda: folder.write_new("new", b"y"), ["new", "old"]),
        "rename": (lambda: folder.rename("old", "new"), ["new"]),
        "remove": (lambda: folder.remove("old"), []),
    }
    call, left = calls[verb]

    with pytest.raises(DeliveryInDoubtError):
        call()
    assert left == [file.name for file in folder.list()]


def test_trouble_may_strike_halfway_through_the_bytes() -> None:
    folder = MemoryFolder()
    folder.expect(Trouble(verb="write_new", error=DeliveryInDoubtError("Cut off."), moment=Moment.HALFWAY))

    with pytest.raises(DeliveryInDoubtError):
        folder.write_new("new", b"12345678")
    assert b"1234" == folder.take("new")


def test_a_simulated_factor_sees_arrivals_and_may_take_them() -> None:
    seen: list[tuple[str, bytes]] = []
    folder = MemoryFolder()

    def arrival(name: str, content: bytes) -> None:
        if name.endswith(".csv"):
            seen.append((name, content))
            folder.take(name)

    folder.on_arrival = arrival
    folder.write_new(".batch.part", b"manifest")
    folder.rename(".batch.part", "batch.csv")

    assert [("batch.csv", b"manifest")] == seen
    assert () == folder.list()
