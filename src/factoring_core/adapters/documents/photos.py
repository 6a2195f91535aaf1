"""Photographs and scans, each wrapped into letter pages without being encoded again."""

import warnings
from io import BytesIO
from typing import Any

from factoring_core.adapters.documents import limits
from factoring_core.adapters.documents.refusals import refused
from factoring_core.errors import DocumentError
from factoring_core.ports.packet_binder import Paper

_BEGINNINGS = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"II*\0", b"MM\0*")
_FORMATS = ("JPEG", "PNG", "TIFF")
_SHORT, _LONG = 612.0, 792.0
_BORDER = 18.0
"""Printers cannot print to the edge."""
_MOST_ENLARGED = 1.0
"""Points a pixel: a small picture stays small and sharp instead of filling the page."""
_ORIENTATION = 274
_TURNS = {  # where the stored rows and columns go: a, b, c, d of a matrix, and its corner
    2: (-1, 0, 0, 1, 1, 0),
    3: (-1, 0, 0, -1, 1, 1),
    4: (1, 0, 0, -1, 0, 1),
    5: (0, -1, -1, 0, 1, 1),
    6: (0, -1, 1, 0, 0, 1),
    7: (0, 1, 1, 0, 0, 0),
    8: (0, 1, -1, 0, 1, 0),
}
_UPRIGHT = (1, 0, 0, 1, 0, 0)
_OTHERS = (
    (4, b"ftypheic", "HEIC"),
    (4, b"ftypheix", "HEIC"),
    (4, b"ftypmif1", "HEIF"),
    (4, b"ftypavif", "AVIF"),
    (8, b"WEBP", "WebP"),
    (0, b"GIF8", "GIF"),
    (0, b"BM", "BMP"),
    (0, b"\0\0\0\x0cjP  ", "JPEG 2000"),
    (0, b"\xff\x4f\xff\x51", "JPEG 2000"),
)


def is_photo(content: bytes) -> bool:
    """Say whether *content* begins as a JPEG, PNG or TIFF does."""
    return content.startswith(_BEGINNINGS)


def name_of_kind(content: bytes) -> str | None:
    """Name a kind of picture that is known and cannot be wrapped, or None."""
    return next((name for at, mark, name in _OTHERS if content.startswith(mark, at)), None)


def photo_as_pdf(paper: Paper) -> bytes:
    """Return a PDF of letter pages, each turned as its picture and showing it upright.

    A picture is as large as fits, and no larger than a point a pixel.  What is laid out is
    the very data of the photo; only transparent PNGs, and TIFFs that are turned or packed in a
    way that PDF does not know, are packed anew, without loss.

    Raises:
        DocumentError: ``picture_unsupported`` without img2pdf, or for a kind of picture that
            cannot be wrapped; ``damaged_picture, image_too_large, too_many_pages``.
    """
    try:
        import img2pdf
        from PIL import Image
    except ImportError:
        what = "is a picture, and the package that wraps pictures is not installed"
        remedy = 'pip install "factoring-core[pdf]", or hand in a PDF.'
        raise refused(paper, "picture_unsupported", what, remedy) from None
    page = 0
    try:
        with (
            warnings.catch_warnings(action="ignore", category=Image.DecompressionBombWarning),
            Image.open(BytesIO(paper.content), formats=_FORMATS) as picture,
        ):
            frames: int = getattr(picture, "n_frames", 1) if picture.format == "TIFF" else 1
            if frames > limits.MOST_FRAMES:
                raise refused(paper, "too_many_pages", f"has more than {limits.MOST_FRAMES} pages")
            turns, shapes = [], []
            for page in range(1, frames + 1):
                if page > 1:
                    picture.seek(page - 1)
                if picture.width * picture.height > limits.MOST_PIXELS:
                    raise _too_large(paper, page if frames > 1 else None)
                turns.append(picture.getexif().get(_ORIENTATION, 1))
                shapes.append(_density(picture))
                picture.draft("L", (1, 1))  # decoding small is enough to find what is cut off
                picture.load()
            content = paper.content
            if picture.format == "TIFF" and any(turn != 1 for turn in turns):
                content, turns = _upright(paper.content), [1] * frames
            elif picture.format == "PNG" and _transparent(picture):
                content = _on_white(picture)
            single = picture.format != "TIFF"
        wrapped: bytes = img2pdf.convert(
            content, nodate=True, rotation=img2pdf.Rotation.none, first_frame_only=single
        )
    except DocumentError:
        raise
    except Image.DecompressionBombError as error:
        raise _too_large(paper, None) from error
    except (
        img2pdf.AlphaChannelError,
        img2pdf.JpegColorspaceError,
        img2pdf.UnsupportedColorspaceError,
    ) as error:
        what = "is a picture of a kind that cannot be wrapped"
        raise refused(paper, "picture_unsupported", what, _AGAIN) from error
    except MemoryError:
        raise
    except Exception as error:  # both libraries raise almost anything for a broken picture
        what = "is a picture that cannot be read to its end"
        at = page if page > 1 else None
        raise refused(paper, "damaged_picture", what, _AGAIN, page=at) from error
    return _laid_out(wrapped, turns, shapes)


