"""Photos and scans as pages: upright, on letter paper, and the very data that was handed in."""

from __future__ import annotations

from functools import cache
from io import BytesIO
from typing import Any

import pikepdf
import pypdf
import pytest
from PIL import Image, ImageChops, ImageOps

from adapters.documents.made import page_picture, paper, picture, receipt
from factoring_core.adapters.documents.binder import PdfBinder
from factoring_core.adapters.documents.photos import photo_as_pdf
from factoring_core.adapters.documents.shrinking import shrink
from factoring_core.domain.vocabulary.packet_rules import PacketRules
from factoring_core.errors import DocumentError
from factoring_core.ports.packet_binder import Paper


def colours(size: tuple[int, int] = (120, 80)) -> Image.Image:
    """A picture whose four corners differ, so that every turn and mirror shows."""
    width, height = size[0] // 2, size[1] // 2
    made = Image.new("RGB", size, "red")
    made.paste("lime", (width, 0, 2 * width, height))
    made.paste("blue", (0, height, width, 2 * height))
    made.paste("black", (width, height, 2 * width, 2 * height))
    return made


def turned(image: Image.Image, orientation: int) -> Image.Image:
    """Return what a camera stores so that, turned by *orientation*, it is *image* again."""
    back = {
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }
    return image.transpose(back[orientation]) if orientation in back else image


def photo(name: str, content: bytes) -> Paper:
    return paper(content, kind="pod", name=name, noticed=False)


def bind(content: bytes, **more: Any) -> bytes:
    return PdfBinder().bind([photo("pod", content)], notice=None, title="x", **more).content


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("format", ["JPEG", "PNG", "TIFF"])
def test_a_photo_stands_upright_whatever_its_orientation(format: str, orientation: int) -> None:
    wanted = colours()
    exif = Image.Exif()
    exif[274] = orientation
    stored = turned(wanted, orientation)
    quality = {"quality": 100, "subsampling": 0} if format == "JPEG" else {}
    content = picture(stored, format, exif=exif, **quality)
    with Image.open(BytesIO(content)) as again:
        assert ImageOps.exif_transpose(again).size == wanted.size

    packet = bind(content)
    page = pypdf.PdfReader(BytesIO(packet)).pages[0]
    assert (792, 612, 0) == (page.mediabox.width, page.mediabox.height, page.rotation)
    seen = page_picture(packet)
    box = ImageOps.invert(seen.convert("L")).getbbox()
    assert box == (336, 266, 456, 346)
    difference = ImageChops.difference(seen.crop(box), wanted).convert("L")
    assert sum(difference.point(lambda value: value > 60).histogram()[1:]) < 400  # the seams


def test_the_data_of_photos_are_not_encoded_again() -> None:
    jpeg = picture(colours(), "JPEG")
    png = picture(colours(), "PNG")
    fax = picture(colours().convert("1"), "TIFF", compression="group4")
    for content, name in [(jpeg, "/DCTDecode"), (png, "/FlateDecode"), (fax, "/CCITTFaxDecode")]:
        with pikepdf.open(BytesIO(bind(content))) as pdf:
            (image,) = pdf.pages[0].get_images().values()
            assert name in repr(image.get("/Filter"))
            assert image.read_raw_bytes()[:400] in content


def test_a_tiff_of_several_pages_becomes_several_pages() -> None:
    first, *more = [colours(), colours((80, 120)), colours().convert("1")]
    content = picture(first, "TIFF", save_all=True, append_images=more)
    pages = pypdf.PdfReader(BytesIO(bind(content))).pages
    assert [(792, 612), (612, 792), (792, 612)] == [(p.mediabox.width, p.mediabox.height) for p in pages]


def test_a_large_photo_fills_the_page_and_a_small_one_stays_small() -> None:
    for size, expected in [((3000, 4000), (22, 18, 590, 774)), ((240, 420), (186, 186, 426, 606))]:
        seen = page_picture(bind(picture(Image.new("RGB", size, "navy"), "JPEG")))
        box = ImageOps.invert(seen.convert("L")).getbbox()
        assert box is not None
        assert all(abs(a - b) <= 1 for a, b in zip(box, expected, strict=True))
    assert page_picture(bind(receipt())).size == (612, 792)


