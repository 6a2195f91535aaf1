"""Every safeguard, switched off: then a law is broken, which shows that these tests can see."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from attrs import evolve, frozen

from factoring_core.adapters.blobs.memory import MemoryBlobs
from factoring_core.adapters.remote import line as remote_line
from factoring_core.adapters.remote import sftp
from factoring_core.adapters.remote.line import Login, Place
from factoring_core.adapters.remote.sftp import SftpFolder
from factoring_core.domain.selling.archive import sending_order
from factoring_core.domain.selling.batch import Batch, BatchState
from factoring_core.domain.selling.delivery import Journal, Seen, Step, next_step
from factoring_core.domain.selling.lease import Lease, released, renewed
from factoring_core.errors import ConfigurationError, FactoringError
from factoring_core.ports.secrets import Secret
from factoring_core.testing.servers.sftp import SftpServer
from factoring_core.usecases.delivering import (
    batch_acts,
    deliver_batch,
    delivery_journal,
    holding,
    journal_rows,
    publish_files,
)
from factoring_core.usecases.delivering import withdraw as withdrawing
from factoring_core.usecases.delivering.holding import Hold
from factoring_core.usecases.delivering.resume import resume
from factoring_core.usecases.delivering.submit import submit
from simulation import sleepers
from simulation.base import Start
from simulation.crash import act, run, singles
from simulation.factor import Taking
from simulation.points import Point, Stroke
from simulation.simulate import simulate
from simulation.sleepers import Doing, Nap, cancels, naps, resumes, settles
from simulation.strands import Violation
from simulation.world import Scene, World

ON_LIST = Scene(taking=Taking.ON_LIST)
PLAIN = Scene(place="sftp-plain", taking=Taking.AT_ONCE)
"""A server that renames in two steps, and a factor that takes what it sees at once."""


@frozen(kw_only=True)
class Off:
    """A safeguard switched off: what stands in its place, and where that shows."""

    name: str
    patches: Sequence[tuple[Any, str, Any]]
    scenes: Sequence[Scene] = ()
    """Looked at fault by fault."""
    sleepers: Sequence[tuple[Scene, Doing]] = ()
    """Looked at nap by nap."""
    seeds: int = 0


def _assert_nothing(hold: Hold, tx: Any) -> None:
    hold.lease = renewed(tx.get(Lease, hold.lease.batch) or hold.lease, tx.time())
    hold.renewed_at = hold.ports.timer.seconds()


def _remember_only(attempt: Any, names: Any, state: Journal) -> None:
    order = list(Journal)
    for name in names:
        row = attempt.rows[name]
        if order.index(Journal(row.state)) < order.index(state):
            attempt.rows[name] = evolve(row, state=state.value)


def _send_again(attempt: Any, why: str) -> None:
    ports = attempt.ports
    with ports.store.transaction(ports.tenant) as tx:
        batch = tx.get(Batch, attempt.batch.id)
        journal_rows.reset(tx, batch)
        tx.put(evolve(batch, state=BatchState.SEALED))
        tx.put(released(attempt.hold.lease))


def _gone_is_lost(*known: Any, **named: Any) -> Step:
    step = next_step(*known, **named)
    return Step.DOUBT if step is Step.RECORD_CONSUMED else step


def _believe(folder: Any, name: str, *, size: int, sha256: str, closely: bool = False) -> Seen:
    return Seen.ABSENT if folder.stat(name) is None else Seen.EQUAL


def _keep_temp(ports: Any, row: Any, epoch: int, *way: Any) -> Any:
    return evolve(row, epoch=epoch) if row.temp_name else journal_rows.planned(ports, row, epoch, *way)


def _made_anew(blobs: MemoryBlobs, digest: str) -> bytes:
    content = blobs._kept[digest]
    blobs.made = getattr(blobs, "made", 0) + 1  # type: ignore[attr-defined]
    return content[:-1] + bytes([blobs.made % 256])  # type: ignore[attr-defined]


OFF = (
    Off(name="asserting the epoch", patches=[(Hold, "assert_held", _assert_nothing)], seeds=2000),
    Off(
        name="claiming by rename, and not staging afresh",
        patches=[(delivery_journal, "to_claim", journal_rows.planned)],
        scenes=[ON_LIST],
    ),
    Off(
        name="the list last",
        patches=[(deliver_batch, "sending_order", lambda files: list(reversed(sending_order(files))))],
        scenes=[ON_LIST],
    ),
    Off(
        name="writing down before renaming",
        patches=[(delivery_journal.Attempt, "advance", _remember_only)],
        scenes=[ON_LIST],
    ),
    Off(
        name="doubt, and not sending again",
        patches=[(delivery_journal.Attempt, "doubt", _send_again)],
        scenes=[Scene(taking=Taking.ON_LIST, start=Start(swept=True))],
    ),
    Off(
        name="what vanished was taken",
        patches=[
            (delivery_journal.Attempt, "doubt", _send_again),
            (publish_files, "next_step", _gone_is_lost),
        ],
        scenes=[ON_LIST],
    ),
    Off(name="looking at what was written", patches=[(publish_files, "look", _believe)], scenes=[ON_LIST]),
    Off(
        name="a new temp name for each attempt",
        patches=[(delivery_journal, "planned", _keep_temp)],
        scenes=[ON_LIST],
    ),
    Off(
        name="loads and delivery in one transaction",
        patches=[(holding, "settle_books", lambda *given, **named: None)],
        scenes=[ON_LIST],
    ),
    Off(name="sending stored bytes", patches=[(MemoryBlobs, "get", _made_anew)], scenes=[ON_LIST]),
    Off(
        name="cancelling with proof",
        patches=[(withdrawing, "_provably_unseen", lambda *given: [])],
        sleepers=[(ON_LIST, cancels)],
    ),
    Off(
        name="fencing what was whole when it was settled",
        patches=[(journal_rows, "WHOLE", ())],
        sleepers=[(ON_LIST, settles)],
    ),
)


def search(off: Off) -> None:
    """Look for a broken law, fault by fault and then course by course."""
    for scene in off.scenes:
        for case in singles(scene):
            run(case)
    for scene, other in off.sleepers:
        for nap in naps(scene, other):
            sleepers.run(nap)
    for seed in range(off.seeds):
        simulate(seed)


def switched_off(off: Off) -> ExitStack:
    with ExitStack() as patches:
        for target, name, instead in off.patches:
            patches.enter_context(mock.patch.object(target, name, instead))
        return patches.pop_all()


@pytest.mark.parametrize("off", OFF, ids=lambda off: off.name)
def test_without(off: Off) -> None:
    with switched_off(off), pytest.raises(Violation):
        search(off)


def after_waking(nap: Nap) -> tuple[str, list[str]]:
    """Return what the first worker was about to do when it fell asleep, and what it does after that."""
    lines = [line.partition(" ")[2] for line in sleepers.run(nap).log]
    at = lines.index("first wakes") if "first wakes" in lines else len(lines)
    about, *others = [line for line in lines[at + 1 :] if line.startswith("first ")] or [""]
    return about, others


def publishes_without_renewing(nap: Nap) -> bool:
    """Say whether somebody who has slept too long in the middle of looking asks for a renaming at once."""
    about, others = after_waking(nap)
    first_act = next((line for line in others if " find " not in line), "")
    return " find " in about and " rename " in first_act


def test_without_renewing_before_publishing() -> None:
    # The last look is part of the renaming; who falls asleep after it is what claiming is for.
    asleep = list(naps(PLAIN, resumes))
    files = 3
    assert sum(map(publishes_without_renewing, asleep)) == files
    with mock.patch.object(Hold, "may_publish", return_value=True):
        assert sum(map(publishes_without_renewing, asleep)) > files


def renamings_right_after_a_death() -> int:
    """Kill a worker as it asks for its first renaming; count those of the next one, at once."""

    def strike(point: Point) -> Stroke | None:
        return Stroke.KILL_BEFORE if (point.worker, point.what) == ("w1", "rename") else None

    with World(PLAIN, strike=strike) as world:
        act(world, "w1", lambda ports: submit(ports, "east"))
        act(world, "w2", resume)
        return sum("w2" in line and " rename " in line for line in world.log)


def test_without_waiting_for_what_an_earlier_worker_began() -> None:
    # The request of the dead may be half done: there a file has two names for an instant.
    assert renamings_right_after_a_death() == 0
    with mock.patch.object(Hold, "waits_for_earlier", return_value=False):
        assert renamings_right_after_a_death() > 0


def times_a_person_is_asked(nap: Nap) -> int:
    return sum("a person settles" in line for line in sleepers.run(nap).log)


def test_without_settling_only_what_nobody_sends() -> None:
    # Nothing is sent twice either way; but a word about a batch that is being sent is soon overtaken.
    short = [evolve(nap, seconds=60.0) for nap in naps(ON_LIST, settles)]
    assert max(map(times_a_person_is_asked, short)) == 1
    with mock.patch.object(batch_acts, "refuse_busy", return_value=None):
        assert max(map(times_a_person_is_asked, short)) > 1


def log_ins_with_a_refused_credential() -> int:
    def strike(point: Point) -> Stroke | None:
        return Stroke.ERROR if point.what == "login" else None

    with World(ON_LIST, strike=strike) as world:
        act(world, "w1", lambda ports: submit(ports, "east"))
        for at in range(3):
            world.sleep(900)
            act(world, f"r{at}", resume)
        return len(world.server.logins)


def test_without_one_try_for_a_credential() -> None:
    assert log_ins_with_a_refused_credential() == 1
    with mock.patch.object(deliver_batch, "one_try", side_effect=lambda *given: ExitStack()):
        assert log_ins_with_a_refused_credential() > 1


@pytest.fixture
def server(tmp_path: Path) -> Iterator[SftpServer]:
    with SftpServer(tmp_path, passwords={"carrier": "pass"}) as running:
        yield running


def test_without_the_pin_of_the_host_key(server: SftpServer) -> None:
    def looked(compare: Callable[..., None]) -> list[tuple[str, str]]:
        place = Place(connection="c", host=server.host, port=server.port)
        login = Login(username="carrier", password=Secret("pass"))
        folder = SftpFolder(place, lambda: login, host_key="SHA256:" + "A" * 43)
        with mock.patch.object(sftp, "compare_host_key", compare), ExitStack() as leaving:
            leaving.callback(folder.close)
            with suppress(ConfigurationError):
                folder.list()
        return list(server.attempts)

    # Nothing that could be overheard is said to a stranger; without the pin the password is.
    assert looked(remote_line.compare_host_key) == []
    assert looked(lambda *given: None) != []


def test_with_everything_on_none_of_this_is_found() -> None:
    try:
        for case in singles(ON_LIST):
            run(case)
    except (Violation, FactoringError) as broken:
        pytest.fail(str(broken))
