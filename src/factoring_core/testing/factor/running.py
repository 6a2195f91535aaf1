"""A simulated factor at work: takes what arrives, lets time pass, and issues reports."""

import datetime as dt
import shutil
import tempfile
import threading
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from factoring_core.domain.vocabulary.parties import Connection, Notice, Terms
from factoring_core.errors import UsageError
from factoring_core.testing.factor.batches import TakenBatch, TakenInvoice
from factoring_core.testing.factor.dirt import CLEAN, Dirt, damaged, period, soiled
from factoring_core.testing.factor.inbox import INBOX
from factoring_core.testing.factor.reports import Bought, Collected, ReportFile, SimulatedFactor
from factoring_core.testing.factor.serving import Trouble, serve
from factoring_core.testing.factor.serving import connection as _connection
from factoring_core.testing.factor.timeline import Contract, Happening, fate_of

_WORDS = {"held": "Held", "denied": "Denied", "charged_back": "Chargeback"}


class RunningFactor:
    """A factor with a contract, a way in, and a mind of its own; a context manager.

    Everything it decides follows from *seed* and the invoice numbers: the same batches have the same
    fate in every run.

    Args:
        provider: In whose layout it reports, such as ``winfactor``.
        over: How batches come: folder, sftp, ftps or ftp; or http, where its system takes invoice by
            invoice and says on each what became of it, by the day that it is for the factor.
        contract: What was agreed.
        seed: What chance follows from.
        client_number: The factor's number for the carrier.
        trouble: How its server behaves.
        home: Where it keeps what comes; a temporary folder, removed at the end, by default.
        today: When it takes what comes; may be set as time goes by.
        ending: csv or xlsx, where that is not the provider's usual.
    """

    def __init__(
        self,
        provider: str = "winfactor",
        *,
        over: str = "folder",
        contract: Contract | None = None,
        seed: int = 0,
        client_number: str = "C-1001",
        trouble: Trouble | None = None,
        home: Path | None = None,
        today: dt.date = dt.date(2026, 3, 2),
        ending: str = "",
    ) -> None:
        self.provider, self.over, self.seed, self.today = provider, over, seed, today
        self.contract = contract or Contract()
        self.trouble = trouble or Trouble()
        self.client_number = client_number
        self.batches: list[TakenBatch] = []
        self.happenings: list[Happening] = []
        self.home = home
        self.says_until: dt.date | None = None
        """Up to which day its system says what has happened; `today`, where nothing else is set."""
        self._temporary: str | None = None
        self._served: Any = None
        self._lock = threading.Lock()
        self._writer = SimulatedFactor(
            provider=provider,
            client_number=client_number,
            advance_rate=self.contract.advance,
            fee_rate=self.contract.fee,
            ending=ending,
        )

    def __enter__(self) -> Self:
        if self.home is None:
            self._temporary = tempfile.mkdtemp(prefix="simulated-factor-")
            self.home = Path(self._temporary)
        self._served = serve(
            self.over, self.provider, self.home, self.trouble, arrived=self._arrived, asked=self._asked
        )
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._served.close()
        if self._temporary is not None:
            shutil.rmtree(self._temporary, ignore_errors=True)

    @property
    def inbox(self) -> Path:
        """Where batches of files arrive; beside it is whatever else the factor keeps."""
        if self.home is None:
            raise UsageError("The simulated factor is not open yet; use it in a `with` block.")
        return self.home / INBOX

    def connection(self, id_: str = "factor", *, subsidiary: str, **more: Any) -> Connection:
        """Return the connection that reaches this factor; *more* are fields of `Connection`."""
        contract = self.contract
        given: dict[str, Any] = {
            "provider": self.provider,
            "client_number": self.client_number,
            "terms": Terms(
                advance_rate=contract.advance, fee_rate=contract.fee, recourse_days=contract.recourse_days
            ),
            "notices": (Notice(from_on=dt.date(2020, 1, 1), text="Pay to the order of Example Capital."),),
        }
        return _connection(self._served.settings, id_=id_, subsidiary=subsidiary, **{**given, **more})

    def take(self) -> tuple[TakenBatch, ...]:
        """Take every batch that is whole and was not taken yet, and decide about its invoices.

        A batch is whole when its list and a packet for each line are there.  Over HTTP it is what
        came since the last time, each invoice with its packet.
        """
        with self._lock:
            new = tuple(self._served.batches())
            for batch in new:
                self._decide(batch)
            return new

    def take_invoice(self, invoice: TakenInvoice, *, schedule: str = "") -> None:
        """Take one invoice that came another way."""
        self.happenings.extend(
            fate_of(
                invoice,
                self.contract,
                taken=self.today,
                schedule=schedule,
                seed=f"{self.seed}/{self.provider}",
            )
        )

    def purchase_report(
        self, since: dt.date, until: dt.date, *, dirt: Dirt = CLEAN, name: str = "Purchases"
    ) -> ReportFile:
        """Report what was bought, held and denied from one day to another, both included."""
        rows = [
            Bought(invoice=one.invoice, word=_WORDS.get(one.kind, ""), on=one.on, schedule=one.schedule)
            for one in self._between(since, until, dirt, "purchased", "held", "denied")
        ]
        rows = soiled(rows, dirt, seed=f"{self.seed}/{since}/{until}")
        file = self._writer.purchase_report(rows, on=until, schedule="", name=f"{name} {until}")
        return damaged(file, dirt)

    def payment_report(
        self, since: dt.date, until: dt.date, *, dirt: Dirt = CLEAN, name: str = "Payments"
    ) -> ReportFile:
        """Report what was collected and charged back from one day to another, both included."""
        rows = [
            Collected(
                invoice=one.invoice,
                on=one.on,
                amount=one.amount,
                cheque=one.reference,
                word=_WORDS.get(one.kind, ""),
                rebate=one.released,
            )
            for one in self._between(since, until, dirt, "paid", "charged_back")
        ]
        rows = soiled(rows, dirt, seed=f"{self.seed}/{since}/{until}")
        return damaged(self._writer.payment_report(rows, until=until, name=f"{name} {until}"), dirt)

    def _between(self, since: dt.date, until: dt.date, dirt: Dirt, *kinds: str) -> list[Happening]:
        self.take()
        first, last = period(dirt, since, until)
        found = [one for one in self.happenings if one.kind in kinds and first <= one.on <= last]
        return sorted(found, key=lambda one: (one.on, one.invoice.number))

    def _arrived(self) -> None:
        if self.trouble.consumes:
            self.take()

    def _asked(self) -> None:
        """Bring what the system says up to the day."""
        self.take()
        until = self.says_until or self.today
        found = [one for one in self.happenings if one.on <= until]
        self._served.say(sorted(found, key=lambda one: one.on))

    def _decide(self, batch: TakenBatch) -> None:
        self.batches.append(batch)
        for invoice in batch.invoices:
            self.take_invoice(invoice, schedule=f"{7000 + len(self.batches)}")
