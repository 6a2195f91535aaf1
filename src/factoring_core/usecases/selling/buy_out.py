"""A buy-out: another factor pays off the one that bought, and takes its open invoices over.

Each invoice of the file ends its sale to the old factor and begins one to the new, in one
transaction and once.  What was paid to the old one until that day still counts; what it is paid
later it owes to the new one.  Nothing is sent, and the loads stay financed.
"""

import datetime as dt
import hashlib
from collections.abc import Iterator, Sequence

from attrs import evolve, frozen

from factoring_core.domain.reconciling.sale_fold import SaleFold
from factoring_core.domain.reconciling.world import World
from factoring_core.domain.selling.batch import Assignment, Frozen
from factoring_core.domain.vocabulary.actors import Right, require
from factoring_core.domain.vocabulary.canonical import canonical_number
from factoring_core.domain.vocabulary.load import Opening
from factoring_core.domain.vocabulary.own_files import Columns, own_layout
from factoring_core.domain.vocabulary.parties import Connection
from factoring_core.domain.vocabulary.profile import CellKind
from factoring_core.errors import Fault, FileRefusedError, NotFoundError, StateError, UsageError
from factoring_core.ports.storage import BuyOut, Reading
from factoring_core.usecases.accounts import connection_named, profile_of
from factoring_core.usecases.books import (
    audit,
    customers_of,
    plan_change,
    read_book,
    settle_books,
    subsidiary_of,
)
from factoring_core.usecases.ports import Ports
from factoring_core.usecases.results import BuyOutResult, LoadChange

_NAMES: Columns = {
    "invoice_number": (CellKind.NUMBER, ("Invoice Number", "Invoice", "Invoice #", "Invoice No")),
    "buy_out_date": (CellKind.DATE, ("Buyout Date", "Buy-Out Date", "Purchase Date", "Effective Date")),
    "schedule_number": (CellKind.TEXT, ("Schedule Number", "Schedule")),
    "purchased_amount": (CellKind.AMOUNT, ("Purchased Amount",)),
    "advance": (CellKind.AMOUNT, ("Advance", "Buyout Amount", "Payoff Amount")),
    "reserve": (CellKind.AMOUNT, ("Reserve",)),
    "fee": (CellKind.AMOUNT, ("Fee",)),
}

LAYOUT = own_layout(
    "host/buy_out/v1",
    _NAMES,
    required=("invoice_number", "buy_out_date"),
    source="This project's file of a buy-out.",
)
"""The columns of a buy-out file, in any order."""


@frozen(kw_only=True)
class _Row:
    """One line of the file; amounts in cents, None for a blank cell."""

    row: int
    line: int
    invoice_number: str
    on: dt.date
    schedule_number: str | None
    purchased: int | None
    advance: int | None
    reserve: int | None
    fee: int | None


def buy_out(
    ports: Ports, content: bytes, *, name: str, old: str, new: str, dry_run: bool = False
) -> BuyOutResult:
    """Move the open invoices that a file lists from one factor to another.

    The same file again, or a line of one that was moved before, changes nothing.

    Args:
        ports: Everything outside.
        content: CSV or a workbook: invoice number and date of the buy-out, and what the new factor
            says of schedule, purchase, advance, reserve and fee.
        name: What the file is called; for messages only.
        old: The connection that is bought out.
        new: The connection that takes over; of the same subsidiary.
        dry_run: Answer with what would move, and move nothing.

    Raises:
        FileRefusedError: every line that cannot be moved, with the reason; nothing was changed.
        AccessError: needs billing and a configuring role: sales end by it.
        NotFoundError, UsageError: no such connection; the two do not belong together.
    """
    before, after = connection_named(ports, old), connection_named(ports, new)
    if before.subsidiary != after.subsidiary or before.id == after.id:
        raise UsageError(
            f"{old} and {new} are not two connections of one subsidiary.",
            remedy="A buy-out is between two factors of one subsidiary.",
        )
    require(ports.actor, Right.REVERSE, before.subsidiary)
    rows = tuple(_read(ports, content, name))
    with ports.store.transaction(ports.tenant) as tx:
        world = plan_change(tx, ports, read_book(tx, ports, before.subsidiary)).world
        moving, known = _judge(ports, world, rows, before, after, name)
        sequence = 0 if dry_run or not moving else tx.next_number("buy_outs")
        digest = hashlib.sha256(content).hexdigest()
        id_ = f"buy-{digest[:12]}-{sequence}" if sequence else None
        sales = [_taken_over(tx, ports, fold, row, after, id_) for fold, row in moving]
        result = BuyOutResult(
            buy_out=id_,
            outcome="preview" if dry_run else "applied" if moving else "already_applied",
            subsidiary=before.subsidiary,
            from_connection=before.id,
            to_connection=after.id,
            moved=tuple(_change(world, sale) for sale in sales),
            unchanged=tuple(_change(world, sale) for sale in known),
            open=sum(fold.position.open for fold, _ in moving),
        )
        if id_ is None:
            return result
        # The ended ones first, so that a load's next sale never meets the last one alive.
        tx.put_all([evolve(stored, live=False) for stored in _stored(tx, sales)])
        tx.add_all(sales)
        tx.put(
            BuyOut(
                id=id_,
                raw_sha256=ports.blobs.put(content),
                file_name=name,
                subsidiary=before.subsidiary,
                from_connection=before.id,
                to_connection=after.id,
                sales=tuple(sale.id for sale in sales),
                sequence=sequence,
                at=ports.clock.now(),
                by=ports.actor.name,
            )
        )
        audit(
            tx,
            ports,
            "connections.buy_out",
            id_,
            subsidiary=before.subsidiary,
            old=before.id,
            new=after.id,
            moved=len(sales),
            file=name,
        )
        change = settle_books(tx, ports, before.subsidiary, cause=f"buy_out:{id_}")
    return evolve(result, transitions=change.transitions)


