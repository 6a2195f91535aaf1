"""Binding the papers of one invoice into one PDF with pikepdf.

Pages are copied, never decoded or drawn again, so that they look as they came.
The result holds pages, their layers and a title, and nothing else of the files it was made of.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack
from typing import Any

from factoring_core.adapters.documents.cover import check_notice, draw_cover
from factoring_core.adapters.documents.intake import LetIn, let_in
from factoring_core.adapters.documents.refusals import damaged
from factoring_core.domain.vocabulary.packet_rules import PacketRules
from factoring_core.errors import DocumentError, MissingExtraError
from factoring_core.ports.packet_binder import AS_USUAL, Packet, PacketOrder, Paper

try:
    import pikepdf
except ImportError as missing:
    raise MissingExtraError("pikepdf", "pdf") from missing

from factoring_core.adapters.documents.finishing import identity, made_smaller, too_large, verify, written
from factoring_core.adapters.documents.layers import Layers
from factoring_core.adapters.documents.overlay import Block
from factoring_core.adapters.documents.stamping import Looked, Spot, spot_for, stamp

Told = Callable[[Paper, int | None], None]
"""Told which paper, and which page of it, is looked at now."""


def _nobody(paper: Paper, page: int | None) -> None:
    pass


class PdfBinder:
    """Merges papers in the given order, the notice on each page of the papers that carry it.

    A page without room for the notice puts it on a cover page in front of the packet, and so
    does a packet in which no paper carries it.  This class works in the process that calls it;
    for papers of strangers use `Bindery`.
    """

    def __init__(self, told: Told = _nobody) -> None:
        self._told = told

    def bind(
        self, papers: Sequence[Paper], *, notice: str | None, title: str, rules: PacketRules = AS_USUAL
    ) -> Packet:
        """Bind *papers* into one PDF; the same inputs give the same bytes.

        The result is opened again, and its pages counted, before it is returned.

        Raises:
            DocumentError: a paper or the notice cannot be sent; ``where`` names it.
        """
        if not papers:
            raise DocumentError("There are no papers to bind.", code="empty_pdf", where={"packet": title})
        if notice is not None:
            check_notice(notice)
        with ExitStack() as opened:
            taken = []
            for paper in papers:
                self._told(paper, None)
                taken.append(opened.enter_context(let_in(paper, active=rules.active_content)))
            spots = self._spots(taken, notice) if notice is not None else {}
            if notice is not None and (not spots or None in spots.values()):
                front = Paper(kind="notice", name="notice", content=draw_cover(notice, title=title))
                taken.insert(0, opened.enter_context(let_in(front)))
            pages = sum(one.count for one in taken)
            if pages > rules.max_pages:
                raise too_large(title, "too_many_pages", f"{pages} pages", f"{rules.max_pages}")
            content = self._bound(taken, spots, title, identity(papers, notice, title))
        notes = [note for one in taken for note in one.notes]
        if len(content) > rules.max_bytes:
            content, note = made_smaller(content, title, rules)
            notes.append(note)
        verify(content, pages, title)
        return Packet(content=content, pages=pages, notes=tuple(notes))

    def bind_all(self, orders: Iterable[PacketOrder]) -> Iterator[Packet | DocumentError]:
        """Bind one order after the other; yield packets and errors."""
        for order in orders:
            try:
                yield self.bind(order.papers, notice=order.notice, title=order.title, rules=order.rules)
            except DocumentError as error:
                yield error

    def check(self, paper: Paper, *, rules: PacketRules = AS_USUAL) -> None:
        """Let a paper that can be bound pass: it is bound alone, and the result thrown away.

        Raises:
            DocumentError: as `bind` would.
        """
        self.bind([paper], notice=None, title="", rules=rules)

    def _spots(self, taken: Sequence[LetIn], notice: str) -> dict[tuple[int, int], Spot | None]:
        """Find a place for the notice on each page that carries it; by paper and page, from 0."""
        spots: dict[tuple[int, int], Spot | None] = {}
        for one in taken:
            if not one.paper.noticed:
                continue
            with Looked(one.shown()) as looked:
                for number, page in enumerate(one.pdf.pages):
                    self._told(one.paper, number + 1)
                    spots[id(one), number] = spot_for(notice, page, looked.picture(number))
        return spots

    def _bound(
        self,
        taken: Sequence[LetIn],
        spots: dict[tuple[int, int], Spot | None],
        title: str,
        known_as: bytes,
    ) -> bytes:
        with pikepdf.new() as packet:
            layers = Layers(packet)
            copied: dict[Block, Any] = {}
            for one in taken:
                self._told(one.paper, None)
                first = len(packet.pages)
                _append(packet, one)
                layers.take(one.pdf)
                for number in range(one.count):
                    spot = spots.get((id(one), number))
                    if spot is not None:
                        stamp(packet, packet.pages[first + number], spot, copied)
            layers.settle()
            if title:
                packet.docinfo["/Title"] = title
            content = written(packet, known_as)
        for one in taken:
            one.refuse_damage_found()
        return content


def _append(packet: pikepdf.Pdf, one: LetIn) -> None:
    try:
        packet.pages.extend(one.pdf.pages)
    except (pikepdf.PikepdfError, RuntimeError, ValueError, TypeError) as error:
        raise damaged(one.paper) from error
