"""The office goes on after a backup, after its trail was written over, and after a listener failed."""

from typing import Any

from attrs import evolve

from factoring_core.domain.vocabulary.events import AuditEntry
from factoring_core.domain.vocabulary.host_events import HostEvent
from factoring_core.testing.contracts.office.base import ADMIN, CLERK, WESTERNER, OfficeStories, a_story
from factoring_core.testing.contracts.office.breaking import AWAY, strikes
from factoring_core.testing.stories import Story
from factoring_core.testing.stories.files import haul

EAST = "east-winfactor"


class Recovering(OfficeStories):
    """Promises about recovery, the trail, and listeners."""

    @a_story
    def test_the_office_goes_on_after_a_backup(self, story: Story) -> None:
        """After a backup what may have left since is in doubt, and numbers are skipped."""
        self.queued(story, 7, "L")
        self.queued(story, 2, "W", subsidiary="west")
        factor = story.place.factor(EAST)
        story.do("submit", "east", ["L-1"])
        story.ends_at(EAST, "rename")
        story.do("submit", "east", ["L-2"])
        factor.expect(strikes("stat", AWAY), strikes("stat", AWAY))
        story.do("submit", "east", ["L-3"])
        story.do("submit", "west", ["W-1"])
        mark = story.see("audit").mark
        entries = int(mark.partition(":")[0])
        later, other = f"{entries + 3}:{'0' * 64}", f"{entries}:{'1' * 64}"
        for kept in (later, f"{entries - 1}:{'2' * 64}"):
            story.see("audit", kept=kept)
        for who in (ADMIN, CLERK, evolve(WESTERNER, subsidiaries=frozenset({"east", "west"}))):
            story.do("recover", later, reason="the disk broke", by=who)
        story.do("recover", later, reason=" ")
        story.do("recover", f"{entries - 1}:", reason="the disk broke")
        story.do("recover", later, reason="the disk broke")
        story.do("recover", later, reason="the disk broke")
        story.do("submit", "east", ["L-4"])
        story.do("submit", "west", ["W-2"])
        story.do("resume")
        story.do("settle", "2", delivered=False, reason="they have nothing")
        story.do("settle", "3", delivered=True, reason="they have it")
        story.do("resume")
        story.do("recover", other, reason="and once more")
        story.see("audit_entries", by=WESTERNER)
        story.kept()

    @a_story
    def test_a_trail_that_was_written_over_is_shown(self, story: Story) -> None:
        """Whoever writes over an entry breaks the chain there, and nobody recovers from that."""
        self.queued(story, 3, "L")
        story.do("submit", "east", ["L-1"])
        mark = story.see("audit").mark
        store, tenant = story.office.ports.store, story.office.ports.tenant
        overwritten: tuple[dict[str, Any], ...] = (
            {"actor": "mallory"},
            {"previous": "0" * 64},
            {"hash": "0" * 64},
        )
        for number in (1, 3):
            with store.reading(tenant) as tx:
                written = tx.get(AuditEntry, number)
            assert written is not None
            for changes in overwritten:
                story.writes(evolve(written, **changes))
                story.see("audit")
                story.see("audit", kept=mark)
                story.do("recover", mark, reason="a backup")
                story.do("recover", f"99:{'0' * 64}", reason="a backup")
                story.writes(written)
        story.see("audit", kept=mark)

    @a_story
    def test_an_entry_that_cannot_be_read_is_named(self, story: Story) -> None:
        """A trail with an entry that cannot be read is broken at that entry, and nobody recovers from it."""
        self.queued(story, 3)
        story.do("submit", "east", ["L-1"])
        mark = story.see("audit").mark
        for number in (2, 4, 5):
            story.place.troubles.unreadable = number
            story.see("audit")
            story.see("audit", kept=mark)
            story.do("recover", f"99:{'0' * 64}", reason="a backup")
        story.place.troubles.unreadable = None
        story.see("audit", kept=mark)

    @a_story
    def test_a_listener_that_fails_is_told_again(self, story: Story) -> None:
        """An event of which a listener did not get the whole is told again, and none before it."""
        self.queued(story, 4, "L")
        story.do("submit", "east", ["L-1"])
        heard: list[str] = []

        def listen(event: HostEvent) -> None:
            if len(heard) in troubles:
                troubles.remove(len(heard))
                raise AWAY
            heard.append(f"{event.id} {event.type}")

        troubles = {0, 3}
        for _ in range(4):
            story.do("relay", "tms", listen)
        story.imports(haul("W-1", subsidiary="west"), haul("W-2", subsidiary="west"))
        story.do("generate_invoices", ["W-1", "W-2"])
        story.do("relay", "west", listen, by=WESTERNER)
        story.do("relay", "tms", listen)
        story.do("events", "1.x")
        story.see("events", "2.1", limit=3, by=WESTERNER)
        story.kept()
