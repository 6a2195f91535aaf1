"""Letting one PDF in: opened strictly, and left with nothing but what its pages show."""

import logging
from io import BytesIO

from factoring_core.adapters.documents.photos import is_photo, photo_as_pdf
from factoring_core.errors import DocumentError, MissingExtraError
from factoring_core.ports.packet_binder import Paper

try:
    import pikepdf
except ImportError as missing:
    raise MissingExtraError("pikepdf", "pdf") from missing

# What pikepdf says of odd files is for a host that listens, and never for the terminal.
logging.getLogger("pikepdf").addHandler(logging.NullHandler())

MOST_BYTES = 25 * 1024 * 1024
MOST_PAGES = 500
_JUNK_BEFORE = 1024
"""How far into a file its header may stand; scanners and mail gateways put lines before it."""

_OF_A_PAGE = frozenset(
    ("/Type", "/Parent", "/Resources", "/Contents", "/Group", "/Rotate", "/UserUnit")
) | frozenset(("/MediaBox", "/CropBox", "/BleedBox", "/TrimBox", "/ArtBox"))
_HARMLESS = ("extraneous whitespace seen before xref", "reported number of objects")


def let_in(paper: Paper) -> pikepdf.Pdf:
    """Open *paper*, a PDF or a photo, for its pages to be copied; the caller closes it.

    Form fields and comments become part of the page as they look; links, actions,
    scripts, attached files and everything else that is not printed is dropped.

    Raises:
        DocumentError: codes ``not_pdf, encrypted_pdf, damaged_pdf, empty_pdf,
            unfinished_form, limit_exceeded`` and those of `photo_as_pdf`.
    """
    if len(paper.content) > MOST_BYTES:
        raise refused(paper, "limit_exceeded", f"is larger than {MOST_BYTES // 1024**2} MiB")
    content = photo_as_pdf(paper) if is_photo(paper.content) else paper.content
    if b"%PDF-" not in content[: _JUNK_BEFORE + 5]:
        raise refused(paper, "not_pdf", "is not a PDF" if content else "is empty")
    try:
        pdf = pikepdf.open(BytesIO(content), attempt_recovery=False)
    except pikepdf.PasswordError as error:
        raise _encrypted(paper) from error
    except (pikepdf.PikepdfError, RuntimeError, ValueError) as error:
        raise damaged(paper) from error
    try:
        _check(paper, pdf)
        _strip(pdf)
    except (pikepdf.PikepdfError, RuntimeError, ValueError, TypeError, AttributeError) as error:
        pdf.close()
        raise damaged(paper) from error
    except BaseException:
        pdf.close()
        raise
    return pdf


def refuse_damage_found(paper: Paper, pdf: pikepdf.Pdf) -> None:
    """Refuse *paper* if reading it brought up damage that would be lost pages or pictures.

    Streams are read only when the pages are written, so this is asked at the end.
    """
    if any(all(known not in warning for known in _HARMLESS) for warning in pdf.get_warnings()):
        raise damaged(paper)


def refused(paper: Paper, code: str, what: str, remedy: str | None = None) -> DocumentError:
    """Make the error that names *paper* and what is wrong with it."""
    return DocumentError(
        f"{paper.name} {what}.", code=code, remedy=remedy, where={"document": paper.name, "kind": paper.kind}
    )


def damaged(paper: Paper) -> DocumentError:
    """Make the error for a file that is not whole."""
    return refused(
        paper,
        "damaged_pdf",
        "is damaged or cut off",
        "Fetch the document again; if it opens in a viewer, print it to a new PDF.",
    )


def _encrypted(paper: Paper) -> DocumentError:
    return refused(
        paper, "encrypted_pdf", "is encrypted", "Ask for a copy without password and restrictions."
    )


def _check(paper: Paper, pdf: pikepdf.Pdf) -> None:
    if pdf.is_encrypted:  # with an empty password it opens, and still may not be copied
        raise _encrypted(paper)
    stated = pdf.Root.Pages.get("/Count")  # before the pages are looked at, which would correct it
    if not pdf.pages:
        raise refused(paper, "empty_pdf", "has no pages")
    if len(pdf.pages) > MOST_PAGES:
        raise refused(paper, "limit_exceeded", f"has more than {MOST_PAGES} pages")
    if stated != len(pdf.pages):  # pages were lost, and nothing else tells
        raise damaged(paper)
    if pdf.Root.get("/NeedsRendering", False):
        raise refused(
            paper,
            "unfinished_form",
            "is a form that only one program can show; others show a request to wait",
            "Open the form and print it to a new PDF.",
        )


def _strip(pdf: pikepdf.Pdf) -> None:
    """Leave on each page what is printed, and nothing that acts."""
    if any("/Annots" in page.obj for page in pdf.pages):
        form = pdf.Root.get("/AcroForm")
        if form is not None and form.get("/NeedAppearances", False):
            pdf.generate_appearance_streams()
        pdf.flatten_annotations("all")
    for page in pdf.pages:
        for key in set(page.obj.keys()) - _OF_A_PAGE:
            del page.obj[key]
