"""The processes that open documents: one serves many, dies alone, and says of what."""

from __future__ import annotations

import gc
import io
import os
import signal
import subprocess
import sys
import time
import tracemalloc
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageChops, ImageStat

from adapters.documents.made import NOTICE, invoice, page_picture, paper, texts
from factoring_core.adapters.documents import bindery as bindery_module
from factoring_core.adapters.documents import bindery_process
from factoring_core.adapters.documents.binder import PdfBinder
from factoring_core.adapters.documents.bindery import Bindery
from factoring_core.adapters.documents.bindery_process import EndedError, Process, Processes
from factoring_core.adapters.documents.frames import BrokenFrameError, read_frame, write_frame
from factoring_core.adapters.documents.thumbnail import first_page_png
from factoring_core.adapters.documents.whereabouts import Whereabouts, shared_file
from factoring_core.errors import DocumentError, MissingExtraError
from factoring_core.ports.packet_binder import Packet, PacketBinder, PacketOrder, Paper
from factoring_core.wiring.late import LateBinder

ORDER = PacketOrder(papers=(paper(invoice()),), notice=NOTICE, title="Invoice 1")


@pytest.fixture(scope="module")
def bindery() -> Iterator[Bindery]:
    made = Bindery(Processes(most=2))
    yield made
    made.close()


def bound(binder: PacketBinder, order: PacketOrder = ORDER) -> Packet:
    return binder.bind(order.papers, notice=order.notice, title=order.title)


def test_elsewhere_gives_the_same_bytes_as_here(bindery: Bindery) -> None:
    assert bound(PdfBinder()) == bound(bindery) == bound(LateBinder())
    assert list(LateBinder().bind_all([ORDER])) == [bound(bindery)]
    LateBinder().check(ORDER.papers[0])


def test_many_come_back_in_their_order(bindery: Bindery) -> None:
    orders = [
        PacketOrder(papers=(paper(invoice(title=f"Invoice {number}")),), notice=None, title=str(number))
        for number in range(25)
    ]
    found = [texts(one.content)[0] for one in bindery.bind_all(orders) if isinstance(one, Packet)]
    assert [f"Invoice {number}" for number in range(25)] == [text.split("\n")[0] for text in found]


def test_orders_are_read_only_a_little_ahead(bindery: Bindery) -> None:
    read = 0

    def orders() -> Iterator[PacketOrder]:
        nonlocal read
        while read < 100:
            read += 1
            yield ORDER

    results = bindery.bind_all(orders())
    for taken in range(1, 30):
        next(results)
        assert read <= taken + 9
    results.close()  # type: ignore[attr-defined]
    assert read < 50


def test_one_process_serves_many_packets() -> None:
    processes = Processes(most=1)
    bindery = Bindery(processes)
    ids = set()
    for _ in range(3):
        bound(bindery)
        ids.add(processes._free[0].id)
    bindery.close()
    assert 1 == len(ids)


def test_a_process_that_was_killed_between_packets_is_replaced(bindery: Bindery) -> None:
    bound(bindery)
    for process in bindery._processes._free:
        os.kill(process.id, signal.SIGKILL)
    time.sleep(0.05)
    assert bound(bindery) == bound(PdfBinder())


CHILD = """
import os, sys, time, json
sys.path[:] = json.loads(sys.argv[1])["path"]
from factoring_core.adapters.documents.frames import read_frame, write_frame
from factoring_core.adapters.documents.whereabouts import Whereabouts
out = os.fdopen(os.dup(1), "wb")
here = Whereabouts(2)
count = 0
while True:
    order, contents = read_frame(sys.stdin.buffer)
    count += 1
    said = contents[0].decode()
    here.say(99 if said == "lost" else len(order["papers"]), 7)
    if said in ("abort", "lost") or (said == "tired" and count > 1):
        os.abort()
    if said == "sleep":
        time.sleep(60)
    if said == "memory":
        write_frame(out, {"ended": "memory"}); sys.exit()
    if said == "surprise":
        write_frame(out, {"ended": "KeyError: 'x'"}); sys.exit()
    if said == "rubbish":
        out.write(b"\\xff" * 99); out.flush(); sys.exit()
    write_frame(out, {"pages": 1, "notes": [], "peak": 0}, [b"done"])
"""


@pytest.fixture
def acted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Bindery:
    """A bindery whose process does what the papers say."""
    script = tmp_path / "child.py"
    script.write_text(CHILD)
    monkeypatch.setattr(bindery_process, "_CHILD", script)
    return Bindery(Processes(most=1, wall=1.0))


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ("abort", "parser_crashed"),
        ("surprise", "parser_crashed"),
        ("rubbish", "parser_crashed"),
        ("memory", "parser_memory"),
        ("sleep", "parser_timeout"),
    ],
)
def test_a_death_names_the_paper_and_the_page(acted: Bindery, said: str, code: str) -> None:
    with pytest.raises(DocumentError) as caught:
        acted.check(paper(said.encode(), name="pod.pdf", kind="pod"))
    assert code == caught.value.code
    assert {"document": "pod.pdf", "kind": "pod", "page": 7} == caught.value.where
    assert b"done" == acted.bind([paper(b"ok")], notice=None, title="").content
    acted.close()


