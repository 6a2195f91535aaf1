"""The papers of a packet: which belong to it, in which order, and which are missing."""

from collections.abc import Sequence

from factoring_core.domain.selling.reasons import Reason
from factoring_core.domain.vocabulary.load import Document, DocumentKind, Load
from factoring_core.domain.vocabulary.packet_rules import PACKET_ORDER

MISSING = {
    DocumentKind.INVOICE: Reason.MISSING_INVOICE_DOCUMENT,
    DocumentKind.POD: Reason.MISSING_POD,
    DocumentKind.RATE_CONFIRMATION: Reason.MISSING_RATE_CONFIRMATION,
}
"""The papers that every load needs, and the reason that each gives when it is missing."""

CALLED = {
    DocumentKind.INVOICE: "invoice",
    DocumentKind.POD: "proof of delivery",
    DocumentKind.RATE_CONFIRMATION: "rate confirmation",
    DocumentKind.LUMPER_RECEIPT: "lumper receipt",
    DocumentKind.SCALE_TICKET: "scale ticket",
}
"""What a person calls each kind of paper."""


def in_packet_order(load: Load, order: Sequence[DocumentKind] = PACKET_ORDER) -> tuple[Document, ...]:
    """Return the load's papers as a packet holds them; papers of one kind keep their order.

    A kind that *order* does not name stays behind.
    """
    taken = [document for document in load.documents if document.kind in order]
    return tuple(sorted(taken, key=lambda document: order.index(document.kind)))


def missing_papers(load: Load, *, invoice_is_drawn: bool = False) -> tuple[Reason, ...]:
    """Return a reason for each paper that the packet lacks.

    ``invoice_is_drawn``: an invoice document that the host does not supply is drawn.
    """
    lacking = [kind for kind in MISSING if load.document(kind) is None]
    return tuple(MISSING[kind] for kind in lacking if not (invoice_is_drawn and kind is DocumentKind.INVOICE))


def repeated_papers(load: Load) -> tuple[str, ...]:
    """Say of each file that is given as two kinds of paper which two these are.

    Hosts do scan two papers into one file, so it is worth a look and no more.
    """
    seen: dict[str, Document] = {}
    found = []
    for one in load.documents:
        first = seen.setdefault(one.sha256, one)
        if first.kind is not one.kind:
            found.append(f"{one.name} is given as {CALLED[first.kind]} and as {CALLED[one.kind]}")
    return tuple(found)
