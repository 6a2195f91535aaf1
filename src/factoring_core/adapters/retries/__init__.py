"""Ways of trying again."""
