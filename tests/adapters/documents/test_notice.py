"""The notice on the pages of an invoice: there, whole, upright, and over nothing.

Every packet is written with pikepdf, read with pypdf, and looked at with PDFium.
"""

from __future__ import annotations

import re
from io import BytesIO
from typing import Any

import pikepdf
import pypdf
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from adapters.documents.made import (
    NOTICE,
    awkward,
    changed_box,
    drawn,
    edited,
    full,
    invoice,
    page_picture,
    paper,
    picture,
    receipt,
    scanned,
    texts,
)
from factoring_core.adapters.documents import overlay
from factoring_core.adapters.documents.binder import PdfBinder
from factoring_core.adapters.documents.free_space import Picture, rooms
from factoring_core.adapters.documents.intake import let_in
from factoring_core.ports.packet_binder import Packet


def bind(*contents: bytes, notice: str | None = NOTICE) -> Packet:
    return PdfBinder().bind([paper(content) for content in contents], notice=notice, title="Invoice 1001")


def words(text: str) -> str:
    return "".join(text.split())


def looked_at(content: bytes, number: int = 0) -> tuple[Image.Image, Image.Image, Any]:
    """Return a page of the source and of the packet as they are seen, and the box in which they differ."""
    scale = 1.5
    with let_in(paper(content)) as taken:  # photos are laid out, forms drawn
        before = page_picture(taken.shown(), number, scale=scale)
    packet = bind(content)
    after = page_picture(packet.content, number + packet.pages - taken.count, scale=scale)
    return before, after, changed_box(before, after)


@pytest.mark.parametrize("name", awkward())
def test_the_notice_stands_where_nothing_else_does(name: str) -> None:
    """Outside its frame no point of the page changes, and within it the page was of one shade."""
    content = awkward()[name]
    before, after, box = looked_at(content)
    packet = bind(content)

    assert words(NOTICE) in words(" ".join(texts(packet.content)))
    if name == "full to the edge":
        assert box is None
        assert 2 == packet.pages
        return
    assert box is not None
    under = before.convert("L").crop(box).getextrema()
    assert isinstance(under, tuple)
    assert under[1] - under[0] <= 80 if "scan" in name else under[0] == under[1]
    assert 0 < box[0]
    assert box[2] < before.width
    assert after.convert("L").crop(box).getextrema()[0] < 100  # black on what was light


BOXES = {
    "plain": lambda page: None,
    "cropped": lambda page: page.__setitem__("/CropBox", [30, 40, 560, 700]),
    "crop box larger than the page": lambda page: page.__setitem__("/CropBox", [-50, -50, 900, 900]),
    "corners swapped": lambda page: page.__setitem__("/MediaBox", [612, 792, 0, 0]),
    "moved": lambda page: page.__setitem__("/MediaBox", [-30, -40, 582, 752]),
    "half the size": lambda page: page.__setitem__("/UserUnit", 2),
}


@pytest.mark.parametrize("turn", [0, 90, 180, 270, -90, 450])
@pytest.mark.parametrize("box", BOXES)
def test_the_notice_reads_upright_however_the_page_is_turned_and_cut(turn: int, box: str) -> None:
    def shape(pdf: pikepdf.Pdf) -> None:
        pdf.pages[0].obj.Rotate = turn
        BOXES[box](pdf.pages[0].obj)

    content = edited(invoice(), shape)
    before, _, found = looked_at(content)
    assert found is not None
    left, top, right, bottom = found
    assert (right - left) > 2 * (bottom - top), "it runs across what is seen"
    assert before.convert("L").crop(found).getextrema() == (255, 255)
    assert 0 < left < right < before.width
    assert 0 < top < bottom < before.height


def test_a_page_of_any_size_gets_letters_in_proportion() -> None:
    """A scan that does not know its dots to an inch is as large as a poster, and read on a sheet."""
    heights = {}
    for size in [(612, 792), (2448, 3168)]:
        before, _, box = looked_at(invoice(size))
        heights[size] = (box[3] - box[1]) / before.height
    assert heights[612, 792] == pytest.approx(heights[2448, 3168], rel=0.1)


@pytest.mark.parametrize("size", [(150, 300), (300, 90), (80, 80)])
def test_a_page_too_small_for_the_notice_puts_it_on_a_cover(size: tuple[float, float]) -> None:
    packet = bind(drawn(lambda canvas: canvas.drawString(5, 5, "tiny"), size))
    cover, page = texts(packet.content)
    assert words(NOTICE) in words(cover)
    assert page.strip() == "tiny"


def test_every_page_of_the_invoice_carries_the_notice_and_no_page_of_other_papers() -> None:
    papers = [
        paper(edited(invoice(), lambda pdf: pdf.pages.append(pdf.pages[0]))),
        paper(invoice(title="PROOF"), kind="pod", name="pod.pdf", noticed=False),
    ]
    packet = PdfBinder().bind(papers, notice=NOTICE, title="x")
    assert [words(NOTICE) in words(text) for text in texts(packet.content)] == [True, True, False]


