"""`python -m factoring_core.testing.factor`: a factor to try things out with, until it is interrupted.

It prints the lines of `factoring.toml` that reach it, takes what is sent to it, and writes its
reports into a folder as if the days went by.  Over HTTP it also says at once, to who asks, what will
have become of each invoice.
"""

import argparse
import datetime as dt
import threading
from pathlib import Path

from factoring_core.domain.vocabulary.parties import Connection
from factoring_core.testing.factor.running import RunningFactor
from factoring_core.testing.factor.serving import Trouble

_SHOWN = (
    *("id", "subsidiary", "provider", "client_number", "host", "port", "folder", "username", "credential"),
    *("host_key", "ca_file", "base_url", "api_key"),
)


def lines_of(connection: Connection) -> str:
    """Write a connection as a table of `factoring.toml`."""
    lines = ["[[connections]]", f'protocol = "{connection.protocol.value}"']
    for name in _SHOWN:
        value = getattr(connection, name)
        if value is not None:
            lines.append(f"{name} = {value}" if isinstance(value, int) else f'{name} = "{value}"')
    if connection.allow_plain_ftp:
        lines.append("allow_plain_ftp = true")
    notice = connection.notices[0]
    lines += ["[[connections.notices]]", f"from = {notice.from_on}", f'text = "{notice.text}"']
    return "\n".join(lines)


def main(words: list[str] | None = None, stop: threading.Event | None = None) -> None:
    """Run a factor until it is interrupted, or *stop* is set."""
    parser = argparse.ArgumentParser(prog="python -m factoring_core.testing.factor", description=__doc__)
    parser.add_argument("--provider", help="in whose layout it reports; winfactor, over http otr")
    parser.add_argument("--over", default="sftp", choices=["folder", "sftp", "ftps", "ftp", "http"])
    parser.add_argument("--subsidiary", default="east")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--consumes", action="store_true", help="take files away as soon as they are there")
    parser.add_argument("--home", type=Path, default=Path("simulated-factor"))
    given = parser.parse_args(words)
    given.home.mkdir(parents=True, exist_ok=True)
    stop = stop or threading.Event()
    trouble = Trouble(consumes=given.consumes)
    with RunningFactor(
        given.provider or ("otr" if given.over == "http" else "winfactor"),
        over=given.over,
        seed=given.seed,
        trouble=trouble,
        home=given.home.resolve(),
        today=dt.datetime.now(dt.UTC).date(),
    ) as factor:
        print(lines_of(factor.connection(subsidiary=given.subsidiary)), flush=True)
        factor.says_until = dt.date.max
        seen = 0
        try:
            while not stop.wait(0.2):
                factor.take()
                if len(factor.batches) > seen:
                    seen = len(factor.batches)
                    _issue(factor, given.home / "reports")
        except KeyboardInterrupt:
            print("The factor has closed.")


def _issue(factor: RunningFactor, folder: Path) -> None:
    """Write what will be reported about everything that has come, a fortnight a file."""
    folder.mkdir(exist_ok=True)
    last = max(one.on for one in factor.happenings)
    since = factor.today
    while since <= last:
        until = since + dt.timedelta(days=13)
        for file in (factor.purchase_report(since, until), factor.payment_report(since, until)):
            (folder / file.name).write_bytes(file.content)
        since = until + dt.timedelta(days=1)
    print(f"Took {len(factor.batches)} batches; reports are in {folder}.", flush=True)


if __name__ == "__main__":
    main()
