"""An asynchronous host: every call on the office goes to a thread, so that nobody waits for it.

A plain ASGI application, for any server and any framework.  One office serves all requests; each
acts on behalf of whoever sent it.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any

from factoring_core import Actor, FactoringError, Office

Messages = Callable[..., Awaitable[Any]]


def application(office: Office, who: Callable[[dict[str, Any]], Actor]) -> Callable[..., Awaitable[None]]:
    """Make the application; *who* finds the actor of a request."""

    async def app(scope: dict[str, Any], receive: Messages, send: Messages) -> None:
        if scope["type"] != "http":
            return
        mine = office.acting_for(who(scope))
        subsidiary = scope["path"].strip("/").partition("/")[0]
        try:
            if scope["method"] == "POST":
                # A person who goes away does not interrupt it: a thread cannot be cancelled.
                result = await asyncio.to_thread(mine.submit, subsidiary)
                answer: Any = [{"batch": one.id, "state": one.state.value} for one in result.batches]
            else:
                found = await asyncio.to_thread(mine.loads, subsidiary=subsidiary)
                answer = {one.load.number: one.standing.status.value for one in found}
            status = 200
        except FactoringError as error:
            status, answer = 422, {"error": error.code, "message": str(error), "remedy": error.remedy}
        body = json.dumps(answer).encode()
        head = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
        await send({"type": "http.response.start", "status": status, "headers": head})
        await send({"type": "http.response.body", "body": body})

    return app