def test_one_page_without_room_brings_the_cover_and_the_others_keep_theirs() -> None:
    packet = bind(invoice(), full())
    assert [words(NOTICE) in words(text) for text in texts(packet.content)] == [True, True, False]
    assert "Notice of Assignment" in texts(packet.content)[0]


def test_black_letters_are_not_put_on_a_dark_page() -> None:
    def dark(canvas: Any) -> None:
        canvas.setFillGray(0.3)
        canvas.rect(0, 0, 612, 792, fill=1, stroke=0)

    assert 2 == bind(drawn(dark)).pages


def test_a_tinted_page_is_as_good_as_a_white_one() -> None:
    def tinted(canvas: Any) -> None:
        canvas.setFillColorRGB(0.96, 0.93, 0.85)
        canvas.rect(0, 0, 612, 792, fill=1, stroke=0)

    assert 1 == bind(drawn(tinted)).pages


@pytest.mark.parametrize("grey", [0.99, 0.97])
def test_what_is_hardly_seen_is_not_covered_either(grey: float) -> None:
    """A pale pattern over the whole page leaves no room."""

    def pale(canvas: Any) -> None:
        canvas.setStrokeGray(grey)
        for number in range(300):
            canvas.line(0, 3 * number, 612, 3 * number)

    before, _, box = looked_at(drawn(pale))
    if box is not None:
        low, high = before.convert("L").crop(box).getextrema()
        assert low == high


def test_a_thin_line_in_a_scan_of_one_bit_is_seen() -> None:
    image = Image.new("1", (2550, 3300), 1)
    for y in range(0, 3300, 30):
        image.paste(0, (0, y, 2550, y + 2))
    assert 2 == bind(picture(image, "PNG", dpi=(300, 300))).pages


def test_what_a_form_field_says_is_not_covered() -> None:
    def form(canvas: Any) -> None:
        canvas.drawString(1, 1, ".")
        for number in range(20):
            canvas.acroForm.textfield(
                name=f"f{number}", value="filled in by hand", x=20, y=8 + 38 * number, width=570, height=30
            )

    content = drawn(form)
    assert 2 == bind(content).pages


@pytest.mark.parametrize(
    "drawing", [b"0.1 0 0 0.1 50 50 cm", b"q q 1 0 0 rg", b"Q Q 2 0 0 2 0 0 cm", b"(q) pop q (Q"]
)
def test_a_drawing_that_does_not_tidy_up_cannot_move_the_notice(drawing: bytes) -> None:
    def leave(pdf: pikepdf.Pdf) -> None:
        pdf.pages[0].contents_add(b"\n" + drawing)

    content = edited(invoice(), leave)
    _, _, box = looked_at(content)
    assert box == looked_at(invoice())[2]
    assert words(NOTICE) in words(texts(bind(content).content)[0])


def test_shared_resources_do_not_carry_the_notice_to_other_pages() -> None:
    def share(pdf: pikepdf.Pdf) -> None:
        pdf.pages.append(pdf.pages[0])
        own = pdf.make_indirect(pdf.pages[0].obj.Resources)
        pdf.pages[0].obj.Resources = pdf.pages[1].obj.Resources = own

    two = edited(invoice(), share)
    packet = PdfBinder().bind([paper(two), paper(two, noticed=False, name="b.pdf")], notice=NOTICE, title="x")
    pages = pypdf.PdfReader(BytesIO(packet.content)).pages
    has = [any("Notice" in name for name in page["/Resources"].get("/XObject", {})) for page in pages]
    assert has == [True, True, False, False]


def test_a_hidden_layer_stays_hidden() -> None:
    def layered(pdf: pikepdf.Pdf) -> None:
        layer = pdf.make_indirect(pikepdf.Dictionary(Type=pikepdf.Name.OCG, Name="draft"))
        pdf.Root.OCProperties = pikepdf.Dictionary(OCGs=[layer], D=pikepdf.Dictionary(OFF=[layer]))
        page = pdf.pages[0]
        page.obj.Resources.Properties = pikepdf.Dictionary(L1=layer)
        page.contents_add(b"/OC /L1 BDC 0 0 0 rg 0 0 612 792 re f EMC")

    content = edited(invoice(), layered)
    before = page_picture(content)
    packet = PdfBinder().bind([paper(content, noticed=False)], notice=None, title="x")
    assert changed_box(before, page_picture(packet.content)) is None
    assert 1 == bind(content).pages


def test_a_notice_is_drawn_once_for_many_pages() -> None:
    overlay._drawn.cache_clear()
    for number in range(5):
        bind(invoice(title=f"Invoice {number}", lines=3 + number), notice="Pay us.")
    assert 1 == overlay._drawn.cache_info().misses


ALPHABET = "abcdefgh WIJ ÄÖÜéñß“”’— ŐŁđ Жя Ωπ €\n"


