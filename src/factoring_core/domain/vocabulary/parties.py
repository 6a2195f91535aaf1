"""The companies of the trade, their accounts with each other, and the settings of both."""

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal
from enum import Enum

from attrs import field, frozen


class InvoicingMethod(Enum):
    """How a load is invoiced: sold to the factor, or sent to the customer."""

    FACTORING = "factoring"
    DIRECT = "direct"


class SettlementPolicy(Enum):
    """When a purchased invoice counts as settled.

    ``STRICT``: by the money.  ``AS_REPORTED``: by a payment row, whatever its amount.
    """

    STRICT = "strict"
    AS_REPORTED = "as_reported"


class Severity(Enum):
    """What one preflight rule does about a load that fails it."""

    BLOCK = "block"
    WARN = "warn"
    OFF = "off"


class Protocol(Enum):
    """How bytes travel on one connection; independent of the provider."""

    SFTP = "sftp"
    SFTP_LEGACY = "sftp-legacy"
    FTPS = "ftps"
    FTP = "ftp"
    FOLDER = "folder"
    MANUAL = "manual"
    API = "api"


class InvoicedOn(Enum):
    """When the loads of a manual batch become Invoiced."""

    CONFIRM = "confirm"
    SUBMIT = "submit"


class MissingInvoices(Enum):
    """What a complete-list purchase report that leaves out invoices of its batch means."""

    LIST = "list_missing"
    REFUSE = "complete"


@frozen(kw_only=True)
class Subsidiary:
    """The carrier company that sells its receivables.

    ``tolerance`` is in cents: what may stay open on a settled invoice.
    """

    id: str
    name: str
    mc_number: str | None = None
    dot_number: str | None = None
    time_zone: str = "UTC"
    invoicing_method: InvoicingMethod = InvoicingMethod.FACTORING
    auto_merge: bool = True
    invoice_number_format: str = "{load_number}"
    invoice_prefixes: tuple[str, ...] = ()
    settlement: SettlementPolicy = SettlementPolicy.STRICT
    tolerance: int = 0
    generate_invoices: bool = False
    preflight: Mapping[str, Severity] = field(factory=dict)


@frozen(kw_only=True)
class Customer:
    """The broker or shipper that owes the invoice; the factor calls it the debtor.

    ``debtor_numbers``: the factor's number for this customer, by provider or connection id.
    """

    id: str
    name: str = ""
    mc_number: str | None = None
    invoicing_method: InvoicingMethod | None = None
    debtor_numbers: Mapping[str, str] = field(factory=dict)

    def debtor_number(self, connection: str, provider: str) -> str | None:
        """Return the factor's number for this customer; the connection's own entry first."""
        return self.debtor_numbers.get(connection, self.debtor_numbers.get(provider))


@frozen(kw_only=True)
class Terms:
    """The contract with the factor, as far as it is stated."""

    advance_rate: Decimal | None = None
    fee_rate: Decimal | None = None
    recourse_days: int | None = None
    reserve_days: int | None = None

    @property
    def release_days(self) -> int:
        """How many days after the last payment the factor may still hold the reserve: 30 if not stated."""
        return 30 if self.reserve_days is None else self.reserve_days


@frozen(kw_only=True)
class Notice:
    """A Notice of Assignment: the factor's text, in force from a day on."""

    from_on: dt.date
    text: str


@frozen(kw_only=True)
class Connection:
    """One subsidiary's account with one factor through one provider."""

    id: str
    subsidiary: str
    provider: str
    factor: str | None = None
    active: bool = True
    currency: str = "USD"
    protocol: Protocol = Protocol.MANUAL
    host: str | None = None
    port: int | None = None
    folder: str | None = None
    username: str | None = None
    credential: str | None = None
    private_key: str | None = None
    host_key: str | None = None
    ca_file: str | None = None
    allow_plain_ftp: bool = False
    base_url: str | None = None
    api_key: str | None = None
    report_folder: str | None = None
    """Where the factor leaves its reports: on the same server, else a directory of this machine."""
    report_done: str | None = None
    """The end of the name of a marker that says that the report beside it is whole, such as ``.done``."""
    non_atomic: bool = False
    client_number: str | None = None
    invoiced_on: InvoicedOn = InvoicedOn.CONFIRM
    batch_report: MissingInvoices = MissingInvoices.LIST
    terms: Terms = Terms()
    notices: tuple[Notice, ...] = ()

    def notice_on(self, day: dt.date) -> Notice | None:
        """Return the notice in force on *day*, or None: the latest that has begun."""
        begun = [notice for notice in self.notices if notice.from_on <= day]
        return max(begun, key=lambda notice: notice.from_on) if begun else None


@frozen(kw_only=True)
class ActorSettings:
    """What the configuration says of one actor; names only, no secrets."""

    name: str
    roles: tuple[str, ...] = ()
    permissions: tuple[str, ...] = ()
    subsidiaries: tuple[str, ...] | None = None


@frozen(kw_only=True)
class Settings:
    """Everything `factoring.toml` can say, checked as a whole.

    ``stale_after_hours``: how old a credit check may be.
    """

    tenant: str = "default"
    subsidiaries: tuple[Subsidiary, ...] = ()
    customers: tuple[Customer, ...] = ()
    connections: tuple[Connection, ...] = ()
    actors: tuple[ActorSettings, ...] | None = None
    stale_after_hours: int = 24
