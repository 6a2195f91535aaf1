"""How much hangs on one debtor."""

from typing import TYPE_CHECKING

from factoring_core.analysis.frames import Frames

if TYPE_CHECKING:
    import pandas as pd


def concentration(frames: Frames, *, by: str = "customer_name") -> "pd.DataFrame":
    """Concentration of what is open, by debtor.

    Formula: share = open of the debtor ÷ open of all; ``cumulative`` adds the shares up from
    the largest on.  Only what is owed counts: a debtor that overpaid is left out.
    Source: the concentration limit of factoring contracts, which is a share of receivables.

    Returns:
        One row a debtor: loads, open in cents, share and cumulative as shares of 1.
    """
    loads = frames.loads[frames.loads["open"] != 0]
    table = loads.groupby(by).agg(loads=("load", "size"), open=("open", "sum")).astype("Int64")
    table = table[table["open"] > 0].reset_index()
    table = table.sort_values(["open", by], ascending=[False, True], ignore_index=True)
    amounts = table["open"].astype("float64")
    table["share"] = amounts / amounts.sum()
    table["cumulative"] = amounts.cumsum() / amounts.sum()
    return table


def herfindahl(frames: Frames, *, by: str = "customer_name") -> float:
    """How concentrated what is open is, as one number: near 0 is spread out, 1 is one debtor.

    Formula: Σ share².
    Source: the Herfindahl-Hirschman index.
    """
    shares = concentration(frames, by=by)["share"]
    return float((shares * shares).sum())
