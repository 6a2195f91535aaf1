"""Several programs are at work on the same books, and some of them end in the middle."""

from factoring_core.adapters.remote.memory import Moment, Trouble
from factoring_core.errors import (
    DeliveryInDoubtError,
    FactoringError,
    RemoteRefusedError,
    StoreBusyError,
    UnreachableError,
)
from factoring_core.testing.contracts.office.base import OfficeStories, a_story
from factoring_core.testing.stories import Story

EAST = "east-winfactor"
AWAY = UnreachableError("The server is away.")
BROKEN = DeliveryInDoubtError("The line broke.")


class Sharing(OfficeStories):
    """Promises about programs that work on one batch, and about what one leaves when it ends."""

    @a_story
    def test_two_programs_never_send_one_batch_at_once(self, story: Story) -> None:
        """While one program sends, others wait, are told so, or do what does not touch the batch."""
        self.queued(story, 6)
        story.meanwhile(EAST, "write_new", "resume")
        story.meanwhile(EAST, "write_new", "cancel", "1", at=2, reason="in between")
        story.meanwhile(EAST, "rename", "settle", "1", delivered=False, reason="in between")
        story.meanwhile(EAST, "rename", "submit", "east", ["L-1", "L-2"], at=2)
        story.meanwhile(EAST, "stat", "status", at=2)
        story.do("submit", "east", ["L-1", "L-2"])
        for at, verb in enumerate(("write_new", "rename"), start=3):
            story.meanwhile(EAST, verb, "settle", str(at - 1), delivered=True, reason="by telephone")
            story.do("submit", "east", [f"L-{at}"])
            story.do("resume")
        story.meanwhile(EAST, "rename", "submit", "east", ["L-6"])
        story.do("submit", "east", ["L-5"])
        story.do("resume")
        story.kept()

    @a_story
    def test_a_program_that_slept_finds_its_batch_in_other_hands(self, story: Story) -> None:
        """When a lease is over another program goes on; the sleeper does nothing more, whenever it wakes."""
        self.queued(story, 5)
        for at, (verb, number) in enumerate(
            (("write_new", 1), ("write_new", 2), ("rename", 1), ("rename", 2), ("stat", 1)), start=1
        ):
            story.sleeps(EAST, verb, 121, at=number)
            story.meanwhile(EAST, verb, "resume", at=number)
            story.do("submit", "east", [f"L-{at}"])
            story.do("resume")
            story.left(EAST)

    @a_story
    def test_a_sleeper_wakes_before_its_lease_is_over(self, story: Story) -> None:
        """Who slept for less than the lease goes on, and looks again before anything is published."""
        self.queued(story, 6)
        story.sleeps(EAST, "write_new", 29)
        story.sleeps(EAST, "stat", 119, at=3)
        story.do("submit", "east", ["L-1"])
        story.sleeps(EAST, "stat", 61, at=11)
        story.do("submit", "east", ["L-2"])
        story.sleeps(EAST, "write_new", 16 * 60)
        story.do("submit", "east", ["L-3"])
        story.do("resume")
        story.sleeps(EAST, "rename", 16 * 60)
        story.do("submit", "east", ["L-4"])
        story.do("resume")

    @a_story
    def test_a_program_that_ended_is_followed_by_another(self, story: Story) -> None:
        """At whichever step a program ends, the next one finishes: at once if that is seen, or in time."""
        self.queued(story, 10)
        steps = [("stat", 1), ("write_new", 1), ("write_new", 2), ("rename", 1), ("rename", 2)]
        for at, (verb, number) in enumerate(steps, start=1):
            story.ends_at(EAST, verb, at=number)
            story.do("submit", "east", [f"L-{at}"])
            story.is_gone()
            story.do("resume")
        for at, (verb, number) in enumerate(steps, start=6):
            story.ends_at(EAST, verb, at=number)
            story.do("submit", "east", [f"L-{at}"])
            story.do("resume")
            story.see("status")
            story.do("cancel", str(at), reason="not now")
            story.do("settle", str(at), delivered=False, reason="not now")
            story.waits(seconds=90)
            story.do("resume")
            story.see("batches")

    @a_story
    def test_an_interrupted_program_gives_its_batch_back(self, story: Story) -> None:
        """Whoever is interrupted, or whose books fail, leaves the batch to the next at once."""
        self.queued(story, 5)
        story.ends_at(EAST, "write_new", KeyboardInterrupt)
        story.do("submit", "east", ["L-1"])
        story.do("resume")
        busy = StoreBusyError("The disk is busy.")
        for at, passed, failed in ((2, 2, 1), (3, 4, 1), (4, 6, 1), (5, 4, 2)):
            story.place.troubles.commits += [*[None] * passed, *[busy] * failed]
            story.do("submit", "east", [f"L-{at}"])
            story.place.troubles.commits.clear()
            story.do("resume")
        story.kept()

    @a_story
    def test_what_an_earlier_attempt_staged_is_claimed_first(self, story: Story) -> None:
        """A new attempt moves what the last one staged out of its reach, whatever the server answers."""
        factor = story.place.factor(EAST)
        self.queued(story, 9)
        troubles: tuple[FactoringError | None, ...] = (
            None,
            BROKEN,
            AWAY,
            RemoteRefusedError("It is in use.", code="name_taken", where={"file": "x"}),
            RemoteRefusedError("There is none.", code="no_such_file", where={"file": "x"}),
            RemoteRefusedError("You may not.", code="permission_denied", where={"file": "x"}),
        )
        for at, error in enumerate(troubles, start=1):
            story.ends_at(EAST, "rename")
            story.do("submit", "east", [f"L-{at}"])
            story.is_gone()
            if error is not None:
                moment = Moment.AFTER if isinstance(error, DeliveryInDoubtError) else Moment.BEFORE
                factor.expect(Trouble(verb="rename", error=error, moment=moment))  # type: ignore[arg-type]
            story.do("resume")
            story.do("resume")
        factor.at_once = False
        story.ends_at(EAST, "rename")
        story.do("submit", "east", ["L-7"])
        story.is_gone()
        story.do("resume")
        story.do("cancel", "7", reason="never mind")
        story.waits(minutes=5)
        story.do("resume")
        story.ends_at(EAST, "rename")
        story.do("submit", "east", ["L-8"])
        factor.expect(*[Trouble(verb="rename", error=BROKEN)] * 5)
        story.waits(minutes=5)
        story.do("resume")
        story.do("cancel", "8", reason="never mind")
        story.kept()

    @a_story
    def test_a_batch_that_was_settled_is_not_published_by_a_sleeper(self, story: Story) -> None:
        """What a person settled as not delivered and a sleeper publishes after all is a doubt again."""
        factor = story.place.factor(EAST)
        self.queued(story, 4)
        for at in (1, 2, 3):
            story.ends_at(EAST, "rename")
            story.do("submit", "east", [f"L-{at}"])
            story.is_gone()
            story.do("settle", str(at), delivered=False, reason="they have nothing")
            if at < 3:
                for name in factor.temps():
                    if at == 1 or ".csv" in name:
                        factor.take(name)
            else:
                factor.expect(Trouble(verb="rename", error=AWAY))
                story.do("cancel", "3", reason="never mind")
            story.do("resume")
            story.do("cancel", str(at), reason="never mind")
            story.do("settle", str(at), delivered=False, reason="they still have nothing")
            story.do("resume")
        story.do("confirm", "3")
        story.left(EAST)
        story.kept()
