"""Compound files, in which an .xls workbook is kept: a small file system of sectors.

Source: the published specification of the compound file binary format.  Every number is checked
against the size of the file before it is used, because parsers have been seen to trust them.
"""

import struct
from array import array
from collections.abc import Iterator

from factoring_core.adapters.reports.marks.found import UnfitError

MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_HEADER = struct.Struct("<8s16x5H6x9I109I")
_ENTRY = struct.Struct("<64sHB49xII")
_LAST_SECTOR = 0xFFFFFFFA
_END = 0xFFFFFFFE
_STREAM, _ROOT = 2, 5
_DAMAGED = "It is a damaged .xls workbook or another compound file: its header cannot be true."


class Compound:
    """The streams of one compound file.

    Raises:
        UnfitError: a header that cannot be true, or a file that is not complete.
    """

    def __init__(self, content: bytes) -> None:
        if len(content) < _HEADER.size:
            raise UnfitError("truncated", "It is cut off inside its header.")
        magic, _, version, order, shift, mini_shift, *rest = _HEADER.unpack_from(content)
        _, tables, first, _, cutoff, mini_first, minis, more, mores = rest[:9]
        sound = magic == MAGIC and order == 0xFFFE and (version, shift) in ((3, 9), (4, 12))
        self._content, self._size = content, 1 << shift
        self._count = max(0, -(-len(content) // self._size) - 1) if sound else 0
        if not sound or mini_shift != 6 or cutoff != 4096 or max(tables, minis, mores) > self._count:
            raise UnfitError("wrong_file_type", _DAMAGED)
        self._table = array("I")
        for number, sector in enumerate(self._tables(rest[9:], more, mores)):
            if number == tables:
                break
            self._table.frombytes(self._sector(sector))
        self.entries: dict[str, tuple[int, int, int]] = {}
        directory = self._chained(first)
        for at in range(0, len(directory) - 127, 128):
            name, length, kind, start, size = _ENTRY.unpack_from(directory, at)
            if kind and 2 <= length <= 64:
                text = name[: length - 2].decode("utf-16-le", "replace")
                self.entries.setdefault("" if kind == _ROOT else text, (kind, start, size))
        self._mini_first = mini_first

    def _tables(self, first: list[int], more: int, count: int) -> Iterator[int]:
        """Yield the sectors that hold the table of sectors: those of the header, then of its chain."""
        yield from first
        for _ in range(count):
            numbers = array("I", self._sector(more))
            yield from numbers[:-1]
            more = numbers[-1]

    def _sector(self, number: int) -> bytes:
        if number >= min(self._count, _LAST_SECTOR):
            raise UnfitError("truncated", "It is cut off: parts of it are missing.")
        start = (number + 1) * self._size
        return self._content[start : start + self._size].ljust(self._size, b"\0")

    def _chained(self, number: int) -> bytes:
        parts: list[bytes] = []
        while number != _END:
            if len(parts) > self._count:
                raise UnfitError("wrong_file_type", _DAMAGED)
            parts.append(self._sector(number))
            if number >= len(self._table):
                raise UnfitError("truncated", "It is cut off: parts of it are missing.")
            number = self._table[number]
        return b"".join(parts)

    def stream(self, *names: str) -> bytes | None:
        """Return the content of the first stream of *names* that there is, or None."""
        for name in names:
            kind, start, size = self.entries.get(name, (0, 0, 0))
            if kind == _STREAM:
                return self._mini(start, size) if size < 4096 else self._chained(start)[:size]
        return None

    def _mini(self, number: int, size: int) -> bytes:
        """Return a stream that is kept in sectors of 64 bytes inside the root's."""
        held = self._chained(self.entries.get("", (0, _END, 0))[1])
        table = array("I", self._chained(self._mini_first))
        parts: list[bytes] = []
        while size > 64 * len(parts):
            if number >= len(table) or 64 * number >= len(held):
                raise UnfitError("truncated", "It is cut off: parts of it are missing.")
            parts.append(held[64 * number : 64 * number + 64])
            number = table[number]
        return b"".join(parts)[:size]
