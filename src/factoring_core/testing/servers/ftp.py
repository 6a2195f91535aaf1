"""An FTP server on loopback, by pyftpdlib: plain, or with explicit TLS and a certificate of its own."""

import datetime as dt
import errno
import ipaddress
import logging
import os
import threading
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from pyftpdlib.authorizers import AuthenticationFailed, DummyAuthorizer
from pyftpdlib.filesystems import AbstractedFS
from pyftpdlib.handlers import FTPHandler, TLS_FTPHandler
from pyftpdlib.ioloop import IOLoop
from pyftpdlib.servers import FTPServer as Listener

from factoring_core.testing.servers.arrivals import Arrival, BreakLineError, Hooks, OnArrival

# Else it would set up logging to the terminal of whoever runs it.
logging.getLogger("pyftpdlib").addHandler(logging.NullHandler())

_VERBS = {
    "MLST": "stat",
    "SIZE": "stat",
    "MLSD": "list",
    "NLST": "list",
    "STOR": "open",
    "RNTO": "rename",
    "DELE": "remove",
}


class FtpServer:
    """A running server; a context manager.

    Args:
        root: The folder that every user sees as ``/``; made when it is absent.
        passwords: User names with their passwords.
        tls_in: A folder to keep a new certificate in; with it, TLS is required.
        on_arrival: Told of each file that appears, as the factor's side would notice.
        hooks: Where to watch or break it; ``open`` and ``close`` for a store as a whole.
        without: Commands that it does not know, to be like another server: ``MLST``, ``AUTH``…
        certificate_host: For whom the certificate is; the server's address by default.
        says_address: Another address that it gives out for transfers, as servers behind a wall do.
    """

    def __init__(
        self,
        root: Path,
        *,
        passwords: Mapping[str, str],
        tls_in: Path | None = None,
        on_arrival: OnArrival | None = None,
        hooks: Hooks | None = None,
        without: frozenset[str] = frozenset(),
        certificate_host: str = "127.0.0.1",
        says_address: str | None = None,
        port: int = 0,
    ) -> None:
        self.root = root
        self.host = "127.0.0.1"
        self.port = port
        self.passwords = dict(passwords)
        self.hooks = hooks or Hooks(arrival=on_arrival or (lambda arrival: None))
        self.attempts: list[tuple[str, str]] = []
        """Every credential that was tried: user and method."""
        self.answers: dict[str, str | bytes] = {}
        """By command, a reply to be given in place of its own, with nothing done; bytes go over the
        transfer that the command begins.  By the three digits of one of its replies, another reply.

        ``{"PASS": "421 Too many users.", "MLSD": b"type=file;size=1; a.csv", "226": "426 Aborted."}``"""
        self.ca_file = None if tls_in is None else write_certificate(tls_in, certificate_host)
        self._without = without
        self._says_address = says_address
        self._loop = IOLoop()
        self._listener: Any = None
        self._thread = threading.Thread(target=self._serve, name="ftp-server", daemon=True)
        self._stopping = threading.Event()

    def __enter__(self) -> Self:
        self.root.mkdir(parents=True, exist_ok=True)
        self._listener = Listener((self.host, self.port), self._handler(), ioloop=self._loop)
        self.port = self._listener.address[1]
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stopping.set()
        self._thread.join(10)

    def _serve(self) -> None:
        while not self._stopping.is_set():
            self._loop.loop(timeout=0.05, blocking=False)
        self._listener.close_all()

    def _handler(self) -> type:
        server = self
        base: Any = FTPHandler if self.ca_file is None else TLS_FTPHandler

        class Transfer(base.dtp_handler):  # type: ignore[misc]
            """One transfer: whoever waits for files sees one before the client hears of it."""

            def close(self) -> None:
                finished = self.receive and self.transfer_finished and not self._closed
                if finished and self.file_obj is not None:
                    self.file_obj.close()
                    self.cmd_channel._arrived(self.file_obj.name)
                super().close()

        class Handler(_Hooked, base):  # type: ignore[misc]
            """One session with this server."""

            dtp_handler = Transfer

        Handler.serving = server
        Handler.abstracted_fs = _Folders
        Handler.authorizer = _Gate(server)
        Handler.auth_failed_timeout = 0
        Handler.use_sendfile = False
        Handler.masquerade_address = self._says_address
        Handler.proto_cmds = {
            name: facts for name, facts in base.proto_cmds.items() if name not in self._without
        }
        if self.ca_file is not None:
            Handler.certfile = str(self.ca_file.with_name("server.pem"))
            Handler.ssl_context = None
            Handler.tls_control_required = True
            Handler.tls_data_required = True
        return Handler