def test_a_fax_with_flat_points_keeps_its_shape() -> None:
    fax = Image.new("1", (1728, 1100))
    seen = page_picture(bind(picture(fax, "TIFF", compression="group4", dpi=(204, 98))))
    left, top, right, bottom = ImageOps.invert(seen.convert("L")).getbbox() or (0, 0, 0, 0)
    assert (right - left) / (bottom - top) == pytest.approx(1728 / 1100 * 98 / 204, rel=0.02)


@pytest.mark.parametrize("mode", ["RGBA", "LA", "P"])
def test_what_is_transparent_is_paper(mode: str) -> None:
    clear = Image.new("RGBA", (100, 50), (0, 0, 0, 0))
    clear.paste((200, 0, 0, 255), (0, 0, 50, 50))
    saving = {"transparency": 0} if mode == "P" else {}
    seen = page_picture(bind(picture(clear.convert(mode), "PNG", **saving)))
    assert seen.getpixel((306 + 90, 396)) == (255, 255, 255)


def test_the_same_photo_gives_the_same_bytes() -> None:
    for format in ("JPEG", "PNG", "TIFF"):
        content = picture(colours(), format)
        assert bind(content) == bind(content)


def test_a_photo_of_a_camera_with_two_pictures_is_one_page() -> None:
    content = picture(colours(), "MPO", save_all=True, append_images=[colours((40, 40))])
    assert 1 == len(pypdf.PdfReader(BytesIO(bind(content))).pages)


def test_a_bad_page_of_a_tiff_is_named() -> None:
    frames = [Image.effect_noise((200, 200), 90) for _ in range(3)]
    content = bytearray(picture(frames[0], "TIFF", save_all=True, append_images=frames[1:]))
    del content[-30_000:-20_000]
    with pytest.raises(DocumentError) as caught:
        photo_as_pdf(photo("pod.tiff", bytes(content)))
    assert "damaged_picture" == caught.value.code
    assert caught.value.where.get("page") in (2, 3)


@cache
def scan() -> bytes:
    return picture(Image.effect_noise((1700, 2200), 60), "JPEG", quality=90)


def test_pictures_are_scaled_down_only_where_the_profile_allows_it_and_it_is_noted() -> None:
    content = scan()
    limit = len(content) // 2
    with pytest.raises(DocumentError) as caught:
        bind(content, rules=PacketRules(max_bytes=limit))
    assert "file_too_large" == caught.value.code

    rules = PacketRules(max_bytes=limit, downsample_dpi=100)
    packet = PdfBinder().bind([photo("pod", content)], notice=None, title="x", rules=rules)
    assert len(packet.content) <= limit
    assert packet == PdfBinder().bind([photo("pod", content)], notice=None, title="x", rules=rules)
    (note,) = packet.notes
    assert note.startswith("1 picture(s) were scaled to 100 dots per inch")
    assert str(len(packet.content)) in note
    seen = page_picture(packet.content).convert("L").resize((60, 80))
    before = page_picture(bind(content)).convert("L").resize((60, 80))
    assert max(ImageChops.difference(seen, before).getextrema()) < 25


def test_a_packet_that_fits_is_left_alone_although_it_might_be_scaled() -> None:
    packet = PdfBinder().bind(
        [photo("pod", scan())], notice=None, title="x", rules=PacketRules(downsample_dpi=72)
    )
    assert packet.notes == ()
    assert packet.content == bind(scan())


@pytest.mark.parametrize("mode", ["1", "L", "RGB", "CMYK", "P"])
def test_scaled_pictures_of_every_kind_look_the_same(mode: str) -> None:
    soft = colours((1200, 800)).convert(mode)
    content = bind(picture(soft, "JPEG" if mode == "CMYK" else "PNG"))
    smaller, scaled = shrink(content, dpi=72)
    assert scaled in (0, 1)  # a flat picture may be smaller as it is
    difference = ImageChops.difference(page_picture(smaller).convert("L"), page_picture(content).convert("L"))
    assert sum(difference.point(lambda value: value > 90).histogram()[1:]) < 2500
