"""What a factor's system says of invoices, as the columns of a report: so that one road takes both in.

Such a report has a layout like any other, made of the words that the profile knows.  A purchase in
it is a date without an amount; what was paid for it, a purchase report tells.
"""

import datetime as dt
from collections.abc import Sequence

from attrs import frozen

from factoring_core.domain.reconciling.columns import ReportColumns
from factoring_core.domain.vocabulary.profile import (
    CellKind,
    EntryRule,
    EvidenceType,
    Known,
    LayoutField,
    Posting,
    ProviderProfile,
    ReportKind,
    ReportLayout,
    folded,
)

UNSAID = "no status"
"""In place of a blank status, which must not read as a row of a purchase report would."""


@frozen(kw_only=True)
class SaidOf:
    """What the system says of one invoice; ``on``: since when."""

    invoice_number: str
    batch_number: int
    status: str
    on: dt.date
    schedule_number: str | None = None


def feed_id(provider: str) -> str:
    """Name the layout of a provider's status answers."""
    return f"{provider}/statuses/v1"


def status_layout(profile: ProviderProfile) -> ReportLayout:
    """Return the layout by which the answers of a provider's system are read.

    Only words that the profile maps to a disposition say anything; one of them buys.
    """
    words = {
        folded(text): one.disposition
        for one in profile.statuses
        if one.disposition is not None
        for text in (one.word, one.code, *one.also)
        if text
    }
    bought = Posting(
        type=EvidenceType.PURCHASE, amount=(), date="status_date", reference="schedule_number", primary=True
    )
    kinds = {
        "invoice_number": CellKind.NUMBER,
        "status": CellKind.WORD,
        "status_date": CellKind.DATE,
        "schedule_number": CellKind.TEXT,
        "batch_number": CellKind.TEXT,
    }
    return ReportLayout(
        id=feed_id(profile.id),
        provider=profile.id,
        kind=ReportKind.PURCHASE,
        version=1,
        fields=tuple(
            LayoutField(name=name, aliases=(), kind=kind, known=Known.OWN) for name, kind in kinds.items()
        ),
        entries=(EntryRule(words=("",), posts=(bought,)),),
        statuses=words,
        status_date="status_date",
        bare_list=True,
        verified=profile.verified,
    )


def status_columns(profile: ProviderProfile, said: Sequence[SaidOf]) -> ReportColumns:
    """Lay out what was said, a row an invoice, in the order given."""
    rows = range(2, len(said) + 2)
    return ReportColumns(
        layout=status_layout(profile),
        rows=rows,
        lines=rows,
        columns={
            "invoice_number": [one.invoice_number for one in said],
            "status": [folded(one.status) or UNSAID for one in said],
            "status_date": [one.on for one in said],
            "schedule_number": [one.schedule_number or "" for one in said],
            "batch_number": [str(one.batch_number) for one in said],
        },
    )
