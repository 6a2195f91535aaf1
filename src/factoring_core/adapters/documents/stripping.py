"""Taking everything from a PDF that is not printed, and saying what of it could have acted."""

from collections.abc import Iterator
from typing import Any

import pikepdf

from factoring_core.adapters.documents.refusals import refused
from factoring_core.domain.vocabulary.packet_rules import ActiveContent
from factoring_core.ports.packet_binder import Paper

_OF_A_PAGE = frozenset(
    ("/Type", "/Parent", "/Resources", "/Contents", "/Group", "/Rotate", "/UserUnit")
) | frozenset(("/MediaBox", "/CropBox", "/BleedBox", "/TrimBox", "/ArtBox"))

_ACTIONS = {
    "/JavaScript": "a script",
    "/Launch": "a launch action",
    "/SubmitForm": "a form that sends itself",
    "/ImportData": "an action that fetches data",
    "/GoToR": "a link to another file",
    "/GoToE": "a link to an attached file",
    "/Rendition": "a multimedia action",
    "/Movie": "a multimedia action",
    "/Sound": "a multimedia action",
    "/URI": None,  # a link to a page of the web shows what it says, and does nothing by itself
    "/GoTo": None,
}
_HARMLESS_START = ("/GoTo", "/Named")
_ATTACHED = ("/FileAttachment", "/RichMedia", "/Screen", "/3D", "/Movie", "/Sound")
SIGNATURE = "a digital signature, which holds for the original only"


def strip(
    paper: Paper, pdf: pikepdf.Pdf, *, active: ActiveContent = ActiveContent.STRIP
) -> tuple[bool, tuple[str, ...]]:
    """Leave on each page what is printed, and nothing that acts.

    Return whether pages were changed (fields and comments drawn onto them), and a note
    for each thing that was left out and could have done something.

    Raises:
        DocumentError: ``active_content``, where *active* says that such papers are refused.
    """
    found = _of_the_file(pdf.Root)
    annotated = False
    for number, page in enumerate(pdf.pages, 1):
        if "/AA" in page.obj:
            found.setdefault("an action of a page", number)
        for annotation in page.obj.get("/Annots", ()):
            annotated = True
            for what in _of_an_annotation(annotation):
                found.setdefault(what, number)
    acting = [what for what in found if what != SIGNATURE]
    if acting and active is ActiveContent.REFUSE:
        remedy = "Print it to a new PDF, which holds what is printed and nothing else."
        raise refused(paper, "active_content", f"holds {acting[0]}", remedy, page=found[acting[0]])
    if annotated:
        form = pdf.Root.get("/AcroForm")
        if form is not None and form.get("/NeedAppearances", False):
            pdf.generate_appearance_streams()
        pdf.flatten_annotations("all")
    for page in pdf.pages:
        for key in set(page.obj.keys()) - _OF_A_PAGE:
            del page.obj[key]
    return annotated, tuple(_note(paper, what, page) for what, page in found.items())


def _note(paper: Paper, what: str, page: int | None) -> str:
    place = "" if page is None else f" (page {page})"
    return f"{paper.name}: {what}{place} was left out."


def _of_the_file(root: Any) -> dict[str, int | None]:
    """Name what the file as a whole would do or bring along."""
    found: dict[str, int | None] = {}
    start = root.get("/OpenAction")
    if isinstance(start, pikepdf.Dictionary) and str(start.get("/S")) not in _HARMLESS_START:
        found[_called(start) or "an action on opening"] = None
    if "/AA" in root:
        found["an action of the file"] = None
    names = root.get("/Names")
    if isinstance(names, pikepdf.Dictionary):
        if "/JavaScript" in names:
            found["a script"] = None
        if "/EmbeddedFiles" in names:
            found["an attached file"] = None
    if "/Collection" in root or "/AF" in root:
        found["an attached file"] = None
    form = root.get("/AcroForm")
    if isinstance(form, pikepdf.Dictionary):
        if "/XFA" in form:
            found["a form of another kind (XFA)"] = None
        flags = form.get("/SigFlags", 0)
        if isinstance(flags, int) and flags & 1:
            found[SIGNATURE] = None
    return found


def _of_an_annotation(annotation: Any) -> Iterator[str]:
    if not isinstance(annotation, pikepdf.Dictionary):
        return
    called = _called(annotation.get("/A"))
    if called is not None:
        yield called
    if "/AA" in annotation:
        yield "a script of a form field"
    if str(annotation.get("/Subtype")) in _ATTACHED:
        yield "an attached file"
    if str(annotation.get("/FT")) == "/Sig" and "/V" in annotation:
        yield SIGNATURE


def _called(action: Any) -> str | None:
    """Say what an action is, if it is one that could do something."""
    if not isinstance(action, pikepdf.Dictionary):
        return None
    kind = str(action.get("/S"))
    return _ACTIONS.get(kind, None if kind == "/Named" else "an action")
