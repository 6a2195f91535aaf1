"""Broken readers of reports, binders of packets and ways into a factor's system."""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import count
from typing import Any, ClassVar

import pytest
from attrs import evolve

from factoring_core.adapters.documents.binder import PdfBinder
from factoring_core.adapters.reports.reader import TableReportReader
from factoring_core.domain.reconciling.columns import ReportColumns
from factoring_core.domain.selling.credit import CreditResult, CreditVerdict
from factoring_core.domain.selling.offering import Memory, Sight
from factoring_core.errors import DocumentError, FileRefusedError
from factoring_core.ports.factor_api import Answer, Debtor, Declined, FactorApi, Offer, StatusSeen, Taken
from factoring_core.ports.packet_binder import Packet, PacketOrder, Paper
from factoring_core.testing.contracts import FactorApiContract, PacketBinderContract, ReportReaderContract
from factoring_core.testing.simulated_api import SimulatedApi, SimulatedSystem


class Reader(ReportReaderContract):
    """The contract over a reader whose columns, or whose bytes, are bent."""

    bytes_: ClassVar[Callable[[bytes], bytes]] = staticmethod(lambda content: content)
    columns: ClassVar[Callable[[ReportColumns], ReportColumns]] = staticmethod(lambda found: found)
    name: ClassVar[Callable[[str], str]] = staticmethod(lambda name: name)

    @pytest.fixture
    def reader(self) -> Any:
        suite = type(self)

        class Opened:
            def __init__(self, inner: Any) -> None:
                self.inner, self.header, self.fit = inner, inner.header, inner.fit

            def read(self, layout: Any) -> ReportColumns:
                return suite.columns(self.inner.read(layout))

        class Bent:
            def open(self, content: bytes, *, name: str) -> Opened:
                return Opened(TableReportReader().open(suite.bytes_(content), name=suite.name(name)))

        return Bent()


def rows_of(found: ReportColumns, keep: Sequence[int]) -> ReportColumns:
    """Return only some rows of a report, by their place."""
    return evolve(
        found,
        rows=[found.rows[place] for place in keep],
        lines=[found.lines[place] for place in keep],
        columns={name: [cells[place] for place in keep] for name, cells in found.columns.items()},
    )


def cells_of(found: ReportColumns, name: str, how: Callable[[Any], Any]) -> ReportColumns:
    """Return a report with every cell of one column made anew."""
    return evolve(found, columns={**found.columns, name: [how(cell) for cell in found.columns[name]]})


def table_lines(content: bytes) -> list[list[str]] | None:
    """Return the records of a text that can be read as one."""
    try:
        return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))
    except UnicodeDecodeError:
        return None


def with_cells(content: bytes, how: Callable[[str], str]) -> bytes:
    """Return a table with every cell made anew."""
    lines = table_lines(content)
    if lines is None:
        return content
    text = io.StringIO(newline="")
    csv.writer(text).writerows([[how(cell) for cell in line] for line in lines])
    return text.getvalue().encode()


class DropsDuplicateLines(Reader):
    """Equal rows are taken for one, and a second payment of the same amount is lost."""

    caught_by = "test_equal_rows_are_rows"

    @staticmethod
    def columns(found: ReportColumns) -> ReportColumns:
        seen: dict[Any, int] = {}
        for place, row in enumerate(zip(*found.columns.values(), strict=True)):
            seen.setdefault(row, place)
        return rows_of(found, sorted(seen.values()))


class ReordersLines(Reader):
    """Rows come sorted, and no longer as they stand in the file."""

    caught_by = "test_every_cell_comes_as_it_is_written"

    @staticmethod
    def columns(found: ReportColumns) -> ReportColumns:
        numbers = found.columns["invoice_number"]
        return rows_of(found, sorted(range(len(found)), key=lambda place: numbers[place]))


class CutsCents(Reader):
    """An amount goes through a binary fraction and is cut, so that 0.29 becomes 28 cents."""

    caught_by = "test_every_cell_comes_as_it_is_written"

    @staticmethod
    def columns(found: ReportColumns) -> ReportColumns:
        return cells_of(found, "payment_amount", lambda cents: int(cents / 100 * 100) if cents else cents)


class RoundsHalfACent(Reader):
    """An amount with three places is rounded instead of refused."""

    caught_by = "test_an_amount_that_cannot_be_read_refuses_the_file"

    @staticmethod
    def bytes_(content: bytes) -> bytes:
        return with_cells(content, lambda cell: "12.35" if cell == "12.345" else cell)


