"""How fast money and loads move."""

from typing import TYPE_CHECKING

from factoring_core.analysis.frames import Frames

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

_STAGES = ("released", "queued", "invoiced", "financed", "completed")
GROUPS = ("customer_name", "factor")


def days_sales_outstanding(frames: Frames, *, by: "Sequence[str]" = GROUPS, days: int = 90) -> "pd.DataFrame":
    """Days sales outstanding, by debtor and factor.

    Formula: open ÷ invoiced × days, where *open* is what is owed on the day of the frames and
    *invoiced* the amount of the invoices dated within the last *days* days, that day included.
    Source: the receivables-turnover ratio of financial statement analysis, closing balance form.

    Returns:
        One row a group: open and invoiced in cents, ``dso`` in days, missing where nothing was
        invoiced in the period.
    """
    import pandas as pd

    loads = frames.loads[frames.loads["invoice_date"].notna()]
    until = pd.Timestamp(frames.as_of)
    recent = (loads["invoice_date"] > until - pd.Timedelta(days=days)) & (loads["invoice_date"] <= until)
    table = (
        loads.assign(invoiced=loads["amount"].where(recent, 0))
        .groupby(list(by), dropna=False)[["open", "invoiced"]]
        .sum()
        .astype("Int64")
        .reset_index()
    )
    sold = table["invoiced"].astype("float64")
    table["dso"] = (table["open"].astype("float64") * days / sold).where(sold > 0)
    return table


def days_to_pay(frames: Frames, *, by: "Sequence[str]" = GROUPS) -> "pd.DataFrame":
    """How long debtors took, by debtor and factor, over the loads that are completed.

    Formula: Σ amount × (completed_on − invoice_date) ÷ Σ amount.
    Source: the weighted average collection period of credit management.

    Returns:
        One row a group: loads, amount in cents, ``days``.
    """
    loads = frames.loads
    done = loads[(loads["status"] == "completed") & loads["completed_on"].notna()]
    done = done[done["invoice_date"].notna()]
    taken = (done["completed_on"] - done["invoice_date"]).dt.days.astype("Int64")
    table = (
        done.assign(weighted=done["amount"] * taken)
        .groupby(list(by), dropna=False)
        .agg(loads=("load", "size"), amount=("amount", "sum"), weighted=("weighted", "sum"))
        .astype("Int64")
        .reset_index()
    )
    table["days"] = table["weighted"].astype("float64") / table["amount"].astype("float64")
    return table.drop(columns="weighted")


def stays(frames: Frames) -> "pd.DataFrame":
    """Every stay of a load in a status: since when, until when, and how many days.

    Formula: days = until − since; a stay that goes on lasts until the day of the frames.  A
    load of the direct route is never financed.  A stay whose beginning is not known is left out.
    Source: the statuses and their dates in `frames.loads`.

    Returns:
        Columns subsidiary, load, status, since, until (missing while it lasts), days.
    """
    import pandas as pd

    loads = frames.loads
    on = pd.Timestamp(frames.as_of)
    parts = []
    for place, status in enumerate(_STAGES[:-1]):
        since = loads[f"{status}_on"]
        until = pd.Series(pd.NaT, index=loads.index, dtype="datetime64[s]")
        for later in reversed(_STAGES[place + 1 :]):
            until = loads[f"{later}_on"].fillna(until)
        here = since.notna() & (until.notna() | (loads["status"] == status))
        part = loads.loc[here, ["subsidiary", "load"]].assign(
            status=status, since=since[here], until=until[here]
        )
        part["days"] = (part["until"].fillna(on) - part["since"]).dt.days.astype("Int64")
        parts.append(part)
    table = pd.concat(parts, ignore_index=True)
    table["status"] = pd.Categorical(table["status"], categories=list(_STAGES))
    return table


def time_in_status(frames: Frames) -> "pd.DataFrame":
    """Time in each status, over the stays that have ended and those that go on.

    Formula: of the days of all stays in a status, the number, the median, the mean and the
    largest; ``now`` counts the stays that go on.
    Source: flow metrics of process analysis (time in state).

    Returns:
        One row a status that was ever held.
    """
    found = stays(frames)
    found["lasts"] = found["until"].isna()
    table = found.groupby("status", observed=True).agg(
        stays=("days", "size"),
        now=("lasts", "sum"),
        median=("days", "median"),
        mean=("days", "mean"),
        longest=("days", "max"),
    )
    kinds = {"stays": "Int64", "now": "Int64", "median": "float64", "mean": "float64", "longest": "Int64"}
    return table.astype(kinds).reset_index()
