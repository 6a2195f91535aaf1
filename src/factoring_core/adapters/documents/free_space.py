"""Finding room on a page by looking at it: small, in grey, as a viewer would show it.

Where a page is of one light shade, whatever drew it, nothing is; so it does not matter how the
page was made, scanned, turned or cut.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import pairwise

from attrs import frozen

_LIGHT = 170
"""The darkest shade of a page on which black letters can be read."""
_NOISE = 22
"""How far the shades of scanned paper differ."""
_SCANNED = 0.6
"""With less than this part of its points in one shade, a page is a scan."""
_CELL = 4


@frozen
class Picture:
    """A page as it is seen: a byte of grey for each point, rows from the top."""

    width: int
    height: int
    rows: Sequence[bytes]


@frozen
class Room:
    """A free rectangle, in points of the picture from its upper left corner."""

    left: int
    top: int
    right: int
    bottom: int


def rooms(picture: Picture) -> Iterator[Sequence[Room]]:
    """Yield what is free: whole bands of the page, the lowest first; then rectangles, the largest first.

    Finding the second takes a while, and is seldom asked for.
    """
    clear = _clear(picture)
    if clear is not None:
        yield list(_bands(clear, picture.width))
        yield list(_rectangles(clear, picture.width))


def _clear(picture: Picture) -> list[bytes] | None:
    """Return the rows with 255 for what is free and 0 for what is not; None on a dark page."""
    sample = b"".join(picture.rows[:: max(1, picture.height // 64)])
    shade, often = 255, sample.count(b"\xff")
    if often < len(sample) / 2:
        shade, often = Counter(sample).most_common(1)[0] if sample else (0, 0)
    if shade < _LIGHT:
        return None
    spread = 0 if often >= _SCANNED * len(sample) else _NOISE
    table = _table(shade, spread)
    return [row.translate(table) for row in picture.rows]


@lru_cache
def _table(shade: int, spread: int) -> bytes:
    """Return what each grey becomes: 255 where it is within *spread* of *shade*."""
    return bytes(255 if abs(value - shade) <= spread else 0 for value in range(256))


def _bands(clear: Sequence[bytes], width: int) -> Iterator[Room]:
    blank = b"\xff" * width
    used = [-1, *(number for number, row in enumerate(clear) if row != blank), len(clear)]
    for above, below in reversed(list(pairwise(used))):
        if below - above > 1:
            yield Room(0, above + 1, width, below)


def _rectangles(clear: Sequence[bytes], width: int) -> Iterator[Room]:
    """Yield the greatest free rectangles on a coarse grid, largest first."""
    across, down = width // _CELL, len(clear) // _CELL
    free = b"\xff" * _CELL
    heights = [0] * across
    found: set[tuple[int, int, int, int]] = set()
    for y in range(down):
        rows = clear[y * _CELL : (y + 1) * _CELL]
        for x in range(across):
            part = slice(x * _CELL, (x + 1) * _CELL)
            heights[x] = heights[x] + 1 if all(row[part] == free for row in rows) else 0
        found.update(_under(heights, y + 1))
    for left, top, right, bottom in sorted(
        found, key=lambda one: (-(one[2] - one[0]) * (one[3] - one[1]), -one[3], one[0])
    )[:200]:
        yield Room(left * _CELL, top * _CELL, right * _CELL, bottom * _CELL)


def _under(heights: Sequence[int], bottom: int) -> Iterator[tuple[int, int, int, int]]:
    """Yield the rectangles under a skyline that stand on *bottom* and cannot grow sideways."""
    open_: list[tuple[int, int]] = []  # where each rise began, and how high it is
    for x, height in enumerate([*heights, 0]):
        left = x
        while open_ and open_[-1][1] >= height:
            start, tall = open_.pop()
            if tall > height:
                yield start, bottom - tall, x, bottom
            left = start
        if height and (not open_ or open_[-1][1] < height):
            open_.append((left, height))
