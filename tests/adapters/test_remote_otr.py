"""The way into OTR's system, against a system that speaks as it does, over real HTTP."""

import datetime as dt
import threading
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Protocol

import httpx2
import pytest

from factoring_core.adapters.remote.api.exchange import LARGEST_ANSWER, Exchange
from factoring_core.adapters.remote.api.otr import OtrApi, OtrLogin
from factoring_core.adapters.remote.api.otr_words import status_of
from factoring_core.adapters.remote.api.words import verdict_of
from factoring_core.domain.selling.credit import CreditVerdict
from factoring_core.domain.selling.offering import Sight
from factoring_core.errors import (
    CredentialError,
    DeliveryInDoubtError,
    RemoteRefusedError,
    UnreachableError,
)
from factoring_core.ports.factor_api import Debtor, Declined, Offer, Taken
from factoring_core.ports.secrets import Secret
from factoring_core.testing.servers.factor_api import (
    FactorApiServer,
    Plan,
    Trouble,
    no_trouble,
    seeded_trouble,
)

NOW = dt.datetime(2026, 3, 2, 9, tzinfo=dt.UTC)
PDF = b"%PDF-1.7 packet"


class Reach(Protocol):
    """The shape of the fixture that makes clients, and closes them before their server ends."""

    def __call__(self, server: FactorApiServer, password: str = "pass") -> OtrApi: ...


@pytest.fixture
def servers() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


@pytest.fixture
def api_at(servers: ExitStack) -> Iterator[Reach]:
    with ExitStack() as stack:

        def reach(server: FactorApiServer, password: str = "pass") -> OtrApi:
            login = OtrLogin(username="acme", password=Secret(password), subscription_key=Secret("key"))
            exchange = Exchange("east-otr", server.base_url, patience=(2, 2))
            api = OtrApi(exchange, lambda: login, now=lambda: NOW)
            stack.callback(api.close)
            return api

        yield reach


def breaks(servers: ExitStack, plan: Plan) -> FactorApiServer:
    return servers.enter_context(FactorApiServer(password="pass", plan=plan))


def an_offer(number: str = "INV-1", po: str = "PO-1", mc: str = "998877") -> Offer:
    cells = {
        "InvoiceNo": number,
        "PoNumber": po,
        "BrokerMC": mc,
        "ClientDOT": "7654321",
        "InvoiceAmount": "1250.10",
        "InvoiceDate": "2026-03-01",
        "FromCity": "Austin",
        "FromState": "TX",
        "ToCity": "Tulsa",
        "ToState": "OK",
    }
    return Offer(reference="fc1-1", invoice_number=number, cells=cells)


def breaking(question: str, *troubles: Trouble) -> Plan:
    def plan(asked: str, before: int) -> Trouble | None:
        return troubles[before] if asked == question and before < len(troubles) else None

    return plan


@pytest.fixture
def server(servers: ExitStack) -> FactorApiServer:
    return servers.enter_context(FactorApiServer(password="pass", approved=frozenset({"998877"})))


def test_takes_an_invoice_once_and_its_packet(server: FactorApiServer, api_at: Reach) -> None:
    api = api_at(server)
    answer = api.offer(an_offer())
    assert isinstance(answer, Taken)
    assert not answer.already
    api.attach(answer.external_id, "INV-1.pdf", PDF)
    held = server.held("INV-1")
    assert held is not None
    assert held.cells["InvoiceAmount"] == 1250.10
    assert held.cells["BrokerMC"] == 998877
    assert held.papers == [("1", len(PDF))]
    assert server.log_ins == 1


def test_an_invoice_that_is_there_is_answered_with_its_id(server: FactorApiServer, api_at: Reach) -> None:
    api = api_at(server)
    first, again = api.offer(an_offer()), api.offer(an_offer())
    assert isinstance(first, Taken)
    assert again == Taken(external_id=first.external_id, already=True)
    assert server.created["INV-1"] == 1


def test_a_po_number_of_another_invoice_is_no_acceptance(server: FactorApiServer, api_at: Reach) -> None:
    api = api_at(server)
    api.offer(an_offer())
    answer = api.offer(an_offer(number="INV-2"))
    assert isinstance(answer, Declined)
    assert answer.code == "duplicate"
    assert "INV-1" in answer.message


def test_a_customer_that_is_not_approved_is_declined(server: FactorApiServer, api_at: Reach) -> None:
    answer = api_at(server).offer(an_offer(mc="111111"))
    assert answer == Declined(code="credit_declined", message="Broker is not approved")


