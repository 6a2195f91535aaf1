"""An act called under an operation id is done once, and answered as often as it is called."""

from __future__ import annotations

import datetime as dt
import itertools
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from csv import DictReader, DictWriter
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve, frozen
from sqlalchemy import make_url

from factoring_core.adapters.storage import open_store
from factoring_core.adapters.storage.memory import MemoryStore
from factoring_core.adapters.storage.sql.store import SqlStore
from factoring_core.domain.selling.batch import Batch, BatchState
from factoring_core.domain.vocabulary.parties import InvoicingMethod, Protocol
from factoring_core.errors import (
    DeliveryInDoubtError,
    Fault,
    FileRefusedError,
    NotFoundError,
    OperationConflictError,
    StorageError,
    UnreachableError,
    UsageError,
)
from factoring_core.ports.storage import Operation
from factoring_core.testing.contracts.storage.store import find
from factoring_core.testing.simulated_api import SimulatedSystem
from factoring_core.wiring import acts, answers
from factoring_core.wiring.office import Office
from factoring_core.wiring.one_transaction import OneTransaction
from faults_inbound.breaking import BreakingStore, KilledError
from servers.cut_wire import CutWire
from usecases.bringing import bring, csv, everything, exception, payment, purchase, report, row
from usecases.desk import BLUE, READER, Desk, connection, manual
from usecases.test_buy_out import NEW, OLD, line, switching
from usecases.test_check_credit import credit_desk, released
from usecases.test_fetch_reports import BOUGHT, Mailbox
from usecases.test_offer_invoices import api_desk

ID = "0b6e2a0c-5a1f-4a1e-9d52-7d1c0f6d2a11"
DAY = dt.date(2026, 3, 1)


def office(desk: Desk, **ports: Any) -> Office:
    return Office(evolve(desk.ports, **ports), secrets=None)  # type: ignore[arg-type]


@frozen
class Case:
    """A desk that is ready for an act, and the act."""

    ready: Callable[[], Desk]
    act: Callable[[Office], Any]


def bought(*rows: Any) -> Callable[[], Desk]:
    """A desk with a financed load and reports about it."""

    def made() -> Desk:
        desk = Desk()
        bring(desk.ports, row())
        for each in rows:
            report(desk.ports, each)
        return desk

    return made


def queued(*connections: Any, act: Callable[[Office], Any] = lambda _: None) -> Callable[[], Desk]:
    def made() -> Desk:
        desk = Desk(*connections)
        desk.queued("L-1")
        act(office(desk))
        return desk

    return made


def with_released() -> Desk:
    desk, _ = credit_desk()
    released(desk, "L-1")
    return desk


def with_direct() -> Desk:
    desk = Desk()
    bring(desk.ports, row("L-1", "queued", invoicing_method="direct"))
    return desk


def with_mail() -> Desk:
    box = Mailbox()
    box.reports.place("Purchase History Report.csv", BOUGHT)
    box.fetch()
    box.later()
    return box.desk


def with_answers() -> Desk:
    system = SimulatedSystem()
    desk = api_desk(system)
    office(desk).submit("east")
    system.says = {"INV-L-1": ("3", DAY)}
    return desk


def short() -> Desk:
    return bought(payment(amount="900.00"))()


def decided() -> Desk:
    desk = short()
    item = exception(desk, "short_paid").item
    office(desk).resolve(item.id, "write_off", reason="small")
    return desk


def filled(mine: Office) -> bytes:
    """The worklist with a decision in its one line."""
    rows = list(DictReader(StringIO(mine.export_exceptions(ending="csv").decode("utf-8-sig"))))
    out = StringIO()
    writer = DictWriter(out, rows[0])
    writer.writeheader()
    writer.writerows({**each, "Decision": "write_off", "Reason": "small"} for each in rows)
    return out.getvalue().encode()


def rolled_back() -> Desk:
    desk = queued(act=lambda mine: mine.submit("east"))()
    desk.kept = "99:" + "0" * 64  # type: ignore[attr-defined]
    return desk


