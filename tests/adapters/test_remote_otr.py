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
from factoring_core.domain.selling.offering import Sight
from factoring_core.errors import (
    DeliveryInDoubtError,
    RemoteRefusedError,
    UnreachableError,
)
from factoring_core.ports.factor_api import Declined, Offer, Taken
from factoring_core.ports.secrets import Secret
from factoring_core.testing.contracts.complaints import HIDDEN, refused
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


def test_an_empty_token_is_no_log_in(server: FactorApiServer, api_at: Reach) -> None:
    """It was taken for one, and every question after it was refused for another reason."""
    server.answers["POST /auth"] = (200, {"access_token": "", "expires_in": 7199})
    refused(UnreachableError, api_at(server).greet, retryable=True)


def test_a_po_number_of_another_invoice_is_no_acceptance(server: FactorApiServer, api_at: Reach) -> None:
    api = api_at(server)
    api.offer(an_offer())
    answer = api.offer(an_offer(number="INV-2"))
    assert isinstance(answer, Declined)
    assert answer.code == "duplicate"
    assert "INV-1" in answer.message


def test_statuses_come_as_they_are_and_unknown_ids_are_left_out(
    server: FactorApiServer, api_at: Reach
) -> None:
    api = api_at(server)
    answer = api.offer(an_offer())
    assert isinstance(answer, Taken)
    server.invoices[answer.external_id].status = "3"
    (seen,) = api.statuses([answer.external_id, "77"])
    assert (seen.external_id, seen.invoice_number, seen.status) == (answer.external_id, "INV-1", "3")


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


def test_a_log_in_that_broke_carries_no_password_in_its_trace(servers: ExitStack, api_at: Reach) -> None:
    """The frames below held it in clear, for whoever keeps the locals of a trace."""
    server = breaks(servers, breaking("POST /auth", Trouble.LOST_REPLY))
    refused(UnreachableError, api_at(server, password=HIDDEN).greet)


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
