"""What goes into the packet of a load, in which order, and what is said when it cannot."""

import datetime as dt
from collections.abc import Iterable

import pytest
from attrs import evolve

from factoring_core.adapters.documents.bindery import Bindery
from factoring_core.adapters.documents.samples import sample_pdf
from factoring_core.domain.selling.documents import in_packet_order
from factoring_core.domain.vocabulary.events import AuditEntry
from factoring_core.domain.vocabulary.load import DocumentKind, Load
from factoring_core.domain.vocabulary.packet_rules import PacketRules
from factoring_core.domain.vocabulary.parties import Notice, Severity
from factoring_core.domain.vocabulary.profile import ProviderProfile
from factoring_core.errors import DocumentError
from factoring_core.ports.invoice_drawer import InvoiceSheet
from factoring_core.ports.packet_binder import Packet
from factoring_core.providers.load import load_profile
from factoring_core.usecases.delivering.submit import submit
from factoring_core.usecases.results import PreflightResult, Refusal
from factoring_core.usecases.selling.packets import Wanted, bind_packet, bind_packets_of
from factoring_core.usecases.selling.preflight import preflight
from factoring_core.usecases.selling.preview_packet import preview_packet
from usecases.desk import BLUE, DAMAGED, EAST, NOTICE, Desk, PlainBinder, connection

K = DocumentKind


def ruled(**rules: object) -> ProviderProfile:
    return evolve(load_profile("winfactor"), packet=PacketRules(**rules))  # type: ignore[arg-type]


def wanted(load: Load, notice: str | None = NOTICE.text) -> Wanted:
    return Wanted(load=load, customer=BLUE, subsidiary=EAST, notice=notice)


def said(result: PreflightResult) -> dict[str, list[str]]:
    return {one.load: [reason.message for reason in one.reasons] for one in result.refused}


def coded(refused: Iterable[Refusal]) -> dict[str, list[str]]:
    return {one.load: [reason.code for reason in one.reasons] for one in refused}


def test_receipts_and_tickets_follow_the_papers_that_every_load_needs() -> None:
    desk = Desk()
    load = desk.queued("L-1")
    extra = (desk.paper(K.SCALE_TICKET, b"ticket\n"), desk.paper(K.LUMPER_RECEIPT, b"receipt\n"))
    desk.keep(evolve(load, documents=(*extra, *load.documents)))
    lines = preview_packet(desk.ports, "L-1").decode().splitlines()[2:]
    assert lines == ["L-1 invoice", "L-1 pod", "L-1 rate_confirmation", "receipt", "ticket"]


def test_the_profile_orders_the_papers_and_leaves_kinds_behind() -> None:
    order = (K.INVOICE, K.RATE_CONFIRMATION, K.POD)
    desk = Desk(profiles=[ruled(order=order)])
    load = desk.queued("L-1")
    desk.keep(evolve(load, documents=(*load.documents, desk.paper(K.LUMPER_RECEIPT, b"receipt\n"))))
    lines = preview_packet(desk.ports, "L-1").decode().splitlines()[2:]
    assert lines == ["L-1 invoice", "L-1 rate_confirmation", "L-1 pod"]
    assert [one.kind for one in in_packet_order(load, order)] == list(order)


def test_the_notice_in_force_when_the_batch_is_sealed_is_carried() -> None:
    notices = (NOTICE, Notice(from_on=dt.date(2026, 3, 2), text="Pay Newer Capital."))
    desk = Desk(connection(notices=notices))
    desk.queued("L-1")
    submit(desk.ports, "east")
    packet = desk.folder.take("INV-L-1.pdf")
    assert packet is not None
    assert b"Pay Newer Capital." in packet
    assert NOTICE.text.encode() not in packet


