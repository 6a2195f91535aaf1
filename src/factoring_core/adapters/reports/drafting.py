"""A first draft of a layout for a file that no layout knows, from its headings and its cells."""

from collections.abc import Sequence

from attrs import evolve, frozen

from factoring_core.adapters.reports.cells import word_of
from factoring_core.adapters.reports.guessing import (
    ROLES,
    Guess,
    Known,
    guess_of,
    known_of,
    named,
    roles_filled,
)
from factoring_core.adapters.reports.header import likely_header
from factoring_core.adapters.reports.opened import OpenedFile
from factoring_core.adapters.reports.rows import trimmed
from factoring_core.adapters.reports.sampling import sample, total_word
from factoring_core.adapters.reports.table import is_blank, shown
from factoring_core.adapters.reports.toml_text import entry_lines, field_lines, listed, quoted
from factoring_core.domain.vocabulary.profile import (
    EntryRule,
    EvidenceType,
    LayoutField,
    Posting,
    ReportKind,
    ReportLayout,
)
from factoring_core.domain.vocabulary.readers import CellFault

NEW_PROVIDER = "my_provider"


@frozen(kw_only=True)
class Draft:
    """The text of a layout file, and where in a home it belongs."""

    file: str
    text: str


def draft_layout(opened: OpenedFile, layouts: Sequence[ReportLayout], *, provider: str | None) -> Draft:
    """Draft a layout for *opened*: every guess marked as one, nothing verified.

    The kind is that of the layout with most headings in common.  A heading that nobody knows is
    taken for a field that is needed where its column is the only one that can be it, and else
    becomes a field of its own, to rename or to delete.
    """
    table = max(opened.tables, key=lambda one: len(trimmed(one.head[likely_header(one.head)])))
    at = likely_header(table.head)
    columns = sample(table, at)
    known = known_of(columns, layouts)
    guesses = roles_filled(named([guess_of(one, known) for one in columns]), known.kind)
    name = provider or NEW_PROVIDER
    versions = [one.version for one in layouts if one.provider == name and one.kind is known.kind]
    version = max(versions, default=0) + 1
    titles = sum(not all(map(is_blank, record)) for record in table.head[:at])
    total = total_word(table, at)
    lines = [
        "# A draft: every alias and every kind is a guess from one file. Check it against the factor's",
        "# own words, delete what does not matter, and read what [[entries]] says a row posts.",
        f"id = {quoted(f'{name}/{known.kind.value}_report/v{version}')}",
        f"provider = {quoted(name)}",
        f'kind = "{known.kind.value}"',
        f"version = {version}",
        "verified = false",
        *([f"title_lines = {titles}"] if titles else []),
        *([f"total_words = {listed([total])}"] if total else []),
        *_status_lines(guesses, known.nearest),
        'known = "inferred"',
        'source = "Drafted from one file."',
    ]
    for one in guesses:
        lines += ["", *([f"# {one.remark}"] if one.remark else []), *field_lines(one.field)]
    lines += _entries(guesses, known)
    file = f"layouts/{name}/{known.kind.value}_report.v{version}.toml"
    return Draft(file=file, text="\n".join(lines) + "\n")


def _words(guesses: Sequence[Guess], name: str) -> list[str]:
    """Return the different words in the column of field *name*."""
    found: set[str] = set()
    for one in guesses:
        for cell in one.column.cells if one.field.name == name else ():
            try:
                found.add(word_of(shown(cell)))
            except CellFault:
                continue
    return sorted(found)[:50]


def _status_lines(guesses: Sequence[Guess], nearest: ReportLayout | None) -> list[str]:
    words = _words(guesses, "status")
    known = nearest.statuses if nearest is not None else {}
    told = [f"{quoted(word)} = {quoted(known[word].value)}" for word in words if word in known]
    lines = [f"# What does the status {quoted(word)} mean?" for word in words if word not in known]
    if told:
        lines.append(f"statuses = {{ {', '.join(told)} }}")
        date = nearest.status_date if nearest is not None else None
        lines += [f"status_date = {quoted(date)}"] if date in {one.field.name for one in guesses} else []
    return lines


def _entries(guesses: Sequence[Guess], known: Known) -> list[str]:
    """Write what the nearest layout says of the words that stand in the type column, as far as it fits."""
    fields = {one.field.name: one.field for one in guesses}
    words = _words(guesses, "type")
    rules = known.nearest.entries if known.nearest is not None else ()
    told = {word for rule in rules for word in rule.words}
    lines = [f"\n# What does a row mean whose type is {quoted(word)}?" for word in words if word not in told]
    kept = []
    for rule in rules:
        mine = tuple(word for word in rule.words if word == "" or word in words)
        if mine:
            posts = tuple(post for one in rule.posts for post in _fitting(one, fields))
            kept.append(evolve(rule, words=mine, posts=posts))
    for rule in kept or [_plain_entry(known.kind, fields)]:
        lines += entry_lines(rule)
    return lines


def _fitting(post: Posting, fields: dict[str, LayoutField]) -> list[Posting]:
    """Return *post* as far as the file has its columns."""
    amounts = tuple(name for name in post.amount if name in fields)
    if not amounts and not post.primary:
        return []
    date = post.date if post.date in fields else None
    reference = post.reference if post.reference in fields else None
    return [evolve(post, amount=amounts, date=date, reference=reference)]


def _plain_entry(kind: ReportKind, fields: dict[str, LayoutField]) -> EntryRule:
    (_, _), (date, _), (amount, _) = ROLES.get(kind, ROLES[ReportKind.PAYMENT])
    type_ = EvidenceType.PURCHASE if kind is ReportKind.PURCHASE else EvidenceType.PAYMENT
    post = Posting(type=type_, amount=(amount,), date=date, primary=True)
    return EntryRule(words=("",), posts=tuple(_fitting(post, fields)))
