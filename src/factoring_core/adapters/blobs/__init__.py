"""Where the bytes that were received or sealed are kept."""
