"""What every blob store promises; subclass it once per adapter."""

import hashlib

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from factoring_core.errors import NotFoundError, StoreCorruptError
from factoring_core.ports.blobs import BlobStore
from factoring_core.testing.contracts.base import Contract

# One store for all examples is meant, and so is one law for all adapters.
_SHARED = [HealthCheck.function_scoped_fixture, HealthCheck.differing_executors]


class BlobContract(Contract):
    """A subclass gives a fresh store and a way to damage what is in it."""

    @pytest.fixture
    def blobs(self) -> BlobStore:
        raise NotImplementedError

    def damage(self, blobs: BlobStore, sha256: str, content: bytes) -> None:
        """Put *content* where the bytes of *sha256* are kept, behind the store's back."""
        raise NotImplementedError

    @settings(suppress_health_check=_SHARED)
    @given(content=st.binary(max_size=2000))
    @example(content=b"%PDF-1.7\r\nline ends\nof both kinds\r\x00\x1a\xff")
    def test_round_trip(self, blobs: BlobStore, content: bytes) -> None:
        """What is put comes back byte for byte, under the hash of its bytes."""
        sha256 = blobs.put(content)

        assert hashlib.sha256(content).hexdigest() == sha256
        assert content == blobs.get(sha256)
        assert blobs.has(sha256)

    def test_keeping_again(self, blobs: BlobStore) -> None:
        """Keeping the same bytes again is free and gives the same hash."""
        assert blobs.put(b"invoice") == blobs.put(b"invoice")
        assert blobs.get(blobs.put(b"invoice")) == b"invoice"

    def test_large(self, blobs: BlobStore) -> None:
        """A blob of several megabytes is kept whole."""
        content = bytes(range(256)) * 20_000

        assert content == blobs.get(blobs.put(content))

    @pytest.mark.parametrize(
        "unknown", ["0" * 64, "", "../../etc/passwd", "A" * 64, "zz" * 32, "0" * 63 + "\n"]
    )
    def test_unknown(self, blobs: BlobStore, unknown: str) -> None:
        """A hash that nothing is kept under, or that is no hash, is not found and never a path."""
        assert not blobs.has(unknown)
        with pytest.raises(NotFoundError):
            blobs.get(unknown)

    @pytest.mark.parametrize("damaged", [b"", b"invoic", b"invoicE", b"invoice\n"])
    def test_damage(self, blobs: BlobStore, damaged: bytes) -> None:
        """Bytes that changed behind the store's back are never handed out."""
        sha256 = blobs.put(b"invoice")
        self.damage(blobs, sha256, damaged)

        with pytest.raises(StoreCorruptError) as caught:
            blobs.get(sha256)
        assert sha256 == caught.value.where["sha256"]

    def test_healing(self, blobs: BlobStore) -> None:
        """Keeping the bytes again mends a damaged copy."""
        sha256 = blobs.put(b"invoice")
        self.damage(blobs, sha256, b"rubbish")
        blobs.put(b"invoice")

        assert blobs.get(sha256) == b"invoice"
