"""The papers of a packet: which belong to it, in which order, and which are missing."""

from factoring_core.domain.selling.reasons import Reason
from factoring_core.domain.vocabulary.load import Document, DocumentKind, Load

PACKET_ORDER = (DocumentKind.INVOICE, DocumentKind.POD, DocumentKind.RATE_CONFIRMATION)
"""What the debtor reads first comes first; the notice stands before all of them."""

MISSING = {
    DocumentKind.INVOICE: Reason.MISSING_INVOICE_DOCUMENT,
    DocumentKind.POD: Reason.MISSING_POD,
    DocumentKind.RATE_CONFIRMATION: Reason.MISSING_RATE_CONFIRMATION,
}
"""The reason that each missing paper gives."""

CALLED = {
    DocumentKind.INVOICE: "invoice",
    DocumentKind.POD: "proof of delivery",
    DocumentKind.RATE_CONFIRMATION: "rate confirmation",
}
"""What a person calls each kind of paper."""


def in_packet_order(load: Load) -> tuple[Document, ...]:
    """Return the load's papers as a packet holds them; papers of one kind keep their order."""
    return tuple(sorted(load.documents, key=lambda document: PACKET_ORDER.index(document.kind)))


def missing_papers(load: Load, *, invoice_is_drawn: bool = False) -> tuple[Reason, ...]:
    """Return a reason for each paper that the packet lacks.

    ``invoice_is_drawn``: an invoice document that the host does not supply is drawn.
    """
    lacking = [kind for kind in PACKET_ORDER if load.document(kind) is None]
    return tuple(MISSING[kind] for kind in lacking if not (invoice_is_drawn and kind is DocumentKind.INVOICE))
