"""Documents that nobody should have to open, each built here, each with its own error.

The names P01 to P32 are those of the project's list of bad input; X01 onwards were added to it.
Everything goes through the bindery, so that what a document does happens in a process of its own.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable, Iterator
from functools import cache
from io import BytesIO
from pathlib import Path

import pikepdf
import pytest
from attrs import evolve, frozen
from PIL import Image

import usecases.test_packets
from adapters.documents.made import NOTICE, drawn, edited, invoice, paper, picture, texts
from factoring_core.adapters.documents.bindery import Bindery
from factoring_core.adapters.documents.bindery_process import Processes
from factoring_core.adapters.documents.limits import MIB, MOST_BYTES, MOST_FRAMES, MOST_PAGES
from factoring_core.domain.vocabulary.packet_rules import ActiveContent, PacketRules
from factoring_core.errors import DocumentError
from factoring_core.ports.packet_binder import PacketOrder, Paper

ONE = invoice()
STRICT = PacketRules(active_content=ActiveContent.REFUSE)


@pytest.fixture(scope="module")
def bindery() -> Iterator[Bindery]:
    made = Bindery(Processes(most=1, wall=60.0))
    yield made
    made.close()


def raw(*objects: bytes, root: bytes = b"<</Type/Catalog/Pages 2 0 R>>", tail: bytes = b"") -> bytes:
    """Write a PDF by hand: the root is object 1, the given ones follow from 2."""
    out, at = bytearray(b"%PDF-1.7\n"), []
    for number, text in enumerate((root, *objects), 1):
        at.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, text)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(at) + 1)
    out += b"".join(b"%010d 00000 n \n" % place for place in at)
    out += b"trailer\n<</Size %d/Root 1 0 R%s>>\nstartxref\n%d\n%%%%EOF\n" % (len(at) + 1, tail, start)
    return bytes(out)


def stream(data: bytes, about: bytes = b"") -> bytes:
    return b"<</Length %d%s>>\nstream\n%s\nendstream" % (len(data), about, data)


PAGES = b"<</Type/Pages/Kids[3 0 R]/Count 1>>"
PAGE = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]/Contents 4 0 R>>"
SHOWING = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]/Resources<</XObject<</I 4 0 R>>>>>>"


def with_content(data: bytes, about: bytes) -> bytes:
    return raw(PAGES, PAGE, stream(data, about))


def with_picture(data: bytes, about: bytes) -> bytes:
    return raw(PAGES, SHOWING, stream(data, b"/Type/XObject/Subtype/Image" + about))


@cache
def zeros(size: int) -> bytes:
    """Pack *size* zero bytes without holding them."""
    pack, out = zlib.compressobj(9), bytearray()
    for _ in range(size // MIB):
        out += pack.compress(b"\0" * MIB)
    return bytes(out + pack.flush())


def run_lengths(size: int) -> bytes:
    return b"\x81\0" * (size // 128) + b"\x80"


def lzw(cycles: int) -> bytes:
    """Pack zero bytes, about seven million a cycle: each code stands for one more than the last."""
    cycle = [(256, 9), (0, 9)]
    for code in range(258, 4094):
        cycle.append((code, 9 if code < 511 else 10 if code < 1023 else 11 if code < 2047 else 12))
    bits = "".join(f"{code:0{width}b}" for code, width in cycle)
    again = f"{256:012b}" + bits[9:]  # as wide as the code before it
    whole = bits + again * (cycles - 1) + f"{257:012b}"
    whole += "0" * (-len(whole) % 8)
    return int(whole, 2).to_bytes(len(whole) // 8)


def acting(edit: Callable[[pikepdf.Pdf], object]) -> bytes:
    return edited(ONE, edit)


def script() -> pikepdf.Dictionary:
    return pikepdf.Dictionary(S=pikepdf.Name.JavaScript, JS="app.alert(1)")


def annotated(**parts: object) -> Callable[[pikepdf.Pdf], None]:
    def add(pdf: pikepdf.Pdf) -> None:
        pdf.pages.append(pdf.pages[0])
        whole = {"Type": pikepdf.Name.Annot, "Subtype": pikepdf.Name.Link, "Rect": [0, 0, 9, 9], **parts}
        pdf.pages[1].obj.Annots = pikepdf.Array([pikepdf.Dictionary(**whole)])

    return add


def action(kind: str, **parts: object) -> pikepdf.Dictionary:
    return pikepdf.Dictionary(S=pikepdf.Name("/" + kind), **parts)


def many_pages(count: int) -> bytes:
    kids = b" ".join(b"%d 0 R" % (number + 3) for number in range(count))
    page = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]>>"
    return raw(b"<</Type/Pages/Kids[%s]/Count %d>>" % (kids, count), *[page] * count)


def tiff(frames: int) -> bytes:
    first, *more = [Image.new("1", (8, 8)) for _ in range(frames)]
    return picture(first, "TIFF", save_all=True, append_images=more)


def deep(depth: int) -> bytes:
    return raw(PAGES, PAGE, stream(b""), b"[" * depth + b"]" * depth)


def jpeg_stating(width: int, height: int) -> bytes:
    """A small JPEG whose header says it is enormous."""
    small = bytearray(picture(Image.new("L", (8, 8)), "JPEG"))
    at = small.index(b"\xff\xc0")
    small[at + 5 : at + 9] = struct.pack(">HH", height, width)
    return bytes(small)


def jbig2_stating(width: int, height: int) -> bytes:
    return struct.pack(">IBBBI", 0, 48, 0, 1, 19) + struct.pack(">IIIIBH", width, height, 0, 0, 0, 0)


def many_objects(count: int) -> bytes:
    """A PDF of one page with *count* objects in one stream, of which its table knows one."""
    head = b"6 0 " * count
    packed = zlib.compress(head + b"null", 1)
    about = b"/Type/ObjStm/N %d/First %d/Filter/FlateDecode" % (count, len(head))
    page = PAGE.replace(b"/Contents", b"/Resources<<>>/Contents")
    body = raw(PAGES, page, stream(b""), stream(packed, about))
    row = struct.Struct(">BIB").pack
    table = row(0, 0, 0) + b"".join(row(1, body.index(b"%d 0 obj" % number), 0) for number in range(1, 6))
    table += row(2, 5, 0) + row(1, len(body), 0)
    about = b"/Type/XRef/Size 8/W[1 4 1]/Root 1 0 R"
    return body + b"7 0 obj\n%s\nendobj\nstartxref\n%d\n%%%%EOF\n" % (stream(table, about), len(body))


@frozen
class Bad:
    """One document, its code, and the page that is named."""

    make: Callable[[], bytes]
    code: str
    page: int | None = None
    rules: PacketRules = PacketRules()


CORPUS: dict[str, Bad] = {
    "P01 nothing": Bad(lambda: b"", "not_pdf"),
    "P01 text": Bad(lambda: b"Dear clerk, here is the POD.", "not_pdf"),
    "P01 web page": Bad(lambda: b"<!doctype html><p>Your session has ended", "not_pdf"),
    "P02 two kilobytes of junk": Bad(lambda: b"x" * 2048 + ONE, "not_pdf"),
    "P03 cut before its table": Bad(lambda: ONE[: ONE.index(b"xref")], "damaged_pdf"),
    "P04 tables in a circle": Bad(lambda: raw(PAGES, PAGE, stream(b""), tail=b"/Prev 9"), "damaged_pdf"),
    "P05 pages within themselves": Bad(lambda: raw(b"<</Type/Pages/Kids[2 0 R]/Count 1>>"), "damaged_pdf"),
    "P05 pages in a longer circle": Bad(
        lambda: raw(
            b"<</Type/Pages/Kids[3 0 R]/Count 1>>", b"<</Type/Pages/Parent 2 0 R/Kids[2 0 R]/Count 1>>"
        ),
        "damaged_pdf",
    ),
    "P06 a billion pages, it says": Bad(
        lambda: raw(PAGES.replace(b"Count 1", b"Count 1000000000"), PAGE, stream(b"")), "damaged_pdf"
    ),
    "P07 no pages": Bad(lambda: raw(b"<</Type/Pages/Kids[]/Count 0>>"), "empty_pdf"),
    "P08 ten thousand pages": Bad(lambda: many_pages(10_000), "too_many_pages"),
    "P08 a hundred thousand pages": Bad(lambda: many_pages(100_000), "too_many_pages"),
    "P09 password": Bad(
        lambda: edited(
            ONE, lambda pdf: None, static_id=False, encryption=pikepdf.Encryption(user="a", owner="b")
        ),
        "encrypted_pdf",
    ),
    "P10 printing forbidden": Bad(
        lambda: edited(
            ONE,
            lambda pdf: None,
            static_id=False,
            encryption=pikepdf.Encryption(
                user="", owner="b", allow=pikepdf.Permissions(print_highres=False, print_lowres=False)
            ),
        ),
        "encrypted_pdf",
    ),
    "P11 bomb": Bad(
        lambda: with_content(zeros(300 * MIB), b"/Filter/FlateDecode"), "expanded_too_large", page=1
    ),
    "P12 packed 26 times": Bad(
        lambda: with_content(b"", b"/Filter[%s]" % (b"/FlateDecode" * 26)), "too_deep", page=1
    ),
    "P13 run lengths": Bad(
        lambda: with_content(run_lengths(300 * MIB), b"/Filter/RunLengthDecode"), "expanded_too_large", page=1
    ),
    "P13 LZW": Bad(lambda: with_content(lzw(45), b"/Filter/LZWDecode"), "expanded_too_large", page=1),
    "P13 JPEG that says it is enormous": Bad(
        lambda: with_picture(
            jpeg_stating(60_000, 60_000),
            b"/Width 8/Height 8/ColorSpace/DeviceGray/BitsPerComponent 8/Filter/DCTDecode",
        ),
        "image_too_large",
        page=1,
    ),
    "P13 JBIG2 that says it is enormous": Bad(
        lambda: with_picture(jbig2_stating(60_000, 60_000), b"/Width 8/Height 8/Filter/JBIG2Decode"),
        "image_too_large",
        page=1,
    ),
    "P14 ten million objects in one stream": Bad(lambda: many_objects(10_000_000), "expanded_too_large"),
    "P15 a hundred thousand lists deep": Bad(lambda: deep(100_000), "damaged_pdf"),
    "P16 script on opening": Bad(
        lambda: acting(lambda pdf: pdf.Root.__setitem__("/OpenAction", script())),
        "active_content",
        rules=STRICT,
    ),
    "P16 script by name": Bad(
        lambda: acting(
            lambda pdf: pdf.Root.__setitem__(
                "/Names", pikepdf.Dictionary(JavaScript=pikepdf.Dictionary(Names=["a", script()]))
            )
        ),
        "active_content",
        rules=STRICT,
    ),
    "P16 script of a page": Bad(
        lambda: acting(lambda pdf: pdf.pages[0].obj.__setitem__("/AA", pikepdf.Dictionary(O=script()))),
        "active_content",
        page=1,
        rules=STRICT,
    ),
    "P17 launch": Bad(
        lambda: acting(annotated(A=action("Launch", F="cmd.exe"))), "active_content", page=2, rules=STRICT
    ),
    "P17 form that sends itself": Bad(
        lambda: acting(annotated(A=action("SubmitForm", F="http://x.example"))),
        "active_content",
        page=2,
        rules=STRICT,
    ),
    "P17 link to another file": Bad(
        lambda: acting(annotated(A=action("GoToR", F="other.pdf"))), "active_content", page=2, rules=STRICT
    ),
    "P18 attached file": Bad(
        lambda: acting(lambda pdf: pdf.attachments.__setitem__("a.exe", b"MZ")),
        "active_content",
        rules=STRICT,
    ),
    "P18 portfolio": Bad(
        lambda: acting(lambda pdf: pdf.Root.__setitem__("/Collection", pikepdf.Dictionary(View="/D"))),
        "active_content",
        rules=STRICT,
    ),
    "P19 form of another kind": Bad(
        lambda: acting(
            lambda pdf: pdf.Root.__setitem__(
                "/AcroForm", pikepdf.Dictionary(Fields=[], XFA=pdf.make_stream(b"<xdp/>"))
            )
        ),
        "active_content",
        rules=STRICT,
    ),
    "P19 form that only one program shows": Bad(
        lambda: acting(lambda pdf: pdf.Root.__setitem__("/NeedsRendering", True)), "unfinished_form"
    ),
    "P20 form with scripts": Bad(
        lambda: acting(
            annotated(
                Subtype=pikepdf.Name.Widget,
                FT=pikepdf.Name.Tx,
                T="total",
                AA=pikepdf.Dictionary(C=script()),
            )
        ),
        "active_content",
        page=2,
        rules=STRICT,
    ),
    "P22 page of no size": Bad(
        lambda: raw(PAGES, PAGE.replace(b"0 0 612 792", b"0 0 0 0"), stream(b"")), "damaged_pdf", page=1
    ),
    "P22 page of a million points": Bad(
        lambda: raw(PAGES, PAGE.replace(b"612 792", b"1000000 1000000"), stream(b"")), "damaged_pdf", page=1
    ),
    "P22 page size that is no number": Bad(
        lambda: raw(PAGES, PAGE.replace(b"612 792", b"nan nan"), stream(b"")), "damaged_pdf"
    ),
    "P23 picture of 900 million points": Bad(
        lambda: with_picture(
            zlib.compress(b""),
            b"/Width 30000/Height 30000/ColorSpace/DeviceGray/BitsPerComponent 1/Filter/FlateDecode",
        ),
        "image_too_large",
        page=1,
    ),
    "P23 fax of 900 million points": Bad(
        lambda: with_picture(
            b"", b"/Width 8/Height 8/Filter/CCITTFaxDecode/DecodeParms<</K -1/Columns 30000/Rows 30000>>"
        ),
        "image_too_large",
        page=1,
    ),
    "P23 photo of 110 million points": Bad(
        lambda: picture(Image.new("1", (11_000, 10_000)), "PNG"), "image_too_large"
    ),
    "P24 HEIC": Bad(lambda: b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", "picture_unsupported"),
    "P24 WebP": Bad(lambda: picture(Image.new("RGB", (8, 8)), "WEBP"), "picture_unsupported"),
    "P24 GIF": Bad(lambda: picture(Image.new("P", (8, 8)), "GIF"), "picture_unsupported"),
    "P24 photo cut off": Bad(
        lambda: picture(Image.effect_noise((900, 900), 90), "JPEG", quality=95)[:-9000], "damaged_picture"
    ),
    "P25 TIFF of many pages": Bad(lambda: tiff(MOST_FRAMES + 1), "too_many_pages"),
    "X01 more than 25 MiB": Bad(lambda: ONE + b"\n" * MOST_BYTES, "file_too_large"),
    "X02 bomb in two layers": Bad(
        lambda: with_content(zlib.compress(zeros(600 * MIB), 9), b"/Filter[/FlateDecode/FlateDecode]"),
        "expanded_too_large",
        page=1,
    ),
    "X03 many bombs, each just small enough": Bad(
        lambda: raw(
            PAGES,
            PAGE.replace(b"4 0 R", b"[4 0 R 5 0 R 6 0 R 7 0 R 8 0 R]"),
            *[stream(zeros(250 * MIB), b"/Filter/FlateDecode")] * 5,
        ),
        "expanded_too_large",
    ),
    "X04 bomb that no page shows": Bad(
        lambda: raw(PAGES, PAGE, stream(b""), stream(zeros(300 * MIB), b"/Filter/FlateDecode")),
        "expanded_too_large",
    ),
    "X05 page without a size": Bad(lambda: raw(PAGES, b"<</Type/Page/Parent 2 0 R>>"), "damaged_pdf"),
    "X06 workbook called POD": Bad(lambda: b"PK\x03\x04" + b"\0" * 400, "not_pdf"),
    "X07 root that is a number": Bad(lambda: raw(PAGES, PAGE, stream(b""), root=b"42"), "damaged_pdf"),
    "X08 page that is a list": Bad(lambda: raw(PAGES, b"[1 2 3]"), "empty_pdf"),
    "X09 JPEG with thousands of scans": Bad(
        lambda: with_picture(
            jpeg_stating(100, 100)[:-2] + b"\xff\xda\x00\x03\x00\x11" * 3000 + b"\xff\xd9",
            b"/Width 100/Height 100/ColorSpace/DeviceGray/BitsPerComponent 8/Filter/DCTDecode",
        ),
        "expanded_too_large",
        page=1,
    ),
    "X10 JPEG 2000 that says it is enormous": Bad(
        lambda: with_picture(
            b"\xff\x4f\xff\x51\x00\x2f\x00\x00" + struct.pack(">IIII", 60_000, 60_000, 0, 0),
            b"/Width 8/Height 8/Filter/JPXDecode",
        ),
        "image_too_large",
        page=1,
    ),
    "X11 attached within a page": Bad(
        lambda: acting(annotated(Subtype=pikepdf.Name.FileAttachment)), "active_content", page=2, rules=STRICT
    ),
    "X12 file that closes in its middle": Bad(
        lambda: ONE[: len(ONE) // 2] + b"\nstartxref\n0\n%%EOF\n", "damaged_pdf"
    ),
    "X13 PNG without its end": Bad(
        lambda: picture(Image.effect_noise((300, 300), 90), "PNG")[:-4000], "damaged_picture"
    ),
    "X14 size turned inside out": Bad(
        lambda: raw(PAGES, PAGE.replace(b"0 0 612 792", b"[0] /x (y) null"), stream(b"")), "damaged_pdf"
    ),
}


HEAVY = ("X02", "X03", "X04", "P08 a hundred")
"""Those that take seconds to build and to count."""


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=pytest.mark.slow if name.startswith(HEAVY) else ()) for name in CORPUS]
)
def test_each_has_its_error_and_names_document_and_page(name: str, bindery: Bindery) -> None:
    bad = CORPUS[name]
    content = bad.make()
    with pytest.raises(DocumentError) as caught:
        bindery.check(paper(content, name="sent.pdf", kind="proof of delivery"), rules=bad.rules)
    error = caught.value

    assert bad.code == error.code
    assert ("sent.pdf", "proof of delivery") == (error.where["document"], error.where["kind"])
    assert bad.page == error.where.get("page")
    assert "sent.pdf" in error.message
    assert error.remedy


def test_the_rest_of_the_batch_is_unaffected(bindery: Bindery) -> None:
    """Good packets before, between and after bad ones are the very bytes that they are alone."""
    good = PacketOrder(papers=(paper(ONE),), notice=NOTICE, title="Invoice 1")
    alone = bindery.bind(good.papers, notice=good.notice, title=good.title)
    orders = []
    names = [name for name in CORPUS if not name.startswith(HEAVY)][::5]
    for name in names:
        bad = paper(CORPUS[name].make(), kind="pod", name=name, noticed=False)
        orders += [good, evolve(good, papers=(paper(ONE), bad), rules=CORPUS[name].rules)]
    results = list(bindery.bind_all([*orders, good]))

    assert [alone] * (len(names) + 1) == results[::2]
    assert [CORPUS[name].code for name in names] == [
        one.code for one in results[1::2] if isinstance(one, DocumentError)
    ]


STRIPPED = [name for name, bad in CORPUS.items() if bad.code == "active_content"]


@pytest.mark.parametrize("name", STRIPPED)
def test_what_acts_is_left_out_and_noted_where_it_is_not_refused(name: str, bindery: Bindery) -> None:
    content = CORPUS[name].make()
    packet = bindery.bind([paper(content, name="sent.pdf")], notice=None, title="x")
    assert len(packet.notes) == 1
    assert packet.notes[0].startswith("sent.pdf: ")
    assert packet.notes[0].endswith(" was left out.")
    readable = edited(packet.content, lambda pdf: None, qdf=True)
    for word in (
        b"JavaScript",
        b"Launch",
        b"SubmitForm",
        b"GoToR",
        b"EmbeddedFile",
        b"XFA",
        b"/AA",
        b"Annot",
    ):
        assert word not in readable


HARMLESS = {
    "P02 a kilobyte of junk": lambda: b"\n" * 1000 + ONE,
    "P14 one object in a stream": lambda: edited(
        ONE, lambda pdf: None, object_stream_mode=pikepdf.ObjectStreamMode.generate
    ),
    "P14 part number, not a count of objects": lambda: edited(
        ONE, lambda pdf: pdf.pages[0].contents_add(b"% <</ObjStm>> P/N 12345678\n", prepend=True)
    ),
    "P32 archive behind it": lambda: ONE + b"PK\x03\x04 something else",
    "P17 link to the web": lambda: acting(annotated(A=action("URI", URI="http://x.example"))),
    "P17 link within": lambda: acting(annotated(A=action("GoTo", D=[0]))),
    "P17 opens at a page": lambda: acting(
        lambda pdf: pdf.Root.__setitem__("/OpenAction", action("GoTo", D=[0]))
    ),
}


@pytest.mark.parametrize("name", HARMLESS)
def test_what_is_only_odd_is_taken_without_a_word(name: str, bindery: Bindery) -> None:
    packet = bindery.bind([paper(HARMLESS[name]())], notice=None, title="x", rules=STRICT)
    assert () == packet.notes
    assert "FREIGHT INVOICE" in texts(packet.content)[0]
    assert b"PK" not in packet.content


def test_a_picture_called_pdf_is_the_picture_it_is(bindery: Bindery) -> None:
    """P01: what a file is its bytes say, and not its name; hosts do call photos so."""
    photo = picture(Image.new("RGB", (30, 20), "navy"), "PNG")
    packet = bindery.bind([paper(photo, name="pod.pdf", kind="pod")], notice=None, title="x")
    assert (1, ()) == (packet.pages, packet.notes)


def test_a_signature_is_lost_and_noted(bindery: Bindery) -> None:
    """P21: it holds for the original, which stays stored; nobody is refused for signing."""
    signed = acting(
        annotated(Subtype=pikepdf.Name.Widget, FT=pikepdf.Name.Sig, V=pikepdf.Dictionary(), T="sig")
    )
    packet = bindery.bind([paper(signed)], notice=None, title="x", rules=STRICT)
    assert "digital signature" in packet.notes[0]


def test_fields_of_one_name_keep_their_own_values(bindery: Bindery) -> None:
    """P20: they are drawn, so that merging cannot mix them up."""

    def form(value: str) -> bytes:
        def draw(canvas: object) -> None:
            canvas.drawString(9, 9, ".")  # type: ignore[attr-defined]
            canvas.acroForm.textfield(name="total", value=value, x=72, y=600)  # type: ignore[attr-defined]

        return drawn(draw)

    packet = bindery.bind([paper(form("100.00")), paper(form("250.00"))], notice=None, title="x")
    assert ["100.00" in texts(packet.content)[0], "250.00" in texts(packet.content)[1]] == [True, True]


def test_metadata_does_not_travel(bindery: Bindery) -> None:
    """P31: no names, no paths of whoever made the document."""

    def about(pdf: pikepdf.Pdf) -> None:
        pdf.docinfo["/Author"] = "J. Secret"
        with pdf.open_metadata() as data:
            data["dc:creator"] = ["J. Secret"]

    packet = bindery.bind([paper(edited(ONE, about))], notice=None, title="x")
    assert b"Secret" not in edited(packet.content, lambda pdf: None, qdf=True)


def test_a_packet_above_the_factors_limits_says_both_numbers(bindery: Bindery) -> None:
    """P29, and its twin for pages."""
    with pytest.raises(DocumentError, match=r"and the factor takes 99 bytes") as caught:
        bindery.bind([paper(ONE)], notice=None, title="Invoice 1", rules=PacketRules(max_bytes=99))
    assert ("file_too_large", {"packet": "Invoice 1"}) == (caught.value.code, caught.value.where)
    with pytest.raises(DocumentError, match="2 pages") as caught:
        bindery.bind([paper(ONE)] * 2, notice=None, title="Invoice 1", rules=PacketRules(max_pages=1))
    assert "too_many_pages" == caught.value.code


@pytest.mark.parametrize("notice", ["", " \n", "pay 支付", "شكرا"])
def test_a_notice_that_cannot_be_printed_is_no_notice(notice: str, bindery: Bindery) -> None:
    """P30."""
    with pytest.raises(DocumentError) as caught:
        bindery.bind([paper(ONE)], notice=notice, title="x")
    assert "notice_unprintable" == caught.value.code


def test_exactly_the_most_pages_and_frames_pass(bindery: Bindery) -> None:
    many = edited(ONE, lambda pdf: pdf.pages.extend(pdf.pages[0] for _ in range(MOST_PAGES - 1)))
    papers = [paper(many, noticed=False), Paper(kind="pod", name="pod.tiff", content=tiff(MOST_FRAMES))]
    assert MOST_PAGES + MOST_FRAMES == bindery.bind(papers, notice=None, title="x").pages


def test_every_kind_of_the_list_has_a_test_that_names_it() -> None:
    """P26 to P28 are about batches, and stand with them."""
    names = Path(__file__).read_text() + Path(usecases.test_packets.__file__).read_text()
    assert [] == [f"P{number:02}" for number in range(1, 33) if f"P{number:02}" not in names]


def test_nothing_here_is_downloaded_and_all_of_it_is_small() -> None:
    """The bombs are small: that is what makes them bombs."""
    sizes = {name: len(bad.make()) for name, bad in CORPUS.items() if not name.startswith(HEAVY)}
    assert max(size for name, size in sizes.items() if not name.startswith("X01")) < 6 * MIB
    assert len([name for name in CORPUS if name.startswith("X")]) >= 10
    assert BytesIO(CORPUS["P01 text"].make()).read(4) == b"Dear"
