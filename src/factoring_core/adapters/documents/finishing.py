"""What happens to a packet when its pages are in place: it is written, made to fit, and opened again."""

import hashlib
from collections.abc import Sequence
from io import BytesIO

import pikepdf

from factoring_core.adapters.documents.shrinking import shrink
from factoring_core.domain.vocabulary.packet_rules import MIB, PacketRules
from factoring_core.errors import DocumentError
from factoring_core.ports.packet_binder import Paper

_NOT_PRINTED = ("/AF", "/Metadata", "/OPI", "/PieceInfo", "/Ref")
"""What hangs on pictures and forms within pages: attached files, histories, other files."""


def identity(papers: Sequence[Paper], notice: str | None, title: str) -> bytes:
    """Return what tells a packet from every other: it follows from what went in, and holds no date."""
    digest = hashlib.sha256()
    for piece in (title.encode(), (notice or "").encode(), *(paper.content for paper in papers)):
        digest.update(len(piece).to_bytes(8) + hashlib.sha256(piece).digest())
    return digest.digest()[:16]


def written(packet: pikepdf.Pdf, known_as: bytes) -> bytes:
    """Return the file, with its `identity`, without what is not printed or tells the time of writing."""
    for thing in packet.objects:
        if isinstance(thing, pikepdf.Stream):
            for key in _NOT_PRINTED:
                if key in thing:
                    del thing[key]
    packet.trailer["/ID"] = pikepdf.Array([pikepdf.String(known_as)] * 2)
    file = BytesIO()
    packet.save(
        file,
        static_id=True,  # of the second part, which is for changes; the first is the identity
        compress_streams=False,  # they come compressed; together with the next line nothing is decoded
        stream_decode_level=pikepdf.StreamDecodeLevel.none,
        object_stream_mode=pikepdf.ObjectStreamMode.disable,  # the form that every program can read
    )
    return file.getvalue()


def made_smaller(content: bytes, title: str, rules: PacketRules) -> tuple[bytes, str]:
    """Scale the pictures down where the provider allows it; return a note that says so.

    Raises:
        DocumentError: code ``file_too_large``: it is not allowed, or not enough.
    """
    before, scaled = len(content), 0
    if rules.downsample_dpi is not None:
        content, scaled = shrink(content, dpi=rules.downsample_dpi)
    if len(content) > rules.max_bytes:
        raise too_large(title, "file_too_large", _in_mib(len(content)), _in_mib(rules.max_bytes))
    return content, (
        f"{scaled} picture(s) were scaled to {rules.downsample_dpi} dots per inch, because the packet had "
        f"{before} bytes and may have {rules.max_bytes}; it has {len(content)}."
    )


def _in_mib(size: int) -> str:
    return f"{size / MIB:.1f} MiB" if size >= MIB else f"{size} bytes"


def too_large(title: str, code: str, has: str, may: str) -> DocumentError:
    """Make the error for a packet that *has* more than it *may* have, both with their unit."""
    return DocumentError(
        f"The packet has {has}, and the factor takes {may}.",
        code=code,
        remedy="Hand in scans with fewer dots per inch, or leave out pages that nobody needs.",
        where={"packet": title},
    )


def verify(content: bytes, pages: int, title: str) -> None:
    """Refuse a packet that does not open strictly with exactly the pages that went in.

    Raises:
        DocumentError: code ``packet_unverified``.
    """
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
