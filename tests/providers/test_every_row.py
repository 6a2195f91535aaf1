"""Every connection of the product, from submission to Completed, over the way it is said to work."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve

from adapters.test_partner_api import HostsOwnApi
from factoring_core import Customer, Office, Settings, Subsidiary, open_office
from factoring_core.adapters.clocks.fixed import FixedClock
from factoring_core.adapters.remote.api.exchange import Exchange
from factoring_core.adapters.remote.line import Login
from factoring_core.adapters.storage.memory import MemoryStore
from factoring_core.domain.vocabulary.parties import Connection, Notice, Protocol
from factoring_core.ports.secrets import Secret
from factoring_core.ports.storage import Store
from factoring_core.providers import all_profiles
from factoring_core.testing.factor import GOOD, RunningFactor
from factoring_core.testing.servers.factor_api import FactorApiServer
from usecases.desk import PlainBinder

DAY, YEAR = dt.date(2026, 3, 2), dt.date(2026, 12, 31)
OVER = {
    "winfactor": "sftp",
    "rts": "ftps",
    "sunbelt": "ftps",
    "triumph": "sftp",
    "compass": "ftps",
    "wex_fleetone_ftp": "sftp",
}
BY_HAND = ("capital_depot", "wex_fleetone")
PARTNERS = ("apex", "saint_johns", "tafs", "trufunding")
NOTICE = Notice(from_on=dt.date(2020, 1, 1), text="Pay to the order of Example Capital.")
PAPER = b"%PDF-1.7 "
NUMBERS = ("L-1", "L-2", "L-3")


class Carrier:
    """A carrier with three queued loads and one connection; ``reopened`` reads new layouts."""

    def __init__(self, home: Path, one: Connection, **more: Any) -> None:
        self.home, self.more = home, more
        home.mkdir()
        self.settings = Settings(
            subsidiaries=(Subsidiary(id="east", name="Acme East", dot_number="7654321"),),
            customers=(
                Customer(
                    id="blue", name="Blue & Co", mc_number="998877", debtor_numbers={one.provider: "D-7"}
                ),
            ),
            connections=(one,),
        )
        self.store: Store = MemoryStore()
        self.office = self.reopened()
        for kind in ("invoice", "pod", "rate"):
            (home / f"{kind}.pdf").write_bytes(PAPER + kind.encode())
        head = (
            "load_number,subsidiary,customer,amount,po_number,truck_number,origin_city,origin_state,"
            "destination_city,destination_state,invoice_file,pod_file,rate_confirmation_file"
        )
        lines = [
            f"{load},east,blue,{n}00.50,PO-{n},T-1,Austin,TX,Tulsa,OK,invoice.pdf,pod.pdf,rate.pdf"
            for n, load in enumerate(NUMBERS, start=1)
        ]
        self.office.import_loads("\n".join([head, *lines]).encode(), name="loads.csv", folder=home)
        self.office.generate_invoices(NUMBERS)

    def reopened(self) -> Office:
        clock = FixedClock(dt.datetime.combine(DAY, dt.time(18), dt.UTC))
        given = {"settings": self.settings, "store": self.store, "clock": clock, **self.more}
        office = open_office(self.home, **given)
        self.office = office.working_with(evolve(office.ports, binder=PlainBinder()))
        return self.office

    def statuses(self) -> set[str]:
        return {view.standing.status.value for view in self.office.loads()}

    def apply(self, content: bytes, name: str, **more: Any) -> Any:
        return self.office.apply_report(content, name=name, subsidiary="east", **more)

    def by_template(self, kind: str) -> None:
        """Fill the template as a person does, and apply it."""
        columns = {"purchase": "Purchase Date,Invoice Amount", "payment": "Payment Date,Payment Amount"}
        lines = [f"{load},03/09/2026,{n}00.50" for n, load in enumerate(NUMBERS, start=1)]
        self.apply("\n".join([f"Invoice Number,{columns[kind]}", *lines]).encode(), f"{kind}.csv", kind=kind)


def strange(factor: RunningFactor, kind: str) -> bytes:
    """Return what the factor tells, under headings of which the layouts here know only the day's."""
    told = {
        "purchased": "Beleg;Purchase Date;Kaufsumme",
        "paid": "Beleg;Payment Date;Eingang",
    }
    rows = sorted((one.invoice.number, one.on, one.amount) for one in factor.happenings if one.kind == kind)
    lines = [f"{number};{on.isoformat()};{amount // 100}.{amount % 100:02}" for number, on, amount in rows]
    return "\n".join([told[kind], *lines, ""]).encode()


@pytest.fixture
def open_() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


