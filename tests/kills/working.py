"""A worker that is a process of its own, and may be killed in the middle of what it does."""

from __future__ import annotations

import os
import random
import signal
import threading
from pathlib import Path

from factoring_core.adapters.blobs.folder import FolderBlobs
from factoring_core.adapters.storage import open_store
from usecases.desk import Desk, manual
from usecases.test_many_workers import acts, attempt

LONGEST = 0.06
"""Seconds into an act, or the one after it, in which a worker is killed."""


def work(place: str, folder: str, worker: int, count: int, ids: list[str], dies: bool) -> None:
    """Do what this worker does, and write down what became of each act; or be killed in between."""
    chance = random.Random(f"end of {worker}")
    last = chance.randrange(count - 1) if dies else count
    store = open_store(place)
    desk = Desk(manual("east-winfactor", provider="winfactor"), store=store, blobs=FolderBlobs(Path(folder)))
    killing = threading.Timer(chance.uniform(0, LONGEST), os.kill, (os.getpid(), signal.SIGKILL))
    with told_by(folder, worker).open("w", encoding="utf-8") as told:
        for number, act in enumerate(acts(worker, count, ids)):
            if number == last:
                killing.start()
            print(f"{act.name}\t{attempt(desk, act)}", file=told, flush=True)
    if dies:
        killing.join()
    store.close()


def told_by(folder: str, worker: int) -> Path:
    """Return where a worker writes down what became of its acts."""
    return Path(folder) / f"told-{worker}"
