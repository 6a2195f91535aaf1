"""What is held back, and what should have come out of it by now."""

import datetime as dt
from itertools import pairwise
from typing import TYPE_CHECKING

from factoring_core.analysis.frames import Frames
from factoring_core.errors import UsageError

if TYPE_CHECKING:
    import pandas as pd


def reserve(frames: Frames, *, due_after: int = 30) -> "pd.DataFrame":
    """Reserve outstanding and overdue, sale by sale.

    Formula: outstanding = held − rebated, where what a person charged to the reserve is no
    longer held.  It is overdue when the sale is settled and more than *due_after* days have
    passed since the debtor's last payment.
    Source: the positions; how long a factor may take is in the contract, so the caller says it.

    Returns:
        One row a sale with a reserve that is not zero: outstanding and overdue in cents, due_on
        (missing while it is not due), the most overdue first.
    """
    import pandas as pd

    sales = frames.positions[frames.positions["reserve"] != 0]
    paid = sales["last_paid_on"].where(sales["settled"].notna())
    due = (paid + pd.Timedelta(days=due_after)).astype("datetime64[s]")
    late = due < pd.Timestamp(frames.as_of)
    table = sales[["assignment", "subsidiary", "connection", "factor", "load", "customer"]].assign(
        held=sales["reserve_held"],
        rebated=sales["rebated"],
        outstanding=sales["reserve"],
        due_on=due,
        overdue=sales["reserve"].where(late, 0),
    )
    return table.sort_values(["overdue", "assignment"], ascending=[False, True], ignore_index=True)


def reserve_roll_forward(*points: Frames) -> "pd.DataFrame":
    """How the reserve came from one balance to the next.

    Formula: opening + held − rebated = closing, between each two of *points*; held and rebated
    are the growth of those sums in the positions, so a charge to the reserve lessens held.
    Source: the roll-forward schedule of an account.

    Args:
        points: Frames of the same books on at least two days, in their order.

    Returns:
        One row a period: since, until, opening, held, rebated, closing; cents.

    Raises:
        UsageError: fewer than two points, or not in order.
    """
    from factoring_core.analysis.building import build
    from factoring_core.analysis.schema import cents, day, schema

    if len(points) < 2 or any(a.as_of >= b.as_of for a, b in pairwise(points)):
        raise UsageError("A roll-forward needs frames of two or more days, in their order.")
    balances = [_balance(one) for one in points]
    rows = [
        (first, last, held - rebated, held_after - held, rebated_after - rebated, held_after - rebated_after)
        for (first, held, rebated), (last, held_after, rebated_after) in pairwise(balances)
    ]
    names = ("opening", "held", "rebated", "closing")
    shape = schema("roll", "", "since", day("since", ""), day("until", ""), *(cents(n, "") for n in names))
    cells = {name: list(part) for name, part in zip(shape.names, zip(*rows, strict=True), strict=True)}
    return build(shape, cells)


def _balance(frames: Frames) -> tuple[dt.date, int, int]:
    sales = frames.positions
    return frames.as_of, int(sales["reserve_held"].sum()), int(sales["rebated"].sum())
