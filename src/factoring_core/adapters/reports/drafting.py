"""A first draft of a layout for a file that no layout knows, from its headings and its cells."""

from collections.abc import Sequence

from attrs import evolve, field, frozen

from factoring_core.adapters.reports.cells import word_of
from factoring_core.adapters.reports.header import aliases_of, likely_header, normalised
from factoring_core.adapters.reports.opened import OpenedFile
from factoring_core.adapters.reports.rows import trimmed
from factoring_core.adapters.reports.sampling import Column, kind_of, sample, total_word
from factoring_core.adapters.reports.table import is_blank, shown
from factoring_core.adapters.reports.toml_text import entry_lines, field_lines, listed, quoted
from factoring_core.domain.vocabulary.profile import (
    CellKind,
    EntryRule,
    EvidenceType,
    LayoutField,
    Posting,
    ReportKind,
    ReportLayout,
)
from factoring_core.domain.vocabulary.readers import CellFault

NEW_PROVIDER = "my_provider"
_ROLES = {
    ReportKind.PURCHASE: (
        ("invoice_number", CellKind.NUMBER),
        ("purchase_date", CellKind.DATE),
        ("invoice_amount", CellKind.AMOUNT),
    ),
    ReportKind.PAYMENT: (
        ("invoice_number", CellKind.NUMBER),
        ("payment_date", CellKind.DATE),
        ("payment_amount", CellKind.AMOUNT),
    ),
}


@frozen(kw_only=True)
class Draft:
    """The text of a layout file, and where in a home it belongs."""

    file: str
    text: str


@frozen
class _Guess:
    """What a column may be: a field of the draft, and what a person should know about the guess."""

    field: LayoutField
    column: Column
    remark: str = ""


@frozen(kw_only=True)
class _Known:
    """What the layouts at hand know of the kind of report that the file seems to be."""

    kind: ReportKind
    nearest: ReportLayout | None
    fields: dict[str, LayoutField] = field(repr=False)


def draft_layout(opened: OpenedFile, layouts: Sequence[ReportLayout], *, provider: str | None) -> Draft:
    """Draft a layout for *opened*: every guess marked as one, nothing verified.

    The kind is that of the layout with most headings in common.  A heading that nobody knows is
    taken for a field that is needed where its column is the only one that can be it, and else
    becomes a field of its own, to rename or to delete.
    """
    table = max(opened.tables, key=lambda one: len(trimmed(one.head[likely_header(one.head)])))
    at = likely_header(table.head)
    columns = sample(table, at)
    known = _known(columns, layouts)
    guesses = _roles_filled(_named([_guess(one, known) for one in columns]), known.kind)
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


def _known(columns: Sequence[Column], layouts: Sequence[ReportLayout]) -> _Known:
    headings = {normalised(one.heading) for one in columns}

    def common(layout: ReportLayout) -> tuple[int, bool]:
        aliases = aliases_of(layout)
        found = {aliases[one] for one in headings if one in aliases}
        shared = len(found) + len(found & {one.name for one in layout.fields if one.required})
        # Where headings say nothing: most reports are of payments.
        return shared, layout.kind is ReportKind.PAYMENT

    nearest = max(layouts, key=common, default=None)
    kind = nearest.kind if nearest is not None else ReportKind.PAYMENT
    fields: dict[str, LayoutField] = {}
    for layout in layouts:
        for one in layout.fields if layout.kind is kind else ():
            for alias in one.aliases:
                fields.setdefault(normalised(alias), one)
    return _Known(kind=kind, nearest=nearest, fields=fields)


def _guess(column: Column, known: _Known) -> _Guess:
    found = known.fields.get(normalised(column.heading))
    seen = kind_of(column)
    brackets = any(shown(cell).startswith("(") for cell in column.cells)
    if found is not None:
        remark = "" if _agrees(found.kind, seen) else f"Its cells do not look like {found.kind.value}."
        return _Guess(
            LayoutField(name=found.name, aliases=(column.heading,), kind=found.kind, parentheses=brackets),
            column,
            remark,
        )
    name = "_".join(normalised_words(column.heading)) or "column"
    made = LayoutField(name=name, aliases=(column.heading,), kind=seen, parentheses=brackets)
    return _Guess(made, column, "Nothing known is called so.")