class BlankIsZero(Reader):
    """An empty amount is read as zero, and a payment of nothing settles."""

    caught_by = "test_an_empty_cell_is_blank_and_not_zero"

    @staticmethod
    def bytes_(content: bytes) -> bytes:
        return content.replace(b",,\r\n", b",0.00,\r\n")


class LosesLeadingZeros(Reader):
    """Invoice numbers go through a number type."""

    caught_by = "test_zeros_in_front_are_kept"

    @staticmethod
    def columns(found: ReportColumns) -> ReportColumns:
        return cells_of(found, "invoice_number", lambda text: str(int(text)) if text.isdigit() else text)


class SkipsBadRows(Reader):
    """A row that cannot be read is left out, and the rest is applied."""

    caught_by = "test_all_faults_come_at_once"

    @staticmethod
    def bytes_(content: bytes) -> bytes:
        bad = (b"x", b"?", b"31/31/2026")
        lines = content.split(b"\r\n")
        return b"\r\n".join(line for line in lines if not set(bad) & set(line.split(b",")))


class StopsAtTheFirstFault(Reader):
    """Only the first fault of a file is told, and people mend one a day."""

    caught_by = "test_all_faults_come_at_once"

    @pytest.fixture
    def reader(self) -> Any:
        class Opened:
            def __init__(self, inner: Any) -> None:
                self.inner, self.fit = inner, inner.fit

            def read(self, layout: Any) -> ReportColumns:
                try:
                    found: ReportColumns = self.inner.read(layout)
                except FileRefusedError as error:
                    raise FileRefusedError(str(error), faults=error.faults[:1]) from None
                return found

        class Bent:
            def open(self, content: bytes, *, name: str) -> Opened:
                return Opened(TableReportReader().open(content, name=name))

        return Bent()


class BelievesTheFileName(Reader):
    """A text file that is called a workbook is refused."""

    caught_by = "test_a_file_is_what_it_holds"

    @staticmethod
    def bytes_(content: bytes) -> bytes:
        return content if content[:2] != b"\xff\xfe" else b""


class FillsUpABrokenRow(Reader):
    """A file that breaks off is completed with blank cells."""

    caught_by = "test_a_file_that_breaks_off_is_refused"

    @staticmethod
    def bytes_(content: bytes) -> bytes:
        lines = table_lines(content)
        if not lines:
            return content
        wide = max(map(len, lines))
        text = io.StringIO(newline="")
        csv.writer(text).writerows([line + [""] * (wide - len(line)) for line in lines])
        return text.getvalue().encode()


class IgnoresTotals(Reader):
    """The row of totals is skipped, and a file that lost rows is applied."""

    caught_by = "test_a_total_is_checked_and_not_counted"

    @staticmethod
    def bytes_(content: bytes) -> bytes:
        return b"".join(line for line in content.splitlines(True) if not line.startswith(b"Total"))


class GoesByPosition(Reader):
    """Columns are taken by their place, whatever their headings say."""

    caught_by = "test_columns_are_found_by_heading"

    @staticmethod
    def bytes_(content: bytes) -> bytes:
        lines = table_lines(content)
        if lines and len(lines[-1]) == 5:
            lines = [["Invoice #", "Paid On", "Paid", "Customer", "Note"], *lines[2:]]
            text = io.StringIO(newline="")
            csv.writer(text).writerows(lines)
            return text.getvalue().encode()
        return content


class CountsFromZero(Reader):
    """Rows are numbered without the header, and a person looks at the wrong one."""

    caught_by = "test_every_cell_comes_as_it_is_written"

    @staticmethod
    def columns(found: ReportColumns) -> ReportColumns:
        return evolve(found, rows=[row - 1 for row in found.rows])


class Binder(PacketBinderContract):
    """The contract over one binder."""

    class Bound(PdfBinder):
        pass

    @pytest.fixture
    def binder(self) -> Any:
        return self.Bound()


class LeavesOutADamagedPaper(Binder):
    """A paper that cannot be bound is left out, and the packet goes without it."""

    caught_by = "test_a_paper_that_cannot_be_sent_is_named"

    class Bound(PdfBinder):
        def bind(self, papers: Sequence[Paper], **how: Any) -> Packet:
            good = [one for one in papers if one.content.startswith(b"%PDF") and len(one.content) > 100]
            return super().bind(good or papers, **how)


