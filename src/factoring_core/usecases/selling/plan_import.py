"""Planning an import: every row checked, every fault noted, nothing written."""

import datetime as dt
from collections.abc import Mapping, Set

from attrs import evolve, frozen

from factoring_core.domain.selling.batch import Assignment
from factoring_core.domain.selling.invoicing import resolve_method
from factoring_core.domain.vocabulary.lifecycle import LoadStatus
from factoring_core.domain.vocabulary.load import Document, Invoice, Load
from factoring_core.domain.vocabulary.money import decimal_text
from factoring_core.domain.vocabulary.parties import Connection, Customer, InvoicingMethod, Subsidiary
from factoring_core.errors import Fault, FileRefusedError
from factoring_core.ports.loads_reader import LoadRow, LoadsFile
from factoring_core.ports.storage import Reading
from factoring_core.usecases.books import customers_of
from factoring_core.usecases.ports import Ports
from factoring_core.usecases.selling.import_papers import Papers
from factoring_core.usecases.selling.import_rules import (
    IN_FLIGHT,
    OPENING,
    RowFault,
    customer_of,
    frozen_changes,
    invoiced,
    new_load,
    opening_changes,
    opening_of,
    opening_sale,
    status_of,
    updated,
)
from factoring_core.usecases.selling.supersede import OldInvoice, Superseding, superseded_load

DIRECT_STATUSES = (LoadStatus.INVOICED, LoadStatus.COMPLETED)
"""Where a load that the subsidiary collects itself can be in flight."""


@frozen(kw_only=True)
class ImportPlan:
    """What a loads file would make of the books."""

    created: tuple[Load, ...]
    updated: tuple[tuple[Load, Load], ...]
    unchanged: tuple[Load, ...]
    sales: tuple[Assignment, ...]
    customers: tuple[Customer, ...]
    warnings: tuple[str, ...]


def plan_import(
    tx: Reading,
    ports: Ports,
    read: LoadsFile,
    as_of: dt.date | None,
    papers: Mapping[int, Papers],
    *,
    name: str,
) -> ImportPlan:
    """Plan a whole loads file; writes no record.

    Raises:
        FileRefusedError: with every fault of the file, those of the reader too.
    """
    planner = _Planner(tx, ports, as_of, papers)
    for row in read.rows:
        planner.take(row)
    planner.check_relations(read.unread)
    planner.supersede()
    if planner.faults or read.faults:
        found = [
            Fault(
                code=one.code,
                message=one.message,
                file=name,
                row=one.row.row,
                line=one.row.line,
                column=one.column,
                excerpt=one.excerpt,
            )
            for one in planner.faults
        ]
        faults = sorted((*read.faults, *found), key=lambda one: one.row or 0)
        total = read.total + len(found)
        message = f"{name} was refused: {total} fault(s)."
        raise FileRefusedError(message, faults=faults, total=total, where={"file": name})
    return planner.plan()


Key = tuple[str, str]


