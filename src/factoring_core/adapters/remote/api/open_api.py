"""Which way leads into the system of a connection's factor."""

import datetime as dt
from collections.abc import Callable

from factoring_core.domain.vocabulary.parties import Connection
from factoring_core.errors import ConfigurationError, MissingExtraError, NotAvailableError
from factoring_core.ports.factor_api import FactorApi
from factoring_core.ports.secrets import SecretSource

PUBLIC = ("otr",)
"""Providers whose way of speaking is public; of the others only the factor's partners know it."""


def open_api(connection: Connection, secrets: SecretSource, *, now: Callable[[], dt.datetime]) -> FactorApi:
    """Return the way into a factor's system; nothing is sent yet, and secrets are resolved when it is.

    Args:
        connection: From the settings.
        secrets: Where its references lead.
        now: The time, for answers that carry one.

    Raises:
        NotAvailableError: the factor's way of speaking is not public.
        ConfigurationError: a setting is missing.
        MissingExtraError: the client is not installed.
    """
    if connection.provider not in PUBLIC:
        raise NotAvailableError(
            f"How the system of {connection.provider} is spoken to is not public.",
            remedy="A host that has the partner documents passes its own `FactorApi` to `open_office`.",
            where={"connection": connection.id, "part": f"the API of {connection.provider}"},
        )
    try:
        from factoring_core.adapters.remote.api.exchange import Exchange
        from factoring_core.adapters.remote.api.otr import OtrApi, OtrLogin
    except ModuleNotFoundError as missing:
        if missing.name != "httpx2":
            raise
        raise MissingExtraError("httpx2", "http") from None
    base_url = _needed(connection, "base_url", connection.base_url)
    username = _needed(connection, "username", connection.username)
    credential = _needed(connection, "credential", connection.credential)
    key = _needed(connection, "api_key", connection.api_key)
    return OtrApi(
        Exchange(connection.id, base_url),
        lambda: OtrLogin(
            username=username,
            password=secrets.resolve(credential),
            subscription_key=secrets.resolve(key),
        ),
        now=now,
    )


def _needed(connection: Connection, setting: str, value: str | None) -> str:
    if not value:
        raise ConfigurationError(
            f"{setting} of connection {connection.id} is missing; the API of {connection.provider} needs it.",
            remedy=f"Set {setting}.",
            where={"connection": connection.id, "setting": setting},
        )
    return value
