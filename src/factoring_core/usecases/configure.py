"""Settings made from Python or by command: audited, kept in the store, laid over the file's."""

import datetime as dt
import json
import re
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

import attrs
from attrs import evolve

from factoring_core.domain.vocabulary.actors import Right, require
from factoring_core.domain.vocabulary.parties import (
    Connection,
    Customer,
    InvoicedOn,
    InvoicingMethod,
    MissingInvoices,
    Notice,
    Protocol,
    Settings,
    Terms,
)
from factoring_core.errors import ConfigurationError, NotFoundError, StateError, UsageError
from factoring_core.ports.storage import ConnectionState, Reading, SettingsRecord, Transaction
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
    terms = content["terms"]
    for name in ("advance_rate", "fee_rate"):
        terms[name] = None if terms[name] is None else Decimal(terms[name])
    content["terms"] = Terms(**terms)
    content["notices"] = tuple(
        Notice(from_on=dt.date.fromisoformat(day), text=text) for day, text in content["notices"]
    )
    others = tuple(one for one in settings.connections if one.id != record.name)
    return evolve(settings, connections=(*others, Connection(**content)))


def _with_notice(settings: Settings, record: SettingsRecord) -> Settings:
    connection, day = _notice_name(record.name)
    notice = Notice(from_on=day, text=record.content)
    return _changed(
        settings,
        connection,
        lambda one: evolve(
            one, notices=(*(old for old in one.notices if old.from_on != notice.from_on), notice)
        ),
    )


def _notice_name(name: str) -> tuple[str, dt.date]:
    connection, day = name.rsplit("@", 1)
    return connection, dt.date.fromisoformat(day)


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


_REFERENCE = re.compile(
    r"env:[A-Za-z_][A-Za-z0-9_]*|file:[^\x00-\x1f]+|keyring:[^\x00-\x1f]+/[^/\x00-\x1f]+"
).fullmatch
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}").fullmatch


def _keep(
    tx: Transaction, ports: Ports, section: str, name: str, content: str, subsidiary: str | None
) -> SettingsRecord:
    """Write one setting and its audit entry; secrets never come here, only references to them."""
    record = SettingsRecord(
        section=section, name=name, content=content, at=ports.clock.now(), by=ports.actor.name
    )
    tx.put(record)
    audit(tx, ports, f"configure.{section}", name, subsidiary=subsidiary, content=content)
    return record


def _connection(ports: Ports, id_: str) -> Connection:
    for one in ports.settings.connections:
        if one.id == id_ and ports.actor.sees(one.subsidiary):
            return one
    raise NotFoundError(f"There is no connection {id_}.", where={"connection": id_})


def put_connection(ports: Ports, connection: Connection) -> Settings:
    """Add a connection, or change all settings of one; returns the settings as they are then.

    Raises:
        AccessError: needs a configuring role.
        ConfigurationError: unknown provider or subsidiary, a second active connection, a secret
            in clear, a log-in of another subsidiary, or an id that another subsidiary has.
    """
    require(ports.actor, Right.CONFIGURE, connection.subsidiary)
    if _NAME(connection.id) is None:
        raise ConfigurationError(
            "That is no id for a connection.", remedy="Use up to 64 letters, digits, - _ and dots."
        )
    if connection.provider not in ports.profiles:
        raise ConfigurationError(f"There is no provider {connection.provider}.")
    if all(one.id != connection.subsidiary for one in ports.settings.subsidiaries):
        raise ConfigurationError(f"There is no subsidiary {connection.subsidiary}.")
    if any(
        one.id == connection.id and one.subsidiary != connection.subsidiary
        for one in ports.settings.connections
    ):
        raise ConfigurationError(f"The id {connection.id} belongs to another subsidiary's connection.")
    for reference in (connection.credential, connection.private_key, connection.api_key):
        _refuse_secret(reference)
    _refuse_shared(ports, connection)
    if any(not notice.text.strip() for notice in connection.notices):
        raise ConfigurationError("A Notice of Assignment needs its text.")
    content = attrs.asdict(connection)
    for name in _WORDS:
        content[name] = content[name].value
    content["terms"] = {
        name: str(value) if name.endswith("_rate") and value is not None else value
        for name, value in content["terms"].items()
    }
    content["notices"] = [[notice.from_on.isoformat(), notice.text] for notice in connection.notices]
    with ports.store.transaction(ports.tenant) as tx:
        if connection_active(tx, connection):
            _refuse_second(tx, ports, connection, ConfigurationError)
        # It says everything anew: what was set apart before no longer counts.
        tx.remove(SettingsRecord, "credential", connection.id)
        for old in tx.find(SettingsRecord, section="notice"):
            if _notice_name(old.name)[0] == connection.id:
                tx.remove(SettingsRecord, "notice", old.name)
        text = json.dumps(content, ensure_ascii=False)
        record = _keep(tx, ports, "connection", connection.id, text, connection.subsidiary)
    return overlay(ports.settings, [record])


