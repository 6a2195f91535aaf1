"""Generating the invoice of a load, and voiding it while it has not left."""

import datetime as dt
from collections.abc import Sequence

from attrs import evolve

from factoring_core.domain.selling.batch import Assignment, Batch
from factoring_core.domain.selling.invoicing import (
    format_invoice_number,
    numbers_in_sequence,
    resolve_method,
)
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
from factoring_core.usecases.selling.check_credit import check_as_invoiced
from factoring_core.usecases.selling.supersede import OldInvoice, Superseding, superseded_load


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
    clock.  The invoicing method is resolved and frozen with the rule that decided it.  Afterwards
    the factor is asked about the customers' credit, where it can be; not inside a host's transaction.

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
        registers: dict[str, _Register] = {}
        for load in loads:
            if load.invoice is not None:
                given = (
                    (number, load.invoice.number),
                    (date, load.invoice.date),
                    (amount, load.invoice.face),
                )
                if all(wanted in (None, has) for wanted, has in given):
                    verdicts.unchanged.append(load)
                else:
                    message = f"it has invoice {load.invoice.number}; void it first"
                    verdicts.refuse(load, "already_invoiced", message)
                continue
            if load.subsidiary not in registers:
                registers[load.subsidiary] = _Register(tx, ports, load.subsidiary)
            issued = registers[load.subsidiary].issue(
                load, customers.get(load.customer), verdicts, number=number, date=date, amount=amount
            )
            if issued is not None:
                tx.put(issued)
                verdicts.changed.append(issued)

    result = act_on_loads(ports, names, act, action="invoice.generate")
    if not ports.joined:
        ask_about_credit(ports, result)
    return result


def ask_about_credit(ports: Ports, invoiced: ChangeResult) -> None:
    """Ask the factor about the customers of loads that were just invoiced, where it can be asked."""
    with ports.store.reading(ports.tenant) as tx:
        loads = [tx.get(Load, one.subsidiary, one.load) for one in invoiced.changed]
    check_as_invoiced(ports, [load for load in loads if load is not None])


class _Register:
    """The invoices of one subsidiary, those issued now among them."""

    def __init__(self, tx: Transaction, ports: Ports, subsidiary: str) -> None:
        self.tx = tx
        self.subsidiary = subsidiary_of(ports, subsidiary)
        self.today = local_day(ports.clock.now(), self.subsidiary)
        self.loads = {load.number: load for load in tx.find(Load, subsidiary=subsidiary)}
        self.sales = tx.find(Assignment, subsidiary=subsidiary)
        self.sold = {sale.invoice_number: sale.load for sale in self.sales}
        self.holders = self.sold | {
            load.invoice.number: load.number for load in self.loads.values() if load.invoice is not None
        }
        self.issued: set[str] = set()
        self.superseding = Superseding(tx, ports, subsidiary)

    def issue(
        self,
        load: Load,
        customer: Customer | None,
        verdicts: Verdicts,
        *,
        number: str | None,
        date: dt.date | None,
        amount: int | None,
    ) -> Load | None:
        """Give one load its invoice, or refuse it."""
        face = amount if amount is not None else load.amount
        if face is None or face <= 0:
            verdicts.refuse(load, "amount_not_positive", "the invoice amount must be more than zero")
            return None
        day = date or load.planned_invoice_date or self.today
        text = number if number is not None else load.planned_invoice_number
        if text is None:
            text = self._next_number(load, day.year)
        try:
            text = read_invoice_number(text)
        except CellFault as fault:
            verdicts.refuse(load, "illegal_characters", f"the invoice number {text!r}: {fault.message}")
            return None
        old, what = self._superseded(load)
        if old is not None and what is OldInvoice.STILL_SOLD:
            message = f"the invoice it supersedes, of load {old.number}, is still sold"
            verdicts.refuse(load, "already_sold", message)
            return None
        voided = old if what is OldInvoice.VOIDED else None
        free = {load.number} if voided is None or text in self.sold else {load.number, voided.number}
        holder = self.holders.get(text)
        if holder is not None and holder not in free:
            message = f"load {holder} has invoice number {text} already"
            verdicts.refuse(load, "duplicate_invoice_number", message)
            return None
        if voided is not None:
            self.tx.put(evolve(voided, invoice=None, method=None))
        issued = evolve(
            load,
            invoice=Invoice(number=text, date=day, face=face, currency=load.currency),
            method=resolve_method(load, customer, self.subsidiary),
        )
        self.holders[text] = load.number
        self.loads[load.number] = issued
        self.issued.add(load.number)
        return issued

    def _next_number(self, load: Load, year: int) -> str:
        """Fill the subsidiary's format; a number in sequence that is taken is passed over."""
        template = self.subsidiary.invoice_number_format
        counts = numbers_in_sequence(template)
        while True:
            # A number of the sequence is taken only where the format asks for one.
            seq = self.tx.next_number(f"invoice:{self.subsidiary.id}") if counts else None
            text = format_invoice_number(
                template, load_number=load.number, subsidiary=self.subsidiary.id, year=year, seq=seq
            )
            if not counts or self.holders.get(text, load.number) == load.number:
                return text

    def _superseded(self, load: Load) -> tuple[Load | None, OldInvoice]:
        """Find the invoice that *load* revises, and what is to become of it."""
        old = superseded_load(load.supersedes, self.loads, self.sales) if load.supersedes else None
        if old is None:
            return None, OldInvoice.LEFT_ALONE
        return old, OldInvoice.VOIDED if old.number in self.issued else self.superseding.judge(old)


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
