"""What can be watched of an office: a log record, a span and two measures for each act.

Records go to the logger ``factoring_core.office``; their facts are attributes of the record, with the
prefix ``factoring_``.  Spans and measures need the extra ``otel`` and go wherever the host's own
OpenTelemetry SDK sends them; without one they cost nothing.  Of what an act is given only the
subsidiary is told: no secret, no document and no amount comes here.
"""

import functools
import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from factoring_core.errors import FactoringError
from factoring_core.wiring.acts import WATCHED

LOGGER = logging.getLogger("factoring_core.office")
logging.getLogger("factoring_core").addHandler(logging.NullHandler())

C = TypeVar("C", bound=type)
Facts = dict[str, str | float | bool]


def watched(office: C) -> C:
    """Let each act of an office be told of, under the name of its method."""
    for name in WATCHED:
        setattr(office, name, _watched(name, getattr(office, name)))
    return office


def _watched(name: str, act: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(act)
    def told(self: Any, *given: Any, **named: Any) -> Any:
        facts: Facts = {"act": name, "tenant": self.ports.tenant, "actor": self.actor.name}
        subsidiary = named.get("subsidiary", given[0] if given and name == "submit" else None)
        if isinstance(subsidiary, str):
            facts["subsidiary"] = subsidiary
        with _span(name, facts) as span:
            begun = time.monotonic()
            try:
                answer = act(self, *given, **named)
            except Exception as error:
                _tell(facts, begun, error, span)
                raise
            _tell(facts, begun, getattr(answer, "error", None), span)
            return answer

    return told


def _tell(facts: Facts, begun: float, error: Exception | None, span: Any) -> None:
    """Tell how an act ended; an error that came beside a result counts as one."""
    facts["outcome"] = "done" if error is None else getattr(error, "code", "internal")
    facts["seconds"] = round(time.monotonic() - begun, 6)
    level = logging.INFO
    if error is not None:
        facts["retryable"] = getattr(error, "retryable", False)
        # What the trade or a file refuses is a day's work; the rest is somebody's to look at.
        ordinary = isinstance(error, FactoringError) and error.exit_status in (1, 2, 3)
        level = logging.INFO if ordinary else logging.ERROR
    extra = {f"factoring_{name}": value for name, value in facts.items()}
    LOGGER.log(level, "%s: %s", facts["act"], facts["outcome"], extra=extra)
    if span is not None:
        for name, value in facts.items():
            span.set_attribute(f"factoring.{name}", value)
        if level == logging.ERROR:
            from opentelemetry.trace import StatusCode

            span.set_status(StatusCode.ERROR, str(facts["outcome"]))
    _measure(facts)


@contextmanager
def _span(name: str, facts: Facts) -> Iterator[Any]:
    """Open a span, where OpenTelemetry is installed; what an error says stays out of it."""
    try:
        from opentelemetry import trace
    except ModuleNotFoundError:
        yield None
        return
    tracer = trace.get_tracer("factoring_core")
    with tracer.start_as_current_span(
        f"factoring.{name}", record_exception=False, set_status_on_exception=False
    ) as span:
        yield span


def _measure(facts: Facts) -> None:
    try:
        from opentelemetry import metrics
    except ModuleNotFoundError:
        return
    meter = metrics.get_meter("factoring_core")
    about = {f"factoring.{name}": facts[name] for name in ("act", "outcome", "tenant")}
    meter.create_counter("factoring.acts", description="Acts of the office").add(1, about)
    length = meter.create_histogram("factoring.act.duration", unit="s", description="How long acts take")
    length.record(float(facts["seconds"]), about)
