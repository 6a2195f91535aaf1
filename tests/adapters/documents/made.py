"""Documents made for tests: invoices of every shape, scans, photos; and ways to look at them."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from functools import cache
from io import BytesIO
from typing import Any

import img2pdf
import pikepdf
import pypdf
import pypdfium2
from PIL import Image, ImageChops, ImageDraw, ImageFont
from reportlab.pdfgen.canvas import Canvas

from factoring_core.ports.packet_binder import Paper

NOTICE = (
    "NOTICE OF ASSIGNMENT. This invoice has been sold and assigned to Example Capital, P.O. Box 1234, "
    "Dallas, TX 75201. Pay Example Capital only: payment to anybody else does not discharge the debt. "
    "Señor Peña & Cía., “Őrség” Kft., Москва. Questions: 555-0100."
)


def paper(content: bytes, *, kind: str = "invoice", name: str = "invoice.pdf", noticed: bool = True) -> Paper:
    return Paper(kind=kind, name=name, content=content, noticed=noticed)


def drawn(draw: Callable[[Canvas], object], size: tuple[float, float] = (612, 792)) -> bytes:
    file = BytesIO()
    canvas = Canvas(file, pagesize=size, invariant=1)
    draw(canvas)
    canvas.save()
    return file.getvalue()


def edited(content: bytes, edit: Callable[[pikepdf.Pdf], object], **saving: Any) -> bytes:
    with pikepdf.open(BytesIO(content)) as pdf, warnings.catch_warnings(action="ignore"):
        edit(pdf)
        file = BytesIO()
        pdf.save(file, **{"static_id": True, **saving})
    return file.getvalue()


def invoice(
    size: tuple[float, float] = (612, 792), *, lines: int = 12, title: str = "FREIGHT INVOICE 1001"
) -> bytes:
    """An invoice with a heading, *lines* of text and a total, on a page of *size*."""

    def draw(canvas: Canvas) -> None:
        width, height = size
        canvas.setFont("Helvetica-Bold", 18)
        canvas.drawString(50, height - 60, title)
        canvas.setFont("Helvetica", 10)
        for number in range(lines):
            y = height - 100 - 16 * number
            canvas.drawString(50, y, f"Line {number + 1}: haulage Laredo, TX to Atlanta, GA")
            canvas.drawRightString(width - 50, y, "1,234.56")
        canvas.line(50, height - 105 - 16 * lines, width - 50, height - 105 - 16 * lines)

    return drawn(draw, size)


def framed() -> bytes:
    """An invoice within a frame around the page, as many are printed."""

    def draw(canvas: Canvas) -> None:
        canvas.rect(20, 20, 572, 752)
        for number in range(14):
            canvas.drawString(40, 740 - 14 * number, f"Line {number + 1} of an invoice in a frame")

    return drawn(draw)


def full() -> bytes:
    """An invoice that is full to the edge."""

    def draw(canvas: Canvas) -> None:
        canvas.setFont("Helvetica", 7)
        for number in range(99):
            canvas.drawString(2, 786 - 8 * number, f"{number:02} " + "every inch of it is printed on, " * 7)

    return drawn(draw)


def scanned(turn: int = 0, *, mode: str = "L", dpi: int = 150) -> bytes:
    """A scan of an invoice on greyish, noisy paper; the page says that it is to be turned by *turn*."""
    seen = page_picture(invoice(), scale=dpi / 72).convert("L")
    noise = Image.effect_noise(seen.size, 12).point(lambda value: 128 + (value - 128) // 2)
    seen = ImageChops.add(seen.point(lambda value: value * 230 // 255), noise, 1, -128)
    if mode == "1":
        seen = seen.point(lambda value: 255 * (value > 128)).convert("1")
    stored = seen.rotate(turn, expand=True)  # against the clock; the page is turned back with it
    wrapped: bytes = img2pdf.convert(picture(stored, "PNG" if mode == "1" else "JPEG"), nodate=True)

    def turned(pdf: pikepdf.Pdf) -> None:
        page = pdf.pages[0].obj
        page.MediaBox = [0, 0, *(round(float(side)) for side in list(page.MediaBox)[2:])]
        page.Rotate = turn

    return edited(wrapped, turned)


def receipt() -> bytes:
    """A small photo of a small receipt."""
    seen = Image.new("RGB", (240, 420), "#f4f1e8")
    pen = ImageDraw.Draw(seen)
    for number, line in enumerate(
        ["LUMPER SERVICE", "Dock 14", "22 pallets", "", "TOTAL 185.00", "PAID CASH"]
    ):
        pen.text((20, 24 + 48 * number), line, fill="#222222", font=ImageFont.load_default(20))
    return picture(seen, "JPEG", quality=80)


def picture(image: Image.Image, format: str, **saving: Any) -> bytes:
    file = BytesIO()
    image.save(file, format, **saving)
    return file.getvalue()


def texts(content: bytes) -> list[str]:
    """Return the text of each page, read by another library than the one that wrote it."""
    return [page.extract_text() for page in pypdf.PdfReader(BytesIO(content)).pages]


def page_picture(content: bytes, number: int = 0, *, scale: float = 1.0) -> Image.Image:
    """Return a page as a viewer shows it."""
    document = pypdfium2.PdfDocument(content)
    page = document[number]
    seen: Image.Image = page.render(scale=scale).to_pil().convert("RGB")
    page.close()
    document.close()
    return seen


def page_count(content: bytes) -> int:
    return len(pypdf.PdfReader(BytesIO(content)).pages)


def changed_box(before: Image.Image, after: Image.Image) -> tuple[int, int, int, int] | None:
    """Return the rectangle outside of which two pictures are equal; None if they are."""
    assert before.size == after.size
    return ImageChops.difference(before, after).getbbox()


@cache
def awkward() -> dict[str, bytes]:
    return {
        "landscape": invoice((792, 612)),
        "A4": invoice((595.28, 841.89), lines=30),
        "rotated scan": scanned(90),
        "one bit scan turned over": scanned(180, mode="1", dpi=200),
        "framed": framed(),
        "tiny receipt": receipt(),
        "full to the edge": full(),
    }
