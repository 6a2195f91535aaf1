"""How running programs know each other."""
