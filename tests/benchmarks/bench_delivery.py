"""Sending 500 packets of 200 KB over SFTP, beside a bare paramiko loop and OpenSSH's own client.

Over loopback, and through a relay that delays every byte so that a round trip takes 20 ms.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import asyncssh
import paramiko
import pytest
from attrs import evolve, frozen

from factoring_core.adapters.remote.line import Login, Place
from factoring_core.adapters.remote.sftp import SftpFolder
from factoring_core.ports.packet_binder import Packet, PacketOrder
from factoring_core.ports.secrets import Secret
from factoring_core.testing.servers.sftp import SftpServer
from factoring_core.usecases.delivering.submit import submit
from factoring_core.usecases.ports import Ports
from usecases.desk import Desk, PlainBinder, connection

FILES = int(os.environ.get("BENCH_FILES", "500"))
SIZE = 200_000
ROUND_TRIP = 0.020
LIMIT = 420.0
"""Seconds after which one way of sending is given up."""


class Relay:
    """Passes bytes on, each half of a round trip later; when one side ends, so does the other."""

    def __init__(self, port: int, delay: float) -> None:
        self._target, self._delay = port, delay
        self._loop = asyncio.new_event_loop()
        threading.Thread(target=self._loop.run_forever, daemon=True).start()
        server = asyncio.run_coroutine_threadsafe(self._listen(), self._loop).result(20)
        self.port = server.sockets[0].getsockname()[1]

    async def _listen(self) -> asyncio.Server:
        return await asyncio.start_server(self._relay, "127.0.0.1", 0)

    async def _relay(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self._target)
        ways = [
            asyncio.ensure_future(work)
            for there, here in ((far_writer, reader), (writer, far_reader))
            for work in self._both(here, there)
        ]
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
            await asyncio.sleep(self._delay * 2)
        finally:
            for way in ways:
                way.cancel()
            for side in (writer, far_writer):
                side.close()

    def _both(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> list[Any]:
        """Return taking bytes in, and handing them on when they are due."""
        waiting: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue()

        async def take() -> None:
            while data := await reader.read(256 * 1024):
                waiting.put_nowait((self._loop.time() + self._delay / 2, data))

        async def hand_on() -> None:
            while True:
                due, data = await waiting.get()
                await asyncio.sleep(max(0.0, due - self._loop.time()))
                writer.write(data)
                await writer.drain()

        return [take(), hand_on()]


def serve(root: str, delay: str, public: str) -> None:
    """Be the server, in a program of its own, until the input ends."""
    folder = Path(root)
    with SftpServer(folder, passwords={"acme": "pass"}, keys={"acme": public}) as server:
        (folder / "inbox").mkdir(exist_ok=True)
        port = Relay(server.port, float(delay)).port if float(delay) else server.port
        sys.stdout.write(f"{port} {server.host_key}\n")
        sys.stdout.flush()
        sys.stdin.read()


@frozen
class There:
    """Where a server is."""

    port: int
    host_key: str


@contextmanager
def place(root: Path, delay: float, key: asyncssh.SSHKey) -> Iterator[There]:
    """Start a server; whatever hangs ends when it is killed, after `LIMIT` seconds."""
    public = key.export_public_key().decode()
    command = [sys.executable, __file__, str(root), str(delay), public]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        late = threading.Timer(LIMIT, process.kill)
        late.start()
        try:
            assert process.stdout is not None
            port, host_key = process.stdout.readline().split()
            yield There(int(port), host_key)
        finally:
            late.cancel()
            process.kill()


def ours(there: There) -> float:
    """Deliver a batch: everything that `submit` does after sealing, journal and looks included."""
    login = Login(username="acme", password=Secret("pass"))
    at = Place(connection="sim", host="127.0.0.1", port=there.port, folder="inbox")
    folder = SftpFolder(at, lambda: login, host_key=there.host_key)
    desk = Desk(connection("east-winfactor"))
    content = os.urandom(SIZE)
    for one in range(FILES):
        desk.queued(f"L-{one}")
    ports = _with_packets(desk, content)
    opened: list[float] = []

    def open_folder(_: object) -> SftpFolder:
        opened.append(time.perf_counter())
        return folder

    result = submit(evolve(ports, folder=open_folder), "east")
    took = time.perf_counter() - opened[0]
    folder.close()
    assert result.error is None
    return took


def _with_packets(desk: Desk, content: bytes) -> Ports:
    """Bind packets of the wanted size in no time."""

    class Binder(PlainBinder):
        def bind_all(self, orders: Iterable[PacketOrder]) -> Iterator[Packet]:
            for at, _ in enumerate(orders):
                yield Packet(content=at.to_bytes(4, "big") + content[4:], pages=3)

    return evolve(desk.ports, binder=Binder())


def bare(there: There) -> float:
    """Put each file under a temp name and rename it, with nothing written down and nothing looked at."""
    began = time.perf_counter()
    transport = paramiko.Transport(("127.0.0.1", there.port))
    transport.connect(username="acme", password="pass")
    client = paramiko.SFTPClient.from_transport(transport)
    assert client is not None
    client.chdir("inbox")
    content = os.urandom(SIZE)
    for at in range(FILES):
        with client.open(f".{at}.part", "wb") as file:
            file.set_pipelined(True)
            file.write(content)
    for at in range(FILES):
        client.posix_rename(f".{at}.part", f"{at}.pdf")
    transport.close()
    return time.perf_counter() - began


def openssh(there: There, key: Path, *more: str) -> float:
    """Have OpenSSH's client put and rename the same files from a batch of commands."""
    folder = key.parent / "files"
    folder.mkdir(exist_ok=True)
    content = os.urandom(SIZE)
    lines = ["cd inbox"]
    for at in range(FILES):
        (folder / f"{at}.pdf").write_bytes(content)
        lines.append(f"put {folder}/{at}.pdf .{at}.part")
    lines += [f"rename .{at}.part {at}.pdf" for at in range(FILES)]
    batch = key.parent / "batch"
    batch.write_text("\n".join(lines), encoding="utf-8")
    command = ["sftp", *more, "-q", "-b", str(batch), "-i", str(key), "-P", str(there.port)]
    command += ["-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null", "acme@127.0.0.1"]
    began = time.perf_counter()
    subprocess.run(command, check=True, capture_output=True, timeout=LIMIT)
    return time.perf_counter() - began


@pytest.mark.parametrize("delay", [0.0, ROUND_TRIP], ids=["loopback", "20 ms"])
def test_five_hundred_packets(delay: float, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    key = asyncssh.generate_private_key("ssh-ed25519")
    path = tmp_path / "key"
    key.write_private_key(str(path))
    path.chmod(0o600)
    ways: dict[str, Callable[[There], float]] = {"bare paramiko": bare, "submit": ours}
    if shutil.which("sftp"):
        ways["sftp -b"] = lambda there: openssh(there, path)
        # As ours: what is sent is on the disk before it counts as sent.
        ways["sftp -f -b"] = lambda there: openssh(there, path, "-f")
    took = {}
    for at, (name, way) in enumerate(ways.items()):
        with place(tmp_path / f"root{at}", delay, key) as there:
            took[name] = way(there)
    with capsys.disabled():
        print()
        for name, seconds in took.items():
            print(f"{name:>14}: {seconds:6.1f} s, {seconds / took['bare paramiko']:.2f} x the bare loop")


if __name__ == "__main__":
    serve(*sys.argv[1:])
