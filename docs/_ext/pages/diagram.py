"""The lifecycle as an SVG text: drawn from the table, so that it cannot say anything else."""

from __future__ import annotations

from html import escape

from factoring_core.domain.vocabulary.lifecycle import LoadStatus, table

BOX, TALL, STEP, TOP, HEIGHT = 104, 46, 232, 118, 345
STATUSES = tuple(LoadStatus)
LINE = 15


def lifecycle_svg() -> str:
    """Draw the five statuses and every event between two of them."""
    ways: dict[tuple[int, int], list[str]] = {}
    for lines in table().values():
        for line in lines:
            ends = STATUSES.index(line.source), STATUSES.index(line.target)
            if line.event not in ways.setdefault(ends, []):
                ways[ends].append(line.event)
    width = 20 + STEP * (len(STATUSES) - 1) + BOX
    parts = [
        f'<svg viewBox="0 0 {width} {HEIGHT}" role="img" aria-label="Lifecycle of a load" class="lifecycle">',
        '<defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerUnits="userSpaceOnUse"'
        ' markerWidth="10" markerHeight="10" orient="auto-start-reverse">'
        '<path d="M0,0.5 L8,4 L0,7.5 Z"/></marker></defs>',
    ]
    parts += [_way(start, end, events) for (start, end), events in sorted(ways.items())]
    parts += [_box(at) for at in range(len(STATUSES))]
    return "\n".join([*parts, "</svg>"])


def _left(at: int) -> int:
    return 10 + STEP * at


def _box(at: int) -> str:
    x = _left(at)
    return (
        f'<rect x="{x}" y="{TOP}" width="{BOX}" height="{TALL}" rx="8"/>'
        f'<text x="{x + BOX // 2}" y="{TOP + TALL // 2 + 5}" class="status">{STATUSES[at].value}</text>'
    )


def _way(start: int, end: int, events: list[str]) -> str:
    """Draw one arrow: straight to the next status, bent over or under the boxes otherwise."""
    if end == start + 1:
        y = TOP + TALL // 2
        path = f"M{_left(start) + BOX + 2},{y} H{_left(end) - 3}"
        return _arrow(path, events, (_left(start) + BOX + _left(end)) // 2, y - 8 - LINE * (len(events) - 1))
    up = end > start
    shift = 24 if up else -24
    x1, x2 = _left(start) + BOX // 2 + shift, _left(end) + BOX // 2 - shift
    far = abs(end - start) > 1
    edge = TOP - 2 if up else TOP + TALL + 2
    reach = 96 if up else (176 if far else 66)
    bend = edge - reach if up else edge + reach
    path = f"M{x1},{edge} C{x1},{bend} {x2},{bend} {x2},{edge}"
    y = edge - reach * 3 // 4 - 7 if up else edge + reach * 3 // 4 + 16
    return _arrow(path, events, (x1 + x2) // 2, y)


def _arrow(path: str, events: list[str], x: int, y: int) -> str:
    labels = "".join(
        f'<text x="{x}" y="{y + LINE * at}" class="event">{escape(event)}</text>'
        for at, event in enumerate(events)
    )
    return f'<path d="{path}" class="way" marker-end="url(#tip)"/>{labels}'
