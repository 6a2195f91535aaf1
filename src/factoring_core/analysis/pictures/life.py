"""The life of one load on a time line, with the evidence for every step."""

from typing import Any

from factoring_core.analysis.frames import Frames
from factoring_core.analysis.pictures.base import BLUE, GREEN, ORANGE, Picture, altair, dressed, money
from factoring_core.errors import NotFoundError

_LINE = 250
"""Where the time line ends and the words begin."""

_STAGES = ("released", "queued", "invoiced", "financed", "completed")


def events(frames: Frames, load: str, *, subsidiary: str | None = None) -> list[dict[str, Any]]:
    """Return what happened to a load, in order: its statuses, the facts reported, the decisions.

    Raises:
        NotFoundError: no such load, or several of that number in different subsidiaries.
    """
    loads = frames.loads[frames.loads["load"] == load]
    if subsidiary is not None:
        loads = loads[loads["subsidiary"] == subsidiary]
    if len(loads) != 1:
        raise NotFoundError(f"{len(loads)} loads are called {load}; name one with its subsidiary.")
    one = loads.iloc[0]
    own = one["subsidiary"]
    found = [
        {"on": one[f"{stage}_on"], "lane": "status", "what": stage, "from": ""}
        for stage in _STAGES
        if one.notna()[f"{stage}_on"]
    ]
    facts = frames.evidence
    facts = facts[(facts["load"] == load) & (facts["subsidiary"] == own) & facts["on"].notna()]
    for fact in facts.astype(object).to_dict("records"):
        disposed = fact["type"] == "disposition"
        amount = "" if disposed or fact["amount"] != fact["amount"] else f" {money(fact['amount'])}"
        counted = "" if disposed or fact["counts"] else " (not counted)"
        what = f"{fact['word'] if disposed else fact['type']}{amount}{counted}"
        source = f"{fact['report']} row {fact['row']}"
        found.append({"on": fact["on"], "lane": "evidence", "what": what, "from": source})
    made = frames.decisions
    made = made[(made["load"] == load) & (made["subsidiary"] == own)]
    found += [
        {"on": one["decided_on"], "lane": "decision", "what": one["resolution"], "from": one["actor"]}
        for one in made.astype(object).to_dict("records")
    ]
    # What was reported comes before what follows from it.
    return sorted(found, key=lambda event: (event["on"], event["lane"] == "status"))


def life(frames: Frames, load: str, *, subsidiary: str | None = None) -> Picture:
    """Draw the life of a load; each event stands on a line of its own, with where it comes from."""
    import pandas as pd

    alt = altair()
    found = events(frames, load, subsidiary=subsidiary)
    data = pd.DataFrame(found, columns=["on", "lane", "what", "from"])
    data["label"] = [
        f"{what.replace('_', ' ')}  · {source}" if source else what
        for what, source in zip(data["what"], data["from"], strict=True)
    ]
    data["place"] = [f"{number:03d}" for number in range(len(data))]
    data["on"] = pd.to_datetime(data["on"]).dt.strftime("%Y-%m-%dT12:00:00")
    y = alt.Y("place:O", axis=None)
    axis = alt.Axis(format="%d %b", tickCount=4, labelOverlap="greedy", labelSeparation=10)
    x = alt.X("on:T", title=None, axis=axis, scale=alt.Scale(range=[10, _LINE]))
    colours = alt.Color(
        "lane:N",
        title=None,
        scale=alt.Scale(domain=["status", "evidence", "decision"], range=[BLUE, GREEN, ORANGE]),
    )
    shapes = alt.Shape(
        "lane:N",
        title=None,
        scale=alt.Scale(domain=["status", "evidence", "decision"], range=["circle", "square", "triangle-up"]),
    )
    points = (
        alt.Chart(data)
        .mark_point(size=90, filled=True, opacity=1)
        .encode(x=x, y=y, color=colours, shape=shapes)
    )
    labels = (
        alt.Chart(data)
        .mark_text(align="left", fontSize=12)
        .encode(x=alt.value(_LINE + 30), y=y, text="label:N")
    )
    title = f"The life of load {load}"
    return dressed(points + labels, title=title, data=data, height=24 * max(2, len(data)))
