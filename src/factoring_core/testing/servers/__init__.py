"""Real servers on this machine's loopback, as context managers, for tests and for the demo."""
