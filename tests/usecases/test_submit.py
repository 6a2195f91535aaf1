"""Submitting: what is sealed, what is refused, what is only listed."""

import csv
import datetime as dt
import io
from collections.abc import Iterable, Iterator
from typing import Any

import pypdf
import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from factoring_core.adapters.chance.system import SystemChance
from factoring_core.adapters.documents.binder import PdfBinder
from factoring_core.adapters.documents.samples import sample_pdf
from factoring_core.domain.selling.batch import BatchState, FileRole
from factoring_core.domain.selling.identity import batch_id
from factoring_core.domain.vocabulary.load import DocumentKind, Load
from factoring_core.domain.vocabulary.parties import (
    InvoicedOn,
    InvoicingMethod,
    Protocol,
    SettlementPolicy,
    Severity,
    Terms,
)
from factoring_core.domain.vocabulary.profile import ProviderProfile
from factoring_core.errors import (
    AccessError,
    DeliveryInDoubtError,
    NotAvailableError,
    NotFoundError,
    RefusedLoadsError,
    StaleVersionError,
)
from factoring_core.ports.packet_binder import Packet, PacketOrder, Paper
from factoring_core.usecases.delivering.submit import submit
from factoring_core.usecases.ports import no_progress
from factoring_core.usecases.results import SubmitResult
from factoring_core.usecases.selling.preview_packet import preview_packet
from usecases.bringing import everything
from usecases.desk import BILLING, BLUE, DAMAGED, EAST, NOTICE, READER, Desk, connection, manual


def refused(result: SubmitResult) -> dict[str, list[str]]:
    return {one.load: [reason.code for reason in one.reasons] for one in result.refused}


def test_eligible_loads_are_sealed_delivered_and_invoiced() -> None:
    desk = Desk()
    desk.queued("L-2")
    desk.queued("L-1")
    result = submit(desk.ports, "east")
    (batch,) = result.batches
    assert (batch.state, batch.number, batch.loads) == (BatchState.DELIVERED, 1, ("L-1", "L-2"))
    assert (batch.amount, batch.currency, result.error) == (2000_00, "USD", None)
    assert batch.delivery is not None
    assert batch.delivery.evidence == "verified"
    assert desk.status("L-1") == desk.status("L-2") == "invoiced"
    assert desk.names() == ["INV-L-1.pdf", "INV-L-2.pdf", f"invoices_1_{batch.id[:8]}.csv"]
    assert batch.id == batch_id(batch.content_root)
    assert [action for action in desk.audited() if "batch" in action] == [
        "seal_batch",
        "send_batch",
        "deliver_batch",
    ]


def test_the_list_names_every_invoice_and_the_packet_holds_every_paper_behind_the_notice() -> None:
    desk = Desk()
    desk.queued("L-1")
    (batch,) = submit(desk.ports, "east").batches
    listed = desk.folder.take(batch.files[-1].name)
    assert listed is not None
    (row,) = csv.DictReader(io.StringIO(listed.decode()))
    assert (row["Invoice Number"], row["Invoice Amount"], row["Client Number"]) == (
        "INV-L-1",
        "1000.00",
        "A-17",
    )
    packet = desk.folder.take("INV-L-1.pdf")
    assert packet is not None
    assert packet.decode().splitlines() == [
        "%PDF-1.7 Invoice INV-L-1",
        "Pay to the order of Example Capital.",
        "L-1 invoice",
        "L-1 pod",
        "L-1 rate_confirmation",
    ]


