"""What has to hold within one provider's data; checked whenever it is loaded."""

from collections.abc import Iterator

from factoring_core.adapters.reports.header import normalised
from factoring_core.domain.selling.documents import CALLED, MISSING
from factoring_core.domain.selling.identity import archive_file_name, manifest_file_name
from factoring_core.domain.selling.manifest import SOURCES
from factoring_core.domain.selling.reasons import NEVER_BELOW_BLOCK, REASONS
from factoring_core.domain.vocabulary.packet_rules import PacketRules
from factoring_core.domain.vocabulary.parties import Severity
from factoring_core.domain.vocabulary.profile import (
    CellKind,
    EvidenceType,
    Measure,
    Posting,
    ProviderProfile,
    ReportKind,
    ReportLayout,
)
from factoring_core.errors import ConfigurationError

MIN_DPI = 72
"""Below this a signature on a scan is no evidence of anything."""
MODES = ("file_transfer", "manual", "api")


def check_profile(profile: ProviderProfile) -> None:
    """Refuse a profile that contradicts itself.

    Raises:
        ConfigurationError: every contradiction, each naming the layout and the field.
    """
    wrong = [*_profile_faults(profile), *_posting_faults(profile)]
    for layout in profile.layouts:
        if layout.provider != profile.id:
            wrong.append(f"{layout.id} belongs to {layout.provider}")
        wrong += layout_faults(layout)
    _raise(profile.id, wrong)


def check_layout(layout: ReportLayout) -> None:
    """Refuse a layout that contradicts itself."""
    _raise(layout.id, list(layout_faults(layout)))


def _raise(name: str, wrong: list[str]) -> None:
    if wrong:
        raise ConfigurationError(f"{name}: {'; '.join(wrong)}.", where={"provider": name})


def _profile_faults(profile: ProviderProfile) -> Iterator[str]:
    if profile.mode not in MODES:
        yield f"mode is one of {', '.join(MODES)}"
    yield from _packet_faults(profile.packet)
    yield from _list_faults(profile)
    yield from _status_faults(profile)
    ids = [layout.id for layout in profile.layouts]
    for one in sorted({one for one in ids if ids.count(one) > 1}):
        yield f"two layouts are called {one}"
    for reason, severity in profile.preflight.items():
        if reason not in REASONS:
            yield f"preflight has no reason {reason}"
        elif reason in NEVER_BELOW_BLOCK and severity is not Severity.BLOCK:
            yield f"preflight always blocks on {reason}"


def _list_faults(profile: ProviderProfile) -> Iterator[str]:
    """Fill the names of files once, and look where the columns of the list come from."""
    names = {archive_file_name: profile.archive_name}
    if profile.manifest is not None:
        names[manifest_file_name] = profile.manifest.file_name
        for column in profile.manifest.columns:
            if column.source not in SOURCES:
                known = ", ".join(sorted(SOURCES))
                yield f"{column.header} comes from {column.source}, which is none of {known}"
    for name, template in names.items():
        try:
            name(template, number=1, id_="0" * 32, date="20260102", time="030405")
        except ConfigurationError as error:
            yield error.message.rstrip(".")


def _status_faults(profile: ProviderProfile) -> Iterator[str]:
    for one in profile.statuses:
        for text in filter(None, (one.word, one.code, *one.also)):
            if profile.status(text) is not one:
                yield f"two status words say {text!r}"


def _packet_faults(rules: PacketRules) -> Iterator[str]:
    for kind in MISSING:
        if kind not in rules.order:
            yield f"every packet needs its {CALLED[kind]}"
    if len(set(rules.order)) < len(rules.order):
        yield "the order of a packet names each kind once"
    if rules.max_bytes < 1 or rules.max_pages < 1 or (rules.downsample_dpi or MIN_DPI) < MIN_DPI:
        yield f"the limits of a packet are more than nothing, and pictures keep {MIN_DPI} dots per inch"


def _posting_faults(profile: ProviderProfile) -> Iterator[str]:
    """A type of money posts from one kind of report; what names no invoice is counted apart."""
    kinds: dict[tuple[EvidenceType, bool], set[ReportKind]] = {}
    for layout in profile.layouts:
        for entry in layout.entries:
            for post in entry.posts:
                if post.posts and post.measure is not Measure.INFORMATION:
                    for one in filter(None, (post.type, post.negative)):
                        kinds.setdefault((one, entry.account), set()).add(layout.kind)
    for (one, _), found in kinds.items():
        if len(found) > 1:
            yield f"{one.value} posts from more than one kind of report"


def layout_faults(layout: ReportLayout) -> Iterator[str]:
    """Yield everything in which *layout* contradicts itself."""
    names = [one.name for one in layout.fields]
    for name in sorted({name for name in names if names.count(name) > 1}):
        yield f"{layout.id} has two fields called {name}"
    yield from _alias_faults(layout)
    words = [word for entry in layout.entries for word in entry.words]
    for word in sorted({word for word in words if words.count(word) > 1}):
        yield f"{layout.id} has two entries for the word {word!r}"
    for word in (*words, *layout.statuses, *layout.total_words):
        if word != " ".join(word.lower().split()):
            yield f"{layout.id}: words are lower case with single spaces, unlike {word!r}"
    if layout.total_count is not None and layout.field(layout.total_count) is None:
        yield f"{layout.id} counts its rows under {layout.total_count}, which is no field of it"
    if layout.total_required and not layout.total_words:
        yield f"{layout.id} always has a row of totals, and no words by which it is known"
    if layout.status_date is not None:
        yield from _column_faults(layout, layout.status_date, CellKind.DATE)
    for entry in layout.entries:
        if entry.disposition_date is not None:
            yield from _column_faults(layout, entry.disposition_date, CellKind.DATE)
        for post in entry.posts:
            yield from _post_faults(layout, post)


def _alias_faults(layout: ReportLayout) -> Iterator[str]:
    owners: dict[str, str] = {}
    for one in layout.fields:
        if not one.aliases:
            yield f"{layout.id}: {one.name} has no aliases"
        for alias in one.aliases:
            owner = owners.setdefault(normalised(alias), one.name)
            if owner != one.name:
                yield f"{layout.id}: the heading {alias!r} belongs to both {owner} and {one.name}"


def _post_faults(layout: ReportLayout, post: Posting) -> Iterator[str]:
    for name in post.amount:
        yield from _column_faults(layout, name, CellKind.AMOUNT)
    if post.date is not None:
        yield from _column_faults(layout, post.date, CellKind.DATE)
    if post.reference is not None:
        yield from _column_faults(layout, post.reference, CellKind.TEXT)


def _column_faults(layout: ReportLayout, name: str, kind: CellKind) -> Iterator[str]:
    found = layout.field(name)
    if found is None:
        yield f"{layout.id} posts from {name}, which is no field of it"
    elif found.kind is not kind:
        yield f"{layout.id}: {name} is not of kind {kind.value}"
