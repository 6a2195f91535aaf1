"""The page in front of a packet that carries the Notice of Assignment."""

import unicodedata
from functools import lru_cache

from factoring_core.adapters.documents.lettering import (
    BOLD,
    HEIGHT,
    MARGIN,
    WIDTH,
    Sheet,
    fitting,
    lacking,
    wrapped,
)
from factoring_core.errors import DocumentError

_SIZE, _LEADING = 11.0, 15.0
_TOP = HEIGHT - MARGIN


_WHERE = {"document": "Notice of Assignment"}


@lru_cache(maxsize=64)
def check_notice(notice: str) -> None:
    """Let a notice pass that can be printed.

    Raises:
        DocumentError: code ``notice_unprintable``: it is empty, or holds what cannot be printed.
    """
    if not notice.strip():
        raise DocumentError(
            "The Notice of Assignment is empty.",
            code="notice_unprintable",
            remedy="Write the factor's text into the connection's notice.",
            where=_WHERE,
        )
    sheet = Sheet("", code="notice_unprintable", where=_WHERE)
    for line in notice.expandtabs(1).splitlines():
        sheet.printable(line)


def draw_cover(notice: str, *, title: str) -> bytes:
    """Draw *notice* in full, on as many pages as it takes, under a heading.

    *title* stands below the heading where the font can print it; the notice is the
    factor's text, and a character it cannot print is an error.

    Raises:
        DocumentError: code ``notice_unprintable``.
    """
    check_notice(notice)
    notice = unicodedata.normalize("NFC", notice)
    sheet = Sheet("Notice of Assignment", code="notice_unprintable", where=_WHERE)
    sheet.text(MARGIN, _TOP - 16, "Notice of Assignment", font=BOLD, size=16)
    if not lacking(title):
        sheet.text(
            MARGIN, _TOP - 32, wrapped(title, size=9, width=WIDTH - 2 * MARGIN)[0] if title else "", size=9
        )
    sheet.rule(_TOP - 40)
    y = _TOP - 64
    font = fitting(notice)
    for line in wrapped(notice, size=_SIZE, width=WIDTH - 2 * MARGIN):
        if y < MARGIN:
            sheet.next_page()
            y = _TOP - _SIZE
        sheet.text(MARGIN, y, line, font=font, size=_SIZE)
        y -= _LEADING
    return sheet.done()
