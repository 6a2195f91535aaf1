"""Which paper and page a process is at, in memory that both sides see, so that its death does not hide it.

Said in a message, it would wake the other side for every page, which costs more than the page.
"""

import mmap
import struct
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, Final

_PLACE: Final = struct.Struct(">II")


class Whereabouts:
    """The number of a paper and of a page, both from 1; 0 stands for none.

    Args:
        descriptor: Of the file that both sides have mapped into their memory.
    """

    def __init__(self, descriptor: int) -> None:
        self._shared = mmap.mmap(descriptor, _PLACE.size)

    def say(self, paper: int, page: int) -> None:
        """Write down where this process is now."""
        _PLACE.pack_into(self._shared, 0, paper, page)

    def last(self) -> tuple[int, int]:
        """Return what was written down last, by whichever side; any numbers may have been."""
        paper, page = _PLACE.unpack_from(self._shared)
        return paper, page


@contextmanager
def shared_file() -> Iterator[IO[bytes]]:
    """Give a new file for `Whereabouts`, which goes when both sides have closed it."""
    with tempfile.TemporaryFile() as file:
        file.write(bytes(_PLACE.size))
        file.flush()
        yield file