CASES = {
    "import_loads": Case(
        Desk, lambda mine: mine.import_loads(csv(row()), name="loads.csv", as_of=dt.date(2026, 2, 28))
    ),
    "undo_import": Case(bought(), lambda mine: mine.undo_import(mine.imports()[0].id, reason="wrong")),
    "generate_invoices": Case(with_released, lambda mine: mine.generate_invoices(["L-1"])),
    "void": Case(queued(), lambda mine: mine.void(["L-1", "L-1"], reason="wrong")),
    "send_direct": Case(with_direct, lambda mine: mine.send_direct(["L-1"])),
    "pay": Case(
        queued(act=lambda mine: None),
        lambda mine: mine.pay("L-1", amount=400_00, on=DAY, reference="C1"),
    ),
    "return_loads": Case(
        queued(act=lambda mine: mine.submit("east")), lambda mine: mine.return_loads(["L-1"], reason="held")
    ),
    "resell": Case(
        bought(purchase(), payment(Type="chargeback")), lambda mine: mine.resell(["L-1"], reason="again")
    ),
    "submit": Case(queued(), lambda mine: mine.submit("east", ["L-1"])),
    "resume": Case(queued(), lambda mine: mine.resume()),
    "confirm": Case(
        queued(manual(), act=lambda mine: mine.submit("east")), lambda mine: mine.confirm("east-depot/1")
    ),
    "cancel": Case(
        queued(manual(), act=lambda mine: mine.submit("east")),
        lambda mine: mine.cancel("east-depot/1", reason="wrong"),
    ),
    "settle": Case(
        queued(manual(), act=lambda mine: mine.submit("east")),
        lambda mine: mine.settle("east-depot/1", delivered=True, reason="they say so"),
    ),
    "check_credit": Case(with_released, lambda mine: mine.check_credit(customer="blue", subsidiary="east")),
    "check_credit_of_load": Case(with_released, lambda mine: mine.check_credit_of_load("L-1")),
    "apply_report": Case(
        bought(),
        lambda mine: mine.apply_report(
            csv(payment(amount="900.00"), payment("X9", "5.00")), name="p.csv", subsidiary="east"
        ),
    ),
    "fetch_reports": Case(with_mail, lambda mine: mine.fetch_reports("east-winfactor")),
    "sync": Case(with_answers, lambda mine: mine.sync("east-otr")),
    "undo_report": Case(short, lambda mine: mine.undo_report(mine.reports()[0].id, reason="wrong")),
    "resolve": Case(
        short,
        lambda mine: mine.resolve(
            mine.exceptions(include_closed=True)[0].item.id, "write_off", reason="small"
        ),
    ),
    "undo_decision": Case(
        decided, lambda mine: mine.undo_decision(mine.decisions()[0].id, reason="too much")
    ),
    "import_decisions": Case(short, lambda mine: mine.import_decisions(DECISIONS, name="w.csv")),
    "activate": Case(lambda: Desk(connection(active=False)), lambda mine: mine.activate("east-winfactor")),
    "deactivate": Case(Desk, lambda mine: mine.deactivate("east-winfactor", reason="over")),
    "buy_out": Case(switching, lambda mine: mine.buy_out(csv(line()), name="b.csv", old=OLD, new=NEW)),
    "undo_buy_out": Case(lambda: moved()[0], lambda mine: mine.undo_buy_out(moved()[1], reason="wrong")),
    "put_connection": Case(
        Desk, lambda mine: mine.put_connection(connection("west-rts", subsidiary="west", provider="rts"))
    ),
    "set_notice": Case(
        Desk, lambda mine: mine.set_notice("east-winfactor", from_on=DAY, text="Pay somebody else.")
    ),
    "set_credential": Case(
        Desk, lambda mine: mine.set_credential("east-winfactor", reference="env:THE_PASSWORD")
    ),
    "set_method": Case(Desk, lambda mine: mine.set_method(InvoicingMethod.DIRECT, customer=BLUE.id)),
    "recover": Case(rolled_back, lambda mine: mine.recover("99:" + "0" * 64, reason="the disk broke")),
}


def moved() -> tuple[Desk, str]:
    desk = switching()
    done = office(desk).buy_out(csv(line()), name="b.csv", old=OLD, new=NEW)
    assert done.buy_out is not None
    return desk, done.buy_out


DECISIONS = filled(office(short()))


def books(desk: Desk) -> dict[str, Any]:
    """Everything that is kept, but for the operations themselves."""
    return {name: rows for name, rows in everything(desk).items() if name != "operations"}


@pytest.mark.parametrize("name", CASES)
def test_every_act_that_writes_is_done_once_and_answered_twice(name: str) -> None:
    case = CASES[name]
    alone, desk = case.ready(), case.ready()
    plain = case.act(office(alone))
    first = case.act(office(desk).operation(ID))
    after = everything(desk)
    desk.timer.sleep(5)

    again = case.act(office(desk).operation(ID))

    assert plain == first == again
    assert after == everything(desk)
    assert books(alone) == books(desk), "an operation id changes nothing else"
    (kept,) = after["operations"]
    assert (kept.id, kept.act, kept.by) == (ID, name, desk.ports.actor.name)


