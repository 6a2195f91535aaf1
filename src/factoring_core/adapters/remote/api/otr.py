"""OTR Solutions: invoices one by one, then their packets; statuses and credit by asking.

What is known of this system is listed, each fact with its source, in the provider's profile.
"""

import datetime as dt
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from attrs import frozen

from factoring_core.adapters.remote.api.exchange import Exchange, Reply
from factoring_core.adapters.remote.api.otr_words import identity_of, said_in, says_yes, status_of, typed
from factoring_core.adapters.remote.api.words import verdict_of
from factoring_core.adapters.remote.line import Login, login_refused, quoted
from factoring_core.domain.selling.credit import CreditResult, CreditVerdict
from factoring_core.domain.selling.offering import Memory, Sight
from factoring_core.errors import CredentialError, UnreachableError
from factoring_core.ports.factor_api import Answer, Debtor, Declined, Offer, StatusSeen, Taken
from factoring_core.ports.secrets import Secret

PACKET = "1"
"""The code of a proof of delivery: what a packet is to a system that has no word for one."""

_REFUSALS = {
    400: ("invalid_request", "it calls the invoice invalid and does not say why"),
    402: ("credit_declined", "it does not approve the customer, or does not know its MC number"),
    413: ("too_large", "it finds the request too large"),
}
_EARLY = 60.0
"""Seconds before its end from which a token is not used any more."""
_STATUSES_AT_ONCE = 50


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


