"""A factor's system without a network: takes invoices as the real ones do, and breaks as planned."""

import datetime as dt
from collections import Counter
from collections.abc import Callable, Sequence
from enum import Enum
from typing import TypeVar

from attrs import define, field

from factoring_core.domain.selling.credit import CreditResult, CreditVerdict
from factoring_core.domain.selling.offering import Memory, Sight
from factoring_core.domain.vocabulary.money import cents_of
from factoring_core.errors import DeliveryInDoubtError, RemoteRefusedError, UnreachableError
from factoring_core.ports.factor_api import Answer, Debtor, Declined, Offer, StatusSeen, Taken

T = TypeVar("T")


class KilledError(BaseException):
    """The worker's process ends here; nothing of it runs any more."""


class ApiFault(Enum):
    """What can happen to one question."""

    UNREACHABLE = "unreachable"
    LOST_REQUEST = "lost_request"
    LOST_REPLY = "lost_reply"
    BUSY = "busy"
    KILLED_BEFORE = "killed_before"
    KILLED_AFTER = "killed_after"


@define
class SimulatedSystem:
    """What the factor holds; shared by all who ask.

    ``looks``: whether it can be asked for an invoice by our reference.  ``declines``: by invoice
    number, why it will not take one.  ``plan``: given what is asked and how many questions came
    before, what happens to it.
    """

    memory: Memory = Memory.FOREVER
    looks: bool = False
    declines: dict[str, Declined] = field(factory=dict)
    plan: Callable[[str, int], ApiFault | None] = lambda question, before: None
    credit: CreditVerdict = CreditVerdict.APPROVED
    limit: int | None = None
    """Up to how much it takes of a customer, in cents; None for no word of it."""
    debtors: list[Debtor] = field(factory=list)
    """Who it was asked about, as they were described to it."""
    schedule: str | None = None
    usual: str = "1"
    says: dict[str, tuple[str, dt.date | None]] = field(factory=dict)
    """By invoice number: its word for it, and since when; ``usual`` of the others."""
    schedules: dict[str, str] = field(factory=dict)
    """By invoice number: schedule numbers that were born after the invoice was taken."""
    refuses_papers: bool = False
    retry_after: int = 0
    """Seconds that it asks for when it is busy."""
    held: dict[str, Offer] = field(factory=dict)
    papers: dict[str, list[str]] = field(factory=dict)
    created: Counter[str] = field(factory=Counter)
    """How often each invoice number was taken: what must never exceed one."""
    asked: list[str] = field(factory=list)


@define
class SimulatedApi:
    """One client of a `SimulatedSystem`."""

    system: SimulatedSystem

    @property
    def memory(self) -> Memory:
        """What the system promises."""
        return self.system.memory

    def offer(self, offer: Offer) -> Answer:
        """Take an invoice, or answer with the one it has."""
        return self._carry("offer", lambda: self._take(offer))

    def attach(self, external_id: str, name: str, content: bytes) -> None:
        """Keep a packet."""

        def keep() -> None:
            if self.system.refuses_papers:
                raise RemoteRefusedError("The file is too large.", code="too_large")
            self.system.papers.setdefault(external_id, []).append(name)

        self._carry("attach", keep)

    def find(self, offer: Offer) -> Taken | Sight:
        """Look an invoice up by our reference, where the system can."""

        def look() -> Taken | Sight:
            if not self.system.looks:
                return Sight.UNTOLD
            for id_, held in self.system.held.items():
                if held.reference == offer.reference:
                    return Taken(external_id=id_, schedule_number=self.system.schedule, already=True)
            return Sight.ABSENT

        return self._carry("find", look)

    def statuses(self, external_ids: Sequence[str]) -> Sequence[StatusSeen]:
        """Say of each invoice what the system is set to."""

        def tell() -> list[StatusSeen]:
            return [self._said(id_, held) for id_, held in self.system.held.items() if id_ in external_ids]

        return self._carry("statuses", tell)

    def _said(self, id_: str, held: Offer) -> StatusSeen:
        system = self.system
        status, on = system.says.get(held.invoice_number, (system.usual, None))
        return StatusSeen(
            external_id=id_,
            invoice_number=held.invoice_number,
            status=status,
            changed_on=on,
            amount=cents_of(held.cells["InvoiceAmount"]) if "InvoiceAmount" in held.cells else None,
            schedule_number=system.schedules.get(held.invoice_number),
        )

    def check_credit(self, debtor: Debtor) -> CreditResult:
        """Answer what the system is set to."""
        system, at = self.system, dt.datetime(2026, 3, 2, tzinfo=dt.UTC)
        system.debtors.append(debtor)
        return CreditResult(verdict=system.credit, at=at, source="simulated", limit=system.limit)

    def greet(self) -> None:
        """Let everybody in."""
        self._carry("greet", lambda: None)

    def credential_mark(self, salt: str) -> str:
        """Let everybody in."""
        return ""

    def close(self) -> None:
        """Nothing is open."""

    def _take(self, offer: Offer) -> Answer:
        system = self.system
        if offer.invoice_number in system.declines:
            return system.declines[offer.invoice_number]
        if system.memory is Memory.FOREVER:
            for id_, held in system.held.items():
                if held.invoice_number == offer.invoice_number:
                    return Taken(external_id=id_, schedule_number=system.schedule, already=True)
        id_ = str(len(system.held) + 1)
        system.held[id_] = offer
        system.created[offer.invoice_number] += 1
        return Taken(external_id=id_, schedule_number=system.schedule)

    def _carry(self, question: str, effect: Callable[[], T]) -> T:
        fault = self.system.plan(question, len(self.system.asked))
        self.system.asked.append(question)
        if fault is ApiFault.UNREACHABLE:
            raise UnreachableError("The factor's system cannot be reached.")
        if fault is ApiFault.BUSY:
            where = {"retry_after": self.system.retry_after}
            raise RemoteRefusedError("Come back later.", code="rate_limited", retryable=True, where=where)
        if fault is ApiFault.KILLED_BEFORE:
            raise KilledError
        if fault is ApiFault.LOST_REQUEST:
            raise self._lost(question)
        found = effect()
        if fault is ApiFault.KILLED_AFTER:
            raise KilledError
        if fault is ApiFault.LOST_REPLY:
            raise self._lost(question)
        return found

    def _lost(self, question: str) -> Exception:
        if question == "offer":
            return DeliveryInDoubtError("The line broke.")
        return UnreachableError("The line broke.")
