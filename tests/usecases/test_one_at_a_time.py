"""One batch at a time goes through one folder."""

from attrs import evolve

from factoring_core.adapters.remote.memory import MemoryFolder, Trouble
from factoring_core.domain.selling.batch import BatchState
from factoring_core.errors import UnreachableError
from factoring_core.ports.remote_folder import RemoteFile
from factoring_core.usecases.delivering.deliver_batch import deliver
from factoring_core.usecases.delivering.submit import submit
from usecases.desk import Desk, connection

DOWN = UnreachableError("The line is down.", code="folder_missing")


def half_sent(desk: Desk) -> str:
    """Leave batch 1 with its packet published and its list not."""
    desk.queued("L-1")

    def fail_next(name: str, content: bytes) -> None:
        if name == "INV-L-1.pdf":
            desk.folder.expect(*(Trouble(verb="stat", error=DOWN) for _ in range(9)))

    desk.folder.on_arrival = fail_next
    (batch,) = submit(desk.ports, "east").batches
    desk.folder.on_arrival = None
    desk.folder._troubles.clear()
    assert batch.state is BatchState.SENDING
    return batch.id


def test_a_packet_is_not_swept_up_with_the_list_of_another_batch() -> None:
    """The factor empties its folder when a list arrives: the first list came without its packet."""
    desk = Desk()
    half_sent(desk)
    complete: list[bool] = []

    def empty(name: str, content: bytes) -> None:
        if name.endswith(".csv"):
            listed = [line.split(b",") for line in content.splitlines()[1:]]
            packets = {file.name for file in desk.folder.list() if file.name.endswith(".pdf")}
            complete.append(all(any(cell.decode() + ".pdf" in packets for cell in line) for line in listed))
            for file in desk.folder.list():
                desk.folder.take(file.name)

    desk.folder.on_arrival = empty
    desk.queued("L-2")
    result = submit(desk.ports, "east", ["L-2"])
    assert result.error is None
    assert [True, True] == complete
    assert {BatchState.DELIVERED} == {batch.state for batch in desk.batches()}


def test_what_keeps_the_half_sent_batch_keeps_the_next_one_too() -> None:
    desk = Desk()
    half_sent(desk)
    desk.queued("L-2")
    desk.folder.expect(*(Trouble(verb="stat", error=DOWN) for _ in range(9)))
    result = submit(desk.ports, "east", ["L-2"])
    assert result.error is DOWN
    states = {batch.number: batch.state for batch in desk.batches()}
    assert {1: BatchState.SENDING, 2: BatchState.SEALED} == states


def test_a_batch_that_begins_while_another_one_looks_comes_first() -> None:
    desk = Desk()
    for number in ("L-1", "L-2"):
        desk.queued(number)
        desk.folder.expect(*(Trouble(verb="stat", error=DOWN) for _ in range(9)))
        submit(desk.ports, "east", [number])
        desk.folder._troubles.clear()
    first, second = sorted(desk.batches(), key=lambda batch: batch.number)
    order: list[str] = []

    class Looked(MemoryFolder):
        """Another worker begins with the first batch, and dies, when the second is looked for."""

        def stat(self, name: str) -> RemoteFile | None:
            batch = desk.batch(first.id)
            if batch.state is BatchState.SEALED:
                with desk.store.transaction("acme") as tx:
                    tx.put(evolve(batch, state=BatchState.SENDING, attempted=True, ever_left=True))
            return super().stat(name)

    desk.folder = Looked(on_arrival=lambda name, _: order.append(name) if name.endswith(".csv") else None)
    assert deliver(desk.ports, second.id) is None
    assert [first.files[-1].name, second.files[-1].name] == [name for name in order if name[0] != "."]


def test_a_half_sent_batch_that_evidence_names_holds_nobody_up() -> None:
    desk = Desk()
    half_sent(desk)
    desk.bought("INV-L-1,1000.00")
    desk.queued("L-2")
    (batch,) = submit(desk.ports, "east", ["L-2"]).batches
    assert batch.state is BatchState.DELIVERED


def test_a_half_sent_batch_of_another_connection_holds_nobody_up() -> None:
    desk = Desk(connection(), connection("west-c", subsidiary="west"))
    half_sent(desk)
    desk.queued("W-1", subsidiary="west")
    (batch,) = submit(desk.ports, "west").batches
    assert batch.state is BatchState.DELIVERED
