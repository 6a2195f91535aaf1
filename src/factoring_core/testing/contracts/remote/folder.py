"""What every remote folder promises; subclass it once per adapter."""

import hashlib
from collections.abc import Callable
from functools import partial

import pytest

from factoring_core.errors import RemoteRefusedError, TransportError, UnreachableError
from factoring_core.ports.remote_folder import RemoteFolder
from factoring_core.testing.contracts.base import Contract
from factoring_core.testing.contracts.complaints import refused

FORBIDDEN_NAMES = [
    "",
    ".",
    "..",
    "-rf",
    "a/b",
    "a\\b",
    "../a",
    "a b",
    "a\n",
    "a\0",
    "ä.csv",
    "a:b",
    "a" * 101,
]


class RemoteFolderContract(Contract):
    """A subclass gives a folder that is there and empty.

    ``at_once``: whether renaming is one step there; None where nobody knows.
    """

    at_once: bool | None = None

    @pytest.fixture
    def folder(self) -> RemoteFolder:
        raise NotImplementedError

    def stored(self, folder: RemoteFolder, name: str) -> bytes | None:
        """Return the bytes on the far side; override it where one can look there.  None does not look."""
        return None

    def broken_by(self, folder: RemoteFolder, verb: str, error: TransportError, *, done: bool) -> bool:
        """Have the next call of a verb fail with this error, with nothing or all of it done.

        False where nobody can have that: only stand-ins break when they are told to.
        """
        return False

    @pytest.mark.parametrize("done", [False, True], ids=["nothing done", "all done"])
    def test_a_stand_in_breaks_as_it_is_told(self, folder: RemoteFolder, done: bool) -> None:
        """It fails once, with that error and no other; then everything is as it was left, and it works."""
        folder.write_new("a", b"x")
        verbs: dict[str, tuple[Callable[[], object], list[str]]] = {
            "stat": (lambda: folder.stat("a"), ["a"]),
            "list": (folder.list, ["a"]),
            "read": (lambda: folder.read("a"), ["a"]),  # type: ignore[attr-defined]
            "write_new": (lambda: folder.write_new("b", b"y"), ["a", "b"]),
            "rename": (lambda: folder.rename("a", "c"), ["b", "c"]),
            "remove": (lambda: folder.remove("c"), ["b"]),
        }
        for verb, (call, after) in verbs.items():
            before = [file.name for file in folder.list()]
            error = UnreachableError(f"The line broke over {verb}.")
            if not self.broken_by(folder, verb, error, done=done):
                pytest.skip("nobody can break this folder")
            with pytest.raises(UnreachableError) as caught:
                call()
            assert caught.value is error
            assert [file.name for file in folder.list()] == (after if done else before)
            if not done:
                call()
            assert [file.name for file in folder.list()] == after

    def test_bytes_arrive(self, folder: RemoteFolder) -> None:
        """What is stored is byte for byte what was written: whole, and with every kind of byte."""
        content = bytes(range(256)) * 1000
        folder.write_new(".packet.part", content)
        folder.rename(".packet.part", "packet.pdf")

        assert self.stored(folder, "packet.pdf") in (content, None)

    def test_write_then_stat(self, folder: RemoteFolder) -> None:
        """A written file is found with its exact size, and with its own hash or none."""
        written = folder.write_new("1001.pdf", b"%PDF-1.7 1001")
        found = folder.stat("1001.pdf")

        assert found is not None
        assert ("1001.pdf", 13) == (found.name, found.size) == (written.name, written.size)
        assert found.sha256 in {None, hashlib.sha256(b"%PDF-1.7 1001").hexdigest()}

    def test_read(self, folder: RemoteFolder) -> None:
        """What was written can be read back whole; what is not there is refused by that code."""
        folder.write_new("1001.pdf", b"%PDF-1.7\r\n\x00 1001")
        read = folder.read  # type: ignore[attr-defined] # every adapter serves a folder of reports too

        assert read("1001.pdf") == b"%PDF-1.7\r\n\x00 1001"
        refused(RemoteRefusedError, lambda: read("1002.pdf"), code="no_such_file", where={"file": "1002.pdf"})

    def test_absent(self, folder: RemoteFolder) -> None:
        """A name that is not in use has no file."""
        assert folder.stat("1001.pdf") is None
        assert tuple(folder.list()) == ()

    def test_look_at_many(self, folder: RemoteFolder) -> None:
        """Where a folder can look at many names at once, it tells of each what one look by itself tells."""
        many = getattr(folder, "stat_many", None)
        if many is None:
            pytest.skip("this folder is asked for one name at a time")
        folder.write_new("a.csv", b"a")
        names = [f"absent-{at}.csv" for at in range(100)] + ["a.csv"]

        assert dict(many(names)) == {name: folder.stat(name) for name in names}
        assert dict(many([])) == {}

    def test_empty_file(self, folder: RemoteFolder) -> None:
        """A file without bytes is a file."""
        folder.write_new("empty.csv", b"")
        found = folder.stat("empty.csv")

        assert found is not None
        assert found.size == 0

    def test_list(self, folder: RemoteFolder) -> None:
        """The list names every file once, by name, temporary ones as well."""
        for name in ["b.pdf", "a.pdf", ".c.part"]:
            folder.write_new(name, name.encode())
        folder.write_new("empty", b"")

        assert [(file.name, file.size) for file in folder.list()] == [
            (".c.part", 7),
            ("a.pdf", 5),
            ("b.pdf", 5),
            ("empty", 0),
        ]

    def test_never_replaces(self, folder: RemoteFolder) -> None:
        """Writing under a name in use is refused by that name, and what is there stays."""
        folder.write_new("batch.csv", b"first")

        again = lambda: folder.write_new("batch.csv", b"second, and longer")  # noqa: E731
        refused(RemoteRefusedError, again, code="name_taken", retryable=False, where={"file": "batch.csv"})
        found = folder.stat("batch.csv")
        assert found is not None
        assert found.size == 5

    def test_rename(self, folder: RemoteFolder) -> None:
        """A renamed file has only its new name, and all its bytes."""
        folder.write_new(".batch.part", b"manifest")
        folder.rename(".batch.part", "batch.csv")

        assert [(file.name, file.size) for file in folder.list()] == [("batch.csv", 8)]

    def test_rename_never_replaces(self, folder: RemoteFolder) -> None:
        """Renaming to a name in use is refused by that name, and both files stay as they were."""
        folder.write_new(".batch.part", b"second, and longer")
        folder.write_new("batch.csv", b"first")

        over = lambda: folder.rename(".batch.part", "batch.csv")  # noqa: E731
        refused(RemoteRefusedError, over, code="name_taken", retryable=False, where={"file": "batch.csv"})
        assert [(file.name, file.size) for file in folder.list()] == [(".batch.part", 18), ("batch.csv", 5)]

    def test_rename_to_itself(self, folder: RemoteFolder) -> None:
        """Renaming a file to its own name is refused, and the file stays."""
        folder.write_new("batch.csv", b"first")

        with pytest.raises(RemoteRefusedError):
            folder.rename("batch.csv", "batch.csv")
        assert [file.name for file in folder.list()] == ["batch.csv"]

    def test_rename_absent(self, folder: RemoteFolder) -> None:
        """Renaming what is not there is refused by its name, and makes nothing."""
        absent = lambda: folder.rename("absent.part", "batch.csv")  # noqa: E731
        refused(RemoteRefusedError, absent, code="no_such_file", where={"file": "absent.part"})
        assert tuple(folder.list()) == ()

    def test_remove(self, folder: RemoteFolder) -> None:
        """Removing frees the name, and removing again changes nothing."""
        folder.write_new("old.part", b"x")
        folder.remove("old.part")
        folder.remove("old.part")

        assert folder.stat("old.part") is None
        folder.write_new("old.part", b"y")

    def test_progress(self, folder: RemoteFolder) -> None:
        """Who asks is told how many bytes have left, in the end all of them."""
        heard: list[int] = []
        content = b"%PDF" * 100_000
        folder.write_new("1001.pdf", content, heard.append)

        assert heard == sorted(heard)
        assert heard[-1:] == [len(content)]

    def test_stopped_by_the_listener(self, folder: RemoteFolder) -> None:
        """What the listener raises ends the writing, and the folder can be used afterwards."""

        class EnoughError(Exception):
            pass

        def stop(done: int) -> None:
            raise EnoughError

        with pytest.raises(EnoughError):
            folder.write_new(".1001.part", b"%PDF" * 100_000, stop)
        folder.write_new("1001.pdf", b"x")
        assert folder.stat("1001.pdf") is not None

    def test_digest(self, folder: RemoteFolder) -> None:
        """What is stored can be read back to its hash; what is not there has none."""
        content = b"%PDF" * 50_000
        folder.write_new("1001.pdf", content)
        folder.write_new("empty.csv", b"")

        assert folder.digest("1001.pdf") == hashlib.sha256(content).hexdigest()
        assert folder.digest("empty.csv") == hashlib.sha256(b"").hexdigest()
        assert folder.digest("nobody.pdf") is None

    def test_facts(self, folder: RemoteFolder) -> None:
        """Whether renaming is one step is known, and the mark of a credential is the same each time."""
        assert folder.renames_at_once() in ((True, False) if self.at_once is None else (self.at_once,))
        assert folder.credential_mark("salt") == folder.credential_mark("salt")

    def test_names(self, folder: RemoteFolder) -> None:
        """A name that could lead elsewhere or be misread is refused by every verb, and nothing is done."""
        folder.write_new("fine.csv", b"x")
        verbs: list[Callable[[str], object]] = [
            folder.stat,
            lambda name: folder.write_new(name, b"x"),
            lambda name: folder.rename("fine.csv", name),
            lambda name: folder.rename(name, "other.csv"),
            folder.remove,
            folder.digest,
        ]
        for name in FORBIDDEN_NAMES:
            for verb in verbs:
                with pytest.raises(RemoteRefusedError) as caught:
                    verb(name)
                assert (caught.value.code, name) == ("illegal_name", name)
                assert name.startswith(caught.value.where["file"])
            error = refused(RemoteRefusedError, partial(folder.stat, name), code="illegal_name")
            assert error.remedy != RemoteRefusedError.remedy, "it does not say what to do"
        assert [file.name for file in folder.list()] == ["fine.csv"]

    def test_longest_name(self, folder: RemoteFolder) -> None:
        """A name of a hundred characters of the allowed set is fine."""
        name = "A-z_0.9" + "x" * 93
        folder.write_new(name, b"x")

        assert folder.stat(name) is not None
