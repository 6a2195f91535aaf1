"""Bytes kept as they were received or sealed, found again by their own hash."""

from typing import Protocol


class BlobStore(Protocol):
    """Content-addressed bytes: what is read is verified to be what was written."""

    def put(self, content: bytes) -> str:
        """Keep *content* durably and return its SHA-256 in hex; keeping it again is free.

        Raises:
            StorageError: it could not be made durable.
        """
        ...

    def get(self, sha256: str) -> bytes:
        """Return the bytes kept under *sha256*.

        Raises:
            NotFoundError: nothing is kept under it.
            StoreCorruptError: what is there is not what was written.
        """
        ...

    def has(self, sha256: str) -> bool:
        """Say whether something is kept under *sha256*."""
        ...
