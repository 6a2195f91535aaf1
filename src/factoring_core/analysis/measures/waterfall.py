"""From what was sold to what came in: every step, and the steps add up."""

from collections.abc import Iterable
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from factoring_core.analysis.building import build
from factoring_core.analysis.frames import Frames
from factoring_core.analysis.reconciliation import Reconciliation
from factoring_core.analysis.schema import cents, count, schema, text, word
from factoring_core.domain.reconciling.buckets import Bucket
from factoring_core.domain.vocabulary.lifecycle import LoadStatus
from factoring_core.errors import UsageError

if TYPE_CHECKING:
    import pandas as pd

STEPS = schema(
    "waterfall",
    "One step.",
    "step",
    text("step", "what it is"),
    word("kind", ("start", "change", "total"), "whether it moves the sum or states it"),
    cents("amount", "how much it moves, or what it states"),
    cents("after", "the sum after it"),
)

FLOW = schema(
    "flow",
    "One way between two statuses.",
    "source target",
    word("source", LoadStatus, "from"),
    word("target", LoadStatus, "to"),
    count("loads", "how many went it", unit="loads"),
    cents("amount", "what they are worth"),
)


def steps(start: tuple[str, int], *changes: tuple[str, int | None]) -> "pd.DataFrame":
    """Lay out a waterfall; a change of None states the sum reached."""
    name, after = start
    rows = [(name, "start", after, after)]
    for label, amount in changes:
        if amount is None:
            rows.append((label, "total", after, after))
        else:
            after += amount
            rows.append((label, "change", amount, after))
    return build(
        STEPS, {one: list(part) for one, part in zip(STEPS.names, zip(*rows, strict=True), strict=True)}
    )


def waterfall(frames: Frames) -> "pd.DataFrame":
    """From the face of everything sold to the money that came in from the factor.

    Formula: face − not bought − fee − reserve − other = advance; advance + rebate − chargeback =
    received.  ``other`` is what is bought and goes into none of the three: an advance that no
    report states, or an invoice bought for less than its face.
    Source: the positions of all sales that reached a factor; the algebra of a factored invoice.

    Returns:
        Columns step, kind (start, change, total), amount and after; cents.
    """
    arrived = frames.assignments[["assignment", "delivered"]]
    sales = frames.positions.merge(arrived, on="assignment", validate="1:1")
    return _of(sales[sales["delivered"] | sales["bought"]])


def sale_waterfall(frames: Frames, assignment: str) -> "pd.DataFrame":
    """The waterfall of one sale: the same steps as `waterfall`, for one invoice.

    Raises:
        UsageError: there is no such sale.
    """
    sales = frames.positions[frames.positions["assignment"] == assignment]
    if sales.empty:
        raise UsageError(f"There is no sale {assignment}.")
    return _of(sales)


def _of(sales: "pd.DataFrame") -> "pd.DataFrame":
    bought = sales[sales["bought"]]

    def total(name: str, of: "pd.DataFrame" = bought) -> int:
        return int(of[name].sum())

    face = total("face", sales)
    missing = face - total("face")
    other = total("face") - total("fees") - total("reserve_held") - total("advanced")
    return steps(
        ("face", face),
        ("not bought", -missing),
        ("fee", -total("fees")),
        ("reserve", -total("reserve_held")),
        ("other", -other),
        ("advance", None),
        ("rebate", total("rebated")),
        ("chargeback", -total("charged_back")),
        ("received", None),
    )


def report_waterfall(
    found: Frames | Reconciliation, column: str, *, report: str | None = None
) -> "pd.DataFrame":
    """Where the money of one column of one report went.

    Formula: read − already known − non-factored − exceptions − information = matched.
    Source: the conservation statement of the report; the five buckets of `report apply`.

    Args:
        found: Frames, or the outcome of `reconcile`.
        column: A money column, such as ``payment_amount``.
        report: Its id; may be left out where there is only one.

    Raises:
        UsageError: no such column, or the report is not named and there are several.
    """
    rows = found.rows
    if column not in rows.columns:
        raise UsageError(f"No report has a column {column}.")
    if report is None and rows["report"].nunique() > 1:
        raise UsageError("There are several reports; name one.")
    if report is not None:
        rows = rows[rows["report"] == report]
    sums: dict[Any, Any] = rows.groupby("bucket", observed=False)[column].sum().to_dict()
    others = [one for one in Bucket if one is not Bucket.MATCHED]
    return steps(
        ("read", int(rows[column].sum())),
        *((one.value.replace("_", " "), -int(sums[one.value])) for one in others),
        ("matched", None),
    )


def status_flow(frames: Frames) -> "pd.DataFrame":
    """How loads have gone through the statuses.

    Formula: a load that stands at a status has gone every step before it; a load of the direct
    route goes from invoiced to completed.
    Source: the lifecycle's forward events.

    Returns:
        One row a step that any load went: source, target, loads, amount in cents.
    """
    sums: dict[tuple[str, str], tuple[int, int]] = {}
    loads = frames.loads
    for status, route, amount in zip(loads["status"], loads["route"], loads["amount"].fillna(0), strict=True):
        for step in _way(str(status), direct=route == "direct"):
            number, worth = sums.get(step, (0, 0))
            sums[step] = number + 1, worth + int(amount)
    order = [one.value for one in LoadStatus]
    ways = sorted(sums, key=lambda step: (order.index(step[0]), order.index(step[1])))
    cells: dict[str, list[Any]] = {
        "source": [source for source, _ in ways],
        "target": [target for _, target in ways],
        "loads": [sums[way][0] for way in ways],
        "amount": [sums[way][1] for way in ways],
    }
    return build(FLOW, cells)


def _way(status: str, *, direct: bool) -> Iterable[tuple[str, str]]:
    names = [one.value for one in LoadStatus if not (direct and one is LoadStatus.FINANCED)]
    reached = names[: names.index(status) + 1] if status in names else names
    return pairwise(reached)
