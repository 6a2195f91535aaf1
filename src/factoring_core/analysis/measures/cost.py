"""What factoring costs, as a yearly rate."""

from typing import TYPE_CHECKING

from factoring_core.analysis.frames import Frames

if TYPE_CHECKING:
    import pandas as pd

YEAR = 365


def money_days(frames: Frames) -> "pd.DataFrame":
    """For how long the factor's money was used, sale by sale.

    Formula: advanced × days, where the days run from the purchase to the last payment of a
    settled sale, to the last chargeback of a fully charged-back one, and to the day of the
    frames otherwise; at least one day.  A sale whose advance or purchase date no report states
    is not there.
    Source: interest days, actual/365.

    Returns:
        Columns assignment, factor, connection, advanced (cents), days, money_days (cent-days).
    """
    import pandas as pd

    on = pd.Timestamp(frames.as_of)
    sales = frames.positions
    used = sales[sales["bought"] & sales["purchased_on"].notna() & (sales["advanced"] > 0)]
    facts = frames.evidence
    back = facts[(facts["type"] == "chargeback") & (facts["counts"] > 0)]
    charged = back.groupby("assignment")["on"].max().reindex(used["assignment"]).set_axis(used.index)
    end = used["last_paid_on"].where(used["settled"].notna())
    end = end.where(~used["fully_charged_back"].astype(bool), charged).fillna(on)
    days = (end - used["purchased_on"]).dt.days.clip(lower=1).astype("Int64")
    table = used[["assignment", "factor", "connection", "advanced"]].assign(days=days)
    return table.assign(money_days=table["advanced"] * days).reset_index(drop=True)


def annual_cost(frames: Frames, *, by: str = "factor") -> "pd.DataFrame":
    """The effective annual cost of factoring.

    Formula: (fees on sales + fees on the account) ÷ Σ advanced × days × 365.  Fees on the
    account are what is charged without an invoice: wires, minimums, flat fees, less what was
    given back of them.  Fees of sales whose advance is not stated count as well.
    Source: a simple annual rate on the money used, actual/365; not compounded.

    Returns:
        One row for each value of *by* (``factor`` or ``connection``): sale_fees, account_fees,
        cost in cents, money_days in cent-days, and ``rate`` as a share of 1 a year, missing
        where no money was used.
    """
    import pandas as pd

    account = frames.account
    signs = {"fee": 1, "fee_reversal": -1}
    charged = account[account["type"].isin(list(signs))]
    sign = charged["type"].astype("str").map(signs).astype("Int64")
    parts = {
        "sale_fees": frames.positions.groupby(by)["fees"].sum(),
        "account_fees": (charged["amount"] * sign).groupby(charged[by]).sum(),
        "money_days": money_days(frames).groupby(by)["money_days"].sum(),
    }
    table = pd.DataFrame(parts).fillna(0).astype("Int64")
    table.insert(2, "cost", table["sale_fees"] + table["account_fees"])
    used = table["money_days"].astype("float64")
    table["rate"] = (table["cost"].astype("float64") * YEAR / used).where(used > 0)
    return table.rename_axis(by).reset_index()
