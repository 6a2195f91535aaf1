"""What the streams of a PDF unpack to: proven small where that is possible, else unpacked and counted.

Merging copies streams as they are, so that a bomb would go through us unnoticed and off in the
factor's hands.  Each way of packing has a greatest ratio; where even that stays within the limits
nothing has to be unpacked, which is so for most documents.  Pictures are judged by the sizes that
their own data state, because that is what a viewer believes.
"""

import zlib
from collections.abc import Iterator
from typing import Any

import pikepdf
from attrs import frozen

from factoring_core.adapters.documents import limits
from factoring_core.adapters.documents.picture_size import jpeg_scans, stated_size
from factoring_core.adapters.documents.refusals import SMALLER, damaged, refused
from factoring_core.ports.packet_binder import Paper

_RATIOS = {
    "/FlateDecode": 1032,
    "/Fl": 1032,
    "/LZWDecode": 2800,
    "/LZW": 2800,
    "/RunLengthDecode": 64,
    "/RL": 64,
    "/ASCII85Decode": 4,
    "/A85": 4,
    "/ASCIIHexDecode": 1,
    "/AHx": 1,
    "/Crypt": 1,
}
_PICTURES = {
    "/DCTDecode": "jpeg",
    "/DCT": "jpeg",
    "/JPXDecode": "jpx",
    "/JBIG2Decode": "jbig2",
    "/CCITTFaxDecode": "fax",
    "/CCF": "fax",
}
_CHUNK = limits.MIB
_BAD_SUM = "incorrect data check"
"""What zlib says at the end of a stream that is whole but for its checksum; every viewer shows it."""


@frozen
class _Packed:
    stream: Any
    filters: tuple[str, ...]
    most: int
    """More than this it cannot unpack to."""


def weigh(paper: Paper, pdf: pikepdf.Pdf) -> None:
    """Let a document pass whose streams and pictures stay within the limits.

    Raises:
        DocumentError: ``expanded_too_large, image_too_large, too_deep, damaged_pdf``.
    """
    packed = []
    for thing in pdf.objects:
        if isinstance(thing, pikepdf.Stream):
            one = _packed(paper, pdf, thing)
            if "/Width" in thing:
                _check_picture(paper, pdf, one)
            packed.append(one)
    total = sum(one.most for one in packed)
    for one in sorted(packed, key=lambda one: -one.most):
        if one.most <= limits.STREAM_BYTES and total <= limits.DOCUMENT_BYTES:
            break
        size = _unpacked_size(paper, pdf, one)
        total += size - one.most
        if size > limits.STREAM_BYTES:
            raise _too_much(paper, pdf, one)
    if total > limits.DOCUMENT_BYTES:
        raise refused(
            paper, "expanded_too_large", f"unpacks to more than {limits.DOCUMENT_BYTES // limits.MIB} MiB"
        )


def _packed(paper: Paper, pdf: pikepdf.Pdf, stream: Any) -> _Packed:
    found = stream.get("/Filter")
    if found is None:
        filters: tuple[str, ...] = ()
    elif isinstance(found, pikepdf.Array):
        filters = tuple(map(str, found))
    else:
        filters = (str(found),)
    if len(filters) > limits.MOST_FILTERS:
        page = page_of(pdf, stream)
        raise refused(paper, "too_deep", f"is packed {len(filters)} times over", SMALLER, page=page)
    most = int(stream.get("/Length", 0))
    for name in filters:
        most *= _RATIOS.get(name, 1)
    return _Packed(stream, filters, most)


def _check_picture(paper: Paper, pdf: pikepdf.Pdf, one: _Packed) -> None:
    """Check the pixels that the dictionary states, and those that the data state."""
    sizes = [(_number(one.stream.get("/Width")), _number(one.stream.get("/Height")))]
    kind = _PICTURES.get(one.filters[-1]) if one.filters else None
    if kind == "fax":
        parameters = one.stream.get("/DecodeParms")
        for each in parameters if isinstance(parameters, pikepdf.Array) else [parameters]:
            if isinstance(each, pikepdf.Dictionary):
                rows = _number(each.get("/Rows")) or sizes[0][1]
                sizes.append((_number(each.get("/Columns", 1728)), rows))
    elif kind is not None and len(one.filters) == 1:
        raw = one.stream.read_raw_bytes()
        sizes.append(stated_size(kind, raw))
        if kind == "jpeg" and jpeg_scans(raw) > limits.MOST_SCANS:
            raise _too_much(paper, pdf, one)
    if any(width * height > limits.MOST_PIXELS for width, height in sizes):
        million = limits.MOST_PIXELS // 1_000_000
        what = f"holds a picture of more than {million} million pixels"
        raise refused(paper, "image_too_large", what, SMALLER, page=page_of(pdf, one.stream))


def _number(value: Any) -> int:
    try:
        return abs(int(value))
    except (TypeError, ValueError):
        return 0


def _unpacked_size(paper: Paper, pdf: pikepdf.Pdf, one: _Packed) -> int:
    """Unpack a stream and count; Flate alone, the usual case, in pieces."""
    if len(one.filters) == 1 and one.filters[0] in ("/FlateDecode", "/Fl"):
        size = 0
        try:
            for piece in _pieces(one.stream.read_raw_bytes()):
                size += piece
                if size > limits.STREAM_BYTES:
                    break
        except zlib.error as error:
            if _BAD_SUM not in str(error):
                raise damaged(paper, page=page_of(pdf, one.stream)) from error
        return size
    try:
        return len(one.stream.get_stream_buffer(pikepdf.StreamDecodeLevel.specialized))
    except (pikepdf.PikepdfError, RuntimeError) as error:
        raise _too_much(paper, pdf, one) from error


def _pieces(raw: bytes) -> Iterator[int]:
    """Yield the sizes of the pieces that *raw* unpacks to, never holding more than one."""
    unpack = zlib.decompressobj()
    left = raw
    while left and not unpack.eof:
        yield len(unpack.decompress(left, _CHUNK))
        left = unpack.unconsumed_tail


def _too_much(paper: Paper, pdf: pikepdf.Pdf, one: _Packed) -> Exception:
    what = f"unpacks to more than {limits.STREAM_BYTES // limits.MIB} MiB"
    return refused(paper, "expanded_too_large", what, SMALLER, page=page_of(pdf, one.stream))


def page_of(pdf: pikepdf.Pdf, thing: Any) -> int | None:
    """Return the number of the first page that *thing* can be reached from, or None.

    Asked only for errors.
    """
    wanted = thing.objgen
    seen = set()
    for number, page in enumerate(pdf.pages, 1):
        todo: list[Any] = [page.obj]
        while todo:
            one = todo.pop()
            if one.is_indirect:
                if one.objgen == wanted:
                    return number
                if one.objgen in seen:
                    continue
                seen.add(one.objgen)
            if isinstance(one, pikepdf.Array):
                inside: list[Any] = list(one)
            else:
                inside = [value for key, value in one.items() if key not in ("/Parent", "/P")]
            todo += (
                each
                for each in inside
                if isinstance(each, pikepdf.Array | pikepdf.Dictionary | pikepdf.Stream)
            )
    return None
