"""OTR Solutions: invoices one by one, then their packets; statuses and credit by asking.

What is known of this system is listed, each fact with its source, in the provider's profile.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from attrs import frozen

from factoring_core.adapters.remote.api.otr_words import identity_of, said_in, says_yes, status_of, typed
from factoring_core.adapters.remote.api.partner import PartnerApi, Pass
from factoring_core.adapters.remote.api.words import verdict_of
from factoring_core.adapters.remote.line import Login, quoted
from factoring_core.domain.selling.credit import CreditResult, CreditVerdict
from factoring_core.domain.selling.offering import Memory
from factoring_core.ports.factor_api import Answer, Debtor, Declined, Offer, StatusSeen, Taken
from factoring_core.ports.secrets import Secret

PACKET = "1"
"""The code of a proof of delivery: what a packet is to a system that has no word for one."""

_REFUSALS = {
    400: ("invalid_request", "it calls the invoice invalid and does not say why"),
    402: ("credit_declined", "it does not approve the customer, or does not know its MC number"),
    413: ("too_large", "it finds the request too large"),
}
_STATUSES_AT_ONCE = 50
_TOKEN = re.compile(r"[!-~]+").fullmatch


@frozen(kw_only=True)
class OtrLogin:
    """Who asks: the user of the portal, and the key of the subscription."""

    username: str
    password: Secret
    subscription_key: Secret

    def mark(self, salt: str) -> str:
        """Return by what this can be recognised again."""
        both = Login(username=self.username, password=self.password, private_key=self.subscription_key)
        return both.mark(salt)


class OtrApi(PartnerApi[OtrLogin]):
    """One subsidiary's way into the factor's system, as far as public code tells."""

    memory = Memory.FOREVER
    name = "otr"

    def log_in(self, login: OtrLogin) -> Pass:
        """Get a token for user, password and key."""
        key = login.subscription_key
        reply = self.exchange.tell(
            "/auth/token",
            headers={"Ocp-Apim-Subscription-Key": key.reveal()},
            form={"username": login.username, "password": login.password.reveal()},
            changes=False,
        )
        if reply.status in (400, 401, 403):
            raise self.rejected("it does not take user, password or subscription key")
        body = reply.body if isinstance(reply.body, dict) else {}
        token, lasts = body.get("access_token"), body.get("expires_in")
        if reply.status != 200 or not isinstance(token, str) or not _TOKEN(token):
            raise self.unusable(reply)
        headers = {"Authorization": Secret(f"Bearer {token}"), "Ocp-Apim-Subscription-Key": key}
        return Pass(headers=headers, seconds=float(lasts) if isinstance(lasts, int | float) else 0.0)

    def offer(self, offer: Offer) -> Answer:
        """Offer one invoice; one that is there already is answered with its id."""
        reply = self.tell("/invoices", body=typed(offer.cells))
        found = reply.body if isinstance(reply.body, dict) else {}
        id_ = identity_of(found)
        if reply.status == 409 or says_yes(found, "isduplicate", "invoiceexists"):
            return self._known_there(offer, found, id_)
        if reply.status in _REFUSALS:
            code, why = _REFUSALS[reply.status]
            return Declined(code=code, message=said_in(found) or why)
        if reply.status == 204:
            return Declined(code="not_created", message="it created nothing; it does not know the customer")
        if reply.status in (200, 201) and id_ is not None:
            return Taken(external_id=id_)
        if 400 <= reply.status < 500:
            return Declined(code="refused", message=said_in(found) or f"it answered {reply.status}")
        raise self.exchange.unknown(f"it answered {reply.status} without an invoice")

    def attach(self, external_id: str, name: str, content: bytes) -> None:
        """Give the packet; a second one of the same name only repeats the first."""
        reply = self.tell(
            "/file-upload",
            form={
                "ItemPkey": external_id,
                "InvoiceDocTypes": PACKET,
                "SendEmail": "false",
                "DocumentType": "invoice-file-upload",
            },
            files={"file": (name, content, "application/pdf")},
            extra={"X-Invoice-Doc-Type": PACKET},
            changes=False,
        )
        if reply.status not in (200, 201, 204):
            code, why = _REFUSALS.get(reply.status, ("refused", f"it answered {reply.status}"))
            raise self.exchange.refused(code, f"{name}: {why}")
        if reply.text.lstrip().startswith("<"):  # a page to log in at comes with status 200, too
            raise self.unusable(reply)

    def statuses(self, external_ids: Sequence[str]) -> Sequence[StatusSeen]:
        """Ask for the status of invoices, some at a time."""
        seen: list[StatusSeen] = []
        for start in range(0, len(external_ids), _STATUSES_AT_ONCE):
            asked = external_ids[start : start + _STATUSES_AT_ONCE]
            reply = self.ask("/invoices", {"invoicePkeys": ",".join(asked)})
            rows = reply.body if isinstance(reply.body, list) else [reply.body]
            if reply.status == 204:
                continue
            if reply.status != 200 or not all(isinstance(row, dict) for row in rows):
                raise self.unusable(reply)
            seen += [one for row in rows if (one := status_of(row, asked)) is not None]
        return seen

    def check_credit(self, debtor: Debtor) -> CreditResult:
        """Ask by MC number; without one there is nothing to ask by."""
        verdict = CreditVerdict.UNKNOWN
        if debtor.mc_number:
            reply = self.ask(f"/broker-check/{debtor.mc_number}", {})
            if reply.status not in (200, 402, 404) or reply.text.lstrip().startswith("<"):
                raise self.unusable(reply)
            verdict = verdict_of(reply.text) if reply.status == 200 else CreditVerdict.UNKNOWN
        return self.credit(verdict)

    def _known_there(self, offer: Offer, found: Mapping[str, Any], id_: str | None) -> Answer:
        """Answer for an invoice that is there: ours, unless another has its number or its PO."""
        if id_ is None:
            return Declined(code="duplicate", message=said_in(found) or "it has such an invoice already")
        number = str(found.get("invoiceNo", found.get("InvoiceNo", offer.invoice_number)))
        if number.strip() != offer.invoice_number:
            said = f"it has the PO number already, on invoice {quoted(number)}"
            return Declined(code="duplicate", message=said)
        return Taken(external_id=id_, already=True)