class _Folders(AbstractedFS):  # type: ignore[misc]
    """The folders, without taking this whole process into one of them."""

    def chdir(self, path: str) -> None:
        if not Path(path).is_dir():
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT))
        self.cwd = self.fs2ftp(path)


class _Gate(DummyAuthorizer):  # type: ignore[misc]
    """Lets users in, and notes every attempt."""

    def __init__(self, server: FtpServer) -> None:
        super().__init__()
        self._server = server
        for user, password in server.passwords.items():
            server.root.mkdir(parents=True, exist_ok=True)
            self.add_user(user, password, str(server.root), perm="elradfmwMT")

    def validate_authentication(self, username: str, password: str, handler: Any) -> None:
        self._server.attempts.append((username, "password"))
        if self._server.passwords.get(username) != password:
            raise AuthenticationFailed


class _Hooked:
    """Goes through the hooks of the server, and says what it was told to."""

    serving: FtpServer

    def respond(self, resp: str, *more: Any, **named: Any) -> None:
        said = self.serving.answers.get(resp[:3], resp)
        super().respond(said, *more, **named)  # type: ignore[misc]

    def push_dtp_data(self, data: Any, *more: Any, **named: Any) -> None:
        held = self.serving.answers.get(named.get("cmd", ""))
        if isinstance(held, bytes):
            data, named = held, {**named, "isproducer": False}
        super().push_dtp_data(data, *more, **named)  # type: ignore[misc]

    def pre_process_command(self, line: str, cmd: str, arg: str) -> None:
        verb = _VERBS.get(cmd)
        raw: Any = self
        said = self.serving.answers.get(cmd)
        if not line.startswith(cmd):
            raw.respond("500 Commands are written in capitals here.")  # as the strictest have it
            return
        if isinstance(said, str):
            if cmd == "PASS":
                self.serving.attempts.append((raw.username, "password"))
            raw.respond(said)
            return
        try:
            if cmd == "PASS":
                self._tried(raw.username)
            if verb is not None:
                self.serving.hooks.before(verb, Path(arg).name)
            super().pre_process_command(line, cmd, arg)  # type: ignore[misc]
        except BreakLineError:
            raw.close()
        except OSError as refusal:
            raw.respond(f"550 {refusal.strerror or refusal}.")

    def _tried(self, username: str) -> None:
        try:
            self.serving.hooks.before("log_in", username)
        except BreakLineError:
            self.serving.attempts.append((username, "password"))
            raise

    def ftp_RNTO(self, path: str) -> Any:  # noqa: N802
        raw: Any = self
        respond = raw.respond
        raw.respond = lambda reply, *more: self._answer("rename", path, reply, respond, *more)
        try:
            return super().ftp_RNTO(path)  # type: ignore[misc]
        finally:
            del raw.respond

    def _answer(self, verb: str, path: str, reply: str, respond: Any, *more: Any) -> None:
        if reply.startswith("2"):
            self._arrived(path)
            try:
                self.serving.hooks.after(verb, Path(path).name)
            except BreakLineError:
                raw: Any = self
                raw.close()
                return
        respond(reply, *more)

    def _arrived(self, file: str) -> None:
        path = Path(file)
        user = str(getattr(self, "username", ""))
        self.serving.hooks.arrival(Arrival(name=path.name, folder=path.parent, user=user))


def write_certificate(folder: Path, host: str) -> Path:
    """Make an authority and a server's certificate by it; return the file of the authority.

    ``server.pem`` beside it holds the server's key and certificate.
    """
    folder.mkdir(parents=True, exist_ok=True)
    now = dt.datetime.now(dt.UTC)
    authority_key, server_key = (
        ec.generate_private_key(ec.SECP256R1()),
        ec.generate_private_key(ec.SECP256R1()),
    )
    authority_name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Test authority")])
    try:
        name: x509.GeneralName = x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        name = x509.DNSName(host)

    def certificate(subject: x509.Name, key: Any) -> x509.CertificateBuilder:
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(authority_name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - dt.timedelta(days=1))
            .not_valid_after(now + dt.timedelta(days=30))
        )

    authority = (
        certificate(authority_name, authority_key)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(authority_key.public_key()), critical=False)
        .sign(authority_key, hashes.SHA256())
    )
    server = (
        certificate(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)]), server_key)
        .add_extension(x509.SubjectAlternativeName([name]), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(authority_key.public_key()), critical=False
        )
        .sign(authority_key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    key = server_key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    (folder / "server.pem").write_bytes(key + server.public_bytes(pem))
    (folder / "ca.pem").write_bytes(authority.public_bytes(pem))
    return folder / "ca.pem"