def test_every_act_that_writes_takes_an_id() -> None:
    assert set(CASES) == {*acts.WHOLE, *acts.TALKING}
    assert set(CASES) <= set(dir(Office))


@pytest.mark.parametrize(
    "other",
    [
        lambda mine: mine.void(["L-1"], reason="another reason"),
        lambda mine: mine.void(["L-2"], reason="wrong"),
        lambda mine: mine.submit("east", ["L-1"]),
        lambda mine: mine.acting_for(evolve(mine.actor, name="vera")).void(["L-1"], reason="wrong"),
    ],
    ids=["reason", "load", "act", "actor"],
)
def test_the_same_id_for_another_call_is_refused(other: Callable[[Office], Any]) -> None:
    desk = Desk()
    desk.queued("L-1")
    desk.queued("L-2")
    mine = office(desk)
    mine.operation(ID).void(["L-1"], reason="wrong")
    before = everything(desk)

    with pytest.raises(OperationConflictError) as caught:
        other(mine.operation(ID))

    assert ("operation_conflict", 2, {"operation": ID}) == (
        caught.value.code,
        caught.value.exit_status,
        caught.value.where,
    )
    assert before == everything(desk)


def test_the_same_call_is_the_same_however_it_is_written() -> None:
    desk = Desk()
    desk.queued("L-1")
    mine = office(desk)

    first = mine.operation(ID).submit("east", ["L-1"], progress=lambda *told: None)

    assert first == mine.operation(ID).submit(subsidiary="east", names=("L-1",), all_or_nothing=False)


@pytest.mark.parametrize("id_", ["", "short", "with a space in it", "x" * 129, "Łódź-Łódź"])
def test_a_strange_id_is_refused(id_: str) -> None:
    with pytest.raises(UsageError):
        office(Desk()).operation(id_)


def test_a_dry_run_takes_no_id() -> None:
    desk = Desk()
    with pytest.raises(UsageError):
        office(desk).operation(ID).submit("east", dry_run=True)
    assert [] == everything(desk)["operations"]


def test_what_was_refused_may_be_called_again_under_its_id() -> None:
    desk = bought()()
    with pytest.raises(FileRefusedError):
        office(desk).operation(ID).apply_report(b"a,b\n1,2\n", name="r.csv", subsidiary="east")
    with pytest.raises(NotFoundError):
        office(desk).operation(ID).void(["L-9"], reason="wrong")
    assert [] == everything(desk)["operations"]

    assert office(desk).operation(ID).apply_report(csv(payment()), name="r.csv", subsidiary="east").matches


def test_looking_takes_no_notice_of_an_id() -> None:
    desk = bought()()
    mine = office(desk).operation(ID)
    assert mine.loads() == office(desk).loads()
    assert [] == everything(desk)["operations"]


def test_settings_made_under_an_id_are_those_of_the_office() -> None:
    """Those of an office that made the call, or of one that only heard the answer."""
    desk = Desk()
    first, second = office(desk), office(desk)
    for mine in (first, second):
        mine.operation(ID).set_credential("east-winfactor", reference="env:NEW")
        assert ["env:NEW"] == [one.credential for one in mine.settings.connections]
    assert 1 == desk.audited().count("configure.credential")


# What a factor is told meanwhile


def test_a_submission_that_found_nobody_goes_on_under_its_id() -> None:
    broken = [UnreachableError("no route")]

    def opened(_: Any) -> Any:
        if broken:
            raise broken.pop()
        return desk.folder

    desk = Desk(folder=opened)
    desk.queued("L-1")
    mine = office(desk)
    first = mine.operation(ID).submit("east")
    assert first.error is not None
    assert first.error.retryable
    desk.queued("L-2")

    again = mine.operation(ID).submit("east")

    assert again.error is None
    assert [("east-winfactor", 1, ("L-1",))] == [(b.connection, b.number, b.loads) for b in desk.batches()]
    assert "invoiced" == desk.status("L-1")
    assert again == mine.operation(ID).submit("east")


def test_an_answer_that_is_in_doubt_is_kept_with_its_error() -> None:
    system = SimulatedSystem()
    desk = api_desk(system)
    desk.ports = evolve(desk.ports, api=lambda _: Losing(system))  # type: ignore[assignment]
    first = office(desk).operation(ID).submit("east")
    again = office(desk).operation(ID).submit("east")

    assert isinstance(first.error, DeliveryInDoubtError)
    assert isinstance(again.error, DeliveryInDoubtError)
    assert evolve(first, error=None) == evolve(again, error=None)
    for name in ("message", "code", "remedy", "where", "retryable", "in_doubt", "exit_status"):
        assert getattr(first.error, name) == getattr(again.error, name)


