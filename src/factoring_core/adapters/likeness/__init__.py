"""How alike two numbers look, by libraries made for it."""
