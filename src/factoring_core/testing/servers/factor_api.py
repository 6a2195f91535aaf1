"""A factor's system on loopback, spoken to over HTTP: takes invoices, judges credit, tells statuses.

It speaks as the one system whose way of speaking is public does, and breaks as all of them
do: on request, by a plan that a seed makes.
"""

import json
import re
import ssl
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from enum import Enum
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from random import Random
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

from attrs import define, field


class Trouble(Enum):
    """What can go wrong with one question."""

    LOST_REQUEST = "lost_request"
    """The line breaks before anything is done."""
    LOST_REPLY = "lost_reply"
    """It is done, and the line breaks before the answer."""
    ERROR_AFTER_EFFECT = "error_after_effect"
    """It is done, and the answer is 500."""
    HTML_PAGE = "html_page"
    """A log-in page with status 200, and nothing is done."""
    REDIRECT = "redirect"
    RATE_LIMITED = "rate_limited"
    EXPIRED_TOKEN = "expired_token"
    """The token has come to its end, whatever was said of its life."""


@define
class HeldInvoice:
    """One invoice that the system has taken."""

    id: str
    cells: dict[str, Any]
    status: str = "1"
    changed: str = "2026-03-02T10:00:00"
    schedule: str = ""
    papers: list[tuple[str, int]] = field(factory=list)
    """The code and the length of each."""
    contents: list[bytes] = field(factory=list)
    names: list[str] = field(factory=list)
    """The file name of each."""

    @property
    def number(self) -> str:
        """The invoice number."""
        return str(self.cells["InvoiceNo"])


Plan = Callable[[str, int], Trouble | None]
"""Given the kind of question (``POST /invoices``) and how many of it came before, what breaks."""


def no_trouble(question: str, before: int) -> Trouble | None:
    """Break nothing."""


def seeded_trouble(seed: int, *, share: float = 0.3) -> Plan:
    """Return a plan that breaks a *share* of all questions, the same ones for the same seed."""

    def plan(question: str, before: int) -> Trouble | None:
        chance = Random(f"{seed}:{question}:{before}")
        return chance.choice(list(Trouble)) if chance.random() < share else None

    return plan


