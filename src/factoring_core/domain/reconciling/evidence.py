"""Facts read from report rows: one for each money movement and one for each disposition."""

import datetime as dt
from typing import NamedTuple

from factoring_core.domain.vocabulary.profile import EvidenceType, Measure


class Attributes(NamedTuple):
    """The other cells of a row: they help to match, and never identify a fact."""

    invoice_amount: int | None = None
    load_number: str = ""
    po_number: str = ""
    customer: str = ""
    debtor_number: str = ""
    mc_number: str = ""
    schedule_number: str = ""
    batch_number: str = ""
    currency: str = ""
    closed: bool | None = None


NO_ATTRIBUTES = Attributes()


class Evidence(NamedTuple):
    """One fact of one row.

    A named tuple and not an attrs class: reports have up to a million rows, and this is the
    one value there is per row.  ``amount`` in cents, None for a disposition or a bare list.
    ``word`` is the disposition.  ``on`` and ``reference`` are the identity cells that the
    layout names for this type; ``reference_key`` is the form that is compared.  Of a disposition
    ``reference`` is the factor's own word, which is kept and never compared.  ``invoice_key``
    is the number as read, or ``po:``/``load:`` and text; empty for money without an invoice.
    """

    report: str
    row: int
    seq: int
    line: int
    type: EvidenceType
    invoice_key: str
    amount: int | None
    word: str
    on: dt.date | None
    reference: str
    reference_key: str
    measure: Measure
    posts: bool
    primary: bool
    account: bool
    attributes: Attributes

    @property
    def key(self) -> "EvidenceKey":
        """What makes this the same fact as another, within one connection."""
        return (self.type, self.invoice_key, self.amount, self.word, self.on, self.reference_key)


EvidenceKey = tuple[EvidenceType, str, int | None, str, dt.date | None, str]


def key_text(key: EvidenceKey) -> str:
    """Write a key down as one line, for decisions that remember what they judged."""
    kind, invoice_key, amount, word, on, reference = key
    parts = (
        kind,
        invoice_key,
        "" if amount is None else str(amount),
        word,
        on.isoformat() if on else "",
        reference,
    )
    return "|".join(part.replace("\\", "\\\\").replace("|", "\\|") for part in parts)
