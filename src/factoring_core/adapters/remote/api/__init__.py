"""Factors whose systems are spoken to over HTTP."""
