"""What a report is judged by where no settings say it."""

from decimal import Decimal

from attrs import frozen

from factoring_core.domain.vocabulary.money import cents_of
from factoring_core.domain.vocabulary.parties import MissingInvoices, SettlementPolicy, Terms


@frozen(kw_only=True)
class Policy:
    """The rules of one reconciliation; every default is that of the settings.

    ``tolerance`` is what may stay open on a settled invoice, in units: ``"1.00"``.
    ``invoice_prefixes``: what our numbers begin with and the factor may leave out.
    ``provider``: the factor's, where the report has the layout of a template.
    """

    settlement: SettlementPolicy = SettlementPolicy.STRICT
    tolerance: str | Decimal = "0.00"
    invoice_prefixes: tuple[str, ...] = ()
    client_number: str | None = None
    provider: str = "capital_depot"
    currency: str = "USD"
    terms: Terms = Terms()
    missing: MissingInvoices = MissingInvoices.LIST

    @property
    def tolerance_cents(self) -> int:
        """The tolerance in cents."""
        return cents_of(str(self.tolerance))

    @classmethod
    def of(cls, given: "Policy | SettlementPolicy | str | None") -> "Policy":
        """Return a policy; a settlement word alone is a policy with everything else by default."""
        if isinstance(given, Policy):
            return given
        return cls() if given is None else cls(settlement=SettlementPolicy(given))
