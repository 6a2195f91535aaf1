"""The Notice of Assignment as a framed block, drawn once and laid over many pages."""

import unicodedata
from functools import lru_cache
from io import BytesIO
from typing import Any

import pikepdf
from attrs import frozen

from factoring_core.adapters.documents.lettering import Sheet, fitting, wrapped

SIZES = (10.0, 9.0, 8.0, 7.0)
"""Of the letters, in points: the largest for which there is room."""
_LEADING = 1.28
_PADDING = 6.0
_DESCENT = 0.26
"""How far letters reach below their line, as a part of their size."""


@frozen
class Block:
    """A notice broken into lines: as wide and high as it is drawn, in points."""

    notice: str
    size: float
    width: float
    height: float


@lru_cache(maxsize=512)
def block(notice: str, size: float, width: float) -> Block:
    """Measure *notice* in letters of *size*, in a frame *width* wide."""
    lines = _lines(notice, size, width)
    height = 2 * _PADDING + size * (1 + _DESCENT) + (len(lines) - 1) * size * _LEADING
    return Block(notice, size, width, height)


def form(drawn: Block) -> Any:
    """Return the notice within its frame as a form that can be copied into packets; drawn once."""
    return _drawn(drawn)[1]


@lru_cache(maxsize=64)
def _drawn(drawn: Block) -> tuple[pikepdf.Pdf, Any]:
    """Draw the notice; the form lives as long as its file.

    Raises:
        DocumentError: code ``notice_unprintable``.
    """
    sheet = Sheet("", code="notice_unprintable", where={"document": "Notice of Assignment"})
    canvas = sheet.canvas
    canvas.setPageSize((drawn.width, drawn.height))
    canvas.setLineWidth(0.6)
    canvas.rect(0.5, 0.5, drawn.width - 1, drawn.height - 1)
    font = fitting(drawn.notice)
    y = drawn.height - _PADDING - drawn.size
    for line in _lines(drawn.notice, drawn.size, drawn.width):
        sheet.text(_PADDING, y, line, font=font, size=drawn.size)
        y -= drawn.size * _LEADING
    pdf = pikepdf.open(BytesIO(sheet.done()))
    made = pdf.make_indirect(pdf.pages[0].as_form_xobject())
    made.BBox = pikepdf.Array([0, 0, drawn.width, drawn.height])
    return pdf, made


def _lines(notice: str, size: float, width: float) -> list[str]:
    text = unicodedata.normalize("NFC", notice.strip())
    return wrapped(text, font=fitting(text), size=size, width=width - 2 * _PADDING)
