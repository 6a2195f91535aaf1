"""OpenSSH's own server, where it is installed, as a context manager."""

import getpass
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from attrs import frozen

SSHD = shutil.which("sshd", path=os.environ.get("PATH", "") + os.pathsep + "/usr/sbin")
KEYGEN = shutil.which("ssh-keygen")


@frozen
class Sshd:
    """A running server: where it listens, its fingerprint, and a private key that it lets in."""

    port: int
    host_key: str
    username: str
    private_key: str


@contextmanager
def openssh_server(folder: Path) -> Iterator[Sshd]:
    """Run sshd on loopback with its internal SFTP server, for the user who runs the tests."""
    assert SSHD is not None
    assert KEYGEN is not None
    for name in ("host", "user"):
        subprocess.run([KEYGEN, "-q", "-t", "ed25519", "-N", "", "-f", folder / name], check=True)
    shown = subprocess.run(
        [KEYGEN, "-lf", folder / "host.pub"], check=True, capture_output=True, text=True
    ).stdout
    shutil.copy(folder / "user.pub", folder / "authorized")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    config = folder / "config"
    config.write_text(
        f"Port {port}\nListenAddress 127.0.0.1\nHostKey {folder}/host\nPidFile none\nStrictModes no\n"
        f"AuthorizedKeysFile {folder}/authorized\nPasswordAuthentication no\nUsePAM no\n"
        "KbdInteractiveAuthentication no\nPermitRootLogin yes\nSubsystem sftp internal-sftp\n"
    )
    if os.geteuid() == 0:
        Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)
    server = subprocess.Popen([SSHD, "-D", "-e", "-f", config], stderr=subprocess.DEVNULL)
    try:
        _wait_for(port)
        yield Sshd(port, shown.split()[1], getpass.getuser(), (folder / "user").read_text())
    finally:
        server.terminate()
        server.wait(10)


def _wait_for(port: int) -> None:
    for _ in range(100):
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise RuntimeError("sshd did not start")
