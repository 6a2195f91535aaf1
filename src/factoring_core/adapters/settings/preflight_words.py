"""The words of preflight that a subsidiary's policy can name."""

NEVER_BELOW_BLOCK = frozenset(
    {
        "not_queued",
        "other_subsidiary",
        "method_not_factoring",
        "in_live_batch",
        "already_sold",
        "already_paid",
        "held_elsewhere",
        "duplicate_invoice_number",
        "amount_not_positive",
        "currency_not_accepted",
        "no_active_connection",
        "connection_draining",
    }
)
"""Reasons that no policy can turn into a warning."""

REASONS = NEVER_BELOW_BLOCK | {
    "missing_invoice_document",
    "missing_pod",
    "missing_rate_confirmation",
    "damaged_document",
    "missing_noa",
    "auto_merge_off",
    "missing_mc_number",
    "missing_dot_number",
    "missing_debtor_number",
    "missing_reference_number",
    "missing_truck",
    "credit_declined",
    "credit_unknown",
    "credit_stale",
    "over_debtor_limit",
    "illegal_characters",
    "too_long",
    "provider_limit",
}
"""Every reason there is."""
