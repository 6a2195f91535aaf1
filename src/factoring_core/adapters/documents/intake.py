"""Letting one PDF in: opened strictly, weighed, and left with nothing but what its pages show."""

import logging
import re
from io import BytesIO
from types import TracebackType
from typing import Self

from factoring_core.adapters.documents import limits
from factoring_core.adapters.documents.limits import MOST_BYTES, MOST_PAGES
from factoring_core.adapters.documents.photos import is_photo, name_of_kind, photo_as_pdf
from factoring_core.adapters.documents.refusals import AGAIN, SMALLER, damaged, refused
from factoring_core.domain.vocabulary.packet_rules import ActiveContent
from factoring_core.errors import DocumentError, MissingExtraError
from factoring_core.ports.packet_binder import Paper

try:
    import pikepdf
except ImportError as missing:
    raise MissingExtraError("pikepdf", "pdf") from missing

from factoring_core.adapters.documents.stripping import strip
from factoring_core.adapters.documents.weight import weigh

# What pikepdf says of odd files is for a host that listens, and never for the terminal.
logging.getLogger("pikepdf").addHandler(logging.NullHandler())

_JUNK_BEFORE = 1024
"""How far into a file its header may stand; scanners and mail gateways put lines before it."""

_PACKED_OBJECTS = re.compile(rb"<<[^<>]*/ObjStm\b[^<>]*>>")
_COUNT = re.compile(rb"/N\s+(\d{1,18})\b")
_HARMLESS = ("extraneous whitespace seen before xref", "reported number of objects")
_ODD = (pikepdf.PikepdfError, RuntimeError, ValueError, TypeError, AttributeError, KeyError)
"""What pikepdf raises when a file is not what it says."""


class LetIn:
    """One paper, open for its pages to be copied; a context manager that closes it.

    Form fields and comments have become part of the page as they look; links, actions,
    scripts, attached files and everything else that is not printed is gone, and ``notes``
    says so where it matters.
    """

    def __init__(self, paper: Paper, pdf: pikepdf.Pdf, content: bytes) -> None:
        self.paper, self.pdf = paper, pdf
        self.notes: tuple[str, ...] = ()
        self.count = 0
        self._content: bytes | None = content

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.pdf.close()

    def changed(self) -> None:
        """Note that the pages do not look any more as they came."""
        self._content = None

    def shown(self) -> bytes:
        """Return a file whose pages look as they will in the packet."""
        if self._content is None:
            file = BytesIO()
            self.pdf.save(file, static_id=True, stream_decode_level=pikepdf.StreamDecodeLevel.none)
            self._content = file.getvalue()
        return self._content

    def refuse_damage_found(self) -> None:
        """Refuse the paper if reading it brought up damage that would be lost pages or pictures.

        Streams are read only when the pages are written, so this is asked at the end.
        """
        if any(all(known not in warning for known in _HARMLESS) for warning in self.pdf.get_warnings()):
            raise damaged(self.paper)


def let_in(paper: Paper, *, active: ActiveContent = ActiveContent.STRIP) -> LetIn:
    """Open *paper*, a PDF or a photo; the caller closes it.

    Raises:
        DocumentError: any code of `refusals` that is about a document.
    """
    if len(paper.content) > MOST_BYTES:
        raise refused(paper, "file_too_large", f"is larger than {MOST_BYTES // limits.MIB} MiB")
    content = photo_as_pdf(paper) if is_photo(paper.content) else paper.content
    if b"%PDF-" not in content[: _JUNK_BEFORE + 5]:
        raise _no_pdf(paper)
    _check_packed_objects(paper, content)
    try:
        taken = LetIn(paper, pikepdf.open(BytesIO(content), attempt_recovery=False), content)
    except pikepdf.PasswordError as error:
        raise _encrypted(paper) from error
    except (pikepdf.PikepdfError, RuntimeError, ValueError) as error:
        raise damaged(paper) from error
    try:
        _check(paper, taken.pdf)
        weigh(paper, taken.pdf)
        flattened, taken.notes = strip(paper, taken.pdf, active=active)
        taken.count = len(taken.pdf.pages)
    except _ODD as error:
        taken.pdf.close()
        raise damaged(paper) from error
    except BaseException:
        taken.pdf.close()
        raise
    if flattened:
        taken.changed()
    return taken


def _no_pdf(paper: Paper) -> DocumentError:
    kind = name_of_kind(paper.content)
    if kind is not None:
        what = f"is a picture of a kind that cannot be wrapped ({kind})"
        return refused(paper, "picture_unsupported", what, "Save it as a JPEG, or hand in a PDF.")
    return refused(paper, "not_pdf", "is not a PDF" if paper.content else "is empty", AGAIN)


def _encrypted(paper: Paper) -> DocumentError:
    remedy = "Ask for a copy without password and restrictions."
    return refused(paper, "encrypted_pdf", "is encrypted", remedy)


def _check_packed_objects(paper: Paper, content: bytes) -> None:
    """Refuse a stream of too many objects by what it states; reading one takes minutes."""
    for stated in _PACKED_OBJECTS.findall(content):
        count = _COUNT.search(stated)
        if count is not None and int(count[1]) > limits.MOST_OBJECTS:
            raise refused(
                paper, "expanded_too_large", f"unpacks to more than {limits.MOST_OBJECTS:,} objects", SMALLER
            )


def _check(paper: Paper, pdf: pikepdf.Pdf) -> None:
    if pdf.is_encrypted:  # with an empty password it opens, and still may not be copied
        raise _encrypted(paper)
    stated = pdf.Root.Pages.get("/Count")  # before the pages are looked at, which would correct it
    if not pdf.pages and not stated:
        raise refused(paper, "empty_pdf", "has no pages")
    if len(pdf.pages) > MOST_PAGES:
        raise refused(paper, "too_many_pages", f"has more than {MOST_PAGES} pages", "Split the document.")
    if stated != len(pdf.pages):  # pages were lost, and nothing else tells
        raise damaged(paper)
    for number, page in enumerate(pdf.pages, 1):
        if not _possible(page):
            raise damaged(paper, page=number)
    if pdf.Root.get("/NeedsRendering", False):
        raise refused(
            paper,
            "unfinished_form",
            "is a form that only one program can show; others show a request to wait",
            "Open the form and print it to a new PDF.",
        )


def _possible(page: pikepdf.Page) -> bool:
    """Say whether the page has a size that paper could have."""
    for box in (page.mediabox, page.cropbox):
        left, bottom, right, top = (float(side) for side in box)
        unit = float(page.obj.get("/UserUnit", 1))
        for side in (abs(right - left) * unit, abs(top - bottom) * unit):
            if not limits.SHORTEST_SIDE <= side <= limits.LONGEST_SIDE:
                return False
    return True
