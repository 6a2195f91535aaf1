"""The machine itself: what can happen to a host, in any order, and what must hold after each step."""

import datetime as dt
import shutil
import tempfile
from collections import Counter
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from factoring_core.domain.vocabulary.money import Money, decimal_text
from factoring_core.errors import FactoringError
from factoring_core.testing.factor import Bought, Collected, ReportFile, SimulatedFactor, TakenInvoice
from factoring_core.testing.machine.host import SUBSIDIARY, Host
from factoring_core.testing.machine.model import Model, ModelLoad, Movement
from factoring_core.testing.machine.site import CONNECTIONS, Fault, Site
from factoring_core.testing.simulated_api import KilledError
from factoring_core.testing.simulated_server import Fate

ADVANCE = Decimal("0.90")
FACES = (1_00, 100_00, 1850_50, 2400_01)
TROUBLE = (None, Fate.BROKEN, Fate.UNANSWERED, Fate.REFUSED, Fate.SILENT)
"""What a request can meet in the middle of a submission; None is the end of the host's process."""
FAR = ("released", "queued", "sold", "denied", "bought", "reported", "short")
MOST = 6
"""Loads; more show nothing new."""
PICK = st.integers(0, 7)


class FactoringMachine(RuleBasedStateMachine):
    """Drives a host through everything a month can bring; subclass it, and say how the host is opened.

    The test is ``YourMachine.TestCase``.  Hypothesis shrinks a failure and prints the calls that
    repeat it, which run as they stand wherever the subclass is named.

    A method that fails with an `AssertionError` breaks one of the five laws, which the message names:
    L1 nothing lost, L2 nothing sent twice, L3 no silent success, L4 no silent damage, L5 no leak; or a
    law of reports (`again`, `order`, `undo`): the world follows from which reports count, and from
    nothing else.
    """

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
        self._files: list[tuple[str, ReportFile, str, frozenset[Movement]]] = []
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

    # Loads

    @initialize(faces=st.lists(st.sampled_from(FACES), min_size=1, max_size=3), far=st.sampled_from(FAR))
    def begin(self, faces: list[int], far: str) -> None:
        """Begin somewhere in the middle of things, so that short runs go deep."""
        self.import_loads(faces)
        self.laws_hold()
        if far != "released":
            self.generate_invoices()
        if far not in ("released", "queued"):
            self.submit()
        if far in ("denied", "bought", "reported", "short"):
            self.buy(0, 1 if far == "denied" else 0)
        if far in ("denied", "reported", "short"):
            self.report(0, True, 0, len(faces))
        if far == "short":
            self.collect(0, "part", 1)

    @precondition(lambda self: len(self.model.loads) < MOST)
    @rule(faces=st.lists(st.sampled_from(FACES), min_size=1, max_size=3))
    def import_loads(self, faces: list[int]) -> None:
        """Import a file of released loads."""
        lines = ["load_number,subsidiary,customer,amount,status,invoice_file,pod_file,rate_confirmation_file"]
        new: dict[str, ModelLoad] = {}
        for face in faces:
            number = f"L-{101 + len(self.model.loads) + len(new)}"
            new[number] = ModelLoad(face=face, advance=Money(face).share(ADVANCE).cents)
            lines.append(
                f"{number},{SUBSIDIARY},blue,{decimal_text(face)},released,invoice.pdf,pod.pdf,rate.pdf"
            )
        content = "\r\n".join([*lines, ""]).encode()
        self.host.import_loads(content, name="loads.csv", folder=self.site.papers)
        self.model.loads.update(new)

    @precondition(lambda self: any(not one.invoiced for one in self.model.loads.values()))
    @rule()
    def generate_invoices(self) -> None:
        """Invoice every released load."""
        released = [number for number, one in self.model.loads.items() if not one.invoiced]
        self.host.generate_invoices(released)
        for number in released:
            self.model.loads[number].invoiced = True

    # Selling

    @precondition(lambda self: self._unsold())
    @rule()
    def submit(self) -> None:
        """Sell what is queued, with nothing in the way: all of it arrives."""
        self.site.fault = None
        self.host.resume()
        self.host.submit()
        self._arrivals()
        lost = sorted(number for number in self._unsold())
        assert not lost, f"L3 no silent success: submit returned, and {lost} are not at the factor"
        self._all_known("submit")

    @precondition(lambda self: self._unsold())
    @rule(at=st.integers(0, 24), trouble=st.sampled_from(TROUBLE))
    def submit_and_fail(self, at: int, trouble: Fate | None) -> None:
        """Sell what is queued while a request of the host meets trouble, or its process ends."""
        self.site.fault = Fault(at=at, fate=trouble)
        self._troubled(self.host.submit)

    @precondition(lambda self: self._unsold())
    @rule(looks=st.integers(0, 12))
    def submit_and_crash(self, looks: int) -> None:
        """Sell what is queued; the process ends where it asks for the time."""
        self.site.clock.until_killed = looks
        self._troubled(self.host.submit)

    @precondition(lambda self: self._open())
    @rule()
    def resume(self) -> None:
        """Finish what was left open."""
        self.host.resume()
        self._arrivals()
        self._all_known("resume")

    @precondition(lambda self: self.model.batches)
    @rule()
    def restart(self) -> None:
        """End the host's process between two acts, and start another."""
        self._reopen()

    @precondition(lambda self: self.model.batches and not self._open())
    @rule()
    def switch_factor(self) -> None:
        """Sell to the other factor from now on."""
        other = next(name for name in CONNECTIONS if name != self.active)
        self.host.switch(self.active, other)
        self.active = other

    # The factor

    @precondition(lambda self: self._undecided())
    @rule(batch=PICK, denied=st.integers(0, 3))
    def buy(self, batch: int, denied: int) -> None:
        """Let the factor decide about a batch: it buys all, or denies one in so many."""
        chosen = self.model.batches[batch % len(self.model.batches)]
        undecided = self._undecided()
        for at, number in enumerate(chosen.loads):
            if number in undecided and self.model.loads[number].sale == chosen.at:
                kind = "denied" if denied and at % denied == denied - 1 else "purchase"
                self._move(number, kind, self.model.loads[number].face if kind == "purchase" else 0)

    @precondition(lambda self: self._movable())
    @rule(
        load=PICK,
        kind=st.sampled_from(["full", "part", "rest", "bounce", "chargeback", "part_back"]),
        told=st.integers(0, 3),
    )
    def collect(self, load: int, kind: str, told: int) -> None:
        """Let money move at the factor, and issue a report of the last few movements, or none."""
        there = self._movable()
        number = there[load % len(there)]
        face = self.model.loads[number].face
        moves = self.model.moves(number)
        kinds = Counter(one.kind for one in moves)
        paid = sum(one.amount for one in moves if one.kind == "payment")
        paid -= sum(one.amount for one in moves if one.kind == "bounce")
        if kind == "full" or (kind == "rest" and face - paid > 0):
            self._move(number, "payment", face if kind == "full" else face - paid)
        elif kind == "part" and face > 1_00:
            self._move(number, "payment", face // 3)
        elif kind == "bounce" and paid > 0:
            last = [one for one in moves if one.kind == "payment"][-1]
            if not kinds["bounce"]:
                self._move(number, "bounce", last.amount)
        elif kind in ("chargeback", "part_back") and kinds["purchase"] and not kinds["bounce"]:
            self._move(number, "chargeback", face if kind == "chargeback" else face // 4)
        sale = self.model.loads[number].sale
        if told and sale is not None:
            at = CONNECTIONS.index(self.model.batches[sale].connection)
            self.report(at, False, len(self.model.ledger), told)

    # Reports

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

    # What people decide

    @precondition(lambda self: self._denied())
    @rule(which=PICK)
    def return_to_queue(self, which: int) -> None:
        """Take a denied load back, to be sold again on a later day."""
        denied = self._denied()
        number = denied[which % len(denied)]
        self.host.return_load(number)
        self.model.loads[number].sale = None
        self.model.loads[number].accepted.clear()
        self.site.clock.advance(dt.timedelta(days=1))

    @precondition(lambda self: self._short())
    @rule(which=PICK)
    def accept_shortage(self, which: int) -> None:
        """Write off what is short of a load."""
        short = self._short()
        number = short[which % len(short)]
        expected = self.model.expected(number)
        found = self.host.accept_shortage(number)
        assert found, f"L1 nothing lost: {number} is short of {expected.open} and nobody is asked about it"
        assert expected.open is not None
        self.model.loads[number].accepted.append(expected.open)

    @precondition(lambda self: self._charged_back())
    @rule(which=PICK)
    def pay_direct(self, which: int) -> None:
        """The customer of a charged-back load pays the carrier."""
        charged = self._charged_back()
        number = charged[which % len(charged)]
        face = self.model.loads[number].face
        today = self.site.clock.now().date()
        self.host.pay(number, amount=face, on=today, reference=f"D-{number}")
        self.model.loads[number].stated += face

    @precondition(lambda self: self.model.ledger)
    @rule(days=st.integers(1, 9))
    def let_time_pass(self, days: int) -> None:
        """Nothing happens for some days."""
        self.site.clock.advance(dt.timedelta(days=days))

    # What must hold

    @invariant()
    def laws_hold(self) -> None:
        """Compare everything the host shows with the model."""
        seen = self.host.loads()
        gone, more = sorted(self.model.loads.keys() - seen), sorted(seen.keys() - self.model.loads)
        assert not gone, f"L1 nothing lost: the host no longer shows {gone}"
        assert not more, f"L1 nothing lost: the host shows {more}, which never came"
        for number, shown in seen.items():
            self._note_what_the_host_knows(number, shown.status)
            expected = self.model.expected(number)
            assert shown.status in expected.statuses, (
                f"{self._law(number)}: {number} is {shown.status}; from the reports that count and the"
                f" batches that arrived it is {' or '.join(sorted(expected.statuses))}"
            )
            if expected.paid is not None and shown.status not in ("released", "queued"):
                assert shown.paid == expected.paid, (
                    f"L1 nothing lost: {number} shows {shown.paid} cents paid; the reports that count say"
                    f" {expected.paid}"
                )
                assert expected.open is None or shown.open == expected.open, (
                    f"L1 nothing lost: {number} shows {shown.open} cents open instead of {expected.open}"
                )
        self._keeps_secrets(repr(seen), "a load")
        assert self.host.audit_holds(), "L4 no silent damage: the audit trail is broken"

    # Helpers

    def _law(self, number: str) -> str:
        return "L3 no silent success" if self.model.loads[number].sale is None else "order, again or undo"

    def _note_what_the_host_knows(self, number: str, status: str) -> None:
        """A host that shows a load as sold with no report to say so has recorded the delivery."""
        sale = self.model.loads[number].sale
        if sale is not None and status == "invoiced" and not self.model.spoken_of(sale):
            self.model.batches[sale].known = True

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

    def _all_known(self, act: str) -> None:
        shown = self.host.loads()
        for batch in self.model.batches:
            for number in batch.loads:
                if self.model.loads[number].sale == batch.at:
                    assert shown[number].status not in ("released", "queued"), (
                        f"L1 nothing lost: {act} returned, and the host does not know that {number} arrived"
                    )
            batch.known = True
        self._interrupted = False

    def _troubled(self, act: Callable[[], None]) -> None:
        """Do something that may fail, and go on as a host does after a failure or a crash."""
        self._interrupted = True
        try:
            act()
        except KilledError:
            self._reopen()
        except FactoringError as error:
            self._keeps_secrets(str(error), "an error")
        self.site.fault = None
        self.site.clock.until_killed = None
        self._arrivals()

    def _keeps_secrets(self, text: str, where: str) -> None:
        assert self.site.password not in text, f"L5 no leak: {where} shows the factor's password"

    def _reopen(self) -> None:
        self.host.close()
        self.host = self.open_host(self.site)

    def _arrivals(self) -> None:
        """Take note of the lists that came, as a factor does."""
        new, self._read = self.site.arrivals[self._read :], len(self.site.arrivals)
        for one in new:
            numbers = [invoice.load or invoice.number for invoice in one.invoices]
            twice = [number for number in numbers if self.model.loads[number].sale is not None]
            assert not twice, f"L2 nothing sent twice: {one.name} brings {twice} to a factor once more"
            assert one.connection == self.active, (
                f"L2 nothing sent twice: {one.name} went to {one.connection}; {self.active} is the factor now"
            )
            faces = {invoice.load or invoice.number: invoice.face for invoice in one.invoices}
            wrong = [number for number in numbers if faces[number] != self.model.loads[number].face]
            assert not wrong, f"L4 no silent damage: the list has other amounts for {wrong}"
            packets = self.site.packets_at(one.connection)
            bare = [number for number in numbers if f"{number}.pdf" not in packets]
            assert not bare, f"L3 no silent success: the list came, and the packets of {bare} did not"
            self.model.arrived(one.connection, numbers)

    def _move(self, number: str, kind: str, amount: int) -> None:
        self._cheques += 1
        sale = self.model.loads[number].sale
        assert sale is not None
        today = self.site.clock.now().date()
        cheque = f"CHK{4000 + self._cheques}"
        self.model.ledger.append(
            Movement(load=number, batch=sale, kind=kind, amount=amount, on=today, cheque=cheque)
        )

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