class OtrApi:
    """One subsidiary's way into the factor's system.

    Args:
        exchange: Where to ask.
        login: Resolves the secrets at the moment of use.
        now: The time, for credit answers.
        elapsed: Seconds that only go forward, for the life of a token.
    """

    memory = Memory.FOREVER

    def __init__(
        self,
        exchange: Exchange,
        login: Callable[[], OtrLogin],
        *,
        now: Callable[[], dt.datetime],
        elapsed: Callable[[], float] = time.monotonic,
    ) -> None:
        self._exchange = exchange
        self._login = login
        self._now = now
        self._elapsed = elapsed
        self._token: Secret | None = None
        self._key: Secret | None = None
        self._good_until = 0.0
        self._turned_down: CredentialError | None = None

    def greet(self) -> None:
        """Log in."""
        self._headers()

    def credential_mark(self, salt: str) -> str:
        """Return by what user, password and key can be recognised."""
        return self._login().mark(salt)

    def close(self) -> None:
        """Take leave."""
        self._exchange.close()

    def offer(self, offer: Offer) -> Answer:
        """Offer one invoice; one that is there already is answered with its id."""
        reply = self._told("/invoices", body=typed(offer.cells))
        found = reply.body if isinstance(reply.body, dict) else {}
        id_ = identity_of(found)
        if reply.status == 409 or says_yes(found, "isDuplicate", "invoiceExists"):
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
        raise self._exchange.unknown(f"it answered {reply.status} without an invoice")

    def attach(self, external_id: str, name: str, content: bytes) -> None:
        """Give the packet; a second one of the same name only repeats the first."""
        reply = self._told(
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
            raise self._exchange.refused(code, f"{name}: {why}")

    def find(self, offer: Offer) -> Taken | Sight:
        """Say that it cannot be told: this system is asked by its own ids only."""
        return Sight.UNTOLD

    def statuses(self, external_ids: Sequence[str]) -> Sequence[StatusSeen]:
        """Ask for the status of invoices, some at a time."""
        seen: list[StatusSeen] = []
        for start in range(0, len(external_ids), _STATUSES_AT_ONCE):
            asked = external_ids[start : start + _STATUSES_AT_ONCE]
            reply = self._asked("/invoices", {"invoicePkeys": ",".join(asked)})
            rows = reply.body if isinstance(reply.body, list) else [reply.body]
            if reply.status == 204:
                continue
            if reply.status != 200 or not all(isinstance(row, dict) for row in rows):
                raise self._unusable(reply)
            seen += [one for row in rows if (one := status_of(row, asked)) is not None]
        return seen

    def check_credit(self, debtor: Debtor) -> CreditResult:
        """Ask by MC number; without one there is nothing to ask by."""
        verdict = CreditVerdict.UNKNOWN
        if debtor.mc_number:
            reply = self._asked(f"/broker-check/{debtor.mc_number}", {})
            if reply.status not in (200, 402, 404) or reply.text.lstrip().startswith("<"):
                raise self._unusable(reply)
            verdict = verdict_of(reply.text) if reply.status == 200 else CreditVerdict.UNKNOWN
        return CreditResult(verdict=verdict, at=self._now(), source="otr")

    def _known_there(self, offer: Offer, found: Mapping[str, Any], id_: str | None) -> Answer:
        """Answer for an invoice that is there: ours, unless another has its number or its PO."""
        if id_ is None:
            return Declined(code="duplicate", message=said_in(found) or "it has such an invoice already")
        number = str(found.get("invoiceNo", found.get("InvoiceNo", offer.invoice_number)))
        if number.strip() != offer.invoice_number:
            said = f"it has the PO number already, on invoice {quoted(number)}"
            return Declined(code="duplicate", message=said)
        return Taken(external_id=id_, already=True)

    def _told(
        self,
        path: str,
        *,
        body: object = None,
        form: Mapping[str, str] | None = None,
        files: Mapping[str, tuple[str, bytes, str]] | None = None,
        extra: Mapping[str, str] | None = None,
        changes: bool = True,
    ) -> Reply:
        def once() -> Reply:
            headers = {**self._headers(), **(extra or {})}
            return self._exchange.tell(
                path, headers=headers, body=body, form=form, files=files, changes=changes
            )

        return self._let_in(once)

    def _asked(self, path: str, params: Mapping[str, str]) -> Reply:
        return self._let_in(lambda: self._exchange.ask(path, headers=self._headers(), params=params))

    def _let_in(self, once: Callable[[], Reply]) -> Reply:
        """Ask; where the token is not taken any more, get another one and ask once more."""
        reply = once()
        if reply.status == 401:
            self._token = None
            reply = once()
        if reply.status in (401, 403):
            raise self._exchange.refused("not_permitted_there", "it does not take the token it gave")
        return reply

    def _headers(self) -> dict[str, str]:
        if self._token is None or self._elapsed() >= self._good_until:
            self._log_in()
        assert self._token is not None
        assert self._key is not None
        return {
            "Authorization": f"Bearer {self._token.reveal()}",
            "Ocp-Apim-Subscription-Key": self._key.reveal(),
        }

    def _log_in(self) -> None:
        """Get a token; credentials that were turned down once are not tried again."""
        if self._turned_down is not None:
            raise self._turned_down
        login = self._login()
        began = self._elapsed()
        reply = self._exchange.tell(
            "/auth/token",
            headers={"Ocp-Apim-Subscription-Key": login.subscription_key.reveal()},
            form={"username": login.username, "password": login.password.reveal()},
            changes=False,
        )
        if reply.status in (400, 401, 403):
            raise self._rejected("it does not take user, password or subscription key")
        body = reply.body if isinstance(reply.body, dict) else {}
        token, lasts = body.get("access_token"), body.get("expires_in")
        if (
            reply.status != 200
            or not isinstance(token, str)
            or not token.isascii()
            or not token.isprintable()
        ):
            raise self._unusable(reply)
        self._token, self._key = Secret(token), login.subscription_key
        self._good_until = began + max(float(lasts) - _EARLY, 0) if isinstance(lasts, int | float) else began

    def _rejected(self, why: str) -> CredentialError:
        self._turned_down = login_refused(self._exchange.place, why)
        return self._turned_down

    def _unusable(self, reply: Reply) -> UnreachableError:
        return UnreachableError(
            f"{self._exchange.where['host']} gave no usable answer ({reply.status}).",
            where=self._exchange.where,
        )
