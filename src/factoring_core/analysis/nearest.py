"""Which invoices a row might have meant: ranked by how alike they look, never decided."""

from typing import TYPE_CHECKING

from factoring_core.analysis.frames import Frames
from factoring_core.analysis.schema import cents, count, schema, text

if TYPE_CHECKING:
    import pandas as pd

NEAREST = schema(
    "nearest",
    "One invoice that might be meant.",
    "load",
    text("load", "load number"),
    text("invoice_number", "our number"),
    text("customer_name", "who owes it"),
    cents("open", "still owed"),
    count("likeness", "of the numbers, 100 being equal", unit="percent"),
    text("same_amount", "yes where exactly the amount asked for is open; empty otherwise"),
)


def nearest(frames: Frames, number: str, *, amount: int | None = None, top: int = 5) -> "pd.DataFrame":
    """Return the invoices with money open that look most like *number*, best first.

    Args:
        number: The invoice number as a report gives it.
        amount: What the row says was paid, in cents; an invoice that owes just that comes first.
    """
    from factoring_core.analysis.building import build

    loads = frames.loads
    owed = loads[(loads["open"] > 0) & loads["invoice_number"].notna()]
    rows = [
        (load, invoice, name, int(open_), _likeness(number, invoice), "yes" if open_ == amount else "")
        for load, invoice, name, open_ in zip(
            owed["load"], owed["invoice_number"], owed["customer_name"], owed["open"], strict=True
        )
    ]
    rows.sort(key=lambda row: (row[5] == "", -row[4], row[0]))
    cells = dict(zip(NEAREST.names, (list(part) for part in zip(*rows[:top], strict=True)), strict=False))
    return build(NEAREST, {name: cells.get(name, []) for name in NEAREST.names})


def _likeness(one: str, other: str) -> int:
    """Compare two numbers; the two libraries only order, so either will do."""
    a, b = one.casefold(), other.casefold()
    try:
        from rapidfuzz.fuzz import ratio
    except ImportError:
        from difflib import SequenceMatcher

        return round(SequenceMatcher(None, a, b).ratio() * 100)
    return round(ratio(a, b))
