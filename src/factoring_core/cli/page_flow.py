"""The status flow as an SVG text: five boxes, and an arrow for every way that loads took."""

from collections.abc import Iterator
from html import escape

from factoring_core.cli.page_facts import Flow, PageFacts
from factoring_core.domain.vocabulary.lifecycle import LoadStatus
from factoring_core.domain.vocabulary.money import Money

WIDTH, BOX, TALL, STEP = 1000, 138, 92, 209
HEIGHT = 286
TOP = 92
"""Where the boxes begin; above is room for the ways that skip a status, below for the ways back."""

_STATUSES = tuple(LoadStatus)


def flow_svg(facts: PageFacts) -> str:
    """Draw how many loads, and how much money, stand at each status and went between them."""
    parts = [
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="Status flow" class="flow">',
        '<defs><marker id="head" viewBox="0 0 8 8" refX="7" refY="4" markerUnits="userSpaceOnUse"'
        ' markerWidth="11" markerHeight="11"'
        ' orient="auto-start-reverse"><path d="M0,0.5 L8,4 L0,7.5 Z" fill="var(--soft)"/></marker></defs>',
    ]
    parts += _arrows(facts)
    parts += [_box(at, facts) for at in range(len(_STATUSES))]
    return "\n".join([*parts, "</svg>"])


def _left(at: int) -> int:
    return 12 + at * STEP


def _box(at: int, facts: PageFacts) -> str:
    status = _STATUSES[at]
    count, amount = facts.at(status)
    x, middle = _left(at), _left(at) + BOX // 2
    return (
        f'<g><rect x="{x}" y="{TOP}" width="{BOX}" height="{TALL}" rx="8" class="s{at}"/>'
        f'<text x="{middle}" y="{TOP + 25}" class="name t{at}">{status.value}</text>'
        f'<text x="{middle}" y="{TOP + 56}" class="count t{at}">{count}</text>'
        f'<text x="{middle}" y="{TOP + 79}" class="money t{at}">{_short(amount)}</text></g>'
    )


def _arrows(facts: PageFacts) -> Iterator[str]:
    most = max((flow.count for flow in facts.flows), default=1)
    over = below = 0
    for flow in sorted(facts.flows, key=lambda one: abs(_at(one.target) - _at(one.source))):
        start, end = _at(flow.source), _at(flow.target)
        width = 1.4 + 2.6 * flow.count / most
        if end == start + 1:
            y = TOP + TALL // 2
            path = f"M{_left(start) + BOX + 2},{y} H{_left(end) - 5}"
            label_x, label_y = (_left(start) + BOX + _left(end)) // 2, y - 9
        elif end > start:
            over += 1
            path, label_x, label_y = _bow(start, end, up=True, nth=over)
        else:
            below += 1
            path, label_x, label_y = _bow(start, end, up=False, nth=below)
        title = f"{flow.source.value} → {flow.target.value}: {flow.count} times, {Money(flow.amount)}"
        yield (
            f'<g><title>{escape(title)}</title><path d="{path}" fill="none" stroke="var(--soft)"'
            f' stroke-width="{width:.1f}" marker-end="url(#head)"/>'
            f'<text x="{label_x}" y="{label_y}" class="label">{flow.count}</text></g>'
        )


def _bow(start: int, end: int, *, up: bool, nth: int) -> tuple[str, int, int]:
    """Bend an arrow over or under the boxes between; each further one a little wider."""
    shift = 18 if up else -18
    x1, x2 = _left(start) + BOX // 2 + shift, _left(end) + BOX // 2 - shift
    edge = TOP - 3 if up else TOP + TALL + 3
    reach = 38 + 22 * nth
    bend = edge - reach if up else edge + reach
    return (
        f"M{x1},{edge} C{x1},{bend} {x2},{bend} {x2},{edge}",
        (x1 + x2) // 2,
        (edge - reach * 3 // 4 - 6 if up else edge + reach * 3 // 4 + 16),
    )


def _at(status: LoadStatus) -> int:
    return _STATUSES.index(status)


def _short(cents: int) -> str:
    return f"${cents // 100:,}"


def moves(facts: PageFacts) -> tuple[Flow, ...]:
    """Return every way that loads took, forward ones first."""
    return tuple(
        sorted(
            facts.flows, key=lambda one: (_at(one.target) < _at(one.source), _at(one.source), _at(one.target))
        )
    )
