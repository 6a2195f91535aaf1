"""Pictures of amounts: the waterfall, ageing, reserve, concentration."""

from typing import TYPE_CHECKING, Any

from factoring_core.analysis import measures
from factoring_core.analysis.frames import Frames
from factoring_core.analysis.pictures.base import (
    BLUE,
    GREEN,
    ORANGE,
    PALETTE,
    RED,
    SKY,
    Picture,
    altair,
    dressed,
    money,
    units,
)

if TYPE_CHECKING:
    import pandas as pd

_ROW = 34


def waterfall(steps: "pd.DataFrame", *, title: str = "From face to money received") -> Picture:
    """Draw a waterfall of `measures.waterfall`, `sale_waterfall` or `report_waterfall`."""
    alt = altair()
    change = steps["kind"] == "change"
    data = steps.assign(
        label=[money(one) for one in steps["amount"]],
        begin=units((steps["after"] - steps["amount"]).where(change, 0)),
        end=units(steps["after"]),
        what=[
            "sum" if not moved else "comes in" if amount >= 0 else "goes out"
            for moved, amount in zip(change, steps["amount"], strict=True)
        ],
    )
    data["right"] = data[["begin", "end"]].max(axis=1)
    y = alt.Y("step:N", sort=None, title=None)
    bars = (
        alt.Chart(data)
        .mark_bar(size=20)
        .encode(
            y=y,
            x=alt.X("begin:Q", title=None, axis=alt.Axis(format=",.0f", tickCount=6)),
            x2="end:Q",
            color=alt.Color(
                "what:N",
                title=None,
                scale=alt.Scale(domain=["sum", "comes in", "goes out"], range=[BLUE, GREEN, ORANGE]),
            ),
        )
    )
    labels = (
        alt.Chart(data).mark_text(align="left", dx=6, fontSize=12).encode(y=y, x="right:Q", text="label:N")
    )
    return dressed(bars + labels, title=title, data=data, height=_ROW * len(data))


def ageing(frames: Frames, *, top: int = 12, title: str = "Open by debtor and age") -> Picture:
    """Draw what is open, the debtors with most money first."""
    alt = altair()
    found = measures.ageing(frames).head(top)
    data = found.melt(
        id_vars=["customer_name"], value_vars=list(measures.AGES), var_name="age", value_name="cents"
    )
    data["open"] = units(data["cents"])
    data["place"] = [measures.AGES.index(age) for age in data["age"]]
    bars = (
        alt.Chart(data)
        .mark_bar(size=20)
        .encode(
            y=alt.Y("customer_name:N", sort=list(found["customer_name"]), title=None),
            x=alt.X("sum(open):Q", title=None, axis=alt.Axis(format=",.0f", tickCount=6)),
            color=alt.Color(
                "age:N",
                title=None,
                sort=list(measures.AGES),
                scale=alt.Scale(domain=list(measures.AGES), range=[SKY, BLUE, ORANGE, RED]),
            ),
            order=alt.Order("place:Q"),
        )
    )
    labels = _totals(found.rename(columns={"total": "open"}))
    return dressed(bars + labels, title=title, data=data, height=_ROW * max(1, len(found)))


def _totals(found: "pd.DataFrame") -> Any:
    alt = altair()
    ends = found[["customer_name"]].assign(
        end=units(found["open"].clip(lower=0)), label=[money(one) for one in found["open"]]
    )
    return (
        alt.Chart(ends)
        .mark_text(align="left", dx=6, fontSize=12)
        .encode(
            y=alt.Y("customer_name:N", sort=list(found["customer_name"]), title=None),
            x="end:Q",
            text="label:N",
        )
    )


def concentration(frames: Frames, *, top: int = 12, title: str = "Open by debtor, and its share") -> Picture:
    """Draw how much hangs on each debtor."""
    alt = altair()
    found = measures.concentration(frames).head(top)
    data = found[["customer_name"]].assign(
        open_units=units(found["open"]),
        label=[
            f"{money(amount)}, {share:.0%}"
            for amount, share in zip(found["open"], found["share"], strict=True)
        ],
    )
    y = alt.Y("customer_name:N", sort=list(found["customer_name"]), title=None)
    x = alt.X("open_units:Q", title=None, axis=alt.Axis(format=",.0f", tickCount=6))
    bars = alt.Chart(data).mark_bar(size=20, color=BLUE).encode(y=y, x=x)
    labels = alt.Chart(data).mark_text(align="left", dx=6, fontSize=12).encode(y=y, x=x, text="label:N")
    return dressed(bars + labels, title=title, data=data, height=_ROW * max(1, len(data)))


def reserve(roll: "pd.DataFrame", *, title: str = "Reserve, from balance to balance") -> Picture:
    """Draw a roll-forward of `measures.reserve_roll_forward`."""
    alt = altair()
    rows = []
    for line in roll.to_dict("records"):
        until = f"{line['until']:%d %b %Y}"
        rows.append({"until": until, "what": "held", "amount": line["held"] / 100})
        rows.append({"until": until, "what": "rebated", "amount": -line["rebated"] / 100})
    import pandas as pd

    moves = pd.DataFrame(rows, columns=["until", "what", "amount"])
    ends = roll.assign(
        when=[f"{one:%d %b %Y}" for one in roll["until"]],
        balance=units(roll["closing"]),
        label=[money(one) for one in roll["closing"]],
    )[["when", "balance", "label"]]
    scale = alt.Scale(domain=["held", "rebated", "balance"], range=[PALETTE[0], PALETTE[1], PALETTE[2]])
    bars = (
        alt.Chart(moves)
        .mark_bar(size=26)
        .encode(
            x=alt.X("until:N", sort=None, title=None, axis=alt.Axis(labelAngle=0)),
            y=alt.Y("amount:Q", title=None, axis=alt.Axis(format=",.0f", tickCount=6)),
            color=alt.Color("what:N", title=None, scale=scale),
        )
    )
    places = alt.X("when:N", sort=None, title=None)
    line = (
        alt.Chart(ends.assign(what="balance"))
        .mark_line(point=True, strokeWidth=2)
        .encode(x=places, y="balance:Q", color=alt.Color("what:N", title=None, scale=scale))
    )
    labels = alt.Chart(ends).mark_text(dy=-12, fontSize=12).encode(x=places, y="balance:Q", text="label:N")
    return dressed(bars + line + labels, title=title, data=roll, height=260)
