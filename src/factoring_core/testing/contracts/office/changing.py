"""Settings, credentials and records change while batches are under way."""

from attrs import evolve

from factoring_core.domain.selling.batch import Assignment, Batch
from factoring_core.domain.vocabulary.parties import InvoicingMethod, Protocol
from factoring_core.errors import CredentialError
from factoring_core.testing.contracts.office.base import CLERK, WESTERNER, OfficeStories, a_story
from factoring_core.testing.contracts.office.breaking import AWAY, strikes
from factoring_core.testing.stories import Story
from factoring_core.testing.stories.files import haul, in_flight, payment, purchase
from factoring_core.testing.stories.place import connection

EAST = "east-winfactor"


class Changing(OfficeStories):
    """Promises about what changes beside a delivery."""

    @a_story
    def test_a_store_that_was_tampered_with_sends_nothing(self, story: Story) -> None:
        """What is not what was sealed is not sent, whoever changed it."""
        factor = story.place.factor(EAST)
        self.queued(story, 2, "L")
        factor.expect(strikes("stat", AWAY))
        story.do("submit", "east", ["L-1", "L-2"])
        store, tenant = story.office.ports.store, story.office.ports.tenant
        with store.reading(tenant) as tx:
            [one, _] = tx.find(Assignment)
            [batch] = tx.find(Batch)
        for changed, sealed in (
            (evolve(one, face=one.face + 1), one),
            (evolve(batch, files=batch.files[1:]), batch),
        ):
            story.writes(changed)
            story.do("resume")
            story.writes(sealed)
        story.do("resume")

    @a_story
    def test_a_credential_has_versions(self, story: Story) -> None:
        """A new credential is named in the trail, and one that was refused waits for another one."""
        factor = story.place.factor(EAST)
        story.sets(EAST, credential="env:EAST")
        factor.password = "first"
        self.queued(story, 5, "L")
        refused = CredentialError("The server refused the log-in.", code="auth_rejected")
        other = CredentialError("The key cannot be read.", code="key_unreadable")
        story.do("submit", "east", ["L-1"])
        factor.password = "second"
        story.do("submit", "east", ["L-2"])
        factor.expect(strikes("stat", refused))
        story.do("submit", "east", ["L-3"])
        story.waits(hours=1)
        story.do("resume")
        factor.password = "third"
        factor.expect(strikes("stat", other))
        story.do("resume")
        story.do("resume")
        factor.password = ""
        story.do("submit", "east", ["L-4"])
        factor.password = "fourth"
        factor.expect(strikes("stat", refused))
        story.do("submit", "east", ["L-5"])
        story.do("check", EAST)
        story.do("resume")
        story.kept()

    @a_story
    def test_settings_change_while_a_batch_is_under_way(self, story: Story) -> None:
        """A batch that was begun at one account is never finished at another."""
        self.queued(story, 6, "L")
        for at in (1, 2):
            story.ends_at(EAST, "rename")
            story.do("submit", "east", [f"L-{at}"])
            story.is_gone()
            story.sets(EAST, folder=f"elsewhere{at}")
            if at == 1:
                story.do("cancel", "1", reason="moved")
            story.do("resume")
            story.do("cancel", str(at), reason="moved")
            story.do("resume")
            story.do("settle", str(at), delivered=False, reason="they have nothing")
        story.do("resume")
        story.do("cancel", "2", reason="moved")
        story.ends_at(EAST, "rename")
        story.do("submit", "east", ["L-3"])
        story.is_gone()
        story.sets(EAST, protocol=Protocol.MANUAL)
        story.do("resume")
        story.do("submit", "east", ["L-4"])
        story.do("batch_files", "4", story.place.papers / "out")
        story.do("cancel", "4", reason="they have it")
        settings = story.place.settings
        story.place.settings = evolve(
            settings, connections=tuple(one for one in settings.connections if one.id != EAST)
        )
        story.reopens()
        story.do("resume")
        story.do("submit", "east", ["L-5"])
        story.do("confirm", "4")
        story.do("cancel", "3", reason="nobody there")
        story.place.settings = evolve(
            settings,
            connections=(*settings.connections, evolve(settings.connections[0], id="east-second")),
        )
        story.reopens()
        story.do("submit", "east", ["L-5"])
        story.see("connections", "east")
        story.place.settings = settings
        story.place.profiles["gone"] = ("winfactor", {})
        story.sets(EAST, protocol=Protocol.FOLDER, provider="gone")
        story.do("submit", "east", ["L-5"])
        del story.place.profiles["gone"]
        story.reopens()
        story.do("submit", "east", ["L-6"])
        story.do("resume")
        story.applies(purchase("L-1"))
        story.kept()

    @a_story
    def test_settings_are_made_over_and_over(self, story: Story) -> None:
        """A setting that is made anew takes the place of the last, and nothing else's."""
        new = connection("east-new", "triumph", active=False, credential="env:TRIUMPH", username="east")
        other = connection("east-newer", "triumph", active=False)
        for one in (new, other):
            story.do("put_connection", one)
            for day in (1, 2):
                on = story.place.clock.now().date().replace(day=day)
                story.do("set_notice", one.id, from_on=on, text=f"Pay {one.id} from day {day}.")
            story.do("set_credential", one.id, reference="env:OTHER")
        story.do("put_connection", new)
        story.see("connections", "east")
        story.do("set_notice", "nobody", from_on=story.place.clock.now().date(), text="Pay.")
        for who in (CLERK, WESTERNER):
            story.do("set_method", InvoicingMethod.DIRECT, customer="blue", by=who)
            story.do("set_method", InvoicingMethod.DIRECT, subsidiary="east", by=who)
            story.do("activate", "east-rts", by=who)
        story.do("deactivate", EAST, reason="dear")
        story.do("activate", "east-newer")
        story.do("put_connection", connection("east-newest", "triumph"))
        story.reopens()
        story.see("connections")
        story.do("deactivate", "nobody", reason="none")
        story.do("deactivate", "east-rts", reason="twice")
        story.imports(haul("L-1"), in_flight("L-2", connection="east-newer"), in_flight("L-3"))
        story.applies(payment("INV-L-2"), connection="east-newer")
        story.see("status")
        story.see("status", by=WESTERNER)
        story.see("today", "east")
        story.do("today", "nowhere")
        story.kept()