def test_pages_bytes_and_notes_are_kept_with_the_batch_and_notes_in_the_trail() -> None:
    class Noting(PlainBinder):
        def bind(self, *given: object, **named: object) -> Packet:  # type: ignore[override]
            packet = super().bind(*given, **named)  # type: ignore[arg-type]
            return evolve(packet, notes=("pod.pdf: a script was left out.",))

    desk = Desk(binder=Noting())
    desk.queued("L-1")
    (batch,) = submit(desk.ports, "east").batches
    packet = desk.batch(batch.id).files[0]
    content = desk.folder.take("INV-L-1.pdf")
    assert content is not None
    assert (packet.pages, packet.size) == (3, len(content))
    assert packet.notes == ("pod.pdf: a script was left out.",)
    with desk.store.reading("acme") as tx:
        (entry,) = (one for one in tx.find(AuditEntry) if one.action == "seal_batch")
    assert entry.detail["notes"] == {"INV-L-1.pdf": ["pod.pdf: a script was left out."]}


def test_a_missing_paper_names_its_load_and_keeps_the_others_from_nothing() -> None:
    """P26: two of fifty loads lack a paper; nothing is sealed only where all or nothing was asked."""
    desk = Desk()
    for number in range(50):
        load = desk.queued(f"L-{number:02}")
        lacking = {7: K.POD, 31: K.RATE_CONFIRMATION}.get(number)
        desk.keep(evolve(load, documents=tuple(one for one in load.documents if one.kind is not lacking)))
    expected = {"L-07": ["missing_pod"], "L-31": ["missing_rate_confirmation"]}

    refused = submit(desk.ports, "east", all_or_nothing=True)
    assert coded(refused.refused) == expected
    assert (list(refused.batches), list(desk.batches())) == ([], [])
    result = submit(desk.ports, "east")
    assert coded(result.refused) == expected
    assert [len(batch.loads) for batch in result.batches] == [48]


