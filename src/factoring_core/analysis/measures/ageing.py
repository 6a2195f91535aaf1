"""How old what is open is."""

from typing import TYPE_CHECKING, Any

from factoring_core.analysis.frames import Frames

if TYPE_CHECKING:
    import pandas as pd

AGES = ("0-30 days", "31-60 days", "61-90 days", "over 90 days")
UNDATED = "no date"
_ENDS = (30, 60, 90)


def age_of(days: int) -> str:
    """Name the bucket of an age in days; what lies ahead counts as new."""
    return AGES[sum(days > end for end in _ENDS)]


def ages(frames: Frames, since: "pd.Series[Any]") -> "pd.Series[Any]":
    """Return the bucket of each date, as an ordered category."""
    import pandas as pd

    on = pd.Timestamp(frames.as_of)
    names = [UNDATED if day is pd.NaT else age_of((on - day).days) for day in since]
    return pd.Series(pd.Categorical(names, categories=[*AGES, UNDATED], ordered=True), index=since.index)


def ageing(frames: Frames, *, by: str = "customer_name") -> "pd.DataFrame":
    """What is open on issued invoices, by debtor and age.

    Formula: the sum of ``open`` over the loads of each debtor whose invoice is 0-30, 31-60,
    61-90 or more days old, counted from the invoice date to the day of the frames; ``total`` is
    the sum of the four.  All totals together are the ``open`` of the status.
    Source: the ageing schedule of accounts receivable, as every ledger prints it.

    Returns:
        One row for each value of *by* with something open, the most money first; cents.
    """
    loads = frames.loads[frames.loads["open"] != 0]
    table = (
        loads.assign(age=ages(frames, loads["invoice_date"]))
        .pivot_table(index=by, columns="age", values="open", aggfunc="sum", observed=False)
        .reindex(columns=list(AGES))
        .fillna(0)
        .astype("Int64")
    )
    table.columns = table.columns.astype("str")
    table["total"] = table.sum(axis=1).astype("Int64")
    return table.reset_index().sort_values(["total", by], ascending=[False, True], ignore_index=True)


def exceptions_by_age(frames: Frames) -> "pd.DataFrame":
    """Open exceptions by type, severity and age: how many, and how much is at risk.

    Formula: count and sum of ``amount_at_risk`` over the exceptions of each type whose earliest
    supporting date lies 0-30, 31-60, 61-90 or more days back.
    Source: own; the age is that of `exceptions list`.

    Returns:
        Columns type, severity, age, count, amount_at_risk (cents), the most money first.
    """
    found = frames.exceptions
    grouped = found.assign(age=ages(frames, found["since"])).groupby(
        ["type", "severity", "age"], observed=True
    )
    table = grouped.agg(count=("exception", "size"), amount_at_risk=("amount_at_risk", "sum"))
    table = table.astype({"count": "Int64", "amount_at_risk": "Int64"}).reset_index()
    return table.sort_values(["amount_at_risk", "type"], ascending=[False, True], ignore_index=True)
