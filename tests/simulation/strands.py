"""Workers that take turns: threads of which one runs, until it is told to let another one go on."""

import threading
from collections.abc import Callable
from random import Random

from attrs import define, field


class Killed(BaseException):
    """The worker was killed at this instruction; nothing of its own happens any more."""


class Violation(BaseException):
    """A law was broken."""


@define(eq=False)
class Strand:
    """One worker's course of action; ``wakes``: when it has slept enough, in seconds."""

    name: str
    act: Callable[[], None]
    gate: threading.Lock = field(factory=threading.Lock)
    wakes: float = 0.0
    frozen: bool = False
    ended: bool = False


class Strands:
    """Runs strands one at a time; chance decides who goes on, and time passes only here.

    Args:
        chance: Decides.
        ended: Told of each strand that came to its end, with what ended it.
    """

    def __init__(self, chance: Random, ended: Callable[[str, BaseException | None], None]) -> None:
        self.now = 0.0
        self._chance = chance
        self._told = ended
        self._strands: list[Strand] = []
        self._current: Strand | None = None
        self._over = threading.Lock()
        self.stopping = False

    @property
    def running(self) -> str:
        """The name of the strand that runs now."""
        return "" if self._current is None else self._current.name

    def start(self, name: str, act: Callable[[], None]) -> None:
        """Add a strand, which goes on when its turn comes."""
        strand = Strand(name, act)
        strand.gate.acquire()
        self._strands.append(strand)
        threading.Thread(target=self._run, args=(strand,), name=name, daemon=True).start()

    def run(self) -> None:
        """Let all strands come to their ends."""
        self._over.acquire()
        self._hand_on(None)
        self._over.acquire()
        self._over.release()

    def maybe_switch(self, likelihood: float) -> None:
        """Let another strand go on, or not."""
        if self._current is not None and self._chance.random() < likelihood:
            self._hand_on(self._current)

    def sleep(self, seconds: float) -> None:
        """Let the running strand sleep; time jumps when all do."""
        if self._current is None:
            self.now += seconds
            return
        self._current.wakes = self.now + seconds
        self._hand_on(self._current)

    def freeze(self, seconds: float) -> None:
        """Stop the running strand, as by SIGSTOP, while time passes for the others."""
        if self._current is not None:
            self.now += seconds
            self._current.frozen = True
            self._hand_on(self._current)

    def _run(self, strand: Strand) -> None:
        strand.gate.acquire()
        end: BaseException | None = None
        try:
            if not self.stopping:
                strand.act()
        except BaseException as error:
            end = error
        strand.ended = True
        self._strands.remove(strand)
        if isinstance(end, Violation):
            self.stopping = True
        self._told(strand.name, end)
        self._hand_on(None)

    def _hand_on(self, me: Strand | None) -> None:
        following = self._next(me)
        self._current = following
        if following is None:
            self._over.release()
            return
        if following is me:
            return
        following.gate.release()
        if me is not None:
            me.gate.acquire()
            if self.stopping:
                raise Killed

    def _next(self, me: Strand | None) -> Strand | None:
        if not self._strands:
            return None
        frozen = [one for one in self._strands if one.frozen]
        awake = [one for one in self._strands if one.wakes <= self.now and not one.frozen]
        if frozen and (not awake or self._chance.random() < 0.03):  # somebody sends SIGCONT
            chosen = frozen[self._chance.randrange(len(frozen))]
            chosen.frozen = False
            return chosen
        if not awake:
            self.now = max(self.now, min(one.wakes for one in self._strands))
            awake = [one for one in self._strands if one.wakes <= self.now]
        return awake[0] if len(awake) == 1 else awake[self._chance.randrange(len(awake))]
