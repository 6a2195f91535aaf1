"""What the trade needs from outside: small protocols and the values they exchange."""