def test_papers_of_strangers_cost_their_own_loads_only() -> None:
    """Bad documents by the real binder, in processes: each is named, and the rest is sealed."""
    good = sample_pdf("Paper", ["of a load"])
    bad = {"L-1": good[: len(good) // 2], "L-3": b"Dear clerk", "L-4": b"%PDF-1.7"}
    bindery = Bindery()
    desk = Desk(binder=bindery)
    for number in range(6):
        name = f"L-{number}"
        scan = bad.get(name, good)
        papers = (desk.paper(K.INVOICE, good), desk.paper(K.POD, scan), desk.paper(K.RATE_CONFIRMATION, good))
        desk.queued(name, documents=papers)
    result = submit(desk.ports, "east")
    bindery.close()

    assert coded(result.refused) == {load: ["damaged_document"] for load in bad}
    assert all("pod.pdf" in one.reasons[0].message for one in result.refused)
    assert [batch.loads for batch in result.batches] == [("L-0", "L-2", "L-5")]
    packets = [file for batch in result.batches for file in batch.files if file.load]
    assert [(file.load, file.pages) for file in packets] == [("L-0", 3), ("L-2", 3), ("L-5", 3)]


def test_one_file_given_as_two_papers_is_worth_a_look_and_no_more() -> None:
    """P27."""
    desk = Desk()
    load = desk.queued("L-1")
    twice = tuple(desk.paper(kind, b"same") for kind in (K.POD, K.RATE_CONFIRMATION))
    desk.keep(evolve(load, documents=(load.documents[0], *twice)))
    result = preflight(desk.ports, "east")
    assert [one.load for one in result.eligible] == ["L-1"]
    ((reason,),) = (one.reasons for one in result.warnings)
    assert reason.code == "damaged_document"
    assert "rate_confirmation.pdf is given as proof of delivery and as rate confirmation" in reason.message


def test_a_paper_of_another_load_is_worth_a_look_and_no_more() -> None:
    """P28."""
    desk = Desk()
    pod = desk.paper(K.POD, b"the same scan")
    for number in ("L-1", "L-2"):
        load = desk.queued(number)
        desk.keep(evolve(load, documents=(*(one for one in load.documents if one.kind is not K.POD), pod)))
    result = preflight(desk.ports, "east")
    assert [one.load for one in result.eligible] == ["L-1", "L-2"]
    said_of = {one.load: [reason.message for reason in one.reasons] for one in result.warnings}
    assert "pod.pdf is a paper of load L-2 as well" in said_of["L-1"][0]
    assert "pod.pdf is a paper of load L-1 as well" in said_of["L-2"][0]


def test_a_packet_above_the_providers_limit_is_a_provider_limit() -> None:
    desk = Desk(profiles=[ruled(max_bytes=10)])
    desk.queued("L-1")
    (refused,) = submit(desk.ports, "east").refused
    assert [reason.code for reason in refused.reasons] == ["provider_limit"]
    assert said(preflight(desk.ports, "east")) == {
        "L-1": ["The provider does not take this invoice this way: The packet is too large."]
    }


def test_everything_that_is_wrong_is_said_at_once() -> None:
    """A bad paper, an invoice that cannot be drawn, and a notice that cannot be printed."""
    desk = Desk(
        connection(notices=(evolve(NOTICE, text="☂"),)),
        subsidiaries=[evolve(EAST, generate_invoices=True, preflight={"damaged_document": Severity.OFF})],
        customers=[evolve(BLUE, name="Blue 株")],
    )
    pod = desk.paper(K.POD, DAMAGED)
    desk.queued("L-1", documents=(pod, desk.paper(K.RATE_CONFIRMATION, b"x")))
    (refused,) = preflight(desk.ports, "east").refused
    assert [reason.code for reason in refused.reasons] == ["damaged_document", "damaged_document"]
    desk.configured(customers=(BLUE,))
    (refused,) = preflight(desk.ports, "east").refused
    assert [reason.code for reason in refused.reasons] == ["damaged_document", "missing_noa"]


def test_packets_and_failures_come_in_the_order_of_the_loads() -> None:
    desk = Desk()
    loads = [desk.queued(f"L-{number}") for number in range(7)]
    for number in (0, 2, 3, 4, 6):
        loads[number] = evolve(loads[number], documents=(desk.paper(K.POD, DAMAGED),))
    results = list(bind_packets_of(desk.ports, [wanted(load) for load in loads]))
    assert [isinstance(one, Packet) for one in results] == [False, True, False, False, False, True, False]
    errors = [one for one in results if isinstance(one, DocumentError)]
    assert [one.where["load"] for one in errors] == ["L-0", "L-2", "L-3", "L-4", "L-6"]
    assert [one.code for one in errors] == ["damaged_pdf"] * 5


def test_without_any_document_there_is_nothing_to_look_at() -> None:
    desk = Desk()
    desk.queued("L-1", documents=())
    with pytest.raises(DocumentError) as caught:
        preview_packet(desk.ports, "L-1")
    assert caught.value.code == "missing_document"
    with pytest.raises(DocumentError):
        bind_packet(desk.ports, wanted(desk.queued("L-2", documents=())))


class SheetKeeper:
    def draw(self, sheet: InvoiceSheet) -> bytes:
        self.sheet = sheet
        return b"drawn\n"


@pytest.mark.parametrize(
    ("factor", "notices", "remit_to"),
    [
        (
            "Example Capital",
            (NOTICE,),
            ("Example Capital", "see the Notice of Assignment"),
        ),
        (None, (NOTICE,), ("see the Notice of Assignment",)),
        (None, (), ("Acme East LLC",)),
    ],
)
def test_a_drawn_invoice_says_whom_to_pay(
    factor: str | None, notices: tuple[Notice, ...], remit_to: tuple[str, ...]
) -> None:
    keeper = SheetKeeper()
    desk = Desk(
        connection(factor=factor, notices=notices),
        subsidiaries=[evolve(EAST, generate_invoices=True)],
        drawer=keeper,
    )
    load = desk.queued("L-1", truck_number="T-7", origin_city="Laredo", origin_state="TX")
    desk.keep(evolve(load, documents=load.documents[1:]))
    assert b"drawn" in preview_packet(desk.ports, "L-1")
    assert keeper.sheet.remit_to == remit_to
    assert keeper.sheet.carrier == ("Acme East LLC", "MC 123456", "DOT 7654321")
    assert keeper.sheet.bill_to == ("Blue Freight Brokers", "MC 998877")
    assert keeper.sheet.references == (("PO number", "PO-L-1"), ("Truck", "T-7"))
    assert (keeper.sheet.origin, keeper.sheet.destination) == ("Laredo, TX", None)
