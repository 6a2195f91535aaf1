"""The one archive in which some factors want a batch: the same files always give the same bytes."""

import io
import zipfile
from collections.abc import Iterable, Sequence

from factoring_core.domain.selling.batch import FileRole, SealedFile

_WHEN = (1980, 1, 1, 0, 0, 0)
"""The earliest moment that the format knows: when a file was packed is no part of it."""

_PLAIN_FILE = 0o100644 << 16
_UNIX = 3


def pack(entries: Iterable[tuple[str, bytes]]) -> bytes:
    """Put named contents into one archive, in the given order.

    Nothing is compressed: packets are already, and how well a machine does it would decide the
    bytes.  Moment, system and rights of every entry are fixed for the same reason.
    """
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_STORED) as archive:
        for name, inside in entries:
            entry = zipfile.ZipInfo(name, _WHEN)
            entry.create_system = _UNIX
            entry.external_attr = _PLAIN_FILE
            archive.writestr(entry, inside)
    return content.getvalue()


def packed_order(files: Iterable[SealedFile]) -> tuple[SealedFile, ...]:
    """Return what goes into an archive: the packets by name, then the manifest."""
    inside = [file for file in files if file.role is not FileRole.ARCHIVE]
    return tuple(sorted(inside, key=lambda file: (file.role is FileRole.MANIFEST, file.name)))


def sending_order(files: Sequence[SealedFile]) -> tuple[SealedFile, ...]:
    """Return what goes over the wire: the archive alone, or else the packets and the manifest last."""
    archives = tuple(file for file in files if file.role is FileRole.ARCHIVE)
    return archives or tuple(sorted(files, key=lambda file: file.role is FileRole.MANIFEST))