def test_real_papers_become_one_real_packet() -> None:
    desk = Desk(binder=PdfBinder(), subsidiaries=[evolve(EAST, generate_invoices=True, mc_number=None)])
    papers = tuple(
        desk.paper(kind, sample_pdf(kind.value, ["x"]))
        for kind in (DocumentKind.RATE_CONFIRMATION, DocumentKind.POD)
    )
    desk.queued("L-1", documents=papers, origin_city="Laredo", origin_state="TX", reference_number="R")
    (batch,) = submit(desk.ports, "east").batches
    packet = desk.folder.take("INV-L-1.pdf")
    assert packet is not None
    pages = [page.extract_text() for page in pypdf.PdfReader(io.BytesIO(packet)).pages]
    assert batch.files[0].pages == len(pages) == 3
    words = ("FREIGHT INVOICE", "pod", "rate_confirmation")
    assert all(word in text for text, word in zip(pages, words, strict=True))
    assert ["Example Capital" in text for text in pages] == [True, False, False]


def test_a_sale_keeps_everything_as_it_was_when_it_was_sealed() -> None:
    subsidiary = evolve(EAST, settlement=SettlementPolicy.AS_REPORTED, tolerance=7)
    desk = Desk(connection(terms=Terms(recourse_days=90)), subsidiaries=[subsidiary])
    desk.queued("L-1", invoice="INV-0042", reference_number="R-1")
    (batch,) = submit(desk.ports, "east").batches
    (sale,) = desk.sales()
    assert (sale.batch, sale.batch_number, sale.live) == (batch.id, 1, True)
    assert (sale.canonical_number, sale.face, sale.customer_name) == ("42", 1000_00, BLUE.name)
    assert (sale.customer_mc_number, sale.po_number, sale.reference_number) == ("998877", "PO-L-1", "R-1")
    assert sale.frozen.settlement is SettlementPolicy.AS_REPORTED
    assert (sale.frozen.tolerance, sale.frozen.terms.recourse_days) == (7, 90)
    assert sale.sealed_on == dt.date(2026, 3, 2)


def test_what_fails_is_left_out_and_reported_and_the_rest_is_sent() -> None:
    desk = Desk()
    desk.queued("L-1")
    desk.queued("L-2", documents=())
    result = submit(desk.ports, "east")
    assert result.batches[0].loads == ("L-1",)
    assert refused(result) == {
        "L-2": ["missing_invoice_document", "missing_pod", "missing_rate_confirmation"]
    }


def test_a_paper_that_cannot_be_bound_refuses_its_load_whatever_the_policy() -> None:
    desk = Desk(subsidiaries=[evolve(EAST, preflight={"damaged_document": Severity.OFF})])
    desk.queued("L-1")
    pod = desk.paper(DocumentKind.POD, DAMAGED)
    others = tuple(one for one in desk.papers("L-2") if one.kind is not DocumentKind.POD)
    desk.queued("L-2", documents=(*others, pod))
    result = submit(desk.ports, "east")
    assert result.batches[0].loads == ("L-1",)
    assert refused(result) == {"L-2": ["damaged_document"]}


def test_a_load_without_any_paper_is_not_sent_even_where_papers_may_be_missing() -> None:
    off = dict.fromkeys(
        ("missing_invoice_document", "missing_pod", "missing_rate_confirmation"), Severity.WARN
    )
    desk = Desk(subsidiaries=[evolve(EAST, preflight=off)])
    desk.queued("L-1", documents=())
    result = submit(desk.ports, "east")
    assert (result.batches, refused(result)) == ((), {"L-1": ["damaged_document"]})
    assert [reason.code for reason in result.warnings[0].reasons] == list(off)


def test_a_notice_that_cannot_be_printed_is_a_missing_notice() -> None:
    desk = Desk(connection(notices=(evolve(NOTICE, text="☂"),)))
    desk.queued("L-1")
    assert refused(submit(desk.ports, "east")) == {"L-1": ["missing_noa"]}


def test_all_or_nothing_seals_nothing_when_one_load_fails() -> None:
    desk = Desk()
    desk.queued("L-1")
    desk.queued("L-2", documents=())
    result = submit(desk.ports, "east", all_or_nothing=True)
    assert isinstance(result.error, RefusedLoadsError)
    assert (result.batches, list(refused(result)), desk.batches()) == ((), ["L-2"], [])
    desk.keep(evolve(desk.queued("L-2")))
    assert submit(desk.ports, "east", all_or_nothing=True).batches[0].loads == ("L-1", "L-2")


