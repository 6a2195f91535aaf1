"""Reports of any period come in any order, again, and are undone."""

from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from factoring_core.testing.factor import Bought, Collected, ReportFile, SimulatedFactor, TakenInvoice
from factoring_core.testing.machine.model import Movement
from factoring_core.testing.machine.site import ADVANCE, CONNECTIONS
from factoring_core.testing.machine.state import PICK, MachineState


class Reporting(MachineState):
    """What the factor tells, and what becomes of it."""

    @precondition(lambda self: self.model.ledger)
    @rule(connection=PICK, purchases=st.booleans(), start=PICK, length=st.integers(1, 6))
    def report(self, connection: int, purchases: bool, start: int, length: int) -> None:
        """Issue and apply a report of any period, whatever came before it."""
        name = CONNECTIONS[connection % len(CONNECTIONS)]
        kinds = ("purchase", "denied") if purchases else ("payment", "bounce", "chargeback")
        rows = [
            one
            for one in self.model.ledger
            if one.kind in kinds and self.model.batches[one.batch].connection == name
        ]
        rows = rows[start : start + length] or rows[-length:]
        if rows:
            kind = "purchase" if purchases else "payment"
            self._apply(name, self._written(name, kind, rows), kind, frozenset(rows))

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
        entry: Any = (connection, file, kind, rows)
        if entry not in self._files:
            self._files.append(entry)