def _refuse_secret(reference: str | None) -> None:
    if reference is not None and _REFERENCE(reference) is None:
        raise ConfigurationError(
            "A credential is a reference, not the secret itself.",
            remedy="Use env:NAME, file:PATH or keyring:SERVICE/NAME.",
        )


def _refuse_shared(ports: Ports, connection: Connection) -> None:
    """Refuse a log-in that another subsidiary uses."""
    for one in ports.settings.connections:
        if one.subsidiary == connection.subsidiary or one.username != connection.username:
            continue
        for own, other in (
            (connection.credential, one.credential),
            (connection.private_key, one.private_key),
            (connection.api_key, one.api_key),
        ):
            if own is not None and own == other:
                raise ConfigurationError(
                    "Another subsidiary logs in with the same credential and user name.",
                    remedy="Give each subsidiary a log-in of its own.",
                    where={"connection": connection.id},
                )


def _refuse_second(
    tx: Reading, ports: Ports, connection: Connection, error: type[ConfigurationError] | type[StateError]
) -> None:
    for other in ports.settings.connections:
        if other.subsidiary == connection.subsidiary and other.id != connection.id:
            if connection_active(tx, other):
                raise error(
                    f"{other.id} is active for {connection.subsidiary}.",
                    remedy=f"Deactivate {other.id} first.",
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
        ConfigurationError: not a reference (the value is not repeated), or another subsidiary's.
    """
    one = _connection(ports, connection)
    require(ports.actor, Right.CONFIGURE, one.subsidiary)
    _refuse_secret(reference)
    _refuse_shared(ports, evolve(one, credential=reference))
    return _write(ports, "credential", connection, reference, one.subsidiary)


def set_method(
    ports: Ports, method: InvoicingMethod, *, subsidiary: str | None = None, customer: str | None = None
) -> Settings:
    """Set how a subsidiary's, or one customer's, loads are invoiced from now on.

    Queued loads keep the method they were queued with.

    Raises:
        AccessError: needs a configuring role.
        UsageError: names neither or both.
        NotFoundError: no such subsidiary or customer.
    """
    if (subsidiary is None) == (customer is None):
        raise UsageError("Name a subsidiary or a customer.")
    require(ports.actor, Right.CONFIGURE, subsidiary)
    if customer is not None:
        return _set_customer_method(ports, method, customer)
    if all(one.id != subsidiary for one in ports.settings.subsidiaries):
        raise NotFoundError(f"There is no subsidiary {subsidiary}.", where={"subsidiary": subsidiary})
    return _write(ports, "method", f"subsidiary:{subsidiary}", method.value, subsidiary)


def _set_customer_method(ports: Ports, method: InvoicingMethod, customer: str) -> Settings:
    """Set the method of a customer of the settings, or of one that an import made."""
    if any(one.id == customer for one in ports.settings.customers):
        return _write(ports, "method", f"customer:{customer}", method.value, None)
    with ports.store.transaction(ports.tenant) as tx:
        known = tx.get(Customer, customer)
        if known is None:
            raise NotFoundError(f"There is no customer {customer}.", where={"customer": customer})
        tx.put(evolve(known, invoicing_method=method))
        audit(tx, ports, "configure.method", f"customer:{customer}", content=method.value)
    return ports.settings


def _write(ports: Ports, section: str, name: str, content: str, subsidiary: str | None) -> Settings:
    with ports.store.transaction(ports.tenant) as tx:
        record = _keep(tx, ports, section, name, content, subsidiary)
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
        _refuse_second(tx, ports, one, StateError)
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
