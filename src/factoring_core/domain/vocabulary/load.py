"""A load, the invoice generated for it, and where both stand."""

import datetime as dt
from enum import Enum

from attrs import frozen

from factoring_core.domain.vocabulary.lifecycle import LoadStatus, Route
from factoring_core.domain.vocabulary.parties import InvoicingMethod


class DocumentKind(Enum):
    """The papers that make up a packet: the three that every load needs, and those of some."""

    INVOICE = "invoice"
    POD = "pod"
    RATE_CONFIRMATION = "rate_confirmation"
    LUMPER_RECEIPT = "lumper_receipt"
    SCALE_TICKET = "scale_ticket"


@frozen(kw_only=True)
class Document:
    """One paper of a load: its bytes are in the blob store under ``sha256``.  ``size`` in bytes."""

    kind: DocumentKind
    sha256: str
    name: str
    size: int


@frozen(kw_only=True)
class Invoice:
    """The receivable generated for a load: number, date, and face amount in cents."""

    number: str
    date: dt.date
    face: int
    currency: str = "USD"


class MethodRule(Enum):
    """Which rule decided how a load is invoiced."""

    LOAD_OVERRIDE = "load_override"
    CUSTOMER_OVERRIDE = "customer_override"
    SUBSIDIARY_DEFAULT = "subsidiary_default"


@frozen(kw_only=True)
class ResolvedMethod:
    """How a load is invoiced and the rule that decided it; frozen at queueing."""

    method: InvoicingMethod
    rule: MethodRule


@frozen(kw_only=True)
class Opening:
    """What had happened to an invoice before it was imported, as balances on a day.  Cents.

    ``settled``: the host says the debtor's debt is done with.
    """

    as_of: dt.date
    purchased: bool = False
    purchased_on: dt.date | None = None
    purchased_amount: int | None = None
    advanced: int | None = None
    reserve_held: int | None = None
    fees: int | None = None
    paid: int | None = None
    paid_on: dt.date | None = None
    settled: bool = False


@frozen(kw_only=True)
class Load:
    """One haulage job in the host TMS: facts only; where it stands is its `Standing`.

    Amounts are cents.  ``amount``, ``planned_invoice_number`` and ``planned_invoice_date``
    are what the host expects; ``invoice`` is what was issued.
    """

    subsidiary: str
    number: str
    customer: str
    amount: int | None = None
    currency: str = "USD"
    planned_invoice_number: str | None = None
    planned_invoice_date: dt.date | None = None
    po_number: str | None = None
    reference_number: str | None = None
    invoicing_method: InvoicingMethod | None = None
    delivered_on: dt.date | None = None
    truck_number: str | None = None
    origin_city: str | None = None
    origin_state: str | None = None
    destination_city: str | None = None
    destination_state: str | None = None
    parent_load: str | None = None
    supersedes: str | None = None
    documents: tuple[Document, ...] = ()
    invoice: Invoice | None = None
    method: ResolvedMethod | None = None
    sent_direct_on: dt.date | None = None
    direct_opening: Opening | None = None
    import_id: str | None = None
    """The last import that wrote the load."""

    def document(self, kind: DocumentKind) -> Document | None:
        """Return the document of *kind*, or None."""
        return next((document for document in self.documents if document.kind is kind), None)


@frozen(kw_only=True)
class Standing:
    """Where a load stands: projected from the fold, and written by nothing else.  Cents."""

    subsidiary: str
    load: str
    status: LoadStatus = LoadStatus.RELEASED
    route: Route = Route.FACTORING
    disposition: str | None = None
    batch: str | None = None
    paid: int = 0
    open: int = 0
    flags: tuple[str, ...] = ()
