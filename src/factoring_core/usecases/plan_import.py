"""Planning an import: every row checked, every fault noted, nothing written."""

import datetime as dt
from collections.abc import Iterable

from attrs import evolve, frozen

from factoring_core.domain.selling.batch import Assignment
from factoring_core.domain.selling.invoicing import resolve_method
from factoring_core.domain.vocabulary.lifecycle import LoadStatus
from factoring_core.domain.vocabulary.load import Document, DocumentKind, Load
from factoring_core.domain.vocabulary.parties import Connection, Customer, InvoicingMethod, Subsidiary
from factoring_core.errors import DocumentError, Fault, FileRefusedError, LimitExceededError, NotFoundError
from factoring_core.ports.loads_reader import LoadRow
from factoring_core.ports.storage import Reading
from factoring_core.usecases.books import customers_of
from factoring_core.usecases.import_rules import (
    IN_FLIGHT,
    RowFault,
    customer_of,
    frozen_changes,
    invoiced,
    new_load,
    opening_of,
    opening_sale,
    status_of,
    updated,
)
from factoring_core.usecases.ports import Ports

DOCUMENT_COLUMNS = (
    ("invoice_file", DocumentKind.INVOICE),
    ("pod_file", DocumentKind.POD),
    ("rate_confirmation_file", DocumentKind.RATE_CONFIRMATION),
)


@frozen(kw_only=True)
class ImportPlan:
    """What a loads file would make of the books."""

    created: tuple[Load, ...]
    updated: tuple[tuple[Load, Load], ...]
    unchanged: tuple[Load, ...]
    sales: tuple[Assignment, ...]
    customers: tuple[Customer, ...]


class DocumentIntake:
    """Reads each document a row names once, and keeps its bytes."""

    def __init__(self, ports: Ports) -> None:
        self._ports = ports
        self._read: dict[str, Document | RowFault] = {}

    def of(self, row: LoadRow) -> tuple[list[Document], list[RowFault]]:
        documents, faults = [], []
        for column, kind in DOCUMENT_COLUMNS:
            path = getattr(row, column)
            if path is None:
                continue
            try:
                if self._ports.documents is None:
                    raise NotFoundError("documents cannot be read from here")
                content = self._ports.documents(path)
                sha256 = self._ports.blobs.put(content)
                documents.append(
                    Document(
                        kind=kind,
                        sha256=sha256,
                        name=path.replace("\\", "/").rsplit("/", 1)[-1],
                        size=len(content),
                    )
                )
            except (NotFoundError, DocumentError, LimitExceededError) as error:
                faults.append(
                    RowFault(row=row, code="missing_file", message=str(error), column=column, excerpt=path)
                )
        return documents, faults


