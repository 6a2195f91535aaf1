"""A simulated factor takes what an office sends over real servers, and its reports reconcile."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from attrs import evolve

from factoring_core import Connection, Customer, Office, Settings, Subsidiary, open_office
from factoring_core.adapters.clocks.fixed import FixedClock
from factoring_core.adapters.storage.memory import MemoryStore
from factoring_core.errors import FileRefusedError, UsageError
from factoring_core.testing.factor import GOOD, Contract, Dirt, RunningFactor, Trouble, reissued
from factoring_core.testing.factor.__main__ import main
from factoring_core.testing.machine.site import blank_page
from factoring_core.testing.plugin import open_factor, simulated_factor
from usecases.desk import PlainBinder

__all__ = ["open_factor", "simulated_factor"]

DAY = dt.date(2026, 3, 2)
YEAR = dt.date(2026, 12, 31)


def office_with(factor: RunningFactor | Connection, folder: Path, *, loads: int = 8) -> Office:
    one = factor if isinstance(factor, Connection) else factor.connection(subsidiary="east")
    settings = Settings(
        subsidiaries=(Subsidiary(id="east", name="Acme East", dot_number="7654321"),),
        customers=(Customer(id="blue", name="Blue & Co", mc_number="998877"),),
        connections=(one,),
    )
    clock = FixedClock(dt.datetime.combine(DAY, dt.time(18), dt.UTC))
    office = open_office(settings=settings, store=MemoryStore(), clock=clock)
    office = office.working_with(evolve(office.ports, binder=PlainBinder()))
    for kind in ("invoice", "pod", "rate"):
        (folder / f"{kind}.pdf").write_bytes(blank_page(kind))
    head = (
        "load_number,subsidiary,customer,amount,status,invoice_file,pod_file,rate_confirmation_file,"
        "origin_city,origin_state,destination_city,destination_state"
    )
    lines = [
        f"L-{n},east,blue,{n * 100}.50,released,invoice.pdf,pod.pdf,rate.pdf,Austin,TX,Tulsa,OK"
        for n in range(1, loads + 1)
    ]
    office.import_loads("\n".join([head, *lines]).encode(), name="loads.csv", folder=folder)
    office.generate_invoices([f"L-{n}" for n in range(1, loads + 1)])
    opened.append(office)
    return office


opened: list[Office] = []


@pytest.fixture(autouse=True)
def closed() -> Iterator[None]:
    yield
    while opened:
        opened.pop().close()


def statuses(office: Office) -> set[str]:
    return {view.standing.status.value for view in office.loads()}


@pytest.mark.parametrize(
    ("provider", "over"),
    [
        ("winfactor", "sftp"),
        ("sunbelt", "ftps"),
        ("triumph", "ftp"),
        ("compass", "sftp"),
        ("rts", "folder"),
        ("otr", "http"),
    ],
)
def test_all_is_bought_and_paid(
    provider: str, over: str, open_factor: Callable[..., RunningFactor], tmp_path: Path
) -> None:
    factor = open_factor(provider, over=over, contract=GOOD)
    office = office_with(factor, tmp_path, loads=3)
    result = office.submit("east")
    assert (result.error, result.refused) == (None, ())
    for file in (factor.purchase_report(DAY, YEAR), factor.payment_report(DAY, YEAR)):
        office.apply_report(file.content, name=file.name, subsidiary="east")

    assert [len(batch.invoices) for batch in factor.batches] == [3]
    assert statuses(office) == {"completed"}
    assert office.exceptions("east") == ()


def test_a_factor_has_a_mind_of_its_own(simulated_factor: RunningFactor, tmp_path: Path) -> None:
    factor = simulated_factor
    factor.contract = Contract(denies=0.2, holds=0.2, pays_short=0.2, pays_in_two=0.2, never_pays=0.2)
    office = office_with(factor, tmp_path, loads=40)
    office.submit("east")
    for file in (factor.purchase_report(DAY, YEAR), factor.payment_report(DAY, YEAR)):
        result = office.apply_report(file.content, name=file.name, subsidiary="east")
        assert not [one for one in result.exceptions if one.item.type == "unknown_invoice"]

    kinds = {one.kind for one in factor.happenings}
    assert kinds == {"purchased", "held", "denied", "paid", "charged_back"}
    found = {view.item.type.value for view in office.exceptions("east")}
    assert {"denied", "short_paid", "charged_back"} <= found
    assert statuses(office) == {"completed", "financed", "invoiced"}


def test_its_system_says_over_http_what_has_happened_so_far(
    open_factor: Callable[..., RunningFactor], tmp_path: Path
) -> None:
    """What it decides by a day it answers on that day, with its schedule; the rest stands in its report."""
    contract = Contract(denies=0.3, holds=0.3, pays_short=0, pays_in_two=0, never_pays=0.1)
    factor = open_factor("otr", over="http", contract=contract, seed=1)
    office = office_with(factor, tmp_path, loads=12)
    office.submit("east")
    assert {one.disposition for one in office.sync("factor").said} == {"received"}

    factor.today = YEAR
    said = office.sync("factor").said
    assert len(factor.batches) == 1
    last = {one.invoice.number: one for one in factor.happenings if one.kind not in ("paid", "charged_back")}
    assert {one.invoice_number: one.disposition for one in said} == {
        number: one.kind for number, one in last.items()
    }
    assert {(one.schedule_number, one.changed_on) for one in said} == {
        (one.schedule, one.on) for one in last.values()
    }
    assert {one.kind for one in last.values()} == {"purchased", "denied"}
    assert not any(one.new for one in office.sync("factor").said)

    file = factor.payment_report(DAY, YEAR)
    office.apply_report(file.content, name=file.name, subsidiary="east", kind="payment")
    paid = {one.invoice.number for one in factor.happenings if one.kind == "paid"}
    completed = {view.load.number for view in office.loads() if view.standing.status.value == "completed"}
    assert completed == paid


def test_the_same_seed_has_the_same_fate(open_factor: Callable[..., RunningFactor], tmp_path: Path) -> None:
    def reports(seed: int, home: str) -> list[bytes]:
        (tmp_path / home).mkdir()
        factor = open_factor(seed=seed, home=tmp_path / home)
        office_with(factor, tmp_path, loads=5).submit("east")
        return [factor.purchase_report(DAY, YEAR).content, factor.payment_report(DAY, YEAR).content]

    assert reports(1, "a") == reports(1, "b") != reports(2, "c")


def test_dirt_never_changes_what_was_paid(simulated_factor: RunningFactor, tmp_path: Path) -> None:
    """Repeated, overlapping, late and re-issued reports come to what one clean report says."""
    factor = simulated_factor
    factor.contract = GOOD
    office = office_with(factor, tmp_path)
    office.submit("east")
    bought = factor.purchase_report(DAY, YEAR)
    office.apply_report(bought.content, name=bought.name, subsidiary="east")
    dirt = Dirt(repeats=0.5, overlap_days=20, late_days=3, shuffled=True)
    since = DAY
    while since < dt.date(2026, 6, 1):
        until = since + dt.timedelta(days=13)
        file = factor.payment_report(since, until, dirt=dirt)
        for one in (file, reissued(file)):
            office.apply_report(one.content, name=one.name, subsidiary="east", kind="payment")
        since = until + dt.timedelta(days=1)

    paid = {view.load.number: view.standing.paid for view in office.loads()}
    assert paid == {one.invoice.number: one.amount for one in factor.happenings if one.kind == "paid"}
    assert {view.item.type.value for view in office.exceptions("east")} <= {"duplicate_row"}


def test_a_truncated_report_is_refused(simulated_factor: RunningFactor, tmp_path: Path) -> None:
    office = office_with(simulated_factor, tmp_path)
    office.submit("east")
    file = simulated_factor.purchase_report(DAY, YEAR, dirt=Dirt(truncated=True))
    with pytest.raises(FileRefusedError):
        office.apply_report(file.content, name=file.name, subsidiary="east")


def test_a_server_that_consumes_and_drops_lines(
    open_factor: Callable[..., RunningFactor], tmp_path: Path
) -> None:
    """Whatever the line does, the factor has each batch at most once."""
    factor = open_factor(over="sftp", trouble=Trouble(consumes=True, drops_every=7, slow=0.001))
    office = office_with(factor, tmp_path, loads=2)
    office.submit("east")
    for _ in range(3):
        office.resume()
    assert len(factor.batches) <= 1
    delivered = [batch for batch in office.batches() if batch.state.value == "delivered"]
    assert len(delivered) <= len(factor.batches)
    assert {one.suffix for one in factor.inbox.iterdir()} <= {".part", ".pdf"}


def test_lines_over_http_that_break_before_and_after_the_deed_bring_nothing_twice(
    open_factor: Callable[..., RunningFactor], tmp_path: Path
) -> None:
    factor = open_factor("otr", over="http", contract=GOOD, trouble=Trouble(drops_every=3, slow=0.001))
    office = office_with(factor, tmp_path, loads=4)
    office.submit("east")
    for _ in range(6):
        office.resume()
    factor.take()

    taken = [one.number for batch in factor.batches for one in batch.invoices]
    assert sorted(taken) == sorted(set(taken))
    sold = {view.load.number for view in office.loads() if view.standing.status.value == "invoiced"}
    assert sold == set(taken) != set()


def test_what_it_cannot_do_is_said(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="gopher"), RunningFactor(over="gopher"):
        pass
    with pytest.raises(UsageError, match="folder"), RunningFactor(trouble=Trouble(slow=1)):
        pass
    with pytest.raises(UsageError, match="nobody"), RunningFactor("nobody") as factor:
        factor.purchase_report(DAY, YEAR)
    with pytest.raises(UsageError, match="apex"), RunningFactor("apex", over="http"):
        pass
    with pytest.raises(UsageError, match="taken away"):
        RunningFactor("otr", over="http", trouble=Trouble(consumes=True)).__enter__()
    with pytest.raises(UsageError, match="not open"):
        _ = RunningFactor().inbox


def test_the_program_takes_offers_over_http_and_answers_at_once(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What it prints is a connection of `factoring.toml` that reaches it."""
    stop, home = threading.Event(), tmp_path / "factor"
    words = ["--over", "http", "--home", str(home)]
    running = threading.Thread(target=main, args=(words, stop), daemon=True)
    running.start()
    printed = ""
    for _ in range(100):
        printed += capsys.readouterr().out
        if "[[connections.notices]]" in printed:
            break
        stop.wait(0.05)
    (tmp_path / "factoring.toml").write_text(
        '[[subsidiaries]]\nid = "east"\nname = "Acme East"\ndot_number = "7654321"\n'
        f'[[customers]]\nid = "blue"\nname = "Blue"\nmc_number = "998877"\n{printed}',
        encoding="utf-8",
    )
    with closing(open_office(tmp_path, store=MemoryStore())) as reached:
        [one] = [view.connection for view in reached.connections()]
        office = office_with(one, tmp_path, loads=20)
        office.submit("east")
        said = {view.disposition for view in office.sync("factor").said}
    stop.set()
    running.join()
    assert (one.provider, one.protocol.value) == ("otr", "api")
    assert said == {"purchased"}


def test_the_program_prints_how_to_reach_it_and_writes_reports(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    stop = threading.Event()
    words = ["--over", "folder", "--home", str(tmp_path / "factor")]
    running = threading.Thread(target=main, args=(words, stop))
    with RunningFactor(home=tmp_path / "factor") as same_place:
        office = office_with(same_place, tmp_path)
        office.submit("east")
    running.start()
    for _ in range(100):
        if list((tmp_path / "factor").glob("reports/Payments*")):
            break
        stop.wait(0.05)
    stop.set()
    running.join()
    printed = capsys.readouterr().out
    assert 'protocol = "folder"' in printed
    assert "Took 1 batches" in printed
