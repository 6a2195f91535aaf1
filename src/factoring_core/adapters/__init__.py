"""The only code that does input or output; families do not know each other."""
