"""Where something can go wrong: every call to the outside, named by its step of the protocol."""

from __future__ import annotations

from enum import Enum

from attrs import frozen


class Stroke(Enum):
    """What strikes at a point."""

    ERROR = "error reply"
    LOST = "reply lost after effect"
    HANG = "hang"
    KILL_BEFORE = "kill before"
    KILL_AFTER = "kill after"
    RESET = "reset"
    LATE = "served after the client gave up"


SINGLES = tuple(stroke for stroke in Stroke if stroke is not Stroke.LATE)
"""The six kinds that every point is broken by; a late effect needs somebody who comes later."""

OWN_STROKES = (Stroke.ERROR, Stroke.KILL_BEFORE, Stroke.KILL_AFTER)
"""What can happen where nobody else is asked: no reply is lost inside one process."""

STEPS = {
    "S01": "read the books",
    "S02": "bind a packet",
    "S03": "keep bytes",
    "S04": "commit: sealed",
    "S05": "commit: lease taken",
    "S06": "commit: attempt begun",
    "S07": "resolve",
    "S08": "connect",
    "S09": "banner and keys",
    "S10": "identity of the server",
    "S11": "log in",
    "S12": "see the folder",
    "S13": "look before anything is sent",
    "S14": "commit: temps planned",
    "S15": "open a temp",
    "S16": "write a part",
    "S17": "close it",
    "S18": "look at the temp",
    "S19": "commit: staged",
    "S20": "commit: publishing",
    "S21": "rename",
    "S22": "look at the final name",
    "S23": "commit: published",
    "S24": "commit: delivered",
    "S25": "take leave",
    "S26": "commit: lease released",
    "S27": "answer the caller",
    "S28": "relay the event",
    "S29": "mark it relayed",
    "extra": "collect temps, renew, read back",
}


@frozen(kw_only=True)
class Point:
    """One call to the outside, by one worker.  ``committed``: what a transaction wrote."""

    worker: str
    what: str
    name: str = ""
    step: str = "extra"
    committed: tuple[str, ...] = ()

    def __str__(self) -> str:
        return " ".join(
            part for part in (self.worker, self.step, self.what, self.name, *self.committed) if part
        )


REMOTE = {
    "resolve": "S07",
    "connect": "S08",
    "banner": "S09",
    "identity": "S10",
    "login": "S11",
    "folder": "S12",
    "open": "S15",
    "write": "S16",
    "close": "S17",
    "rename_from": "S21",
    "rename": "S21",
}
