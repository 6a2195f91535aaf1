"""Pieces of HTML for notebooks and pages: tables and cards that need no script and no network.

Colours are of the Okabe-Ito palette, which colour-blind people can tell apart; text takes the
colour around it, so that a dark page stays readable.
"""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from html import escape
from typing import Any

from attrs import frozen

STYLE = """
.fc{font:14px/1.45 system-ui,sans-serif;color:inherit;max-width:72rem}
.fc h3{font-size:1.05em;margin:.2em 0 .4em}
.fc .note{opacity:.75;margin:.1em 0 .6em}
.fc table{border-collapse:collapse;font-size:.93em;margin:.3em 0 1em;font-variant-numeric:tabular-nums}
.fc th,.fc td{padding:.2em .55em;border-bottom:1px solid color-mix(in srgb,currentColor 18%,transparent);
text-align:left;vertical-align:top}
.fc thead th{border-bottom:2px solid color-mix(in srgb,currentColor 40%,transparent);font-weight:600}
.fc .n{text-align:right}.fc td.n{white-space:nowrap}
.fc .bar{display:flex;height:1.1em;margin:.3em 0 .2em;border-radius:3px;overflow:hidden;max-width:40rem}
.fc .bar span{display:block;min-width:2px}
.fc .key{display:inline-block;width:.75em;height:.75em;border-radius:2px;margin:0 .35em 0 .9em}
.fc .wrong{border-left:4px solid #D55E00;padding-left:.5em}
.fc .waiting{border-left:4px solid #56B4E9;padding-left:.5em}
.fc svg{max-width:100%;height:auto;overflow:visible}
.fc svg text{fill:currentColor}
.fc .scroll{overflow-x:auto}
"""

COLOURS = {
    "matched": "#009E73",
    "already_known": "#56B4E9",
    "non_factored": "#E69F00",
    "exceptions": "#D55E00",
    "information": "#999999",
}


@frozen
class Money:
    """An amount in cents, to be shown as people read it and aligned to the right."""

    cents: int | None

    def __str__(self) -> str:
        if self.cents is None:
            return ""
        units, rest = divmod(abs(self.cents), 100)
        return f"{'-' if self.cents < 0 else ''}{units:,}.{rest:02d}"


@frozen
class Number:
    """A number that is shown as it is, aligned to the right."""

    value: object

    def __str__(self) -> str:
        return f"{self.value:,}" if isinstance(self.value, Decimal) else str(self.value)


@frozen
class Marked:
    """A text with one of the classes ``wrong`` and ``waiting``."""

    text: str
    kind: str


def cell(value: Any) -> str:
    """Return one table cell; numbers stand to the right."""
    match value:
        case Marked():
            return f'<td><span class="{escape(value.kind)}">{escape(value.text)}</span></td>'
        case bool():
            return f"<td>{'yes' if value else 'no'}</td>"
        case Money() | Number() | int() | float():
            return f'<td class="n">{escape(str(value))}</td>'
        case None:
            return "<td></td>"
        case _:
            return f"<td>{escape(str(value))}</td>"


def table(head: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    """Return a table; a heading stands over its column as the column's cells do."""
    listed = [list(row) for row in rows]
    first = [next((one for one in column if one is not None), "") for column in zip(*listed, strict=True)]
    first = first or [""] * len(head)
    numeric = [isinstance(one, Money | Number | int | float) and not isinstance(one, bool) for one in first]
    heads = "".join(
        f'<th scope="col"{" class=n" if number else ""}>{escape(name)}</th>'
        for name, number in zip(head, numeric, strict=True)
    )
    body = "".join(f"<tr>{''.join(map(cell, row))}</tr>" for row in listed)
    return f'<div class="scroll"><table><thead><tr>{heads}</tr></thead><tbody>{body}</tbody></table></div>'


def bar(parts: Sequence[tuple[str, int]]) -> str:
    """Return a bar of parts of one whole, with its key; the numbers are beside the colours."""
    whole = sum(size for _, size in parts) or 1
    pieces = "".join(
        f'<span style="width:{100 * size / whole:.3f}%;background:{COLOURS.get(name, "#999999")}"></span>'
        for name, size in parts
        if size
    )
    keys = "".join(
        f'<span class="key" style="background:{COLOURS.get(name, "#999999")}"></span>'
        f"{escape(name.replace('_', ' '))} {size}"
        for name, size in parts
    )
    return f'<div class="bar" role="img" aria-label="rows by bucket">{pieces}</div><div>{keys}</div>'


def card(title: str, *parts: str, note: str = "") -> str:
    """Return a titled piece that carries its own style."""
    said = f'<p class="note">{escape(note)}</p>' if note else ""
    inner = "".join(parts)
    return f'<div class="fc"><style>{STYLE}</style><h3>{escape(title)}</h3>{said}{inner}</div>'
