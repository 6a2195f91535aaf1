"""Settings made from Python or by command: audited, kept in the store, laid over the file's."""

import datetime as dt
import json
from collections.abc import Iterable
from typing import Any

import attrs
from attrs import evolve

from factoring_core.domain.vocabulary.actors import Right, require
from factoring_core.domain.vocabulary.parties import (
    Connection,
    InvoicedOn,
    InvoicingMethod,
    MissingInvoices,
    Notice,
    Protocol,
    Settings,
    Terms,
)
from factoring_core.errors import ConfigurationError, NotFoundError, StateError, UsageError
from factoring_core.ports.storage import ConnectionState, SettingsRecord, Transaction
from factoring_core.usecases.accounts import connection_active
from factoring_core.usecases.books import audit
from factoring_core.usecases.ports import Ports

_WORDS = {"protocol": Protocol, "invoiced_on": InvoicedOn, "batch_report": MissingInvoices}


def overlay(settings: Settings, records: Iterable[SettingsRecord]) -> Settings:
    """Lay the settings of the store over those of the file."""
    for record in records:
        settings = _LAYERS[record.section](settings, record)
    return settings


def _with_connection(settings: Settings, record: SettingsRecord) -> Settings:
    content: dict[str, Any] = json.loads(record.content)
    for name, words in _WORDS.items():
        content[name] = words(content[name])
    content["terms"] = Terms(**content["terms"])
    content["notices"] = tuple(
        Notice(from_on=dt.date.fromisoformat(day), text=text) for day, text in content["notices"]
    )
    others = tuple(one for one in settings.connections if one.id != record.name)
    return evolve(settings, connections=(*others, Connection(**content)))


def _with_notice(settings: Settings, record: SettingsRecord) -> Settings:
    connection, day = record.name.rsplit("@", 1)
    notice = Notice(from_on=dt.date.fromisoformat(day), text=record.content)
    return _changed(
        settings,
        connection,
        lambda one: evolve(
            one, notices=(*(old for old in one.notices if old.from_on != notice.from_on), notice)
        ),
    )


def _with_credential(settings: Settings, record: SettingsRecord) -> Settings:
    return _changed(settings, record.name, lambda one: evolve(one, credential=record.content))


def _with_method(settings: Settings, record: SettingsRecord) -> Settings:
    kind, name = record.name.split(":", 1)
    method = InvoicingMethod(record.content)
    if kind == "subsidiary":
        subsidiaries = tuple(
            evolve(one, invoicing_method=method) if one.id == name else one for one in settings.subsidiaries
        )
        return evolve(settings, subsidiaries=subsidiaries)
    customers = tuple(
        evolve(one, invoicing_method=method) if one.id == name else one for one in settings.customers
    )
    return evolve(settings, customers=customers)


def _changed(settings: Settings, connection: str, change: Any) -> Settings:
    connections = tuple(change(one) if one.id == connection else one for one in settings.connections)
    return evolve(settings, connections=connections)


_LAYERS = {
    "connection": _with_connection,
    "notice": _with_notice,
    "credential": _with_credential,
    "method": _with_method,
}


def _keep(
    tx: Transaction, ports: Ports, section: str, name: str, content: str, subsidiary: str | None
) -> None:
    """Write one setting and its audit entry; secrets never come here, only references to them."""
    now = ports.clock.now()
    tx.put(SettingsRecord(section=section, name=name, content=content, at=now, by=ports.actor.name))
    audit(tx, ports, f"configure.{section}", name, subsidiary=subsidiary, content=content)


def _connection(ports: Ports, id_: str) -> Connection:
    for one in ports.settings.connections:
        if one.id == id_ and ports.actor.sees(one.subsidiary):
            return one
    raise NotFoundError(f"There is no connection {id_}.", where={"connection": id_})


def put_connection(ports: Ports, connection: Connection) -> Settings:
    """Add a connection, or change the settings of one; returns the settings as they are then.

    Raises:
        AccessError: needs a configuring role.
        ConfigurationError: unknown provider or subsidiary, or it would move an existing
            connection to another subsidiary.
    """
    require(ports.actor, Right.CONFIGURE, connection.subsidiary)
    if connection.provider not in ports.profiles:
        raise ConfigurationError(f"There is no provider {connection.provider}.")
    if all(one.id != connection.subsidiary for one in ports.settings.subsidiaries):
        raise ConfigurationError(f"There is no subsidiary {connection.subsidiary}.")
    for one in ports.settings.connections:
        if one.id == connection.id and one.subsidiary != connection.subsidiary:
            raise ConfigurationError(f"Connection {one.id} belongs to {one.subsidiary}.")
    content = attrs.asdict(connection)
    for name in _WORDS:
        content[name] = content[name].value
    content["terms"] = {
        name: str(value) if name.endswith("_rate") and value is not None else value
        for name, value in content["terms"].items()
    }
    content["notices"] = [[notice.from_on.isoformat(), notice.text] for notice in connection.notices]
    return _write(
        ports, "connection", connection.id, json.dumps(content, ensure_ascii=False), connection.subsidiary
    )


