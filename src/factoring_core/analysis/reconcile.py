"""Reconciling without a store: a report and a table of invoices, and the engine of `report apply`."""

import datetime as dt
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from attrs import evolve

from factoring_core.adapters.frames.texts import columns_of, csv_of, is_missing
from factoring_core.adapters.storage.memory import MemoryStore
from factoring_core.analysis.building import need_pandas
from factoring_core.analysis.frames import frames
from factoring_core.analysis.policy import Policy
from factoring_core.analysis.reconciliation import Reconciliation
from factoring_core.domain.vocabulary.parties import (
    Connection,
    Customer,
    Settings,
    SettlementPolicy,
    Subsidiary,
)
from factoring_core.domain.vocabulary.profile import ProviderProfile, ReportLayout
from factoring_core.errors import UsageError
from factoring_core.usecases.detect_report import TEMPLATE, layout_of
from factoring_core.usecases.ports import Ports
from factoring_core.wiring import Office, open_office

SUBSIDIARY = "mine"
CONNECTION = "factor"
REPORT = "report"
INVOICES = "invoices"

Columns = list[tuple[str, list[Any]]]


def reconcile(
    report: Any,
    invoices: Any,
    *,
    layout: str | ReportLayout | None = None,
    policy: Policy | SettlementPolicy | str | None = None,
    as_of: dt.date | None = None,
) -> Reconciliation:
    """Reconcile a factor's report with a table of invoices; nothing is written anywhere.

    The rules, the engine and the words are those of `report apply`: the invoices are taken in
    as a loads file is, and the report as a file is, both whole or not at all.

    Args:
        report: A data frame with the report's own headings, or the path of a report as
            downloaded.
        invoices: A data frame with the columns of a loads file.  ``invoice_number`` and
            ``amount`` are enough; the status is ``invoiced`` where it is not said.  A column
            ``debtor_number`` holds the factor's number of the customer.
        layout: A layout, its id, or a provider; detected among all when left out.
        policy: How invoices settle: a `Policy`, or its settlement word alone.
        as_of: The day of the opening balances in *invoices*; its earliest date by default.

    Raises:
        FileRefusedError: every fault of either table at once.
        UsageError: no data frame, or a layout that nobody knows.
        MissingExtraError: pandas, or narwhals for a frame of another engine, is missing.
    """
    need_pandas()
    rules = Policy.of(policy)
    name, content = _content(report)
    store = MemoryStore()
    own = Subsidiary(
        id=SUBSIDIARY,
        name=SUBSIDIARY,
        settlement=rules.settlement,
        tolerance=rules.tolerance_cents,
        invoice_prefixes=rules.invoice_prefixes,
    )
    bare = Settings(subsidiaries=(own,))
    with open_office(settings=bare, store=store) as start:
        ports, provider = _provided(start, content, name=name, layout=layout, rules=rules)
        table, customers = _invoices(columns_of(invoices), as_of)
        connection = Connection(
            id=CONNECTION,
            subsidiary=SUBSIDIARY,
            provider=provider,
            currency=rules.currency,
            client_number=rules.client_number,
            terms=rules.terms,
            batch_report=rules.missing,
        )
        settings = evolve(bare, connections=(connection,), customers=customers)
        office = start.working_with(evolve(ports, settings=settings))
        office.import_loads(csv_of(table, name=INVOICES), name=INVOICES)
        result = office.apply_report(content, name=name, subsidiary=SUBSIDIARY, kind=_kind(layout, ports))
        found = frames(office)
    return Reconciliation(result, found)


def _content(report: Any) -> tuple[str, bytes]:
    """Return the bytes of a report and what it is called."""
    if isinstance(report, str | Path):
        path = Path(report)
        try:
            return path.name, path.read_bytes()
        except OSError as error:
            raise UsageError(f"{path} cannot be read: {error}.") from error
    return REPORT, csv_of(columns_of(report), name=REPORT)


def _provided(
    office: Office, content: bytes, *, name: str, layout: str | ReportLayout | None, rules: Policy
) -> tuple[Ports, str]:
    """Return ports that know the layout, and the provider of the one connection."""
    ports = office.ports
    if isinstance(layout, ReportLayout):
        known = ports.profiles.get(layout.provider)
        profile = known or ProviderProfile(id=layout.provider, name=layout.provider, mode="file")
        profile = evolve(profile, layouts=(layout,))
        return evolve(ports, templates=(), profiles={**ports.profiles, profile.id: profile}), profile.id
    if layout is not None and layout in ports.profiles:
        return (evolve(ports, templates=()) if ports.profiles[layout].layouts else ports), layout
    if layout is not None:
        return _named(ports, layout, rules)
    every = [Connection(id=one, subsidiary=SUBSIDIARY, provider=one) for one in ports.profiles]
    opened = ports.reports.open(content, name=name)
    found = layout_of(ports, opened, name=name, connections=every, kind=None)
    return ports, rules.provider if found.provider == TEMPLATE else found.provider


