"""Data frames at the edge: whatever engine made them, they become a table of exact texts."""
