"""What trying out a folder finds: `connections check` of the command line goes this way."""

from __future__ import annotations

import errno
from pathlib import Path
from typing import Any

import pytest

from factoring_core.adapters.remote.probe import probe
from factoring_core.errors import RemoteRefusedError, UnreachableError
from factoring_core.testing.contracts.complaints import refused, sentence_faults
from factoring_core.testing.contracts.remote.reaching import ReachesServers
from factoring_core.testing.contracts.remote.scene import Fault, hooks
from factoring_core.testing.servers.arrivals import BreakLineError

FOUND = {
    "list": ("warning", "listing_refused"),
    "rename": ("error", "rename_unsupported"),
    "remove": ("error", "remove_refused"),
}
"""What is found where the server does not permit one verb."""


class CanBeTriedOut(ReachesServers):
    """A folder is tried out without anything of it being left or sent."""

    def test_a_good_folder_is_left_as_it_was(self, tmp_path: Path) -> None:
        """A folder that can be written to and renamed in is said to be good, and nothing stays in it."""
        with self.scene(tmp_path) as made, self.folder_of(made) as folder:
            (made.files / "theirs.txt").write_bytes(b"x")
            for looking in (True, False):
                (found,) = probe(folder, looking=looking)
                assert (found.level, found.code, found.remote) == ("ok", "writable", False)
                assert found.message
            assert [path.name for path in made.files.iterdir()] == ["theirs.txt"]

    @pytest.mark.parametrize("verb", FOUND)
    def test_what_is_not_permitted_is_found(self, tmp_path: Path, verb: str) -> None:
        """What the server does not permit is found by its code, in words, before anything is sent."""
        fault = Fault()
        with self.scene(tmp_path, hooks=hooks(fault)) as made, self.folder_of(made) as folder:
            fault.strike(verb, OSError(errno.EACCES, "no permission"), always=True)
            found: Any = list(probe(folder))
            assert (found[0].level, found[0].code) == FOUND[verb]
            assert found[0].remote or verb == "remove"
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
