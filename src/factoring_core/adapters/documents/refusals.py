"""The errors for papers that cannot be sent: each has its code and names the paper and the page.

======================  ==================================================================
``not_pdf``             neither a PDF nor a picture
``encrypted_pdf``       a password or restrictions
``damaged_pdf``         cut off, inconsistent, loops, impossible page sizes
``empty_pdf``           no pages
``unfinished_form``     a form that only one program can show
``active_content``      scripts, actions or attached files, where they are not to be stripped
``damaged_picture``     a photo that cannot be read to its end
``picture_unsupported`` a kind of picture that cannot be wrapped
``image_too_large``     more pixels than agreed
``too_many_pages``      of one document, or of the packet
``file_too_large``      a document, or the packet, has more bytes than agreed
``expanded_too_large``  unpacks to more than agreed
``too_deep``            packed or nested too many times
``parser_crashed``      reading it ended the process that reads
``parser_timeout``      reading it took too long
``parser_memory``       reading it took too much memory
======================  ==================================================================
"""

from typing import Any

from factoring_core.errors import DocumentError
from factoring_core.ports.packet_binder import Paper

AGAIN = "Fetch the document again; if it opens in a viewer, print it to a new PDF."
SMALLER = "Print it to a new PDF, or scan it again with fewer dots per inch."


def refused(
    paper: Paper, code: str, what: str, remedy: str | None = None, *, page: int | None = None
) -> DocumentError:
    """Make the error that names *paper*, the page where it is known, and what is wrong."""
    where: dict[str, Any] = {"document": paper.name, "kind": paper.kind}
    place = ""
    if page is not None:
        where["page"], place = page, f", page {page},"
    return DocumentError(f"{paper.name}{place} {what}.", code=code, remedy=remedy, where=where)


def damaged(paper: Paper, *, page: int | None = None) -> DocumentError:
    """Make the error for a file that is not whole."""
    return refused(paper, "damaged_pdf", "is damaged or cut off", AGAIN, page=page)
