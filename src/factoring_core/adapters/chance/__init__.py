"""Chance from the operating system, or from a seed."""