def test_a_death_in_a_place_that_does_not_exist_names_the_packet(acted: Bindery) -> None:
    """Whoever takes over the process can write any number where it says where it is."""
    with pytest.raises(DocumentError, match=r"^One of the papers of Invoice 1 ended") as caught:
        acted.bind([paper(b"lost")], notice=None, title="Invoice 1")
    assert {"packet": "Invoice 1"} == caught.value.where
    acted.close()


def test_a_paper_without_pages_yet_is_named_alone() -> None:
    """A document that ends the process while it is opened has no page to name."""
    with shared_file() as file:
        here, there = Whereabouts(file.fileno()), Whereabouts(file.fileno())
    there.say(2, 0)
    error = bindery_module._blamed(
        PacketOrder(papers=(paper(b""), paper(b"", name="pod.pdf", kind="pod")), notice=None, title="x"),
        EndedError("crash", *here.last()),
    )
    assert {"document": "pod.pdf", "kind": "pod"} == error.where
    assert "pod.pdf ended the process that read it." == error.message


def test_what_died_of_others_papers_is_tried_again_by_itself(acted: Bindery) -> None:
    assert [acted.bind([paper(b"tired")], notice=None, title="").content for _ in range(3)] == [b"done"] * 3
    acted.close()


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="no such limits there")
@pytest.mark.parametrize(
    ("limits", "code"), [({"seconds": 1}, "parser_timeout"), ({"memory": 260 * 2**20}, "parser_memory")]
)
def test_the_limits_of_the_system_hold(limits: Any, code: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A photo that takes long to unpack, and one that takes much memory."""
    bindery = Bindery(Processes(most=1, **limits))
    large = io.BytesIO()
    Image.new("RGB", (7_000, 7_000)).save(large, "PNG", compress_level=1)
    photos = [Paper(kind="pod", name=f"{n}.png", content=large.getvalue()) for n in range(14)]
    with pytest.raises(DocumentError) as caught:
        bindery.bind(photos, notice=None, title="x")
    assert code == caught.value.code
    assert caught.value.where["document"].endswith(".png")
    bindery.close()


def test_a_missing_package_is_said_here_and_not_by_a_process(
    bindery: Bindery, monkeypatch: pytest.MonkeyPatch
) -> None:
    bindery.close()
    monkeypatch.setattr(bindery_process, "_NEEDED", ("pikepdf", "no_such_package"))
    with pytest.raises(MissingExtraError, match="no_such_package"):
        bound(bindery)


def test_a_fork_leaves_the_pipes_to_its_parent(bindery: Bindery, monkeypatch: pytest.MonkeyPatch) -> None:
    bound(bindery)
    mine = bindery._processes._free[0]
    monkeypatch.setattr(bindery._processes, "_owner", -1)
    bound(bindery)
    assert mine not in bindery._processes._free
    mine.close()


def test_a_process_that_grew_is_retired(bindery: Bindery, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bindery_module, "_RETIRED_AT", 1)
    bindery.close()
    bound(bindery)
    assert [] == bindery._processes._free


def test_a_large_host_does_not_make_its_processes_look_large() -> None:
    """A child inherits the peak of its parent in the resource counters; its own is what counts."""
    code = "from factoring_core.adapters.documents.bindery_child import peak; print(peak())"
    large = bytearray(os.urandom(2**20) * 400)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    del large
    assert 0 < int(done.stdout) < 300 * 1024


def test_processes_end_with_their_bindery() -> None:
    bindery = Bindery(Processes(most=1))
    bound(bindery)
    process = bindery._processes._free[0]
    del bindery
    gc.collect()
    assert not process.alive


def test_memory_does_not_grow_with_the_number_of_packets(bindery: Bindery) -> None:
    peaks = []
    for count in (20, 120):
        tracemalloc.start()
        for _ in bindery.bind_all(ORDER for _ in range(count)):
            pass
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < 1.3 * peaks[0] + 200_000


def test_frames_carry_anything_and_refuse_what_is_none() -> None:
    pipe = io.BytesIO()
    write_frame(pipe, {"a": "é"}, [b"", b"\0\xff"])
    whole = pipe.getvalue()
    assert read_frame(io.BytesIO(whole)) == ({"a": "é"}, [b"", b"\0\xff"])
    for broken in [
        b"",
        whole[:-1],
        whole[:9],
        b"\xff" * 8,
        b"\0\0\0\x02[]",
        b"\0\0\0\x0e" + b'{"sizes":[-1]}',
    ]:
        with pytest.raises(BrokenFrameError):
            read_frame(io.BytesIO(broken))


def test_a_process_that_is_closed_cannot_be_asked() -> None:
    process = Process()
    process.close()
    with pytest.raises(EndedError):
        process.ask({}, [])


def test_a_thumbnail_shows_the_first_page_in_the_width_asked_for() -> None:
    packet = bound(PdfBinder()).content
    with Image.open(io.BytesIO(first_page_png(packet, 200))) as small:
        assert ("PNG", (200, 259)) == (small.format, small.size)
        likeness = page_picture(packet).resize(small.size)
        differs = ImageChops.difference(small.convert("L"), likeness.convert("L"))
    assert ImageStat.Stat(differs).mean[0] < 8
    with pytest.raises(DocumentError):
        first_page_png(b"no", 100)
