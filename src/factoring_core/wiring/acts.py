"""The acts of an office, by what may be done with a call of each: the one list that others go by."""

WHOLE = (
    "import_loads",
    "undo_import",
    "generate_invoices",
    "void",
    "send_direct",
    "pay",
    "return_loads",
    "resell",
    "confirm",
    "settle",
    "apply_report",
    "undo_report",
    "resolve",
    "import_decisions",
    "undo_decision",
    "buy_out",
    "undo_buy_out",
    "activate",
    "deactivate",
    "put_connection",
    "set_notice",
    "set_credential",
    "set_method",
    "recover",
)
"""Acts that change the books in one transaction, and nothing outside.

One that the database took back is done again; under an id, its answer is in the same transaction.
"""

TALKING = ("submit", "resume", "cancel", "fetch_reports", "sync", "check_credit", "check_credit_of_load")
"""Acts that talk to a factor between transactions, and go on where they were when they are called again."""

OUTSIDE = ("batch_files", "relay", "check")
"""Acts that hand something over or try a connection; called again, they do it again."""

WATCHED = (*WHOLE, *TALKING, *OUTSIDE)
"""Whatever changes something or talks to somebody."""
