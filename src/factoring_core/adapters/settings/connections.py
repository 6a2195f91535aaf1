"""``[[connections]]`` of `factoring.toml`: accounts with factors, their transport, terms and notices."""

import posixpath
from collections.abc import Collection, Sequence

from factoring_core.adapters.settings import checks
from factoring_core.adapters.settings.faults import nearest
from factoring_core.adapters.settings.sections import rate
from factoring_core.adapters.settings.tables import Table
from factoring_core.domain.vocabulary.parties import (
    Connection,
    InvoicedOn,
    MissingInvoices,
    Notice,
    Protocol,
    Terms,
)

CONNECTION = (
    "id",
    "subsidiary",
    "provider",
    "factor",
    "active",
    "currency",
    "protocol",
    "host",
    "port",
    "folder",
    "username",
    "credential",
    "private_key",
    "host_key",
    "ca_file",
    "allow_plain_ftp",
    "base_url",
    "api_key",
    "report_folder",
    "report_done",
    "non_atomic",
    "client_number",
    "invoiced_on",
    "batch_report",
    "terms",
    "notices",
)
NOTICE = ("from", "text")
TERMS = ("advance_rate", "fee_rate", "recourse_days", "reserve_days")

_OVER_A_LINE = frozenset({Protocol.SFTP, Protocol.SFTP_LEGACY, Protocol.FTPS, Protocol.FTP})
_SSH = frozenset({Protocol.SFTP, Protocol.SFTP_LEGACY})


def connection(table: Table, subsidiaries: Collection[str], providers: Collection[str]) -> Connection:
    """Read one of ``[[connections]]``."""
    found = Connection(
        id=table.text("id", required=True, check=checks.wrong_id) or "",
        subsidiary=_known(table, "subsidiary", subsidiaries),
        provider=_known(table, "provider", providers),
        factor=table.text("factor"),
        active=table.flag("active", True),
        currency=table.text("currency", check=checks.wrong_currency) or "USD",
        protocol=table.word("protocol", Protocol) or Protocol.MANUAL,
        host=table.text("host", check=checks.wrong_host),
        port=table.whole("port", 1, 65535),
        folder=table.text("folder"),
        username=table.text("username"),
        credential=_reference(table, "credential"),
        private_key=_reference(table, "private_key"),
        host_key=table.text("host_key", check=checks.wrong_host_key),
        ca_file=table.text("ca_file"),
        allow_plain_ftp=table.flag("allow_plain_ftp", False),
        base_url=table.text("base_url", check=checks.wrong_base_url),
        api_key=_reference(table, "api_key"),
        report_folder=table.text("report_folder"),
        report_done=table.text("report_done", check=checks.wrong_marker),
        non_atomic=table.flag("non_atomic", False),
        client_number=table.text("client_number"),
        invoiced_on=table.word("invoiced_on", InvoicedOn) or InvoicedOn.CONFIRM,
        batch_report=table.word("batch_report", MissingInvoices) or MissingInvoices.LIST,
        terms=_terms(table),
        notices=_notices(table),
    )
    _check_transport(table, found)
    return found


def check_together(connections: Sequence[tuple[Connection, Table]]) -> None:
    """Refuse two active connections of one subsidiary, and one log-in in two subsidiaries."""
    active: dict[str, str] = {}
    users: dict[tuple[str, str, str | None], str] = {}
    for one, table in connections:
        if one.active and one.subsidiary:
            if one.subsidiary in active:
                message = (
                    f"Subsidiary {one.subsidiary} has another active connection above."
                    " Write active = false in all but one."
                )
                key = "active" if table.has("active") else "id"
                table.fault(key, "two_active_connections", message)
            active.setdefault(one.subsidiary, one.id)
        references = (
            ("credential", one.credential),
            ("private_key", one.private_key),
            ("api_key", one.api_key),
        )
        for key, reference in references:
            if reference is None or not one.subsidiary:
                continue
            owner = users.setdefault((key, _same_place(reference), one.username), one.subsidiary)
            if owner != one.subsidiary:
                message = (
                    f"Subsidiary {owner} logs in with the same {key} and username."
                    " Give each subsidiary a log-in of its own."
                )
                table.fault(key, "shared_credential", message)


