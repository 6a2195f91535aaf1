"""What a host with a factor's partner documents has to write, and what it gets for it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence

import pytest
from attrs import evolve

from factoring_core.adapters.remote.api.exchange import Exchange
from factoring_core.adapters.remote.api.partner import PartnerApi, Pass
from factoring_core.adapters.remote.line import Login
from factoring_core.domain.selling.batch import BatchState
from factoring_core.domain.selling.credit import CreditVerdict
from factoring_core.domain.selling.offering import Sight
from factoring_core.domain.vocabulary.parties import Protocol
from factoring_core.errors import CredentialError, DeliveryInDoubtError
from factoring_core.ports.factor_api import Answer, Debtor, Declined, Offer, StatusSeen, Taken
from factoring_core.ports.secrets import Secret
from factoring_core.testing.servers.factor_api import FactorApiServer, Trouble
from factoring_core.usecases.delivering.submit import submit
from factoring_core.usecases.reconciling.sync_statuses import sync_statuses
from factoring_core.usecases.selling.preflight import preflight
from usecases.desk import BLUE, Desk, connection

NOW = dt.datetime(2026, 3, 2, 9, tzinfo=dt.UTC)


class HostsOwnApi(PartnerApi[Login]):
    """What a host would write from the documents it has; here from the tests' own server."""

    def log_in(self, login: Login) -> Pass:
        assert login.password is not None
        reply = self.exchange.tell(
            "/auth/token",
            headers={"Ocp-Apim-Subscription-Key": "key"},
            form={"username": login.username, "password": login.password.reveal()},
            changes=False,
        )
        if reply.status != 200:
            raise self.rejected("it says no")
        headers = {
            "Authorization": Secret(f"Bearer {reply.body['access_token']}"),
            "Ocp-Apim-Subscription-Key": Secret("key"),
        }
        return Pass(headers=headers, seconds=7000)

    def offer(self, offer: Offer) -> Answer:
        cells = {
            "InvoiceNo": offer.invoice_number,
            "PoNumber": offer.invoice_number,
            "InvoiceAmount": 1000.0,
            **dict.fromkeys(("BrokerMC", "ClientDOT", "InvoiceDate"), "1"),
            **dict.fromkeys(("FromCity", "FromState", "ToCity", "ToState"), "x"),
        }
        reply = self.tell("/invoices", body=cells)
        if reply.status == 200:
            return Taken(external_id=str(reply.body["invoicePkey"]))
        if reply.status == 402:
            return Declined(code="credit_declined", message="not approved")
        raise self.exchange.unknown(f"it answered {reply.status}")

    def attach(self, external_id: str, name: str, content: bytes) -> None:
        self.tell(
            "/file-upload",
            form={"ItemPkey": external_id, "InvoiceDocTypes": "1"},
            files={"file": (name, content, "application/pdf")},
            changes=False,
        )

    def statuses(self, external_ids: Sequence[str]) -> Sequence[StatusSeen]:
        reply = self.ask("/invoices", {"invoicePkeys": ",".join(external_ids)})
        return [
            StatusSeen(
                external_id=str(row["InvoicePkey"]),
                invoice_number=row["InvoiceNo"],
                status=str(row["Status"]),
                schedule_number=schedules.get(row["InvoiceNo"]),
            )
            for row in reply.body
        ]


schedules: dict[str, str] = {}
opened: list[HostsOwnApi] = []


@pytest.fixture(autouse=True)
def closed() -> Iterator[None]:
    yield
    while opened:
        opened.pop().close()


@pytest.fixture
def served() -> Iterator[FactorApiServer]:
    schedules.clear()
    with FactorApiServer() as server:
        yield server


def way_to(server: FactorApiServer, password: str = "secret") -> HostsOwnApi:
    login = Login(username="acme", password=Secret(password))
    exchange = Exchange("east-apex", server.base_url, patience=(2, 2))
    opened.append(HostsOwnApi(exchange, lambda: login, now=lambda: NOW))
    return opened[-1]


