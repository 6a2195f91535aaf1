"""Binding packets: order, counts, bytes, and every document that cannot be sent.

What pikepdf wrote is read here with pypdf.
"""

import subprocess
import sys
from collections.abc import Callable
from io import BytesIO
from typing import Any

import img2pdf
import pikepdf
import pypdf
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from reportlab.pdfgen.canvas import Canvas

from factoring_core.adapters.documents import binder as binder_module
from factoring_core.adapters.documents import limits, photos
from factoring_core.adapters.documents.binder import PdfBinder
from factoring_core.adapters.documents.cover import draw_cover
from factoring_core.adapters.documents.samples import sample_pdf
from factoring_core.errors import DocumentError
from factoring_core.ports.packet_binder import Packet, Paper

NOTICE = "Zahlen Sie an “Señor Peña & Cía.” — nobody else’s account discharges the debt…\n\nÀ bientôt"


def paper(content: bytes, name: str = "pod.pdf", kind: str = "pod") -> Paper:
    return Paper(kind=kind, name=name, content=content)


def bind(*contents: bytes, notice: str | None = None, title: str = "Invoice 1001") -> Packet:
    return PdfBinder().bind([paper(content) for content in contents], notice=notice, title=title)


def texts(content: bytes) -> list[str]:
    return [page.extract_text() for page in pypdf.PdfReader(BytesIO(content)).pages]


def edited(content: bytes, edit: Callable[[pikepdf.Pdf], object], **saving: Any) -> bytes:
    with pikepdf.open(BytesIO(content)) as pdf:
        edit(pdf)
        file = BytesIO()
        pdf.save(file, **saving)
    return file.getvalue()


def drawn(draw: Callable[[Canvas], object]) -> bytes:
    file = BytesIO()
    canvas = Canvas(file, invariant=1)
    draw(canvas)
    canvas.save()
    return file.getvalue()


def picture(format: str, size: tuple[int, int] = (300, 200), mode: str = "RGB", **saving: Any) -> bytes:
    file = BytesIO()
    Image.new(mode, size, "white").save(file, format, **saving)
    return file.getvalue()


def refusal(content: bytes) -> DocumentError:
    with pytest.raises(DocumentError) as checked:
        PdfBinder().check(paper(content))
    with pytest.raises(DocumentError) as bound:
        bind(ONE, content)
    assert checked.value.code == bound.value.code
    assert {"document": "pod.pdf", "kind": "pod"} == checked.value.where == bound.value.where
    assert "pod.pdf" in str(checked.value)
    return checked.value


ONE = sample_pdf("One", ["first page"])
TWO = sample_pdf("Two", ["of two"], pages=2)


def test_papers_are_bound_in_the_order_given() -> None:
    packet = bind(TWO, ONE, TWO)
    heads = [text.split("\n")[0] for text in texts(packet.content)]

    assert ["Two", "Two", "One", "Two", "Two"] == heads
    assert 5 == packet.pages


def test_the_notice_stands_in_front_with_all_its_characters() -> None:
    packet = bind(ONE, notice=NOTICE)
    cover, first = texts(packet.content)

    assert 2 == packet.pages
    assert "Notice of Assignment" in cover
    assert "Invoice 1001" in cover
    assert NOTICE.split() == cover.split("Invoice 1001")[1].split()
    assert first.startswith("One")


@settings(max_examples=25)
@given(
    notice=st.text(st.sampled_from("abcdefghij ÄÖÜéñß“”’—\n"), min_size=1, max_size=3000).filter(str.strip)
)
def test_nothing_of_a_notice_is_cut_off(notice: str) -> None:
    """Every character is printed, within the margins, on as many pages as it takes."""
    reader = pypdf.PdfReader(BytesIO(draw_cover(notice, title="")))
    printed = ""
    for page in reader.pages:

        def inside(text: str, _cm: Any, place: list[float], _font: Any, _size: float) -> None:
            assert not text.strip() or (place[4] >= 71 and 71 <= place[5] <= 792 - 72)

        printed += page.extract_text(visitor_text=inside)

    assert "".join(notice.split()) == "".join(printed.split()).removeprefix("NoticeofAssignment")


