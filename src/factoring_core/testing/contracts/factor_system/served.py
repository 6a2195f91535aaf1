"""What every way into a factor's system promises, against a system that breaks on purpose."""

from __future__ import annotations

from functools import partial

from attrs import evolve

from factoring_core.domain.selling.credit import CreditVerdict
from factoring_core.errors import (
    DeliveryInDoubtError,
    RemoteRefusedError,
    TransportError,
    UnreachableError,
)
from factoring_core.ports.factor_api import Debtor, Declined
from factoring_core.testing.contracts.complaints import refused
from factoring_core.testing.contracts.factor_system.answers import VERDICTS
from factoring_core.testing.contracts.factor_system.faults import SurvivesTrouble
from factoring_core.testing.contracts.factor_system.scene import NOON, OTHER, at_question
from factoring_core.testing.servers.factor_api import Trouble


class FactorSystemContract(SurvivesTrouble):
    """Override `opened`; and `system`, `offered` and ``settings`` where the system is not the shipped one."""

    def test_come_back_later_says_when(self) -> None:
        """A system that has too much to do has done nothing, and says for how long, an hour at most."""
        with self.reached(at_question("POST /invoices", Trouble.RATE_LIMITED)) as (system, api, where):
            refused(
                RemoteRefusedError,
                lambda: api.offer(self.offered("INV-1")),
                code="rate_limited",
                retryable=True,
                where={**where, "retry_after": 1},
            )
            assert system.created["INV-1"] == 0
            system.answers["POST /invoices"] = (429, "")
            ask = partial(api.offer, self.offered("INV-1"))
            for said, wait in {"": None, "soon": None, "-5": None, "40": 40, "99999999": 3600}.items():
                system.extra["Retry-After"] = said
                error = refused(RemoteRefusedError, ask, code="rate_limited", retryable=True, where=where)
                assert error.where.get("retry_after") == wait
                assert error.remedy != RemoteRefusedError.remedy

    def test_what_is_declined_says_why(self) -> None:
        """A customer it does not approve, a number it has, an invoice it calls wrong: each with its code."""
        with self.reached() as (system, api, _):
            api.offer(self.offered("INV-1"))
            wrong = self.offered("INV-4")
            declined = {
                "credit_declined": self.offered("INV-2", mc=OTHER),
                "duplicate": self.offered("INV-3", po="PO-INV-1"),
                "invalid_request": evolve(wrong, cells={**wrong.cells, "FromCity": ""}),
            }
            for code, offer in declined.items():
                answer = api.offer(offer)
                assert isinstance(answer, Declined)
                assert answer.code == code
                assert answer.message
                assert answer.message.isprintable()
            assert "INV-1" in api.offer(declined["duplicate"]).message
            assert dict(system.created) == {"INV-1": 1}

    def test_a_packet_for_nothing_is_refused(self) -> None:
        """Papers of an invoice that is not there are refused, by their name, and for good."""
        with self.reached() as (_, api, where):
            ask = lambda: api.attach("77", "INV-7.pdf", b"%PDF-1.7")  # noqa: E731
            error = refused(RemoteRefusedError, ask, retryable=False, where=where)
            assert "INV-7.pdf" in error.message

    def test_amounts_and_numbers_arrive_as_they_are(self) -> None:
        """The system is told the amount to the cent, and every number and text of the offer."""
        with self.reached() as (system, api, _):
            for number, amount in enumerate(["0.01", "1250.10", "4095.07", "99999999.99"]):
                offer = self.offered(f"INV-{number}")
                answer = api.offer(evolve(offer, cells={**offer.cells, "InvoiceAmount": amount}))
                api.attach(answer.external_id, f"INV-{number}.pdf", b"%PDF-1.7")
                held = system.held(f"INV-{number}")
                assert held.names == [f"INV-{number}.pdf"]
                assert {**offer.cells, "InvoiceAmount": amount} == {
                    **{name: str(value) for name, value in held.cells.items()},
                    "InvoiceAmount": f"{held.cells['InvoiceAmount']:.2f}",
                }
                (seen,) = api.statuses([answer.external_id])
                assert seen.status in seen.raw
                assert f"INV-{number}" in seen.raw
                assert (seen.amount, seen.external_id) == (int(amount.replace(".", "")), answer.external_id)

    def test_statuses_of_very_many(self) -> None:
        """More invoices than fit one question come all of them, each once."""
        with self.reached() as (_, api, _where):
            ids = [api.offer(self.offered(f"INV-{at}")).external_id for at in range(60)]
            assert [seen.external_id for seen in api.statuses(ids)] == ids

    def test_answers_of_other_shapes(self) -> None:
        """Whatever shape an answer has, it is taken for a yes, a no or a doubt, as it is meant."""
        with self.reached() as (system, api, _):
            offer = self.offered("INV-1")
            for status, said, expected in self.shapes:
                system.answers["POST /invoices"] = (status, said)
                if expected is None:
                    refused(DeliveryInDoubtError, lambda: api.offer(offer))
                    continue
                answer = api.offer(offer)
                if isinstance(expected, Declined) and not expected.message:
                    answer = evolve(answer, message="") if answer.message.isprintable() else answer
                assert (status, said, answer) == (status, said, expected)

    def test_statuses_of_other_shapes(self) -> None:
        """What cannot be told of an invoice is left out, and nothing is made up for it."""
        with self.reached() as (system, api, where):
            for rows, expected in self.rows:
                system.answers["GET /invoices"] = (200, rows)
                seen = [evolve(one, raw="") for one in api.statuses(["7"])]
                assert (rows, seen) == (rows, expected)
            for status, said in ((500, {}), (404, {}), (200, ["x"]), (200, "words")):
                system.answers["GET /invoices"] = (status, said)
                refused(UnreachableError, lambda: api.statuses(["7"]), where=where)
            system.answers["GET /invoices"] = (204, "")
            assert list(api.statuses(["7"])) == []

    def test_papers_that_are_refused(self) -> None:
        """A packet that the system will not have is refused by a code, and named."""
        with self.reached() as (system, api, where):
            give = partial(api.attach, "7", "INV-7.pdf", b"%PDF-1.7")
            for status, code in ((413, "too_large"), (422, "refused"), (404, "refused")):
                system.answers["POST /file-upload"] = (status, {})
                error = refused(RemoteRefusedError, give, code=code, retryable=False, where=where)
                assert "INV-7.pdf" in error.message
            system.answers["POST /file-upload"] = (302, {})
            refused(UnreachableError, give, where=where)
            for status in (200, 201, 204):
                system.answers["POST /file-upload"] = (status, {} if status != 204 else "")
                give()

    def test_words_about_credit(self) -> None:
        """What is written about credit is read as yes, no or neither; without a number nothing is asked."""
        with self.reached() as (system, api, _):
            for at, (said, verdict) in enumerate(VERDICTS.items()):
                system.credit[str(at)] = said
                result = api.check_credit(Debtor(name="Blue", mc_number=str(at)))
                assert (said, result.verdict, result.at) == (said, verdict, NOON)
            asked = system.questions["GET /broker-check"]
            assert api.check_credit(Debtor(name="Blue")).verdict is CreditVerdict.UNKNOWN
            assert system.questions["GET /broker-check"] == asked

    def test_no_failure_is_an_untyped_one(self) -> None:
        """Whatever breaks for good, what is raised is an error of the way there."""
        for trouble in set(Trouble) - {Trouble.EXPIRED_TOKEN}:
            plan = at_question("POST /auth", *[trouble] * 9)
            with self.reached(plan) as (_, api, where):
                for ask in (api.greet, lambda: api.offer(self.offered("INV-1")), lambda: api.statuses(["1"])):
                    refused(TransportError, ask, where=where)