def _same_place(reference: str) -> str:
    kind, _, rest = reference.partition(":")
    return f"{kind}:{posixpath.normpath(rest)}" if kind == "file" else reference


def _known(table: Table, key: str, known: Collection[str]) -> str:
    name = table.text(key, required=True)
    if name is None:
        return ""
    if name not in known:
        choice = nearest(name, known) or f" Known: {', '.join(sorted(known)) or 'none'}."
        table.fault(key, f"unknown_{key}", f"There is no such {key}.{choice}")
        return ""
    return name


def _reference(table: Table, key: str) -> str | None:
    text = table.text(key)
    if text is None or (key == "private_key" and checks.is_file_reference(text)):
        return text
    if key != "private_key" and checks.is_reference(text):
        return text
    if key == "private_key" and checks.is_reference(text):
        table.fault(
            key, "bad_value", "private_key points to a file. Write file:PATH; credential is its passphrase."
        )
        return None
    forms = "file:PATH" if key == "private_key" else "env:NAME, file:PATH or keyring:SERVICE/NAME"
    message = (
        f"{key} may be a secret in clear and is not repeated here. Write {forms}; change it if it was real."
    )
    table.fault(key, "secret_in_clear", message)
    return None


def _check_transport(table: Table, found: Connection) -> None:
    """Refuse a connection that lacks what its protocol needs; what it does not use may stand."""
    protocol = found.protocol.value
    for key in ("host", "username") if found.protocol in _OVER_A_LINE else ():
        if not table.has(key):
            table.fault(key, "required", f"{key} is missing. {protocol} needs it.")
    if found.protocol in _OVER_A_LINE and not table.has("credential") and not table.has("private_key"):
        table.fault(
            "credential", "required", f"credential is missing. {protocol} needs one: env:NAME or file:PATH."
        )
    if found.protocol in _SSH and not table.has("host_key"):
        message = "host_key is missing. Ask the factor for the fingerprint and write it as SHA256:…."
        table.fault("host_key", "required", message)
    if found.protocol is Protocol.FTP and not found.allow_plain_ftp:
        message = "ftp sends password and invoices readable. Use ftps, or write allow_plain_ftp = true."
        table.fault("protocol", "plain_ftp", message)
    for key in ("base_url", "username", "credential") if found.protocol is Protocol.API else ():
        if not table.has(key):
            table.fault(key, "required", f"{key} is missing. {protocol} needs it.")
    if found.report_done is not None and found.report_folder is None:
        message = "report_folder is missing. Write where the reports are that report_done marks."
        table.fault("report_folder", "required", message)
    if found.protocol is Protocol.FOLDER and not table.has("folder"):
        table.fault("folder", "required", "folder is missing. Write the directory that files go to.")
    if found.invoiced_on is InvoicedOn.SUBMIT and found.protocol is not Protocol.MANUAL:
        message = 'Only a manual connection can count as invoiced on submit. Write "confirm", or take it out.'
        table.fault("invoiced_on", "not_allowed", message)


def _terms(table: Table) -> Terms:
    inner = table.inner("terms", TERMS)
    if inner is None:
        return Terms()
    return Terms(
        advance_rate=rate(inner, "advance_rate"),
        fee_rate=rate(inner, "fee_rate"),
        recourse_days=inner.whole("recourse_days", 0, 3650),
        reserve_days=inner.whole("reserve_days", 0, 3650),
    )


def _notices(table: Table) -> tuple[Notice, ...]:
    above = {key: "the connection" for key in CONNECTION if key not in NOTICE}
    found: list[Notice] = []
    for inner in table.tables("notices", NOTICE, above):
        day, text = inner.day("from"), inner.text("text", required=True, lines=True)
        if day is not None and any(day == one.from_on for one in found):
            inner.fault(
                "from", "duplicate", "Another notice above begins on this day. Give each its own day."
            )
        if day is not None and text is not None:
            found.append(Notice(from_on=day, text=text))
    return tuple(found)