def undo_buy_out(ports: Ports, id_: str | None, *, reason: str) -> BuyOutResult:
    """Take a buy-out back as one: the sales to the old factor go on as if it had never been.

    ``id_``: as `buy_out` answered; None, of one that moved nothing, is the id of none.

    Raises:
        StateError: an invoice of it has been sold again since, or was bought out once more.
        AccessError: needs billing and a configuring role.
        NotFoundError, UsageError: no such buy-out; no reason.
    """
    if not reason.strip():
        raise UsageError("Undoing a buy-out needs a reason.")
    with ports.store.transaction(ports.tenant) as tx:
        record = None if id_ is None else tx.get(BuyOut, id_)
        if id_ is None or record is None or not ports.actor.sees(record.subsidiary):
            raise NotFoundError(f"There is no buy-out {id_}.", where={"buy_out": id_})
        require(ports.actor, Right.REVERSE, record.subsidiary)
        done = BuyOutResult(
            buy_out=id_,
            outcome="already_undone",
            subsidiary=record.subsidiary,
            from_connection=record.from_connection,
            to_connection=record.to_connection,
        )
        if record.undone_at is not None:
            return done
        book = read_book(tx, ports, record.subsidiary)
        world = plan_change(tx, ports, book).world
        gone_on = sorted(
            world.sales[id_].sale.load for id_ in record.sales if world.sales[id_].ending is not None
        )
        if gone_on:
            raise StateError(
                f"Buy-out {id_} cannot be undone: {', '.join(gone_on[:10])} has been taken back since.",
                remedy="Undo that first.",
                where={"buy_out": id_, "loads": gone_on},
            )
        moved = tuple(_change(world, world.sales[sale].sale) for sale in record.sales)
        for sale in record.sales:
            tx.remove(Assignment, sale)
        tx.put(evolve(record, undone_at=ports.clock.now(), undone_by=ports.actor.name, undo_reason=reason))
        audit(
            tx,
            ports,
            "connections.undo_buy_out",
            id_,
            subsidiary=record.subsidiary,
            reason=reason,
            moved=len(moved),
        )
        change = settle_books(tx, ports, record.subsidiary, cause=f"undo:{id_}")
    return evolve(done, outcome="undone", moved=moved, transitions=change.transitions)


def _read(ports: Ports, content: bytes, name: str) -> Iterator[_Row]:
    opened = ports.reports.open(content, name=name)
    fit = opened.fit(LAYOUT)
    if not fit.fits:
        lacking = [*fit.missing, *fit.doubled]
        message = f"{name} is no buy-out file: {', '.join(lacking)} is missing or there twice."
        faults = [
            Fault(
                code="unknown_layout", message="it has not exactly one column", file=name, row=1, column=one
            )
            for one in lacking
        ]
        raise FileRefusedError(message, faults=faults, code="unknown_layout", where={"file": name})
    found = opened.read(LAYOUT)
    amounts = [found.column(one, None) for one in ("purchased_amount", "advance", "reserve", "fee")]
    cells = zip(
        found.rows,
        found.lines,
        found.column("invoice_number"),
        found.column("buy_out_date"),
        found.column("schedule_number"),
        *amounts,
        strict=True,
    )
    for row, line, number, on, schedule, purchased, advance, reserve, fee in cells:
        yield _Row(
            row=row,
            line=line,
            invoice_number=number,
            on=on,
            schedule_number=schedule or None,
            purchased=purchased,
            advance=advance,
            reserve=reserve,
            fee=fee,
        )


