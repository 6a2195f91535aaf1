"""Reports of any period come in any order, again, and are undone."""

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from factoring_core.testing.factor import Bought, Collected, ReportFile, SimulatedFactor, TakenInvoice
from factoring_core.testing.machine.breaking import LostCommit
from factoring_core.testing.machine.model import Movement
from factoring_core.testing.machine.site import ADVANCE, CONNECTIONS
from factoring_core.testing.machine.state import PICK, Issued, MachineState
from factoring_core.testing.simulated_api import KilledError

KINDS = {"purchase": ("purchase", "denied"), "payment": ("payment", "bounce", "chargeback")}
"""What stands in which kind of report."""


class Reporting(MachineState):
    """What the factor tells, and what becomes of it."""

    @precondition(lambda self: self.model.ledger)
    @rule(connection=PICK, purchases=st.booleans(), start=PICK, length=st.integers(1, 6))
    def report(self, connection: int, purchases: bool, start: int, length: int) -> None:
        """Issue and apply a report of any period, whatever came before it."""
        issued = self._issued(connection, purchases, start, length)
        if issued is not None:
            self._apply(*issued)

    @precondition(lambda self: self.model.ledger)
    @rule(connection=PICK, purchases=st.booleans(), at=st.integers(0, 2), kept=st.booleans())
    def report_and_lose_a_commit(self, connection: int, purchases: bool, at: int, kept: bool) -> None:
        """Apply a report; the process ends at a commit, and whoever had no answer applies it again."""
        issued = self._issued(connection, purchases, 0, len(self.model.ledger))
        if issued is None:
            return
        name, file, kind, _ = issued
        self.site.commits.lost = LostCommit(at=at, kept=kept)
        try:
            self.host.apply_report(file.content, name=file.name, kind=kind, connection=name)
        except KilledError:
            self._reopen()
        self.site.commits.lost = None
        self._apply(*issued)

    @precondition(lambda self: self._files)
    @rule(which=PICK)
    def apply_again(self, which: int) -> None:
        """Apply a file that was applied before, and may have been undone since."""
        name, file, kind, rows = self._files[which % len(self._files)]
        self._apply(name, file, kind, rows)

    @precondition(lambda self: self._undoable())
    @rule(which=PICK)
    def undo_report(self, which: int) -> None:
        """Undo a report that nothing was built on."""
        reports = self._undoable()
        report = reports[which % len(reports)]
        self.host.undo_report(report)
        del self.model.reports[report]

    def _issued(self, connection: int, purchases: bool, start: int, length: int) -> Issued | None:
        """Return a report of some lines of the ledger, and what is in it; None where there are none.

        Where there is nothing of the kind, or from the connection, asked for, it is another.
        """
        at, kind = connection % len(CONNECTIONS), "purchase" if purchases else "payment"
        asked = [(name, what) for name in (CONNECTIONS[at], CONNECTIONS[at - 1]) for what in KINDS]
        for name, what in sorted(asked, key=lambda one: one[1] != kind):
            rows = [
                one
                for one in self.model.ledger
                if one.kind in KINDS[what] and self.model.batches[one.batch].connection == name
            ]
            rows = rows[start : start + length] or rows[-length:]
            if rows:
                return name, self._written(name, what, rows), what, frozenset(rows)
        return None

    def _written(self, connection: str, kind: str, rows: list[Movement]) -> ReportFile:
        factor = SimulatedFactor(provider="winfactor", client_number=f"C-{connection}", advance_rate=ADVANCE)
        until = max(one.on for one in rows)
        if kind == "purchase":
            bought = [
                Bought(invoice=self._taken(one), word="Denied" if one.kind == "denied" else "", on=one.on)
                for one in rows
            ]
            return factor.purchase_report(bought, on=until, schedule="", name="Purchases")
        words = {"payment": "", "bounce": "NSF", "chargeback": "Chargeback"}
        collected = [
            Collected(
                invoice=self._taken(one),
                on=one.on,
                amount=one.amount,
                cheque=one.cheque,
                word=words[one.kind],
            )
            for one in rows
        ]
        return factor.payment_report(collected, until=until, name="Receipts")

    def _taken(self, one: Movement) -> TakenInvoice:
        face = self.model.loads[one.load].face
        return TakenInvoice(
            number=one.load, date=one.on, face=face, customer="Blue Freight, Inc.", load=one.load
        )

    def _apply(self, connection: str, file: ReportFile, kind: str, rows: frozenset[Movement]) -> None:
        applied = self.host.apply_report(file.content, name=file.name, kind=kind, connection=connection)
        assert applied.rows == len(rows), (
            f"L4 no silent damage: the report has {len(rows)} rows, the host read {applied.rows}"
        )
        assert applied.placed == applied.rows, (
            f"L1 nothing lost: {applied.placed} of {applied.rows} rows are accounted for"
        )
        self.model.reports[applied.report_id] = rows
        if (issued := (connection, file, kind, rows)) not in self._files:
            self._files.append(issued)
