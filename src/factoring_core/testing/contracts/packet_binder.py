"""What every binder of packets promises."""

import re
from collections.abc import Iterator, Sequence
from io import BytesIO

import pytest

from factoring_core.errors import DocumentError
from factoring_core.ports.packet_binder import PacketBinder, PacketOrder, Paper
from factoring_core.testing.contracts.base import Contract

NOTICE = "Pay to the order of Example Capital, P.O. Box 1, Dallas, TX."


def pdf(*widths: int) -> bytes:
    """Return a small PDF of one page for each width in points, by which its pages can be told apart."""
    kids = " ".join(f"{3 + number} 0 R" for number in range(len(widths)))
    objects = ["<< /Type /Catalog /Pages 2 0 R >>", f"<< /Type /Pages /Kids [{kids}] /Count {len(widths)} >>"]
    objects += [
        f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 {width} 700] /Resources << >> >>" for width in widths
    ]
    out, places = bytearray(b"%PDF-1.7\n"), []
    for number, one in enumerate(objects, start=1):
        places.append(len(out))
        out += f"{number} 0 obj\n{one}\nendobj\n".encode()
    start = len(out)
    out += f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n".encode()
    out += b"".join(f"{place:010} 00000 n \n".encode() for place in places)
    out += f"trailer\n<< /Size {len(objects) + 1} /Root 1 0 R >>\nstartxref\n{start}\n%%EOF\n".encode()
    return bytes(out)


def paper(*widths: int, name: str = "pod.pdf", kind: str = "pod", noticed: bool = False) -> Paper:
    """Return a paper of pages of these widths."""
    return Paper(kind=kind, name=name, content=pdf(*widths), noticed=noticed)


DAMAGED = Paper(kind="pod", name="torn.pdf", content=pdf(400)[:60])
NO_PDF = Paper(kind="pod", name="letter.docx", content=b"PK\3\4 this is no PDF")


class PacketBinderContract(Contract):
    """The promises of `factoring_core.ports.packet_binder`: provide the fixture ``binder``.

    Needs the extra ``pdf``, to look at what was bound.
    """

    @pytest.fixture
    def binder(self) -> PacketBinder:
        """Return the binder under test."""
        raise NotImplementedError

    def widths(self, content: bytes) -> list[int]:
        """Return the width of each page."""
        pikepdf = pytest.importorskip("pikepdf")
        with pikepdf.open(BytesIO(content)) as opened:
            return [int(page.mediabox[2]) for page in opened.pages]

    def test_every_page_in_its_order(self, binder: PacketBinder) -> None:
        """A packet holds every page of every paper, in the order of the papers, and says how many."""
        packet = binder.bind([paper(401, 402), paper(403), paper(404, 405)], notice=None, title="1001")

        assert self.widths(packet.content) == [401, 402, 403, 404, 405]
        assert packet.pages == 5

    def test_one_paper_may_come_twice(self, binder: PacketBinder) -> None:
        """A paper that is given twice is bound twice."""
        packet = binder.bind([paper(401), paper(401)], notice=None, title="1001")

        assert self.widths(packet.content) == [401, 401]

    def test_the_same_papers_give_the_same_bytes(self, binder: PacketBinder) -> None:
        """Binding again gives the same bytes, so that a sealed batch can be made again and compared."""
        orders = [[paper(401), paper(402)], [paper(402), paper(401)]]
        bound = [binder.bind(papers, notice=NOTICE, title="1001").content for papers in orders * 2]

        assert bound[:2] == bound[2:]
        assert bound[0] != bound[1]

    def test_the_debtor_cannot_miss_the_notice(self, binder: PacketBinder) -> None:
        """The notice is in the packet: on the pages that carry it, or in front of everything."""
        papers = [paper(401, noticed=True, kind="invoice", name="invoice.pdf"), paper(402)]
        with_notice = binder.bind(papers, notice=NOTICE, title="1001")
        without = binder.bind(papers, notice=None, title="1001")
        reader = pytest.importorskip("pypdfium2")

        def first(content: bytes) -> str:
            document = reader.PdfDocument(content)
            try:
                return str(document[0].get_textpage().get_text_bounded())
            finally:
                document.close()

        letters = re.sub(r"\W+", "", NOTICE)
        assert letters in re.sub(r"\W+", "", first(with_notice.content))
        assert letters not in re.sub(r"\W+", "", first(without.content))

    @pytest.mark.parametrize("bad", [DAMAGED, NO_PDF], ids=lambda one: one.name)
    def test_a_paper_that_cannot_be_sent_is_named(self, binder: PacketBinder, bad: Paper) -> None:
        """A paper that cannot be bound is a `DocumentError` that names it; there is no packet without it."""
        with pytest.raises(DocumentError) as bound:
            binder.bind([paper(401), bad], notice=None, title="1001")
        with pytest.raises(DocumentError) as checked:
            binder.check(bad)

        assert bad.name in str(bound.value)
        assert bound.value.code == checked.value.code

    def test_a_sound_paper_passes(self, binder: PacketBinder) -> None:
        """A paper that can be bound passes the check."""
        binder.check(paper(401))

    def test_nothing_is_no_packet(self, binder: PacketBinder) -> None:
        """No papers make no packet."""
        with pytest.raises(DocumentError):
            binder.bind([], notice=None, title="1001")

    def test_many_come_in_order(self, binder: PacketBinder) -> None:
        """Many orders give as many answers, in their order; a bad one is an error in its place only."""
        papers: Sequence[tuple[Paper, ...]] = [(paper(401),), (DAMAGED,), (paper(402),), (paper(403),)]
        orders = [PacketOrder(papers=one, notice=None, title=str(n)) for n, one in enumerate(papers)]

        found = list(binder.bind_all(iter(orders)))

        assert [isinstance(one, DocumentError) for one in found] == [False, True, False, False]
        packets = [one for one in found if not isinstance(one, DocumentError)]
        assert [self.widths(one.content) for one in packets] == [[401], [402], [403]]
        alone = binder.bind([paper(402)], notice=None, title="2")
        assert packets[1].content == alone.content

    def test_orders_are_read_a_little_ahead(self, binder: PacketBinder) -> None:
        """Orders are taken as they are needed, so that thousands need no more memory than a few."""
        taken = 0

        def orders() -> Iterator[PacketOrder]:
            nonlocal taken
            for number in range(500):
                taken += 1
                yield PacketOrder(papers=(paper(401),), notice=None, title=str(number))

        for number, _ in enumerate(binder.bind_all(orders())):
            if number == 2:
                break
        assert taken < 250
