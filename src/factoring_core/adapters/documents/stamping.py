"""Putting the Notice of Assignment on a page: where there is room, and such that it reads upright.

The page is seen as a viewer shows it, cut to its crop box, turned and scaled; the notice is
placed in what is seen, and the place carried back to the page's own coordinates.
"""

import re
import zlib
from collections.abc import Iterator, Sequence
from typing import Any

import pikepdf
from attrs import frozen

from factoring_core.adapters.documents.free_space import Picture, Room, rooms
from factoring_core.adapters.documents.overlay import SIZES, Block, block, form
from factoring_core.errors import MissingExtraError

try:
    import pypdfium2
except ImportError as missing:
    raise MissingExtraError("pypdfium2", "pdf") from missing

_SCALE = 0.5
"""Dots of the picture for a point of the page."""
_MOST_DOTS = 1000
_EDGE = 29.0
"""Points from the edge of the page, where printers and fax machines cut."""
_CLEARANCE = 5.0
"""Points from what stands on the page."""
_LETTER = 612.0
_WIDEST = 560.0
_NARROWEST = 200.0
_STEP = 20.0
"""Widths are multiples of this, so that a block that was drawn fits many pages."""
_SAVES = re.compile(rb"(?<![^\s\]>)])(?:q|Q)(?![^\s\[</(])")


@frozen
class Spot:
    """A notice on its place: the block, and the matrix that puts it there."""

    block: Block
    matrix: tuple[float, float, float, float, float, float]


class Looked:
    """The pages of one file, to be looked at; a context manager."""

    def __init__(self, content: bytes) -> None:
        self._pdf = pypdfium2.PdfDocument(content)

    def __enter__(self) -> "Looked":
        return self

    def __exit__(self, *_: object) -> None:
        self._pdf.close()

    def picture(self, number: int) -> Picture:
        """Return page *number*, from 0, as it is seen."""
        page = self._pdf[number]
        width, height = page.get_size()
        scale = min(_SCALE, _MOST_DOTS / max(width, height, 1.0))
        seen = page.render(scale=scale, grayscale=True)
        stride, raw = seen.stride, bytes(seen.buffer)
        rows = [raw[at : at + seen.width] for at in range(0, seen.height * stride, stride)]
        found = Picture(seen.width, seen.height, rows)
        seen.close()
        page.close()
        return found


