"""How fast packets are bound, beside a bare merge of the same parts with pikepdf.

The bare merge opens the parts, copies the pages and writes the file, in this process, with no
notice, no check and no limits: what nobody may send.  Both run one after the other on the same 500
loads; the ratio is what counts, not the seconds.
"""

from __future__ import annotations

import datetime as dt
import gc
import io
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import img2pdf
import pikepdf
import pytest
from PIL import Image

from factoring_core.adapters.documents.binder import PdfBinder
from factoring_core.adapters.documents.bindery import Bindery
from factoring_core.adapters.documents.bindery_process import Processes
from factoring_core.adapters.documents.samples import SampleTrip, sample_invoice, sample_rate_confirmation
from factoring_core.ports.packet_binder import Packet, PacketBinder, PacketOrder, Paper

LOADS = 500
NOTICE = (
    "NOTICE OF ASSIGNMENT. This invoice has been sold and assigned to Example Capital, P.O. Box 1234, "
    "Dallas, TX 75201. Pay Example Capital only: payment to anybody else does not discharge the debt."
)


def scan() -> bytes:
    """A proof of delivery of two scanned pages, about 340 kB."""
    pages = []
    for _ in range(2):
        file = io.BytesIO()
        Image.effect_noise((1240, 1650), 30).save(file, "JPEG", quality=15)
        pages.append(file.getvalue())
    made: bytes = img2pdf.convert(pages, nodate=True)
    return made


POD = scan()


def papers(number: int) -> tuple[Paper, ...]:
    trip = SampleTrip(
        load_number=f"L-{number}",
        invoice_number=f"INV-{number:05}",
        carrier="Acme East LLC",
        customer="Blue Freight Brokers",
        origin="Laredo, TX",
        destination="Atlanta, GA",
        picked_up_on=dt.date(2026, 3, 1),
        delivered_on=dt.date(2026, 3, 3),
        amount=245_000 + number,
    )
    return (
        Paper(kind="invoice", name="invoice.pdf", content=sample_invoice(trip), noticed=True),
        Paper(kind="pod", name="pod.pdf", content=POD),
        Paper(kind="rate confirmation", name="rc.pdf", content=sample_rate_confirmation(trip)),
    )


def bare(parts: tuple[Paper, ...]) -> bytes:
    file = io.BytesIO()
    with pikepdf.new() as packet:
        opened = [pikepdf.open(io.BytesIO(part.content)) for part in parts]
        for one in opened:
            packet.pages.extend(one.pages)
        packet.save(file)
        for one in opened:
            one.close()
    return file.getvalue()


def timed(run: Callable[[], int]) -> tuple[float, int]:
    gc.collect()
    started = time.perf_counter()
    total = run()
    return time.perf_counter() - started, total


def bound(binder: PacketBinder, orders: list[PacketOrder]) -> int:
    total = 0
    for packet in binder.bind_all(iter(orders)):
        assert isinstance(packet, Packet)
        assert packet.pages == 5
        total += len(packet.content)
    return total


def peak(process: int | str) -> str:
    """Say how much memory a process had in use at most, by its own count."""
    status = Path(f"/proc/{process}/status").read_text()
    return f"{int(status.split('VmHWM:')[1].split()[0]) / 1024:5.0f} MiB"


@pytest.fixture(scope="module")
def orders() -> list[PacketOrder]:
    return [PacketOrder(papers=papers(n), notice=NOTICE, title=f"Invoice {n}") for n in range(LOADS)]


def test_packets_beside_a_bare_merge(orders: list[PacketOrder]) -> None:
    """Prints the ratios; takes the best of five, turn about, because the machine may be busy."""
    merges, ones, alls = [], [], []
    bindery, here = Bindery(), PdfBinder()
    for _ in range(5):
        merges.append(timed(lambda: sum(len(bare(order.papers)) for order in orders)))
        alls.append(timed(lambda: bound(bindery, orders)))
        ones.append(timed(lambda: bound(here, orders)))
    bindery.close()
    floor, size = min(merges)
    print(f"\n{LOADS} packets, {size / LOADS / 1024:.0f} KiB each, {os.cpu_count()} cores")
    for what, (seconds, _) in {
        "bare merge, this process": (floor, size),
        "bindery: notice, checks, limits": min(alls),
        "the same work in this process": min(ones),
    }.items():
        print(f"{what:34} {seconds:6.2f} s {LOADS / seconds:7.0f} packets/s {seconds / floor:6.2f} x")


def test_memory_is_flat_in_the_number_of_loads(orders: list[PacketOrder]) -> None:
    """Prints what this process and one of its children needed at most, after more and more packets."""
    processes = Processes()
    bindery = Bindery(processes)

    def many(count: int) -> Iterator[PacketOrder]:
        return (orders[number % LOADS] for number in range(count))

    print()
    for count in (50, 500, 2000):
        for _ in bindery.bind_all(many(count)):
            pass
        print(f"{count:5} packets: this process {peak('self')}, a child {peak(processes._free[0].id)}")
    bindery.close()
