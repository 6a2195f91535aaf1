"""Generating the invoice of a load, and voiding it while it has not left."""

import datetime as dt
from collections.abc import Sequence

from attrs import evolve

from factoring_core.domain.selling.batch import Assignment, Batch
from factoring_core.domain.selling.invoicing import format_invoice_number, resolve_method
from factoring_core.domain.vocabulary.lifecycle import LoadStatus
from factoring_core.domain.vocabulary.load import Invoice, Load
from factoring_core.domain.vocabulary.parties import Customer
from factoring_core.domain.vocabulary.readers import CellFault, read_invoice_number
from factoring_core.errors import UsageError
from factoring_core.ports.storage import Reading, Transaction
from factoring_core.usecases.acts import Verdicts, act_on_loads, needs_reason, standing_of
from factoring_core.usecases.books import customers_of, subsidiary_of
from factoring_core.usecases.days import local_day
from factoring_core.usecases.ports import Ports
from factoring_core.usecases.results import ChangeResult


def generate_invoices(
    ports: Ports,
    names: Sequence[str],
    *,
    number: str | None = None,
    date: dt.date | None = None,
    amount: int | None = None,
) -> ChangeResult:
    """Give loads their invoices: released → queued.

    What is not given comes from the load, then from the subsidiary's number format and the
    clock.  The invoicing method is resolved and frozen with the rule that decided it.

    Args:
        names: The loads.
        number, date, amount: For one load only; the amount in cents.

    Raises:
        UsageError: a number, date or amount for several loads.
    """
    if len(names) != 1 and (number is not None or date is not None or amount is not None):
        raise UsageError("A number, date or amount can be given for one load only.")

    def act(tx: Transaction, loads: Sequence[Load], verdicts: Verdicts) -> None:
        customers = customers_of(tx, ports)
        for load in loads:
            if load.invoice is not None:
                same = (
                    number in (None, load.invoice.number)
                    and date in (None, load.invoice.date)
                    and amount in (None, load.invoice.face)
                )
                if same:
                    verdicts.unchanged.append(load)
                else:
                    verdicts.refuse(
                        load, "already_invoiced", f"it has invoice {load.invoice.number}; void it first"
                    )
                continue
            customer = customers.get(load.customer) or Customer(id=load.customer)
            _generate(tx, ports, load, customer, verdicts, number=number, date=date, amount=amount)

    return act_on_loads(ports, names, act, action="invoice.generate")


def _generate(
    tx: Transaction,
    ports: Ports,
    load: Load,
    customer: Customer,
    verdicts: Verdicts,
    *,
    number: str | None,
    date: dt.date | None,
    amount: int | None,
) -> None:
    subsidiary = subsidiary_of(ports, load.subsidiary)
    face = amount if amount is not None else load.amount
    if face is None or face <= 0:
        verdicts.refuse(load, "amount_not_positive", "the invoice amount must be more than zero")
        return
    day = date or load.planned_invoice_date or local_day(ports.clock.now(), subsidiary)
    text = number or load.planned_invoice_number
    if text is None:
        template = subsidiary.invoice_number_format
        # A number of the sequence is taken only where the format asks for one.
        seq = tx.next_number(f"invoice:{subsidiary.id}") if "{seq" in template else 0
        text = format_invoice_number(
            template, load_number=load.number, subsidiary=subsidiary.id, year=day.year, seq=seq
        )
    try:
        text = read_invoice_number(text)
    except CellFault as fault:
        verdicts.refuse(load, "illegal_characters", f"the invoice number {text!r}: {fault.message}")
        return
    holder = _holder(tx, load, text)
    if holder is not None:
        verdicts.refuse(load, "duplicate_invoice_number", f"load {holder} has invoice number {text} already")
        return
    superseded = _superseded(tx, load, verdicts)
    if superseded is False:
        return
    if isinstance(superseded, Load):
        tx.put(evolve(superseded, invoice=None, method=None))
    invoice = Invoice(number=text, date=day, face=face, currency=load.currency)
    tx.put(evolve(load, invoice=invoice, method=resolve_method(load, customer, subsidiary)))
    verdicts.changed.append(load)


def _holder(tx: Reading, load: Load, number: str) -> str | None:
    """Return another load of the subsidiary that has or was sold under this number."""
    for other in tx.find(Load, subsidiary=load.subsidiary):
        if other.number != load.number and other.invoice is not None and other.invoice.number == number:
            return other.number
    for sale in tx.find(Assignment, subsidiary=load.subsidiary):
        if sale.load != load.number and sale.invoice_number == number:
            return sale.load
    return None


def _superseded(tx: Transaction, load: Load, verdicts: Verdicts) -> Load | bool | None:
    """Return the queued load whose invoice this one replaces, None where nothing is to be voided.

    False where the old invoice is still sold: the new one is refused.
    """
    if load.supersedes is None:
        return None
    old = tx.get(Load, load.subsidiary, load.supersedes)
    if old is None or old.invoice is None:
        return None
    standing = standing_of(tx, old)
    sales = tx.find(Assignment, subsidiary=old.subsidiary, load=old.number)
    if standing.status is LoadStatus.QUEUED and not any(sale.live for sale in sales):
        return old
    # Charged back in full, or no longer bought: the subsidiary owns the receivable again.
    if standing.status is LoadStatus.INVOICED and standing.route.value == "direct":
        return None
    verdicts.refuse(load, "already_sold", f"the invoice it supersedes, of load {old.number}, is still sold")
    return False


def void(ports: Ports, names: Sequence[str], *, reason: str) -> ChangeResult:
    """Take queued loads back to released; the invoice number may be used again for them.

    Raises:
        UsageError: no reason.
    """
    needs_reason(reason, "Voiding an invoice")

    def act(tx: Transaction, loads: Sequence[Load], verdicts: Verdicts) -> None:
        for load in loads:
            status = standing_of(tx, load).status
            held = [
                sale
                for sale in tx.find(Assignment, subsidiary=load.subsidiary, load=load.number)
                if sale.live
            ]
            if load.invoice is None:
                verdicts.unchanged.append(load)
            elif status is not LoadStatus.QUEUED:
                verdicts.refuse(load, "not_queued", f"it is {status.value}; only a queued load can be voided")
            elif held:
                verdicts.refuse(load, "in_live_batch", f"it is in batch {_batch_name(tx, held[0])}")
            else:
                tx.put(evolve(load, invoice=None, method=None))
                verdicts.changed.append(load)

    return act_on_loads(ports, names, act, action="invoice.void", reason=reason)


def _batch_name(tx: Reading, sale: Assignment) -> str:
    batch = tx.get(Batch, sale.batch) if sale.batch is not None else None
    return f"{batch.connection}/{batch.number}" if batch is not None else "an import"