def test_these_are_all_thirteen() -> None:
    assert {*OVER, *BY_HAND, *PARTNERS, "otr"} == {*all_profiles()}
    assert {id_ for id_, one in all_profiles().items() if one.mode == "file_transfer"} == {*OVER}
    assert {id_ for id_, one in all_profiles().items() if one.mode == "manual"} == {*BY_HAND}


@pytest.mark.parametrize("provider", OVER)
def test_a_batch_goes_to_a_real_server_and_unknown_reports_complete_it(
    provider: str, open_: ExitStack, tmp_path: Path
) -> None:
    factor = open_.enter_context(RunningFactor(provider, over=OVER[provider], contract=GOOD))
    carrier = Carrier(tmp_path / "home", factor.connection(subsidiary="east"))
    open_.callback(lambda: carrier.office.close())
    result = carrier.office.submit("east")
    assert (result.error, result.refused) == (None, ())
    factor.take()
    assert [len(batch.invoices) for batch in factor.batches] == [3]
    assert carrier.statuses() == {"invoiced"}
    for kind, word, reached in (("purchase", "purchased", "financed"), ("payment", "paid", "completed")):
        content, name = strange(factor, word), f"{kind} unknown.csv"
        found = carrier.office.inspect(content, name=name, provider=provider)
        assert not found.best
        assert found.draft is not None
        layout = carrier.home / str(found.draft_file)
        layout.parent.mkdir(parents=True, exist_ok=True)
        layout.write_text(found.draft, encoding="utf-8")
        applied = carrier.reopened().apply_report(content, name=name, subsidiary="east")
        assert (applied.kind, applied.verified) == (kind, False)
        assert carrier.statuses() == {reached}


def by_api(provider: str, server: FactorApiServer) -> Connection:
    return Connection(
        id=f"east-{provider}",
        subsidiary="east",
        provider=provider,
        protocol=Protocol.API,
        base_url=server.base_url,
        username="acme",
        credential="env:OTR_PASSWORD",
        api_key="env:OTR_KEY",
        notices=(NOTICE,),
    )


def test_a_batch_goes_to_a_real_http_server_and_asking_finances_it(
    open_: ExitStack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OTR_PASSWORD", "secret")
    monkeypatch.setenv("OTR_KEY", "key")
    server = open_.enter_context(FactorApiServer())
    carrier = Carrier(tmp_path / "home", by_api("otr", server))
    open_.callback(lambda: carrier.office.close())
    result = carrier.office.submit("east")
    assert (result.error, result.refused) == (None, ())
    assert server.created == dict.fromkeys(NUMBERS, 1)
    for number in NUMBERS:
        server.say(number, 3, on="2026-03-05")
    carrier.office.sync("east-otr")
    assert carrier.statuses() == {"financed"}
    carrier.by_template("payment")
    assert carrier.statuses() == {"completed"}


@pytest.mark.parametrize("provider", PARTNERS)
def test_a_hosts_way_to_a_partners_system_and_the_templates_complete_it(
    provider: str, open_: ExitStack, tmp_path: Path
) -> None:
    server = open_.enter_context(FactorApiServer())
    login = Login(username="acme", password=Secret("secret"))
    exchange = Exchange("east", server.base_url, patience=(2, 2))
    api = HostsOwnApi(exchange, lambda: login, now=lambda: dt.datetime.combine(DAY, dt.time(9), dt.UTC))
    open_.callback(api.close)
    carrier = Carrier(tmp_path / "home", by_api(provider, server), api=lambda _: api)
    result = carrier.office.submit("east")
    assert (result.error, result.refused) == (None, ())
    assert server.created == dict.fromkeys(NUMBERS, 1)
    carrier.by_template("purchase")
    assert carrier.statuses() == {"financed"}
    carrier.by_template("payment")
    assert carrier.statuses() == {"completed"}


@pytest.mark.parametrize("provider", BY_HAND)
def test_a_person_hands_a_batch_over_and_fills_the_templates(provider: str, tmp_path: Path) -> None:
    one = Connection(id="east-hand", subsidiary="east", provider=provider, notices=(NOTICE,))
    carrier = Carrier(tmp_path / "home", one)
    (batch,) = carrier.office.submit("east").batches
    carrier.office.batch_files(batch.id, tmp_path / "out")
    names = {file.name for file in (tmp_path / "out").iterdir()}
    assert {f"{number}.pdf" for number in NUMBERS} < names
    carrier.office.confirm(batch.id)
    assert carrier.statuses() == {"invoiced"}
    carrier.by_template("purchase")
    assert carrier.statuses() == {"financed"}
    carrier.by_template("payment")
    assert carrier.statuses() == {"completed"}