def test_a_long_notice_goes_on_to_further_pages() -> None:
    words = [f"word{number}" for number in range(1500)]
    packet = bind(ONE, notice=" ".join(words))
    printed = " ".join(texts(packet.content)).split()

    assert packet.pages > 2
    assert words == [word for word in printed if word.startswith("word")]


@pytest.mark.parametrize("notice", ["支付", "pay 💸", "zero\u200bwidth", "bell\a", "שלם"])
def test_a_notice_that_cannot_be_printed_is_refused_with_its_characters(notice: str) -> None:
    with pytest.raises(DocumentError, match=r"U\+") as caught:
        bind(ONE, notice=notice)
    assert "notice_unprintable" == caught.value.code


@pytest.mark.parametrize("notice", ["", " \n "])
def test_an_empty_notice_is_no_notice(notice: str) -> None:
    with pytest.raises(DocumentError) as caught:
        bind(ONE, notice=notice)
    assert "notice_unprintable" == caught.value.code


def test_composed_and_decomposed_accents_are_one_text() -> None:
    assert draw_cover("Pen\u0303a", title="") == draw_cover("Peña", title="")


def test_a_title_that_cannot_be_printed_still_stands_in_the_file() -> None:
    packet = bind(ONE, notice="Pay us.", title="Инвойс 1001")
    information = pypdf.PdfReader(BytesIO(packet.content)).metadata

    assert information is not None
    assert "Инвойс 1001" == information.title


def test_the_same_inputs_give_the_same_bytes_in_another_process() -> None:
    """Whatever the hash seed, the time or the time zone."""
    script = """
import hashlib, io
from PIL import Image
from factoring_core.adapters.documents.binder import PdfBinder
from factoring_core.adapters.documents.samples import sample_pdf
from factoring_core.ports.packet_binder import Paper
photo = io.BytesIO()
Image.new("RGB", (30, 20), "white").save(photo, "JPEG")
papers = [Paper(kind="invoice", name="i", content=sample_pdf("Invoice", ["ä"], pages=3)),
          Paper(kind="pod", name="p", content=photo.getvalue())]
packet = PdfBinder().bind(papers, notice="Pay “us” — é", title="Invoice 1001")
print(hashlib.sha256(packet.content).hexdigest())
"""
    prints = {
        subprocess.run(
            [sys.executable, "-c", script],
            env={"PYTHONHASHSEED": seed, "TZ": zone, "PYTHONPATH": ":".join(sys.path)},
            capture_output=True,
            check=True,
        ).stdout
        for seed, zone in [("1", "UTC"), ("2", "Pacific/Auckland")]
    }

    assert 1 == len(prints)


def test_packets_are_told_apart_by_the_identity_in_their_files() -> None:
    def identity(packet: Packet) -> bytes:
        first: Any = pypdf.PdfReader(BytesIO(packet.content)).trailer["/ID"][0]  # type: ignore[index]
        return bytes(first.original_bytes)

    made = [
        bind(ONE),
        bind(TWO),
        bind(ONE, TWO),
        bind(ONE, title="Invoice 1002"),
        bind(ONE, notice="Pay us."),
    ]
    assert 5 == len({identity(packet) for packet in made})
    assert 16 == len(identity(made[0]))


@settings(max_examples=30)
@given(
    counts=st.lists(st.integers(1, 6), min_size=1, max_size=5),
    noticed=st.booleans(),
)
def test_pages_in_are_pages_out(counts: list[int], noticed: bool) -> None:
    contents = [sample_pdf(f"Paper {number}", [], pages=count) for number, count in enumerate(counts)]
    packet = bind(*contents, notice="Pay us." if noticed else None)
    expected = [f"Paper {number}" for number, count in enumerate(counts) for _ in range(count)]

    assert packet.pages == sum(counts) + noticed
    assert expected == [text.split("\n")[0] for text in texts(packet.content)][noticed:]
    assert packet == bind(*contents, notice="Pay us." if noticed else None)


