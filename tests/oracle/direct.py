"""What a customer owes the subsidiary itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from factoring_core.domain.reconciling.world import Book
from oracle.money import Money


@dataclass
class Debt:
    """A direct receivable, in cents."""

    paid: int
    open: int
    settled: bool


def direct_debt(
    book: Book, load: Any, money: Money | None, charged_back: Any, stated: int, face: int
) -> Debt:
    """Work out what is still owed: of the face, or of what the factor had not collected."""
    owed = money.shortage if money is not None else face
    paid = stated
    opening = load.direct_opening
    if opening is not None and charged_back is None:
        if opening.paid is not None:
            paid += opening.paid
        elif opening.settled:
            paid += owed
    open_ = owed - paid
    subjects = [f"load:{load.number}"]
    if charged_back is not None:
        subjects.append(f"assignment:{charged_back.id}")
    for subject in subjects:
        accepted = [
            one for one in book.decisions if one.subject == subject and one.resolution.value == "write_off"
        ]
        if any((one.amount or 0) >= open_ > 0 for one in accepted):
            return Debt(paid, 0, True)
    return Debt(paid, open_, open_ <= book.subsidiary.tolerance)
