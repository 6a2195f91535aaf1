"""What was advanced and kept, beside what the terms say."""

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from factoring_core.analysis.frames import Frames
from factoring_core.domain.vocabulary.money import Money

if TYPE_CHECKING:
    import pandas as pd


def expected(base: int, rate: Decimal | None) -> int | None:
    """Return the share of *base* in cents, rounded once, half a cent away from zero."""
    return Money(base).share(rate).cents if rate is not None else None


def against_terms(frames: Frames) -> "pd.DataFrame":
    """Advance and fee of every sale that was bought, against the terms frozen when it was sold.

    Formula: expected = what was bought × rate, rounded to the cent; difference = actual −
    expected.  What was bought is the purchased amount where a report states it, else the face.
    Source: the terms of the connection at sealing; the reports.

    Returns:
        One row a sale whose terms name a rate; cents.  An advance that no report states is
        missing, and so is its difference.
    """
    import pandas as pd

    sold = frames.assignments[["assignment", "advance_rate", "fee_rate"]]
    bought = frames.positions[frames.positions["bought"]].merge(sold, on="assignment", validate="1:1")
    known = bought["advance_rate"].notna() | bought["fee_rate"].notna()
    table = bought.loc[known].copy()
    base = table["purchased"].where(table["purchased"] > 0, table["face"])

    def share(rates: "pd.Series[Any]") -> "pd.Series[Any]":
        found = [
            expected(int(amount), None if rate is None else rate)
            for amount, rate in zip(base, rates, strict=True)
        ]
        return pd.Series(pd.array(found, dtype="Int64"), index=table.index)

    table["advanced"] = table["advanced"].where(table["advanced_known"])
    table["advance_expected"] = share(table["advance_rate"])
    table["advance_difference"] = table["advanced"] - table["advance_expected"]
    table["fee_expected"] = share(table["fee_rate"])
    table["fee_difference"] = table["fees"] - table["fee_expected"]
    table["bought"] = base
    names = ["assignment", "subsidiary", "connection", "factor", "load", "bought"]
    names += ["advanced", "advance_expected", "advance_difference"]
    names += ["fees", "fee_expected", "fee_difference"]
    return table[names].reset_index(drop=True)
