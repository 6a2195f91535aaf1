"""Batches that go as one archive: sealed with their files beside it, delivered once, and alone."""

import contextlib
import io
import zipfile
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st

from factoring_core.domain.selling.batch import Batch, BatchState, FileRole
from factoring_core.domain.vocabulary.profile import Packaging, ProviderProfile
from factoring_core.errors import (
    ConfigurationError,
    DeliveryInDoubtError,
    StoreCorruptError,
    UnreachableError,
)
from factoring_core.usecases.delivering.batch_acts import batch_files, settle
from factoring_core.usecases.delivering.resume import resume
from factoring_core.usecases.delivering.submit import submit
from usecases.desk import BLUE, Desk, connection, manual

ZIPPED = ProviderProfile(id="zipped", name="Zipped", mode="file_transfer", packaging=Packaging.ZIP)
DOWN = UnreachableError("The line is down.")
LOST = DeliveryInDoubtError("The reply was lost.")


def zipping(**more: Any) -> Desk:
    return Desk(connection(provider="zipped"), profiles=[ZIPPED], **more)


def one_batch(desk: Desk, *numbers: str) -> Batch:
    for number in numbers or ("L-1",):
        desk.queued(number)
    (batch,) = submit(desk.ports, "east").batches
    return batch


def unzipped(content: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {one.filename: archive.read(one) for one in archive.infolist()}


def archive_of(desk: Desk, batch: Batch) -> bytes:
    (archive,) = [file for file in batch.files if file.role is FileRole.ARCHIVE]
    return desk.blobs.get(archive.sha256)


@pytest.mark.parametrize("provider", ["compass", "wex_fleetone_ftp"])
def test_one_dated_archive_goes_over_the_wire(provider: str) -> None:
    blue = evolve(BLUE, debtor_numbers={provider: "77"})
    desk = Desk(connection(provider=provider), customers=[blue])
    batch = one_batch(desk, "L-2", "L-1")

    assert batch.state is BatchState.DELIVERED
    assert desk.names() == [f"invoices_20260302_1_{batch.id[:8]}.zip"]
    sent = desk.folder.take(desk.names()[0])
    assert sent == archive_of(desk, batch)
    assert sent is not None
    assert list(unzipped(sent)) == ["INV-L-1.pdf", "INV-L-2.pdf", f"invoices_1_{batch.id[:8]}.csv"]
    assert [file.role for file in batch.files] == [FileRole.PACKET] * 2 + [
        FileRole.MANIFEST,
        FileRole.ARCHIVE,
    ]
    assert desk.status("L-1") == desk.status("L-2") == "invoiced"


def test_what_a_person_takes_out_is_the_list_and_the_packets_and_never_the_archive() -> None:
    desk = zipping()
    batch = one_batch(desk, "L-1", "L-2")
    _, files = batch_files(desk.ports, "1")

    assert dict(files) == unzipped(archive_of(desk, batch))
    assert [name for name, _ in files if name.endswith(".pdf")] == ["INV-L-1.pdf", "INV-L-2.pdf"]
    assert len(files) == 3


def test_a_manual_connection_hands_out_the_same_files() -> None:
    desk = Desk(manual(provider="zipped"), profiles=[ZIPPED])
    batch = one_batch(desk)
    assert batch.state is BatchState.SEALED
    assert [name for name, _ in batch_files(desk.ports, "1")[1]] == [
        "INV-L-1.pdf",
        f"invoices_1_{batch.id[:8]}.csv",
    ]


@settings(max_examples=25, deadline=None)
@given(st.lists(st.text(alphabet="aAbB09/_- é", max_size=8), min_size=1, max_size=6))
def test_the_same_batch_is_the_same_archive_and_holds_exactly_its_files(endings: list[str]) -> None:
    loads = [f"L-{at}" for at in range(len(endings))]
    made = []
    for named in (loads, loads[::-1]):
        desk = zipping()
        for at, ending in enumerate(endings):
            desk.queued(f"L-{at}", invoice=f"N{at}x{ending}".strip())
        (batch,) = submit(desk.ports, "east", named).batches
        inside = {file.name: desk.blobs.get(file.sha256) for file in batch.files[:-1]}
        assert unzipped(archive_of(desk, batch)) == inside
        made.append((batch.id, batch.files, archive_of(desk, batch)))
    assert made[0] == made[1]
    assert len(made[0][1]) == len(endings) + 2


def test_a_dry_run_packs_nothing_and_foretells_the_rest() -> None:
    desk = zipping()
    desk.queued("L-1")
    (draft,) = submit(desk.ports, "east", dry_run=True).batches
    (batch,) = submit(desk.ports, "east").batches
    assert (draft.id, draft.files) == (batch.id, batch.files[:-1])


def test_a_name_that_no_archive_can_have_is_refused_before_anything_is_sealed() -> None:
    wrong = evolve(ZIPPED, archive_name="{batch_number}.csv")
    desk = Desk(connection(provider="zipped"), profiles=[wrong])
    desk.queued("L-1")
    with pytest.raises(ConfigurationError, match="archive"):
        submit(desk.ports, "east")
    assert desk.batches() == []


def test_sent_again_after_a_word_of_doubt_it_is_the_same_archive() -> None:
    desk = zipping()
    batch = one_batch(desk)
    first = desk.folder.take(batch.files[-1].name)
    settle(desk.ports, "1", delivered=False, reason="they never got it")
    assert resume(desk.ports).batches[0].files == batch.files
    assert desk.folder.take(batch.files[-1].name) == first


def test_an_archive_that_holds_something_else_than_what_was_sealed_is_never_sent() -> None:
    desk = zipping()
    desk.queued("L-1")
    desk.ports = evolve(desk.ports, folder=lambda _: _down())
    (batch,) = submit(desk.ports, "east").batches
    assert batch.state is BatchState.SEALED
    other = desk.blobs.put(b"PK something else")
    with desk.store.transaction("acme") as tx:
        tx.put(evolve(batch, files=(*batch.files[:-1], evolve(batch.files[-1], sha256=other, size=17))))
    desk.ports = evolve(desk.ports, folder=desk._open)
    with pytest.raises(StoreCorruptError):
        resume(desk.ports)
    assert desk.names() == []


def _down() -> Any:
    raise DOWN


class CrashError(BaseException):
    """The process dies here."""


class TrippedFolder:
    """Dies or fails at the n-th call, before or after it."""

    def __init__(self, folder: Any, at: int, what: BaseException, *, after: bool) -> None:
        self.folder, self.left, self.what, self.after = folder, at, what, after

    def __getattr__(self, name: str) -> Callable[..., Any]:
        act = getattr(self.folder, name)

        def call(*given: Any) -> Any:
            self.left -= 1
            if self.left == 0 and not self.after:
                raise self.what
            result = act(*given)
            if self.left == 0:
                raise self.what
            return result

        return call


def broken_off(what: BaseException, at: int, *, after: bool, consumes: bool) -> bool:
    """Break a submission at one call of the folder, resume it, check the end; say if there is such a call."""
    published: Counter[str] = Counter()

    def arrive(name: str, _: bytes) -> None:
        if not name.endswith(".part"):
            published[name] += 1
            if consumes:
                desk.folder.take(name)

    desk = zipping(on_arrival=arrive)
    desk.queued("L-1")
    desk.queued("L-2")
    folder = TrippedFolder(desk.folder, at, what, after=after)
    desk.ports = evolve(desk.ports, folder=lambda _: folder)
    with contextlib.suppress(CrashError):
        submit(desk.ports, "east")
    desk.ports = evolve(desk.ports, folder=desk._open)
    assert resume(desk.killed()).error is None
    (batch,) = desk.batches()
    assert batch.state is BatchState.DELIVERED
    assert published == {batch.files[-1].name: 1}
    assert desk.status("L-1") == desk.status("L-2") == "invoiced"
    assert [name for name in desk.names() if name.endswith(".part")] == []
    return folder.left <= 0


@pytest.mark.parametrize("consumes", [False, True], ids=["keeps", "consumes"])
@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("what", [CrashError(), DOWN, LOST], ids=["crash", "unreachable", "lost"])
def test_whatever_breaks_the_archive_arrives_once(what: BaseException, after: bool, consumes: bool) -> None:
    at = 1
    while broken_off(what, at, after=after, consumes=consumes):
        at += 1
    assert at > 5
