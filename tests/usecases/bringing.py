"""Short ways to bring loads and reports to a desk, and to see where everything stands."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from attrs import evolve

from factoring_core.domain.reconciling.findings import ExceptionType
from factoring_core.domain.vocabulary.parties import Severity
from factoring_core.ports.storage import KINDS
from factoring_core.usecases.ports import Ports
from factoring_core.usecases.reconciling.apply_report import apply_report
from factoring_core.usecases.reconciling.view_exceptions import exceptions
from factoring_core.usecases.results import ExceptionView, ImportResult, ReportResult
from factoring_core.usecases.selling.import_loads import import_loads
from factoring_core.usecases.views import loads
from usecases.desk import EAST, Desk

AS_OF = dt.date(2026, 2, 28)
LENIENT = evolve(
    EAST,
    generate_invoices=True,
    preflight={"missing_pod": Severity.OFF, "missing_rate_confirmation": Severity.OFF},
)
"""A subsidiary that sells loads without papers."""


def csv(*rows: Mapping[str, Any]) -> bytes:
    """Write rows under the headings they name."""
    header = list(dict.fromkeys(name for row in rows for name in row))
    lines = [header, *([str(row.get(name, "")) for name in header] for row in rows)]
    return "\r\n".join(",".join(line) for line in lines).encode()


def row(number: str = "L-1", status: str = "financed", **more: Any) -> dict[str, Any]:
    """A row of a loads file: in flight with WinFactor unless told otherwise."""
    given = {
        "load_number": number,
        "subsidiary": "east",
        "customer": "blue",
        "status": status,
        "invoice_number": f"INV-{number}",
        "invoice_date": "2026-02-01",
        "amount": "1000.00",
        "connection": "east-winfactor" if status in ("invoiced", "financed", "completed") else "",
    }
    return {**given, **more}


def bring(ports: Ports, *rows: Mapping[str, Any], name: str = "loads.csv") -> ImportResult:
    """Import rows of loads."""
    return import_loads(ports, csv(*rows), name=name, as_of=AS_OF)


def payment(invoice: str = "INV-L-1", amount: str = "1000.00", **more: Any) -> dict[str, Any]:
    """A row of the payment template."""
    given = {"Invoice Number": invoice, "Payment Date": "03/10/2026", "Payment Amount": amount}
    return {**given, "Check Number": "C1", "Type": "", **more}


def purchase(invoice: str = "INV-L-1", amount: str = "1000.00", **more: Any) -> dict[str, Any]:
    """A row of the purchase template."""
    given = {"Invoice Number": invoice, "Purchase Date": "03/05/2026", "Invoice Amount": amount, "Type": ""}
    return {**given, **more}


def report(ports: Ports, *rows: Mapping[str, Any], **more: Any) -> ReportResult:
    """Apply rows as one report of east."""
    given: dict[str, Any] = {"name": "report.csv", "subsidiary": "east", **more}
    return apply_report(ports, csv(*rows), **given)


def raised(desk: Desk) -> list[str]:
    """Name the types of the open exceptions."""
    return sorted(view.item.type.value for view in exceptions(desk.ports))


def exception(desk: Desk, kind: str) -> ExceptionView:
    """Return the one open exception of a type."""
    (found,) = [view for view in exceptions(desk.ports) if view.item.type is ExceptionType(kind)]
    return found


def seen(desk: Desk) -> tuple[Any, ...]:
    """What a person sees of the books: loads as listed, and open exceptions but for their age."""
    return loads(desk.ports), {view.item.id: view.item for view in exceptions(desk.ports)}


def everything(desk: Desk) -> Any:
    """The store as it is, to see that nothing was written."""
    with desk.store.reading("acme") as look:
        return {kind.name: list(look.find(kind.record)) for kind in KINDS}