def normalised_words(heading: str) -> list[str]:
    """Return the words of a heading as the name of a field may have them."""
    plain = "".join(letter if letter.isalnum() else " " for letter in heading.casefold())
    return plain.split()


def _agrees(kind: CellKind, seen: CellKind) -> bool:
    return seen is kind or kind not in (CellKind.DATE, CellKind.AMOUNT) or seen is CellKind.WORD


def _named(guesses: Sequence[_Guess]) -> list[_Guess]:
    """Give every field a name of its own; of two columns for one field a person keeps one."""
    used: set[str] = set()
    named = []
    for one in guesses:
        name, guess = one.field.name, one
        if name in used:
            number = next(n for n in range(2, len(guesses) + 2) if f"{name}_{n}" not in used)
            guess = _Guess(
                evolve(one.field, name=f"{name}_{number}"),
                one.column,
                f"A second column for {name}; keep one.",
            )
        used.add(guess.field.name)
        named.append(guess)
    return named


def _roles_filled(guesses: list[_Guess], kind: ReportKind) -> list[_Guess]:
    """Give what every report needs to the only column that can be it, and require it."""
    for name, cells in _ROLES.get(kind, ()):
        if all(one.field.name != name for one in guesses):
            fitting = [one for one in guesses if one.remark.startswith("Nothing") and _may_be(one, cells)]
            if len(fitting) == 1:
                at = guesses.index(fitting[0])
                made = evolve(fitting[0].field, name=name, kind=cells)
                guesses[at] = _Guess(made, fitting[0].column, f"The only column that can be {name}.")
    needed = {name for name, _ in _ROLES.get(kind, ())}
    return [
        _Guess(evolve(one.field, required=one.field.name in needed), one.column, one.remark)
        for one in guesses
    ]


def _may_be(guess: _Guess, kind: CellKind) -> bool:
    if kind is not CellKind.NUMBER:
        return guess.field.kind is kind
    cells = [shown(cell) for cell in guess.column.cells]
    return (
        bool(cells)
        and guess.field.kind is CellKind.TEXT
        and all(any(map(str.isdigit, cell)) for cell in cells)
        and len(set(cells)) > len(cells) // 2
    )


def _words(guesses: Sequence[_Guess], name: str) -> list[str]:
    """Return the different words in the column of field *name*."""
    found: set[str] = set()
    for one in guesses:
        for cell in one.column.cells if one.field.name == name else ():
            try:
                found.add(word_of(shown(cell)))
            except CellFault:
                continue
    return sorted(found)[:50]


def _status_lines(guesses: Sequence[_Guess], nearest: ReportLayout | None) -> list[str]:
    words = _words(guesses, "status")
    known = nearest.statuses if nearest is not None else {}
    told = [f"{quoted(word)} = {quoted(known[word].value)}" for word in words if word in known]
    lines = [f"# What does the status {quoted(word)} mean?" for word in words if word not in known]
    if told:
        lines.append(f"statuses = {{ {', '.join(told)} }}")
        date = nearest.status_date if nearest is not None else None
        lines += [f"status_date = {quoted(date)}"] if date in {one.field.name for one in guesses} else []
    return lines


def _entries(guesses: Sequence[_Guess], known: _Known) -> list[str]:
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
    (_, _), (date, _), (amount, _) = _ROLES.get(kind, _ROLES[ReportKind.PAYMENT])
    type_ = EvidenceType.PURCHASE if kind is ReportKind.PURCHASE else EvidenceType.PAYMENT
    post = Posting(type=type_, amount=(amount,), date=date, primary=True)
    return EntryRule(words=("",), posts=tuple(_fitting(post, fields)))
