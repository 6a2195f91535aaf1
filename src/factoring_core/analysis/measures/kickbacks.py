"""Why invoices come back."""

from typing import TYPE_CHECKING

from factoring_core.analysis.frames import Frames

if TYPE_CHECKING:
    import pandas as pd

DENYING = ("denied", "rejected", "held")


def kick_backs(frames: Frames, *, by: str = "factor") -> "pd.DataFrame":
    """Invoices that the factor did not buy, by reason.

    Formula: the sales that a report calls denied, rejected or held and that are not bought, and
    those that a person took back to the queue; the reason is the factor's word where there is
    one, else what the person gave.  share = their face ÷ the face of all sales of the group.
    Source: the dispositions of the reports, and the decisions.

    Returns:
        One row for each value of *by* and reason: invoices, face in cents, share of 1.
    """
    sales = frames.assignments.merge(
        frames.positions[["assignment", "bought"]], on="assignment", validate="1:1"
    )
    said = sales["disposition"].astype("str")
    denied = said.isin(DENYING) & ~sales["bought"].astype(bool)
    returned = sales["ending"] == "return_to_queue"
    back = sales[denied | returned]
    reasons = said[back.index].where(denied[back.index], back["end_reason"]).fillna("")
    table = (
        back.assign(reason=reasons.astype("str"))
        .groupby([by, "reason"])
        .agg(invoices=("assignment", "size"), face=("face", "sum"))
        .astype("Int64")
        .reset_index()
    )
    whole = table[by].map(sales.groupby(by)["face"].sum()).astype("float64")
    table["share"] = table["face"].astype("float64") / whole
    return table.sort_values(["face", by, "reason"], ascending=[False, True, True], ignore_index=True)
