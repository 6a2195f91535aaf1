"""Putting words on a PDF page, so that what is printed is what was meant.

Everything is set in Bitstream Vera, which comes with reportlab and is embedded in
the file: accents, typographic quotes and dashes look the same everywhere.  A
character that it lacks is refused instead of printed as a box.
"""

import unicodedata
from collections.abc import Iterator, Mapping
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

_FONTS = {name: TTFont(name, f"{name}.ttf", asciiReadable=False) for name in (PLAIN, BOLD, ITALIC)}
for _font in _FONTS.values():
    pdfmetrics.registerFont(_font)


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
        self.canvas.setFont(font, size)
        self.canvas.drawString(x, y, self.printable(text, font))

    def text_right(self, x: float, y: float, text: str, *, font: str = PLAIN, size: float = 10) -> None:
        """Print one line with its right end at *x*, *y*."""
        self.canvas.setFont(font, size)
        self.canvas.drawRightString(x, y, self.printable(text, font))

    def rule(self, y: float, *, left: float = MARGIN, right: float = WIDTH - MARGIN) -> None:
        """Draw a thin line across the page."""
        self.canvas.setLineWidth(0.5)
        self.canvas.line(left, y, right, y)

    def printable(self, text: str, font: str = PLAIN) -> str:
        """Return *text* composed (NFC), if the font has each of its characters.

        Raises:
            DocumentError: it lacks one; all are named.
        """
        composed = unicodedata.normalize("NFC", text)
        if missing := lacking(composed, font):
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


def lacking(text: str, font: str = PLAIN) -> list[str]:
    """Return the characters of *text* that *font* cannot print, each once, sorted."""
    glyphs = _FONTS[font].face.charToGlyph
    return sorted({character for character in text if not glyphs.get(ord(character))})


def wrapped(text: str, *, font: str = PLAIN, size: float, width: float) -> list[str]:
    """Break *text* into lines of at most *width*, losing nothing but spaces; its own line breaks stay.

    A word that is wider than a line is broken where the line ends.
    """
    lines: list[str] = []
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
