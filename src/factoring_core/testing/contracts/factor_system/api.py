"""What every way into a factor's system promises, credit checks included."""

import datetime as dt
from collections.abc import Mapping

import pytest
from attrs import evolve

from factoring_core.domain.selling.credit import CreditVerdict
from factoring_core.domain.selling.offering import Memory, Sight
from factoring_core.ports.factor_api import Debtor, Declined, FactorApi, Offer, StatusSeen, Taken
from factoring_core.testing.contracts.base import Contract


class FactorApiContract(Contract):
    """The promises of `factoring_core.ports.factor_api`.

    Provide the fixture ``api``, at a fresh system that lets it in, and the fixture ``sample``,
    an offer that the system takes.  Where the far side can be looked at, override `created` and
    `papers`; where it can be made to say something, `said`.
    ``credit``: debtors of which the verdict is known.  ``secret``: what lets it in.
    """

    credit: Mapping[CreditVerdict, Debtor] = {}
    secret = ""

    @pytest.fixture
    def api(self) -> FactorApi:
        """Return the way in that is under test."""
        raise NotImplementedError

    @pytest.fixture
    def sample(self) -> Offer:
        """Return an offer that the system takes."""
        raise NotImplementedError

    @pytest.fixture
    def declined(self) -> Offer | None:
        """Return an offer that the system declines, where there is one."""
        return None

    def created(self, api: FactorApi, invoice_number: str) -> int | None:
        """Say how often the system created this invoice; None where nobody can look."""
        return None

    def papers(self, api: FactorApi, invoice_number: str) -> set[bytes] | None:
        """Return the papers that the system has of an invoice; None where nobody can look."""
        return None

    def said(self, api: FactorApi, taken: Taken, offer: Offer) -> StatusSeen | None:
        """Make the system say something of an invoice, with a day and a schedule; return that.

        None where it cannot be made to.  What is blank in ``raw`` is not compared.
        """
        return None

    def test_takes_an_invoice(self, api: FactorApi, sample: Offer) -> None:
        """An invoice that is taken has an id at the system, and was not there before."""
        answer = api.offer(sample)

        assert isinstance(answer, Taken)
        assert answer.external_id
        assert not answer.already
        assert self.created(api, sample.invoice_number) in (1, None)

    def test_a_second_offer_creates_nothing(self, api: FactorApi, sample: Offer) -> None:
        """Where the system remembers for ever, offering again answers with the invoice it has."""
        if api.memory is not Memory.FOREVER:
            pytest.skip("this system does not say that it remembers")
        first, again = api.offer(sample), api.offer(sample)

        assert isinstance(first, Taken)
        assert isinstance(again, Taken)
        assert again.external_id == first.external_id
        assert again.already
        assert self.created(api, sample.invoice_number) in (1, None)

    def test_looking_never_says_absent_of_what_is_there(self, api: FactorApi, sample: Offer) -> None:
        """After an offer it is found under its id, or the system cannot say; never absent."""
        answer = api.offer(sample)
        found = api.find(sample)

        assert isinstance(answer, Taken)
        assert found is not Sight.ABSENT
        if isinstance(found, Taken):
            assert found.external_id == answer.external_id
            assert found.already

    def test_looking_finds_no_invoice_of_another(self, api: FactorApi, sample: Offer) -> None:
        """What was never offered is absent or untold, whatever else is there; and looking offers nothing."""
        other = evolve(sample, reference=f"{sample.reference}-other", invoice_number="NEVER-1")
        api.offer(sample)

        assert api.find(other) in (Sight.ABSENT, Sight.UNTOLD)
        assert self.created(api, "NEVER-1") in (0, None)

    def test_papers_may_be_given_again(self, api: FactorApi, sample: Offer) -> None:
        """A packet may be given twice, which a worker does whose first answer was lost."""
        answer = api.offer(sample)

        assert isinstance(answer, Taken)
        api.attach(answer.external_id, "packet.pdf", b"%PDF-1.7 packet")
        api.attach(answer.external_id, "packet.pdf", b"%PDF-1.7 packet")
        assert self.papers(api, sample.invoice_number) in ({b"%PDF-1.7 packet"}, None)

    def test_a_refusal_is_an_answer(self, api: FactorApi, declined: Offer | None) -> None:
        """An invoice that is not taken is declined with a reason, and nothing was created."""
        if declined is None:
            pytest.skip("no offer is known that this system declines")
        answer = api.offer(declined)

        assert isinstance(answer, Declined)
        assert answer.code
        assert answer.message
        assert self.created(api, declined.invoice_number) in (0, None)
        assert not isinstance(api.find(declined), Taken)

    def test_statuses_are_of_what_was_asked(self, api: FactorApi, sample: Offer) -> None:
        """Statuses are of the invoices that were asked about; ids that nobody knows are left out."""
        answer = api.offer(sample)

        assert isinstance(answer, Taken)
        seen = api.statuses([answer.external_id, "no-such-id"])
        assert [one.external_id for one in seen] == [answer.external_id]
        assert seen[0].invoice_number == sample.invoice_number
        assert seen[0].status
        assert list(api.statuses([])) == []

    def test_a_status_comes_as_it_was_said(self, api: FactorApi, sample: Offer) -> None:
        """The word, its day, the amount and the schedule number are those that the system said."""
        answer = api.offer(sample)
        assert isinstance(answer, Taken)
        expected = self.said(api, answer, sample)
        if expected is None:
            pytest.skip("nobody can make this system say anything")
        [seen] = api.statuses([answer.external_id])

        assert evolve(seen, raw="") == evolve(expected, raw="")

    def test_a_credit_answer_says_when_and_by_whom(self, api: FactorApi) -> None:
        """A credit answer has a moment in UTC and a source; a limit is whole cents and not below zero."""
        for debtor in [*self.credit.values(), Debtor(name="Nobody & Sons, Inc.")]:
            result = api.check_credit(debtor)
            assert result.at.utcoffset() == dt.timedelta(0)
            assert result.source
            assert result.limit is None or (type(result.limit) is int and result.limit >= 0)

    def test_credit_is_never_better_than_the_answer(self, api: FactorApi) -> None:
        """Yes is approved and no is declined; what means neither is unknown."""
        for verdict, debtor in self.credit.items():
            assert api.check_credit(debtor).verdict is verdict

    def test_a_credential_is_recognised_and_not_told(self, api: FactorApi) -> None:
        """A credential's mark is the same for one salt, another for another, and never shows it."""
        mark, again, other = (api.credential_mark(salt) for salt in ("one", "one", "two"))

        assert mark == again
        if self.secret:
            assert mark
            assert mark != other
            assert self.secret not in mark + other + repr(api)

    def test_leaving_never_fails(self, api: FactorApi, sample: Offer) -> None:
        """Taking leave twice, or before anything was asked, is no mistake."""
        api.close()
        api.close()
