"""The examples for hosts do what they are there to show."""

from __future__ import annotations

import asyncio
import importlib.util
import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from types import ModuleType
from typing import Any, ClassVar

import psycopg
import pytest

from factoring_core.adapters.storage import open_store
from factoring_core.adapters.storage.sql.store import SqlStore
from factoring_core.domain.vocabulary.actors import EVERYBODY, Actor
from factoring_core.errors import StoreBusyError
from factoring_core.testing.contracts.storage.store import StorageContract
from factoring_core.wiring.office import Office
from usecases.desk import Desk, manual

EXAMPLES = Path(__file__).resolve().parents[2] / "docs" / "examples"


def example(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, EXAMPLES / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class TestHostStore(StorageContract):
    """A host's own store keeps the contract."""

    @pytest.fixture
    def store(self) -> Any:
        return example("host_store").HostStore()


def test_a_hosts_store_has_patience_too() -> None:
    store = example("host_store").HostStore(patience=0.01)
    with store.transaction("t"), pytest.raises(StoreBusyError), store.transaction("t"):
        pass


def office_over(store: Any, *numbers: str) -> tuple[Desk, Office]:
    desk = Desk(manual(), store=store)
    desk.store = store
    for number in numbers:
        desk.queued(number)
    return desk, Office(desk.ports, secrets=None)  # type: ignore[arg-type]


def request(app: Any, method: str, path: str) -> tuple[int, Any]:
    """Send one request to an ASGI application and return status and answer."""
    return asyncio.run(_request(app, method, path))


async def _request(app: Any, method: str, path: str) -> tuple[int, Any]:
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    await app({"type": "http", "method": method, "path": path, "headers": []}, receive, send)
    return sent[0]["status"], json.loads(sent[1]["body"])


@pytest.fixture(params=["sqlite", "postgresql"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Any]:
    if request.param == "postgresql":
        yield request.getfixturevalue("postgres_store")
        return
    store = open_store(tmp_path / "factoring.db")
    yield store
    store.close()


def test_an_asynchronous_host_submits_in_a_thread(place: SqlStore) -> None:
    _, office = office_over(place, "L-1", "L-2")
    app = example("asgi_app").application(office, lambda scope: EVERYBODY)

    assert request(app, "GET", "/east") == (200, {"L-1": "queued", "L-2": "queued"})
    status, batches = request(app, "POST", "/east")
    assert (status, [one["state"] for one in batches]) == (200, ["sealed"])
    assert request(app, "POST", "/nowhere")[1]["error"] == "not_found"


def test_requests_of_an_asynchronous_host_do_not_wait_for_each_other(place: SqlStore) -> None:
    """While one acts, another is answered; many at once sell each load once."""
    desk, office = office_over(place, *(f"L-{number}" for number in range(4)))
    app = example("asgi_app").application(office, lambda scope: EVERYBODY)

    async def all_at_once() -> list[tuple[int, Any]]:
        wanted = [_request(app, method, "/east") for method in ("POST", "GET") * 6]
        return await asyncio.gather(*wanted)

    answers = asyncio.run(all_at_once())

    assert {status for status, _ in answers} == {200}
    batches = {one["batch"] for _, answer in answers if isinstance(answer, list) for one in answer}
    assert len(batches) == len(office.batches()) == 1
    assert sorted(office.batches()[0].loads) == [f"L-{number}" for number in range(4)]
    assert office.audit().intact
    assert desk.status("L-0") == "queued"


def test_an_asynchronous_host_says_what_an_actor_may_not(place: SqlStore) -> None:
    _, office = office_over(place, "L-1")
    app = example("asgi_app").application(office, lambda scope: Actor(name="rita"))

    status, answer = request(app, "POST", "/east")
    assert (status, answer["error"]) == (422, "not_permitted")
    assert answer["remedy"]


class Hooks(BaseHTTPRequestHandler):
    """A host's web hook: takes events, and fails now and then."""

    got: ClassVar[list[Any]] = []
    fails: ClassVar[int] = 1

    def do_POST(self) -> None:
        content = json.loads(self.rfile.read(int(self.headers["content-length"])))
        if type(self).fails and content["type"] == "batch_delivered":
            type(self).fails -= 1
            self.send_error(503)
            return
        self.got.append((self.headers["idempotency-key"], content["type"]))
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


def test_events_go_to_a_web_hook_until_it_has_taken_them() -> None:
    Hooks.got, Hooks.fails = [], 1
    server = HTTPServer(("127.0.0.1", 0), Hooks)
    serving = threading.Thread(target=server.serve_forever)
    serving.start()
    from factoring_core.adapters.storage import MemoryStore

    _, office = office_over(MemoryStore(), "L-1")
    batch = office.submit("east").batches[0]
    office.confirm(batch.id)
    forward = example("events_to_hosts").to_web_hook
    url = f"http://127.0.0.1:{server.server_port}/factoring"
    try:
        with pytest.raises(OSError, match="503"):
            forward(office, url)
        forward(office, url)
        assert forward(office, url) == 0
    finally:
        server.shutdown()
        serving.join()
        server.server_close()

    assert [type_ for _, type_ in Hooks.got] == [one.type for one in office.events()]
    assert len({key for key, _ in Hooks.got}) == len(Hooks.got)


def test_a_listener_wakes_up_when_something_has_happened(postgres_store: SqlStore, postgres_url: str) -> None:
    """NOTIFY comes with the commit, and not for what was rolled back."""
    module = example("events_to_hosts")
    _, office = office_over(postgres_store, "L-1")
    with psycopg.connect(postgres_url, autocommit=True) as owner:
        module.announce(owner, postgres_store.schema)
    heard: list[str] = []
    done: Callable[[], bool] = lambda: "batch_delivered" in heard  # noqa: E731

    with psycopg.connect(postgres_url, autocommit=True) as listener:
        listening = threading.Thread(
            target=module.listen,
            args=(listener, office, lambda one: heard.append(one.type)),
            kwargs={"until": done, "seconds": 20.0},
        )
        listening.start()
        batch = office.submit("east").batches[0]
        office.confirm(batch.id)
        listening.join(30)

    assert done()
    assert heard == [one.type for one in office.events()][: len(heard)]
