"""Binding the papers of one invoice into one PDF with pikepdf.

Pages are copied, never decoded or drawn again, so that they look as they came.
The result holds pages and a title, and nothing else of the files it was made of.
"""

from collections.abc import Sequence
from contextlib import ExitStack
from io import BytesIO

from factoring_core.adapters.documents.cover import draw_cover
from factoring_core.adapters.documents.intake import damaged, let_in, refuse_damage_found
from factoring_core.errors import DocumentError, MissingExtraError
from factoring_core.ports.packet_binder import Packet, Paper

try:
    import pikepdf
except ImportError as missing:
    raise MissingExtraError("pikepdf", "pdf") from missing

_NOT_PRINTED = ("/AF", "/Metadata", "/OPI", "/PieceInfo", "/Ref")
"""What hangs on pictures and forms within pages: attached files, histories, other files."""


class PdfBinder:
    """Merges papers in the given order, behind a cover page with the notice when there is one."""

    def bind(self, papers: Sequence[Paper], *, notice: str | None, title: str) -> Packet:
        """Bind *papers* into one PDF; the same inputs give the same bytes.

        The result is opened again, and its pages counted, before it is returned.

        Raises:
            DocumentError: a paper or the notice cannot be sent; ``where`` names it.
        """
        if not papers:
            raise DocumentError("There are no papers to bind.", code="empty_pdf", where={"packet": title})
        bound = list(papers)
        if notice is not None:
            bound.insert(0, Paper(kind="notice", name="notice", content=draw_cover(notice, title=title)))
        with ExitStack() as opened, pikepdf.new() as packet:
            sources = [(paper, opened.enter_context(let_in(paper))) for paper in bound]
            for paper, source in sources:
                _append(packet, paper, source)
            if title:
                packet.docinfo["/Title"] = title
            content = _written(packet)
            for paper, source in sources:
                refuse_damage_found(paper, source)
            pages = sum(len(source.pages) for _, source in sources)
        _verify(content, pages, title)
        return Packet(content=content, pages=pages)

    def check(self, paper: Paper) -> None:
        """Let a paper that can be bound pass: it is bound alone, and the result thrown away.

        Raises:
            DocumentError: as `bind` would.
        """
        self.bind([paper], notice=None, title="")


def _append(packet: pikepdf.Pdf, paper: Paper, source: pikepdf.Pdf) -> None:
    try:
        packet.pages.extend(source.pages)
    except (pikepdf.PikepdfError, RuntimeError, ValueError, TypeError) as error:
        raise damaged(paper) from error


def _written(packet: pikepdf.Pdf) -> bytes:
    """Return the file, with an id that follows from its content and no date."""
    for thing in packet.objects:
        if isinstance(thing, pikepdf.Stream):
            for key in _NOT_PRINTED:
                if key in thing:
                    del thing[key]
    file = BytesIO()
    packet.save(
        file,
        deterministic_id=True,
        compress_streams=False,  # they come compressed; together with the next line nothing is decoded
        stream_decode_level=pikepdf.StreamDecodeLevel.none,
        object_stream_mode=pikepdf.ObjectStreamMode.disable,  # the form that every program can read
    )
    return file.getvalue()


def _verify(content: bytes, pages: int, title: str) -> None:
    """Refuse a packet that does not open strictly with exactly the pages that went in."""
    try:
        with pikepdf.open(BytesIO(content), attempt_recovery=False) as packet:
            whole = len(packet.pages) == pages and not packet.get_warnings()
    except pikepdf.PikepdfError:
        whole = False
    if not whole:
        raise DocumentError(
            "The packet that was bound is not whole.",
            code="packet_unverified",
            remedy="Print the documents to new PDFs; one of them cannot be merged as it is.",
            where={"packet": title},
        )