def test_nothing_eligible_and_nothing_named_is_an_empty_answer() -> None:
    desk = Desk()
    desk.keep(Load(subsidiary="east", number="R", customer="blue"))
    assert submit(desk.ports, "east") == SubmitResult()


def test_named_loads_that_are_all_refused_are_only_refused() -> None:
    desk = Desk()
    desk.keep(Load(subsidiary="east", number="R", customer="blue"))
    result = submit(desk.ports, "east", ["R"])
    assert (result.batches, result.error, list(refused(result))) == ((), None, ["R"])


def test_a_named_load_in_a_live_batch_is_answered_with_that_batch() -> None:
    desk = Desk()
    desk.queued("L-1")
    (first,) = submit(desk.ports, "east").batches
    desk.queued("L-2")
    result = submit(desk.ports, "east", ["L-2", "L-1"])
    assert [batch.loads for batch in result.batches] == [("L-2",), ("L-1",)]
    assert result.batches[1].id == first.id
    assert refused(result) == {}
    again = submit(desk.ports, "east", ["L-1"], all_or_nothing=True)
    assert ([batch.id for batch in again.batches], again.error) == ([first.id], None)


def test_a_named_load_in_a_batch_in_doubt_is_answered_with_the_doubt() -> None:
    desk = Desk()
    desk.queued("L-1")
    (batch,) = submit(desk.ports, "east").batches
    with desk.store.transaction("acme") as tx:
        tx.put(evolve(batch, state=BatchState.IN_DOUBT, delivery=None))
    result = submit(desk.ports, "east", ["L-1"])
    assert isinstance(result.error, DeliveryInDoubtError)
    assert result.batches[0].state is BatchState.IN_DOUBT


def test_a_dry_run_says_what_would_happen_and_does_nothing() -> None:
    desk = Desk()
    desk.queued("L-0")
    submit(desk.ports, "east")
    desk.queued("L-1")
    desk.queued("L-2", documents=())
    before, blobs = everything(desk), dict(desk.blobs._kept)
    told = submit(desk.ports, "east", dry_run=True)
    assert everything(desk) == before
    assert desk.blobs._kept == blobs
    (draft,) = told.batches
    assert (draft.state, draft.number, draft.loads) == (BatchState.DRAFT, 2, ("L-1",))
    assert list(refused(told)) == ["L-2"]
    (batch,) = submit(desk.ports, "east").batches
    assert (batch.id, batch.files) == (draft.id, draft.files)
    spoiled = submit(desk.ports, "east", ["L-2"], dry_run=True, all_or_nothing=True)
    assert isinstance(spoiled.error, RefusedLoadsError)


def test_a_providers_row_limit_splits_in_order_of_the_invoices() -> None:
    small = ProviderProfile(id="small", name="Small", mode="x", max_rows=2)
    desk = Desk(connection(provider="small"), profiles=[small])
    for number in ("3", "1", "2"):
        desk.queued(number)
    result = submit(desk.ports, "east")
    assert [(one.number, one.loads) for one in result.batches] == [(1, ("1", "2")), (2, ("3",))]
    told = submit(Desk(connection(provider="small"), profiles=[small]).ports, "east", dry_run=True)
    assert told.batches == ()


def test_a_dry_run_numbers_several_batches_in_a_row() -> None:
    small = ProviderProfile(id="small", name="Small", mode="x", max_rows=1)
    desk = Desk(connection(provider="small"), profiles=[small])
    desk.queued("1")
    desk.queued("2")
    assert [one.number for one in submit(desk.ports, "east", dry_run=True).batches] == [1, 2]


