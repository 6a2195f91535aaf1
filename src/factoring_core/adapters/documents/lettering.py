"""Putting words on a PDF page, so that what is printed is what was meant.

Everything is set in Bitstream Vera, which comes with reportlab, and texts that need more letters
than it has in DejaVu Sans, its larger twin, which comes with us.  Both are embedded in the file, so
that it looks the same everywhere.  A character that neither has is refused instead of printed as
a box, and so are scripts that are written from right to left, which nothing here would turn.
"""

import unicodedata
from collections.abc import Iterator, Mapping
from importlib import resources
from io import BytesIO
from typing import Any

from factoring_core.errors import DocumentError, MissingExtraError

try:
    from reportlab.lib.pagesizes import letter
    from reportlab.pdfbase import pdfmetrics
    from reportlab.pdfbase.ttfonts import TTFont
    from reportlab.pdfgen.canvas import Canvas
except ImportError as missing:
    raise MissingExtraError("reportlab", "pdf") from missing

PLAIN, BOLD, ITALIC = "Vera", "VeraBd", "VeraIt"
WIDTH: float = letter[0]
HEIGHT: float = letter[1]
MARGIN = 72.0
"""In points, as every length here: one inch."""

WIDE = "DejaVuSans"
"""Stands in where a text needs it: accents of every Latin script, Greek, Cyrillic, symbols."""

_FONTS = {name: TTFont(name, f"{name}.ttf", asciiReadable=False) for name in (PLAIN, BOLD, ITALIC)}
_FONTS[WIDE] = TTFont(
    WIDE,
    BytesIO(
        resources.files("factoring_core.adapters.documents").joinpath("fonts/DejaVuSans.ttf").read_bytes()
    ),
    asciiReadable=False,
)
for _font in _FONTS.values():
    pdfmetrics.registerFont(_font)
_FROM_THE_RIGHT = ("R", "AL", "AN", "RLE", "RLO", "RLI")


class Sheet:
    """One PDF of letter pages being drawn; the same calls give the same bytes.

    Args:
        title: What the file says of itself.
        code: The error code for a text that cannot be printed.
        where: What the error is about.
    """

    def __init__(
        self, title: str, *, code: str = "text_unprintable", where: Mapping[str, Any] | None = None
    ) -> None:
        self._bytes = BytesIO()
        self._code = code
        self._where = dict(where or {})
        self.canvas = Canvas(self._bytes, pagesize=letter, invariant=1, pageCompression=1)
        self.canvas.setTitle(title)
        self.canvas.setAuthor("")
        self.canvas.setSubject("")
        self.canvas.setCreator("factoring_core")

    def text(self, x: float, y: float, text: str, *, font: str = PLAIN, size: float = 10) -> None:
        """Print one line with its left end at *x*, *y* from the lower left corner."""
        printed = self.printable(text)
        self.canvas.setFont(fitting(printed, font), size)
        self.canvas.drawString(x, y, printed)

    def text_right(self, x: float, y: float, text: str, *, font: str = PLAIN, size: float = 10) -> None:
        """Print one line with its right end at *x*, *y*."""
        printed = self.printable(text)
        self.canvas.setFont(fitting(printed, font), size)
        self.canvas.drawRightString(x, y, printed)

    def rule(self, y: float, *, left: float = MARGIN, right: float = WIDTH - MARGIN) -> None:
        """Draw a thin line across the page."""
        self.canvas.setLineWidth(0.5)
        self.canvas.line(left, y, right, y)

    def printable(self, text: str) -> str:
        """Return *text* composed (NFC), if each of its characters can be printed.

        Raises:
            DocumentError: one cannot; all are named.
        """
        composed = unicodedata.normalize("NFC", text)
        if missing := lacking(composed):
            named = ", ".join(f"U+{ord(character):04X}" for character in missing[:10])
            raise DocumentError(
                f"A text holds characters that cannot be printed: {named}.",
                code=self._code,
                remedy="Write the text without these characters.",
                where=self._where,
            )
        return composed

    def next_page(self) -> None:
        """End this page and begin another."""
        self.canvas.showPage()

    def done(self) -> bytes:
        """End the last page and return the file."""
        self.canvas.save()
        return self._bytes.getvalue()


def lacking(text: str) -> list[str]:
    """Return the characters of *text* that cannot be printed, each once, sorted."""
    glyphs, more = _FONTS[PLAIN].face.charToGlyph, _FONTS[WIDE].face.charToGlyph
    return sorted(
        character
        for character in set(text)
        if not glyphs.get(ord(character))
        and (
            not more.get(ord(character))
            or unicodedata.bidirectional(character) in _FROM_THE_RIGHT
            or unicodedata.category(character) in ("Cc", "Cf", "Co", "Cs")
        )
    )


def fitting(text: str, font: str = PLAIN) -> str:
    """Return *font* if it has every character of *text*, else the one that has more."""
    glyphs = _FONTS[font].face.charToGlyph
    return font if all(glyphs.get(ord(character)) or character < " " for character in text) else WIDE


def wrapped(text: str, *, font: str = PLAIN, size: float, width: float) -> list[str]:
    """Break *text* into lines of at most *width*, losing nothing but spaces; its own line breaks stay.

    A word that is wider than a line is broken where the line ends.
    """
    lines: list[str] = []
    font = fitting(unicodedata.normalize("NFC", text), font)
    for paragraph in unicodedata.normalize("NFC", text).expandtabs(1).splitlines():
        line = ""
        for piece in _pieces(paragraph, font, size, width):
            longer = f"{line} {piece}" if line else piece
            if line and pdfmetrics.stringWidth(longer, font, size) > width:
                lines.append(line)
                line = piece
            else:
                line = longer
        lines.append(line)
    return lines


def _pieces(paragraph: str, font: str, size: float, width: float) -> Iterator[str]:
    """Yield the words of *paragraph*, those wider than a line in parts that fit."""
    for word in paragraph.split(" "):
        piece = ""
        for character in word:
            if piece and pdfmetrics.stringWidth(piece + character, font, size) > width:
                yield piece
                piece = ""
            piece += character
        if piece:
            yield piece
