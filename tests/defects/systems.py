"""Broken ways into a factor's system over HTTP: each class is one defect."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from typing import Any, ClassVar

import httpx2
from attrs import evolve

from factoring_core.adapters.remote.api.open_api import open_api
from factoring_core.adapters.remote.api.otr import OtrApi
from factoring_core.domain.selling.credit import CreditResult, CreditVerdict
from factoring_core.domain.vocabulary.parties import Connection
from factoring_core.errors import DeliveryInDoubtError, FactoringError, UnreachableError
from factoring_core.ports.factor_api import Answer, Debtor, Declined, FactorApi, Offer, StatusSeen, Taken
from factoring_core.ports.secrets import SecretSource
from factoring_core.testing.contracts import FactorSystemContract


class System(FactorSystemContract):
    """The contract over one way into the shipped system; the sound one keeps it in tests/adapters."""

    proved_elsewhere = True
    Api: ClassVar[type[OtrApi]] = OtrApi

    def opened(self, connection: Connection, secrets: SecretSource, now: Any) -> FactorApi:
        api = open_api(connection, secrets, now=now)
        api.__class__ = self.Api
        return api


class GuessesTheAddress(System):
    """A connection without an address asks a usual one."""

    caught_by = "test_a_missing_setting_is_named"

    def opened(self, connection: Connection, secrets: SecretSource, now: Any) -> FactorApi:
        there = connection.base_url or "http://127.0.0.1:1"
        return super().opened(evolve(connection, base_url=there), secrets, now)


class TriesARejectedLogInAgain(System):
    """A password that was turned down is tried at every question, until the account is locked."""

    caught_by = "test_a_rejected_credential_is_tried_once"

    class Api(OtrApi):
        def _headers(self) -> dict[str, str]:
            self._turned_down = None
            return super()._headers()


class TakesALogInPageForAYes(System):
    """A packet that a page to log in at answered with status 200 counts as given."""

    caught_by = "test_a_page_is_no_answer"

    class Api(OtrApi):
        def unusable(self, reply: Any) -> UnreachableError:
            self.page = True
            return super().unusable(reply)

        def attach(self, external_id: str, name: str, content: bytes) -> None:
            self.page = False
            try:
                super().attach(external_id, name, content)
            except UnreachableError:
                if not self.page:
                    raise


class LeaksThePasswordInATrace(System):
    """The frames of a log-in that broke hold the password, for whoever keeps the locals of a trace."""

    caught_by = "test_what_may_be_asked_again_is_not_in_doubt"

    class Api(OtrApi):
        def greet(self) -> None:
            self._pass = self.log_in(self._login())


class LogsInForEachQuestion(System):
    """Every question has a log-in of its own."""

    caught_by = "test_one_log_in_serves_all"

    class Api(OtrApi):
        EARLY = 1e9


class TakesAnyAnswerForALogIn(System):
    """Whatever a log-in is answered with counts as having got in."""

    caught_by = "test_what_lets_nobody_in_is_told_apart"

    class Api(OtrApi):
        def greet(self) -> None:
            with suppress(UnreachableError):
                super().greet()


class TrustsAnybody(System):
    """Whoever answers gets user, password and key."""

    caught_by = "test_an_untrusted_certificate_stops_before_a_name_is_said"

    def opened(self, connection: Connection, secrets: SecretSource, now: Any) -> FactorApi:
        api: Any = super().opened(connection, secrets, now)
        if (connection.base_url or "").startswith("https"):
            api.exchange.close()
            api.exchange._client = httpx2.Client(base_url=connection.base_url or "", verify=False)
        return api


class GoesWhereTheEnvironmentLeads(System):
    """A proxy that somebody named for something else sees every invoice."""

    caught_by = "test_the_environment_leads_nowhere_else"

    def opened(self, connection: Connection, secrets: SecretSource, now: Any) -> FactorApi:
        api: Any = super().opened(connection, secrets, now)
        api.exchange.close()
        api.exchange._client = httpx2.Client(base_url=connection.base_url or "")
        return api


class ALostOfferIsDeclined(System):
    """An offer without an answer counts as declined, and is offered to another factor."""

    caught_by = "test_an_offer_without_an_answer_is_in_doubt"

    class Api(OtrApi):
        def offer(self, offer: Offer) -> Answer:
            try:
                return super().offer(offer)
            except DeliveryInDoubtError as doubt:
                return Declined(code="lost", message=doubt.message)


class APageIsAnAnswer(System):
    """A page to log in at is read as neither yes nor no, and that is kept as the factor's answer."""

    caught_by = "test_a_page_is_no_answer"

    class Api(OtrApi):
        def check_credit(self, debtor: Debtor) -> CreditResult:
            try:
                return super().check_credit(debtor)
            except UnreachableError:
                return self.credit(CreditVerdict.UNKNOWN)


class ComesBackAtOnce(System):
    """How long the system wants to be left alone is not told."""

    caught_by = "test_come_back_later_says_when"

    class Api(OtrApi):
        def offer(self, offer: Offer) -> Answer:
            try:
                return super().offer(offer)
            except FactoringError as error:
                error.where.pop("retry_after", None)
                raise


class ARefusalWithoutAReason(System):
    """What is declined is declined for one reason, whatever the system said."""

    caught_by = "test_what_is_declined_says_why"

    class Api(OtrApi):
        def offer(self, offer: Offer) -> Answer:
            answer = super().offer(offer)
            return evolve(answer, code="refused") if isinstance(answer, Declined) else answer


class CutsTheCents(System):
    """The system is told whole dollars."""

    caught_by = "test_amounts_and_numbers_arrive_as_they_are"

    class Api(OtrApi):
        def offer(self, offer: Offer) -> Answer:
            whole = offer.cells["InvoiceAmount"].partition(".")[0]
            return super().offer(evolve(offer, cells={**offer.cells, "InvoiceAmount": whole}))


class AsksForTheFirstStatuses(System):
    """More statuses than fit one question are left out."""

    caught_by = "test_statuses_of_very_many"

    class Api(OtrApi):
        def statuses(self, external_ids: Sequence[str]) -> Sequence[StatusSeen]:
            return super().statuses(external_ids[:50])


class ReadsTheLastWordOfCredit(System):
    """An answer that has the word approved in it is a yes, whatever stands before it."""

    caught_by = "test_words_about_credit"

    class Api(OtrApi):
        def check_credit(self, debtor: Debtor) -> CreditResult:
            result = super().check_credit(debtor)
            declined = result.verdict is CreditVerdict.DECLINED
            return evolve(result, verdict=CreditVerdict.APPROVED) if declined else result


class ADuplicateIsNew(System):
    """An invoice that the system had already counts as one that it took now."""

    caught_by = "test_answers_of_other_shapes"

    class Api(OtrApi):
        def offer(self, offer: Offer) -> Answer:
            answer = super().offer(offer)
            return evolve(answer, already=False) if isinstance(answer, Taken) else answer


class MakesUpAnAmount(System):
    """What cannot be read of an amount is nothing, and the factor seems to hold an invoice over zero."""

    caught_by = "test_statuses_of_other_shapes"

    class Api(OtrApi):
        def statuses(self, external_ids: Sequence[str]) -> Sequence[StatusSeen]:
            return [evolve(one, amount=one.amount or 0) for one in super().statuses(external_ids)]


class TriesAPacketForEver(System):
    """A packet that is too large is tried again and again."""

    caught_by = "test_papers_that_are_refused"

    class Api(OtrApi):
        def attach(self, external_id: str, name: str, content: bytes) -> None:
            try:
                super().attach(external_id, name, content)
            except FactoringError as error:
                error.retryable = True
                raise
