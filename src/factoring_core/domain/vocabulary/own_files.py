"""Layouts of the files that are this project's own: loads, worklists, buy-outs."""

from collections.abc import Collection, Mapping

from factoring_core.domain.vocabulary.profile import CellKind, Known, LayoutField, ReportKind, ReportLayout

Columns = Mapping[str, tuple[CellKind, tuple[str, ...]]]
"""By the name of the field: what its cells are, and its headings."""


def own_layout(id_: str, columns: Columns, *, required: Collection[str], source: str) -> ReportLayout:
    """Return the layout of one of our own files: its columns in any order, and no facts.

    Args:
        id_: What it is called in messages.
        columns: Its fields.
        required: The fields without which it is no such file.
        source: Where the headings come from.
    """
    return ReportLayout(
        id=id_,
        provider="host",
        kind=ReportKind.STATEMENT,
        version=1,
        verified=True,
        entries=(),
        fields=tuple(
            LayoutField(
                name=name,
                aliases=headings,
                kind=kind,
                required=name in required,
                known=Known.OWN,
                source=source,
            )
            for name, (kind, headings) in columns.items()
        ),
    )
