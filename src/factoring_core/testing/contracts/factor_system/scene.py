"""A factor's system on this machine, and the connection of the settings that leads there."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from factoring_core.domain.vocabulary.parties import Connection, Protocol
from factoring_core.ports.factor_api import Declined, FactorApi, Offer, StatusSeen, Taken
from factoring_core.ports.secrets import SecretSource
from factoring_core.testing.contracts.base import Contract
from factoring_core.testing.contracts.complaints import HIDDEN
from factoring_core.testing.contracts.factor_system.answers import LOG_INS, ROWS, SHAPES
from factoring_core.testing.contracts.remote.scene import Vault
from factoring_core.testing.servers.factor_api import FactorApiServer, Plan, Trouble, no_trouble

NOON = dt.datetime(2026, 3, 2, 12, tzinfo=dt.UTC)
KEY = "key-of-the-subscription"
APPROVED, OTHER = "998877", "111111"


class ReachesSystems(Contract):
    """Override `opened`; and `system`, `offered` and ``settings`` where the system is not the shipped one."""

    settings: Sequence[str] = ("base_url", "username", "credential", "api_key")
    """The settings without which nothing can be asked."""
    needs: Mapping[str, str] = {}
    """Libraries without which nothing can be asked, each with the extra that brings it."""

    shapes: Sequence[tuple[int, object, Taken | Declined | None]] = SHAPES
    """Answers to an offer of ``INV-1``: HTTP status, body, and what it means; None for a doubt."""
    rows: Sequence[tuple[object, list[StatusSeen]]] = ROWS
    """Answers about invoice ``7``, and what they say."""
    log_ins: Sequence[tuple[int, object, bool]] = LOG_INS
    """Answers to a log-in that lets nobody in, and whether the credential is turned down by it."""

    def opened(self, connection: Connection, secrets: SecretSource, now: Any) -> FactorApi:
        """Return the way in of a connection; nothing is sent yet.  *now* gives the time."""
        raise NotImplementedError

    def system(self, plan: Plan) -> Any:
        """Return a system that breaks by a plan: a context manager with the counters of the shipped one."""
        return FactorApiServer(
            password=HIDDEN, subscription_key=KEY, approved=frozenset({APPROVED}), plan=plan
        )

    def untrusted(self, place: Path) -> Any:
        """Return a system whose certificate nobody trusts; *place* is a folder to keep that in."""
        return FactorApiServer(password=HIDDEN, subscription_key=KEY, tls_in=place)

    def offered(self, number: str, *, mc: str = APPROVED, po: str | None = None) -> Offer:
        """Return an offer of an invoice, in the cells of the system's list."""
        cells = {
            "InvoiceNo": number,
            "PoNumber": po or f"PO-{number}",
            "BrokerMC": mc,
            "ClientDOT": "7654321",
            "InvoiceAmount": "1250.10",
            "InvoiceDate": "2026-03-01",
            "FromCity": "Austin",
            "FromState": "TX",
            "ToCity": "Tulsa",
            "ToState": "OK",
        }
        return Offer(reference=f"fc1-{number}", invoice_number=number, cells=cells)

    def connection(self, base_url: str) -> Connection:
        """Return the connection that leads to a system."""
        return Connection(
            id="east",
            subsidiary="acme",
            provider="otr",
            protocol=Protocol.API,
            base_url=base_url,
            username="acme",
            credential="env:PASSWORD",
            api_key="env:KEY",
        )

    @contextmanager
    def reached(
        self, plan: Plan = no_trouble, held: Mapping[str, str] | None = None
    ) -> Iterator[tuple[Any, Any, dict[str, str]]]:
        """Open a way into a system that breaks by a plan; yields both, and what errors have to name."""
        vault = Vault(**{"PASSWORD": HIDDEN, "KEY": KEY, **(held or {})})
        with self.system(plan) as system:
            api = self.opened(self.connection(system.base_url), vault, lambda: NOON)
            host = system.base_url.partition("://")[2].partition("/")[0]
            try:
                yield system, api, {"connection": "east", "host": host}
            finally:
                api.close()


def at_question(question: str, *troubles: Trouble) -> Plan:
    def plan(asked: str, before: int) -> Trouble | None:
        return troubles[before] if asked == question and before < len(troubles) else None

    return plan
