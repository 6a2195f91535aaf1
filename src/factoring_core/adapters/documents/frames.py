"""What goes through the pipes between us and the process that handles documents.

A frame is the length of a JSON head, the head, and the pieces of bytes whose sizes the head
states.  Nothing is unpickled: whoever takes over the other process must not get into this one.
"""

import json
from collections.abc import Mapping, Sequence
from typing import IO, Any

from factoring_core.adapters.documents.limits import MIB

_MOST_HEAD = 4 * MIB
_MOST_BYTES = 1024 * MIB


class BrokenFrameError(Exception):
    """The other side ended, or said something that is no frame."""


def write_frame(stream: IO[bytes], head: Mapping[str, Any], pieces: Sequence[bytes] = ()) -> None:
    """Write one frame and push it through."""
    text = json.dumps({**head, "sizes": [len(piece) for piece in pieces]}).encode()
    stream.write(len(text).to_bytes(4) + text)
    for piece in pieces:
        stream.write(piece)
    stream.flush()


def read_frame(stream: IO[bytes]) -> tuple[dict[str, Any], list[bytes]]:
    """Read one frame.

    Raises:
        BrokenFrameError: there is none, or it is not whole.
    """
    length = int.from_bytes(_read(stream, 4))
    if length > _MOST_HEAD:
        raise BrokenFrameError("a head of impossible size")
    try:
        head = json.loads(_read(stream, length))
        sizes = [int(size) for size in head.pop("sizes")]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise BrokenFrameError("no head") from error
    if any(size < 0 for size in sizes) or sum(sizes) > _MOST_BYTES:
        raise BrokenFrameError("pieces of impossible size")
    return head, [_read(stream, size) for size in sizes]


def _read(stream: IO[bytes], size: int) -> bytes:
    found = stream.read(size)
    if len(found) != size:
        raise BrokenFrameError("the stream ended")
    return found
