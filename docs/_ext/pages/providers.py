"""The provider profiles: how to talk to each factor, and how that is known."""

from __future__ import annotations

from collections.abc import Mapping

from factoring_core.domain.vocabulary.profile import ProviderProfile, ReportLayout
from factoring_core.providers.load import all_profiles, templates
from pages.markdown import code, table


def providers() -> str:
    """List the profiles: how to talk to each factor's systems, and how that is known."""
    parts = [
        """# Providers

How to talk to each factor's systems, and on what ground each statement stands: `documented` by the
factor or its software's maker, read in `public-code`, `inferred` from the trade's habits, or our
`own` choice. A layout that is not verified has not met a real file yet; every result that was read
with it says so. Where columns are not public, each alias is a candidate, and [a layout can be
completed without code](../../how-to/add-a-provider.md).
"""
    ]
    profiles = all_profiles()
    for id_ in sorted(profiles):
        parts += _provider(profiles[id_])
    parts.append("## Templates\n")
    parts.append("For Capital Depot, and for every factor without a layout of its own.\n")
    for layout in templates():
        parts += _layout(layout)
    return "\n".join(parts)


def _provider(profile: ProviderProfile) -> list[str]:
    limits = {
        "Mode": profile.mode.replace("_", " "),
        "Packaging": profile.packaging.value,
        "Most rows in a batch": profile.max_rows,
        "Least minutes between batches": profile.min_gap_minutes,
        "Sending again": profile.resend.value.replace("_", " "),
        "Issues purchase reports": profile.purchase_report,
        "Renaming works on its server": profile.rename_works,
        "Leaves temporary names alone": profile.temps_private,
        "Its folder may be looked into": profile.readable,
        "Verified": profile.verified,
        "Preflight": _severities(profile.preflight),
    }
    rows = [(name, value) for name, value in limits.items() if value not in (None, "")]
    parts = [f"## {profile.name} (`{profile.id}`)\n", table(["Setting", "Value"], rows)]
    if profile.facts:
        facts = [(one.about, one.says, f"`{one.known.value}`", one.source) for one in profile.facts]
        parts.append(table(["About", "What is known", "Ground", "Source"], facts))
    if profile.manifest is not None:
        columns = [
            (one.header, f"`{one.source}`", one.required, f"`{one.known.value}`")
            for one in profile.manifest.columns
        ]
        parts += [
            f"### List of a batch: `{profile.manifest.id}`\n",
            table(["Heading", "Value", "Required", "Ground"], columns),
        ]
    for layout in sorted(profile.layouts, key=lambda one: one.id):
        parts += _layout(layout)
    return parts


def _severities(found: Mapping[str, object]) -> str:
    return ", ".join(f"{name}: {getattr(value, 'value', value)}" for name, value in sorted(found.items()))


def _layout(layout: ReportLayout) -> list[str]:
    rows = [
        (
            f"`{one.name}`",
            one.kind.value.replace("_", " "),
            one.required,
            "; ".join(one.aliases),
            f"`{one.known.value}`",
        )
        for one in layout.fields
    ]
    words = [
        (
            ", ".join(word or "(blank)" for word in entry.words),
            code(posting.type.value for posting in entry.posts if posting.posts)
            or (entry.disposition and f"says `{entry.disposition.value}`")
            or "kept, posts nothing",
        )
        for entry in layout.entries
    ]
    verified = "verified" if layout.verified else "not verified"
    head = f"{layout.kind.value.capitalize()} report, {verified}; file types {', '.join(layout.file_types)}."
    parts = [
        f"### `{layout.id}`\n",
        f"{head}\n",
        table(["Field", "Read as", "Required", "Headings", "Ground"], rows),
        table(["Type of row", "Posts"], words),
    ]
    if layout.statuses:
        told = [(word, f"`{meaning.value}`") for word, meaning in layout.statuses.items()]
        parts.append(table(["Status word", "Means"], told))
    return parts
