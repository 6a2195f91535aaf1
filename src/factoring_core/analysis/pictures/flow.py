"""The flow: a box for each status with what stands there, an arrow for each way that loads went."""

from typing import TYPE_CHECKING, Any

from factoring_core.analysis import measures
from factoring_core.analysis.frames import Frames
from factoring_core.analysis.pictures.base import BLUE, INK, Picture, altair, dressed, money
from factoring_core.domain.vocabulary.lifecycle import LoadStatus

if TYPE_CHECKING:
    import pandas as pd

_BOX, _STEP, _TALL, _ABOVE = 132, 176, 92, 64
"""Pixels: a box, from one box to the next, how tall it is, and the room for arrows above it."""

_ORDER = tuple(one.value for one in LoadStatus)
_WIDTH = _STEP * (len(_ORDER) - 1) + _BOX


def flow(frames: Frames, *, title: str = "Loads through the statuses") -> Picture:
    """Draw how many loads and how much money stand at each status, and how many went each step."""
    import pandas as pd

    alt = altair()
    loads = frames.loads
    boxes = []
    for place, status in enumerate(_ORDER):
        own = loads[loads["status"] == status]
        left = place * _STEP
        boxes.append(
            {
                "status": status,
                "left": left,
                "right": left + _BOX,
                "middle": left + _BOX / 2,
                "count": f"{len(own):,}",
                "amount": money(int(own["amount"].sum())),
            }
        )
    ways = measures.status_flow(frames)
    steps = [
        (_ORDER.index(source), _ORDER.index(target), f"{number:,}")
        for source, target, number in zip(ways["source"], ways["target"], ways["loads"], strict=True)
    ]
    height = _TALL + (_ABOVE if any(end > start + 1 for start, end, _ in steps) else 0)
    y = alt.Y("y:Q", axis=None, scale=alt.Scale(domain=[0, height], nice=False, zero=False))
    layers = _boxes(pd.DataFrame(boxes), y)
    for start, end, label in steps:
        layers += _arrow(start, end, label, y)
    return dressed(alt.layer(*layers), title=title, data=ways, height=height, width=_WIDTH, room=36)


def _x(name: str) -> Any:
    alt = altair()
    return alt.X(f"{name}:Q", axis=None, scale=alt.Scale(domain=[0, _WIDTH], nice=False))


def _boxes(data: "pd.DataFrame", y: Any) -> list[Any]:
    alt = altair()
    box = alt.Chart(data.assign(y=0, top=_TALL)).mark_rect(
        cornerRadius=8, fill=BLUE, fillOpacity=0.16, stroke=BLUE, opacity=1
    )
    texts = (("status", 20, 13, "normal"), ("count", 46, 24, "bold"), ("amount", 74, 13, "normal"))
    return [
        box.encode(x=_x("left"), x2="right", y=y, y2="top"),
        *(
            alt.Chart(data.assign(y=_TALL - below))
            .mark_text(fontSize=size, fontWeight=weight, baseline="middle")
            .encode(x=_x("middle"), y=y, text=f"{what}:N")
            for what, below, size, weight in texts
        ),
    ]


def _arrow(start: int, end: int, label: str, y: Any) -> list[Any]:
    """Draw one way: straight to the next status, in a bow over those it leaves out."""
    import pandas as pd

    alt = altair()
    if end == start + 1:
        left, right, middle = start * _STEP + _BOX + 3.0, end * _STEP - 3.0, _TALL / 2
        points = [(left, middle), (right - 4, middle)]
        tip, shape, at = (right - 6, middle), "triangle-right", ((left + right) / 2 - 2, middle + 12)
    else:
        left, right = start * _STEP + _BOX / 2 + 12, end * _STEP + _BOX / 2 - 12
        low, high = _TALL + 3.0, _TALL + _ABOVE - 22.0
        points = [(left, low), (left, high), (right, high), (right, low + 4)]
        tip, shape, at = (right, low + 6), "triangle-down", ((left + right) / 2, high + 10)
    line = pd.DataFrame([{"x": along, "y": up, "order": place} for place, (along, up) in enumerate(points)])
    head = pd.DataFrame([{"x": tip[0], "y": tip[1]}])
    text = pd.DataFrame([{"x": at[0], "y": at[1], "label": label}])
    where = {"x": _x("x"), "y": y}
    return [
        alt.Chart(line).mark_line(strokeWidth=1.8, color=INK).encode(**where, order="order:Q"),
        alt.Chart(head).mark_point(shape=shape, size=90, filled=True, opacity=1, color=INK).encode(**where),
        alt.Chart(text).mark_text(fontSize=13, fontWeight="bold").encode(**where, text="label:N"),
    ]
