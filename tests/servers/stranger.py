"""What answers where a PostgreSQL server should be, and hears what it is told."""

from __future__ import annotations

import contextlib
import socket
import ssl
import struct
import threading
from pathlib import Path

REQUESTS = (80877103, 80877104)  # for TLS, for GSS


class Stranger:
    """Listens on a host of this machine; with *certificate* it hears what comes through TLS."""

    def __init__(self, host: str, certificate: Path | None = None) -> None:
        self.heard = b""
        self._certificate = certificate
        self._listener = socket.create_server((host, 0))
        self.port: int = self._listener.getsockname()[1]
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Hear no more."""
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join(5)

    def _serve(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                with client, contextlib.suppress(OSError):
                    client.settimeout(3)
                    self._hear(client)

    def _hear(self, client: socket.socket) -> None:
        while len(first := client.recv(4096)) == 8 and struct.unpack(">II", first)[1] in REQUESTS:
            if self._certificate is None or struct.unpack(">II", first)[1] != REQUESTS[0]:
                client.sendall(b"N")
                continue
            client.sendall(b"S")
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(self._certificate)
            with context.wrap_socket(client, server_side=True) as secured:
                self.heard += secured.recv(4096)
            return
        self.heard += first
