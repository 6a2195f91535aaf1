"""How a load is invoiced, and what its invoice is called."""

from factoring_core.domain.selling.templates import fields_of, fill
from factoring_core.domain.vocabulary.load import Load, MethodRule, ResolvedMethod
from factoring_core.domain.vocabulary.parties import Customer, Subsidiary


def resolve_method(load: Load, customer: Customer | None, subsidiary: Subsidiary) -> ResolvedMethod:
    """Decide how *load* is invoiced and say by which rule: the load's, the customer's, the default.

    The answer is frozen on the load when it is queued; later changes do not reach it.
    """
    if load.invoicing_method is not None:
        return ResolvedMethod(method=load.invoicing_method, rule=MethodRule.LOAD_OVERRIDE)
    if customer is not None and customer.invoicing_method is not None:
        return ResolvedMethod(method=customer.invoicing_method, rule=MethodRule.CUSTOMER_OVERRIDE)
    return ResolvedMethod(method=subsidiary.invoicing_method, rule=MethodRule.SUBSIDIARY_DEFAULT)


def numbers_in_sequence(template: str) -> bool:
    """Say whether *template* counts, so that a number has to be taken for it."""
    return "seq" in fields_of(template)


def format_invoice_number(
    template: str, *, load_number: str, subsidiary: str, year: int, seq: int | None = None
) -> str:
    """Make an invoice number from the subsidiary's format.

    Args:
        template: With the fields ``load_number, subsidiary, year, seq``.
        load_number: As in the host's system.
        subsidiary: Its id.
        year: Of the invoice date.
        seq: The next of the subsidiary's own count; needed where `numbers_in_sequence`.

    Raises:
        ConfigurationError: the format cannot be filled.
    """
    values: dict[str, str | int] = {"load_number": load_number, "subsidiary": subsidiary, "year": year}
    if seq is not None:
        values["seq"] = seq
    return fill(template, values, setting="invoice_number_format")
