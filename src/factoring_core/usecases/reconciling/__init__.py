"""What came back: reports found, detected, planned, applied and undone; exceptions decided."""