class SortsPapers(Binder):
    """Papers are bound by the order of their names and not as given."""

    caught_by = "test_every_page_in_its_order"

    class Bound(PdfBinder):
        def bind(self, papers: Sequence[Paper], **how: Any) -> Packet:
            return super().bind(sorted(papers, key=lambda one: len(one.content)), **how)


class BindsAPaperOnce(Binder):
    """A paper that is given twice is taken for a mistake."""

    caught_by = "test_one_paper_may_come_twice"

    class Bound(PdfBinder):
        def bind(self, papers: Sequence[Paper], **how: Any) -> Packet:
            return super().bind(list({one.content: one for one in papers}.values()), **how)


class WritesTheTimeIntoAPacket(Binder):
    """Binding again gives other bytes, and a sealed batch can never be made again."""

    caught_by = "test_the_same_papers_give_the_same_bytes"

    class Bound(PdfBinder):
        calls = count()

        def bind(self, papers: Sequence[Paper], **how: Any) -> Packet:
            packet = super().bind(papers, **how)
            return evolve(packet, content=packet.content + f"\n%{next(self.calls)}".encode())


class ForgetsTheNotice(Binder):
    """The notice is nowhere in the packet, and the debtor pays the wrong account."""

    caught_by = "test_the_debtor_cannot_miss_the_notice"

    class Bound(PdfBinder):
        def bind(self, papers: Sequence[Paper], **how: Any) -> Packet:
            return super().bind(papers, **{**how, "notice": None})


class CountsPapersAsPages(Binder):
    """The number of pages is that of the papers."""

    caught_by = "test_every_page_in_its_order"

    class Bound(PdfBinder):
        def bind(self, papers: Sequence[Paper], **how: Any) -> Packet:
            return evolve(super().bind(papers, **how), pages=len(papers))


class OneBadPacketEndsAll(Binder):
    """An order that cannot be bound ends the whole run."""

    caught_by = "test_many_come_in_order"

    class Bound(PdfBinder):
        def bind_all(self, orders: Iterable[PacketOrder]) -> Iterator[Packet | DocumentError]:
            for one in orders:
                yield self.bind(one.papers, notice=one.notice, title=one.title)


class ReadsAllOrdersFirst(Binder):
    """All orders are held at once, and thousands of packets do not fit."""

    caught_by = "test_orders_are_read_a_little_ahead"

    class Bound(PdfBinder):
        def bind_all(self, orders: Iterable[PacketOrder]) -> Iterator[Packet | DocumentError]:
            yield from super().bind_all(list(orders))


CELLS: Mapping[str, str] = {}


class Way(FactorApiContract):
    """The contract over one way into a simulated system."""

    memory: ClassVar[Memory] = Memory.FOREVER
    credit: ClassVar[dict[CreditVerdict, Debtor]] = {CreditVerdict.UNKNOWN: Debtor(name="Red")}
    secret = "hunter2"

    class Api(SimulatedApi):
        def __init__(self, system: SimulatedSystem) -> None:
            super().__init__(system)
            self.given: dict[str, set[bytes]] = {}

        def credential_mark(self, salt: str) -> str:
            return f"mark-{salt}"

        def attach(self, external_id: str, name: str, content: bytes) -> None:
            super().attach(external_id, name, content)
            self.given.setdefault(self.system.held[external_id].invoice_number, set()).add(content)

    @pytest.fixture
    def api(self) -> SimulatedApi:
        declines = {"INV-2": Declined(code="declined", message="no")}
        system = SimulatedSystem(memory=self.memory, looks=True, declines=declines)
        system.credit = CreditVerdict.UNKNOWN
        return self.Api(system)

    @pytest.fixture
    def sample(self) -> Offer:
        return Offer(reference="fc1-1", invoice_number="INV-1", cells=CELLS)

    @pytest.fixture
    def declined(self) -> Offer:
        return Offer(reference="fc1-2", invoice_number="INV-2", cells=CELLS)

    def created(self, api: FactorApi, invoice_number: str) -> int:
        return api.system.created[invoice_number]  # type: ignore[attr-defined,no-any-return]

    def papers(self, api: FactorApi, invoice_number: str) -> set[bytes]:
        return api.given[invoice_number]  # type: ignore[attr-defined,no-any-return]

    def said(self, api: FactorApi, taken: Taken, offer: Offer) -> StatusSeen:
        on = dt.date(2026, 3, 5)
        api.system.says[offer.invoice_number] = ("3", on)  # type: ignore[attr-defined]
        api.system.schedules[offer.invoice_number] = "7001"  # type: ignore[attr-defined]
        return StatusSeen(
            external_id=taken.external_id,
            invoice_number=offer.invoice_number,
            status="3",
            changed_on=on,
            amount=None,
            schedule_number="7001",
        )