@pytest.mark.parametrize(
    ("trouble", "raised"),
    [
        (Trouble.LOST_REQUEST, DeliveryInDoubtError),
        (Trouble.LOST_REPLY, DeliveryInDoubtError),
        (Trouble.ERROR_AFTER_EFFECT, DeliveryInDoubtError),
        (Trouble.HTML_PAGE, DeliveryInDoubtError),
        (Trouble.REDIRECT, DeliveryInDoubtError),
        (Trouble.RATE_LIMITED, RemoteRefusedError),
    ],
)
def test_what_breaks_while_offering(
    trouble: Trouble, raised: type[Exception], servers: ExitStack, api_at: Reach
) -> None:
    server = breaks(servers, breaking("POST /invoices", trouble))
    api = api_at(server)
    with pytest.raises(raised):
        api.offer(an_offer())
    # Offering again is always safe with this system.
    assert isinstance(api.offer(an_offer()), Taken)
    assert server.created["INV-1"] == 1


def test_come_back_later_says_when(servers: ExitStack, api_at: Reach) -> None:
    server = breaks(servers, breaking("POST /invoices", Trouble.RATE_LIMITED))
    with pytest.raises(RemoteRefusedError) as caught:
        api_at(server).offer(an_offer())
    assert caught.value.code == "rate_limited"
    assert caught.value.retryable
    assert caught.value.where["retry_after"] == 1


def test_a_token_at_its_end_is_renewed_once(servers: ExitStack, api_at: Reach) -> None:
    server = breaks(servers, breaking("POST /invoices", Trouble.EXPIRED_TOKEN))
    assert isinstance(api_at(server).offer(an_offer()), Taken)
    assert server.log_ins == 2


def test_a_token_that_is_never_taken_is_no_loop(servers: ExitStack, api_at: Reach) -> None:
    server = breaks(servers, breaking("POST /invoices", *[Trouble.EXPIRED_TOKEN] * 9))
    with pytest.raises(RemoteRefusedError) as caught:
        api_at(server).offer(an_offer())
    assert caught.value.code == "not_permitted_there"
    assert server.log_ins == 2


def test_a_password_that_is_turned_down_is_tried_once(server: FactorApiServer, api_at: Reach) -> None:
    api = api_at(server, password="wrong-password")
    for _ in range(3):
        with pytest.raises(CredentialError) as caught:
            api.offer(an_offer())
        assert "wrong-password" not in str(caught.value)
        assert "wrong-password" not in repr(caught.value.where)
    assert server.log_ins == 1


def test_nobody_there_means_that_nothing_happened(api_at: Reach) -> None:
    with FactorApiServer() as server:
        api = api_at(server)
    with pytest.raises(UnreachableError):
        api.offer(an_offer())


def test_statuses_come_as_they_are_and_unknown_ids_are_left_out(
    server: FactorApiServer, api_at: Reach
) -> None:
    api = api_at(server)
    answer = api.offer(an_offer())
    assert isinstance(answer, Taken)
    server.invoices[answer.external_id].status = "3"
    (seen,) = api.statuses([answer.external_id, "77"])
    assert (seen.external_id, seen.invoice_number, seen.status) == (answer.external_id, "INV-1", "3")


def test_more_statuses_than_fit_one_question(server: FactorApiServer, api_at: Reach) -> None:
    api = api_at(server)
    ids = []
    for at in range(120):
        answer = api.offer(an_offer(number=f"INV-{at}", po=f"PO-{at}"))
        assert isinstance(answer, Taken)
        ids.append(answer.external_id)
    assert [seen.external_id for seen in api.statuses(ids)] == ids


def test_credit_is_asked_by_mc_number(server: FactorApiServer, api_at: Reach) -> None:
    api = api_at(server)
    server.credit["555"] = "CALL OFFICE FOR CREDIT"
    verdicts = [
        api.check_credit(Debtor(name="", mc_number=mc)).verdict for mc in ("998877", "111", "555", None)
    ]
    known, declined, unknown = CreditVerdict.APPROVED, CreditVerdict.DECLINED, CreditVerdict.UNKNOWN
    assert verdicts == [known, declined, unknown, unknown]


def test_a_log_in_page_is_no_credit_answer(servers: ExitStack, api_at: Reach) -> None:
    server = breaks(servers, breaking("GET /broker-check", Trouble.HTML_PAGE))
    with pytest.raises(UnreachableError):
        api_at(server).check_credit(Debtor(name="", mc_number="1"))


