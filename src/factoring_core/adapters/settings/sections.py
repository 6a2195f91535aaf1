"""The sections of `factoring.toml`, one reader each: a table in, a value out, faults aside."""

from collections.abc import Collection
from decimal import Decimal

from factoring_core.adapters.settings import checks
from factoring_core.adapters.settings.faults import Faults
from factoring_core.adapters.settings.tables import Table
from factoring_core.domain.selling.eligibility import NEVER_BELOW_BLOCK, REASONS
from factoring_core.domain.vocabulary.actors import Role
from factoring_core.domain.vocabulary.money import cents_of
from factoring_core.domain.vocabulary.parties import (
    ActorSettings,
    Customer,
    InvoicingMethod,
    SettlementPolicy,
    Severity,
    Subsidiary,
)
from factoring_core.errors import AmountError

TOP = ("tenant", "subsidiaries", "customers", "connections", "actors", "credit")
SUBSIDIARY = (
    "id",
    "name",
    "mc_number",
    "dot_number",
    "time_zone",
    "invoicing_method",
    "auto_merge",
    "invoice_number_format",
    "invoice_prefixes",
    "settlement",
    "tolerance",
    "generate_invoices",
    "preflight",
)
CUSTOMER = ("id", "name", "mc_number", "invoicing_method", "debtor_numbers")
ACTOR = ("name", "roles", "permissions", "subsidiaries")
CREDIT = ("stale_after_hours",)

PERMISSIONS = ("billing",)


def elsewhere_than(own: Collection[str], **tables: Collection[str]) -> dict[str, str]:
    """Say of every key that *own* lacks which of the other *tables* has it."""
    return {
        key: f"[[{name}]]" if name != "top" else "the top of the file"
        for name, keys in tables.items()
        for key in keys
        if key not in own
    }


def cents(table: Table, key: str) -> int | None:
    """Return an amount of zero or more, written as text, in cents."""
    text = table.text(key)
    if text is None:
        return None
    try:
        amount = cents_of(text)
    except AmountError:
        amount = -1
    if amount < 0:
        table.fault(key, "bad_value", f'{key} is no amount from zero up. Write it as text, such as "1.50".')
        return None
    return amount


def rate(table: Table, key: str) -> Decimal | None:
    """Return a share from 0 to 1, written as text with at most ten decimals, exactly."""
    text = table.text(key)
    if text is None:
        return None
    whole, _, places = text.partition(".")
    plain = (whole + places).isascii() and whole.isdigit() and (places.isdigit() or text == whole)
    if plain and len(whole) <= 2 and len(places) <= 10 and Decimal(text) <= 1:
        return Decimal(text)
    table.fault(key, "bad_value", f'{key} is no rate from 0 to 1. Write it as text, such as "0.90" for 90 %.')
    return None


def subsidiary(table: Table) -> Subsidiary:
    """Read one of ``[[subsidiaries]]``."""
    preflight = table.words("preflight", REASONS, "reason that preflight knows", Severity)
    for reason, severity in preflight.items():
        if reason in NEVER_BELOW_BLOCK and severity is not Severity.BLOCK:
            message = f"{reason} always blocks. Mend what it reports instead, and take this out."
            table.faults.add((*table.path, "preflight", reason), "not_allowed", message)
    generate = table.flag("generate_invoices", False)
    return Subsidiary(
        id=table.text("id", required=True, check=checks.wrong_id) or "",
        name=table.text("name", required=True) or "",
        mc_number=table.text("mc_number"),
        dot_number=table.text("dot_number"),
        time_zone=table.text("time_zone", check=checks.wrong_time_zone) or "UTC",
        invoicing_method=table.word("invoicing_method", InvoicingMethod) or InvoicingMethod.FACTORING,
        auto_merge=table.flag("auto_merge", True),
        invoice_number_format=(
            table.text("invoice_number_format", check=checks.wrong_number_format) or "{load_number}"
        ),
        invoice_prefixes=table.texts("invoice_prefixes") or (),
        settlement=table.word("settlement", SettlementPolicy) or SettlementPolicy.STRICT,
        tolerance=cents(table, "tolerance") or 0,
        generate_invoices=generate,
        preflight=preflight,
    )


def customer(table: Table, factors: Collection[str]) -> Customer:
    """Read one of ``[[customers]]``; *factors* are the provider and connection ids there are."""
    return Customer(
        id=table.text("id", required=True, check=checks.wrong_customer_id) or "",
        name=table.text("name") or "",
        mc_number=table.text("mc_number"),
        invoicing_method=table.word("invoicing_method", InvoicingMethod),
        debtor_numbers=table.text_by_key("debtor_numbers", factors, "provider or connection here"),
    )


def actor(table: Table, subsidiaries: Collection[str]) -> ActorSettings:
    """Read one of ``[[actors]]``."""
    roles = [role.value for role in Role]
    return ActorSettings(
        name=table.text("name", required=True) or "",
        roles=table.texts("roles", allowed=roles, what="role") or (),
        permissions=table.texts("permissions", allowed=PERMISSIONS, what="permission") or (),
        subsidiaries=table.texts("subsidiaries", allowed=subsidiaries, what="subsidiary"),
    )


def stale_after_hours(top: Table) -> int | None:
    """Read ``[credit]``."""
    table = top.inner("credit", CREDIT)
    return None if table is None else table.whole("stale_after_hours", 1, 24 * 365)


def duplicates(faults: Faults, named: Collection[tuple[str, Table]], key: str, what: str) -> None:
    """Note every id that stands a second time."""
    seen: set[str] = set()
    for name, table in named:
        if name and name in seen:
            table.fault(key, "duplicate", f"Another {what} above has this {key}. Give each its own.")
        seen.add(name)
