"""A small picture of a PDF's first page, for people to recognise it."""

from io import BytesIO

from factoring_core.errors import DocumentError, MissingExtraError

try:
    import pypdfium2
except ImportError as missing:
    raise MissingExtraError("pypdfium2", "pdf") from missing


def first_page_png(pdf: bytes, width: int) -> bytes:
    """Return the first page as a PNG of *width* pixels; for packets of our own making only.

    It is drawn in this process, without limits, which is no way to treat a stranger's file.

    Raises:
        DocumentError: code ``not_pdf``: it cannot be drawn.
    """
    try:
        document = pypdfium2.PdfDocument(pdf)
        try:
            page = document[0]
            drawn = page.render(scale=width / max(page.get_width(), 1.0)).to_pil()
            page.close()
        finally:
            document.close()
    except (pypdfium2.PdfiumError, IndexError) as error:
        raise DocumentError("The packet cannot be drawn.", code="not_pdf") from error
    drawn = drawn.convert("RGB").resize((width, round(drawn.height * width / drawn.width)))
    file = BytesIO()
    drawn.convert("P", palette=1, colors=64).save(file, "PNG", optimize=True)
    return file.getvalue()
