"""A batch of invoices on its way to one factor, and the sale of each invoice in it."""

import datetime as dt
from enum import Enum

from attrs import frozen

from factoring_core.domain.selling.account import Account
from factoring_core.domain.vocabulary.load import Opening
from factoring_core.domain.vocabulary.parties import SettlementPolicy, Terms


class BatchState(Enum):
    """Where a batch stands."""

    DRAFT = "draft"
    SEALED = "sealed"
    SENDING = "sending"
    IN_DOUBT = "in_doubt"
    DELIVERED = "delivered"
    CANCELLED = "cancelled"


LIVE = frozenset({BatchState.SEALED, BatchState.SENDING, BatchState.IN_DOUBT, BatchState.DELIVERED})
"""States in which a batch holds its loads."""


class FileRole(Enum):
    """What a sealed file is for."""

    PACKET = "packet"
    MANIFEST = "manifest"
    ARCHIVE = "archive"
    """All the others in one; where there is one, it alone goes over the wire."""


@frozen(kw_only=True)
class SealedFile:
    """One file of a sealed batch; its bytes are in the blob store.  ``size`` in bytes.

    ``notes`` say what a packet holds otherwise than its papers did: scripts that were left
    out, pictures that were scaled down.
    """

    name: str
    role: FileRole
    size: int
    sha256: str
    load: str | None = None
    pages: int | None = None
    notes: tuple[str, ...] = ()


@frozen(kw_only=True)
class Delivery:
    """How it is known that a batch arrived.

    ``evidence``: ``verified`` (looked at after publishing), ``confirmed`` (a person said so),
    ``policy`` (invoiced on submit), ``settled`` (a person cleared a doubt).  ``proof``: of what
    was verified, what the least certain of its files rests on.
    """

    evidence: str
    at: dt.datetime
    by: str
    reason: str = ""
    proof: str = ""


@frozen(kw_only=True)
class Batch:
    """Invoices of one subsidiary sent together through one connection.

    ``amount`` in cents.  ``taken_out``: it may have arrived in a way of which no journal of ours
    tells: the files of a manual batch were handed to a person, an older backup was put back, or a
    sleeper published it after a person's word.  ``attempted``: bytes may have left us.  Both are
    cleared by settling it as not delivered; ``ever_left`` never is.  ``account``: where the last
    attempt was begun.
    """

    id: str
    number: int
    connection: str
    subsidiary: str
    provider: str
    profile_version: int
    state: BatchState
    sealed_at: dt.datetime
    sealed_on: dt.date
    loads: tuple[str, ...]
    amount: int
    currency: str
    files: tuple[SealedFile, ...] = ()
    content_root: str = ""
    not_before: dt.datetime | None = None
    taken_out: bool = False
    attempted: bool = False
    ever_left: bool = False
    delivery: Delivery | None = None
    published_at: dt.datetime | None = None
    schedule_number: str | None = None
    account: Account | None = None

    @property
    def live(self) -> bool:
        """Whether the batch holds its loads."""
        return self.state in LIVE

    @property
    def may_have_left(self) -> bool:
        """Whether a factor could know of it: its bytes may have left at some time."""
        return self.taken_out or self.attempted or self.ever_left or self.state is BatchState.DELIVERED


@frozen(kw_only=True)
class Frozen:
    """What was fixed when an invoice was sold; later settings never change it.  Cents.

    ``usual_delay_days``: after how many days without a word of it a sale is worth asking about.
    """

    settlement: SettlementPolicy = SettlementPolicy.STRICT
    tolerance: int = 0
    terms: Terms = Terms()
    profile_version: int = 1
    purchase_report: bool = True
    usual_delay_days: int = 3


@frozen(kw_only=True)
class Assignment:
    """One invoice sold once: in one batch, or by an opening import, of one connection.

    A copy of everything matching needs, as it was at sealing.  Amounts in cents.
    ``live``: neither ended by a return or resale nor part of a batch that is not live;
    projected by the fold so that the store can refuse a second live sale.
    ``takes_over``: the sale to another factor that this one ended, by a buy-out on ``sealed_on``.
    """

    id: str
    subsidiary: str
    connection: str
    load: str
    batch: str | None
    batch_number: int | None
    invoice_number: str
    canonical_number: str
    invoice_date: dt.date
    face: int
    currency: str
    customer: str
    customer_name: str
    customer_mc_number: str | None
    debtor_number: str | None
    po_number: str | None
    reference_number: str | None
    schedule_number: str | None
    sealed_on: dt.date
    frozen: Frozen = Frozen()
    opening: Opening | None = None
    import_id: str | None = None
    takes_over: str | None = None
    live: bool = True