def _named(ports: Ports, layout: str, rules: Policy) -> tuple[Ports, str]:
    """Leave only the layout of that id."""
    templates = tuple(one for one in ports.templates if one.id == layout)
    if templates:
        return evolve(ports, templates=templates), rules.provider
    for profile in ports.profiles.values():
        for one in profile.layouts:
            if one.id == layout:
                only = {**ports.profiles, profile.id: evolve(profile, layouts=(one,))}
                return evolve(ports, templates=(), profiles=only), profile.id
    raise UsageError(
        f"There is no layout and no provider {layout}.",
        remedy="`factoring providers list` names the providers and their layouts.",
    )


def _kind(layout: str | ReportLayout | None, ports: Ports) -> str | None:
    if isinstance(layout, ReportLayout):
        return layout.kind.value
    every = (*ports.templates, *(one for profile in ports.profiles.values() for one in profile.layouts))
    return next((one.kind.value for one in every if one.id == layout), None)


def _invoices(given: Columns, as_of: dt.date | None) -> tuple[Columns, tuple[Customer, ...]]:
    """Return the invoices as a loads file for the one connection, and the customers they name."""
    columns = dict(given)
    if len(columns) < len(given):
        raise UsageError("A column of the invoices stands there twice.")
    size = len(next(iter(columns.values()), []))
    if "invoice_number" not in columns:
        raise UsageError("The invoices need a column invoice_number.")
    for name in ("subsidiary", "connection", "provider"):
        columns.pop(name, None)
    debtors = columns.pop("debtor_number", [None] * size)
    names = columns.get("customer_name", columns.get("customer", ["unknown"] * size))
    columns["customer"] = _filled(columns.get("customer", names), "unknown")
    columns["load_number"] = _filled(columns.get("load_number", [None] * size), columns["invoice_number"])
    columns["status"] = _filled(columns.get("status", [None] * size), "invoiced")
    first = as_of or _earliest(columns.get("invoice_date", ()))
    columns.setdefault("invoice_date", [first] * size)
    columns["as_of"] = _filled(columns.get("as_of", [None] * size), first)
    columns["subsidiary"] = [SUBSIDIARY] * size
    sold = ("invoiced", "financed", "completed")
    columns["connection"] = [CONNECTION if one in sold else None for one in columns["status"]]
    return list(columns.items()), _customers(columns, debtors)


def _filled(cells: Sequence[Any], default: Any) -> list[Any]:
    """Return *cells* with *default*, or its cell of the same row, where one is blank."""
    rows = default if isinstance(default, list) else [default] * len(cells)
    return [other if _blank(cell) else cell for cell, other in zip(cells, rows, strict=True)]


def _blank(cell: Any) -> bool:
    return is_missing(cell) or cell == ""


def _earliest(cells: Sequence[Any]) -> dt.date:
    days = [cell for cell in cells if not _blank(cell)]
    texts = sorted(
        (one.date() if isinstance(one, dt.datetime) else one) for one in days if isinstance(one, dt.date)
    )
    if texts:
        return texts[0]
    # Only a lower bound is needed: balances are of that day, everything later moves them.
    return dt.date(2000, 1, 1)


def _customers(columns: dict[str, list[Any]], debtors: Sequence[Any]) -> tuple[Customer, ...]:
    """Return the customers to whom the factor gave a number; the rest come with the invoices."""
    size = len(debtors)
    names = columns.get("customer_name", [None] * size)
    carriers = columns.get("customer_mc_number", [None] * size)
    made: dict[str, Customer] = {}
    for id_, name, carrier, debtor in zip(columns["customer"], names, carriers, debtors, strict=True):
        if _blank(debtor):
            continue
        one = Customer(
            id=str(id_),
            name=str(id_ if _blank(name) else name),
            mc_number=None if _blank(carrier) else str(carrier),
            debtor_numbers={CONNECTION: str(debtor)},
        )
        if made.setdefault(one.id, one).debtor_numbers != one.debtor_numbers:
            raise UsageError(f"The customer {one.id} has two debtor numbers.")
    return tuple(made.values())
