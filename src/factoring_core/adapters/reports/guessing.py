"""What the columns of an unknown file may be: fields that other layouts know, or the only ones left."""

from collections.abc import Sequence

from attrs import evolve, field, frozen

from factoring_core.adapters.reports.header import aliases_of, normalised
from factoring_core.adapters.reports.sampling import Column, kind_of
from factoring_core.adapters.reports.table import shown
from factoring_core.domain.vocabulary.profile import CellKind, LayoutField, ReportKind, ReportLayout

ROLES = {
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


@frozen
class Guess:
    """What a column may be: a field of the draft, and what a person should know about the guess."""

    field: LayoutField
    column: Column
    remark: str = ""


@frozen(kw_only=True)
class Known:
    """What the layouts at hand know of the kind of report that the file seems to be."""

    kind: ReportKind
    nearest: ReportLayout | None
    fields: dict[str, LayoutField] = field(repr=False)


def known_of(columns: Sequence[Column], layouts: Sequence[ReportLayout]) -> Known:
    """Gather what *layouts* of the likely kind of report know."""
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
    return Known(kind=kind, nearest=nearest, fields=fields)


def guess_of(column: Column, known: Known) -> Guess:
    """Take a column for the field that its heading means, or for a new one of the kind of its cells."""
    found = known.fields.get(normalised(column.heading))
    seen = kind_of(column)
    brackets = any(shown(cell).startswith("(") for cell in column.cells)
    if found is not None:
        remark = "" if _agrees(found.kind, seen) else f"Its cells do not look like {found.kind.value}."
        return Guess(
            LayoutField(name=found.name, aliases=(column.heading,), kind=found.kind, parentheses=brackets),
            column,
            remark,
        )
    name = "_".join(_words_of(column.heading)) or "column"
    made = LayoutField(name=name, aliases=(column.heading,), kind=seen, parentheses=brackets)
    return Guess(made, column, "Nothing known is called so.")


def _words_of(heading: str) -> list[str]:
    """Return the words of a heading as the name of a field may have them."""
    plain = "".join(letter if letter.isalnum() else " " for letter in heading.casefold())
    return plain.split()


def _agrees(kind: CellKind, seen: CellKind) -> bool:
    return seen is kind or kind not in (CellKind.DATE, CellKind.AMOUNT) or seen is CellKind.WORD


def named(guesses: Sequence[Guess]) -> list[Guess]:
    """Give every field a name of its own; of two columns for one field a person keeps one."""
    used: set[str] = set()
    named = []
    for one in guesses:
        name, guess = one.field.name, one
        if name in used:
            number = next(n for n in range(2, len(guesses) + 2) if f"{name}_{n}" not in used)
            guess = Guess(
                evolve(one.field, name=f"{name}_{number}"),
                one.column,
                f"A second column for {name}; keep one.",
            )
        used.add(guess.field.name)
        named.append(guess)
    return named


def roles_filled(guesses: list[Guess], kind: ReportKind) -> list[Guess]:
    """Give what every report needs to the only column that can be it, and require it."""
    for name, cells in ROLES.get(kind, ()):
        if all(one.field.name != name for one in guesses):
            fitting = [one for one in guesses if one.remark.startswith("Nothing") and _may_be(one, cells)]
            if len(fitting) == 1:
                at = guesses.index(fitting[0])
                made = evolve(fitting[0].field, name=name, kind=cells)
                guesses[at] = Guess(made, fitting[0].column, f"The only column that can be {name}.")
    needed = {name for name, _ in ROLES.get(kind, ())}
    return [
        Guess(evolve(one.field, required=one.field.name in needed), one.column, one.remark) for one in guesses
    ]


def _may_be(guess: Guess, kind: CellKind) -> bool:
    if kind is not CellKind.NUMBER:
        return guess.field.kind is kind
    cells = [shown(cell) for cell in guess.column.cells]
    return (
        bool(cells)
        and guess.field.kind is CellKind.TEXT
        and all(any(map(str.isdigit, cell)) for cell in cells)
        and len(set(cells)) > len(cells) // 2
    )