class _Planner:
    """Goes through the rows and notes what each makes, or what is wrong with it."""

    def __init__(
        self, tx: Reading, ports: Ports, as_of: dt.date | None, papers: Mapping[int, Papers]
    ) -> None:
        self.tx = tx
        self.ports = ports
        self.as_of = as_of
        self.papers = papers
        self.subsidiaries: dict[str, Subsidiary] = {
            one.id: one for one in ports.settings.subsidiaries if ports.actor.sees(one.id)
        }
        self.known_customers = customers_of(tx, ports)
        self.customers = dict(self.known_customers)
        self.configured = {customer.id for customer in ports.settings.customers}
        self.providers = {one.id: one.provider for one in ports.settings.connections}
        self.loads: dict[Key, Load] = {
            (load.subsidiary, load.number): load
            for one in self.subsidiaries
            for load in tx.find(Load, subsidiary=one)
        }
        self.before = dict(self.loads)
        self.sold = [sale for one in self.subsidiaries for sale in tx.find(Assignment, subsidiary=one)]
        self.sealed = {(sale.subsidiary, sale.load) for sale in self.sold if sale.live}
        self.openings = {(sale.subsidiary, sale.load): sale for sale in self.sold if sale.opening is not None}
        self.numbers: dict[Key, str] = {
            (sale.subsidiary, sale.invoice_number): sale.load for sale in self.sold
        }
        self.numbers |= {
            (load.subsidiary, load.invoice.number): load.number
            for load in self.loads.values()
            if load.invoice
        }
        self.seen: dict[Key, LoadRow] = {}
        self.faults: list[RowFault] = []
        self.created: dict[Key, Load] = {}
        self.updated: dict[Key, tuple[Load, Load]] = {}
        self.unchanged: dict[Key, Load] = {}
        self.sales: list[Assignment] = []
        self.ignored = 0

    def fault(
        self, row: LoadRow, code: str, message: str, column: str | None = None, excerpt: str | None = None
    ) -> None:
        """Note one thing that is wrong."""
        self.faults.append(RowFault(row=row, code=code, message=message, column=column, excerpt=excerpt))

    def take(self, row: LoadRow) -> None:
        """Plan one row; whatever is wrong with it, the rest of it is checked all the same."""
        papers = self.papers[row.row]
        self.faults += papers.faults
        subsidiary = self.subsidiaries.get(row.subsidiary)
        if subsidiary is None:
            self.fault(row, "unknown_subsidiary", "no subsidiary of that name", "subsidiary", row.subsidiary)
            return
        key = (row.subsidiary, row.load_number)
        if key in self.seen:
            message = f"the load stands on line {self.seen[key].line} already"
            self.fault(row, "duplicate_load", message, "load_number", row.load_number)
            return
        self.seen[key] = row
        old = self.loads.get(key)
        if row.amount is not None and row.amount <= 0:
            excerpt = decimal_text(row.amount)
            self.fault(row, "bad_amount", "the amount must be more than zero", "amount", excerpt)
            row = evolve(row, amount=1 if old is None else None)
        if row.customer not in self.configured:
            # Of several rows about one customer the last counts, and a blank never erases.
            self.customers[row.customer] = customer_of(row, self.customers)
        if old is None:
            self._create(row, papers.documents, subsidiary)
        else:
            self._update(row, papers.documents, old)

    def _update(self, row: LoadRow, documents: tuple[Document, ...], old: Load) -> None:
        key = (old.subsidiary, old.number)
        new = updated(old, row, documents)
        frozen_: list[str] = []
        sale = self.openings.get(key)
        opening = old.direct_opening if sale is None else sale.opening
        if opening is not None:
            provider = self.providers.get(sale.connection) if sale is not None else None
            frozen_ += opening_changes(row, opening, sale, provider)
        elif any(getattr(row, name) is not None for name in OPENING):
            self.ignored += 1
        if old.invoice is not None:
            frozen_ += frozen_changes(old, new, old.invoice, sealed=key in self.sealed)
            # What was planned no longer matters once there is an invoice.
            new = evolve(
                new,
                planned_invoice_number=old.planned_invoice_number,
                planned_invoice_date=old.planned_invoice_date,
                amount=old.amount,
                currency=old.currency,
            )
        for column in dict.fromkeys(frozen_):
            cell = getattr(row, column)
            excerpt = decimal_text(cell) if isinstance(cell, int) else str(cell)
            self.fault(row, "frozen_field", "it is frozen since the load was queued", column, excerpt)
        if new == old:
            self.unchanged[key] = old
        else:
            self.updated[key] = (old, new)
            self.loads[key] = new

    def _create(self, row: LoadRow, documents: tuple[Document, ...], subsidiary: Subsidiary) -> None:
        load = new_load(row, documents)
        status = status_of(row)
        if status is not LoadStatus.RELEASED:
            invoice = self._invoice(row, status)
            if invoice is None:
                return
            customer = self.customers[row.customer]
            load = invoiced(load, invoice, resolve_method(load, customer, subsidiary))
            self.numbers[(row.subsidiary, invoice.number)] = load.number
            if status in IN_FLIGHT:
                in_flight = self._open(row, load, invoice, subsidiary, customer)
                if in_flight is None:
                    return
                load = in_flight
        if status not in IN_FLIGHT and any(getattr(row, name) is not None for name in OPENING):
            self.ignored += 1
        key = (load.subsidiary, load.number)
        self.created[key] = load
        self.loads[key] = load

    def _invoice(self, row: LoadRow, status: LoadStatus) -> Invoice | None:
        """Read the invoice that a load from queued on has."""
        number, day, face = row.invoice_number, row.invoice_date, row.amount
        for column in ("invoice_number", "invoice_date", "amount"):
            if getattr(row, column) is None:
                self.fault(row, "required", f"a load that is {status.value} needs it", column)
        other = self.numbers.get((row.subsidiary, number or ""))
        if other is not None and other != row.load_number:
            message = f"load {other} has this invoice number already"
            self.fault(row, "duplicate_invoice_number", message, "invoice_number", number)
            return None
        if number is None or day is None or face is None:
            return None
        return Invoice(number=number, date=day, face=face, currency=row.currency or "USD")

    def _open(
        self, row: LoadRow, load: Load, invoice: Invoice, subsidiary: Subsidiary, customer: Customer
    ) -> Load | None:
        """Take over a load that is in flight already: as sold, or as sent to its customer."""
        as_of = row.as_of or self.as_of
        if as_of is None:
            self.fault(row, "required", "a load in flight needs an as-of date", "as_of")
        if load.method is not None and load.method.method is InvoicingMethod.DIRECT:
            if status_of(row) not in DIRECT_STATUSES:
                message = "a direct load is never financed; a factored one needs the method factoring"
                self.fault(row, "direct_not_financed", message, "status", row.status)
                return None
            if as_of is None:
                return None
            opening = opening_of(row, as_of)
            return evolve(load, sent_direct_on=min(as_of, invoice.date), direct_opening=opening)
        connection = self._connection(row)
        if connection is None or as_of is None:
            return None
        if load.currency != connection.currency:
            message = f"{connection.id} takes {connection.currency}"
            self.fault(row, "currency", message, "currency", load.currency)
            return None
        profile = self.ports.profiles.get(connection.provider)
        self.sales.append(
            opening_sale(
                load,
                invoice,
                row,
                opening=opening_of(row, as_of),
                connection=connection,
                customer=customer,
                subsidiary=subsidiary,
                purchase_report=profile is None or profile.purchase_report,
            )
        )
        return load

    def _connection(self, row: LoadRow) -> Connection | None:
        if row.connection is None and row.provider is None:
            self.fault(row, "required", "a load in flight needs its connection or provider", "connection")
            return None
        fitting = [
            one
            for one in self.ports.settings.connections
            if one.subsidiary == row.subsidiary
            and row.connection in (None, one.id)
            and row.provider in (None, one.provider)
        ]
        if len(fitting) == 1:
            return fitting[0]
        names = ", ".join(sorted(one.id for one in fitting)) or "none"
        message = f"it must name exactly one connection of the subsidiary; fitting: {names}"
        column = "connection" if row.connection is not None else "provider"
        self.fault(row, "unknown_connection", message, column, getattr(row, column))
        return None

    def check_relations(self, unread: Set[Key]) -> None:
        """Check what rows newly say of other loads, which may stand further down in the file.

        Of loads whose rows could not be read nothing is said.
        """
        for key, row in self.seen.items():
            old = self.before.get(key)
            if row.parent_load is not None and (old is None or old.parent_load != row.parent_load):
                self._relative(row, "parent_load", row.parent_load, (row.subsidiary, row.parent_load), unread)
            if row.supersedes is not None and (old is None or old.supersedes != row.supersedes):
                # A revised invoice may name the old invoice as well as its load.
                holder = self.numbers.get((row.subsidiary, row.supersedes), row.supersedes)
                known = (row.subsidiary, row.supersedes)
                named = known if known in self.loads else (row.subsidiary, holder)
                self._relative(row, "supersedes", row.supersedes, named, unread)

    def _relative(self, row: LoadRow, column: str, said: str, key: Key, unread: Set[Key]) -> None:
        if key == (row.subsidiary, row.load_number):
            self.fault(row, "bad_identifier", "a load cannot be its own relative", column, said)
        elif key not in self.loads and key not in self.seen and key not in unread:
            self.fault(row, "unknown_load", "no load of that number", column, said)

    def supersede(self) -> None:
        """Void the queued invoices that new ones replace; refuse what replaces a sold one."""
        judges: dict[str, Superseding] = {}
        for key, load in self.created.items():
            if load.supersedes is None or load.invoice is None:
                continue
            own = {number: one for (sub, number), one in self.loads.items() if sub == load.subsidiary}
            old = superseded_load(
                load.supersedes, own, [sale for sale in self.sold if sale.subsidiary == load.subsidiary]
            )
            if old is None:
                continue
            name = (old.subsidiary, old.number)
            if name in self.created:
                in_flight = old.sent_direct_on is not None or any(
                    one.load == old.number for one in self.sales
                )
                what = OldInvoice.STILL_SOLD if in_flight else OldInvoice.VOIDED
            else:
                judge = judges.setdefault(load.subsidiary, Superseding(self.tx, self.ports, load.subsidiary))
                what = judge.judge(old)
            if what is OldInvoice.STILL_SOLD:
                message = f"the invoice it supersedes, of load {old.number}, is still sold"
                self.fault(self.seen[key], "already_sold", message, "supersedes", load.supersedes)
            elif what is OldInvoice.VOIDED:
                self._void(name, old)

    def _void(self, key: Key, old: Load) -> None:
        voided = evolve(old, invoice=None, method=None)
        self.loads[key] = voided
        if key in self.created:
            self.created[key] = voided
        else:
            before = self.updated[key][0] if key in self.updated else old
            self.unchanged.pop(key, None)
            self.updated[key] = (before, voided)

    def plan(self) -> ImportPlan:
        """Return what was noted; a load whose customer alone changes counts as updated."""
        customers = {id_: one for id_, one in self.customers.items() if one != self.known_customers.get(id_)}
        for key, load in list(self.unchanged.items()):
            if load.customer in customers:
                del self.unchanged[key]
                self.updated[key] = (load, load)
        warnings: tuple[str, ...] = ()
        if self.ignored:
            warnings = (
                f"opening_ignored: {self.ignored} row(s) tell of purchases or payments of loads that do not"
                " begin in flight here; reports tell that",
            )
        return ImportPlan(
            created=tuple(self.created.values()),
            updated=tuple(self.updated.values()),
            unchanged=tuple(self.unchanged.values()),
            sales=tuple(self.sales),
            customers=tuple(customers.values()),
            warnings=warnings,
        )
