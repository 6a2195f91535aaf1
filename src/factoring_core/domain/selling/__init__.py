"""Invoices on their way to the factor: documents, eligibility, batches, delivery."""