def test_batches_are_numbered_without_gaps_for_each_connection() -> None:
    desk = Desk(connection(), connection("west-c", subsidiary="west"))
    for round_ in range(3):
        desk.queued(f"L-{round_}")
        desk.queued(f"W-{round_}", subsidiary="west")
        submit(desk.ports, "east")
        submit(desk.ports, "east")
        submit(desk.ports, "west")
    numbers = [(one.connection, one.number) for one in desk.batches()]
    assert sorted(numbers) == [(c, n) for c in ("east-winfactor", "west-c") for n in (1, 2, 3)]


def test_a_manual_batch_stays_sealed_and_its_loads_queued() -> None:
    desk = Desk(manual())
    desk.queued("L-1")
    (batch,) = submit(desk.ports, "east").batches
    assert (batch.state, desk.status("L-1"), desk.names()) == (BatchState.SEALED, "queued", [])


def test_a_manual_batch_counts_as_invoiced_on_submit_where_that_is_the_policy() -> None:
    desk = Desk(manual(invoiced_on=InvoicedOn.SUBMIT))
    desk.queued("L-1")
    (batch,) = submit(desk.ports, "east").batches
    assert batch.delivery is not None
    assert (batch.state, batch.delivery.evidence) == (BatchState.DELIVERED, "policy")
    assert desk.status("L-1") == "invoiced"


@pytest.mark.parametrize("dry_run", [False, True])
def test_a_way_that_is_not_built_yet_is_named_before_anything_is_sealed(dry_run: bool) -> None:
    desk = Desk(connection(protocol=Protocol.API))
    desk.queued("L-1")
    with pytest.raises(NotAvailableError, match="No way into the system"):
        submit(desk.ports, "east", dry_run=dry_run)
    assert desk.batches() == []
    desk.queued("L-2", documents=())
    assert list(refused(submit(desk.ports, "east", ["L-2"]))) == ["L-2"]


def test_submitting_needs_billing_for_that_subsidiary() -> None:
    desk = Desk(actor=READER)
    with pytest.raises(AccessError):
        submit(desk.ports, "east")
    with pytest.raises(AccessError):
        submit(desk.acting(evolve(BILLING, subsidiaries=frozenset({"west"}))), "east")
    with pytest.raises(NotFoundError):
        submit(desk.acting(BILLING), "north")


class MeddlingBinder:
    """Lets somebody else act between the check and the sealing."""

    def __init__(self, meddle: Any) -> None:
        self.meddle = meddle

    def bind(self, papers: Any, *, notice: str | None, title: str, rules: Any = None) -> Packet:
        self.meddle()
        return Packet(content=title.encode(), pages=1)

    def bind_all(self, orders: Iterable[PacketOrder]) -> Iterator[Packet]:
        return (self.bind(one.papers, notice=one.notice, title=one.title) for one in orders)

    def check(self, paper: Paper, *, rules: Any = None) -> None: ...


def meddled(meddle: Any) -> Desk:
    desk = Desk()
    desk.ports = evolve(desk.ports, binder=MeddlingBinder(lambda: meddle(desk)))
    return desk


def test_a_load_that_changed_while_its_packet_was_bound_is_bound_again() -> None:
    turns = iter([True, False])

    def change(desk: Desk) -> None:
        if next(turns):
            desk.queued("L-1", po_number="new")

    desk = meddled(change)
    desk.queued("L-1")
    (batch,) = submit(desk.ports, "east").batches
    (sale,) = desk.sales()
    assert (batch.loads, sale.po_number) == (("L-1",), "new")


def test_a_load_that_never_rests_is_given_up() -> None:
    turns = iter(range(99))
    desk = meddled(lambda desk: desk.queued("L-1", po_number=str(next(turns))))
    desk.queued("L-1")
    with pytest.raises(StaleVersionError):
        submit(desk.ports, "east")
    assert desk.batches() == []


