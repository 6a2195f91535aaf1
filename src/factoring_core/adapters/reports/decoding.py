"""Which encoding and which delimiter a file of texts has; nothing is guessed that matters."""

import re
from collections.abc import Sequence
from typing import NoReturn

from factoring_core.adapters.reports.limits import refuse

KNOWN_DELIMITERS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "vertical bars"}
LINE_BREAK = re.compile(r"\r\n|\r|\n")
_BYTE_ORDER_MARKS = (b"\xff\xfe", b"\xfe\xff")


def encoding_of(content: bytes, name: str) -> tuple[str, int | None]:
    """Return the encoding, and the offset of the first byte that does not fit it."""
    if content.startswith(_BYTE_ORDER_MARKS):
        try:
            text = content.decode("utf-16")
        except UnicodeDecodeError as error:
            message = f"It begins as UTF-16, and byte {error.start} does not fit."
            refuse("encoding_damage", message, file=name, cause=error)
        if "\0" in text:
            at = text.index("\0")
            _refuse_nul(len(LINE_BREAK.findall(text[:at])) + 1, name)
        return "utf-16", None
    if b"\0" in content:
        at = content.index(b"\0")
        if content[:4096].count(0) > len(content[:4096]) // 3:
            message = f"It looks like UTF-16 without its byte order mark (byte {at})."
            refuse("encoding_damage", message, file=name)
        _refuse_nul(len(LINE_BREAK.findall(content[:at].decode("latin-1"))) + 1, name)
    try:
        content.decode("utf-8")
    except UnicodeDecodeError as error:
        return "utf-8-sig", error.start
    return "utf-8-sig", None


def _refuse_nul(line: int, name: str) -> NoReturn:
    refuse("control_character", "It holds the character NUL, which no text has.", file=name, line=line)


def delimiter_of(lines: Sequence[str]) -> str:
    """Return the delimiter of the first line that looks like a header; a comma if in doubt."""
    for line in lines:
        fitting = [one for one in KNOWN_DELIMITERS if _splits(line, one)]
        if "," in fitting:
            return ","
        if len(fitting) == 1:
            return fitting[0]
    return ","


def _splits(line: str, delimiter: str) -> bool:
    """Whether *line* falls into three headings or more: words without digits."""
    cells = [cell.strip(" \"'") for cell in line.split(delimiter)]
    headings = [cell for cell in cells if any(map(str.isalpha, cell)) and not any(map(str.isdigit, cell))]
    return len(headings) >= 3