def _judge(
    ports: Ports, world: World, rows: Sequence[_Row], old: Connection, new: Connection, name: str
) -> tuple[list[tuple[SaleFold, _Row]], list[Assignment]]:
    """Return the sales that move, and those that were moved before; refuse the file for any other line."""
    prefixes = subsidiary_of(ports, old.subsidiary).invoice_prefixes
    standing = [load.sale for load in world.loads.values() if load.sale is not None]
    moving: list[tuple[SaleFold, _Row]] = []
    known: list[Assignment] = []
    faults: list[Fault] = []
    seen: set[str] = set()
    for row in rows:
        fits = [one for one in standing if one.sale.invoice_number == row.invoice_number]
        key = canonical_number(row.invoice_number, prefixes)
        fits = fits or [one for one in standing if one.sale.canonical_number == key]
        wrong = _wrong(fits, row, old, new, seen)
        if wrong is not None:
            faults.append(
                Fault(
                    code=wrong[0],
                    message=wrong[1],
                    file=name,
                    row=row.row,
                    line=row.line,
                    column="invoice_number",
                    excerpt=row.invoice_number,
                )
            )
            continue
        seen.add(fits[0].sale.id)
        if fits[0].sale.connection == new.id:
            known.append(fits[0].sale)
        else:
            moving.append((fits[0], row))
    if faults:
        raise FileRefusedError(
            f"{len(faults)} line(s) of {name} name no invoice that {new.id} can take over from {old.id}.",
            faults=faults,
            code="not_bought_out",
            remedy="Take the lines out, or put right what they say; nothing was moved.",
            where={"file": name},
        )
    return moving, known


def _wrong(
    fits: Sequence[SaleFold], row: _Row, old: Connection, new: Connection, seen: set[str]
) -> tuple[str, str] | None:
    """Say why a line moves nothing."""
    if len(fits) != 1:
        return (
            ("unknown_invoice", "it is sold to nobody")
            if not fits
            else ("ambiguous", "several have this number")
        )
    (fold,) = fits
    sale, position = fold.sale, fold.position
    if sale.id in seen:
        return "twice", "the file names it twice"
    if sale.connection == new.id and sale.takes_over is not None:
        return None
    if sale.connection != old.id:
        return "other_provider", f"it is with {sale.connection}"
    if position.fully_charged_back or not position.bought:
        return "not_bought", "the old factor does not own it"
    if position.settled is not None:
        return "not_open", "it is paid"
    if row.on < sale.sealed_on:
        return "too_early", f"it was sold on {sale.sealed_on.isoformat()} only"
    return None


def _taken_over(
    tx: Reading, ports: Ports, fold: SaleFold, row: _Row, new: Connection, id_: str | None
) -> Assignment:
    """Make the sale to the new factor, with what holds of it there."""
    old = fold.sale
    profile = profile_of(ports, new.provider)
    customer = customers_of(tx, ports).get(old.customer)
    return evolve(
        old,
        id=f"buy-out:{new.id}:{old.id}",
        connection=new.id,
        batch=None,
        batch_number=None,
        debtor_number=None if customer is None else customer.debtor_number(new.id, new.provider),
        schedule_number=row.schedule_number,
        sealed_on=row.on,
        frozen=Frozen(
            settlement=old.frozen.settlement,
            tolerance=old.frozen.tolerance,
            terms=new.terms,
            profile_version=profile.version,
            purchase_report=profile.purchase_report,
            usual_delay_days=profile.usual_delay_days,
        ),
        opening=Opening(
            as_of=row.on,
            purchased=True,
            purchased_on=row.on,
            purchased_amount=row.purchased,
            advanced=row.advance,
            reserve_held=row.reserve,
            fees=row.fee,
        ),
        import_id=id_,
        takes_over=old.id,
        live=True,
    )


def _stored(tx: Reading, sales: Sequence[Assignment]) -> Iterator[Assignment]:
    for sale in sales:
        stored = tx.get(Assignment, sale.takes_over)
        assert stored is not None
        yield stored


def _change(world: World, sale: Assignment) -> LoadChange:
    return LoadChange(
        load=sale.load,
        subsidiary=sale.subsidiary,
        status=world.standings[sale.load].status.value,
        invoice_number=sale.invoice_number,
    )