@pytest.mark.parametrize(
    ("text", "verdict"),
    [
        ("APPROVED", CreditVerdict.APPROVED),
        ("This broker is Not  Approved.", CreditVerdict.DECLINED),
        ("not\napproved", CreditVerdict.DECLINED),
        ("CALL OFFICE", CreditVerdict.UNKNOWN),
        ("APPROVED - CALL OFFICE over 5,000", CreditVerdict.UNKNOWN),
        ("DISAPPROVED", CreditVerdict.UNKNOWN),
        ("", CreditVerdict.UNKNOWN),
    ],
)
def test_credit_texts(text: str, verdict: CreditVerdict) -> None:
    assert verdict_of(text) is verdict


def test_this_system_cannot_look_an_invoice_up_by_our_reference(
    server: FactorApiServer, api_at: Reach
) -> None:
    assert api_at(server).find(an_offer()) is Sight.UNTOLD


def test_no_plan_of_troubles_makes_it_take_an_invoice_twice(servers: ExitStack, api_at: Reach) -> None:
    server = breaks(servers, no_trouble)
    api = api_at(server)
    for seed in range(25):
        server.plan = seeded_trouble(seed)
        number, taken = f"INV-{seed}", None
        while not isinstance(taken, Taken):
            with suppress(DeliveryInDoubtError, RemoteRefusedError, UnreachableError):
                taken = api.offer(an_offer(number=number, po=f"PO-{seed}"))
        assert server.created[number] == 1, f"seed {seed}"


def test_an_answer_without_end_is_cut_off() -> None:
    class Endless(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.send_response(200)
            self.send_header("Content-Length", str(10 * LARGEST_ANSWER))
            self.end_headers()
            try:
                while True:
                    self.wfile.write(b"x" * 2**20)
            except OSError:
                return

        def log_message(self, format: str, *args: object) -> None:
            pass

    endless = HTTPServer(("127.0.0.1", 0), Endless)
    thread = threading.Thread(target=endless.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        exchange = Exchange("east-otr", f"http://127.0.0.1:{endless.server_address[1]}", patience=(2, 5))
        with pytest.raises(DeliveryInDoubtError, match="Oversize"):
            exchange.tell("/invoices", headers={}, body={})
        exchange.close()
    finally:
        endless.shutdown()
        endless.server_close()
        thread.join()


def test_an_answer_too_deep_to_be_meant_is_not_read() -> None:
    deep = "[" * 100 + "]" * 100
    transport = httpx2.MockTransport(lambda request: httpx2.Response(200, text=deep))
    exchange = Exchange("east-otr", "http://127.0.0.1:1", transport=transport)
    assert exchange.ask("/x", headers={}).body is None
    exchange.close()


def test_no_secret_in_what_can_be_shown(server: FactorApiServer, api_at: Reach) -> None:
    api = api_at(server)
    api.offer(an_offer())
    assert "token-1" not in repr(vars(api))
    assert "key'" not in repr(api._pass)


def test_a_greeting_logs_in_and_offers_nothing(server: FactorApiServer, api_at: Reach) -> None:
    api_at(server).greet()
    assert (server.log_ins, server.invoices) == (1, {})
    with pytest.raises(CredentialError):
        api_at(server, password="wrong").greet()


def test_a_status_carries_its_day_its_amount_and_the_answer_itself(
    server: FactorApiServer, api_at: Reach
) -> None:
    api = api_at(server)
    answer = api.offer(an_offer())
    assert isinstance(answer, Taken)
    server.say("INV-1", 3, on="2026-03-05")
    (seen,) = api.statuses([answer.external_id])
    assert (seen.status, seen.changed_on, seen.amount) == ("3", dt.date(2026, 3, 5), 1250_10)
    assert '"Status": 3' in seen.raw


@pytest.mark.parametrize(
    ("row", "day", "amount"),
    [
        ({"ModifiedDate": "yesterday", "InvoiceItems": []}, None, None),
        ({"ModifiedDate": 5, "InvoiceItems": [{"UnitPrice": 0.105}]}, None, None),
        ({"InvoiceItems": {"UnitPrice": 10}}, None, 1000),
        ({"InvoiceItems": [{"UnitPrice": 0.1}, {"UnitPrice": 0.2}]}, None, 30),
        ({"InvoiceItems": [{"UnitPrice": True}]}, None, None),
        ({"InvoiceItems": [{"UnitPrice": float("inf")}]}, None, None),
        ({"lastUpdated": "2026-03-05T01:02:03Z", "InvoiceItems": ["x"]}, dt.date(2026, 3, 5), None),
    ],
)
def test_what_is_odd_in_a_status_says_nothing(row: dict[str, object], day: object, amount: object) -> None:
    seen = status_of({"InvoicePkey": 7, "Status": 3, **row}, ["7"])
    assert seen is not None
    assert (seen.changed_on, seen.amount) == (day, amount)