class Losing:
    """A system that takes everything and says nothing."""

    def __init__(self, system: SimulatedSystem) -> None:
        self.system = system

    def __getattr__(self, name: str) -> Any:
        def ask(*given: Any, **named: Any) -> Any:
            raise DeliveryInDoubtError("no answer")

        return ask


def test_an_error_with_faults_comes_back_as_it_was() -> None:
    error = FileRefusedError("No.", faults=[_FAULT], where={"file": Path("a.csv")}, remedy="Mend it.")

    back = answers.read_again(answers.written(error), FileRefusedError)

    assert isinstance(back, FileRefusedError)
    assert (back.message, back.remedy, back.faults) == ("No.", "Mend it.", (_FAULT,))
    assert {"file": "a.csv"} == back.where


_FAULT = Fault(code="bad_amount", message="not an amount", file="a.csv", row=2, line=2, column="Amount")


# Killed in the middle, and called again

KILLED = ("submit", "apply_report", "pay", "import_loads", "generate_invoices", "sync")


def effects(desk: Desk) -> list[str]:
    """What the trail says was done; tries at sending and questions about credit come as often as need be."""
    return sorted(one for one in desk.audited() if one not in ("send_batch", "check_credit"))


@pytest.mark.parametrize(
    "name", ["submit", "apply_report", "pay", "import_loads", "generate_invoices", "sync"]
)
def test_killed_anywhere_it_is_done_once_when_it_is_called_again(name: str) -> None:
    """Whether or not the call had come to its end, its repetition leaves what one call leaves."""
    case = CASES[name]
    alone = case.ready()
    case.act(office(alone).operation(ID))
    for at in itertools.count(1):
        desk = case.ready()
        breaking = BreakingStore(desk.store, at)
        killed = True
        try:
            case.act(office(desk, store=breaking).operation(ID))
            killed = False
        except KilledError:
            desk.killed()
        answer = case.act(office(desk).operation(ID))

        assert (alone.status("L-1"), len(alone.batches())) == (desk.status("L-1"), len(desk.batches()))
        assert effects(alone) == effects(desk), at
        assert answer == case.act(office(desk).operation(ID))
        if not killed:
            break
    assert at > 5, "it was never killed"


def test_a_part_that_was_taken_back_takes_the_whole_along() -> None:
    store = MemoryStore()
    held = OneTransaction(store, lambda tx: None)
    with held.transaction("t") as tx:
        tx.put(_OPERATION)
    with pytest.raises(ZeroDivisionError), held.transaction("t"):
        raise ZeroDivisionError
    with pytest.raises(StorageError):
        held.end(None, None, None)
    held.close()
    assert [] == find(store, Operation)


_OPERATION = Operation(id=ID, act="x", asked="", at=dt.datetime(2026, 3, 1, tzinfo=dt.UTC), by="ann")


# Several at once, and over a wire


