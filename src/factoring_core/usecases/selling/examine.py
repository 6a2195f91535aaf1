"""Examining loads at the books: everything that stands against selling them, and what holds them."""

import unicodedata
from collections.abc import Iterable, Sequence

from attrs import evolve, frozen

from factoring_core.domain.reconciling.sale_fold import SaleFold
from factoring_core.domain.reconciling.sales import sale_order
from factoring_core.domain.reconciling.world import Book, World, fold
from factoring_core.domain.selling.batch import LIVE, Assignment, BatchState
from factoring_core.domain.selling.eligibility import Candidate, Finding, Reason, blocking
from factoring_core.domain.selling.eligibility import preflight as judge
from factoring_core.domain.selling.eligibility import warnings as warned
from factoring_core.domain.vocabulary.lifecycle import LoadStatus
from factoring_core.domain.vocabulary.load import Load, Standing
from factoring_core.domain.vocabulary.parties import Connection, InvoicingMethod
from factoring_core.domain.vocabulary.profile import Disposition, ProviderProfile
from factoring_core.errors import DocumentError
from factoring_core.ports.storage import Reading
from factoring_core.usecases.accounts import Account, account_of
from factoring_core.usecases.books import read_book, subsidiary_of
from factoring_core.usecases.days import local_day
from factoring_core.usecases.naming import batch_name, find_loads
from factoring_core.usecases.ports import Ports
from factoring_core.usecases.results import Reason as Said
from factoring_core.usecases.results import Refusal
from factoring_core.usecases.selling.check_credit import latest_checks
from factoring_core.usecases.selling.packets import Wanted, bind_packets_of, unbindable


@frozen(kw_only=True)
class Examined:
    """One load with everything that was found; ``batch`` is the live batch that holds it, by id."""

    candidate: Candidate
    findings: tuple[Finding, ...]
    batch: str | None = None

    @property
    def load(self) -> Load:
        """The load itself."""
        return self.candidate.load

    @property
    def eligible(self) -> bool:
        """Whether nothing blocks."""
        return not blocking(self.findings)

    def knowing(self, found: Iterable[Finding]) -> "Examined":
        """Return the same with further findings, all in the order in which they are reported."""
        order = list(Reason).index
        return evolve(
            self, findings=tuple(sorted((*self.findings, *found), key=lambda one: order(one.reason)))
        )

    def refusal(self) -> Refusal:
        """Return what blocks, for the caller."""
        return self._said(blocking(self.findings))

    def warning(self) -> Refusal | None:
        """Return what warns, or None."""
        found = warned(self.findings)
        return self._said(found) if found else None

    def _said(self, findings: Iterable[Finding]) -> Refusal:
        reasons = tuple(Said(code=one.reason.value, message=one.message) for one in findings)
        return Refusal(load=self.load.number, subsidiary=self.load.subsidiary, reasons=reasons)