@pytest.mark.parametrize("all_or_nothing", [False, True])
def test_a_load_that_somebody_else_sold_meanwhile_is_answered_with_their_batch(all_or_nothing: bool) -> None:
    def sell(desk: Desk) -> None:
        ports = evolve(desk.ports, binder=MeddlingBinder(lambda: None))
        submit(ports, "east", ["L-1"])

    desk = meddled(sell)
    desk.queued("L-1")
    result = submit(desk.ports, "east", all_or_nothing=all_or_nothing)
    assert (len(desk.batches()), len(result.batches), refused(result)) == (1, 1, {})


@pytest.mark.parametrize("all_or_nothing", [False, True])
def test_a_load_that_became_ineligible_meanwhile_is_refused(all_or_nothing: bool) -> None:
    def spoil(desk: Desk) -> None:
        desk.queued("L-1", documents=())

    desk = meddled(spoil)
    desk.queued("L-1")
    desk.queued("L-2")
    result = submit(desk.ports, "east", all_or_nothing=all_or_nothing)
    assert "L-1" in refused(result)
    assert [batch.loads for batch in result.batches] == ([] if all_or_nothing else [("L-2",)])
    assert isinstance(result.error, RefusedLoadsError if all_or_nothing else type(None))


@given(st.permutations(["L-1", "L-2", "L-3"]), st.permutations(["L-1", "L-2", "L-3"]))
def test_the_order_in_which_loads_come_and_are_named_changes_nothing(
    kept: list[str], named: list[str]
) -> None:
    desk = Desk()
    for number in kept:
        desk.queued(number)
    (batch,) = submit(desk.ports, "east", named).batches
    other = Desk(chance=SystemChance())
    for number in sorted(kept):
        other.queued(number)
    other.clock.advance(dt.timedelta(hours=1))
    (same,) = submit(other.ports, "east").batches
    assert (batch.id, batch.files) == (same.id, same.files)


@given(st.sets(st.text(alphabet="aA1/ _#", min_size=1, max_size=3), min_size=1, max_size=6))
def test_each_load_has_exactly_one_packet_and_the_list_is_the_only_csv(numbers: set[str]) -> None:
    desk = Desk(manual())
    for at, number in enumerate(sorted({number.strip() for number in numbers} - {""})):
        desk.queued(f"L-{at}", invoice=number)
    for batch in submit(desk.ports, "east").batches:
        packets = [one for one in batch.files if one.role is FileRole.PACKET]
        assert [one.load for one in packets] == list(batch.loads)
        names = [one.name.casefold() for one in batch.files]
        assert len(set(names)) == len(names)
        assert [name for name in names if not name.endswith(".pdf")] == [batch.files[-1].name]


def test_a_packet_can_be_looked_at_before_anything_is_sold() -> None:
    desk = Desk(actor=READER)
    load = desk.queued("L-1")
    submitted = Desk()
    submitted.queued("L-1")
    submit(submitted.ports, "east")
    assert preview_packet(desk.ports, "L-1") == submitted.folder.take("INV-L-1.pdf")
    desk.keep(evolve(load, method=None, invoicing_method=InvoicingMethod.DIRECT))
    assert b"None" in preview_packet(desk.ports, "L-1")
    desk.keep(evolve(load, invoice=None, method=None))
    assert preview_packet(desk.ports, "L-1").startswith(b"%PDF-1.7 Load L-1\nPay")
    desk.configured(connections=(connection(notices=()),))
    assert b"None" in preview_packet(desk.ports, "L-1")


def test_an_invoice_is_not_drawn_before_there_is_one() -> None:
    desk = Desk(subsidiaries=[evolve(EAST, generate_invoices=True)])
    load = desk.queued("L-1")
    desk.keep(evolve(load, invoice=None, documents=load.documents[1:]))
    assert b"invoice" not in preview_packet(desk.ports, "L-1")


def test_nobody_has_to_be_told_of_progress() -> None:
    desk = Desk(progress=no_progress)
    desk.queued("L-1")
    assert submit(desk.ports, "east").batches


def test_chance_is_hex_of_the_length_asked_for() -> None:
    chance = SystemChance()
    assert len(chance.token(8)) == 16
    assert chance.token(8) != chance.token(8)
