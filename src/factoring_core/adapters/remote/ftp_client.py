"""ftplib's client, made careful: bounded replies, no password in audit events, TLS that is verified."""

import ftplib
import socket
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from factoring_core.adapters.remote.line import Login, Patience, Place
from factoring_core.adapters.remote.wire import Wire, tune
from factoring_core.ports.remote_folder import Told

LONGEST_REPLY = 200
"""In lines."""
LONGEST_ANSWER = 64 * 1024 * 1024
_BLOCK = 256 * 1024


class DataChannelError(Exception):
    """The second connection of a transfer could not be used; the first one can."""


class CarefulClient(ftplib.FTP):
    """What plain and encrypted sessions have in common.

    Passive only, to the host that was connected to whatever address the server names.
    """

    def __init__(self, wire: Wire, place: Place, patience: Patience) -> None:
        super().__init__(timeout=patience.reply, encoding="utf-8")
        self.set_debuglevel(0)
        self.trust_server_pasv_ipv4_address = False
        self.wire = wire
        self.began = False
        """Whether the server has agreed to the transfer that was asked for last."""
        self.host, self.port = place.host, place.port
        wire.sock.settimeout(patience.banner)
        self._take(wire.sock)
        with self.closed_on_failure():
            self.welcome = self.getresp()
        wire.sock.settimeout(patience.reply)

    @contextmanager
    def closed_on_failure(self) -> Iterator[None]:
        """Let go of the sockets when what is done within fails."""
        try:
            yield
        except BaseException:
            self.close()
            raise

    def _take(self, sock: socket.socket) -> None:
        if self.file is not None:
            self.file.close()
        self.sock = sock
        self.af = sock.family
        self.file = sock.makefile("r", encoding="utf-8", errors="replace")

    def getmultiline(self) -> str:
        """Read one reply, refusing one without end."""
        line = self.getline()
        if line[3:4] != "-":
            return line
        lines = [line]
        while not (lines[-1][:3] == line[:3] and lines[-1][3:4] != "-" and len(lines) > 1):
            if len(lines) > LONGEST_REPLY:
                raise ftplib.error_proto("a reply without end")
            lines.append(self.getline())
        return "\n".join(lines)

    def log_in(self, login: Login) -> str:
        """Send name and password once, past the audit event that would repeat them; return the reply."""
        reply = self._quietly("USER", login.username)
        if reply[:1] == "3":
            reply = self._quietly("PASS", "" if login.password is None else login.password.reveal())
        return reply

    def _quietly(self, verb: str, argument: str) -> str:
        assert self.sock is not None
        self.sock.sendall(f"{verb} {argument}\r\n".encode())
        return self.getresp()

    def secure_transfers(self) -> None:
        """Have transfers encrypted, where the session is."""

    def features(self) -> frozenset[str]:
        """Return the first words of what the server says it can do, in capitals."""
        try:
            reply = self.sendcmd("FEAT")
        except (ftplib.error_perm, ftplib.error_temp):
            return frozenset()
        lines = (line.strip().upper().split(" ")[0] for line in reply.split("\n")[1:-1])
        return frozenset(line for line in lines if line)

    def open_data(self, command: str) -> socket.socket:
        """Open the connection for a transfer and have the server agree to it."""
        self.began = False
        host, port = self.makepasv()
        try:
            data = tune(socket.create_connection((host, port), self.timeout))
        except OSError as error:
            raise DataChannelError(type(error).__name__) from None
        try:
            self.wire.branch(data)
            reply = self.sendcmd(command)
            if reply[:1] == "2":  # some answer so before they begin
                reply = self.getresp()
            if reply[:1] != "1":
                raise ftplib.error_reply(reply)
            self.began = True
            return self.secured(data)
        except BaseException:
            data.close()
            self.wire.branch(None)
            raise

    def secured(self, data: socket.socket) -> socket.socket:
        """Return the connection as it is to be used."""
        return data

    def send(self, command: str, content: bytes, told: Told) -> None:
        """Send bytes; raise what the final reply says, whatever became of the connection for them."""

        def pump(data: socket.socket) -> None:
            view = memoryview(content)
            for offset in range(0, len(view), _BLOCK):
                data.sendall(view[offset : offset + _BLOCK])
                told(min(offset + _BLOCK, len(view)))

        self._transfer(command, pump)

    def fetch(self, command: str) -> list[str]:
        """Return the lines of a listing."""
        return self.fetch_bytes(command).decode(errors="replace").splitlines()

    def fetch_bytes(self, command: str) -> bytes:
        """Return what the server sends, as it is."""
        parts: list[bytes] = []

        def pump(data: socket.socket) -> None:
            size = 0
            while block := data.recv(_BLOCK):
                parts.append(block)
                size += len(block)
                if size > LONGEST_ANSWER:
                    raise ftplib.error_proto("an answer without end")

        self._transfer(command, pump)
        return b"".join(parts)

    def _transfer(self, command: str, pump: Callable[[socket.socket], None]) -> None:
        try:
            data = self.open_data(command)
        except ssl.SSLError as error:
            self._final_reply()
            raise DataChannelError(type(error).__name__) from None
        broken: OSError | None = None
        with data:
            try:
                pump(data)
                if isinstance(data, ssl.SSLSocket):
                    with suppress(OSError):  # a server may hang up first; the reply counts
                        data.unwrap()
            except OSError as error:
                broken = error
            finally:
                self.wire.branch(None)
        self.voidresp()
        if broken is not None:
            raise DataChannelError(type(broken).__name__)

    def _final_reply(self) -> None:
        """Take the reply to a transfer that came to nothing, so that the next one is not taken for it."""
        with suppress(ftplib.Error):
            self.getresp()

    def leave(self) -> None:
        """Say good-bye; never fails."""
        with suppress(Exception):
            if self.sock is not None:
                self.sock.settimeout(2)
            self.quit()
        with suppress(Exception):
            self.close()


class PlainClient(CarefulClient):
    """FTP as it was: everything readable on the way."""


class TlsClient(CarefulClient):
    """FTP whose both connections are encrypted, to a server with a proven certificate."""

    def __init__(self, wire: Wire, place: Place, patience: Patience, context: ssl.SSLContext) -> None:
        super().__init__(wire, place, patience)
        self._context = context

    def start_tls(self) -> None:
        """Encrypt the control connection; what was read before is forgotten."""
        assert self.sock is not None
        self.voidcmd("AUTH TLS")
        self._take(self._context.wrap_socket(self.sock, server_hostname=self.host))

    def secure_transfers(self) -> None:
        """Have transfers encrypted too, and hear the server say so."""
        self.voidcmd("PBSZ 0")
        reply = self.voidcmd("PROT P")
        if reply[:3] != "200":
            raise ftplib.error_reply(reply)

    def secured(self, data: socket.socket) -> socket.socket:
        """Encrypt, in the session of the control connection: many servers take nothing else."""
        assert isinstance(self.sock, ssl.SSLSocket)
        return self._context.wrap_socket(data, server_hostname=self.host, session=self.sock.session)
