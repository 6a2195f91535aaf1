"""What every way to an FTP or FTPS server promises of the replies that servers give."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import pytest

from factoring_core.errors import (
    CredentialError,
    DeliveryInDoubtError,
    FactoringError,
    RemoteRefusedError,
    UnreachableError,
)
from factoring_core.testing.contracts.complaints import refused
from factoring_core.testing.contracts.remote.reaching import ReachesServers
from factoring_core.testing.servers.arrivals import Arrival, Hooks

REFUSALS = {
    "425 No connection": ("data_channel", True),
    "426 Aborted": ("data_channel", True),
    "450 Busy": ("remote_refused", True),
    "451 Local error": ("remote_refused", True),
    "452 Insufficient storage": ("remote_full", True),
    "500 What?": ("unsupported_there", False),
    "501 How?": ("unsupported_there", False),
    "502 Not here": ("unsupported_there", False),
    "504 Not like this": ("unsupported_there", False),
    "522 Other protection": ("data_channel", False),
    "530 Not logged in": ("not_permitted_there", False),
    "532 Account needed": ("not_permitted_there", False),
    "550 Failed": ("remote_refused", False),
    "550 Disk quota exceeded": ("remote_full", True),
    "550 No space left on device": ("remote_full", True),
    "550 DISK FULL": ("remote_full", True),
    "550 Permission denied": ("not_permitted_there", False),
    "550 Access is denied": ("not_permitted_there", False),
    "550 Not enough privileges": ("not_permitted_there", False),
    "550 Operation not permitted": ("not_permitted_there", False),
    "552 Too much": ("remote_full", True),
    "553 Not this name": ("not_permitted_there", False),
}
"""Replies to a command: our code, and whether trying again may help."""

LOG_INS: dict[str, tuple[type[FactoringError], str, bool]] = {
    "332 Account?": (CredentialError, "auth_rejected", False),
    "421 Too many users": (UnreachableError, "login_deferred", True),
    "430 Not now": (UnreachableError, "login_deferred", True),
    "530 No": (CredentialError, "auth_rejected", False),
    "xyz": (UnreachableError, "auth_unanswered", True),
}
"""Replies to a password."""

LISTING = (
    b"Type=file;Size=7; a.csv\r\n"
    b"size=8;UNIX.mode=0644;type=FILE; b c.csv\r\n"
    b"type=file;size=0; empty\r\n"
    b"type=file;size=3; caf\xe9.csv\r\n"
    b"type=cdir;size=9; .\r\n"
    b"type=dir;size=9; sub\r\n"
    b"type=OS.unix=slink:/x;size=9; link\r\n"
    b"type=file; of-no-size\r\n"
    b"type=file;size=many; of-many\r\n"
    b"size=9; of-no-type\r\n"
    b"\r\n"
)
FACTS = {
    "type=file;size=7; a.csv": 7,
    "Size=7;perm=r;Type=FILE; /inbox/a.csv": 7,
    "size=7; a.csv": 7,
    "type=file; a.csv": 12,
    "size=many; a.csv": 12,
    "a.csv": 12,
}
"""What a server says of a name, and the size that is meant: where it says none, the older question tells."""


class HearsReplies(ReachesServers):
    """What a server answers is taken as it is meant."""

    def test_each_reply_has_its_meaning(self, tmp_path: Path) -> None:
        """A refusal is told by its number, or its words where the number says little; one with 4 may pass."""
        with self.scene(tmp_path) as made, self.folder_of(made) as folder:
            folder.write_new("a.part", b"x")
            for reply, (code, retryable) in REFUSALS.items():
                made.server.answers["DELE"] = reply
                error = refused(
                    RemoteRefusedError,
                    lambda: folder.remove("a.part"),
                    code=code,
                    retryable=retryable,
                    where={**made.where, "file": "a.part"},
                )
                assert reply in error.message
                assert made.server.host in error.message
                due = code in ("remote_full", "not_permitted_there", "data_channel")
                assert (error.remedy != RemoteRefusedError.remedy) == due, code
            assert len(made.server.attempts) == 1

    def test_what_a_server_says_is_shown_in_one_line(self, tmp_path: Path) -> None:
        """Its words are quoted, without what no terminal should get, and not for ever."""
        with self.scene(tmp_path) as made, self.folder_of(made) as folder:
            folder.write_new("a.part", b"x")
            made.server.answers["DELE"] = "550 \x1b[2J\tA  tab." + "x" * 500
            said = refused(RemoteRefusedError, lambda: folder.remove("a.part")).message
            assert "550" in said
            assert "[2J A  tab.xxx" in said
            assert 100 < len(said) < 200
            made.server.answers["DELE"] = "550 Gone..."
            assert refused(RemoteRefusedError, lambda: folder.remove("a.part")).message.endswith("Gone.")

    @pytest.mark.parametrize("reply", LOG_INS, ids=lambda reply: reply[:3])
    def test_a_log_in_that_is_put_off_is_no_refusal(self, tmp_path: Path, reply: str) -> None:
        """What a server says to a password is told apart: refused for good, put off, or no answer."""
        kind, code, retryable = LOG_INS[reply]
        with self.scene(tmp_path) as made, self.folder_of(made) as folder:
            made.server.answers["PASS"] = reply
            error = refused(kind, folder.list, code=code, retryable=retryable, where=made.where)
            assert error.stage == "login"
            made.server.answers.clear()
            if code == "auth_rejected":
                refused(CredentialError, folder.list, code=code)
            else:
                assert tuple(folder.list()) == ()
            assert len(made.server.attempts) == (1 if code == "auth_rejected" else 2)

    @pytest.mark.parametrize("greeting", ["421 Too many users", "xyz", "220-\r\n" * 300])
    def test_a_server_that_sends_us_away_is_left(self, tmp_path: Path, greeting: str) -> None:
        """A greeting that is none, or has no end, is no log-in that failed."""
        with self.scene(tmp_path) as made, self.folder_of(made, hasty=True) as folder:
            made.server.answers["220"] = greeting
            refused(UnreachableError, folder.list, code="line_lost", retryable=True, where=made.where)
            assert made.server.attempts == []

    def test_a_farewell_is_a_broken_line(self, tmp_path: Path) -> None:
        """A server that closes the line instead of answering has said neither yes nor no."""
        with self.scene(tmp_path) as made, self.folder_of(made) as folder:
            folder.write_new("a.part", b"x")
            made.server.answers["RNFR"] = "421 Time is up"
            refused(
                DeliveryInDoubtError,
                lambda: folder.rename("a.part", "a.csv"),
                where={**made.where, "file": "a.csv"},
            )
            assert [file.name for file in folder.list()] == ["a.part"]
            made.server.answers["MLSD"] = "421 Time is up"
            refused(UnreachableError, folder.list, code="line_lost", where=made.where)

    def test_listings_of_other_shapes(self, tmp_path: Path) -> None:
        """Whatever else a listing holds, its files come by name, each with the size that it has."""
        with self.scene(tmp_path) as made, self.folder_of(made) as folder:
            made.server.answers["MLSD"] = LISTING
            found = [(file.name, file.size) for file in folder.list()]
            assert found == [("a.csv", 7), ("b c.csv", 8), ("caf\ufffd.csv", 3), ("empty", 0)]
            for number in ("500", "501", "502", "504"):
                made.server.answers = {"MLSD": f"{number} What?", "NLST": b"/inbox/b\r\nsub/a b\r\nc\r\n"}
                made.server.answers["SIZE"] = "213 12 "
                assert [(file.name, file.size) for file in folder.list()] == [("b", 12), ("c", 12)]
                made.server.answers["SIZE"] = "550 No file"
                assert tuple(folder.list()) == ()
                for nothing in ("550 No files", "450 No files"):
                    made.server.answers["NLST"] = nothing
                    assert tuple(folder.list()) == ()
                made.server.answers["NLST"] = "553 Not here"
                refused(RemoteRefusedError, folder.list, code="not_permitted_there", where=made.where)

    def test_facts_of_other_shapes(self, tmp_path: Path) -> None:
        """Whatever a server says of one name, it is that file's size, or asked for again in the older way."""
        with self.scene(tmp_path) as made, self.folder_of(made) as folder:
            made.server.answers["SIZE"] = "213 12 "
            for said, size in FACTS.items():
                made.server.answers["MLST"] = f"250-Listing\r\n {said}\r\n250 End"
                assert (said, folder.stat("a.csv").size) == (said, size)
            made.server.answers["MLST"] = "250-Listing\r\n type=dir;size=7; a.csv\r\n250 End"
            where = {"file": "a.csv"}
            refused(RemoteRefusedError, lambda: folder.stat("a.csv"), code="not_a_file", where=where)
            made.server.answers["MLST"] = "550 No such file"
            assert folder.stat("a.csv") is None
            made.server.answers = {"MLST": "502 What?", "SIZE": "550 No", "NLST": b"a.csv\r\n"}
            where = {**made.where, "file": "a.csv"}
            refused(RemoteRefusedError, lambda: folder.stat("a.csv"), code="listing_untrusted", where=where)
            assert folder.stat("b.csv") is None

    def test_a_complaint_after_the_bytes_is_looked_into(self, tmp_path: Path) -> None:
        """Servers close transfers clumsily: what they call broken off counts if whole, or is removed."""
        cut: list[bool] = []

        def meet(arrival: Arrival) -> None:
            if cut:
                arrival.path.write_bytes(b"x")

        with (
            self.scene(tmp_path, hooks=Hooks(arrival=meet)) as made,
            self.folder_of(made) as folder,
        ):
            made.server.answers["226"] = "426 Aborted"
            assert folder.write_new("whole.part", b"1234").size == 4
            cut.append(True)
            where = {**made.where, "file": "cut.part"}
            write = lambda: folder.write_new("cut.part", b"1234")  # noqa: E731
            refused(RemoteRefusedError, write, code="data_channel", where=where)
            assert [path.name for path in made.files.iterdir()] == ["whole.part"]

    def test_transfers_of_other_servers(self, tmp_path: Path) -> None:
        """A server may say yes before it begins; one that nobody gets through to for a transfer is named."""
        with self.scene(tmp_path) as made, self.folder_of(made) as folder:
            made.server.answers |= dict.fromkeys(("125", "150"), "250 Wait\r\n150 Go")
            folder.write_new("a.part", b"content")
            assert (made.files / "a.part").read_bytes() == folder.read("a.part") == b"content"
            assert [file.name for file in folder.list()] == ["a.part"]
            made.server.answers = {"PASV": "227 Entering passive mode (127,0,0,1,0,1)."}
            where = {**made.where, "file": "b.part"}
            write = partial(folder.write_new, "b.part", b"content")
            for ask, named in ((write, where), (lambda: folder.read("a.part"), {}), (folder.list, {})):
                refused(RemoteRefusedError, ask, code="data_channel", retryable=True, where=named)
            made.server.answers.clear()
            assert write().size == 7
            assert len(made.server.attempts) == 1

    def test_room_is_told_where_a_server_tells_it(self, tmp_path: Path) -> None:
        """A server that says how much room there is, is asked; another is not."""
        with self.scene(tmp_path) as made, self.folder_of(made) as folder:
            ask: Any = getattr(folder, "free_bytes", None)
            if ask is None:
                pytest.skip("this folder tells nothing of room")
            made.server.answers["AVBL"] = "213 1048576 "
            assert ask() is None
            folder.close()
            made.server.answers["FEAT"] = "211-Features:\r\n\r\n avbl\r\n MLST type*;\r\n211 End"
            assert ask() == 1048576
            made.server.answers["AVBL"] = "213 much"
            assert ask() is None
