"""Reconciling without a store: a report and a table of invoices, and the engine of `report apply`."""

import datetime as dt
from pathlib import Path
from typing import Any

from attrs import evolve

from factoring_core.adapters.frames.texts import columns_of, csv_of
from factoring_core.adapters.storage.memory import MemoryStore
from factoring_core.analysis.building import need_pandas
from factoring_core.analysis.frames import frames
from factoring_core.analysis.invoice_table import CONNECTION, SUBSIDIARY, loads_file
from factoring_core.analysis.policy import Policy
from factoring_core.analysis.reconciliation import Reconciliation
from factoring_core.domain.vocabulary.parties import (
    Connection,
    Settings,
    SettlementPolicy,
    Subsidiary,
)
from factoring_core.domain.vocabulary.profile import ProviderProfile, ReportLayout
from factoring_core.errors import UsageError
from factoring_core.usecases.ports import Ports
from factoring_core.usecases.reconciling.detect_report import TEMPLATE, layout_of
from factoring_core.wiring import Office, open_office

REPORT = "report"
INVOICES = "invoices"


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
        table, customers = loads_file(columns_of(invoices), as_of)
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
