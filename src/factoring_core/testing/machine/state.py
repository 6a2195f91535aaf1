"""What a machine keeps between its steps, and what it can ask of that."""

import shutil
import tempfile
from pathlib import Path
from typing import TypeAlias

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine

from factoring_core.testing.factor import ReportFile
from factoring_core.testing.machine.host import Host
from factoring_core.testing.machine.model import Model, Movement
from factoring_core.testing.machine.site import CONNECTIONS, Site

PICK = st.integers(0, 7)
Issued: TypeAlias = tuple[str, ReportFile, str, frozenset[Movement]]
"""A report: by which connection, the file, of which kind, and the lines of the ledger that it tells of."""


class MachineState(RuleBasedStateMachine):
    """A host, what stands around it, and what happened; the rules are in the classes above."""

    def __init__(self) -> None:
        super().__init__()
        self._root = Path(tempfile.mkdtemp(prefix="factoring-machine-"))
        self.site = Site(home=self._root / "home", papers=self._root / "papers")
        self.site.home.mkdir()
        self.model = Model()
        self.active = CONNECTIONS[0]
        self._read = 0
        self._cheques = 0
        self._interrupted = False
        self._files: list[Issued] = []
        self._brought: list[str] = []
        """The loads of the last file."""
        self.host: Host = self.open_host(self.site)

    def open_host(self, site: Site) -> Host:
        """Open the host over what it has stored; called again after every crash.

        Everything that is to survive lies in ``site.home``, or in what the subclass itself keeps.
        """
        raise NotImplementedError("Say how your host is opened.")

    def teardown(self) -> None:
        """Close the host."""
        try:
            self.host.close()
        finally:
            shutil.rmtree(self._root, ignore_errors=True)

    def _unsold(self) -> list[str]:
        return [number for number, one in self.model.loads.items() if one.invoiced and one.sale is None]

    def _at_factor(self) -> list[str]:
        return [number for number, one in self.model.loads.items() if one.sale is not None]

    def _undecided(self) -> list[str]:
        """Loads at a factor that it has neither bought nor denied."""
        said = {(one.load, one.batch) for one in self.model.ledger if one.kind in ("purchase", "denied")}
        return [one for one in self._at_factor() if (one, self.model.loads[one].sale) not in said]

    def _movable(self) -> list[str]:
        """Loads at a factor of which it has not said its last word."""
        last = {(one.load, one.batch) for one in self.model.ledger if one.kind in ("chargeback", "denied")}
        return [one for one in self._at_factor() if (one, self.model.loads[one].sale) not in last]

    def _open(self) -> bool:
        """Whether a submission met trouble, and nothing has finished it since."""
        return self._interrupted or any(not one.known for one in self.model.batches)

    def _denied(self) -> list[str]:
        """Loads that the host has been told of as denied, and of nothing else."""
        told = self.model.told()
        found = []
        for number in self._at_factor():
            sale = self.model.loads[number].sale
            kinds = {one.kind for one in told if one.load == number and one.batch == sale}
            ledger = {one.kind for one in self.model.moves(number)}
            if kinds == ledger == {"denied"}:
                found.append(number)
        return found

    def _short(self) -> list[str]:
        """Loads that are bought, paid in part, and were never touched by a chargeback or a bounce."""
        found = []
        for number in self._at_factor():
            kinds = {one.kind for one in self.model.moves(number)}
            expected = self.model.expected(number)
            if (
                expected.statuses == {"financed"}
                and (expected.paid or 0) > 0
                and kinds <= {"purchase", "payment"}
            ):
                found.append(number)
        return found

    def _charged_back(self) -> list[str]:
        loads = self.model.loads
        return [
            one
            for one in self._at_factor()
            if self.model.expected(one).open is None
            and self.model.expected(one).paid is None
            and not loads[one].stated
        ]

    def _undoable(self) -> list[str]:
        """Reports on which no return and no stated payment was built."""
        loads = self.model.loads
        return [
            report
            for report, rows in self.model.reports.items()
            if all(loads[one.load].sale == one.batch and not loads[one.load].stated for one in rows)
        ]

    def _keeps_secrets(self, text: str, where: str) -> None:
        assert self.site.password not in text, f"L5 no leak: {where} shows the factor's password"

    def _reopen(self) -> None:
        self.host.close()
        self.host = self.open_host(self.site)
