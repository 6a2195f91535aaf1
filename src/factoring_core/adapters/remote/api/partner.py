"""What a host builds on that has a factor's partner documents: all but the factor's own way of speaking.

TAFS, Apex, Saint Johns and TruFunding are spoken to by systems whose documents only partners get.
A host that has them writes a subclass of `PartnerApi` for each, with the paths and fields it was
given, and passes it to `open_office(api=...)`.  Preflight, sealing, delivery without repeats,
partial acceptance, doubts, credit checks and status sync are there already; nothing is assumed of
the system that its documents have to say.
"""

import datetime as dt
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from typing import Generic, Protocol, TypeVar

from attrs import frozen

from factoring_core.adapters.remote.api.exchange import Exchange, Reply
from factoring_core.adapters.remote.line import login_refused
from factoring_core.domain.selling.credit import CreditResult, CreditVerdict
from factoring_core.domain.selling.offering import Memory, Sight
from factoring_core.errors import CredentialError, FactoringError, UnreachableError
from factoring_core.ports.factor_api import Answer, Debtor, Offer, StatusSeen, Taken
from factoring_core.ports.secrets import Secret


class Marked(Protocol):
    """Who asks; see `factoring_core.adapters.remote.line.Login`."""

    def mark(self, salt: str) -> str:
        """Return by what it can be recognised again, and not guessed."""
        ...


L = TypeVar("L", bound=Marked)
T = TypeVar("T")


@frozen(kw_only=True)
class Pass:
    """What a log-in gave: headers that let questions in, and for how many seconds they do."""

    headers: Mapping[str, Secret]
    seconds: float


class PartnerApi(ABC, Generic[L]):
    """One subsidiary's way into a factor's system; a subclass says how that system is spoken to.

    A subclass writes `log_in`, `offer` and `attach`, and whatever else the documents allow: `find`
    where an invoice can be looked for by our reference, `statuses`, `check_credit`; it sets
    ``memory`` to ``FOREVER`` where they promise that offering again creates nothing.  What it does
    not write is answered with not knowing, which is always safe: a lost answer is then a doubt
    that a person settles, never a second offer.

    In `offer`: raise ``exchange.unknown(...)`` for an answer that does not say what happened.

    Args:
        exchange: Where to ask.
        login: Resolves the secrets at the moment of use.
        now: The time, for answers that carry one.
        elapsed: Seconds that only go forward, for the life of a log-in.
    """

    memory = Memory.NONE
    name = "partner"
    """How credit answers name their source."""
    EARLY = 60.0
    """Seconds before its end from which a log-in is not used any more."""

    def __init__(
        self,
        exchange: Exchange,
        login: Callable[[], L],
        *,
        now: Callable[[], dt.datetime],
        elapsed: Callable[[], float] = time.monotonic,
    ) -> None:
        self.exchange = exchange
        self._login = login
        self._now = now
        self._elapsed = elapsed
        self._pass: Pass | None = None
        self._good_until: float
        self._turned_down: CredentialError | None = None

    @abstractmethod
    def log_in(self, login: L) -> Pass:
        """Log in once, by ``exchange.tell(..., changes=False)``.

        Raises:
            CredentialError: ``self.rejected(why)``, where it does not take the credential.
        """

    @abstractmethod
    def offer(self, offer: Offer) -> Answer:
        """Offer one invoice, by `tell`; see `factoring_core.ports.factor_api.FactorApi`."""

    @abstractmethod
    def attach(self, external_id: str, name: str, content: bytes) -> None:
        """Give the packet of an invoice that was taken, by `tell` with ``changes=False``."""

    def find(self, offer: Offer) -> Taken | Sight:
        """Say that it cannot be told."""
        return Sight.UNTOLD

    def statuses(self, external_ids: Sequence[str]) -> Sequence[StatusSeen]:
        """Say nothing of any invoice."""
        return ()

    def check_credit(self, debtor: Debtor) -> CreditResult:
        """Say neither yes nor no."""
        return self.credit(CreditVerdict.UNKNOWN)

    def credit(self, verdict: CreditVerdict) -> CreditResult:
        """Return a credit answer of now."""
        return CreditResult(verdict=verdict, at=self._now(), source=self.name)

    def greet(self) -> None:
        """Log in."""
        self._headers()

    def credential_mark(self, salt: str) -> str:
        """Return by what the credential can be recognised."""
        return self._login().mark(salt)

    def close(self) -> None:
        """Take leave."""
        self.exchange.close()

    def ask(self, path: str, params: Mapping[str, str]) -> Reply:
        """Ask for something that changes nothing, logged in."""
        return self._let_in(lambda: self.exchange.ask(path, headers=self._headers(), params=params))

    def tell(
        self,
        path: str,
        *,
        body: object = None,
        form: Mapping[str, str] | None = None,
        files: Mapping[str, tuple[str, bytes, str]] | None = None,
        extra: Mapping[str, str] | None = None,
        changes: bool = True,
    ) -> Reply:
        """Ask for something to be done, logged in; *extra* are further headers.  See `Exchange.tell`."""

        def once() -> Reply:
            headers = {**self._headers(), **(extra or {})}
            return self.exchange.tell(
                path, headers=headers, body=body, form=form, files=files, changes=changes
            )

        return self._let_in(once)

    def rejected(self, why: str) -> CredentialError:
        """Return the error for a credential that is not taken; it is not tried again."""
        self._turned_down = login_refused(self.exchange.place, why)
        return self._turned_down

    def unusable(self, reply: Reply) -> UnreachableError:
        """Return the error for an answer to a question that changed nothing and means nothing."""
        where = self.exchange.where
        return UnreachableError(f"{where['host']} gave no usable answer ({reply.status}).", where=where)

    def _let_in(self, once: Callable[[], Reply]) -> Reply:
        """Ask; where the log-in does not count any more, log in again and ask once more."""
        reply = _showing_nothing(once)
        if reply.status == 401:
            self._pass = None
            reply = _showing_nothing(once)
        if reply.status in (401, 403):
            raise self.exchange.refused("not_permitted_there", "it does not take the log-in it gave")
        return reply

    def _headers(self) -> dict[str, str]:
        if self._turned_down is not None:
            raise self._turned_down
        if self._pass is None or self._elapsed() >= self._good_until:
            began = self._elapsed()
            self._pass = _showing_nothing(lambda: self.log_in(self._login()))
            self._good_until = began + max(self._pass.seconds - self.EARLY, 0)
        return {name: value.reveal() for name, value in self._pass.headers.items()}


def _showing_nothing(ask: Callable[[], T]) -> T:
    """Ask with secrets in clear; the error that comes of it leaves the frames behind that held them."""
    try:
        return ask()
    except FactoringError as error:
        failure = error.with_traceback(None)
        failure.__cause__ = failure.__context__ = None
    raise failure
