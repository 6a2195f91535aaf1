"""One question and one answer over HTTP, with every way it can go wrong told apart.

What decides is whether the question may have been carried out.  A line that could not be
opened carried nothing; after the first byte of a change, only an answer that is understood
says what happened.
"""

import json
import ssl
from collections.abc import Mapping
from typing import Any

import httpx2
from attrs import field, frozen

from factoring_core.adapters.remote.line import Place, quoted
from factoring_core.errors import DeliveryInDoubtError, FactoringError, RemoteRefusedError, UnreachableError

RATE_LIMITED = "rate_limited"
LARGEST_ANSWER = 8 * 2**20
"""Bytes; an answer about one invoice has a few hundred."""
DEEPEST_ANSWER = 64
LONGEST_WAIT = 3600
"""Seconds: a server that asks for more patience is taken to have asked for this much."""

_NEVER_SENT = (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout, httpx2.UnsupportedProtocol)


@frozen(kw_only=True)
class Reply:
    """An answer that was read to its end.

    ``body`` is the parsed JSON; None where there was none, or it could not be read as such.
    """

    status: int
    text: str = field(repr=False)
    body: Any = field(repr=False)


class Exchange:
    """A place on the network to ask, for one connection; a line is opened when first needed.

    Redirects are not followed, certificates are verified, answers are bounded.

    Args:
        connection: The id of the connection, for errors.
        base_url: Where its paths start.
        patience: Seconds to wait for the line to open, and for each piece of an answer.
        transport: In place of the network.
    """

    def __init__(
        self,
        connection: str,
        base_url: str,
        *,
        patience: tuple[float, float] = (10.0, 60.0),
        transport: httpx2.BaseTransport | None = None,
    ) -> None:
        self._client = httpx2.Client(
            base_url=base_url,
            follow_redirects=False,
            verify=ssl.create_default_context(),
            trust_env=False,
            timeout=httpx2.Timeout(patience[1], connect=patience[0]),
            transport=transport,
        )
        url = self._client.base_url
        port = url.port or {"http": 80}.get(url.scheme, 443)
        self.place = Place(connection=connection, host=url.host, port=port)
        self.where = self.place.where

    def close(self) -> None:
        """Take leave."""
        self._client.close()

    def ask(self, path: str, *, headers: Mapping[str, str], params: Mapping[str, str] | None = None) -> Reply:
        """Ask for something that changes nothing.

        Raises:
            UnreachableError: no answer came, or none that can be understood.
            RemoteRefusedError: it has too much to do.
        """
        request = self._client.build_request("GET", path, headers=headers, params=params)
        return self._exchange(request, changes=False)

    def tell(
        self,
        path: str,
        *,
        headers: Mapping[str, str],
        body: object = None,
        form: Mapping[str, str] | None = None,
        files: Mapping[str, tuple[str, bytes, str]] | None = None,
        changes: bool = True,
    ) -> Reply:
        """Ask for something to be done.

        Args:
            path: Below the base.
            headers: The secrets among them are shown by nothing.
            body: To be sent as JSON.
            form: To be sent as form fields.
            files: By field: name, bytes, media type.
            changes: False where doing it twice, or not, makes no difference.

        Raises:
            UnreachableError: nothing was done.
            DeliveryInDoubtError: it was done or it was not.
            RemoteRefusedError: it has too much to do, and did nothing.
        """
        request = self._client.build_request("POST", path, headers=headers, json=body, data=form, files=files)
        return self._exchange(request, changes=changes)

    def _exchange(self, request: httpx2.Request, *, changes: bool) -> Reply:
        try:
            answer = self._client.send(request, stream=True)
            try:
                text = _bounded(answer)
            finally:
                answer.close()
        except _NEVER_SENT as error:
            raise self._unreachable(error) from None
        except (httpx2.HTTPError, ssl.SSLError, _OversizeError) as error:
            raise self.unknown(f"the line broke ({type(error).__name__})", changes=changes) from None
        status = answer.status_code
        if status == httpx2.codes.TOO_MANY_REQUESTS:
            raise self._busy(answer)
        if status >= httpx2.codes.INTERNAL_SERVER_ERROR or 300 <= status < 400:
            raise self.unknown(f"it answered {status}", changes=changes)
        return Reply(status=status, text=text, body=_parsed(text))

    def unknown(self, why: str, *, changes: bool = True) -> FactoringError:
        """Return the error for an answer that does not say whether something was done."""
        if not changes:
            return UnreachableError(f"{self.where['host']} gave no usable answer: {why}.", where=self.where)
        return DeliveryInDoubtError(
            f"{self.where['host']} was asked, and nobody knows with what result: {why}.", where=self.where
        )

    def refused(self, code: str, why: str, *, retryable: bool = False) -> RemoteRefusedError:
        """Return the error for an answer that says no."""
        return RemoteRefusedError(
            f"{self.where['host']} refused: {quoted(why)}.", code=code, retryable=retryable, where=self.where
        )

    def _unreachable(self, error: Exception) -> UnreachableError:
        kind = "its certificate is not trusted" if "CERTIFICATE" in str(error).upper() else "no line opened"
        return UnreachableError(
            f"{self.where['host']} cannot be reached: {kind} ({type(error).__name__}).", where=self.where
        )

    def _busy(self, answer: httpx2.Response) -> RemoteRefusedError:
        said = answer.headers.get("retry-after", "")
        wait = min(int(said), LONGEST_WAIT) if said.isascii() and said.isdigit() else None
        return RemoteRefusedError(
            f"{self.where['host']} asks us to come back later.",
            code=RATE_LIMITED,
            retryable=True,
            remedy="Run `factoring resume` after a while.",
            where=self.where if wait is None else {**self.where, "retry_after": wait},
        )


class _OversizeError(Exception):
    """The answer is larger than any answer has to be."""


def _bounded(answer: httpx2.Response) -> str:
    pieces, size = [], 0
    for piece in answer.iter_bytes():
        size += len(piece)
        if size > LARGEST_ANSWER:
            raise _OversizeError
        pieces.append(piece)
    return b"".join(pieces).decode(errors="replace")


def _parsed(text: str) -> Any:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return found if _depth(found) <= DEEPEST_ANSWER else None


def _depth(found: object) -> int:
    level, deepest = [found], 0
    while level:
        deepest += 1
        level = [
            inner
            for outer in level
            if isinstance(outer, dict | list)
            for inner in (outer.values() if isinstance(outer, dict) else outer)
        ]
    return deepest
