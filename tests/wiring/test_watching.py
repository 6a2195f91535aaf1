"""An office can be watched: log records with facts, spans and measures, and no secrets in any of them."""

from __future__ import annotations

import contextlib
import logging
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from typing import Any

import pytest
from opentelemetry import metrics, trace
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from factoring_core.domain.vocabulary.actors import Actor
from factoring_core.errors import AccessError, FactoringError, NotFoundError, StorageError, StoreBusyError
from factoring_core.wiring import acts, again, watching
from factoring_core.wiring.office import Office
from usecases.desk import Desk

SPANS = InMemorySpanExporter()
MEASURES = InMemoryMetricReader()


@pytest.fixture(scope="module")
def sdk() -> Iterator[None]:
    """The host's SDK; it can be set once in a process."""
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(SPANS))
    trace.set_tracer_provider(provider)
    meters = MeterProvider(metric_readers=[MEASURES])
    metrics.set_meter_provider(meters)
    yield
    meters.shutdown()
    provider.shutdown()


def office(desk: Desk) -> Office:
    return Office(desk.ports, secrets=None)  # type: ignore[arg-type]


def told(caplog: pytest.LogCaptureFixture) -> list[dict[str, Any]]:
    return [
        {
            name.removeprefix("factoring_"): value
            for name, value in vars(one).items()
            if name.startswith("factoring_")
        }
        for one in caplog.records
        if one.name == "factoring_core.office"
    ]


def test_an_act_leaves_a_record_with_its_facts(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "factoring_core")
    desk = Desk()
    desk.queued("L-1")

    office(desk).submit("east", ["L-1"])

    (facts,) = told(caplog)
    assert facts.pop("seconds") >= 0
    assert facts == {
        "act": "submit",
        "tenant": "acme",
        "actor": desk.ports.actor.name,
        "subsidiary": "east",
        "outcome": "done",
    }


@pytest.mark.parametrize(
    ("error", "level"),
    [
        (NotFoundError("x"), "INFO"),
        (AccessError("x"), "ERROR"),
        (StorageError("x"), "ERROR"),
        (KeyError("x"), "ERROR"),
    ],
    ids=lambda one: type(one).__name__,
)
def test_a_failure_is_told_by_who_can_act(
    error: Exception, level: str, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    caplog.set_level(logging.INFO, "factoring_core")

    class Failing:
        ports = Desk().ports
        actor = Actor(name="ann")

        def act(self) -> None:
            raise error

    with pytest.raises(type(error)):
        watching._watched("act", Failing.act)(Failing())

    assert [one.levelname for one in caplog.records] == [level]
    assert told(caplog)[0]["outcome"] == getattr(error, "code", "internal")


def test_an_error_beside_a_result_counts_as_one(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "factoring_core")
    desk = Desk()
    desk.queued("L-1", documents=())

    result = office(desk).submit("east", ["L-1"], all_or_nothing=True)

    assert result.refused
    assert told(caplog)[0]["outcome"] in ("all_refused", "done")


def test_spans_and_measures_go_to_the_hosts_sdk(sdk: None) -> None:
    SPANS.clear()
    desk = Desk()
    desk.queued("L-1")
    office(desk).submit("east", ["L-1"])
    with pytest.raises(NotFoundError):
        office(desk).confirm("nowhere/1")

    spans = {one.name: one for one in SPANS.get_finished_spans()}
    assert spans["factoring.submit"].attributes is not None
    assert spans["factoring.submit"].attributes["factoring.outcome"] == "done"
    assert spans["factoring.confirm"].attributes is not None
    assert spans["factoring.confirm"].attributes["factoring.outcome"] == "not_found"
    assert all(not one.events for one in spans.values()), "an error's text may say more than it should"
    data = MEASURES.get_metrics_data()
    assert data is not None
    found = {
        one.name for each in data.resource_metrics for scope in each.scope_metrics for one in scope.metrics
    }
    assert {"factoring.acts", "factoring.act.duration"} <= found


def test_nothing_that_an_act_is_given_is_told(sdk: None, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    SPANS.clear()
    desk = Desk()
    desk.queued("L-1")
    mine = office(desk)
    secret = "canary-7f3a"
    for act in (
        lambda: mine.set_credential("east-winfactor", reference=f"file:{secret}"),
        lambda: mine.pay(secret, amount=1, on=desk.clock.now().date(), reference=secret),
        lambda: mine.apply_report(secret.encode(), name=secret, subsidiary="east"),
        lambda: mine.void([secret], reason=secret),
    ):
        with contextlib.suppress(FactoringError):
            act()

    assert secret not in "".join(repr(vars(one)) + one.getMessage() for one in caplog.records)
    assert secret not in "".join(one.to_json() for one in SPANS.get_finished_spans())


def test_without_opentelemetry_an_office_works_the_same() -> None:
    code = """
        import sys
        sys.modules["opentelemetry"] = None
        from factoring_core.wiring import watching
        with watching._span("x", {}) as span:
            assert span is None
        watching._measure({"act": "x", "outcome": "done", "tenant": "t", "seconds": 1.0})
        print("fine")
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)], capture_output=True, text=True, check=True
    )
    assert done.stdout == "fine\n"


def test_every_act_that_changes_or_talks_is_watched() -> None:
    """An office's public methods are either in the list of acts or only look."""
    looking = {
        *("imports", "loads", "load", "preflight", "packet", "batches", "batch", "credit_history", "today"),
        *("reports", "report", "template", "inspect", "exceptions", "export_exceptions", "decisions"),
        *("connections", "status", "events", "audit", "audit_entries", "providers", "provider"),
        *("provider_warnings", "settings", "actor", "ports", "operation_id"),
        *("close", "working_with", "operation", "acting_for", "joining", "adopt"),  # ways to be an office
    }

    assert {name for name in dir(Office) if not name.startswith("_")} == looking | set(acts.WATCHED)
    assert looking.isdisjoint(acts.WATCHED)


@pytest.mark.parametrize("name", ["fetch_reports", "sync", "buy_out", "undo_buy_out", "batch_files"])
def test_no_act_goes_unwatched(name: str, caplog: pytest.LogCaptureFixture) -> None:
    """Five acts left neither a record nor a span, because they were missing from one of three lists."""
    given: dict[str, tuple[Any, ...]] = {"buy_out": (b"",), "batch_files": ("nobody", "nowhere")}
    named = {"buy_out": {"name": "x", "old": "a", "new": "b"}, "undo_buy_out": {"reason": "wrong"}}
    with caplog.at_level(logging.INFO, "factoring_core.office"), contextlib.suppress(FactoringError):
        getattr(office(Desk()), name)(*given.get(name, ("nobody",)), **named.get(name, {}))

    assert [facts["act"] for facts in told(caplog)] == [name]


# Doing it again


def test_an_act_that_was_taken_back_is_done_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(again.time, "sleep", lambda seconds: None)
    tries = []

    def act(value: int) -> int:
        tries.append(value)
        if len(tries) < 3:
            raise StoreBusyError("met another", code="store_conflict")
        return value

    assert again._repeated(act)(7) == 7
    assert tries == [7, 7, 7]


def test_there_is_an_end_to_it_and_other_troubles_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(again.time, "sleep", lambda seconds: None)
    for code, times in (("store_conflict", again.TRIES), ("store_busy", 1)):
        tries = []

        def act(tries: list[int] = tries, code: str = code) -> None:
            tries.append(1)
            raise StoreBusyError("x", code=code)

        with pytest.raises(StoreBusyError):
            again._repeated(act)()
        assert len(tries) == times
