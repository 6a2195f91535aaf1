"""A wire to a PostgreSQL server that can be cut around a commit."""

from __future__ import annotations

import contextlib
import socket
import threading
from pathlib import Path
from typing import Literal

Cut = Literal["before", "after", None]


class CutWire:
    """Carries bytes between a TCP port on loopback and the socket of a server.

    ``cut``: what happens to the next COMMIT: it is not handed on (``before``), or it is and the
    answer is not (``after``); either way the connection is gone then.  ``dead``: nobody gets
    through any more.
    """

    def __init__(self, server: Path) -> None:
        self.cut: Cut = None
        self.dead = False
        self.dies_with_the_cut = False
        self._server = server
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        self._listener.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                threading.Thread(target=self._carry, args=(client,), daemon=True).start()

    def _carry(self, client: socket.socket) -> None:
        with client, socket.socket(socket.AF_UNIX) as server, contextlib.suppress(OSError):
            if self.dead:
                return
            server.connect(str(self._server))
            lost = threading.Event()
            back_filter = _Filter(server, client, lost)
            back = threading.Thread(target=back_filter.run, daemon=True)
            back.start()
            while sent := client.recv(65536):
                if self.cut is not None and b"COMMIT\x00" in sent:
                    how, self.cut = self.cut, None
                    self.dead = self.dies_with_the_cut
                    if how == "after":
                        lost.set()
                        server.sendall(sent)
                        back_filter.answered.wait(10)
                    break
                server.sendall(sent)
            for each in (client, server):
                with contextlib.suppress(OSError):
                    each.shutdown(socket.SHUT_RDWR)
            back.join(5)


class _Filter:
    """Carries answers, until they are to be lost."""

    def __init__(self, server: socket.socket, client: socket.socket, lost: threading.Event) -> None:
        self._server, self._client, self._lost = server, client, lost
        self.answered = threading.Event()

    def run(self) -> None:
        with contextlib.suppress(OSError):
            while got := self._server.recv(65536):
                if self._lost.is_set():
                    self.answered.set()
                else:
                    self._client.sendall(got)
            self._client.shutdown(socket.SHUT_RDWR)