class Desk:
    """The books of one subsidiary, opened once, at which loads are examined."""

    def __init__(self, tx: Reading, ports: Ports, subsidiary: str) -> None:
        self.tx, self.ports = tx, ports
        self.subsidiary = subsidiary_of(ports, subsidiary)
        self.book: Book = read_book(tx, ports, subsidiary)
        self.world: World = fold(self.book)
        self.account: Account = account_of(tx, ports, subsidiary)
        self.now = ports.clock.now()
        self.today = local_day(self.now, self.subsidiary)
        through = self.account.connection
        self._credit = {} if through is None else latest_checks(tx, subsidiary, through.id)
        self._sales: dict[str, list[SaleFold]] = {}
        self._numbered: dict[str, set[str]] = {}
        self._papers: dict[str, set[str]] = {}
        for load in self.book.loads.values():
            for document in load.documents:
                self._papers.setdefault(document.sha256, set()).add(load.number)
            if load.invoice is not None:
                self._numbered.setdefault(_number(load.invoice.number), set()).add(load.number)
        for sale in sorted(self.book.assignments, key=sale_order):
            if self._counts(sale):
                self._sales.setdefault(sale.load, []).append(self.world.sales[sale.id])
                self._numbered.setdefault(_number(sale.invoice_number), set()).add(sale.load)

    def _counts(self, sale: Assignment) -> bool:
        return sale.batch is None or self.world.batches[sale.batch].state is not BatchState.CANCELLED

    def examine(self, names: Sequence[str] = ()) -> tuple[Examined, ...]:
        """Examine the loads that *names* mean, or every candidate by number; papers stay closed."""
        if names:
            found = find_loads(self.tx, self.ports, names, self.subsidiary.id)
        else:
            queued = [load for load in self.book.loads.values() if self._is_candidate(load)]
            found = tuple(sorted(queued, key=lambda load: load.number))
        return tuple(self._examine(load) for load in found)

    def open_papers(self, examined: Sequence[Examined]) -> tuple[Examined, ...]:
        """Bind the packet of every load of this subsidiary, keep none, and add what is wrong with them."""
        wanted = {
            at: one
            for at, found in enumerate(examined)
            if found.load.subsidiary == self.subsidiary.id and not (one := self.wanted(found.load)).empty
        }
        found = list(examined)
        self.ports.progress("documents", 0, len(wanted))
        results = bind_packets_of(self.ports, list(wanted.values()))
        for done, (at, result) in enumerate(zip(wanted, results, strict=True), 1):
            if isinstance(result, DocumentError):
                found[at] = examined[at].knowing(unbindable(self.ports, wanted[at], result))
            self.ports.progress("documents", done, len(wanted))
        return tuple(found)

    def wanted(self, load: Load) -> Wanted:
        """Say what packet of *load* would be sealed now."""
        return Wanted(
            load=load,
            customer=self.book.customers.get(load.customer),
            subsidiary=self.subsidiary,
            notice=self.notice,
            connection=self.account.connection,
            profile=self.account.profile,
        )

    def _is_candidate(self, load: Load) -> bool:
        queued = self.world.standings[load.number].status is LoadStatus.QUEUED
        return queued and load.method is not None and load.method.method is InvoicingMethod.FACTORING

    def _examine(self, load: Load) -> Examined:
        if load.subsidiary != self.subsidiary.id:
            standing = self.tx.get(Standing, load.subsidiary, load.number)
            candidate = Candidate(
                load=load,
                subsidiary=self.subsidiary,
                customer=None,
                status=standing.status if standing is not None else LoadStatus.RELEASED,
                now=self.now,
            )
            return Examined(candidate=candidate, findings=judge(candidate))
        batch = self._live_batch(load)
        candidate = self._candidate(load, batch)
        return Examined(candidate=candidate, findings=judge(candidate), batch=batch)

    def _candidate(self, load: Load, batch: str | None) -> Candidate:
        customer = self.book.customers.get(load.customer)
        number = load.invoice.number if load.invoice is not None else None
        twins = self._numbered.get(_number(number), set()) - {load.number} if number else ()
        return Candidate(
            load=load,
            subsidiary=self.subsidiary,
            customer=customer,
            status=self.world.standings[load.number].status,
            now=self.now,
            connection=self.account.connection,
            profile=self.account.profile,
            draining=self.account.draining,
            notice=self.notice,
            in_batch=batch_name(self.book.batches[batch]) if batch is not None else None,
            sold=self._sold(load),
            paid=self._paid(load),
            held_by=self._held_by(load),
            twins=tuple(sorted(twins)),
            shared=tuple(
                (document.name, min(others))
                for document in load.documents
                if (others := self._papers[document.sha256] - {load.number})
            ),
            credit=self._credit.get(load.customer),
            exposure=self._exposure(load),
            stale_after_hours=self.ports.settings.stale_after_hours,
        )

    @property
    def through(self) -> tuple[Connection, ProviderProfile]:
        """The active connection and its profile; only where something was found eligible."""
        connection, profile = self.account.connection, self.account.profile
        assert connection is not None
        assert profile is not None
        return connection, profile

    @property
    def notice(self) -> str | None:
        """The text of the notice in force today on the active connection."""
        connection = self.account.connection
        notice = connection.notice_on(self.today) if connection is not None else None
        return notice.text if notice is not None else None

    def _live_batch(self, load: Load) -> str | None:
        for one in self._sales.get(load.number, ()):
            batch = one.sale.batch
            if one.ending is None and batch is not None and self.world.batches[batch].state in LIVE:
                return batch
        return None

    def _sold(self, load: Load) -> str | None:
        """Say how the receivable left otherwise than in a live batch, or None."""
        for one in self._sales.get(load.number, ()):
            if one.ending is None and one.sale.batch is None:
                return f"it was sold through {one.sale.connection} before it came here"
            bought = one.position.bought and not one.position.fully_charged_back
            if one.ending is not None and bought:
                return f"{one.sale.connection} bought it although it was taken back"
        return self._superseded(load)

    def _superseded(self, load: Load) -> str | None:
        """Say whether the invoice that *load* revises still stands with a factor."""
        if load.supersedes is None:
            return None
        numbers = self._numbered.get(_number(load.supersedes), set()) | {load.supersedes}
        for number in sorted(numbers - {load.number}):
            for one in self._sales.get(number, ()):
                denied = one.disposition is not None and one.disposition.denies
                gone = one.ending is not None or one.position.fully_charged_back
                if not gone and not (denied and not one.position.bought):
                    return f"the invoice it supersedes, {load.supersedes}, is still sold"
        return None

    def _paid(self, load: Load) -> bool:
        opening = load.direct_opening
        return (
            self.world.loads[load.number].stated > 0
            or (opening is not None and (opening.settled or (opening.paid or 0) > 0))
            or any(
                one.ending is not None and (one.position.net_paid > 0 or one.position.late_paid > 0)
                for one in self._sales.get(load.number, ())
            )
        )

    def _exposure(self, load: Load) -> int:
        """Sum what the active connection's factor carries of the load's customer already, in cents."""
        connection = self.account.connection
        if connection is None or load.customer not in self._credit:
            return 0
        return sum(
            max(one.position.open, 0)
            for sales in self._sales.values()
            for one in sales
            if one.sale.connection == connection.id
            and one.sale.customer == load.customer
            and one.ending is None
            and not one.position.fully_charged_back
        )

    def _held_by(self, load: Load) -> str | None:
        """Name another connection whose factor held the invoice when it was taken back."""
        sales = self._sales.get(load.number, ())
        connection = self.account.connection
        if not sales or connection is None:
            return None
        last = sales[-1]
        if last.ending is None or last.sale.connection == connection.id:
            return None
        said_held = last.disposition is None and last.ended_by is not None and last.ended_by.reason == "held"
        return last.sale.connection if last.disposition is Disposition.HELD or said_held else None


def _number(text: str) -> str:
    return unicodedata.normalize("NFC", text).strip()
