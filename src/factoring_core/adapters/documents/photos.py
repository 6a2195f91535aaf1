"""Photographs of papers, each wrapped into a PDF page without being encoded again."""

from io import BytesIO

from factoring_core.errors import DocumentError
from factoring_core.ports.packet_binder import Paper

_BEGINNINGS = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n")
_MOST_PIXELS = 80_000_000
_LETTER = (612.0, 792.0)


def is_photo(content: bytes) -> bool:
    """Say whether *content* begins as a JPEG or PNG does."""
    return content.startswith(_BEGINNINGS)


def photo_as_pdf(paper: Paper) -> bytes:
    """Return a PDF of letter pages, turned as the picture, that shows it upright and as large as fits.

    Raises:
        DocumentError: code ``picture_unsupported`` without img2pdf, or for a kind of
            picture that cannot be wrapped; ``damaged_picture``; ``limit_exceeded``
            above eighty million pixels.
    """
    try:
        import img2pdf
        from PIL import Image
    except ImportError:
        raise _refused(
            paper,
            "picture_unsupported",
            "is a picture, and the package that wraps pictures is not installed",
            'pip install "factoring-core[pdf]", or hand in a PDF.',
        ) from None
    layout = img2pdf.get_layout_fun(_LETTER, fit=img2pdf.FitMode.into, auto_orient=True)
    try:
        with Image.open(BytesIO(paper.content), formats=("JPEG", "PNG")) as picture:
            if picture.width * picture.height > _MOST_PIXELS:
                raise _too_large(paper)
            picture.draft("L", (1, 1))  # decoding small is enough to find what is cut off
            picture.load()
        wrapped: bytes = img2pdf.convert(
            paper.content, layout_fun=layout, nodate=True, rotation=img2pdf.Rotation.ifvalid
        )
    except DocumentError:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise _too_large(paper) from error
    except (
        img2pdf.AlphaChannelError,
        img2pdf.JpegColorspaceError,
        img2pdf.UnsupportedColorspaceError,
    ) as error:
        raise _refused(
            paper, "picture_unsupported", "is a picture of a kind that cannot be wrapped"
        ) from error
    except Exception as error:  # both libraries raise almost anything for a broken picture
        raise _refused(paper, "damaged_picture", "is a picture that cannot be read") from error
    return wrapped


def _too_large(paper: Paper) -> DocumentError:
    return _refused(paper, "limit_exceeded", "has more than eighty million pixels")


def _refused(paper: Paper, code: str, what: str, remedy: str | None = None) -> DocumentError:
    return DocumentError(
        f"{paper.name} {what}.",
        code=code,
        remedy=remedy or "Save the picture again as a JPEG, or hand in a PDF.",
        where={"document": paper.name, "kind": paper.kind},
    )