_AGAIN = "Save the picture again as a JPEG, or hand in a PDF."


def _too_large(paper: Paper, page: int | None) -> DocumentError:
    million = limits.MOST_PIXELS // 1_000_000
    return refused(paper, "image_too_large", f"has more than {million} million pixels", _AGAIN, page=page)


def _density(picture: Any) -> float:
    """Return how much higher than wide a pixel is; faxes have twice as many across as down."""
    across, down = picture.info.get("dpi", (1, 1))
    if not across or not down:
        return 1.0
    ratio = float(across) / float(down)
    return ratio if 0.25 <= ratio <= 4 else 1.0


def _transparent(picture: Any) -> bool:
    return picture.mode in ("RGBA", "LA", "PA", "La", "RGBa") or "transparency" in picture.info


def _on_white(picture: Any) -> bytes:
    from PIL import Image

    above = picture.convert("RGBA")
    paper = Image.new("RGBA", above.size, "white")
    paper.alpha_composite(above)
    file = BytesIO()
    grey = picture.mode in ("LA", "La")
    paper.convert("L" if grey else "RGB").save(file, "PNG", dpi=picture.info.get("dpi", (72, 72)))
    return file.getvalue()


def _upright(content: bytes) -> bytes:
    """Return the pages of a TIFF turned upright, packed without loss."""
    from PIL import Image, ImageOps, ImageSequence

    with Image.open(BytesIO(content), formats=("TIFF",)) as picture:
        pages = []
        for frame in ImageSequence.Iterator(picture):
            frame.load()  # turns it, if this version of the library does
            pages.append(ImageOps.exif_transpose(frame.copy()))
    file = BytesIO()
    pages[0].save(file, "TIFF", save_all=True, append_images=pages[1:], compression="tiff_adobe_deflate")
    return file.getvalue()


def _laid_out(wrapped: bytes, turns: list[int], shapes: list[float]) -> bytes:
    """Put each picture on a page of its own."""
    import pikepdf

    with pikepdf.open(BytesIO(wrapped)) as pdf:
        for page, turn, shape in zip(pdf.pages, turns, shapes, strict=True):
            (picture,) = page.obj.Resources.XObject.values()
            width, height = float(picture.Width), float(picture.Height) * shape
            if turn in (5, 6, 7, 8):
                width, height = height, width
            paper = (_LONG, _SHORT) if width > height else (_SHORT, _LONG)
            scale = min((paper[0] - 2 * _BORDER) / width, (paper[1] - 2 * _BORDER) / height, _MOST_ENLARGED)
            width, height = width * scale, height * scale
            left, bottom = (paper[0] - width) / 2, (paper[1] - height) / 2
            a, b, c, d, e, f = _TURNS.get(turn, _UPRIGHT)
            matrix = (a * width, b * height, c * width, d * height, left + e * width, bottom + f * height)
            drawing = f"q {' '.join(f'{number:.4f}' for number in matrix)} cm /Picture Do Q".encode()
            page.obj.Resources = pikepdf.Dictionary(XObject=pikepdf.Dictionary(Picture=picture))
            page.obj.Contents = pdf.make_stream(drawing)
            page.obj.MediaBox = pikepdf.Array([0, 0, *map(int, paper)])
            for key in ("/CropBox", "/Rotate", "/UserUnit", "/TrimBox", "/BleedBox", "/ArtBox"):
                if key in page.obj:
                    del page.obj[key]
        file = BytesIO()
        pdf.save(file, static_id=True, compress_streams=False)
    return file.getvalue()
