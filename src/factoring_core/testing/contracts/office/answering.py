"""Servers say little or other than they should, and batches are spoken for while they wait."""

from factoring_core.errors import RemoteRefusedError, UnreachableError
from factoring_core.ports.remote_folder import REMOVAL_UNCLEAR, RemoteFile
from factoring_core.testing.contracts.office.base import OfficeStories, a_story
from factoring_core.testing.contracts.office.breaking import AWAY, REFUSED, strikes
from factoring_core.testing.stories import Story
from factoring_core.testing.stories.files import haul, purchase

EAST = "east-winfactor"
UNCLEAR = UnreachableError("No answer to a removal.", code=REMOVAL_UNCLEAR)


class Answering(OfficeStories):
    """Promises about what is made of little, and about batches that wait."""

    @a_story
    def test_a_server_says_little_of_what_it_has(self, story: Story) -> None:
        """What a server does not say is asked for in another way, and what it changes is not published."""
        factor = story.place.factor(EAST)
        self.queued(story, 14)
        factor.hashes = factor.digests = False
        story.do("submit", "east", ["L-1"])
        factor.digests = True
        factor.stored = bytes.swapcase
        story.do("submit", "east", ["L-14"])
        factor.stored = bytes
        story.do("resume")
        story.sets(EAST, non_atomic=True)
        story.do("submit", "east", ["L-2"])
        story.sets(EAST, non_atomic=False)
        factor.hashes = True
        changes = (bytes.swapcase, lambda content: content[:-1], lambda content: content + b"\n")
        for at, stored in enumerate(changes, start=3):
            factor.stored = stored
            story.do("submit", "east", [f"L-{at}"])
            story.left(EAST)
            factor.stored = bytes
            story.do("resume")
            story.do("submit", "east", [f"L-{at}"])
            story.do("cancel", f"{EAST}/{at + 1}", reason="it changes them")
        for at, code in enumerate(("unsupported_there", "not_permitted_there", "name_taken"), start=6):
            factor.expect(strikes("rename", RemoteRefusedError("It cannot.", code=code)))
            story.do("submit", "east", [f"L-{at}"])
            story.left(EAST)
            story.do("cancel", f"{EAST}/{at + 1}", reason="it cannot")
        factor.expect(strikes("list", REFUSED))
        for at in (9, 10, 11):
            story.ends_at(EAST, "rename", at=2)
            story.do("submit", "east", [f"L-{at}"])
            story.is_gone()
            if at > 9:
                factor.hidden = {f"L-{at}.pdf", *factor.temps()}
            else:
                factor.take(f"L-{at}.pdf")
                for temp in factor.temps():
                    factor.take(temp)
            story.do("resume")
            if at == 10:
                story.waits(hours=25)
                story.do("resume")
            factor.hidden = set()
            story.do("resume")
        seen: list[tuple[str, ...]] = []

        def many(names: tuple[str, ...]) -> dict[str, RemoteFile | None]:
            seen.append(tuple(names))
            return {name: factor.stat(name) for name in names}

        factor.stat_many = many  # type: ignore[attr-defined]
        story.do("submit", "east", ["L-12", "L-13"])
        assert [len(set(names)) for names in seen] == [len(names) for names in seen]
        story.left(EAST)

    @a_story
    def test_a_removal_without_an_answer_is_waited_for(self, story: Story) -> None:
        """While a removal may yet happen nobody goes on with the batch."""
        factor = story.place.factor(EAST)
        self.queued(story, 4)
        for at in (1, 2):
            story.ends_at(EAST, "rename")
            story.do("submit", "east", [f"L-{at}"])
            story.is_gone()
            factor.expect(strikes("remove", UNCLEAR))
            story.do("cancel", f"{EAST}/{at}", reason="never mind")
            story.do("resume" if at == 1 else "status")
            story.do("cancel", f"{EAST}/{at}", reason="never mind")
            story.is_gone()
            story.do("cancel", f"{EAST}/{at}", reason="never mind")
            story.waits(minutes=2)
            if at == 1:
                story.do("resume")
            story.do("cancel", f"{EAST}/{at}", reason="never mind")
            story.left(EAST)
        story.ends_at(EAST, "rename", at=2)
        story.do("submit", "east", ["L-3"])
        story.is_gone()
        story.meanwhile(EAST, "remove", "resume")
        story.do("cancel", f"{EAST}/3", reason="never mind")
        story.ends_at(EAST, "rename", at=2)
        story.do("submit", "east", ["L-4"])
        story.is_gone()
        story.sleeps(EAST, "remove", 121)
        story.meanwhile(EAST, "remove", "resume")
        story.do("cancel", f"{EAST}/4", reason="never mind")
        story.left(EAST)
        story.kept()

    @a_story
    def test_a_batch_that_waits_is_spoken_for(self, story: Story) -> None:
        """Evidence, decisions and persons may speak for a batch that has not left, each with its weight."""
        factor = story.place.factor(EAST)
        self.queued(story, 6)
        for at in (1, 2, 3):
            factor.expect(strikes("stat", AWAY))
            story.do("submit", "east", [f"L-{at}"])
            story.do("confirm", f"{EAST}/{at}")
            story.do("settle", f"{EAST}/{at}", delivered=True, reason="by telephone")
            story.do("settle", f"{EAST}/{at}", delivered=False, reason="by telephone")
        story.applies(purchase("L-1"), purchase("L-2", Type="Denied"))
        factor.expect(strikes("stat", AWAY))
        story.do("resume")
        story.do("cancel", f"{EAST}/1", reason="too late")
        story.do("return_loads", ["L-2"], reason="denied")
        story.do("undo_report", story.office.reports()[0].id, reason="of another carrier")
        story.do("resume")
        story.do("cancel", f"{EAST}/2", reason="taken back")
        story.do("resume")
        story.ends_at(EAST, "rename", at=2)
        story.do("submit", "east", ["L-4"])
        story.is_gone()
        story.do("settle", f"{EAST}/4", delivered=False, reason="they have nothing")
        report = story.applies(purchase("L-4", Type="Denied"), name="denied.csv")
        story.do("return_loads", ["L-4"], reason="denied")
        story.do("undo_report", report.report_id, reason="of another carrier")
        story.do("settle", f"{EAST}/4", delivered=True, reason="by telephone")
        story.do("resume")
        story.do("cancel", f"{EAST}/4", reason="taken back")
        story.do("submit", "east", ["L-4"])
        story.ends_at(EAST, "rename", at=2)
        story.do("submit", "east", ["L-5"])
        story.is_gone()
        story.applies(purchase("L-5"), name="more.csv")
        story.do("submit", "east", ["L-6"])
        story.kept()

    @a_story
    def test_a_person_speaks_for_what_was_taken_back(self, story: Story) -> None:
        """A batch by hand of which a load was taken back is not handed over, and can be given up."""
        numbers = [f"W-{at}" for at in range(1, 5)]
        story.imports(*(haul(one, subsidiary="west") for one in numbers))
        story.do("generate_invoices", numbers)
        story.do("submit", "west", ["W-1", "W-2"])
        report = story.applies(purchase("W-1", Type="Denied"), subsidiary="west")
        story.do("return_loads", ["W-1"], reason="denied")
        story.do("undo_report", report.report_id, reason="of another carrier")
        story.do("confirm", "west-depot/1")
        story.do("settle", "west-depot/1", delivered=True, reason="by telephone")
        story.do("batch_files", "west-depot/1", story.place.papers / "out")
        story.do("cancel", "west-depot/1", reason="taken back")
        story.do("settle", "west-depot/1", delivered=False, reason="they have nothing")
        story.do("cancel", "west-depot/1", reason="taken back")
        story.do("batch_files", "west-depot/1", story.place.papers / "out")
        story.do("confirm", "west-depot/1")
        story.do("submit", "west", ["W-3"])
        settings = story.place.settings
        others = tuple(one for one in settings.connections if one.id != "west-depot")
        story.place.settings = type(settings)(
            tenant=settings.tenant,
            subsidiaries=settings.subsidiaries,
            customers=settings.customers,
            connections=others,
        )
        story.reopens()
        story.do("cancel", "west-depot/2", reason="no such factor")
        story.do("resume")
