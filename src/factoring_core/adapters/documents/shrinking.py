"""Scaling the pictures of a packet down: only where the provider's profile allows it, and said so."""

from io import BytesIO
from typing import Any

import pikepdf

_QUALITY = 75


def shrink(content: bytes, *, dpi: int) -> tuple[bytes, int]:
    """Return *content* with its pictures scaled to at most *dpi* dots an inch, and how many were.

    A picture is taken to fill its page, as scans do; one that cannot be decoded stays.
    """
    scaled = 0
    with pikepdf.open(BytesIO(content)) as pdf:
        seen: set[tuple[int, int]] = set()
        for page in pdf.pages:
            left, bottom, right, top = (float(side) for side in page.mediabox)
            inches = max(abs(right - left), abs(top - bottom)) * float(page.obj.get("/UserUnit", 1)) / 72
            for picture in page.get_images().values():
                if picture.objgen not in seen:
                    seen.add(picture.objgen)
                    scaled += _scaled(picture, most=round(inches * dpi))
        file = BytesIO()
        pdf.save(
            file,
            deterministic_id=True,
            compress_streams=False,
            stream_decode_level=pikepdf.StreamDecodeLevel.none,
            object_stream_mode=pikepdf.ObjectStreamMode.disable,
        )
    return file.getvalue(), scaled


def _scaled(stream: Any, *, most: int) -> bool:
    width, height = int(stream.Width), int(stream.Height)
    if max(width, height) <= most or stream.get("/ImageMask", False) or "/SMask" in stream:
        return False
    try:
        picture = pikepdf.PdfImage(stream).as_pil_image()
    except Exception:  # kinds that cannot be decoded are many, and none is worth a refusal here
        return False
    picture = picture.convert("L" if picture.mode in ("1", "L", "LA", "I;16") else "RGB")
    share = most / max(width, height)
    picture = picture.resize((max(1, round(width * share)), max(1, round(height * share))))
    file = BytesIO()
    picture.save(file, "JPEG", quality=_QUALITY)
    if file.tell() >= len(stream.read_raw_bytes()):
        return False
    stream.write(file.getvalue(), filter=pikepdf.Name.DCTDecode)
    stream.Width, stream.Height, stream.BitsPerComponent = picture.width, picture.height, 8
    stream.ColorSpace = pikepdf.Name.DeviceGray if picture.mode == "L" else pikepdf.Name.DeviceRGB
    for key in ("/Decode", "/DecodeParms", "/Mask", "/Intent"):
        if key in stream:
            del stream[key]
    return True