@settings(max_examples=max(15, settings().max_examples // 4))
@given(
    notice=st.text(st.sampled_from(ALPHABET), min_size=1, max_size=2500).filter(str.strip),
    size=st.sampled_from([(612, 792), (792, 612), (595, 842), (420, 595), (1224, 792)]),
    lines=st.integers(0, 40),
    turn=st.sampled_from([0, 90, 180, 270]),
)
def test_nothing_of_the_notice_is_cut_off(
    notice: str, size: tuple[float, float], lines: int, turn: int
) -> None:
    """Every character is there, within its frame, and the frame within what is seen of the page."""
    content = edited(invoice(size, lines=lines), lambda pdf: pdf.pages[0].obj.__setitem__("/Rotate", turn))
    packet = bind(content, notice=notice)
    assert packet == bind(content, notice=notice)
    assert words(notice) in words(" ".join(texts(packet.content)))
    if packet.pages == 1:
        with pikepdf.open(BytesIO(packet.content)) as pdf:
            (form,) = (
                thing
                for name, thing in pdf.pages[0].obj.Resources.XObject.items()
                if re.fullmatch(r"/Notice\d+", name)
            )
            _, _, width, height = map(float, form.BBox)
            instructions = pikepdf.parse_content_stream(form)
        at = [list(map(float, one.operands)) for one in instructions if str(one.operator) == "Tm"]
        assert at
        assert all(0 < x[4] < width and 0 < x[5] < height for x in at)
        _, after, box = looked_at_notice(content, notice)
        assert box is not None
        assert 0 < box[0] < box[2] < after.width
        assert 0 < box[1] < box[3] < after.height


def looked_at_notice(content: bytes, notice: str) -> tuple[Image.Image, Image.Image, Any]:
    before = page_picture(content)
    after = page_picture(bind(content, notice=notice).content)
    return before, after, changed_box(before, after)


SOURCES = {
    "invoice": invoice(lines=20),
    "landscape": invoice((792, 612)),
    "two pages": edited(invoice(title="RATE"), lambda pdf: pdf.pages.append(pdf.pages[0])),
    "photo": receipt(),
    "turned": edited(invoice(), lambda pdf: pdf.pages[0].obj.__setitem__("/Rotate", 90)),
    "full": full(),
}


@settings(max_examples=max(12, settings().max_examples // 5))
@given(
    names=st.lists(st.sampled_from(sorted(SOURCES)), min_size=1, max_size=5),
    noticed=st.sets(st.integers(0, 4)),
)
def test_every_page_of_a_packet_looks_as_its_source_outside_the_notice(
    names: list[str], noticed: set[int]
) -> None:
    """Pages in are pages out, in order; only the notice is new, and only where it belongs."""
    papers = [paper(SOURCES[name], noticed=number in noticed) for number, name in enumerate(names)]
    packet = PdfBinder().bind(papers, notice=NOTICE, title="x")
    assert packet == PdfBinder().bind(papers, notice=NOTICE, title="x")
    sources = []
    for one in papers:
        with let_in(one) as taken:
            sources += [(taken.shown(), number, one.noticed) for number in range(taken.count)]
    cover = packet.pages - len(sources)
    has_room = all(SOURCES["full"] is not one.content for one in papers if one.noticed)
    assert cover == (0 if has_room and any(one.noticed for one in papers) else 1)
    for at, (content, number, carries) in enumerate(sources):
        before = page_picture(content, number, scale=0.6)
        box = changed_box(before, page_picture(packet.content, at + cover, scale=0.6))
        if not carries:
            assert box is None
        elif box is not None:
            low, high = before.convert("L").crop(box).getextrema()
            assert low == high
    for said, (content, number, _) in zip(texts(packet.content)[cover:], sources, strict=True):
        assert said.startswith(texts(content)[number][:40])


@settings(max_examples=60)
@given(
    width=st.integers(8, 60),
    height=st.integers(8, 60),
    marks=st.lists(st.tuples(st.integers(0, 59), st.integers(0, 59)), max_size=12),
)
def test_what_is_called_free_is_free(width: int, height: int, marks: list[tuple[int, int]]) -> None:
    rows = [bytearray(b"\xff" * width) for _ in range(height)]
    for x, y in marks:
        if x < width and y < height:
            rows[y][x] = 0
    seen = Picture(width, height, [bytes(row) for row in rows])
    for found in rooms(seen):
        for room in found:
            assert all(
                rows[y][x] == 255 for y in range(room.top, room.bottom) for x in range(room.left, room.right)
            )


@pytest.mark.slow
@pytest.mark.parametrize("turn", [0, 90, 180, 270])
@pytest.mark.parametrize("mode", ["L", "1"])
@pytest.mark.parametrize("dpi", [100, 200, 300])
def test_scans_of_every_kind_have_room(turn: int, mode: str, dpi: int) -> None:
    content = scanned(turn, mode=mode, dpi=dpi)
    before, _, box = looked_at(content)
    assert box is not None
    low, _ = before.convert("L").crop(box).getextrema()
    assert low > 150
