"""What every way to a folder on a server promises when the line breaks, or the server says no."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import Any

import pytest

from factoring_core.errors import DeliveryInDoubtError, RemoteRefusedError, UnreachableError
from factoring_core.testing.contracts.complaints import refused
from factoring_core.testing.contracts.remote.reaching import ReachesServers
from factoring_core.testing.contracts.remote.scene import Fault, hooks
from factoring_core.testing.servers.arrivals import BreakLineError, Hooks

REFUSALS = {
    errno.ENOSPC: ("remote_full", True),
    errno.EACCES: ("not_permitted_there", False),
    errno.EIO: ("remote_refused", False),
}
"""What a server says, by what its system says: our code, and whether trying again may help."""


class SurvivesFaults(ReachesServers):
    """The line breaks, the server refuses, the server hangs: what is known is said, and nothing more."""

    refuses_at: tuple[str, ...] = ("open",)
    """The verbs of the shipped server at which it can refuse to take a file."""

    def test_a_line_that_breaks_while_writing_leaves_doubt(self, tmp_path: Path) -> None:
        """Nobody knows what arrived; looking again, over a new line, tells what is there."""
        fault = Fault()
        with self.scene(tmp_path, hooks=hooks(fault)) as made, self.folder_of(made) as folder:
            for verb in self.refuses_at:
                name = f"{verb}.part"
                fault.strike(verb, BreakLineError())
                error = refused(
                    DeliveryInDoubtError,
                    lambda name=name: folder.write_new(name, b"x" * 200_000),  # type: ignore[misc]
                    where={**made.where, "file": name},
                )
                assert error.in_doubt
                assert not error.retryable
                assert name in error.message
                there, found = made.files / name, folder.stat(name)
                assert (found.size if found else None) == (there.stat().st_size if there.exists() else None)

    @pytest.mark.parametrize(("when", "left"), [("before", "a.part"), ("after", "a.csv")])
    def test_a_line_that_breaks_while_renaming_leaves_doubt(
        self, tmp_path: Path, when: str, left: str
    ) -> None:
        """Nobody knows under which name it is; looking again tells."""
        fault = Fault()
        with self.scene(tmp_path, hooks=hooks(fault, when)) as made, self.folder_of(made) as folder:
            folder.write_new("a.part", b"x")
            fault.strike("rename", BreakLineError())
            refused(
                DeliveryInDoubtError,
                lambda: folder.rename("a.part", "a.csv"),
                where={**made.where, "file": "a.csv"},
            )
            assert [file.name for file in folder.list()] == [left]
            assert len(made.server.attempts) == 2

    @pytest.mark.parametrize("verb", ["stat", "list"])
    def test_a_question_is_asked_again_over_a_new_line(self, tmp_path: Path, verb: str) -> None:
        """A line that breaks over a question is opened again, once; what breaks twice is said."""
        fault = Fault()
        with self.scene(tmp_path, hooks=hooks(fault)) as made, self.folder_of(made) as folder:
            folder.write_new("a", b"x")
            ask: Any = {"stat": lambda: folder.stat("a"), "list": lambda: folder.list()[0]}[verb]
            fault.strike(verb, BreakLineError())
            assert ask().size == 1
            assert (fault.error, len(made.server.attempts)) == (None, 2)
            fault.strike(verb, BreakLineError(), always=True)
            refused(UnreachableError, ask, code="line_lost", retryable=True, where=made.where)

    def test_a_removal_is_not_repeated(self, tmp_path: Path) -> None:
        """A removal without an answer is not asked again: another file could have the name by then."""
        fault = Fault()
        with self.scene(tmp_path, hooks=hooks(fault)) as made, self.folder_of(made) as folder:
            folder.write_new("a", b"x")
            fault.strike("remove", BreakLineError())
            error = refused(
                UnreachableError,
                lambda: folder.remove("a"),
                code="removal_unclear",
                where={**made.where, "file": "a"},
            )
            assert error.retryable
            assert "again" in error.remedy
            assert len(made.server.attempts) == 1
            folder.remove("a")
            assert not (made.files / "a").exists()

    @pytest.mark.parametrize("number", REFUSALS, ids=errno.errorcode.get)
    def test_a_refusal_leaves_nothing(self, tmp_path: Path, number: int) -> None:
        """Of a file that is refused nothing is left, whenever that is; its code says why."""
        code, retryable = REFUSALS[number]
        fault = Fault()
        with self.scene(tmp_path, hooks=hooks(fault)) as made, self.folder_of(made) as folder:
            for verb in self.refuses_at:
                fault.strike(verb, OSError(number, os.strerror(number)))
                error = refused(
                    RemoteRefusedError,
                    lambda: folder.write_new("a.part", b"x" * 200_000),
                    code=code,
                    retryable=retryable,
                    where={**made.where, "file": "a.part"},
                )
                assert error.remedy != RemoteRefusedError.remedy or code == "remote_refused"
                assert tuple(folder.list()) == ()
            folder.write_new("a.part", b"again")
            assert len(made.server.attempts) == 1

    @pytest.mark.parametrize("verb", ["rename", "remove"])
    def test_a_refused_change_changes_nothing(self, tmp_path: Path, verb: str) -> None:
        """A refused renaming or removal is said by its file, and the file stays."""
        fault = Fault()
        with self.scene(tmp_path, hooks=hooks(fault)) as made, self.folder_of(made) as folder:
            folder.write_new("a.part", b"x")
            change: Any = {
                "rename": lambda: folder.rename("a.part", "a.csv"),
                "remove": lambda: folder.remove("a.part"),
            }[verb]
            fault.strike(verb, OSError(errno.EACCES, "no permission"))
            refused(
                RemoteRefusedError,
                change,
                code="not_permitted_there",
                retryable=False,
                where={**made.where, "file": "a.part"},
            )
            assert [file.name for file in folder.list()] == ["a.part"]

    def test_a_refused_question_is_no_answer(self, tmp_path: Path) -> None:
        """A look or a listing that is refused says neither that a file is there nor that it is not."""
        fault = Fault()
        with self.scene(tmp_path, hooks=hooks(fault)) as made, self.folder_of(made) as folder:
            folder.write_new("a", b"x")
            fault.strike("list", OSError(errno.EACCES, "no permission"))
            refused(RemoteRefusedError, folder.list, code="not_permitted_there", where=made.where)
            assert folder.stat("a").size == 1

    def test_where_nobody_may_look_nothing_is_asked(self, tmp_path: Path) -> None:
        """To a folder that lets nobody look, files are written and renamed without a question."""
        asked: list[str] = []
        fault = Fault()

        def watch(verb: str, name: str) -> None:
            asked.append(verb)
            fault(verb, name)

        with (
            self.scene(tmp_path, hooks=Hooks(before=watch)) as made,
            self.folder_of(made, blind=True) as folder,
        ):
            written = folder.write_new("a.part", b"content")
            folder.rename("a.part", "a.csv")
            assert (written.name, written.size) == ("a.part", 7)
            assert (made.files / "a.csv").read_bytes() == b"content"
            assert not {"stat", "list"} & {*asked}
            for verb in self.refuses_at:
                error = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
                fault.strike(verb, error)
                kind = RemoteRefusedError if verb == "open" else DeliveryInDoubtError
                refused(kind, lambda: folder.write_new("c", b"x"), where={**made.where, "file": "c"})
                (made.files / "c").unlink(missing_ok=True)
            fault.strike("rename", BreakLineError())
            refused(DeliveryInDoubtError, lambda: folder.rename("a.csv", "b"), where={"file": "b"})
