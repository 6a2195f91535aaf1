"""Connecting a socket, and cutting it when what goes over it takes too long."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from factoring_core.adapters.remote.line import Patience, Place
from factoring_core.errors import UnreachableError


class Wire:
    """A connected socket, and a handle of its own by which it can be cut.

    Clients wrap, detach and replace their sockets; the second handle stays what it is.
    """

    def __init__(self, sock: socket.socket) -> None:
        self.sock = sock
        self._handle = sock.dup()
        self._branch: socket.socket | None = None

    def branch(self, sock: socket.socket | None) -> None:
        """Have a second connection cut as well, in place of the last one given.

        While it is held here, closing it elsewhere does not end it.
        """
        if self._branch is not None:
            self._branch.close()
        self._branch = None if sock is None else sock.dup()

    def cut(self) -> None:
        """Break the connection, from any thread."""
        for handle in (self._branch, self._handle):
            if handle is not None:
                with suppress(OSError):
                    handle.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Let go of everything."""
        self.branch(None)
        for handle in (self._handle, self.sock):
            with suppress(OSError):
                handle.close()


def connected(place: Place, patience: Patience) -> Wire:
    """Connect to a server, small packets undelayed.

    Raises:
        UnreachableError: codes ``dns_failure``, ``connect_refused``, ``connect_timeout``,
            ``unreachable``; nothing was sent.
    """
    try:
        sock = tune(socket.create_connection((place.host, place.port), patience.connect))
    except socket.gaierror:
        failure = _unreachable(place, "dns_failure", "its name is not known")
    except ConnectionRefusedError:
        failure = _unreachable(place, "connect_refused", "nobody listens there")
    except TimeoutError:
        failure = _unreachable(place, "connect_timeout", f"no answer within {patience.connect:g} s")
    except (OSError, UnicodeError) as error:
        failure = _unreachable(place, "unreachable", getattr(error, "strerror", None) or "no way to it")
    else:
        return Wire(sock)
    raise failure


def tune(sock: socket.socket) -> socket.socket:
    """Send small packets at once, and notice a peer that is gone.

    Without the first, the end of every file waits for a delayed acknowledgement.
    """
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    return sock


def _unreachable(place: Place, code: str, why: str) -> UnreachableError:
    return UnreachableError(f"{place.host} cannot be reached: {why}.", code=code, where=place.where)


class Watchdog:
    """Cuts what takes longer than it may, whatever the client below believes about time.

    One thread for many limits, one at a time; it sleeps until the earliest moment at which
    there can be something to do.
    """

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._deadline: float | None = None
        self._cut: Callable[[], None] = lambda: None
        self._wakes: float | None = None
        self._running = False

    @contextmanager
    def limit(self, seconds: float, cut: Callable[[], None]) -> Iterator[None]:
        """Call *cut* if what is done within takes longer than *seconds*."""
        with self._changed:
            self._deadline, self._cut = time.monotonic() + seconds, cut
            if not self._running:
                self._running = True
                threading.Thread(target=self._watch, name="factoring-watchdog", daemon=True).start()
            elif self._wakes is None or self._wakes > self._deadline:
                self._changed.notify()
        try:
            yield
        finally:
            with self._changed:
                self._deadline = None

    def close(self) -> None:
        """Let the thread end."""
        with self._changed:
            self._running = False
            self._changed.notify()

    def _watch(self) -> None:
        with self._changed:
            while self._running:
                self._wakes = self._deadline
                left = None if self._deadline is None else self._deadline - time.monotonic()
                if left is None or left > 0:
                    self._changed.wait(left)
                else:
                    self._deadline = None
                    self._cut()
