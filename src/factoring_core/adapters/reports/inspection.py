"""Explaining a file: which layouts fit it and why not, and a first draft of a layout for it."""

from collections.abc import Iterable, Mapping, Sequence

from attrs import frozen

from factoring_core.adapters.reports.header import aliases_of, normalised
from factoring_core.adapters.reports.opened import OpenedFile
from factoring_core.adapters.reports.table import shown
from factoring_core.domain.vocabulary.profile import LayoutField, ReportKind, ReportLayout


@frozen(kw_only=True)
class LayoutView:
    """How one layout sees a file: its fields with the headings found, and what stands in the way."""

    layout: str
    provider: str
    kind: str
    verified: bool
    fits: bool
    mapped: Mapping[str, str]
    missing: tuple[str, ...]
    doubled: tuple[str, ...]
    unmatched: tuple[str, ...]


@frozen(kw_only=True)
class Inspection:
    """What a file is, as far as its headings tell.

    ``layouts`` are sorted, the best first.  ``unmatched``: headings that no layout knows.
    ``draft``: the text of a layout file to complete, or None where a layout fits.
    """

    file: str
    file_type: str
    sheets: tuple[str, ...]
    header: tuple[str, ...]
    layouts: tuple[LayoutView, ...]
    unmatched: tuple[str, ...]
    draft: str | None


def inspect(opened: OpenedFile, layouts: Iterable[ReportLayout]) -> Inspection:
    """Say how each of *layouts* fits, and draft a layout where none does."""
    known = list(layouts)
    views = sorted(
        (_view(opened, layout) for layout in known), key=lambda one: (not one.fits, -len(one.mapped))
    )
    every = {heading for layout in known for heading in aliases_of(layout)}
    header = opened.header
    return Inspection(
        file=opened.name,
        file_type=opened.file_type,
        sheets=tuple(table.sheet for table in opened.tables if table.sheet is not None),
        header=header,
        layouts=tuple(views),
        unmatched=tuple(cell for cell in header if cell and normalised(cell) not in every),
        draft=None if any(view.fits for view in views) else draft_layout(header, known),
    )


def _view(opened: OpenedFile, layout: ReportLayout) -> LayoutView:
    table, found = opened.match(layout)
    headings = [shown(cell) for cell in table.head[found.index]] if table.head else []
    return LayoutView(
        layout=layout.id,
        provider=layout.provider,
        kind=layout.kind.value,
        verified=layout.verified,
        fits=found.fits,
        mapped={name: headings[at] for name, at in found.columns.items()},
        missing=found.missing,
        doubled=found.doubled,
        unmatched=found.unmapped,
    )


def draft_layout(header: Sequence[str], layouts: Sequence[ReportLayout]) -> str:
    """Draft the text of a layout file for *header*: every guess marked as one, nothing verified.

    The kind is that of the layout with most headings in common; a heading that nobody knows
    becomes a text field to rename or to delete.  The entries stay to be written.
    """
    kind = _likely_kind(header, layouts)
    known = _fields_by_heading([layout for layout in layouts if layout.kind is kind])
    lines = [
        "# A draft: every alias is a guess by its wording. Check it against the factor's own words,",
        "# delete what does not matter, and write down in [[entries]] what a row posts.",
        f'id = "my_provider/{kind.value}_report/v1"',
        'provider = "my_provider"',
        f'kind = "{kind.value}"',
        "version = 1",
        "verified = false",
        'known = "inferred"',
        'source = "Drafted from the headings of one file."',
    ]
    used: set[str] = set()
    for heading in header:
        if heading:
            lines += ["", *_drafted(heading, known.get(normalised(heading)), used)]
    return "\n".join([*lines, "", *_drafted_entries(kind, used)]) + "\n"


def _drafted(heading: str, guess: LayoutField | None, used: set[str]) -> list[str]:
    name = guess.name if guess is not None else "_".join(heading.casefold().split()) or "column"
    remark = [] if guess is not None else ["# Nothing known is called so."]
    if name in used:
        remark = [f"# A second column for {name}; keep one of them."]
    used.add(name)
    lines = [*remark, "[[fields]]", f"name = {_quoted(name)}", f"aliases = [{_quoted(heading)}]"]
    if guess is not None:
        lines.append(f'kind = "{guess.kind.value}"')
        lines += ["required = true"] if guess.required else []
        lines += ["parentheses = true"] if guess.parentheses else []
    return lines


def _drafted_entries(kind: ReportKind, used: set[str]) -> list[str]:
    posting = "purchase" if kind is ReportKind.PURCHASE else "payment"
    wanted = ("purchased_amount", "invoice_amount") if kind is ReportKind.PURCHASE else ("payment_amount",)
    amounts = [name for name in wanted if name in used]
    date, reference = f"{posting}_date", "schedule_number" if kind is ReportKind.PURCHASE else "check_number"
    lines = ["[[entries]]", 'words = [""]', "", "[[entries.posts]]", f'type = "{posting}"']
    lines.append(f"amount = [{', '.join(map(_quoted, amounts))}]")
    lines += [f'date = "{date}"'] if date in used else []
    lines += [f'reference = "{reference}"'] if reference in used else []
    return [*lines, "primary = true"]


def _likely_kind(header: Sequence[str], layouts: Sequence[ReportLayout]) -> ReportKind:
    def common(layout: ReportLayout) -> int:
        known = aliases_of(layout)
        required = {one.name for one in layout.fields if one.required}
        found = {known[normalised(cell)] for cell in header if normalised(cell) in known}
        return len(found) + len(found & required)

    best = max(layouts, key=common, default=None)
    return best.kind if best is not None else ReportKind.PAYMENT


def _fields_by_heading(layouts: Sequence[ReportLayout]) -> dict[str, LayoutField]:
    found: dict[str, LayoutField] = {}
    for layout in layouts:
        for one in layout.fields:
            for alias in one.aliases:
                found.setdefault(normalised(alias), one)
    return found


def _quoted(text: str) -> str:
    """Return *text* as a TOML string."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + "".join(c if c.isprintable() else f"\\u{ord(c):04x}" for c in escaped) + '"'
