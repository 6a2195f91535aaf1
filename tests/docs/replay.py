"""Replays the commands of a documentation page and writes the page anew, with what they print."""

from __future__ import annotations

import datetime as dt
import re
import shlex
from pathlib import Path

import pytest
from click.testing import CliRunner

from factoring_core.adapters.clocks.system import SystemClock
from factoring_core.cli.app import factoring

FENCED = re.compile(r"^```(?P<kind>[^\n]*)\n(?P<body>.*?)^```$", re.MULTILINE | re.DOTALL)
CAPTION = re.compile(r":caption: (?P<name>\S+)\n\n?")
# Names made from content: shown in the page, but not what it is about.
IDS = re.compile(r"\b(?:[0-9a-f]{64}|[0-9a-f]{32}|[0-9a-f]{16}|(?<=imp-)[0-9a-f]{12})\b|[0-9a-f]{8}(?=\.csv)")
EXCEPTION = re.compile(r"exc-[0-9a-f]{16}")
SIZES = re.compile(r"\(\d+ bytes\)")
NOW = dt.datetime(2026, 11, 20, 15, tzinfo=dt.UTC)


def replay(page: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Return *page* with every shown output replaced by what its command prints in *folder*.

    A block with a caption is a file that the reader writes.  In a ``console`` block each line
    that begins with ``$ factoring`` is run; other commands, and what they print, stay.
    ``…`` on a line of its own lets any lines stand in its place.
    """
    monkeypatch.chdir(folder)
    monkeypatch.delenv("FACTORING_HOME", raising=False)
    monkeypatch.setattr(SystemClock, "now", lambda self: NOW)
    real: dict[str, str] = {}
    return FENCED.sub(lambda block: _replayed(block, real), page)


def _replayed(block: re.Match[str], real: dict[str, str]) -> str:
    caption = CAPTION.match(block["body"])
    if caption is not None:
        Path(caption["name"]).parent.mkdir(parents=True, exist_ok=True)
        Path(caption["name"]).write_text(block["body"][caption.end() :], encoding="utf-8")
    if block["kind"] != "console":
        return block.group()
    parts = re.split(r"^\$ (.*)\n", block["body"], flags=re.MULTILINE)
    shown = ""
    for written, output in zip(parts[1::2], parts[2::2], strict=True):
        command = EXCEPTION.sub(lambda id_: real.get(id_.group(), id_.group()), written)
        printed = _printed(command, output)
        real.update(zip(EXCEPTION.findall(output), EXCEPTION.findall(printed), strict=False))
        shown += f"$ {command}\n{printed}"
    return f"```console\n{shown}```"


def _printed(command: str, output: str) -> str:
    words = shlex.split(command, comments=True)
    if words[0] != "factoring":
        return output
    ran = CliRunner().invoke(factoring, words[1:], catch_exceptions=False)
    assert ran.exit_code == 0, f"{command}: exit {ran.exit_code}\n{ran.output}"
    return _shortened(ran.output, output)


def _shortened(printed: str, page: str) -> str:
    """Leave out what the page leaves out."""
    if "\n…\n" not in f"\n{page}":
        return printed
    head, _, tail = f"\n{page}".partition("\n…\n")
    lines = printed.splitlines(keepends=True)
    first, last = head.count("\n"), tail.count("\n")
    if len(lines) <= first + last:
        return printed
    return "".join([*lines[:first], "…\n", *(lines[-last:] if last else [])])


def without_ids(text: str) -> str:
    """Make two pages comparable that differ in names made from content only."""
    return SIZES.sub("(… bytes)", IDS.sub("…", text))
