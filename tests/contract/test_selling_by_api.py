"""The command line against a factor's system over real HTTP: sold, killed, resumed, asked, paid."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from random import Random
from typing import Any

import pytest

from contract.home import Home, a_load, subsidiary
from factoring_core.testing.servers.factor_api import FactorApiServer, Trouble

OTR = """
[[connections]]
id = "east-otr"
subsidiary = "east"
provider = "otr"
protocol = "api"
base_url = "{url}"
username = "acme"
credential = "env:OTR_PASSWORD"
api_key = "env:OTR_KEY"
{more}
[[connections.notices]]
from = 2020-01-01
text = "Pay to the order of Example Capital"
"""
PLACES = {
    "origin_city": "Austin",
    "origin_state": "TX",
    "destination_city": "Tulsa",
    "destination_state": "OK",
}


@pytest.fixture(autouse=True)
def secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTR_PASSWORD", "secret")
    monkeypatch.setenv("OTR_KEY", "key")


def home_at(path: Path, server: FactorApiServer, loads: int = 2, more: str = "") -> Home:
    home = Home(path, subsidiary(), OTR.format(url=server.base_url, more=more))
    rows: list[Mapping[str, object]] = [
        {"load_number": f"L-{n}", "po_number": f"PO-{n}", **PLACES} for n in range(1, loads + 1)
    ]
    if rows:
        home("loads", "import", home.table("loads.csv", [a_load(**row) for row in rows]))
    return home


class Killer:
    """Kills the process that asks, at the questions that *at* names by their number."""

    def __init__(self, at: Callable[[int], Trouble | bool | None]) -> None:
        self.at, self.questions, self.kills = at, 0, 0
        self.process: subprocess.Popen[str] | None = None

    def __call__(self, question: str, before: int) -> Trouble | None:
        number, self.questions = self.questions, self.questions + 1
        fate = self.at(number)
        if fate is False or self.process is None:
            return None
        self.kills += 1
        self.process.kill()
        self.process.wait()
        return fate if isinstance(fate, Trouble) else None

    def run(self, home: Home, *line: str) -> int:
        """Type one line in a process of its own, which may not live to its end."""
        command = [sys.executable, "-m", "factoring_core.cli", "--home", str(home.path), "--json", *line]
        self.process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=dict(os.environ)
        )
        out, err = self.process.communicate(timeout=120)
        assert "Traceback" not in err
        if self.process.returncode >= 0:
            json.loads(out)
        return self.process.returncode


def carried_through(home: Home, server: FactorApiServer, killer: Killer, loads: int) -> None:
    """Submit and resume until nobody is killed any more; assert that each invoice came once."""
    status = killer.run(home, "submit", "--subsidiary", "east")
    for _ in range(40):
        if status == 0:
            break
        status = killer.run(home, "resume")
        assert all(count == 1 for count in server.created.values())
        standing = home.standing()
        held = {f"L-{one.number.removeprefix('INV-')}" for one in server.invoices.values()}
        assert {load for load, state in standing.items() if state == "invoiced"} <= held
    assert status == 0
    assert server.created == {f"INV-{n}": 1 for n in range(1, loads + 1)}
    assert all(len(one.papers) >= 1 for one in server.invoices.values())
    assert set(home.standing().values()) == {"invoiced"}


def test_five_kills_in_a_row_create_nothing_twice_and_lose_nothing(tmp_path: Path) -> None:
    """Killed while it logs in, before and after an invoice is taken, and while a packet is given."""
    fates: dict[int, Trouble | None] = {
        0: None,
        2: Trouble.LOST_REQUEST,
        4: None,
        8: None,
        10: Trouble.LOST_REQUEST,
    }
    killer = Killer(lambda number: fates.get(number, False))
    with FactorApiServer(plan=killer) as server:
        home = home_at(tmp_path, server)
        carried_through(home, server, killer, loads=2)
    assert killer.kills == 5


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(2))
def test_kills_at_random_create_nothing_twice_and_lose_nothing(tmp_path: Path, seed: int) -> None:
    chance = Random(seed)
    killer = Killer(
        lambda number: (
            False if number > 40 or chance.random() > 0.4 else chance.choice([None, Trouble.LOST_REQUEST])
        )
    )
    with FactorApiServer(plan=killer) as server:
        home = home_at(tmp_path, server, loads=3)
        carried_through(home, server, killer, loads=3)
    assert killer.kills >= 4


def test_check_logs_in_and_offers_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with FactorApiServer() as server:
        home = home_at(tmp_path, server, loads=0)
        assert [one["code"] for one in home("check")["findings"]] == ["greeted"]
        assert (server.log_ins, server.invoices) == (1, {})
        monkeypatch.setenv("OTR_PASSWORD", "another")
        assert home("check", status=4).code == "auth_rejected"
        monkeypatch.delenv("OTR_KEY")
        assert home("check", status=2).code == "credential_missing"


def test_a_load_from_queued_to_completed_by_asking_and_by_a_report(tmp_path: Path) -> None:
    with FactorApiServer(approved=frozenset({"998877"})) as server:
        home = home_at(tmp_path, server, more='report_folder = "reports"')
        (tmp_path / "reports").mkdir()
        assert home("credit", "check", "--load", "L-1")["verdict"] == "approved"
        home("submit", "--subsidiary", "east")
        server.say("INV-1", 3, on="2026-11-05")
        server.say("INV-2", 8, on="2026-11-05")
        told = home("sync", "--connection", "east-otr")
        assert [(one["word"], one["disposition"]) for one in told["statuses"]] == [
            ("Approved", "purchased"),
            ("OTR Followup", "held"),
        ]
        assert home.standing() == {"L-1": "financed", "L-2": "invoiced"}
        assert home("sync", "--connection", "east-otr")["report"] is None

        cells: dict[str, Any] = {"Invoice Number": "INV-1", "Payment Date": "11/20/2026"}
        home.table("reports/paid today.csv", [{**cells, "Payment Amount": "1000.00", "Check Number": "C-1"}])
        waiting = home("report", "fetch", "--connection", "east-otr")
        assert [one["code"] for one in waiting["waiting"]] == ["not_settled"]
        assert home.standing()["L-1"] == "financed"


def test_switching_drains_the_old_connection(tmp_path: Path) -> None:
    """Deactivated: no new batch goes through it, what is open there still comes in, the notice follows."""
    from contract.home import depot

    with FactorApiServer() as server:
        other = depot(more="active = false").replace("Example Capital", "Another Factor")
        home = Home(tmp_path, subsidiary(), OTR.format(url=server.base_url, more=""), other)
        home.bring({"load_number": "L-1", "po_number": "PO-1", **PLACES})
        home("submit", "--subsidiary", "east")
        assert home("connections", "activate", "east-depot", status=1).code
        home("connections", "deactivate", "east-otr", "--reason", "leaving")
        home.bring({"load_number": "L-2", "po_number": "PO-2", **PLACES}, name="more.csv")
        refused = home("preflight", "--subsidiary", "east")["refused"]
        reasons = {reason["code"] for one in refused for reason in one["reasons"]}
        assert reasons & {"no_active_connection", "connection_draining"}
        home("connections", "activate", "east-depot")
        batch = home("submit", "--subsidiary", "east")["batches"][0]
        assert (batch["connection"], batch["loads"]) == ("east-depot", ["L-2"])
        home("batches", "confirm", batch["batch_id"])

        server.say("INV-1", 3, on="2026-11-05")
        home("sync", "--connection", "east-otr")
        assert home.standing() == {"L-1": "financed", "L-2": "invoiced"}
        states = {
            one["id"]: (one["active"], one["draining"]) for one in home("connections", "list")["connections"]
        }
        assert states == {"east-otr": (False, True), "east-depot": (True, False)}