@pytest.fixture(params=["memory", "sqlite", "postgresql"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Any]:
    if request.param == "memory":
        yield MemoryStore()
    elif request.param == "postgresql":
        yield request.getfixturevalue("postgres_store")
    else:
        made = open_store(tmp_path / "factoring.db")
        yield made
        made.close()


def over(store: Any, *connections: Any) -> Desk:
    desk = Desk(*connections, store=store)
    desk.store = store
    return desk


@pytest.mark.parametrize("which", ["submit", "apply_report"])
def test_several_that_call_at_once_get_one_answer(store: Any, which: str) -> None:
    desk = over(store, manual("east-winfactor", provider="winfactor"))
    bring(desk.ports, row("L-0"))
    for number in range(1, 4):
        desk.queued(f"L-{number}")
    before = len(desk.audited())
    together = threading.Barrier(4, timeout=30)

    def call(_: int) -> Any:
        mine = office(desk).operation(ID)
        together.wait()
        if which == "submit":
            return mine.submit("east")
        return mine.apply_report(csv(payment("INV-L-0")), name="r.csv", subsidiary="east")

    with ThreadPoolExecutor(4) as pool:
        answers_given = list(pool.map(call, range(4)))

    assert all(one == answers_given[0] for one in answers_given)
    assert 1 == len(desk.audited()) - before
    assert 1 == len(find(store, Operation, tenant="acme"))


@pytest.mark.parametrize("more", [False, True], ids=["the same loads", "fewer loads"])
def test_a_second_call_that_seals_first_is_the_one_that_counts(more: bool) -> None:
    """The first finds at its sealing that it has been overtaken, and seals nothing, not even what is left."""
    desk = Desk()
    desk.queued("L-1")
    overtaking: list[Any] = []
    if more:
        whole = desk.queued("L-2")

    def progress(*told: Any) -> None:
        if not overtaking:
            overtaking.append(None)
            if more:
                desk.keep(evolve(whole, documents=()))
            overtaking[0] = office(desk).operation(ID).submit("east")
            if more:
                desk.keep(whole)

    answer = office(desk).operation(ID).submit("east", progress=progress)

    assert [answer] == overtaking
    assert [(1, ("L-1",))] == [(one.number, one.loads) for one in desk.batches()]
    assert 1 == desk.audited().count("seal_batch")


@pytest.mark.parametrize(("cut", "kept"), [("after", True), ("before", False)])
def test_a_call_of_which_nobody_knows_whether_it_was_kept_is_made_again(
    cut: Any, kept: bool, postgres_url: str, postgres_place: str, postgres_store: SqlStore
) -> None:
    """The server is gone right after (or before) the commit, and comes back when patience has ended."""
    wire = CutWire(Path(str(make_url(postgres_url).query["host"])) / ".s.PGSQL.5432")
    schema = make_url(postgres_place).query["schema"]
    place = f"postgresql://postgres@127.0.0.1:{wire.port}/postgres?schema={schema}"
    through = open_store(place, patience=0.5)
    desk = over(postgres_store)
    bring(desk.ports, row())

    def call(store: Any) -> Any:
        mine = office(desk, store=store).operation(ID)
        return mine.apply_report(csv(payment()), name="r.csv", subsidiary="east")

    wire.cut, wire.dies_with_the_cut = cut, True
    with pytest.raises(StorageError) as caught:
        call(through)
    assert "commit_unknown" == caught.value.code
    assert kept is (desk.status("L-1") == "completed")

    answer = call(postgres_store)

    assert "applied" == answer.outcome.value, "not `already_applied`: it is the answer that was lost"
    assert 1 == desk.audited().count("report.apply")
    assert "completed" == desk.status("L-1")
    through.close()
    wire.close()


@pytest.mark.parametrize("stands", [True, False])
def test_inside_a_hosts_transaction_the_answer_goes_the_way_of_the_act(
    stands: bool, postgres_store: SqlStore
) -> None:
    desk = over(postgres_store)
    desk.queued("L-1")
    engine = postgres_store._database._engine
    with engine.connect() as connection:
        joined = office(desk).joining(postgres_store.joined(connection))
        first = joined.operation(ID).submit("east")
        (connection.commit if stands else connection.rollback)()

    again = office(desk).operation(ID).submit("east")

    assert [BatchState.SEALED] == [one.state for one in first.batches]
    assert [1] == [one.number for one in find(postgres_store, Batch, tenant="acme")]
    assert [BatchState.SEALED if stands else BatchState.DELIVERED] == [one.state for one in again.batches]
    assert (first == again) is stands


def test_in_a_hosts_transaction_no_factor_is_asked_about_credit(postgres_store: SqlStore) -> None:
    """A transaction was held open while a factor was asked."""
    otr = connection("east-otr", provider="otr", protocol=Protocol.API)
    desk = over(postgres_store, otr)
    asked: list[Any] = []
    desk.ports = evolve(desk.ports, api=asked.append)  # type: ignore[arg-type]
    released(desk, "L-1")
    engine = postgres_store._database._engine
    with engine.begin() as host:
        done = office(desk).joining(postgres_store.joined(host)).operation(ID).generate_invoices(["L-1"])

    assert [] == asked
    assert ["L-1"] == [one.load for one in done.changed]


def test_who_may_not_do_it_may_not_hear_of_it() -> None:
    desk = Desk()
    desk.queued("L-1")
    office(desk).operation(ID).submit("east")
    with pytest.raises(OperationConflictError):
        office(desk).acting_for(READER).operation(ID).submit("east")


def test_an_answer_that_is_told_again_keeps_how_many_faults_a_refused_file_had() -> None:
    """It had no such number, and whoever asked for it met an `AttributeError`."""
    error = FileRefusedError("Refused.", faults=[Fault(code="bad_amount", message="no amount")], total=1200)

    again = answers.read_again(answers.written(error), FileRefusedError)

    assert 1200 == again.total
