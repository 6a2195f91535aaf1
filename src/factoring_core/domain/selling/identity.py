"""What a batch is: an identity that follows from its content, and names that follow from both."""

import hashlib
import json
import re
from collections import Counter
from collections.abc import Iterable
from typing import Any

from attrs import frozen

from factoring_core.domain.selling.batch import Assignment, FileRole, SealedFile
from factoring_core.domain.selling.templates import fields_of, fill
from factoring_core.errors import ConfigurationError

LONGEST_NAME = 100
"""Bytes that every server takes in a file name."""

_ODD = re.compile(r"[^A-Za-z0-9._-]")
_PLAIN_NAME = re.compile(r"(?![.-])[A-Za-z0-9._-]{1,100}").fullmatch
_DEVICE = re.compile(r"(?:con|prn|aux|nul|com[0-9]|lpt[0-9])(?:\..*)?", re.IGNORECASE).fullmatch


@frozen(kw_only=True)
class Line:
    """One invoice as far as a batch's identity knows it; ``amount`` in cents."""

    load: str
    invoice_number: str
    amount: int
    currency: str
    debtor: str


def line_of(sale: Assignment) -> Line:
    """Read an identity line back from a stored sale."""
    return Line(
        load=sale.load,
        invoice_number=sale.invoice_number,
        amount=sale.face,
        currency=sale.currency,
        debtor=sale.debtor_number or sale.customer,
    )


def canonical_json(value: Any) -> bytes:
    """Write *value* in the one way there is: sorted keys, UTF-8, no spaces, no fractions.

    Raises:
        TypeError: a fraction, or something that JSON does not know.
    """
    _refuse_fractions(value)
    text = json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return text.encode()


def _refuse_fractions(value: Any) -> None:
    if isinstance(value, float):
        raise TypeError("a canonical document holds no binary fractions")
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, (list, tuple)):
        for one in value:
            _refuse_fractions(one)


def content_root(
    *,
    tenant: str,
    subsidiary: str,
    connection: str,
    provider: str,
    profile_version: int,
    number: int,
    files: Iterable[SealedFile],
    lines: Iterable[Line],
) -> str:
    """Return the SHA-256 over everything a batch is; the order of files and lines does not matter.

    The manifest counts by its bytes only, because its name carries the identity.  An archive
    does not count: it holds nothing but the others, under their names.
    """
    document = {
        "version": 1,
        "tenant": tenant,
        "subsidiary": subsidiary,
        "connection": connection,
        "provider": provider,
        "profile_version": profile_version,
        "number": number,
        "files": sorted(
            [file.role.value, "" if file.role is FileRole.MANIFEST else file.name, file.size, file.sha256]
            for file in files
            if file.role is not FileRole.ARCHIVE
        ),
        "lines": sorted(
            [line.load, line.invoice_number, str(line.amount), line.currency, line.debtor] for line in lines
        ),
    }
    return hashlib.sha256(canonical_json(document)).hexdigest()


def batch_id(root: str) -> str:
    """Derive a batch's id from its content root: 128 bits, in hex."""
    return hashlib.sha256(f"factoring_core/batch/1\n{root}".encode()).hexdigest()[:32]


def packet_file_name(invoice_number: str, *, distinct: bool = False) -> str:
    """Return the name of an invoice's packet: ``<invoice number>.pdf`` wherever that is a plain name.

    Characters that not every server takes become ``_``, and a hash of the number follows, so
    that two numbers never share a name.  *distinct* asks for the hash in any case.  Names that
    Windows keeps for its devices are no plain names.
    """
    stem = _ODD.sub("_", invoice_number)
    if stem.startswith((".", "-")) or not stem or _DEVICE(stem):
        stem = f"_{stem}"
    if distinct or stem != invoice_number or len(stem) + 4 > LONGEST_NAME:
        stem = f"{stem[: LONGEST_NAME - 13]}-{_short(invoice_number)}"
    return f"{stem}.pdf"


def packet_file_names(invoice_numbers: Iterable[str]) -> dict[str, str]:
    """Return the packet name of each number, such that no two differ in case only."""
    names = {number: packet_file_name(number) for number in invoice_numbers}
    taken = Counter(name.casefold() for name in names.values())
    return {
        number: name if taken[name.casefold()] == 1 else packet_file_name(number, distinct=True)
        for number, name in names.items()
    }


def manifest_file_name(template: str, *, number: int, id_: str, date: str, time: str) -> str:
    """Fill a manifest name: ``batch_number, batch_id8, date, time``.

    Raises:
        ConfigurationError: the template cannot be filled, gives no plain ``.csv`` name, or gives
            every batch the same.
    """
    return _filled("manifest", ".csv", template, number=number, id_=id_, date=date, time=time)


def archive_file_name(template: str, *, number: int, id_: str, date: str, time: str) -> str:
    """Fill an archive's name as `manifest_file_name` does that of a manifest.

    Raises:
        ConfigurationError: the template cannot be filled or gives no plain ``.zip`` name.
    """
    return _filled("archive", ".zip", template, number=number, id_=id_, date=date, time=time)


def _filled(what: str, ending: str, template: str, *, number: int, id_: str, date: str, time: str) -> str:
    values: dict[str, str | int] = {
        "batch_number": number,
        "batch_id8": id_[:8],
        "date": date,
        "time": time,
    }
    name = fill(template, values, setting=f"name of the {what}")
    if not fields_of(template) & {"batch_number", "batch_id8"}:
        raise ConfigurationError(
            f"The name of the {what} does not tell batches apart: {template!r}.",
            remedy="Put {batch_number} or {batch_id8} into it.",
            where={"template": template},
        )
    if not _PLAIN_NAME(name) or not name.endswith(ending):
        raise ConfigurationError(
            f"The {what} cannot be called {name!r}.",
            remedy=f"Use letters, digits, dots, underscores and hyphens, and the ending {ending}.",
            where={"template": template},
        )
    return name


def temp_file_name(name: str, *, epoch: int, token: str) -> str:
    """Return a name that is nobody's but ours, under which *name* travels.

    ``.name.epoch.token.part``; the name inside is cut, and hashed, where it would be too long.
    """
    tail = f".{epoch:08x}.{token}.part"
    room = LONGEST_NAME - 1 - len(tail)
    inside = name if len(name) <= room else f"{name[: room - 9]}-{_short(name)}"
    return f".{inside}{tail}"


def _short(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:8]
