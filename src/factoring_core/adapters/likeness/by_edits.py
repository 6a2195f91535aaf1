"""Likeness by RapidFuzz: how much of both numbers stays when one is edited into the other."""

from rapidfuzz import fuzz


def by_edits(one: str, other: str) -> float:
    """Implement `ports.likeness.Likeness`."""
    return fuzz.ratio(one.casefold(), other.casefold()) / 100
