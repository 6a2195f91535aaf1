"""How a provider wants its packets: which papers in which order, how large, and with what left out."""

from enum import Enum

from attrs import frozen

from factoring_core.domain.vocabulary.load import DocumentKind

MIB = 1024 * 1024

PACKET_ORDER = (
    DocumentKind.INVOICE,
    DocumentKind.POD,
    DocumentKind.RATE_CONFIRMATION,
    DocumentKind.LUMPER_RECEIPT,
    DocumentKind.SCALE_TICKET,
)
"""What the debtor reads first comes first, and what only some loads have comes last."""


class ActiveContent(Enum):
    """What becomes of scripts, actions and attached files that a paper brings along."""

    STRIP = "strip"
    """They are left out, which is noted with the batch."""
    REFUSE = "refuse"
    """The paper is refused."""


@frozen(kw_only=True)
class PacketRules:
    """What a packet may be; sizes in bytes.

    ``order``: the kinds that go into a packet, in their order; a kind that is not named stays
    behind.  ``downsample_dpi``: to how many dots per inch the pictures of a packet that is too
    large may be scaled down, which is noted with the batch; None never.
    """

    order: tuple[DocumentKind, ...] = PACKET_ORDER
    max_bytes: int = 50 * MIB
    max_pages: int = 2000
    downsample_dpi: int | None = None
    active_content: ActiveContent = ActiveContent.STRIP
