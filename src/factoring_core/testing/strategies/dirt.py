"""How bad reports may be: from a factor on its best days to what nobody should ever send."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from enum import Enum

from hypothesis import strategies as st

from factoring_core.domain.reconciling.evidence import Evidence
from factoring_core.domain.vocabulary.canonical import canonical_reference


class Dirt(Enum):
    """How bad the reports of a world are.

    ``NONE``: each fact once, complete and right.  ``USUAL``: repeated, overlapping, with blanks,
    typing errors and contradictions, as reports are.  ``HOSTILE``: with texts, days and amounts
    besides that no factor should ever send.
    """

    NONE = "none"
    USUAL = "usual"
    HOSTILE = "hostile"


HOSTILE_TEXTS = (
    "\u202e1001",
    "\uff11\uff10\uff10\uff11",
    "10\u200b01",
    "l001",
    "O1001",
    "1001|payment|\\",
    "'; DROP TABLE loads; --",
    "=1+1",
    "\uff21cme" * 60,
    "\U0001f69a",
    " ",
)
"""Texts that look like others, mean something to somebody, or are longer than anybody thought."""

HOSTILE_AMOUNTS = (0, 1, 99_99, 100_01, 10**11, -1)
HOSTILE_DAYS = (dt.date(1, 1, 1), dt.date(1999, 12, 31), dt.date(9999, 12, 31))


@st.composite
def spoiling(draw: st.DrawFn) -> Callable[[Evidence], Evidence]:
    """Return a way to spoil one cell of a row, as no factor ever should."""
    which = draw(st.sampled_from(["number", "reference", "amount", "day", "customer", "currency", "word"]))
    text = draw(st.sampled_from(HOSTILE_TEXTS))
    amount, on = draw(st.sampled_from(HOSTILE_AMOUNTS)), draw(st.sampled_from(HOSTILE_DAYS))

    def spoil(one: Evidence) -> Evidence:
        if which == "number":
            return one._replace(invoice_key=text)
        if which == "reference":
            return one._replace(reference=text, reference_key=canonical_reference(text))
        if which == "amount" and one.amount is not None:
            return one._replace(amount=amount)
        if which == "day":
            return one._replace(on=on)
        if which == "customer":
            return one._replace(attributes=one.attributes._replace(customer=text, debtor_number=text))
        if which == "currency":
            return one._replace(attributes=one.attributes._replace(currency="XXX"))
        return one

    return spoil
