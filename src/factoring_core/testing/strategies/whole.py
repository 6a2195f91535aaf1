"""Whole small worlds: numbers that are easily confused, and most rows about invoices that exist."""

from __future__ import annotations

from typing import Any

from attrs import evolve
from hypothesis import strategies as st

from factoring_core.domain.reconciling.decisions import Decision, Resolution
from factoring_core.domain.reconciling.findings import ExceptionType
from factoring_core.domain.reconciling.resolutions import allowed
from factoring_core.domain.reconciling.world import Book, World, fold
from factoring_core.domain.selling.batch import Assignment, Batch, BatchState, Frozen
from factoring_core.domain.vocabulary.load import Load, Opening
from factoring_core.domain.vocabulary.parties import (
    SettlementPolicy,
)
from factoring_core.testing.books_by_hand import a_book, about, deciding, decision, without
from factoring_core.testing.by_hand import a_batch, a_load, a_sale, day, subsidiary
from factoring_core.testing.strategies.dirt import Dirt
from factoring_core.testing.strategies.telling import NUMBERS, reported

FACES = (100_00, 100_00, 250_00)


D = BatchState.DELIVERED
STATES = (*(D,) * 8, BatchState.SEALED, BatchState.SENDING, BatchState.IN_DOUBT, D, BatchState.CANCELLED, D)
SOLD = ("sold",) * 8
KINDS = (*SOLD, "twice", "twice", "opening", "opening", "other", "sold", "queued", "sold")
MORE_KINDS = ("released", "direct", "sold", "sent_direct", "sold", "bought_out", "bought_out")


@st.composite
def hauls(draw: st.DrawFn) -> dict[str, Any]:
    """Return the choices about one load, by themselves, so that a world shrinks a load at a time."""
    face = draw(st.sampled_from(FACES))
    bought = draw(st.booleans())
    opening = Opening(
        as_of=day(4),
        purchased=bought,
        purchased_amount=draw(st.sampled_from([None, face])) if bought else None,
        purchased_on=draw(st.sampled_from([None, day(1)])),
        paid=draw(st.sampled_from([None, None, 40_00, 100_00])),
        fees=draw(st.sampled_from([None, None, 3_00])),
        settled=bought and draw(st.sampled_from([False, False, True])),
    )
    return {
        "number": draw(st.sampled_from(NUMBERS)),
        "kind": draw(st.sampled_from(KINDS + MORE_KINDS)),
        "face": face,
        "customer": draw(st.sampled_from(["ACME", "ACME", "BOLT"])),
        "po": draw(st.booleans()),
        "batch": draw(st.sampled_from(["B1", "B1", "B2"])),
        "word": draw(st.sampled_from([Resolution.RETURN_TO_QUEUE, Resolution.RESELL])),
        "bought_out": draw(st.sampled_from([("B1", "C2"), ("X1", "C1")])),
        "taken_over": draw(st.sampled_from([2, 8])),
        "reserve": draw(st.sampled_from([None, 5_00])),
        "opening": opening,
    }


