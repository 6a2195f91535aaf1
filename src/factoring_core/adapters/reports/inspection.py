"""Explaining a file: which layouts fit it and why not, and a first draft of a layout for it."""

from collections.abc import Iterable, Mapping

from attrs import frozen

from factoring_core.adapters.reports.drafting import draft_layout
from factoring_core.adapters.reports.header import aliases_of, normalised
from factoring_core.adapters.reports.opened import OpenedFile
from factoring_core.adapters.reports.table import shown
from factoring_core.domain.vocabulary.profile import ReportLayout


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

    ``layouts`` are sorted, the best first; ``best`` names those that fit best, one of which counts
    where the subsidiary has a connection for it.  ``unmatched``: headings that no layout knows.
    ``draft``: the text of a layout file to complete, or None where a layout fits or no column has a
    heading; ``draft_file``: where in a home it belongs.
    """

    file: str
    file_type: str
    sheets: tuple[str, ...]
    header: tuple[str, ...]
    layouts: tuple[LayoutView, ...]
    unmatched: tuple[str, ...]
    draft: str | None
    draft_file: str | None = None
    best: tuple[str, ...] = ()


def inspect(
    opened: OpenedFile, layouts: Iterable[ReportLayout], *, provider: str | None = None
) -> Inspection:
    """Say how each of *layouts* fits, and draft a layout (of *provider*) where none does."""
    known = list(layouts)
    views = sorted(
        (_view(opened, layout) for layout in known), key=lambda one: (not one.fits, -len(one.mapped))
    )
    every = {heading for layout in known for heading in aliases_of(layout)}
    header = opened.header
    wanted = any(header) and not any(view.fits for view in views)
    draft = draft_layout(opened, known, provider=provider) if wanted else None
    return Inspection(
        file=opened.name,
        file_type=opened.file_type,
        sheets=tuple(table.sheet for table in opened.tables if table.sheet is not None),
        header=header,
        layouts=tuple(views),
        unmatched=tuple(cell for cell in header if cell and normalised(cell) not in every),
        draft=draft.text if draft is not None else None,
        draft_file=draft.file if draft is not None else None,
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