def spot_for(notice: str, page: pikepdf.Page, picture: Picture) -> Spot | None:
    """Find a place for *notice* on a page that looks like *picture*, in the largest letters that fit."""
    shape = _Shape(page)
    dots = picture.width / shape.width
    for found in rooms(picture):
        free = list(_margined(found, shape, dots))
        for size in SIZES:
            for left, bottom, right, top in free:
                width = min((right - left) // _STEP * _STEP, _WIDEST)
                if width < _NARROWEST or top - bottom < size:
                    continue
                made = block(notice, size, width)
                if made.height <= top - bottom:
                    x = left + (right - left - width) / 2
                    return Spot(made, shape.placed(x, _height(bottom, top, made.height)))
    return None


def _height(bottom: float, top: float, needed: float) -> float:
    """Say how high the block stands in its room: at the foot of the page, else in the middle."""
    return bottom if bottom <= _EDGE + 1 else bottom + (top - bottom - needed) / 2


def _margined(
    found: Sequence[Room], shape: "_Shape", dots: float
) -> Iterator[tuple[float, float, float, float]]:
    """Yield rooms in points from the lower left, less what has to stay clear around the notice."""
    for room in found:
        yield (
            max(room.left / dots + _CLEARANCE, _EDGE),
            max(shape.height - room.bottom / dots + _CLEARANCE, _EDGE),
            min(room.right / dots - _CLEARANCE, shape.width - _EDGE),
            min(shape.height - room.top / dots - _CLEARANCE, shape.height - _EDGE),
        )


class _Shape:
    """What of a page is seen, in points, and how what is seen lies on the page."""

    def __init__(self, page: pikepdf.Page) -> None:
        media, crop = _sides(page.mediabox), _sides(page.cropbox)
        left, bottom = max(media[0], crop[0]), max(media[1], crop[1])
        right, top = min(media[2], crop[2]), min(media[3], crop[3])
        if right <= left or top <= bottom:
            left, bottom, right, top = media
        self._corner = (left, bottom, right - left, top - bottom)
        self._turn = int(page.rotation) % 360
        unit = float(page.obj.get("/UserUnit", 1))
        # Pages larger than paper are scans that do not say how many dots they have to an inch, or
        # plans; either is looked at on a letter page or a screen, and the notice grows with it.
        unit /= max(min(right - left, top - bottom) * unit / _LETTER, 1.0)
        self._unit = unit
        across, down = (right - left) * unit, (top - bottom) * unit
        self.width, self.height = (down, across) if self._turn in (90, 270) else (across, down)

    def placed(self, x: float, y: float) -> tuple[float, float, float, float, float, float]:
        """Return the matrix for a drawing whose lower left corner is seen at *x*, *y*."""
        left, bottom, across, up = self._corner
        scale = 1 / self._unit
        x, y = x * scale, y * scale
        match self._turn:
            case 90:
                return (0, scale, -scale, 0, left + across - y, bottom + x)
            case 180:
                return (-scale, 0, 0, -scale, left + across - x, bottom + up - y)
            case 270:
                return (0, -scale, scale, 0, left + y, bottom + up - x)
        return (scale, 0, 0, scale, left + x, bottom + y)


def _sides(box: Any) -> tuple[float, float, float, float]:
    a, b, c, d = (float(side) for side in box)
    return min(a, c), min(b, d), max(a, c), max(b, d)


def stamp(packet: pikepdf.Pdf, page: pikepdf.Page, spot: Spot, copied: dict[Block, Any]) -> None:
    """Lay the notice over a page of *packet*; *copied* remembers what the packet has already."""
    if spot.block not in copied:
        copied[spot.block] = packet.copy_foreign(form(spot.block))
    if not _balanced(page):
        _wrap_whole(packet, page)
    found: Any = page.resources
    resources: Any = pikepdf.Dictionary(dict(found.items()))
    drawings: Any = pikepdf.Dictionary(dict(found.get("/XObject", {}).items()))
    name = next(name for number in range(10_000) if (name := f"/Notice{number}") not in drawings)
    drawings[name] = copied[spot.block]
    resources.XObject = drawings
    page.obj.Resources = resources
    matrix = " ".join(f"{number:.4f}" for number in spot.matrix)
    page.contents_add(b"q\n", prepend=True)
    page.contents_add(f"\nQ q {matrix} cm {name} Do Q\n".encode())


def _balanced(page: pikepdf.Page) -> bool:
    """Say whether the page's drawing surely ends in the state in which it began."""
    depth = 0
    for found in _SAVES.finditer(_drawing(page)):
        depth += 1 if found[0] == b"q" else -1
        if depth < 0:
            return False
    return depth == 0


def _drawing(page: pikepdf.Page) -> bytes:
    contents = page.obj.get("/Contents")
    if contents is None:
        return b""
    parts: Sequence[Any] = list(contents) if isinstance(contents, pikepdf.Array) else [contents]
    return b"\n".join(part.read_bytes() for part in parts)


def _wrap_whole(packet: pikepdf.Pdf, page: pikepdf.Page) -> None:
    """Put the page's drawing into a form, out of which no state can leak."""
    whole = packet.make_stream(
        zlib.compress(_drawing(page)),
        Type=pikepdf.Name.XObject,
        Subtype=pikepdf.Name.Form,
        Filter=pikepdf.Name.FlateDecode,
        BBox=pikepdf.Array([*_sides(page.mediabox)]),
        Resources=page.resources,
    )
    if "/Group" in page.obj:
        whole.Group = page.obj.Group
    page.obj.Resources = pikepdf.Dictionary(XObject=pikepdf.Dictionary(Page=whole))
    page.obj.Contents = packet.make_stream(b"/Page Do")