class LosesTheSchedule(Way):
    """The schedule number that the system names later is left out."""

    caught_by = "test_a_status_comes_as_it_was_said"

    class Api(Way.Api):
        def statuses(self, external_ids: Sequence[str]) -> Sequence[StatusSeen]:
            return [evolve(one, schedule_number=None) for one in super().statuses(external_ids)]


class CutsPackets(Way):
    """A packet loses its last byte on the way."""

    caught_by = "test_papers_may_be_given_again"

    class Api(Way.Api):
        def attach(self, external_id: str, name: str, content: bytes) -> None:
            super().attach(external_id, name, content[:-1])


class SaysItRemembers(Way):
    """It promises to remember an invoice, and takes it twice."""

    caught_by = "test_a_second_offer_creates_nothing"
    memory = Memory.NONE

    class Api(Way.Api):
        @property
        def memory(self) -> Memory:
            return Memory.FOREVER


class SaysAbsentOfWhatIsThere(Way):
    """An invoice that the system has not indexed yet is called absent, and offered again."""

    caught_by = "test_looking_never_says_absent_of_what_is_there"

    class Api(Way.Api):
        def find(self, offer: Offer) -> Taken | Sight:
            return Sight.ABSENT


class FindsTheInvoiceOfAnother(Way):
    """Looking takes the first invoice there is."""

    caught_by = "test_looking_finds_no_invoice_of_another"

    class Api(Way.Api):
        def find(self, offer: Offer) -> Taken | Sight:
            return next((Taken(external_id=id_, already=True) for id_ in self.system.held), Sight.ABSENT)


class ARefusalIsTaken(Way):
    """An answer of no is read as an invoice without an id."""

    caught_by = "test_a_refusal_is_an_answer"

    class Api(Way.Api):
        def offer(self, offer: Offer) -> Answer:
            answer = super().offer(offer)
            return Taken(external_id="?") if isinstance(answer, Declined) else answer


class TakesWithoutAnId(Way):
    """What was taken has no id, and its packet cannot be given."""

    caught_by = "test_takes_an_invoice"

    class Api(Way.Api):
        def offer(self, offer: Offer) -> Answer:
            answer = super().offer(offer)
            return evolve(answer, external_id="") if isinstance(answer, Taken) else answer


class TellsOfAllInvoices(Way):
    """Statuses are of everything the system holds."""

    caught_by = "test_statuses_are_of_what_was_asked"

    class Api(Way.Api):
        def statuses(self, external_ids: Sequence[str]) -> Sequence[StatusSeen]:
            return super().statuses(list(self.system.held))


class UnknownIsApproved(Way):
    """No answer about credit is read as yes."""

    caught_by = "test_credit_is_never_better_than_the_answer"

    class Api(Way.Api):
        def check_credit(self, debtor: Debtor) -> CreditResult:
            return evolve(super().check_credit(debtor), verdict=CreditVerdict.APPROVED)


class LimitsInDollars(Way):
    """A credit limit is a fraction of dollars and not whole cents."""

    caught_by = "test_a_credit_answer_says_when_and_by_whom"

    class Api(Way.Api):
        def check_credit(self, debtor: Debtor) -> CreditResult:
            return evolve(super().check_credit(debtor), limit=1250.5)


class TheMarkIsTheSecret(Way):
    """The mark of a credential, which is stored, has it in clear."""

    caught_by = "test_a_credential_is_recognised_and_not_told"

    class Api(Way.Api):
        def credential_mark(self, salt: str) -> str:
            return f"{salt}:hunter2"


class PapersOnlyOnce(Way):
    """Giving a packet again fails, so that a worker whose answer was lost is stuck."""

    caught_by = "test_papers_may_be_given_again"

    class Api(Way.Api):
        def attach(self, external_id: str, name: str, content: bytes) -> None:
            if name in self.system.papers.get(external_id, []):
                raise LookupError(name)
            super().attach(external_id, name, content)


class LeavingTwiceFails(Way):
    """Taking leave a second time fails, and hides the error that led to it."""

    caught_by = "test_leaving_never_fails"

    class Api(Way.Api):
        def close(self) -> None:
            if self.system.asked == ["left"]:
                raise RuntimeError("closed")
            self.system.asked.append("left")