def set_notice(ports: Ports, connection: str, *, from_on: dt.date, text: str) -> Settings:
    """Set the Notice of Assignment in force from a day on.

    Raises:
        AccessError: needs a configuring role.
        ConfigurationError: the text is empty.
    """
    one = _connection(ports, connection)
    require(ports.actor, Right.CONFIGURE, one.subsidiary)
    if not text.strip():
        raise ConfigurationError("A Notice of Assignment needs its text.")
    return _write(ports, "notice", f"{connection}@{from_on.isoformat()}", text, one.subsidiary)


def set_credential(ports: Ports, connection: str, *, reference: str) -> Settings:
    """Say where the secret of a connection is kept; never the secret itself.

    Raises:
        AccessError: needs a configuring role.
        ConfigurationError: not a reference; the value is not repeated.
    """
    one = _connection(ports, connection)
    require(ports.actor, Right.CONFIGURE, one.subsidiary)
    if not reference.startswith(("env:", "file:", "keyring:")):
        raise ConfigurationError(
            "A credential is a reference, not the secret itself.",
            remedy="Use env:NAME, file:PATH or keyring:SERVICE/NAME.",
        )
    return _write(ports, "credential", connection, reference, one.subsidiary)


def set_method(
    ports: Ports, method: InvoicingMethod, *, subsidiary: str | None = None, customer: str | None = None
) -> Settings:
    """Set how a subsidiary's, or one customer's, loads are invoiced from now on.

    Queued loads keep the method they were queued with.

    Raises:
        AccessError: needs a configuring role.
        UsageError: names neither or both.
    """
    if (subsidiary is None) == (customer is None):
        raise UsageError("Name a subsidiary or a customer.")
    require(ports.actor, Right.CONFIGURE, subsidiary)
    kind, name = ("subsidiary", subsidiary) if subsidiary is not None else ("customer", customer)
    known = ports.settings.subsidiaries if subsidiary is not None else ports.settings.customers
    if all(one.id != name for one in known):
        raise NotFoundError(f"There is no {kind} {name}.", where={kind: name})
    return _write(ports, "method", f"{kind}:{name}", method.value, subsidiary)


def _write(ports: Ports, section: str, name: str, content: str, subsidiary: str | None) -> Settings:
    with ports.store.transaction(ports.tenant) as tx:
        _keep(tx, ports, section, name, content, subsidiary)
        record = tx.get(SettingsRecord, section, name)
    assert record is not None
    return overlay(ports.settings, [record])


def activate(ports: Ports, id_: str) -> None:
    """Let new batches go through a connection.

    Raises:
        StateError: another connection of the subsidiary is active.
        AccessError: needs a configuring role.
    """
    one = _connection(ports, id_)
    require(ports.actor, Right.CONFIGURE, one.subsidiary)
    with ports.store.transaction(ports.tenant) as tx:
        for other in ports.settings.connections:
            if other.subsidiary == one.subsidiary and other.id != id_ and connection_active(tx, other):
                raise StateError(
                    f"{other.id} is active for {one.subsidiary}.", remedy=f"Deactivate {other.id} first."
                )
        _switch(tx, ports, one, active=True, reason="")


def deactivate(ports: Ports, id_: str, *, reason: str) -> None:
    """Let a connection drain: no new batches, its reports still apply.

    Raises:
        UsageError: no reason.
        AccessError: needs a configuring role.
    """
    if not reason.strip():
        raise UsageError("Deactivating a connection needs a reason.")
    one = _connection(ports, id_)
    require(ports.actor, Right.CONFIGURE, one.subsidiary)
    with ports.store.transaction(ports.tenant) as tx:
        _switch(tx, ports, one, active=False, reason=reason)


def _switch(tx: Transaction, ports: Ports, one: Connection, *, active: bool, reason: str) -> None:
    if connection_active(tx, one) is active:
        return
    tx.put(
        ConnectionState(
            connection=one.id,
            subsidiary=one.subsidiary,
            active=active,
            reason=reason,
            changed_at=ports.clock.now(),
            changed_by=ports.actor.name,
        )
    )
    action = "connection.activate" if active else "connection.deactivate"
    audit(tx, ports, action, one.id, subsidiary=one.subsidiary, reason=reason)
