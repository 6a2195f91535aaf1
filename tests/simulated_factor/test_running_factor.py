"""A simulated factor takes what an office sends over real servers, and its reports reconcile."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from attrs import evolve

from factoring_core import Customer, Office, Settings, Subsidiary, open_office
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


def office_with(factor: RunningFactor, folder: Path, *, loads: int = 8) -> Office:
    settings = Settings(
        subsidiaries=(Subsidiary(id="east", name="Acme East"),),
        customers=(Customer(id="blue", name="Blue & Co"),),
        connections=(factor.connection(subsidiary="east"),),
    )
    clock = FixedClock(dt.datetime.combine(DAY, dt.time(18), dt.UTC))
    office = open_office(settings=settings, store=MemoryStore(), clock=clock)
    office = office.working_with(evolve(office.ports, binder=PlainBinder()))
    for kind in ("invoice", "pod", "rate"):
        (folder / f"{kind}.pdf").write_bytes(blank_page(kind))
    head = "load_number,subsidiary,customer,amount,status,invoice_file,pod_file,rate_confirmation_file"
    lines = [
        f"L-{n},east,blue,{n * 100}.50,released,invoice.pdf,pod.pdf,rate.pdf" for n in range(1, loads + 1)
    ]
    office.import_loads("\n".join([head, *lines]).encode(), name="loads.csv", folder=folder)
    office.generate_invoices([f"L-{n}" for n in range(1, loads + 1)])
    return office


def statuses(office: Office) -> set[str]:
    return {view.standing.status.value for view in office.loads()}


@pytest.mark.parametrize(
    ("provider", "over"),
    [("winfactor", "sftp"), ("sunbelt", "ftps"), ("triumph", "ftp"), ("compass", "sftp"), ("rts", "folder")],
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


def test_what_it_cannot_do_is_said(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="gopher"), RunningFactor(over="gopher"):
        pass
    with pytest.raises(UsageError, match="folder"), RunningFactor(trouble=Trouble(slow=1)):
        pass
    with pytest.raises(UsageError, match="otr"), RunningFactor("otr") as factor:
        factor.purchase_report(DAY, YEAR)


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
