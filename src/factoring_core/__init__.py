"""Selling freight invoices to a factoring company, and knowing to the cent what came back."""