@st.composite
def bases(draw: st.DrawFn) -> Book:
    """Loads, batches and sales, before any report has come."""
    loads: list[Load] = []
    batches: dict[str, Batch] = {}
    sales: list[Assignment] = []
    decisions: list[Decision] = []
    frozen = draw(
        st.builds(
            Frozen,
            settlement=st.sampled_from([SettlementPolicy.STRICT] * 4 + [SettlementPolicy.AS_REPORTED]),
            tolerance=st.sampled_from([0, 0, 0, 1_00]),
            purchase_report=st.sampled_from([True, True, True, False]),
        )
    )
    for id_, connection, sealed in (("B1", "C1", 2), ("B2", "C1", 8), ("X1", "C2", 2)):
        state = draw(st.sampled_from(STATES))
        left = state in (BatchState.SENDING, BatchState.IN_DOUBT)
        taken = state is BatchState.SEALED and draw(st.booleans())
        batches[id_] = a_batch(
            id_,
            connection=connection,
            sealed_on=day(sealed),
            state=state,
            attempted=left,
            taken_out=taken,
            ever_left=left or taken or (state is not BatchState.DELIVERED and draw(st.booleans())),
            schedule_number=draw(st.sampled_from([None, f"S{id_}"])),
        )
    told = draw(st.lists(hauls(), min_size=1, max_size=5, unique_by=lambda one: one["number"]))
    for place, one in enumerate(told, start=1):
        kind = one["kind"]
        load = a_load(
            f"L-{place}",
            invoice=None if kind == "released" else one["number"],
            planned_invoice_number=one["number"],
            face=one["face"],
            customer=one["customer"],
            po_number=f"PO-{place}" if one["po"] else None,
            direct=kind in ("direct", "sent_direct"),
            sent_direct_on=day(3) if kind == "sent_direct" else None,
        )
        loads.append(load)
        if kind in ("sold", "twice"):
            first = batches[one["batch"] if kind == "sold" else "B1"]
            sales.append(a_sale(load, first, frozen=frozen, schedule_number=first.schedule_number))
        if kind == "twice":
            subject = f"assignment:{sales[-1].id}"
            decisions.append(
                decision(subject, one["word"], id=f"end-{place}", sequence=-place, load=load.number)
            )
            second = batches["B2"]
            sales.append(a_sale(load, second, frozen=frozen, schedule_number=second.schedule_number))
        if kind == "bought_out":
            first, taker = one["bought_out"]
            sales.append(a_sale(load, batches[first], frozen=frozen))
            reserve = Opening(as_of=day(8), purchased=True, reserve_held=one["reserve"])
            sales.append(
                a_sale(
                    load,
                    id_=f"{load.number}@{taker}",
                    connection=taker,
                    sealed_on=day(one["taken_over"]),
                    frozen=frozen,
                    opening=reserve,
                    takes_over=sales[-1].id,
                )
            )
        if kind == "other":
            sales.append(a_sale(load, batches["X1"], frozen=frozen))
        if kind == "opening":
            sales.append(a_sale(load, frozen=frozen, opening=one["opening"]))
    return evolve(
        a_book(*loads, batches=list(batches.values()), sales=sales, decisions=decisions),
        subsidiary=subsidiary(invoice_prefixes=("INV",), tolerance=draw(st.sampled_from([0, 0, 1_00]))),
    )


QUIET = frozenset(
    {ExceptionType.DELIVERY_IN_DOUBT, ExceptionType.AMOUNT_DIFFERS, ExceptionType.PAYMENT_BEFORE_PURCHASE}
)

"""Types about which nothing but resting can be decided, and that are raised often."""


AS_SEEN = frozenset(
    {
        Resolution.WRITE_OFF,
        Resolution.CHARGE_TO_RESERVE,
        Resolution.TREAT_AS_FULL,
        Resolution.COLLECT_DIRECT,
        Resolution.WAIT,
        Resolution.DISPUTE,
        Resolution.IGNORE,
    }
)

"""Resolutions that write down the amount at risk."""


@st.composite
def decided(draw: st.DrawFn, book: Book) -> Book:
    """Resolve some of the open exceptions of *book*, one after the other, as a person would."""
    for _ in range(draw(st.sampled_from([0, 1, 2, 3]))):
        world = fold(book)
        found = {**world.exceptions, **world.later}
        items = [found[id_] for id_ in sorted(found)]
        if not items:
            break
        # What is about money that came in is worth deciding more than doubts about a delivery.
        telling = [item for item in items if item.type not in QUIET]
        item = draw(st.sampled_from(telling or items))
        resolution = draw(st.sampled_from(allowed(item)))
        more: dict[str, Any] = {"load": item.load}
        if resolution in AS_SEEN:
            more["amount"] = item.amount_at_risk
        if resolution is Resolution.ASSIGN:
            sale = draw(st.sampled_from([None, *book.assignments]))
            load = draw(st.sampled_from(sorted(book.loads)))
            more |= {"assignment": sale.id if sale else None, "load": sale.load if sale else load}
        if resolution in (Resolution.COUNT_EACH, Resolution.SAME):
            more["count"] = draw(st.sampled_from([2, 1, 3, None]))
        if resolution is Resolution.USE_ROW:
            more["amount"] = draw(st.sampled_from(item.amounts))
        book = deciding(book, about(item, resolution, **more))
    return book


@st.composite
def books(draw: st.DrawFn, *, dirt: Dirt = Dirt.USUAL) -> Book:
    """Return a whole world as it is kept: sales, reports, decisions, and sometimes a report after them."""
    base = draw(bases())
    book = draw(reported(base, dirt=dirt))
    if dirt is Dirt.NONE:
        return book
    moving = draw(st.sampled_from(sorted(book.reports)))
    less = without(book, moving)
    if not less.reports:
        return evolve(book, decisions=draw(decided(book)).decisions)
    when = draw(st.sampled_from(["all is known", "before a report came", "before it was undone"]))
    known = less if when == "before a report came" else book
    decisions = draw(decided(known)).decisions
    return evolve(less if when == "before it was undone" else book, decisions=decisions)


def worlds(*, dirt: Dirt = Dirt.USUAL) -> st.SearchStrategy[World]:
    """Return what follows from a book: every position, status and exception of one carrier."""
    return books(dirt=dirt).map(fold)
