"""What trying out a folder finds: `connections check` of the command line goes this way."""

from __future__ import annotations

import errno
from pathlib import Path
from typing import Any

import pytest

from factoring_core.adapters.remote.probe import probe
from factoring_core.errors import RemoteRefusedError, UnreachableError
from factoring_core.ports.remote_folder import RemoteFile
from factoring_core.testing.contracts.complaints import refused, sentence_faults
from factoring_core.testing.contracts.remote.reaching import ReachesServers
from factoring_core.testing.contracts.remote.scene import Fault, hooks
from factoring_core.testing.servers.arrivals import BreakLineError, Hooks

FOUND = {
    "list": ("warning", "listing_refused"),
    "rename": ("error", "rename_unsupported"),
    "remove": ("error", "remove_refused"),
}
"""What is found where the server does not permit one verb."""


def _no(*asked: Any) -> Any:
    raise RemoteRefusedError("It does not say.")


OK, NEARLY_FULL = ("ok", "writable"), ("warning", "little_room")
BENT: dict[str, tuple[dict[str, Any], list[tuple[str, str]]]] = {
    "it stores too little": (
        {"write_new": lambda name, content: RemoteFile(name=name, size=3), "stat": lambda name: None},
        [("error", "size_mismatch")],
    ),
    "it renames nothing": ({"rename": lambda old, new: None}, [("error", "rename_untrusted")]),
    "it keeps both names": (
        {"stat": lambda name: RemoteFile(name=name, size=46)},
        [("error", "rename_untrusted")],
    ),
    "it is nearly full": ({"free_bytes": lambda: 5 * 2**20 + 1}, [NEARLY_FULL, OK]),
    "it is just full enough": ({"free_bytes": lambda: 100 * 2**20 - 1}, [NEARLY_FULL, OK]),
    "it has just enough room": ({"free_bytes": lambda: 100 * 2**20}, [OK]),
    "it does not know": ({"free_bytes": lambda: None}, [OK]),
    "it does not say": ({"free_bytes": _no}, [OK]),
}
"""What a folder gets wrong, or has little of, and what is found."""


class Bent:
    """A folder that answers some questions in another way."""

    def __init__(self, folder: Any, **ways: Any) -> None:
        self._folder, self._ways = folder, ways

    def __getattr__(self, name: str) -> Any:
        return self._ways.get(name) or getattr(self._folder, name)


class CanBeTriedOut(ReachesServers):
    """A folder is tried out without anything of it being left or sent."""

    def test_a_good_folder_is_left_as_it_was(self, tmp_path: Path) -> None:
        """A folder that can be written to and renamed in is said to be good, and nothing stays in it."""
        seen: list[str] = []
        watch = Hooks(before=lambda verb, name: seen.append(name) if verb == "open" else None)
        with self.scene(tmp_path, hooks=watch) as made, self.folder_of(made) as folder:
            (made.files / "theirs.txt").write_bytes(b"x")
            for looking in (True, False):
                (found,) = probe(folder, looking=looking)
                assert (found.level, found.code, found.remote) == ("ok", "writable", False)
                assert sentence_faults(f"Found: {found.message}.", {}) == []
            assert [path.name for path in made.files.iterdir()] == ["theirs.txt"]
        assert len({*seen}) == 2
        assert all(name.startswith(".") and name.endswith(".part") for name in seen), "no private name"

    @pytest.mark.parametrize("wrong", BENT)
    def test_what_a_folder_gets_wrong_is_found(self, tmp_path: Path, wrong: str) -> None:
        """A folder that does other than it says is found out by trying, and so is one that is nearly full."""
        way, due = BENT[wrong]
        with self.scene(tmp_path) as made, self.folder_of(made) as folder:
            found = list(probe(Bent(folder, **way)))
            assert [(one.level, one.code) for one in found] == due
            assert all(one.remote is (one.level != "ok") for one in found)
            assert [fault for one in found for fault in sentence_faults(f"Found: {one.message}.", {})] == []
            assert ("5 MiB" in found[0].message) == (wrong == "it is nearly full")
            assert list(made.files.iterdir()) == []

    @pytest.mark.parametrize("verb", FOUND)
    def test_what_is_not_permitted_is_found(self, tmp_path: Path, verb: str) -> None:
        """What the server does not permit is found by its code, in words, before anything is sent."""
        fault = Fault()
        with self.scene(tmp_path, hooks=hooks(fault)) as made, self.folder_of(made) as folder:
            fault.strike(verb, OSError(errno.EACCES, "no permission"), always=True)
            found: Any = list(probe(folder))
            assert (found[0].level, found[0].code) == FOUND[verb]
            assert found[0].remote is True
            assert sentence_faults(f"Found: {found[0].message}", {}) == []
            assert len(found) == (2 if verb == "list" else 1)
            left = [path.name for path in made.files.iterdir()]
            assert bool(left) == (verb == "remove")

    def test_a_folder_that_cannot_rename_may_do(self, tmp_path: Path) -> None:
        """Where no renaming is needed, a folder without it is good enough, and that is said."""
        fault = Fault()
        with self.scene(tmp_path, hooks=hooks(fault)) as made, self.folder_of(made) as folder:
            fault.strike("rename", OSError(errno.EACCES, "no permission"))
            found = [(one.level, one.code) for one in probe(folder, rename_needed=False)]
            assert found == [("warning", "rename_unsupported"), ("ok", "writable")]
            assert list(made.files.iterdir()) == []

    def test_what_would_stop_a_delivery_is_raised(self, tmp_path: Path) -> None:
        """What would stop a delivery is raised as it would be then."""
        fault = Fault()
        with self.scene(tmp_path, hooks=hooks(fault)) as made, self.folder_of(made) as folder:
            fault.strike("open", OSError(errno.EACCES, "no permission"))
            refused(RemoteRefusedError, lambda: list(probe(folder)), code="not_permitted_there")
            fault.strike("log_in", BreakLineError())
            folder.close()
            refused(UnreachableError, lambda: list(probe(folder)), where=made.where)
            made.files.rmdir()
            refused(RemoteRefusedError, lambda: list(probe(folder)), code="folder_missing")
