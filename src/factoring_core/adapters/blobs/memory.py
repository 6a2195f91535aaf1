"""Blobs kept in memory: for tests, and for hosts that keep nothing."""

import hashlib

from factoring_core.errors import NotFoundError, StoreCorruptError


class MemoryBlobs:
    """Keeps blobs for as long as the process lives, with the promises of a durable store."""

    def __init__(self) -> None:
        self._kept: dict[str, bytes] = {}

    def put(self, content: bytes) -> str:
        """Keep *content* and return its SHA-256 in hex."""
        sha256 = hashlib.sha256(content).hexdigest()
        self._kept[sha256] = bytes(content)
        return sha256

    def get(self, sha256: str) -> bytes:
        """Return the bytes kept under *sha256*, verified."""
        content = self._kept.get(sha256)
        if content is None:
            raise NotFoundError("No file is kept under this hash.", where={"sha256": sha256})
        if hashlib.sha256(content).hexdigest() != sha256:
            raise StoreCorruptError("A kept file is not what was written.", where={"sha256": sha256})
        return content

    def has(self, sha256: str) -> bool:
        """Say whether something is kept under *sha256*."""
        return sha256 in self._kept