def test_nothing_but_pages_and_a_title_comes_through() -> None:
    """Scripts, actions, attached files, links, histories and metadata all stay behind."""

    def poison(pdf: pikepdf.Pdf) -> None:
        script = pikepdf.Dictionary(S=pikepdf.Name.JavaScript, JS="app.alert('POISON')")
        page = pdf.pages[0]
        pdf.attachments["POISON.exe"] = b"POISON"
        pdf.Root.OpenAction = script
        pdf.Root.AA = pikepdf.Dictionary(WC=script)
        pdf.Root.Names.JavaScript = pikepdf.Dictionary(Names=["POISON", script])
        page.obj.AA = pikepdf.Dictionary(O=script)
        page.obj.AF = pikepdf.Array([pdf.make_stream(b"POISON")])
        launch = pikepdf.Dictionary(S=pikepdf.Name.Launch, F="POISON.exe")
        page.obj.Annots = pikepdf.Array(
            [
                pikepdf.Dictionary(
                    Type=pikepdf.Name.Annot, Subtype=pikepdf.Name.Link, Rect=[0, 0, 9, 9], A=launch
                )
            ]
        )
        shape = pdf.make_stream(b"", Type=pikepdf.Name.XObject, Subtype=pikepdf.Name.Form, BBox=[0, 0, 1, 1])
        shape.AF = pikepdf.Array([pdf.make_stream(b"POISON")])
        page.obj.Resources.XObject = pikepdf.Dictionary(Fx=shape)
        pdf.docinfo["/Author"] = "POISON"
        with pdf.open_metadata() as metadata:
            metadata["dc:title"] = "POISON"

    poisoned = edited(ONE, poison)
    content = bind(poisoned, ONE).content
    with pikepdf.open(BytesIO(content)) as pdf:
        readable = BytesIO()
        pdf.save(readable, qdf=True)
        assert {"/Type", "/Pages"} == set(pdf.Root.keys())
        assert ["/Title"] == list(pdf.docinfo.keys())

    assert b"POISON" in edited(poisoned, lambda pdf: None, qdf=True)
    assert b"POISON" not in readable.getvalue()
    for word in [
        b"/JavaScript",
        b"/Launch",
        b"/EmbeddedFile",
        b"/OpenAction",
        b"/AA ",
        b"/Annots",
        b"/Metadata",
    ]:
        assert word not in readable.getvalue()


def test_a_filled_form_keeps_its_words() -> None:
    def form(canvas: Canvas) -> None:
        canvas.drawString(72, 700, "Received by")
        canvas.acroForm.textfield(name="receiver", value="J. Alvarez", x=72, y=600)

    (text,) = texts(bind(drawn(form)).content)
    assert "J. Alvarez" in text
    assert "Received by" in text


def test_a_form_without_appearances_is_drawn() -> None:
    def form(canvas: Canvas) -> None:
        canvas.drawString(72, 700, "Received by")
        canvas.acroForm.textfield(name="receiver", value="J. Alvarez", x=72, y=600)

    def bare(pdf: pikepdf.Pdf) -> None:
        pdf.Root.AcroForm.NeedAppearances = True
        del pdf.pages[0].obj.Annots[0]["/AP"]

    (text,) = texts(bind(edited(drawn(form), bare)).content)
    assert "J. Alvarez" in text


def test_inherited_and_turned_page_boxes_come_along() -> None:
    def inherit(pdf: pikepdf.Pdf) -> None:
        page = pdf.pages[0].obj
        del page["/MediaBox"], page["/Rotate"]
        pdf.Root.Pages.MediaBox = [0, 0, 842, 595]
        pdf.Root.Pages.Rotate = 90

    page = pypdf.PdfReader(BytesIO(bind(edited(ONE, inherit)).content)).pages[0]
    assert (842, 595, 90) == (page.mediabox.width, page.mediabox.height, page.rotation)