def plan_import(
    tx: Reading,
    ports: Ports,
    rows: Iterable[LoadRow],
    as_of: dt.date | None,
    documents: DocumentIntake,
    *,
    name: str,
) -> ImportPlan:
    """Plan a whole loads file; writes no record.

    Raises:
        FileRefusedError: with every fault of the file.
    """
    planner = _Planner(tx, ports, as_of, documents)
    for row in rows:
        planner.take(row)
    planner.check_relations()
    if planner.faults:
        faults = [
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
        message = f"{name} was refused: {len(faults)} fault(s)."
        raise FileRefusedError(message, faults=faults, where={"file": name})
    return ImportPlan(
        created=tuple(planner.created),
        updated=tuple(planner.updated),
        unchanged=tuple(planner.unchanged),
        sales=tuple(planner.sales),
        customers=tuple(planner.customers.values()),
    )


class _Planner:
    """Goes through the rows and notes what each makes, or what is wrong with it."""

    def __init__(self, tx: Reading, ports: Ports, as_of: dt.date | None, documents: DocumentIntake) -> None:
        self.ports = ports
        self.as_of = as_of
        self.documents = documents
        self.subsidiaries: dict[str, Subsidiary] = {
            one.id: one for one in ports.settings.subsidiaries if ports.actor.sees(one.id)
        }
        self.known_customers = customers_of(tx, ports)
        self.configured = {customer.id for customer in ports.settings.customers}
        self.loads = {
            (load.subsidiary, load.number): load
            for one in self.subsidiaries
            for load in tx.find(Load, subsidiary=one)
        }
        self.sold = [sale for one in self.subsidiaries for sale in tx.find(Assignment, subsidiary=one)]
        self.sealed = {(sale.subsidiary, sale.load) for sale in self.sold}
        self.numbers = {
            (load.subsidiary, load.invoice.number): load.number
            for load in self.loads.values()
            if load.invoice
        }
        self.numbers.update({(sale.subsidiary, sale.invoice_number): sale.load for sale in self.sold})
        self.seen: dict[tuple[str, str], LoadRow] = {}
        self.faults: list[RowFault] = []
        self.created: list[Load] = []
        self.updated: list[tuple[Load, Load]] = []
        self.unchanged: list[Load] = []
        self.sales: list[Assignment] = []
        self.customers: dict[str, Customer] = {}

    def fault(
        self, row: LoadRow, code: str, message: str, column: str | None = None, excerpt: str | None = None
    ) -> None:
        self.faults.append(RowFault(row=row, code=code, message=message, column=column, excerpt=excerpt))

    def take(self, row: LoadRow) -> None:
        """Plan one row."""
        subsidiary = self.subsidiaries.get(row.subsidiary)
        if subsidiary is None:
            self.fault(row, "unknown_subsidiary", "no subsidiary of that name", "subsidiary", row.subsidiary)
            return
        key = (row.subsidiary, row.load_number)
        if key in self.seen:
            first = self.seen[key].line
            self.fault(
                row,
                "duplicate_load",
                f"the load stands on line {first} already",
                "load_number",
                row.load_number,
            )
            return
        self.seen[key] = row
        documents, faults = self.documents.of(row)
        self.faults += faults
        if row.amount is not None and row.amount <= 0:
            self.fault(row, "bad_amount", "the amount must be more than zero", "amount")
            return
        customer = customer_of(row, {**self.known_customers, **self.customers})
        if row.customer not in self.configured and customer != self.known_customers.get(row.customer):
            self.customers[row.customer] = customer
        old = self.loads.get(key)
        if old is None:
            self._create(row, tuple(documents), subsidiary, customer)
        else:
            self._update(row, tuple(documents), old)

    def _update(self, row: LoadRow, documents: tuple[Document, ...], old: Load) -> None:
        new = updated(old, row, documents)
        frozen_ = list(frozen_changes(old, new, sealed=(old.subsidiary, old.number) in self.sealed))
        for column in frozen_:
            self.fault(row, "frozen_field", "it is frozen since the load was queued", column)
        if frozen_:
            return
        if old.invoice is not None:
            # What was planned no longer matters once there is an invoice.
            new = evolve(
                new,
                planned_invoice_number=old.planned_invoice_number,
                planned_invoice_date=old.planned_invoice_date,
                amount=old.amount,
                currency=old.currency,
            )
        if new == old:
            self.unchanged.append(old)
        else:
            self.updated.append((old, new))
            self.loads[(new.subsidiary, new.number)] = new

    def _create(
        self, row: LoadRow, documents: tuple[Document, ...], subsidiary: Subsidiary, customer: Customer
    ) -> None:
        load = new_load(row, documents)
        status = status_of(row)
        if status is not LoadStatus.RELEASED:
            missing = [
                name for name in ("invoice_number", "invoice_date", "amount") if getattr(row, name) is None
            ]
            for column in missing:
                self.fault(row, "required", f"a load that is {status.value} needs it", column)
            other = self.numbers.get((row.subsidiary, row.invoice_number or ""))
            if other is not None and other != row.load_number:
                message = f"load {other} has this invoice number already"
                self.fault(row, "duplicate_invoice_number", message, "invoice_number", row.invoice_number)
                return
            if missing:
                return
            load = invoiced(load, resolve_method(load, customer, subsidiary))
            assert load.invoice is not None
            self.numbers[(row.subsidiary, load.invoice.number)] = load.number
        if status in IN_FLIGHT:
            in_flight = self._open(row, load, subsidiary, customer)
            if in_flight is None:
                return
            load = in_flight
        self.created.append(load)
        self.loads[(load.subsidiary, load.number)] = load

    def _open(self, row: LoadRow, load: Load, subsidiary: Subsidiary, customer: Customer) -> Load | None:
        """Take over a load that is in flight already: as sold, or as sent to its customer."""
        as_of = row.as_of or self.as_of
        if as_of is None:
            self.fault(row, "required", "a load in flight needs an as-of date", "as_of")
            return None
        opening = opening_of(row, as_of)
        direct = load.method is not None and load.method.method is InvoicingMethod.DIRECT
        if direct and row.connection is None and row.provider is None:
            sent = min(as_of, load.invoice.date) if load.invoice is not None else as_of
            return evolve(load, sent_direct_on=sent, direct_opening=opening)
        connection = self._connection(row)
        if connection is None:
            return None
        if load.currency != connection.currency:
            self.fault(
                row, "currency", f"{connection.id} takes {connection.currency}", "currency", load.currency
            )
            return None
        profile = self.ports.profiles.get(connection.provider)
        self.sales.append(
            opening_sale(
                load,
                row,
                opening=opening,
                connection=connection,
                customer=customer,
                subsidiary=subsidiary,
                purchase_report=profile.purchase_report if profile is not None else True,
                import_id="",
            )
        )
        return load

    def _connection(self, row: LoadRow) -> Connection | None:
        own = [one for one in self.ports.settings.connections if one.subsidiary == row.subsidiary]
        if row.connection is not None:
            own = [one for one in own if one.id == row.connection]
        if row.provider is not None:
            own = [one for one in own if one.provider == row.provider]
        if len(own) == 1 and (row.connection is not None or row.provider is not None):
            return own[0]
        column = "connection" if row.connection is not None or row.provider is None else "provider"
        if row.connection is None and row.provider is None:
            self.fault(row, "required", "a load in flight needs its connection or provider", column)
        else:
            names = ", ".join(sorted(one.id for one in own)) or "none"
            self.fault(
                row,
                "unknown_connection",
                f"it must name exactly one connection of the subsidiary; fitting: {names}",
                column,
                row.connection or row.provider,
            )
        return None

    def check_relations(self) -> None:
        """Check what rows say of other loads, which may stand further down in the file."""
        for row in self.seen.values():
            for column in ("parent_load", "supersedes"):
                other = getattr(row, column)
                if other is None:
                    continue
                if other == row.load_number:
                    self.fault(row, "bad_identifier", "a load cannot be its own relative", column, other)
                elif (row.subsidiary, other) not in self.loads:
                    self.fault(row, "unknown_load", "no load of that number", column, other)
