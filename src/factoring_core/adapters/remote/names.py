"""Which file names may be used on a factor's server."""

import re

from factoring_core.errors import RemoteRefusedError

_ALLOWED = re.compile(r"(?!-)[A-Za-z0-9._-]{1,100}", re.ASCII)


def checked(name: str) -> str:
    """Return *name* when every server understands it alike: one plain name of at most 100 bytes.

    Letters, digits, dot, underscore and hyphen; no hyphen first, and neither ``.`` nor
    ``..``: so no name leads out of the folder or reads as an option.

    Raises:
        RemoteRefusedError: code ``illegal_name``; nothing was sent.
    """
    if not _ALLOWED.fullmatch(name) or name in {".", ".."}:
        raise RemoteRefusedError(
            "A file name may have at most 100 letters, digits, dots, underscores and hyphens, "
            "and no hyphen first.",
            code="illegal_name",
            remedy="Change the number or the settings that this file name is made of.",
            where={"file": name[:120]},
        )
    return name


def foreign(name: str) -> str:
    """Return *name* when it is one plain name, whoever made it and however odd it is.

    Raises:
        RemoteRefusedError: code ``illegal_name``; nothing was sent.
    """
    if not name.isprintable() or set(name) & set("/\\") or name.startswith("-") or name in {"", ".", ".."}:
        raise RemoteRefusedError(
            "This is no plain file name.", code="illegal_name", where={"file": name[:120]}
        )
    return name
