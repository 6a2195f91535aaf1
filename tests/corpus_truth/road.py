"""The corpus through the real use cases, and what came of every row."""

from __future__ import annotations

import csv
import io
from collections import Counter
from dataclasses import dataclass, field

from corpus_truth.corpus import CUSTOMERS, File, Sold, Truth, day
from factoring_core.domain.reconciling.world import World, fold
from factoring_core.domain.selling.batch import Assignment, Batch, BatchState
from factoring_core.domain.vocabulary.canonical import canonical_number
from factoring_core.domain.vocabulary.load import Invoice, Load, MethodRule, ResolvedMethod
from factoring_core.domain.vocabulary.parties import Customer, InvoicingMethod
from factoring_core.usecases.books import read_book, settle_books
from factoring_core.usecases.reconciling.apply_report import apply_report
from factoring_core.usecases.results import ReportResult
from factoring_core.usecases.selling.take_back import resell
from usecases.desk import EAST, NOON, Desk, connection

CONNECTION = "east-winfactor"


@dataclass
class Score:
    """What became of the rows.  ``wrong``: posted on a sale that is not the true one."""

    rows: int = 0
    recoverable: int = 0
    recovered: int = 0
    wrong: list[str] = field(default_factory=list)
    missed: list[str] = field(default_factory=list)
    by_trick: Counter[str] = field(default_factory=Counter)


def desk_of(truth: Truth) -> Desk:
    """A desk with the carrier's loads, sold in three batches; resales come later."""
    customers = [
        Customer(id=id_, name=name, mc_number=mc, debtor_numbers={CONNECTION: debtor})
        for id_, (name, mc, debtor) in CUSTOMERS.items()
    ]
    desk = Desk(connection(), customers=customers)
    desk.keep(*(_load(one) for one in truth.sold))
    sold = [one for one in truth.sold if one.how in ("factored", "twice")]
    _sell(desk, {n: [one for one in sold if one.batch == n] for n in (1, 2, 3)}, which=1)
    return desk


def _load(one: Sold) -> Load:
    method = InvoicingMethod.DIRECT if one.how == "direct" else InvoicingMethod.FACTORING
    return Load(
        subsidiary="east",
        number=one.load,
        customer=one.customer,
        amount=one.face,
        po_number=one.po or None,
        invoice=Invoice(number=one.number, date=day(0), face=one.face),
        method=ResolvedMethod(method=method, rule=MethodRule.LOAD_OVERRIDE),
    )


def _sell(desk: Desk, batches: dict[int, list[Sold]], *, which: int) -> None:
    with desk.store.transaction("acme") as tx:
        for number, sold in batches.items():
            sealed_on = day(number if which == 1 else 30 + number)
            batch = Batch(
                id=f"B{number}",
                number=number,
                connection=CONNECTION,
                subsidiary="east",
                provider="winfactor",
                profile_version=1,
                state=BatchState.DELIVERED,
                sealed_at=NOON,
                sealed_on=sealed_on,
                loads=tuple(one.load for one in sold),
                amount=sum(one.face for one in sold),
                currency="USD",
            )
            tx.put(batch)
            for one in sold:
                tx.put(_assignment(one, batch, which))
        settle_books(tx, desk.ports, "east", cause="corpus")


def _assignment(one: Sold, batch: Batch, which: int) -> Assignment:
    name, mc, debtor = CUSTOMERS[one.customer]
    return Assignment(
        id=one.sale(which),
        subsidiary="east",
        connection=CONNECTION,
        load=one.load,
        batch=batch.id,
        batch_number=batch.number,
        invoice_number=one.number,
        canonical_number=canonical_number(one.number, EAST.invoice_prefixes),
        invoice_date=day(0),
        face=one.face,
        currency="USD",
        customer=one.customer,
        customer_name=name,
        customer_mc_number=mc,
        debtor_number=debtor,
        po_number=one.po or None,
        reference_number=None,
        schedule_number=None,
        sealed_on=batch.sealed_on,
    )


def csv_of(file: File) -> bytes:
    """Return a file as the factor would give it."""
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, list(file.rows[0].cells))
    writer.writeheader()
    writer.writerows(row.cells for row in file.rows)
    return text.getvalue().encode()


def drive(truth: Truth) -> tuple[Desk, list[ReportResult]]:
    """Apply every file in order, with the resale of what was charged back in between."""
    desk = desk_of(truth)
    results = []
    resold = False
    for number, file in enumerate(truth.files):
        if file.late and not resold:
            resold = True
            _resell(desk, truth)
        results.append(
            apply_report(
                desk.ports, csv_of(file), name=f"{file.kind}-{number}.csv", subsidiary="east", kind=file.kind
            )
        )
    return desk, results


def _resell(desk: Desk, truth: Truth) -> None:
    """Sell again what the desk knows to be charged back in full."""
    twice = [one for one in truth.sold if one.how == "twice"]
    result = resell(desk.ports, [one.load for one in twice], reason="charged back")
    again = {one.load for one in result.changed}
    _sell(desk, {4: [one for one in twice if one.load in again]}, which=2)


def world_of(desk: Desk) -> World:
    """Fold the books as they are."""
    with desk.store.reading("acme") as tx:
        return fold(read_book(tx, desk.ports, "east"))


def score(truth: Truth, desk: Desk, results: list[ReportResult]) -> Score:
    """Compare where each row went with the truth."""
    world = world_of(desk)
    placed: dict[tuple[str, int], set[str]] = {}
    for key, place in world.placements[CONNECTION].items():
        for copy in world.facts[CONNECTION][key].copies:
            if place.sale is not None:
                placed.setdefault((copy.report, copy.row), set()).add(place.sale)
    sold_again = {id_ for id_ in world.sales if id_.endswith("#2")}
    found = Score()
    for file, result in zip(truth.files, results, strict=True):
        assert result.report_id is not None
        for number, row in enumerate(file.rows, start=2):
            found.rows += 1
            sales = placed.get((result.report_id, number), set())
            said = f"{row.trick}: {row.cells['Invoice Number']} of {row.sale} went to {sorted(sales)}"
            if sales - {row.sale}:
                found.wrong.append(said)
            # A second sale that never came about cannot be found.
            there = row.sale is not None and (row.sale.endswith("#1") or row.sale in sold_again)
            if row.recoverable and there:
                found.recoverable += 1
                if sales == {row.sale}:
                    found.recovered += 1
                    found.by_trick[row.trick] += 1
                else:
                    found.missed.append(said)
    return found


__all__ = ["Score", "csv_of", "desk_of", "drive", "score", "world_of"]
