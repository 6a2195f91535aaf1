"""What factors tell of the invoices of a world: rows that repeat, overlap, contradict and get lost."""

from __future__ import annotations

import datetime as dt
from typing import Any

from attrs import evolve
from hypothesis import strategies as st

from factoring_core.domain.reconciling.evidence import NO_ATTRIBUTES, Evidence
from factoring_core.domain.reconciling.reports import Report
from factoring_core.domain.reconciling.world import Book
from factoring_core.domain.vocabulary.load import Load
from factoring_core.domain.vocabulary.profile import Disposition, EvidenceType, Measure, ReportKind
from factoring_core.testing.books_by_hand import Rows
from factoring_core.testing.by_hand import CUSTOMERS, E, a_report, numbered, row, said
from factoring_core.testing.strategies.dirt import Dirt, spoiling

NUMBERS = ("1001", "INV-1001", "01001", "INV1001", "1002", "2001", "1001-R1")


AMOUNTS = (100_00, 60_00, 40_00, 250_00, 1_00)


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


def rarely() -> st.SearchStrategy[bool]:
    """Return a coin that falls on its edge once in eight times."""
    return st.sampled_from([False, False, False, True, False, False, False, False])


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
    if draw(rarely()):
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
    if draw(rarely()):
        return (row(E.FEE, draw(st.sampled_from([15_00, 1_00])), on, reference, invoice="", account=True),)
    amount = draw(st.sampled_from([load.amount or 1, load.amount or 1, *AMOUNTS]))
    if kind is E.ADJUSTMENT:
        amount = draw(st.sampled_from([-5_00, 5_00]))
    if kind in (E.PAYMENT, E.PURCHASE) and draw(rarely()):
        amount = 0
    posts = kind not in (E.FEE, E.REBATE) or draw(st.sampled_from([True, True, False]))
    measure = Measure.MOVEMENT
    if kind in (E.REBATE, E.RESERVE_HELD, E.PAYMENT) and draw(rarely()):
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
def told_once(draw: st.DrawFn, book: Book, *, max_reports: int) -> Book:
    """Give *book* the reports of a factor on its best days: each fact once, complete and right."""
    sold = {one.load: one for one in book.assignments if one.connection == "C1" and one.opening is None}
    facts = []
    for load in draw(st.lists(st.sampled_from(sorted(sold)), unique=True)) if sold else ():
        sale = sold[load]
        cells: dict[str, Any] = {"invoice_amount": sale.face, "customer": sale.customer_name}
        for kind, percent, on, reference in STORIES[draw(st.integers(0, 1))]:
            amount = sale.face * percent // 100
            facts.append((row(kind, amount, on, reference, invoice=sale.invoice_number, **cells),))
    facts.sort(key=lambda one: one[0].on or dt.date.min)
    ends = sorted(draw(st.lists(st.integers(0, len(facts)), max_size=max_reports - 1)))
    pieces = [facts[start:end] for start, end in zip([0, *ends], [*ends, len(facts)], strict=True)]
    reports = [(a_report(f"R{n}", sequence=n), rows) for n, rows in enumerate(pieces, start=1)]
    return evolve(
        book,
        reports={report.id: report for report, _ in reports},
        evidence=tuple(fact for report, rows in reports for fact in numbered(report.id, rows)),
    )


@st.composite
def reported(draw: st.DrawFn, book: Book, *, max_reports: int = 4, dirt: Dirt = Dirt.USUAL) -> Book:
    """Give *book* reports whose rows come from one pool, so that they repeat and overlap."""
    if dirt is Dirt.NONE:
        return draw(told_once(book, max_reports=max_reports))
    told = draw(st.lists(stories(book), min_size=1, max_size=3))
    pool = [facts for story in told for facts in story]
    pool += draw(st.lists(rows_about(book), max_size=5))
    for index, which in draw(st.lists(st.tuples(st.integers(0, 12), st.integers(0, 3)), max_size=3)):
        pool.append(blanked(pool[index % len(pool)], which))
    if dirt is Dirt.HOSTILE:
        spoilt = draw(st.lists(st.tuples(st.integers(0, 12), spoiling()), min_size=1, max_size=6))
        pool += [tuple(how(one) for one in pool[index % len(pool)]) for index, how in spoilt]
    reports: list[tuple[Report, Rows]] = []
    # A stretch of what there is to tell, as periods overlap, and some rows once more.
    choices = st.tuples(
        st.sampled_from([0, 0, 2, 4]),
        st.sampled_from([3, 6, 15, 15]),
        st.lists(st.sampled_from(pool), max_size=2),
        st.sampled_from([None, None, None, "B1", None, None]),
        st.sampled_from(["C1", "C1", "C1", "C2", "C1", "C1"]),
        rarely(),
    )
    for number, one in enumerate(draw(st.lists(choices, min_size=1, max_size=max_reports)), start=1):
        start, end, again, claims, connection, repeats_legal = one
        report = a_report(
            f"R{number}",
            sequence=number,
            connection=connection,
            repeats_legal=repeats_legal,
            complete_list=claims is not None,
            batch=claims,
        )
        reports.append((report, [*pool[start:end], *again]))
    for load in book.loads.values():
        if draw(rarely()):
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
