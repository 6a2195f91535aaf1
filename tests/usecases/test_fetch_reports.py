"""Picking up reports from a folder: whole, once, and out of the way only when they are in the books."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pytest
from attrs import evolve

from factoring_core.adapters.remote.memory import MemoryFolder, Moment, Trouble
from factoring_core.adapters.remote.names import foreign
from factoring_core.domain.reconciling.reports import ReportOutcome
from factoring_core.errors import (
    AccessError,
    DeliveryInDoubtError,
    NotAvailableError,
    NotFoundError,
    RemoteRefusedError,
    UnreachableError,
)
from factoring_core.ports.remote_folder import RemoteFile
from factoring_core.ports.storage import LookedAt
from factoring_core.usecases.delivering.submit import submit
from factoring_core.usecases.reconciling.fetch_reports import LARGEST, SETTLE_SECONDS, fetch_reports
from factoring_core.usecases.results import FetchResult
from faults_inbound.breaking import BreakingStore, KilledError
from usecases.bringing import bring, csv, everything, payment, purchase, row
from usecases.desk import READER, Desk, connection

BOUGHT = csv(purchase())
PAID = csv(payment())
NAME = "Purchase History Report.csv"


class Mailbox:
    """A desk whose factor leaves reports in a folder, and one load it has."""

    def __init__(self, marker: str | None = None) -> None:
        self.reports = MemoryFolder()
        self.reports.legal = foreign
        one = connection(report_folder="out", report_done=marker)
        self.desk = Desk(one, report_folder=lambda _: self.reports)
        bring(self.desk.ports, row("L-1", "invoiced"))

    def fetch(self) -> FetchResult:
        return fetch_reports(self.desk.ports, "east-winfactor")

    def later(self, seconds: float = SETTLE_SECONDS) -> None:
        self.desk.timer.sleep(seconds)

    def fetch_twice(self) -> FetchResult:
        self.fetch()
        self.later()
        return self.fetch()

    def names(self) -> list[str]:
        return [file.name for file in self.reports.list()]

    def looks(self) -> Sequence[LookedAt]:
        with self.desk.store.reading("acme") as tx:
            return tx.find(LookedAt)


def test_a_report_is_applied_and_put_aside() -> None:
    box = Mailbox()
    box.reports.place(NAME, BOUGHT)
    result = box.fetch_twice()
    (file,) = result.files
    assert file.report is not None
    assert file.report.outcome is ReportOutcome.APPLIED
    assert box.desk.status("L-1") == "financed"
    assert [file.archived_as] == box.names() == [f"{NAME}.{file.report.report_id}.applied"]
    third = box.fetch()
    assert (third.files, third.waiting, third.ignored) == ((), (), ())
    assert not box.looks()


def test_i23_a_file_is_taken_only_when_two_looks_apart_in_time_found_the_same() -> None:
    box = Mailbox()
    box.reports.place(NAME, BOUGHT)
    assert [one.code for one in box.fetch().waiting] == ["not_settled"]
    box.later(SETTLE_SECONDS - 1)
    assert [one.code for one in box.fetch().waiting] == ["not_settled"]
    assert box.desk.status("L-1") == "invoiced"
    box.later(1)
    assert len(box.fetch().files) == 1
    assert box.desk.status("L-1") == "financed"


def test_i23_a_file_that_grows_begins_anew() -> None:
    box = Mailbox()
    whole = csv(purchase("INV-L-0"), purchase())
    part = csv(purchase("INV-L-0"))
    box.reports.place(NAME, part)
    box.fetch()
    box.later()
    box.reports.place(NAME, whole)
    assert [one.code for one in box.fetch().waiting] == ["not_settled"]
    box.later()
    (file,) = box.fetch().files
    assert file.report is not None
    assert file.report.rows.read == 2


def test_i23_equal_length_is_not_equal() -> None:
    box = Mailbox()
    box.reports.place(NAME, BOUGHT)
    box.fetch()
    box.later()
    box.reports.place(NAME, BOUGHT.replace(b"1000.00", b"1000.01"))
    assert box.fetch().files == ()


def test_i23_looks_by_clocks_that_cannot_be_compared_do_not_count() -> None:
    box = Mailbox()
    box.reports.place(NAME, BOUGHT)
    box.fetch()
    with box.desk.store.transaction("acme") as tx:
        tx.put(evolve(box.looks()[0], scale="another start of the machine"))
    box.later(10 * SETTLE_SECONDS)
    assert box.fetch().files == ()


def test_i23_with_a_marker_the_marker_decides_at_once() -> None:
    box = Mailbox(marker=".done")
    box.reports.place(NAME, BOUGHT)
    box.later(10 * SETTLE_SECONDS)
    assert [one.code for one in box.fetch().waiting] == ["not_done"]
    box.reports.place(f"{NAME}.done", b"")
    (file,) = box.fetch().files
    assert file.report is not None
    id_ = file.report.report_id
    assert box.names() == [f"{NAME}.done.{id_}.applied", f"{NAME}.{id_}.applied"]
    assert box.fetch() == FetchResult(connection="east-winfactor", subsidiary="east")


def test_i24_a_kill_anywhere_applies_once_and_puts_aside_after_the_commit() -> None:
    at, kills = 0, 0
    while True:
        at += 1
        box = Mailbox()
        box.reports.place(NAME, BOUGHT)
        box.fetch()
        box.later()
        ports = evolve(box.desk.ports, store=BreakingStore(box.desk.store, at))
        try:
            fetch_reports(ports, "east-winfactor")
        except KilledError:
            kills += 1
        else:
            break
        assert box.names() == [NAME] or box.desk.status("L-1") == "financed"
        box.fetch()
        assert box.desk.status("L-1") == "financed"
        assert box.names() != [NAME]
        assert box.desk.audited().count("report.apply") == 1
    assert kills > 10


def test_i24_a_report_that_could_not_be_put_aside_is_known_at_the_next_look() -> None:
    box = Mailbox()
    box.reports.place(NAME, BOUGHT)
    box.fetch()
    box.later()
    lost = UnreachableError("The line broke.")
    box.reports.expect(Trouble(verb="rename", error=lost))
    (file,) = box.fetch().files
    assert (file.archived_as, file.stays) == (None, "it could not be renamed: The line broke.")
    (again,) = box.fetch().files
    assert again.report is not None
    assert again.report.outcome is ReportOutcome.ALREADY_APPLIED
    assert again.archived_as is not None


@pytest.mark.parametrize(("moment", "archived"), [(Moment.BEFORE, False), (Moment.AFTER, True)])
def test_i24_a_doubtful_renaming_is_looked_at(moment: Moment, archived: bool) -> None:
    box = Mailbox()
    box.reports.place(NAME, BOUGHT)
    box.fetch()
    box.later()
    box.reports.expect(Trouble(verb="rename", error=DeliveryInDoubtError("?"), moment=moment))
    (file,) = box.fetch().files
    assert (file.archived_as is not None) is archived
    assert (NAME not in box.names()) is archived


def test_i24_a_look_that_fails_after_renaming_says_so() -> None:
    box = Mailbox()
    box.reports.place(NAME, BOUGHT)
    box.fetch()
    box.later()
    box.reports.expect(Trouble(verb="stat", error=UnreachableError("The line broke.")))
    (file,) = box.fetch().files
    assert "not known" in file.stays
    assert box.fetch().files == ()


def test_i24_two_machines_take_one_report_once() -> None:
    """The second one reads it before the first has put it aside."""
    box = Mailbox()
    box.reports.place(NAME, BOUGHT)
    box.fetch()
    box.later()
    inner: list[FetchResult] = []
    rename = box.reports.rename

    def overtaken(old: str, new: str) -> None:
        if not inner:
            box.reports.rename = rename  # type: ignore[method-assign]
            inner.append(box.fetch())
        rename(old, new)

    box.reports.rename = overtaken  # type: ignore[method-assign]
    outer = box.fetch()
    assert inner[0].files[0].report is not None
    assert inner[0].files[0].report.outcome is ReportOutcome.ALREADY_APPLIED
    assert outer.files[0].archived_as == inner[0].files[0].archived_as
    assert len(box.names()) == 1
    assert box.desk.audited().count("report.apply") == 1


def test_a_file_that_is_gone_before_it_is_read_is_somebody_elses() -> None:
    box = Mailbox()
    box.reports.place(NAME, BOUGHT)
    box.reports.expect(Trouble(verb="read", error=RemoteRefusedError("Gone.", code="no_such_file")))
    assert box.fetch() == FetchResult(connection="east-winfactor", subsidiary="east")


def test_a_file_that_may_not_be_read_is_named_with_the_reason() -> None:
    box = Mailbox()
    box.reports.place(NAME, BOUGHT)
    box.reports.expect(Trouble(verb="read", error=RemoteRefusedError("No.", code="not_permitted_there")))
    (file,) = box.fetch().files
    assert file.error is not None
    assert file.error.code == "not_permitted_there"


def test_a_folder_that_may_only_be_read_still_applies_once() -> None:
    box = Mailbox()
    box.reports.place(NAME, BOUGHT)
    box.fetch()
    box.later()
    no = RemoteRefusedError("Read only.", code="not_permitted_there")
    for expected in (ReportOutcome.APPLIED, ReportOutcome.ALREADY_APPLIED):
        box.reports.expect(Trouble(verb="rename", error=no))
        (file,) = box.fetch().files
        assert file.report is not None
        assert (file.report.outcome, file.archived_as) == (expected, None)
        assert "Read only" in file.stays


def test_a_refused_file_stays_and_the_others_are_applied() -> None:
    box = Mailbox()
    box.reports.place("a.csv", b"What,Is\n1,This\n")
    box.reports.place("b.csv", BOUGHT)
    result = box.fetch_twice()
    refused, applied = result.files
    assert refused.error is not None
    assert (refused.error.code, refused.stays, refused.archived_as) == ("unknown_layout", "refused", None)
    assert applied.archived_as is not None
    assert "a.csv" in box.names()


def test_the_same_name_every_day_is_put_aside_every_day() -> None:
    box = Mailbox()
    for content in (BOUGHT, PAID, PAID, PAID):
        box.reports.place("daily.csv", content)
        box.fetch_twice()
    first, second, third, fourth = sorted(box.names())
    assert first.endswith(".applied")
    assert {second.count(".2."), third.count(".2."), fourth.count(".2.")} == {0, 1}
    assert any(".3.applied" in name for name in box.names())
    assert box.desk.status("L-1") == "completed"


def test_a_name_that_came_too_often_stays() -> None:
    box = Mailbox()
    box.reports.place(NAME, BOUGHT)
    box.fetch()
    box.later()
    for _ in range(99):
        box.reports.expect(Trouble(verb="rename", error=RemoteRefusedError("There.", code="name_taken")))
    assert box.fetch().files[0].stays == "it came too often"


def test_what_is_no_report_is_left_alone_and_our_own_files_are_not_spoken_of() -> None:
    box = Mailbox()
    box.desk.queued("L-7")
    submit(box.desk.ports, "east")
    for name in box.desk.names():
        box.reports.place(name, b"ours")
    for name in (".hidden.csv", "half.csv.part", "readme.pdf"):
        box.reports.place(name, b"x")
    result = box.fetch_twice()
    assert result == FetchResult(connection="east-winfactor", subsidiary="east", ignored=("readme.pdf",))


def test_a_file_that_is_too_large_is_not_read() -> None:
    class Heavy(MemoryFolder):
        def list(self) -> Sequence[RemoteFile]:
            return (RemoteFile(name="big.csv", size=LARGEST + 1),)

        def read(self, name: str) -> bytes:
            raise AssertionError(name)

    ports = evolve(Mailbox().desk.ports, report_folder=lambda _: Heavy())
    (file,) = fetch_reports(ports, "east-winfactor").files
    assert file.error is not None
    assert file.error.code == "limit_exceeded"


def test_a_folder_that_cannot_be_reached_changes_nothing() -> None:
    box = Mailbox()
    before = everything(box.desk)
    box.reports.expect(Trouble(verb="list", error=UnreachableError("No.")))
    with pytest.raises(UnreachableError):
        box.fetch()
    assert everything(box.desk) == before


def test_looks_at_what_has_gone_are_forgotten() -> None:
    box = Mailbox()
    box.reports.place(NAME, BOUGHT)
    box.fetch()
    box.reports.take(NAME)
    box.fetch()
    assert not box.looks()


@pytest.mark.parametrize(
    ("act", "error"),
    [
        (lambda: fetch_reports(Desk().ports, "nowhere"), NotFoundError),
        (lambda: fetch_reports(Desk().ports, "east-winfactor"), NotAvailableError),
        (lambda: fetch_reports(Desk().acting(READER), "east-winfactor"), AccessError),
    ],
)
def test_what_cannot_be_fetched_says_why(act: Callable[[], Any], error: type[Exception]) -> None:
    with pytest.raises(error):
        act()


def test_progress_is_told() -> None:
    box = Mailbox()
    box.reports.place(NAME, BOUGHT)
    box.fetch()
    assert [one for one in box.desk.progress if one[0] == "fetching"] == [
        ("fetching", 0, 1),
        ("fetching", 1, 1),
    ]
