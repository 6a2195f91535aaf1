"""The adapters of the small ports keep the shipped contracts."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar

import pytest

from factoring_core.adapters.chance.seeded import SeededChance
from factoring_core.adapters.chance.system import SystemChance
from factoring_core.adapters.clocks.fixed import FixedClock
from factoring_core.adapters.clocks.idle import IdleTimer
from factoring_core.adapters.clocks.running import RunningTimer
from factoring_core.adapters.clocks.system import SystemClock
from factoring_core.adapters.documents.binder import PdfBinder
from factoring_core.adapters.documents.bindery import Bindery
from factoring_core.adapters.remote.api.exchange import Exchange
from factoring_core.adapters.remote.api.otr import OtrApi, OtrLogin
from factoring_core.adapters.reports.reader import TableReportReader
from factoring_core.adapters.secrets.sources import SecretReferences
from factoring_core.domain.selling.credit import CreditVerdict
from factoring_core.domain.selling.offering import Memory
from factoring_core.ports.factor_api import Debtor, Declined, FactorApi, Offer, StatusSeen, Taken
from factoring_core.ports.secrets import Secret
from factoring_core.testing.contracts import (
    ChanceContract,
    ClockContract,
    FactorApiContract,
    PacketBinderContract,
    ReportReaderContract,
    SecretsContract,
    TimerContract,
)
from factoring_core.testing.servers.factor_api import FactorApiServer
from factoring_core.testing.simulated_api import SimulatedApi, SimulatedSystem

NOON = dt.datetime(2026, 3, 2, 12, tzinfo=dt.timezone(dt.timedelta(hours=-6)))


class TestSystemClock(ClockContract):
    @pytest.fixture
    def clock(self) -> SystemClock:
        return SystemClock()


class TestFixedClock(ClockContract):
    @pytest.fixture
    def clock(self) -> FixedClock:
        return FixedClock(NOON)


class TestRunningTimer(TimerContract):
    @pytest.fixture
    def timer(self) -> RunningTimer:
        return RunningTimer()


class TestIdleTimer(TimerContract):
    @pytest.fixture
    def timer(self) -> IdleTimer:
        return IdleTimer()


class TestSystemChance(ChanceContract):
    @pytest.fixture
    def chance(self) -> SystemChance:
        return SystemChance()


class TestSeededChance(ChanceContract):
    @pytest.fixture
    def chance(self) -> SeededChance:
        return SeededChance("seed")


class TestSecretsOfTheEnvironment(SecretsContract):
    reference = "env:RTS_PASSWORD"
    absent = "env:ABSENT"

    @pytest.fixture
    def source(self) -> SecretReferences:
        return SecretReferences(environ={"RTS_PASSWORD": self.value})


class TestSecretsInFiles(SecretsContract):
    reference = "file:password"
    absent = "file:absent"
    bad_references = ("file:open", "file:two-lines")

    @pytest.fixture
    def source(self, tmp_path: Path) -> SecretReferences:
        for name, text, mode in (
            ("password", self.value, 0o600),
            ("open", self.value, 0o644),
            ("two-lines", f"{self.value}\n{self.value}", 0o600),
        ):
            (tmp_path / name).write_text(text, encoding="utf-8")
            (tmp_path / name).chmod(mode)
        return SecretReferences(folder=tmp_path)


class TestTableReportReader(ReportReaderContract):
    @pytest.fixture
    def reader(self) -> TableReportReader:
        return TableReportReader()


class TestPdfBinder(PacketBinderContract):
    @pytest.fixture
    def binder(self) -> PdfBinder:
        return PdfBinder()


class TestBindery(PacketBinderContract):
    @pytest.fixture(scope="class")
    @classmethod
    def binder(cls) -> Bindery:
        return Bindery()


OFFER = Offer(
    reference="fc1-1",
    invoice_number="INV-1",
    cells={
        "InvoiceNo": "INV-1",
        "PoNumber": "PO-1",
        "BrokerMC": "998877",
        "ClientDOT": "7654321",
        "InvoiceAmount": "1250.10",
        "InvoiceDate": "2026-03-01",
        "FromCity": "Austin",
        "FromState": "TX",
        "ToCity": "Tulsa",
        "ToState": "OK",
    },
)
UNWANTED = Offer(
    reference="fc1-2",
    invoice_number="INV-2",
    cells={**OFFER.cells, "InvoiceNo": "INV-2", "PoNumber": "PO-2", "BrokerMC": "111111"},
)


class SimulatedSystemContract(FactorApiContract):
    memory: ClassVar[Memory]
    looks: ClassVar[bool]

    @pytest.fixture
    def api(self) -> SimulatedApi:
        declines = {"INV-2": Declined(code="credit_declined", message="Not approved")}
        return SimulatedApi(SimulatedSystem(memory=self.memory, looks=self.looks, declines=declines))

    @pytest.fixture
    def sample(self) -> Offer:
        return OFFER

    @pytest.fixture
    def declined(self) -> Offer:
        return UNWANTED

    def created(self, api: FactorApi, invoice_number: str) -> int:
        assert isinstance(api, SimulatedApi)
        return api.system.created[invoice_number]


class TestSimulatedSystemThatRemembers(SimulatedSystemContract):
    memory, looks = Memory.FOREVER, False


class TestSimulatedSystemThatCanBeAsked(SimulatedSystemContract):
    memory, looks = Memory.NONE, True


class TestOtr(FactorApiContract):
    secret = "pass-word"
    credit: ClassVar[dict[CreditVerdict, Debtor]] = {
        CreditVerdict.APPROVED: Debtor(name="Blue Freight", mc_number="998877"),
        CreditVerdict.DECLINED: Debtor(name="Red Freight", mc_number="111111"),
        CreditVerdict.UNKNOWN: Debtor(name="Nobody"),
    }
    server: FactorApiServer

    @pytest.fixture
    def api(self) -> Iterator[OtrApi]:
        with FactorApiServer(password=self.secret, approved=frozenset({"998877"})) as server:
            login = OtrLogin(username="acme", password=Secret(self.secret), subscription_key=Secret("key"))
            exchange = Exchange("east-otr", server.base_url, patience=(2, 2))
            self.server = server
            api = OtrApi(exchange, lambda: login, now=lambda: NOON.astimezone(dt.UTC))
            yield api
            api.close()

    @pytest.fixture
    def sample(self) -> Offer:
        return OFFER

    @pytest.fixture
    def declined(self) -> Offer:
        return UNWANTED

    def created(self, api: FactorApi, invoice_number: str) -> int:
        return self.server.created[invoice_number]

    def papers(self, api: FactorApi, invoice_number: str) -> set[bytes]:
        held = self.server.held(invoice_number)
        assert held is not None
        return set(held.contents)

    def said(self, api: FactorApi, taken: Taken, offer: Offer) -> StatusSeen:
        self.server.say(offer.invoice_number, 3, on="2026-03-05", schedule="7001")
        return StatusSeen(
            external_id=taken.external_id,
            invoice_number=offer.invoice_number,
            status="3",
            changed_on=dt.date(2026, 3, 5),
            amount=1250_10,
            schedule_number="7001",
        )
