"""What the trade can do: one verb a file, functions that take their ports."""
