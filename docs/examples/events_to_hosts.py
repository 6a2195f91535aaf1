"""Events on their way to the host: to a web hook, and to whoever listens on PostgreSQL."""

import json
import time
import urllib.request
from collections.abc import Callable
from typing import Any

from factoring_core import HostEvent, Office


def to_web_hook(office: Office, url: str, *, subscriber: str = "web hook") -> int:
    """Send every event that was not taken yet; return how many were.

    Run it as often as you like, from anywhere.  An event may come twice: its id is in the header
    by which the receiver knows it again.  A refusal is raised, and the next run begins there.
    """

    def send(event: HostEvent) -> None:
        body = {
            "id": event.id,
            "type": event.type,
            "subsidiary": event.subsidiary,
            "subject": event.subject,
            "at": event.at.isoformat(),
            "data": dict(event.data),
        }
        head = {"content-type": "application/json", "idempotency-key": event.id}
        request = urllib.request.Request(url, json.dumps(body).encode(), head, method="POST")
        with urllib.request.urlopen(request, timeout=10):
            pass

    return office.relay(subscriber, send)


TRIGGER = """
CREATE OR REPLACE FUNCTION {schema}.factoring_wake() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN PERFORM pg_notify('factoring', ''); RETURN NULL; END $$;
CREATE OR REPLACE TRIGGER wake AFTER INSERT ON {schema}.factoring_load_events
    FOR EACH STATEMENT EXECUTE FUNCTION {schema}.factoring_wake();
CREATE OR REPLACE TRIGGER wake AFTER INSERT ON {schema}.factoring_outbox
    FOR EACH STATEMENT EXECUTE FUNCTION {schema}.factoring_wake();
"""


def announce(owner: Any, schema: str) -> None:
    """Let the database say when there is something to be told; *owner* is a psycopg connection."""
    owner.execute(TRIGGER.format(schema=schema))


def listen(
    connection: Any,
    office: Office,
    tell: Callable[[HostEvent], None],
    *,
    until: Callable[[], bool],
    seconds: float = 60.0,
) -> None:
    """Tell events as soon as they are committed.

    A notification only wakes up: what is told comes from the office, so that none can be missed.
    """
    connection.execute("LISTEN factoring")
    end = time.monotonic() + seconds
    while not until() and time.monotonic() < end:
        office.relay("listener", tell)
        for _ in connection.notifies(timeout=1.0, stop_after=1):
            pass