BAD: dict[str, tuple[bytes, str]] = {
    "nothing": (b"", "not_pdf"),
    "text": (b"Dear clerk", "not_pdf"),
    "html": (b"<html><body>Please log in</body></html>", "not_pdf"),
    "zip": (b"PK\x03\x04" + b"\0" * 100, "not_pdf"),
    "late header": (b"x" * 2048 + ONE, "not_pdf"),
    "header alone": (b"%PDF-1.7\n", "damaged_pdf"),
    "half": (TWO[: len(TWO) // 2], "damaged_pdf"),
    "without its end": (TWO[:-40], "damaged_pdf"),
    "middle missing": (TWO[:2000] + TWO[4000:], "damaged_pdf"),
    "wrong length": (
        drawn(lambda c: c.drawString(9, 9, "x" * 99)).replace(b"/Length ", b"/Length 1"),
        "damaged_pdf",
    ),
    "no pages": (edited(ONE, lambda pdf: pdf.pages.__delitem__(0)), "empty_pdf"),
    "looping pages": (edited(TWO, lambda pdf: pdf.Root.Pages.Kids.append(pdf.Root.Pages)), "damaged_pdf"),
    "page that is none": (edited(TWO, lambda pdf: pdf.Root.Pages.Kids.append(5)), "damaged_pdf"),
    "password": (
        edited(ONE, lambda pdf: None, encryption=pikepdf.Encryption(owner="a", user="b")),
        "encrypted_pdf",
    ),
    "restricted": (
        edited(ONE, lambda pdf: None, encryption=pikepdf.Encryption(owner="a", user="")),
        "encrypted_pdf",
    ),
    "dynamic form": (
        edited(ONE, lambda pdf: pdf.Root.__setitem__("/NeedsRendering", True)),
        "unfinished_form",
    ),
    "too many pages": (
        edited(ONE, lambda pdf: pdf.pages.extend(pdf.pages[0] for _ in range(500))),
        "too_many_pages",
    ),
    "too large": (ONE + b"\n" * limits.MOST_BYTES, "file_too_large"),
    "cut photo": (picture("JPEG", (900, 900), quality=100)[:-600], "damaged_picture"),
    "photo in name": (b"\xff\xd8\xff" + b"\0" * 50, "damaged_picture"),
    "cut PNG": (picture("PNG", (900, 900))[:-60], "damaged_picture"),
}


@pytest.mark.parametrize("name", BAD)
def test_each_bad_document_has_its_code_and_is_named(name: str) -> None:
    content, code = BAD[name]
    error = refusal(content)

    assert code == error.code
    assert error.remedy


def test_junk_before_the_header_is_what_scanners_do() -> None:
    assert 1 == bind(b"\n" * 500 + ONE).pages


@pytest.mark.parametrize("count", [0, 1, 3, 10**9, -1])
def test_a_count_that_is_not_that_of_the_pages_means_that_pages_were_lost(count: int) -> None:
    assert b"/Count 2 " in TWO
    assert "damaged_pdf" == refusal(TWO.replace(b"/Count 2 ", f"/Count {count} ".encode())).code


def test_pages_that_cannot_be_copied_are_damage(monkeypatch: pytest.MonkeyPatch) -> None:
    def unable(*given: Any) -> None:
        raise pikepdf.ForeignObjectError("no")

    monkeypatch.setattr(type(pikepdf.new().pages), "extend", unable)
    with pytest.raises(DocumentError) as caught:
        PdfBinder().check(paper(ONE))
    assert "damaged_pdf" == caught.value.code


def test_nothing_is_said_on_the_terminal_about_a_bad_document(capfd: pytest.CaptureFixture[str]) -> None:
    refusal(BAD["page that is none"][0])

    assert ("", "") == tuple(capfd.readouterr())


def test_exactly_the_most_pages_pass() -> None:
    many = edited(ONE, lambda pdf: pdf.pages.extend(pdf.pages[0] for _ in range(499)))

    assert 500 == bind(many).pages


@settings(max_examples=150)
@given(data=st.data())
def test_no_damage_gets_past_without_its_error(data: st.DataObject) -> None:
    """Whatever a few wrong bytes do to a file, it binds with its own page count or is a DocumentError."""
    content = bytearray(TWO)
    for _ in range(data.draw(st.integers(1, 8))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    try:
        packet = bind(bytes(content))
    except DocumentError:
        return
    assert 1 <= packet.pages <= 2
    assert packet.pages == len(pypdf.PdfReader(BytesIO(packet.content)).pages)


@pytest.mark.parametrize("format", ["JPEG", "PNG"])
@pytest.mark.parametrize(("size", "shape"), [((900, 300), (792, 612)), ((300, 900), (612, 792))])
def test_a_photo_becomes_a_letter_page_turned_as_it_is(
    format: str, size: tuple[int, int], shape: tuple[int, int]
) -> None:
    packet = bind(picture(format, size))
    page = pypdf.PdfReader(BytesIO(packet.content)).pages[0]

    assert 1 == packet.pages
    assert shape == (round(page.mediabox.width), round(page.mediabox.height))
    assert packet == bind(picture(format, size))


def test_a_photo_is_not_encoded_again() -> None:
    photo = picture("JPEG")
    with pikepdf.open(BytesIO(bind(photo).content)) as pdf:
        (image,) = pdf.pages[0].get_images().values()
        assert photo == image.read_raw_bytes()


def test_a_photo_stands_upright_by_its_own_word() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    page = pypdf.PdfReader(BytesIO(bind(picture("JPEG", (900, 300), exif=exif)).content)).pages[0]

    assert (612, 792, 0) == (page.mediabox.width, page.mediabox.height, page.rotation)


def test_a_picture_too_large_to_decode_is_over_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "image_too_large" == refusal(picture("PNG", (20_000, 10_000), mode="1")).code
    assert "image_too_large" == refusal(picture("PNG", (10_000, 10_001), mode="1")).code


def test_a_kind_of_picture_that_cannot_be_wrapped_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    def unable(*given: Any, **named: Any) -> bytes:
        raise img2pdf.AlphaChannelError("transparent")

    monkeypatch.setattr(img2pdf, "convert", unable)
    assert "picture_unsupported" == refusal(picture("PNG")).code


def test_without_img2pdf_a_photo_is_a_document_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "img2pdf", None)
    error = refusal(picture("JPEG"))

    assert "picture_unsupported" == error.code
    assert "factoring-core[pdf]" in error.remedy
    assert photos.is_photo(picture("JPEG"))


@pytest.mark.parametrize("package", ["pikepdf", "reportlab.pdfgen.canvas"])
def test_without_a_package_its_extra_is_named(package: str) -> None:
    script = f"""
import sys
sys.modules[{package!r}] = None
from factoring_core.errors import MissingExtraError
try:
    import factoring_core.adapters.documents.binder
except MissingExtraError as error:
    print(error.remedy)
"""
    told = subprocess.run(
        [sys.executable, "-c", script],
        env={"PYTHONPATH": ":".join(sys.path)},
        capture_output=True,
        check=True,
    )

    assert b'pip install "factoring-core[pdf]"' == told.stdout.strip()


def test_no_papers_make_no_packet() -> None:
    with pytest.raises(DocumentError):
        PdfBinder().bind([], notice="Pay us.", title="Invoice 1001")


@pytest.mark.parametrize("written", [b"%PDF-1.7", TWO])
def test_a_result_that_is_not_whole_is_never_returned(
    monkeypatch: pytest.MonkeyPatch, written: bytes
) -> None:
    monkeypatch.setattr(binder_module, "written", lambda packet, known_as: written)

    with pytest.raises(DocumentError) as caught:
        bind(ONE)
    assert "packet_unverified" == caught.value.code
