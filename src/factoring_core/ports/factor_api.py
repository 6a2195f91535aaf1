"""A factor's system that is spoken to, invoice by invoice, instead of being sent files."""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Protocol

from attrs import frozen

from factoring_core.domain.selling.credit import CreditResult
from factoring_core.domain.selling.offering import Memory, Sight


@frozen(kw_only=True)
class Offer:
    """One invoice offered for sale, from sealed bytes.

    ``reference`` is ours and never changes for this invoice in this batch.  ``cells`` are the
    cells of the sealed list, by header.
    """

    reference: str
    invoice_number: str
    cells: Mapping[str, str]


@frozen(kw_only=True)
class Taken:
    """The factor's system holds the invoice.

    ``already``: it did before it was asked this time.
    """

    external_id: str
    schedule_number: str | None = None
    already: bool = False


@frozen(kw_only=True)
class Declined:
    """The factor's system will not take the invoice, and says why; nothing was created."""

    code: str
    message: str


Answer = Taken | Declined


@frozen(kw_only=True)
class StatusSeen:
    """What the factor's system says of one invoice it holds.

    ``status``: code or word, as it came.  ``changed_on``: the day it came to stand so, where that is
    told.  ``amount``: what the system holds for its face, in cents.  ``schedule_number``: the
    factor's number for what it was bought in, once there is one.  ``raw``: the answer itself.
    """

    external_id: str
    invoice_number: str
    status: str
    changed_on: dt.date | None = None
    amount: int | None = None
    schedule_number: str | None = None
    raw: str = ""


@frozen(kw_only=True)
class Debtor:
    """Whose credit is asked about."""

    name: str
    mc_number: str | None = None
    debtor_number: str | None = None


class FactorApi(Protocol):
    """One subsidiary's way into one factor's system.

    Every method may raise `CredentialError` (not let in; never tried again by itself),
    `UnreachableError` (nothing happened) and `RemoteRefusedError` (it said no to all of it,
    or ``rate_limited``: come back later).  ``offer`` and ``attach`` may also raise
    `DeliveryInDoubtError`: it happened or it did not.
    """

    memory: Memory
    """Whether offering an invoice again is safe."""

    def offer(self, offer: Offer) -> Answer:
        """Offer one invoice for sale."""
        ...

    def attach(self, external_id: str, name: str, content: bytes) -> None:
        """Give the packet of an invoice that was taken; giving it again does no harm.

        Raises:
            RemoteRefusedError: besides the above, not retryable: it will not take this packet, ever.
        """
        ...

    def find(self, offer: Offer) -> Taken | Sight:
        """Look for an invoice by our reference, without offering it; return it where it is there."""
        ...

    def statuses(self, external_ids: Sequence[str]) -> Sequence[StatusSeen]:
        """Return what is said of these invoices now; unknown ids are left out."""
        ...

    def check_credit(self, debtor: Debtor) -> CreditResult:
        """Ask for a debtor's credit; an answer that means neither yes nor no is unknown."""
        ...

    def greet(self) -> None:
        """Log in and see that the system answers; nothing is offered."""
        ...

    def credential_mark(self, salt: str) -> str:
        """Return by what the credential can be recognised, and not guessed."""
        ...

    def close(self) -> None:
        """Take leave; never fails."""
        ...
