"""One table of all connections of the product: what works, on what evidence, and what to confirm."""

from __future__ import annotations

from factoring_core.domain.vocabulary.profile import Known, ProviderProfile
from factoring_core.providers.load import all_profiles
from pages.markdown import table

_UNSURE = (Known.INFERRED, Known.PUBLIC_CODE)
_WORKS = {
    "file_transfer": "Batches over SFTP, FTPS, FTP or a folder; reports applied or fetched as files",
    "manual": "Batches as files for a person to hand over; reports by file",
}
_SHOWN = {
    "file_transfer": "A batch over a real server on loopback to Completed, by layouts that `inspect` drafted",
    "manual": "A batch handed over by hand to Completed, by the templates",
}


def connections() -> str:
    """Write the table, one row for each provider that is shipped."""
    rows = [_row(all_profiles()[id_]) for id_ in sorted(all_profiles())]
    return "\n".join(
        [
            """# What works with whom

No factor has seen any of this yet: no row is verified, and no result says otherwise. Each row was
carried from submission to Completed by a test against servers of our own on loopback; what that
rests on, and what you have to confirm with the factor before the first batch, stands beside it.
Every single statement with its source is on [the page of the providers](providers.md).
""",
            table(["Connection", "What works", "Shown by", "Rests on", "Confirm with the factor"], rows),
        ]
    )


def _row(profile: ProviderProfile) -> tuple[str, str, str, str, str]:
    public = profile.manifest is not None
    if profile.mode == "api" and public:
        works = "Invoices one by one with packets, statuses and credit by asking; payments by file"
        shown = "A batch over HTTP on loopback to Completed, killed at any question"
    elif profile.mode == "api":
        works = "All but the way in, which a host with the partner documents writes; reports by template"
        shown = "A way in of a host's own, over HTTP on loopback, to Completed"
    else:
        works, shown = _WORKS[profile.mode], _SHOWN[profile.mode]
    if profile.credit_check and public:
        works += "; credit checks"
    return (f"{profile.name} (`{profile.id}`)", works, shown, _ground(profile), _confirm(profile))


def _ground(profile: ProviderProfile) -> str:
    counts = {known: sum(fact.known is known for fact in profile.facts) for known in Known}
    facts = ", ".join(f"{count} {known.value}" for known, count in counts.items() if count)
    parts = [f"statements: {facts}"]
    if profile.manifest is not None:
        grounds = sorted({column.known.value for column in profile.manifest.columns})
        parts.append(f"columns of the list: {', '.join(grounds)}")
    return "; ".join(parts)


def _confirm(profile: ProviderProfile) -> str:
    parts = []
    if profile.manifest is not None and not profile.manifest.verified and profile.mode != "manual":
        parts.append("the columns of the list")
    for layout in profile.layouts:
        if not layout.verified:
            parts.append(f"the headings of the {layout.kind.value} report")
    parts += [fact.about for fact in profile.facts if fact.known in _UNSURE]
    return ", ".join(dict.fromkeys(parts)) or "nothing beyond your account"