def desk_of(provider: str, server: FactorApiServer, **more: str) -> Desk:
    one = connection(f"east-{provider}", provider=provider, protocol=Protocol.API)
    customer = evolve(BLUE, debtor_numbers={provider: "F-9"})
    api = way_to(server)
    desk = Desk(one, customers=(customer,), api=lambda _: api)
    desk.queued("L-1", **more)
    return desk


@pytest.mark.parametrize("provider", ["apex", "saint_johns", "tafs", "trufunding"])
def test_a_hosts_own_way_sells_and_finances(provider: str, served: FactorApiServer) -> None:
    desk = desk_of(provider, served, truck_number="T-1")
    result = submit(desk.ports, "east")
    assert (result.error, result.refused) == (None, ())
    assert served.created == {"INV-L-1": 1}
    assert served.questions["POST /file-upload"] == 1
    # Nobody outside the partner programme knows the system's words: they are shown and move nothing.
    said = sync_statuses(desk.ports, f"east-{provider}").said[0]
    assert (said.said, said.word, said.disposition) == ("1", None, None)
    # The purchase comes by the template until a host's profile maps the words.
    desk.bought("INV-L-1,1000.00")
    assert desk.status("L-1") == "financed"


def test_a_schedule_that_a_person_builds_at_the_factor_later_is_kept_with_the_sale(
    served: FactorApiServer,
) -> None:
    desk = desk_of("apex", served)
    submit(desk.ports, "east")
    assert desk.sales()[0].schedule_number is None
    schedules["INV-L-1"] = "A-4711"
    sync_statuses(desk.ports, "east-apex")
    assert desk.sales()[0].schedule_number == "A-4711"


def test_what_the_documents_do_not_promise_is_a_doubt_and_never_a_second_offer() -> None:
    def plan(question: str, before: int) -> Trouble | None:
        return Trouble.LOST_REPLY if question == "POST /invoices" and before == 0 else None

    with FactorApiServer(plan=plan) as server:
        desk = desk_of("tafs", server, truck_number="T-1")
        result = submit(desk.ports, "east")
        assert isinstance(result.error, DeliveryInDoubtError)
        assert result.batches[0].state is BatchState.IN_DOUBT
        assert server.created == {"INV-L-1": 1}


def test_what_is_not_written_is_answered_with_not_knowing(served: FactorApiServer) -> None:
    api = way_to(served)
    offer = Offer(reference="r", invoice_number="1", cells={})
    assert api.find(offer) is Sight.UNTOLD
    assert tuple(PartnerApi.statuses(api, ["1"])) == ()
    credit = api.check_credit(Debtor(name="Blue"))
    assert (credit.verdict, credit.source, credit.at) == (CreditVerdict.UNKNOWN, "partner", NOW)


def test_a_log_in_that_ended_is_made_again_once(served: FactorApiServer) -> None:
    api = way_to(served)
    api.greet()
    served.expire()
    api.offer(Offer(reference="r", invoice_number="1", cells={}))
    assert served.log_ins == 2


def test_a_credential_that_was_turned_down_is_not_tried_again(served: FactorApiServer) -> None:
    api = way_to(served, password="wrong")
    for _ in range(3):
        with pytest.raises(CredentialError):
            api.greet()
    assert served.log_ins == 1


@pytest.mark.parametrize(
    ("provider", "missing"),
    [
        ("otr", {"missing_mc_number", "missing_dot_number"}),
        ("apex", {"missing_mc_number", "missing_dot_number"}),
        ("saint_johns", {"missing_mc_number"}),
        ("tafs", {"missing_debtor_number", "missing_truck"}),
        ("wex_fleetone_ftp", {"missing_reference_number"}),
    ],
)
def test_what_a_factor_asks_for_is_missed_before_anything_is_sent(provider: str, missing: set[str]) -> None:
    one = connection(f"east-{provider}", provider=provider)
    nameless = evolve(BLUE, mc_number=None, debtor_numbers={})
    desk = Desk(one, customers=(nameless,))
    east = evolve(desk.ports.settings.subsidiaries[0], dot_number=None)
    desk.configured(subsidiaries=(east,))
    desk.queued("L-1")
    (refused,) = preflight(desk.ports, "east").refused
    assert missing <= {reason.code for reason in refused.reasons}
