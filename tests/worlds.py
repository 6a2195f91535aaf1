"""Whole small worlds for Hypothesis, and short ways to write one down by hand.

Realistic by default: numbers that are easily confused, a few faces and customers, most rows
about invoices that exist.  Everything shrinks towards one load, one batch and one row.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Any

from attrs import evolve
from hypothesis import strategies as st

from factoring_core.domain.reconciling.decisions import Decision, Resolution
from factoring_core.domain.reconciling.evidence import NO_ATTRIBUTES, Attributes, Evidence, key_text
from factoring_core.domain.reconciling.findings import ExceptionItem, ExceptionType
from factoring_core.domain.reconciling.reports import Report
from factoring_core.domain.reconciling.resolutions import allowed
from factoring_core.domain.reconciling.world import Book, World, fold
from factoring_core.domain.selling.batch import Assignment, Batch, BatchState, Frozen
from factoring_core.domain.vocabulary.canonical import canonical_number, canonical_reference
from factoring_core.domain.vocabulary.load import Invoice, Load, MethodRule, Opening, ResolvedMethod
from factoring_core.domain.vocabulary.parties import (
    Customer,
    InvoicingMethod,
    SettlementPolicy,
    Subsidiary,
)
from factoring_core.domain.vocabulary.profile import Disposition, EvidenceType, Measure, ReportKind

E = EvidenceType
NOON = dt.datetime(2025, 3, 1, 12, tzinfo=dt.UTC)

CUSTOMERS = {
    "ACME": Customer(id="ACME", name="Acme Foods, Inc.", mc_number="MC 100200", debtor_numbers={"C1": "D-7"}),
    "BOLT": Customer(id="BOLT", name="Bolt Logistics LLC", mc_number="300400", debtor_numbers={"C1": "D-8"}),
}


def day(number: int) -> dt.date:
    """Return the *number*-th day of March 2025, and on into April."""
    return dt.date(2025, 3, 1) + dt.timedelta(days=number - 1)


# Building by hand.


def subsidiary(**changes: Any) -> Subsidiary:
    """Return the one carrier of these worlds."""
    return Subsidiary(**{"id": "S", "name": "Sample Haulage", "invoice_prefixes": ("INV",), **changes})


def a_load(number: str = "L-1", *, invoice: str | None = "1001", face: int = 100_00, **more: Any) -> Load:
    """Return a queued load with an invoice; ``direct=True`` for the direct method."""
    direct = more.pop("direct", False)
    method = InvoicingMethod.DIRECT if direct else InvoicingMethod.FACTORING
    issued = {
        "invoice": Invoice(number=invoice, date=day(1), face=face),
        "method": ResolvedMethod(method=method, rule=MethodRule.SUBSIDIARY_DEFAULT),
    }
    return Load(
        **{
            "subsidiary": "S",
            "number": number,
            "customer": "ACME",
            "amount": face,
            **(issued if invoice is not None else {}),
            **more,
        }
    )


def a_batch(id_: str = "B1", **more: Any) -> Batch:
    """Return a delivered batch of connection C1, sealed on the second day."""
    return Batch(
        **{
            "id": id_,
            "number": int(id_.lstrip("BCX")),
            "connection": "C1",
            "subsidiary": "S",
            "provider": "capital_depot",
            "profile_version": 1,
            "state": BatchState.DELIVERED,
            "sealed_at": NOON,
            "sealed_on": day(2),
            "loads": (),
            "amount": 100_00,
            "currency": "USD",
            **more,
        }
    )


def a_sale(load: Load, batch: Batch | None = None, *, id_: str = "", **more: Any) -> Assignment:
    """Return the sale of *load* in *batch*, or its opening import."""
    assert load.invoice is not None
    customer = CUSTOMERS.get(load.customer)
    connection = batch.connection if batch is not None else "C1"
    return Assignment(
        **{
            "id": id_ or f"{load.number}@{batch.id if batch else 'opening'}",
            "subsidiary": "S",
            "connection": connection,
            "load": load.number,
            "batch": batch.id if batch else None,
            "batch_number": batch.number if batch else None,
            "invoice_number": load.invoice.number,
            "canonical_number": canonical_number(load.invoice.number, ("INV",)),
            "invoice_date": load.invoice.date,
            "face": load.invoice.face,
            "currency": "USD",
            "customer": load.customer,
            "customer_name": customer.name if customer else load.customer,
            "customer_mc_number": customer.mc_number if customer else None,
            "debtor_number": customer.debtor_numbers.get(connection) if customer else None,
            "po_number": load.po_number,
            "reference_number": load.reference_number,
            "schedule_number": None,
            "sealed_on": batch.sealed_on if batch else day(2),
            **more,
        }
    )


def a_report(id_: str = "R1", **more: Any) -> Report:
    """Return a live report of connection C1; the rows are given to `a_book`."""
    return Report(
        **{
            "id": id_,
            "digest": id_,
            "raw_sha256": id_,
            "file_name": f"{id_}.csv",
            "subsidiary": "S",
            "connection": "C1",
            "provider": "capital_depot",
            "kind": ReportKind.PAYMENT,
            "layout": "capital_depot/payment_report/v1",
            "verified": True,
            "repeats_legal": False,
            "complete_list": False,
            "batch": None,
            "rows": 1,
            "sequence": 1,
            "applied_at": NOON,
            "applied_by": "ann",
            **more,
        }
    )


def row(
    kind: EvidenceType | str,
    amount: int | None = None,
    on: int | dt.date | None = None,
    reference: str = "",
    *,
    invoice: str = "1001",
    word: str = "",
    measure: Measure = Measure.MOVEMENT,
    posts: bool = True,
    primary: bool = True,
    account: bool = False,
    **cells: Any,
) -> Evidence:
    """Return one fact, not yet of any report.  *on* may be a day number."""
    return Evidence(
        report="",
        row=0,
        seq=0,
        line=0,
        type=E(kind),
        invoice_key=invoice,
        amount=amount,
        word=word,
        on=day(on) if isinstance(on, int) else on,
        reference=reference,
        reference_key=canonical_reference(reference) if reference else "",
        measure=measure,
        posts=posts,
        primary=primary and kind != E.DISPOSITION,
        account=account,
        attributes=Attributes(**cells) if cells else NO_ATTRIBUTES,
    )


def said(word: str, on: int | None = None, *, invoice: str = "1001", **cells: Any) -> Evidence:
    """Return a disposition."""
    return row(E.DISPOSITION, None, on, invoice=invoice, word=word, measure=Measure.INFORMATION, **cells)


def numbered(report: str, rows: Iterable[Evidence | Sequence[Evidence]]) -> list[Evidence]:
    """Give rows their place in *report*; a nested sequence is several facts of one row."""
    result = []
    for number, one in enumerate(rows, start=2):
        facts = [one] if isinstance(one, Evidence) else list(one)
        for seq, fact in enumerate(facts):
            result.append(fact._replace(report=report, row=number, line=number, seq=seq))
    return result


def decision(subject: str, resolution: Resolution | str, **more: Any) -> Decision:
    """Return a live decision of connection C1."""
    return Decision(
        **{
            "id": f"dec-{subject}-{resolution}",
            "subsidiary": "S",
            "connection": "C1",
            "subject": subject,
            "resolution": Resolution(resolution),
            "reason": "because",
            "actor": "ann",
            "at": NOON,
            "sequence": 1,
            **more,
        }
    )


def about(item: ExceptionItem, resolution: Resolution | str, **more: Any) -> Decision:
    """Return a decision on an exception as a use case records it."""
    return decision(
        item.subject,
        resolution,
        **{
            "connection": item.connection,
            "exception_type": item.type.value,
            "exception_id": item.id,
            "judged": item.judged,
            **more,
        },
    )


Rows = Sequence[Evidence | Sequence[Evidence]]


def a_book(
    *loads: Load,
    batches: Sequence[Batch] = (),
    sales: Sequence[Assignment] = (),
    reports: Sequence[tuple[Report, Rows]] = (),
    decisions: Sequence[Decision] = (),
    sub: Subsidiary | None = None,
) -> Book:
    """Return a book; reports are given with their rows."""
    return Book(
        tenant="t",
        subsidiary=sub or subsidiary(),
        loads={load.number: load for load in loads},
        customers=CUSTOMERS,
        assignments=tuple(sales),
        batches={batch.id: batch for batch in batches},
        reports={report.id: report for report, _ in reports},
        evidence=tuple(fact for report, rows in reports for fact in numbered(report.id, rows)),
        decisions=tuple(decisions),
    )


def one_sale(*reports: Rows, decisions: Sequence[Decision] = (), **more: Any) -> Book:
    """Return the book most examples need: one delivered invoice 1001 of 100.00 and reports R1, R2…

    ``sale``, ``load``, ``batch`` and ``report`` take changes to the values; the sale is ``A1``.
    """
    load = a_load(**more.pop("load", {}))
    batch = a_batch(**more.pop("batch", {}))
    sale = a_sale(load, batch, id_="A1", **more.pop("sale", {}))
    report = more.pop("report", {})
    return a_book(
        load,
        batches=[batch],
        sales=[sale],
        reports=[(a_report(f"R{n}", sequence=n, **report), rows) for n, rows in enumerate(reports, start=1)],
        decisions=decisions,
        **more,
    )


def key_texts(book: Book, kind: EvidenceType | str) -> tuple[str, ...]:
    """Return the keys of one type as a decision remembers them."""
    return tuple(sorted({key_text(one.key) for one in book.evidence if one.type == kind}))


def without(book: Book, *reports: str) -> Book:
    """Return the book in which these reports never came."""
    return evolve(
        book,
        reports={id_: report for id_, report in book.reports.items() if id_ not in reports},
        evidence=tuple(one for one in book.evidence if one.report not in reports),
    )


def deciding(book: Book, *decisions: Decision) -> Book:
    """Return the book with more decisions, numbered in the order given."""
    start = len(book.decisions) + 1
    added = [evolve(one, id=f"d{start + n}", sequence=start + n) for n, one in enumerate(decisions)]
    return evolve(book, decisions=(*book.decisions, *added))


# What of a world the laws speak of.


def view(world: World, *, apart_from: frozenset[ExceptionType] = frozenset(), rows: bool = True) -> Any:
    """Return everything that equal worlds have in common, as a comparable value.

    ``rows=False`` leaves out which row of which report supports an exception.
    """
    exceptions = {
        id_: item if rows else evolve(item, rows=(), candidates=())
        for id_, item in world.exceptions.items()
        if item.type not in apart_from
    }
    left_out = {kind.value for kind in apart_from}
    return {
        "standings": {
            number: evolve(one, flags=tuple(flag for flag in one.flags if flag not in left_out))
            for number, one in world.standings.items()
        },
        "facts of loads": {number: one.facts for number, one in world.loads.items()},
        "positions": {id_: one.position for id_, one in world.sales.items()},
        "dispositions": {id_: one.disposition for id_, one in world.sales.items()},
        "accounts": {name: dict(totals) for name, totals in world.accounts.items() if totals},
        "exceptions": exceptions,
        "later": {id_: item if rows else evolve(item, rows=()) for id_, item in world.later.items()},
        "resolved": dict(world.resolved) if not apart_from else None,
        "batches": dict(world.batches),
    }


# Strategies.

NUMBERS = ("1001", "INV-1001", "01001", "INV1001", "1002", "2001", "1001-R1")
FACES = (100_00, 100_00, 250_00)
AMOUNTS = (100_00, 60_00, 40_00, 250_00, 1_00)
STATES = (BatchState.DELIVERED,) * 8 + (BatchState.SEALED, BatchState.SENDING, BatchState.IN_DOUBT)
STATES += (BatchState.DELIVERED, BatchState.CANCELLED, BatchState.DELIVERED)
KINDS = ("sold",) * 8 + ("twice", "twice", "opening", "opening", "other", "sold", "queued", "sold")
KINDS += ("released", "direct", "sold", "sent_direct", "sold", "bought_out", "bought_out")
REFERENCES = ("", "", "CHK-1", "000CHK-1", "77")
DAYS = (None, 3, 5, 9, 12, 20)
UNKNOWN = ("9999", "", "po:PO-1", "load:L-1")

MOVES = (
    E.PAYMENT,
    E.PAYMENT,
    E.PAYMENT,
    E.PURCHASE,
    E.PURCHASE,
    E.PAYMENT_REVERSAL,
    E.CHARGEBACK,
    E.CHARGEBACK_REVERSAL,
    E.PURCHASE_REVERSAL,
    E.REBATE,
    E.FEE,
    E.ADJUSTMENT,
    E.ADVANCE,
    E.DISPOSITION,
)


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
    numbers = draw(st.lists(st.sampled_from(NUMBERS), min_size=1, max_size=5, unique=True))
    for place, number in enumerate(numbers, start=1):
        kind = draw(st.sampled_from(KINDS))
        load = a_load(
            f"L-{place}",
            invoice=None if kind == "released" else number,
            planned_invoice_number=number,
            face=draw(st.sampled_from(FACES)),
            customer=draw(st.sampled_from(["ACME", "ACME", "BOLT"])),
            po_number=draw(st.sampled_from([None, f"PO-{place}"])),
            direct=kind in ("direct", "sent_direct"),
            sent_direct_on=day(3) if kind == "sent_direct" else None,
        )
        loads.append(load)
        if kind in ("sold", "twice"):
            first = batches[draw(st.sampled_from(["B1", "B1", "B2"])) if kind == "sold" else "B1"]
            sales.append(a_sale(load, first, frozen=frozen, schedule_number=first.schedule_number))
        if kind == "twice":
            word = draw(st.sampled_from([Resolution.RETURN_TO_QUEUE, Resolution.RESELL]))
            decisions.append(
                decision(
                    f"assignment:{sales[-1].id}", word, id=f"end-{place}", sequence=-place, load=load.number
                )
            )
            second = batches["B2"]
            sales.append(a_sale(load, second, frozen=frozen, schedule_number=second.schedule_number))
        if kind == "bought_out":
            first, taker = draw(st.sampled_from([("B1", "C2"), ("X1", "C1")]))
            sales.append(a_sale(load, batches[first], frozen=frozen))
            sales.append(
                a_sale(
                    load,
                    id_=f"{load.number}@{taker}",
                    connection=taker,
                    sealed_on=day(draw(st.sampled_from([2, 8]))),
                    frozen=frozen,
                    opening=Opening(
                        as_of=day(8), purchased=True, reserve_held=draw(st.sampled_from([None, 5_00]))
                    ),
                    takes_over=sales[-1].id,
                )
            )
        if kind == "other":
            sales.append(a_sale(load, batches["X1"], frozen=frozen))
        if kind == "opening":
            bought = draw(st.booleans())
            opening = Opening(
                as_of=day(4),
                purchased=bought,
                purchased_amount=draw(st.sampled_from([None, load.amount])) if bought else None,
                purchased_on=draw(st.sampled_from([None, day(1)])),
                paid=draw(st.sampled_from([None, None, 40_00, 100_00])),
                fees=draw(st.sampled_from([None, None, 3_00])),
                settled=bought and draw(st.sampled_from([False, False, True])),
            )
            sales.append(a_sale(load, frozen=frozen, opening=opening))
    return evolve(
        a_book(*loads, batches=list(batches.values()), sales=sales, decisions=decisions),
        subsidiary=subsidiary(invoice_prefixes=("INV",), tolerance=draw(st.sampled_from([0, 0, 1_00]))),
    )


RARELY = st.sampled_from([False, False, False, True, False, False, False, False])


@st.composite
def cells_of(draw: st.DrawFn, load: Load, *, exact: bool) -> dict[str, Any]:
    """The other cells of a row about *load*: mostly blank or right, and right more often when needed."""
    cells: dict[str, Any] = {}
    customer = CUSTOMERS[load.customer]
    if not exact or draw(st.sampled_from([False, False, True])):
        cells["invoice_amount"] = draw(st.sampled_from([load.amount] * 4 + [None, 100_00, 250_00, 77_00]))
        cells["load_number"] = draw(st.sampled_from(["", load.number, "", "L-1", "l-02"]))
        cells["po_number"] = draw(st.sampled_from(["", load.po_number or "", "", "PO-1"]))
        name = customer.name
        cells["customer"] = draw(st.sampled_from(["", name, name.upper(), name, "Other Co"]))
        number = customer.debtor_numbers["C1"]
        cells["debtor_number"] = draw(st.sampled_from(["", number, "", f"0{number}", "D-7"]))
        cells["mc_number"] = draw(st.sampled_from(["", customer.mc_number or "", "", "N/A", "MC999"]))
    if draw(RARELY):
        cells["schedule_number"] = draw(st.sampled_from(["", "SB1", "sb2"]))
        cells["batch_number"] = draw(st.sampled_from(["", "1", "02"]))
        cells["currency"] = draw(st.sampled_from(["", "USD", "CAD", ""]))
        cells["closed"] = draw(st.sampled_from([None, True, True, False]))
    return cells


STORIES: tuple[tuple[tuple[EvidenceType, int, int | None, str], ...], ...] = (
    # What the factor tells of one invoice: type, percent of the face, day, reference.
    ((E.PURCHASE, 100, 3, ""), (E.PAYMENT, 100, 12, "CHK-1")),
    ((E.PURCHASE, 100, 3, ""), (E.PAYMENT, 60, 9, "CHK-1")),
    ((E.PURCHASE, 100, 3, ""), (E.PAYMENT, 60, 9, "CHK-1"), (E.PAYMENT, 40, 9, "CHK-1")),
    ((E.PURCHASE, 100, 3, ""), (E.PAYMENT, 60, 9, ""), (E.PAYMENT, 60, 9, "77"), (E.PAYMENT, 60, None, "")),
    ((E.PURCHASE, 100, 3, ""), (E.PAYMENT, 100, 9, "CHK-1"), (E.PAYMENT_REVERSAL, 100, 12, "CHK-1")),
    ((E.PURCHASE, 100, 3, ""), (E.CHARGEBACK, 100, 12, ""), (E.PAYMENT, 100, 20, "77")),
    ((E.PURCHASE, 100, 3, ""), (E.ADVANCE, 90, 3, ""), (E.CHARGEBACK, 90, 12, "")),
    ((E.PURCHASE, 100, 3, ""), (E.CHARGEBACK, 100, 9, ""), (E.CHARGEBACK_REVERSAL, 100, 12, "")),
    ((E.PURCHASE, 100, 3, ""), (E.PAYMENT, 60, 5, ""), (E.CHARGEBACK, 40, 12, "")),
    ((E.PURCHASE, 100, 3, ""), (E.PURCHASE_REVERSAL, 100, 5, ""), (E.PURCHASE, 100, 9, "")),
    ((E.PURCHASE, 100, 3, ""), (E.PURCHASE, 90, 3, ""), (E.FEE, 3, 3, ""), (E.REBATE, 7, 12, "")),
    ((E.PAYMENT, 100, 5, "CHK-1"), (E.PURCHASE, 100, 9, "")),
    ((E.PURCHASE, 100, None, ""), (E.PAYMENT, 100, None, "CHK-1"), (E.ADJUSTMENT, -5, 5, "")),
)


@st.composite
def stories(draw: st.DrawFn, book: Book) -> list[tuple[Evidence, ...]]:
    """What the factor tells of one load, one fact a row."""
    load = draw(st.sampled_from(list(book.loads.values())))
    own = load.invoice.number if load.invoice else load.planned_invoice_number or ""
    number = draw(st.sampled_from([own, own, own, own, *NUMBERS, *UNKNOWN]))
    cells = draw(cells_of(load, exact=number == own))
    return [
        (row(kind, (load.amount or 1) * percent // 100, on, reference, invoice=number, **cells),)
        for kind, percent, on, reference in draw(st.sampled_from(STORIES))
    ]


@st.composite
def rows_about(draw: st.DrawFn, book: Book) -> tuple[Evidence, ...]:
    """One row: mostly about an invoice that exists, with one fact or a purchase with its advance."""
    load = draw(st.sampled_from(list(book.loads.values())))
    own = load.invoice.number if load.invoice else load.planned_invoice_number or ""
    number = draw(st.sampled_from([own] * 6 + list(NUMBERS) + list(UNKNOWN)))
    cells = draw(cells_of(load, exact=number == own))
    on, reference = draw(st.sampled_from(DAYS)), draw(st.sampled_from(REFERENCES))
    kind = draw(st.sampled_from(MOVES))
    if kind is E.DISPOSITION:
        word = draw(st.sampled_from(list(Disposition)))
        return (said(word.value, on, invoice=number, **cells),)
    if draw(RARELY):
        return (row(E.FEE, draw(st.sampled_from([15_00, 1_00])), on, reference, invoice="", account=True),)
    amount = draw(st.sampled_from([load.amount or 1, load.amount or 1, *AMOUNTS]))
    if kind is E.ADJUSTMENT:
        amount = draw(st.sampled_from([-5_00, 5_00]))
    if kind in (E.PAYMENT, E.PURCHASE) and draw(RARELY):
        amount = 0
    posts = kind not in (E.FEE, E.REBATE) or draw(st.sampled_from([True, True, False]))
    measure = Measure.MOVEMENT
    if kind in (E.REBATE, E.RESERVE_HELD, E.PAYMENT) and draw(RARELY):
        measure = draw(st.sampled_from([Measure.CUMULATIVE, Measure.BALANCE, Measure.INFORMATION]))
    first = row(kind, amount, on, reference, invoice=number, posts=posts, measure=measure, **cells)
    if kind is E.PURCHASE and draw(st.booleans()):
        advance = row(E.ADVANCE, amount * 9 // 10, on, reference, invoice=number, primary=False, **cells)
        return (first, advance)
    return (first,)


def blanked(facts: tuple[Evidence, ...], which: int) -> tuple[Evidence, ...]:
    """Return a row with cells left blank, as the same fact looks in another report."""
    if which == 0:
        return tuple(one._replace(on=None) for one in facts)
    if which == 1:
        return tuple(one._replace(reference="", reference_key="") for one in facts)
    if which == 2:
        return tuple(one._replace(on=None, reference="", reference_key="") for one in facts)
    return tuple(one._replace(attributes=NO_ATTRIBUTES) for one in facts)


@st.composite
def reported(draw: st.DrawFn, book: Book, *, max_reports: int = 4) -> Book:
    """Give *book* reports whose rows come from one pool, so that they repeat and overlap."""
    told = draw(st.lists(stories(book), min_size=1, max_size=3))
    pool = [facts for story in told for facts in story]
    pool += draw(st.lists(rows_about(book), max_size=5))
    for index, which in draw(st.lists(st.tuples(st.integers(0, 12), st.integers(0, 3)), max_size=3)):
        pool.append(blanked(pool[index % len(pool)], which))
    reports: list[tuple[Report, Rows]] = []
    for number in range(1, draw(st.integers(1, max_reports)) + 1):
        # A stretch of what there is to tell, as periods overlap, and some rows once more.
        start, end = draw(st.tuples(st.sampled_from([0, 0, 2, 4]), st.sampled_from([15, 15, 6, 3])))
        rows = [*pool[start:end], *draw(st.lists(st.sampled_from(pool), max_size=2))]
        claims = draw(st.sampled_from([None, None, None, "B1", None, None]))
        report = a_report(
            f"R{number}",
            sequence=number,
            connection=draw(st.sampled_from(["C1", "C1", "C1", "C2", "C1", "C1"])),
            repeats_legal=draw(RARELY),
            complete_list=claims is not None,
            batch=claims,
        )
        reports.append((report, rows))
    for load in book.loads.values():
        if draw(RARELY):
            stated = a_report(
                f"pay-{load.number}", kind=ReportKind.STATEMENT, connection=None, layout="statement"
            )
            amount = draw(st.sampled_from([load.amount or 1, 40_00]))
            reports.append((stated, [row(E.PAYMENT, amount, 15, "x", invoice=f"load:{load.number}")]))
    return evolve(
        book,
        reports={report.id: report for report, _ in reports},
        evidence=tuple(fact for report, rows in reports for fact in numbered(report.id, rows)),
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
def books(draw: st.DrawFn) -> Book:
    """A whole world: sales, reports, decisions, and sometimes a report that came after them."""
    base = draw(bases())
    book = draw(reported(base))
    moving = draw(st.sampled_from(sorted(book.reports)))
    less = without(book, moving)
    if not less.reports:
        return evolve(book, decisions=draw(decided(book)).decisions)
    when = draw(st.sampled_from(["all is known", "before a report came", "before it was undone"]))
    known = less if when == "before a report came" else book
    decisions = draw(decided(known)).decisions
    return evolve(less if when == "before it was undone" else book, decisions=decisions)
