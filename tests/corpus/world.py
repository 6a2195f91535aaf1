"""A small set of books against which every input of the corpus is tried."""

from __future__ import annotations

from typing import Any

from attrs import evolve

from factoring_core.providers.load import load_profile
from usecases.bringing import bring, row
from usecases.desk import Desk, connection

HEADER = "Invoice Number,Payment Date,Payment Amount,Check Number,Customer,Invoice Amount"
FIRST = "INV-1,03/10/2026,1000.00,C1,Blue Freight Brokers,1000.00"
SECOND = "INV-2,03/10/2026,500.00,C1,Blue Freight Brokers,500.00"
GOOD = f"{HEADER}\r\n{FIRST}\r\n{SECOND}\r\n"
# Headings that only WinFactor's layout knows.
OWN_HEADER = "Inv #,Receipt Date,Amount Applied,Chk #,Debtor,Invoice Amount"
OWN = GOOD.replace(HEADER, OWN_HEADER)


def books(**layout: Any) -> Desk:
    """East has sold four invoices to WinFactor, west one; *layout* changes WinFactor's layouts."""
    winfactor = load_profile("winfactor")
    changed = [evolve(one, **layout) for one in winfactor.layouts]
    desk = Desk(
        connection(),
        connection("west-winfactor", subsidiary="west", client_number="W-1"),
        profiles=[evolve(winfactor, layouts=tuple(changed))],
    )
    bring(
        desk.ports,
        row("L-1", invoice_number="INV-1"),
        row("L-2", invoice_number="INV-2", amount="500.00"),
        row("L-3", invoice_number="000123", amount="250.00"),
        row("L-4", "queued", invoice_number="INV-4"),
        row("W-1", subsidiary="west", connection="west-winfactor", invoice_number="INV-W-1"),
    )
    return desk


def text(old: str = "", new: str = "", source: str = GOOD) -> bytes:
    """Return the good file with one thing changed."""
    assert old in source
    return source.replace(old, new, 1).encode()
