"""A real office on the disk and a real SFTP server whose factor takes what arrives."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from contract.home import Home, subsidiary
from factoring_core.testing.servers.arrivals import Arrival, Hooks
from factoring_core.testing.servers.sftp import SftpServer

CONNECTION = """
[[connections]]
id = "east-winfactor"
subsidiary = "east"
provider = "winfactor"
protocol = "sftp"
host = "{host}"
port = {port}
folder = "inbox"
username = "acme"
credential = "file:secret"
host_key = "{key}"
[[connections.notices]]
from = 2020-01-01
text = "Pay to the order of Example Capital"
"""

LOADS = tuple(str(one) for one in range(1, 5))


def unwatched(verb: str, name: str) -> None:
    """Watch nothing."""


class Counting:
    """A factor that empties the folder when a list arrives, and counts what it saw.

    ``watch`` is called on the server's thread with every verb and name, before it is done.
    """

    def __init__(self, root: Path) -> None:
        self.arrived: Counter[str] = Counter()
        self.watch: Callable[[str, str], None] = unwatched
        hooks = Hooks(before=lambda verb, name: self.watch(verb, name), arrival=self._arrival)
        (root / "inbox").mkdir(parents=True)
        self.inbox = root / "inbox"
        self.server = SftpServer(root, passwords={"acme": "pass"}, hooks=hooks)

    def _arrival(self, arrival: Arrival) -> None:
        if arrival.name.startswith("."):
            return
        self.arrived[arrival.name] += 1
        if arrival.name.endswith(".csv"):
            for file in arrival.folder.iterdir():
                if not file.name.startswith("."):
                    file.unlink()

    def anew(self) -> None:
        """Forget everything, for the next try."""
        self.arrived.clear()
        self.watch = unwatched
        for file in self.inbox.iterdir():
            file.unlink()

    @property
    def lists(self) -> list[int]:
        """How often each list arrived."""
        return [count for name, count in self.arrived.items() if name.endswith(".csv")]


def prepared(folder: Path, factor: Counting, loads: tuple[str, ...] = LOADS) -> Home:
    """Return a home whose loads are queued."""
    server = factor.server
    text = CONNECTION.format(host=server.host, port=server.port, key=server.host_key)
    home = Home(folder, subsidiary(), text)
    secret = folder / "secret"
    secret.write_text("pass", encoding="utf-8")
    secret.chmod(0o600)
    home.bring(*({"load_number": one} for one in loads))
    return home


def copied(home: Home, to: Path) -> Home:
    """Return the same home elsewhere."""
    shutil.copytree(home.path, to)
    again = Home.__new__(Home)
    again.path = to
    return again


def program(home: Home, *line: str, output: bool = False) -> subprocess.Popen[bytes]:
    """Start the real program; what it says can be heard where *output* is asked for."""
    command = [sys.executable, "-m", "factoring_core.cli", "--home", str(home.path), "--json", *line]
    stdout = subprocess.PIPE if output else subprocess.DEVNULL
    return subprocess.Popen(command, stdout=stdout, stderr=subprocess.DEVNULL)


def settle_down(home: Home) -> None:
    """Resume and submit until nothing is left to do."""
    for _ in range(4):
        answer = home("resume")
        if all(batch["state"] == "delivered" for batch in answer["batches"]):
            break
    home("submit", "--subsidiary", "east", *LOADS)


def assert_once(home: Home, factor: Counting) -> None:
    """Assert that every file of one batch arrived once, and every load is invoiced."""
    assert factor.lists == [1], factor.arrived
    assert sum(factor.arrived.values()) == len(LOADS) + 1, factor.arrived
    assert set(factor.arrived.values()) == {1}, factor.arrived
    assert set(home.standing().values()) == {"invoiced"}
