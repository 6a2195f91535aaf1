"""How the reports of any provider look: those drawn by hand, and the others from their layouts."""

from functools import cache

from factoring_core.domain.vocabulary.profile import ReportKind
from factoring_core.errors import UsageError
from factoring_core.providers.load import all_profiles
from factoring_core.testing.sheets import REPORTS, SheetStyle

_MEANINGS = {
    "client_number": "client",
    "schedule_number": "schedule",
    "batch_number": "schedule",
    "invoice_number": "number",
    "invoice_date": "invoice_date",
    "customer": "customer",
    "debtor_number": "debtor_number",
    "load_number": "load",
    "purchase_date": "on",
    "payment_date": "on",
    "invoice_amount": "face",
    "purchased_amount": "purchased",
    "advance_amount": "advance",
    "reserve_amount": "reserve",
    "fee_amount": "fee",
    "payment_amount": "amount",
    "rebate_amount": "rebate",
    "check_number": "cheque",
    "status": "word",
    "type": "word",
}
"""Names of fields in layouts, and what a simulated factor knows of them."""


@cache
def style_of(provider: str, kind: str) -> SheetStyle:
    """Return how one report of a provider looks.

    Where nobody drew it by hand, it has the columns that the layout requires or knows, each
    under the first of its headings.  Where there is no layout, it is the template, filled in.

    Raises:
        UsageError: there is no such provider.
    """
    drawn = REPORTS.get((provider, kind))
    if drawn is not None:
        return drawn
    profile = all_profiles().get(provider)
    if profile is None:
        raise UsageError(f"There is no provider {provider} in whose layout a factor could report.")
    layout = next((one for one in profile.layouts if one.kind is ReportKind(kind)), None)
    if layout is None:
        return REPORTS["capital_depot", kind]
    columns: list[tuple[str, str]] = []
    # One column says each thing; of a status and a type the status is the factor's word.
    for field in sorted(layout.fields, key=lambda one: one.name == "type"):
        meaning = _MEANINGS.get(field.name)
        if meaning is not None and field.aliases and meaning not in {known for _, known in columns}:
            columns.append((field.aliases[0], meaning))
    return SheetStyle(columns=tuple(columns))
