"""How much of a document we agree to read, and to pass on to somebody who opens it."""

from typing import Final

MIB: Final = 1024 * 1024

MOST_BYTES: Final = 25 * MIB
"""Of one document."""
MOST_PAGES: Final = 500
"""Of one document."""
MOST_PIXELS: Final = 100_000_000
"""Of one picture, a photo or one within a PDF."""
MOST_FRAMES: Final = 200
"""Of one TIFF."""
MOST_FILTERS: Final = 4
"""Around one stream."""
MOST_OBJECTS: Final = 1_000_000
"""In one stream of packed objects."""
MOST_SCANS: Final = 50
"""Of one JPEG: each has to be gone through for the whole picture."""
STREAM_BYTES: Final = 256 * MIB
"""Of one stream, unpacked."""
DOCUMENT_BYTES: Final = 1024 * MIB
"""Of all streams of one document, unpacked."""
LONGEST_SIDE: Final = 14_400.0
"""Of a page, in points: two hundred inches."""
SHORTEST_SIDE: Final = 3.0

MEMORY_BYTES: Final = 1024 * MIB
CPU_SECONDS: Final = 20
WALL_SECONDS: Final = 30.0
"""Of the process that handles documents: the times are for one packet."""
