"""What factors write about a customer's credit, read as one of three answers."""

import re

from factoring_core.domain.selling.credit import CreditVerdict

TABLE = (
    ("NOT APPROVED", CreditVerdict.DECLINED),
    ("DECLINED", CreditVerdict.DECLINED),
    ("DENIED", CreditVerdict.DECLINED),
    ("CALL OFFICE", CreditVerdict.UNKNOWN),
    ("APPROVED", CreditVerdict.APPROVED),
)
"""Looked for as whole words and in this order, because one answer holds the words of another."""


def verdict_of(text: str) -> CreditVerdict:
    """Return what a free text says; what none of the words is in says nothing."""
    said = " ".join(text.upper().split())
    for word, verdict in TABLE:
        if re.search(rf"\b{word}\b", said):
            return verdict
    return CreditVerdict.UNKNOWN