class _QuietServer(ThreadingHTTPServer):
    """Says nothing of clients that go away in the middle of a question."""

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing."""


class FactorApiServer:
    """A running system; a context manager.

    Args:
        username, password, subscription_key: What lets a client in.
        approved: MC numbers of customers whose invoices are taken; None takes all.
        plan: What breaks.
        lifetime: Seconds a token is said to last.
        sees: Told of each invoice as it is taken.
        asked: Called before it says what became of invoices; may `say`.
        tls_in: A folder to keep a new certificate in, which nobody trusts; with it, ``https`` is spoken.
    """

    def __init__(
        self,
        *,
        username: str = "acme",
        password: str = "secret",
        subscription_key: str = "key",
        approved: frozenset[str] | None = None,
        plan: Plan = no_trouble,
        lifetime: int = 7199,
        sees: Callable[[HeldInvoice], None] | None = None,
        asked: Callable[[], None] = lambda: None,
        tls_in: Path | None = None,
    ) -> None:
        self.username, self.password, self.subscription_key = username, password, subscription_key
        self.approved = approved
        self.plan = plan
        self.lifetime = lifetime
        self.sees = sees or (lambda held: None)
        self.asked = asked
        self.invoices: dict[str, HeldInvoice] = {}
        self.created: Counter[str] = Counter()
        """How often each invoice number was taken: what must never exceed one."""
        self.questions: Counter[str] = Counter()
        self.log_ins = 0
        self.credit: dict[str, str] = {}
        """By MC number, the text with which a credit check is answered."""
        self.answers: dict[str, tuple[int, object]] = {}
        """By kind of question, an answer to be given in place of its own, with nothing done.

        A text is sent as it is, an iterator of bytes for as long as anybody listens, the rest as JSON."""
        self.extra: dict[str, str] = {}
        """Further headers of every answer."""
        self._tokens: set[str] = set()
        self._lock = threading.Lock()
        self._server = _QuietServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
        self._scheme = "http" if tls_in is None else "https"
        if tls_in is not None:
            from factoring_core.testing.servers.ftp import write_certificate

            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(write_certificate(tls_in, "127.0.0.1").with_name("server.pem"))
            self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)

    @property
    def base_url(self) -> str:
        """What to write as ``base_url``."""
        return f"{self._scheme}://127.0.0.1:{self._server.server_address[1]}/carrier-tms/1"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def held(self, number: str) -> HeldInvoice | None:
        """Return the invoice with this number, if it was taken."""
        return next((one for one in self.invoices.values() if one.number == number), None)

    def say(self, number: str, status: int, *, on: str, schedule: str = "") -> None:
        """Change the status of an invoice, on a day (ISO), and perhaps under a schedule number."""
        held = self.held(number)
        assert held is not None, number
        held.status, held.changed, held.schedule = str(status), f"{on}T10:00:00", schedule

    def trouble(self, question: str) -> Trouble | None:
        """Say what breaks about the next question of this kind, and count it."""
        with self._lock:
            before = self.questions[question]
            self.questions[question] += 1
        return self.plan(question, before)

    def expire(self) -> None:
        """Take back every token."""
        with self._lock:
            self._tokens.clear()

    def lets_in(self, authorization: str, key: str) -> bool:
        """Say whether a question carries a token that counts, and the key."""
        return authorization.removeprefix("Bearer ") in self._tokens and key == self.subscription_key

    def log_in(self, form: Mapping[str, list[str]], key: str) -> tuple[int, object]:
        """Answer who asks for a token."""
        with self._lock:
            self.log_ins += 1
            if form.get("username") != [self.username] or form.get("password") != [self.password]:
                return 401, {"message": "wrong user or password"}
            if key != self.subscription_key:
                return 401, {"message": "no subscription"}
            token = f"token-{self.log_ins}"
            self._tokens.add(token)
        return 200, {"access_token": token, "refresh_token": "r" + token, "expires_in": self.lifetime}

    def take(self, cells: dict[str, Any]) -> tuple[int, object]:
        """Answer an invoice that is offered."""
        missing = [name for name in _WANTED if cells.get(name) in (None, "")]
        if missing:
            return 400, {"message": "Invalid Request"}
        with self._lock:
            for held in self.invoices.values():
                if held.number == cells["InvoiceNo"] or held.cells["PoNumber"] == cells["PoNumber"]:
                    answer = {"invoicePkey": held.id, "invoiceNo": held.number, "isDuplicate": True}
                    return 409, {**answer, "message": "Duplicate invoice"}
            mc = str(cells["BrokerMC"])
            if self.approved is not None and mc not in self.approved:
                return 402, {"message": "Broker is not approved"}
            held = HeldInvoice(id=str(1000 + len(self.invoices)), cells=cells)
            self.invoices[held.id] = held
            self.created[held.number] += 1
        self.sees(held)
        return 200, {"invoicePkey": held.id, "invoiceNo": held.number, "isDuplicate": False}

    def file(self, form: Mapping[str, bytes]) -> tuple[int, object]:
        """Answer a paper that is given."""
        held = self.invoices.get(form.get("ItemPkey", b"").decode())
        if (
            held is None
            or not form.get("file", b"").startswith(b"%PDF-")
            or not _WORDS.items() <= form.items()
        ):
            return 400, {"message": "Invalid Request"}
        held.contents.append(form["file"])
        held.names.append(form["file name"].decode())
        held.papers.append((form["InvoiceDocTypes"].decode(), len(form["file"])))
        return 200, {"message": "ok"}

    def tell(self, ids: list[str]) -> tuple[int, object]:
        """Answer who asks for statuses."""
        self.asked()
        found = [self.invoices[one] for one in ids if one in self.invoices]
        return 200, [
            {"InvoicePkey": int(one.id), "InvoiceNo": one.number, "Status": int(one.status)}
            | {"InvoiceItems": [{"Description": "Line haul", "UnitPrice": one.cells["InvoiceAmount"]}]}
            | {"ModifiedDate": one.changed, **({"scheduleId": one.schedule} if one.schedule else {})}
            for one in found
        ]

    def judge(self, mc: str) -> tuple[int, object]:
        """Answer a credit check, in the free text that such systems use."""
        usual = "APPROVED" if self.approved is None or mc in self.approved else "NOT APPROVED"
        return 200, self.credit.get(mc, usual)


_WANTED = (
    *("InvoiceNo", "PoNumber", "BrokerMC", "ClientDOT", "InvoiceAmount", "InvoiceDate"),
    *("FromCity", "FromState", "ToCity", "ToState"),
)


_WORDS = {"SendEmail": b"false", "DocumentType": b"invoice-file-upload", "file type": b"application/pdf"}
"""What a form with a paper has to say besides: whom to tell, what it is."""


def _handler(system: FactorApiServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def do_GET(self) -> None:
            self._serve(b"")

        def do_POST(self) -> None:
            self._serve(self.rfile.read(int(self.headers.get("Content-Length", 0))))

        def log_message(self, format: str, *args: object) -> None:
            """Stay quiet."""

        def _serve(self, body: bytes) -> None:
            url = urlsplit(self.path)
            path = url.path.partition("/carrier-tms/1")[2]
            question = f"{self.command} /{path.strip('/').partition('/')[0]}"
            trouble = system.trouble(question)
            if trouble is Trouble.LOST_REQUEST:
                return self._hang_up()
            if trouble is Trouble.HTML_PAGE:
                return self._answer(200, "<html><title>Log in</title></html>", kind="text/html")
            if trouble is Trouble.REDIRECT:
                return self._answer(302, "", extra={"Location": "/login"})
            if trouble is Trouble.RATE_LIMITED:
                return self._answer(429, "", extra={"Retry-After": "1"})
            if trouble is Trouble.EXPIRED_TOKEN:
                system.expire()
            status, found = self._act(question, path, url.query, body)
            if trouble is Trouble.LOST_REPLY:
                return self._hang_up()
            if trouble is Trouble.ERROR_AFTER_EFFECT:
                return self._answer(500, "something went wrong")
            return self._answer(status, found)

        def _act(self, question: str, path: str, query: str, body: bytes) -> tuple[int, object]:
            key = self.headers.get("Ocp-Apim-Subscription-Key", "")
            if question == "POST /auth":
                return system.answers.get(question) or system.log_in(parse_qs(body.decode()), key)
            if not system.lets_in(self.headers.get("Authorization", ""), key):
                return 401, {"message": "Unauthorized"}
            if question in system.answers:
                return system.answers[question]
            if question == "POST /invoices":
                return system.take(json.loads(body))
            if question == "POST /file-upload":
                form = _parts(self.headers.get("Content-Type", ""), body)
                told = self.headers.get("X-Invoice-Doc-Type", "").encode()
                return system.file(form if form.get("InvoiceDocTypes") == told else {})
            if question == "GET /invoices":
                return system.tell(parse_qs(query).get("invoicePkeys", [""])[0].split(","))
            if question == "GET /broker-check":
                return system.judge(path.rpartition("/")[2])
            return 404, {"message": "no such thing"}

        def _answer(
            self,
            status: int,
            found: object,
            *,
            kind: str = "application/json",
            extra: Mapping[str, str] | None = None,
        ) -> None:
            if isinstance(found, Iterator):
                return self._pour(status, found)
            text = found if isinstance(found, str) else json.dumps(found)
            content = text.encode()
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(content)))
            for name, value in {**system.extra, **(extra or {})}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(content)

        def _pour(self, status: int, pieces: Iterator[bytes]) -> None:
            self.send_response(status)
            self.send_header("Connection", "close")
            self.end_headers()
            try:
                for piece in pieces:
                    self.wfile.write(piece)
            except OSError:
                return

        def _hang_up(self) -> None:
            self.close_connection = True

    return Handler


_OF_A_FILE = {"file name": rb'; filename="([^"]*)"', "file type": rb"Content-Type: ([^\r]*)"}


def _parts(content_type: str, body: bytes) -> dict[str, bytes]:
    """Take a multipart form apart; the name and the media type of its file come with it."""
    boundary = content_type.partition("boundary=")[2].strip('"').encode()
    found = {}
    for piece in body.split(b"--" + boundary)[1:-1]:
        head, _, content = piece.partition(b"\r\n\r\n")
        name = re.search(rb'[; ]name="([^"]*)"', head)
        if name is not None:
            found[name.group(1).decode()] = content.removesuffix(b"\r\n")
        for fact, sought in _OF_A_FILE.items():
            if (said := re.search(sought, head)) is not None:
                found[fact] = said.group(1)
    return found
