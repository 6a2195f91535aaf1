"""Single values of the settings: what a text has to look like, and what to write instead."""

import difflib
import ipaddress
import re
import string
import zoneinfo
from urllib.parse import urlsplit

from factoring_core.domain.vocabulary.money import is_currency
from factoring_core.domain.vocabulary.readers import CellFault, read_invoice_number

_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}").fullmatch
_CUSTOMER_ID = re.compile(r"[^/]{1,200}").fullmatch
_HOST_LABEL = re.compile(r"(?!-)[A-Za-z0-9_-]{1,63}(?<!-)").fullmatch
_HOST_KEY = re.compile(r"SHA256:[A-Za-z0-9+/]{43}").fullmatch
_REFERENCE = re.compile(
    r"env:[A-Za-z_][A-Za-z0-9_]*|file:[^\x00-\x1f]+|keyring:[^\x00-\x1f]+/[^/\x00-\x1f]+"
).fullmatch
_MARKER = re.compile(r"\.[A-Za-z0-9_.-]{1,20}").fullmatch
_FILE_REFERENCE = re.compile(r"file:[^\x00-\x1f]+").fullmatch
_ZONE = re.compile(r"[A-Za-z][A-Za-z0-9_+-]*(?:/[A-Za-z0-9_+-]+){0,3}").fullmatch
_NUMBER_SPEC = re.compile(r"0(?:[1-9]|1[0-9])d?").fullmatch

NUMBER_FIELDS = ("load_number", "subsidiary", "year", "seq")
"""What an invoice number format can hold."""


def wrong_id(text: str) -> str | None:
    """Refuse what cannot be part of ``SUBSIDIARY/NUMBER`` or of a file's name."""
    if _ID(text):
        return None
    return "is no id. Use up to 64 letters, digits, - _ and dots, a letter or digit first."


def wrong_customer_id(text: str) -> str | None:
    """Refuse a customer id with a slash or of more than 200 characters."""
    return None if _CUSTOMER_ID(text) else "is no id. Use up to 200 characters and no slash."


def wrong_time_zone(text: str) -> str | None:
    """Refuse what the time zone database does not know."""
    if _ZONE(text):
        try:
            zoneinfo.ZoneInfo(text)
        except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
            pass
        else:
            return None
    names = zoneinfo.available_timezones()
    close = difflib.get_close_matches(text, names, n=1, cutoff=0.6) if len(text) <= 64 else []
    return f"is no known time zone. Write {close[0] if close else 'a name such as America/Chicago'}."


def wrong_currency(text: str) -> str | None:
    """Refuse everything but three capital letters of a currency that counts in cents."""
    return (
        None
        if is_currency(text)
        else 'is no currency that counts in cents. Write three letters such as "USD".'
    )


def wrong_host(text: str) -> str | None:
    """Refuse everything but a bare host name or address: no scheme, user, port or path."""
    labels = text.removesuffix(".").split(".")
    if len(text) <= 253 and all(_HOST_LABEL(label) for label in labels):
        numeric = all(label.isdigit() for label in labels)
        if not numeric or _is_address(text):
            return None
    elif _is_address(text):
        return None
    return "is no host name. Write the bare name or address; user, port and folder have keys of their own."


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def wrong_host_key(text: str) -> str | None:
    """Refuse everything but a fingerprint as OpenSSH prints it."""
    if _HOST_KEY(text):
        return None
    return "is no host key. Write SHA256: and 43 characters, as `ssh-keygen -lf` prints it."


def wrong_marker(text: str) -> str | None:
    """Refuse everything but a dot and some letters."""
    return None if _MARKER(text) else "is no end of a file name. Write one such as .done."


def wrong_base_url(text: str) -> str | None:
    """Refuse everything but an https address without user name; http only to this machine."""
    try:
        parts = urlsplit(text)
        port_is_legal = parts.port is None or parts.port > 0
    except ValueError:
        return "is no address. Write one such as https://factor.example/api."
    if parts.username is not None or parts.password is not None:
        return "holds a user name or password. Use username and credential for them."
    local = parts.hostname in ("127.0.0.1", "::1", "localhost")
    secure = parts.scheme == "https" or (parts.scheme == "http" and local)
    if secure and parts.hostname and port_is_legal and wrong_host(parts.hostname) is None:
        return None
    return "is no https address. Write one such as https://factor.example/api."


def is_reference(text: str) -> bool:
    """Say whether *text* points to a secret instead of being one."""
    return _REFERENCE(text) is not None


def is_file_reference(text: str) -> bool:
    """Say whether *text* points to a file."""
    return _FILE_REFERENCE(text) is not None


def wrong_number_format(text: str) -> str | None:
    """Refuse a format with unknown fields, or one that gives two loads the same number."""
    choice = f"Use {', '.join('{' + name + '}' for name in NUMBER_FIELDS)}"
    try:
        parts = list(string.Formatter().parse(text))
    except ValueError:
        return f"has an unbalanced brace. {choice}."
    used = set()
    for _, name, spec, conversion in parts:
        if name is None:
            continue
        if name not in NUMBER_FIELDS:
            return f"has an unknown field. {choice}."
        if conversion or (spec and (name not in ("seq", "year") or not _NUMBER_SPEC(spec))):
            return (
                "asks for a form that a field cannot take. Only {seq} and {year} take one, such as {seq:04}."
            )
        used.add(name)
    if not used & {"load_number", "seq"}:
        return "would give every invoice the same number. Use {load_number} or {seq} in it."
    try:
        read_invoice_number(text.format(load_number="1", subsidiary="a", year=2026, seq=1))
    except CellFault as fault:
        return f"gives no invoice number: {fault.message} Change the letters around the fields."
    return None
