"""A table of invoices as a loads file for the one connection of a reconciliation."""

import datetime as dt
from collections.abc import Sequence
from typing import Any

from factoring_core.adapters.frames.texts import is_missing
from factoring_core.domain.vocabulary.parties import Customer
from factoring_core.errors import UsageError

SUBSIDIARY = "mine"
CONNECTION = "factor"

Columns = list[tuple[str, list[Any]]]


def loads_file(given: Columns, as_of: dt.date | None) -> tuple[Columns, tuple[Customer, ...]]:
    """Return the invoices as the columns of a loads file, and the customers they name.

    Raises:
        UsageError: no invoice numbers, a column that stands there twice, or a customer with two
            debtor numbers.
    """
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
