"""Settings made from Python: who may, what is refused, and what the store lays over the file."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest

from factoring_core.domain.vocabulary.actors import Actor, Role
from factoring_core.domain.vocabulary.parties import Connection, InvoicingMethod, Notice, Settings, Terms
from factoring_core.errors import AccessError, ConfigurationError, NotFoundError, StateError, UsageError
from factoring_core.ports.storage import SettingsRecord
from factoring_core.usecases.configure import (
    activate,
    deactivate,
    overlay,
    put_connection,
    set_credential,
    set_method,
    set_notice,
)
from factoring_core.usecases.views import connections, load
from usecases.bringing import bring, row
from usecases.desk import BILLING, NOTICE, Desk, connection, manual

SUPPORT = Actor(name="sue", roles=frozenset({Role.SUPPORT}))
WES = Actor(name="wes", roles=frozenset({Role.ADMIN}), subsidiaries=frozenset({"west"}))
DAY = dt.date(2026, 5, 1)


def stored(desk: Desk) -> Settings:
    """The settings that the next command would have."""
    with desk.store.reading("acme") as tx:
        return overlay(desk.ports.settings, tx.find(SettingsRecord))


def the(settings: Settings, id_: str = "east-winfactor") -> Connection:
    return next(one for one in settings.connections if one.id == id_)


def test_a_connection_is_kept_whole() -> None:
    desk = Desk()
    one = connection(
        terms=Terms(advance_rate=Decimal("0.90"), recourse_days=90),
        notices=(NOTICE,),
        credential="env:SECRET",
    )
    after = put_connection(desk.ports, one)
    assert the(after) == one
    assert the(stored(desk)) == one
    assert desk.audited() == ["configure.connection"]


def test_a_connection_said_anew_counts_over_what_was_set_apart_before() -> None:
    desk = Desk(connection(), manual("east-depot", active=False))
    set_credential(desk.ports, "east-winfactor", reference="env:OLD")
    set_notice(desk.ports, "east-winfactor", from_on=DAY, text="Old.")
    set_notice(desk.ports, "east-depot", from_on=DAY, text="Other.")
    put_connection(desk.ports, connection(credential="env:NEW"))
    one = the(stored(desk))
    assert (one.credential, one.notices) == ("env:NEW", (NOTICE,))
    assert the(stored(desk), "east-depot").notices[-1].text == "Other."


@pytest.mark.parametrize(
    "changes",
    [
        {"provider": "none"},
        {"subsidiary": "north"},
        {"id_": "a/b"},
        {"id_": "second"},
        {"id_": "west-winfactor"},
        {"credential": "hunter2"},
        {"private_key": "-----BEGIN"},
        {"notices": (Notice(from_on=DAY, text=" "),)},
        {"credential": "env:WEST", "username": "wes"},
    ],
)
def test_a_connection_that_cannot_be_is_refused_without_repeating_secrets(changes: dict[str, object]) -> None:
    west = connection("west-winfactor", subsidiary="west", credential="env:WEST", username="wes")
    desk = Desk(connection(), west)
    with pytest.raises(ConfigurationError) as error:
        put_connection(desk.ports, connection(**changes))  # type: ignore[arg-type]
    assert "hunter2" not in str(error.value)
    assert desk.audited() == []


def test_a_second_connection_may_be_added_while_it_is_not_active() -> None:
    desk = Desk()
    put_connection(desk.ports, manual("east-depot", active=False))
    assert the(stored(desk), "east-depot").active is False


def test_a_notice_is_in_force_from_its_day_on_and_replaces_one_of_the_same_day() -> None:
    desk = Desk()
    set_notice(desk.ports, "east-winfactor", from_on=DAY, text="New text.")
    set_notice(desk.ports, "east-winfactor", from_on=NOTICE.from_on, text="Other text.")
    one = the(stored(desk))
    before, since = one.notice_on(dt.date(2026, 4, 30)), one.notice_on(DAY)
    assert before is not None
    assert since is not None
    assert (before.text, since.text) == ("Other text.", "New text.")
    with pytest.raises(ConfigurationError):
        set_notice(desk.ports, "east-winfactor", from_on=DAY, text=" ")


def test_a_credential_is_a_reference_that_no_other_subsidiary_uses() -> None:
    west = connection("west-winfactor", subsidiary="west", credential="env:WEST")
    desk = Desk(connection(), west)
    assert the(set_credential(desk.ports, "east-winfactor", reference="file:key")).credential == "file:key"
    for reference in ("hunter2", "env:", "env:WEST"):
        with pytest.raises(ConfigurationError) as error:
            set_credential(desk.ports, "east-winfactor", reference=reference)
        assert "hunter2" not in str(error.value)


def test_a_method_is_set_for_a_subsidiary_or_a_customer() -> None:
    desk = Desk()
    set_method(desk.ports, InvoicingMethod.DIRECT, subsidiary="east")
    set_method(desk.ports, InvoicingMethod.FACTORING, customer="blue")
    after = stored(desk)
    assert [one.invoicing_method.value for one in after.subsidiaries] == ["direct", "factoring"]
    assert after.customers[0].invoicing_method is InvoicingMethod.FACTORING


def test_a_customer_that_an_import_made_can_have_a_method_too() -> None:
    desk = Desk()
    bring(desk.ports, row("L-1", "released", customer="green"))
    set_method(desk.ports, InvoicingMethod.DIRECT, customer="green")
    bring(desk.ports, row("L-2", "queued", customer="green"))
    method = load(desk.ports, "L-2").load.method
    assert method is not None
    assert method.rule.value == "customer_override"


def test_a_method_names_one_thing_that_is_there() -> None:
    desk = Desk()
    for names in ({}, {"subsidiary": "east", "customer": "blue"}):
        with pytest.raises(UsageError):
            set_method(desk.ports, InvoicingMethod.DIRECT, **names)
    for names in ({"subsidiary": "north"}, {"customer": "ghost"}):
        with pytest.raises(NotFoundError):
            set_method(desk.ports, InvoicingMethod.DIRECT, **names)


def test_configuring_needs_a_role_and_no_role_comes_with_billing() -> None:
    desk = Desk()
    acts = (
        lambda ports: put_connection(ports, connection()),
        lambda ports: set_notice(ports, "east-winfactor", from_on=DAY, text="T"),
        lambda ports: set_credential(ports, "east-winfactor", reference="env:A"),
        lambda ports: set_method(ports, InvoicingMethod.DIRECT, subsidiary="east"),
        lambda ports: set_method(ports, InvoicingMethod.DIRECT, customer="blue"),
        lambda ports: deactivate(ports, "east-winfactor", reason="r"),
        lambda ports: activate(ports, "east-winfactor"),
    )
    for act in acts:
        with pytest.raises(AccessError):
            act(desk.acting(BILLING))
    assert desk.audited() == []
    for act in acts:
        act(desk.acting(SUPPORT))
    with pytest.raises(AccessError):
        bring(desk.acting(SUPPORT), row())


def test_nobody_configures_another_subsidiary() -> None:
    desk = Desk()
    with pytest.raises(AccessError):
        put_connection(desk.acting(WES), connection())
    with pytest.raises(NotFoundError):
        set_notice(desk.acting(WES), "east-winfactor", from_on=DAY, text="T")


def test_switching_factor_is_to_deactivate_one_and_activate_another() -> None:
    desk = Desk(connection(), manual("east-depot", active=False))
    with pytest.raises(StateError, match="east-winfactor is active"):
        activate(desk.ports, "east-depot")
    deactivate(desk.ports, "east-winfactor", reason="new factor")
    activate(desk.ports, "east-depot")
    assert {one.connection.id: one.active for one in connections(desk.ports)} == {
        "east-winfactor": False,
        "east-depot": True,
    }
    assert desk.audited() == ["connection.deactivate", "connection.activate"]


def test_switching_to_where_it_is_changes_nothing() -> None:
    desk = Desk()
    activate(desk.ports, "east-winfactor")
    assert desk.audited() == []


def test_deactivating_needs_a_reason_and_a_connection() -> None:
    with pytest.raises(UsageError):
        deactivate(Desk().ports, "east-winfactor", reason=" ")
    with pytest.raises(NotFoundError):
        deactivate(Desk().ports, "nowhere", reason="r")


def test_settings_of_a_connection_that_is_gone_lie_over_nothing() -> None:
    desk = Desk()
    set_credential(desk.ports, "east-winfactor", reference="env:A")
    desk.configured(connections=())
    assert stored(desk).connections == ()
